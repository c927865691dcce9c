"""Policies as AWS Config carries them, JSON text inside an item, and what their statements say.

Sources: recorded items (IAM's `policyDocument` is percent-encoded, S3's `policyText` and KMS's and SQS's `Policy` are
bare JSON text); IAM user guide, "JSON policy elements reference": Statement, Action, Resource and Principal may each
be one entry or a list of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

PUBLIC: Final = "*"
"""Everybody, signed in to AWS or not."""

_LIMITS_WHO: Final = (
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "kms:calleraccount",
    "kms:viaservice",
)
"""TABLE: condition keys after which `*` is no longer everybody."""

_DEEPEST: Final = 30


def read_document(value: object) -> Mapping[str, Any] | list[Any] | None:
    """The JSON object or list that a text holds, bare or percent-encoded; None where it holds none."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if text[:3] in ("%7B", "%7b", "%5B", "%5b"):
        text = unquote(text)
    if text[:1] not in ("{", "["):
        return None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, Mapping | list) else None


def statements_in(value: object, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    """Every Allow statement of every policy inside a value, however deep and whether as text or as an object."""
    if depth == _DEEPEST:
        return
    document = read_document(value) if isinstance(value, str) else value
    match document:
        case Mapping() if "Effect" in document and ("Action" in document or "NotAction" in document):
            if document["Effect"] == "Allow":
                yield document
        case Mapping():
            for member in document.values():
                yield from statements_in(member, depth + 1)
        case list():
            for entry in document:
                yield from statements_in(entry, depth + 1)


def lets_everybody_in(statement: Mapping[str, Any]) -> bool:
    """Whether an Allow statement is for everybody, with no condition that limits who."""
    principal = statement.get("Principal")
    named = principal.values() if isinstance(principal, Mapping) else [principal]
    if not any(PUBLIC in _entries(entry) for entry in named):
        return False
    conditions = statement.get("Condition")
    operators = conditions.values() if isinstance(conditions, Mapping) else ()
    keys = {str(key).lower() for operator in operators if isinstance(operator, Mapping) for key in operator}
    return keys.isdisjoint(_LIMITS_WHO)


def makes_an_administrator(statement: Mapping[str, Any]) -> bool:
    """Whether an Allow statement of an identity grants every action, or every action of IAM, on every resource."""
    if "Principal" in statement or "*" not in _entries(statement.get("Resource", "*")):
        return False
    return any(str(action).lower() in ("*", "*:*", "iam:*") for action in _entries(statement.get("Action")))


def _entries(value: Any) -> list[Any]:
    """A list of what may be one entry or a list of them."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
