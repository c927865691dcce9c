"""Where the stream of AWS Config comes from: our own recorder, existing topics, Control Tower's, or EventBridge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aws_cdk import Annotations, Duration, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

from manual_change.domain.heartbeat import MESSAGE_TYPE as HEARTBEAT_MESSAGE
from manual_change.domain.notification import CHANGE_MESSAGES
from manual_change_detector import props
from manual_change_detector.control_tower import ControlTowerTopics
from manual_change_detector.keeping import Keeping
from manual_change_detector.recorder import HISTORY_RETENTION, Recorder
from manual_change_detector.stage import Stage
from manual_change_detector.stream import Stream, listened_once
from manual_change_detector.subscribing import subscribe

MESSAGE_TYPES: Final = sorted(CHANGE_MESSAGES)
"""Sorted, so that the template is the same in every synth."""

NEW_RECORDER: Final = "manual-change-detector:new-recorder"
"""Id of the warning, for `Annotations.of(stack).acknowledge_warning(…)`."""

Bind = Callable[[Construct, Stage, Keeping], Stream]
"""Creates what is needed below the detector, and delivers to the dispatch stage."""


@dataclass(frozen=True, slots=True)
class ConfigSource:
    """Brings the notifications of AWS Config to the first stage. Made by one of its class methods."""

    bind: Bind
    daily_resource_types: tuple[str, ...]
    """Types that the recorder records once a day: their call is looked for over a day."""
    takes: tuple[str, ...] = ()
    """What it listens to, so that nothing is listened to twice: topics by what their ARNs end with, `event_bridge`."""
    of_many_accounts: bool = False
    """Whether it brings what the recorders of other accounts record, for sure."""

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
        deployment fails, and `existing_topic` or `event_bridge` is the source to use. Control Tower denies it by a
        service control policy: `control_tower` is the source, in its audit account. What the failures say is in
        docs/operations.md, "When the deployment fails". A warning reminds of it at synthesis; where the account is
        known not to record, `Annotations.of(stack).acknowledge_warning("manual-change-detector:new-recorder")`.

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
            Annotations.of(recorder).add_warning_v2(NEW_RECORDER, _ONE_RECORDER)
            stream = subscribe(dispatch, recorder.topic, message_types=[*MESSAGE_TYPES, HEARTBEAT_MESSAGE])
            return replace(stream, our_topic=recorder.topic)

        return cls(record, daily)

    @classmethod
    def existing_topic(
        cls, topic: sns.ITopic, *more_topics: sns.ITopic, daily_resource_types: Sequence[str] = ()
    ) -> ConfigSource:
        """Subscribe to the topics that existing delivery channels publish to, of any region and account.

        A topic whose region is only known when deployed is taken for one of the detector's region. From an opt-in
        region SNS delivers to regions enabled by default, not to another opt-in region; the stack of a detector in an
        opt-in region must name its region (`env`) to listen to others.

        Args:
            topic: as `sns.Topic.from_topic_arn(…)` gives it. A topic of another account must allow this account to
                subscribe, and CloudFormation may only do so as the subscriber.
            more_topics: of other regions, say.
            daily_resource_types: types (globs) that the existing recorders record once a day. Left out: none.

        Raises:
            ValueError: a topic is given twice, or is a FIFO topic, which AWS Config does not publish to.
        """
        topics = (topic, *more_topics)
        for each in topics:
            if each.fifo or each.topic_arn.endswith(".fifo"):
                raise ValueError(f"{each.topic_arn} is a FIFO topic; AWS Config publishes to standard topics: give one")
        return cls(
            lambda _detector, dispatch, _keeping: subscribe(dispatch, *topics, message_types=MESSAGE_TYPES),
            props.resource_types("daily_resource_types", daily_resource_types),
            listened_once(_resource_of(each.topic_arn) for each in topics),
        )

    @classmethod
    def control_tower(
        cls, audit_account: str, regions: Sequence[str], *, daily_resource_types: Sequence[str] = ()
    ) -> ConfigSource:
        """Subscribe to Control Tower's own topics, which get what the recorders of all accounts record.

        Only in the audit account: the topics' policy lets no other account subscribe, and a service control policy
        keeps it so. A topic that does not exist fails the deployment with "Topic does not exist": the region is not
        governed, or Control Tower's integration of AWS Config is off, which landing zone 4.0 allows. Then have each
        account forward to a hub (`ManualChangeDetectorSpoke`), or use `event_bridge` in each.

        Args:
            audit_account: its id; the stack's.
            regions: the governed regions.
            daily_resource_types: types (globs) that Control Tower's recorders record once a day. Left out: none.

        Raises:
            ValueError: the account or a region is none, a region is given twice, or (at synthesis) the stack is
                deployed to another account.
        """
        topics = ControlTowerTopics.checked(audit_account, regions)
        return cls(
            lambda detector, dispatch, _keeping: subscribe(
                dispatch, *topics.below(detector), message_types=MESSAGE_TYPES
            ),
            props.resource_types("daily_resource_types", daily_resource_types),
            topics.resources,
            of_many_accounts=True,
        )

    @classmethod
    def event_bridge(cls, *, daily_resource_types: Sequence[str] = ()) -> ConfigSource:
        """Take the notifications from the default event bus: a recorder is enough, whether or not it has a topic.

        EventBridge delivers Config's notifications on a best effort basis; a topic is surer where there is one.

        Args:
            daily_resource_types: types (globs) that the existing recorder records once a day. Left out: none.
        """
        return cls(
            _listen,
            props.resource_types("daily_resource_types", daily_resource_types),
            ("event_bridge",),
        )


_ONE_RECORDER: Final = (
    "A new configuration recorder is made. Deployment fails where AWS Config is on already (an account has one in each "
    "region), and where Control Tower or an organization denies it: use ConfigSource.existing_topic(topic) or "
    "ConfigSource.event_bridge(), in Control Tower's audit account ConfigSource.control_tower(…). Where it does not "
    f"record yet, acknowledge it: Annotations.of(stack).acknowledge_warning('{NEW_RECORDER}')"
)


def _resource_of(topic_arn: str) -> str:
    """Without the partition, which may be known only when deployed; all of it where all is."""
    return topic_arn if Token.is_unresolved(topic_arn.split(":")[0]) else ":".join(topic_arn.split(":")[2:])


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
