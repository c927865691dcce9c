"""Where the calls of a change are found: in CloudTrail of this account, of other accounts, or in what was forwarded."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from aws_cdk import Annotations
from constructs import Construct

from manual_change_detector.calls_table import calls_table
from manual_change_detector.config_source import ConfigSource
from manual_change_detector.keeping import Keeping
from manual_change_detector.lookup import EXECUTION_ROLE, Lookup
from manual_change_detector.pace import COLLECT
from manual_change_detector.reach import Reach
from manual_change_detector.spoke_names import LOOKUP_ROLE
from manual_change_detector.stage import Stage

AUDIT_ROLE: Final = "aws-controltower-AuditReadOnlyRole"
"""Control Tower has it in the audit account, for Lambda functions (Control Tower user guide, "How AWS Control Tower
works with roles to create and manage accounts")."""

STREAMED_LOOKS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 3, 6, 11, 21))
"""Forwarded calls are there as soon as CloudTrail delivers them to EventBridge; a table may be asked at any pace."""

NewStage = Callable[..., Stage]
"""Builds a stage of the detector: `Stage`, with the code and the keeping filled in."""

Bind = Callable[[Construct, NewStage, Keeping], Reach]
"""Creates what is needed below the detector."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """How the calls responsible for a change are found. Made by one of its class methods."""

    bind: Bind
    lookup_role_name: str = ""
    """The role that every account must have: spokes bring it. Empty: none is asked for."""
    streamed: bool = False
    """Whether spokes must forward API calls."""
    people_only: bool = False
    """Whether they leave out those that AWS makes by itself."""
    of_one_account: bool = False
    """Whether the calls of no other account are found."""

    @classmethod
    def own_account(cls) -> Attribution:
        """Ask CloudTrail of the account that the detector is in. This is what a detector does by itself."""
        return cls(bind=lambda _detector, _stage, _keeping: Reach(), of_one_account=True)

    @classmethod
    def lookup(cls, role_name: str = LOOKUP_ROLE) -> Attribution:
        """Ask CloudTrail of each account, by a role that may do little else. Its own account is asked directly.

        Args:
            role_name: the role of each account, without a path. Left out: the one that spokes bring.

        Raises:
            ValueError: it is no role's name.
        """
        name = _role("role_name", role_name)
        return cls(bind=lambda _detector, _stage, _keeping: Reach(role_name=name), lookup_role_name=name)

    @classmethod
    def control_tower_audit_role(
        cls, audit_role: str = AUDIT_ROLE, execution_role: str = EXECUTION_ROLE
    ) -> Attribution:
        """Ask CloudTrail of each account by the roles that Control Tower has put there: nothing is to be deployed.

        Only in Control Tower's audit account. The role in the other accounts reads everything, which is more than is
        needed: where a spoke can be deployed, `lookup` is the narrower way.

        Args:
            audit_role: of this account; a function runs as this role. Left out: as Control Tower calls it.
            execution_role: of each account; that function assumes it. Left out: as Control Tower calls it.

        Raises:
            ValueError: one of them is no role's name.
        """
        here, there = _role("audit_role", audit_role), _role("execution_role", execution_role)

        def build(detector: Construct, _stage: NewStage, keeping: Keeping) -> Reach:
            lookup = Lookup(detector, "Lookup", audit_role=here, execution_role=there, keeping=keeping)
            return Reach(function=lookup.function)

        return cls(bind=build)

    @classmethod
    def stream(cls, *, people_only: bool = False) -> Attribution:
        """Keep the API calls that spokes forward for a day, and ask nobody: CloudTrail's limits do not count.

        What people call and AWS Config never records becomes a finding, too. For a hub, which has a bus for them. To a
        detector by itself nothing delivers calls; a warning says so, for who sends them to its queue himself.

        Args:
            people_only: spokes forward less: not what AWS services and service-linked roles do by themselves. A
                change that they made is then told as unattributed. Left out: they forward every write.
        """

        def build(detector: Construct, stage: NewStage, keeping: Keeping) -> Reach:
            return Reach(
                asks_cloudtrail=False,
                calls_table=calls_table(detector, "CallsTable", keeping=keeping),
                collect=stage("Collect", takes="Calls", gives="calls that are kept", pace=COLLECT),
                looks=STREAMED_LOOKS,
            )

        return cls(bind=build, streamed=True, people_only=people_only)


NO_CALLS: Final = "manual-change-detector:no-calls"
"""Id of the warning, for `Annotations.of(stack).acknowledge_warning(…)`."""


def check_that_calls_are_found(
    detector: Construct, attribution: Attribution, sources: Sequence[ConfigSource], *, in_a_hub: bool
) -> None:
    """That the calls of what the sources bring can be found at all.

    Raises:
        ValueError: changes of many accounts are brought, and CloudTrail of one is asked.
    """
    if attribution.of_one_account and (in_a_hub or any(source.of_many_accounts for source in sources)):
        raise ValueError(
            f"{detector.node.path} hears of the changes of many accounts, and Attribution.own_account() asks "
            "CloudTrail of its own only; give attribution=Attribution.control_tower_audit_role() in Control Tower's "
            "audit account, or Attribution.lookup() where each account has a spoke"
        )
    if attribution.streamed and not in_a_hub:
        Annotations.of(detector).add_warning_v2(
            NO_CALLS,
            "Attribution.stream() finds calls that spokes forward, and to a detector without a hub nobody does: every "
            "change would be unattributed; use ManualChangeDetectorHub, or leave attribution out to ask "
            "CloudTrail. Where something of yours sends CloudTrail's events to detector.collect.queue, acknowledge it: "
            f"Annotations.of(stack).acknowledge_warning('{NO_CALLS}')",
        )


_ROLE_NAME: Final = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)


def _role(option: str, name: str) -> str:
    if not _ROLE_NAME.fullmatch(name):
        raise ValueError(f"{option} is {name!r}; give the name of a role, without its path and its ARN: {LOOKUP_ROLE}")
    return name
