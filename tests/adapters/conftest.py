"""An account in moto, and builders, for the tests of the adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from manual_change.domain.actor import Actor
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.finding import Finding

REGION = "eu-west-1"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def aws() -> Iterator[Callable[[str], Any]]:
    """Makes clients of an empty account: `aws("sqs")`."""
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def table(aws: Callable[[str], Any]) -> str:
    """The findings table, with the keys that the construct gives it."""
    aws("dynamodb").create_table(
        TableName="findings",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "untold", "captured_at")
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "untold",
                "KeySchema": [
                    {"AttributeName": "untold", "KeyType": "HASH"},
                    {"AttributeName": "captured_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return "findings"


@pytest.fixture
def queue_url(aws: Callable[[str], Any]) -> str:
    """An empty queue."""
    return str(aws("sqs").create_queue(QueueName="queue")["QueueUrl"])


@pytest.fixture
def a_change() -> Callable[..., Change]:
    """Builds a change of a security group."""

    def build(of: str = "sg-1", *, at: datetime = NOON, after: Any = 22, **changed: Any) -> Change:
        return Change(
            resource=Resource("111122223333", REGION, "AWS::EC2::SecurityGroup", of, "web"),
            change_type="UPDATE",
            captured_at=at,
            properties=(PropertyChange("Configuration.IpPermissions.0", None, after),),
            **changed,
        )

    return build


@pytest.fixture
def a_finding(a_change: Callable[..., Change]) -> Callable[..., Finding]:
    """Builds a finding: by default a person's change, to be told at once."""

    def build(of: str = "sg-1", *, verdict: str = "manual", decision: str = "notify", **change: Any) -> Finding:
        person = Actor(
            kind="person", name="alice", principal="arn:alice", via="console", source_ip="203.0.113.7", mfa=True
        )
        return Finding(
            decision=decision,
            verdict=verdict,
            reason="console-session" if verdict == "manual" else "no-call-found",
            explanation="alice did it",
            change=a_change(of, **change),
            actor=person if verdict == "manual" else None,
        )

    return build


@pytest.fixture
def organization_table(aws: Callable[[str], Any]) -> str:
    """The hub's table."""
    aws("dynamodb").create_table(
        TableName="organization",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    return "organization"
