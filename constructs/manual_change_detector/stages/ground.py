"""Ground: what the stages of one detector have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ssm as ssm

from manual_change_detector.accounts import Directory
from manual_change_detector.exclusions import Exclusions
from manual_change_detector.keeping import Keeping
from manual_change_detector.organization import Organization
from manual_change_detector.reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a stage is wired to besides its neighbours."""

    detector: str
    """The detector's path: the dimension of its metrics."""
    findings_table: dynamodb.Table
    policy_parameter: ssm.StringParameter
    keeping: Keeping
    reach: Reach
    """How the calls of a change are found."""
    exclusions: Exclusions
    directory: Directory
    """Where accounts are known by name."""
    organization: Organization | None
    """None: the detector minds its own account."""

    @property
    def place(self) -> dict[str, Any]:
        """Settings of the stages that send from account to account: nothing where there is one account."""
        if self.organization is None:
            return {}
        return {"organization_table": self.organization.table.table_name, "fair_queues": True}
