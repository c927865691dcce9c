# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's queues: atomic operations, compressed timers, and a voice for what happens to a message.

Rests on moto 5.2.5, `moto.sqs.models`: `Queue` keeps `_messages`, `_pending_messages` and the condition
`_messages_lock`; `Message` keeps `visible_at` and `delayed_until` in milliseconds; `SQSBackend.receive_message` is what
the API calls. moto itself lets two receivers take the same message and loses one that is sent while another is deleted,
hence one lock for all queue operations.
"""

from __future__ import annotations

import contextlib
import copy
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any

import flask
from moto.sqs import models
from moto.sqs.models import sqs_backends

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.function import request_id_of
from manual_change_local.cloud.observation import MessageRedriven, MessageSent, Observation
from manual_change_local.cloud.seams.fairness import fairly
from manual_change_local.cloud.seams.patches import Patches

lock = threading.RLock()
changed = threading.Condition(lock)
"""One for all queues: a receiver also wakes when its queue is deleted or its mapping stopped."""

_origin: ContextVar[tuple[str, str | None]] = ContextVar("origin", default=("api", None))


@contextlib.contextmanager
def sent_by(source_arn: str, notification_id: str | None = None) -> Iterator[None]:
    """Messages sent inside come from this topic or rule, not from a caller of the API."""
    token = _origin.set((source_arn, notification_id))
    try:
        yield
    finally:
        _origin.reset(token)


def _now_ms() -> float:
    return time.time() * 1000


def _has_handle(message: Any, receipt_handle: str) -> bool:
    return message.receipt_handle == receipt_handle or receipt_handle in message._old_receipt_handles


def _request_id() -> str | None:
    if not flask.has_request_context():
        return None
    return request_id_of(flask.request.headers.get("X-Amzn-Trace-Id", ""))


def open_queues(patches: Patches, *, clock: Clock, observe: Callable[[Observation], None]) -> None:
    """Make queues atomic, observed, and as fast as `clock` says."""
    original_init = models.Queue.__init__
    original_add = models.Queue.add_message
    original_change = models.SQSBackend.change_message_visibility

    def init(queue: Any, *args: Any, **options: Any) -> None:
        original_init(queue, *args, **options)
        queue._messages_lock = changed

    def delay(message: Any, delay_seconds: int) -> None:
        message.nominal_delay = float(delay_seconds)
        message.delayed_until = _now_ms() + clock.seconds(delay_seconds) * 1000

    def change_visibility(message: Any, visibility_timeout: int) -> None:
        message.visible_at = _now_ms() + clock.seconds(visibility_timeout) * 1000

    def add_message(queue: Any, message: Any) -> None:
        with lock:
            held = len(queue._messages)
            original_add(queue, message)
            if len(queue._messages) == held:
                return  # a duplicate in a FIFO queue
            source, notification_id = _origin.get()
            observe(
                MessageSent(
                    queue_arn=queue.queue_arn,
                    message_id=message.id,
                    body=message.body,
                    delay=getattr(message, "nominal_delay", 0.0),
                    source=source,
                    notification_id=notification_id,
                    request_id=_request_id(),
                    group_id=message.group_id,
                )
            )

    def delete_message(queue: Any, receipt_handle: str) -> None:
        with lock:
            found = next((held for held in queue._messages if _has_handle(held, receipt_handle)), None)
            if found is not None:
                queue._messages.remove(found)
                queue._pending_messages.discard(found)
                queue.deleted_messages.update(found.all_receipt_handles)
            elif receipt_handle not in queue.deleted_messages:
                raise models.ReceiptHandleIsInvalid

    def change_message_visibility(backend: Any, queue_name: str, receipt_handle: str, visibility_timeout: int) -> None:
        with lock:
            original_change(backend, queue_name, receipt_handle, visibility_timeout)
            changed.notify_all()

    def receive_message(
        backend: Any,
        queue_name: str,
        count: int,
        wait_seconds_timeout: int,
        visibility_timeout: int,
        message_attribute_names: list[str] | None = None,
    ) -> list[Any]:
        taken = receive(
            backend.get_queue(queue_name),
            limit=count,
            wait=wait_seconds_timeout,
            visibility_timeout=visibility_timeout,
            observe=observe,
        )
        copies = [copy.deepcopy(message) for message in taken]
        for message in copies:
            models._filter_message_attributes(message, message_attribute_names or [])
        return copies

    patches.replace(models.Queue, "__init__", init)
    patches.replace(models.Queue, "add_message", add_message)
    patches.replace(models.Queue, "delete_message", delete_message)
    # moto asks every message of a queue for these with each message that is sent, by way of calendar dates.
    patches.replace(models.Message, "visible", property(lambda message: time.time() * 1000 > message.visible_at))
    patches.replace(models.Message, "delayed", property(lambda message: time.time() * 1000 < message.delayed_until))
    patches.replace(models.Message, "delay", delay)
    patches.replace(models.Message, "change_visibility", change_visibility)
    patches.replace(models.SQSBackend, "change_message_visibility", change_message_visibility)
    patches.replace(models.SQSBackend, "receive_message", receive_message)


def receive(
    queue: Any,
    *,
    limit: int,
    wait: float,
    visibility_timeout: int,
    observe: Callable[[Observation], None],
    hold: float = 0.0,
    cancelled: threading.Event | None = None,
) -> list[Any]:
    """Take messages, waiting until one is sent or becomes visible: no polling, no second receiver gets it."""
    deadline = time.monotonic() + wait
    with lock:
        while not (cancelled and cancelled.is_set()):
            taken = _take(queue, limit=limit, visibility_timeout=visibility_timeout, observe=observe)
            for message in taken:
                message.returns_at = message.visible_at
                message.visible_at = message.held_until = max(message.visible_at, _now_ms() + hold * 1000)
            remaining = deadline - time.monotonic()
            if taken or remaining <= 0:
                return taken
            changed.wait(min(remaining, _until_one_is_due(queue)))
    return []


def _until_one_is_due(queue: Any) -> float:
    due = [max(message.visible_at, message.delayed_until) for message in queue._messages]
    return max(0.001, (min(due) - _now_ms()) / 1000 + 0.001) if due else threading.TIMEOUT_MAX


def _take(queue: Any, *, limit: int, visibility_timeout: int, observe: Callable[[Observation], None]) -> list[Any]:
    oldest = time.time() - queue.message_retention_period
    queue._messages = [message for message in queue._messages if message.sent_timestamp / 1000 > oldest]
    taken: list[Any] = []
    for message in queue.messages if queue.fifo_queue else fairly(queue.messages, queue._messages):
        queue._pending_messages.discard(message)  # visible again: its consumer timed out
        if queue.fifo_queue and message.group_id in queue.pending_message_groups:
            continue
        if _is_exhausted(queue, message):
            _redrive(queue, message, observe)
            continue
        if len(taken) == limit:
            break
        queue._pending_messages.add(message)
        message.mark_received(visibility_timeout=visibility_timeout)
        taken.append(message)
    return taken


def _is_exhausted(queue: Any, message: Any) -> bool:
    return bool(
        queue.dead_letter_queue is not None
        and queue.redrive_policy
        and message.approximate_receive_count >= queue.redrive_policy["maxReceiveCount"]
    )


def _redrive(queue: Any, message: Any, observe: Callable[[Observation], None]) -> None:
    dead_letters = queue.dead_letter_queue
    queue._messages.remove(message)
    dead_letters._messages.append(message)
    changed.notify_all()
    observe(
        MessageRedriven(
            queue_arn=queue.queue_arn,
            dead_letter_queue_arn=dead_letters.queue_arn,
            message_id=message.id,
            body=message.body,
            receive_count=message.approximate_receive_count,
        )
    )


def queue_backlogs() -> dict[str, int]:
    """How many messages each queue holds, by ARN: visible, delayed and in flight."""
    with lock:
        return {
            queue.queue_arn: len(queue._messages)
            for account in list(sqs_backends.values())
            for backend in list(account.values())
            for queue in list(backend.queues.values())
        }
