"""What rings, when, and whom it tells: nothing of it needs Slack."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns

from manual_change import metric_names
from manual_change_detector import ConfigSource, ManualChangeDetector

ALARM = "AWS::CloudWatch::Alarm"
STAGES = ("Dispatch", "Attribute", "Notify")


def alarm(synthesised: Any, *words: str) -> dict[str, Any]:
    """The one alarm whose logical id contains these words."""
    [found] = [
        resource["Properties"]
        for name, resource in synthesised.resources(ALARM).items()
        if all(word in name for word in words)
    ]
    return dict(found)


def alarm_topic(synthesised: Any) -> str:
    """The topic that alarms tell, by its logical id."""
    [topic] = [name for name in synthesised.resources("AWS::SNS::Topic") if "Alarm" in name]
    return str(topic)


def with_options(**options: Any) -> Any:
    """A detector with these options, and no recorder."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), **options)

    return build


def test_every_alarm_tells_the_topic_when_it_rings_and_when_it_is_over(variant: Any) -> None:
    """An alarm that tells nobody is none; one that never ends is muted."""
    alarms = variant.properties(ALARM)
    told = [[{"Ref": alarm_topic(variant)}]] * len(alarms)

    assert told == [alarm["AlarmActions"] for alarm in alarms] == [alarm["OKActions"] for alarm in alarms]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("DeadLettersAlarm", "ApproximateNumberOfMessagesVisible"),
        ("StaleAlarm", "ApproximateAgeOfOldestMessage"),
        ("ErrorsAlarm", "Errors"),
        ("ThrottlesAlarm", "Throttles"),
    ],
)
def test_every_stage_has_its_alarms(defaults: Any, stage: str, kind: str, metric: str) -> None:
    """Dead letters, age of the oldest message, errors, throttles; an idle stage has no data and is fine."""
    found = alarm(defaults, stage, kind)

    assert (metric, "notBreaching") == (found["MetricName"], found["TreatMissingData"])


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("RefusedAlarm", "notBreaching"),
        ("UnreadAlarm", "notBreaching"),
        ("SilenceAlarm", "breaching"),
        ("HeartbeatMissingAlarm", "breaching"),
    ],
)
def test_silence_is_a_fault_only_where_something_is_owed(defaults: Any, words: str, missing: str) -> None:
    """Posts come when there is something to post; notifications and heartbeats always."""
    assert missing == alarm(defaults, words)["TreatMissingData"]


def test_slack_refusing_one_message_rings(defaults: Any) -> None:
    """It stays refused until somebody mends it."""
    found = alarm(defaults, "RefusedAlarm")

    assert (metric_names.POSTS, 0, "GreaterThanThreshold", 1) == (
        found["MetricName"],
        found["Threshold"],
        found["ComparisonOperator"],
        found["EvaluationPeriods"],
    )
    assert {"detector": "Watch/Detector", "outcome": "refused"} == {
        dimension["Name"]: dimension["Value"] for dimension in found["Dimensions"]
    }


def test_three_days_without_a_notification_ring(defaults: Any) -> None:
    """Heartbeats are no notifications: they would keep this alarm silent for ever."""
    found = alarm(defaults, "SilenceAlarm")

    assert (metric_names.NOTIFICATIONS, 3600, 72) == (found["MetricName"], found["Period"], found["EvaluationPeriods"])


def test_three_missed_heartbeats_ring(defaults: Any) -> None:
    """One may be late."""
    found = alarm(defaults, "HeartbeatMissingAlarm")

    assert (metric_names.HEARTBEATS, 900, 3) == (found["MetricName"], found["Period"], found["EvaluationPeriods"])


def test_silence_and_heartbeat_can_be_turned_off(synthesise: Any) -> None:
    """Each by None; what remains are the alarms of the stages, and those on Slack, CloudTrail and untold notices."""
    quiet = synthesise(with_options(silence_alarm=None, heartbeat=None))

    assert 15 == len(quiet.resources(ALARM))
    assert [] == [name for name in quiet.resources("AWS::Events::Rule") if "Heartbeat" in name]


def test_alarms_on_our_own_metrics_use_dimensions_that_the_functions_write(defaults: Any) -> None:
    """Anything else is a metric that never has data."""
    watched = [alarm for alarm in defaults.properties(ALARM) if alarm["Namespace"] == metric_names.NAMESPACE]

    assert 4 == len(watched)
    assert {metric_names.DETECTOR, metric_names.OUTCOME} == {
        dimension["Name"] for alarm in watched for dimension in alarm["Dimensions"]
    }


def test_cloudwatch_may_publish_for_the_alarms_of_this_account_only(variant: Any) -> None:
    """A topic with a policy of its own lets nobody in who is not named."""
    [statement] = [
        statement
        for statement in variant.statements("AWS::SNS::TopicPolicy", "Allow")
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]

    assert ("sns:Publish", {"Ref": alarm_topic(variant)}) == (statement["Action"], statement["Resource"])
    assert {"aws:SourceAccount": {"Ref": "AWS::AccountId"}} == statement["Condition"]["StringEquals"]


def test_the_topic_of_the_alarms_depends_on_no_key(synthesise: Any) -> None:
    """Who disables the detector's key must not silence the alarm as well."""

    def build(stack: Stack) -> None:
        with_options(encryption_key=kms.Key(stack, "Key"))(stack)

    [topic] = synthesise(build).properties("AWS::SNS::Topic")

    assert "KmsMasterKeyId" not in topic


def test_a_topic_that_is_there_is_used(synthesise: Any) -> None:
    """None is made beside it; EventBridge publishes with a role, whatever its policy says."""
    arn = "arn:aws:sns:eu-west-1:111122223333:on-call"

    def build(stack: Stack) -> None:
        with_options(alarm_topic=sns.Topic.from_topic_arn(stack, "OnCall", arn))(stack)

    synthesised = synthesise(build)

    assert {} == synthesised.resources("AWS::SNS::Topic")
    assert [[arn]] * 17 == [alarm["AlarmActions"] for alarm in synthesised.properties(ALARM)]
    assert [arn] == [
        statement["Resource"]
        for statement in synthesised.statements("AWS::IAM::Policy", "Allow")
        if statement["Action"] == "sns:Publish"
    ]


def test_the_topic_can_be_reached(synthesise: Any) -> None:
    """To subscribe to it, and to hang one's own alarms on it."""

    def build(stack: Stack) -> None:
        detector = ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge())
        assert detector.alarm_topic.topic_arn
        assert detector.heartbeat
        assert detector.heartbeat.alarm.node.path in [alarm.node.path for alarm in detector.alarms]

    synthesise(build)


def test_the_dashboard_shows_every_metric_of_the_functions(variant: Any) -> None:
    """And nothing under a name that they do not write. What only a hub's functions write, only a hub's shows."""
    [dashboard] = variant.properties("AWS::CloudWatch::Dashboard")
    body = json.dumps(dashboard["DashboardBody"])
    written = {
        value
        for name, value in vars(metric_names).items()
        if name.isupper() and isinstance(value, str) and value[:1].isupper() and name != "NAMESPACE"
    }

    assert set() == {name for name in written - metric_names.OF_A_HUB if name not in body}


def test_the_dashboard_shows_every_queue(defaults: Any) -> None:
    """What waits, how long, and what was given up."""
    [dashboard] = defaults.properties("AWS::CloudWatch::Dashboard")
    shown = json.dumps(dashboard["DashboardBody"])

    assert [] == [name for name in defaults.resources("AWS::SQS::Queue") if name not in shown]


def test_the_dashboard_can_be_left_out(synthesise: Any) -> None:
    """For accounts that have their own."""

    def build(stack: Stack) -> None:
        with_options(dashboard=False)(stack)
        assert not any(isinstance(part, cloudwatch.Dashboard) for part in stack.node.find_all())

    assert {} == synthesise(build).resources("AWS::CloudWatch::Dashboard")


def test_the_notify_stage_may_put_findings_on_the_bus_and_nothing_else(defaults: Any) -> None:
    """Not an event that could be taken for somebody else's."""
    [statement] = [
        statement
        for statement in defaults.statements("AWS::IAM::Policy", "Allow")
        if statement["Action"] == "events:PutEvents"
    ]

    assert {
        "events:source": "manual-change-detector",
        "events:detail-type": "Manual Change Finding",
    } == statement["Condition"]["StringEquals"]
    assert "event-bus/default" in json.dumps(statement["Resource"])


def test_findings_go_to_the_bus_that_is_given(synthesise: Any) -> None:
    """The permission and the setting name the same one."""

    def build(stack: Stack) -> None:
        with_options(event_bus=events.EventBus(stack, "Bus"))(stack)

    synthesised = synthesise(build)
    [bus] = synthesised.resources("AWS::Events::EventBus")
    arn = {"Fn::GetAtt": [bus, "Arn"]}

    assert arn == synthesised.environment("notify")["MANUAL_CHANGE_EVENT_BUS_NAME"]
    assert "events:PutEvents" in {
        statement["Action"]
        for statement in synthesised.statements("AWS::IAM::Policy", "Allow")
        if statement["Resource"] == arn
    }
