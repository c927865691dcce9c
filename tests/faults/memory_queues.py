"""SQS as far as the handlers use it, in memory: moto's takes time in proportion to the square of what waits in it.

What SQS does to messages that nobody deletes: they stay hidden until they are shown again; one that was received too
often is moved to the dead-letter queue when it would be received once more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any


@dataclass(slots=True)
class _Message:
    id: str
    body: str
    receives: int = 0


@dataclass(slots=True)
class _Queue:
    visible: deque[_Message] = field(default_factory=deque)
    hidden: dict[str, _Message] = field(default_factory=dict)


class MemoryQueues:
    """A client of SQS; queue URLs are names. `dead-…` is the dead-letter queue of `…`."""

    def __init__(self, *, max_receive_count: int) -> None:
        self._max_receive_count = max_receive_count
        self._queues: dict[str, _Queue] = {}
        self._numbers = count(1)

    def waiting(self, queue: str) -> int:
        """Messages that could be received now."""
        return len(self._queue(queue).visible)

    def show(self, queue: str, receipt: str) -> None:
        """The visibility timeout of a message that was received is over."""
        known = self._queue(queue)
        known.visible.append(known.hidden.pop(receipt))

    def send_message(self, *, QueueUrl: str, MessageBody: str) -> None:  # noqa: N803 - AWS's own words
        """One message."""
        self._queue(QueueUrl).visible.append(_Message(f"message-{next(self._numbers)}", MessageBody))

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """Up to ten; their delays are over at once."""
        for entry in Entries:
            self.send_message(QueueUrl=QueueUrl, MessageBody=entry["MessageBody"])
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        """The oldest; they are hidden from now on."""
        queue = self._queue(QueueUrl)
        received: list[dict[str, Any]] = []
        while queue.visible and len(received) < MaxNumberOfMessages:
            message = queue.visible.popleft()
            message.receives += 1
            if message.receives > self._max_receive_count and not QueueUrl.startswith("dead-"):
                self.send_message(QueueUrl=f"dead-{QueueUrl}", MessageBody=message.body)
                continue
            receipt = f"receipt-{next(self._numbers)}"
            queue.hidden[receipt] = message
            received.append(
                {
                    "MessageId": message.id,
                    "Body": message.body,
                    "ReceiptHandle": receipt,
                    "Attributes": {"ApproximateReceiveCount": str(message.receives)},
                }
            )
        return {"Messages": received} if received else {}

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        """It is done with."""
        self._queue(QueueUrl).hidden.pop(ReceiptHandle, None)

    def _queue(self, name: str) -> _Queue:
        return self._queues.setdefault(name, _Queue())


class DisturbedQueues:
    """The same queues as a handler sees them: each request may be its last, or be refused."""

    def __init__(self, queues: MemoryQueues, step: Callable[[], None], ask: Callable[[str, str], None]) -> None:
        self._queues = queues
        self._step = step
        self._ask = ask

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        """As SQS's own."""
        self._step()
        self._ask("sqs", "SendMessageBatch")
        answer = self._queues.send_message_batch(**request)
        self._step()
        return answer
