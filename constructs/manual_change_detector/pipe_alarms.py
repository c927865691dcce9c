"""Alarms on what the functions say: Slack refuses for good, CloudTrail cannot be read, AWS Config is silent."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

SILENCE: Final = Duration.days(3)
"""Longer than a weekend with a holiday. The heartbeat watches the pipe every few minutes; this watches what comes
before it, where a quiet account looks like a broken one: an alarm that rings every Sunday is muted by Christmas."""


def alarm_on_refusals(scope: Construct, construct_id: str, *, refused: cloudwatch.Metric) -> cloudwatch.Alarm:
    """Rings at the first message that Slack will never take; silent while no messages are posted."""
    return refused.create_alarm(
        scope,
        construct_id,
        alarm_description="Slack refuses messages for good (a revoked webhook, an archived channel, an empty secret): "
        "mend it, and what waits in the queue is posted; what became a dead letter is to be redriven",
        threshold=0,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def alarm_on_unread(scope: Construct, construct_id: str, *, unread: cloudwatch.Metric) -> cloudwatch.Alarm:
    """Rings at the first change of which nobody can say who made it because CloudTrail was not to be read."""
    return unread.create_alarm(
        scope,
        construct_id,
        alarm_description="CloudTrail of an account cannot be read: who changes something there is not known. The log "
        "of the attribute stage says which account and why (reason cloudtrail-unread): a role that is gone or does "
        "not trust the detector, a control policy, or other tools that use up its requests",
        threshold=0,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
    )


def alarm_on_silence(
    scope: Construct, construct_id: str, *, notifications: cloudwatch.Metric, after: Duration
) -> cloudwatch.Alarm:
    """Rings when AWS Config has said nothing for so long. A metric that is missing is what silence looks like."""
    return notifications.with_(period=Duration.hours(1)).create_alarm(
        scope,
        construct_id,
        alarm_description=f"No notification of AWS Config for {after.to_hours():g} hours: is the recorder on, does the "
        "delivery channel name the topic, does the subscription still stand? A quiet account may need a longer time",
        threshold=1,
        evaluation_periods=int(after.to_hours()),
        comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
    )
