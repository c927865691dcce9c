"""Compressed time: the one place that says how long a timer of the embedded cloud really takes.

Only timers are compressed: queue delays, visibility timeouts, batching windows, CloudTrail's lag. Wall-clock stamps
(`SentTimestamp`, `eventTime`) are real, and so is the time a function takes and may take (its Timeout).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """How much faster than the wall clock the cloud's timers run."""

    scale: float = 1.0
    """60 makes a minute of delay pass in a second."""

    def __post_init__(self) -> None:
        if self.scale <= 0:
            raise ValueError(f"time_scale is {self.scale}; it must be positive (60 runs timers 60 times faster)")

    def seconds(self, span: timedelta | float) -> float:
        """How many wall-clock seconds a timer of this length (seconds, or a timedelta) takes."""
        nominal = span.total_seconds() if isinstance(span, timedelta) else float(span)
        return nominal / self.scale
