"""Policy documents, as far as the doctor reads them: what they deny, and whom a topic lets subscribe.

No simulation: statements whose reach depends on more than actions and accounts are told as such, not judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

SUBSCRIBE: Final = "sns:Subscribe"


@dataclass(frozen=True, slots=True)
class Denial:
    """An action that a policy denies."""

    action: str
    conditional: bool
    """Whether each statement that denies it has conditions, which may except whoever deploys, or spares resources."""


def denials(document: str, actions: Sequence[str]) -> tuple[Denial, ...]:
    """Those of the actions that the document denies on all resources, or on all but some, in their order."""
    found: dict[str, bool] = {}
    for statement in _statements(document, "Deny"):
        if "*" not in _listed(statement.get("Resource", "*")):
            continue
        conditional = bool(statement.get("Condition")) or "NotResource" in statement
        for action in actions:
            if _covers(statement, action):
                found[action] = found.get(action, True) and conditional
    return tuple(Denial(action, found[action]) for action in actions if action in found)


def lets_subscribe(document: str, *, owner: str, account: str, organization: str | None) -> bool | None:
    """Whether a topic's policy lets an account subscribe; None: it depends on conditions that are not judged.

    Principals of the owner need no statement, as long as none denies it: IAM's policies are enough in one account (SNS
    developer guide, "IAM and Amazon SNS policies together"). Others need one.
    """
    denying = [statement for statement in _statements(document, "Deny") if _is_about(statement, account)]
    if any(not statement.get("Condition") for statement in denying):
        return False
    if owner == account:
        return True
    doubt = False
    for statement in _statements(document, "Allow"):
        if not _is_about(statement, account):
            continue
        fits = _fits(statement.get("Condition") or {}, account, organization)
        if fits:
            return True
        doubt = doubt or fits is None
    return None if doubt else False


def _statements(document: str, effect: str) -> Iterator[Mapping[str, Any]]:
    """The statements with this effect; none where the document cannot be read."""
    try:
        read = json.loads(document)
    except ValueError:
        return
    statements = read.get("Statement", ()) if isinstance(read, Mapping) else ()
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        if statement.get("Effect") == effect:
            yield statement


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value]


def _covers(statement: Mapping[str, Any], action: str) -> bool:
    """Actions are compared without case, with `*` and `?` (IAM user guide, "Action")."""

    def matches(patterns: Any) -> bool:
        return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(patterns))

    if "NotAction" in statement:
        return not matches(statement["NotAction"])
    return matches(statement.get("Action", ()))


def _is_about(statement: Mapping[str, Any], account: str) -> bool:
    """Whether it is about subscribing, and about principals of the account."""
    principal = statement.get("Principal", {})
    named = _listed(principal.get("AWS", ())) if isinstance(principal, Mapping) else _listed(principal)
    return _covers(statement, SUBSCRIBE) and any(
        name in ("*", account) or name.endswith(f":iam::{account}:root") for name in named
    )


def _fits(condition: Mapping[str, Any], account: str, organization: str | None) -> bool | None:
    """Whether a subscription from the account meets the conditions; None: nobody knows before it is tried."""
    known = {
        "aws:principalorgid": organization,
        "aws:principalaccount": account,
        "aws:sourceaccount": None,  # set by services; a person who subscribes has none
        "aws:sourceowner": None,
    }
    for operator, tests in condition.items():
        for key, values in tests.items():
            if operator not in ("StringEquals", "StringLike") or key.lower() not in known:
                return None
            have = known[key.lower()]
            if have is None or not any(fnmatchcase(have, value) for value in _listed(values)):
                return False
    return True
