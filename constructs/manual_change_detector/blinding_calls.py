"""TABLE: the API calls that could blind the detector, and where their CloudTrail record names what they touch.

Source of the fields: CloudTrail records of these calls (`requestParameters` is the request as it was made, first letter
in lower case). A name may be given as a name, an id or an ARN: the patterns of `tampering.py` take each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

Pattern = str | Mapping[str, Any]
"""A value as EventBridge matches it: itself, or {"prefix": …}, {"suffix": …}."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindingCalls:
    """Calls of one service that name what they touch in the same way."""

    service: str
    """The first part of `eventSource`."""
    calls: tuple[Pattern, ...]
    """As `eventName` says them."""
    fields: tuple[str, ...] = ()
    """Of `requestParameters`, any of which may name the resource (`a.b`: b inside a); none: the call concerns the whole
    account."""
    says: str
    """What has happened, for people."""
    begin_deployments: bool = False
    """Whether those who deploy make them themselves, and not only CloudFormation for them."""
    only_with: Mapping[str, Any] = field(default_factory=dict)
    """Of `requestParameters`, by name: the values of one that only some of the calls have, with which it blinds."""


RULES: Final = BlindingCalls(
    service="events",
    calls=("DeleteRule", "DisableRule", "PutRule", "PutTargets", "RemoveTargets"),
    fields=("name", "rule"),
    says="A rule was changed, disabled, deleted or lost its targets",
)
FUNCTIONS: Final = BlindingCalls(
    service="lambda",
    calls=(
        "DeleteFunction",
        {"prefix": "DeleteFunction2"},  # the API's date: not DeleteFunctionConcurrency, which takes a limit away
        {"prefix": "PutFunctionConcurrency"},
        {"prefix": "RemovePermission"},  # EventBridge's, to invoke it
        {"prefix": "UpdateFunctionCode"},
        {"prefix": "UpdateFunctionConfiguration"},
    ),
    fields=("functionName",),
    says="A function was changed, stopped or deleted",
)
MAPPINGS: Final = BlindingCalls(
    service="lambda",
    calls=({"prefix": "DeleteEventSourceMapping"}, {"prefix": "UpdateEventSourceMapping"}),
    fields=("uUID", "uuid"),
    says="The mapping between a queue and its function was changed or deleted",
)
QUEUES: Final = BlindingCalls(
    service="sqs",
    calls=("DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes"),
    fields=("queueUrl",),
    says="A queue was changed, emptied or deleted",
)
SECRET: Final = BlindingCalls(
    service="secretsmanager",
    calls=("DeleteSecret", "PutResourcePolicy", "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"),
    fields=("secretId",),
    says="The secret with Slack's webhook or token was changed or deleted",
)
POLICY: Final = BlindingCalls(
    service="ssm",
    calls=("DeleteParameter", "DeleteParameters", "PutParameter"),
    fields=("name", "names"),
    says="The policy, which says whom to trust, was changed or deleted",
)
TABLE: Final = BlindingCalls(
    service="dynamodb",
    calls=("DeleteTable", "PutResourcePolicy", "UpdateContinuousBackups", "UpdateTable", "UpdateTimeToLive"),
    fields=("tableName", "resourceArn"),
    says="The table of findings was changed or deleted, or has another policy",
)
HUB_TABLES: Final = replace(
    TABLE, says="A table of the hub, of accounts or of calls, was changed or deleted, or has another policy"
)
SUBSCRIPTIONS: Final = BlindingCalls(
    service="sns",
    calls=("SetSubscriptionAttributes", "Unsubscribe"),
    fields=("subscriptionArn",),
    says="A subscription was changed or removed",
)
TOPICS: Final = BlindingCalls(
    service="sns",
    calls=("DeleteTopic", "RemovePermission", "SetTopicAttributes"),
    fields=("topicArn",),
    says="A topic was changed or deleted",
)
ALARMS: Final = BlindingCalls(
    service="monitoring",
    calls=("DeleteAlarms", "DisableAlarmActions"),
    fields=("alarmNames",),
    says="Alarms were deleted or may no longer ring",
)
MUTES: Final = BlindingCalls(
    service="monitoring",
    calls=("PutAlarmMuteRule",),
    fields=("muteTargets.alarmNames",),
    says="Alarms were muted",
)
ALARM_SETTINGS: Final = BlindingCalls(
    service="monitoring", calls=("PutMetricAlarm",), fields=("alarmName",), says="An alarm was changed"
)
STACK: Final = BlindingCalls(
    service="cloudformation",
    calls=("DeleteStack", "SetStackPolicy", "UpdateTerminationProtection"),
    fields=("stackName",),
    only_with={"enableTerminationProtection": [False, "false"]},  # `cdk deploy` itself switches it on
    says="The stack is being deleted, or it or its parts may be from now on",
)
STACK_UPDATES: Final = BlindingCalls(
    service="cloudformation",
    # ExecuteChangeSet may leave out the stack's name beside the ARN of a change set: then the set's creation was told.
    calls=("CreateChangeSet", "ExecuteChangeSet", "UpdateStack"),
    fields=("stackName",),
    says="The stack was changed, or is about to be, by somebody who does not deploy it",
    begin_deployments=True,
)
STACK_SET: Final = BlindingCalls(
    service="cloudformation",
    calls=("DeleteStackInstances", "DeleteStackSet", "UpdateStackInstances", "UpdateStackSet"),
    fields=("stackSetName",),
    says="The stack set that puts spokes into accounts was changed, or takes them away",
)
ROLES: Final = BlindingCalls(
    service="iam",
    calls=(
        "AttachRolePolicy",
        "DeleteRole",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "PutRolePermissionsBoundary",
        "PutRolePolicy",
        "UpdateAssumeRolePolicy",
    ),
    fields=("roleName",),
    says="A role was deleted, may do something else, or may be assumed by others",
)
BUS: Final = BlindingCalls(
    service="events",
    calls=("DeleteEventBus", "PutPermission", "RemovePermission", "UpdateEventBus"),
    fields=("name", "eventBusName"),
    says="The event bus that spokes send to was changed or deleted, or lets in others",
)
KEY: Final = BlindingCalls(
    service="kms",
    calls=("DisableKey", "PutKeyPolicy", "RevokeGrant", "ScheduleKeyDeletion"),
    fields=("keyId",),
    says="The key that everything is encrypted with was disabled, is going to be deleted, or lets in others or fewer",
)
RECORDING: Final = BlindingCalls(
    service="config",
    calls=(
        "DeleteConfigurationRecorder",
        "DeleteDeliveryChannel",
        "PutConfigurationRecorder",
        "PutDeliveryChannel",
        "StopConfigurationRecorder",
    ),
    says="What AWS Config records or delivers was changed or stopped",
)
TRAILS: Final = BlindingCalls(
    service="cloudtrail",
    calls=("DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"),
    says="What CloudTrail records was changed or stopped",
)
