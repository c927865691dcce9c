"""The daily digest: what the construct schedules is what the notify stage understands."""

from __future__ import annotations

from typing import Any

from manual_change.adapters.findings_table import UNTOLD
from manual_change.adapters.queues import DigestRequest, read_findings_message


def test_the_schedule_sends_what_the_notify_stage_reads(variant: Any) -> None:
    """A message of the findings queue, once a day."""
    [scheduled] = [
        rule["Properties"] for name, rule in variant.resources("AWS::Events::Rule").items() if "DailyDigest" in name
    ]
    [target] = scheduled["Targets"]

    assert "rate(1 day)" == scheduled["ScheduleExpression"]
    assert DigestRequest() == read_findings_message(target["Input"])


def test_the_index_is_the_one_that_the_digest_reads(defaults: Any) -> None:
    """Its name, its key, and the order: oldest capture first."""
    [table] = defaults.properties("AWS::DynamoDB::Table")
    [index] = table["GlobalSecondaryIndexes"]

    assert UNTOLD == index["IndexName"]
    assert [
        {"AttributeName": UNTOLD, "KeyType": "HASH"},
        {"AttributeName": "captured_at", "KeyType": "RANGE"},
    ] == index["KeySchema"]
