"""The hub in Control Tower's audit account, where AWS Config of all accounts publishes to already."""

from collections.abc import Sequence

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import Attribution, ConfigSource, ManualChangeDetectorHub, Policy, presets


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
            policy=Policy(  # Control Tower's role is silent when a service uses it, and told in anybody else's hands
                trusted_principals=presets.control_tower(presets.EVERY_ACCOUNT),
                always_notify=presets.break_glass(presets.EVERY_ACCOUNT),
            ),
        )
