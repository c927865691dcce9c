"""Which recorded changes nobody made: the questions, in the order in which they are asked (DESIGN, section 5.2).

A change is noise only when *every* changed path is noise. What is noise stands in the tables of `noise_table`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from manual_change.domain.change import CREATE, UPDATE, Change, PropertyChange
from manual_change.domain.noise_table import (
    INVENTORY_TYPES,
    MANAGED_RESOURCES,
    ROLLED_OUT_PROPERTIES,
    VOLATILE_PROPERTIES,
    ManagedResource,
    RolledOutProperty,
    VolatileProperty,
)

RELATIONSHIPS_ONLY: Final = "relationships-only"
NO_PROPERTIES_CHANGED: Final = "no-properties-changed"
VOLATILE_PROPERTY: Final = "volatile-property"
AWS_MANAGED_RESOURCE: Final = "aws-managed-resource"
AWS_ROLLOUT: Final = "aws-rollout"
INVENTORY: Final = "inventory"
DISCOVERED: Final = "discovered"
NO_PREVIOUS_ITEM: Final = "no-previous-item"
RESOURCE_TYPE_EXCLUDED: Final = "resource-type-excluded"

FIRST_SIGHT: Final = timedelta(hours=24)
"""A resource that is seen for the first time longer than this after it was made was discovered, not made."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Why a change is no one's doing."""

    reason: str
    explanation: str


def noise_in(change: Change, *, excluded_resource_types: Sequence[str] = ()) -> Noise | None:
    """Why nobody made this change, or None: somebody may have, and it goes on to attribution."""
    for rule in RULES:
        noise = rule.ask(change, excluded_resource_types)
        if noise is not None:
            return noise
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One question asked of a change; the first that is answered with a noise decides."""

    question: str
    ask: Callable[[Change, Sequence[str]], Noise | None]


def _excluded(change: Change, excluded_resource_types: Sequence[str]) -> Noise | None:
    for pattern in excluded_resource_types:
        if fnmatchcase(change.resource.type, pattern):
            return Noise(RESOURCE_TYPE_EXCLUDED, f"{change.resource.type} is excluded by the setting {pattern!r}")
    return None


def _inventory(change: Change, _: Sequence[str]) -> Noise | None:
    what = INVENTORY_TYPES.get(change.resource.type)
    return Noise(INVENTORY, f"{change.resource.type}: {what}") if what else None


def _no_previous_item(change: Change, _: Sequence[str]) -> Noise | None:
    if change.no_previous_item:
        return Noise(NO_PREVIOUS_ITEM, "an item without an earlier one to compare it to")
    return None


def _aws_managed(change: Change, _: Sequence[str]) -> Noise | None:
    managed = _managed(change)
    return Noise(AWS_MANAGED_RESOURCE, managed.cause) if managed else None


def _discovered(change: Change, _: Sequence[str]) -> Noise | None:
    created_at = change.resource_created_at
    if change.change_type == CREATE and created_at is not None and change.captured_at - created_at > FIRST_SIGHT:
        age = change.captured_at - created_at
        return Noise(DISCOVERED, f"first sight of a resource that was made {age.days} days before")
    return None


def _nothing_changed(change: Change, _: Sequence[str]) -> Noise | None:
    if change.change_type == UPDATE and not change.diff_left_out and not change.properties:
        return Noise(NO_PROPERTIES_CHANGED, "Config recorded the resource again; no property differs")
    return None


def _only_noise_changed(change: Change, _: Sequence[str]) -> Noise | None:
    if change.change_type != UPDATE or change.diff_left_out or not change.properties:
        return None
    return _noise_in_properties(change.resource.type, change.properties)


RULES: Final[tuple[Rule, ...]] = (
    Rule("is the resource type left out by a setting?", _excluded),
    Rule("does the type only report (inventory, compliance)?", _inventory),
    Rule("is it an item without an earlier one to compare it to?", _no_previous_item),
    Rule("does AWS itself make and remove the resource?", _aws_managed),
    Rule("is it the first sight of an old resource?", _discovered),
    Rule("was it recorded again without any difference?", _nothing_changed),
    Rule("did only relationships, volatile properties or attributes that AWS added change?", _only_noise_changed),
)


def _managed(change: Change) -> ManagedResource | None:
    if not isinstance(change.configuration, Mapping):
        return None
    if change.change_type == UPDATE and any(_is_tag(changed.path) for changed in change.properties):
        return None  # a person may tag what AWS manages
    for row in MANAGED_RESOURCES:
        if row.resource_type == change.resource.type:
            value = change.configuration.get(row.key)
            if _spelled(value) in row.values:
                return row
    return None


def _is_tag(path: str) -> bool:
    return any(segment.lower() in ("tags", "tagset", "taglist") for segment in path.split("."))


def _noise_in_properties(resource_type: str, properties: Sequence[PropertyChange]) -> Noise | None:
    volatile, rolled_out = _rows(resource_type)
    causes: list[str] = []
    appeared: list[str] = []
    rest: list[PropertyChange] = []
    for changed in properties:
        path = changed.path.lower()
        if path.startswith("relationships.") or path == "relationships":
            continue
        row = next((row for row in volatile if fnmatchcase(path, row.path.lower()) and not row.ignoring), None)
        if row and _within(changed, row.between):
            causes.append(row.cause)
        elif changed.before is None and any(fnmatchcase(path, added.path.lower()) for added in rolled_out):
            appeared.append(changed.path)
        else:
            rest.append(changed)
    element_causes = _settled_elements(rest, volatile)
    if element_causes is None:
        return None
    causes += element_causes
    if appeared:
        return Noise(AWS_ROLLOUT, f"AWS added {', '.join(appeared)} to resources of this type; nobody touched this one")
    if causes:
        return Noise(VOLATILE_PROPERTY, "; ".join(dict.fromkeys(causes)))
    return Noise(RELATIONSHIPS_ONLY, "only relationships changed: a neighbour changed, not this resource")


def _within(changed: PropertyChange, between: frozenset[str]) -> bool:
    """A change that brings a whole object (`State`: {"code": …}) is compared by the object's own code or name."""
    if not between:
        return True
    allowed = {value.lower() for value in between}
    values = (_state(changed.before), _state(changed.after))
    return all(value in allowed for value in values)


def _state(value: object) -> str:
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("code", "name", "value") if key in value), None)
    return _spelled(value).lower()


def _settled_elements(rest: Sequence[PropertyChange], volatile: Sequence[VolatileProperty]) -> list[str] | None:
    """The causes of list elements that are the same but for keys that settle; None if anything else changed.

    Config writes a changed element as one removed and one added, at positions that mean nothing: they are
    compared as collections.
    """
    causes: list[str] = []
    lists: dict[str, list[PropertyChange]] = {}
    for changed in rest:
        parent, _, position = changed.path.rpartition(".")
        if not position.isdecimal():
            return None
        lists.setdefault(parent, []).append(changed)
    for elements in lists.values():
        path = elements[0].path.lower()
        row = next((row for row in volatile if row.ignoring and fnmatchcase(path, row.path.lower())), None)
        if row is None:
            return None
        before = sorted(_without(each.before, row.ignoring) for each in elements if each.before is not None)
        after = sorted(_without(each.after, row.ignoring) for each in elements if each.after is not None)
        if before != after:
            return None
        causes.append(row.cause)
    return causes


def _without(element: Any, ignoring: Iterable[str]) -> str:
    copy = json.loads(json.dumps(element, default=str))
    for dotted in ignoring:
        *parents, last = dotted.split(".")
        inner = copy
        for parent in parents:
            inner = inner.get(parent) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)
    return json.dumps(copy, sort_keys=True)


def _spelled(value: object) -> str:
    return "true" if value is True else str(value)


@lru_cache(maxsize=1024)
def _rows(resource_type: str) -> tuple[tuple[VolatileProperty, ...], tuple[RolledOutProperty, ...]]:
    return (
        tuple(row for row in VOLATILE_PROPERTIES if fnmatchcase(resource_type, row.resource_type)),
        tuple(row for row in ROLLED_OUT_PROPERTIES if fnmatchcase(resource_type, row.resource_type)),
    )
