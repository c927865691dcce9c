"""What goes wrong on purpose: calls of AWS that fail, and processes that are killed in the middle of their work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError


class Killed(BaseException):
    """The process is gone: nothing that handles errors sees it."""


class Steps:
    """Counts what a handler does outside of itself, before and after each; kills it at one step."""

    def __init__(self) -> None:
        self.taken = 0
        self.kill_at: int | None = None

    def step(self) -> None:
        """One more.

        Raises:
            Killed: this is the one.
        """
        self.taken += 1
        if self.taken == self.kill_at:
            raise Killed


class Throttling:
    """Every nth request of a service is refused, so many times in all."""

    def __init__(self, service: str, *, every: int, most: int = 200) -> None:
        self.service = service
        self._every = every
        self._left = most
        self.asked = 0
        self.refused = 0

    def ask(self, service: str, operation: str) -> None:
        """One request.

        Raises:
            ClientError: there were too many.
        """
        if service != self.service:
            return
        self.asked += 1
        if self._left and self.asked % self._every == 0:
            self._left -= 1
            self.refused += 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, operation)


def disturb(client: Any, service: str, steps: Steps, ask: Callable[[str, str], None]) -> Any:
    """The client, with a step before and after each request, each of which may be refused."""

    def before(model: Any, **_: Any) -> None:
        steps.step()
        ask(service, model.name)

    def after(**_: Any) -> None:
        steps.step()

    client.meta.events.register("before-call", before)
    client.meta.events.register("after-call", after)
    return client


class Trail:
    """CloudTrail's Event history: fifty a page, the newest first."""

    def __init__(self, events: list[Mapping[str, Any]], steps: Steps, ask: Callable[[str, str], None]) -> None:
        self._events = events
        self._steps = steps
        self._ask = ask

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        """One page of the answer."""
        self._steps.step()
        self._ask("cloudtrail", "LookupEvents")
        begin = int(asked.get("NextToken", "0"))
        page = self._events[begin : begin + 50]
        answer: dict[str, Any] = {"Events": page}
        if begin + 50 < len(self._events):
            answer["NextToken"] = str(begin + 50)
        self._steps.step()
        return answer
