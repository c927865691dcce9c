"""The hub, and the stack set that brings its spokes."""

from collections.abc import Sequence

from aws_cdk import Environment, Stack
from constructs import Construct

from manual_change_detector import (
    Accounts,
    AlwaysNotify,
    ManualChangeDetectorHub,
    Policy,
    Route,
    TrustedPrincipal,
    presets,
)

PIPELINES = ("333344445555", "444455556666")
"""Accounts with a role `ci/release` that none but their pipeline may assume. Named one by one: with `*` for the
account, whoever may create roles in any account could make one of that name, and be silent."""


class HubStack(Stack):
    """Spokes forward what AWS Config recorded and who tampers with it, and let the hub look up who called what."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        regions: Sequence[str],
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        self.hub = ManualChangeDetectorHub(
            self,
            "Hub",
            organization_id=organization_id,
            regions=regions,
            accounts=Accounts.organizations(),
            excluded_organizational_units=["Sandbox"],
            routes=[Route(channel="C0123456789", organizational_units=("Payments",))],
            policy=Policy(
                trusted_principals=[
                    *presets.cdk(presets.EVERY_ACCOUNT),  # CloudFormation's roles: that it called is AWS's word
                    *presets.stack_sets(presets.EVERY_ACCOUNT),
                    *(
                        TrustedPrincipal(f"arn:aws:iam::{account}:role/ci/release", reason="the release pipeline")
                        for account in PIPELINES
                    ),
                ],
                always_notify=[
                    *presets.break_glass(presets.EVERY_ACCOUNT),
                    AlwaysNotify("arn:aws:iam::*:role/break-glass-*", reason="break glass"),
                ],
            ),
        )


class SpokesStack(Stack):
    """A stack of its own: where spokes cannot be deployed, it fails, and the hub stands."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        hub: ManualChangeDetectorHub,
        organizational_units: Sequence[str],
        regions: Sequence[str],
        env: Environment,
    ) -> None:
        super().__init__(scope, construct_id, env=env)
        hub.spoke_stack_set(scope=self, organizational_units=organizational_units, regions=regions)
