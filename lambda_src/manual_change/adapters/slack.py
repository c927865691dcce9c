"""Slack's incoming webhook, through slack_sdk.

Short hitches are waited out here: one retry after a dropped connection, a server error, or a rate limit of a few
seconds. What takes longer is the queue's business. No error and no log line ever holds the webhook's URL.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import timedelta
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import urlsplit

from slack_sdk.http_retry import HttpRequest, HttpResponse, RetryState
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.webhook import WebhookClient, WebhookResponse

from manual_change.adapters.poster import SlackRefused, SlackUnavailable
from manual_change.adapters.secrets import LOOPBACK, WebhookSecret

TIMEOUT: Final = 5
"""Seconds that one request may take to connect, and to be answered."""
PATIENCE: Final = timedelta(seconds=3)
"""The longest rate limit that is waited out here: a function's time costs money, a queue's does not."""

MENDS: Final[Mapping[str, str]] = {
    "no_service": "the webhook was revoked; make a new one in the Slack app and put it into the secret",
    "no_service_id": "the webhook's URL is incomplete; copy it from the Slack app into the secret",
    "no_active_hooks": "the webhook is disabled; enable it in the Slack app or put another one into the secret",
    "invalid_token": "the webhook's URL is no longer valid; put the current one into the secret",
    "no_team": "the webhook's URL is incomplete; copy it from the Slack app into the secret",
    "team_disabled": "the Slack workspace is disabled; put the webhook of another one into the secret",
    "channel_not_found": "the channel is gone; make a webhook for another one and put it into the secret",
    "channel_is_archived": "the channel is archived; unarchive it or put the webhook of another one into the secret",
    "action_prohibited": "an administrator of the workspace restricts posting; ask for the app to be allowed",
    "posting_to_general_channel_denied": "an administrator restricts #general; use a webhook for another channel",
}
"""What Slack says (documented errors of incoming webhooks), and what mends it."""

BY_MESSAGE: Final = 400
"""The status that is about the message's content."""


class SlackWebhook:
    """Posts to the webhook whose URL the secret holds."""

    def __init__(self, secret: WebhookSecret, *, timeout: int = TIMEOUT, patience: timedelta = PATIENCE) -> None:
        self._secret = secret
        self._timeout = timeout
        self._patience = patience

    def post(self, message: Mapping[str, Any], *, channel: str | None = None) -> None:  # noqa: ARG002
        """Deliver one message to the webhook's own channel: a webhook has no other.

        On a refusal the secret is read again, in case it has been rotated.

        Raises:
            SlackUnavailable: not now.
            SlackRefused: not until somebody mends something; the message says what.
            SecretUnusable: the secret holds no webhook URL.
        """
        url = self._secret.url()
        try:
            self._post_to(url, message)
        except SlackRefused as refusal:
            if refusal.by_message:
                raise
            rotated = self._secret.read_again()
            if rotated == url:
                raise
            self._post_to(rotated, message)

    def _post_to(self, url: str, message: Mapping[str, Any]) -> None:
        try:
            response = self._client(url).send_dict(dict(message))
        except (OSError, HTTPException, UnicodeError, LookupError) as error:
            # without its cause: whatever an HTTP library says about a URL must not reach the log
            said = str(error).replace(url, "the webhook") or type(error).__name__
            raise SlackUnavailable(f"Slack cannot be reached: {said}") from None
        _judge(response)

    def _client(self, url: str) -> WebhookClient:
        client = WebhookClient(
            url,
            timeout=self._timeout,
            logger=_silent_logger(),
            retry_handlers=[
                ConnectionErrorRetryHandler(),
                ServerErrorRetryHandler(),
                _PatientRateLimitRetryHandler(self._patience),
            ],
        )
        if urlsplit(url).hostname in LOOPBACK:
            client.proxy = None
        return client


class _PatientRateLimitRetryHandler(RateLimitErrorRetryHandler):
    """Waits out a rate limit, unless it is long or Slack does not say how long."""

    def __init__(self, patience: timedelta) -> None:
        super().__init__(max_retry_count=1)
        self._patience = patience

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if response is None or not super()._can_retry(state=state, request=request, response=response, error=error):
            return False
        pause = _retry_after({name: values[0] for name, values in response.headers.items() if values})
        return pause is not None and pause <= self._patience


def _judge(response: WebhookResponse) -> None:
    """Return where the message was delivered; raise where it was not."""
    status, said = response.status_code, response.body.strip()[:200]
    if status == 200 and _is_ok(said):
        return
    if status == 429 or status >= 500:
        raise SlackUnavailable(f"Slack answered {status} ({said})", retry_after=_retry_after(response.headers))
    mend = MENDS.get(said)
    if status == BY_MESSAGE and mend is None:
        raise SlackRefused(f"Slack does not take this message: {status} ({said})", by_message=True)
    raise SlackRefused(f"Slack refuses messages: {status} ({said}): {mend or 'look at the webhook in the Slack app'}")


def _is_ok(body: str) -> bool:
    """A webhook says `ok`; a workflow's webhook says it in JSON."""
    if body == "ok":
        return True
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return isinstance(answer, Mapping) and answer.get("ok") is True


def _retry_after(headers: Mapping[str, Any]) -> timedelta | None:
    """The header of that name, in seconds; None where it is missing or no number."""
    value = next((value for name, value in headers.items() if name.lower() == "retry-after"), None)
    seconds = str(value)
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 8 else None


def _silent_logger() -> logging.Logger:
    """slack_sdk logs the webhook's URL on debug level, and takes a logger without a level for one that wants it."""
    logger = logging.getLogger("manual_change.slack_sdk")
    logger.setLevel(logging.CRITICAL)
    return logger
