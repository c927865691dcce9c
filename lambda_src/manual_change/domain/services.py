"""Which service's calls can change a resource type, and in which region CloudTrail and AWS Config keep them. TABLES.

Source: the `eventSource` names of the service authorization reference, the CloudTrail user guide on global services
("since November 2021 their records are in the home region of the partition only"), and the AWS Config API reference on
recording groups (IAM's types are recorded in every region whose recorder wants them, the other global ones in the
service's home region).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from manual_change.domain.change import Resource
from manual_change.domain.partition import AWS, OTHERS, partition_of

OWNERS: Final[Mapping[str, tuple[str, ...]]] = {
    "ACM": ("acm",),
    "ACMPCA": ("acm-pca",),
    "APS": ("aps",),
    "AccessAnalyzer": ("access-analyzer",),
    "AmazonMQ": ("amazonmq", "mq"),
    "ApiGateway": ("apigateway",),
    "ApiGatewayV2": ("apigateway",),
    "AppIntegrations": ("app-integrations",),
    "BCMDataExports": ("bcm-data-exports",),
    "BackupGateway": ("backup-gateway",),
    "BedrockAgentCore": ("bedrock-agentcore",),
    "ApplicationAutoScaling": ("application-autoscaling",),
    "CleanRoomsML": ("cleanrooms-ml",),
    "CertificateManager": ("acm",),
    "CloudWatch": ("monitoring",),
    "CodeGuruProfiler": ("codeguru-profiler",),
    "CodeGuruReviewer": ("codeguru-reviewer",),
    "CodeStarConnections": ("codestar-connections", "codeconnections"),
    "CodeStarNotifications": ("codestar-notifications",),
    "Cognito": ("cognito-idp", "cognito-identity"),
    "CustomerProfiles": ("profile",),
    "DirectoryService": ("ds",),
    "DocDB": ("rds",),
    "ECR": ("ecr", "ecr-public"),
    "EFS": ("elasticfilesystem",),
    "EMR": ("elasticmapreduce",),
    "EMRContainers": ("emr-containers",),
    "EMRServerless": ("emr-serverless",),
    "ElasticLoadBalancing": ("elasticloadbalancing",),
    "ElasticLoadBalancingV2": ("elasticloadbalancing",),
    "Elasticsearch": ("es",),
    "EventSchemas": ("schemas",),
    "GreengrassV2": ("greengrass",),
    "InspectorV2": ("inspector2",),
    "IoTCoreDeviceAdvisor": ("iotdeviceadvisor",),
    "KinesisAnalytics": ("kinesisanalytics",),
    "KinesisAnalyticsV2": ("kinesisanalytics",),
    "KinesisFirehose": ("firehose",),
    "Lex": ("lex", "lexv2"),
    "Location": ("geo",),
    "MSK": ("kafka",),
    "MWAA": ("airflow",),
    "Neptune": ("rds",),
    "NetworkFirewall": ("network-firewall",),
    "OpenSearch": ("es",),
    "OpenSearchServerless": ("aoss",),
    "OpenSearchService": ("es",),
    "PCAConnectorAD": ("pca-connector-ad",),
    "Pinpoint": ("mobiletargeting",),
    "RedshiftServerless": ("redshift-serverless",),
    "ResourceExplorer2": ("resource-explorer-2",),
    "ResourceGroups": ("resource-groups",),
    "Route53RecoveryControl": ("route53-recovery-control-config",),
    "Route53RecoveryReadiness": ("route53-recovery-readiness",),
    "S3": ("s3", "s3express"),
    "S3Express": ("s3express", "s3"),
    "S3ObjectLambda": ("s3-object-lambda", "s3"),
    "S3Outposts": ("s3-outposts",),
    "SSMContacts": ("ssm-contacts",),
    "SSMIncidents": ("ssm-incidents",),
    "SSO": ("sso",),
    "ShieldRegional": ("shield",),
    "StepFunctions": ("states",),
    "Timestream": ("timestream",),
    "VpcLattice": ("vpc-lattice",),
    "WAF": ("waf",),
    "WAFRegional": ("waf-regional",),
}
"""Second word of a resource type -> the services that own it. A word that is missing is the service's own name in lower
case (`AWS::DynamoDB::Table` -> `dynamodb`)."""

SERVICES_FOR_ANY_TYPE: Final = frozenset({"tagging", "cloudcontrolapi"})
"""Tag Editor and Cloud Control act on resources of every type."""

GLOBAL_SERVICES: Final[Mapping[str, str | None]] = {
    "account": None,
    "billing": None,
    "budgets": None,
    "ce": None,
    "cloudfront": None,
    "cur": None,
    "globalaccelerator": "us-west-2",
    "iam": None,
    "networkmanager": "us-west-2",
    "organizations": None,
    "route53": None,
    "route53domains": None,
    "route53-recovery-control-config": "us-west-2",
    "route53-recovery-readiness": "us-west-2",
    "savingsplans": None,
    "shield": None,
    "sts": None,
    "waf": None,
}
"""Services without a region -> where their records are; None: the home region of the partition."""


@lru_cache(maxsize=1024)
def owners_of(resource_type: str) -> tuple[str, ...]:
    """The services whose calls change resources of this type, as in `eventSource` without `.amazonaws.com`."""
    words = resource_type.split("::")
    if len(words) < 2 or words[0] != "AWS":
        return ()
    return OWNERS.get(words[1], (words[1].lower(),))


@lru_cache(maxsize=4096)
def may_change(service: str, resource_type: str) -> bool:
    """Whether calls of `service` can change resources of the type. Types of third parties: whatever service."""
    owners = owners_of(resource_type)
    return not owners or service in owners or service in SERVICES_FOR_ANY_TYPE


@lru_cache(maxsize=4096)
def regions_of_calls(resource: Resource, service: str) -> frozenset[str]:
    """The regions in which CloudTrail may keep a call of `service` on the resource; empty: any.

    An unknown region is never a reason to reject a call.
    """
    if resource.region == "unknown":
        return frozenset()
    # Tag Editor and Cloud Control go where the owner of the type is
    candidates = owners_of(resource.type) if service in SERVICES_FOR_ANY_TYPE else (service,)
    without_region = next((each for each in candidates if each in GLOBAL_SERVICES), None)
    if without_region is None and resource.region != "global":
        return frozenset({resource.region})
    own = GLOBAL_SERVICES[without_region] if without_region else None
    known = resource.region != "global" or resource.arn is not None
    homes = (
        {partition_of(resource.region, resource.arn).home_region}
        if known
        else {partition.home_region for partition in (AWS, *OTHERS)}
    )
    regions = {own} if own else homes
    return frozenset(regions if resource.region == "global" else {*regions, resource.region})


def lookup_region(resource: Resource) -> str:
    """The region to ask CloudTrail in for the calls that changed this resource."""
    owners = owners_of(resource.type)
    service = owners[0] if owners else ""
    if service in GLOBAL_SERVICES or resource.region == "global":
        return GLOBAL_SERVICES.get(service) or partition_of(resource.region, resource.arn).home_region
    return resource.region


def regions_of_history(resource: Resource, *, came_from: str | None, here: str) -> tuple[str, ...]:
    """The regions to ask AWS Config in for the items of this resource, the likeliest first.

    Args:
        resource: whose region, for IAM, is `global`, wherever it was recorded.
        came_from: the region that the notification came from, where its envelope says it: it was recorded there.
        here: the detector's own region. A topic's message that says `global` was recorded there, as a rule: a detector
            reads its own recorder's topic, and Control Tower records IAM in its home region.
    """
    if resource.region not in ("global", "unknown"):
        likely = (came_from, resource.region)
    else:
        likely = (came_from or here, partition_of(came_from or here, resource.arn).home_region)
    return tuple(dict.fromkeys(region for region in likely if region))
