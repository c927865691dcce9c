"""Where the stream of AWS Config comes from."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_config as config

from manual_change.domain.heartbeat import MESSAGE_TYPE
from manual_change.domain.notification import CHANGE_MESSAGES
from manual_change_detector import ConfigSource, ManualChangeDetector

RECORDER, CHANNEL = "AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel"


def test_recorder_and_channel_do_not_wait_for_each_other(defaults: Any) -> None:
    """A dependency in either direction hangs the deployment until it times out (aws/aws-cdk#3577)."""
    [(recorder, recording)] = defaults.resources(RECORDER).items()
    [(channel, delivering)] = defaults.resources(CHANNEL).items()

    assert channel not in recording["DependsOn"]
    assert recorder not in delivering["DependsOn"]


def test_recorder_and_channel_wait_until_delivery_is_allowed(defaults: Any) -> None:
    """AWS Config tries the bucket and the topic at once."""
    policies = {
        name
        for kind in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy")
        for name in defaults.resources(kind)
        if "Recorder" in name
    }

    for kind in (RECORDER, CHANNEL):
        [resource] = defaults.resources(kind).values()
        assert policies <= set(resource["DependsOn"])


def test_a_new_recorder_records_everything(defaults: Any) -> None:
    """Global resource types included: IAM is where it matters most."""
    [recorder] = defaults.properties(RECORDER)

    assert {"AllSupported": True, "IncludeGlobalResourceTypes": True} == recorder["RecordingGroup"]


def test_types_recorded_daily_are_daily_on_both_sides(everything: Any) -> None:
    """The recorder is told, and the stage that looks for calls a day back."""
    [recorder] = everything.properties(RECORDER)
    [daily] = recorder["RecordingMode"]["RecordingModeOverrides"]

    assert ("DAILY", ["AWS::EC2::Volume"]) == (daily["RecordingFrequency"], daily["ResourceTypes"])
    assert '["AWS::EC2::Volume"]' == everything.environment("attribute")["MANUAL_CHANGE_DAILY_RESOURCE_TYPES"]


def test_the_topic_has_no_key_that_config_cannot_use(everything: Any) -> None:
    """AWS Config does not publish to an encrypted topic, whatever key everything else is encrypted with."""
    [channel] = everything.properties("AWS::Config::DeliveryChannel")
    topic = everything.resources("AWS::SNS::Topic")[channel["SnsTopicARN"]["Ref"]]

    assert "KmsMasterKeyId" not in topic.get("Properties", {})
    assert everything.resources("AWS::KMS::Key")


@pytest.mark.parametrize(("source", "besides"), [("defaults", [MESSAGE_TYPE]), ("existing_topic", [])])
def test_the_subscription_lets_only_changes_through(
    source: str, besides: list[str], request: pytest.FixtureRequest
) -> None:
    """By their body: AWS Config sets no message attributes. In a topic of our own there are heartbeats besides."""
    [subscription] = request.getfixturevalue(source).properties("AWS::SNS::Subscription")

    assert "MessageBody" == subscription["FilterPolicyScope"]
    assert {"messageType": [*sorted(CHANGE_MESSAGES), *besides]} == subscription["FilterPolicy"]


@pytest.mark.parametrize("source", ["defaults", "existing_topic"])
def test_the_subscription_delivers_messages_as_they_are(source: str, request: pytest.FixtureRequest) -> None:
    """Without the SNS envelope."""
    [subscription] = request.getfixturevalue(source).properties("AWS::SNS::Subscription")

    assert subscription["RawMessageDelivery"] is True


def test_the_rule_lets_only_changes_through(event_bridge: Any) -> None:
    """The same message types as the subscription."""
    patterns = [
        rule["Properties"]["EventPattern"]
        for name, rule in event_bridge.resources("AWS::Events::Rule").items()
        if "ConfigRule" in name
    ]

    assert [
        {
            "source": ["aws.config"],
            "detail-type": ["Config Configuration Item Change"],
            "detail": {"messageType": sorted(CHANGE_MESSAGES)},
        }
    ] == patterns


@pytest.mark.parametrize("source", ["existing_topic", "event_bridge"])
def test_an_account_that_records_is_left_as_it_is(source: str, request: pytest.FixtureRequest) -> None:
    """No recorder, channel or bucket is made, and no topic but that of the alarms."""
    synthesised = request.getfixturevalue(source)
    topics = [name for name in synthesised.resources("AWS::SNS::Topic") if "AlarmTopic" not in name]

    assert [] == topics
    assert [] == [kind for kind in (RECORDER, CHANNEL, "AWS::S3::Bucket") if synthesised.resources(kind)]


def test_a_second_recorder_in_a_stack_is_refused(synthesise: Any) -> None:
    """It would fail in the cloud, minutes later and in other words."""

    def twice(stack: Stack) -> None:
        ManualChangeDetector(stack, "First")
        ManualChangeDetector(stack, "Second")

    with pytest.raises(ValueError, match=r"Second/Recorder .* after Watch/First/Recorder/Recorder; .*existing_topic"):
        synthesise(twice)


IRELAND = Environment(account="111122223333", region="eu-west-1")
VIRGINIA = Environment(account="111122223333", region="us-east-1")


def in_two_stacks(first: Environment | None, second: Environment | None) -> None:
    """A detector with a recorder in each."""
    app = App()
    for name, env in (("One", first), ("Two", second)):
        ManualChangeDetector(Stack(app, name, env=env), "Detector", dashboard=False)


def test_a_second_recorder_of_an_account_and_region_is_refused_in_another_stack_too() -> None:
    """It would fail as well, once both are deployed."""
    with pytest.raises(ValueError, match=r"Two/Detector/Recorder .* after One/Detector/Recorder/Recorder"):
        in_two_stacks(IRELAND, IRELAND)


@pytest.mark.parametrize("second", [VIRGINIA, None], ids=["another-region", "known-when-deployed"])
def test_a_recorder_elsewhere_is_no_second_one(second: Environment | None) -> None:
    """Each account and region has its own; where a stack goes may be known only when it is deployed."""
    in_two_stacks(IRELAND, second)
    in_two_stacks(None, None)


def test_a_recorder_that_the_stack_has_already_is_respected(synthesise: Any) -> None:
    """Also one that somebody else's construct made."""

    def beside(stack: Stack) -> None:
        config.CfnConfigurationRecorder(stack, "Theirs", role_arn="arn:aws:iam::111122223333:role/config")
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.new_recorder())

    with pytest.raises(ValueError, match="after Watch/Theirs"):
        synthesise(beside)


def test_two_detectors_share_one_recorder(synthesise: Any) -> None:
    """The second listens to the first one's topic."""

    def twice(stack: Stack) -> None:
        first = ManualChangeDetector(stack, "First")
        assert first.config_topic is not None
        ManualChangeDetector(stack, "Second", config_source=ConfigSource.existing_topic(first.config_topic))

    both = synthesise(twice)

    assert (1, 2) == (len(both.resources(RECORDER)), len(both.resources("AWS::SNS::Subscription")))
