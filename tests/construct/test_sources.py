"""Sources that are there already: topics of any region and account, Control Tower's, several at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import Annotations, App, CfnParameter, Environment, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk.assertions import Annotations as Written
from aws_cdk.assertions import Match

from manual_change_detector import Attribution, ConfigSource, ManualChangeDetector

ACCOUNT, AUDIT = "111122223333", "444455556666"
CONTROL_TOWER_TOPIC = "aws-controltower-AllConfigNotifications"
SUBSCRIPTION = "AWS::SNS::Subscription"

Listen = Callable[[Stack], Any]


def a_topic(stack: Stack, region: str, *, account: str = ACCOUNT, name: str = "config-topic") -> sns.ITopic:
    """One that is there already."""
    return sns.Topic.from_topic_arn(stack, f"{name}{region}", f"arn:aws:sns:{region}:{account}:{name}")


def topics(*regions: str) -> Listen:
    """Listens to the topics of these regions."""
    return lambda stack: ConfigSource.existing_topic(*(a_topic(stack, region) for region in regions))


@pytest.fixture
def listening(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The template of a detector with these sources, in an account and region, or in one known when deployed."""

    def listening(*sources: Listen, region: str | None = "eu-west-1", account: str = ACCOUNT, **options: Any) -> Any:
        app = App(outdir=str(tmp_path / "cdk.out"))
        stack = Stack(app, "Watch", env=Environment(account=account, region=region) if region else None)
        given = {name: make(stack) for name, make in options.items()}
        listened = [source(stack) for source in sources]
        ManualChangeDetector(
            stack, "Detector", config_source=listened if len(listened) != 1 else listened[0], dashboard=False, **given
        )
        app.synth()
        return json.loads((tmp_path / "cdk.out" / "Watch.template.json").read_text())["Resources"]

    return listening


def subscriptions(resources: dict[str, Any]) -> list[dict[str, Any]]:
    """What is subscribed to."""
    return [made["Properties"] for made in resources.values() if made["Type"] == SUBSCRIPTION]


def deliveries(resources: dict[str, Any], *, kind: str = "AWS::SQS::QueuePolicy") -> list[dict[str, Any]]:
    """What lets SNS put notifications into the queue of changes; the dead-letter queue is not meant."""
    return [
        statement
        for name, made in resources.items()
        if made["Type"] == kind and ("Changes" in name or kind != "AWS::SQS::QueuePolicy")
        for statement in made["Properties"].get("PolicyDocument", made["Properties"].get("KeyPolicy"))["Statement"]
        if "sns." in json.dumps(statement["Principal"])
    ]


@pytest.mark.parametrize(
    ("queue_in", "topics_in", "services"),
    [
        ("eu-west-1", ["eu-west-1"], "sns.amazonaws.com"),
        ("eu-west-1", ["eu-central-1"], "sns.amazonaws.com"),
        ("ap-northeast-1", ["ap-northeast-3"], ["sns.amazonaws.com", "sns.ap-northeast-3.amazonaws.com"]),
        (
            "us-east-1",
            ["us-east-1", "ap-east-1", "eu-south-2"],
            ["sns.amazonaws.com", "sns.ap-east-1.amazonaws.com", "sns.eu-south-2.amazonaws.com"],
        ),
        ("ap-east-1", ["ap-east-1"], "sns.amazonaws.com"),
        ("ap-east-1", ["ap-east-1", "us-east-1"], ["sns.amazonaws.com", "sns.ap-east-1.amazonaws.com"]),
        (None, ["eu-west-1", "ap-east-1"], ["sns.amazonaws.com", "sns.ap-east-1.amazonaws.com"]),
    ],
    ids=["own", "by default", "osaka", "opt-in", "own opt-in", "into opt-in", "unknown"],
)
def test_the_queue_lets_in_whom_sns_delivers_as(
    listening: Any, queue_in: str | None, topics_in: list[str], services: Any
) -> None:
    """One statement: who, what, for which topics and for no others."""
    arns = [f"arn:aws:sns:{region}:{ACCOUNT}:config-topic" for region in topics_in]
    [delivery] = deliveries(listening(topics(*topics_in), region=queue_in))

    assert {
        "Effect": "Allow",
        "Principal": {"Service": services},
        "Action": "sqs:SendMessage",
        "Resource": {"Fn::GetAtt": ["DetectorDispatchChangesFB243EDC", "Arn"]},
        "Condition": {"ArnEquals": {"aws:SourceArn": arns[0] if len(arns) == 1 else arns}},
    } == delivery


def test_a_key_lets_the_same_principals_encrypt_for_the_same_topics(listening: Any) -> None:
    """Otherwise SNS is let into the queue and cannot write there."""
    resources = listening(topics("eu-west-1", "ap-east-1"), encryption_key=lambda stack: kms.Key(stack, "Key"))
    [delivery], [use] = deliveries(resources), deliveries(resources, kind="AWS::KMS::Key")

    assert (delivery["Principal"], delivery["Condition"]) == (use["Principal"], use["Condition"])
    assert ["kms:Decrypt", "kms:GenerateDataKey"] == use["Action"]


def test_each_subscription_is_made_where_its_topic_is(listening: Any) -> None:
    """In another region CloudFormation does not find the topic."""
    made = subscriptions(listening(topics("eu-west-1", "ap-east-1")))

    assert ["eu-west-1", "ap-east-1"] == [each["Region"] for each in made]
    assert {True} == {each["RawMessageDelivery"] for each in made}
    assert {"MessageBody"} == {each["FilterPolicyScope"] for each in made}


def test_only_subscriptions_of_the_queues_region_have_a_dead_letter_queue(listening: Any) -> None:
    """SNS refuses one of another region."""
    here, elsewhere = subscriptions(listening(topics("eu-west-1", "us-east-1")))

    assert "deadLetterTargetArn" in here["RedrivePolicy"]
    assert "RedrivePolicy" not in elsewhere


def test_where_the_region_is_unknown_it_is_decided_when_deployed(listening: Any) -> None:
    """By a condition of the template."""
    [made] = subscriptions(listening(topics("eu-west-1"), region=None))

    [(_same_region, with_queue, without)] = made["RedrivePolicy"].values()
    assert ["deadLetterTargetArn"] == list(with_queue)
    assert {"Ref": "AWS::NoValue"} == without


def test_a_topic_that_is_known_when_deployed_is_taken_for_one_of_the_region(listening: Any) -> None:
    """A parameter of the stack, say: subscribed in the region that its ARN names."""

    def parameter(stack: Stack) -> ConfigSource:
        arn = CfnParameter(stack, "TopicArn").value_as_string
        return ConfigSource.existing_topic(sns.Topic.from_topic_arn(stack, "Topic", arn))

    resources = listening(parameter)

    assert {"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "TopicArn"}]}]} == subscriptions(resources)[0]["Region"]
    assert {"Service": "sns.amazonaws.com"} == deliveries(resources)[0]["Principal"]


def test_only_what_rules_of_this_region_hear_of_is_guarded(listening: Any) -> None:
    """Who unsubscribes elsewhere is seen in that region's CloudTrail, and in the silence of its places."""
    guards = json.dumps(
        [made for name, made in listening(topics("eu-west-1", "us-east-1")).items() if "TamperingTopics" in name]
    )

    assert "arn:aws:sns:eu-west-1:" in guards
    assert "arn:aws:sns:us-east-1:" not in guards


def test_control_towers_topics_are_those_of_the_audit_account(listening: Any) -> None:
    """One in each governed region."""
    resources = listening(
        lambda _: ConfigSource.control_tower(AUDIT, ["eu-west-1", "ap-east-1"]),
        account=AUDIT,
        attribution=lambda _: Attribution.control_tower_audit_role(),
    )
    arns = [
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":sns:{region}:{AUDIT}:{CONTROL_TOWER_TOPIC}"]]}
        for region in ("eu-west-1", "ap-east-1")
    ]

    assert arns == [each["TopicArn"] for each in subscriptions(resources)]
    assert {"ArnEquals": {"aws:SourceArn": arns}} == deliveries(resources)[0]["Condition"]


def test_several_sources_are_one_stream(tmp_path: Path) -> None:
    """The first stage gets what each of them brings; `config_topics` are all topics, this region's first."""
    stack = Stack(App(outdir=str(tmp_path)), "Watch", env=Environment(account=AUDIT, region="eu-west-1"))
    detector = ManualChangeDetector(
        stack,
        "Detector",
        config_source=[
            ConfigSource.control_tower(AUDIT, ["us-east-1"], daily_resource_types=["AWS::IAM::*"]),
            topics("eu-west-1")(stack),
            ConfigSource.event_bridge(daily_resource_types=["AWS::IAM::*", "AWS::EC2::Volume"]),
        ],
        attribution=Attribution.lookup(),
    )

    assert ["eu-west-1", "us-east-1"] == [topic.env.region for topic in detector.config_topics]
    assert detector.config_topics[0] == detector.config_topic


def test_the_heartbeat_goes_through_the_topic_that_is_ours_among_several(listening: Any) -> None:
    """As far up as we may put it."""
    resources = listening(lambda _: ConfigSource.new_recorder(), topics("us-east-1"))
    [rule] = [made for name, made in resources.items() if "HeartbeatRule" in name]

    assert "DetectorRecorderTopic" in json.dumps(rule["Properties"]["Targets"])


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([], r"config_source is empty; give a ConfigSource"),
        ([lambda _: ConfigSource.event_bridge()] * 2, r"listens to event_bridge twice; once is enough"),
        (
            [
                lambda _: ConfigSource.control_tower(ACCOUNT, ["eu-west-1"]),
                lambda stack: ConfigSource.existing_topic(a_topic(stack, "eu-west-1", name=CONTROL_TOWER_TOPIC)),
            ],
            r"listens to sns:eu-west-1:111122223333:aws-controltower-AllConfigNotifications twice",
        ),
        ([lambda _: ConfigSource.control_tower("1234", ["eu-west-1"])], r"audit_account is '1234'; give the 12 digits"),
        ([lambda _: ConfigSource.control_tower(AUDIT, [])], r"regions is empty; give codes of regions"),
        ([lambda _: ConfigSource.control_tower(AUDIT, ["Ireland"])], r"regions names 'Ireland'; .*'eu-west-1'"),
        ([lambda _: ConfigSource.control_tower(AUDIT, ["eu-west-1"] * 2)], r"regions names 'eu-west-1' twice"),
        (
            [lambda _: ConfigSource.control_tower(AUDIT, ["eu-west-1"])],
            rf"deployed to {ACCOUNT}, .* audit account {AUDIT} .*: deploy it there, or",
        ),
        (
            [lambda stack: ConfigSource.existing_topic(a_topic(stack, "eu-west-1", name="config.fifo"))],
            r"is a FIFO topic",
        ),
    ],
    ids=["none", "bus", "topic", "account", "no regions", "no region", "region", "elsewhere", "fifo"],
)
def test_sources_that_cannot_work_are_refused_with_the_mend(
    listening: Any, sources: list[Listen], message: str
) -> None:
    """At synthesis, not minutes later in other words."""
    with pytest.raises(ValueError, match=message):
        listening(*sources)


def test_changes_of_many_accounts_are_not_looked_up_in_one(listening: Any) -> None:
    """The audit account's CloudTrail knows nothing of what others called."""
    with pytest.raises(ValueError, match=r"give attribution=Attribution.control_tower_audit_role\(\)"):
        listening(lambda _: ConfigSource.control_tower(AUDIT, ["eu-west-1"]), account=AUDIT)


def test_a_topic_given_twice_is_refused_where_it_is_given(tmp_path: Path) -> None:
    """By the source, before there is a detector."""
    topic = a_topic(Stack(App(outdir=str(tmp_path)), "Watch"), "eu-west-1")

    with pytest.raises(ValueError, match=r"listens to sns:eu-west-1:111122223333:config-topic twice"):
        ConfigSource.existing_topic(topic, topic)


def test_from_one_opt_in_region_to_another_nothing_is_delivered(listening: Any) -> None:
    """SNS would drop it without a word."""
    with pytest.raises(ValueError, match=r"not deliver from eu-south-2 .* to ap-east-1: .*enabled by default, or one"):
        listening(topics("eu-south-2"), region="ap-east-1")


@pytest.mark.parametrize(
    ("source", "acknowledged", "warnings"),
    [
        (ConfigSource.new_recorder, False, 1),
        (ConfigSource.new_recorder, True, 0),
        (ConfigSource.event_bridge, False, 0),
    ],
    ids=["new recorder", "acknowledged", "another source"],
)
def test_a_new_recorder_warns_until_it_is_acknowledged(
    tmp_path: Path, source: Callable[[], ConfigSource], acknowledged: bool, warnings: int
) -> None:
    """That an account has one, and which source to use then."""
    stack = Stack(App(outdir=str(tmp_path)), "Watch")
    if acknowledged:
        Annotations.of(stack).acknowledge_warning("manual-change-detector:new-recorder")
    ManualChangeDetector(stack, "Detector", config_source=source())

    found = Written.from_stack(stack).find_warning("*", Match.string_like_regexp("existing_topic.*control_tower"))
    assert warnings == len(found)
