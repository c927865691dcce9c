"""TABLE: what the doctor makes of what was seen. Each check: what was found, what it means, what to do."""

from __future__ import annotations

from typing import Final

from manual_change_local.doctor.checks.channel import channel
from manual_change_local.doctor.checks.check import Check, Judge
from manual_change_local.doctor.checks.control_tower import control_tower
from manual_change_local.doctor.checks.detectors import alarms, detector, secret
from manual_change_local.doctor.checks.organization import control_policies, organization
from manual_change_local.doctor.checks.recording import elsewhere, recorder
from manual_change_local.doctor.checks.trails import trail
from manual_change_local.doctor.sight import Sight

_TABLE: Final[tuple[tuple[str, Judge], ...]] = (
    ("organization", organization),
    ("service control policies", control_policies),
    ("recorder", recorder),
    ("delivery channel", channel),
    ("trail", trail),
    ("Control Tower", control_tower),
    ("detector", detector),
    ("alarm topic", alarms),
    ("Slack secret", secret),
    ("region", elsewhere),
)


def checks(sight: Sight) -> list[Check]:
    """Every check, in the order in which people would ask."""
    return [check for subject, judge in _TABLE for check in judge(subject, sight)]
