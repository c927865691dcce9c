"""Untold: where a notice waits that could not be published, and the alarm that tells of it by a path of its own."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.alarm_topic import for_rules_of_ours
from manual_change_detector.stage import QUEUE_RETENTION


class Untold(Construct):
    """The dead-letter queue of every rule that tells of tampering, and its alarm.

    All of them publish with a role, and whoever takes the role's permission away silences all at once. EventBridge does
    not try again then, and sends the event to the rule's dead-letter queue (EventBridge user guide, "Using dead-letter
    queues"), with a permission of the queue's; the alarm on it is published by CloudWatch, with one of the topic's.
    An alarm on the rules' `FailedInvocations` would say the same, but a sum has ten metrics at most, each of which
    costs as much as an alarm, and it would not keep what was not told.
    """

    queue: sqs.Queue
    """Without a KMS key, as the alarm topic is, and for the same reason."""
    alarm: cloudwatch.Alarm

    def __init__(self, scope: Construct, construct_id: str) -> None:
        """For rules of this account and region."""
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=QUEUE_RETENTION,
        )
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[for_rules_of_ours(self)], actions=["sqs:SendMessage"], resources=[self.queue.queue_arn]
            )
        )
        acknowledge(self.queue, rule="SQS3", reason="it is a dead-letter queue, of EventBridge's rules")
        waiting = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        self.alarm = waiting.create_alarm(
            self,
            "Alarm",
            alarm_description="Somebody touched the manual-change detector, and the notice could not be published. "
            "Read the messages, each of them CloudTrail's record of a call; then look at the role that publishes "
            "(their attribute ERROR_CODE says what failed) and at who altered it",
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
