"""Reading the policy document: every problem is found in one pass and named with its entry and its mend."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Any, Final, TypeVar

from manual_change.domain.moment import parse_moment
from manual_change.domain.patterns import ANY, is_whole_arn
from manual_change.domain.policy import (
    ALWAYS,
    DIGEST,
    NEVER,
    AlwaysNotify,
    MaintenanceWindow,
    Policy,
    PolicyError,
    Suppression,
    TrustedPrincipal,
)
from manual_change.domain.principal_check import EXAMPLE, slip_in
from manual_change.domain.suppression_check import slip_in_field
from manual_change.domain.tools import SAID_BY_CALLERS

SERVICES_WITH_ROLES: Final = ("cloudformation", "controltower")
"""Those that usually work with roles that people can assume too; any other service may be named."""
VIAS: Final = ("console", "cli", "sdk", "terraform", "pulumi", "cdk", "cloudformation", "unknown")
"""Besides the name of a service, the ways of calling that `via` may name."""

_SERVICE: Final = re.compile(r"[a-z0-9.-]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MISSING: Final = object()
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""Stands for a time that could not be read; the policy is then refused."""

Entry = TypeVar("Entry")


def read_policy(document: str | bytes | Mapping[str, Any]) -> Policy:
    """Read a policy document, as text or as parsed JSON.

    Raises:
        PolicyError: with one line for each problem found.
    """
    if isinstance(document, str | bytes):
        try:
            document = json.loads(document)
        except (ValueError, RecursionError) as error:
            raise PolicyError([f"the document is not JSON: {error}"]) from error
    reader = _Reader()
    policy = reader.policy(document)
    if reader.problems:
        raise PolicyError(reader.problems)
    return policy


class _Reader:
    """Collects problems while it reads, so that a person mends them all at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def policy(self, document: object) -> Policy:
        entry = self._object(document, "policy")
        known = ("version", *Policy.__dataclass_fields__)
        self._unknown_keys(entry, "policy", known)
        if entry.get("version") != 1 or entry.get("version") is True:
            self._problem("version", f"is {entry.get('version')!r}", "version 1 is understood")
        unattributed = self._text(entry, "", "notify_unattributed", DIGEST)
        if unattributed not in (NEVER, DIGEST, ALWAYS):
            self._problem("notify_unattributed", f"is {unattributed!r}", 'use "never", "digest" or "always"')
        return Policy(
            trusted_principals=self._list(entry, "trusted_principals", self._trusted),
            always_notify=self._list(entry, "always_notify", self._always_notify),
            suppressions=self._list(entry, "suppressions", self._suppression),
            maintenance_windows=self._list(entry, "maintenance_windows", self._window),
            trust_cloudformation=self._flag(entry, "trust_cloudformation", default=True),
            notify_workloads=self._flag(entry, "notify_workloads", default=False),
            notify_unattributed=unattributed,
        )

    def _trusted(self, entry: Mapping[str, Any], at: str) -> TrustedPrincipal:
        self._unknown_keys(entry, at, TrustedPrincipal.__dataclass_fields__)
        principal, via = self._principal(entry, at), self._texts(entry, at, "via")
        for way in via:
            close = get_close_matches(way.lower(), VIAS, n=1, cutoff=0.8)
            if way not in VIAS and (close or not _SERVICE.fullmatch(way)):
                meant = f"did you mean {close[0]!r}? " if close else ""
                self._problem(f"{at}.via", f"has {way!r}", f"{meant}use one of {', '.join(VIAS)} or a service's name")
        return TrustedPrincipal(principal, via=via, reason=self._reason(entry, at))

    def _always_notify(self, entry: Mapping[str, Any], at: str) -> AlwaysNotify:
        self._unknown_keys(entry, at, AlwaysNotify.__dataclass_fields__)
        principal, unless_via = self._principal(entry, at), self._texts(entry, at, "unless_via")
        for way in unless_via:
            service = way.lower().removesuffix(".amazonaws.com")
            close = get_close_matches(service, SERVICES_WITH_ROLES, n=1, cutoff=0.8)
            misspelt = close and service not in SERVICES_WITH_ROLES
            if misspelt or not _SERVICE.fullmatch(way) or way in SAID_BY_CALLERS:
                meant = f"did you mean {close[0]!r}? " if close else ""
                mend = f"{meant}use the name of a service, which AWS writes: {', '.join(SERVICES_WITH_ROLES)}"
                self._problem(f"{at}.unless_via", f"has {way!r}", mend)
        return AlwaysNotify(principal, unless_via=unless_via, reason=self._reason(entry, at))

    def _suppression(self, entry: Mapping[str, Any], at: str) -> Suppression:
        self._unknown_keys(entry, at, Suppression.__dataclass_fields__)
        tags = entry.get("tags", {})
        if not isinstance(tags, Mapping) or not all(isinstance(value, str) for value in tags.values()):
            self._problem(f"{at}.tags", f"is {_shown(tags)}", 'use an object of texts: {"team": "dba"}')
            tags = {}
        return Suppression(
            reason=self._reason(entry, at),
            principal=self._silenced_principal(entry, at),
            resource_type=self._pattern(entry, at, "resource_type"),
            resource=self._text(entry, at, "resource", ANY),
            tags=dict(tags),
            call=self._pattern(entry, at, "call"),
            account=self._pattern(entry, at, "account"),
            region=self._pattern(entry, at, "region"),
            expires=self._expires(entry, at),
        )

    def _window(self, entry: Mapping[str, Any], at: str) -> MaintenanceWindow:
        self._unknown_keys(entry, at, MaintenanceWindow.__dataclass_fields__)
        start, end = self._moment(entry, at, "start"), self._moment(entry, at, "end")
        if start is not None and end is not None and start >= end:
            self._problem(at, "ends before it starts", "let end be later than start")
        accounts = self._texts(entry, at, "accounts")
        for account in accounts:
            self._check_pattern("account", account, f"{at}.accounts", "has")
        return MaintenanceWindow(
            reason=self._reason(entry, at), start=start or _NEVER, end=end or _NEVER, accounts=accounts
        )

    def _principal(self, entry: Mapping[str, Any], at: str) -> str:
        principal = self._text(entry, at, "principal", _MISSING)
        slip = slip_in(principal) if principal else None
        if slip:
            self._problem(f"{at}.principal", slip.found, slip.mend)
        elif entry.get("principal") == "":
            self._problem(f"{at}.principal", "is empty", f'give the whole ARN, account included: "{EXAMPLE}"')
        return principal

    def _silenced_principal(self, entry: Mapping[str, Any], at: str) -> str:
        """A suppression may also name anybody, or part of an ARN with globs: `*`, `*:user/alice`."""
        principal = self._text(entry, at, "principal", ANY)
        if is_whole_arn(principal) or not principal.startswith(("*", "?", "[", "arn:*")):
            self._principal({"principal": principal}, at)
        return principal

    def _pattern(self, entry: Mapping[str, Any], at: str, name: str) -> str:
        """A pattern that can match something."""
        pattern = self._text(entry, at, name, ANY)
        if isinstance(entry.get(name), str):
            self._check_pattern(name, pattern, f"{at}.{name}", "is")
        return pattern

    def _check_pattern(self, field: str, pattern: str, at: str, verb: str) -> None:
        mend = slip_in_field(field, pattern)
        if mend:
            self._problem(at, f"{verb} {pattern!r}", mend)

    def _reason(self, entry: Mapping[str, Any], at: str) -> str:
        reason = self._text(entry, at, "reason", _MISSING)
        if isinstance(entry.get("reason"), str) and not reason.strip():
            self._problem(f"{at}.reason", "is empty", "say why, for whoever reads this next year")
        return reason

    def _expires(self, entry: Mapping[str, Any], at: str) -> date | datetime | None:
        value = entry.get("expires")
        if value is None:
            return None
        if isinstance(value, str):
            try:
                if _DAY.fullmatch(value):
                    return date.fromisoformat(value)
                moment = parse_moment(value)
                if moment is not None:
                    return moment
            except ValueError:
                pass  # reported below with every other form that is no time
        self._problem(f"{at}.expires", f"is {value!r}", 'use "2027-01-31" or "2027-01-31T18:00:00Z"')
        return None

    def _moment(self, entry: Mapping[str, Any], at: str, name: str) -> datetime | None:
        value = entry.get(name)
        moment = parse_moment(value) if isinstance(value, str) else None
        if moment is None:
            found = "is missing" if name not in entry else f"is {value!r}"
            self._problem(f"{at}.{name}", found, 'use a time such as "2026-12-01T18:00:00Z"')
        return moment

    def _text(self, entry: Mapping[str, Any], at: str, name: str, default: object) -> str:
        value = entry.get(name, default)
        path = f"{at}.{name}" if at else name
        if value is _MISSING:
            self._problem(path, "is missing", "add it")
            return ""
        if not isinstance(value, str):
            self._problem(path, f"is {_shown(value)}", "use a text")
            return ""
        return value

    def _texts(self, entry: Mapping[str, Any], at: str, name: str) -> tuple[str, ...]:
        value = entry.get(name, [])
        if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
            self._problem(f"{at}.{name}", f"is {_shown(value)}", "use a list of texts")
            return ()
        return tuple(value)

    def _flag(self, entry: Mapping[str, Any], name: str, *, default: bool) -> bool:
        value = entry.get(name, default)
        if not isinstance(value, bool):
            self._problem(name, f"is {_shown(value)}", "use true or false")
            return default
        return value

    def _list(
        self, entry: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any], str], Entry]
    ) -> tuple[Entry, ...]:
        value = entry.get(name, [])
        if not isinstance(value, list | tuple):
            self._problem(name, f"is {_shown(value)}", "use a list")
            return ()
        return tuple(read(self._object(item, f"{name}[{n}]"), f"{name}[{n}]") for n, item in enumerate(value))

    def _object(self, value: object, at: str) -> Mapping[str, Any]:
        if isinstance(value, Mapping):
            return value
        self._problem(at, f"is {_shown(value)}", "use an object")
        return {}

    def _unknown_keys(self, entry: Mapping[str, Any], at: str, known: Any) -> None:
        for key in entry:
            if key not in known:
                close = get_close_matches(str(key), list(known), n=1)
                mend = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
                self._problem(f"{at}.{key}" if at != "policy" else str(key), "is not known", mend)

    def _problem(self, at: str, found: str, mend: str) -> None:
        self.problems.append(f"{at} {found}; {mend}")


def _shown(value: object) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
