"""The posts of one invocation: while there is time, and as long as the channel takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from manual_change.adapters.poster import Posted, Poster, Reply, SlackUnavailable, Undeliverable
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import OUTCOME, POSTS, REFUSED, SENT, UNAVAILABLE

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""What is put off comes again after a pause that doubles each time, from the first to the longest."""


@dataclass(slots=True)
class Posting:
    """Posts and updates, and remembers which channels are in trouble: none is hammered, and none waits for another."""

    poster: Poster
    telemetry: Telemetry
    timer: Callable[[], float]
    deadline: float
    _trouble: dict[str | None, Exception] = field(default_factory=dict)
    _trouble_with_updates: dict[str, Exception] = field(default_factory=dict)
    """By Slack's id of the channel. Slack limits each of its methods by itself: posts may fail where updates do not."""

    def ready(self, channel: str | None) -> None:
        """Raise where no further message is to be posted.

        Raises:
            SlackUnavailable, Undeliverable: what happened to the channel's last message; or time is nearly over.
        """
        self._go_on_unless(self._trouble.get(channel))

    def post(self, message: Mapping[str, Any], channel: str | None, reply: Reply | None = None) -> Posted | None:
        """Deliver one message, and count it; what names it in Slack, where that is known.

        Raises:
            ThreadGone: it was to be a reply, and there is no such thread.
            SlackUnavailable: not now.
            Undeliverable: not until somebody mends something.
        """
        try:
            posted = self.poster.post(message, channel=channel, reply=reply)
        except SlackUnavailable as error:
            self._trouble[channel] = error
            self.telemetry.count(POSTS, 1, **{OUTCOME: UNAVAILABLE})
            raise
        except Undeliverable as error:
            if not error.by_message:
                self._trouble[channel] = error
            self.telemetry.count(POSTS, 1, **{OUTCOME: REFUSED})
            raise
        self.telemetry.count(POSTS, 1, **{OUTCOME: SENT})
        return posted

    def update(self, posted: Posted, message: Mapping[str, Any]) -> bool:
        """Put another message in the place of one that was posted; False where that cannot be done.

        Slack is not asked where the channel's last update failed, or time is nearly over.

        Raises:
            SlackUnavailable: not now.
            Undeliverable: not until somebody mends something.
        """
        self._go_on_unless(self._trouble_with_updates.get(posted.channel))
        try:
            return self.poster.update(posted, message)
        except SlackUnavailable as error:
            self._trouble_with_updates[posted.channel] = error
            raise
        except Undeliverable as error:
            if not error.by_message:
                self._trouble_with_updates[posted.channel] = error
            raise

    def _go_on_unless(self, trouble: Exception | None) -> None:
        if trouble:
            raise trouble
        if self.timer() > self.deadline:
            raise SlackUnavailable("the function's time is nearly over")


def pause(error: SlackUnavailable, receive_count: int) -> timedelta:
    """As long as Slack asks, and at least 5 s, 10 s, 20 s, … 15 min."""
    grown = min(FIRST_PAUSE * (1 << min(receive_count - 1, 10)), LONGEST_PAUSE)
    return max(error.retry_after or timedelta(0), grown)
