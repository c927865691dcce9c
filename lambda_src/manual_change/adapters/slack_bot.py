"""Slack's Web API: a bot posts to any channel that it is a member of. No error and no log line ever holds the token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from manual_change.adapters.poster import SlackRefused, SlackUnavailable
from manual_change.adapters.secrets import LOOPBACK, Bot
from manual_change.adapters.slack_requests import UNREACHABLE, retry_after, retry_handlers, silent_logger

_VALID: Final = "put a valid bot token (xoxb-…) of the Slack app into the secret"

BOT_MENDS: Final[Mapping[str, str]] = {
    "invalid_auth": _VALID,
    "not_authed": _VALID,
    "token_revoked": f"the token was revoked; {_VALID}",
    "token_expired": f"the token has expired; {_VALID}",
    "account_inactive": f"the app was removed from the workspace; install it again and {_VALID}",
    "not_allowed_token_type": f"the token is not a bot's; {_VALID}",
    "missing_scope": "give the Slack app the scope chat:write and install it again",
    "channel_not_found": "the channel is gone, or the bot may not see it; invite the bot, or mend secret or routes",
    "not_in_channel": "invite the bot to the channel: /invite @name in the channel",
    "is_archived": "the channel is archived; unarchive it or name another one in the secret or the routes",
    "restricted_action": "an administrator of the workspace restricts posting; ask for the app to be allowed",
    "team_access_not_granted": "the app was not granted the workspace; install it there",
    "org_login_required": "the workspace is being migrated; try again later",
}
"""What chat.postMessage says (documented errors), and what mends it."""

TRANSIENT: Final = frozenset(
    {"ratelimited", "rate_limited", "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable",
     "request_timeout", "accesslimited", "team_added_to_org"}
)  # fmt: skip
"""Errors after which the same message may be taken later."""

BY_MESSAGE: Final = frozenset(
    {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "no_text", "invalid_arguments",
     "invalid_post_type", "invalid_json", "json_not_object"}
)  # fmt: skip
"""Errors about the message's content."""


def post_as_bot(
    bot: Bot, message: Mapping[str, Any], *, channel: str | None, timeout: int, patience: timedelta, api_url: str
) -> None:
    """Deliver one message to a channel; None: the bot's own.

    Raises:
        SlackUnavailable: not now.
        SlackRefused: not until somebody mends something; the message says what.
    """
    client = WebClient(
        token=bot.token,
        base_url=api_url,
        timeout=timeout,
        logger=silent_logger(),
        retry_handlers=retry_handlers(patience),
    )
    if urlsplit(api_url).hostname in LOOPBACK:
        client.proxy = None
    place = channel or bot.channel
    try:
        client.chat_postMessage(channel=place, **dict(message))
    except SlackApiError as error:
        _refuse(error.response, place)
    except (SlackClientError, *UNREACHABLE) as error:
        said = str(error).replace(bot.token, "the token") or type(error).__name__
        raise SlackUnavailable(f"Slack cannot be reached: {said}") from None


def _refuse(response: Any, place: str) -> None:
    """Say what Slack's `ok: false` means. Its status is 200, but for rate limits and failures of Slack itself."""
    data = response.data if isinstance(response.data, Mapping) else {}
    error, status = str(data.get("error", response.data))[:200], response.status_code
    if status == 429 or status >= 500 or error in TRANSIENT:
        raise SlackUnavailable(
            f"Slack answered {status} ({error})", retry_after=retry_after(response.headers)
        ) from None
    if error in BY_MESSAGE:
        raise SlackRefused(f"Slack does not take this message: {error}", by_message=True) from None
    mend = BOT_MENDS.get(error, "look the error up in the reference of chat.postMessage")
    raise SlackRefused(f"Slack refuses messages to {place}: {error}: {mend}") from None
