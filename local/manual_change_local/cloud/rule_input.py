"""What a rule's target receives: the event, a part of it, a constant, or a template filled in.

Source: Amazon EventBridge user guide, "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

_STEP: Final = re.compile(r"\.([\w-]+)|\['([^']+)'\]|\[(\d+)\]")
_PLACEHOLDER: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|<([\w.-]+)>')
_IN_STRING: Final = re.compile(r"<([\w.-]+)>")


def input_for(target: Mapping[str, Any], original: Mapping[str, Any]) -> str:
    """The JSON text that `target` (as PutTargets took it) receives for this event."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(original, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer:
        paths = transformer.get("InputPathsMap") or {}
        values = {name: _at(original, path) for name, path in paths.items()}
        return _filled(transformer["InputTemplate"], values, original)
    return json.dumps(original)


def _at(document: Any, path: str) -> Any:
    """The value at a JSON path (`$.detail.requestParameters['x'][0]`), None where there is none."""
    found = document
    for name, quoted, index in _STEP.findall(path.removeprefix("$")):
        try:
            found = found[int(index)] if index else found[name or quoted]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def _filled(template: str, values: Mapping[str, Any], original: Mapping[str, Any]) -> str:
    known = {**values, "aws.events.event": dict(original), "aws.events.event.json": dict(original)}

    def in_string(match: re.Match[str]) -> str:
        value = known.get(match[1], "")
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
        return json.dumps(text)[1:-1]

    def replaced(match: re.Match[str]) -> str:
        if match[1] is None:
            return _IN_STRING.sub(in_string, match[0])
        return json.dumps(known.get(match[1], ""))

    return _PLACEHOLDER.sub(replaced, template)
