"""A value of a configuration the way people read it: on one line, without what says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

SPELLED_TWICE: Final = (("ipv4Ranges", "ipRanges"),)
"""TABLE: a member, and the shorter one beside it that says the same, or less (recorded items of
AWS::EC2::SecurityGroup: `ipv4Ranges` may have descriptions)."""

DEEPEST: Final = 30
"""Levels of nesting that are looked into."""


def show(value: Any) -> str:
    """`{fromPort: 22, ipProtocol: tcp, ipRanges: [0.0.0.0/0]}`: fewer quotes than JSON, no empty members."""
    return _shown(filled(value))


def filled(value: Any, depth: int = 0) -> Any:
    """The value without members that are empty. An object that has no others stays, with null for each."""
    if not isinstance(value, Mapping | list):
        return value
    if depth == DEEPEST:
        return "…"
    if isinstance(value, list):
        return [filled(entry, depth + 1) for entry in value]
    kept = {str(key): filled(member, depth + 1) for key, member in value.items() if member not in (None, "", [], {})}
    return kept or dict.fromkeys(value)


def repeats(key: str, *sides: Mapping[str, Any]) -> bool:
    """Whether the member says nothing, on any of the sides, that the one beside it does not say.

    Of two that say the same the longer one repeats; else the one that says less.
    """
    for longer, shorter in SPELLED_TWICE:
        said = [(list(_leaves(side.get(longer))), list(_leaves(side.get(shorter)))) for side in sides]
        same = all(long == short for long, short in said)
        if key == longer:
            return same
        if key == shorter:
            return not same and all(set(short) <= set(long) for long, short in said)
    return False


def is_plain(value: Any) -> bool:
    """Whether it is a text, a number or a boolean."""
    return isinstance(value, str | int | float | bool)


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for member in value.values():
                yield from _leaves(member)
        case list():
            for entry in value:
                yield from _leaves(entry)
        case None:
            return
        case _:
            yield str(value)


def _shown(value: Any) -> str:
    match value:
        case Mapping():
            members = [f"{key}: {_shown(member)}" for key, member in value.items() if not repeats(key, value)]
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(_shown(entry) for entry in value) + "]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
