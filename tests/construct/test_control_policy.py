"""The service control policy of the document: whom it keeps away from spokes, and whom it lets deploy them."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from manual_change_detector import blinding_calls as blinding
from manual_change_detector.blinding_calls import BlindingCalls

DOCUMENT = Path(__file__).parents[2] / "docs" / "multi-account.md"
ACCOUNT = "444455556666"
STACKS = ["StackSet-manual-change-spoke-0a1b", "manual-change-spoke", f"manual-change-spoke-{ACCOUNT}-eu-west-1"]
"""As a stack set, a person and Landing Zone Accelerator call them."""
PLACEHOLDER = "DEPLOYING_ROLE"


def statement() -> dict[str, Any]:
    """The only one of the policy."""
    [written] = re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    [only] = json.loads(written)["Statement"]
    assert "Deny" == only["Effect"]
    return dict(only)


def usual_values() -> list[str]:
    """What the text says to write for the placeholder."""
    [said] = re.findall(rf"`{PLACEHOLDER}`.*?restrict both", DOCUMENT.read_text(), re.DOTALL)
    return re.findall(r"`((?:cdk-|AWSAccelerator-)[^` ]+)`", said)


def is_denied(action: str, resource: str, *, role: str, deploying_role: str = PLACEHOLDER) -> bool:
    """As IAM reads this statement, in which an asterisk is the only sign that is not itself."""
    policy = statement()
    excepted = [
        arn.replace(PLACEHOLDER, deploying_role) for arn in policy["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    ]
    return (
        action in policy["Action"]
        and any(fnmatchcase(resource, pattern) for pattern in policy["Resource"])
        and not any(fnmatchcase(f"arn:aws:iam::{ACCOUNT}:role/{role}", pattern) for pattern in excepted)
    )


RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/manual-change-spoke-changes"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/manual-change-spoke-forward-eu-west-1"
DEPLOYING = [
    *(("events", call, RULE) for call in ("PutRule", "PutTargets")),
    *(("iam", call, ROLE) for call in ("PutRolePolicy", "UpdateAssumeRolePolicy")),
    *(
        ("cloudformation", call, f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/{stack}/0a1b")
        for call in ("UpdateStack", "CreateChangeSet", "ExecuteChangeSet", "DeleteStack")
        for stack in STACKS
    ),
]


@pytest.mark.parametrize(("service", "call", "resource"), DEPLOYING)
def test_an_administrator_is_kept_away(service: str, call: str, resource: str) -> None:
    """Also where a stack is called as people or an accelerator call it."""
    assert is_denied(f"{service}:{call}", resource, role="Admin", deploying_role="cdk-hnb659fds-*-role-*")


@pytest.mark.parametrize("role", ["stacksets-exec-0a1b", "AWSControlTowerExecution"])
def test_stack_sets_and_control_tower_deploy(role: str) -> None:
    """With the policy as it is written."""
    denied = [each for each in DEPLOYING if is_denied(f"{each[0]}:{each[1]}", each[2], role=role)]

    assert [] == denied


@pytest.mark.parametrize(
    "role",
    [
        "AWSAccelerator-Deployment-Role",
        f"cdk-accel-cfn-exec-role-{ACCOUNT}-eu-west-1",
        f"cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-west-1",
        f"cdk-hnb659fds-deploy-role-{ACCOUNT}-eu-west-1",
    ],
)
def test_the_other_documented_ways_deploy_once_their_role_is_named(role: str) -> None:
    """By one of the values that the text gives for the placeholder, and by no other."""
    free = {
        value
        for value in usual_values()
        if not any(is_denied(f"{each[0]}:{each[1]}", each[2], role=role, deploying_role=value) for each in DEPLOYING)
    }

    assert 3 == len(usual_values())
    assert {value for value in usual_values() if value.startswith(role[:9])} == free


@pytest.mark.parametrize(
    ("calls", "prefix"),
    [
        (blinding.RULES, "events"),
        (blinding.ROLES, "iam"),
        (blinding.STACK, "cloudformation"),
        (blinding.STACK_UPDATES, "cloudformation"),
    ],
)
def test_whatever_would_be_told_is_denied(calls: BlindingCalls, prefix: str) -> None:
    """The policy keeps up with what is held to be tampering."""
    assert {f"{prefix}:{call}" for call in calls.calls} <= set(statement()["Action"])


def test_it_is_as_long_as_a_control_policy_may_be() -> None:
    """5,120 characters (AWS Organizations user guide, "Quotas")."""
    assert len(json.dumps(statement())) < 5120 - 200
