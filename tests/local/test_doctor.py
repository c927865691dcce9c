"""`manual-change doctor`: what it sees, what it makes of it, and what it recommends."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manual_change_local.cli import main
from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.doctor.checks import checks
from manual_change_local.doctor.looks import ACTIONS, AUDIT_ROLE, MEMBER_ROLE, Denied, Sight
from manual_change_local.doctor.recommendation import recommend
from manual_change_local.doctor.slack_reach import check_slack
from manual_change_local.slack_stand_in import SlackStandIn

pytestmark = pytest.mark.xdist_group("cloud")

SHOP, MANAGER, AUDIT = "111122223333", "999900001111", "222233334444"
REGION = "eu-west-1"
RECORDER = {"name": "default", "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}}
RECORDS = {"recorders": [RECORDER], "statuses": [{"name": "default", "recording": True}]}
OWN_TOPIC = [{"name": "default", "snsTopicARN": f"arn:aws:sns:{REGION}:{SHOP}:config"}]
AUDITS_TOPIC = [
    {"name": "default", "snsTopicARN": f"arn:aws:sns:{REGION}:{AUDIT}:aws-controltower-AllConfigNotifications"}
]
MEMBER = {"Id": "o-abcde12345", "MasterAccountId": MANAGER}


def a_sight(**seen: Any) -> Sight:
    """An account in no organization, where nothing is."""
    return Sight(**({"account": SHOP, "partition": "aws", "region": REGION} | seen))


# What to deploy


SITUATIONS = {
    "nothing records": (a_sight(), "brings its own recorder", "ManualChangeDetector(stack"),
    "a topic of its own": (a_sight(**RECORDS, channels=OWN_TOPIC), "topic that is there", "existing_topic(topic)"),
    "no topic": (
        a_sight(**RECORDS, channels=[{"name": "default"}], organization=MEMBER),
        "EventBridge",
        "event_bridge()",
    ),
    "another account's topic": (a_sight(**RECORDS, channels=AUDITS_TOPIC), "EventBridge", "event_bridge()"),
    "a member of Control Tower": (
        a_sight(**RECORDS, channels=AUDITS_TOPIC, organization=MEMBER, is_member=True),
        f"audit account, {AUDIT}",
        f'control_tower("{AUDIT}"',
    ),
    "Control Tower's audit account": (
        a_sight(account=AUDIT, **RECORDS, organization=MEMBER, is_audit=True, elsewhere={"us-east-1": True}),
        "a hub in Control Tower's audit account",
        "['eu-west-1', 'us-east-1']",
    ),
    "the management account": (
        a_sight(account=MANAGER, organization=MEMBER),
        "a spoke here",
        "ManualChangeDetectorSpoke(",
    ),
    "a detector is there": (a_sight(functions=[{"Handler": "manual_change.handlers.notify.handler"}]), "nothing", ""),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_each_situation_has_its_recommendation(situation: str) -> None:
    """Source, attribution and place."""
    sight, title, code = SITUATIONS[situation]
    recommended = recommend(sight)

    assert title in recommended.title
    assert code in recommended.code


def test_every_recommendation_synthesises(tmp_path: Path) -> None:
    """As it is printed, in one process: the CDK is slow to start."""
    codes = {recommend(sight).code for sight, _, _ in SITUATIONS.values()} - {""}
    program = tmp_path / "apps.py"
    program.write_text("\n".join(code.replace("app = App()", "app = App(analytics_reporting=False)") for code in codes))

    done = subprocess.run(
        [sys.executable, str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )

    assert 0 == done.returncode, done.stderr
    assert 6 == len(codes)


# What it makes of what it sees


@pytest.mark.parametrize(
    ("seen", "state", "said"),
    [
        ({}, "note", "AWS Config has no recorder in eu-west-1"),
        (RECORDS | {"channels": OWN_TOPIC}, "fine", "the recorder default records"),
        (RECORDS | {"statuses": []}, "mend", "the recorder default does not record"),
        (RECORDS, "mend", "there is no delivery channel"),
        (RECORDS | {"channels": OWN_TOPIC}, "fine", f"it publishes to arn:aws:sns:{REGION}:{SHOP}:config"),
        (RECORDS | {"channels": AUDITS_TOPIC}, "note", f"it publishes to a topic of account {AUDIT}"),
        (
            RECORDS | {"channels": OWN_TOPIC, "topic_attributes": {"KmsMasterKeyId": "alias/aws/sns"}},
            "note",
            "encrypted with alias/aws/sns",
        ),
        ({"recorders": [RECORDER | {"recordingMode": {"recordingFrequency": "DAILY"}}]}, "note", "recorded once a day"),
        ({"recorders": [RECORDER | {"recordingGroup": {"allSupported": True}}]}, "note", "IAM's users"),
        ({}, "mend", "no trail logs here"),
        ({"trails": [{"Name": "all", "IsMultiRegionTrail": True}]}, "fine", "trails that log: all"),
        ({"organization": MEMBER | {"MasterAccountId": SHOP}}, "note", "the management account of o-abcde12345"),
        (
            {"organization": MEMBER, "control_policies": ["aws-guardrails-abc"]},
            "note",
            "Control Tower's controls are attached",
        ),
        ({"secret": {}}, "mend", "the detector's secret is gone"),
        ({"secret": {"ARN": "-"}}, "mend", "the Slack secret holds nothing yet"),
        ({"secret": {"VersionIdsToStages": {"1": ["AWSCURRENT"]}}}, "fine", "the Slack secret is filled in"),
        (
            {"spoke_rules": [{"Name": "manual-change-spoke-changes", "State": "DISABLED"}]},
            "mend",
            "rules of the spoke are disabled",
        ),
        ({"elsewhere": {"us-east-1": False}}, "note", "does not record"),
        ({"trails": Denied("cloudtrail:DescribeTrails", "AccessDenied")}, "unseen", "cloudtrail:DescribeTrails"),
        ({"recorders": Denied("config:DescribeConfigurationRecorders", "no")}, "unseen", "could not look"),
    ],
)
def test_what_is_seen_has_a_meaning(seen: dict[str, Any], state: str, said: str) -> None:
    """What was found; what is to be mended says how."""
    [check] = [check for check in checks(a_sight(**seen)) if said in check.found]

    assert state == check.state
    assert state != "mend" or check.to_do


# What it looks at, in the embedded AWS


@pytest.fixture(scope="module")
def cloud() -> Iterator[EmbeddedCloud]:
    """An organization: its manager, Control Tower's audit account, and a shop."""
    with EmbeddedCloud(account=MANAGER, region=REGION) as cloud:
        organization = cloud.organization()
        organization.join(AUDIT, "Security")
        organization.join(SHOP, "Workloads")
        iam = cloud.client("iam", account=AUDIT)
        iam.create_role(RoleName=AUDIT_ROLE, AssumeRolePolicyDocument="{}")
        cloud.client("iam", account=SHOP).create_role(RoleName=MEMBER_ROLE, AssumeRolePolicyDocument="{}")
        config = cloud.client("config", account=SHOP)
        role = f"arn:aws:iam::{SHOP}:role/config"
        config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
        cloud.client("s3", account=SHOP).create_bucket(
            Bucket="config-history", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        channel = {"name": "default", "s3BucketName": "config-history", "snsTopicARN": AUDITS_TOPIC[0]["snsTopicARN"]}
        config.put_delivery_channel(DeliveryChannel=channel)
        config.start_configuration_recorder(ConfigurationRecorderName="default")
        yield cloud


@pytest.fixture
def as_account(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes the command line act in an account."""

    def sign_in(account: str) -> None:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        for name, value in cloud.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", access_key_of(account))

    return sign_in


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    """The exit status and the JSON of one visit."""
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--format", "json", *arguments])
    return int(ended.value.code or 0), json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("account", "title"),
    [
        (SHOP, f"a hub in Control Tower's audit account, {AUDIT}"),
        (AUDIT, f"a hub in Control Tower's audit account, {AUDIT}"),
        (MANAGER, "a spoke here, deployed by itself, and the hub in another account"),
        ("777788889999", "a detector that brings its own recorder"),
    ],
)
def test_it_sees_what_an_account_is(
    as_account: Any, capsys: pytest.CaptureFixture[str], account: str, title: str
) -> None:
    """Through the services' own answers."""
    as_account(account)
    status, said = run(capsys)

    assert (1, account, title) == (status, said["account"], said["recommendation"]["title"])  # no trail logs anywhere
    assert [] == [check for check in said["checks"] if check["state"] == "unseen"]


def test_it_looks_at_further_regions(as_account: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Of which only the recorder matters."""
    as_account(SHOP)
    _, said = run(capsys, "--regions", "us-east-1")

    assert ["does not record"] == [check["found"] for check in said["checks"] if check["subject"] == "region us-east-1"]


def test_people_read_what_was_found_what_it_means_and_what_to_do(
    as_account: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the lines to paste."""
    as_account(SHOP)
    with pytest.raises(SystemExit):
        main(["doctor"])

    said = capsys.readouterr().out
    for words in ("✗ trail: no trail logs here", "→ make a trail", "Deploy a hub in", "ManualChangeDetectorHub("):
        assert words in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["--region", "eu-wets-1"], "'eu-wets-1' is no region; eu-central-1"), (["--regions", "x"], "'x' is no region")],
)
def test_a_region_that_is_none_is_refused(
    as_account: Any, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    """With those that it may have been."""
    as_account(SHOP)

    assert 2 == main(["doctor", *arguments])
    assert says in capsys.readouterr().err


def test_without_credentials_it_says_how_to_get_some(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And looks no further."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)

    assert 1 == main(["doctor", "--region", REGION])
    assert "aws sso login" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("value", "state"),
    [("webhook", "fine"), ("bot", "mend"), ("nonsense", "mend")],
)
def test_it_knocks_at_slack_and_posts_nothing(cloud: EmbeddedCloud, value: str, state: str) -> None:
    """With what the detector's secret holds; the secret is nowhere in what is said."""
    secrets = cloud.client("secretsmanager", account=SHOP)
    with SlackStandIn() as slack:
        secret = {"webhook": slack.webhook_url(), "bot": '{"bot_token": "xoxb-1-x", "channel": "C1"}'}.get(value, value)
        arn = secrets.create_secret(Name=f"slack-{state}-{len(value)}", SecretString=secret)["ARN"]
        check = check_slack(secrets, arn, api_url=slack.api_url)

    assert (state, ()) == (check.state, slack.messages)
    assert secret.rsplit("/", 1)[-1] not in json.dumps(check.to_json())


# What it may need


def test_the_policy_of_the_document_is_what_is_called(house: Path) -> None:
    """No more, and no less."""
    document = (house / "docs/doctor.md").read_text(encoding="utf-8")
    [policy] = re.findall(r"```json\n(.*?)```", document, re.DOTALL)

    assert list(ACTIONS) == json.loads(policy)["Statement"][0]["Action"]


def test_every_call_that_is_made_is_on_the_list(house: Path) -> None:
    """The code's calls of boto3 clients, by their names."""
    source = (house / "local/manual_change_local/doctor/looks.py").read_text(encoding="utf-8")
    verbs = ("get_", "list_", "describe_")
    called = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and node.attr.startswith(verbs)
    } - {"get_paginator"}
    paged = set(re.findall(r'get_paginator\("(\w+)"\)', source))

    named = {action.split(":")[1] for action in ACTIONS} - {"GetSecretValue"}
    assert named == {name.title().replace("_", "") for name in called | paged}


@pytest.fixture(scope="module")
def house() -> Path:
    """The root of the project."""
    return Path(__file__).parents[2]
