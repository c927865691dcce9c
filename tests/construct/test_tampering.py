"""Whoever tampers with the detector is told to the alarm topic, without AWS Config and without our functions.

The template is deployed to the embedded AWS; CloudTrail's records are put on its bus as EventBridge gets them, and a
queue that is subscribed to the alarm topic says what a person would have read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aws_cdk import Environment, Stack

from manual_change_detector import ConfigSource, ManualChangeDetector
from manual_change_detector.tampering import PATTERN_LIMIT
from manual_change_local.cloud import DeployedStack, EmbeddedCloud

RULE = "AWS::Events::Rule"


class Watched:
    """A deployed detector, and somebody who reads what its alarm topic publishes."""

    def __init__(self, cloud: EmbeddedCloud, stack: DeployedStack) -> None:
        self.cloud = cloud
        self.stack = stack
        self._sqs = cloud.client("sqs")
        self._mailbox = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._mailbox, AttributeNames=["QueueArn"])["Attributes"]
        cloud.client("sns").subscribe(
            TopicArn=self.named("AlarmTopic", of="AWS::SNS::Topic"),
            Protocol="sqs",
            Endpoint=arn["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def named(self, *words: str, of: str) -> str:
        """The physical id of the first resource of a type whose logical id contains these words."""
        found = {
            name: physical_id
            for name, physical_id in self.stack.physical_ids(of).items()
            if all(word in name for word in words)
        }
        return found[min(found)]

    def resolved(self, value: Any) -> Any:
        """`{Dispatch/AWS::Lambda::Function}` is the physical id of what is called that."""
        if isinstance(value, list):
            return [self.resolved(entry) for entry in value]
        if isinstance(value, dict):
            return {name: self.resolved(entry) for name, entry in value.items()}
        if isinstance(value, str) and value.endswith("}"):
            before, _, named = value.partition("{")
            name, _, of = named.strip("}").partition("/")
            return before + (self.stack.stack_id if name == "Stack" else self.named(name, of=of))
        return value

    def told_of(self, service: str, call: str, parameters: Any, **record: Any) -> list[str]:
        """What the topic publishes when CloudTrail records this call."""
        detail = {
            "eventSource": f"{service}.amazonaws.com",
            "eventName": call,
            "eventTime": "2026-11-22T12:00:00Z",
            "eventID": "0a1b2c3d",
            "awsRegion": "eu-west-1",
            "recipientAccountId": "123456789012",
            "sourceIPAddress": "192.0.2.7",
            "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"},
            "requestParameters": self.resolved(parameters),
            **record,
        }
        self.cloud.emit(source=f"aws.{service}", detail_type="AWS API Call via CloudTrail", detail=detail)
        messages = self._sqs.receive_message(QueueUrl=self._mailbox, MaxNumberOfMessages=10).get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._mailbox, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]


@pytest.fixture(scope="module")
def watched(defaults: Any) -> Iterator[Watched]:
    """The detector as it comes, deployed."""
    with EmbeddedCloud() as cloud:
        yield Watched(cloud, cloud.deploy(defaults.folder))


TAMPERING: list[tuple[str, str, dict[str, Any]]] = [
    ("events", "DisableRule", {"name": "{DailyDigest/AWS::Events::Rule}"}),
    ("events", "DeleteRule", {"name": "{HeartbeatRule/AWS::Events::Rule}"}),
    ("events", "RemoveTargets", {"rule": "{TamperingSecret/AWS::Events::Rule}", "ids": ["Target0"]}),
    ("events", "DisableRule", {"name": "{TamperingRules/AWS::Events::Rule}"}),
    ("events", "PutRule", {"name": "{TamperingGuards/AWS::Events::Rule}", "state": "DISABLED"}),
    ("lambda", "DeleteFunction20150331", {"functionName": "{Dispatch/AWS::Lambda::Function}"}),
    ("lambda", "UpdateFunctionCode20150331v2", {"functionName": "{Attribute/AWS::Lambda::Function}"}),
    ("lambda", "UpdateFunctionConfiguration20150331v2", {"functionName": "{Notify/AWS::Lambda::Function}"}),
    (
        "lambda",
        "PutFunctionConcurrency20171031",
        {"functionName": "{Notify/AWS::Lambda::Function}", "reservedConcurrentExecutions": 0},
    ),
    (
        "lambda",
        "RemovePermission20150331v2",
        {"functionName": "{Dispatch/AWS::Lambda::Function}", "statementId": "events"},
    ),
    ("lambda", "DeleteEventSourceMapping20150331", {"uUID": "{Dispatch/AWS::Lambda::EventSourceMapping}"}),
    ("lambda", "UpdateEventSourceMapping20150331", {"uUID": "{Notify/AWS::Lambda::EventSourceMapping}"}),
    ("sqs", "DeleteQueue", {"queueUrl": "{DispatchChanges/AWS::SQS::Queue}"}),
    ("sqs", "PurgeQueue", {"queueUrl": "{NotifyDeadLetters/AWS::SQS::Queue}"}),
    ("sqs", "RemovePermission", {"queueUrl": "{DispatchDeadLetters/AWS::SQS::Queue}", "label": "sid"}),
    ("sqs", "SetQueueAttributes", {"queueUrl": "{AttributeAttributions/AWS::SQS::Queue}"}),
    ("secretsmanager", "DeleteSecret", {"secretId": "{SlackSecret/AWS::SecretsManager::Secret}"}),
    ("secretsmanager", "PutSecretValue", {"secretId": "{SlackSecret/AWS::SecretsManager::Secret}"}),
    ("secretsmanager", "UpdateSecret", {"secretId": "{SlackSecret/AWS::SecretsManager::Secret}"}),
    ("ssm", "PutParameter", {"name": "{Policy/AWS::SSM::Parameter}", "overwrite": True}),
    ("ssm", "DeleteParameter", {"name": "{Policy/AWS::SSM::Parameter}"}),
    ("ssm", "DeleteParameters", {"names": ["another", "{Policy/AWS::SSM::Parameter}"]}),
    ("dynamodb", "DeleteTable", {"tableName": "{FindingsTable/AWS::DynamoDB::Table}"}),
    (
        "dynamodb",
        "PutResourcePolicy",
        {"resourceArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/{FindingsTable/AWS::DynamoDB::Table}"},
    ),
    ("sns", "Unsubscribe", {"subscriptionArn": "{Dispatch/AWS::SNS::Subscription}"}),
    ("sns", "SetSubscriptionAttributes", {"subscriptionArn": "{Dispatch/AWS::SNS::Subscription}"}),
    ("sns", "DeleteTopic", {"topicArn": "{RecorderTopic/AWS::SNS::Topic}"}),
    ("sns", "SetTopicAttributes", {"topicArn": "{AlarmTopic/AWS::SNS::Topic}"}),
    ("monitoring", "DeleteAlarms", {"alarmNames": ["another", "{SilenceAlarm/AWS::CloudWatch::Alarm}"]}),
    ("monitoring", "DisableAlarmActions", {"alarmNames": ["{HeartbeatMissing/AWS::CloudWatch::Alarm}"]}),
    (
        "monitoring",
        "PutAlarmMuteRule",
        {"name": "quiet", "muteTargets": {"alarmNames": ["{NotifyErrors/AWS::CloudWatch::Alarm}"]}},
    ),
    ("monitoring", "PutMetricAlarm", {"alarmName": "{NotifyErrors/AWS::CloudWatch::Alarm}", "threshold": 1e9}),
    ("cloudformation", "DeleteStack", {"stackName": "Watch"}),
    ("cloudformation", "DeleteStack", {"stackName": "{Stack}"}),
    ("cloudformation", "SetStackPolicy", {"stackName": "Watch"}),
    ("cloudformation", "UpdateTerminationProtection", {"stackName": "Watch", "enableTerminationProtection": False}),
    ("cloudformation", "UpdateStack", {"stackName": "Watch"}),
    ("cloudformation", "CreateChangeSet", {"stackName": "{Stack}", "changeSetName": "theirs"}),
    ("cloudformation", "ExecuteChangeSet", {"stackName": "Watch", "changeSetName": "theirs"}),
    ("config", "StopConfigurationRecorder", {"configurationRecorderName": "default"}),
    ("config", "DeleteConfigurationRecorder", {"configurationRecorderName": "default"}),
    ("config", "PutConfigurationRecorder", {"configurationRecorder": {"name": "default"}}),
    ("config", "DeleteDeliveryChannel", {"deliveryChannelName": "default"}),
    ("config", "PutDeliveryChannel", {"deliveryChannel": {"name": "default"}}),
    ("cloudtrail", "StopLogging", {"name": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/organization"}),
    ("cloudtrail", "DeleteTrail", {"name": "organization"}),
    ("cloudtrail", "UpdateTrail", {"name": "organization"}),
    ("cloudtrail", "PutEventSelectors", {"trailName": "organization"}),
]


@pytest.mark.xdist_group("cloud")
@pytest.mark.parametrize(("service", "call", "parameters"), TAMPERING, ids=[f"{a}-{b}" for a, b, _ in TAMPERING])
def test_tampering_is_told_once_with_who_and_what(
    watched: Watched, service: str, call: str, parameters: dict[str, Any]
) -> None:
    """In a sentence: the call, the principal, from where, when, and what to do."""
    [told] = watched.told_of(service, call, parameters)

    for word in (call, "user/mallory", "192.0.2.7", "2026-11-22T12:00:00Z", "Watch/Detector", "0a1b2c3d"):
        assert word in told


@pytest.mark.xdist_group("cloud")
def test_what_was_touched_is_named(watched: Watched) -> None:
    """Where the record names one thing."""
    function = watched.named("Dispatch", of="AWS::Lambda::Function")

    [told] = watched.told_of("lambda", "DeleteFunction20150331", {"functionName": function})

    assert "A function was changed, stopped or deleted: " in told
    assert f"DeleteFunction20150331 on {function} by" in told


@pytest.mark.xdist_group("cloud")
@pytest.mark.parametrize("form", ["arn:aws:lambda:eu-west-1:123456789012:function:{}", "123456789012:function:{}"])
def test_a_function_is_recognised_by_any_of_its_names(watched: Watched, form: str) -> None:
    """Lambda takes a name, an ARN, or a part of one."""
    function = form.format(watched.named("Notify", of="AWS::Lambda::Function"))

    assert watched.told_of("lambda", "UpdateFunctionCode20150331v2", {"functionName": function})


@pytest.mark.xdist_group("cloud")
def test_a_secret_is_recognised_by_its_name(watched: Watched) -> None:
    """The command line takes either."""
    arn = watched.named("SlackSecret", of="AWS::SecretsManager::Secret")
    name = watched.cloud.client("secretsmanager").describe_secret(SecretId=arn)["Name"]
    [pattern] = [
        json.loads(watched.cloud.client("events").describe_rule(Name=physical_id)["EventPattern"])
        for logical_id, physical_id in watched.stack.physical_ids(RULE).items()
        if "TamperingSecret" in logical_id
    ]

    # CloudFormation's names have one dash, the embedded AWS's more: the name is what stands between them in the ARN.
    assert name.startswith(pattern["detail"]["requestParameters"]["secretId"][0])


@pytest.mark.xdist_group("cloud")
@pytest.mark.parametrize(
    ("service", "call", "parameters"),
    [
        ("events", "DisableRule", {"name": "another"}),
        ("lambda", "DeleteFunction20150331", {"functionName": "another"}),
        ("lambda", "DeleteFunctionConcurrency20171031", {"functionName": "{Dispatch/AWS::Lambda::Function}"}),
        ("lambda", "Invoke", {"functionName": "{Dispatch/AWS::Lambda::Function}"}),
        ("lambda", "DeleteEventSourceMapping20150331", {"uUID": "another"}),
        ("sqs", "PurgeQueue", {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/another"}),
        ("secretsmanager", "PutSecretValue", {"secretId": "another"}),
        ("ssm", "PutParameter", {"name": "another"}),
        ("dynamodb", "DeleteTable", {"tableName": "another"}),
        ("sns", "Unsubscribe", {"subscriptionArn": "arn:aws:sns:eu-west-1:123456789012:another:1"}),
        ("monitoring", "DeleteAlarms", {"alarmNames": ["another"]}),
        ("cloudformation", "DeleteStack", {"stackName": "another"}),
        ("cloudformation", "UpdateStack", {"stackName": "another"}),
        ("cloudformation", "UpdateTerminationProtection", {"stackName": "Watch", "enableTerminationProtection": True}),
    ],
)
def test_what_is_not_ours_does_not_ring(watched: Watched, service: str, call: str, parameters: dict[str, Any]) -> None:
    """Others' resources, and calls that blind nobody."""
    assert [] == watched.told_of(service, call, parameters)


OUR_FUNCTION = {"functionName": "{Dispatch/AWS::Lambda::Function}"}
CLOUDFORMATION = {"invokedBy": "cloudformation.amazonaws.com"}


def session_of(role: str) -> dict[str, Any]:
    """As a record says who called."""
    issuer = {"type": "Role", "userName": role, "arn": f"arn:aws:iam::123456789012:role/{role}"}
    return {"type": "AssumedRole", "sessionContext": {"sessionIssuer": issuer}}


@pytest.mark.xdist_group("cloud")
def test_what_failed_does_not_ring(watched: Watched) -> None:
    """Nothing was altered."""
    assert [] == watched.told_of("lambda", "UpdateFunctionCode20150331v2", OUR_FUNCTION, errorCode="AccessDenied")


@pytest.mark.xdist_group("cloud")
def test_a_deployment_does_not_ring(watched: Watched) -> None:
    """`cdk deploy` begins it with one role, and CloudFormation acts with another."""
    begins = session_of("cdk-hnb659fds-deploy-role-123456789012-eu-west-1")
    acts = session_of("cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1") | CLOUDFORMATION

    assert [] == watched.told_of("cloudformation", "CreateChangeSet", {"stackName": "Watch"}, userIdentity=begins)
    assert [] == watched.told_of("cloudformation", "ExecuteChangeSet", {"stackName": "Watch"}, userIdentity=begins)
    assert [] == watched.told_of("lambda", "UpdateFunctionCode20150331v2", OUR_FUNCTION, userIdentity=acts)


@pytest.mark.xdist_group("cloud")
@pytest.mark.parametrize(
    "identity",
    [
        session_of("Admin") | CLOUDFORMATION,
        {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/mallory"} | CLOUDFORMATION,
        session_of("cdk-hnb659fds-cfn-exec-role-123456789012-eu-west-1"),
    ],
    ids=["a-role", "a-user", "not-cloudformation"],
)
def test_what_somebody_has_cloudformation_do_rings(watched: Watched, identity: dict[str, Any]) -> None:
    """From a stack of his own, say; and so does what a deploying role's session does without CloudFormation."""
    assert watched.told_of("lambda", "UpdateFunctionCode20150331v2", OUR_FUNCTION, userIdentity=identity)


def test_the_path_needs_neither_functions_nor_queues_nor_config(variant: Any) -> None:
    """Rule to topic, and nothing between."""
    rules = {name: rule for name, rule in variant.resources(RULE).items() if "Tampering" in name}
    [topic] = {json.dumps(target["Arn"]) for rule in rules.values() for target in rule["Properties"]["Targets"]}

    assert 15 <= len(rules)
    assert "Alarm" in topic
    assert {"AWS API Call via CloudTrail"} == {
        detail_type for rule in rules.values() for detail_type in rule["Properties"]["EventPattern"]["detail-type"]
    }


def test_every_rule_is_guarded_by_another(variant: Any) -> None:
    """To go unnoticed somebody would have to disable two at once."""
    rules = variant.resources(RULE)
    guards = {
        name: json.dumps(rule["Properties"].get("EventPattern", {})) for name, rule in rules.items() if "Tamper" in name
    }
    [last] = [name for name, rule in rules.items() if "Name" in rule["Properties"]]
    named = json.dumps(rules[last]["Properties"]["Name"])

    assert [] == [
        name
        for name in rules
        if not any(
            f'"Ref": "{name}"' in pattern or (name == last and named in pattern)
            for guard, pattern in guards.items()
            if guard != name
        )
    ]


def test_a_notice_that_cannot_be_published_waits_and_rings(variant: Any) -> None:
    """One call takes from the role that publishes what it may: the queue and the alarm on it need no role."""
    [untold] = [name for name in variant.resources("AWS::SQS::Queue") if "Untold" in name]
    rules = [rule["Properties"] for name, rule in variant.resources(RULE).items() if "Tampering" in name]
    [statement] = [
        statement
        for statement in variant.statements("AWS::SQS::QueuePolicy", "Allow")
        if variant.mentions(untold, statement["Resource"])
    ]
    [alarm] = [alarm for name, alarm in variant.resources("AWS::CloudWatch::Alarm").items() if "Untold" in name]

    assert [{"Arn": {"Fn::GetAtt": [untold, "Arn"]}}] * len(rules) == [
        target["DeadLetterConfig"] for rule in rules for target in rule["Targets"]
    ]
    assert ("sqs:SendMessage", {"Service": "events.amazonaws.com"}) == (statement["Action"], statement["Principal"])
    assert {"Ref": "AWS::AccountId"} == statement["Condition"]["StringEquals"]["aws:SourceAccount"]
    assert variant.mentions(untold, alarm["Properties"]["Dimensions"])


@pytest.mark.xdist_group("cloud")
def test_what_was_not_told_is_kept(watched: Watched) -> None:
    """A rule that cannot reach the topic, say: the record of the call waits for people."""
    rules = watched.cloud.client("events")
    rule = watched.named("TamperingQueues", of=RULE)
    targets = rules.list_targets_by_rule(Rule=rule)["Targets"]
    gone = [target | {"Arn": f"{target['Arn']}-that-is-gone"} for target in targets]
    rules.put_targets(Rule=rule, Targets=gone)  # type: ignore[typeddict-item]

    told = watched.told_of("sqs", "PurgeQueue", {"queueUrl": "{DispatchChanges/AWS::SQS::Queue}"})
    rules.put_targets(Rule=rule, Targets=targets)
    untold = watched.cloud.client("sqs").receive_message(QueueUrl=watched.named("Untold", of="AWS::SQS::Queue"))

    assert [] == told
    assert [True] == ["PurgeQueue" in message["Body"] for message in untold["Messages"]]


@pytest.mark.parametrize(("region", "guarded"), [("us-east-1", True), ("eu-west-1", False)])
def test_roles_are_guarded_where_iam_is_heard(synthesise: Any, region: str, guarded: bool) -> None:
    """CloudTrail hands IAM's calls to EventBridge in one region: elsewhere such a rule would never match."""

    def build(stack: Stack) -> None:
        placed = Stack(stack, "Placed", env=Environment(account="123456789012", region=region))
        ManualChangeDetector(placed, "Detector", config_source=ConfigSource.event_bridge())

    [file] = synthesise(build).folder.glob("*Placed*.template.json")
    template = json.loads(file.read_text())
    guards = {name for name in template["Resources"] if "TamperingRoles" in name}

    assert guarded == bool(guards)


def test_every_alarm_function_queue_and_mapping_is_guarded(variant: Any) -> None:
    """Nothing is forgotten when something is added."""
    guards = json.dumps([rule for name, rule in variant.resources(RULE).items() if "Tampering" in name])
    kinds = (
        "AWS::CloudWatch::Alarm",
        "AWS::DynamoDB::Table",
        "AWS::IAM::Role",
        "AWS::KMS::Key",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Lambda::Function",
        "AWS::SNS::Subscription",
        "AWS::SNS::Topic",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::Secret",
    )

    assert [] == [name for kind in kinds for name in variant.resources(kind) if f'"{name}"' not in guards]


def test_patterns_stay_within_eventbridges_limit_with_the_longest_names(synthesise: Any) -> None:
    """2048 characters, once CloudFormation has filled in the names."""
    longest = {"Ref": "x" * 250, "Fn::GetAtt": "x" * 250, "Fn::Select": "x" * 40, "Fn::Join": "x" * 160}

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "TheDetectorOfAllManualChanges" * 3, config_source=ConfigSource.event_bridge())

    def filled_in(value: Any, names: dict[str, int]) -> Any:
        if isinstance(value, dict):
            for function, text in longest.items():
                if function in value:
                    target = value[function] if isinstance(value[function], str) else value[function][0]
                    return text[: names.get(target, 255)] if isinstance(target, str) else text
            return {name: filled_in(entry, names) for name, entry in value.items()}
        return [filled_in(entry, names) for entry in value] if isinstance(value, list) else value

    synthesised = synthesise(build)
    limits = {"AWS::Lambda::Function": 64, "AWS::Events::Rule": 64, "AWS::Lambda::EventSourceMapping": 36}
    names = {name: limits[kind] for kind in limits for name in synthesised.resources(kind)}
    names |= {name: len(name) + len("Watch--") + 13 for name in synthesised.resources("AWS::CloudWatch::Alarm")}
    names |= dict.fromkeys(synthesised.resources("AWS::SQS::Queue"), 80)
    sizes = {
        name: len(json.dumps(filled_in(rule["Properties"]["EventPattern"], names), separators=(",", ":")))
        for name, rule in synthesised.resources(RULE).items()
        if "EventPattern" in rule["Properties"]
    }

    assert {} == {name: size for name, size in sizes.items() if size > PATTERN_LIMIT}


def test_a_secret_known_by_name_only_is_recognised_by_any_arn(existing_topic: Any) -> None:
    """Its last six characters are known to nobody here."""
    [pattern] = [
        rule["Properties"]["EventPattern"]["detail"]["requestParameters"]["secretId"]
        for name, rule in existing_topic.resources(RULE).items()
        if "TamperingSecret" in name
    ]

    assert "slack/webhook" == pattern[0]
    assert ":secret:slack/webhook-" in json.dumps(pattern[2]["prefix"])
