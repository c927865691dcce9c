"""Notifications become changes, or a counted reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.config_history import HistoryUnavailable
from manual_change.adapters.queues import AttributionRequest
from manual_change.domain.change import Change, PropertyChange
from manual_change.domain.notification import Oversized, read_message
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.records import Record
from manual_change.settings import DispatchSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Records = Callable[..., list[Record]]


def a_notification(of: str = "sg-1", *, path: str = "Configuration.Description", **item: Any) -> dict[str, Any]:
    """A change of a security group, captured at noon."""
    return {
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItem": {
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": of,
            "awsAccountId": "111122223333",
            "awsRegion": "eu-west-1",
            "configurationItemCaptureTime": "2026-11-22T12:00:00.000Z",
            "configurationItemStatus": "OK",
        }
        | item,
        "configurationItemDiff": {
            "changeType": "UPDATE",
            "changedProperties": {path: {"previousValue": "old", "updatedValue": "new", "changeType": "UPDATE"}},
        },
    }


AN_OVERSIZED_NOTICE = {
    "messageType": "OversizedConfigurationItemChangeNotification",
    "configurationItemSummary": {
        "changeType": "UPDATE",
        "awsAccountId": "111122223333",
        "awsRegion": "eu-west-1",
        "resourceType": "AWS::EC2::SecurityGroup",
        "resourceId": "sg-1",
        "configurationItemCaptureTime": "2026-11-22T12:00:00.000Z",
        "configurationItemStatus": "OK",
    },
}
A_SNAPSHOT_NOTICE = {"messageType": "ConfigurationSnapshotDeliveryCompleted"}


class NoHistory:
    """AWS Config without a history of anything; remembers what it was asked."""

    def __init__(self, error: Exception | None = None, change: Change | None = None) -> None:
        self.asked: list[str] = []
        self.came_from: str | None = None
        self._error = error
        self._change = change

    def change(self, oversized: Oversized, *, came_from: str | None) -> Change:
        """What became of the question."""
        self.asked.append(oversized.item.resource.id)
        self.came_from = came_from
        if self._change:
            return self._change
        raise self._error or HistoryUnavailable("no history of sg-1")


@dataclass
class Bench:
    """The stage, and what it has sent."""

    stage: Dispatch
    history: NoHistory
    received: Callable[[], list[AttributionRequest]]


@pytest.fixture
def bench(aws: Callable[[str], Any], said: Any) -> Callable[..., Bench]:
    """Builds the stage in front of an empty queue; `now` is seconds after noon."""

    def build(
        *, now: float = 10.0, history: NoHistory | None = None, queue: str | None = None, **settings: Any
    ) -> Bench:
        sqs = aws("sqs")
        url = sqs.create_queue(QueueName="attributions")["QueueUrl"]
        known = history or NoHistory()
        stage = Dispatch(
            settings=DispatchSettings(attributions_queue_url=queue or url, **settings),
            sqs=sqs,
            history=known,  # type: ignore[arg-type]
            telemetry=said.telemetry,
            now=lambda: NOON + timedelta(seconds=now),
        )
        return Bench(stage, known, lambda: [AttributionRequest.from_body(body) for body in bodies(sqs, url)])

    return build


def bodies(sqs: Any, url: str) -> list[str]:
    """Every message of a queue, delayed ones too."""
    messages: list[str] = []
    while answer := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        messages += [message["Body"] for message in answer]
    return messages


def immediately(**settings: Any) -> dict[str, Any]:
    """Settings without a delay: moto hides delayed messages until they are due."""
    return {"first_look": timedelta(0)} | settings


def test_a_change_is_handed_on(bench: Callable[..., Bench], records: Records) -> None:
    """With its diff, to be looked up for the first time."""
    at = bench(**immediately())

    answer = at.stage.handle(records(a_notification("sg-1")))

    [request] = at.received()
    assert {"batchItemFailures": []} == answer
    assert (0, (PropertyChange("Configuration.Description", "old", "new"),)) == (
        request.look,
        request.change.properties,
    )


def test_the_first_look_waits_for_cloudtrail(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """Three minutes after capture, of which ten seconds have passed."""
    at = bench(now=10)

    at.stage.handle(records(a_notification()))

    assert [170.0] == [line["first_look_in"] for line in said.lines if line.get("decision") == "attribute"]
    assert [] == at.received()  # hidden until then


def test_a_late_notification_is_looked_up_at_once(bench: Callable[..., Bench], records: Records) -> None:
    """CloudTrail has had its time."""
    at = bench(now=3600)

    at.stage.handle(records(a_notification()))

    assert 1 == len(at.received())


def test_every_wrapping_is_read(bench: Callable[..., Bench], records: Records) -> None:
    """Raw delivery, an SNS envelope, an EventBridge event."""
    at = bench(**immediately())

    at.stage.handle(
        records(
            a_notification("sg-1"),
            {"Type": "Notification", "Message": json.dumps(a_notification("sg-2"))},
            {"detail-type": "Config Configuration Item Change", "detail": a_notification("sg-3")},
        )
    )

    assert {"sg-1", "sg-2", "sg-3"} == {request.change.resource.id for request in at.received()}


def test_what_is_no_change_is_counted_with_its_reason(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """Nothing vanishes: a line in the log, a metric with the reason, no message."""
    at = bench()

    answer = at.stage.handle(records(A_SNAPSHOT_NOTICE, {"hello": "world"}))

    assert {"batchItemFailures": []} == answer
    assert [("drop", "other-message-type"), ("drop", "no-message-type")] == said.decisions
    assert (1, 2, 2) == (
        said.counted("Dropped", reason="no-message-type"),
        said.counted("Dropped"),
        said.counted("Notifications"),
    )


def test_noise_is_counted_with_its_reason(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """A neighbour changed, not this resource."""
    at = bench()

    at.stage.handle(records(a_notification(path="Relationships.0")))

    assert [("drop", "relationships-only")] == said.decisions
    assert 1 == said.counted("Dropped", reason="relationships-only")


def test_an_excluded_type_is_dropped(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """By the setting, with a reason of its own."""
    at = bench(excluded_resource_types=("AWS::EC2::*",))

    at.stage.handle(records(a_notification(), AN_OVERSIZED_NOTICE))

    assert [("drop", "resource-type-excluded")] * 2 == said.decisions
    assert [] == at.history.asked


def test_the_log_names_the_change_and_not_its_values(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """Configuration may hold secrets; a log is read by more people than the resource."""
    at = bench()

    at.stage.handle(records(a_notification("sg-1")))

    [line] = [line for line in said.lines if line.get("decision") == "attribute"]
    assert ("sg-1", "AWS::EC2::SecurityGroup", "111122223333", "eu-west-1", "2026-11-22T12:00:00Z") == (
        line["resource_id"],
        line["resource_type"],
        line["account"],
        line["region"],
        line["captured_at"],
    )
    assert "previousValue" not in json.dumps(said.lines)
    assert '"old"' not in json.dumps(said.lines)


def test_a_poison_message_fails_alone(bench: Callable[..., Bench], records: Records, said: Any) -> None:
    """Nine of ten go on; the tenth becomes a dead letter with its error in the log."""
    at = bench(**immediately())
    batch = [a_notification(f"sg-{number}") for number in range(9)]

    answer = at.stage.handle(records(*batch[:5], "{poison", *batch[5:]))

    assert {"batchItemFailures": [{"itemIdentifier": "message-6"}]} == answer
    assert 9 == len(at.received())
    assert ["the body of the SQS record is not JSON"] == [error.split(":")[0] for error in said.errors]


def test_an_unreadable_message_in_a_record_does_not_hold_up_the_others(
    bench: Callable[..., Bench], records: Records
) -> None:
    """An array of messages: what can be read goes on, and the record comes again for the rest."""
    at = bench(**immediately())
    broken = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": {}}

    answer = at.stage.handle(records([a_notification("sg-1"), broken, a_notification("sg-2")]))

    assert {"batchItemFailures": [{"itemIdentifier": "message-1"}]} == answer
    assert {"sg-1", "sg-2"} == {request.change.resource.id for request in at.received()}


def test_an_oversized_notice_gets_its_diff_from_the_history(bench: Callable[..., Bench], records: Records) -> None:
    """What did not fit into a message is fetched."""
    whole = a_change_with("Configuration.IpPermissions.0")
    at = bench(history=NoHistory(change=whole), **immediately())

    at.stage.handle(records(AN_OVERSIZED_NOTICE))

    assert [whole] == [request.change for request in at.received()]


def test_an_oversized_notice_whose_diff_is_noise_is_dropped(
    bench: Callable[..., Bench], records: Records, said: Any
) -> None:
    """Once the diff is there, it is judged like any other."""
    at = bench(history=NoHistory(change=a_change_with("Relationships.0")))

    at.stage.handle(records(AN_OVERSIZED_NOTICE))

    assert [("drop", "relationships-only")] == said.decisions


def test_without_a_history_the_change_is_kept_without_its_diff(
    bench: Callable[..., Bench], records: Records, said: Any
) -> None:
    """Who did it can still be found; that the diff is missing is logged."""
    at = bench(**immediately())

    at.stage.handle(records(AN_OVERSIZED_NOTICE))

    [request] = at.received()
    assert (True, ()) == (request.change.diff_left_out, request.change.properties)
    assert ("diff-left-out", "history-unavailable") in said.decisions


def test_a_throttled_history_leaves_the_record_to_be_tried_again(bench: Callable[..., Bench], records: Records) -> None:
    """The diff is worth waiting for."""
    throttled = ClientError({"Error": {"Code": "ThrottlingException"}}, "GetResourceConfigHistory")
    at = bench(history=NoHistory(error=throttled), **immediately())

    answer = at.stage.handle(records(AN_OVERSIZED_NOTICE, a_notification("sg-2")))

    assert {"batchItemFailures": [{"itemIdentifier": "message-1"}]} == answer
    assert ["sg-2"] == [request.change.resource.id for request in at.received()]


def test_a_change_that_sqs_does_not_accept_fails_its_record(
    bench: Callable[..., Bench], records: Records, said: Any
) -> None:
    """Dropped messages in the same batch stay dropped."""
    at = bench(queue="https://sqs.eu-west-1.amazonaws.com/123456789012/none")

    answer = at.stage.handle(records(A_SNAPSHOT_NOTICE, a_notification("sg-1"), [a_notification("sg-2")] * 2))

    assert {"batchItemFailures": [{"itemIdentifier": "message-2"}, {"itemIdentifier": "message-3"}]} == answer
    assert ("attribute", "change") not in said.decisions


def a_change_with(path: str) -> Change:
    """The change of the oversized notice, with one changed property."""
    change = read_message(a_notification(path=path))
    assert isinstance(change, Change)
    return change
