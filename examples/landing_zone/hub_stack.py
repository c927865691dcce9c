"""The hub, and the stack set that brings its spokes."""

from collections.abc import Sequence

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import Accounts, AlwaysNotify, ManualChangeDetectorHub, Policy, Route, TrustedPrincipal


class HubStack(Stack):
    """Spokes forward what AWS Config recorded and who tampers with it, and let the hub look up who called what."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        organizational_units: Sequence[str],
        regions: Sequence[str],
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        hub = ManualChangeDetectorHub(
            self,
            "Hub",
            organization_id=organization_id,
            regions=regions,
            accounts=Accounts.organizations(),
            excluded_organizational_units=["Sandbox"],
            routes=[Route(channel="C0123456789", organizational_units=("Payments",))],
            policy=Policy(
                trusted_principals=[TrustedPrincipal("arn:aws:iam::*:role/deploy-*", reason="the release pipelines")],
                always_notify=[AlwaysNotify("arn:aws:iam::*:role/break-glass-*")],
            ),
        )
        hub.spoke_stack_set(organizational_units=organizational_units, regions=regions)
