"""What the notify stage expects of whatever takes its messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol


class SlackUnavailable(RuntimeError):
    """The message was not delivered, as far as anyone knows, and may be later: a rate limit, an error, a timeout."""

    def __init__(self, message: str, *, retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """How long Slack asks to be left alone, where it says so."""


class Undeliverable(RuntimeError):
    """Nothing can be delivered until somebody mends something; the message says what."""

    by_message = False
    """Whether it is this one message that cannot be delivered; otherwise no other can either."""


class SlackRefused(Undeliverable):
    """Slack does not take the message."""

    def __init__(self, message: str, *, by_message: bool = False) -> None:
        super().__init__(message)
        self.by_message = by_message


class Poster(Protocol):
    """Takes messages."""

    def post(self, message: Mapping[str, Any], *, channel: str | None = None) -> None:
        """Deliver one message to a channel; None: the default one.

        Raises:
            SlackUnavailable: not now.
            Undeliverable: not until somebody mends something.
        """
        ...
