"""CloudTrail's Event history: the calls that could be responsible for a batch of changes, in few requests."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.lookups import PAGE, Sweep, plan_sweeps, singles_are_cheaper, singles_for

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

THROTTLED: Final = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException"})
LONGEST_BACKOFF: Final = 30.0
"""Seconds."""


class CloudTrailUnread(RuntimeError):
    """CloudTrail of an account and region was not read to the end; the message says which, and why."""


class LookupUnfinished(CloudTrailUnread):
    """There was no time left for it."""


@dataclass(slots=True)
class Pace:
    """At most so many requests a second in one region, and the pauses that throttling asks for.

    Args:
        requests_per_second: of this invocation.
        deadline: on `clock`, in seconds: no request begins after it.
        clock: monotonic seconds.
        sleep: seconds.
    """

    requests_per_second: float
    deadline: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: dict[str, float] = field(default_factory=dict)

    def wait(self, place: str) -> None:
        """Wait until a request to this region may begin.

        Raises:
            LookupUnfinished: that would be after the deadline.
        """
        now = self.clock()
        begin = max(now, self._next.get(place, now))
        if begin > self.deadline:
            raise LookupUnfinished(f"no time is left to read CloudTrail in {place} to the end")
        if begin > now:
            self.sleep(begin - now)
        self._next[place] = begin + 1 / self.requests_per_second

    def back_off(self, place: str, tries: int) -> None:
        """Put off the next request: CloudTrail said that there were too many (other tools share the limit)."""
        pause = min(2.0**tries, LONGEST_BACKOFF)
        self._next[place] = self.clock() + pause


@dataclass(slots=True)
class CallFinder:
    """Looks up calls for changes.

    Args:
        client_for: the CloudTrail client of an account and region.
        pace: see there.
        on_request: called once for each request, for the metric.
        on_unreadable: called with what was wrong with a record that CloudTrail handed out.
    """

    client_for: Callable[[str, str], CloudTrailClient]
    pace: Pace
    on_request: Callable[[], None] = lambda: None
    on_unreadable: Callable[[Unreadable], None] = lambda _: None
    asked_by_name: set[str] = field(default_factory=set)
    """Accounts and regions in which calls were asked for by name rather than read one and all."""

    def find(self, changes: Iterable[Change], window: Window, *, thorough: bool) -> Iterator[ApiCall]:
        """The calls that could be responsible, each once, as they are read.

        Args:
            changes: of any accounts and regions.
            window: how far from capture a call may lie.
            thorough: read every write of the stretch even where asking by name is cheaper: the answer "nobody"
                is only given after that.

        Raises:
            CloudTrailUnread: an account refuses, or does not answer.
            LookupUnfinished: time ran out.
        """
        found: set[str] = set()
        for sweep in plan_sweeps(changes, window):
            for call in self._sweep(sweep, thorough=thorough):
                if call.event_id not in found:
                    found.add(call.event_id)
                    yield call

    def _sweep(self, sweep: Sweep, *, thorough: bool) -> Iterator[ApiCall]:
        seen, oldest = 0, sweep.end
        for page, more in self._pages(sweep, "ReadOnly", "false"):
            seen += len(page)
            oldest = min([oldest, *(call.event_time for call in page)])
            yield from page
            if more and not thorough and singles_are_cheaper(sweep, oldest, seen):
                self.asked_by_name.add(f"{sweep.account} {sweep.region}")
                for name in singles_for(sweep.changes):
                    for page_of_one, _ in self._pages(sweep, "ResourceName", name):
                        yield from page_of_one
                return

    def _pages(self, sweep: Sweep, key: str, value: str) -> Iterator[tuple[list[ApiCall], bool]]:
        """Each page of the answer, newest calls first, and whether there are more."""
        asked: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
            "StartTime": sweep.begin,
            # whole seconds: an end within a second would cut off the calls of that second
            "EndTime": sweep.end.replace(microsecond=0) + timedelta(seconds=1),
            "MaxResults": PAGE,
        }
        token: str | None = None
        while True:
            answer = self._ask(sweep.account, sweep.region, asked | ({"NextToken": token} if token else {}))
            token = answer.get("NextToken")
            yield list(self._calls(answer.get("Events", ()))), token is not None
            if token is None:
                return

    def _ask(self, account: str, region: str, asked: dict[str, Any]) -> Any:
        place, tries = f"{account} {region}", 0
        while True:
            self.pace.wait(place)
            self.on_request()
            try:
                return self.client_for(account, region).lookup_events(**asked)
            except ClientError as error:
                if error.response["Error"]["Code"] not in THROTTLED:
                    raise CloudTrailUnread(f"CloudTrail in {place} cannot be read: {error}") from error
                self.pace.back_off(place, tries)
                tries += 1
            except BotoCoreError as error:
                raise CloudTrailUnread(f"CloudTrail in {place} does not answer: {error}") from error

    def _calls(self, events: Iterable[Any]) -> Iterator[ApiCall]:
        for event in events:
            try:
                yield read_call(_record(event))
            except Unreadable as error:
                self.on_unreadable(error)


def _record(event: Any) -> Any:
    """The CloudTrail record inside an entry of LookupEvents' answer."""
    text = event.get("CloudTrailEvent")
    if not isinstance(text, str):
        raise Unreadable(f"the entry {event.get('EventId')} of Event history has no CloudTrailEvent")
    try:
        return json.loads(text)
    except ValueError as error:
        raise Unreadable(f"CloudTrailEvent of {event.get('EventId')} is not JSON: {error}") from error
