"""An event as EventBridge's patterns see it: values at paths, whatever lists they are in.

Source: Amazon EventBridge user guide, "Creating event patterns" (arrays) and "Exists matching" (leaf nodes only); Event
Ruler's README. One thing is left out: that two fields of a pattern must match in the same element of a list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def leaves(event: Mapping[str, Any]) -> dict[str, Any]:
    """Path, with dots, -> the value there, or a list of the values where there are several."""
    found: dict[str, list[Any]] = {}

    def visit(node: Any, path: str) -> None:
        if isinstance(node, Mapping):
            for name, value in node.items():
                visit(value, f"{path}.{name}" if path else name)
        elif isinstance(node, list):
            for value in node:
                visit(value, path)
        else:
            found.setdefault(path, []).append(node)

    visit(event, "")
    return {path: values[0] if len(values) == 1 else values for path, values in found.items()}
