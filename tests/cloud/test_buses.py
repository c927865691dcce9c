"""Event buses: other accounts' and regions', what is passed on between them, and what only AWS may say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.observation import DeliveryFailed

pytestmark = pytest.mark.xdist_group("cloud")

HUB = "999999999999"
MEMBER = "111111111111"
PATTERN: Mapping[str, Any] = {"source": ["aws.config", "mine"]}


def bus_arn(account: str, region: str, name: str = "hub") -> str:
    """The ARN of a bus."""
    return f"arn:aws:events:{region}:{account}:event-bus/{name}"


def deploy_hub(cloud: EmbeddedCloud, account: str = HUB, region: str = "eu-west-1") -> str:
    """A bus that the organization may use, with a rule into a queue; the queue's URL."""
    organization = {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    template = {
        "Resources": {
            "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "hub", "Description": "of all"}},
            "Policy": {
                "Type": "AWS::Events::EventBusPolicy",
                "Properties": {
                    "EventBusName": {"Ref": "Bus"},
                    "StatementId": "organization",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": "*",
                        "Action": "events:PutEvents",
                        "Resource": {"Fn::GetAtt": ["Bus", "Arn"]},
                        "Condition": organization,
                    },
                },
            },
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventBusName": {"Fn::GetAtt": ["Bus", "Name"]},
                    "EventPattern": PATTERN,
                    "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                },
            },
        }
    }
    return cloud.deploy(template, stack_name="Hub", account=account, region=region).resources["Queue"]


def deploy_forwarding(cloud: EmbeddedCloud, to: str, *, bus: str = "default", account: str, region: str) -> None:
    """A rule that passes everything on to another bus."""
    rule = {
        "EventBusName": bus,
        "EventPattern": PATTERN,
        "Targets": [{"Id": "bus", "Arn": to, "RoleArn": f"arn:aws:iam::{account}:role/forward"}],
    }
    template = {"Resources": {"Rule": {"Type": "AWS::Events::Rule", "Properties": rule}}}
    cloud.deploy(template, stack_name="Spoke", account=account, region=region)


def received(cloud: EmbeddedCloud, url: str, account: str = HUB, region: str = "eu-west-1") -> list[Any]:
    """The bodies in a queue."""
    sqs = cloud.client("sqs", account=account, region=region)
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def an_entry(source: str = "mine", **options: str) -> dict[str, str]:
    """An entry of PutEvents."""
    return {"Source": source, "DetailType": "Something", "Detail": '{"a": 1}', **options}


def test_what_a_service_says_reaches_the_hub_with_its_envelope(cloud: EmbeddedCloud) -> None:
    """Across accounts and regions, id, account, region and resources stay what they were."""
    url = deploy_hub(cloud)
    deploy_forwarding(cloud, bus_arn(HUB, "eu-west-1"), account=MEMBER, region="eu-central-1")

    event_id = cloud.emit(
        source="aws.config",
        detail_type="Config Configuration Item Change",
        detail={"messageType": "ConfigurationItemChangeNotification"},
        account=MEMBER,
        region="eu-central-1",
        resources=["arn:aws:s3:::bucket"],
    )

    (event,) = received(cloud, url)
    assert event.pop("time").endswith("Z")
    assert {
        "version": "0",
        "id": event_id,
        "source": "aws.config",
        "detail-type": "Config Configuration Item Change",
        "account": MEMBER,
        "region": "eu-central-1",
        "resources": ["arn:aws:s3:::bucket"],
        "detail": {"messageType": "ConfigurationItemChangeNotification"},
    } == event


def test_a_third_bus_is_never_reached(cloud: EmbeddedCloud) -> None:
    """Nobody has to guess why: it is observed with its reason."""
    third = deploy_hub(cloud, account="222222222222")
    deploy_hub(cloud)
    deploy_forwarding(cloud, bus_arn("222222222222", "eu-west-1"), bus="hub", account=HUB, region="eu-west-1")
    deploy_forwarding(cloud, bus_arn(HUB, "eu-west-1"), account=MEMBER, region="eu-west-1")

    cloud.emit(source="aws.config", detail_type="x", detail={}, account=MEMBER)

    assert [] == received(cloud, third, account="222222222222")
    (failed,) = cloud.journal.of(DeliveryFailed)
    assert failed.reason == "an event that came from another bus is not sent on to a third one"


def test_a_bus_that_is_missing_is_observed(cloud: EmbeddedCloud) -> None:
    """As a missing queue is."""
    deploy_forwarding(cloud, bus_arn(HUB, "eu-west-1"), account=MEMBER, region="eu-west-1")

    cloud.emit(source="aws.config", detail_type="x", detail={}, account=MEMBER)

    assert ["the event bus does not exist"] == [failed.reason for failed in cloud.journal.of(DeliveryFailed)]


def test_only_aws_speaks_for_aws(cloud: EmbeddedCloud) -> None:
    """PutEvents refuses such an entry, and takes the others of the same request."""
    url = deploy_hub(cloud)
    events = cloud.client("events", account=HUB)

    answer = events.put_events(Entries=[an_entry(s, EventBusName="hub") for s in ("aws.config", "mine")])

    assert 1 == answer["FailedEntryCount"]
    assert "NotAuthorizedForSourceException" == answer["Entries"][0]["ErrorCode"]
    assert ["mine"] == [event["source"] for event in received(cloud, url)]


def test_an_entry_for_another_accounts_bus_names_who_sent_it(cloud: EmbeddedCloud) -> None:
    """The bus is named by its ARN; `account` is the sender's."""
    url = deploy_hub(cloud)

    cloud.client("events", account=MEMBER).put_events(Entries=[an_entry(EventBusName=bus_arn(HUB, "eu-west-1"))])

    assert [MEMBER] == [event["account"] for event in received(cloud, url)]


def test_a_bus_goes_with_its_stack(cloud: EmbeddedCloud) -> None:
    """Although it has rules and a policy."""
    deploy_hub(cloud)
    events = cloud.client("events", account=HUB)
    policy = json.loads(events.describe_event_bus(Name="hub")["Policy"])

    cloud.client("cloudformation", account=HUB).delete_stack(StackName="Hub")

    assert ["organization"] == [statement["Sid"] for statement in policy["Statement"]]
    assert ["default"] == [bus["Name"] for bus in events.list_event_buses()["EventBuses"]]
