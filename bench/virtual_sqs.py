"""SQS and Lambda on a clock that jumps: queues shared out fairly, and workers that take from them.

An invocation is run at the moment when it begins, and takes as long as what happens in it says: requests, pauses,
posts. Others begin meanwhile, as they do in AWS.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from manual_change.handlers.records import Record

NOISY_SHARE, NOISY_LEAST = 0.1, 30
"""A group with more than this share of what is in flight, and so many messages, gives way to the others (SQS developer
guide, "How Amazon SQS fair queues work")."""


class Clock:
    """Seconds since the beginning."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Time passes."""
        self.now += seconds


@dataclass(slots=True)
class _Message:
    id: str
    body: str
    visible_at: float
    group: str
    receives: int = 0


@dataclass(slots=True)
class Queue:
    """One queue and the workers that empty it."""

    name: str
    workers: int
    batch: int
    window: float
    """Seconds that a batch is gathered for."""
    handle: Callable[[Sequence[Record]], set[str]]
    """Ids of the messages that come again."""
    retry_after: float = 360.0
    messages: dict[str, _Message] = field(default_factory=dict)
    put_off: dict[str, float] = field(default_factory=dict)
    """By message id: when one that failed comes again."""
    _running: list[tuple[float, Counter[str]]] = field(default_factory=list)

    def next_start(self, now: float) -> float | None:
        """When the next invocation begins, as things stand; None: never."""
        if not self.messages:
            return None
        first = min(message.visible_at for message in self.messages.values())
        ready = sum(message.visible_at <= max(first, now) for message in self.messages.values()) >= self.batch
        due = first if ready else first + self.window
        ends = sorted(end for end, _ in self._running if end > now)
        free = now if len(ends) < self.workers else ends[len(ends) - self.workers]
        return max(due, free, now)

    def take(self, now: float) -> list[_Message]:
        """A batch, those of quiet groups first; the oldest first among these."""
        flying: Counter[str] = Counter()
        for end, groups in self._running:
            if end > now:
                flying.update(groups)
        total = flying.total()
        noisy = {group for group, n in flying.items() if n >= NOISY_LEAST and n > NOISY_SHARE * total}
        visible = [message for message in self.messages.values() if message.visible_at <= now]
        visible.sort(key=lambda message: (message.group in noisy, message.visible_at))
        return visible[: self.batch]

    def began(self, end: float, taken: Sequence[_Message]) -> None:
        """An invocation lasts until `end`."""
        self._running.append((end, Counter(message.group for message in taken)))


class Sqs:
    """A client of SQS, and the loop that invokes the workers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = count(1)
        self.queues: dict[str, Queue] = {}

    def add(self, queue: Queue) -> None:
        """A queue, by its name: that is its URL."""
        self.queues[queue.name] = queue

    def send(self, queue: str, body: str, *, delay: float = 0.0, group: str | None = None) -> None:
        """One message; one without a group is a group of its own."""
        number = f"m{next(self._numbers)}"
        self.queues[queue].messages[number] = _Message(number, body, self._clock.now + delay, group or number)

    def send_message_batch(self, *, QueueUrl: str, Entries: Sequence[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's
        """As boto3's."""
        for entry in Entries:
            delay, group = entry.get("DelaySeconds", 0), entry.get("MessageGroupId")
            self.send(QueueUrl, entry["MessageBody"], delay=delay, group=group)
        return {}

    def run(self) -> None:
        """Until every queue is empty."""
        while True:
            starts = {name: queue.next_start(self._clock.now) for name, queue in self.queues.items()}
            due = [(start, name) for name, start in starts.items() if start is not None]
            if not due:
                return
            start, name = min(due)
            self._invoke(self.queues[name], start)

    def _invoke(self, queue: Queue, start: float) -> None:
        self._clock.now = start
        taken = queue.take(start)
        for message in taken:
            del queue.messages[message.id]
            message.receives += 1
        queue.put_off.clear()
        failed = queue.handle([_record(message, queue.name) for message in taken])
        end = self._clock.now
        for message in taken:
            if message.id in failed:
                message.visible_at = queue.put_off.get(message.id, end + queue.retry_after)
                queue.messages[message.id] = message
        queue.began(end, taken)
        self._clock.now = start


def _record(message: _Message, queue: str) -> Record:
    return Record(
        message_id=message.id,
        body=message.body,
        receipt_handle=message.id,
        queue_arn=f"arn:aws:sqs:eu-west-1:111122223333:{queue}",
        receive_count=message.receives,
    )
