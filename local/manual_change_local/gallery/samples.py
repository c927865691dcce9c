"""Findings to look at: invented people, accounts of AWS's own documentation, one finding for each kind of message."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.console import cloudtrail_url
from manual_change.domain.finding import MANUAL, NOTIFY, SILENT, UNATTRIBUTED, Finding

PRODUCTION: Final = "111122223333"
STAGING: Final = "444455556666"
REGION: Final = "eu-west-1"
CAPTURED: Final = datetime(2026, 11, 22, 12, 34, 56, tzinfo=UTC)
ACCOUNT_NAMES: Final = {PRODUCTION: "shop-production", STAGING: "shop-staging"}


def person(who: str = "alice", **changed: Any) -> Actor:
    """Somebody of Identity Center, in the console, with MFA."""
    session = f"{who}@example.com"
    role = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
    known: dict[str, Any] = {
        "kind": "person",
        "name": session,
        "principal": f"arn:aws:sts::{PRODUCTION}:assumed-role/{role}/{session}",
        "via": "console",
        "source_ip": "203.0.113.7",
        "mfa": True,
    }
    return Actor(**(known | changed))


def a_call(action: str, *, seconds_before: int = 41, region: str = REGION) -> CallReference:
    """A call, `ec2:ModifyVolume`, before Config saw what it did."""
    service, _, name = action.partition(":")
    event_id = digest_of(action, seconds_before)
    dashed = "-".join((event_id[:8], event_id[8:12], event_id[12:16], event_id[16:20], event_id[20:]))
    return CallReference(
        event_id=dashed,
        event_source=f"{service}.amazonaws.com",
        event_name=name,
        event_time=CAPTURED - timedelta(seconds=seconds_before),
        region=region,
        console_url=cloudtrail_url(dashed, region),
    )


def digest_of(*parts: object) -> str:
    """32 hexadecimal digits that are the same in every run."""
    return sha256("|".join(map(str, parts)).encode()).hexdigest()[:32]


def a_finding(
    resource: Resource,
    actor: Actor | None,
    calls: tuple[CallReference, ...] = (),
    *,
    change_type: str = "UPDATE",
    properties: Mapping[str, tuple[Any, Any]] | None = None,
    evidence: str = "",
    tags: Mapping[str, str] | None = None,
) -> Finding:
    """What was decided about a change of the resource: told, whoever made it."""
    changed = tuple(PropertyChange(path, before, after) for path, (before, after) in (properties or {}).items())
    change = Change(resource, change_type, CAPTURED, changed, tags=tags or {})
    if actor is None:
        explanation = f"no API call was found that changed {resource.label}"
    else:
        seconds = (CAPTURED - calls[0].event_time).total_seconds()
        how = {"console": " in the console", "cli": " with the command line"}.get(actor.via, "")
        explanation = (
            f"{actor.name} called {calls[0].event_name}{how} {seconds:.0f} s before AWS Config saw "
            f"{resource.label} change"
        )
    return Finding(
        decision=NOTIFY,
        verdict=MANUAL if actor else UNATTRIBUTED,
        reason="console-session" if actor else "no-call-found",
        explanation=explanation,
        change=change,
        actor=actor,
        calls=calls,
        evidence=(evidence,) if evidence else (),
    )


def _resource(kind: str, resource_id: str, name: str | None = None, *, account: str = PRODUCTION) -> Resource:
    region = "global" if kind.startswith("IAM::") else REGION
    return Resource(account, region, f"AWS::{kind}", resource_id, name)


_OPENED: Final = {
    "fromPort": 22,
    "toPort": 22,
    "ipProtocol": "tcp",
    "ipv4Ranges": [{"cidrIp": "0.0.0.0/0", "description": "temporary, for debugging"}],
    "ipRanges": ["0.0.0.0/0"],
}
_CONSOLE: Final = "sessionCredentialFromConsole is true: credentials of a console session"
_STACK: Final = {
    "aws:cloudformation:stack-name": "shop-network",
    "aws:cloudformation:stack-id": f"arn:aws:cloudformation:{REGION}:{PRODUCTION}:stack/shop-network/0a1b2c3d",
}


def _policy(action: str, resource: str) -> str:
    statement = {"Sid": "Orders", "Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def single() -> tuple[Finding, ...]:
    """One message each: every severity, every kind of actor, and nobody."""
    orders = "arn:aws:s3:::shop-orders/*"
    return (
        a_finding(
            _resource("EC2::SecurityGroup", "sg-0a1b2c3d4e5f60718", "web"),
            person(),
            (a_call("ec2:AuthorizeSecurityGroupIngress"),),
            properties={"Configuration.IpPermissions.0": (None, _OPENED)},
            evidence=_CONSOLE,
            tags=_STACK,
        ),
        a_finding(
            _resource("IAM::Role", "AROAEXAMPLEEXAMPLE123", "orders-worker"),
            person("bob", via="cli", source_ip="198.51.100.23", mfa=None),
            (a_call("iam:PutRolePolicy", region="us-east-1"),),
            properties={
                "Configuration.RolePolicyList.orders.policyDocument": (
                    _policy("s3:GetObject", orders),
                    _policy("*", "*"),
                )
            },
            evidence="an Identity Center role: the person is the session's name",
        ),
        a_finding(
            _resource("RDS::DBInstance", "db-EXAMPLE", "orders"),
            person(kind="root", name="root", principal=f"arn:aws:iam::{PRODUCTION}:root", mfa=False),
            (a_call("rds:ModifyDBInstance", seconds_before=95),),
            properties={
                "Configuration.DeletionProtection": (True, False),
                "Configuration.BackupRetentionPeriod": (14, 1),
            },
            evidence="root, calling by itself",
        ),
        a_finding(
            _resource("IAM::User", "AIDAEXAMPLEEXAMPLE123", "reporting"),
            person("carol"),
            (a_call("iam:CreateAccessKey", region="us-east-1"),),
            properties={
                "Configuration.AccessKeys": (None, [{"status": "Active", "accessKeyId": "AKIAIOSFODNN7EXAMPLE"}])
            },
            evidence=_CONSOLE,
        ),
        a_finding(
            _resource("EC2::RouteTable", "rtb-0f1e2d3c4b5a69788", account=STAGING),
            person(
                kind="unknown",
                name="deploy/run-17",
                principal=f"arn:aws:sts::{STAGING}:assumed-role/deploy/run-17",
                via="sdk",
                source_ip="192.0.2.44",
                mfa=None,
            ),
            (a_call("ec2:DeleteRouteTable", seconds_before=63),),
            change_type="DELETE",
            evidence="a plain role session: nothing in the record proves a person or a machine",
        ),
        a_finding(
            _resource("S3::Bucket", "shop-invoices"),
            person("bob"),
            (a_call("s3:PutBucketTagging", seconds_before=12),),
            properties={"Tags.0": (None, {"key": "cost-center", "value": "4711"})},
            evidence=_CONSOLE,
        ),
        a_finding(
            _resource("EC2::Volume", "vol-0123456789abcdef0", account=STAGING),
            None,
            properties={"Configuration.Size": (100, 200)},
            evidence="CloudTrail knows no call that touches this resource before Config captured it",
        ),
    )


def session() -> tuple[Finding, ...]:
    """What one person did in a few minutes."""
    alice = person()
    return (
        a_finding(
            _resource("EC2::SecurityGroup", "sg-0a1b2c3d4e5f60718", "web"),
            alice,
            (a_call("ec2:AuthorizeSecurityGroupIngress", seconds_before=200),),
            properties={"Configuration.IpPermissions.0": (None, _OPENED)},
            evidence=_CONSOLE,
        ),
        a_finding(
            _resource("EC2::Instance", "i-0b1c2d3e4f5a60717", "bastion"),
            alice,
            (a_call("ec2:RunInstances", seconds_before=120),),
            change_type="CREATE",
        ),
        a_finding(
            _resource("EC2::Volume", "vol-0c1d2e3f4a5b60716"),
            alice,
            (a_call("ec2:RunInstances", seconds_before=120),),
            change_type="CREATE",
        ),
        a_finding(
            _resource("EC2::Volume", "vol-0123456789abcdef0"),
            alice,
            (a_call("ec2:ModifyVolume", seconds_before=30),),
            properties={"Configuration.Size": (100, 200), "Configuration.VolumeType": ("gp2", "gp3")},
        ),
    )


def storm() -> tuple[Finding, ...]:
    """A busy night: sixty changes of a dozen people at once."""
    names = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj")
    types = (("EC2::SecurityGroup", "sg"), ("EC2::Volume", "vol"), ("EC2::RouteTable", "rtb"), ("S3::Bucket", "shop"))
    calls = ("ec2:RevokeSecurityGroupIngress", "ec2:ModifyVolume", "ec2:ReplaceRoute", "s3:PutBucketTagging")
    worst = [each for each in single()[:2] if each.actor]
    rest = [
        a_finding(
            _resource(types[number % 4][0], f"{types[number % 4][1]}-{digest_of(number)[:17]}"),
            person(names[number % 12], principal=f"arn:aws:sts::{PRODUCTION}:assumed-role/Admin/{names[number % 12]}"),
            (a_call(calls[number % 4], seconds_before=number),),
        )
        for number in range(58)
    ]
    return (*worst, *rest)


def digest() -> tuple[Finding, ...]:
    """A day of changes that nobody could be found for."""
    found = [
        a_finding(_resource(kind, name, account=account), None)
        for kind, name, account in (
            ("EC2::Volume", "vol-0123456789abcdef0", STAGING),
            ("EC2::Volume", "vol-0fedcba9876543210", STAGING),
            ("Lambda::Function", "orders-export", PRODUCTION),
            ("CloudWatch::Alarm", "orders-latency", PRODUCTION),
        )
    ]
    return tuple(
        Finding(
            decision=SILENT,
            verdict=each.verdict,
            reason=each.reason,
            explanation=each.explanation,
            change=each.change,
        )
        for each in found
    )
