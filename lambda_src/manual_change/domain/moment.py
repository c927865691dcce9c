"""Instants as AWS writes them: text with `Z`, an offset, or seconds or milliseconds since 1970; always UTC in here."""

from __future__ import annotations

from datetime import UTC, datetime

_MILLISECONDS_BEGIN = 100_000_000_000
"""Numbers from here on are milliseconds: as seconds this would be the year 5138."""


def parse_moment(value: object) -> datetime | None:
    """The instant that `value` spells, in UTC; None where it spells none."""
    match value:
        case datetime():
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        case str() if value:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                return None
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        case bool():
            return None
        case int() | float():
            try:
                return datetime.fromtimestamp(value / 1000 if abs(value) >= _MILLISECONDS_BEGIN else value, UTC)
            except (ValueError, OverflowError, OSError):
                return None
        case _:
            return None


def format_moment(moment: datetime) -> str:
    """`2026-11-22T12:34:56.789Z`; without the fraction where there is none."""
    utc = moment.astimezone(UTC)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds").replace("+00:00", "Z")
