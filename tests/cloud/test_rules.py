"""EventBridge rules: what they match, what their targets receive, and schedules that fire when told to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from manual_change_local.cloud import CloudError, EmbeddedCloud
from manual_change_local.cloud.rule_input import input_for

ORIGINAL: Mapping[str, Any] = {
    "id": "1",
    "detail-type": "Something",
    "source": "mine",
    "time": "2026-11-22T12:00:00Z",
    "resources": ["arn:x"],
    "detail": {"who": 'al"ice', "count": 2, "tags": {"a": [1, 2]}},
}


def deploy_rule(cloud: EmbeddedCloud, target: Mapping[str, Any] | None = None, **properties: Any) -> str:
    """A rule with a queue as its target; the queue's URL."""
    template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Topic": {"Type": "AWS::SNS::Topic"},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "Name": "rule",
                    "Targets": [{"Id": "t", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}, **(target or {})}],
                    **properties,
                },
            },
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "sqs",
                    "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
                    "RawMessageDelivery": True,
                },
            },
        }
    }
    return cloud.deploy(template, stack_name="Rule").resources["Queue"]


def put(cloud: EmbeddedCloud, source: str = "mine") -> None:
    """Put an entry on the default bus."""
    entry = {"Source": source, "DetailType": "Something", "Detail": json.dumps(ORIGINAL["detail"])}
    cloud.client("events").put_events(Entries=[entry])


def received(cloud: EmbeddedCloud, url: str) -> list[Any]:
    """The bodies in the queue."""
    messages = cloud.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


@pytest.mark.xdist_group("cloud")
def test_a_matching_entry_reaches_the_queue_as_eventbridge_sends_it(cloud: EmbeddedCloud) -> None:
    """With account, region and a time in ISO 8601."""
    url = deploy_rule(cloud, EventPattern={"source": ["mine"]})

    put(cloud, "others")
    put(cloud)

    (sent,) = received(cloud, url)
    assert ("mine", "123456789012", "eu-west-1", "0", ORIGINAL["detail"]) == (
        sent["source"],
        sent["account"],
        sent["region"],
        sent["version"],
        sent["detail"],
    )
    assert sent["time"].endswith("Z")


@pytest.mark.xdist_group("cloud")
def test_a_disabled_rule_matches_nothing(cloud: EmbeddedCloud) -> None:
    """Its state is looked at."""
    url = deploy_rule(cloud, EventPattern={"source": ["mine"]}, State="DISABLED")

    put(cloud)

    assert [] == received(cloud, url)


@pytest.mark.xdist_group("cloud")
def test_a_schedule_fires_when_told_to(cloud: EmbeddedCloud) -> None:
    """And sends the rule's constant input."""
    url = deploy_rule(cloud, {"Input": '{"digest": "daily"}'}, ScheduleExpression="rate(1 day)")

    cloud.fire_schedule("rule")

    assert [{"digest": "daily"}] == received(cloud, url)


@pytest.mark.xdist_group("cloud")
def test_firing_what_is_no_schedule_names_those_that_are(cloud: EmbeddedCloud) -> None:
    """The error helps to find the right name."""
    deploy_rule(cloud, ScheduleExpression="rate(1 day)")

    with pytest.raises(CloudError, match=r"no scheduled rule 'roule'; scheduled rules: \['rule'\]"):
        cloud.fire_schedule("roule")


@pytest.mark.xdist_group("cloud")
def test_a_rule_publishes_to_a_topic(cloud: EmbeddedCloud) -> None:
    """Topics are targets, too."""
    url = deploy_rule(cloud, {"Arn": {"Ref": "Topic"}, "InputPath": "$.detail"}, EventPattern={"source": ["mine"]})

    put(cloud)

    assert [ORIGINAL["detail"]] == received(cloud, url)


def test_without_input_the_target_gets_the_original() -> None:
    """Nothing left out."""
    assert ORIGINAL == json.loads(input_for({}, ORIGINAL))


def test_an_input_path_selects_a_part() -> None:
    """A JSON path into the original."""
    assert "[1, 2]" == input_for({"InputPath": "$.detail.tags.a"}, ORIGINAL)


def test_a_template_is_filled_in_by_the_kind_of_place() -> None:
    """Inside a JSON string as text, outside as JSON."""
    transformer = {
        "InputPathsMap": {"who": "$.detail.who", "tags": "$.detail.tags", "type": "$.detail-type", "none": "$.x.y"},
        "InputTemplate": '{"text": "<who> did <type>", "who": <who>, "tags": <tags>, "none": <none>}',
    }

    filled = json.loads(input_for({"InputTransformer": transformer}, ORIGINAL))

    assert {"text": 'al"ice did Something', "who": 'al"ice', "tags": {"a": [1, 2]}, "none": None} == filled


def test_a_template_can_be_one_string() -> None:
    """How people write messages to topics."""
    transformer = {"InputPathsMap": {"n": "$.detail.count"}, "InputTemplate": '"count is <n>"'}

    assert '"count is 2"' == input_for({"InputTransformer": transformer}, ORIGINAL)
