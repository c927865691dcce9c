"""What explained the recent items of a resource: one item a resource, in the table of the findings.

Attribution asks it which calls have already explained an earlier item, and what explained a related resource. Each
item holds a resource's latest captures and expires by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from manual_change.adapters.many_items import Item, TableBusy, read_items
from manual_change.domain.moment import format_moment, parse_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ResourceKey = tuple[str, str, str, str]
"""`Resource.key`: account, region, type, id."""

KEPT_FOR: Final = timedelta(days=2)
"""A day longer than the longest lookback (`settings.LONGEST_LOOKBACK`): a change may be judged hours late."""
KEPT_CAPTURES: Final = 20
"""Of one resource; older ones give way."""
TRIES: Final = 10
"""How often a write is tried when other invocations write the same resource's item at the same moment."""


@dataclass(frozen=True, slots=True)
class Capture:
    """One item of a resource and the calls that explained it."""

    captured_at: datetime
    event_ids: tuple[str, ...]
    summary: Mapping[str, Any] = field(default_factory=dict)
    """What attribution wants to know again about the finding: JSON, a few hundred bytes."""


class AttributionMemory:
    """Remembers captures for two days."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def remember(self, resource: ResourceKey, capture: Capture, *, now: datetime) -> None:
        """Add a capture; one of the same moment is replaced, so that a redelivery changes nothing.

        Raises:
            TableBusy: other invocations wrote the same item in every moment between reading and writing it.
        """
        for _ in range(TRIES):
            item = next(read_items(self._dynamodb, self._table, [_id(resource)]), None)
            captures = {known.captured_at: known for known in _captures(item)} | {capture.captured_at: capture}
            latest = sorted(captures.values(), key=lambda known: known.captured_at)[-KEPT_CAPTURES:]
            if self._write(resource, latest, revision=int(item["revision"]["N"]) if item else 0, now=now):
                return
        raise TableBusy(f"the item {_id(resource)} of table {self._table} was written by others {TRIES} times in a row")

    def recall(self, resources: Iterable[ResourceKey], *, since: datetime) -> dict[ResourceKey, list[Capture]]:
        """The captures since a moment of each resource that has any, oldest first.

        Raises:
            TableBusy: DynamoDB does not hand out some of the items.
        """
        wanted = {_id(resource): resource for resource in resources}
        recalled = {}
        for item in read_items(self._dynamodb, self._table, wanted):
            captures = [capture for capture in _captures(item) if capture.captured_at >= since]
            if captures:
                recalled[wanted[item["id"]["S"]]] = captures
        return recalled

    def remember_calls(self, event_ids: Iterable[str], *, now: datetime) -> None:
        """Changes were attributed to these calls: they are not told by themselves."""
        expires = str(int((now + KEPT_FOR).timestamp()))
        for event_id in dict.fromkeys(event_ids):
            self._dynamodb.put_item(
                TableName=self._table, Item={"id": {"S": _call_id(event_id)}, "expires_at": {"N": expires}}
            )

    def recall_calls(self, event_ids: Iterable[str]) -> set[str]:
        """Those of the calls to which a change was attributed.

        Raises:
            TableBusy: DynamoDB does not hand out some of the items.
        """
        wanted = {_call_id(event_id): event_id for event_id in event_ids}
        return {wanted[item["id"]["S"]] for item in read_items(self._dynamodb, self._table, wanted)}

    def _write(self, resource: ResourceKey, captures: list[Capture], *, revision: int, now: datetime) -> bool:
        """Replace the item, unless someone else has since it was read."""
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item={
                    "id": {"S": _id(resource)},
                    "captures": {"S": json.dumps([_spelled(capture) for capture in captures])},
                    "revision": {"N": str(revision + 1)},
                    "expires_at": {"N": str(int((now + KEPT_FOR).timestamp()))},
                },
                ConditionExpression="attribute_not_exists(id) OR revision = :read",
                ExpressionAttributeValues={":read": {"N": str(revision)}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True


def _call_id(event_id: str) -> str:
    return f"call#{event_id}"


def _id(resource: ResourceKey) -> str:
    return "resource#" + "|".join(resource)


def _spelled(capture: Capture) -> dict[str, Any]:
    return {
        "captured_at": format_moment(capture.captured_at),
        "event_ids": list(capture.event_ids),
        "summary": dict(capture.summary),
    }


def _captures(item: Item | None) -> list[Capture]:
    captures = []
    for entry in json.loads(item["captures"]["S"]) if item else ():
        captured_at = parse_moment(entry["captured_at"])
        if captured_at is None:
            raise ValueError(f"a capture at {entry['captured_at']!r}; a time is expected")
        captures.append(Capture(captured_at, tuple(entry["event_ids"]), entry["summary"]))
    return captures
