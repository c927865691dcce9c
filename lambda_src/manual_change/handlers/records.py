"""The SQS records that a function receives, and its answer: which of them are to be delivered again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
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


class Later(Exception):
    """A record that cannot be handled now, through no fault of its own: it is delivered again after a while."""

    def __init__(self, reason: str, *, after: timedelta) -> None:
        super().__init__(reason)
        self.after = after


class Batch:
    """Which messages of a batch are to be delivered again, and why: each is logged."""

    def __init__(self, *, telemetry: Telemetry, put_off: Callable[[Record, timedelta], None] | None = None) -> None:
        """`put_off` decides when a record comes again. Left out: when the queue's visibility timeout ends."""
        self.failed: list[str] = []
        self._telemetry = telemetry
        self._put_off = put_off

    def attempt(self, records: Sequence[Record], work: Callable[[], object]) -> bool:
        """Do what serves these records; whether it was done. If it raises, they all come again, the others do not.

        `work` raises `Later` for what is to come again after a while, through no fault of its own.
        """
        try:
            work()
        except Later as later:
            for record in records:
                self._again_after(record, later)
            return False
        except Exception as error:  # noqa: BLE001 - one message's failure, of any kind, must not hold up the batch
            for record in records:
                self._failed(record, error)
            return False
        return True

    def _again_after(self, record: Record, later: Later) -> None:
        self.failed.append(record.message_id)
        self._telemetry.put_off(record.message_id, str(later), later.after)
        if self._put_off:
            try:
                self._put_off(record, later.after)
            except Exception as error:  # noqa: BLE001 - it comes again all the same, when its visibility ends
                self._failed(record, error)

    def _failed(self, record: Record, error: Exception) -> None:
        self._telemetry.failed(record.message_id, error)
        self.failed.append(record.message_id)


def each(
    records: Sequence[Record],
    handle: Callable[[Record], None],
    *,
    telemetry: Telemetry,
    put_off: Callable[[Record, timedelta], None] | None = None,
) -> list[str]:
    """Handle every record, whatever becomes of the others; the ids of those to be delivered again, each logged.

    Args:
        records: of one batch.
        handle: raises for a record that failed; `Later` for one that is to come again.
        telemetry: of the stage.
        put_off: decides when a record comes again. Left out: when the queue's visibility timeout ends.
    """
    batch = Batch(telemetry=telemetry, put_off=put_off)
    for record in records:
        batch.attempt([record], partial(handle, record))
    return batch.failed
