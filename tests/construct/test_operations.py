"""docs/operations.md says what the template does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bench.organisation_cost import DETECTOR_ALARMS, HUB_ALARMS, STREAM_ALARMS

from manual_change_detector import blinding_calls
from manual_change_detector.blinding_calls import BlindingCalls

ALARM = re.compile(r"Detector(Dispatch|Attribute|Notify)?(\w+?Alarm)\w{8}")
"""A logical id: the stage, if it is a stage's, the name, and what the CDK adds."""


@pytest.fixture(scope="module")
def document() -> str:
    """What people read at three in the morning."""
    return (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def test_every_alarm_is_explained(defaults: Any, document: str) -> None:
    """By the end of its name, as the notification says it."""
    names = {
        f"`{'…' if stage else ''}{name}`"
        for stage, name in ALARM.findall(" ".join(defaults.resources("AWS::CloudWatch::Alarm")))
    }

    assert 9 == len(names)
    assert [] == [name for name in names if f"| {name}" not in document]


@pytest.mark.parametrize("name", ["operations.md", "multi-account.md"])
def test_every_alarm_that_a_document_names_is_one_of_a_hub(lookup_hub: Any, name: str) -> None:
    """By the end of its name, too; `PutMetricAlarm` is a call."""
    alarms = " ".join(lookup_hub.resources("AWS::CloudWatch::Alarm"))
    named = re.findall(r"`…?(?!Put)(\w+Alarm)`", (Path(__file__).parents[2] / "docs" / name).read_text())

    assert named
    assert [] == [alarm for alarm in named if alarm not in alarms]


def test_every_call_that_is_guarded_against_is_listed(document: str) -> None:
    """And no date of Lambda's is needed to find it."""
    calls = {
        call if isinstance(call, str) else call["prefix"].rstrip("2")
        for table in vars(blinding_calls).values()
        if isinstance(table, BlindingCalls)
        for call in table.calls
    }

    assert [] == sorted(call for call in calls if f"`{call}`" not in document)


@pytest.mark.parametrize("size", [0, 1, 2], ids=["small", "medium", "large"])
def test_the_costs_add_up(document: str, size: int) -> None:
    """Each column of the table of costs is the sum that it says."""
    rows = re.findall(r"^\| \*\*(.+?)\*\*.*?\| ([*\d.]+) \| ([*\d.]+) \| ([*\d.]+) \|$", document, re.MULTILINE)
    costs = {name: float(columns[size].strip("*")) for name, *columns in rows}
    total = costs.pop("the detector")

    assert 7 == len(costs)
    assert total == round(sum(costs.values()), 2)


def test_the_number_of_alarms_that_are_paid_for_is_the_templates(defaults: Any, document: str) -> None:
    """And the heartbeat's interval, and the days of silence."""
    assert f"$0.10 each, {len(defaults.resources('AWS::CloudWatch::Alarm'))} of them" in document
    assert "rate(15 minutes)" in json.dumps(defaults.template)
    assert "Every 15 minutes" in document


def test_the_sizing_counts_the_alarms_of_the_templates(defaults: Any, lookup_hub: Any, streaming_hub: Any) -> None:
    """What an organization pays for in each account, or once."""
    templates = (defaults, lookup_hub, streaming_hub)

    assert [DETECTOR_ALARMS, HUB_ALARMS, STREAM_ALARMS] == [
        len(each.resources("AWS::CloudWatch::Alarm")) for each in templates
    ]


def test_each_document_says_how_many_alarms_a_detector_has(defaults: Any) -> None:
    """The cost in the README, and what a hub spares each account."""
    root = Path(__file__).parents[2]

    assert {17} == {len(defaults.resources("AWS::CloudWatch::Alarm"))}
    assert "seventeen alarms" in (root / "README.md").read_text()
    assert "secret, 17 alarms" in (root / "docs" / "multi-account.md").read_text()
