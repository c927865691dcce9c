"""The hub's survey: who reports, and who is silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.places import Places
from manual_change.adapters.subscriptions import Subscriptions
from manual_change.domain.account import Account
from manual_change.domain.coverage import Checkpoint, Place
from manual_change.handlers.coverage import PATIENCE_SECONDS, SHARE_OF_THE_LIST, SPARE_SECONDS, Coverage, ask_both
from manual_change.handlers.organization import BRIEF, BRIEF_SECONDS
from manual_change.metric_names import PLACES, SILENT_PLACES, UNASKED_PLACES, UNREAD_DIRECTORY
from manual_change.settings import CoverageSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/hub"
SHOP, BANK = Place("111122223333", "eu-west-1"), Place("444455556666", "eu-west-1")


class Known(Places):
    """The shop has just reported, the bank a week ago."""

    def __init__(self) -> None:
        self.said: list[Place] = []
        self.failed: list[Place] = []

    def all(self) -> dict[Place, datetime]:
        return {SHOP: NOON, BANK: NOON - timedelta(days=7)}

    def answers(self) -> dict[Place, datetime]:
        return dict.fromkeys(self.said, NOON)

    def answered(self, place: Place, *, now: datetime) -> None:
        assert now == NOON
        self.said.append(place)

    def failures(self) -> dict[Place, datetime]:
        return dict.fromkeys(self.failed, NOON)

    def unanswered(self, place: Place, *, now: datetime) -> None:
        assert now == NOON
        self.failed.append(place)


def a_whole_list(**counted: int) -> dict[str, int | bool]:
    """What a survey says that knew every account."""
    return {**counted, "list_is_whole": True}


def test_silent_places_are_counted_and_named(said: Any) -> None:
    """The alarm rings on the number; the log says which and why."""
    survey = Coverage(
        settings=CoverageSettings(organization_table="organization", bus_arn=BUS),
        places=Known(),
        telemetry=said.telemetry,
        ask=lambda *_: "the recorder is stopped",
        now=lambda: NOON,
    )

    assert a_whole_list(places=2, silent=1, unasked=0) == survey.handle(seconds_left=300.0)
    [line] = [line for line in said.lines if line.get("message") == "a place is silent"]
    assert (BANK.account, "the recorder is stopped") == (line["account"], line["why"])
    assert [[1]] == [line["SilentPlaces"] for line in said.lines if "SilentPlaces" in line]


def test_a_region_whose_subscription_is_gone_is_silent_whatever_it_answers(said: Any) -> None:
    """An update of the landing zone made the topic anew: its accounts record, and nobody hears of it."""

    def gone(*, SubscriptionArn: str) -> Any:  # noqa: N803 - AWS's own words
        raise ClientError({"Error": {"Code": "NotFound", "Message": SubscriptionArn}}, "GetSubscriptionAttributes")

    sns: Any = SimpleNamespace(get_subscription_attributes=gone)
    still_records: Any = SimpleNamespace(ask=lambda *_: None)
    subscription = "arn:aws:sns:eu-west-1:123456789012:config:1"
    survey = a_survey(said, [])
    survey.ask = ask_both(Subscriptions(lambda _: sns, [subscription]), still_records)

    assert a_whole_list(places=2, silent=1, unasked=0) == survey.handle(seconds_left=300.0)
    [line] = [line for line in said.lines if line.get("message") == "a place is silent"]
    assert f"the hub's subscription {subscription} is gone" in line["why"]


def a_survey(said: Any, asked: list[Place]) -> Coverage:
    """One in which whoever is asked still records."""

    def ask(place: Place, _: Checkpoint) -> str | None:
        asked.append(place)
        return None

    return Coverage(
        settings=CoverageSettings(organization_table="organization", bus_arn=BUS),
        places=Known(),
        telemetry=said.telemetry,
        ask=ask,
        now=lambda: NOON,
    )


def test_who_answered_is_not_asked_again_for_a_while(said: Any) -> None:
    """Thousands of quiet places are not asked every hour."""
    asked: list[Place] = []
    survey = a_survey(said, asked)

    told = [survey.handle(seconds_left=300.0) for _ in range(2)]

    assert ([a_whole_list(places=2, silent=0, unasked=0)] * 2, [BANK]) == (told, asked)


def test_when_time_runs_out_the_rest_is_asked_next_time(said: Any) -> None:
    """It is not called silent for that, and nobody is led to think that it is well."""
    asked: list[Place] = []

    assert a_whole_list(places=2, silent=0, unasked=1) == a_survey(said, asked).handle(seconds_left=10.0)
    assert [] == asked
    assert 1 == said.counted(UNASKED_PLACES)
    assert [1] == [line["unasked"] for line in said.lines if "no time to ask" in str(line.get("message"))]


def test_a_place_that_takes_long_does_not_use_up_the_functions_time(said: Any) -> None:
    """Seven requests of which none is answered at once: the time is looked at between them, and the number written."""
    clock = [0.0]

    def ask(_: Place, checkpoint: Checkpoint) -> str | None:
        for _request in range(7):
            checkpoint()
            clock[0] += BRIEF_SECONDS
        return None

    survey = a_survey(said, [])
    survey.ask, survey.timer = ask, lambda: clock[0]

    assert a_whole_list(places=2, silent=0, unasked=1) == survey.handle(seconds_left=300.0)
    assert clock[0] + BRIEF_SECONDS <= 300.0, "there is time left to write down that somebody was asked"
    assert 1 == said.counted(UNASKED_PLACES)


def test_a_place_that_answers_slowly_does_not_use_up_every_survey(said: Any) -> None:
    """Were it asked to the end there would never be time for another; it counts as one that does not answer."""
    clock = [0.0]

    def ask(_: Place, checkpoint: Checkpoint) -> str | None:
        while True:
            checkpoint()
            clock[0] += BRIEF_SECONDS

    survey = a_survey(said, [])
    survey.ask, survey.timer = ask, lambda: clock[0]

    assert a_whole_list(places=2, silent=1, unasked=0) == survey.handle(seconds_left=900.0)
    assert clock[0] <= PATIENCE_SECONDS + BRIEF_SECONDS
    assert PATIENCE_SECONDS + BRIEF_SECONDS < (900.0 - SPARE_SECONDS) * (1 - SHARE_OF_THE_LIST), "it is cut off in time"
    [line] = [line for line in said.lines if line.get("message") == "a place is silent"]
    assert "it answers too slowly" in line["why"]


def test_one_request_takes_no_longer_than_is_spared() -> None:
    """The tries that its configuration allows, and botocore's waits between them: a second and two at the most."""
    config: Any = BRIEF
    tries = config.retries["total_max_attempts"]

    assert tries * (config.connect_timeout + config.read_timeout) + sum(2**wait for wait in range(tries - 1)) == (
        BRIEF_SECONDS
    )


def test_who_did_not_answer_stays_silent_while_others_are_asked(said: Any) -> None:
    """When it was asked is kept, too."""
    survey = a_survey(said, [])
    survey.ask = lambda *_: "the recorder is stopped"
    survey.handle(seconds_left=300.0)

    assert a_whole_list(places=2, silent=1, unasked=0) == survey.handle(seconds_left=10.0)


NEVER_SPOKE = "777788889999"
REFUSED = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "no"}}, "ListAccounts")


class Directory:
    """AWS Organizations: what it lists, until it breaks off; nobody may ask it about one account after the other."""

    knows_all = True

    def __init__(
        self, *, breaks_off: bool = False, inside: tuple[str, ...] = (), others: tuple[str, ...] = (BANK.account,)
    ) -> None:
        self._breaks_off, self._inside, self._others = breaks_off, inside, others
        self.requests = 0

    def find(self, account_id: str) -> Account | None:
        raise AssertionError(f"{account_id} was asked about by itself")

    def all(self) -> Iterator[list[Account]]:
        self.requests += 1
        yield [Account(id=SHOP.account)]
        if self._breaks_off:
            raise REFUSED
        self.requests += 1
        yield [Account(id=account) for account in (*self._others, NEVER_SPOKE)]

    def inside(self, units: Sequence[str]) -> Iterator[Sequence[str]]:
        assert units == ("Sandbox",)
        self.requests += 1
        yield self._inside


def a_survey_of(directory: Directory, said: Any, *units: str, **options: Any) -> Coverage:
    """One that asks nobody."""
    return Coverage(
        settings=CoverageSettings(organization_table="organization", bus_arn=BUS, excluded_organizational_units=units),
        places=Known(),
        telemetry=said.telemetry,
        directory=AccountDirectory(directory, complain=said.telemetry.logger.warning),
        now=lambda: NOON,
        **options,
    )


def test_an_account_that_was_never_heard_of_is_counted_and_named(said: Any) -> None:
    """The bank has been silent for a week, and one account has never spoken."""
    assert a_whole_list(places=3, silent=2, unasked=0) == a_survey_of(Directory(), said).handle(seconds_left=300.0)
    named = [(line["account"], line["region"]) for line in said.lines if line.get("message") == "a place is silent"]
    assert [(BANK.account, "eu-west-1"), (NEVER_SPOKE, "unknown")] == named
    assert (2, 0) == (said.counted(SILENT_PLACES), said.counted(UNREAD_DIRECTORY))


def test_an_account_that_left_the_organization_rings_no_alarm(said: Any) -> None:
    """AWS Organizations no longer lists the bank: it is no place that should report, and nobody names it."""
    told = a_survey_of(Directory(others=()), said).handle(seconds_left=300.0)

    assert a_whole_list(places=2, silent=1, unasked=0) == told
    assert [NEVER_SPOKE] == [line["account"] for line in said.lines if line.get("message") == "a place is silent"]
    assert (2, 1) == (said.counted(PLACES), said.counted(SILENT_PLACES))


def test_no_alarm_ends_because_the_list_could_not_be_read(said: Any) -> None:
    """A number from half a list would be lower: none is written, and that the list was not read is."""
    told = a_survey_of(Directory(breaks_off=True), said).handle(seconds_left=300.0)

    assert not told["list_is_whole"]
    assert [] == [line for line in said.lines if SILENT_PLACES in line or PLACES in line]
    assert 1 == said.counted(UNREAD_DIRECTORY)
    assert any("TooManyRequestsException" in str(line.get("message")) for line in said.lines)


def test_a_list_that_takes_too_long_is_not_whole(said: Any) -> None:
    """Half of the time is for reading it; those that are silent are asked in the rest."""
    ticks = count(0, 100)
    directory = Directory()
    told = a_survey_of(directory, said, timer=lambda: float(next(ticks))).handle(seconds_left=220.0)

    assert (False, 1) == (told["list_is_whole"], directory.requests)


def test_excluded_units_are_walked_once_and_not_asked_for_by_account(said: Any) -> None:
    """Thousands of accounts would take several requests each."""
    directory = Directory(inside=(NEVER_SPOKE, BANK.account))
    told = a_survey_of(directory, said, "Sandbox").handle(seconds_left=300.0)

    assert (a_whole_list(places=1, silent=0, unasked=0), 3) == (told, directory.requests)
