"""What a hub costs a month for 10, 100, 1,000 and 10,000 accounts: arithmetic, not measurement.

The same figures stand in docs/multi-account.md; a test compares the two. Prices are list prices of us-east-1 in 2026 as
docs/operations.md has them, without free tiers; what an account does is assumed, and said below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.measurement import Row

SIZES: Final = (10, 100, 1_000, 10_000)
DAYS: Final = 30
REGIONS: Final = 2

ITEMS: Final = 300
"""Configuration items of one account and day, all regions together."""
ATTRIBUTED: Final = 0.1
"""Of them go on to attribution; the others are noise."""
LOOKS: Final = 2.5
"""Times that CloudTrail is asked about a change."""
WRITES: Final = 5_000
"""API calls of one account and day that are writes and succeed."""
FINDINGS: Final = 2
"""Of one account and day that people are told of."""
PEAK: Final = 10
"""The busiest minute against the average."""

MILLION: Final = 1_000_000
EVENTS: Final = 1.00 / MILLION
"""An event put on another account's bus (up to 64 KB)."""
SQS: Final = 0.40 / MILLION
REQUESTS: Final = 3
"""Of SQS for a message: sent, received, deleted."""
LAMBDA: Final = 0.20 / MILLION
GB_SECOND: Final = 0.0000133334
TABLE_WRITE: Final = 0.625 / MILLION
TABLE_READ: Final = 0.125 / MILLION
LOG_GB: Final = 0.50
ALARM: Final = 0.10
METRIC: Final = 0.30
SECRET: Final = 0.40
CONFIG_ITEM: Final = 0.003

DETECTOR_ALARMS: Final = 17
"""A test holds the numbers of alarms against the templates (tests/construct/test_operations.py)."""
HUB_ALARMS: Final = 22
STREAM_ALARMS: Final = 26
"""Of a hub with a fourth stage."""

HUB_FIXED: Final = HUB_ALARMS * ALARM + 31 * METRIC + SECRET
"""Alarms, metrics and the secret of one hub that asks CloudTrail, however large the organisation."""
DETECTOR_FIXED: Final = DETECTOR_ALARMS * ALARM + 12 * METRIC + SECRET
"""The same of a detector for one account and region, without a hub."""


@dataclass(frozen=True, slots=True)
class Cost:
    """One size of organisation, dollars a month."""

    accounts: int

    @property
    def items(self) -> float:
        """Configuration items a month."""
        return self.accounts * ITEMS * DAYS

    @property
    def writes(self) -> float:
        """Write calls a month."""
        return self.accounts * WRITES * DAYS

    @property
    def items_a_second(self) -> float:
        """On average."""
        return self.items / (DAYS * 86_400)

    @property
    def writes_a_second(self) -> float:
        """On average."""
        return self.writes / (DAYS * 86_400)

    @property
    def lookup(self) -> float:
        """A hub that asks CloudTrail."""
        changes = self.items * ATTRIBUTED
        forwarded = self.items * (EVENTS + REQUESTS * SQS + LAMBDA + 0.15 * 0.25 * GB_SECOND)
        attributed = changes * LOOKS * (REQUESTS * SQS + 0.2 * 0.5 * GB_SECOND)  # some ten changes an invocation of 2 s
        remembered = changes * 2 * TABLE_WRITE + changes * 3 * TABLE_READ
        logs = (self.items * 1.5 + changes * 8) / MILLION * LOG_GB  # KB
        return HUB_FIXED + forwarded + attributed + remembered + logs

    @property
    def stream(self) -> float:
        """A hub to which the spokes forward every write call."""
        collected = self.writes * (EVENTS + REQUESTS * SQS + (LAMBDA + 0.5 * 0.25 * GB_SECOND) / 10 + 4 * TABLE_WRITE)
        alarms = (STREAM_ALARMS - HUB_ALARMS) * ALARM
        return self.lookup + alarms + collected  # a record takes some 3 KB: four write units, its index entry included

    @property
    def detectors(self) -> float:
        """A detector in every account and region instead of a hub."""
        return self.accounts * REGIONS * DETECTOR_FIXED

    @property
    def config(self) -> float:
        """What AWS Config takes for the items, hub or no hub."""
        return self.items * CONFIG_ITEM

    @property
    def storm_minutes(self) -> float:
        """5 % of the accounts with 50 manual changes each, if every change were a message at one a second."""
        return self.accounts * 0.05 * 50 / 60


def measure() -> Iterator[Row]:
    """One line for each size."""
    for accounts in SIZES:
        cost = Cost(accounts)
        yield Row(
            what=f"hub for {accounts:,} accounts, arithmetic",
            measured=f"${cost.lookup:,.0f} a month asking CloudTrail, ${cost.stream:,.0f} with the stream "
            f"(a detector in each account and region: ${cost.detectors:,.0f}; AWS Config itself: ${cost.config:,.0f})",
        )
