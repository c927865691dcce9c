"""Which findings share a message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from manual_change.domain.actor import Actor
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.grouping import groups

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_finding(
    of: str,
    *,
    by: str | None = "alice",
    after: timedelta = timedelta(0),
    account: str = "111122223333",
    kind: str = "person",
) -> Finding:
    """A change, by default alice's; `by` None: nobody is known."""
    actor = Actor(kind=kind, name=by, principal=f"arn:{by}", via="console", source_ip=None, mfa=True) if by else None
    return Finding(
        decision="notify",
        verdict="manual" if by else "unattributed",
        reason="-",
        explanation="-",
        change=Change(Resource(account, "eu-west-1", "AWS::S3::Bucket", of), "UPDATE", NOON + after),
        actor=actor,
    )


def grouped(*findings: Finding) -> list[list[str]]:
    """The resources of each group."""
    return [[finding.change.resource.id for finding in group if finding.change] for group in groups(findings)]


def test_a_session_shares_a_message_in_order() -> None:
    """The earliest first."""
    assert [["a", "b"]] == grouped(a_finding("b", after=timedelta(minutes=1)), a_finding("a"))


def test_nobody_is_no_session() -> None:
    """What nobody is known for has nothing in common."""
    assert 2 == len(grouped(a_finding("a", by=None), a_finding("b", by=None)))


def test_another_account_is_another_session() -> None:
    """The same role session name in two accounts."""
    assert 2 == len(grouped(a_finding("a"), a_finding("b", account="444455556666")))


def test_hours_apart_is_not_together() -> None:
    """Delivered together after Slack was out of reach for a night."""
    assert [["a"], ["b"]] == grouped(a_finding("a"), a_finding("b", after=timedelta(hours=2)))


def test_the_worst_stands_first() -> None:
    """Within a group and among groups."""
    told = grouped(a_finding("a"), a_finding("b", by="root", kind="root", after=timedelta(seconds=9)))

    assert [["b"], ["a"]] == told


def test_a_storm_is_one_group() -> None:
    """Five messages are read, a hundred are not."""
    assert 5 == len(grouped(*(a_finding("a", by=f"person-{number}") for number in range(5))))
    assert 1 == len(grouped(*(a_finding("a", by=f"person-{number}") for number in range(100))))


def test_of_nothing_there_are_no_groups() -> None:
    """A batch that held only what is no news."""
    assert () == groups([])
