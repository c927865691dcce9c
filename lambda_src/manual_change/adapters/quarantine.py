"""The quarantine: messages that could not be trusted, each with the reason, for people to look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from manual_change.adapters.queues import MESSAGE_BYTES, VERSION, pass_on
from manual_change.domain.origin import Distrust, Origin, origin_of
from manual_change.domain.shortening import beginning_in_json, compact_json, shorten_text

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

EXPLANATION: Final = 1_000
"""Characters of an explanation: it quotes what the stranger wrote."""

ACCOUNT_ID: Final = 12
"""Digits of an account's id; a forger may have written more."""


class Quarantine:
    """A queue that nobody empties but people."""

    def __init__(self, sqs: SQSClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def put(self, body: str, distrust: Distrust) -> None:
        """Set a message aside, with the reason.

        Where the queue does not take it whole, its beginning is kept, `shortened_from` says how many bytes it had, and
        `account` who sent it.

        Raises:
            NotSent: the queue does not take it.
        """
        entry: dict[str, Any] = {
            "version": VERSION,
            "reason": distrust.reason,
            "explanation": shorten_text(distrust.explanation, EXPLANATION),
            "message": body,
        }
        if len(compact_json(entry)) > MESSAGE_BYTES:
            entry = _shortened(entry)
        pass_on(self._sqs, self._queue_url, compact_json(entry))


def _shortened(entry: dict[str, Any]) -> dict[str, Any]:
    body: str = entry["message"]
    origin = _origin(body)
    said = entry | {
        "message": "",
        "shortened_from": len(body.encode()),
        "account": origin.account[:ACCOUNT_ID] if origin else None,
    }
    return said | {"message": beginning_in_json(body, MESSAGE_BYTES - len(compact_json(said)))}


def _origin(body: str) -> Origin | None:
    """What EventBridge wrote about the message; None for what is no event."""
    try:
        return origin_of(json.loads(body))
    except (ValueError, RecursionError):
        return None
