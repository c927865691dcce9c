"""What the handlers tell about themselves: one structured log line a decision, and metrics.

Logs are JSON (powertools Logger). Metrics are written in CloudWatch's embedded metric format: each under its detector
alone and, where it has further dimensions, under those too, so that a total and its parts can both be drawn.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from manual_change.domain.change import Change
from manual_change.domain.finding import DROP
from manual_change.domain.moment import format_moment
from manual_change.metric_names import DETECTOR, DROPPED, NAMESPACE, REASON

if TYPE_CHECKING:
    from aws_lambda_powertools.logging import Logger

COUNT: Final = "Count"
SECONDS: Final = "Seconds"

_VALUES_A_LINE: Final = 100
"""Embedded metric format: a metric's array holds at most 100 values."""

_Series = tuple[str, str, tuple[tuple[str, str], ...]]
"""Name, unit and dimensions of a metric."""


class Telemetry:
    """The log and the metrics of one stage. Metrics are gathered until `flush`, at the end of an invocation."""

    def __init__(
        self,
        *,
        stage: str,
        detector: str,
        log_level: str = "INFO",
        stream: IO[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        from aws_lambda_powertools.logging import Logger  # a fifth of a handler's import time, and not needed to start

        self._stream = stream or sys.stdout
        self._clock = clock
        self._detector = detector
        self._gathered: defaultdict[_Series, list[float]] = defaultdict(list)
        self.logger: Logger = Logger(service=stage, level=log_level, stream=self._stream)
        self.logger.append_keys(detector=detector)

    def decided(self, decision: str, *, reason: str, change: Change | None = None, **details: object) -> None:
        """Log one decision: what was decided about which change, and why. Values of the change are not logged."""
        self.logger.info(decision, extra={"decision": decision, "reason": reason} | _named(change) | details)

    def dropped(self, *, reason: str, explanation: str, change: Change | None = None, **details: object) -> None:
        """Log that something ends here and is told to nobody, and count it by its reason."""
        self.decided(DROP, reason=reason, change=change, explanation=explanation, **details)
        self.count(DROPPED, 1, **{REASON: reason})

    def failed(self, message_id: str, error: BaseException) -> None:
        """Log why a message of the queue could not be handled; it is going to be tried again."""
        self.logger.error(
            "a message failed",
            exc_info=error,
            extra={"message_id": message_id, "error": str(error), "error_type": type(error).__name__},
        )

    def put_off(self, message_id: str, reason: str, after: timedelta) -> None:
        """Log why a message of the queue comes again later."""
        self.logger.warning(
            "a message was put off",
            extra={"message_id": message_id, "reason": reason, "seconds": after.total_seconds()},
        )

    def count(self, name: str, number: int = 1, **dimensions: str) -> None:
        """Count something: a name of `metric_names`."""
        values = self._gathered[name, COUNT, tuple(sorted(dimensions.items()))]
        if values:
            values[0] += number
        else:
            values.append(number)

    def measure(self, name: str, seconds: float, **dimensions: str) -> None:
        """Record one measured duration."""
        self._gathered[name, SECONDS, tuple(sorted(dimensions.items()))].append(seconds)

    def flush(self) -> None:
        """Write the metrics gathered since the last flush, one line for each set of dimensions."""
        gathered, self._gathered = self._gathered, defaultdict(list)
        for (name, unit, dimensions), values in gathered.items():
            for line in self._lines(name, unit, dict(dimensions), values):
                self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()

    def _lines(self, name: str, unit: str, dimensions: dict[str, str], values: list[float]) -> Iterator[dict[str, Any]]:
        sets = [[DETECTOR]] + ([[DETECTOR, *dimensions]] if dimensions else [])
        directive = {"Namespace": NAMESPACE, "Dimensions": sets, "Metrics": [{"Name": name, "Unit": unit}]}
        for begin in range(0, len(values), _VALUES_A_LINE):
            yield {
                "_aws": {"Timestamp": int(self._clock() * 1000), "CloudWatchMetrics": [directive]},
                DETECTOR: self._detector,
                **dimensions,
                name: values[begin : begin + _VALUES_A_LINE],
            }


def _named(change: Change | None) -> dict[str, object]:
    """What names a change in the log."""
    if change is None:
        return {}
    resource = change.resource
    return {
        "change": change.key,
        "change_type": change.change_type,
        "resource_type": resource.type,
        "resource_id": resource.id,
        "account": resource.account,
        "region": resource.region,
        "captured_at": format_moment(change.captured_at),
    }
