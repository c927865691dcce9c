"""Which accounts and regions report, and which are silent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from manual_change.domain.account import Account
from manual_change.domain.coverage import Place, survey

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


def test_a_place_whose_spoke_is_gone_is_silent() -> None:
    """What it answered is kept for people to read."""
    assert {SHOP: "silent"} == states(hours={SHOP: 72}, ask=lambda _: "the recorder is stopped")


def test_an_account_that_never_reported_is_expected_in_every_region() -> None:
    """The directory knows it, the spoke was never deployed."""
    expected = {Place(SHOP.account, region): "silent" for region in ("eu-west-1", "us-east-1")}

    assert expected == states(Account(id=SHOP.account), regions=("eu-west-1", "us-east-1"))


def test_a_closed_account_is_not_expected() -> None:
    """It has nothing more to say."""
    assert {} == states(Account(id=SHOP.account, active=False), hours={SHOP: 72})


def test_an_excluded_account_is_not_expected() -> None:
    """Nobody wants to hear from it."""
    assert {BANK: "reported"} == states(hours={SHOP: 1, BANK: 1}, excluded=lambda account: account == SHOP.account)


def test_a_place_that_reported_long_ago_is_forgotten() -> None:
    """A region that was left, an account that went to another organization."""
    assert {} == states(hours={SHOP: 24 * 90})
