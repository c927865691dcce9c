"""The Slack webhook's URL in Secrets Manager. Nothing in here ever says what the secret holds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from manual_change.adapters.poster import Undeliverable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1"})
"""Where a webhook may be plain HTTP: a Slack stand-in on the same machine."""


class SecretUnusable(Undeliverable):
    """The secret does not hold a webhook URL; somebody has to fill it in."""


class SecretNotFilled(SecretUnusable):
    """The secret holds no value yet."""


class SecretMalformed(SecretUnusable):
    """The secret's value is no webhook URL."""


class WebhookSecret:
    """The webhook's URL, read again when it is older than `max_age`: a rotation is picked up within that time."""

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
        self._known: str | None = None
        self._read_at = 0.0

    def url(self) -> str:
        """The URL to post to.

        Raises:
            SecretNotFilled: there is no value; the message names the command that fills it in.
            SecretMalformed: the value is no webhook URL.
            ClientError: Secrets Manager is throttled, out of reach or does not permit it.
        """
        if self._known is not None and self._clock() - self._read_at < self._max_age:
            return self._known
        return self.read_again()

    def read_again(self) -> str:
        """The URL as it is now, however lately it was read. Raises what `url` raises."""
        self._known = None
        value = self._value()
        self._read_at = self._clock()
        self._known = self._url_in(value)
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

    def _url_in(self, value: str) -> str:
        url = _member(value) if value.startswith("{") else value
        if url is None:
            raise SecretMalformed(
                f'the Slack secret is JSON without a webhook_url; {{"webhook_url": "https://…"}} or the URL alone is '
                f"expected: {self._command}"
            )
        if not _is_webhook(url):
            raise SecretMalformed(f"the Slack secret is no https URL; a webhook's is expected: {self._command}")
        return url

    @property
    def _command(self) -> str:
        return f"aws secretsmanager put-secret-value --secret-id {self._arn} --secret-string <webhook URL>"


def _member(value: str) -> str | None:
    """`webhook_url` of the JSON object; None where there is none."""
    try:
        url = json.loads(value).get("webhook_url")
    except ValueError:
        return None
    return url.strip() if isinstance(url, str) else None


def _is_webhook(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if any(character.isspace() for character in url) or not host:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
