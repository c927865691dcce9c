"""The quarantine: messages that could not be trusted, each with the reason, for people to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from manual_change.adapters.queues import MESSAGE_BYTES, VERSION, pass_on
from manual_change.domain.origin import Distrust
from manual_change.domain.shortening import compact_json

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class Quarantine:
    """A queue that nobody empties but people."""

    def __init__(self, sqs: SQSClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def put(self, body: str, distrust: Distrust) -> None:
        """Set a message aside, with the reason.

        Raises:
            NotSent: the queue does not take it.
        """
        entry: dict[str, Any] = {
            "version": VERSION,
            "reason": distrust.reason,
            "explanation": distrust.explanation,
            "message": body,
        }
        text = compact_json(entry)
        if len(text.encode()) > MESSAGE_BYTES:
            text = compact_json(entry | {"message": f"{body[: MESSAGE_BYTES // 8]}… ({len(body):,} characters in all)"})
        pass_on(self._sqs, self._queue_url, text)
