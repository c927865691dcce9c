"""Where a call says what it is about: every value in the parts of its record that name resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

_SECTIONS: Final = ("requestParameters", "responseElements", "resources")
_DEEPEST: Final = 40
"""Nothing that AWS nests deeper names a resource."""

_OPAQUE_KEYS: Final = frozenset(
    {"tags", "tagset", "taglist", "tagspecificationset", "tagkeys", "description", "status"}
)
"""Keys below which people write what they like, or a state stands: nothing plain is an identifier there."""


class Mention(NamedTuple):
    """One value of a record: where it stands and what it is."""

    section: str
    """`requestParameters`, `responseElements` or `resources`."""
    path: str
    """Dotted, list positions left out: `instancesSet.items.instanceId`."""
    key: str
    """The last key, in lower case."""
    value: str
    opaque: bool
    """Whether it stands among tags, or in a description or a status."""


def mentions(record: Mapping[str, Any]) -> list[Mention]:
    """Every string value in the parts of a record that say what the call was about."""
    found: list[Mention] = []
    for section in _SECTIONS:
        # a stack, not recursion: a record made to be deep must not exhaust the interpreter's
        left: list[tuple[Any, str, str, bool, int]] = [(record.get(section), "", "", False, 0)]
        while left:
            value, path, key, opaque, depth = left.pop()
            if isinstance(value, str):
                if value:
                    found.append(Mention(section, path, key, value, opaque))
            elif depth >= _DEEPEST:
                continue
            elif isinstance(value, list):
                left.extend((inner, path, key, opaque, depth + 1) for inner in value)
            elif isinstance(value, dict):
                for name, inner in value.items():
                    lowered = name.lower()
                    inner_path = f"{path}.{name}" if path else name
                    left.append((inner, inner_path, lowered, opaque or lowered in _OPAQUE_KEYS, depth + 1))
    return found


def texts_in(record: Mapping[str, Any]) -> list[str]:
    """The values of `mentions`, without where they stand: the quick look that spares most calls the long one."""
    found: list[str] = []
    for section in _SECTIONS:
        left: list[Any] = [record.get(section)]
        while left:
            value = left.pop()
            if isinstance(value, str):
                found.append(value)
            elif isinstance(value, dict):
                left.extend(value.values())
            elif isinstance(value, list):
                left.extend(value)
    return found
