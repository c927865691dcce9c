# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""A queue of moto's as an event source mapping sees it.

Rests on what `queues` rests on, and on the two attributes that `queues.receive` gives a message in flight: until when
it is held, and when it would return.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.sqs import models
from moto.sqs.models import sqs_backends

from manual_change_local.cloud.batches import Received
from manual_change_local.cloud.observation import Observation
from manual_change_local.cloud.seams.queues import changed, lock, receive


@dataclass(frozen=True, slots=True, kw_only=True)
class PolledQueue:
    """A queue as an event source mapping sees it."""

    account: str
    region: str
    name: str
    arn: str
    observe: Callable[[Observation], None]

    def _queue(self) -> Any:
        return sqs_backends[self.account][self.region].queues.get(self.name)

    def receive(self, *, limit: int, wait: float, hold: float, cancelled: threading.Event) -> list[Received]:
        """See `event_source.Queue`. A queue that was deleted has no messages."""
        queue = self._queue()
        if queue is None:
            cancelled.wait(wait)
            return []
        taken = receive(
            queue,
            limit=limit,
            wait=wait,
            visibility_timeout=queue.visibility_timeout,
            observe=self.observe,
            hold=hold,
            cancelled=cancelled,
        )
        return [_received(message) for message in taken]

    def delete(self, message: Received) -> None:
        """See `event_source.Queue`."""
        queue = self._queue()
        if queue is None:
            return
        with contextlib.suppress(models.ReceiptHandleIsInvalid):  # purged, or expired, while the function had it
            queue.delete_message(message.receipt_handle)

    def give_back(self, message: Received) -> None:
        """See `event_source.Queue`. A visibility that the function itself set is left as it is."""
        queue = self._queue()
        if queue is None:
            return
        with lock:
            for held in queue._messages:
                if held.receipt_handle == message.receipt_handle and held.visible_at == held.held_until:
                    held.visible_at = held.returns_at
            changed.notify_all()

    def wake(self) -> None:
        """See `event_source.Queue`."""
        with lock:
            changed.notify_all()


def _received(message: Any) -> Received:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "SentTimestamp": str(message.sent_timestamp),
        "SenderId": message.sender_id,
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
    }
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    return Received(
        message_id=message.id,
        receipt_handle=message.receipt_handle,
        body=message.body,
        md5=message.body_md5,
        attributes=attributes,
        message_attributes=message.message_attributes,
    )
