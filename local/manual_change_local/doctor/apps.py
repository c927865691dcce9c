"""The lines to paste: apps of the CDK that synthesise as they are, up to names that are yours, which they say."""

from __future__ import annotations

import json
from textwrap import dedent
from typing import Final

from manual_change_local.doctor.sight import Sight

HUB_ACCOUNT: Final = "222233334444"
ORGANIZATION: Final = "o-abcde12345"
ROOT: Final = "r-ab12"
HUB_ROLE: Final = "HUB-ROLE"

_YOURS: Final = {
    ROOT: "the id of the organization's root, or of units",
    HUB_ROLE: "a name in the hub's output SpokeHubRoles",
    ORGANIZATION: "the organization's id",
}
"""What stands for something that was not seen."""

_APP: Final = """
from aws_cdk import App, Environment, Stack
{imports}
app = App()
stack = Stack(app, "ChangeDetection", env=Environment(account="{account}", region="{region}"))

{body}
app.synth()
"""


def hub_on_control_tower(sight: Sight, *, audit: str, regions: list[str]) -> str:
    """On its topics, asking CloudTrail with its roles."""
    return _app(
        sight,
        "from manual_change_detector import Accounts, Attribution, ConfigSource, ManualChangeDetectorHub",
        f'''
        ManualChangeDetectorHub(
            stack,
            "Hub",
            organization_id="{organization_id(sight)}",
            sources=[ConfigSource.control_tower("{audit}", {json.dumps(regions)}{_daily(sight, after=", ")})],
            attribution=Attribution.control_tower_audit_role(),
            accounts=Accounts.organizations(),
        )
        ''',
        account=audit,
        hub="the id of Control Tower's audit account",
    )


def hub_with_spokes(sight: Sight, *, regions: list[str]) -> str:
    """On its bus, asking CloudTrail with the role that spokes bring. The spoke in us-east-1 alone hears of what is done
    to IAM's roles (docs/multi-account.md, "What goes where"); other partitions have another such region."""
    everywhere = dict.fromkeys([*regions, "us-east-1"] if sight.partition == "aws" else regions)
    return _app(
        sight,
        "from manual_change_detector import Accounts, Attribution, ManualChangeDetectorHub",
        f'''
        hub = ManualChangeDetectorHub(
            stack,
            "Hub",
            organization_id="{organization_id(sight)}",
            attribution=Attribution.lookup(),
            accounts=Accounts.organizations(),
        )
        hub.spoke_stack_set(organizational_units=["{ROOT}"], regions={json.dumps(list(everywhere))})
        ''',
    )


def spoke(sight: Sight) -> str:
    """Of a hub in another account."""
    arn = f"arn:{sight.partition}"
    return _app(
        sight,
        "from manual_change_detector import ManualChangeDetectorSpoke",
        f'''
        ManualChangeDetectorSpoke(
            stack,
            "Spoke",
            hub_bus_arn="{arn}:events:{sight.region}:{HUB_ACCOUNT}:event-bus/manual-change-detector",
            hub_roles=["{arn}:iam::{HUB_ACCOUNT}:role/{HUB_ROLE}"],
            home_region="{sight.region}",
            organization_id="{organization_id(sight)}",
        )
        ''',
        hub="the id of the hub's account",
    )


def on_topic(sight: Sight) -> str:
    """A detector that subscribes to the channel's topic."""
    return _app(
        sight,
        """
        from aws_cdk import aws_sns as sns

        from manual_change_detector import ConfigSource, ManualChangeDetector
        """,
        f'''
        topic = sns.Topic.from_topic_arn(stack, "ConfigTopic", "{sight.topic}")
        source = ConfigSource.existing_topic(topic{_daily(sight, after=", ")})

        ManualChangeDetector(stack, "ManualChangeDetector", config_source=source)
        ''',
    )


def on_event_bridge(sight: Sight) -> str:
    """A detector that listens to the default bus."""
    return _app(
        sight,
        "from manual_change_detector import ConfigSource, ManualChangeDetector",
        f"""
        source = ConfigSource.event_bridge({_daily(sight)})

        ManualChangeDetector(stack, "ManualChangeDetector", config_source=source)
        """,
    )


def with_recorder(sight: Sight) -> str:
    """A detector that brings its own recorder."""
    return _app(
        sight,
        "from manual_change_detector import ManualChangeDetector",
        """
        ManualChangeDetector(stack, "ManualChangeDetector")
        """,
    )


def organization_id(sight: Sight) -> str:
    """As it was seen, or one that stands for it."""
    return str(sight.organization["Id"]) if isinstance(sight.organization, dict) else ORGANIZATION


def _daily(sight: Sight, *, after: str = "") -> str:
    """The option that tells which types are recorded once a day; nothing where none are."""
    return f"{after}daily_resource_types={json.dumps(sight.daily)}" if sight.daily else ""


def _app(sight: Sight, imports: str, body: str, *, account: str | None = None, hub: str = "") -> str:
    code = _APP.format(
        imports=dedent(imports).strip("\n") + "\n",
        body=dedent(body).strip("\n") + "\n",
        account=account or sight.account,
        region=sight.region,
    )
    stand_ins = _YOURS | ({HUB_ACCOUNT: hub} if hub and sight.topic_owner != HUB_ACCOUNT != sight.account else {})
    seen = organization_id(sight) if isinstance(sight.organization, dict) else ""
    yours = [
        f"# {name} stands for {what}: put it in." for name, what in stand_ins.items() if name in code and name != seen
    ]
    return "\n".join([*yours, code.strip("\n")]) + "\n"
