"""What was found, and what people have been told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.findings_table import Claim, FindingsTable, Held
from manual_change.adapters.kept_findings import KeptFindings
from manual_change.domain.change import Unreadable
from manual_change.domain.finding import Finding

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)

AFinding = Callable[..., Finding]


@pytest.fixture
def findings(aws: Callable[[str], Any], table: str) -> FindingsTable:
    """An empty table of findings."""
    return FindingsTable(aws("dynamodb"), table, retention=timedelta(days=365), lease=LEASE)


@pytest.fixture
def items(aws: Callable[[str], Any], table: str) -> Callable[[], list[dict[str, Any]]]:
    """Everything in the table."""
    return lambda: list(aws("dynamodb").scan(TableName=table)["Items"])


def claimed(findings: FindingsTable, finding: Finding, *, now: datetime = NOON) -> Claim:
    """The claim of a finding that nobody holds."""
    claim = findings.claim(finding, now=now)
    assert isinstance(claim, Claim)
    return claim


def test_a_finding_is_claimed_as_it_was_recorded(findings: FindingsTable, a_finding: AFinding) -> None:
    """What is posted is what the table says."""
    finding = a_finding()
    findings.record(finding, now=NOON)

    assert finding == claimed(findings, finding).finding


def test_a_finding_that_is_being_posted_is_held(findings: FindingsTable, a_finding: AFinding) -> None:
    """Another invocation learns until when."""
    findings.record(a_finding(), now=NOON)
    claimed(findings, a_finding())

    assert Held(NOON + LEASE) == findings.claim(a_finding(), now=NOON + timedelta(seconds=1))


def test_a_lease_ends(findings: FindingsTable, a_finding: AFinding) -> None:
    """An invocation that died while it was posting does not keep the finding for ever."""
    findings.record(a_finding(), now=NOON)
    claimed(findings, a_finding())

    assert isinstance(findings.claim(a_finding(), now=NOON + LEASE), Claim)


def test_what_was_sent_is_never_claimed_again(findings: FindingsTable, a_finding: AFinding) -> None:
    """However often its message is delivered."""
    findings.record(a_finding(), now=NOON)
    findings.mark_sent(claimed(findings, a_finding()), now=NOON)
    findings.record(a_finding(), now=NOON + timedelta(hours=1))

    assert findings.claim(a_finding(), now=NOON + timedelta(hours=1)) is None


def test_a_released_finding_may_be_claimed_at_once(findings: FindingsTable, a_finding: AFinding) -> None:
    """Slack was out of reach; the next delivery need not wait for the lease."""
    findings.record(a_finding(), now=NOON)
    findings.release(claimed(findings, a_finding()).lease)

    assert isinstance(findings.claim(a_finding(), now=NOON), Claim)


def test_a_claim_that_was_lost_marks_nothing(findings: FindingsTable, a_finding: AFinding) -> None:
    """Whoever took over after the lease had ended decides."""
    findings.record(a_finding(), now=NOON)
    late = claimed(findings, a_finding())
    claimed(findings, a_finding(), now=NOON + LEASE)

    assert not findings.mark_sent(late, now=NOON + LEASE)
    assert Held(NOON + LEASE + LEASE) == findings.claim(a_finding(), now=NOON + LEASE)


def test_a_finding_that_names_somebody_replaces_one_that_names_nobody(
    findings: FindingsTable, a_finding: AFinding
) -> None:
    """The same change judged again, after CloudTrail had caught up."""
    findings.record(a_finding(verdict="unattributed", decision="silent"), now=NOON)
    findings.record(a_finding(), now=NOON)

    assert "manual" == claimed(findings, a_finding()).finding.verdict
    assert [] == KeptFindings(findings).untold(most=10)


def test_a_finding_that_names_nobody_replaces_none(findings: FindingsTable, a_finding: AFinding) -> None:
    """Neither before the other was posted nor after."""
    findings.record(a_finding(), now=NOON)
    findings.record(a_finding(verdict="unattributed"), now=NOON)

    assert "manual" == claimed(findings, a_finding()).finding.verdict


def test_a_finding_too_large_for_an_item_is_shortened(
    findings: FindingsTable, items: Callable[[], list[dict[str, Any]]], a_finding: AFinding
) -> None:
    """An item holds 400 KB; the finding is kept, and says how much was left out."""
    findings.record(a_finding(after="x" * 1_000_000), now=NOON)

    [item] = items()
    assert len(item["finding"]["S"]) < 400_000
    assert "more characters" in item["finding"]["S"]


def test_findings_expire_after_their_retention(
    findings: FindingsTable, items: Callable[[], list[dict[str, Any]]], a_finding: AFinding
) -> None:
    """Time to live, in epoch seconds."""
    findings.record(a_finding(), now=NOON)

    [item] = items()
    assert str(int((NOON + timedelta(days=365)).timestamp())) == item["expires_at"]["N"]


def test_an_item_of_another_version_is_named(
    aws: Callable[[str], Any], table: str, findings: FindingsTable, a_finding: AFinding
) -> None:
    """An older function meets what a newer one wrote."""
    findings.record(a_finding(), now=NOON)
    aws("dynamodb").update_item(
        TableName=table,
        Key={"id": {"S": f"finding#{a_finding().id}"}},
        UpdateExpression="SET finding = :finding",
        ExpressionAttributeValues={":finding": {"S": '{"version": 9}'}},
    )

    with pytest.raises(Unreadable, match=r"item finding#[0-9a-f]+ of the findings table: .* version 9"):
        findings.claim(a_finding(), now=NOON)


def test_a_mark_is_tried_again_while_the_table_is_throttled(
    aws: Callable[[str], Any], table: str, a_finding: AFinding
) -> None:
    """People have read the message: what is not written down now is told twice."""
    throttled = Throttled(aws("dynamodb"))
    pauses: list[float] = []
    findings = FindingsTable(
        throttled,  # type: ignore[arg-type]
        table,
        retention=timedelta(days=365),
        lease=LEASE,
        sleep=pauses.append,
    )
    findings.record(a_finding(), now=NOON)
    claim = claimed(findings, a_finding())
    throttled.refusals = 3

    assert findings.mark_sent(claim, now=NOON)
    assert [0.1, 0.2, 0.4] == pauses


class Throttled:
    """A DynamoDB client that refuses the next updates."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb
        self.refusals = 0

    def update_item(self, **request: Any) -> Any:
        """One update, or too many."""
        if self.refusals:
            self.refusals -= 1
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "-"}}, "UpdateItem")
        return self._dynamodb.update_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dynamodb, name)
