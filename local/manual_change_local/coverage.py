"""Who reports to a hub, as the hub's own table has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from manual_change.adapters.account_directory import AccountDirectory, Source
from manual_change.adapters.places import Places
from manual_change.domain.account import Account
from manual_change.domain.coverage import NEVER_HEARD_OF, Report, survey
from manual_change.domain.moment import format_moment

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Line:
    """How one account and region stands, with the account's name where that is known."""

    report: Report
    name: str | None

    @property
    def is_silent(self) -> bool:
        """Whether nothing came from there in time, or ever."""
        return self.report.is_silent

    @property
    def was_never_heard_of(self) -> bool:
        """Whether nothing ever came from the account, whatever the region."""
        return self.report.state == NEVER_HEARD_OF

    def to_json(self) -> dict[str, Any]:
        """One object of the output."""
        last = self.report.last_reported
        return {
            "version": 1,
            "account": self.report.place.account,
            "name": self.name,
            "region": self.report.place.region,
            "state": self.report.state,
            "last_reported": format_moment(last) if last else None,
            "why": self.report.why,
        }


@dataclass(frozen=True, slots=True)
class Overview:
    """How every account and region stands."""

    lines: Sequence[Line]
    missing: str
    """What kept the list of accounts from being read to its end. Empty: it is whole, or nobody asked for it."""


def coverage(
    dynamodb: DynamoDBClient,
    table: str,
    *,
    now: datetime,
    silent_after: timedelta,
    regions: Sequence[str] = (),
    excluded: Sequence[str] = (),
    directory: Source | None = None,
) -> Overview:
    """Every account and region that reported within 90 days or should report, in order.

    Args:
        dynamodb: a client of the hub's account and region.
        table: the hub's organization table.
        now: the moment to count from.
        silent_after: what came longer ago than this counts as silence; nobody is asked.
        regions: where each account of the directory should report from, and each that has reported.
        excluded: globs over ids of accounts, and over the ids, names and paths of the directory's units.
        directory: the accounts that should report.

    Raises:
        ClientError: the table cannot be read.
    """
    units = [glob for glob in excluded if not glob.strip("*?").isdecimal()]  # the others name accounts
    listing = AccountDirectory(directory).listing(units=units)
    accounts = {account.id: account for account in listing.accounts}
    reports = survey(
        Places(lambda: dynamodb, table).all(),
        accounts.values(),
        regions=regions,
        now=now,
        silent_after=silent_after,
        excluded=lambda account: account in listing.inside or Account(id=account).is_one_of(excluded),
        ask=None,
        everybody=listing.is_everybody,
    )
    return Overview(
        [Line(report, account.name if (account := accounts.get(report.place.account)) else None) for report in reports],
        listing.missing,
    )
