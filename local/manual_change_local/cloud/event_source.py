"""Event source mappings: what polls a queue, invokes a function with batches, and settles each message.

As AWS describes it (AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Handling errors for an SQS event
source"): a message is deleted only when the function has dealt with it; everything else reappears after the queue's
visibility timeout and ends, by the queue's own redrive policy, in its dead-letter queue.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from manual_change_local.cloud.batches import Received, failures, parts, record_of
from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.observation import MessageFilteredOut, MessageReturned, MessageSettled, Observation

CONCURRENCY_LIMIT: Final = max(2, os.cpu_count() or 2)
"""Batches of one mapping at a time at most, whatever MaximumConcurrency allows. AWS begins with five; on one machine
each is a process that the others wait for."""

LONG_POLL: Final = 20.0
"""Wall-clock seconds that one wait for messages lasts at most."""

WITHOUT_FUNCTION: Final = 0.5
"""Wall-clock seconds between two looks for a function that was deleted under its mapping."""


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
    function: Callable[[], Function | None]
    """The function as it is now: it can be updated or deleted under a running mapping."""
    region: str
    batch_size: int = 10
    window: float = 0.0
    """MaximumBatchingWindowInSeconds, nominal."""
    reports_failures: bool = False
    """FunctionResponseTypes holds ReportBatchItemFailures."""
    concurrency: int = CONCURRENCY_LIMIT
    accepts: Callable[[Mapping[str, Any]], bool] = lambda _: True
    """The filter criteria, applied to the record."""


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
            function = self._mapping.function()
            if function is None:
                self._cancelled.wait(WITHOUT_FUNCTION)  # the messages stay where they are
                continue
            for part in parts(self._gather(hold=function.timeout)):
                self._deal_with(part)

    def _gather(self, *, hold: float) -> list[Received]:
        """A batch: what is there by the time that it is full or the window closes."""
        mapping = self._mapping
        window = self._clock.seconds(mapping.window)
        batch: list[Received] = []
        closes: float | None = None
        while len(batch) < mapping.batch_size and not self._cancelled.is_set():
            wait = LONG_POLL if closes is None else closes - time.monotonic()
            if wait < 0:
                break
            taken = mapping.queue.receive(
                limit=mapping.batch_size - len(batch), wait=wait, hold=hold + window, cancelled=self._cancelled
            )
            batch += [message for message in taken if self._accepted(message)]
            if batch and closes is None:
                closes = time.monotonic() + window
            if not window:
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
        function = mapping.function()
        if function is None:  # deleted while the batch was gathered
            self._settle(batch, None, dict.fromkeys(identifiers, "there is no function"))
            return
        records = [record_of(message, queue_arn=queue_arn, region=mapping.region) for message in batch]
        finished = self._fleet.invoke(
            function, json.dumps({"Records": records}).encode(), queue_arn=queue_arn, message_ids=identifiers
        )
        failed = failures(finished, identifiers, reports_failures=mapping.reports_failures)
        self._settle(batch, finished.request_id, failed)

    def _settle(self, batch: Sequence[Received], request_id: str | None, failed: Mapping[str, str]) -> None:
        """Delete what did not fail; let the rest reappear."""
        queue = self._mapping.queue
        for message in batch:
            reason = failed.get(message.message_id)
            if reason is not None:
                queue.give_back(message)
                self._observe(
                    MessageReturned(
                        queue_arn=queue.arn,
                        message_id=message.message_id,
                        request_id=request_id,
                        receive_count=message.receive_count,
                        reason=reason,
                    )
                )
            elif request_id is not None:
                queue.delete(message)
                self._observe(MessageSettled(queue_arn=queue.arn, message_id=message.message_id, request_id=request_id))
