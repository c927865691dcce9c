"""How many LookupEvents requests attribution makes: in a storm, and for changes that stand alone.

The client is a CloudTrail in memory with pages of fifty, newest first, one filter attribute.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Any, cast

from bench.measurement import Row, at_most
from bench.recorded import ACCOUNT, DAY, REGION, group_id, record
from manual_change.adapters.cloudtrail import CallFinder, Pace
from manual_change.domain.attribution import Window
from manual_change.domain.change import UPDATE, Change, Resource
from manual_change.domain.moment import parse_moment

STORM_CHANGES = 1_000
STORM_WRITES = 2_000
STORM = timedelta(minutes=10)
ISOLATED_WRITES_A_DAY = 48_000
"""A thousand in the window of half an hour that each change has: twenty pages."""


class EventHistory:
    """Answers `lookup_events` from records, newest first."""

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._records = sorted(records, key=lambda each: each["eventTime"], reverse=True)

    def lookup_events(
        self,
        *,
        LookupAttributes: Sequence[Mapping[str, str]],  # noqa: N803 - boto3's spelling
        StartTime: datetime,  # noqa: N803
        EndTime: datetime,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        """One page."""
        [wanted] = LookupAttributes
        found = [
            each
            for each in self._records
            if StartTime <= _time(each) <= EndTime
            and (wanted["AttributeKey"] == "ReadOnly" or wanted["AttributeValue"] in json.dumps(each))
        ]
        begin = int(NextToken)
        page = found[begin : begin + MaxResults]
        more = {"NextToken": str(begin + MaxResults)} if begin + MaxResults < len(found) else {}
        return {"Events": [{"CloudTrailEvent": json.dumps(each)} for each in page], **more}


def measure() -> Iterator[Row]:
    """A storm, and three changes hours apart."""
    storm = [_write(number, DAY + STORM * (number / STORM_WRITES)) for number in range(STORM_WRITES)]
    changes = [_change(number, DAY + STORM * (number / STORM_CHANGES)) for number in range(STORM_CHANGES)]
    least = ceil(STORM_WRITES / 50)
    requests = _requests(storm, changes, thorough=True)
    what = f"{STORM_CHANGES:,} changes over {STORM_WRITES:,} writes: requests ÷ {least}"
    yield at_most(what, requests / least, 1.5, detail=f"{requests} requests")

    day = [record(number, of=ISOLATED_WRITES_A_DAY, all_write=True) for number in range(ISOLATED_WRITES_A_DAY)]
    alone = [_change(number, DAY + timedelta(hours=hour)) for number, hour in enumerate((3, 11, 19))]
    yield at_most("three changes hours apart: requests each", _requests(day, alone, thorough=False) / 3, 2)
    last = _requests(day, alone, thorough=True) / 3
    yield Row(what="… at the last looks, which read every write", measured=f"{last:.2f}")


def _requests(records: Sequence[Mapping[str, Any]], changes: Sequence[Change], *, thorough: bool) -> int:
    """How many requests it takes to find the calls for these changes, in batches that would be due together."""
    made = 0

    def count() -> None:
        nonlocal made
        made += 1

    history = cast("Any", EventHistory(records))
    pace = Pace(1.0, deadline=float("inf"), clock=lambda: 0.0, sleep=lambda _: None)
    finder = CallFinder(lambda _account, _region: history, pace, on_request=count)
    deque(finder.find(changes, Window(), thorough=thorough), maxlen=0)
    return made


def _change(number: int, at: datetime) -> Change:
    resource = Resource(ACCOUNT, REGION, "AWS::EC2::SecurityGroup", group_id(number))
    return Change(resource, UPDATE, at + timedelta(minutes=1))


def _write(number: int, at: datetime) -> dict[str, Any]:
    return record(number, of=STORM_WRITES, all_write=True) | {"eventTime": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _time(each: Mapping[str, Any]) -> datetime:
    moment = parse_moment(each["eventTime"])
    if moment is None:
        raise ValueError(f"a record at {each['eventTime']!r}")
    return moment
