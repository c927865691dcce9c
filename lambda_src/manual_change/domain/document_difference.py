"""Two JSON documents, such as policies, as people compare them: line by line, with what stands around."""

from __future__ import annotations

import json
from collections.abc import Mapping
from difflib import unified_diff
from typing import Any, Final

from manual_change.domain.policy_text import read_document

AROUND: Final = 2
"""Equal lines that are shown on either side of a difference, for orientation."""

MOST_LINES: Final = 2_000
"""Of one document: longer ones take too long to compare, and nobody reads them in a message."""

GAP: Final = "…"
"""Where equal lines were left out."""


def document_difference(before: Any, after: Any) -> tuple[str, ...]:
    """The lines, each with `+`, `-` or a blank before it; none where a side is something else than a JSON document.

    A side may be missing (None): then everything was added, or removed.
    """
    old, new = _lines(before), _lines(after)
    if old is None or new is None or not (old or new):
        return ()
    said = list(unified_diff(old, new, n=AROUND, lineterm=""))[2:]
    lines = [GAP if line.startswith("@@") else line for line in said]
    return tuple(lines[1:] if lines[:1] == [GAP] and _begins_at_the_top(said[0]) else lines)


def _lines(value: Any) -> list[str] | None:
    """A document line by line, its members in the order of the alphabet; None where it is none, or too long."""
    if value is None:
        return []
    document = read_document(value)
    if document is None:
        return None
    text = json.dumps(document, indent=2, sort_keys=isinstance(document, Mapping), ensure_ascii=False)
    lines = text.splitlines()
    return lines if len(lines) <= MOST_LINES else None


def _begins_at_the_top(hunk: str) -> bool:
    """Whether `@@ -1,5 +1,6 @@` or `@@ -0,0 +1,9 @@`: nothing was left out before it."""
    return hunk.startswith(("@@ -1,", "@@ -1 ", "@@ -0,"))
