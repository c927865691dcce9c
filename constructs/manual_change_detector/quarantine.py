"""Quarantine: where messages wait that could not be trusted, and the alarm that rings at the first one."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from manual_change_detector.acknowledgements import acknowledge
from manual_change_detector.keeping import Keeping
from manual_change_detector.stage import QUEUE_RETENTION


class Quarantine(Construct):
    """A queue that nothing reads: people do."""

    queue: sqs.Queue
    alarm: cloudwatch.Alarm

    def __init__(self, scope: Construct, construct_id: str, *, keeping: Keeping) -> None:
        """Kept as long as SQS can."""
        super().__init__(scope, construct_id)
        key = keeping.encryption_key
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED,
            encryption_master_key=key,
            enforce_ssl=True,
            retention_period=QUEUE_RETENTION,
        )
        acknowledge(self.queue, rule="SQS3", reason="nothing reads it, so that nothing can fail to be read")
        waiting = self.queue.metric_approximate_number_of_messages_visible(
            period=Duration.minutes(1), statistic="Maximum"
        )
        self.alarm = waiting.create_alarm(
            self,
            "Alarm",
            alarm_description="Somebody sent what says that it comes from another account, or what no spoke sends: "
            "read the messages (the envelope's account is EventBridge's word), and ask that account's owner",
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
