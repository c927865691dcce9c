"""Findings and changes cut to a size that a queue or a table takes, saying what was left out.

Config's own messages hold up to 256 KB, a diff rebuilt from the history more; an SQS message and a DynamoDB item hold
a limited number of bytes. What does not fit is cut where it hurts least: long values first, then the number of entries.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from manual_change.domain.change import Change, PropertyChange
from manual_change.domain.finding import Finding

LEFT_OUT: Final = "…"
"""The path of the property that says how many properties were left out."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """One step of the shortening: what may stay."""

    value: int
    """Characters of one value before or after."""
    entries: int
    """Properties, relations, tags, calls, pieces of evidence: of each."""


_CUTS: Final = (
    _Cut(20_000, 2_000),
    _Cut(4_000, 500),
    _Cut(1_000, 200),
    _Cut(300, 50),
    _Cut(100, 10),
    _Cut(40, 1),
)


def compact_json(document: object) -> str:
    """JSON without blanks, in ASCII alone: as many bytes as characters, and all of them allowed in an SQS message."""
    return json.dumps(document, separators=(",", ":"))


def shorten_change(change: Change, *, max_bytes: int) -> Change:
    """The change itself where its message fits into `max_bytes`, else the longest cut of it that does."""
    shortened = change
    for cut in _CUTS:
        if len(compact_json(shortened.to_message())) <= max_bytes:
            break
        shortened = _cut_change(change, cut)
    return shortened


def shorten_finding(finding: Finding, *, max_bytes: int) -> Finding:
    """The finding itself where its message fits into `max_bytes`, else the longest cut of it that does.

    The decision, the verdict, who acted and the leading call always stay.
    """
    shortened = finding
    for cut in _CUTS:
        if len(compact_json(shortened.to_message())) <= max_bytes:
            break
        shortened = replace(
            finding,
            explanation=shorten_text(finding.explanation, 10 * cut.value),
            change=_cut_change(finding.change, cut) if finding.change else None,
            calls=finding.calls[: cut.entries],
            evidence=_cut_evidence(finding, cut),
        )
    return shortened


def shorten_text(text: str, limit: int) -> str:
    """The text itself, or its first `limit` characters and how many more there were."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit:,} more characters)"


def beginning_in_json(text: str, max_bytes: int) -> str:
    """The longest beginning of a text, in whole characters, that takes at most so many bytes inside `compact_json`.

    A character takes up to twelve there: U+1F600 is written as two escapes.
    """

    def in_json(length: int) -> int:
        return len(compact_json(text[:length])) - len('""')

    return text[: bisect_right(range(1, len(text) + 1), max_bytes, key=in_json)]


def _cut_change(change: Change, cut: _Cut) -> Change:
    properties = tuple(
        PropertyChange(
            shorten_text(changed.path, 10 * cut.value),
            _cut_value(changed.before, cut.value),
            _cut_value(changed.after, cut.value),
        )
        for changed in change.properties[: cut.entries]
    )
    left_out = len(change.properties) - len(properties)
    if left_out:
        properties += (PropertyChange(LEFT_OUT, None, f"{left_out:,} more changed properties were left out"),)
    tags = sorted(change.tags.items())[: cut.entries]
    return replace(change, properties=properties, relations=change.relations[: cut.entries], tags=dict(tags))


def _cut_value(value: Any, limit: int) -> Any:
    """A value that is too long becomes text: the beginning of its JSON, and how much more there was."""
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(text) <= limit else shorten_text(text, limit)


def _cut_evidence(finding: Finding, cut: _Cut) -> tuple[str, ...]:
    kept: Sequence[str] = [shorten_text(piece, 10 * cut.value) for piece in finding.evidence[: cut.entries]]
    calls_left_out = len(finding.calls) - cut.entries
    return (*kept, f"{calls_left_out:,} more calls were left out") if calls_left_out > 0 else tuple(kept)
