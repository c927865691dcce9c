"""TABLE: which source and which attribution to use, by what an account is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from typing import Final

from manual_change_local.doctor.looks import Denied, Sight

_APP: Final = """
from aws_cdk import App, Environment, Stack
{imports}
app = App()
stack = Stack(app, "ChangeDetection", env=Environment(account="{account}", region="{region}"))

{body}
app.synth()
"""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to deploy, where, and why."""

    title: str
    why: str
    code: str
    """An app that synthesises as it is, up to names that are yours; "" where nothing is to be deployed."""


def recommend(sight: Sight) -> Recommendation:
    """The first row that fits."""
    return next(row.make(sight) for row in _TABLE if row.fits(sight))


@dataclass(frozen=True, slots=True)
class _Row:
    fits: Callable[[Sight], bool]
    make: Callable[[Sight], Recommendation]


def _is(found: object) -> bool:
    return bool(found) and not isinstance(found, Denied)


def _code(sight: Sight, imports: str, body: str, *, account: str | None = None) -> str:
    return (
        _APP.format(
            imports=dedent(imports).strip("\n") + "\n",
            body=dedent(body).strip("\n") + "\n",
            account=account or sight.account,
            region=sight.region,
        ).strip("\n")
        + "\n"
    )


def _organization_id(sight: Sight) -> str:
    return str(sight.organization["Id"]) if isinstance(sight.organization, dict) else "o-abcde12345"


def _there_already(_sight: Sight) -> Recommendation:
    return Recommendation("nothing: it is there already", "a second detector would tell every change twice", "")


def _hub_in_audit(sight: Sight, *, account: str | None = None) -> Recommendation:
    audit = account or sight.account
    regions = [sight.region, *sight.elsewhere]
    code = _code(
        sight,
        "from manual_change_detector import Accounts, Attribution, ConfigSource, ManualChangeDetectorHub",
        f'''
        ManualChangeDetectorHub(
            stack,
            "Hub",
            organization_id="{_organization_id(sight)}",
            sources=[ConfigSource.control_tower("{audit}", {regions!r})],
            attribution=Attribution.control_tower_audit_role(),
            accounts=Accounts.organizations(),
        )
        ''',
        account=audit,
    )
    return Recommendation(
        f"a hub in Control Tower's audit account, {audit}",
        "the notifications of all accounts come to its topics, and its own role may read every account's CloudTrail: "
        "nothing is deployed into members. Spokes (docs/multi-account.md) add alerts on tampering, and a narrower role",
        code,
    )


def _for_a_member(sight: Sight) -> Recommendation:
    topic = sight.topic or ""
    audit = topic.split(":")[4] if topic.count(":") > 4 else "222233334444"
    return _hub_in_audit(sight, account=audit)


def _spoke(sight: Sight) -> Recommendation:
    code = _code(
        sight,
        "from manual_change_detector import ManualChangeDetectorSpoke",
        f'''
        ManualChangeDetectorSpoke(
            stack,
            "Spoke",
            hub_bus_arn="arn:{sight.partition}:events:{sight.region}:222233334444:event-bus/manual-change-detector",
            hub_roles=["arn:{sight.partition}:iam::222233334444:role/HUB-ROLE"],  # the hub's output SpokeHubRoles
            home_region="{sight.region}",
            organization_id="{_organization_id(sight)}",
        )
        ''',
    )
    return Recommendation(
        "a spoke here, deployed by itself, and the hub in another account",
        "this is the management account: StackSets leave it out, and nothing should run in it that need not",
        code,
    )


def _existing_topic(sight: Sight) -> Recommendation:
    code = _code(
        sight,
        """
        from aws_cdk import aws_sns as sns

        from manual_change_detector import ConfigSource, ManualChangeDetector
        """,
        f'''
        topic = sns.Topic.from_topic_arn(stack, "ConfigTopic", "{sight.topic}")

        ManualChangeDetector(stack, "ManualChangeDetector", config_source=ConfigSource.existing_topic(topic))
        ''',
    )
    return Recommendation(
        "a detector on the topic that is there",
        "AWS Config records and publishes; the topic is surer than EventBridge, and the recorder stays as it is",
        code,
    )


def _event_bridge(sight: Sight) -> Recommendation:
    code = _code(
        sight,
        "from manual_change_detector import ConfigSource, ManualChangeDetector",
        """
        ManualChangeDetector(stack, "ManualChangeDetector", config_source=ConfigSource.event_bridge())
        """,
    )
    return Recommendation(
        "a detector on EventBridge",
        "AWS Config records, and there is no topic that this account may subscribe to; an account has one recorder in "
        "each region, so none is made. In an organization, a hub with spokes does the same for all accounts",
        code,
    )


def _new_recorder(sight: Sight) -> Recommendation:
    code = _code(
        sight,
        "from manual_change_detector import ManualChangeDetector",
        """
        ManualChangeDetector(stack, "ManualChangeDetector")
        """,
    )
    return Recommendation("a detector that brings its own recorder", "nothing records here, so the detector may", code)


_TABLE: Final[tuple[_Row, ...]] = (
    _Row(lambda sight: _is(sight.functions) or _is(sight.spoke_rules), _there_already),
    _Row(lambda sight: _is(sight.is_audit), _hub_in_audit),
    _Row(lambda sight: _is(sight.is_member), _for_a_member),
    _Row(
        lambda sight: isinstance(sight.organization, dict) and sight.organization["MasterAccountId"] == sight.account,
        _spoke,
    ),
    _Row(lambda sight: sight.topic is not None and sight.topic.split(":")[4] == sight.account, _existing_topic),
    _Row(lambda sight: sight.recorder is not None, _event_bridge),
    _Row(lambda _sight: True, _new_recorder),
)
