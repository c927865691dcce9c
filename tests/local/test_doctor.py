"""`manual-change doctor`: a visit to accounts of the embedded AWS, whole, in odd states, and without permissions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from manual_change_local.cli import main
from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.doctor.checks import checks
from manual_change_local.doctor.looks import look
from manual_change_local.doctor.looks.control_tower import AUDIT_ROLE, MEMBER_ROLE
from manual_change_local.doctor.recommendation import recommend
from manual_change_local.doctor.sight import TOWER_TOPIC, Sight
from manual_change_local.doctor.unseen import Unseen

pytestmark = pytest.mark.xdist_group("cloud")

SHOP, MANAGER, AUDIT, LONELY, ODD = "111122223333", "999900001111", "222233334444", "777788889999", "444455556666"
REGION = "eu-west-1"
TOWERS = f"arn:aws:sns:{REGION}:{AUDIT}:{TOWER_TOPIC}"


# What it looks at, in the embedded AWS


def record(cloud: EmbeddedCloud, account: str, *, topic: str | None) -> None:
    """Switch AWS Config on."""
    config, bucket = cloud.client("config", account=account), f"config-history-{account}"
    role = f"arn:aws:iam::{account}:role/config"
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    cloud.client("s3", account=account).create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    channel = {"name": "default", "s3BucketName": bucket} | ({"snsTopicARN": topic} if topic else {})
    config.put_delivery_channel(DeliveryChannel=channel)
    config.start_configuration_recorder(ConfigurationRecorderName="default")


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
        cloud.client("sns", account=AUDIT).create_topic(Name=TOWER_TOPIC)
        record(cloud, SHOP, topic=TOWERS)
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
        (LONELY, "a detector that brings its own recorder"),
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
    """Each once, and the region that is visited not again."""
    as_account(SHOP)
    _, said = run(capsys, "--regions", "us-east-1, eu-west-1,us-east-1")

    found = [(check["subject"], check["found"]) for check in said["checks"] if check["subject"].startswith("region")]
    assert [("region us-east-1", "does not record")] == found
    assert '["eu-west-1", "us-east-1"]' in said["recommendation"]["code"]


def test_people_read_what_was_found_what_it_means_and_what_to_do(
    as_account: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the lines to paste."""
    as_account(SHOP)
    with pytest.raises(SystemExit):
        main(["doctor"])

    said = capsys.readouterr().out
    for words in (
        "✗ trail: no trail logs here",
        "→ make a trail",
        "Deploy a hub in",
        "ManualChangeDetectorHub(",
        f'Source: ConfigSource.control_tower("{AUDIT}"',
        "Attribution: Attribution.control_tower_audit_role()",
    ):
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


def test_an_endpoint_out_of_reach_is_no_matter_of_credentials(
    as_account: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is sent to sign in because of a firewall."""
    as_account(SHOP)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")

    assert 1 == main(["doctor"])
    assert "see whether the network lets you reach AWS" in capsys.readouterr().err


def test_a_region_that_is_not_enabled_knows_nobody(
    cloud: EmbeddedCloud, as_account: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """AWS says there what it says to strangers."""
    as_account(SHOP)
    session = a_session(cloud, SHOP, errors={"GetCallerIdentity": "InvalidClientTokenId"})
    monkeypatch.setattr(boto3, "Session", lambda **_: session)

    assert 1 == main(["doctor"])
    assert f"if you are signed in, the account has not enabled {REGION}" in capsys.readouterr().err


# Odd states


def a_session(cloud: EmbeddedCloud, account: str, *, errors: dict[str, str] | None = None) -> boto3.Session:
    """Credentials of an account, which AWS answers with these error codes, by action; `*` is for all others."""
    keys = cloud.environment() | {"AWS_ACCESS_KEY_ID": access_key_of(account)}
    session = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=REGION)

    def answer(model: Any, **_: Any) -> Any:
        others = None if model.name == "GetCallerIdentity" else (errors or {}).get("*")
        code = (errors or {}).get(model.name, others)
        if code is None:
            return None
        return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {}}

    session.events.register("before-call", answer)
    return session


@pytest.fixture
def visit(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Sight]:
    """Looks at an account, with whatever AWS refuses."""
    for name, value in cloud.environment().items():
        monkeypatch.setenv(name, value)

    def seen(account: str, *, further: tuple[str, ...] = (), **errors: str) -> Sight:
        session = a_session(cloud, account, errors=errors)
        return look(session, region=REGION, further=further, say=lambda _: None)

    return seen


def test_without_any_permission_nothing_is_recommended_yet(visit: Callable[..., Sight]) -> None:
    """Every line says what would have to be allowed, and nothing is taken for missing."""
    sight = visit(LONELY, **{"*": "AccessDenied"})
    found, recommended = checks(sight), recommend(sight)

    assert {"unseen"} == {check.state for check in found}
    assert all(check.to_do.startswith("allow ") for check in found)
    assert ("nothing yet: what was not seen decides", "") == (recommended.title, recommended.code)


def test_when_nothing_answers_it_is_to_be_tried_again(visit: Callable[..., Sight]) -> None:
    """Throttling is no missing permission."""
    found = checks(visit(LONELY, **{"*": "ThrottlingException"}))

    assert {"unseen"} == {check.state for check in found}
    assert all(check.to_do.startswith("try again") for check in found)


@pytest.mark.parametrize(
    ("action", "title", "doubt"),
    [
        ("ListFunctions", "a detector that brings its own recorder", "(lambda:ListFunctions)"),
        ("ListRules", "a detector that brings its own recorder", "(events:ListRules)"),
        ("GetRole", "a detector that brings its own recorder", "(iam:GetRole)"),
        ("DescribeOrganization", "a detector that brings its own recorder", "(organizations:DescribeOrganization)"),
        ("DescribeDeliveryChannels", "a detector that brings its own recorder", "(config:DescribeDeliveryChannels)"),
        ("DescribeConfigurationRecorders", "nothing yet: what was not seen decides", ""),
    ],
)
def test_one_missing_permission_is_one_doubt(visit: Callable[..., Sight], action: str, title: str, doubt: str) -> None:
    """Through the services' own answers, to the recommendation."""
    recommended = recommend(visit(LONELY, **{action: "AccessDeniedException"}))

    assert title == recommended.title
    assert [line.split()[2] for line in recommended.why.splitlines()[1:]] == ([f"{doubt}:"] if doubt else [])


def test_a_member_of_control_tower_is_known_by_its_topic(visit: Callable[..., Sight]) -> None:
    """People in a member rarely may look at Control Tower's roles."""
    sight = visit(SHOP, GetRole="AccessDenied", GetTopicAttributes="AuthorizationError")

    assert f"a hub in Control Tower's audit account, {AUDIT}" == recommend(sight).title
    assert "Not seen" not in recommend(sight).why


def test_the_hub_listens_where_control_tower_has_topics(visit: Callable[..., Sight]) -> None:
    """A region that it does not govern has none, and a subscription there would fail the deployment."""
    sight = visit(AUDIT, further=("us-east-1",))

    assert {REGION: True, "us-east-1": False} == sight.tower_topics
    assert f'control_tower("{AUDIT}", ["{REGION}"])' in recommend(sight).code


def test_a_deleted_topic_is_not_subscribed_to(cloud: EmbeddedCloud, visit: Callable[..., Sight]) -> None:
    """Nor is a topic that was never there; a stopped recorder is said beside it."""
    sns = cloud.client("sns", account=ODD)
    topic = sns.create_topic(Name="config")["TopicArn"]
    record(cloud, ODD, topic=topic)
    with_topic = recommend(visit(ODD))
    sns.delete_topic(TopicArn=topic)
    cloud.client("config", account=ODD).stop_configuration_recorder(ConfigurationRecorderName="default")
    sight = visit(ODD)

    assert "a detector on the topic that is there" == with_topic.title
    assert "a detector on EventBridge" == recommend(sight).title
    assert {f"{topic}, which it publishes to, is gone", "the recorder default does not record"} <= {
        check.found for check in checks(sight) if check.state == "mend"
    }


@pytest.mark.parametrize(
    ("selectors", "writes"),
    [
        ({}, True),
        ({"EventSelectors": [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]}, False),
        ({"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": False}]}, False),
        ({"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}, True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Data"]}]}]}, False),
        (
            {"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]},
            True,
        ),
        (
            {
                "AdvancedEventSelectors": [
                    {
                        "FieldSelectors": [
                            {"Field": "eventCategory", "Equals": ["Management"]},
                            {"Field": "readOnly", "Equals": ["true"]},
                        ]
                    }
                ]
            },
            False,
        ),
    ],
)
def test_a_trail_is_asked_what_it_logs(
    cloud: EmbeddedCloud, visit: Callable[..., Sight], selectors: dict[str, Any], writes: bool
) -> None:
    """Only management events that write tell of changes."""
    with a_trail(cloud, "selected") as cloudtrail:
        if selectors:
            cloudtrail.put_event_selectors(TrailName="selected", **selectors)
        [trail] = visit(LONELY).trails

    assert (True, writes) == (trail.logs, trail.writes)


def test_each_trail_is_asked_by_itself(cloud: EmbeddedCloud, visit: Callable[..., Sight]) -> None:
    """A member sees the organization's trail, and may not be let look at how it is set: no judgement then."""
    with a_trail(cloud, "whole"):
        [unsure] = visit(LONELY, GetTrailStatus="AccessDeniedException").trails
        [unread] = visit(LONELY, GetEventSelectors="TrailNotFoundException").trails
        fine = [
            check.state for check in checks(visit(LONELY, GetEventSelectors="AccessDenied")) if "whole" in check.found
        ]

    assert Unseen("cloudtrail:GetTrailStatus", "AccessDeniedException: no", forbidden=True) == unsure.logs
    assert (True, "cloudtrail:GetEventSelectors") == (unread.logs, unread.writes.action)
    assert ["note"] == fine  # of one region only


@contextmanager
def a_trail(cloud: EmbeddedCloud, name: str) -> Iterator[Any]:
    """That logs, for a while; CloudTrail."""
    cloudtrail, s3 = cloud.client("cloudtrail", account=LONELY), cloud.client("s3", account=LONELY)
    s3.create_bucket(Bucket=f"trail-{name}", CreateBucketConfiguration={"LocationConstraint": REGION})
    cloudtrail.create_trail(Name=name, S3BucketName=f"trail-{name}")
    cloudtrail.start_logging(Name=name)
    try:
        yield cloudtrail
    finally:
        cloudtrail.delete_trail(Name=name)
        s3.delete_bucket(Bucket=f"trail-{name}")


def test_rules_are_paged(cloud: EmbeddedCloud, visit: Callable[..., Sight]) -> None:
    """EventBridge gives as many as it likes at a time."""
    events = cloud.client("events", account=LONELY)
    names = [f"manual-change-spoke-{number:03}" for number in range(120)]
    for name in names:
        events.put_rule(Name=name, ScheduleExpression="rate(1 day)", State="DISABLED")
    try:
        sight = visit(LONELY, ListFunctions="AccessDenied")
    finally:
        for name in names:
            events.delete_rule(Name=name)

    assert names == [rule["Name"] for rule in sight.spoke_rules]
    assert isinstance(sight.functions, Unseen)


def test_policies_are_looked_for_up_to_the_root(cloud: EmbeddedCloud, visit: Callable[..., Sight]) -> None:
    """Where the account may ask (moto lets every member ask)."""
    organizations = cloud.client("organizations", account=MANAGER)
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    content = {"Statement": {"Effect": "Deny", "Action": ["events:Put*", "s3:*"], "Resource": "*"}}
    policy = organizations.create_policy(
        Name="fence", Description="-", Type="SERVICE_CONTROL_POLICY", Content=json.dumps(content)
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=root)
    try:
        said = [check.found for check in checks(visit(SHOP)) if "fence" in check.found]
        unread = [
            check.found for check in checks(visit(SHOP, DescribePolicy="AccessDenied")) if check.state == "unseen"
        ]
        ends = [each for each in visit(SHOP, ListParents="AccessDenied").control_policies if isinstance(each, Unseen)]
    finally:
        organizations.detach_policy(PolicyId=policy, TargetId=root)
        organizations.delete_policy(PolicyId=policy)

    assert [f"fence (attached to {root}) denies events:PutRule"] == said
    assert ["could not look (organizations:DescribePolicy): it is not allowed"] == unread
    assert ["organizations:ListParents"] == [end.action for end in ends]


def test_a_delegated_administrator_is_told_of_hubs(cloud: EmbeddedCloud, visit: Callable[..., Sight]) -> None:
    """moto knows no StackSets among the services that may be delegated."""
    organizations = cloud.client("organizations", account=MANAGER)
    organizations.register_delegated_administrator(AccountId=AUDIT, ServicePrincipal="guardduty.amazonaws.com")
    try:
        found = [check.found for check in checks(visit(AUDIT)) if check.subject == "organization"]
    finally:
        organizations.deregister_delegated_administrator(AccountId=AUDIT, ServicePrincipal="guardduty.amazonaws.com")

    assert "the account is a delegated administrator of guardduty.amazonaws.com" in found
