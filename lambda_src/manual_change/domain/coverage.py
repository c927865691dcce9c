"""Coverage: which accounts and regions report to the hub, and which are silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from manual_change.domain.account import Account

REPORTED: Final = "reported"
"""Something came from there in time."""
QUIET: Final = "quiet"
"""Nothing came, and it says that it still records and forwards."""
SILENT: Final = "silent"
"""Nothing came, and nobody answers for it."""
UNASKED: Final = "unasked"
"""Nothing came, there was no time to ask, and nothing is known of an earlier answer: the next survey begins here."""
NEW: Final = "new"
"""Nothing came yet, and the account has only just joined the organization: its spoke may be on the way."""
NEVER_HEARD_OF: Final = "never-heard-of"
"""The directory knows the account, and nothing came from it, whatever the region."""
GONE: Final = "gone"
"""Nothing came any more, and the account is no longer in the organization."""

UNWATCHED: Final = frozenset({SILENT, NEVER_HEARD_OF})

UNKNOWN_REGION: Final = "unknown"
"""Of an account that was never heard of, where nobody says which regions it should report from."""

NOTHING_CAME: Final = "nothing came from there"
DEPLOY_OR_EXCLUDE: Final = "nothing came from this account in 90 days, or ever: deploy a spoke into it, or exclude it"

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

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
    """`reported`, `quiet`, `silent`, `unasked`, `new`, `never-heard-of` or `gone`."""
    last_reported: datetime | None
    """None: never, as far as is known."""
    why: str = ""
    """What the place answered, or what kept it from answering."""

    @property
    def is_silent(self) -> bool:
        """Whether changes there would go unnoticed, as far as anybody knows."""
        return self.state in UNWATCHED

    @property
    def is_expected(self) -> bool:
        """Whether anything should come from there."""
        return self.state != GONE


class NoTime(Exception):
    """The survey's time is nearly over."""


Ask = Callable[[Place], str | None]
"""Asks a place whether it still records and forwards: None where it does, otherwise what is wrong.

Raises:
    NoTime: it was not asked, or not to the end.
"""

Checkpoint = Callable[[], None]
"""Passed before each request.

Raises:
    NoTime: there is no time for it.
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
    unanswered: Mapping[Place, datetime] | None = None,
    everybody: bool = False,
) -> list[Report]:
    """The state of every place that reported in the last 90 days or should report, in order.

    Those that nobody ever asked are asked first, then those whose last asking is longest ago: where time runs out, the
    next survey asks others, and each gets its turn.

    An account that the directory knows and nothing was ever heard of is in it once, if no regions are given.

    Args:
        reported: when something last came from a place.
        accounts: of the organization, as far as they are known.
        regions: which each of the accounts should report from, and each that has reported and may still be there; none:
            those that it has reported from.
        now: the moment of the survey.
        silent_after: for how long a place may say nothing before it is asked; an account that joined the organization
            more recently is not expected yet.
        excluded: whether nobody wants to hear from an account.
        ask: None: nobody is asked, and silence counts as it is.
        answered: when a quiet place last said that it records; it is not asked again for `silent_after`.
        unanswered: when a place was last asked and did not say so. It is still silent where there is no time to ask.
        everybody: whether an account that is not among `accounts` is not in the organization and not expected.
    """
    known = {account.id: account for account in accounts}
    heard_of = {place for place, last in reported.items() if now - last < KEPT}
    there = known.keys() if everybody else known.keys() | {place.account for place in heard_of}
    wanted = heard_of | {Place(account, region) for account in there for region in regions}
    likeliest = _likeliest_region(heard_of)
    never = known.keys() - {place.account for place in wanted}
    surveyor = _Surveyor(now, silent_after, reported, answered or {}, unanswered or {}, everybody, ask)
    reports = []
    for place in sorted(wanted | {Place(account, likeliest) for account in never}, key=surveyor.turn):
        account = known.get(place.account)
        if excluded(place.account) or (account is not None and not account.active):
            continue
        report = surveyor.report(place, account)
        reports.append(_never_heard_of(report) if place.account in never else report)
    return sorted(reports, key=lambda report: report.place)


def _likeliest_region(places: Iterable[Place]) -> str:
    """Where most accounts report from: an account of which nothing is known is asked there."""
    counted = Counter(place.region for place in places)
    return min(counted, key=lambda region: (-counted[region], region), default=UNKNOWN_REGION)


def _never_heard_of(report: Report) -> Report:
    """What is said of an account that nothing ever came from, unless it answers that it records where it was asked."""
    nowhere = replace(report, place=Place(report.place.account, UNKNOWN_REGION))
    if report.state == NEW:
        return nowhere
    if report.state != SILENT:
        return report
    answer = f" (asked in {report.place.region}: {report.why})" if report.why != NOTHING_CAME else ""
    return replace(nowhere, state=NEVER_HEARD_OF, why=f"{DEPLOY_OR_EXCLUDE}{answer}")


@dataclass(frozen=True, slots=True)
class _Surveyor:
    """Tells how places stand at one moment."""

    now: datetime
    silent_after: timedelta
    reported: Mapping[Place, datetime]
    answered: Mapping[Place, datetime]
    unanswered: Mapping[Place, datetime]
    everybody: bool
    ask: Ask | None

    def turn(self, place: Place) -> tuple[datetime, Place]:
        """By which places are asked in order: when each was last asked, whatever it answered."""
        return max(self.answered.get(place, _LONG_AGO), self.unanswered.get(place, _LONG_AGO)), place

    def report(self, place: Place, account: Account | None) -> Report:
        """How one place stands; whoever is there is asked where nothing came in time."""
        last = self.reported.get(place)
        told = partial(Report, place=place, last_reported=last)
        if self._is_recent(last):
            return told(state=REPORTED)
        if self.everybody and account is None:
            return told(state=GONE, why="the account is not in the organization any more")
        if last is None and account and self._is_recent(account.joined):
            return told(state=NEW, why=f"in the organization since {account.joined:%Y-%m-%d %H:%M} UTC")
        if self.ask is None or place.region == UNKNOWN_REGION:
            return told(state=SILENT, why=NOTHING_CAME)
        if self._is_recent(self.answered.get(place)):
            return told(state=QUIET, why="recorded and forwarded when it was last asked")
        try:
            wrong = self.ask(place)
        except NoTime:
            return self._unasked(told, place)
        return told(state=SILENT, why=wrong) if wrong else told(state=QUIET, why="still records and forwards")

    def _unasked(self, told: Callable[..., Report], place: Place) -> Report:
        """What was found at the last asking stands: no alarm ends because it was another's turn."""
        when = self.unanswered.get(place)
        others = (self.answered.get(place, _LONG_AGO), self.reported.get(place, _LONG_AGO))
        if when is None or when <= max(others):
            return told(state=UNASKED, why="there was no time to ask")
        return told(state=SILENT, why=f"there was no time to ask again; it was silent on {when:%Y-%m-%d %H:%M} UTC")

    def _is_recent(self, moment: datetime | None) -> bool:
        return moment is not None and self.now - moment <= self.silent_after
