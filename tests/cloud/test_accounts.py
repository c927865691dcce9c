"""Several accounts in one cloud: roles that are assumed, and what each account and region keeps for itself."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import EmbeddedCloud

pytestmark = pytest.mark.xdist_group("cloud")

MEMBER = "111111111111"
ROLE_ARN = f"arn:aws:iam::{MEMBER}:role/lookup"
LOOK_UP = f"""
import boto3

def handler(event, context):
    key = boto3.client("sts").assume_role(RoleArn="{ROLE_ARN}", RoleSessionName="hub")["Credentials"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"], region_name="eu-west-2")
    return {{
        "account": session.client("sts").get_caller_identity()["Account"],
        "recorders": session.client("config").describe_configuration_recorders()["ConfigurationRecorders"],
        "calls": [event["EventName"] for event in session.client("cloudtrail").lookup_events()["Events"]],
    }}
"""


def make_role(cloud: EmbeddedCloud, *, account: str = MEMBER, name: str = "lookup") -> Any:
    """A role that anybody may assume; the client that made it."""
    iam = cloud.client("iam", account=account)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    return iam


def assume(cloud: EmbeddedCloud, role_arn: str = ROLE_ARN) -> dict[str, str]:
    """The credentials, as boto3 wants them."""
    key = cloud.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="hub")["Credentials"]
    return {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
        "aws_session_token": key["SessionToken"],
    }


def record_a_call(cloud: EmbeddedCloud, name: str, *, account: str, region: str) -> None:
    """A call that CloudTrail recorded there."""
    record = {
        "eventVersion": "1.11",
        "eventID": name,
        "eventTime": "2026-11-22T12:00:00Z",
        "eventName": name,
        "eventSource": "s3.amazonaws.com",
        "recipientAccountId": account,
        "awsRegion": region,
        "userIdentity": {"type": "Root"},
        "readOnly": False,
    }
    cloud.cloudtrail.record([record])


def test_a_function_looks_up_calls_in_another_account(bench: Any) -> None:
    """The credentials of an assumed role act in the role's account: its Event history, its recorder."""
    cloud = bench.cloud
    make_role(cloud)
    cloud.client("config", account=MEMBER, region="eu-west-2").put_configuration_recorder(
        ConfigurationRecorder={"name": "members", "roleARN": ROLE_ARN}
    )
    record_a_call(cloud, "CreateBucket", account=MEMBER, region="eu-west-2")
    record_a_call(cloud, "DeleteBucket", account=cloud.account, region="eu-west-2")
    stack = cloud.deploy({"Resources": {"Role": bench.role, "Function": bench.function(LOOK_UP)}})

    answer = cloud.client("lambda").invoke(FunctionName=stack.resources["Function"])

    seen = json.loads(answer["Payload"].read())
    names = [recorder["name"] for recorder in seen["recorders"]]
    assert (MEMBER, ["members"], ["CreateBucket"]) == (seen["account"], names, seen["calls"])


def test_a_role_that_was_never_made_cannot_be_assumed(cloud: EmbeddedCloud) -> None:
    """AccessDenied, as AWS answers whether the role is missing or does not trust the caller."""
    with pytest.raises(ClientError) as refused:
        assume(cloud)

    assert "AccessDenied" == refused.value.response["Error"]["Code"]
    assert 403 == refused.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_a_role_that_was_deleted_cannot_be_assumed(cloud: EmbeddedCloud) -> None:
    """Not even when it could be before."""
    iam = make_role(cloud)
    assume(cloud)
    iam.delete_role(RoleName="lookup")

    with pytest.raises(ClientError, match="AccessDenied"):
        assume(cloud)


def test_a_role_in_motos_own_account_acts_there() -> None:
    """Also when the cloud's account is another one."""
    with EmbeddedCloud(account="222222222222") as cloud:
        make_role(cloud, account="123456789012")
        key = assume(cloud, "arn:aws:iam::123456789012:role/lookup")
        sts = boto3.client("sts", region_name="eu-west-1", endpoint_url=cloud.endpoint, **key)  # type: ignore[call-overload]

        assert "123456789012" == sts.get_caller_identity()["Account"]
