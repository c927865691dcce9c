"""The hub's event bus: whom it lets in, and where what arrives goes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change.domain.origin import PARTNERS
from manual_change_detector.alarm_topic import publisher
from manual_change_detector.notices import Notices, api_calls
from manual_change_detector.spoke import calls, changes
from manual_change_detector.spoke_guard import told_by_the_hub
from manual_change_detector.stage import Stage
from manual_change_detector.tampering import details
from manual_change_detector.untold import Untold

BUS_NAME: Final = "manual-change-detector"
"""Fixed, so that a bus that is made again is the one that all spokes send to."""


RULE_PREFIX: Final = "manual-change-hub-"
"""Of the names of its rules, by which they are guarded. They are the bus's own, and collide with nobody's."""


class HubBus(Construct):
    """Lets in the organization, sorts what comes, and trusts none of it: that is checked by who reads it.

    What a source of AWS sends and no rule here wants is let go. The account of an envelope, and a source that begins
    with `aws.`, are written by EventBridge; everything else may be anybody's, and what `aws.partner/…` sends a
    partner's (API reference, PutPartnerEventsRequestEntry).
    """

    bus: events.EventBus

    def __init__(self, scope: Construct, construct_id: str, *, name: str, organization_id: str) -> None:
        """A bus whose policy names the organization, not its accounts: a list of them would outgrow it at some 200."""
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(
            self, "Bus", event_bus_name=name, description="What spokes of the manual-change detector forward"
        )
        self.bus.add_to_resource_policy(
            iam.PolicyStatement(
                sid="SpokesOfTheOrganization",
                principals=[iam.OrganizationPrincipal(organization_id)],
                actions=["events:PutEvents"],
                resources=[self.bus.event_bus_arn],
            )
        )

    def deliver_changes(self, dispatch: Stage) -> None:
        """With their envelopes, which say whose they are.

        SQS takes one message group for all that a rule delivers, so that this queue is not fair among accounts;
        dispatch does little with each message, and what it sends on is.
        """
        self._deliver("Changes", "What AWS Config recorded in other accounts", changes(), dispatch)

    def deliver_calls(self, collect: Stage) -> None:
        """The calls that spokes stream."""
        self._deliver("Calls", "API calls in other accounts", calls("everyone"), collect)

    def tell_of_tampering(
        self,
        topic: sns.ITopic,
        *,
        untold: Untold,
        detector: str,
        streams_calls: bool,
        deploying_roles: Sequence[str],
    ) -> None:
        """Straight to the alarm topic. Where calls are streamed, such a call arrives and is told twice."""
        role = publisher(self, "Role", topic=topic, description="Tells the alarm topic of tampering in other accounts")
        notices = Notices(
            topic_arn=topic.topic_arn,
            role_arn=role.role_arn,
            untold_arn=untold.queue.queue_arn,
            concerns=f"a spoke of the manual-change detector {detector}",
        )
        for guarded in told_by_the_hub(streams_calls=streams_calls):
            [detail] = details(guarded, deploying_roles)
            name = f"Tampering{guarded.construct_id}"
            notices.rule(
                self,
                name,
                says=guarded.calls.says,
                pattern=api_calls(detail, of=guarded.calls.service),
                named_in=guarded.named_in,
                rule_name=f"{RULE_PREFIX}{name.lower()}",
                event_bus_name=self.bus.event_bus_name,
            )

    def quarantine_strangers(self, quarantine: sqs.Queue) -> None:
        """No spoke forwards what AWS did not send. A partner's event that passes for a call is set aside twice: as it
        came, and by who reads calls, with the reason."""
        self._rule(
            "Strangers",
            "What neither AWS nor a spoke sends, to be looked at",
            events.EventPattern(source=[*events.Match.anything_but_prefix("aws."), *events.Match.prefix(PARTNERS)]),
            targets.SqsQueue(quarantine),
        )

    def _deliver(self, construct_id: str, says: str, pattern: events.EventPattern, stage: Stage) -> None:
        target = targets.SqsQueue(stage.queue, dead_letter_queue=stage.dead_letter_queue)
        self._rule(construct_id, f"{says}, to the manual-change detector", pattern, target)

    def _rule(self, construct_id: str, says: str, pattern: events.EventPattern, target: events.IRuleTarget) -> None:
        events.Rule(
            self,
            construct_id,
            rule_name=f"{RULE_PREFIX}{construct_id.lower()}",
            event_bus=self.bus,
            description=says,
            event_pattern=pattern,
            targets=[target],
        )
