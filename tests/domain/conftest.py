"""Builders for the tests of the domain: calls, changes and the identities behind them.

`a_call(...)` and `a_change(...)` agree by default: alice, an IAM user, opens a port of the security group `sg-1` at
noon and AWS Config captures it 41 seconds later. A test says only what it is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.change import Change, PropertyChange, Relation, Resource

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
REGION = "eu-west-1"
CAPTURE = NOON + timedelta(seconds=41)


@pytest.fixture
def noon() -> datetime:
    """When calls happen unless a test says otherwise."""
    return NOON


@pytest.fixture
def capture() -> datetime:
    """When AWS Config captures changes unless a test says otherwise: 41 seconds after noon."""
    return CAPTURE


@pytest.fixture
def a_change() -> Callable[..., Change]:
    """Builds a change: by default an UPDATE of `sg-1` that opened a port."""

    def build(
        of: str = "sg-1",
        *,
        type: str = "AWS::EC2::SecurityGroup",  # noqa: A002 - AWS's own word
        change_type: str = "UPDATE",
        later: float = 0,
        properties: Mapping[str, tuple[Any, Any]] | None = None,
        relations: tuple[Relation, ...] = (),
        name: str | None = None,
        arn: str | None = None,
        account: str = ACCOUNT,
        region: str = REGION,
        **more: Any,
    ) -> Change:
        if properties is None:
            opened = {"Configuration.IpPermissions.0": (None, {"fromPort": 22})}
            properties = opened if change_type == "UPDATE" else {}
        return Change(
            resource=Resource(account, region, type, of, name, arn),
            change_type=change_type,
            captured_at=CAPTURE + timedelta(seconds=later),
            properties=tuple(PropertyChange(path, before, after) for path, (before, after) in properties.items()),
            relations=relations,
            **more,
        )

    return build


@pytest.fixture
def a_record() -> Callable[..., dict[str, Any]]:
    """Builds a CloudTrail record: by default alice's AuthorizeSecurityGroupIngress on `sg-1` at noon."""

    def build(
        name: str = "AuthorizeSecurityGroupIngress",
        *,
        service: str = "ec2",
        on: str = "sg-1",
        by: Mapping[str, Any] | None = None,
        later: float = 0,
        request: Mapping[str, Any] | None = None,
        response: Mapping[str, Any] | None = None,
        region: str = REGION,
        account: str = ACCOUNT,
        **fields: Any,
    ) -> dict[str, Any]:
        moment = NOON + timedelta(seconds=later)
        record = {
            "eventVersion": "1.11",
            "userIdentity": iam_user() if by is None else by,
            "eventTime": moment.isoformat().replace("+00:00", "Z"),
            "eventSource": f"{service}.amazonaws.com",
            "eventName": name,
            "awsRegion": region,
            "sourceIPAddress": "203.0.113.7",
            "userAgent": "example",
            "requestParameters": {"groupId": on} if request is None else request,
            "responseElements": response,
            "eventID": f"{name}-{on}-{later:g}",
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account,
            "eventCategory": "Management",
        }
        return {key: value for key, value in (record | fields).items() if value is not ...}

    return build


@pytest.fixture
def a_call(a_record: Callable[..., dict[str, Any]]) -> Callable[..., ApiCall]:
    """Builds a call from the same words as `a_record`."""
    return lambda *args, **fields: read_call(a_record(*args, **fields))


def iam_user(name: str = "alice", account: str = ACCOUNT) -> dict[str, Any]:
    """An IAM user's `userIdentity`."""
    arn = f"arn:aws:iam::{account}:user/{name}"
    return {"type": "IAMUser", "arn": arn, "accountId": account, "userName": name}


@pytest.fixture
def a_role_session() -> Callable[..., dict[str, Any]]:
    """Builds the `userIdentity` of a role's session; `path` is the role's path with its slashes."""

    def build(
        role: str = "deploy", session: str = "run-17", *, path: str = "/", account: str = ACCOUNT, **more: Any
    ) -> dict[str, Any]:
        context = more.pop("sessionContext", {})
        issuer = {"type": "Role", "arn": f"arn:aws:iam::{account}:role{path}{role}", "userName": role}
        return {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{session}",
            "principalId": f"AROAEXAMPLE:{session}",
            "accountId": account,
            "sessionContext": {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}} | context,
        } | more

    return build


@pytest.fixture
def an_iam_user() -> Callable[..., dict[str, Any]]:
    """Builds an IAM user's `userIdentity`."""
    return iam_user
