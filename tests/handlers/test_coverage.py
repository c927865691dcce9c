"""The hub's survey: who reports, and who is silent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from manual_change.adapters.places import Places
from manual_change.domain.coverage import Place
from manual_change.handlers.coverage import Coverage
from manual_change.settings import CoverageSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BUS = "arn:aws:events:eu-west-1:111122223333:event-bus/hub"
SHOP, BANK = Place("111122223333", "eu-west-1"), Place("444455556666", "eu-west-1")


class Known(Places):
    """The shop has just reported, the bank a week ago."""

    def __init__(self) -> None:
        self.said: list[Place] = []

    def all(self) -> dict[Place, datetime]:
        return {SHOP: NOON, BANK: NOON - timedelta(days=7)}

    def answers(self) -> dict[Place, datetime]:
        return dict.fromkeys(self.said, NOON)

    def answered(self, place: Place, *, now: datetime) -> None:
        assert now == NOON
        self.said.append(place)


def test_silent_places_are_counted_and_named(said: Any) -> None:
    """The alarm rings on the number; the log says which and why."""
    survey = Coverage(
        settings=CoverageSettings(organization_table="organization", bus_arn=BUS),
        places=Known(),
        telemetry=said.telemetry,
        ask=lambda _: "the recorder is stopped",
        now=lambda: NOON,
    )

    assert {"places": 2, "silent": 1, "unasked": 0} == survey.handle(seconds_left=300.0)
    [line] = [line for line in said.lines if line.get("message") == "a place is silent"]
    assert (BANK.account, "the recorder is stopped") == (line["account"], line["why"])
    assert [[1]] == [line["SilentPlaces"] for line in said.lines if "SilentPlaces" in line]


def a_survey(said: Any, asked: list[Place]) -> Coverage:
    """One in which whoever is asked still records."""

    def ask(place: Place) -> str | None:
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

    assert ([{"places": 2, "silent": 0, "unasked": 0}] * 2, [BANK]) == (told, asked)


def test_when_time_runs_out_the_rest_is_asked_next_time(said: Any) -> None:
    """It is not called silent for that."""
    asked: list[Place] = []

    assert {"places": 2, "silent": 0, "unasked": 1} == a_survey(said, asked).handle(seconds_left=10.0)
    assert [] == asked
