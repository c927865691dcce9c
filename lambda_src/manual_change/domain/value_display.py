"""A value of a configuration the way people read it: on one line, without what says nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

SPELLED_TWICE: Final[Mapping[str, str]] = {"ipv4Ranges": "ipRanges"}
"""TABLE: member -> the shorter one beside it that says the same (recorded items of AWS::EC2::SecurityGroup)."""

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


def repeats(value: Mapping[str, Any], key: str) -> bool:
    """Whether the member says what the one beside it says, in a longer form."""
    twin = SPELLED_TWICE.get(key)
    return twin is not None and list(_leaves(value.get(key))) == list(_leaves(value.get(twin)))


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
            members = [f"{key}: {_shown(member)}" for key, member in value.items() if not repeats(value, key)]
            return "{" + ", ".join(members) + "}"
        case list():
            return "[" + ", ".join(_shown(entry) for entry in value) + "]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
