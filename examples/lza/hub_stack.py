"""The hub: to be deployed before the spokes, whose parameters are its outputs."""

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import Attribution, ManualChangeDetectorHub, Policy, presets


class HubStack(Stack):
    """Spokes forward what AWS Config recorded, and calls; the accelerator's roles are trusted behind CloudFormation."""

    def __init__(self, scope: Construct, construct_id: str, *, organization_id: str, env: Environment) -> None:
        super().__init__(scope, construct_id, env=env)
        ManualChangeDetectorHub(
            self,
            "Hub",
            organization_id=organization_id,
            attribution=Attribution.stream(),
            policy=Policy(
                trusted_principals=presets.landing_zone_accelerator(presets.EVERY_ACCOUNT),
                always_notify=presets.break_glass(presets.EVERY_ACCOUNT),
            ),
        )
