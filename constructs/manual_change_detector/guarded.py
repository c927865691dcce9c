"""What of a detector is guarded against tampering, by the names that CloudFormation gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aws_cdk import Aws, Stack, Token
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_ssm as ssm

from manual_change_detector import blinding_calls as blinding
from manual_change_detector.blinding_calls import Pattern
from manual_change_detector.parts import Parts
from manual_change_detector.stream import Stream
from manual_change_detector.tampering import Guarded

_ARN = 200
"""Characters, generously."""
_STACK_NAME = 128
_RANDOM = 13


def parts_guarded(parts: Parts) -> Iterator[Guarded]:
    """The stages and the alarms."""
    mappings = [part for part in parts.node.find_all() if isinstance(part, lambda_.EventSourceMapping)]
    queues = [*parts.queues, *parts.dead_letter_queues, parts.untold.queue]
    alarms = [alarm.alarm_name for alarm in parts.alarms]
    longest = max(longest_name(alarm) for alarm in parts.alarms)
    yield Guarded(
        construct_id="Functions",
        calls=blinding.FUNCTIONS,
        names=[{"suffix": function.function_name} for function in parts.functions],
        longest_name=64,
        named_in=["functionName"],
    )
    yield Guarded(
        construct_id="Mappings",
        calls=blinding.MAPPINGS,
        names=[mapping.event_source_mapping_id for mapping in mappings],
        longest_name=36,
        named_in=blinding.MAPPINGS.fields,
    )
    yield Guarded(
        construct_id="Queues",
        calls=blinding.QUEUES,
        names=[{"suffix": f"/{queue.queue_name}"} for queue in queues],
        longest_name=80,
        named_in=["queueUrl"],
    )
    yield Guarded(construct_id="Alarms", calls=blinding.ALARMS, names=alarms, longest_name=longest)
    yield Guarded(construct_id="Mutes", calls=blinding.MUTES, names=alarms, longest_name=longest)
    yield Guarded(
        construct_id="AlarmSettings",
        calls=blinding.ALARM_SETTINGS,
        names=alarms,
        longest_name=longest,
        named_in=["alarmName"],
    )


def data_guarded(
    *,
    secret: secretsmanager.ISecret,
    policy_parameter: ssm.StringParameter,
    tables: Sequence[dynamodb.Table],
    key: kms.IKey | None,
) -> Iterator[Guarded]:
    """What the stages read and keep."""
    yield Guarded(
        construct_id="Secret", calls=blinding.SECRET, names=_secret(secret), longest_name=_ARN, named_in=["secretId"]
    )
    yield Guarded(
        construct_id="Policy",
        calls=blinding.POLICY,
        names=[policy_parameter.parameter_name],
        longest_name=_ARN,
        named_in=["name"],
    )
    names = [table.table_name for table in tables]
    yield Guarded(
        construct_id="Table",
        calls=blinding.TABLE,
        names=[name for table in names for name in (table, {"suffix": f"/{table}"})],
        longest_name=255,
        named_in=blinding.TABLE.fields,
    )
    if key is not None:
        yield Guarded(
            construct_id="Key",
            calls=blinding.KEY,
            names=[key.key_id, key.key_arn],
            longest_name=_ARN,
            named_in=["keyId"],
        )


def surroundings_guarded(*, stream: Stream, alarm_topic: sns.ITopic) -> Iterator[Guarded]:
    """The topics on both ends, what records, and the stack itself."""
    yield Guarded(
        construct_id="Subscriptions",
        calls=blinding.SUBSCRIPTIONS,
        names=[*stream.guarded_subscriptions, {"prefix": f"{alarm_topic.topic_arn}:"}],
        longest_name=2 * _ARN,
        named_in=["subscriptionArn"],
    )
    topics = [alarm_topic, *stream.guarded_topics]
    yield Guarded(
        construct_id="Topics",
        calls=blinding.TOPICS,
        names=[topic.topic_arn for topic in topics],
        longest_name=2 * _ARN,
        named_in=["topicArn"],
    )
    yield Guarded(
        construct_id="Stack",
        calls=blinding.STACK,
        names=[Aws.STACK_NAME, Aws.STACK_ID],
        longest_name=2 * _ARN,
        named_in=["stackName"],
    )
    yield Guarded(
        construct_id="StackUpdates",
        calls=blinding.STACK_UPDATES,
        names=[Aws.STACK_NAME, Aws.STACK_ID],
        longest_name=2 * _ARN,
        named_in=["stackName"],
    )
    yield Guarded(construct_id="Recording", calls=blinding.RECORDING)
    yield Guarded(construct_id="Trails", calls=blinding.TRAILS)


def _secret(secret: secretsmanager.ISecret) -> list[Pattern]:
    """By name, or by an ARN whose last six characters may be unknown here."""
    if secret.secret_full_arn:
        return [secret.secret_name, secret.secret_full_arn]
    return [secret.secret_name, secret.secret_arn, {"prefix": f"{secret.secret_arn}-"}]


def longest_name(alarm: cloudwatch.Alarm) -> int:
    """CloudFormation names an alarm after the stack and its logical id, with a random end."""
    stack = Stack.of(alarm)
    resource = alarm.node.default_child
    if not isinstance(resource, cloudwatch.CfnAlarm):
        raise TypeError(f"{alarm.node.path} has no resource of its own")
    of_stack = _STACK_NAME if Token.is_unresolved(stack.stack_name) else len(stack.stack_name)
    return of_stack + len(str(stack.resolve(resource.logical_id))) + _RANDOM + 2
