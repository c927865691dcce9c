"""Slack's Web API: a bot posts to any channel that it is a member of. No error and no log line ever holds the token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from manual_change.adapters.poster import Posted, Reply, SlackRefused, SlackUnavailable, ThreadGone
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

NOT_UPDATED: Final = frozenset(
    {"message_not_found", "cant_update_message", "edit_window_closed", "cant_broadcast_message"}
)
"""What chat.update says of a message that is gone, somebody else's, or too old (documented errors)."""


NO_THREAD: Final = frozenset({"thread_not_found", "cannot_reply_to_message", "thread_locked", "invalid_thread_ts"})
"""What chat.postMessage says of a thread that takes no reply."""


def post_as_bot(
    bot: Bot,
    message: Mapping[str, Any],
    *,
    channel: str | None,
    reply: Reply | None = None,
    timeout: int,
    patience: timedelta,
    api_url: str,
) -> Posted:
    """Deliver one message to a channel; None: the bot's own.

    Raises:
        ThreadGone: it was to be a reply, and there is no such thread.
        SlackUnavailable: not now.
        SlackRefused: not until somebody mends something; the message says what.
    """
    place = channel or bot.channel
    client = _client(bot, timeout=timeout, patience=patience, api_url=api_url)
    thread: dict[str, Any] = {"thread_ts": reply.to.ts, "reply_broadcast": reply.broadcast} if reply else {}
    answer = _call(bot, place, lambda: client.chat_postMessage(channel=place, **dict(message), **thread))
    return Posted(str(answer.get("channel", place)), str(answer.get("ts", "")))


def update_as_bot(
    bot: Bot, posted: Posted, message: Mapping[str, Any], *, timeout: int, patience: timedelta, api_url: str
) -> bool:
    """Put another message in the place of one that the bot posted; False where Slack no longer lets it.

    Raises:
        SlackUnavailable: not now.
        SlackRefused: not until somebody mends something; the message says what.
    """
    client = _client(bot, timeout=timeout, patience=patience, api_url=api_url)
    options = {key: value for key, value in message.items() if key in ("text", "blocks")}  # it unfurls nothing again
    try:
        _call(bot, posted.channel, lambda: client.chat_update(channel=posted.channel, ts=posted.ts, **options))
    except _NotUpdated:
        return False
    return True


def name_of(bot: Bot, *, timeout: int, api_url: str) -> str:
    """Who the token is, and where: `detector in Example Inc`; Slack is asked, and nothing is posted (auth.test).

    Raises:
        SlackUnavailable: not now.
        SlackRefused: the token is not valid; the message says what would be.
    """
    client = _client(bot, timeout=timeout, patience=timedelta(0), api_url=api_url)
    answer = _call(bot, bot.channel, client.auth_test)
    return f"{answer.get('user', 'a bot')} in {answer.get('team', 'a workspace')}"


class _NotUpdated(Exception):
    """Slack keeps the message as it is."""


def _client(bot: Bot, *, timeout: int, patience: timedelta, api_url: str) -> WebClient:
    client = WebClient(
        token=bot.token,
        base_url=api_url,
        timeout=timeout,
        logger=silent_logger(),
        retry_handlers=retry_handlers(patience),
    )
    if urlsplit(api_url).hostname in LOOPBACK:
        client.proxy = None
    return client


def _call(bot: Bot, place: str, request: Callable[[], Any]) -> Any:
    """Slack's answer to a request about a channel."""
    try:
        return request()
    except SlackApiError as error:
        raise _refusal(error.response, place) from None
    except (SlackClientError, *UNREACHABLE) as error:
        said = str(error).replace(bot.token, "the token") or type(error).__name__
        raise SlackUnavailable(f"Slack cannot be reached: {said}") from None


def _refusal(response: Any, place: str) -> Exception:
    """What Slack's `ok: false` means. Its status is 200, but for rate limits and failures of Slack itself."""
    data = response.data if isinstance(response.data, Mapping) else {}
    error, status = str(data.get("error", response.data))[:200], response.status_code
    if status == 429 or status >= 500 or error in TRANSIENT:
        return SlackUnavailable(f"Slack answered {status} ({error})", retry_after=retry_after(response.headers))
    if error in NOT_UPDATED:
        return _NotUpdated(error)
    if error in NO_THREAD:
        return ThreadGone(f"Slack takes no reply in the thread: {error}")
    if error in BY_MESSAGE:
        return SlackRefused(f"Slack does not take this message: {error}", by_message=True)
    mend = BOT_MENDS.get(error, "look the error up in the reference of chat.postMessage")
    return SlackRefused(f"Slack refuses messages to {place}: {error}: {mend}")
