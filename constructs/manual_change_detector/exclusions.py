"""Exclusions: whose changes, and changes of what, are dropped before anybody looks for a call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from manual_change_detector import props


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusions:
    """As the options say them, checked."""

    resource_types: tuple[str, ...]
    accounts: tuple[str, ...]
    organizational_units: tuple[str, ...]

    @classmethod
    def checked(
        cls, *, resource_types: Sequence[str], accounts: Sequence[str], organizational_units: Sequence[str]
    ) -> Self:
        """Each under the name of its option.

        Raises:
            TypeError: a string was given where a list belongs.
            ValueError: an entry that nothing can match.
        """
        return cls(
            resource_types=props.resource_types("excluded_resource_types", resource_types),
            accounts=props.accounts("excluded_accounts", accounts),
            organizational_units=props.organizational_units("excluded_organizational_units", organizational_units),
        )

    def check(self, *, units_are_known: bool) -> None:
        """That the exclusions can work.

        Raises:
            ValueError: organizational units are excluded, and nothing says which accounts are in them.
        """
        if self.organizational_units and not units_are_known:
            raise ValueError(
                "excluded_organizational_units are given, and nothing says which accounts are in them; "
                "give accounts=Accounts.organizations(), or Accounts.named({…}) with their units"
            )

    @property
    def of_accounts(self) -> dict[str, Any]:
        """The settings that name accounts."""
        return {"excluded_accounts": self.accounts, "excluded_organizational_units": self.organizational_units}
