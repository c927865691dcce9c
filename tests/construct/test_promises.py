"""What the detector promises about whatever it deploys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pkgutil import resolve_name
from typing import Any

import pytest

from manual_change.settings import AttributeSettings

pytestmark = pytest.mark.xdist_group("construct")

PHYSICAL_NAMES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
AN_ARN = "arn:aws:service:region-as-long-as-they-get:111122223333:a-name-that-cloudformation-makes-0123456789AB" * 2


def statements(variant: Any, resource_type: str, effect: str) -> Iterator[dict[str, Any]]:
    """The statements of all policies of a type that allow, or that deny."""
    for policy in variant.properties(resource_type):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == effect:
                yield statement


def as_list(value: Any) -> list[Any]:
    """A policy says one thing as a text, several as a list."""
    return value if isinstance(value, list) else [value]


def refers_to(logical_id: str, value: Any) -> bool:
    """Whether a value of the template mentions a resource."""
    return f'"{logical_id}"' in json.dumps(value)


def dead_letter_queues(variant: Any) -> set[str]:
    """The queues that another queue's redrive policy names."""
    return {
        queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for queue in variant.properties("AWS::SQS::Queue")
        if "RedrivePolicy" in queue
    }


def test_every_queue_has_a_dead_letter_queue(variant: Any) -> None:
    """A message that cannot be handled is kept, not dropped."""
    queues = variant.resources("AWS::SQS::Queue")

    assert set(queues) == dead_letter_queues(variant) | {
        logical_id for logical_id, queue in queues.items() if "RedrivePolicy" in queue["Properties"]
    }


def test_every_dead_letter_queue_has_an_alarm(variant: Any) -> None:
    """A dead letter is noticed."""
    alarms = variant.properties("AWS::CloudWatch::Alarm")

    assert all(any(refers_to(queue, alarm) for alarm in alarms) for queue in dead_letter_queues(variant))


def test_every_queue_has_an_alarm(variant: Any) -> None:
    """A stage that does not keep up is noticed."""
    alarms = variant.properties("AWS::CloudWatch::Alarm")

    assert all(any(refers_to(queue, alarm) for alarm in alarms) for queue in variant.resources("AWS::SQS::Queue"))


def test_every_function_has_an_alarm(variant: Any) -> None:
    """A function that fails is noticed."""
    alarms = variant.properties("AWS::CloudWatch::Alarm")

    assert all(any(refers_to(name, alarm) for alarm in alarms) for name in variant.resources("AWS::Lambda::Function"))


def test_everything_that_delivers_has_a_dead_letter_queue(variant: Any) -> None:
    """What SNS or EventBridge cannot deliver is kept too."""
    deliveries = [
        *variant.properties("AWS::SNS::Subscription"),
        *(target for rule in variant.properties("AWS::Events::Rule") for target in rule["Targets"]),
    ]

    assert all(delivery.get("RedrivePolicy") or delivery.get("DeadLetterConfig") for delivery in deliveries)


def test_no_stage_can_write_to_cloudtrail_or_config(variant: Any) -> None:
    """The watcher cannot tamper with what it watches."""
    actions = {
        action
        for statement in statements(variant, "AWS::IAM::Policy", "Allow")
        for action in as_list(statement["Action"])
        if action.startswith(("cloudtrail:", "config:"))
    }

    assert {"cloudtrail:LookupEvents", "config:GetResourceConfigHistory"} == actions


def test_no_stage_may_do_whatever_an_asterisk_stands_for(variant: Any) -> None:
    """Each action is named."""
    actions = [
        action
        for statement in statements(variant, "AWS::IAM::Policy", "Allow")
        for action in as_list(statement["Action"])
    ]

    assert [] == [action for action in actions if "*" in action]


def test_only_reading_reaches_beyond_the_detectors_own_resources(variant: Any) -> None:
    """`Resource: *` stands only where the action knows no resources."""
    actions = {
        action
        for statement in statements(variant, "AWS::IAM::Policy", "Allow")
        for action in as_list(statement["Action"])
        if statement["Resource"] == "*"
    }

    assert {"cloudtrail:LookupEvents", "config:GetResourceConfigHistory"} == actions


def test_no_secret_value_is_anywhere_in_the_template(variant: Any) -> None:
    """The webhook never passes through CloudFormation, and none is made up."""
    text = json.dumps(variant.template)

    assert not any(word in text for word in ("SecretString", "GenerateSecretString", "hooks.slack.com", "{{resolve:"))


def test_queues_topics_and_buckets_refuse_plain_http(variant: Any) -> None:
    """Each has a policy that denies requests without TLS."""
    guarded = [
        policy
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
        for policy in variant.properties(kind)
        if '{"Bool": {"aws:SecureTransport": "false"}}' in json.dumps(policy)
    ]
    must_be = [
        logical_id
        for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")
        for logical_id in variant.resources(kind)
    ]

    assert [] == [name for name in must_be if not any(refers_to(name, policy) for policy in guarded)]


def test_nothing_is_public(variant: Any) -> None:
    """No resource policy allows everybody, and buckets block what would."""
    everybody = [
        statement
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
        for statement in statements(variant, kind, "Allow")
        if statement["Principal"] in ("*", {"AWS": "*"})
    ]
    blocks = [bucket["PublicAccessBlockConfiguration"] for bucket in variant.properties("AWS::S3::Bucket")]

    assert [] == everybody
    assert all(all(block.values()) and len(block) == 4 for block in blocks)


def test_services_deliver_only_for_this_account_or_from_a_named_source(variant: Any) -> None:
    """No confused deputy: every service that a policy lets in is tied down."""
    loose = [
        statement
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")
        for statement in statements(variant, kind, "Allow")
        if "Service" in statement["Principal"]
        and not any(key in json.dumps(statement.get("Condition")) for key in ("aws:SourceAccount", "aws:SourceArn"))
    ]

    assert [] == loose


def test_queues_are_encrypted(variant: Any) -> None:
    """With SQS's own keys, or with the key that was given."""
    queues = variant.properties("AWS::SQS::Queue")

    assert all(queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId") for queue in queues)


def test_every_handler_in_the_template_exists(variant: Any) -> None:
    """A typo in a handler string fails here, not in the cloud."""
    for function in variant.properties("AWS::Lambda::Function"):
        module, _, handler = function["Handler"].rpartition(".")

        assert callable(resolve_name(f"{module}:{handler}"))


def test_environments_fit_into_a_function(variant: Any) -> None:
    """Lambda allows 4 KB, however long the ARNs turn out."""
    for function in variant.properties("AWS::Lambda::Function"):
        environment = function["Environment"]["Variables"]

        assert 4096 > sum(
            len(name) + len(value if isinstance(value, str) else AN_ARN) for name, value in environment.items()
        )


def test_a_message_stays_hidden_six_times_as_long_as_an_invocation_may_take(variant: Any) -> None:
    """Otherwise a retry begins while the first try still runs."""
    queues, functions = variant.resources("AWS::SQS::Queue"), variant.resources("AWS::Lambda::Function")
    for mapping in variant.properties("AWS::Lambda::EventSourceMapping"):
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
        function = functions[mapping["FunctionName"]["Ref"]]["Properties"]

        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)


def test_every_stage_reports_which_messages_failed(variant: Any) -> None:
    """One bad message does not bring its batch back."""
    mappings = variant.properties("AWS::Lambda::EventSourceMapping")

    assert [["ReportBatchItemFailures"]] * 3 == [mapping["FunctionResponseTypes"] for mapping in mappings]


def test_attribution_stays_within_cloudtrails_two_requests_a_second(variant: Any) -> None:
    """Concurrency times the requests a second of one invocation."""
    each = AttributeSettings.__dataclass_fields__["lookup_requests_per_second"].default
    batched = [
        mapping for mapping in variant.properties("AWS::Lambda::EventSourceMapping") if mapping["BatchSize"] == 100
    ]

    assert [2.0] == [mapping["ScalingConfig"]["MaximumConcurrency"] * each for mapping in batched]


def test_nothing_has_a_name_of_its_own(variant: Any) -> None:
    """CloudFormation names everything, so that two detectors never collide and replacement works."""
    named = [name for kind, name in PHYSICAL_NAMES.items() if any(name in made for made in variant.properties(kind))]

    assert [] == named


def test_the_template_suits_every_partition(defaults: Any) -> None:
    """China and GovCloud have other ARNs and the same template."""
    assert "arn:aws:" not in json.dumps(defaults.template)


def test_the_template_needs_no_function_besides_the_three_stages(variant: Any) -> None:
    """No custom resources, no functions of the CDK: what is deployed is what was reviewed."""
    assert 3 == len(variant.resources("AWS::Lambda::Function"))
    assert [] == [
        resource["Type"]
        for resource in variant.template["Resources"].values()
        if resource["Type"].startswith(("Custom::", "AWS::CloudFormation::CustomResource"))
    ]


def test_data_survives_the_stack_unless_told_otherwise(defaults: Any) -> None:
    """Findings, secret, logs and Config's history are not lost by surprise."""
    data = ("AWS::DynamoDB::Table", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup", "AWS::S3::Bucket")

    assert {"Retain"} == {resource["DeletionPolicy"] for kind in data for resource in defaults.resources(kind).values()}


def test_the_findings_table_is_protected_and_recoverable(defaults: Any) -> None:
    """Deletion protection, point-in-time recovery, and a time to live."""
    [table] = defaults.properties("AWS::DynamoDB::Table")

    assert table["DeletionProtectionEnabled"]
    assert {"PointInTimeRecoveryEnabled": True} == table["PointInTimeRecoverySpecification"]
    assert {"AttributeName": "expires_at", "Enabled": True} == table["TimeToLiveSpecification"]


def test_the_logical_ids_of_what_holds_state_are_a_contract(defaults: Any) -> None:
    """A release that changed one of them would replace a queue, a table or a secret, and lose what is in it."""
    stateful = (
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SSM::Parameter",
        "AWS::SecretsManager::Secret",
    )

    assert {
        "DetectorAttributeAttributions3189DF17",
        "DetectorAttributeDeadLetters9E9C1C69",
        "DetectorDispatchChangesFB243EDC",
        "DetectorDispatchDeadLetters1EEF1604",
        "DetectorFindingsTable68DBAA1D",
        "DetectorNotifyDeadLettersF149FB3C",
        "DetectorNotifyFindings3614C306",
        "DetectorPolicy4983F0BD",
        "DetectorRecorderHistory03399845",
        "DetectorSlackSecretAAE24613",
    } == {logical_id for kind in stateful for logical_id in defaults.resources(kind)}
