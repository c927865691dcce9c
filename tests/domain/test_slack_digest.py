"""The daily digest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.slack_digest import digest_message
from manual_change.domain.slack_look import Look

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_finding(of: str = "sg-1", *, resource_type: str = "AWS::EC2::SecurityGroup", minute: int = 0) -> Finding:
    """A change that no call explains."""
    change = Change(
        Resource("111122223333", "eu-west-1", resource_type, of), "UPDATE", NOON + timedelta(minutes=minute)
    )
    return Finding(decision="silent", verdict="unattributed", reason="no-call-found", explanation="-", change=change)


def texts(findings: list[Finding], language: str = "en") -> list[str]:
    """The text of each block."""
    return [block["text"]["text"] for block in digest_message(findings, look=Look(language=language))["blocks"]]


def test_the_digest_counts() -> None:
    """One number first: is this a quiet day or not?"""
    assert "🔍 Changes that no API call explains: 3" == texts([a_finding(f"sg-{n}") for n in range(3)])[0]


def test_changes_are_counted_by_type_most_frequent_first() -> None:
    """A hundred of one type have one cause."""
    findings = [a_finding("vol-1", resource_type="AWS::EC2::Volume"), a_finding("sg-1"), a_finding("sg-2")]

    assert "EC2 SecurityGroup: *2*\nEC2 Volume: *1*" == texts(findings)[2]


def test_the_latest_are_listed_first() -> None:
    """Each with its timeline."""
    first, second = texts([a_finding("sg-1", minute=1), a_finding("sg-2", minute=2)])[3].splitlines()

    assert first.startswith("• EC2 SecurityGroup `sg-2` was changed, `111122223333 eu-west-1`, <!date^")
    assert first.endswith("|AWS Config timeline>")
    assert "`sg-1`" in second


def test_what_is_not_listed_is_counted() -> None:
    """Lines and count make up the whole."""
    lines = texts([a_finding(f"sg-{n}", minute=n) for n in range(500)])[3].splitlines()

    assert f"and {500 - (len(lines) - 1)} more" == lines[-1]


def test_types_that_are_not_listed_are_counted() -> None:
    """The counts add up."""
    findings = [a_finding("id", resource_type=f"AWS::EC2::Type{n}") for n in range(40)]

    assert "and 25 more" == texts(findings)[2].splitlines()[-1]


def test_the_digest_is_japanese_where_that_is_wanted() -> None:
    """The same table of fixed text."""
    assert "🔍 該当する API 呼び出しのない変更: 1 件" == texts([a_finding()], "ja")[0]


def test_a_digest_of_nothing_is_an_error() -> None:
    """The handler does not post when there is nothing to tell."""
    with pytest.raises(ValueError, match="no changes"):
        digest_message([])
