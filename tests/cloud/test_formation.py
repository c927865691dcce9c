"""Deploying, updating and destroying templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import CloudError, EmbeddedCloud

pytestmark = pytest.mark.xdist_group("cloud")

ROLE_ARN = "arn:aws:iam::123456789012:role/config"


def deploy(cloud: EmbeddedCloud, outputs: dict[str, Any] | None = None, **resources: dict[str, Any]) -> Any:
    """Deploy these resources as one stack, updating it when it exists."""
    template: dict[str, Any] = {"Resources": resources}
    if outputs:
        template["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
    return cloud.deploy(template, stack_name="Stack")


def a(type_name: str, **properties: Any) -> dict[str, Any]:
    """A resource."""
    return {"Type": type_name, "Properties": properties}


def test_an_unknown_type_fails_the_deployment(cloud: EmbeddedCloud) -> None:
    """The error names type, logical id and where to add it; nothing is created."""
    with pytest.raises(CloudError, match=r"AWS::Moon::Base \(Luna\).*cloud/resource_types"):
        deploy(cloud, Queue=a("AWS::SQS::Queue"), Luna=a("AWS::Moon::Base"))

    assert [] == cloud.client("cloudformation").list_stacks()["StackSummaries"]


def test_a_secret_without_a_value_is_created_empty(cloud: EmbeddedCloud) -> None:
    """Reading it fails as in AWS until somebody fills it in."""
    stack = deploy(cloud, Secret=a("AWS::SecretsManager::Secret", Description="filled in later"))
    manager = cloud.client("secretsmanager")

    with pytest.raises(ClientError) as refused:
        manager.get_secret_value(SecretId=stack.resources["Secret"])
    manager.put_secret_value(SecretId=stack.resources["Secret"], SecretString="now")

    assert "ResourceNotFoundException" == refused.value.response["Error"]["Code"]
    assert "now" == manager.get_secret_value(SecretId=stack.resources["Secret"])["SecretString"]


def test_a_generated_secret_has_a_value(cloud: EmbeddedCloud) -> None:
    """GenerateSecretString, with a template."""
    generate = {"SecretStringTemplate": '{"user": "x"}', "GenerateStringKey": "password", "PasswordLength": 20}
    stack = deploy(cloud, Secret=a("AWS::SecretsManager::Secret", GenerateSecretString=generate))

    text = cloud.client("secretsmanager").get_secret_value(SecretId=stack.resources["Secret"])["SecretString"]

    assert ("x", 20) == (json.loads(text)["user"], len(json.loads(text)["password"]))


def test_the_recorder_records_although_the_template_orders_nothing(cloud: EmbeddedCloud) -> None:
    """Channel and recorder must not depend on each other, and Config wants the recorder first."""
    stack = deploy(
        cloud,
        Bucket=a("AWS::S3::Bucket"),
        Channel=a("AWS::Config::DeliveryChannel", S3BucketName={"Ref": "Bucket"}),
        Recorder=a(
            "AWS::Config::ConfigurationRecorder",
            RoleARN=ROLE_ARN,
            RecordingGroup={"AllSupported": True, "IncludeGlobalResourceTypes": True},
        ),
    )

    config = cloud.client("config")
    (status,) = config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    assert (True, "default", "default") == (
        status["recording"],
        stack.resources["Recorder"],
        stack.resources["Channel"],
    )

    cloud.destroy(stack)

    assert [] == config.describe_configuration_recorders()["ConfigurationRecorders"]


def test_a_template_like_ours_leaves_nothing_when_destroyed(cloud: EmbeddedCloud) -> None:
    """Policies of things that are gone already are no error."""
    policy = {"Version": "2012-10-17", "Statement": []}
    stack = deploy(
        cloud,
        Topic=a("AWS::SNS::Topic"),
        TopicPolicy=a("AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=policy),
        Queue=a("AWS::SQS::Queue"),
        QueuePolicy=a("AWS::SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=policy),
        Bucket=a("AWS::S3::Bucket"),
        BucketPolicy=a("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=policy),
        Alarm=a(
            "AWS::CloudWatch::Alarm",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="M",
            Namespace="N",
            Period=60,
            Statistic="Sum",
            Threshold=0,
        ),
        Log=a("AWS::Logs::LogGroup", RetentionInDays=30),
        Parameter=a("AWS::SSM::Parameter", Type="String", Value="x"),
    )

    cloud.destroy(stack)

    assert ([], [], [], []) == (
        cloud.client("sns").list_topics()["Topics"],
        cloud.client("sqs").list_queues().get("QueueUrls", []),
        cloud.client("cloudwatch").describe_alarms()["MetricAlarms"],
        cloud.client("logs").describe_log_groups()["logGroups"],
    )


def test_an_update_changes_a_queue_in_place(cloud: EmbeddedCloud) -> None:
    """Messages stay; a property that is removed takes its default."""
    first = deploy(cloud, Queue=a("AWS::SQS::Queue", DelaySeconds=60, VisibilityTimeout=10))
    sqs = cloud.client("sqs")

    second = deploy(cloud, Queue=a("AWS::SQS::Queue", VisibilityTimeout=99))

    url = second.resources["Queue"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert first.resources["Queue"] == url
    assert ("0", "99") == (attributes["DelaySeconds"], attributes["VisibilityTimeout"])


def test_an_update_of_a_table_keeps_its_items(cloud: EmbeddedCloud) -> None:
    """Recovery and time to live are settings, not another table."""
    table = {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    first = deploy(cloud, Table=a("AWS::DynamoDB::Table", **table))
    tables = cloud.client("dynamodb")
    tables.put_item(TableName=first.resources["Table"], Item={"pk": {"S": "kept"}})

    deploy(
        cloud,
        Table=a(
            "AWS::DynamoDB::Table",
            **table,
            TimeToLiveSpecification={"AttributeName": "expires", "Enabled": True},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        ),
    )

    name = first.resources["Table"]
    assert 1 == tables.scan(TableName=name)["Count"]
    assert "ENABLED" == tables.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"]


def test_a_topics_update_keeps_its_subscriptions(cloud: EmbeddedCloud) -> None:
    """A display name is no reason to stop delivering."""
    queue = a("AWS::SQS::Queue")
    subscription = a(
        "AWS::SNS::Subscription",
        TopicArn={"Ref": "Topic"},
        Protocol="sqs",
        Endpoint={"Fn::GetAtt": ["Queue", "Arn"]},
    )
    deploy(cloud, Topic=a("AWS::SNS::Topic"), Queue=queue, Subscription=subscription)

    stack = deploy(cloud, Topic=a("AWS::SNS::Topic", DisplayName="x"), Queue=queue, Subscription=subscription)

    subscribed = cloud.client("sns").list_subscriptions_by_topic(TopicArn=stack.resources["Topic"])["Subscriptions"]
    assert [stack.resources["Subscription"]] == [found["SubscriptionArn"] for found in subscribed]


def test_what_refers_to_a_replaced_resource_is_updated(cloud: EmbeddedCloud) -> None:
    """A queue with another name is another queue: its subscription follows."""
    subscription = a(
        "AWS::SNS::Subscription",
        TopicArn={"Ref": "Topic"},
        Protocol="sqs",
        Endpoint={"Fn::GetAtt": ["Queue", "Arn"]},
    )
    topic = a("AWS::SNS::Topic")
    deploy(cloud, Topic=topic, Queue=a("AWS::SQS::Queue", QueueName="one"), Subscription=subscription)

    stack = deploy(cloud, Topic=topic, Queue=a("AWS::SQS::Queue", QueueName="two"), Subscription=subscription)

    (found,) = cloud.client("sns").list_subscriptions_by_topic(TopicArn=stack.resources["Topic"])["Subscriptions"]
    assert found["Endpoint"].endswith(":two")


def test_a_resource_can_be_removed_and_come_back(cloud: EmbeddedCloud) -> None:
    """Under the same logical id."""
    other = a("AWS::SNS::Topic")
    deploy(cloud, Queue=a("AWS::SQS::Queue", QueueName="q"), Topic=other)
    without = deploy(cloud, Topic=other)

    back = deploy(cloud, Queue=a("AWS::SQS::Queue", QueueName="q"), Topic=other)

    assert {"Topic"} == set(without.resources)
    assert "q" == back.resources["Queue"].rsplit("/", 1)[1]


def test_deploying_the_same_again_changes_nothing(cloud: EmbeddedCloud) -> None:
    """No error, the same stack."""
    first = deploy(cloud, Queue=a("AWS::SQS::Queue"))

    assert first == deploy(cloud, Queue=a("AWS::SQS::Queue"))


def test_a_failed_creation_is_rolled_back_and_says_what_failed(cloud: EmbeddedCloud) -> None:
    """What was created before is deleted again, and the name is free."""
    with pytest.raises(CloudError, match=r"Subscription \(AWS::SNS::Subscription\)"):
        deploy(
            cloud,
            Queue=a("AWS::SQS::Queue"),
            Subscription=a(
                "AWS::SNS::Subscription", TopicArn="arn:aws:sns:eu-west-1:123456789012:none", Protocol="sqs"
            ),
        )

    assert [] == cloud.client("sqs").list_queues().get("QueueUrls", [])


def test_a_failed_update_can_be_mended(cloud: EmbeddedCloud) -> None:
    """The next deployment starts from what is really there."""
    deploy(cloud, Queue=a("AWS::SQS::Queue"))
    with pytest.raises(CloudError, match="Bad"):
        deploy(cloud, Queue=a("AWS::SQS::Queue"), Bad=a("AWS::SNS::Subscription", TopicArn="x:y:z:eu-west-1"))

    mended = deploy(cloud, Queue=a("AWS::SQS::Queue"), Topic=a("AWS::SNS::Topic"))

    assert {"Queue", "Topic"} == set(mended.resources)


def test_an_attribute_that_a_type_does_not_have_is_an_error(cloud: EmbeddedCloud) -> None:
    """Not an empty value in somebody's environment."""
    with pytest.raises(CloudError, match="Colour"):
        deploy(cloud, {"Out": {"Fn::GetAtt": ["Queue", "Colour"]}}, Queue=a("AWS::SQS::Queue"))


def test_outputs_and_conditions(cloud: EmbeddedCloud) -> None:
    """A resource whose condition is false does not exist."""
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue"},
            "Metadata": {"Type": "AWS::CDK::Metadata", "Condition": "Never", "Properties": {}},
        },
        "Outputs": {"Url": {"Value": {"Ref": "Queue"}}},
    }

    stack = cloud.deploy(template, stack_name="Conditional")

    assert {"Queue"} == set(stack.resources)
    assert stack.resources["Queue"] == stack.outputs["Url"] == stack.only("AWS::SQS::Queue")


def test_names_are_as_short_as_aws_wants_them(cloud: EmbeddedCloud) -> None:
    """A generated name keeps its random end, so that two never collide."""
    logical = "Queue" + "X" * 90
    stack = deploy(cloud, **{logical + "One": a("AWS::SQS::Queue"), logical + "Two": a("AWS::SQS::Queue")})

    names = {url.rsplit("/", 1)[1] for url in stack.resources.values()}
    assert [80, 80] == [len(name) for name in names]


def test_what_is_no_assembly_is_a_clear_error(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    """The message says what to do."""
    with pytest.raises(CloudError, match=r"no cloud assembly.*synthesise"):
        cloud.deploy(tmp_path)


def test_a_missing_asset_is_a_clear_error(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    """An assembly that was copied without its assets."""
    artifacts = {
        "S.assets": {"type": "cdk:asset-manifest", "properties": {"file": "S.assets.json"}},
        "S": {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": "S.template.json"},
            "dependencies": ["S.assets"],
        },
    }
    asset = {"source": {"path": "asset.x", "packaging": "zip"}, "destinations": {}, "displayName": "Code"}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    (tmp_path / "S.assets.json").write_text(json.dumps({"files": {"x": asset}}))
    (tmp_path / "S.template.json").write_text(json.dumps({"Resources": {}}))

    with pytest.raises(CloudError, match=r"asset Code is missing.*asset\.x"):
        cloud.deploy(tmp_path)
