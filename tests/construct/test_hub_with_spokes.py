"""A hub and spokes in one app: what spokes are told of the hub, in whichever account and region each of them is."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack

from manual_change_detector import ManualChangeDetectorHub, ManualChangeDetectorSpoke

AUDIT, MANAGEMENT = "222233334444", "111122223333"
HOME, VIRGINIA = "eu-west-1", "us-east-1"
ORGANIZATION = "o-abcde12345"
ROLE_ARN = re.compile(rf"arn:<AWS::Partition>:iam::{AUDIT}:role/([\w+=,.@-]{{1,64}})")


def plain(value: Any) -> Any:
    """Joins of texts and pseudo parameters as one text."""
    match value:
        case {"Ref": str(name)}:
            return f"<{name}>"
        case {"Fn::Join": [separator, parts]}:
            return separator.join(plain(part) for part in parts)
    return value


def synthesised(folder: Path, spokes: Mapping[str, tuple[str, str]]) -> dict[str, dict[str, Any]]:
    """Templates by stack: hubs in the audit account, and for each a spoke in another account, region or both."""
    app = App(outdir=str(folder))
    for name, (account, region) in spokes.items():
        stack = Stack(app, name, env=Environment(account=AUDIT, region=HOME))
        hub = ManualChangeDetectorHub(stack, "Hub", organization_id=ORGANIZATION, bus_name=f"bus-of-{name}")
        ManualChangeDetectorSpoke(
            Stack(app, f"SpokeOf{name}", env=Environment(account=account, region=region)),
            "Spoke",
            hub_bus_arn=hub.bus.event_bus_arn,
            hub_roles=hub.reading_roles,
            home_region=HOME,
            organization_id=ORGANIZATION,
        )
    app.synth()
    return {
        stack: json.loads((folder / f"{stack}.template.json").read_text())
        for name in spokes
        for stack in (name, f"SpokeOf{name}")
    }


def role_names(template: dict[str, Any]) -> set[str]:
    """The names that are written down, of all roles."""
    roles = [made["Properties"] for made in template["Resources"].values() if made["Type"] == "AWS::IAM::Role"]
    return {role["RoleName"] for role in roles if isinstance(role.get("RoleName"), str)}


def trusted(spoke: dict[str, Any]) -> set[str]:
    """Names of the hub's roles that the lookup role trusts."""
    [role] = [
        made["Properties"]
        for made in spoke["Resources"].values()
        if made["Properties"].get("RoleName") == "manual-change-spoke-lookup"
    ]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    found = [ROLE_ARN.fullmatch(plain(arn)) for arn in statement["Condition"]["ArnEquals"]["aws:PrincipalArn"]]
    assert all(found)
    return {match[1] for match in found if match}


@pytest.mark.parametrize(
    ("account", "region"),
    [(MANAGEMENT, HOME), (AUDIT, VIRGINIA), (MANAGEMENT, VIRGINIA)],
    ids=["another-account", "another-region", "both"],
)
def test_a_spoke_elsewhere_trusts_the_hubs_reading_roles_by_name(tmp_path: Path, account: str, region: str) -> None:
    """No reference of CloudFormation gets there: the roles have names then, and only these three have."""
    templates = synthesised(tmp_path, {"Hub": (account, region)})

    assert 3 == len(trusted(templates["SpokeOfHub"]))
    assert role_names(templates["Hub"]) == trusted(templates["SpokeOfHub"])


def test_two_hubs_of_an_account_have_no_role_in_common(tmp_path: Path) -> None:
    """Their stacks are in the names."""
    templates = synthesised(tmp_path, {"One": (MANAGEMENT, HOME), "Two": (MANAGEMENT, VIRGINIA)})

    assert 6 == len(role_names(templates["One"]) | role_names(templates["Two"]))
