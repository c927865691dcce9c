"""Instants as AWS writes them: text with `Z`, an offset, or seconds or milliseconds since 1970; always UTC in here."""

from __future__ import annotations

from datetime import UTC, datetime

_MILLISECONDS_BEGIN = 100_000_000_000
"""Numbers from here on are milliseconds: as seconds this would be the year 5138."""

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
"""Before the one AWS recorded nothing (some services write the year 1 for "never"); from the other on there would be
no room left to count days from."""


def parse_moment(value: object) -> datetime | None:
    """The instant that `value` spells, in UTC; None where it spells none, or none of the years 1970 to 9998."""
    try:
        moment = _moment(value)
        if moment is None:
            return None
        utc = moment if moment.tzinfo is UTC else _in_utc(moment)
    except (ValueError, OverflowError, OSError):
        return None
    return utc if _FIRST <= utc < _LAST else None


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(value: object) -> datetime | None:
    match value:
        case datetime():
            return value
        case str() if value:
            return datetime.fromisoformat(value)
        case bool():
            return None
        case int() | float():
            return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_BEGIN else value, UTC)
        case _:
            return None


def format_moment(moment: datetime) -> str:
    """`2026-11-22T12:34:56.789Z`; without the fraction where there is none."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    spelled = utc.isoformat(timespec="milliseconds") if utc.microsecond else utc.isoformat()
    return spelled.removesuffix("+00:00") + "Z"
