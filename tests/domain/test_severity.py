"""How bad a finding may be."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from manual_change.domain.actor import Actor
from manual_change.domain.api_call import ApiCall
from manual_change.domain.change import Change
from manual_change.domain.finding import Finding
from manual_change.domain.severity import LEVELS, ORDINARY, RULES, severity

AChange = Callable[..., Change]
SHARED_WITH = "Configuration.LaunchPermissions"
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def a_finding(change: Change | None = None, *, calls: tuple[ApiCall, ...] = (), kind: str = "person") -> Finding:
    """A finding about a change, calls, or both."""
    actor = Actor(kind=kind, name="alice", principal=None, via="console", source_ip=None, mfa=True)
    return Finding(
        decision="notify",
        verdict="manual",
        reason="console-session",
        explanation="-",
        change=change,
        actor=actor,
        calls=tuple(call.reference() for call in calls),
    )


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy as Config carries it for most services: JSON text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def rule_of(finding: Finding) -> str:
    """The rule that rated it."""
    return severity(finding).rule


def test_root_is_critical_whatever_it_did(a_change: AChange) -> None:
    """Nobody should work as root."""
    rated = severity(a_finding(a_change(type="AWS::S3::Bucket"), kind="root"))

    assert ("critical", "root", 0) == (rated.level, rated.rule, rated.rank)


OPENED: Mapping[str, tuple[str, Mapping[str, tuple[Any, Any]]]] = {
    "a port to the internet": (
        "AWS::EC2::SecurityGroup",
        {"Configuration.IpPermissions.0": (None, {"fromPort": 22, "ipRanges": ["0.0.0.0/0"]})},
    ),
    "one more range of a rule": (
        "AWS::EC2::SecurityGroup",
        {
            "Configuration.IpPermissions.0": ({"fromPort": 22, "ipRanges": ["10.0.0.0/8"]}, None),
            "Configuration.IpPermissions.1": (None, {"fromPort": 22, "ipRanges": ["10.0.0.0/8", "0.0.0.0/0"]}),
        },
    ),
    "a port to IPv6": (
        "AWS::EC2::SecurityGroup",
        {"Configuration.IpPermissions.0": (None, {"ipv6Ranges": [{"cidrIpv6": "::/0"}]})},
    ),
    "a network ACL": (
        "AWS::EC2::NetworkAcl",
        {"Configuration.Entries.1": (None, {"cidrBlock": "0.0.0.0/0", "egress": False, "ruleAction": "allow"})},
    ),
    "a bucket by its policy": (
        "AWS::S3::Bucket",
        {"SupplementaryConfiguration.BucketPolicy": (None, {"policyText": policy(EVERYBODY)})},
    ),
    "a queue by its policy": (
        "AWS::SQS::Queue",
        {"Configuration.Policy": (policy(), policy(EVERYBODY | {"Principal": {"AWS": ["*"]}}))},
    ),
    "a role by its trust policy": (
        "AWS::IAM::Role",
        {"Configuration.AssumeRolePolicyDocument": (quote(policy()), quote(policy(EVERYBODY)))},
    ),
    "a bucket by its ACL": (
        "AWS::S3::Bucket",
        {"SupplementaryConfiguration.AccessControlList": (None, {"grantList": [{"grantee": "AllUsers"}]})},
    ),
    "a bucket by a guard that is gone": (
        "AWS::S3::Bucket",
        {"SupplementaryConfiguration.PublicAccessBlockConfiguration": ({"blockPublicAcls": True}, None)},
    ),
    "a bucket by a guard that is off": (
        "AWS::S3::Bucket",
        {
            "SupplementaryConfiguration.PublicAccessBlockConfiguration": (
                {"blockPublicAcls": True, "blockPublicPolicy": True},
                {"blockPublicAcls": True, "blockPublicPolicy": False},
            )
        },
    ),
    "a database": ("AWS::RDS::DBInstance", {"Configuration.PubliclyAccessible": (False, True)}),
    "a database's snapshot": (
        "AWS::RDS::DBSnapshot",
        {"SupplementaryConfiguration.DBSnapshotAttributes": ([], [{"attributeValues": ["all"]}])},
    ),
    "an image": ("AWS::EC2::Image", {SHARED_WITH: (None, [{"group": "all"}])}),
}


@pytest.mark.parametrize("opened", OPENED)
def test_what_is_opened_to_everybody_is_critical(a_change: AChange, opened: str) -> None:
    """Each way in that AWS Config shows."""
    resource_type, properties = OPENED[opened]

    assert "public-exposure" == rule_of(a_finding(a_change(type=resource_type, properties=properties)))


NOT_OPENED: Mapping[str, tuple[str, Mapping[str, tuple[Any, Any]]]] = {
    "a port to a network": (
        "AWS::EC2::SecurityGroup",
        {"Configuration.IpPermissions.0": (None, {"ipRanges": ["10.0.0.0/8"]})},
    ),
    "the way out": (
        "AWS::EC2::SecurityGroup",
        {"Configuration.IpPermissionsEgress.0": (None, {"ipRanges": ["0.0.0.0/0"]})},
    ),
    "a port that was open and is closed": (
        "AWS::EC2::SecurityGroup",
        {"Configuration.IpPermissions.0": ({"ipRanges": ["0.0.0.0/0"]}, None)},
    ),
    "a rule that was open and has a description now": (
        "AWS::EC2::SecurityGroup",
        {
            "Configuration.IpPermissions.0": ({"fromPort": 80, "ipRanges": ["0.0.0.0/0"]}, None),
            "Configuration.IpPermissions.1": (None, {"fromPort": 80, "ipRanges": ["0.0.0.0/0"], "said": "web"}),
        },
    ),
    "an ACL that keeps everybody out": (
        "AWS::EC2::NetworkAcl",
        {"Configuration.Entries.1": (None, {"cidrBlock": "0.0.0.0/0", "egress": False, "ruleAction": "deny"})},
    ),
    "a policy for everybody of the organisation": (
        "AWS::S3::Bucket",
        {
            "Configuration.Policy": (
                None,
                policy(EVERYBODY | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}),
            )
        },
    ),
    "a policy that denies everybody": (
        "AWS::S3::Bucket",
        {"Configuration.Policy": (None, policy(EVERYBODY | {"Effect": "Deny"}))},
    ),
    "a policy that was public before": (
        "AWS::S3::Bucket",
        {"Configuration.Policy": (policy(EVERYBODY), policy(EVERYBODY, EVERYTHING | {"Principal": {"AWS": "arn:x"}}))},
    ),
    "a route": ("AWS::EC2::RouteTable", {"Configuration.Routes.0": (None, {"destinationCidrBlock": "0.0.0.0/0"})}),
}  # fmt: skip


@pytest.mark.parametrize("left_closed", NOT_OPENED)
def test_what_is_not_opened_is_not_called_public(a_change: AChange, left_closed: str) -> None:
    """A detector that cries wolf is muted."""
    resource_type, properties = NOT_OPENED[left_closed]

    assert "public-exposure" != rule_of(a_finding(a_change(type=resource_type, properties=properties)))


@pytest.mark.parametrize(
    "after",
    [
        {"policyDocument": quote(policy(EVERYTHING))},
        {"policyDocument": quote(policy({"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"}))},
        {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess", "policyName": "AdministratorAccess"},
    ],
)
def test_every_right_is_critical(a_change: AChange, after: Any) -> None:
    """Written into a policy, or attached."""
    changed = a_change(type="AWS::IAM::Role", properties={"Configuration.RolePolicyList.0": (None, after)})

    assert "administrator-rights" == rule_of(a_finding(changed))


@pytest.mark.parametrize(
    ("service", "name", "rule"),
    [
        ("cloudtrail", "StopLogging", "watching-stopped"),
        ("config", "StopConfigurationRecorder", "watching-stopped"),
        ("guardduty", "DeleteDetector", "watching-stopped"),
        ("ec2", "DeleteFlowLogs", "watching-stopped"),
        ("kms", "ScheduleKeyDeletion", "key-lost"),
        ("iam", "CreateAccessKey", "iam-privilege"),
        ("iam", "UpdateAssumeRolePolicy", "iam-privilege"),
        ("iam", "AttachRolePolicy", "iam-privilege"),
        ("cloudtrail", "PutEventSelectors", "watching-changed"),
        ("events", "DisableRule", "watching-changed"),
        ("s3", "PutBucketTagging", "ordinary"),
    ],
)
def test_calls_that_people_know_are_rated_without_a_change(
    a_call: Callable[..., ApiCall], service: str, name: str, rule: str
) -> None:
    """Also where the finding is about a call by itself."""
    assert rule == rule_of(a_finding(calls=(a_call(name, service=service),)))


def test_the_worst_of_several_calls_counts(a_call: Callable[..., ApiCall], a_change: AChange) -> None:
    """A tag and an access key in one item."""
    calls = (a_call("TagUser", service="iam"), a_call("CreateAccessKey", service="iam"))

    assert "iam-privilege" == rule_of(a_finding(a_change(type="AWS::IAM::User"), calls=calls))


@pytest.mark.parametrize(
    ("resource_type", "change_type", "rated"),
    [
        ("AWS::RDS::DBInstance", "DELETE", ("medium", "deleted")),
        ("AWS::EC2::RouteTable", "UPDATE", ("medium", "network")),
        ("AWS::KMS::Key", "UPDATE", ("medium", "identity")),
        ("AWS::S3::Bucket", "UPDATE", ("low", "ordinary")),
    ],
)
def test_the_rest_is_rated_by_what_it_is(
    a_change: AChange, resource_type: str, change_type: str, rated: tuple[str, str]
) -> None:
    """A deleted database is another morning than a tagged bucket."""
    found = severity(a_finding(a_change(type=resource_type, change_type=change_type)))

    assert rated == (found.level, found.rule)


def test_every_rule_is_documented_with_its_level() -> None:
    """docs/severity.md has one row for each, in the order in which they are asked."""
    document = (Path(__file__).parents[2] / "docs" / "severity.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| `([a-z-]+)` \|", document, re.MULTILINE)

    assert [(rule.level, rule.code) for rule in RULES] + [(LEVELS[-1], ORDINARY)] == rows
