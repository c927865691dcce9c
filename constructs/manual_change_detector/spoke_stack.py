"""The spoke as a stack of its own, whose template asks for what only the hub knows: for StackSets, and for hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import BootstraplessSynthesizer, CfnParameter, Stack
from constructs import Construct

from manual_change_detector.deployments import DEPLOYING_ROLES
from manual_change_detector.spoke import ManualChangeDetectorSpoke, StreamsCalls

HUB_BUS_ARN = "HubBusArn"
HUB_ROLES = "HubRoles"
HOME_REGION = "HomeRegion"
ORGANIZATION_ID = "OrganizationId"


class SpokeStack(Stack):
    """A spoke and its four parameters. The hub's outputs are named after them."""

    spoke: ManualChangeDetectorSpoke

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        forwards_changes: bool = True,
        streams_calls: StreamsCalls = "none",
        deploying_roles: Sequence[str] = DEPLOYING_ROLES,
        **stack: Any,
    ) -> None:
        """Without the version check of bootstrapped stacks, on which it would fail in an account that is not.

        Args:
            scope: the app.
            construct_id: the stack's name.
            forwards_changes: see `ManualChangeDetectorSpoke`.
            streams_calls: see `ManualChangeDetectorSpoke`.
            deploying_roles: see `ManualChangeDetectorSpoke`.
            stack: options of the stack.
        """
        super().__init__(
            scope,
            construct_id,
            analytics_reporting=False,
            description="Spoke of the manual-change detector: forwards what was changed in this account and region",
            synthesizer=BootstraplessSynthesizer(),
            **stack,
        )
        bus = CfnParameter(
            self,
            HUB_BUS_ARN,
            description="The hub's event bus (output SpokeHubBusArn of its stack)",
            allowed_pattern=r"arn:[a-z-]+:events:[a-z0-9-]+:\d{12}:event-bus/.+",
        )
        roles = CfnParameter(
            self,
            HUB_ROLES,
            type="CommaDelimitedList",
            description="ARNs of the hub's roles that read here, separated by commas (output SpokeHubRoles)",
            allowed_pattern=r"arn:[a-z-]+:iam::\d{12}:role/[^*]+",
        )
        home = CfnParameter(
            self,
            HOME_REGION,
            description="The hub's region: the spoke there has the role that the hub looks up with",
            allowed_pattern=r"[a-z]{2,4}(-[a-z]+)+-\d+",
        )
        organization = CfnParameter(
            self, ORGANIZATION_ID, description="The organization's id", allowed_pattern=r"o-[a-z0-9]{10,32}"
        )
        self.spoke = ManualChangeDetectorSpoke(
            self,
            "Spoke",
            hub_bus_arn=bus.value_as_string,
            hub_roles=roles.value_as_list,
            home_region=home.value_as_string,
            organization_id=organization.value_as_string,
            forwards_changes=forwards_changes,
            streams_calls=streams_calls,
            deploying_roles=deploying_roles,
        )
