"""What a hub has quarantined: messages that could not be trusted, for people to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from manual_change.domain.moment import format_moment

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

BATCH: Final = 10
HIDDEN: Final = 60
"""Seconds that an entry is hidden while the others are read; then it is there again."""

STRANGER: Final = "not-from-aws"
"""Why EventBridge itself put an event there: its source is none of AWS's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message that was set aside."""

    sent_at: datetime
    reason: str
    explanation: str
    account: str | None
    """The one that it came from, as EventBridge wrote it; None where nothing says so."""
    message: Any
    """As it came; text where it was no JSON, or was too long and only its beginning was kept."""
    shortened_from: int | None
    """Its size in bytes where only its beginning was kept."""
    receipt_handle: str

    def to_json(self) -> dict[str, Any]:
        """One object of the output."""
        return {
            "version": 1,
            "sent_at": format_moment(self.sent_at),
            "reason": self.reason,
            "explanation": self.explanation,
            "account": self.account,
            "message": self.message,
            "shortened_from": self.shortened_from,
        }


def entries(sqs: SQSClient, queue_url: str, *, wait: int = 1) -> Iterator[Entry]:
    """Every entry once; none is removed.

    Raises:
        ClientError: there is no such queue, or it may not be read.
    """
    while messages := sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=BATCH,
        VisibilityTimeout=HIDDEN,
        WaitTimeSeconds=wait,
        MessageSystemAttributeNames=["SentTimestamp"],
    ).get("Messages"):
        for message in messages:
            yield _read(message)


def _read(message: Mapping[str, Any]) -> Entry:
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    body = _json(message["Body"])
    ours = isinstance(body, Mapping) and "reason" in body and "message" in body
    inside = _json(body["message"]) if ours and isinstance(body["message"], str) else body
    envelope = inside if isinstance(inside, Mapping) else {}
    source = envelope.get("source")
    return Entry(
        sent_at=sent,
        reason=str(body["reason"]) if ours else STRANGER,
        explanation=str(body["explanation"]) if ours else f"its source is {source!r}, and AWS's begin with 'aws.'",
        account=envelope.get("account") or (body.get("account") if ours else None),
        message=inside,
        shortened_from=body.get("shortened_from") if ours else None,
        receipt_handle=message["ReceiptHandle"],
    )


def _json(text: str) -> Any:
    """The JSON, or the text itself where it is none: forgers send anything."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
