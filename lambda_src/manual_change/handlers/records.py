"""The SQS records that a function receives, and its answer: which of them are to be delivered again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manual_change.handlers.telemetry import Telemetry

Answer = dict[str, list[dict[str, str]]]
"""Lambda's `ReportBatchItemFailures`: what is named is delivered again, the rest is deleted from the queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One message of a queue."""

    message_id: str
    body: str
    receipt_handle: str
    queue_arn: str
    receive_count: int
    """How often it has been delivered, this time included."""


def read_records(event: Mapping[str, Any]) -> tuple[Record, ...]:
    """The records of what Lambda hands to a function for a batch of SQS messages."""
    return tuple(
        Record(
            message_id=raw["messageId"],
            body=raw["body"],
            receipt_handle=raw["receiptHandle"],
            queue_arn=raw["eventSourceARN"],
            receive_count=int(raw["attributes"]["ApproximateReceiveCount"]),
        )
        for raw in event["Records"]
    )


def answer(failed: Iterable[str]) -> Answer:
    """Lambda's answer, from the ids of the messages that failed."""
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in dict.fromkeys(failed)]}


def each(records: Sequence[Record], handle: Callable[[Record], None], *, telemetry: Telemetry) -> list[str]:
    """Handle every record, whatever becomes of the others; the ids of those that failed, each failure logged."""
    failed = []
    for record in records:
        try:
            handle(record)
        except Exception as error:  # noqa: BLE001 - one message's failure, of any kind, must not hold up the batch
            telemetry.failed(record.message_id, error)
            failed.append(record.message_id)
    return failed
