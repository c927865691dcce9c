"""Calls that were told by themselves before the change that they made arrived: one message, updated, never two.

A finding about a change takes the place of the findings about its calls. Those that are not told yet never will be;
where one was, its message is updated, and the findings that share the message stay in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from manual_change.adapters.findings_table import PENDING, Held, finding_in, is_condition, item_id
from manual_change.adapters.many_items import Item, read_items
from manual_change.adapters.poster import Posted
from manual_change.domain.finding import Finding, call_finding_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SUPERSEDED: Final = "superseded"
"""State of a finding about a call that is not to be told: a finding about the change is."""


@dataclass(frozen=True, slots=True)
class Told:
    """The message that told a call."""

    item_id: str
    posted: Posted | None
    """None: through a webhook, which names no message."""
    together: tuple[str, ...]
    """Ids of the findings that share it."""


class ToldCalls:
    """Findings about calls, in the table of findings."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, retention: timedelta) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._retention = retention

    def supersede(self, finding: Finding, *, now: datetime) -> Told | Held | None:
        """Take the place of the findings about this change's calls: each one not told yet is never told.

        Returns:
            Told: one of them was told already. Held: one is being posted at this moment. None: none was.
        """
        found: Told | Held | None = None
        for call in finding.calls:
            state = self._supersede(item_id(call_finding_id(call.event_id)), now)
            if isinstance(state, Held):
                return state
            found = found or state
        return found

    def upgrade(self, told: Told, finding: Finding) -> Sequence[Finding]:
        """Write down what took the call's place; the findings that its message is to tell now, this one first."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"id": {"S": told.item_id}},
            UpdateExpression="SET upgraded_by = :by",
            ExpressionAttributeValues={":by": {"S": finding.id}},
        )
        others = [each for each in told.together if item_id(each) != told.item_id and each != finding.id]
        return (finding, *self._as_they_stand(others, but=finding.id))

    def _as_they_stand(self, ids: Iterable[str], *, but: str) -> Iterable[Finding]:
        """The findings, each replaced by what took its place."""
        items = {item["id"]["S"]: item for item in self._items(ids)}
        heirs = [item["upgraded_by"]["S"] for item in items.values() if "upgraded_by" in item]
        by_id = items | {item["id"]["S"]: item for item in self._items(heirs)}
        wanted = dict.fromkeys(_heir(item) for item in items.values())
        return [finding_in(by_id[each]) for each in wanted if each in by_id and each != item_id(but)]

    def _items(self, ids: Iterable[str]) -> Iterable[Item]:
        return read_items(self._dynamodb, self._table, [item_id(each) for each in ids])

    def _supersede(self, key: str, now: datetime) -> Told | Held | None:
        free = "attribute_not_exists(lease_until) OR lease_until <= :now"
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": key}},
                UpdateExpression="SET #state = :superseded, expires_at = :expires REMOVE unannounced",
                ConditionExpression="attribute_not_exists(id) OR #state = :superseded "
                f"OR (#state = :pending AND ({free}))",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":superseded": {"S": SUPERSEDED},
                    ":pending": {"S": PENDING},
                    ":now": {"N": f"{now.timestamp():.3f}"},
                    ":expires": {"N": str(int((now + self._retention).timestamp()))},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition(error):
                raise
            item: Any = error.response.get("Item", {})
            if item.get("state") == {"S": PENDING}:
                return Held(datetime.fromtimestamp(float(item["lease_until"]["N"]), UTC))
            return _told(key, item)
        return None


def _told(key: str, item: Item) -> Told:
    message = item.get("message", {}).get("M")
    if message is None:
        return Told(key, None, ())
    posted = Posted(message["channel"]["S"], message["ts"]["S"])
    return Told(key, posted, tuple(json.loads(message["findings"]["S"])))


def _heir(item: Item) -> str:
    """The key of the item that stands for this one now."""
    return item_id(item["upgraded_by"]["S"]) if "upgraded_by" in item else str(item["id"]["S"])
