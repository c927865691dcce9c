"""The messages between the stages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.queues import (
    BATCH_BYTES,
    MESSAGE_BYTES,
    AttributionRequest,
    DigestRequest,
    NotSent,
    put_off,
    read_findings_message,
    send_findings,
    send_to_attribution,
)
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.finding import Finding

AnAccount = Callable[[str], Any]


class RecordingSqs:
    """Takes what is sent and refuses the messages at the positions it was told."""

    def __init__(self, *refuse: str) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self._refuse = refuse

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803, ARG002
        """As SQS answers: what failed is named, the rest was sent."""
        self.batches.append(Entries)
        refused = [entry["Id"] for entry in Entries if entry["Id"] in self._refuse]
        return {"Failed": [{"Id": id_, "Code": "InternalError", "Message": "try again"} for id_ in refused]}


def test_a_request_reads_back_as_it_was_written(a_change: Callable[..., Change]) -> None:
    """The attribute stage sees the change that dispatch sent."""
    request = AttributionRequest(change=a_change(), look=2, wait=timedelta(seconds=90.5))

    assert request == AttributionRequest.from_body(request.to_body())


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "not JSON"),
        ("[1]", "is a list"),
        ('{"version": 2}', "version 2"),
        ('{"version": 1, "look": 0, "wait": 0}', "without a change"),
        ('{"version": 1, "change": {}, "look": -1, "wait": 0}', "look -1"),
        ('{"version": 1, "change": {}, "look": 0, "wait": "long"}', "wait 'long'"),
    ],
)
def test_a_request_that_cannot_be_read_says_why(body: str, said: str) -> None:
    """It goes to the dead-letter queue, and the log says what is wrong with it."""
    with pytest.raises(Unreadable, match=said):
        AttributionRequest.from_body(body)


def test_a_short_wait_is_the_delay_of_the_message(a_change: Callable[..., Change]) -> None:
    """Rounded up: a look is never early."""
    sqs = RecordingSqs()

    send_to_attribution(sqs, "queue", [AttributionRequest(change=a_change(), wait=timedelta(seconds=179.2))])  # type: ignore[arg-type]

    [[entry]] = sqs.batches
    assert (180, 0) == (entry["DelaySeconds"], json.loads(entry["MessageBody"])["wait"])


def test_what_a_delay_cannot_cover_is_left_to_wait(a_change: Callable[..., Change]) -> None:
    """SQS delays by 900 s at most; the third look may be 21 minutes away."""
    sqs = RecordingSqs()

    send_to_attribution(sqs, "queue", [AttributionRequest(change=a_change(), look=3, wait=timedelta(seconds=1260))])  # type: ignore[arg-type]

    [[entry]] = sqs.batches
    assert (900, 360) == (entry["DelaySeconds"], json.loads(entry["MessageBody"])["wait"])


def test_messages_go_out_ten_at_a_time(a_change: Callable[..., Change]) -> None:
    """SendMessageBatch takes ten entries."""
    sqs = RecordingSqs()

    send_to_attribution(sqs, "queue", [AttributionRequest(change=a_change(f"sg-{n}")) for n in range(23)])  # type: ignore[arg-type]

    assert [10, 10, 3] == [len(batch) for batch in sqs.batches]


def test_large_messages_share_a_request_only_while_they_fit(a_finding: Callable[..., Finding]) -> None:
    """One request holds 256 KiB in the strictest queue."""
    sqs = RecordingSqs()

    send_findings(sqs, "queue", [a_finding(f"sg-{n}", after="x" * 100_000) for n in range(5)])  # type: ignore[arg-type]

    sizes = [sum(len(entry["MessageBody"]) for entry in batch) for batch in sqs.batches]
    assert len(sizes) == 3
    assert max(sizes) <= BATCH_BYTES


def test_a_message_too_large_for_a_queue_is_shortened(a_finding: Callable[..., Finding]) -> None:
    """A rebuilt diff may hold megabytes; the finding still arrives, and says how much was left out."""
    sqs = RecordingSqs()

    send_findings(sqs, "queue", [a_finding(after="x" * 2_000_000)])  # type: ignore[arg-type]

    [[entry]] = sqs.batches
    finding = read_findings_message(entry["MessageBody"])
    assert isinstance(finding, Finding)
    assert finding.change is not None
    assert len(entry["MessageBody"]) <= MESSAGE_BYTES
    assert finding.change.properties[0].after.endswith("… (1,980,000 more characters)")


def test_what_sqs_did_not_accept_is_named(a_finding: Callable[..., Finding]) -> None:
    """By its position in what was to be sent, across batches, so that the right record is tried again."""
    with pytest.raises(NotSent, match=r"2 of 12 .* number 4: InternalError \(try again\)") as refusal:
        send_findings(RecordingSqs("3", "11"), "queue", [a_finding(f"sg-{n}") for n in range(12)])  # type: ignore[arg-type]

    assert [3, 11] == sorted(refusal.value.failed)


def test_a_queue_that_is_not_there_fails_every_message(aws: AnAccount, a_finding: Callable[..., Finding]) -> None:
    """An error of the whole request is an error of each message in it."""
    with pytest.raises(NotSent, match="2 of 2") as refusal:
        send_findings(aws("sqs"), "https://sqs.eu-west-1.amazonaws.com/1/none", [a_finding("sg-1"), a_finding("sg-2")])

    assert [0, 1] == sorted(refusal.value.failed)


def test_a_finding_travels_through_a_real_queue(
    aws: AnAccount, queue_url: str, a_finding: Callable[..., Finding]
) -> None:
    """What the notify stage reads is what the attribute stage found, in any script."""
    finding = a_finding(after="\ufffe\ud800 変更 \x00")

    send_findings(aws("sqs"), queue_url, [finding])

    [message] = aws("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert finding == read_findings_message(message["Body"])


def test_the_schedule_asks_for_a_digest() -> None:
    """The body that the daily rule sends."""
    assert DigestRequest() == read_findings_message('{"version": 1, "digest": true}')


@pytest.mark.parametrize("body", ['{"version": 1}', '{"version": 1, "finding": []}', '{"version": 1, "digest": "yes"}'])
def test_a_message_with_nothing_to_tell_is_unreadable(body: str) -> None:
    """Never a silent success."""
    with pytest.raises(Unreadable, match="neither a finding nor a digest"):
        read_findings_message(body)


def test_a_message_put_off_is_hidden_for_that_long(aws: AnAccount, queue_url: str) -> None:
    """Found by the queue's ARN: that is all that a record says about its queue."""
    sqs = aws("sqs")
    sqs.send_message(QueueUrl=queue_url, MessageBody="later")
    [message] = sqs.receive_message(QueueUrl=queue_url, VisibilityTimeout=0)["Messages"]

    put_off(
        sqs,
        queue_arn="arn:aws:sqs:eu-west-1:123456789012:queue",
        receipt_handle=message["ReceiptHandle"],
        by=timedelta(seconds=30),
    )

    assert "Messages" not in sqs.receive_message(QueueUrl=queue_url)
