"""A change's diff the way people read it.

AWS Config reports a changed list element as a DELETE of `IpPermissions.0` and a CREATE of `IpPermissions.1`, each with
the whole element. Here the two become one difference again, narrowed to what differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from manual_change.domain.change import PropertyChange
from manual_change.domain.value_display import filled, is_plain, repeats

_ROOTS: Final = ("Configuration", "SupplementaryConfiguration", "Tags", "Relationships")
"""What people look for first stands first."""

_NAMING: Final = ("key", "name", "id", "arn", "sid")
"""How the names of members end that tell one list element from another."""

_LONGEST_IDENTITY: Final = 40
"""Characters of a value that says which element it is."""

_MOST_ELEMENTS: Final = 300
"""Of two lists together, to be compared one with another; longer lists are shown as they are."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of what changed. None before: it was added; None after: it was removed. At least one is not None."""

    path: str
    """Where, without list positions: `IpPermissions (22, tcp).ipRanges`."""
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


def _pairs(removed: Sequence[Any], added: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Each removed element beside the added one that is most like it; None beside what has no counterpart."""
    left = list(added)
    alone = len(removed) == len(added) == 1
    comparable = len(removed) + len(added) <= _MOST_ELEMENTS
    for before in removed:
        likeness = [_likeness(before, after) for after in left] if comparable else []
        best = max(range(len(likeness)), key=likeness.__getitem__, default=None)
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
    shared = [key for key in before if key in after and is_plain(before[key]) and is_plain(after[key])]
    if any(key.lower().endswith(_NAMING) and before[key] != after[key] for key in shared):
        return -1
    return sum(before[key] == after[key] for key in shared)


def _narrowed(path: str, before: Any, after: Any) -> Iterator[Difference]:
    """The members or elements that differ, where both sides are objects or lists; else the two values."""
    before, after = (None if side == "" else filled(side) for side in (before, after))
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        where = path + _identity(before, after)
        for key in sorted(before.keys() | after.keys()):
            if not repeats(key, before, after):
                yield from _narrowed(f"{where}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _narrowed_lists(path, before, after)
    else:
        yield Difference(path, before, after)


def _narrowed_lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    if len(before) + len(after) > _MOST_ELEMENTS:
        yield Difference(path, before, after)
        return
    removed = [entry for entry in before if entry not in after]
    added = [entry for entry in after if entry not in before]
    if any(isinstance(entry, Mapping) for entry in removed) and any(isinstance(entry, Mapping) for entry in added):
        for pair in _pairs(removed, added):
            yield from _narrowed(path, *pair)
    elif removed or added:
        yield Difference(path, _single(removed), _single(added))
    else:  # the same elements in another order or number
        yield Difference(path, before, after)


def _identity(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What both sides say alike, to tell which element it is: ` (eni-1)`, or ` (22, tcp)` where nothing names it."""
    same = {
        key: str(before[key])
        for key in before
        if is_plain(before[key]) and before[key] == after.get(key) and len(str(before[key])) <= _LONGEST_IDENTITY
    }
    named = [value for key, value in same.items() if key.lower().endswith(_NAMING)]
    said = named[:1] or list(dict.fromkeys(same.values()))[:3]
    return f" ({', '.join(said)})" if said else ""


def _single(entries: list[Any]) -> Any:
    if not entries:
        return None
    return entries[0] if len(entries) == 1 else entries
