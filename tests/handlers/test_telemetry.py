"""What the handlers tell about themselves."""

from __future__ import annotations

import io
import json
from typing import Any
from uuid import uuid4

import pytest

from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import ATTRIBUTION_LAG, DROPPED, FINDINGS


class Written:
    """A telemetry, and the metric lines that it has written."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.telemetry = Telemetry(
            stage=f"stage-{uuid4().hex}", detector="Stack/Detector", stream=self._stream, clock=lambda: 1_795_348_800.5
        )

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Everything written, read as JSON."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Written:
    """Nothing written yet."""
    return Written()


def test_a_metric_is_drawn_by_its_dimension_and_as_a_total(written: Written) -> None:
    """Embedded metric format: one value, under the detector alone and under detector and reason."""
    written.telemetry.count(DROPPED, 1, reason="inventory")
    written.telemetry.flush()

    assert [
        {
            "_aws": {
                "Timestamp": 1_795_348_800_500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "ManualChangeDetector",
                        "Dimensions": [["detector"], ["detector", "reason"]],
                        "Metrics": [{"Name": "Dropped", "Unit": "Count"}],
                    }
                ],
            },
            "detector": "Stack/Detector",
            "reason": "inventory",
            "Dropped": [1],
        }
    ] == written.lines


def test_counts_of_an_invocation_are_added_up(written: Written) -> None:
    """A batch of ten thousand is a line, not ten thousand."""
    for _ in range(3):
        written.telemetry.count(FINDINGS, 2, verdict="manual", decision="notify")
    written.telemetry.flush()

    assert [[6]] == [line["Findings"] for line in written.lines]


def test_measures_are_kept_one_by_one_a_hundred_in_a_line(written: Written) -> None:
    """CloudWatch computes percentiles from them; the format holds a hundred values."""
    for seconds in range(130):
        written.telemetry.measure(ATTRIBUTION_LAG, seconds)
    written.telemetry.flush()

    assert [100, 30] == [len(line["AttributionLag"]) for line in written.lines]


def test_what_was_written_is_not_written_again(written: Written) -> None:
    """The process lives on; the next invocation counts from nothing."""
    written.telemetry.count(DROPPED)
    written.telemetry.flush()
    written.telemetry.flush()

    assert 1 == len(written.lines)


def test_a_failed_message_is_logged_with_its_error(written: Written) -> None:
    """Type, text and where it came from."""
    written.telemetry.failed("message-1", ValueError("what was found, and the mend"))

    [line] = written.lines
    assert ("ERROR", "message-1", "ValueError", "what was found, and the mend", "Stack/Detector") == (
        line["level"],
        line["message_id"],
        line["error_type"],
        line["error"],
        line["detector"],
    )
