"""Instants, in every spelling that reaches the domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.moment import format_moment, parse_moment

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("spelled", "moment"),
    [
        ("2026-11-22T12:00:00Z", NOON),
        ("2026-11-22T12:00:00.250Z", NOON + timedelta(milliseconds=250)),
        ("2026-11-22T13:00:00+01:00", NOON),
        ("2026-11-22T12:00:00", NOON),
        (1795348800, NOON),
        (1795348800.25, NOON + timedelta(milliseconds=250)),
        (1795348800250, NOON + timedelta(milliseconds=250)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, tzinfo=UTC)),
        (100_000_000_000, datetime(1973, 3, 3, 9, 46, 40, tzinfo=UTC)),
        (datetime(2026, 11, 22, 13, 0, tzinfo=timezone(timedelta(hours=1))), NOON),
    ],
)
def test_every_spelling_of_an_instant_is_read_as_utc(spelled: object, moment: datetime) -> None:
    """AWS writes text with `Z`, text with an offset, and numbers of seconds or milliseconds since 1970."""
    assert moment == parse_moment(spelled)


@pytest.mark.parametrize("nothing", [None, "", "yesterday", True, [], {}, "2026-02-30T00:00:00Z", float("nan"), 1e300])
def test_what_spells_no_instant_is_none(nothing: object) -> None:
    """Nothing is guessed: `true` is not second 1."""
    assert parse_moment(nothing) is None


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_an_instant_at_the_end_of_the_calendar_is_none(edge: str) -> None:
    """Some services write the year 1 for "never"; counting days from it would leave the calendar."""
    assert parse_moment(edge) is None


@pytest.mark.parametrize(
    ("spelled", "read"),
    [
        ("1969-12-31T23:59:59Z", False),
        ("1970-01-01T00:00:00Z", True),
        ("9998-12-31T23:59:59Z", True),
        ("9999-01-01T00:00:00Z", False),
    ],
)
def test_instants_of_the_years_1970_to_9998_are_read(spelled: str, read: bool) -> None:
    """There is room to count days from each of them."""
    assert read is (parse_moment(spelled) is not None)


@pytest.mark.parametrize(
    ("moment", "spelled"),
    [
        (NOON, "2026-11-22T12:00:00Z"),
        (NOON + timedelta(milliseconds=7), "2026-11-22T12:00:00.007Z"),
        (NOON.astimezone(timezone(timedelta(hours=9))), "2026-11-22T12:00:00Z"),
    ],
)
def test_instants_are_written_in_utc_with_z(moment: datetime, spelled: str) -> None:
    """The fraction is left out where there is none (DESIGN, section 6: times are UTC with Z)."""
    assert spelled == format_moment(moment)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(9998, 12, 30), timezones=st.timezones()))  # noqa: DTZ001
def test_what_is_written_is_read_back(moment: datetime) -> None:
    """To the millisecond, which is what AWS Config records."""
    read = parse_moment(format_moment(moment))

    assert read is not None
    assert timedelta(0) <= moment - read < timedelta(milliseconds=1)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes(timezones=st.none() | st.timezones())))
def test_no_value_is_an_error(value: object) -> None:
    """Any JSON value, and any datetime, is an instant in UTC or None."""
    read = parse_moment(value)

    assert read is None or read.utcoffset() == timedelta(0)
