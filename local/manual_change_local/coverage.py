"""Who reports to a hub, as the hub's own table has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from manual_change.adapters.account_directory import Source
from manual_change.adapters.places import Places
from manual_change.domain.account import Account
from manual_change.domain.coverage import SILENT, Report, survey
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
        """Whether nothing came from there in time."""
        return self.report.state == SILENT

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
        }


def coverage(
    dynamodb: DynamoDBClient,
    table: str,
    *,
    now: datetime,
    silent_after: timedelta,
    regions: Sequence[str] = (),
    directory: Source | None = None,
) -> list[Line]:
    """Every account and region that reported within 90 days or should report, in order.

    Args:
        dynamodb: a client of the hub's account and region.
        table: the hub's organization table.
        now: the moment to count from.
        silent_after: what came longer ago than this counts as silence; nobody is asked.
        regions: where each account of the directory should report from.
        directory: the accounts that should report.

    Raises:
        ClientError: the table or the directory cannot be read.
    """
    accounts: Mapping[str, Account] = {account.id: account for account in (directory.all() if directory else ())}
    reports = survey(
        Places(lambda: dynamodb, table).all(),
        accounts.values(),
        regions=regions,
        now=now,
        silent_after=silent_after,
        excluded=lambda _: False,
        ask=None,
    )
    return [
        Line(report, accounts[name].name if (name := report.place.account) in accounts else None) for report in reports
    ]
