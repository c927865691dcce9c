"""Beside the Slack channel: a rule on the event bus, a topic, and an e-mail for what is high or critical."""

from aws_cdk import Annotations, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from manual_change_detector import ManualChangeDetector


class EmailStack(Stack):
    """The detector, and somebody who reads e-mail at three in the morning."""

    def __init__(self, scope: Construct, construct_id: str, *, address: str) -> None:
        super().__init__(scope, construct_id)
        # AWS Config is off here: an account has one recorder in each region.
        Annotations.of(self).acknowledge_warning("manual-change-detector:new-recorder")
        ManualChangeDetector(self, "ManualChangeDetector")

        mail = sns.Topic(self, "Mail", enforce_ssl=True)
        mail.add_subscription(subscriptions.EmailSubscription(address))
        events.Rule(
            self,
            "HighFindings",
            description="High and critical findings of the manual-change detector go out by e-mail",
            event_pattern=events.EventPattern(
                source=["manual-change-detector"],
                detail_type=["Manual Change Finding"],
                detail={"severity": {"level": ["critical", "high"]}},
            ),
            targets=[
                targets.SnsTopic(
                    mail,
                    message=events.RuleTargetInput.from_text(
                        f"{events.EventField.from_path('$.detail.severity.level')}: "
                        f"{events.EventField.from_path('$.detail.explanation')}\n"
                        f"account {events.EventField.from_path('$.detail.change.account')}, "
                        f"{events.EventField.from_path('$.detail.change.resource_type')} "
                        f"{events.EventField.from_path('$.detail.change.resource_id')}"
                    ),
                )
            ],
        )
