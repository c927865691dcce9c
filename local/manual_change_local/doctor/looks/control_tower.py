"""Control Tower: its roles, and in its audit account its topics."""

from __future__ import annotations

from typing import Any, Final

from manual_change_local.doctor.looks.recording import topic_attributes
from manual_change_local.doctor.looks.visit import Visit
from manual_change_local.doctor.sight import TOWER_TOPIC
from manual_change_local.doctor.unseen import Unseen, asked

AUDIT_ROLE: Final = "aws-controltower-AuditReadOnlyRole"
MEMBER_ROLE: Final = "aws-controltower-ReadOnlyExecutionRole"
"""Control Tower's read-only roles, in its audit account and in every other (Control Tower user guide)."""


def look_at_control_tower(visit: Visit) -> None:
    """Its topics are missing in regions that it does not govern, and in all of them where its integration of AWS
    Config is off, which landing zone 4.0 allows."""
    visit.say("Control Tower")
    sight, iam = visit.sight, visit.client("iam")
    sight.is_audit = _has_role(iam, AUDIT_ROLE)
    sight.is_member = _has_role(iam, MEMBER_ROLE)
    if sight.in_audit is True:
        for region in (sight.region, *sight.elsewhere):
            topic = f"arn:{sight.partition}:sns:{region}:{sight.account}:{TOWER_TOPIC}"
            attributes = topic_attributes(visit, topic)
            sight.tower_topics[region] = attributes if isinstance(attributes, Unseen) else bool(attributes)


def _has_role(iam: Any, name: str) -> Any:
    return asked("iam:GetRole", lambda: bool(iam.get_role(RoleName=name)), otherwise=False)
