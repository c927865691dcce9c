"""What a Slack stand-in does wrong on purpose: faults, and the scripts that say which request meets which fault.

A script is any callable from the request's number (counted from 1, over all requests) to a fault or None.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers with this status instead of looking at the message; the message is not taken."""

    status: int
    error: str
    """The code: as plain text from a webhook, as `{"ok": false, "error": …}` from the Web API (there also with 200)."""
    retry_after: int | None = None
    """Seconds, for the header Retry-After."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """Says nothing for so long, then behaves as always. A client that gave up does not know whether it was heard."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosesConnection:
    """Closes the connection without an answer."""

    takes_message: bool = False
    """True: the message is taken before the connection breaks, the case in which a retry posts twice."""


Fault = Answers | Hangs | ClosesConnection
FaultScript = Callable[[int], Fault | None]

RATE_LIMITED: Final = Answers(status=429, error="ratelimited", retry_after=1)
SERVER_ERROR: Final = Answers(status=500, error="rollup_error")


def never(number: int) -> None:
    """No request meets a fault."""


def every(nth: int, fault: Fault) -> FaultScript:
    """Requests nth, 2 nth, 3 nth, … meet the fault: `every(5, RATE_LIMITED)`."""
    return lambda number: fault if number % nth == 0 else None


def on(numbers: Collection[int], fault: Fault) -> FaultScript:
    """The requests with these numbers meet the fault: `on({1, 2}, SERVER_ERROR)`."""
    return lambda number: fault if number in numbers else None
