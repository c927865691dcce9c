"""Deploying, updating and destroying templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import CloudError, EmbeddedCloud
from manual_change_local.cloud.resource_types.catalogue import RESOURCE_TYPES

pytestmark = pytest.mark.xdist_group("cloud")

ROLE_ARN = "arn:aws:iam::123456789012:role/config"
TABLE: dict[str, Any] = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


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


def test_every_type_of_ours_is_deployed_and_leaves_nothing(bench: Any) -> None:
    """Policies of things that are gone already are no error."""
    cloud: EmbeddedCloud = bench.cloud
    policy = {"Version": "2012-10-17", "Statement": []}
    resources = {
        "Role": bench.role,
        "Metadata": a("AWS::CDK::Metadata"),
        "Topic": a("AWS::SNS::Topic"),
        "TopicPolicy": a("AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=policy),
        "Queue": a("AWS::SQS::Queue"),
        "QueuePolicy": a("AWS::SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=policy),
        "Subscription": a(
            "AWS::SNS::Subscription",
            TopicArn={"Ref": "Topic"},
            Protocol="sqs",
            Endpoint={"Fn::GetAtt": ["Queue", "Arn"]},
        ),
        "Bucket": a("AWS::S3::Bucket"),
        "BucketPolicy": a("AWS::S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=policy),
        "Recorder": a("AWS::Config::ConfigurationRecorder", RoleARN=ROLE_ARN),
        "Channel": a("AWS::Config::DeliveryChannel", S3BucketName={"Ref": "Bucket"}),
        "Alarm": a(
            "AWS::CloudWatch::Alarm",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="M",
            Namespace="N",
            Period=60,
            Statistic="Sum",
            Threshold=0,
        ),
        "Log": a("AWS::Logs::LogGroup", RetentionInDays=30),
        "MetricFilter": a(
            "AWS::Logs::MetricFilter",
            LogGroupName={"Ref": "Log"},
            FilterPattern="ERROR",
            MetricTransformations=[{"MetricName": "M", "MetricNamespace": "N", "MetricValue": "1"}],
        ),
        "Parameter": a("AWS::SSM::Parameter", Type="String", Value="x"),
        "Secret": a("AWS::SecretsManager::Secret"),
        "SecretPolicy": a("AWS::SecretsManager::ResourcePolicy", SecretId={"Ref": "Secret"}, ResourcePolicy=policy),
        "Table": a("AWS::DynamoDB::Table", **TABLE),
        "Function": bench.function("def handler(event, context): ...\n"),
        "Invoke": a(
            "AWS::Lambda::EventInvokeConfig",
            FunctionName={"Ref": "Function"},
            Qualifier="$LATEST",
            MaximumRetryAttempts=0,
        ),
        "Bus": a("AWS::Events::EventBus", Name="bus"),
        "Accounts": a(
            "AWS::CloudFormation::StackSet",
            StackSetName="accounts",
            PermissionModel="SELF_MANAGED",
            TemplateBody=json.dumps({"Resources": {"Member": a("AWS::SQS::Queue")}}),
            StackInstancesGroup=[{"DeploymentTargets": {"Accounts": ["111111111111"]}, "Regions": ["eu-west-2"]}],
        ),
        "BusPolicy": a(
            "AWS::Events::EventBusPolicy",
            StatementId="s",
            Statement={"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"},
        ),
    }
    stack = deploy(cloud, **resources)
    deployed = set(stack.types.values())

    cloud.destroy(stack)

    assert set() == set(RESOURCE_TYPES) - deployed
    assert ([], [], [], [], [], [], [], [], [], ["default"]) == (
        cloud.client("sns").list_topics()["Topics"],
        cloud.client("sqs").list_queues().get("QueueUrls", []),
        cloud.client("cloudwatch").describe_alarms()["MetricAlarms"],
        cloud.client("logs").describe_log_groups()["logGroups"],
        cloud.client("config").describe_configuration_recorders()["ConfigurationRecorders"],
        cloud.client("secretsmanager").list_secrets()["SecretList"],
        cloud.client("dynamodb").list_tables()["TableNames"],
        cloud.client("lambda").list_functions()["Functions"],
        cloud.client("sqs", account="111111111111", region="eu-west-2").list_queues().get("QueueUrls", []),
        [bus["Name"] for bus in cloud.client("events").list_event_buses()["EventBuses"]],
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
    first = deploy(cloud, Table=a("AWS::DynamoDB::Table", **TABLE))
    tables = cloud.client("dynamodb")
    tables.put_item(TableName=first.resources["Table"], Item={"pk": {"S": "kept"}})

    deploy(
        cloud,
        Table=a(
            "AWS::DynamoDB::Table",
            **TABLE,
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


def test_a_bucket_that_cloudformation_named_can_be_updated(cloud: EmbeddedCloud) -> None:
    """It stays the same bucket."""
    before = deploy(cloud, Bucket=a("AWS::S3::Bucket"))

    after = deploy(cloud, Bucket=a("AWS::S3::Bucket", Tags=[{"Key": "team", "Value": "x"}]))

    tags = cloud.client("s3").get_bucket_tagging(Bucket=after.resources["Bucket"])["TagSet"]
    assert before.resources == after.resources
    assert [{"Key": "team", "Value": "x"}] == tags


def test_an_update_of_a_function_reaches_all_of_it(bench: Any) -> None:
    """What is removed takes its default again."""
    code = "def handler(event, context): ...\n"
    deploy(bench.cloud, Role=bench.role, Function=bench.function(code, Timeout=30, ReservedConcurrentExecutions=1))

    variables = {"Variables": {"A": "1"}}
    stack = deploy(bench.cloud, Role=bench.role, Function=bench.function(code, Timeout=5, Environment=variables))

    functions = bench.cloud.client("lambda")
    name = stack.resources["Function"]
    found = functions.get_function_configuration(FunctionName=name)
    assert (5, {"A": "1"}) == (found["Timeout"], found["Environment"]["Variables"])
    assert "ReservedConcurrentExecutions" not in functions.get_function_concurrency(FunctionName=name)


def test_a_type_that_moto_cannot_update_says_so(cloud: EmbeddedCloud) -> None:
    """Better than a change that does not arrive."""
    key = {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}}
    deploy(cloud, Key=a("AWS::KMS::Key", **key))

    with pytest.raises(CloudError, match=r"Key \(AWS::KMS::Key\): moto cannot update this type: destroy"):
        deploy(cloud, Key=a("AWS::KMS::Key", **key, Description="x"))


def test_a_subscription_can_be_in_another_region(cloud: EmbeddedCloud) -> None:
    """`Region` says where the topic is."""
    topic = cloud.client("sns", region="us-east-1").create_topic(Name="there")["TopicArn"]
    stack = deploy(
        cloud,
        Queue=a("AWS::SQS::Queue"),
        Subscription=a(
            "AWS::SNS::Subscription",
            TopicArn=topic,
            Region="us-east-1",
            Protocol="sqs",
            Endpoint={"Fn::GetAtt": ["Queue", "Arn"]},
            RawMessageDelivery=True,
        ),
    )

    cloud.client("sns", region="us-east-1").publish(TopicArn=topic, Message="over there")

    (received,) = cloud.client("sqs").receive_message(QueueUrl=stack.resources["Queue"])["Messages"]
    assert "over there" == received["Body"]


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


def test_a_function_without_code_cannot_be_deployed(bench: Any) -> None:
    """The error names the function."""
    function = bench.function("")
    function["Properties"]["Code"] = {"S3Bucket": "code", "S3Key": "not-there.zip"}

    with pytest.raises(CloudError, match=r"Function \(AWS::Lambda::Function\).*key"):
        deploy(bench.cloud, Role=bench.role, Function=function)


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
