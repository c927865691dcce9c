"""Heartbeat: what is put into the pipe on schedule, and the alarm that rings when nothing comes out."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from manual_change.domain.heartbeat import HEARTBEAT
from manual_change_detector.alarm_topic import publisher
from manual_change_detector.stage import Stage
from manual_change_detector.stream import Stream

INTERVAL: Final = Duration.minutes(15)

MISSED: Final = 3
"""Intervals without a heartbeat before the alarm rings: one that is late by an interval is no reason."""


class Heartbeat(Construct):
    """A synthetic notification every few minutes, and its alarm."""

    rule: events.Rule
    alarm: cloudwatch.Alarm
    """Rings also when the metric is missing: that is what a broken pipe looks like."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stream: Stream,
        dispatch: Stage,
        came_out: cloudwatch.Metric,
        interval: Duration,
    ) -> None:
        """Put it in as far up as we may: into the topic that is ours, otherwise into the first queue."""
        super().__init__(scope, construct_id)
        message = events.RuleTargetInput.from_object(dict(HEARTBEAT))
        self.rule = events.Rule(
            self,
            "Rule",
            description="A synthetic notification that must come out at the end of the manual-change detector",
            schedule=events.Schedule.rate(interval),
        )
        topic = stream.our_topic
        if topic is not None:
            target: events.IRuleTarget = targets.SnsTopic(
                topic,
                message=message,
                role=publisher(self, "Role", topic=topic, description="Puts the heartbeat into Config's topic"),
                dead_letter_queue=dispatch.dead_letter_queue,
            )
        else:
            target = targets.SqsQueue(dispatch.queue, message=message, dead_letter_queue=dispatch.dead_letter_queue)
        self.rule.add_target(target)
        self.alarm = came_out.with_(period=interval).create_alarm(
            self,
            "MissingAlarm",
            alarm_description=f"No heartbeat came out at the end for {MISSED} times {interval.to_minutes():g} minutes: "
            "a queue, a mapping, a function or a permission is broken, and changes do not get through either",
            threshold=1,
            evaluation_periods=MISSED,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
