"""Subscribing the dispatch stage to topics of AWS Config, of this region and others, of this account and others.

Written out instead of the CDK's `SqsSubscription`, which names the wrong principal for some regions
(aws/aws-cdk#32526) and a dead-letter queue that SNS refuses for topics of other regions.
"""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import ArnFormat, Aws, CfnCondition, Fn, Names, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import IDependable

from manual_change_detector import sns_regions
from manual_change_detector.stage import Stage
from manual_change_detector.stream import Stream


def subscribe(dispatch: Stage, *topics: sns.ITopic, message_types: Sequence[str]) -> Stream:
    """Let changes through to the stage's queue, as they are.

    Config sets no message attributes, so the filter reads the body. What SNS cannot deliver is a dead letter; not so
    from other regions, because a subscription and its dead-letter queue must be in one (SNS developer guide, "Amazon
    SNS dead-letter queues"): SNS retries for 23 days, then gives up.

    Raises:
        ValueError: SNS does not deliver from a topic's region to the stack's.
    """
    here = _known(Stack.of(dispatch).region)
    for topic in topics:
        if sns_regions.undeliverable(topic_in=_region(topic), queue_in=here):
            raise ValueError(
                f"SNS does not deliver from {_region(topic)} ({topic.topic_arn}) to {here}: both are opt-in regions. "
                f"Put the detector into a region that is enabled by default, or one of its own into {_region(topic)}"
            )
    allowed = _let_deliver(dispatch, topics, here)
    made = [(topic, _subscription(dispatch, topic, here, message_types, allowed)) for topic in topics]
    heard = [(topic, arn) for topic, arn in made if not _elsewhere(topic, here)]
    return Stream(
        topics=tuple(topics),
        subscriptions=tuple(arn for _topic, arn in made),
        guarded_topics=tuple(topic for topic, _arn in heard),
        guarded_subscriptions=tuple(arn for _topic, arn in heard),
    )


def _subscription(
    dispatch: Stage, topic: sns.ITopic, here: str | None, message_types: Sequence[str], allowed: IDependable | None
) -> str:
    changes = sns.SubscriptionFilter.string_filter(allowlist=list(message_types))
    subscription = sns.Subscription(
        dispatch.queue,
        Names.node_unique_id(topic.node),
        topic=topic,
        endpoint=dispatch.queue.queue_arn,
        protocol=sns.SubscriptionProtocol.SQS,
        raw_message_delivery=True,
        filter_policy_with_message_body={"messageType": sns.FilterOrPolicy.filter(changes)},
        region=_subscribed_in(topic, here),
        dead_letter_queue=None if _elsewhere(topic, here) else dispatch.dead_letter_queue,
    )
    if allowed is not None:
        subscription.node.add_dependency(allowed)
    resource = subscription.node.default_child
    if not isinstance(resource, sns.CfnSubscription):
        raise TypeError(f"{subscription.node.path} has no resource of its own")
    if _region(topic) is not None and here is None:
        same = CfnCondition(subscription, "SameRegion", expression=Fn.condition_equals(Aws.REGION, _region(topic)))
        resource.redrive_policy = Fn.condition_if(same.logical_id, resource.redrive_policy, Aws.NO_VALUE)
    return resource.ref


def _let_deliver(dispatch: Stage, topics: Sequence[sns.ITopic], here: str | None) -> IDependable | None:
    """SNS, for these topics: their ARNs name account and region. One statement, because SQS allows a policy twenty."""
    arns = [topic.topic_arn for topic in topics]
    condition = {"ArnEquals": {"aws:SourceArn": arns[0] if len(arns) == 1 else arns}}
    services = [
        iam.ServicePrincipal(name)
        for name in sns_regions.principals(topics_in=[_region(topic) for topic in topics], queue_in=here)
    ]
    allowed = dispatch.queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=services,
            actions=["sqs:SendMessage"],
            resources=[dispatch.queue.queue_arn],
            conditions=condition,
        )
    )
    if dispatch.queue.encryption_master_key is not None:
        dispatch.queue.encryption_master_key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=services,
                actions=["kms:Decrypt", "kms:GenerateDataKey"],
                resources=["*"],
                conditions=condition,
            )
        )
    return allowed.policy_dependable


def _known(region: str) -> str | None:
    return None if Token.is_unresolved(region) else region


def _region(topic: sns.ITopic) -> str | None:
    """None: known when deployed, and taken for the region of the detector."""
    return _known(topic.env.region)


def _elsewhere(topic: sns.ITopic, here: str | None) -> bool:
    """Whether the topic is in another region for sure."""
    return None not in (here, _region(topic)) and _region(topic) != here


def _subscribed_in(topic: sns.ITopic, here: str | None) -> str | None:
    """The region to subscribe in, which is the topic's; None: the stack's own."""
    if isinstance(topic, sns.Topic):
        return _region(topic) if _elsewhere(topic, here) else None
    return Stack.of(topic).split_arn(topic.topic_arn, ArnFormat.NO_RESOURCE_NAME).region
