"""Which accounts and regions report, and which are silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.domain.account import Account
from manual_change.domain.coverage import NoTime, Place, Report, survey

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = Place("111122223333", "eu-west-1")
BANK = Place("444455556666", "eu-west-1")


def states(
    *accounts: Account,
    hours: dict[Place, float] | None = None,
    ask: Callable[[Place], str | None] | None = None,
    **options: Any,
) -> dict[Place, str]:
    """The state of each place, from how many hours ago it reported."""
    reported = {place: NOON - timedelta(hours=ago) for place, ago in (hours or {}).items()}
    settings: dict[str, Any] = {"regions": (), "excluded": lambda _: False, **options}
    reports = survey(reported, accounts, now=NOON, silent_after=timedelta(hours=24), ask=ask, **settings)
    return {report.place: report.state for report in reports}


def test_a_place_that_reported_in_time_is_left_alone() -> None:
    """Nobody is asked."""
    assert {SHOP: "reported"} == states(hours={SHOP: 24})


def test_a_place_that_says_nothing_is_silent_where_nobody_can_be_asked() -> None:
    """Silence counts as it is."""
    assert {SHOP: "silent"} == states(hours={SHOP: 25})


def test_a_quiet_place_that_still_records_is_no_cause_for_alarm() -> None:
    """A weekend in a small account."""
    assert {SHOP: "quiet"} == states(hours={SHOP: 72}, ask=lambda _: None)


def test_each_gets_its_turn_where_there_is_no_time_to_ask_all() -> None:
    """Those that never answer hold up the rest for one survey, not for good."""
    places = [Place(f"{number:012d}", "eu-west-1") for number in range(30)]
    unanswered: dict[Place, datetime] = {}
    asked: list[list[Place]] = []
    for hour in range(3):
        now, turns = NOON + timedelta(hours=hour), list[Place]()

        def ask(place: Place, now: datetime = now, turns: list[Place] = turns) -> str:
            if len(turns) == 20:
                raise NoTime
            turns.append(place)
            unanswered[place] = now
            return "the recorder is stopped"

        reports = survey(
            dict.fromkeys(places, NOON - timedelta(days=2)),
            (),
            regions=(),
            now=now,
            silent_after=timedelta(hours=24),
            excluded=lambda _: False,
            ask=ask,
            unanswered=dict(unanswered),
        )
        asked.append(turns)
        assert places == [report.place for report in reports], "they are listed in order, however they are asked"

    assert [places[:20], places[20:] + places[:10], places[10:20] + places[:10]] == asked


def test_what_was_silent_is_so_until_it_is_asked_again() -> None:
    """No alarm ends because it was another's turn; and who was well, or never asked, is not called silent for it."""

    def ask(_: Place) -> str | None:
        raise NoTime

    def told(**last: dict[Place, datetime]) -> str:
        return states(hours={SHOP: 72}, ask=ask, **last)[SHOP]

    then, later = {SHOP: NOON - timedelta(hours=60)}, {SHOP: NOON - timedelta(hours=50)}
    before = {SHOP: NOON - timedelta(hours=80)}

    assert ["silent", "silent"] == [told(unanswered=then), told(unanswered=later, answered=then)]
    assert ["unasked"] * 3 == [told(), told(unanswered=then, answered=later), told(unanswered=before)]


def test_a_place_whose_spoke_is_gone_is_silent() -> None:
    """What it answered is kept for people to read."""
    assert {SHOP: "silent"} == states(hours={SHOP: 72}, ask=lambda _: "the recorder is stopped")


def test_an_account_that_never_reported_is_expected_in_every_region() -> None:
    """The directory knows it, the spoke was never deployed."""
    expected = {Place(SHOP.account, region): "silent" for region in ("eu-west-1", "us-east-1")}

    assert expected == states(Account(id=SHOP.account), regions=("eu-west-1", "us-east-1"))


@pytest.mark.parametrize("known", [(), (Account(id=BANK.account),)], ids=["without a directory", "with a partial one"])
def test_a_region_that_never_delivers_is_missed_of_each_account_that_reported(known: tuple[Account, ...]) -> None:
    """The hub subscribed to a topic of a governed region, and nothing ever came: no directory is needed to know."""
    told = states(*known, hours={SHOP: 1, BANK: 1}, regions=("eu-west-1", "us-east-1"))

    silent = {Place(place.account, "us-east-1"): "silent" for place in (SHOP, BANK)}
    assert {SHOP: "reported", BANK: "reported", **silent} == told


def test_an_account_that_left_is_missed_nowhere() -> None:
    """In no further region, either."""
    told = states(Account(id=BANK.account), hours={SHOP: 72, BANK: 1}, regions=("eu-west-1",), everybody=True)
    further = states(Account(id=BANK.account), hours={SHOP: 72, BANK: 1}, regions=("us-east-1",), everybody=True)

    assert {SHOP: "gone", BANK: "reported"} == told
    assert {SHOP: "gone", BANK: "reported", Place(BANK.account, "us-east-1"): "silent"} == further


def test_an_account_that_was_never_heard_of_is_listed_once() -> None:
    """No regions are given, and none is known of it."""
    assert {SHOP: "reported", Place(BANK.account, "unknown"): "never-heard-of"} == states(
        Account(id=SHOP.account), Account(id=BANK.account), hours={SHOP: 1}
    )


def test_an_account_that_was_never_heard_of_is_asked_where_most_report_from() -> None:
    """What answers for itself has had nothing to say: an account in which nothing changes."""
    asked: list[Place] = []
    here, there = Place("777788889999", "us-east-1"), Place("999999999999", "us-east-1")

    told = states(Account(id=BANK.account), hours={SHOP: 1, here: 1, there: 1}, ask=lambda place: asked.append(place))

    assert ("quiet", [Place(BANK.account, "us-east-1")]) == (told[Place(BANK.account, "us-east-1")], asked)


def test_what_is_to_be_done_about_an_account_that_was_never_heard_of() -> None:
    """With what it said where it was asked."""
    reports = survey(
        {SHOP: NOON},
        [Account(id=BANK.account)],
        regions=(),
        now=NOON,
        silent_after=timedelta(hours=24),
        excluded=lambda _: False,
        ask=lambda _: "its lookup role cannot be assumed",
    )

    said = "nothing came from this account in 90 days, or ever: deploy a spoke into it, or exclude it"
    why = f"{said} (asked in eu-west-1: its lookup role cannot be assumed)"
    expected = Report(place=Place(BANK.account, "unknown"), state="never-heard-of", last_reported=None, why=why)
    assert expected == next(report for report in reports if report.place.account == BANK.account)


def test_nobody_is_asked_where_no_region_is_known() -> None:
    """A hub that has heard of nobody yet."""

    def ask(place: Place) -> str | None:
        raise AssertionError(f"{place} was asked")

    assert {Place(SHOP.account, "unknown"): "never-heard-of"} == states(Account(id=SHOP.account), ask=ask)


@pytest.mark.parametrize(
    ("regions", "hours", "state"),
    [
        ((), 1, "new"),
        ((), 24, "new"),
        ((), 25, "never-heard-of"),
        (("eu-west-1",), 24, "new"),
        (("eu-west-1",), 25, "silent"),
    ],
)
def test_an_account_that_has_just_joined_is_not_expected_yet(
    regions: tuple[str, ...], hours: float, state: str
) -> None:
    """Its spoke is on the way, and the first change takes its time."""
    account = Account(id=SHOP.account, joined=NOON - timedelta(hours=hours))

    assert [state] == list(states(account, regions=regions).values())


def test_who_is_excluded_or_closed_is_not_never_heard_of() -> None:
    """Nobody wants to hear from them."""
    accounts = Account(id=SHOP.account), Account(id=BANK.account, active=False)

    assert {} == states(*accounts, excluded=lambda account: account == SHOP.account)


def test_a_closed_account_is_not_expected() -> None:
    """It has nothing more to say."""
    assert {} == states(Account(id=SHOP.account, active=False), hours={SHOP: 72})


def test_an_excluded_account_is_not_expected() -> None:
    """Nobody wants to hear from it."""
    assert {BANK: "reported"} == states(hours={SHOP: 1, BANK: 1}, excluded=lambda account: account == SHOP.account)


def test_an_account_that_left_the_organization_is_gone() -> None:
    """It is not asked: its spoke is not its former organization's business. Until then it reports as others do."""

    def ask(place: Place) -> str | None:
        raise AssertionError(f"{place} was asked")

    left, leaving = SHOP, Place("777788889999", "eu-west-1")
    told = states(Account(id=BANK.account), hours={left: 72, leaving: 2, BANK: 1}, ask=ask, everybody=True)

    assert {left: "gone", leaving: "reported", BANK: "reported"} == told


def test_nobody_is_gone_for_a_list_that_may_not_be_all() -> None:
    """The team named one account, and the recorder of another was stopped."""
    assert {SHOP: "silent", BANK: "reported"} == states(Account(id=BANK.account), hours={SHOP: 72, BANK: 1})


def test_a_place_that_reported_long_ago_is_forgotten() -> None:
    """A region that was left, an account that went to another organization."""
    assert {} == states(hours={SHOP: 24 * 90})
