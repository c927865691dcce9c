"""When people were last told about a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.sessions import NotYet, Sessions, Turn

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GATHER = timedelta(minutes=1)


@pytest.fixture
def sessions(aws: Callable[[str], Any], table: str) -> Sessions:
    """Nobody has been told anything."""
    return Sessions(aws("dynamodb"), table, gather=GATHER)


def a_turn(sessions: Sessions, *calls: str, now: datetime = NOON, at_once: bool = False) -> Turn:
    """A turn that was granted."""
    turn = sessions.turn("alice", calls or ("call-1",), now=now, at_once=at_once)
    assert isinstance(turn, Turn)
    return turn


def test_a_sessions_first_message_is_posted_at_once(sessions: Sessions) -> None:
    """Nothing was told before it."""
    assert frozenset() == a_turn(sessions).told_calls


def test_the_next_one_waits_until_the_first_is_old_enough(sessions: Sessions) -> None:
    """And learns until when."""
    a_turn(sessions)

    soon = sessions.turn("alice", ["call-2"], now=NOON + timedelta(seconds=1), at_once=False)

    assert NotYet(NOON + GATHER) == soon
    assert frozenset({"call-1"}) == a_turn(sessions, "call-2", now=NOON + GATHER).told_calls


def test_what_is_urgent_waits_for_nothing(sessions: Sessions) -> None:
    """It counts as the session's last message all the same."""
    a_turn(sessions)

    assert frozenset({"call-1"}) == a_turn(sessions, "call-2", at_once=True).told_calls


def test_sessions_do_not_wait_for_each_other(sessions: Sessions) -> None:
    """Bob is told about while Alice works."""
    a_turn(sessions)

    assert isinstance(sessions.turn("bob", ["call-2"], now=NOON, at_once=False), Turn)


def test_a_turn_that_was_given_back_was_none(sessions: Sessions) -> None:
    """Slack did not take the message."""
    sessions.give_back(a_turn(sessions))

    assert frozenset() == a_turn(sessions).told_calls - {"-"}


def test_a_turn_that_somebody_else_took_since_stays_theirs(sessions: Sessions) -> None:
    """The later message was posted."""
    early = a_turn(sessions)
    a_turn(sessions, "call-2", now=NOON + GATHER)
    sessions.give_back(early)

    assert NotYet(NOON + 2 * GATHER) == sessions.turn("alice", ["call-3"], now=NOON + GATHER, at_once=False)


def test_any_event_id_is_remembered(sessions: Sessions) -> None:
    """Also one that no encoding takes; nothing raises."""
    a_turn(sessions, "\ud800")
