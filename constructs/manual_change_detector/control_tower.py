"""Control Tower's topics: where the recorders of all accounts publish to, one in each governed region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from aws_cdk import Aws, Stack, Token
from aws_cdk import aws_sns as sns
from constructs import Construct

from manual_change_detector import props

TOPIC: Final = "aws-controltower-AllConfigNotifications"
"""In the audit account (Control Tower user guide, "Receive notifications")."""


@dataclass(frozen=True, slots=True)
class ControlTowerTopics:
    """Those of an organization, by the regions that it governs."""

    audit_account: str
    regions: tuple[str, ...]

    @classmethod
    def checked(cls, audit_account: str, regions: Sequence[str]) -> Self:
        """As `ConfigSource.control_tower` takes them.

        Raises:
            ValueError: the account or a region is none.
        """
        if not re.fullmatch(r"\d{12}", audit_account):
            raise ValueError(f"audit_account is {audit_account!r}; give the 12 digits of Control Tower's audit account")
        names = props.regions("regions", regions)
        for name in names:
            if Token.is_unresolved(name):
                raise ValueError(f"regions names {name!r}, which is known when deployed; write the codes out")
        return cls(audit_account, names)

    @property
    def resources(self) -> tuple[str, ...]:
        """Their ARNs without the partition."""
        return tuple(f"sns:{region}:{self.audit_account}:{TOPIC}" for region in self.regions)

    def below(self, detector: Construct) -> list[sns.ITopic]:
        """The topics, as the detector imports them.

        Raises:
            ValueError: the detector is deployed to another account.
        """
        account = Stack.of(detector).account
        if not Token.is_unresolved(account) and account != self.audit_account:
            raise ValueError(
                f"{detector.node.path} is deployed to {account}, but nobody outside of the audit account "
                f"{self.audit_account} may subscribe to Control Tower's topics: deploy it there, or have the accounts "
                "forward to a hub (ManualChangeDetectorSpoke)"
            )
        return [
            sns.Topic.from_topic_arn(detector, f"ControlTower-{region}", f"arn:{Aws.PARTITION}:{resource}")
            for region, resource in zip(self.regions, self.resources, strict=True)
        ]
