"""The way into Slack, in Secrets Manager: a webhook's URL or a bot's token. Nothing says what the secret holds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from manual_change.adapters.poster import Undeliverable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
"""Where a webhook may be plain HTTP: a Slack stand-in on the same machine."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An incoming webhook: whoever has its URL may post to its channel."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot of a Slack app: it may post to any channel that it is a member of."""

    token: str = field(repr=False)
    channel: str
    """Id of the channel for what no route sends elsewhere."""


Credentials = Webhook | Bot


class SecretUnusable(Undeliverable):
    """The secret holds no way into Slack; somebody has to fill it in."""


class SecretNotFilled(SecretUnusable):
    """The secret holds no value yet."""


class SecretMalformed(SecretUnusable):
    """The secret's value is neither a webhook's URL nor a bot's token."""


class SlackSecret:
    """The way into Slack, read again when it is older than `max_age`: a rotation is picked up within that time."""

    def __init__(
        self,
        secretsmanager: SecretsManagerClient,
        arn: str,
        *,
        max_age: timedelta,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._secretsmanager = secretsmanager
        self._arn = arn
        self._max_age = max_age.total_seconds()
        self._clock = clock
        self._known: Credentials | None = None
        self._read_at = 0.0

    def credentials(self) -> Credentials:
        """What to post with.

        Raises:
            SecretNotFilled: there is no value; the message names the command that fills it in.
            SecretMalformed: the value is neither a webhook's URL nor a bot's token.
            ClientError: Secrets Manager is throttled, out of reach or does not permit it.
        """
        if self._known is not None and self._clock() - self._read_at < self._max_age:
            return self._known
        return self.read_again()

    def read_again(self) -> Credentials:
        """What the secret holds now, however lately it was read. Raises what `credentials` raises."""
        self._known = None
        value = self._value()
        self._read_at = self._clock()
        self._known = self._read(value)
        return self._known

    def _value(self) -> str:
        try:
            answer = self._secretsmanager.get_secret_value(SecretId=self._arn)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                raise SecretNotFilled(f"the Slack secret holds no value yet. Fill it in: {self._command}") from error
            raise
        value = answer.get("SecretString")
        if value is None:
            raise SecretMalformed(f"the Slack secret holds bytes; the text of a URL is expected: {self._command}")
        if not value.strip():
            raise SecretNotFilled(f"the Slack secret is empty. Fill it in: {self._command}")
        return value.strip()

    def _read(self, value: str) -> Credentials:
        if not value.startswith("{"):
            return self._webhook(value)
        members = _object(value)
        token, channel, url = (_text(members.get(name)) for name in ("bot_token", "channel", "webhook_url"))
        if token is not None:
            return self._bot(token, channel)
        if url is None:
            raise SecretMalformed(
                'the Slack secret is JSON without a webhook_url or bot_token; {"webhook_url": "https://…"}, '
                '{"bot_token": "xoxb-…", "channel": "C…"} or a webhook\'s URL alone is expected: ' + self._command
            )
        return self._webhook(url)

    def _webhook(self, url: str) -> Webhook:
        if not _is_webhook(url):
            raise SecretMalformed(f"the Slack secret is no https URL; a webhook's is expected: {self._command}")
        return Webhook(url)

    def _bot(self, token: str, channel: str | None) -> Bot:
        if not token.startswith("xoxb-"):
            raise SecretMalformed(f"bot_token of the Slack secret does not begin with xoxb-: {self._command}")
        if not channel:
            raise SecretMalformed(
                "the Slack secret has a bot_token and no channel; the id of the channel is expected, such as "
                f"C0123456789: {self._command}"
            )
        return Bot(token, channel)

    @property
    def _command(self) -> str:
        return f"aws secretsmanager put-secret-value --secret-id {self._arn} --secret-string <webhook URL>"


def _object(value: str) -> Mapping[str, object]:
    """The members of a JSON object; none where it is no JSON."""
    try:
        members = json.loads(value)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, Mapping) else {}


def _text(value: object) -> str | None:
    return value.strip() if isinstance(value, str) else None


def _is_webhook(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if any(character.isspace() for character in url) or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
