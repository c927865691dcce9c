"""What the template needs where it is deployed, and what it does not."""

from __future__ import annotations

import json
from pkgutil import resolve_name
from typing import Any

from manual_change.settings import AttributeSettings

PHYSICAL_NAMES = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
    "AWS::SecretsManager::Secret": "Name",
}

AN_ARN = "arn:aws:service:region-as-long-as-they-get:111122223333:a-name-that-cloudformation-makes-0123456789AB" * 2


def test_every_handler_in_the_template_exists(variant: Any) -> None:
    """A typo in a handler string fails here, not in the cloud."""
    for function in variant.properties("AWS::Lambda::Function"):
        module, _, handler = function["Handler"].rpartition(".")

        assert callable(resolve_name(f"{module}:{handler}"))


def test_environments_fit_into_a_function(variant: Any) -> None:
    """Lambda allows 4 KB, however long the ARNs turn out."""
    for function in variant.properties("AWS::Lambda::Function"):
        environment = function["Environment"]["Variables"]

        assert 4096 > sum(
            len(name) + len(value if isinstance(value, str) else AN_ARN) for name, value in environment.items()
        )


def test_attribution_stays_within_cloudtrails_two_requests_a_second(variant: Any) -> None:
    """Concurrency times the requests a second of one invocation."""
    each = AttributeSettings.__dataclass_fields__["lookup_requests_per_second"].default
    batched = [
        mapping
        for mapping in variant.properties("AWS::Lambda::EventSourceMapping")
        if mapping["BatchSize"] > 100  # attribute gathers a thousand
    ]

    assert [2.0] == [mapping["ScalingConfig"]["MaximumConcurrency"] * each for mapping in batched]


def test_nothing_has_a_name_of_its_own(variant: Any) -> None:
    """CloudFormation names everything, so that two detectors never collide and replacement works.

    The last guard against tampering is named by ourselves, after the stack's id, which nothing else has.
    """
    named = [
        json.dumps(made[name])
        for kind, name in PHYSICAL_NAMES.items()
        for made in variant.properties(kind)
        if name in made
    ]

    assert 1 == len(named)
    assert '{"Ref": "AWS::StackId"}' in named[0]


def test_the_template_suits_every_partition(defaults: Any) -> None:
    """China and GovCloud have other ARNs and the same template."""
    assert "arn:aws:" not in json.dumps(defaults.template)


def test_the_template_needs_no_function_besides_our_own(variant: Any) -> None:
    """No custom resources, no functions of the CDK: what is deployed is what was reviewed."""
    handlers = [function["Handler"].split(".")[2] for function in variant.properties("AWS::Lambda::Function")]

    assert sorted(set(handlers)) == sorted(handlers)
    assert {"dispatch", "attribute", "notify"} <= set(handlers)
    assert set(handlers) <= {"dispatch", "attribute", "notify", "collect", "lookup"}
    assert [] == [
        resource["Type"]
        for resource in variant.template["Resources"].values()
        if resource["Type"].startswith(("Custom::", "AWS::CloudFormation::CustomResource"))
    ]
