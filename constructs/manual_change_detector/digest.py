"""The daily digest: what reminds the notify stage to tell what was kept."""

from __future__ import annotations

from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from manual_change_detector.stage import Stage

DIGEST: Final = {"version": 1, "digest": True}
"""The message that asks the notify stage to tell what was kept for the daily digest."""


def daily_digest(scope: Construct, construct_id: str, *, notify: Stage) -> events.Rule:
    """Always, also where the policy says otherwise today: it can be changed without a redeploy."""
    return events.Rule(
        scope,
        construct_id,
        description="Once a day, the changes that nobody could be found for are told in one message",
        schedule=events.Schedule.rate(Duration.days(1)),
        targets=[
            targets.SqsQueue(
                notify.queue,
                message=events.RuleTargetInput.from_object(DIGEST),
                dead_letter_queue=notify.dead_letter_queue,
            )
        ],
    )
