"""Message groups in standard queues, and who comes first while one of them is noisy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.observation import MessageSent

pytestmark = pytest.mark.xdist_group("cloud")


class FairQueue:
    """A standard queue and what is done with it."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self._sqs = cloud.client("sqs")
        self.url: str = self._sqs.create_queue(QueueName="fair", Attributes={"VisibilityTimeout": "43200"})["QueueUrl"]

    def send(self, *groups: str) -> None:
        """One message for each; the body is the group."""
        for start in range(0, len(groups), 10):
            entries = [
                {"Id": str(number), "MessageBody": group, "MessageGroupId": group}
                for number, group in enumerate(groups[start : start + 10])
            ]
            assert [] == self._sqs.send_message_batch(QueueUrl=self.url, Entries=entries).get("Failed", [])

    def receive(self, count: int) -> list[str]:
        """Receive that many, ten at a time, and keep them in flight."""
        received: list[str] = []
        while len(received) < count:
            answer = self._sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=min(10, count - len(received)))
            received += [message["Body"] for message in answer["Messages"]]
        return received


@pytest.fixture
def queue(cloud: EmbeddedCloud) -> FairQueue:
    """A queue."""
    return FairQueue(cloud)


def test_quiet_groups_come_first_while_one_is_noisy(queue: FairQueue) -> None:
    """Thirty of its messages are in flight, and those of others were sent last."""
    queue.send(*["noisy"] * 40, "quiet", "calm")

    assert ["noisy"] * 30 == queue.receive(30)
    assert ["quiet", "calm", "noisy"] == queue.receive(3)


def test_with_fewer_in_flight_the_oldest_come_first(queue: FairQueue) -> None:
    """Twenty-nine are not a noisy neighbour."""
    queue.send(*["busy"] * 40, "quiet")

    assert ["busy"] * 30 == queue.receive(29) + queue.receive(1)


def test_a_tenth_of_all_in_flight_is_no_large_share(queue: FairQueue) -> None:
    """More than ten per cent are."""
    groups = [f"g{number % 10}" for number in range(300)]
    queue.send(*groups)
    queue.receive(300)
    queue.send("g0", "new")

    assert ["g0", "new"] == queue.receive(2)


def test_a_message_says_its_group(cloud: EmbeddedCloud, queue: FairQueue) -> None:
    """To its receiver and to observers, whether it was sent alone, in a batch, or by a rule."""
    sqs, events = cloud.client("sqs"), cloud.client("events")
    arn = sqs.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="rule", EventPattern=json.dumps({"source": ["mine"]}))
    target: dict[str, Any] = {"Id": "t", "Arn": arn, "SqsParameters": {"MessageGroupId": "by-rule"}}
    events.put_targets(Rule="rule", Targets=[target])

    sqs.send_message(QueueUrl=queue.url, MessageBody="x", MessageGroupId="alone")
    queue.send("batch")
    events.put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])

    answer = sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    assert (
        ["alone", "batch", "by-rule"]
        == [message["Attributes"]["MessageGroupId"] for message in answer["Messages"]]
        == [sent.group_id for sent in cloud.journal.of(MessageSent)]
    )
