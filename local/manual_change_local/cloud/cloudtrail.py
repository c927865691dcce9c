"""CloudTrail's Event history as LookupEvents serves it: pages, one attribute, a rate limit, and records that come late.

Source: AWS CloudTrail API reference, LookupEvents; user guide, "Viewing recent management events with the AWS CLI".
Not modelled: the 90 days of retention, so that recorded stories do not expire.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import json
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.event_shape import event_of
from manual_change_local.cloud.observation import CallsLookedUp, Observation

MAX_RESULTS: Final = 50
REQUESTS_PER_SECOND: Final = 2
ATTRIBUTES: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterable[str | None]]]] = {
    "EventId": lambda event: (event["EventId"],),
    "EventName": lambda event: (event["EventName"],),
    "ReadOnly": lambda event: (event.get("ReadOnly"),),
    "Username": lambda event: (event.get("Username"),),
    "ResourceType": lambda event: (resource.get("ResourceType") for resource in event["Resources"]),
    "ResourceName": lambda event: (resource.get("ResourceName") for resource in event["Resources"]),
    "EventSource": lambda event: (event["EventSource"],),
    "AccessKeyId": lambda event: (event.get("AccessKeyId"),),
}
"""Attribute key -> the event's values; a value matches only as a whole."""


class LookupRefused(ValueError):
    """LookupEvents answers with an error; `code` is AWS's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class _Stored:
    event: Mapping[str, Any]
    visible_at: float

    @property
    def position(self) -> tuple[float, str]:
        return (self.event["EventTime"], self.event["EventId"])


class EventHistory:
    """What LookupEvents serves, by account and region."""

    def __init__(
        self,
        *,
        clock: Clock,
        observe: Callable[[Observation], None],
        lag: timedelta = timedelta(0),
        requests_per_second: int | None = REQUESTS_PER_SECOND,
        now: Callable[[], float] = time.time,
    ) -> None:
        """Args:
        clock: how fast the lag passes.
        observe: hears of every lookup.
        lag: nominal time from a call until it can be found.
        requests_per_second: per account and region, None for no limit.
        now: the wall clock, seconds since the epoch.
        """
        self._now = now
        self._clock = clock
        self._observe = observe
        self._lag = lag
        self._requests_per_second = requests_per_second
        self._lock = threading.Lock()
        self._stored: dict[tuple[str, str], dict[str, _Stored]] = defaultdict(dict)
        self._requests: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def record(self, records: Iterable[Mapping[str, Any]], *, delivered_after: timedelta | None = None) -> None:
        """Keep CloudTrail records (as in a log file) for LookupEvents.

        Args:
            records: each names its `recipientAccountId` and `awsRegion`, which say where it can be looked up (global
                services: us-east-1). Data events and Insights are left out, as LookupEvents does.
            delivered_after: nominal time from now until they can be found. Left out: the cloud's lag, counted from
                each record's own `eventTime`, so that old records are found at once.
        """
        now = self._now()
        with self._lock:
            for record in records:
                if record.get("eventCategory", "Management") != "Management" or record.get("managementEvent") is False:
                    continue
                event = event_of(record)
                if delivered_after is None:
                    visible_at = event["EventTime"] + self._clock.seconds(self._lag)
                else:
                    visible_at = now + self._clock.seconds(delivered_after)
                where = (record["recipientAccountId"], record["awsRegion"])
                self._stored[where][event["EventId"]] = _Stored(event, visible_at)

    def lookup(self, request: Mapping[str, Any], *, account: str, region: str) -> dict[str, Any]:
        """Answer one LookupEvents request, given and answered as JSON.

        Raises:
            LookupRefused: the request is invalid, or the third within a second.
        """
        attribute = _attribute(request)
        self._count(account, region, attribute)
        limit = _limit(request)
        start, end = _window(request)
        fingerprint = _fingerprint(request)
        after = _position(request.get("NextToken"), fingerprint)
        now = self._now()
        with self._lock:
            stored = list(self._stored[account, region].values())
        matching = [
            candidate
            for candidate in stored
            if candidate.visible_at <= now
            and start <= candidate.event["EventTime"] <= end
            and (after is None or candidate.position < after)
            and (attribute is None or attribute[1] in ATTRIBUTES[attribute[0]](candidate.event))
        ]
        page = heapq.nlargest(limit, matching, key=lambda candidate: candidate.position)
        more = len(matching) > len(page)
        self._observe(CallsLookedUp(account=account, region=region, attribute=attribute, answered=len(page), more=more))
        answer: dict[str, Any] = {"Events": [candidate.event for candidate in page]}
        if more:
            answer["NextToken"] = _token(page[-1].position, fingerprint)
        return answer

    def _count(self, account: str, region: str, attribute: tuple[str, str] | None) -> None:
        limit = self._requests_per_second
        if limit is None:
            return
        now = self._now()
        with self._lock:
            recent = self._requests[account, region]
            while recent and recent[0] <= now - 1:
                recent.popleft()
            throttled = len(recent) >= limit
            if not throttled:
                recent.append(now)
        if throttled:
            self._observe(
                CallsLookedUp(
                    account=account, region=region, attribute=attribute, answered=0, more=False, throttled=True
                )
            )
            raise LookupRefused("ThrottlingException", "Rate exceeded")


def _attribute(request: Mapping[str, Any]) -> tuple[str, str] | None:
    attributes = request.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise LookupRefused("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    if not attributes:
        return None
    key, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
    if key not in ATTRIBUTES or not isinstance(value, str) or not 1 <= len(value) <= 2000:
        raise LookupRefused("InvalidLookupAttributesException", f"The lookup attribute {attributes[0]} is not valid.")
    return key, value


def _limit(request: Mapping[str, Any]) -> int:
    limit = request.get("MaxResults", MAX_RESULTS)
    if not isinstance(limit, int) or not 1 <= limit <= MAX_RESULTS:
        raise LookupRefused("InvalidMaxResultsException", f"MaxResults is {limit}; it must be from 1 to {MAX_RESULTS}.")
    return limit


def _window(request: Mapping[str, Any]) -> tuple[float, float]:
    start, end = float(request.get("StartTime", "-inf")), float(request.get("EndTime", "inf"))
    if start > end:
        raise LookupRefused("InvalidTimeRangeException", "The start time is after the end time.")
    return start, end


def _fingerprint(request: Mapping[str, Any]) -> str:
    bound = {name: request.get(name) for name in ("LookupAttributes", "StartTime", "EndTime", "EventCategory")}
    return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()[:16]


def _token(position: tuple[float, str], fingerprint: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([fingerprint, *position]).encode()).decode()


def _position(token: str | None, fingerprint: str) -> tuple[float, str] | None:
    if token is None:
        return None
    try:
        bound, moment, identifier = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error):
        raise LookupRefused("InvalidNextTokenException", "Invalid NextToken.") from None
    if bound != fingerprint:
        raise LookupRefused(
            "InvalidNextTokenException", "The NextToken was issued for a request with other parameters."
        )
    return float(moment), str(identifier)
