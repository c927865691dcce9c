"""What CloudTrail is asked for: every change answered, few requests."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Resource
from manual_change.domain.lookups import PAGE, Sweep, pages_left, plan_sweeps, singles_are_cheaper, singles_for
from manual_change.domain.services import lookup_region

Build = Callable[..., Change]
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def a_sweep(*changes: Change, minutes: int = 30) -> Sweep:
    """A sweep that ends at noon."""
    return Sweep("111122223333", "eu-west-1", NOON - minutes * MINUTE, NOON, changes)


def test_one_change_is_one_sweep_over_its_window(a_change: Build) -> None:
    """From the lookback to the clock skew."""
    change, window = a_change(), Window()

    assert [Sweep("111122223333", "eu-west-1", window.begin(change), window.end(change), (change,))] == plan_sweeps(
        [change], window
    )


def test_changes_whose_windows_overlap_share_a_sweep(a_change: Build) -> None:
    """From the first window's begin to the last one's end."""
    first, last = a_change("sg-1"), a_change("sg-2", later=1800)
    [sweep] = plan_sweeps([last, first], Window())

    assert ((first, last), Window().begin(first), Window().end(last)) == (sweep.changes, sweep.begin, sweep.end)


def test_changes_far_apart_have_sweeps_of_their_own(a_change: Build) -> None:
    """What lies between is of no interest."""
    assert 2 == len(plan_sweeps([a_change("sg-1"), a_change("sg-2", later=7200)], Window()))


def test_each_account_and_region_has_sweeps_of_its_own(a_change: Build) -> None:
    """CloudTrail answers for one account and region at a time; IAM's calls are in its home region."""
    changes = [
        a_change("sg-1"),
        a_change("sg-2", account="444455556666"),
        a_change("sg-3", region="us-west-2"),
        a_change("AROA", type="AWS::IAM::Role", region="global"),
        a_change("AIDA", type="AWS::IAM::User", region="eu-west-1"),
    ]

    assert [
        ("111122223333", "eu-west-1", 1),
        ("111122223333", "us-east-1", 2),
        ("111122223333", "us-west-2", 1),
        ("444455556666", "eu-west-1", 1),
    ] == [(sweep.account, sweep.region, len(sweep.changes)) for sweep in plan_sweeps(changes, Window())]


def test_a_type_that_is_recorded_daily_is_swept_over_a_day(a_change: Build) -> None:
    """Its call may lie that far back."""
    [sweep] = plan_sweeps([a_change()], Window(daily_resource_types=("AWS::EC2::*",)))

    assert timedelta(days=1, seconds=5) == sweep.span


def test_no_changes_need_no_sweep() -> None:
    """And no request."""
    assert [] == plan_sweeps([], Window())


CHANGES = st.lists(
    st.builds(
        lambda number, account, region, type_, at: Change(
            Resource(account, region, type_, f"r-{number}"), "UPDATE", NOON + timedelta(seconds=at)
        ),
        st.integers(0, 50),
        st.sampled_from(["111122223333", "444455556666"]),
        st.sampled_from(["eu-west-1", "us-east-1", "global", "cn-north-1", "unknown"]),
        st.sampled_from(["AWS::EC2::Instance", "AWS::IAM::Role", "AWS::RDS::DBInstance", "Example::Thing::X"]),
        st.integers(0, 200_000),
    ),
    max_size=25,
)
WINDOWS = st.builds(
    Window,
    lookback=st.integers(1, 7200).map(lambda seconds: timedelta(seconds=seconds)),
    clock_skew=st.integers(0, 60).map(lambda seconds: timedelta(seconds=seconds)),
    daily_resource_types=st.lists(st.sampled_from(["AWS::RDS::*", "*"]), max_size=1).map(tuple),
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(CHANGES, WINDOWS)
def test_every_change_is_answered_by_one_sweep_that_covers_its_window(changes: list[Change], window: Window) -> None:
    """In its account, where its calls are."""
    sweeps = plan_sweeps(changes, window)
    planned = [(sweep, change) for sweep in sweeps for change in sweep.changes]

    assert sorted(change.key for change in changes) == sorted(change.key for _, change in planned)
    assert all(
        sweep.account == change.resource.account
        and sweep.region == lookup_region(change.resource)
        and sweep.begin <= window.begin(change) <= window.end(change) <= sweep.end
        for sweep, change in planned
    )


@settings(derandomize=True, max_examples=100, deadline=None)
@given(CHANGES, WINDOWS)
def test_no_two_sweeps_read_the_same_stretch(changes: list[Change], window: Window) -> None:
    """Of an account and region; and none reads more than its changes ask for."""
    sweeps = plan_sweeps(changes, window)
    places = {(sweep.account, sweep.region) for sweep in sweeps}

    for place in places:
        there = sorted((each.begin, each.end) for each in sweeps if (each.account, each.region) == place)
        assert all(earlier[1] < later[0] for earlier, later in pairwise(there))
    assert all(
        (sweep.begin, sweep.end) == (min(map(window.begin, sweep.changes)), max(map(window.end, sweep.changes)))
        for sweep in sweeps
    )


@pytest.mark.parametrize(
    ("minutes_read", "calls_seen", "pages"),
    [(15, 50, 1), (10, 50, 2), (1, 50, 29), (30, 500, 0), (29, 50, 1), (15, 500, 10)],
)
def test_the_pages_that_are_left_are_estimated_from_those_that_were_read(
    minutes_read: int, calls_seen: int, pages: int
) -> None:
    """Newest calls come first: how far back the pages so far reached says how dense the calls are."""
    assert pages == pages_left(a_sweep(), NOON - minutes_read * MINUTE, calls_seen)


def test_a_page_full_of_calls_of_one_moment_is_as_bad_as_it_gets() -> None:
    """A whole page within one second: a page for each second."""
    assert 1800 == pages_left(a_sweep(), NOON, PAGE)


def test_a_resource_is_asked_for_once(a_change: Build) -> None:
    """However many of its items are looked at."""
    assert ["sg-1", "sg-2"] == singles_for([a_change("sg-1"), a_change("sg-2"), a_change("sg-1", later=5)])


@pytest.mark.parametrize(("resources", "expected"), [(28, True), (29, False), (30, False)])
def test_single_lookups_are_made_where_they_cost_less(a_change: Build, resources: int, expected: bool) -> None:
    """One request a resource, against one a page: 29 pages are left here."""
    sweep = a_sweep(*(a_change(f"sg-{number}") for number in range(resources)))

    assert expected is singles_are_cheaper(sweep, NOON - MINUTE, PAGE)


def test_a_page_holds_fifty_calls() -> None:
    """CloudTrail API reference, LookupEvents: MaxResults 1 to 50."""
    assert 50 == PAGE
