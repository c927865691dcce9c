"""A Slack workspace without its network: what becomes of one post to a webhook or to chat.postMessage."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from threading import Condition
from typing import Any

from manual_change_local.slack_stand_in.payloads import api_payload, check_content, check_total, webhook_payload
from manual_change_local.slack_stand_in.replies import (
    JSON,
    WEBHOOK_ERRORS,
    Refused,
    Reply,
    api_reply,
    webhook_reply,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackMessage:
    """A message that the workspace took."""

    number: int
    """Counted from 1, over all channels."""
    channel: str
    """The channel's name, without `#`."""
    ts: str
    """Slack's id of a message: seconds since 1970 with six digits that make it unique."""
    through: str
    """`webhook` or `chat.postMessage`."""
    payload: Mapping[str, Any]
    thread_ts: str | None = None
    """The message that it answers; None: it stands in the channel."""
    updates: int = 0
    """How often its text and blocks were replaced."""


class Workspace:
    """Channels with a webhook each, one bot token, and every message taken, in order.

    `posts_per_second` is the pace that each channel takes (None: any), measured with the clock `monotonic`.
    `on_message` is called for every message taken, before the sender hears of it.
    """

    def __init__(
        self,
        *,
        channels: Sequence[str] = ("manual-changes",),
        posts_per_second: float | None = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
        on_message: Callable[[SlackMessage], None] | None = None,
    ) -> None:
        self.posts_per_second = posts_per_second
        self.bot_token = f"xoxb-stand-in-{secrets.token_hex(12)}"
        self.webhook_paths = {
            name: f"/services/T00000000/B{number:08}/{secrets.token_hex(12)}"
            for number, name in enumerate(channels, start=1)
        }
        self._channel_ids = {name: f"C{number:08}" for number, name in enumerate(channels, start=1)}
        self._monotonic = monotonic
        self._on_message = on_message
        self._changed = Condition()
        self._messages: list[SlackMessage] = []
        self._refusals: dict[str, str] = {}
        self._free_again: dict[str, float] = {}

    @property
    def messages(self) -> tuple[SlackMessage, ...]:
        """Every message taken so far, in order."""
        with self._changed:
            return tuple(self._messages)

    def wait_for_messages(self, count: int, *, timeout: float) -> bool:
        """Wait until `count` messages were taken; False when that did not happen within `timeout` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._messages) >= count, timeout)

    def refuse(self, channel: str, error: str) -> None:
        """From now on the channel answers with this error of WEBHOOK_ERRORS (`no_service`: the webhook is revoked).

        Raises:
            ValueError: the workspace has no such channel, or Slack no such error.
        """
        if channel not in self.webhook_paths:
            raise ValueError(f"no channel {channel!r}; there are {', '.join(self.webhook_paths)}")
        if error not in WEBHOOK_ERRORS:
            raise ValueError(f"Slack has no error {error!r}; it has {', '.join(WEBHOOK_ERRORS)}")
        with self._changed:
            self._refusals[channel] = error

    def accept(self, channel: str) -> None:
        """The end of `refuse`: somebody mended it."""
        with self._changed:
            self._refusals.pop(channel, None)

    def post_to_webhook(self, path: str, content_type: str, body: bytes) -> Reply:
        """What Slack answers to this body on the path of a webhook."""
        try:
            self._take(self._channel_of_webhook(path), "webhook", webhook_payload(content_type, body))
        except Refused as refused:
            return webhook_reply(refused.error, retry_after=refused.retry_after)
        return Reply(status=200, body="ok")

    def post_message(self, authorization: str | None, content_type: str, body: bytes) -> Reply:
        """What chat.postMessage answers to this body."""
        try:
            self._check_token(authorization)
            payload = api_payload(content_type, body)
            channel = self._channel_named(payload.get("channel"))
            check_total(payload)
            message = self._take(channel, "chat.postMessage", payload, thread_ts=self._thread_of(channel, payload))
        except Refused as refused:
            return api_reply(refused.error, messages=refused.messages, retry_after=refused.retry_after)
        told = {"ok": True, "channel": self._channel_ids[channel], "ts": message.ts, "message": dict(payload)}
        return Reply(status=200, body=json.dumps(told), content_type=JSON)

    def update_message(self, authorization: str | None, content_type: str, body: bytes) -> Reply:
        """What chat.update answers to this body: a bot may update what it posted itself, and nothing else."""
        try:
            self._check_token(authorization)
            payload = api_payload(content_type, body)
            channel = self._channel_named(payload.get("channel"))
            check_total(payload)
            message = self._replace(channel, str(payload.get("ts")), payload)
        except Refused as refused:
            return api_reply(refused.error, messages=refused.messages, retry_after=refused.retry_after)
        told = {"ok": True, "channel": self._channel_ids[channel], "ts": message.ts, "text": payload.get("text", "")}
        return Reply(status=200, body=json.dumps(told), content_type=JSON)

    def test_auth(self, authorization: str | None) -> Reply:
        """What auth.test answers: whose the token is, or that it is nobody's."""
        try:
            self._check_token(authorization)
        except Refused as refused:
            return api_reply(refused.error)
        told = {"ok": True, "team": "Stand-in", "user": "detector", "team_id": "T00000000", "user_id": "U00000000"}
        return Reply(status=200, body=json.dumps(told), content_type=JSON)

    def _replace(self, channel: str, ts: str, payload: Mapping[str, Any]) -> SlackMessage:
        with self._changed:
            if channel in self._refusals:
                raise Refused(self._refusals[channel])
            check_content(payload)
            known = next((each for each in self._messages if (each.channel, each.ts) == (channel, ts)), None)
            if known is None:
                raise Refused("message_not_found")
            if known.through != "chat.postMessage":
                raise Refused("cant_update_message")
            updated = replace(known, payload=payload, updates=known.updates + 1)
            self._messages[known.number - 1] = updated
            self._changed.notify_all()
        return updated

    def _channel_of_webhook(self, path: str) -> str:
        for channel, known in self.webhook_paths.items():
            if path == known:
                return channel
        raise Refused("no_service")

    def _channel_named(self, named: object) -> str:
        for channel, channel_id in self._channel_ids.items():
            if named in (channel, f"#{channel}", channel_id):
                return channel
        raise Refused("channel_not_found")

    def _check_token(self, authorization: str | None) -> None:
        if not authorization:
            raise Refused("not_authed")
        if authorization != f"Bearer {self.bot_token}":
            raise Refused("invalid_auth")

    def _thread_of(self, channel: str, payload: Mapping[str, Any]) -> str | None:
        """The message that is answered: one that stands in the same channel, and answers none itself."""
        thread_ts = payload.get("thread_ts")
        if thread_ts is None:
            return None
        heads = {each.ts for each in self.messages if each.channel == channel and each.thread_ts is None}
        if thread_ts not in heads:
            raise Refused("thread_not_found")
        return str(thread_ts)

    def _take(
        self, channel: str, through: str, payload: Mapping[str, Any], *, thread_ts: str | None = None
    ) -> SlackMessage:
        with self._changed:
            if channel in self._refusals:
                raise Refused(self._refusals[channel])
            check_content(payload)
            self._keep_pace(channel)
            number = len(self._messages) + 1
            ts = f"{int(time.time())}.{number:06}"
            message = SlackMessage(
                number=number, channel=channel, ts=ts, through=through, payload=payload, thread_ts=thread_ts
            )
            self._messages.append(message)
            self._changed.notify_all()
        if self._on_message:
            self._on_message(message)
        return message

    def _keep_pace(self, channel: str) -> None:
        if self.posts_per_second is None:
            return
        now = self._monotonic()
        early = self._free_again.get(channel, now) - now
        if early > 0:
            raise Refused("ratelimited", retry_after=ceil(early))
        self._free_again[channel] = now + 1 / self.posts_per_second
