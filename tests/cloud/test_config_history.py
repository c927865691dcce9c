"""GetResourceConfigHistory from recorded items."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import CloudError, EmbeddedCloud
from manual_change_local.cloud.config_history import ConfigHistory, HistoryRefused

ACCOUNT = "111122223333"


def an_item(minute: int = 0, **fields: Any) -> dict[str, Any]:
    """An item in the stream's spelling."""
    return {
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": f"2026-11-22T12:{minute:02}:00.000Z",
        "configurationStateId": 1700000000000 + minute,
        "awsAccountId": ACCOUNT,
        "configurationItemStatus": "OK",
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1",
        "ARN": "arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1",
        "awsRegion": "eu-west-1",
        "configuration": {"minute": minute},
        "supplementaryConfiguration": {"Policy": {"a": 1}},
        "relationships": [{"resourceType": "AWS::EC2::VPC", "resourceId": "vpc-1", "name": "Is contained in Vpc"}],
        "tags": {"team": "web"},
        **fields,
    }


def a_history(*minutes: int) -> ConfigHistory:
    """A resource that was captured in these minutes."""
    history = ConfigHistory()
    history.record(an_item(minute) for minute in minutes)
    return history


def captured(history: ConfigHistory, **request: Any) -> list[int]:
    """The minutes of the items that are answered."""
    wanted = {"resourceType": "AWS::EC2::SecurityGroup", "resourceId": "sg-1", **request}
    items = history.history(wanted, account=ACCOUNT, region="eu-west-1")["configurationItems"]
    return [json.loads(item["configuration"])["minute"] for item in items]


def test_the_newest_come_first_unless_asked_otherwise() -> None:
    """chronologicalOrder: Reverse is the default."""
    history = a_history(1, 3, 2)

    assert ([3, 2, 1], [1, 2, 3]) == (captured(history), captured(history, chronologicalOrder="Forward"))


def test_limit_two_up_to_a_time_gives_the_item_and_the_one_before() -> None:
    """How an oversized notification's diff is rebuilt."""
    moment = datetime(2026, 11, 22, 12, 3, tzinfo=UTC).timestamp()

    assert [3, 2] == captured(a_history(1, 2, 3, 4), laterTime=moment, limit=2)


def test_a_resource_that_was_never_recorded_is_not_discovered() -> None:
    """AWS's error, not an empty list."""
    with pytest.raises(HistoryRefused) as refused:
        captured(a_history(1), resourceId="sg-2")

    assert "ResourceNotDiscoveredException" == refused.value.code


def test_what_is_no_item_is_refused_at_once() -> None:
    """The message names what is missing."""
    with pytest.raises(CloudError, match="resourceId"):
        ConfigHistory().record([{"awsAccountId": ACCOUNT, "awsRegion": "eu-west-1", "resourceType": "X"}])


@pytest.mark.xdist_group("cloud")
def test_boto3_gets_the_apis_spelling(cloud: EmbeddedCloud) -> None:
    """accountId, arn, relationshipName, and configuration as a JSON string."""
    cloud.config_history.record([an_item(1)])

    answer = cloud.client("config", account=ACCOUNT).get_resource_config_history(
        resourceType="AWS::EC2::SecurityGroup", resourceId="sg-1", limit=2
    )

    (item,) = answer["configurationItems"]
    assert (ACCOUNT, '{"minute": 1}', {"Policy": '{"a": 1}'}) == (
        item["accountId"],
        item["configuration"],
        item["supplementaryConfiguration"],
    )
    assert an_item()["ARN"] == item["arn"]
    assert "Is contained in Vpc" == item["relationships"][0]["relationshipName"]
    assert datetime(2026, 11, 22, 12, 1, tzinfo=UTC) == item["configurationItemCaptureTime"]


@pytest.mark.xdist_group("cloud")
def test_boto3_sees_an_unknown_resource_as_aws_says_it(cloud: EmbeddedCloud) -> None:
    """The error's code."""
    with pytest.raises(ClientError) as refused:
        cloud.client("config").get_resource_config_history(resourceType="AWS::EC2::SecurityGroup", resourceId="sg-1")

    assert "ResourceNotDiscoveredException" == refused.value.response["Error"]["Code"]
