"""The findings in the table that are kept for the daily digest, and who tells it.

Apart from the table of findings, because it is needed once a day and every cold start pays for imports.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from manual_change.adapters.findings_table import UNTOLD, FindingsTable, Held, Lease, finding_in, item_id
from manual_change.adapters.many_items import KEYS_A_REQUEST, read_items
from manual_change.domain.finding import Finding
from manual_change.domain.moment import format_moment

TOLD: Final = "told"
"""State of a finding that a digest told."""

_DIGEST: Final = "digest"
"""The item that an invocation holds while it tells the digest."""


class KeptFindings:
    """What is to be told together, once a day."""

    def __init__(self, table: FindingsTable) -> None:
        self._table = table

    def hold(self, *, now: datetime) -> Lease | Held:
        """The right to tell the digest: one invocation at a time. `FindingsTable.release` gives it back."""
        held = self._table.hold(_DIGEST, "attribute_not_exists(#state)", {}, now)
        if isinstance(held, tuple):
            return held[0]
        return held or Held(now)

    def untold(self, *, most: int) -> Sequence[Finding]:
        """Findings that wait for the digest, oldest first, at most so many.

        The index may lag behind the table; each item is read from the table itself before it counts.

        Raises:
            Unreadable: an item is of another version; the message names it.
        """
        found: list[Finding] = []
        for ids in self._ids():
            items = [item for item in read_items(self._table.client, self._table.name, ids) if UNTOLD in item]
            found += sorted((finding_in(item) for item in items), key=lambda finding: ids.index(item_id(finding.id)))
            if len(found) >= most:
                break
        return found[:most]

    def mark_told(self, finding: Finding, *, now: datetime) -> bool:
        """Write down that the digest told it; False where it was no longer waiting."""
        return self._table.conditionally(
            "update_item",
            Key={"id": {"S": item_id(finding.id)}},
            UpdateExpression="SET #state = :told, sent_at = :now REMOVE untold",
            ConditionExpression="attribute_exists(untold)",
            ExpressionAttributeNames={"#state": "state"},
            ExpressionAttributeValues={":told": {"S": TOLD}, ":now": {"S": format_moment(now)}},
        )

    def _ids(self) -> Iterator[list[str]]:
        """Ids in the index, a page at a time, oldest capture first."""
        pages = self._table.client.get_paginator("query").paginate(
            TableName=self._table.name,
            IndexName=UNTOLD,
            KeyConditionExpression="untold = :untold",
            ExpressionAttributeValues={":untold": {"S": UNTOLD}},
            ProjectionExpression="id",
        )
        for page in pages:
            ids = [item["id"]["S"] for item in page["Items"]]
            for begin in range(0, len(ids), KEYS_A_REQUEST):
                yield ids[begin : begin + KEYS_A_REQUEST]
