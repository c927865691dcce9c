"""Calls that were told by themselves before the change that they made arrived: one message, updated, never two.

A finding about a change takes the place of the findings about its calls. Those that are not told yet never will be;
where one was, its message is updated, and the findings that share the message stay in it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    """A message that told calls."""

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

    def supersede(self, finding: Finding, *, now: datetime) -> Sequence[Told] | Held:
        """Take the place of the findings about this change's calls: each one not told yet is never told.

        Returns:
            The messages that told the others, each once, or Held: one is being posted at this moment.
        """
        told = []
        for call in finding.calls:
            state = self._supersede(item_id(call_finding_id(call.event_id)), finding, now)
            if isinstance(state, Held):
                return state
            if state:
                told.append(state)
        return [*dict.fromkeys(told)]

    def as_it_stands(self, told: Told) -> Sequence[Finding]:
        """What a message that told calls is to tell now, the worst first: changes that took the calls' place, what
        shares it, and, where it is the head of a thread, what the replies told.

        Raises:
            TableBusy: DynamoDB does not hand out some of the items.
        """
        ids = told.together
        if told.posted:
            for head in read_items(self._dynamodb, self._table, [thread_item_id(told.posted)]):
                ids = tuple(json.loads(head["findings"]["S"]))
        return worst_first(standing_findings(self._dynamodb, self._table, ids))

    def _supersede(self, key: str, finding: Finding, now: datetime) -> Told | Held | None:
        """Write down what takes a call's place, also where it is not told yet: the head of a thread may tell it before
        its reply is posted."""
        heir: Any = {":by": {"SS": [finding.id]}}  # a set: one call may change several resources
        free = "attribute_not_exists(lease_until) OR lease_until <= :now"
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": key}},
                UpdateExpression="SET #state = :superseded, expires_at = :expires "
                "REMOVE unannounced ADD upgraded_by :by",
                ConditionExpression="attribute_not_exists(id) OR #state = :superseded "
                f"OR (#state = :pending AND ({free}))",
                ExpressionAttributeNames={"#state": "state"},
                ExpressionAttributeValues={
                    ":superseded": {"S": SUPERSEDED},
                    ":pending": {"S": PENDING},
                    ":now": {"N": f"{now.timestamp():.3f}"},
                    ":expires": {"N": str(int((now + self._retention).timestamp()))},
                    **heir,
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if not is_condition(error):
                raise
            item: Any = error.response.get("Item", {})
            if item.get("state") == {"S": PENDING}:
                return Held(datetime.fromtimestamp(float(item["lease_until"]["N"]), UTC))
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"id": {"S": key}},
                UpdateExpression="ADD upgraded_by :by",
                ExpressionAttributeValues=heir,
            )
            return _told(item)
        return None


def _told(item: Item) -> Told:
    message = item.get("message", {}).get("M")
    if message is None:
        return Told(None, ())
    posted = Posted(message["channel"]["S"], message["ts"]["S"])
    return Told(posted, tuple(json.loads(message["findings"]["S"])))
