"""A finding: its contract with other tools, its id, and how it travels."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.finding import Finding
from manual_change.domain.investigation import investigate, investigate_call
from manual_change.domain.policy import Policy


@pytest.fixture
def a_finding(a_change: Callable[..., Change], a_call: Callable[..., ApiCall]) -> Callable[..., Finding]:
    """Builds a finding: by default about alice's change of `sg-1`."""
    return lambda **fields: investigate(a_change(**fields), [a_call(eventID="e-1")], Policy())[0]


KEYS = ["version", "decision", "verdict", "reason", "explanation", "change", "actor", "calls"]


def test_the_keys_of_the_contract_come_in_its_order(a_finding: Callable[..., Finding]) -> None:
    """DESIGN, section 6; `source` is replay's own."""
    assert KEYS == list(a_finding().to_json())


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        (
            "change",
            "account region resource_type resource_id resource_name arn change_type captured_at properties".split(),
        ),
        ("actor", "kind name principal via source_ip mfa".split()),
    ],
)
def test_the_keys_of_its_parts_come_in_their_order(
    a_finding: Callable[..., Finding], key: str, keys: list[str]
) -> None:
    """Keys are always present."""
    assert keys == list(a_finding().to_json()[key])


def test_the_keys_are_present_where_nothing_stands(a_change: Callable[..., Change]) -> None:
    """`actor` is null and `calls` empty when unattributed."""
    unattributed = investigate(a_change(), [], Policy())[0].to_json()

    assert (KEYS, None, []) == (list(unattributed), unattributed["actor"], unattributed["calls"])


def test_a_call_judged_by_itself_has_no_change(a_call: Callable[..., ApiCall]) -> None:
    """`change` is null."""
    alone = investigate_call(a_call(), Policy()).to_json()

    assert (KEYS, None) == (list(alone), alone["change"])


def test_the_contract_has_a_version(a_finding: Callable[..., Finding]) -> None:
    """Other tools read it."""
    assert 1 == a_finding().to_json()["version"]


def test_the_same_change_has_the_same_id(a_finding: Callable[..., Finding], a_change: Callable[..., Change]) -> None:
    """However often it is judged, and whatever is found."""
    assert a_finding().id == investigate(a_change(), [], Policy())[0].id


def test_another_change_has_another_id(a_finding: Callable[..., Finding]) -> None:
    """And another call has."""
    assert 3 == len({a_finding().id, a_finding(of="sg-2").id, a_finding(later=1).id})


def test_a_call_has_an_id_too(a_call: Callable[..., ApiCall]) -> None:
    """Of its event."""
    first, second = (investigate_call(a_call(eventID=event_id), Policy()) for event_id in ("e-1", "e-2"))

    assert first.id != second.id


def test_a_finding_arrives_as_it_was_sent(a_finding: Callable[..., Finding]) -> None:
    """Over the findings queue, evidence included."""
    finding = a_finding(tags={"team": "web"})

    assert finding == Finding.from_message(json.loads(json.dumps(finding.to_message())))


def test_an_unattributed_finding_arrives_as_it_was_sent(a_change: Callable[..., Change]) -> None:
    """Without actor and calls."""
    finding = investigate(a_change(), [], Policy())[0]

    assert finding == Finding.from_message(json.loads(json.dumps(finding.to_message())))


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_a_finding_of_another_version_is_unreadable(a_finding: Callable[..., Finding], version: Any) -> None:
    """It goes to the dead-letter queue."""
    with pytest.raises(Unreadable, match="version 1 is understood"):
        Finding.from_message(a_finding().to_message() | {"version": version})


@pytest.mark.parametrize(
    "key", ["decision", "verdict", "reason", "explanation", "change", "actor", "calls", "evidence"]
)
def test_a_finding_that_lacks_something_is_unreadable(a_finding: Callable[..., Finding], key: str) -> None:
    """Each key is needed."""
    message = {name: value for name, value in a_finding().to_message().items() if name != key}

    with pytest.raises(Unreadable, match=key):
        Finding.from_message(message)
