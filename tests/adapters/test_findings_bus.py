"""Findings on the event bus."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.findings_bus import FindingsBus, NotAnnounced
from manual_change.adapters.findings_table import FindingsTable, Owed
from manual_change.domain.finding import Finding

AFinding = Callable[..., Finding]


class EventBridge:
    """Takes entries, but for those that it is told to refuse so many times."""

    def __init__(self, **refusals: int) -> None:
        self.requests: list[list[dict[str, Any]]] = []
        self.refusals = refusals

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's own word
        """What EventBridge answers: one entry for each, in order."""
        self.requests.append(Entries)
        return {"Entries": [self._answer(entry) for entry in Entries]}

    def _answer(self, entry: dict[str, Any]) -> dict[str, str]:
        of = resource(entry).replace("-", "_")
        if self.refusals.get(of, 0) > 0:
            self.refusals[of] -= 1
            return {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        return {"EventId": "1"}


def resource(entry: dict[str, Any]) -> str:
    """Which resource an entry is about."""
    return str(json.loads(entry["Detail"])["change"]["resource_id"])


def a_bus(events: EventBridge) -> FindingsBus:
    """A bus that never sleeps."""
    return FindingsBus(
        events,  # type: ignore[arg-type]
        "default",
        source="manual-change-detector",
        detail_type="Manual Change Finding",
        sleep=lambda _: None,
    )


def test_a_finding_is_an_event_of_its_own(a_finding: AFinding) -> None:
    """With source and type that rules match, and the contract as its detail."""
    events = EventBridge()

    a_bus(events).put([a_finding()])

    [[entry]] = events.requests
    detail = json.loads(entry.pop("Detail"))
    assert {
        "EventBusName": "default",
        "Source": "manual-change-detector",
        "DetailType": "Manual Change Finding",
    } == entry
    assert (a_finding().id, "medium", "network") == (
        detail["id"],
        detail["severity"]["level"],
        detail["severity"]["rule"],
    )


def test_ten_entries_are_a_request(a_finding: AFinding) -> None:
    """As many as EventBridge takes."""
    events = EventBridge()

    a_bus(events).put([a_finding(f"sg-{number}") for number in range(25)])

    assert [10, 10, 5] == [len(request) for request in events.requests]


def test_large_findings_go_in_requests_of_their_own(a_finding: AFinding) -> None:
    """256 KB is the limit of a request."""
    events = EventBridge()

    a_bus(events).put([a_finding(f"sg-{number}", after="x" * 150_000) for number in range(3)])

    assert [1, 1, 1] == [len(request) for request in events.requests]
    assert all(len(request[0]["Detail"]) < 256 * 1024 for request in events.requests)


def test_only_what_was_refused_is_offered_again(a_finding: AFinding) -> None:
    """A partial failure is answered with success as a whole."""
    events = EventBridge(sg_2=1)

    a_bus(events).put([a_finding(of) for of in ("sg-1", "sg-2", "sg-3")])

    assert [["sg-1", "sg-2", "sg-3"], ["sg-2"]] == [[resource(entry) for entry in each] for each in events.requests]


def test_what_is_refused_to_the_end_is_named(a_finding: AFinding) -> None:
    """So that it comes again, and the log says why."""
    said = r"1 findings were not taken by the event bus default: ThrottlingException \(slow down\)"

    with pytest.raises(NotAnnounced, match=said) as refused:
        a_bus(EventBridge(sg_2=99)).put([a_finding("sg-1"), a_finding("sg-2")])

    assert {a_finding("sg-2").id} == refused.value.failed.keys()


def test_real_eventbridge_takes_the_entry(aws: Callable[[str], Any], a_finding: AFinding) -> None:
    """The parameters are those of the API."""
    a_bus(aws("events")).put([a_finding()])


def test_what_the_bus_has_is_owed_no_longer(aws: Callable[[str], Any], table: str, a_finding: AFinding) -> None:
    """A redelivery announces nothing; the message is still owed."""
    later = timedelta(days=1)
    findings = FindingsTable(aws("dynamodb"), table, retention=later, lease=later, announced=True)
    from_now = a_finding().change.captured_at  # type: ignore[union-attr]
    before = findings.record(a_finding(), now=from_now)
    findings.mark_announced(a_finding())

    assert Owed(message=True, announcement=True) == before
    assert Owed(message=True, announcement=False) == findings.record(a_finding(), now=from_now)


def test_without_a_bus_nothing_is_owed_to_it(aws: Callable[[str], Any], table: str, a_finding: AFinding) -> None:
    """Nor later, should there be one."""
    later = timedelta(days=1)
    findings = FindingsTable(aws("dynamodb"), table, retention=later, lease=later)

    owed = findings.record(a_finding(), now=a_finding().change.captured_at)  # type: ignore[union-attr]

    assert Owed(message=True, announcement=False) == owed
