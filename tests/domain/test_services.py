"""Which service's calls can change a resource type, and in which region CloudTrail keeps them."""

from __future__ import annotations

import pytest

from manual_change.domain.change import Resource
from manual_change.domain.services import (
    GLOBAL_SERVICES,
    OWNERS,
    lookup_region,
    may_change,
    owners_of,
    regions_of_calls,
)

EVENT_SOURCES = {
    "AWS::ACM::Certificate": "acm",
    "AWS::ACMPCA::CertificateAuthority": "acm-pca",
    "AWS::APS::RuleGroupsNamespace": "aps",
    "AWS::AccessAnalyzer::Analyzer": "access-analyzer",
    "AWS::AmazonMQ::Broker": "amazonmq mq",
    "AWS::ApiGateway::RestApi": "apigateway",
    "AWS::ApiGatewayV2::Api": "apigateway",
    "AWS::AppIntegrations::EventIntegration": "app-integrations",
    "AWS::ApplicationAutoScaling::ScalableTarget": "application-autoscaling",
    "AWS::BCMDataExports::Export": "bcm-data-exports",
    "AWS::BackupGateway::Hypervisor": "backup-gateway",
    "AWS::BedrockAgentCore::Runtime": "bedrock-agentcore",
    "AWS::CertificateManager::Certificate": "acm",
    "AWS::CleanRoomsML::TrainingDataset": "cleanrooms-ml",
    "AWS::CloudWatch::Alarm": "monitoring",
    "AWS::CodeGuruProfiler::ProfilingGroup": "codeguru-profiler",
    "AWS::CodeGuruReviewer::RepositoryAssociation": "codeguru-reviewer",
    "AWS::CodeStarConnections::Connection": "codestar-connections codeconnections",
    "AWS::CodeStarNotifications::NotificationRule": "codestar-notifications",
    "AWS::Cognito::UserPool": "cognito-idp",
    "AWS::Cognito::IdentityPool": "cognito-identity",
    "AWS::CustomerProfiles::Domain": "profile",
    "AWS::DirectoryService::MicrosoftAD": "ds",
    "AWS::DocDB::DBCluster": "rds",
    "AWS::ECR::Repository": "ecr",
    "AWS::ECR::PublicRepository": "ecr-public",
    "AWS::EFS::FileSystem": "elasticfilesystem",
    "AWS::EMR::SecurityConfiguration": "elasticmapreduce",
    "AWS::EMRContainers::VirtualCluster": "emr-containers",
    "AWS::EMRServerless::Application": "emr-serverless",
    "AWS::ElasticLoadBalancing::LoadBalancer": "elasticloadbalancing",
    "AWS::ElasticLoadBalancingV2::Listener": "elasticloadbalancing",
    "AWS::Elasticsearch::Domain": "es",
    "AWS::EventSchemas::Registry": "schemas",
    "AWS::GreengrassV2::ComponentVersion": "greengrass",
    "AWS::InspectorV2::Filter": "inspector2",
    "AWS::IoTCoreDeviceAdvisor::SuiteDefinition": "iotdeviceadvisor",
    "AWS::KinesisAnalytics::Application": "kinesisanalytics",
    "AWS::KinesisAnalyticsV2::Application": "kinesisanalytics",
    "AWS::KinesisFirehose::DeliveryStream": "firehose",
    "AWS::Lex::Bot": "lex lexv2",
    "AWS::Location::PlaceIndex": "geo",
    "AWS::MSK::Cluster": "kafka",
    "AWS::MWAA::Environment": "airflow",
    "AWS::Neptune::DBCluster": "rds",
    "AWS::NetworkFirewall::Firewall": "network-firewall",
    "AWS::OpenSearch::Domain": "es",
    "AWS::OpenSearchServerless::Collection": "aoss",
    "AWS::OpenSearchService::Domain": "es",
    "AWS::PCAConnectorAD::Connector": "pca-connector-ad",
    "AWS::Pinpoint::App": "mobiletargeting",
    "AWS::RedshiftServerless::Workgroup": "redshift-serverless",
    "AWS::ResourceExplorer2::Index": "resource-explorer-2",
    "AWS::ResourceGroups::Group": "resource-groups",
    "AWS::Route53RecoveryControl::Cluster": "route53-recovery-control-config",
    "AWS::Route53RecoveryReadiness::Cell": "route53-recovery-readiness",
    "AWS::S3::Bucket": "s3 s3express",
    "AWS::S3Express::DirectoryBucket": "s3express s3",
    "AWS::S3ObjectLambda::AccessPoint": "s3-object-lambda s3",
    "AWS::S3Outposts::Bucket": "s3-outposts",
    "AWS::SSMContacts::Contact": "ssm-contacts",
    "AWS::SSMIncidents::ReplicationSet": "ssm-incidents",
    "AWS::SSO::PermissionSet": "sso",
    "AWS::ShieldRegional::Protection": "shield",
    "AWS::StepFunctions::StateMachine": "states",
    "AWS::Timestream::Table": "timestream",
    "AWS::VpcLattice::Service": "vpc-lattice",
    "AWS::WAF::WebACL": "waf",
    "AWS::WAFRegional::WebACL": "waf-regional",
    # without a row: the word in lower case
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::EC2::Instance": "ec2",
    "AWS::IAM::Role": "iam",
    "AWS::KMS::Key": "kms",
    "AWS::Lambda::Function": "lambda",
    "AWS::RDS::DBInstance": "rds",
    "AWS::SNS::Topic": "sns",
    "AWS::SQS::Queue": "sqs",
    "AWS::SecretsManager::Secret": "secretsmanager",
    "AWS::WAFv2::WebACL": "wafv2",
}
"""Resource type -> the `eventSource` of its calls, as CloudTrail writes it before `.amazonaws.com`."""

HOMES = {
    "account": "us-east-1",
    "billing": "us-east-1",
    "budgets": "us-east-1",
    "ce": "us-east-1",
    "cloudfront": "us-east-1",
    "cur": "us-east-1",
    "globalaccelerator": "us-west-2",
    "iam": "us-east-1",
    "networkmanager": "us-west-2",
    "organizations": "us-east-1",
    "route53": "us-east-1",
    "route53domains": "us-east-1",
    "route53-recovery-control-config": "us-west-2",
    "route53-recovery-readiness": "us-west-2",
    "savingsplans": "us-east-1",
    "shield": "us-east-1",
    "sts": "us-east-1",
    "waf": "us-east-1",
}
"""Services without a region -> where CloudTrail keeps their calls in the partition `aws`."""


def a_resource(type_: str = "AWS::IAM::Role", region: str = "global", arn: str | None = None) -> Resource:
    """A resource of account 111122223333."""
    return Resource("111122223333", region, type_, "deploy", "deploy", arn)


@pytest.mark.parametrize(("resource_type", "services"), EVENT_SOURCES.items())
def test_a_type_is_changed_by_the_calls_of_its_service(resource_type: str, services: str) -> None:
    """Each service listed, and none that is not."""
    assert services.split() == [
        service for service in (*services.split(), "unheard-of") if may_change(service, resource_type)
    ]


def test_every_row_of_the_owners_is_known_to_this_test() -> None:
    """A row without an example would be a row that nobody misses."""
    assert set() == set(OWNERS) - {resource_type.split("::")[1] for resource_type in EVENT_SOURCES}


@pytest.mark.parametrize(
    ("resource_type", "other"),
    [
        ("AWS::EC2::Instance", "rds"),
        ("AWS::CloudWatch::Alarm", "cloudwatch"),
        ("AWS::OpenSearch::Domain", "opensearch"),
        ("AWS::EC2::Instance", "EC2"),
        ("AWS::ECS::Service", "ec2"),
        ("AWS::RDS::DBInstance", ""),
    ],
)
def test_a_call_of_another_service_changes_nothing_of_a_type(resource_type: str, other: str) -> None:
    """Sharing a window is not evidence."""
    assert not may_change(other, resource_type)


@pytest.mark.parametrize("service", ["tagging", "cloudcontrolapi"])
def test_tag_editor_and_cloud_control_act_on_any_type(service: str) -> None:
    """DESIGN, section 5.3."""
    assert [True, True] == [may_change(service, type_) for type_ in ("AWS::EC2::Instance", "AWS::IAM::Role")]


@pytest.mark.parametrize("resource_type", ["Example::Cloud::Thing", "unknown", ""])
def test_a_third_partys_type_may_belong_to_any_service(resource_type: str) -> None:
    """Nothing tells which; the resource must be touched all the same."""
    assert ((), True) == (owners_of(resource_type), may_change("lambda", resource_type))


@pytest.mark.parametrize("region", ["global", "eu-west-1"])
@pytest.mark.parametrize(("service", "home"), HOMES.items())
def test_a_global_services_calls_are_looked_for_in_its_home(service: str, home: str, region: str) -> None:
    """Config writes `global` or the recorder's own region; the call's record is in the home region."""
    regions = regions_of_calls(a_resource(region=region, arn="arn:aws:iam::111122223333:role/deploy"), service)

    assert ({home} if region == "global" else {home, region}) == regions


def test_every_global_service_is_known_to_this_test() -> None:
    """With its home."""
    assert set(HOMES) == set(GLOBAL_SERVICES)


@pytest.mark.parametrize(
    ("region", "arn", "home"),
    [
        ("global", "arn:aws-cn:iam::111122223333:role/deploy", "cn-north-1"),
        ("global", "arn:aws-us-gov:iam::111122223333:role/deploy", "us-gov-west-1"),
        ("global", "arn:aws:iam::111122223333:role/deploy", "us-east-1"),
        ("cn-northwest-1", None, "cn-north-1"),
        ("us-gov-east-1", None, "us-gov-west-1"),
        ("eu-west-1", None, "us-east-1"),
    ],
)
def test_each_partition_has_a_home_of_its_own(region: str, arn: str | None, home: str) -> None:
    """Named by the region, or by the ARN where the region is `global`."""
    resource = a_resource(region=region, arn=arn)

    assert (True, home) == (home in regions_of_calls(resource, "iam"), lookup_region(resource))


def test_a_global_resource_without_an_arn_may_be_of_any_partition() -> None:
    """A deleted role has lost its ARN; nothing is rejected for what is not known."""
    homes = {"us-east-1", "cn-north-1", "us-gov-west-1"}

    assert homes <= regions_of_calls(a_resource(), "iam")


@pytest.mark.parametrize("service", ["ec2", "tagging", "cloudcontrolapi"])
def test_a_regional_services_calls_are_in_the_changes_region(service: str) -> None:
    """And nowhere else."""
    assert {"eu-west-1"} == regions_of_calls(a_resource("AWS::EC2::Instance", "eu-west-1"), service)


@pytest.mark.parametrize(
    ("resource_type", "home"), [("AWS::IAM::Role", "us-east-1"), ("AWS::GlobalAccelerator::Accelerator", "us-west-2")]
)
def test_tags_of_a_global_resource_are_written_in_its_home(resource_type: str, home: str) -> None:
    """Tag Editor works on IAM's roles in us-east-1 only, whatever region the recorder is in."""
    assert {home, "eu-west-1"} == regions_of_calls(a_resource(resource_type, "eu-west-1"), "tagging")


def test_an_unknown_region_rejects_nothing() -> None:
    """No regions named means any."""
    assert frozenset() == regions_of_calls(a_resource("AWS::EC2::Instance", "unknown"), "ec2")


@pytest.mark.parametrize(
    ("resource_type", "region", "asked"),
    [
        ("AWS::EC2::Instance", "eu-west-1", "eu-west-1"),
        ("AWS::IAM::Role", "eu-west-1", "us-east-1"),
        ("AWS::CloudFront::Distribution", "us-east-1", "us-east-1"),
        ("AWS::Route53::HostedZone", "eu-west-1", "us-east-1"),
        ("AWS::GlobalAccelerator::Accelerator", "eu-west-1", "us-west-2"),
        ("AWS::SSO::PermissionSet", "eu-west-1", "eu-west-1"),
        ("Example::Cloud::Thing", "eu-west-1", "eu-west-1"),
        ("Example::Cloud::Thing", "global", "us-east-1"),
    ],
)
def test_cloudtrail_is_asked_where_the_calls_are(resource_type: str, region: str, asked: str) -> None:
    """One region a change."""
    assert asked == lookup_region(a_resource(resource_type, region))
