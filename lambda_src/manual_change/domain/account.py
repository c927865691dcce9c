"""Account: what is known of one beside its id, and which lists it is on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from manual_change.domain.patterns import matches

ACCOUNT_EXCLUDED: Final = "account-excluded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of the organization."""

    id: str
    """Twelve digits."""
    name: str | None = None
    organizational_units: tuple[str, ...] = ()
    """Ids, names and paths of all units that it is in, from the root down: `ou-ab12-workloads`, `Workloads`,
    `Workloads`, `ou-ab12-prod`, `Prod`, `Workloads/Prod`."""
    active: bool = True
    """False for an account that is closed or being closed."""
    joined: datetime | None = None
    """When it was made in the organization, or joined it; None: not known, as of a list of the team's, and not kept."""

    def is_in(self, units: Iterable[str]) -> bool:
        """Whether one of the globs names a unit that it is in: `Sandbox`, `Workloads/*`, `ou-ab12-*`."""
        return any(matches(glob, unit) for glob in units for unit in self.organizational_units)

    def is_one_of(self, ids: Iterable[str]) -> bool:
        """Whether one of the globs names it: `111122223333`, `1111*`."""
        return any(matches(glob, self.id) for glob in ids)

    def to_json(self) -> dict[str, Any]:
        """What is kept of it."""
        return {
            "id": self.id,
            "name": self.name,
            "organizational_units": list(self.organizational_units),
            "active": self.active,
        }

    @classmethod
    def from_json(cls, raw: Any) -> Account:
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError: it is not of that form.
        """
        return cls(
            id=raw["id"],
            name=raw["name"],
            organizational_units=tuple(raw["organizational_units"]),
            active=raw["active"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The accounts that a directory lists."""

    accounts: tuple[Account, ...] = ()
    inside: frozenset[str] = frozenset()
    """Ids of those in the organizational units that were asked about."""
    missing: str = ""
    """What kept the rest of it from being read. Empty: it is whole."""
    is_everybody: bool = False
    """It is whole, and whoever is not on it is not in the organization."""


def units_named(path: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """What an account's units may be called, from their (id, name), root first."""
    names: list[str] = []
    known: list[str] = []
    for unit_id, name in path:
        names.append(name)
        known += [unit_id, name, "/".join(names)]
    return tuple(dict.fromkeys(known))
