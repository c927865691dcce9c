"""Which channel a finding goes to: the first route that fits it, else the default channel."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from manual_change.domain.account import Account
from manual_change.domain.finding import Finding
from manual_change.domain.patterns import matches
from manual_change.domain.severity import LEVELS, severity

LISTS: Final = ("accounts", "organizational_units", "regions", "resource_types")
"""Fields of a route that hold globs; left out, all fit."""


class RouteError(ValueError):
    """A route that cannot work; the message says which, and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Findings that go to a channel of their own."""

    channel: str
    """The channel's id, `C0123456789`."""
    accounts: Sequence[str] = ("*",)
    organizational_units: Sequence[str] = ()
    """Ids, names or paths of units, one of which the account is in. Empty: whichever it is in."""
    regions: Sequence[str] = ("*",)
    resource_types: Sequence[str] = ("*",)
    severity: str = LEVELS[-1]
    """This bad or worse."""

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            RouteError: the channel is none, a list holds something else than globs, or the severity is unknown.
        """
        if not isinstance(self.channel, str) or not self.channel.strip():
            raise RouteError(f"the channel is {self.channel!r}; a channel's id is expected, such as C0123456789")
        for name in LISTS:
            globs = getattr(self, name)
            listed = isinstance(globs, list | tuple) and all(isinstance(glob, str) and glob for glob in globs)
            if not listed or not (globs or name == "organizational_units"):
                raise RouteError(f'{name} is {globs!r}; a list of globs is expected, such as ["*"]')
        if self.severity not in LEVELS:
            raise RouteError(f"severity is {self.severity!r}; {', '.join(LEVELS)} are known")

    def fits(self, finding: Finding, account: Account | None = None) -> bool:
        """Whether the finding goes this way; `account`: what is known of its account, for routes by unit."""
        resource = finding.change.resource if finding.change else None
        call = finding.calls[0] if finding.calls else None
        units = self.organizational_units
        region = resource.region if resource else call.region if call else ""
        return (
            _any_fits(self.accounts, finding.account or "")
            and (not units or (account is not None and account.is_in(units)))
            and _any_fits(self.regions, region)
            and _any_fits(self.resource_types, resource.type if resource else "")
            and severity(finding).rank <= LEVELS.index(self.severity)  # last: it weighs the whole difference
        )

    def to_json(self) -> dict[str, Any]:
        """What `read_routes` reads back; what is left out is left out."""
        plain = Route(channel=self.channel)
        lists = {name: list(getattr(self, name)) for name in LISTS if getattr(self, name) != getattr(plain, name)}
        rated = {"severity": self.severity} if self.severity != plain.severity else {}
        return {"channel": self.channel, **lists, **rated}


def channel_for(finding: Finding, routes: Sequence[Route], *, account: Account | None = None) -> str | None:
    """The channel of the first route that fits; None: the default channel."""
    return next((route.channel for route in routes if route.fits(finding, account)), None)


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
    fields: dict[str, Any] = {"channel": None}
    fields |= {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    try:
        return Route(**fields)
    except RouteError as error:
        raise RouteError(f"route {number}: {error}") from None


def _any_fits(globs: Sequence[str], value: str) -> bool:
    return any(matches(glob, value) for glob in globs)
