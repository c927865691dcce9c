"""Event source mappings: what polls a queue, invokes a function with batches, and settles each message.

As AWS describes it (AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Handling errors for an SQS event
source"): a message is deleted only when the function has dealt with it; everything else reappears after the queue's
visibility timeout and ends, by the queue's own redrive policy, in its dead-letter queue.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.fleet import Finished, Fleet
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.observation import MessageFilteredOut, MessageReturned, MessageSettled, Observation

CONCURRENCY_LIMIT: Final = max(2, os.cpu_count() or 2)
"""Batches of one mapping at a time at most, whatever MaximumConcurrency allows. AWS begins with five; on one machine
each is a process that the others wait for."""

PAYLOAD_LIMIT: Final = 6 * 1024 * 1024
"""Bytes of one invocation (AWS Lambda developer guide, "Lambda quotas")."""

LONG_POLL: Final = 20.0
"""Wall-clock seconds that one wait for messages lasts at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message in flight."""

    message_id: str
    receipt_handle: str
    body: str
    md5: str
    attributes: Mapping[str, str]
    """System attributes: `ApproximateReceiveCount`, `SentTimestamp`, …"""
    message_attributes: Mapping[str, Mapping[str, Any]]

    @property
    def receive_count(self) -> int:
        """How often it has been received, this time included."""
        return int(self.attributes["ApproximateReceiveCount"])


class Queue(Protocol):
    """What a mapping needs of a queue."""

    @property
    def arn(self) -> str:
        """The queue's ARN."""

    def receive(self, *, limit: int, wait: float, hold: float, cancelled: threading.Event) -> list[Received]:
        """Take up to `limit` messages, waiting up to `wait` wall-clock seconds for the first. They stay hidden for the
        visibility timeout, and for at least `hold` wall-clock seconds."""

    def delete(self, message: Received) -> None:
        """Done with it."""

    def give_back(self, message: Received) -> None:
        """Let it reappear when the visibility timeout that began with its receipt is over."""

    def wake(self) -> None:
        """Make waiting receivers look at `cancelled`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSourceMapping:
    """An event source mapping as deployed."""

    uuid: str
    queue: Queue
    function: Callable[[], Function]
    """The function as it is now: it can be updated under a running mapping."""
    region: str
    batch_size: int = 10
    window: float = 0.0
    """MaximumBatchingWindowInSeconds, nominal."""
    reports_failures: bool = False
    """FunctionResponseTypes holds ReportBatchItemFailures."""
    concurrency: int = CONCURRENCY_LIMIT
    accepts: Callable[[Mapping[str, Any]], bool] = lambda _: True
    """The filter criteria, applied to the record."""


def record_of(message: Received, *, queue_arn: str, region: str) -> dict[str, Any]:
    """The record that a function receives for a message."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        raw = value["BinaryValue"]
        attribute["binaryValue"] = base64.b64encode(raw).decode() if isinstance(raw, bytes) else raw
    return attribute


def failures(finished: Finished, batch: Sequence[str], *, reports_failures: bool) -> dict[str, str]:
    """Which messages of a batch failed, and why.

    An empty or absent list means success; an unknown, empty or missing identifier fails the whole batch.
    """
    if finished.error_type:
        return dict.fromkeys(batch, f"{finished.error_type}: {finished.error_message}")
    if not reports_failures:
        return {}
    try:
        response = finished.response
        reported = (response or {}).get("batchItemFailures") or ()
        identifiers = [entry["itemIdentifier"] for entry in reported]
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        return dict.fromkeys(batch, f"the answer is no batch response: {error!r}")
    unknown = [identifier for identifier in identifiers if identifier not in batch]
    if unknown:
        return dict.fromkeys(batch, f"the answer names messages that are not in the batch: {unknown}")
    return dict.fromkeys(identifiers, "reported")


class Poller:
    """Runs one mapping until it is stopped, in as many threads as batches may be dealt with at a time."""

    def __init__(
        self, mapping: EventSourceMapping, *, fleet: Fleet, clock: Clock, observe: Callable[[Observation], None]
    ) -> None:
        self._mapping = mapping
        self._fleet = fleet
        self._clock = clock
        self._observe = observe
        self._cancelled = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"poller-{mapping.uuid}-{number}", daemon=True)
            for number in range(mapping.concurrency)
        ]

    def start(self) -> None:
        """Begin to poll."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Take no further batch. Returns at once; `join` waits for the batches in hand."""
        self._cancelled.set()
        self._mapping.queue.wake()

    def join(self) -> None:
        """Wait until no batch is in hand."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._cancelled.is_set():
            batch = self._gather()
            for part in parts(batch):
                self._deal_with(part)

    def _gather(self) -> list[Received]:
        mapping = self._mapping
        hold = mapping.function().timeout + self._clock.seconds(mapping.window)
        batch: list[Received] = []
        closes: float | None = None
        while len(batch) < mapping.batch_size and not self._cancelled.is_set():
            wait = LONG_POLL if closes is None else closes - time.monotonic()
            if wait < 0:
                break
            taken = mapping.queue.receive(
                limit=mapping.batch_size - len(batch), wait=wait, hold=hold, cancelled=self._cancelled
            )
            batch += [message for message in taken if self._accepted(message)]
            if batch and closes is None:
                closes = time.monotonic() + self._clock.seconds(mapping.window)
            if not mapping.window:
                break
        return batch

    def _accepted(self, message: Received) -> bool:
        mapping = self._mapping
        if mapping.accepts(record_of(message, queue_arn=mapping.queue.arn, region=mapping.region)):
            return True
        mapping.queue.delete(message)
        self._observe(MessageFilteredOut(queue_arn=mapping.queue.arn, message_id=message.message_id))
        return False

    def _deal_with(self, batch: Sequence[Received]) -> None:
        mapping = self._mapping
        queue_arn = mapping.queue.arn
        identifiers = tuple(message.message_id for message in batch)
        records = [record_of(message, queue_arn=queue_arn, region=mapping.region) for message in batch]
        finished = self._fleet.invoke(
            mapping.function(), json.dumps({"Records": records}).encode(), queue_arn=queue_arn, message_ids=identifiers
        )
        failed = failures(finished, identifiers, reports_failures=mapping.reports_failures)
        for message in batch:
            reason = failed.get(message.message_id)
            if reason is None:
                mapping.queue.delete(message)
                self._observe(
                    MessageSettled(queue_arn=queue_arn, message_id=message.message_id, request_id=finished.request_id)
                )
                continue
            mapping.queue.give_back(message)
            self._observe(
                MessageReturned(
                    queue_arn=queue_arn,
                    message_id=message.message_id,
                    request_id=finished.request_id,
                    receive_count=message.receive_count,
                    reason=reason,
                )
            )


def parts(batch: Sequence[Received]) -> Iterator[Sequence[Received]]:
    """The batch in parts that fit into an invocation."""
    part: list[Received] = []
    size = 0
    for message in batch:
        weight = len(json.dumps(message.body)) + 1024
        if part and size + weight > PAYLOAD_LIMIT:
            yield part
            part, size = [], 0
        part.append(message)
        size += weight
    if part:
        yield part
