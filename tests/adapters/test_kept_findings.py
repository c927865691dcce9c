"""The findings that wait for the daily digest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.findings_table import FindingsTable, Held, Lease
from manual_change.adapters.kept_findings import KeptFindings
from manual_change.domain.finding import Finding

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
AFinding = Callable[..., Finding]


@pytest.fixture
def findings(aws: Callable[[str], Any], table: str) -> FindingsTable:
    """An empty table of findings."""
    return FindingsTable(aws("dynamodb"), table, retention=timedelta(days=365), lease=LEASE)


def test_a_silent_finding_is_kept_for_the_digest_and_never_claimed(
    findings: FindingsTable, a_finding: AFinding
) -> None:
    """It is told once a day, with the others."""
    kept = a_finding(verdict="unattributed", decision="silent")
    findings.record(kept, now=NOON)

    assert findings.claim(kept, now=NOON) is None
    assert [kept] == KeptFindings(findings).untold(most=10)


def test_what_the_digest_told_is_not_told_again(findings: FindingsTable, a_finding: AFinding) -> None:
    """Also where the change is delivered once more."""
    kept = a_finding(verdict="unattributed", decision="silent")
    findings.record(kept, now=NOON)
    KeptFindings(findings).mark_told(kept, now=NOON)
    findings.record(kept, now=NOON)

    assert [] == KeptFindings(findings).untold(most=10)


def test_the_digest_reads_oldest_first_and_no_more_than_asked(findings: FindingsTable, a_finding: AFinding) -> None:
    """A storm is told in several digests."""
    for minute in (3, 1, 2):
        kept = a_finding(f"sg-{minute}", verdict="unattributed", decision="silent", at=NOON + timedelta(minutes=minute))
        findings.record(kept, now=NOON)

    told = [finding.change.resource.id for finding in KeptFindings(findings).untold(most=2) if finding.change]

    assert ["sg-1", "sg-2"] == told


def test_an_index_that_lags_behind_tells_nothing_twice(
    aws: Callable[[str], Any], table: str, findings: FindingsTable, a_finding: AFinding
) -> None:
    """Global secondary indexes are eventually consistent: what they say is checked against the table."""
    fresh, stale = (a_finding(of, verdict="unattributed", decision="silent") for of in ("sg-1", "sg-2"))
    for kept in (fresh, stale):
        findings.record(kept, now=NOON)
    index = aws("dynamodb").query(
        TableName=table,
        IndexName="untold",
        KeyConditionExpression="untold = :untold",
        ExpressionAttributeValues={":untold": {"S": "untold"}},
    )["Items"]
    KeptFindings(findings).mark_told(stale, now=NOON)
    lagging = FindingsTable(
        LaggingIndex(aws("dynamodb"), index),  # type: ignore[arg-type]
        table,
        retention=timedelta(days=365),
        lease=LEASE,
    )

    assert [fresh] == KeptFindings(lagging).untold(most=10)


def test_one_invocation_at_a_time_tells_the_digest(findings: FindingsTable) -> None:
    """And the next one after it has given the digest back."""
    lease = KeptFindings(findings).hold(now=NOON)
    assert isinstance(lease, Lease)
    while_held = KeptFindings(findings).hold(now=NOON)
    findings.release(lease)

    assert Held(NOON + LEASE) == while_held
    assert isinstance(KeptFindings(findings).hold(now=NOON), Lease)


class LaggingIndex:
    """A DynamoDB client whose index shows what was there before."""

    def __init__(self, dynamodb: Any, items: list[dict[str, Any]]) -> None:
        self._dynamodb = dynamodb
        self._items = items

    def get_paginator(self, _: str) -> LaggingIndex:
        """The paginator of `query`."""
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        """One page, as it was."""
        return [{"Items": self._items}]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dynamodb, name)
