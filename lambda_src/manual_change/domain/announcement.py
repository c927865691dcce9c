"""A finding as other systems read it from the event bus: docs/findings.schema.json describes it."""

from __future__ import annotations

from typing import Any, Final

from manual_change.domain.finding import Finding
from manual_change.domain.severity import severity
from manual_change.domain.shortening import shorten_finding

ANNOUNCEMENT_BYTES: Final = 200_000
"""EventBridge takes 256 KB in a request, envelope included (EventBridge API reference, PutEvents)."""


def announcement(finding: Finding) -> dict[str, Any]:
    """The JSON contract's object, and what only the bus adds: `id`, `severity`, `evidence`, the account of each call.

    `id` is the same whenever and however often the same change is announced.
    """
    rated = severity(finding)
    shortened = shorten_finding(finding, max_bytes=ANNOUNCEMENT_BYTES)
    return shortened.to_json() | {
        "id": finding.id,
        "severity": {"level": rated.level, "rule": rated.rule},
        "calls": [call.to_message() for call in shortened.calls],
        "evidence": list(shortened.evidence),
    }
