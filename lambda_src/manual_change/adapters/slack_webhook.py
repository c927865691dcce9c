"""Slack's incoming webhook: one URL, one channel. No error and no log line ever holds the URL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from slack_sdk.webhook import WebhookClient, WebhookResponse

from manual_change.adapters.poster import SlackRefused, SlackUnavailable
from manual_change.adapters.secrets import LOOPBACK, Webhook
from manual_change.adapters.slack_requests import UNREACHABLE, retry_after, retry_handlers, silent_logger

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


def post_to_webhook(webhook: Webhook, message: Mapping[str, Any], *, timeout: int, patience: timedelta) -> None:
    """Deliver one message to the webhook's channel.

    Raises:
        SlackUnavailable: not now.
        SlackRefused: not until somebody mends something; the message says what.
    """
    client = WebhookClient(
        webhook.url, timeout=timeout, logger=silent_logger(), retry_handlers=retry_handlers(patience)
    )
    if urlsplit(webhook.url).hostname in LOOPBACK:
        client.proxy = None
    try:
        response = client.send_dict(dict(message))
    except UNREACHABLE as error:
        # without its cause: whatever an HTTP library says about a URL must not reach the log
        said = str(error).replace(webhook.url, "the webhook") or type(error).__name__
        raise SlackUnavailable(f"Slack cannot be reached: {said}") from None
    _judge(response)


def _judge(response: WebhookResponse) -> None:
    """Return where the message was delivered; raise where it was not."""
    status, said = response.status_code, response.body.strip()[:200]
    if status == 200 and _is_ok(said):
        return
    if status == 429 or status >= 500:
        raise SlackUnavailable(f"Slack answered {status} ({said})", retry_after=retry_after(response.headers))
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
