"""Slack: the poster of the notify stage, through whichever door the secret opens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeVar

from manual_change.adapters.poster import Posted, Reply, SlackRefused
from manual_change.adapters.secrets import Bot, Credentials, SlackSecret
from manual_change.adapters.slack_webhook import post_to_webhook

TIMEOUT: Final = 5
"""Seconds that one request may take to connect, and to be answered."""
PATIENCE: Final = timedelta(seconds=3)
"""The longest rate limit that is waited out here: a function's time costs money, a queue's does not."""

API: Final = "https://slack.com/api/"

_Answer = TypeVar("_Answer")


class Slack:
    """Posts with what the secret holds: a webhook's URL, or a bot's token."""

    def __init__(
        self, secret: SlackSecret, *, timeout: int = TIMEOUT, patience: timedelta = PATIENCE, api_url: str = API
    ) -> None:
        self._secret = secret
        self._timeout = timeout
        self._patience = patience
        self._api_url = api_url

    def post(
        self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None
    ) -> Posted | None:
        """Deliver one message to a channel; None: the one that the secret names. A webhook has only its own.

        What names the message in Slack; None from a webhook, which does not say, and knows no threads.

        On a refusal the secret is read again, in case it has been rotated.

        Raises:
            ThreadGone: it was to be a reply, and there is no such thread.
            SlackUnavailable: not now.
            SlackRefused: not until somebody mends something; the message says what.
            SecretUnusable: the secret holds neither a webhook's URL nor a bot's token.
        """
        return self._with_credentials(lambda credentials: self._post_with(credentials, message, channel, reply))

    def update(self, posted: Posted, message: Mapping[str, Any]) -> bool:
        """Put another message in the place of one that was posted; False where that cannot be done: with a webhook,
        or where Slack no longer lets the bot.

        Raises:
            SlackUnavailable, SlackRefused, SecretUnusable: as for `post`.
        """
        return self._with_credentials(lambda credentials: self._update_with(credentials, posted, message))

    def _with_credentials(self, ask: Callable[[Credentials], _Answer]) -> _Answer:
        """Ask Slack; once more where it refuses, and the secret has been rotated since."""
        credentials = self._secret.credentials()
        try:
            return ask(credentials)
        except SlackRefused as refusal:
            if refusal.by_message:
                raise
            rotated = self._secret.read_again()
            if rotated == credentials:
                raise
            return ask(rotated)

    def _update_with(self, credentials: Credentials, posted: Posted, message: Mapping[str, Any]) -> bool:
        if not isinstance(credentials, Bot):
            return False
        from manual_change.adapters.slack_bot import update_as_bot

        return update_as_bot(
            credentials,
            posted,
            message,
            timeout=self._timeout,
            patience=self._patience,
            api_url=self._api_url,
        )

    def _post_with(
        self, credentials: Credentials, message: Mapping[str, Any], channel: str | None, reply: Reply | None
    ) -> Posted | None:
        if not isinstance(credentials, Bot):
            post_to_webhook(credentials, message, timeout=self._timeout, patience=self._patience)
            return None
        from manual_change.adapters.slack_bot import post_as_bot  # slow to import, and not needed for a webhook

        return post_as_bot(
            credentials,
            message,
            channel=channel,
            reply=reply,
            timeout=self._timeout,
            patience=self._patience,
            api_url=self._api_url,
        )
