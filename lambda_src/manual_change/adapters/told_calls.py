"""Calls that were told by themselves before the change that they made arrived: one message, updated, never two.

A finding about a change takes the place of the findings about its calls. Those that are not told yet never will be;
where one was, its message is updated, and the findings that share the message stay in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from manual_change.adapters.findings_table import PENDING, Held, is_condition, item_id
from manual_change.adapters.many_items import Item, read_items
from manual_change.adapters.poster import Posted
from manual_change.adapters.sessions import thread_item_id
from manual_change.adapters.standing_findings import standing_findings
from manual_change.domain.finding import Finding, call_finding_id
from manual_change.domain.grouping import worst_first

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


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a message that told of calls is to tell now."""

    posted: Posted | None
    """None: a webhook's messages, of which none can be updated."""
    findings: Sequence[Finding]
    """The change's among them; the worst first."""


class ToldCalls:
    """Findings about calls, in the table of findings."""

    def __init__(self, dynamodb: DynamoDBClient, table: str, *, retention: timedelta) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._retention = retention

    def supersede(self, finding: Finding, *, now: datetime) -> Sequence[Told] | Held:
        """Take the place of the findings about this change's calls: each one not told yet is never told.

        Returns:
            Those that were told already, or Held: one is being posted at this moment.
        """
        told = []
        for call in finding.calls:
            state = self._supersede(item_id(call_finding_id(call.event_id)), now)
            if isinstance(state, Held):
                return state
            if state:
                told.append(state)
        return told

    def upgrade(self, told: Sequence[Told], finding: Finding) -> Sequence[Upgrade]:
        """Write down what took the calls' place; what each of their messages is to tell now, each message once."""
        for each in told:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": each.item_id}},
                UpdateExpression="ADD upgraded_by :by",  # a set: one call may change several resources
                ExpressionAttributeValues={":by": {"SS": [finding.id]}},
            )
        by_message = {each.posted: each.together for each in told}
        heads = self._heads(posted for posted in by_message if posted)
        return [
            Upgrade(posted, self._as_they_stand(heads.get(posted, together), finding))
            for posted, together in by_message.items()
        ]

    def _heads(self, messages: Iterable[Posted]) -> Mapping[Posted | None, Sequence[str]]:
        """What those of the messages tell that are heads of threads: their own findings, and those of the replies."""
        by_key = {thread_item_id(posted): posted for posted in messages}
        items = read_items(self._dynamodb, self._table, by_key)
        return {by_key[item["id"]["S"]]: json.loads(item["findings"]["S"]) for item in items}

    def _as_they_stand(self, ids: Iterable[str], finding: Finding) -> Sequence[Finding]:
        standing = standing_findings(self._dynamodb, self._table, ids)
        return worst_first([finding, *(each for each in standing if each.id != finding.id)])

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
