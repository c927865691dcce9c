"""What becomes of messages that cannot be handled, and of data when the stack goes."""

from __future__ import annotations

from typing import Any

import pytest


def test_every_queue_has_a_dead_letter_queue(variant: Any) -> None:
    """A message that cannot be handled is kept, not dropped."""
    queues = variant.resources("AWS::SQS::Queue")
    targets = [target for rule in variant.properties("AWS::Events::Rule") for target in rule["Targets"]]
    of_rules = {
        target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] for target in targets if "DeadLetterConfig" in target
    }

    assert set(queues) == variant.dead_letter_queues() | of_rules | {
        logical_id for logical_id, queue in queues.items() if "RedrivePolicy" in queue["Properties"]
    }


@pytest.mark.parametrize("kind", ["AWS::SQS::Queue", "AWS::Lambda::Function"])
def test_everything_that_can_fail_has_an_alarm(variant: Any, kind: str) -> None:
    """Dead letters, messages that wait too long, functions that fail: each is noticed."""
    alarms = variant.properties("AWS::CloudWatch::Alarm")
    watched = [name for name in variant.resources(kind) if any(variant.mentions(name, alarm) for alarm in alarms)]

    assert list(variant.resources(kind)) == watched


def test_everything_that_delivers_has_a_dead_letter_queue(variant: Any) -> None:
    """What SNS or EventBridge cannot deliver into the pipe is kept too."""
    deliveries = [
        *variant.properties("AWS::SNS::Subscription"),
        *(target for rule in variant.properties("AWS::Events::Rule") for target in rule["Targets"]),
    ]

    assert all(delivery.get("RedrivePolicy") or delivery.get("DeadLetterConfig") for delivery in deliveries)


def test_every_stage_reports_which_messages_failed(variant: Any) -> None:
    """One bad message does not bring its batch back."""
    mappings = variant.properties("AWS::Lambda::EventSourceMapping")

    assert mappings
    assert all(["ReportBatchItemFailures"] == mapping["FunctionResponseTypes"] for mapping in mappings)


def test_a_message_stays_hidden_six_times_as_long_as_an_invocation_may_take(variant: Any) -> None:
    """Otherwise a retry begins while the first try still runs."""
    queues, functions = variant.resources("AWS::SQS::Queue"), variant.resources("AWS::Lambda::Function")
    for mapping in variant.properties("AWS::Lambda::EventSourceMapping"):
        queue = queues[mapping["EventSourceArn"]["Fn::GetAtt"][0]]["Properties"]
        function = functions[mapping["FunctionName"]["Ref"]]["Properties"]

        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"] + mapping.get("MaximumBatchingWindowInSeconds", 0)


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
        "DetectorUntoldQueue47883C60",
    } == {logical_id for kind in stateful for logical_id in defaults.resources(kind)}
