"""The recorded story is what it claims to be: every scene is read and judged by the product's own domain."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest

from manual_change.domain.api_call import read_call
from manual_change.domain.investigation import investigate
from manual_change.domain.noise import noise_in
from manual_change.domain.notification import CHANGE_MESSAGES, NotAChange, read_message
from manual_change.domain.policy import Policy
from manual_change_local.demo.story import ACCOUNT, REGION, Scene, encore, rebased, story

NOW = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
SCENES = (*story(now=NOW), encore(now=NOW))


def decided(scene: Scene) -> tuple[str, str | None]:
    """(fate, reason) as the domain decides it, with every call at hand."""
    message = read_message(scene.notification)
    if isinstance(message, NotAChange):
        return ("filtered" if scene.notification["messageType"] not in CHANGE_MESSAGES else "dropped"), None
    assert scene.change is not None
    noise = noise_in(scene.change)
    if noise:
        return "dropped", noise.reason
    calls = [read_call(call.record) for each in SCENES for call in each.calls]
    finding, _ = investigate(scene.change, calls, Policy())
    return {"notify": "posted"}.get(finding.decision, finding.decision), finding.reason


def strings_in(value: Any) -> list[str]:
    match value:
        case dict():
            return [text for inner in value.values() for text in strings_in(inner)]
        case list():
            return [text for inner in value for text in strings_in(inner)]
        case str():
            return [value]
        case _:
            return []


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.says)
def test_a_scene_is_judged_as_it_expects(scene: Scene) -> None:
    """The demo promises nothing that the domain does not decide."""
    assert (scene.expected.fate, scene.expected.reason) == decided(scene)


def test_exactly_one_scene_of_the_story_is_worth_a_message() -> None:
    """A person's; the encore is for whoever wants a second."""
    assert 1 == sum(scene.expected.fate == "posted" for scene in story(now=NOW))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.says)
def test_calls_lie_before_the_item_that_they_explain(scene: Scene) -> None:
    """As in an account: the call, then Config's capture, then CloudTrail's delivery."""
    late = [
        call for call in scene.calls if scene.change and read_call(call.record).event_time > scene.change.captured_at
    ]

    assert [] == late


def test_a_persons_call_is_delivered_only_after_the_first_look() -> None:
    """So that the demo shows the ladder."""
    (person,) = (scene for scene in story(now=NOW) if scene.expected.fate == "posted")

    assert 0 < person.calls[0].delivered_after_looks


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.says)
def test_everything_happens_in_one_account_and_region(scene: Scene) -> None:
    """The one that the demo deploys to."""
    told = json.dumps([scene.notification, [dict(call.record) for call in scene.calls]])

    assert {ACCOUNT} == set(re.findall(r"(?<![\dA-Za-z-])\d{12}(?![\dA-Za-z-])", told))
    assert {REGION} >= set(re.findall(r"\b[a-z]{2}-[a-z]+-\d\b", told))


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.says)
def test_addresses_are_for_documentation(scene: Scene) -> None:
    """RFC 5737 and RFC 2606: nobody real is in the story."""
    told = "\n".join(strings_in([scene.notification, [dict(call.record) for call in scene.calls]]))
    public = [address for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", told) if ip_address(address).is_global]

    assert [] == public
    assert [] == [host for host in re.findall(r"@([\w.-]+)", told) if host != "example.com"]


def test_the_recording_ends_now() -> None:
    """Times are moved, the intervals between them stay."""
    recorded = [scene.change.captured_at for scene in story(now=NOW) if scene.change]
    later = [scene.change.captured_at for scene in story(now=NOW + timedelta(days=1)) if scene.change]

    assert NOW - timedelta(seconds=5) < max(recorded) <= NOW
    assert [timedelta(days=1)] * len(recorded) == [
        after - before for before, after in zip(recorded, later, strict=True)
    ]


def test_every_spelling_of_an_instant_is_moved() -> None:
    """Strings with and without a fraction, and Config's state ids; other numbers and words stay."""
    recorded = {
        "eventTime": "2026-11-22T12:34:15Z",
        "items": [{"captured": "2026-11-22T12:34:56.789Z"}],
        "configurationStateId": 1795350896789,
        "fromPort": 22,
        "note": "at 2026-11-22T12:34:15Z",
    }

    assert {
        "eventTime": "2026-11-22T12:35:15Z",
        "items": [{"captured": "2026-11-22T12:35:56.789Z"}],
        "configurationStateId": 1795350956789,
        "fromPort": 22,
        "note": "at 2026-11-22T12:34:15Z",
    } == rebased(recorded, by=timedelta(minutes=1))
