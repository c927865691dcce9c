"""The hub's survey, and its way through Control Tower."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from manual_change.adapters.account_clients import AccountClients
from manual_change.adapters.places import Places
from manual_change.domain.coverage import Place
from manual_change.handlers.coverage import Coverage
from manual_change.handlers.lookup import ANSWER_BYTES, Lookup
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


class CloudTrail:
    """Pages of records, each of a size."""

    def __init__(self, record_bytes: int = 100, error: str | None = None) -> None:
        self.asked: list[int] = []
        self._text, self._error = "x" * record_bytes, error

    def lookup_events(self, *, MaxResults: int, **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's own words
        self.asked.append(MaxResults)
        if self._error:
            raise ClientError({"Error": {"Code": self._error, "Message": "no"}}, "LookupEvents")
        events = [{"EventId": "e", "EventTime": NOON, "CloudTrailEvent": self._text}] * MaxResults
        return {"Events": events, "NextToken": "more", "ResponseMetadata": {}}


def look(cloudtrail: CloudTrail) -> dict[str, Any]:
    """One question of the attribute stage's."""
    stand_in: Any = cloudtrail
    clients = AccountClients(role_name="", sts=lambda: stand_in, make=lambda *_, **__: stand_in)
    return Lookup(clients).handle({"account": "1", "region": "eu-west-1", "asked": {"MaxResults": 50}})


def test_the_function_hands_back_records_and_token() -> None:
    """As JSON: times and the rest stand in the records."""
    answer = look(CloudTrail())

    assert (50, "more") == (len(answer["Events"]), answer["NextToken"])
    assert {"EventId": "e", "CloudTrailEvent": "x" * 100} == json.loads(json.dumps(answer))["Events"][0]


def test_a_page_that_is_too_large_for_an_answer_is_asked_for_in_parts() -> None:
    """Lambda's answers hold 6 MB."""
    cloudtrail = CloudTrail(record_bytes=250_000)

    answer = look(cloudtrail)

    assert [50, 25, 12] == cloudtrail.asked
    assert len(json.dumps(answer)) <= ANSWER_BYTES


def test_what_cloudtrail_refuses_is_data() -> None:
    """An exception would lose its code on the way."""
    expected = {"error": {"Code": "ThrottlingException", "Message": "no"}}

    assert expected == look(CloudTrail(error="ThrottlingException"))
