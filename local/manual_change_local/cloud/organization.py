"""An organization of the embedded cloud: its units by path, and the accounts in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

AddAccount = Callable[[str, str, str, datetime | None], None]
"""Puts an account, with this name, into the unit with this id; when it joined, if that is not now."""


class Organization:
    """Made by `EmbeddedCloud.organization`; everything in it can be asked of the Organizations API as well."""

    def __init__(self, client: Any, *, add_account: AddAccount) -> None:
        described = client.create_organization(FeatureSet="ALL")["Organization"]
        self.id: str = described["Id"]
        self.management: str = described["MasterAccountId"]
        """The account that manages it; StackSets never deploy into it."""
        self.root: str = client.list_roots()["Roots"][0]["Id"]
        self._units: dict[str, str] = {"": self.root}
        self._client = client
        self._add_account = add_account

    @property
    def units(self) -> Mapping[str, str]:
        """Path (`Workloads/Prod`) -> id of the organizational unit; "" is the root."""
        return dict(self._units)

    def add_unit(self, path: str) -> str:
        """The id of an organizational unit, which is made, with those above it, unless it is there."""
        if path not in self._units:
            above, _, name = path.rpartition("/")
            made = self._client.create_organizational_unit(ParentId=self.add_unit(above), Name=name)
            self._units[path] = made["OrganizationalUnit"]["Id"]
        return self._units[path]

    def join(self, account: str, path: str = "", *, name: str | None = None, joined: datetime | None = None) -> None:
        """A new account in a unit: StackSets with automatic deployment that reach the unit are deployed into it.

        `joined`: what Organizations says of when that was. Left out: now.
        """
        self._add_account(account, name or f"account-{account}", self.add_unit(path), joined)

    def fill(self, units: Mapping[str, Sequence[str]]) -> None:
        """Let accounts join, given by the path of their unit."""
        for path, accounts in units.items():
            self.add_unit(path)
            for account in accounts:
                self.join(account, path)
