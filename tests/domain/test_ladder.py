"""The ladder of looks: when CloudTrail is asked again, and which answers stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from manual_change.domain.attribution import ALREADY_REPORTED, BY_MENTION, BY_SUBJECT, Attribution
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import AUTOMATED, MANUAL, UNATTRIBUTED, Finding
from manual_change.domain.ladder import Ladder

LADDER = Ladder([timedelta(minutes=each) for each in (3, 6, 11, 21)], settled_after=timedelta(minutes=11))
SETTLED, LAST = 2, 3


def a_finding(verdict: str, reason: str = "-") -> Finding:
    """With a verdict, and nothing else that the ladder looks at."""
    return Finding(decision="notify", verdict=verdict, reason=reason, explanation="-")


@pytest.mark.parametrize(
    ("finding", "how", "from_look"),
    [
        (a_finding(MANUAL), BY_SUBJECT, 0),
        (a_finding(MANUAL), BY_MENTION, SETTLED),
        (a_finding(MANUAL, ALREADY_REPORTED), BY_SUBJECT, SETTLED),
        (a_finding(AUTOMATED), BY_SUBJECT, SETTLED),
        (a_finding(UNATTRIBUTED), None, LAST),
    ],
)
def test_an_answer_stands_from_a_look_on(finding: Finding, how: str | None, from_look: int) -> None:
    """What a later look could change waits for it; a person's call on the resource itself does not."""
    resource = Resource("111122223333", "eu-west-1", "AWS::EC2::Volume", "vol-1")
    change = Change(resource, "UPDATE", datetime(2026, 11, 22, tzinfo=UTC))
    attribution = Attribution(change=change, calls=(), how=how) if how else None

    stands = [LADDER.stands(finding, attribution, look) for look in range(4)]
    assert [False] * from_look + [True] * (4 - from_look) == stands


def test_looks_are_as_far_apart_as_the_ladder_says() -> None:
    """Counted from capture, so that a wait is a difference."""
    assert [3, 5, 10] == [LADDER.wait(look) / timedelta(minutes=1) for look in range(3)]


def test_a_ladder_that_was_made_shorter_ends_at_its_new_end() -> None:
    """A change that set out on the longer one is not lost beyond it."""
    assert [0, LAST, LAST] == [LADDER.rung(look) for look in (0, LAST, 7)]


def test_the_last_look_settles_it_whenever_it_is() -> None:
    """Nobody asks again: an answer that never stood would go round for ever."""
    short = Ladder([timedelta(minutes=1)], settled_after=timedelta(minutes=11))

    assert short.is_settled(0)
    assert short.stands(a_finding(UNATTRIBUTED), None, 0)
