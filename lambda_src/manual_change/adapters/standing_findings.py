"""Findings as they stand now: a finding about a call may have given way to those about the changes that it made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from manual_change.adapters.findings_table import finding_in, item_id
from manual_change.adapters.many_items import read_items
from manual_change.domain.finding import Finding

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def standing_findings(dynamodb: DynamoDBClient, table: str, ids: Iterable[str]) -> list[Finding]:
    """The findings that are there, each replaced by those that took its place (`upgraded_by`), in no order.

    Raises:
        TableBusy: DynamoDB does not hand out some of the items.
    """
    named = list(read_items(dynamodb, table, [item_id(each) for each in ids]))
    heirs = {heir for item in named for heir in item.get("upgraded_by", {}).get("SS", ())}
    items = [item for item in named if "upgraded_by" not in item]
    known = {item["id"]["S"] for item in items}
    items += read_items(dynamodb, table, [key for heir in sorted(heirs) if (key := item_id(heir)) not in known])
    return [finding_in(item) for item in items if "finding" in item]
