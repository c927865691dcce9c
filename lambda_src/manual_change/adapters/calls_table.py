"""The hub's table of API calls that spokes forwarded: a day of them, by account, region and hour.

`place` is `111122223333|eu-west-1|2026-11-22T12`, `call` is the call's time and id, so that an hour is read in order.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from manual_change.adapters.many_items import TableBusy
from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.lookups import plan_sweeps
from manual_change.domain.moment import format_moment
from manual_change.domain.shortening import compact_json

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

WRITES: Final = 25
"""The most items that BatchWriteItem takes."""
TRIES: Final = 8
FIRST_PAUSE: Final = 0.05
"""Seconds before the first try again; each further one waits twice as long."""

HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CallKey:
    """Names one call in the table."""

    place: str
    call: str

    @classmethod
    def of(cls, call: ApiCall) -> CallKey:
        """Where a call is kept."""
        return cls(_place(call.account, call.region, call.event_time), f"{_spelled(call.event_time)}|{call.event_id}")


class CallsTable:
    """Calls as CloudTrail recorded them."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        *,
        keep: timedelta = timedelta(days=1),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._keep = keep
        self._sleep = sleep

    def keep(self, calls: Sequence[ApiCall], *, now: datetime) -> None:
        """Write calls down; one that is there already is written again, which changes nothing.

        Raises:
            TableBusy: the table does not take some of them, however often it is asked.
        """
        expires = str(int((now + self._keep + HOUR).timestamp()))
        items = {CallKey.of(call): call for call in calls}
        waiting = [_put(key, call, expires) for key, call in items.items()]
        for begin in range(0, len(waiting), WRITES):
            self._write(waiting[begin : begin + WRITES])

    def find(self, changes: Iterable[Change], window: Window) -> Iterator[ApiCall]:
        """The calls that could be responsible, as they are read: a day of them does not fit into a function."""
        for sweep in plan_sweeps(changes, window):
            yield from self._between(sweep.account, sweep.region, sweep.begin, sweep.end)

    def read(self, key: CallKey) -> ApiCall | None:
        """One call; None where its time is over."""
        return next(self._calls("place = :place AND #call = :first", key.place, {":first": key.call}), None)

    def _between(self, account: str, region: str, begin: datetime, end: datetime) -> Iterator[ApiCall]:
        hour = begin.replace(minute=0, second=0, microsecond=0)
        values = {":first": _spelled(begin), ":last": f"{_spelled(end)}|~"}  # `~` is after every id
        while hour <= end:
            place = _place(account, region, hour)
            yield from self._calls("place = :place AND #call BETWEEN :first AND :last", place, values)
            hour += HOUR

    def _calls(self, condition: str, place: str, values: Mapping[str, str]) -> Iterator[ApiCall]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeNames={"#call": "call"},
            ExpressionAttributeValues={":place": {"S": place}, **{key: {"S": value} for key, value in values.items()}},
            ConsistentRead=True,
        )
        for page in pages:
            for item in page["Items"]:
                yield _read(item)

    def _write(self, requests: Sequence[WriteRequestTypeDef]) -> None:
        waiting: Sequence[Any] = requests
        for attempt in range(TRIES):
            answer = self._dynamodb.batch_write_item(RequestItems={self._table: waiting})
            waiting = answer.get("UnprocessedItems", {}).get(self._table, ())
            if not waiting:
                return
            self._sleep(FIRST_PAUSE * 2**attempt)
        raise TableBusy(
            f"table {self._table} did not take {len(waiting)} of {len(requests)} calls, asked {TRIES} times"
        )


def _put(key: CallKey, call: ApiCall, expires: str) -> WriteRequestTypeDef:
    item = {
        "place": {"S": key.place},
        "call": {"S": key.call},
        "record": {"S": compact_json(call.record)},
        "expires_at": {"N": expires},
    }
    return {"PutRequest": {"Item": item}}


def _read(item: Any) -> ApiCall:
    try:
        return read_call(json.loads(item["record"]["S"]))
    except ValueError as error:
        raise Unreadable(f"item {item['place']['S']} {item['call']['S']} of the calls table: {error}") from error


def _place(account: str, region: str, moment: datetime) -> str:
    return f"{account}|{region}|{moment:%Y-%m-%dT%H}"


def _spelled(moment: datetime) -> str:
    """CloudTrail's times are whole seconds; so are a window's ends, once they are cut."""
    return format_moment(moment.replace(microsecond=0))
