"""Which channel a finding goes to: the first route that fits it, else the default channel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from manual_change.domain.finding import Finding
from manual_change.domain.severity import LEVELS, severity
from manual_change.domain.slack import account_of

LISTS: Final = ("accounts", "regions", "resource_types")
"""Fields of a route that hold globs; left out, all fit."""


class RouteError(ValueError):
    """A route that cannot work; the message says which, and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Findings that go to a channel of their own."""

    channel: str
    """The channel's id, `C0123456789`."""
    accounts: tuple[str, ...] = ("*",)
    regions: tuple[str, ...] = ("*",)
    resource_types: tuple[str, ...] = ("*",)
    severity: str = LEVELS[-1]
    """This bad or worse."""

    def fits(self, finding: Finding) -> bool:
        """Whether the finding goes this way."""
        resource = finding.change.resource if finding.change else None
        call = finding.calls[0] if finding.calls else None
        account = resource.account if resource else account_of(finding.actor)
        region = resource.region if resource else call.region if call else ""
        return (
            severity(finding).rank <= LEVELS.index(self.severity)
            and _any_fits(self.accounts, account or "")
            and _any_fits(self.regions, region)
            and _any_fits(self.resource_types, resource.type if resource else "")
        )


def channel_for(finding: Finding, routes: Sequence[Route]) -> str | None:
    """The channel of the first route that fits; None: the default channel."""
    return next((route.channel for route in routes if route.fits(finding)), None)


def read_routes(text: str) -> tuple[Route, ...]:
    """The routes of a JSON list, in the order in which they are asked.

    Raises:
        RouteError: it is no such list, or an entry cannot work.
    """
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise RouteError(f"routes are not JSON ({error}); a list of objects is expected") from error
    if not isinstance(entries, list):
        raise RouteError(f'routes are a {type(entries).__name__}; a list is expected: [{{"channel": "C0123456789"}}]')
    return tuple(_route(number, entry) for number, entry in enumerate(entries, start=1))


def _route(number: int, entry: Any) -> Route:
    if not isinstance(entry, Mapping):
        raise RouteError(f'route {number} is a {type(entry).__name__}; {{"channel": "C0123456789"}} is expected')
    known = ("channel", *LISTS, "severity")
    for field in entry:
        if field not in known:
            raise RouteError(f"route {number} has a field {field!r}; a route has {', '.join(known)}")
    channel = entry.get("channel")
    if not isinstance(channel, str) or not channel.strip():
        raise RouteError(f"route {number} has the channel {channel!r}; a channel's id is expected, such as C0123456789")
    for field in LISTS:
        globs = entry.get(field, ["*"])
        if not (isinstance(globs, list) and globs and all(isinstance(glob, str) and glob for glob in globs)):
            raise RouteError(f'{field} of route {number} is {globs!r}; a list of globs is expected, such as ["*"]')
    level = entry.get("severity", LEVELS[-1])
    if level not in LEVELS:
        raise RouteError(f"severity of route {number} is {level!r}; {', '.join(LEVELS)} are known")
    lists = {field: tuple(entry[field]) for field in LISTS if field in entry}
    return Route(channel=channel.strip(), severity=level, **lists)


def _any_fits(globs: Sequence[str], value: str) -> bool:
    return any(fnmatchcase(value, glob) for glob in globs)
