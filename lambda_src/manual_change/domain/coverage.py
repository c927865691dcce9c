"""Coverage: which accounts and regions report to the hub, and which are silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from manual_change.domain.account import Account

REPORTED: Final = "reported"
"""Something came from there in time."""
QUIET: Final = "quiet"
"""Nothing came, and it says that it still records and forwards."""
SILENT: Final = "silent"
"""Nothing came, and nobody answers for it."""
UNASKED: Final = "unasked"
"""Nothing came, and there was no time to ask: the next survey goes on here."""

KEPT: Final = timedelta(days=90)
"""How long a place that reported once is expected to report again."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """An account and a region."""

    account: str
    region: str

    def __str__(self) -> str:
        """`111122223333 eu-west-1`."""
        return f"{self.account} {self.region}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How things stand in one place."""

    place: Place
    state: str
    """`reported`, `quiet`, `silent` or `unasked`."""
    last_reported: datetime | None
    """None: never, as far as is known."""
    why: str = ""
    """What the place answered, or what kept it from answering."""


class NoTime(Exception):
    """The survey's time is nearly over."""


Ask = Callable[[Place], str | None]
"""Asks a place whether it still records and forwards: None where it does, otherwise what is wrong.

Raises:
    NoTime: it was not asked.
"""


def survey(
    reported: Mapping[Place, datetime],
    accounts: Iterable[Account],
    *,
    regions: Iterable[str],
    now: datetime,
    silent_after: timedelta,
    excluded: Callable[[str], bool],
    ask: Ask | None,
    answered: Mapping[Place, datetime] | None = None,
) -> list[Report]:
    """The state of every place that reported in the last 90 days or should report, in order.

    Args:
        reported: when something last came from a place.
        accounts: of the organization, as far as they are known.
        regions: which each of the accounts should report from; none: those that it has reported from.
        now: the moment of the survey.
        silent_after: for how long a place may say nothing before it is asked.
        excluded: whether nobody wants to hear from an account.
        ask: None: nobody is asked, and silence counts as it is.
        answered: when a quiet place last said that it records; it is not asked again for `silent_after`.
    """
    known = {account.id: account for account in accounts}
    wanted = {place for place, last in reported.items() if now - last < KEPT}
    wanted |= {Place(account.id, region) for account in known.values() for region in regions}
    reports = []
    for place in sorted(wanted):
        account = known.get(place.account)
        if excluded(place.account) or (account is not None and not account.active):
            continue
        recently = (answered or {}).get(place)
        reports.append(_report(place, reported.get(place), recently, now, silent_after, ask))
    return reports


def _report(
    place: Place,
    last: datetime | None,
    answered: datetime | None,
    now: datetime,
    silent_after: timedelta,
    ask: Ask | None,
) -> Report:
    if last is not None and now - last <= silent_after:
        return Report(place=place, state=REPORTED, last_reported=last)
    if ask is None:
        return Report(place=place, state=SILENT, last_reported=last, why="nothing came from there")
    if answered is not None and now - answered <= silent_after:
        return Report(place=place, state=QUIET, last_reported=last, why="recorded and forwarded when it was last asked")
    try:
        wrong = ask(place)
    except NoTime:
        return Report(place=place, state=UNASKED, last_reported=last, why="there was no time to ask")
    if wrong is None:
        return Report(place=place, state=QUIET, last_reported=last, why="still records and forwards")
    return Report(place=place, state=SILENT, last_reported=last, why=wrong)
