"""What a hub's spokes need of it, and the stack set that brings them."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import CfnOutput, CfnStackSet, Fn, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from manual_change_detector.attribution import Attribution
from manual_change_detector.config_source import ConfigSource
from manual_change_detector.coverage import Coverage
from manual_change_detector.detector import ManualChangeDetector
from manual_change_detector.place import in_different_places
from manual_change_detector.spoke import StreamsCalls
from manual_change_detector.spoke_names import SPOKE
from manual_change_detector.spoke_stack import HOME_REGION, HUB_BUS_ARN, HUB_ROLES, ORGANIZATION_ID
from manual_change_detector.spoke_stack_set import CallAs, spoke_stack_set
from manual_change_detector.spoke_template import spoke_template


class Spokes(Construct):
    """The hub as its spokes see it."""

    organization_id: str
    attribution: Attribution
    sources: tuple[ConfigSource, ...]
    """What brings notifications of AWS Config besides the bus."""
    bus: events.EventBus
    """Where spokes send to."""
    bus_name: str
    detector: ManualChangeDetector
    """The three stages, the alarms, the metrics and the dashboard; with `Attribution.stream()` a fourth stage."""
    coverage: Coverage
    deploying_roles: tuple[str, ...]
    """Whose deployments of hub and spokes are not told."""

    def export_roles(self) -> None:
        """Export the role of whatever may ever read in other accounts, whether or not something imports it.

        A stack of spokes imports what `reading_roles` has. With another attribution these are fewer, and the hub, which
        deploys first, could not take the export of one away while the old import stands ("Export … cannot be deleted
        as it is in use"): so that what is exported does not depend on the attribution.
        """
        for stage in (self.detector.dispatch, self.detector.attribute):
            _export_role(stage.function)
        _export_role(self.coverage.function)

    @property
    def reading_roles(self) -> list[str]:
        """ARNs of the roles with which the hub reads in other accounts; the spokes' lookup role trusts these."""
        functions = [self.coverage.function]
        if self.attribution.lookup_role_name:
            functions += [self.detector.dispatch.function, self.detector.attribute.function]
        return [function.role.role_arn for function in functions if function.role is not None]

    def spoke_stack_set(
        self,
        construct_id: str = "Spokes",
        *,
        organizational_units: Sequence[str],
        regions: Sequence[str],
        excluded_accounts: Sequence[str] = (),
        forwards_changes: bool | None = None,
        call_as: CallAs = "DELEGATED_ADMIN",
        name: str = SPOKE,
        scope: Construct | None = None,
    ) -> CfnStackSet:
        """Put a spoke into every account of some organizational units, and into those that join later.

        Where spokes cannot be deployed to more than one account in ten (of fewer than ten: to one), the stack set's
        stack fails, and at the first deployment all that is in it is taken back: `scope` spares the hub.

        A stack set passes over the management account: a spoke is deployed there by hand, with this stack's outputs.
        The hub's account must be a delegated administrator of StackSets, or the management account itself.

        Args:
            construct_id: the stack set's name in the hub.
            organizational_units: ids (`ou-…`), or the root's (`r-…`) for all of them.
            regions: all in which AWS Config records, with the hub's; and with us-east-1, which alone hears of what is
                done to IAM's roles.
            excluded_accounts: ids of accounts in these units that get no spoke. Left out: none.
            forwards_changes: whether spokes forward what AWS Config recorded. Left out: they do if the hub has no
                other source.
            call_as: `SELF` in the management account. Left out: `DELEGATED_ADMIN`.
            name: of the stack set, beginning with `manual-change-spoke`; a second one, for other accounts, needs
                another. Left out: `manual-change-spoke`.
            scope: a stack of its own for the stack set, in the hub's account and region. Left out: the hub.

        Raises:
            TypeError: a string was given where a list belongs, or a number where text does.
            ValueError: nothing would be deployed, the hub's region is not among the regions, an id is none, the
                account and region has a stack set of this name, or `scope` is elsewhere.
        """
        if scope is not None and in_different_places(scope, self):
            there, here = Stack.of(scope), Stack.of(self)
            raise ValueError(
                f"scope is {scope.node.path} in {there.account}, {there.region}, and the hub is in {here.account}, "
                f"{here.region}, where its stack set belongs; give that stack the hub's env, or leave scope out"
            )
        return spoke_stack_set(
            scope or self,
            construct_id,
            template=spoke_template(
                forwards_changes=not self.sources if forwards_changes is None else forwards_changes,
                streams_calls=self.streams_calls,
                deploying_roles=self.deploying_roles,
            ),
            parameters=self._spoke_parameters(),
            organizational_units=organizational_units,
            regions=regions,
            home_region=Stack.of(self).region,
            excluded_accounts=excluded_accounts,
            call_as=call_as,
            name=name,
        )

    @property
    def streams_calls(self) -> StreamsCalls:
        """Whose calls spokes must stream."""
        if not self.attribution.streamed:
            return "none"
        return "people" if self.attribution.people_only else "everyone"

    def _spoke_parameters(self) -> dict[str, str]:
        return {
            HUB_BUS_ARN: self.bus.event_bus_arn,
            HUB_ROLES: Fn.join(",", self.reading_roles),
            HOME_REGION: Stack.of(self).region,
            ORGANIZATION_ID: self.organization_id,
        }

    def say_what_spokes_need(self) -> None:
        """Outputs for spokes that are deployed by hand or by another pipeline: `Spoke…`, named like the parameters; of
        a second hub in the stack the CDK makes their names, out of its construct id."""
        first = next(part for part in Stack.of(self).node.find_all() if isinstance(part, Spokes))
        for parameter, value in self._spoke_parameters().items():
            output = CfnOutput(self, f"Spoke{parameter}", value=value, description=f"A spoke's parameter {parameter}")
            if first.node.path == self.node.path:
                output.override_logical_id(f"Spoke{parameter}")


def _export_role(function: lambda_.Function) -> None:
    if function.role is not None:
        Stack.of(function).export_value(function.role.role_arn)
