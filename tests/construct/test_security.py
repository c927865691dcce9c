"""Who may do what, and what is kept from whom."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import manual_change

READS_ANYWHERE = {"cloudtrail:LookupEvents", "config:GetResourceConfigHistory"}
"""Neither knows resources that it could be limited to."""

ASKS_WHO_IS_THERE = {
    "organizations:DescribeAccount",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListParents",
}
"""Which accounts there are is what is asked."""

OPERATION = re.compile(r"""["'.](query|scan|(?:batch_|transact_)?(?:delete|get|put|update|write)_items?)["'(]""")
"""An operation of DynamoDB, called or named."""

RESOURCE_POLICIES = ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy")


def test_no_stage_can_write_to_cloudtrail_or_config(variant: Any) -> None:
    """The watcher cannot tamper with what it watches."""
    assert READS_ANYWHERE >= {action for action in variant.actions() if action.startswith(("cloudtrail:", "config:"))}


def test_no_stage_may_do_whatever_an_asterisk_stands_for(variant: Any) -> None:
    """Each action is named."""
    assert [] == [action for action in variant.actions() if "*" in action]


def test_only_reading_reaches_beyond_the_detectors_own_resources(variant: Any) -> None:
    """`Resource: *` stands only where the action knows no resources."""
    assert READS_ANYWHERE | ASKS_WHO_IS_THERE >= variant.actions(on="*")


def test_a_detector_asks_both_services_by_itself(defaults: Any) -> None:
    """Where nobody forwards calls to it."""
    assert READS_ANYWHERE == defaults.actions(on="*")


def test_what_the_functions_ask_of_dynamodb_is_permitted(defaults: Any, organization: Any) -> None:
    """An operation that an adapter learns to use fails here and not at three in the morning; nor has a detector of one
    account any that no adapter uses. A hub's survey brings what it reads itself."""
    sources = [path.read_text() for path in Path(manual_change.__path__[0]).rglob("*.py")]
    operations = {name for source in sources if "DynamoDBClient" in source for name in OPERATION.findall(source)}
    asked = {f"dynamodb:{name.title().replace('_', '')}" for name in operations}

    assert {action for action in defaults.actions() if action.startswith("dynamodb:")} <= asked
    assert asked - {"dynamodb:Scan"} <= organization.actions()


def test_no_secret_value_is_anywhere_in_the_template(variant: Any) -> None:
    """The webhook never passes through CloudFormation, and none is made up."""
    text = json.dumps(variant.template)

    assert not any(word in text for word in ("SecretString", "GenerateSecretString", "hooks.slack.com", "{{resolve:"))


def test_queues_topics_and_buckets_refuse_plain_http(variant: Any) -> None:
    """Each has a policy that denies requests without TLS."""
    guarded = [
        policy
        for kind in RESOURCE_POLICIES
        for policy in variant.properties(kind)
        if '{"Bool": {"aws:SecureTransport": "false"}}' in json.dumps(policy)
    ]
    must_be = [
        logical_id
        for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")
        for logical_id in variant.resources(kind)
    ]

    assert [] == [name for name in must_be if not any(variant.mentions(name, policy) for policy in guarded)]


def test_nothing_is_public(variant: Any) -> None:
    """No resource policy allows everybody, and buckets block what would."""
    everybody = [
        statement
        for kind in RESOURCE_POLICIES
        for statement in variant.statements(kind, "Allow")
        if statement["Principal"] in ("*", {"AWS": "*"})
    ]
    blocks = [bucket["PublicAccessBlockConfiguration"] for bucket in variant.properties("AWS::S3::Bucket")]

    assert [] == everybody
    assert all(all(block.values()) and len(block) == 4 for block in blocks)


def test_services_deliver_only_for_this_account_or_from_a_named_source(variant: Any) -> None:
    """No confused deputy: every service that a policy lets in is tied down."""
    loose = [
        statement
        for kind in RESOURCE_POLICIES
        for statement in variant.statements(kind, "Allow")
        if "Service" in statement["Principal"]
        and not any(key in json.dumps(statement.get("Condition")) for key in ("aws:SourceAccount", "aws:SourceArn"))
    ]

    assert [] == loose


def test_queues_are_encrypted(variant: Any) -> None:
    """With SQS's own keys, or with the key that was given."""
    queues = variant.properties("AWS::SQS::Queue")

    assert all(queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId") for queue in queues)


def test_what_eventbridge_publishes_with_serves_rules_of_this_account_only(variant: Any) -> None:
    """No confused deputy: a rule of another account that names the role does not get it."""
    trusts = [
        statement
        for role in variant.properties("AWS::IAM::Role")
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if {"Service": "events.amazonaws.com"} == statement["Principal"]
    ]
    arn = ["arn:", {"Ref": "AWS::Partition"}, ":events:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    ours = {"Fn::Join": ["", [*arn, ":rule/*"]]}
    condition = {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
        "ArnLike": {"aws:SourceArn": ours},
    }

    assert trusts
    assert [condition] * len(trusts) == [trust["Condition"] for trust in trusts]
