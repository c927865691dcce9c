"""A change's diff the way people read it.

AWS Config reports a changed list element as a DELETE of `IpPermissions.0` and a CREATE of `IpPermissions.1`, each with
the whole element. Here the two become one difference again, narrowed to what differs; members that are empty or say
the same thing twice (`ipRanges` and `ipv4Ranges`) are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from manual_change.domain.change import PropertyChange

_ROOTS: Final = ("Configuration", "SupplementaryConfiguration", "Tags", "Relationships")
"""What people look for first stands first."""

_NAMING: Final = ("key", "name", "id", "arn", "sid")
"""How the names of members end that tell one list element from another."""

_DEEPEST: Final = 30
"""Levels of nesting that are looked into."""
_MOST_ELEMENTS: Final = 300
"""Of a list, to be compared one with another; longer lists are shown as they are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what changed. None before: it was added; None after: it was removed."""

    path: str
    """Where, without list positions: `IpPermissions (tcp, 22).ipRanges`."""
    before: Any
    after: Any


def differences(properties: Iterable[PropertyChange]) -> tuple[Difference, ...]:
    """What changed, most telling first: configuration, then tags, then relationships."""
    ordered = sorted(properties, key=lambda changed: _rank(changed.path))
    found: list[Difference] = []
    for (path, in_list), group in groupby(ordered, key=lambda changed: _list_of(changed.path)):
        entries = list(group)
        if in_list:
            found += _list_differences(_readable(path), entries)
        else:
            for changed in entries:
                found += _narrowed(_readable(path), changed.before, changed.after)
    return tuple(found)


def show(value: Any) -> str:
    """A value as one line: `{fromPort: 22, ipProtocol: tcp, ipRanges: [0.0.0.0/0]}`, without what says nothing."""
    return _shown(_telling(_filled(value)))


def _rank(path: str) -> int:
    root = path.split(".", 1)[0]
    return _ROOTS.index(root) if root in _ROOTS else len(_ROOTS)


def _list_of(path: str) -> tuple[str, bool]:
    """The path of the list that the last segment is a position in; the path itself where it is none."""
    parent, _, last = path.rpartition(".")
    return (parent, True) if parent and last.isdecimal() else (path, False)


def _readable(path: str) -> str:
    root, _, rest = path.partition(".")
    return rest if root in ("Configuration", "SupplementaryConfiguration") and rest else path


def _list_differences(path: str, entries: Sequence[PropertyChange]) -> Iterator[Difference]:
    """Elements that were removed and added, paired where they are likely the same element."""
    removed = [changed.before for changed in entries if changed.after is None]
    added = [changed.after for changed in entries if changed.before is None]
    for before, after in _pairs(removed, added):
        yield from _narrowed(path, before, after)
    for changed in entries:
        if changed.before is not None and changed.after is not None:
            yield from _narrowed(path, changed.before, changed.after)


def _pairs(removed: list[Any], added: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each removed element beside the added one that is most like it; None beside what has no counterpart."""
    if len(removed) + len(added) > _MOST_ELEMENTS:
        yield from ((before, None) for before in removed)
        yield from ((None, after) for after in added)
        return
    left = list(added)
    alone = len(removed) == len(added) == 1
    for before in removed:
        likeness = [_likeness(before, after) for after in left]
        best = max(range(len(left)), key=likeness.__getitem__, default=None)
        if best is not None and (likeness[best] > 0 or (alone and likeness[best] == 0)):
            yield before, left.pop(best)
        else:
            yield before, None
    for after in left:
        yield None, after


def _likeness(before: Any, after: Any) -> int:
    """How many members the elements have in common; -1 for elements that are named differently."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping)):
        return 0
    shared = [key for key in before if key in after and _plain(before[key]) and _plain(after[key])]
    if any(str(key).lower().endswith(_NAMING) and before[key] != after[key] for key in shared):
        return -1
    return sum(before[key] == after[key] for key in shared)


def _narrowed(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """The members that differ, where both sides are objects; else the two values."""
    before, after = _filled(before), _filled(after)
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        where = path + _identity(before, after)
        members = [
            difference
            for key in sorted(before.keys() | after.keys(), key=str)
            for difference in _narrowed(f"{where}.{key}", before.get(key), after.get(key))
        ]
        yield from _said_once(members)
    elif isinstance(before, list) and isinstance(after, list) and len(before) + len(after) <= _MOST_ELEMENTS:
        removed = [entry for entry in before if entry not in after]
        added = [entry for entry in after if entry not in before]
        if removed or added:
            yield Difference(path, _single(removed), _single(added))
        else:  # the same elements in another order or number
            yield Difference(path, before, after)
    else:
        yield Difference(path, before, after)


def _said_once(members: Sequence[Difference]) -> Iterator[Difference]:
    """Of members that went from the same values to the same values, plain ones and the shortest structure.

    Plain members all stay: `fromPort` and `toPort` may well change alike.
    """
    shortest: dict[tuple[tuple[str, ...], tuple[str, ...]], Difference] = {}
    for member in members:
        said = (tuple(_leaves(member.before)), tuple(_leaves(member.after)))
        if said not in shortest or _written(member) < _written(shortest[said]):
            shortest[said] = member
    told = {difference.path for difference in shortest.values()}
    for member in members:
        if not _structured(member) or member.path in told:
            yield member


def _written(difference: Difference) -> int:
    return len(show(difference.before)) + len(show(difference.after))


def _structured(difference: Difference) -> bool:
    return any(isinstance(side, Mapping | list) for side in (difference.before, difference.after))


def _identity(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What both sides say alike, to tell which element it is: ` (22, tcp)`."""
    same = [
        str(before[key])
        for key in before
        if _plain(before[key]) and before[key] == after.get(key) and len(str(before[key])) <= 40
    ]
    return f" ({', '.join(list(dict.fromkeys(same))[:3])})" if same else ""


def _single(entries: list[Any]) -> Any:
    if not entries:
        return None
    return entries[0] if len(entries) == 1 else entries


def _filled(value: Any, depth: int = 0) -> Any:
    """The value without members that are empty."""
    if not isinstance(value, Mapping | list):
        return value
    if depth == _DEEPEST:
        return "…"
    if isinstance(value, list):
        return [_filled(entry, depth + 1) for entry in value]
    kept = {str(key): _filled(member, depth + 1) for key, member in value.items() if member not in (None, "", [], {})}
    return kept or dict.fromkeys(value)


def _telling(value: Any) -> Any:
    """The value without members that say in a longer form what another one says."""
    if isinstance(value, list):
        return [_telling(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    shortest: dict[tuple[str, ...], str] = {}
    for key, member in value.items():
        if not _plain(member):
            leaves = tuple(_leaves(member))
            if leaves not in shortest or len(_shown(member)) < len(_shown(value[shortest[leaves]])):
                shortest[leaves] = key
    told = set(shortest.values())
    return {key: _telling(member) for key, member in value.items() if _plain(member) or key in told}


def _leaves(value: Any) -> Iterator[str]:
    match value:
        case Mapping():
            for member in value.values():
                yield from _leaves(member)
        case list():
            for entry in value:
                yield from _leaves(entry)
        case None | "":
            return
        case _:
            yield str(value)


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) and value != ""


def _shown(value: Any) -> str:
    match value:
        case Mapping():
            return "{" + ", ".join(f"{key}: {_shown(member)}" for key, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(_shown(entry) for entry in value) + "]"
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)
