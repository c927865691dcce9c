"""What the doctor recommends: source, attribution, place, and code that synthesises; and what it says was not seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from manual_change_local.doctor.policies import Denial
from manual_change_local.doctor.recommendation import recommend
from manual_change_local.doctor.sight import ControlPolicy, Sight
from manual_change_local.doctor.unseen import Unseen

SHOP, MANAGER, AUDIT = "111122223333", "999900001111", "222233334444"
REGION = "eu-west-1"
RECORDER = {"name": "default", "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}
TOWERS_RECORDER = RECORDER | {"name": "aws-controltower-BaselineConfigRecorder"}
RECORDS = {"recorders": [RECORDER], "statuses": [{"name": "default", "recording": True}]}
DAILY = RECORDER | {
    "recordingMode": {
        "recordingFrequency": "CONTINUOUS",
        "recordingModeOverrides": [{"recordingFrequency": "DAILY", "resourceTypes": ["AWS::IAM::Role"]}],
    }
}
OWN = f"arn:aws:sns:{REGION}:{SHOP}:config"
OTHERS = f"arn:aws:sns:{REGION}:{AUDIT}:config"
TOWERS = f"arn:aws:sns:{REGION}:{AUDIT}:aws-controltower-AllConfigNotifications"
OPEN_TO_US = f'{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{SHOP}"}}, "Action": "SNS:Subscribe"}}}}'
CLOSED = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:*"}]}'
MEMBER = {"Id": "o-zyxwv98765", "MasterAccountId": MANAGER}
DETECTOR = [{"Handler": f"manual_change.handlers.{stage}.handler"} for stage in ("dispatch", "attribute", "notify")]


def a_sight(**seen: Any) -> Sight:
    """An account in no organization, where nothing is."""
    return Sight(**({"account": SHOP, "partition": "aws", "region": REGION} | seen))


def a_channel(topic: str) -> list[dict[str, str]]:
    """That publishes to the topic."""
    return [{"name": "default", "snsTopicARN": topic}]


def a_delivery(status: str) -> list[dict[str, Any]]:
    """How AWS Config's last notification went."""
    return [{"name": "default", "configStreamDeliveryInfo": {"lastStatus": status}}]


def not_seen(action: str) -> Unseen:
    """For want of a permission."""
    return Unseen(action, "AccessDenied: no", forbidden=True)


SITUATIONS = {
    "nothing records": (a_sight(), "brings its own recorder", "ManualChangeDetector(stack"),
    "a topic of its own": (
        a_sight(**RECORDS, channels=a_channel(OWN), topic_attributes={"Policy": "{}"}),
        "topic that is there",
        "existing_topic(topic)",
    ),
    "types that are recorded once a day": (
        a_sight(**RECORDS | {"recorders": [DAILY]}, channels=a_channel(OWN), topic_attributes={"Policy": "{}"}),
        "topic that is there",
        'existing_topic(topic, daily_resource_types=["AWS::IAM::Role"])',
    ),
    "everything is recorded once a day": (
        a_sight(recorders=[RECORDER | {"recordingMode": {"recordingFrequency": "DAILY"}}]),
        "EventBridge",
        'event_bridge(daily_resource_types=["AWS::*"])',
    ),
    "a topic of its own that is gone": (
        a_sight(**RECORDS, channels=a_channel(OWN), topic_attributes={}),
        "EventBridge",
        "event_bridge()",
    ),
    "a topic of its own that lets nobody subscribe": (
        a_sight(**RECORDS, channels=a_channel(OWN), topic_attributes={"Policy": CLOSED}),
        "EventBridge",
        "event_bridge()",
    ),
    "an encrypted topic of its own": (
        a_sight(**RECORDS, channels=a_channel(OWN), topic_attributes={"KmsMasterKeyId": "alias/aws/sns"}),
        "EventBridge",
        "event_bridge()",
    ),
    "an encrypted topic of its own that notifications reach": (
        a_sight(
            **RECORDS,
            channels=a_channel(OWN),
            topic_attributes={"KmsMasterKeyId": "alias/ours"},
            deliveries=a_delivery("SUCCESS"),
        ),
        "topic that is there",
        "existing_topic(topic)",
    ),
    "a topic of its own that notifications do not reach": (
        a_sight(
            **RECORDS, channels=a_channel(OWN), topic_attributes={"Policy": "{}"}, deliveries=a_delivery("FAILURE")
        ),
        "EventBridge",
        "event_bridge()",
    ),
    "no topic": (
        a_sight(**RECORDS, channels=[{"name": "default"}], organization=MEMBER),
        "EventBridge",
        "event_bridge()",
    ),
    "another account's topic": (
        a_sight(**RECORDS, channels=a_channel(OTHERS), topic_attributes=not_seen("sns:GetTopicAttributes")),
        "EventBridge",
        "event_bridge()",
    ),
    "another account's topic that lets us subscribe": (
        a_sight(**RECORDS, channels=a_channel(OTHERS), topic_attributes={"Policy": OPEN_TO_US}),
        "topic that is there",
        OTHERS,
    ),
    "a member of Control Tower": (
        a_sight(**RECORDS, channels=a_channel(TOWERS), organization=MEMBER, is_member=True),
        f"audit account, {AUDIT}",
        f'control_tower("{AUDIT}"',
    ),
    "a member of Control Tower, by its topic": (
        a_sight(**RECORDS, channels=a_channel(TOWERS), is_audit=not_seen("iam:GetRole"), is_member=False),
        f"audit account, {AUDIT}",
        f'control_tower("{AUDIT}"',
    ),
    "a member of Control Tower, by its recorder": (
        a_sight(recorders=[TOWERS_RECORDER], channels=not_seen("config:DescribeDeliveryChannels"), organization=MEMBER),
        "a hub in Control Tower's audit account",
        f"# {AUDIT} stands for the id of Control Tower's audit account: put it in.",
    ),
    "Control Tower's audit account": (
        a_sight(account=AUDIT, **RECORDS, organization=MEMBER, is_audit=True, elsewhere={"us-east-1": True}),
        "a hub in Control Tower's audit account",
        '["eu-west-1", "us-east-1"]',
    ),
    "Control Tower's audit account, by its topic": (
        a_sight(account=AUDIT, **RECORDS, channels=a_channel(TOWERS), is_audit=not_seen("iam:GetRole")),
        f"a hub in Control Tower's audit account, {AUDIT}",
        f'control_tower("{AUDIT}"',
    ),
    "Control Tower's audit account, without a topic in one region": (
        a_sight(account=AUDIT, is_audit=True, tower_topics={REGION: True, "us-east-1": False}),
        "a hub in Control Tower's audit account",
        f'control_tower("{AUDIT}", ["eu-west-1"])',
    ),
    "Control Tower's audit account, without topics": (
        a_sight(account=AUDIT, is_audit=True, organization=MEMBER, tower_topics={REGION: False}),
        "with spokes",
        'hub.spoke_stack_set(organizational_units=["r-ab12"], regions=["eu-west-1", "us-east-1"])',
    ),
    "the management account": (
        a_sight(account=MANAGER, organization=MEMBER),
        "a spoke here",
        "ManualChangeDetectorSpoke(",
    ),
    "a detector is there": (a_sight(functions=DETECTOR), "nothing: it is there already", ""),
    "a part of a detector is there": (a_sight(functions=DETECTOR[1:]), "mend the detector that is there", ""),
    "a spoke is there": (a_sight(spoke_rules=[{"Name": "manual-change-spoke-changes"}]), "it is there already", ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_has_its_recommendation(situation: str) -> None:
    """Source, attribution and place."""
    sight, title, code = SITUATIONS[situation]
    recommended = recommend(sight)

    assert title in recommended.title
    assert code in recommended.code
    assert bool(recommended.code) == bool(recommended.source) == bool(recommended.attribution)


def test_every_recommendation_synthesises(tmp_path: Path) -> None:
    """As it is printed, in one process: the CDK is slow to start."""
    codes = {recommend(sight).code for sight, _, _ in SITUATIONS.values()} - {""}
    program = tmp_path / "apps.py"
    program.write_text("\n".join(code.replace("app = App()", "app = App(analytics_reporting=False)") for code in codes))

    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )

    assert 0 == done.returncode, done.stderr
    assert 12 == len(codes)


@pytest.mark.parametrize(
    ("situation", "source", "attribution"),
    [
        ("nothing records", "ConfigSource.new_recorder()", "Attribution.own_account()"),
        ("a topic of its own", f"ConfigSource.existing_topic(topic): {OWN}", "Attribution.own_account()"),
        ("no topic", "ConfigSource.event_bridge()", "Attribution.own_account()"),
        (
            "Control Tower's audit account",
            f'ConfigSource.control_tower("{AUDIT}", …), in eu-west-1, us-east-1',
            "Attribution.control_tower_audit_role()",
        ),
        ("Control Tower's audit account, without topics", "the hub's event bus", "Attribution.lookup()"),
        ("the management account", "the hub's event bus", "the hub's: Attribution.lookup()"),
    ],
)
def test_source_and_attribution_are_named(situation: str, source: str, attribution: str) -> None:
    """As the constructs name them."""
    recommended = recommend(SITUATIONS[situation][0])

    assert source in recommended.source
    assert attribution in recommended.attribution


# What was not seen


def test_unseen_recorders_decide() -> None:
    """An account that records needs another detector than one that does not: no code is given to paste."""
    recommended = recommend(a_sight(recorders=not_seen("config:DescribeConfigurationRecorders")))

    assert ("nothing yet: what was not seen decides", "") == (recommended.title, recommended.code)
    assert "allow config:DescribeConfigurationRecorders" in recommended.why


def test_unseen_recorders_decide_nothing_where_they_do_not_matter() -> None:
    """A hub in the audit account listens to topics, whatever records there."""
    unseen = not_seen("config:DescribeConfigurationRecorders")

    assert "a hub in" in recommend(a_sight(account=AUDIT, is_audit=True, recorders=unseen)).title


@pytest.mark.parametrize(
    ("seen", "doubt"),
    [
        ({"functions": not_seen("lambda:ListFunctions")}, "(lambda:ListFunctions): a detector may be there already"),
        ({"spoke_rules": not_seen("events:ListRules")}, "(events:ListRules): a spoke may be there already"),
        ({"is_audit": not_seen("iam:GetRole")}, "(iam:GetRole): Control Tower may manage this account"),
        ({"is_member": not_seen("iam:GetRole")}, "(iam:GetRole): Control Tower may manage this account"),
        (
            {"organization": not_seen("organizations:DescribeOrganization")},
            "(organizations:DescribeOrganization): this may be an organization's management account",
        ),
        (
            {"channels": not_seen("config:DescribeDeliveryChannels")},
            "(config:DescribeDeliveryChannels): AWS Config may publish to a topic",
        ),
        (
            {"channels": a_channel(OWN), "topic_attributes": not_seen("sns:GetTopicAttributes")},
            "(sns:GetTopicAttributes): the topic may be gone",
        ),
    ],
)
def test_what_was_not_seen_and_might_change_the_answer_is_said(seen: dict[str, Any], doubt: str) -> None:
    """With the answer that fits what was seen."""
    recommended = recommend(a_sight(**RECORDS | seen))

    assert recommended.code
    assert [f"Not seen {doubt}"] == [line[: len(doubt) + 9] for line in recommended.why.splitlines()[1:]]


def test_what_was_not_seen_and_cannot_change_the_answer_is_not_said() -> None:
    """Where a detector is, nothing else matters."""
    seen = {"is_audit": not_seen("iam:GetRole"), "channels": not_seen("config:DescribeDeliveryChannels")}

    assert "Not seen" not in recommend(a_sight(functions=DETECTOR, **seen)).why


def test_an_unseen_channel_may_be_in_the_way_of_a_recorder() -> None:
    """A region has only one delivery channel."""
    channels = not_seen("config:DescribeDeliveryChannels")

    assert "a delivery channel may be left over" in recommend(a_sight(channels=channels)).why
    assert "First delete the delivery channel" in recommend(a_sight(channels=[{"name": "default"}])).why


# What stands in the way


@pytest.mark.parametrize(
    ("seen", "denied", "said"),
    [
        ({}, "config:PutConfigurationRecorder", "But fence denies config:PutConfigurationRecorder"),
        (RECORDS, "config:PutConfigurationRecorder", ""),
        (RECORDS, "events:PutRule", "But fence denies events:PutRule"),
    ],
)
def test_a_policy_that_denies_what_the_detector_needs_is_named(seen: dict[str, Any], denied: str, said: str) -> None:
    """A recorder is needed only by the detector that brings one."""
    policy = ControlPolicy("fence", "r-ab12", (Denial(denied, conditional=False),))
    why = recommend(a_sight(**seen, organization=MEMBER, control_policies=(policy,))).why

    assert said in why
    assert ("fence" in why) == bool(said)


@pytest.mark.parametrize(
    ("situation", "reason"),
    [
        ("a topic of its own that is gone", "The channel's topic is gone"),
        ("a topic of its own that lets nobody subscribe", "There is no topic that this account may listen to"),
        ("an encrypted topic of its own", "encrypted, which AWS Config does not support"),
        ("a topic of its own that notifications do not reach", "could not publish its last notification"),
        ("no topic", "There is no topic that this account may listen to"),
    ],
)
def test_event_bridge_says_why_not_the_topic(situation: str, reason: str) -> None:
    """A topic is surer, so people ask."""
    assert reason in recommend(SITUATIONS[situation][0]).why


def test_a_stopped_recorder_is_not_told_to_record() -> None:
    """EventBridge is right, once it is started."""
    stopped = RECORDS | {"statuses": [{"name": "default", "recording": False}]}

    assert "start it first" in recommend(a_sight(**stopped)).why


def test_a_spoke_forwards_no_change_where_nothing_records() -> None:
    """The management account of Control Tower often has no recorder."""
    spoke = recommend(a_sight(account=MANAGER, organization=MEMBER))

    assert "it forwards no change" in spoke.why
