"""The hub in Control Tower's audit account, where AWS Config of all accounts publishes to already."""

from collections.abc import Sequence

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import Attribution, ConfigSource, ManualChangeDetectorHub, Policy, TrustedPrincipal


class HubStack(Stack):
    """Subscribes to Control Tower's topics, and asks CloudTrail of each account with Control Tower's own roles."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        governed_regions: Sequence[str],
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        ManualChangeDetectorHub(
            self,
            "Hub",
            organization_id=organization_id,
            sources=[ConfigSource.control_tower(self.account, governed_regions)],
            attribution=Attribution.control_tower_audit_role(),
            regions=governed_regions,
            policy=Policy(
                trusted_principals=[
                    TrustedPrincipal("arn:aws:iam::*:role/AWSControlTowerExecution", reason="Control Tower's updates"),
                ]
            ),
        )
