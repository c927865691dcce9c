"""What the doctor makes of what it sees: what was found, what it means, what to do."""

from __future__ import annotations

from typing import Any

import pytest

from manual_change_local.doctor.checks import checks
from manual_change_local.doctor.checks.check import Check
from manual_change_local.doctor.policies import Denial
from manual_change_local.doctor.sight import ControlPolicy, Sight, Trail
from manual_change_local.doctor.unseen import Unseen

SHOP, MANAGER, AUDIT = "111122223333", "999900001111", "222233334444"
REGION = "eu-west-1"
RECORDER = {"name": "default", "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}
RECORDS: dict[str, Any] = {"recorders": [RECORDER], "statuses": [{"name": "default", "recording": True}]}
OWN = f"arn:aws:sns:{REGION}:{SHOP}:config"
ON_OWN = RECORDS | {"channels": [{"name": "default", "snsTopicARN": OWN}], "topic_attributes": {"Policy": "{}"}}
TOWERS = f"arn:aws:sns:{REGION}:{AUDIT}:aws-controltower-AllConfigNotifications"
ON_TOWERS = RECORDS | {"channels": [{"name": "default", "snsTopicARN": TOWERS}]}
MEMBER = {"Id": "o-abcde12345", "MasterAccountId": MANAGER}
ALARMS = f"arn:aws:sns:{REGION}:{SHOP}:alarms"
OPEN = f'{{"Statement": [{{"Effect": "Allow", "Principal": "*", "Action": "sns:Subscribe", "Resource": "{TOWERS}"}}]}}'
CLOSED = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:*"}]}'


def a_sight(**seen: Any) -> Sight:
    """An account in no organization, where nothing is."""
    return Sight(**({"account": SHOP, "partition": "aws", "region": REGION} | seen))


def not_seen(action: str) -> Unseen:
    """For want of a permission."""
    return Unseen(action, "AccessDenied: no", forbidden=True)


def a_status(**status: Any) -> dict[str, Any]:
    """Of a recorder that records."""
    return RECORDS | {"statuses": [{"name": "default", "recording": True} | status]}


def a_policy(*denied: str, conditional: bool = False, name: str = "fence") -> dict[str, Any]:
    """That binds a member of an organization."""
    denials = tuple(Denial(action, conditional) for action in denied)
    return {"organization": MEMBER, "control_policies": (ControlPolicy(name, "r-ab12", denials),)}


def stages(*names: str) -> dict[str, Any]:
    """Functions of a detector."""
    return {"functions": [{"Handler": f"manual_change.handlers.{name}.handler"} for name in names]}


SEEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no recorder": ({}, "note", "AWS Config has no recorder in eu-west-1"),
    "a recorder": (RECORDS, "fine", "the recorder default records"),
    "a stopped recorder": (
        RECORDS | {"statuses": [{"name": "default", "recording": False}]},
        "mend",
        "the recorder default does not record",
    ),
    "a recorder of unseen status": (
        RECORDS | {"statuses": not_seen("config:DescribeConfigurationRecorderStatus")},
        "unseen",
        "config:DescribeConfigurationRecorderStatus",
    ),
    "a recorder that fails": (
        a_status(lastStatus="FAILURE", lastErrorCode="NoSuchBucket", lastErrorMessage="it does not exist"),
        "mend",
        "failed at its last item: NoSuchBucket: it does not exist",
    ),
    "a recorder that fails, as the reference spells it": (a_status(lastStatus="Failure"), "mend", "does not say why"),
    "unseen recorders": ({"recorders": not_seen("config:DescribeConfigurationRecorders")}, "unseen", "could not look"),
    "daily recording": (
        {"recorders": [RECORDER | {"recordingMode": {"recordingFrequency": "DAILY"}}]},
        "note",
        "recorded once a day: every type that is not named otherwise",
    ),
    "no IAM": ({"recorders": [RECORDER | {"recordingGroup": {"allSupported": True}}]}, "note", "IAM's users"),
    "a few types": (
        {"recorders": [RECORDER | {"recordingGroup": {"resourceTypes": [f"AWS::A::{n}" for n in range(7)]}}]},
        "note",
        "only AWS::A::0, AWS::A::1, AWS::A::2, AWS::A::3, AWS::A::4 and 2 more are recorded",
    ),
    "all but a few types": (
        {
            "recorders": [
                RECORDER | {"recordingGroup": {"exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}}}
            ]
        },
        "note",
        "not recorded: AWS::S3::Bucket",
    ),
    "no channel": (RECORDS, "mend", "there is no delivery channel"),
    "no channel beside unseen recorders": (
        {"recorders": not_seen("config:DescribeConfigurationRecorders")},
        "note",
        "there is no delivery channel",
    ),
    "a channel without a recorder": (
        {"channels": [{"name": "default"}]},
        "note",
        "the delivery channel default is there, and no recorder",
    ),
    "a topic of its own": (ON_OWN, "fine", f"it publishes to {OWN}"),
    "a topic that is gone": (ON_OWN | {"topic_attributes": {}}, "mend", f"{OWN}, which it publishes to, is gone"),
    "an unseen topic": (
        ON_OWN | {"topic_attributes": not_seen("sns:GetTopicAttributes")},
        "unseen",
        "sns:GetTopicAttributes",
    ),
    "a topic that lets nobody subscribe": (
        ON_OWN | {"topic_attributes": {"Policy": CLOSED}},
        "note",
        f"the policy of {OWN} denies subscribing",
    ),
    "an encrypted topic": (
        ON_OWN | {"topic_attributes": {"KmsMasterKeyId": "alias/aws/sns"}},
        "note",
        "encrypted with alias/aws/sns",
    ),
    "an encrypted topic that notifications reach": (
        ON_OWN
        | {
            "topic_attributes": {"KmsMasterKeyId": "alias/ours"},
            "deliveries": [{"configStreamDeliveryInfo": {"lastStatus": "SUCCESS"}}],
        },
        "fine",
        OWN,
    ),
    "another's topic": (ON_TOWERS, "note", f"it publishes to a topic of account {AUDIT}"),
    "another's topic that may be subscribed to": (
        ON_TOWERS | {"topic_attributes": {"Policy": OPEN}},
        "fine",
        f"it publishes to a topic of account {AUDIT}",
    ),
    "a notification that was not published": (
        ON_OWN
        | {"deliveries": [{"configStreamDeliveryInfo": {"lastStatus": "FAILURE", "lastErrorCode": "AccessDenied"}}]},
        "mend",
        "the last notification could not be published: AccessDenied",
    ),
    "no trail": ({}, "mend", "no trail logs here"),
    "a trail": ({"trails": [Trail("all", everywhere=True, logs=True)]}, "fine", "trails that log: all"),
    "a trail of one region": ({"trails": [Trail("here", everywhere=False, logs=True)]}, "note", "trails that log"),
    "a stopped trail": ({"trails": [Trail("all", everywhere=True, logs=False)]}, "mend", "no trail logs here; stopped"),
    "a trail without writes": (
        {"trails": [Trail("reads", everywhere=True, logs=True, writes=False)]},
        "mend",
        "the trail reads logs no management events that write",
    ),
    "a trail without writes beside another": (
        {
            "trails": [
                Trail("reads", everywhere=True, logs=True, writes=False),
                Trail("all", everywhere=True, logs=True),
            ]
        },
        "note",
        "the trail reads logs no management events that write",
    ),
    "a trail of unseen selectors": (
        {"trails": [Trail("all", everywhere=True, logs=True, writes=not_seen("cloudtrail:GetEventSelectors"))]},
        "fine",
        "trails that log: all",
    ),
    "a trail of unseen status": (
        {"trails": [Trail("all", everywhere=True, logs=not_seen("cloudtrail:GetTrailStatus"))]},
        "unseen",
        "cloudtrail:GetTrailStatus",
    ),
    "unseen trails": ({"trails": not_seen("cloudtrail:DescribeTrails")}, "unseen", "cloudtrail:DescribeTrails"),
    "the management account": (
        {"organization": MEMBER | {"MasterAccountId": SHOP}},
        "note",
        "the management account of o-abcde12345",
    ),
    "an administrator of StackSets": (
        {"organization": MEMBER, "delegated": ["member.org.stacksets.cloudformation.amazonaws.com"]},
        "note",
        "a delegated administrator of StackSets",
    ),
    "an administrator of something else": (
        {"organization": MEMBER, "delegated": ["guardduty.amazonaws.com"]},
        "note",
        "a delegated administrator of guardduty.amazonaws.com",
    ),
    "Control Tower's policies": (a_policy(name="aws-guardrails-abc"), "note", "Control Tower's controls are attached"),
    "a policy that denies": (
        a_policy("events:PutRule", "iam:CreateRole"),
        "note",
        "fence (attached to r-ab12) denies events:PutRule, iam:CreateRole",
    ),
    "a policy that denies under conditions": (
        a_policy("events:PutRule", conditional=True),
        "note",
        "denies events:PutRule, under conditions",
    ),
    "a policy that denies nothing needed": (a_policy(), "fine", "attached: fence"),
    "unseen policies": (
        {"organization": MEMBER, "control_policies": (not_seen("organizations:ListPoliciesForTarget"),)},
        "note",
        "not visible from here (organizations:ListPoliciesForTarget)",
    ),
    "policies seen in part": (
        a_policy() | {"control_policies": (ControlPolicy("mine", SHOP, ()), not_seen("organizations:ListParents"))},
        "note",
        "more may be inherited, not visible from here (organizations:ListParents)",
    ),
    "a policy of unseen content": (
        {
            "organization": MEMBER,
            "control_policies": (ControlPolicy("x", "r-ab12", not_seen("organizations:DescribePolicy")),),
        },
        "unseen",
        "organizations:DescribePolicy",
    ),
    "Control Tower by its topic": (
        ON_TOWERS | {"is_audit": not_seen("iam:GetRole"), "is_member": not_seen("iam:GetRole")},
        "note",
        "Control Tower manages this account",
    ),
    "Control Tower by its recorder": (
        {"recorders": [RECORDER | {"name": "aws-controltower-BaselineConfigRecorder"}]},
        "note",
        "Control Tower manages this account",
    ),
    "Control Tower's audit account by its topic": (
        ON_TOWERS | {"account": AUDIT, "is_audit": not_seen("iam:GetRole")},
        "note",
        "this is Control Tower's audit account",
    ),
    "Control Tower's missing topic": (
        {"is_audit": True, "tower_topics": {REGION: False}},
        "note",
        "there is no aws-controltower-AllConfigNotifications in eu-west-1",
    ),
    "Control Tower unseen": ({"is_member": not_seen("iam:GetRole")}, "unseen", "iam:GetRole"),
    "a detector": (stages("dispatch", "attribute", "notify"), "note", "a detector is here"),
    "a hub": (stages("dispatch", "attribute", "notify", "coverage"), "note", "a hub is here"),
    "a part of a detector": (stages("notify"), "mend", "missing: dispatch, attribute"),
    "unseen functions": ({"functions": not_seen("lambda:ListFunctions")}, "unseen", "lambda:ListFunctions"),
    "unseen rules": ({"spoke_rules": not_seen("events:ListRules")}, "unseen", "events:ListRules"),
    "a disabled spoke": (
        {"spoke_rules": [{"Name": "manual-change-spoke-changes", "State": "DISABLED"}]},
        "mend",
        "rules of the spoke are disabled",
    ),
    "a secret that is gone": ({"secret": {}}, "mend", "the detector's secret is gone"),
    "a secret without a value": ({"secret": {"ARN": "-"}}, "mend", "the Slack secret holds nothing yet"),
    "a secret to be deleted": ({"secret": {"DeletedDate": "2026-11-01"}}, "mend", "the detector's secret is to be"),
    "a secret": ({"secret": {"VersionIdsToStages": {"1": ["AWSCURRENT"]}}}, "fine", "the Slack secret is filled in"),
    "an unseen secret": (
        {"secret": not_seen("secretsmanager:DescribeSecret")},
        "unseen",
        "secretsmanager:DescribeSecret",
    ),
    "an alarm topic with a subscriber": (
        {"alarm_topics": {ALARMS: {"SubscriptionsConfirmed": "1", "SubscriptionsPending": "0"}}},
        "fine",
        f"1 subscribed to {ALARMS}",
    ),
    "an alarm topic with nobody": (
        {"alarm_topics": {ALARMS: {"SubscriptionsConfirmed": "0", "SubscriptionsPending": "0"}}},
        "mend",
        f"nobody is subscribed to {ALARMS}",
    ),
    "an alarm topic whose subscriber waits": (
        {"alarm_topics": {ALARMS: {"SubscriptionsConfirmed": "0", "SubscriptionsPending": "1"}}},
        "mend",
        "1 did not confirm yet",
    ),
    "an alarm topic that is gone": ({"alarm_topics": {ALARMS: {}}}, "mend", f"{ALARMS} is gone"),
    "no alarms": ({"alarm_topics": {}}, "mend", "no alarm watches the detector's functions"),
    "unseen alarms": (
        {"alarm_topics": not_seen("cloudwatch:DescribeAlarmsForMetric")},
        "unseen",
        "cloudwatch:DescribeAlarmsForMetric",
    ),
    "a region that does not record": ({"elsewhere": {"us-east-1": False}}, "note", "does not record"),
    "an unseen region": (
        {"elsewhere": {"ap-east-1": not_seen("config:DescribeConfigurationRecorderStatus")}},
        "unseen",
        "config:DescribeConfigurationRecorderStatus",
    ),
}


@pytest.mark.parametrize("case", SEEN)
def test_what_is_seen_has_a_meaning(case: str) -> None:
    """What was found, and how it is marked."""
    seen, state, said = SEEN[case]
    [check] = [check for check in checks(a_sight(**seen)) if said in check.found]

    assert state == check.state


@pytest.mark.parametrize("case", SEEN)
def test_what_is_not_fine_says_what_it_means_and_what_to_do(case: str) -> None:
    """In every line, also of what goes with the case."""
    silent = [check for check in checks(a_sight(**SEEN[case][0])) if not check.means or not check.to_do]

    assert ["fine"] * len(silent) == [check.state for check in silent]


def found(**seen: Any) -> list[Check]:
    """What is found."""
    return checks(a_sight(**seen))


def test_what_was_not_seen_is_not_judged() -> None:
    """A recorder of unseen status is not said to be stopped."""
    unseen = not_seen("config:DescribeConfigurationRecorderStatus")
    states = {check.state for check in found(**RECORDS | {"statuses": unseen}) if check.subject == "recorder"}

    assert {"unseen"} == states


@pytest.mark.parametrize(
    ("channels", "first"), [([], "make a delivery channel"), ([{"name": "default"}], "aws config")]
)
def test_a_recorder_starts_only_with_a_channel(channels: list[Any], first: str) -> None:
    """AWS Config refuses otherwise (NoAvailableDeliveryChannel)."""
    stopped = RECORDS | {"statuses": [{"name": "default", "recording": False}], "channels": channels}
    [check] = [check for check in found(**stopped) if "does not record" in check.found]

    assert check.to_do.startswith(first)


def test_rules_are_judged_where_functions_are_not_seen() -> None:
    """A spoke has no functions."""
    seen = {"functions": not_seen("lambda:ListFunctions"), "spoke_rules": [{"Name": "manual-change-spoke-calls"}]}
    said = [check.found for check in found(**seen) if check.subject == "detector"]

    assert [
        "could not look (lambda:ListFunctions): it is not allowed",
        "a spoke is here: manual-change-spoke-calls",
    ] == (said)


def test_a_detector_is_not_ruled_out_unseen() -> None:
    """That nothing is there is said only where everything was seen."""
    said = [check.found for check in found(spoke_rules=not_seen("events:ListRules")) if check.subject == "detector"]

    assert ["could not look (events:ListRules): it is not allowed"] == said


def test_no_policy_binds_the_management_account() -> None:
    """Nothing is said of policies there."""
    subjects = {check.subject for check in found(organization=MEMBER | {"MasterAccountId": SHOP})}

    assert "service control policies" not in subjects
