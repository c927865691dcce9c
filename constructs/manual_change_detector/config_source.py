"""Where the stream of AWS Config comes from: a recorder of our own, an existing topic, or EventBridge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from manual_change.domain.heartbeat import MESSAGE_TYPE as HEARTBEAT_MESSAGE
from manual_change.domain.notification import CHANGE_MESSAGES
from manual_change_detector import props
from manual_change_detector.keeping import Keeping
from manual_change_detector.recorder import HISTORY_RETENTION, Recorder
from manual_change_detector.stage import Stage

MESSAGE_TYPES: Final = sorted(CHANGE_MESSAGES)
"""Sorted, so that the template is the same in every synth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """How the notifications reach the dispatch stage."""

    topic: sns.ITopic | None = None
    """What Config publishes to; None where the notifications come over EventBridge."""
    topic_is_ours: bool = False
    """Whether the topic was made here, and nobody minds our own messages in it."""
    subscription_arn: str | None = None


Bind = Callable[[Construct, Stage, Keeping], Stream]
"""Creates what is needed below the detector, and delivers to the dispatch stage."""


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Brings the notifications of AWS Config to the first stage. Made by one of its three class methods."""

    bind: Bind
    daily_resource_types: tuple[str, ...]
    """Types that the recorder records once a day: their call is looked for over a day."""

    @classmethod
    def new_recorder(
        cls,
        *,
        include_global_resource_types: bool = True,
        daily_resource_types: Sequence[str] = (),
        history_retention: Duration = HISTORY_RETENTION,
    ) -> ConfigSource:
        """Record the account: a recorder, its delivery channel, bucket and topic.

        AWS Config allows one recorder and one delivery channel in an account and region: where Config is on already,
        deployment fails, and `existing_topic` or `event_bridge` is the source to use.

        Args:
            include_global_resource_types: record IAM users, groups, roles and policies here. Where several regions of
                an account record, let one of them do it. Left out: recorded.
            daily_resource_types: types recorded once a day instead of at each change: cheaper, and told later.
                Left out: none.
            history_retention: how long the bucket keeps Config's files. Left out: 7 years, as Config keeps its items.

        Raises:
            ValueError: a type recorded daily is none, or a glob.
        """
        daily = props.whole_resource_types("daily_resource_types", daily_resource_types)

        def record(detector: Construct, dispatch: Stage, keeping: Keeping) -> Stream:
            recorder = Recorder(
                detector,
                "Recorder",
                include_global_resource_types=include_global_resource_types,
                daily_resource_types=daily,
                history_retention=history_retention,
                keeping=keeping,
            )
            return _subscribe(dispatch, recorder.topic, topic_is_ours=True)

        return cls(record, daily)

    @classmethod
    def existing_topic(cls, topic: sns.ITopic, *, daily_resource_types: Sequence[str] = ()) -> ConfigSource:
        """Subscribe to the topic that an existing delivery channel publishes to.

        Args:
            topic: in the region of the recorder. A topic of another account must allow this account to subscribe.
            daily_resource_types: types (globs) that the existing recorder records once a day. Left out: none.
        """
        daily = props.resource_types("daily_resource_types", daily_resource_types)
        return cls(lambda _detector, dispatch, _keeping: _subscribe(dispatch, topic, topic_is_ours=False), daily)

    @classmethod
    def event_bridge(cls, *, daily_resource_types: Sequence[str] = ()) -> ConfigSource:
        """Take the notifications from the default event bus: a recorder is enough, whether or not it has a topic.

        EventBridge delivers Config's notifications on a best effort basis; a topic is surer where there is one.

        Args:
            daily_resource_types: types (globs) that the existing recorder records once a day. Left out: none.
        """
        return cls(_listen, props.resource_types("daily_resource_types", daily_resource_types))


def _subscribe(dispatch: Stage, topic: sns.ITopic, *, topic_is_ours: bool) -> Stream:
    """Config sets no message attributes, so the filter reads the body; what SNS cannot deliver is a dead letter."""
    message_types = [*MESSAGE_TYPES, HEARTBEAT_MESSAGE] if topic_is_ours else MESSAGE_TYPES
    subscription = topic.add_subscription(
        subscriptions.SqsSubscription(
            dispatch.queue,
            raw_message_delivery=True,
            filter_policy_with_message_body={
                "messageType": sns.FilterOrPolicy.filter(sns.SubscriptionFilter.string_filter(allowlist=message_types))
            },
            dead_letter_queue=dispatch.dead_letter_queue,
        )
    )
    resource = subscription.node.default_child
    if not isinstance(resource, sns.CfnSubscription):
        raise TypeError(f"{subscription.node.path} has no resource of its own")
    return Stream(topic=topic, topic_is_ours=topic_is_ours, subscription_arn=resource.ref)


def _listen(detector: Construct, dispatch: Stage, _keeping: Keeping) -> Stream:
    events.Rule(
        detector,
        "ConfigRule",
        description="Changes that AWS Config recorded, to the manual-change detector",
        event_pattern=events.EventPattern(
            source=["aws.config"],
            detail_type=["Config Configuration Item Change"],
            detail={"messageType": MESSAGE_TYPES},
        ),
        targets=[targets.SqsQueue(dispatch.queue, dead_letter_queue=dispatch.dead_letter_queue)],
    )
    return Stream()
