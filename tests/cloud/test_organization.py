"""What accounts of an organization are told: of each other, of recorders and trails, and by each other's topics."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import EmbeddedCloud
from manual_change_local.cloud.observation import FunctionFinished
from manual_change_local.cloud.organization import Organization

pytestmark = pytest.mark.xdist_group("cloud")

AUDIT = "222222222222"
PROD = "111111111111"


@pytest.fixture
def organization(cloud: EmbeddedCloud) -> Organization:
    """With the audit account and one that works."""
    return cloud.organization({"Security": [AUDIT], "Workloads/Prod": [PROD]})


@pytest.fixture
def asked(cloud: EmbeddedCloud, organization: Organization) -> Any:
    """The Organizations API, as the audit account of the organization sees it."""
    client = cloud.client("organizations", account=AUDIT)
    assert organization.id == client.describe_organization()["Organization"]["Id"]
    return client


def test_an_account_has_a_name_and_a_status(asked: Any, organization: Organization) -> None:
    """Also the one that joined later."""
    organization.join("333333333333", "Sandbox", name="Playground")

    account = asked.describe_account(AccountId="333333333333")["Account"]

    assert ("Playground", "ACTIVE") == (account["Name"], account["Status"])


def test_the_units_above_an_account_are_found(asked: Any, organization: Organization) -> None:
    """From parent to parent, up to the root."""
    names = []
    child = PROD
    while (parent := asked.list_parents(ChildId=child)["Parents"][0])["Type"] != "ROOT":
        child = parent["Id"]
        names.append(asked.describe_organizational_unit(OrganizationalUnitId=child)["OrganizationalUnit"]["Name"])

    assert (["Prod", "Workloads"], organization.root) == (names, parent["Id"])


def test_all_accounts_are_listed_a_page_at_a_time(asked: Any, organization: Organization) -> None:
    """The management account is one of them."""
    pages = asked.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 1})

    listed = [[account["Id"] for account in page["Accounts"]] for page in pages]
    assert [[organization.management], [AUDIT], [PROD]] == listed


def test_a_closed_account_is_suspended(cloud: EmbeddedCloud, asked: Any) -> None:
    """Only its management account closes it."""
    cloud.client("organizations").close_account(AccountId=PROD)

    assert "SUSPENDED" == asked.describe_account(AccountId=PROD)["Account"]["Status"]


def test_policies_of_an_account_are_listed(asked: Any) -> None:
    """The one that every account has."""
    policies = asked.list_policies_for_target(TargetId=PROD, Filter="SERVICE_CONTROL_POLICY")["Policies"]

    assert ["p-FullAWSAccess"] == [policy["Id"] for policy in policies]


@pytest.mark.usefixtures("organization")
@pytest.mark.parametrize(
    ("caller", "code"), [(AUDIT, "AccountNotFoundException"), ("999999999999", "AWSOrganizationsNotInUseException")]
)
def test_who_is_in_no_organization_is_not_found_and_finds_nobody(cloud: EmbeddedCloud, caller: str, code: str) -> None:
    """Each with the error of its own."""
    with pytest.raises(ClientError) as refused:
        cloud.client("organizations", account=caller).describe_account(AccountId="999999999999")

    assert code == refused.value.response["Error"]["Code"]


def test_recorders_and_channels_are_an_accounts_and_regions_own(cloud: EmbeddedCloud) -> None:
    """With their status."""
    cloud.client("s3", account=PROD, region="us-east-1").create_bucket(Bucket="history")
    config = cloud.client("config", account=PROD, region="eu-central-1")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "mine", "roleARN": "arn:aws:iam::1:role/x"})
    config.put_delivery_channel(DeliveryChannel={"name": "mine", "s3BucketName": "history"})
    config.start_configuration_recorder(ConfigurationRecorderName="mine")
    others = [cloud.client("config", account=PROD), cloud.client("config", account=AUDIT, region="eu-central-1")]

    (recorder,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert recorder["recording"]
    (channel,) = config.describe_delivery_channel_status()["DeliveryChannelsStatus"]
    assert "SUCCESS" == channel["configStreamDeliveryInfo"]["lastStatus"]
    assert [[], []] == [other.describe_configuration_recorders()["ConfigurationRecorders"] for other in others]


@pytest.mark.usefixtures("organization")
def test_members_see_the_organizations_trail(cloud: EmbeddedCloud) -> None:
    """In every region, and whether it logs; accounts outside see nothing."""
    cloud.client("s3", region="us-east-1").create_bucket(Bucket="logs")
    trails = cloud.client("cloudtrail")
    made = trails.create_trail(
        Name="organization", S3BucketName="logs", IsMultiRegionTrail=True, IsOrganizationTrail=True
    )
    trails.start_logging(Name="organization")
    member = cloud.client("cloudtrail", account=PROD, region="eu-central-1")

    (trail,) = member.describe_trails()["trailList"]

    assert (made["TrailARN"], True) == (trail["TrailARN"], trail["IsOrganizationTrail"])
    assert member.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    assert [] == member.describe_trails(includeShadowTrails=False)["trailList"]
    assert [] == cloud.client("cloudtrail", account="999999999999").describe_trails()["trailList"]


def test_a_queue_subscribes_to_another_accounts_topic_in_another_region(cloud: EmbeddedCloud) -> None:
    """The stack of the queue has the subscription, and takes it away."""
    theirs = cloud.client("sns", account=PROD, region="eu-central-1")
    topic = theirs.create_topic(Name="theirs")["TopicArn"]
    subscription = {
        "TopicArn": topic,
        "Region": "eu-central-1",
        "Protocol": "sqs",
        "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
        "RawMessageDelivery": True,
        "FilterPolicyScope": "MessageBody",
        "FilterPolicy": {"wanted": [True]},
    }
    resources = {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Subscription": {"Type": "AWS::SNS::Subscription", "Properties": subscription},
    }
    stack = cloud.deploy({"Resources": resources}, account=AUDIT)

    for message in ('{"wanted": false}', '{"wanted": true}'):
        theirs.publish(TopicArn=topic, Message=message)

    received = cloud.client("sqs", account=AUDIT).receive_message(
        QueueUrl=stack.resources["Queue"], MaxNumberOfMessages=10
    )
    assert ['{"wanted": true}'] == [message["Body"] for message in received["Messages"]]
    cloud.destroy(stack)
    assert [] == theirs.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]


def test_waiting_until_idle_is_for_all_accounts(bench: Any) -> None:
    """Stacks of the same name in several accounts and regions are stacks of their own."""
    cloud: EmbeddedCloud = bench.cloud
    places = [(AUDIT, "eu-west-1"), (PROD, "eu-central-1")]
    code = {"ZipFile": "import time\ndef handler(event, context):\n    time.sleep(0.2)\n"}
    function = {
        "Code": code,
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Function"}}
    resources = {
        "Role": bench.role,
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping},
    }
    stacks = [cloud.deploy({"Resources": resources}, account=account, region=region) for account, region in places]
    for stack in stacks:
        sqs = cloud.client("sqs", account=stack.account, region=stack.region)
        sqs.send_message(QueueUrl=stack.resources["Queue"], MessageBody="x")

    cloud.wait_until_idle()

    assert {stack.resources["Function"] for stack in stacks} == {
        finished.function for finished in cloud.journal.of(FunctionFinished)
    }
