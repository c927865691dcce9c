"""A hub and its spokes, deployed by their stack set to the embedded AWS: what gets through, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Environment, Stack

from manual_change_detector import ManualChangeDetectorHub
from manual_change_local.cloud import EmbeddedCloud

pytestmark = pytest.mark.xdist_group("cloud")

AUDIT, MEMBER = "222233334444", "444455556666"
HOME, ELSEWHERE = "eu-west-1", "us-east-1"
QUEUE = "AWS::SQS::Queue"


class Deployed:
    """The hub in its account, and somebody who reads the alarm topic."""

    def __init__(self, cloud: EmbeddedCloud, folder: Path) -> None:
        self.cloud = cloud
        self.stack = cloud.deploy(folder, account=AUDIT, region=HOME)
        functions = cloud.client("lambda", account=AUDIT, region=HOME)
        for mapping in self.stack.physical_ids("AWS::Lambda::EventSourceMapping").values():
            functions.update_event_source_mapping(UUID=mapping, Enabled=False)  # what arrives stays in its queue
        self._sqs = cloud.client("sqs", account=AUDIT, region=HOME)
        self._mailbox = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._mailbox, AttributeNames=["QueueArn"])["Attributes"]
        [topic] = self.stack.physical_ids("AWS::SNS::Topic").values()
        cloud.client("sns", account=AUDIT, region=HOME).subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"], Attributes={"RawMessageDelivery": "true"}
        )

    def waiting(self, queue: str) -> list[Any]:
        """The bodies in the queue that is called so, which are gone then."""
        [url] = [url for name, url in self.stack.physical_ids(QUEUE).items() if queue in name]
        return [json.loads(body) for body in self._taken(url)]

    def told(self) -> list[str]:
        """What the alarm topic has published since."""
        return self._taken(self._mailbox)

    def member_calls(self, service: str, call: str, parameters: dict[str, Any]) -> None:
        """Somebody in a member account does something."""
        self.cloud.emit(
            source=f"aws.{service}",
            detail_type="AWS API Call via CloudTrail",
            detail={
                "eventSource": f"{service}.amazonaws.com",
                "eventName": call,
                "sourceIPAddress": "192.0.2.7",
                "recipientAccountId": MEMBER,
                "awsRegion": ELSEWHERE,
                "userIdentity": {"arn": f"arn:aws:iam::{MEMBER}:user/mallory"},
                "requestParameters": parameters,
            },
            account=MEMBER,
            region=ELSEWHERE,
        )

    def _taken(self, url: str) -> list[str]:
        messages = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A hub in the audit account, spokes there and in a member account, in two regions."""
    with EmbeddedCloud() as cloud:
        organization = cloud.organization({"Security": [AUDIT], "Workloads": [MEMBER]})
        folder = tmp_path_factory.mktemp("cdk.out")
        app = App(outdir=str(folder))
        stack = Stack(app, "Hub", env=Environment(account=AUDIT, region=HOME))
        hub = ManualChangeDetectorHub(stack, "Hub", organization_id="o-abcde12345", heartbeat=None)
        hub.spoke_stack_set(
            organizational_units=[organization.units["Security"], organization.units["Workloads"]],
            regions=[HOME, ELSEWHERE],
        )
        app.synth()
        yield Deployed(cloud, folder)


def test_two_regions_of_an_account_share_one_lookup_role(deployed: Deployed) -> None:
    """No name is made twice, or the second region's stack would have failed."""
    roles = deployed.cloud.client("iam", account=MEMBER).list_roles()["Roles"]

    assert {
        "manual-change-spoke-lookup",
        *(f"manual-change-spoke-{name}-{region}" for name in ("forward", "guard") for region in (HOME, ELSEWHERE)),
    } == {role["RoleName"] for role in roles if "spoke" in role["RoleName"]}


def test_what_config_saw_elsewhere_waits_for_dispatch_with_its_envelope(deployed: Deployed) -> None:
    """Another account's, another region's: over two buses and no third."""
    deployed.cloud.emit(
        source="aws.config",
        detail_type="Config Configuration Item Change",
        detail={"messageType": "ConfigurationItemChangeNotification"},
        account=MEMBER,
        region=ELSEWHERE,
    )

    [event] = deployed.waiting("DispatchChanges")

    assert ("aws.config", MEMBER, ELSEWHERE) == (event["source"], event["account"], event["region"])


def test_a_stopped_recorder_is_told_with_account_region_and_who(deployed: Deployed) -> None:
    """By a path without AWS Config, and without our functions."""
    deployed.member_calls("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"})

    [told] = deployed.told()

    for word in ("StopConfigurationRecorder", MEMBER, ELSEWHERE, "user/mallory", "192.0.2.7"):
        assert word in told


def test_whoever_silences_the_rule_that_tells_is_told_by_the_other(deployed: Deployed) -> None:
    """It is off already when CloudTrail's record comes."""
    rule = {"Name": "manual-change-spoke-tampering"}
    events = deployed.cloud.client("events", account=MEMBER, region=ELSEWHERE)
    events.disable_rule(**rule)
    deployed.member_calls("events", "DisableRule", {"name": rule["Name"]})
    events.enable_rule(**rule)

    [told] = deployed.told()

    assert "DisableRule on manual-change-spoke-tampering by" in told


def test_a_forged_change_of_a_member_account_is_a_strangers(deployed: Deployed) -> None:
    """It may put events on the bus, and AWS's own source it may not use."""
    entry = {
        "Source": "custom.config",
        "DetailType": "Config Configuration Item Change",
        "Detail": '{"messageType": "ConfigurationItemChangeNotification"}',
        "EventBusName": f"arn:aws:events:{HOME}:{AUDIT}:event-bus/manual-change-detector",
    }
    events = deployed.cloud.client("events", account=MEMBER, region=HOME)

    answer = events.put_events(Entries=[entry, entry | {"Source": "aws.config"}])

    assert [None, "NotAuthorizedForSourceException"] == [each.get("ErrorCode") for each in answer["Entries"]]
    assert [MEMBER] == [event["account"] for event in deployed.waiting("QuarantineQueue")]
    assert [] == deployed.waiting("DispatchChanges")
