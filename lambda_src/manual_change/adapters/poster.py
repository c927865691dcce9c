"""What the notify stage expects of whatever takes its messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Posted:
    """Names a message in Slack, so that it can be updated later."""

    channel: str
    """The channel's id."""
    ts: str
    """Slack's id of a message in its channel."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Where a message goes that answers another: into its thread."""

    to: Posted
    """The head of the thread."""
    broadcast: bool = False
    """Whether the channel shows it, too."""


class ThreadGone(RuntimeError):
    """Slack takes no reply there: the head is gone, or the thread is closed."""


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

    def post(
        self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None
    ) -> Posted | None:
        """Deliver one message to a channel; None: the default one. What names it, where Slack says that.

        Raises:
            ThreadGone: it was to be a reply, and there is no such thread.
            SlackUnavailable: not now.
            Undeliverable: not until somebody mends something.
        """
        ...

    def update(self, posted: Posted, message: Mapping[str, Any]) -> bool:
        """Put another message in the place of one that was posted; False where that cannot be done.

        Raises:
            SlackUnavailable: not now.
            Undeliverable: not until somebody mends something.
        """
        ...
