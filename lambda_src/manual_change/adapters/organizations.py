"""AWS Organizations: what accounts are called, which units they are in, and who is in a unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from manual_change.domain.account import Account, units_named

if TYPE_CHECKING:
    from mypy_boto3_organizations import OrganizationsClient

KEPT_FOR: Final = timedelta(days=1)
"""Accounts move between units, units are renamed, and both are closed: a day late is soon enough."""

Path = tuple[tuple[str, str], ...]
"""(id, name) of a unit and of each above it, root first; the root itself is none."""


class Organizations:
    """Asked from the management account or a delegated administrator's.

    Organizations allows few requests a second, to all of an organization's accounts together: what is found out about
    a unit is kept for a day, so that an account costs two requests at most times, however deep it lies.
    """

    knows_all: Final = True
    """ListAccounts lists all accounts of the organization, closed ones too."""

    def __init__(
        self, client: Callable[[], OrganizationsClient], *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client = client
        self._now = now
        self._paths: dict[str, tuple[Path, datetime]] = {}

    def find(self, account_id: str) -> Account | None:
        """The account with its units.

        Raises:
            ClientError: this account may not ask, or the organization does not have it.
        """
        found = _account(self._client().describe_account(AccountId=account_id)["Account"])
        return replace(found, organizational_units=units_named(self._path_above(account_id)))

    def all(self) -> Iterator[Sequence[Account]]:
        """Every account of the organization, a page at a time, without its units: these take requests of their own.

        Raises:
            ClientError: this account may not ask.
        """
        for page in self._client().get_paginator("list_accounts").paginate():
            yield [_account(raw) for raw in page["Accounts"]]

    def inside(self, units: Sequence[str]) -> Iterator[Sequence[str]]:
        """The ids of the accounts in units that the globs name, and in those below them.

        The units are walked once, which takes a request for each of them (2,000 at most, by AWS's quota) and some for
        the accounts of those named; asking for each account's units would take several for every account. A batch is
        what one request gave, and may be empty.

        Raises:
            ClientError: this account may not ask.
        """
        client = self._client()
        waiting: list[tuple[str, Path, bool]] = [(root["Id"], (), False) for root in client.list_roots()["Roots"]]
        while waiting:
            parent, path, named = waiting.pop()
            for below in client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent):
                for unit in below["OrganizationalUnits"]:
                    unit_path = (*path, (unit["Id"], unit["Name"]))
                    waiting.append((unit["Id"], unit_path, named or _is_named(unit_path, units)))
                yield ()
            if named:
                for page in client.get_paginator("list_accounts_for_parent").paginate(ParentId=parent):
                    yield [raw["Id"] for raw in page["Accounts"]]

    def _path_above(self, child: str) -> Path:
        [parent] = self._client().list_parents(ChildId=child)["Parents"]
        return self._path_of(parent["Id"]) if parent["Type"] == "ORGANIZATIONAL_UNIT" else ()

    def _path_of(self, unit_id: str) -> Path:
        known = self._paths.get(unit_id)
        if known and self._now() < known[1]:
            return known[0]
        unit = self._client().describe_organizational_unit(OrganizationalUnitId=unit_id)["OrganizationalUnit"]
        path = (*self._path_above(unit_id), (unit_id, unit["Name"]))
        self._paths[unit_id] = path, self._now() + KEPT_FOR
        return path


def _account(raw: Any) -> Account:
    status = raw.get("State") or raw.get("Status")  # `Status` is being replaced by `State`
    joined = raw.get("JoinedTimestamp")
    return Account(
        id=raw["Id"],
        name=raw.get("Name"),
        active=status == "ACTIVE",
        joined=joined.astimezone(UTC) if isinstance(joined, datetime) else None,
    )


def _is_named(path: Path, units: Sequence[str]) -> bool:
    return Account(id="", organizational_units=units_named(path)).is_in(units)
