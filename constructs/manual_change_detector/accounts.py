"""Accounts: where their names and organizational units are known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aws_cdk import aws_iam as iam
from constructs import Construct

from manual_change_detector.deployed_file import deploy_file

SMALL: Final = 1000
"""Bytes of names that still fit into a function's environment beside everything else."""

FILE: Final = "accounts.json"

_ACCOUNT: Final = re.compile(r"\d{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """What the functions are told and allowed."""

    setting: str = ""
    """The setting `account_directory`; empty: there is none."""
    names: str = "{}"
    """The setting `account_names`, where that says it all."""
    reads: tuple[str, ...] = ()
    """What a function must be allowed to, to find out about an account."""
    lists: tuple[str, ...] = ()
    """What the survey must be allowed to, to know all of them."""
    of: str = "*"
    """The resource that these actions are on."""
    knows_units: bool = field(default=False)

    def let_read(self, grantee: iam.IGrantable) -> None:
        """Allow to find out about an account; nothing where there is nothing to read."""
        self._allow(grantee, self.reads)

    def let_list(self, grantee: iam.IGrantable) -> None:
        """Allow to list the accounts, likewise."""
        self._allow(grantee, self.lists)

    def _allow(self, grantee: iam.IGrantable, actions: tuple[str, ...]) -> None:
        if actions:
            statement = iam.PolicyStatement(actions=list(actions), resources=[self.of])
            grantee.grant_principal.add_to_principal_policy(statement)


Bind = Callable[[Construct, bool], Directory]
"""Creates what is needed below the detector; in a hub also for the survey, which wants every account."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Names and organizational units of accounts. Made by one of its class methods."""

    bind: Bind

    @classmethod
    def named(cls, accounts: Mapping[str, str | Mapping[str, Any]]) -> Accounts:
        """A list that is kept in the app: nothing is asked of AWS Organizations.

        Args:
            accounts: by their ids, the name, or {"name": …, "organizational_units": […]}: the units' ids, names and
                paths, by which routes and exclusions may name them.

        Raises:
            ValueError: an id is none, or an entry is neither a name nor such an object.
        """
        for account_id, known in accounts.items():
            _check(account_id, known)
        listed = json.dumps(dict(sorted(accounts.items())), ensure_ascii=False, default=list)
        knows_units = not all(isinstance(known, str) for known in accounts.values())

        def provide(detector: Construct, of_a_hub: bool) -> Directory:
            if not of_a_hub and not knows_units and len(listed.encode()) < SMALL:
                return Directory(names=listed)
            file = deploy_file(detector, "Accounts", name=FILE, content=listed)
            return Directory(
                setting=file.location,
                reads=("s3:GetObject",),
                lists=("s3:GetObject",),
                of=file.arn,
                knows_units=knows_units,
            )

        return cls(provide)

    @classmethod
    def organizations(cls) -> Accounts:
        """Ask AWS Organizations, and remember the answer for a day.

        Only the management account and accounts that it delegates to may ask. Where asking is refused, accounts are
        called by their ids.
        """
        return cls(
            lambda _detector, _of_a_hub: Directory(
                setting="organizations",
                reads=(
                    "organizations:DescribeAccount",
                    "organizations:DescribeOrganizationalUnit",
                    "organizations:ListParents",
                ),
                lists=(
                    "organizations:ListAccounts",
                    "organizations:ListAccountsForParent",
                    "organizations:ListOrganizationalUnitsForParent",
                    "organizations:ListRoots",
                ),
                knows_units=True,
            )
        )


def _check(account_id: str, known: Any) -> None:
    if not _ACCOUNT.fullmatch(account_id):
        raise ValueError(f"accounts has the id {account_id!r}; an id is 12 digits, in quotes: '111122223333'")
    match known:
        case str():
            return
        case {"name": str(), **rest} if not set(rest) - {"organizational_units"} and not isinstance(
            rest.get("organizational_units", ()), str
        ):
            return
    raise ValueError(
        f"accounts says {known!r} of {account_id}; a name is expected, or "
        "{'name': 'shop', 'organizational_units': ['Workloads', 'ou-ab12-11111111']}"
    )
