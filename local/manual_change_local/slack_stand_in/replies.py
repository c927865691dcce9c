"""How Slack says no, and yes: webhooks in plain text with a status, the Web API with `ok` and status 200.

Sources: "Sending messages using incoming webhooks", the changelog of 2016-05-17 (which error has which status), the
reference of chat.postMessage, and "Rate limits" (429 with Retry-After on both doors).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WEBHOOK_ERRORS: Final[Mapping[str, int]] = {
    "invalid_payload": 400,
    "invalid_blocks": 400,
    "invalid_blocks_format": 400,
    "msg_too_long": 400,
    "no_text": 400,
    "user_not_found": 400,
    "action_prohibited": 403,
    "invalid_token": 403,
    "posting_to_general_channel_denied": 403,
    "team_disabled": 403,
    "channel_not_found": 404,
    "no_active_hooks": 404,
    "no_service": 404,
    "no_service_id": 404,
    "no_team": 404,
    "channel_is_archived": 410,
    "ratelimited": 429,
    "rollup_error": 500,
}
"""TABLE: error of an incoming webhook -> its status. `no_service` is what a revoked webhook answers."""

_API_SPELLING: Final[Mapping[str, str]] = {"channel_is_archived": "is_archived", "no_service": "token_revoked"}
JSON: Final = "application/json"
TEXT: Final = "text/html"  # what Slack says of its plain "ok", too


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: str
    content_type: str = TEXT
    retry_after: int | None = None


class Refused(Exception):
    """Why a post is not taken: Slack's error code, and what it says besides."""

    def __init__(self, error: str, *, messages: Sequence[str] = (), retry_after: int | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.messages = tuple(messages)
        self.retry_after = retry_after


def webhook_reply(error: str, *, status: int | None = None, retry_after: int | None = None) -> Reply:
    """An error the way an incoming webhook says it: the bare code."""
    return Reply(status=status or WEBHOOK_ERRORS[error], body=error, retry_after=retry_after)


def api_reply(
    error: str, *, status: int | None = None, messages: Sequence[str] = (), retry_after: int | None = None
) -> Reply:
    """An error the way the Web API says it: `ok: false` with status 200, except for the pace."""
    body: dict[str, Any] = {"ok": False, "error": _API_SPELLING.get(error, error)}
    if messages:
        body["errors"] = [message.removeprefix("[ERROR] ") for message in messages]
        body["response_metadata"] = {"messages": list(messages)}
    if status is None:
        status = 429 if error == "ratelimited" else 200
    return Reply(status=status, body=json.dumps(body), content_type=JSON, retry_after=retry_after)
