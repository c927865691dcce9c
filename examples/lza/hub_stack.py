"""The hub: to be deployed before the spokes, whose parameters are its outputs."""

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import Attribution, ManualChangeDetectorHub, Policy, TrustedPrincipal


class HubStack(Stack):
    """Spokes forward what AWS Config recorded, and the calls of people; the accelerator's own roles are trusted."""

    def __init__(self, scope: Construct, construct_id: str, *, organization_id: str, env: Environment) -> None:
        super().__init__(scope, construct_id, env=env)
        ManualChangeDetectorHub(
            self,
            "Hub",
            organization_id=organization_id,
            attribution=Attribution.stream(),
            policy=Policy(
                trusted_principals=[
                    TrustedPrincipal("arn:aws:iam::*:role/AWSAccelerator-*", reason="the accelerator"),
                    TrustedPrincipal(
                        "arn:aws:iam::*:role/cdk-accel-cfn-exec-role-*", reason="the accelerator's pipeline"
                    ),
                ]
            ),
        )
