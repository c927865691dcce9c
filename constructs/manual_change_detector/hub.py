"""ManualChangeDetectorHub: one detector for an organization, and what it takes to trust what other accounts send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change.settings import CoverageSettings
from manual_change_detector import props
from manual_change_detector.alarm_topic import tell
from manual_change_detector.attribution import Attribution
from manual_change_detector.config_source import ConfigSource
from manual_change_detector.coverage import Coverage
from manual_change_detector.deployments import DEPLOYING_ROLES, checked_roles
from manual_change_detector.detector import ManualChangeDetector
from manual_change_detector.hub_bus import BUS_NAME, HubBus
from manual_change_detector.hub_guard import hub_guarded
from manual_change_detector.hub_spokes import Spokes
from manual_change_detector.keeping import Keeping
from manual_change_detector.organization import Organization
from manual_change_detector.permissions import permit_everywhere, permit_role_of_others, permit_survey
from manual_change_detector.place import in_the_same_place
from manual_change_detector.quarantine import Quarantine
from manual_change_detector.sources import one_or_several
from manual_change_detector.spoke_names import (
    CALLS_RULE,
    CHANGES_RULE,
    GUARD_RULE,
    LOOKUP_ROLE,
    STACK_RULE,
    TAMPERING_RULE,
)
from manual_change_detector.stage import Stage
from manual_change_detector.storage import organization_table
from manual_change_detector.stream import Stream
from manual_change_detector.tampering import Tampering

SILENT_AFTER: Final = Duration.hours(24)
"""Where a place that says nothing can be asked whether it still records."""
SILENT_AFTER_UNASKED: Final = Duration.days(7)
"""Where nobody can be asked, and a quiet place looks like a broken one."""


class ManualChangeDetectorHub(Spokes):
    """Tells Slack channels who changed what by hand in the accounts of an organization.

    It belongs into an account that people do not work in, such as Control Tower's audit account, and watches that
    account as it does any other: by a spoke.
    """

    quarantine_queue: sqs.Queue
    """What could not be trusted waits here for people."""
    organization_table: dynamodb.Table
    """Which accounts and regions reported when, what is known of accounts, and whose turn it is to be looked up."""
    tampering: Tampering

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        organization_id: str,
        sources: ConfigSource | Sequence[ConfigSource] = (),
        daily_resource_types: Sequence[str] = (),
        attribution: Attribution | None = None,
        bus_name: str = BUS_NAME,
        excluded_accounts: Sequence[str] = (),
        excluded_organizational_units: Sequence[str] = (),
        regions: Sequence[str] = (),
        deploying_roles: Sequence[str] = DEPLOYING_ROLES,
        silent_after: Duration | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        encryption_key: kms.IKey | None = None,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        **detector: Any,
    ) -> None:
        """Provision the hub.

        Args:
            scope: the stack, or a construct in it.
            construct_id: the hub's name in its scope.
            organization_id: `o-…`; nobody outside may put anything on the bus.
            sources: what brings notifications of AWS Config besides the bus, one or several, such as
                `ConfigSource.control_tower()`. Left out: the bus alone, to which spokes forward them.
            daily_resource_types: types (globs) that the recorders of spokes record once a day. Left out: none.
            attribution: how the calls of a change are found. Left out: `Attribution.lookup()`, with the spokes' roles.
            bus_name: of the event bus; an account and region with two hubs needs two names. Left out:
                `manual-change-detector`.
            excluded_accounts: ids (globs) of accounts whose changes are dropped. Left out: none.
            excluded_organizational_units: their ids, names or paths (globs), whose accounts' changes are dropped.
                Left out: none.
            regions: from which each account should report that the directory knows, or that ever reported. Left out:
                those it reported from.
            deploying_roles: see `ManualChangeDetector`; of the hub, and of its spokes.
            silent_after: for how long an account and region may say nothing before it is asked whether it still
                records, or, where it cannot be asked, the alarm rings. Left out: a day; without spokes to ask, a week.
            log_retention: see `ManualChangeDetector`.
            encryption_key: see `ManualChangeDetector`.
            removal_policy: see `ManualChangeDetector`.
            detector: every other option of `ManualChangeDetector`: `policy`, `slack_secret`, `alarm_topic`, …

        Raises:
            PolicyError: the policy has errors.
            TypeError: an option that a hub does not have.
            ValueError: an option cannot work; the message says what would.
        """
        super().__init__(scope, construct_id)
        # EventBridge may send to our queues for this account only, whatever the app's feature flags say.
        self.node.set_context("@aws-cdk/aws-events:eventsTargetQueueSameAccount", True)
        _check(organization_id, detector)
        self.organization_id = organization_id
        self.bus_name = bus_name
        _refuse_a_second_bus(self)
        self.attribution = attribution or Attribution.lookup()
        self.sources = one_or_several("sources", sources)
        self.deploying_roles = checked_roles(deploying_roles)
        keeping = Keeping(encryption_key=encryption_key, removal_policy=removal_policy, log_retention=log_retention)

        bus = HubBus(self, "Bus", name=bus_name, organization_id=organization_id)
        self.bus = bus.bus
        quarantine = Quarantine(self, "Quarantine", keeping=keeping)
        self.quarantine_queue = quarantine.queue
        bus.quarantine_strangers(quarantine.queue)
        self.organization_table = organization_table(self, "OrganizationTable", keeping=keeping)

        self.detector = ManualChangeDetector(
            self,
            "Detector",
            config_source=[
                _from(bus, props.resource_types("daily_resource_types", daily_resource_types)),
                *self.sources,
            ],
            attribution=self.attribution,
            organization=Organization(
                table=self.organization_table, quarantine=quarantine.queue, bare_messages=bool(self.sources)
            ),
            excluded_accounts=excluded_accounts,
            excluded_organizational_units=excluded_organizational_units,
            deploying_roles=self.deploying_roles,
            log_retention=log_retention,
            encryption_key=encryption_key,
            removal_policy=removal_policy,
            **detector,
        )
        if self.detector.collect is not None:
            bus.deliver_calls(self.detector.collect)
        path, streamed = self.detector.node.path, self.attribution.streamed
        bus.tell_of_tampering(
            self.detector.alarm_topic,
            untold=self.detector.untold,
            detector=path,
            streams_calls=streamed,
            deploying_roles=self.deploying_roles,
        )
        role_name = self.attribution.lookup_role_name or LOOKUP_ROLE
        asked = bool(self.attribution.lookup_role_name) or streamed
        self.coverage = Coverage(
            self,
            "Coverage",
            settings=CoverageSettings(
                detector=path,
                organization_table=self.organization_table.table_name,
                account_directory=self.detector.directory.setting,
                regions=props.regions("regions", regions) if regions else (),
                excluded_accounts=tuple(excluded_accounts),
                excluded_organizational_units=tuple(excluded_organizational_units),
                lookup_role_name=role_name,
                bus_arn=self.bus.event_bus_arn,
                changes_from_topics=bool(self.sources),
                changes_rule_name=CHANGES_RULE,
                tampering_rule_name=TAMPERING_RULE,
                further_rule_names=(GUARD_RULE, STACK_RULE, *([CALLS_RULE] if streamed else [])),
                subscriptions=self.detector.config_subscriptions,
                **props.given(
                    silent_after=props.length(
                        "silent_after", silent_after or (SILENT_AFTER if asked else SILENT_AFTER_UNASKED)
                    )
                ),
            ),
            silent_places=self.detector.metric_silent_places(),
            unread_directory=self.detector.metric_unread_directory(),
            keeping=keeping,
        )
        permit_role_of_others(self.coverage, role_name)
        permit_survey(self.coverage, self.organization_table, self.detector.directory, keeping)
        if self.detector.config_subscriptions:
            permit_everywhere(self.coverage, "sns:GetSubscriptionAttributes")
        alarms = [quarantine.alarm, *self.coverage.alarms]
        tell(self.detector.alarm_topic, *alarms)
        self.tampering = self._guard_against_tampering(alarms, bus_name)
        self.say_what_spokes_need()
        self.export_roles()

    def _guard_against_tampering(self, alarms: Sequence[cloudwatch.Alarm], bus_name: str) -> Tampering:
        own = [child for child in self.node.children if child.node.id != self.detector.node.id]
        parts = [part for child in own for part in child.node.find_all()]
        return Tampering(
            self,
            "Tampering",
            detector=self.detector.node.path,
            topic=self.detector.alarm_topic,
            untold=self.detector.untold,
            guarded=list(
                hub_guarded(
                    bus_name=bus_name,
                    quarantine=self.quarantine_queue,
                    tables=[self.organization_table],
                    survey=self.coverage.function,
                    alarms=alarms,
                )
            ),
            rules=[self.coverage.rule],
            roles=[part for part in parts if isinstance(part, iam.Role)],
            deploying_roles=self.deploying_roles,
        )


def _from(bus: HubBus, daily_resource_types: tuple[str, ...]) -> ConfigSource:
    """The bus as a source of the detector: what spokes forward."""

    def deliver(_detector: Construct, dispatch: Stage, _keeping: Keeping) -> Stream:
        bus.deliver_changes(dispatch)
        return Stream()

    return ConfigSource(deliver, daily_resource_types, (f"hub_bus {bus.node.path}",))


def _refuse_a_second_bus(hub: ManualChangeDetectorHub) -> None:
    for other in hub.node.root.node.find_all():
        if not isinstance(other, ManualChangeDetectorHub) or other is hub:
            continue
        if other.bus_name == hub.bus_name and in_the_same_place(other, hub):
            raise ValueError(
                f"{hub.node.path} would have a second event bus called {hub.bus_name}, after {other.node.path}; "
                f"give it another: bus_name='{hub.bus_name}-2'"
            )


def _check(organization_id: str, options: dict[str, Any]) -> None:
    props.organization_id(organization_id)
    if "config_source" in options:
        raise TypeError("a hub has no config_source: it has its bus, and `sources` besides")
    if "organization" in options:
        raise TypeError("a hub makes its organization itself, out of organization_id")
