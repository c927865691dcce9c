"""What a call acts on and what it can do to it: every row of the tables, and the words of a call's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Standing, Window, standing
from manual_change.domain.change import Change
from manual_change.domain.identifiers import NOUNS, identifiers_of
from manual_change.domain.services import lookup_region
from manual_change.domain.subjects import (
    ALTERING_VERBS,
    CREATING_VERBS,
    DELETING_VERBS,
    SUBJECTS,
    acts_on_part,
    agrees,
    creates,
    creates_beside,
    noun_is,
    verb_and_noun,
)

IDS = {
    "AWS::ApiGateway::RestApi": "a1b2c3d4e5",
    "AWS::AutoScaling::AutoScalingGroup": "web",
    "AWS::CloudFormation::Stack": "web",
    "AWS::CloudTrail::Trail": "audit",
    "AWS::CloudWatch::Alarm": "cpu",
    "AWS::DynamoDB::Table": "orders",
    "AWS::EC2::EIP": "eipalloc-1",
    "AWS::EC2::Instance": "i-1",
    "AWS::EC2::InternetGateway": "igw-1",
    "AWS::EC2::LaunchTemplate": "lt-1",
    "AWS::EC2::NetworkAcl": "acl-1",
    "AWS::EC2::NetworkInterface": "eni-1",
    "AWS::EC2::RouteTable": "rtb-1",
    "AWS::EC2::Subnet": "subnet-1",
    "AWS::EC2::VPC": "vpc-1",
    "AWS::EC2::VPNConnection": "vpn-1",
    "AWS::EC2::VPNGateway": "vgw-1",
    "AWS::EC2::Volume": "vol-1",
    "AWS::ECR::Repository": "team/web",
    "AWS::ElasticLoadBalancing::LoadBalancer": "web",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/w/1",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/w/1",
    "AWS::Events::Rule": "nightly",
    "AWS::IAM::Group": "admins",
    "AWS::IAM::InstanceProfile": "web",
    "AWS::IAM::Policy": "arn:aws:iam::111122223333:policy/deploy",
    "AWS::IAM::Role": "deploy",
    "AWS::IAM::User": "bob",
    "AWS::KMS::Alias": "alias/orders",
    "AWS::KMS::Key": "1a2b3c4d-0000-4000-8000-000000000001",
    "AWS::Lambda::Function": "web",
    "AWS::RDS::DBCluster": "prod",
    "AWS::RDS::DBInstance": "prod",
    "AWS::Route53::HostedZone": "Z0123456789EXAMPLE",
    "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:111122223333:alerts",
    "AWS::SQS::Queue": "https://sqs.eu-west-1.amazonaws.com/111122223333/jobs",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
}
"""A resource of each type."""

ALTERED = """
apigateway:CreateDeployment restApiId ApiGateway::RestApi
apigateway:CreateDeployment apiId ApiGateway::RestApi
apigateway:PutRestApi restApiId ApiGateway::RestApi
autoscaling:AttachInstances autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:AttachLoadBalancers autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:AttachLoadBalancerTargetGroups autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:AttachTrafficSources autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:CreateOrUpdateTags tags.resourceId AutoScaling::AutoScalingGroup
autoscaling:DeleteLifecycleHook autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DeletePolicy autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DeleteTags tags.resourceId AutoScaling::AutoScalingGroup
autoscaling:DeleteWarmPool autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DetachInstances autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DetachLoadBalancers autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DetachLoadBalancerTargetGroups autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DetachTrafficSources autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:DisableMetricsCollection autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:EnableMetricsCollection autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:EnterStandby autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:ExitStandby autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:PutLifecycleHook autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:PutNotificationConfiguration autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:PutScalingPolicy autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:PutScheduledUpdateGroupAction autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:PutWarmPool autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:ResumeProcesses autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:SetDesiredCapacity autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:SetInstanceProtection autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:StartInstanceRefresh autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:SuspendProcesses autoScalingGroupName AutoScaling::AutoScalingGroup
autoscaling:TerminateInstanceInAutoScalingGroup activity.autoScalingGroupName AutoScaling::AutoScalingGroup
cloudcontrolapi:DeleteResource identifier Lambda::Function
cloudcontrolapi:DeleteResource progressEvent.identifier Lambda::Function
cloudcontrolapi:UpdateResource identifier Lambda::Function
cloudcontrolapi:UpdateResource progressEvent.identifier Lambda::Function
cloudformation:ExecuteChangeSet stackName CloudFormation::Stack
cloudtrail:StartLogging name CloudTrail::Trail
cloudtrail:StopLogging name CloudTrail::Trail
cloudtrail:PutEventSelectors trailName CloudTrail::Trail
cloudtrail:PutEventSelectors trailARN CloudTrail::Trail
cloudtrail:PutInsightSelectors trailName CloudTrail::Trail
cloudtrail:PutInsightSelectors trailARN CloudTrail::Trail
dynamodb:UpdateContinuousBackups tableName DynamoDB::Table
dynamodb:UpdateTimeToLive tableName DynamoDB::Table
ec2:AssociateDhcpOptions vpcId EC2::VPC
ec2:AssociateIamInstanceProfile instanceId EC2::Instance
ec2:AssociateIamInstanceProfile AssociateIamInstanceProfileRequest.InstanceId EC2::Instance
ec2:AssociateRouteTable routeTableId EC2::RouteTable
ec2:AssociateRouteTable subnetId EC2::Subnet
ec2:AssociateSubnetCidrBlock subnetId EC2::Subnet
ec2:AssociateVpcCidrBlock vpcId EC2::VPC
ec2:AssociateVpcCidrBlock AssociateVpcCidrBlockRequest.VpcId EC2::VPC
ec2:AssignPrivateIpAddresses networkInterfaceId EC2::NetworkInterface
ec2:AttachInternetGateway internetGatewayId EC2::InternetGateway
ec2:AttachInternetGateway vpcId EC2::VPC
ec2:AttachNetworkInterface networkInterfaceId EC2::NetworkInterface
ec2:AttachNetworkInterface instanceId EC2::Instance
ec2:AttachVolume volumeId EC2::Volume
ec2:AttachVolume instanceId EC2::Instance
ec2:AttachVpnGateway vpnGatewayId EC2::VPNGateway
ec2:AttachVpnGateway vpcId EC2::VPC
ec2:CreateLaunchTemplateVersion launchTemplateId EC2::LaunchTemplate
ec2:CreateLaunchTemplateVersion launchTemplateName EC2::LaunchTemplate
ec2:CreateLaunchTemplateVersion CreateLaunchTemplateVersionRequest.LaunchTemplateId EC2::LaunchTemplate
ec2:CreateLaunchTemplateVersion CreateLaunchTemplateVersionRequest.LaunchTemplateName EC2::LaunchTemplate
ec2:CreateNetworkAclEntry networkAclId EC2::NetworkAcl
ec2:CreateRoute routeTableId EC2::RouteTable
ec2:CreateRoute CreateRouteRequest.RouteTableId EC2::RouteTable
ec2:CreateTags resourcesSet.items.resourceId EC2::Instance
ec2:CreateVpnConnectionRoute vpnConnectionId EC2::VPNConnection
ec2:DeleteNetworkAclEntry networkAclId EC2::NetworkAcl
ec2:DeleteRoute routeTableId EC2::RouteTable
ec2:DeleteRoute DeleteRouteRequest.RouteTableId EC2::RouteTable
ec2:DeleteTags resourcesSet.items.resourceId EC2::Volume
ec2:DetachInternetGateway internetGatewayId EC2::InternetGateway
ec2:DetachInternetGateway vpcId EC2::VPC
ec2:DetachNetworkInterface attachmentId EC2::NetworkInterface
ec2:DetachVolume volumeId EC2::Volume
ec2:DetachVolume instanceId EC2::Instance
ec2:DetachVpnGateway vpnGatewayId EC2::VPNGateway
ec2:DetachVpnGateway vpcId EC2::VPC
ec2:DisableVgwRoutePropagation routeTableId EC2::RouteTable
ec2:DisassociateIamInstanceProfile associationId EC2::Instance
ec2:DisassociateIamInstanceProfile instanceId EC2::Instance
ec2:EnableVgwRoutePropagation routeTableId EC2::RouteTable
ec2:ModifySubnetAttribute subnetId EC2::Subnet
ec2:MonitorInstances instancesSet.items.instanceId EC2::Instance
ec2:ReplaceIamInstanceProfileAssociation associationId EC2::Instance
ec2:ReplaceIamInstanceProfileAssociation instanceId EC2::Instance
ec2:ReplaceNetworkAclAssociation networkAclId EC2::NetworkAcl
ec2:ReplaceNetworkAclAssociation associationId EC2::NetworkAcl
ec2:ReplaceNetworkAclEntry networkAclId EC2::NetworkAcl
ec2:ReplaceRoute routeTableId EC2::RouteTable
ec2:ReplaceRouteTableAssociation routeTableId EC2::RouteTable
ec2:ReplaceRouteTableAssociation associationId EC2::RouteTable
ec2:UnassignPrivateIpAddresses networkInterfaceId EC2::NetworkInterface
ec2:UnmonitorInstances instancesSet.items.instanceId EC2::Instance
ecr:DeleteLifecyclePolicy repositoryName ECR::Repository
ecr:PutImageScanningConfiguration repositoryName ECR::Repository
ecr:PutImageTagMutability repositoryName ECR::Repository
ecr:PutLifecyclePolicy repositoryName ECR::Repository
elasticloadbalancing:AddTags resourceArns ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing:AddTags loadBalancerNames ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:AttachLoadBalancerToSubnets loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:ApplySecurityGroupsToLoadBalancer loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:ConfigureHealthCheck loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:CreateLoadBalancerListeners loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:CreateLoadBalancerPolicy loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:DeregisterInstancesFromLoadBalancer loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:DeregisterTargets targetGroupArn ElasticLoadBalancingV2::TargetGroup
elasticloadbalancing:DetachLoadBalancerFromSubnets loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:EnableAvailabilityZonesForLoadBalancer loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:RegisterInstancesWithLoadBalancer loadBalancerName ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:RegisterTargets targetGroupArn ElasticLoadBalancingV2::TargetGroup
elasticloadbalancing:RemoveTags resourceArns ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing:RemoveTags loadBalancerNames ElasticLoadBalancing::LoadBalancer
elasticloadbalancing:SetIpAddressType loadBalancerArn ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing:SetSecurityGroups loadBalancerArn ElasticLoadBalancingV2::LoadBalancer
elasticloadbalancing:SetSubnets loadBalancerArn ElasticLoadBalancingV2::LoadBalancer
events:PutTargets rule Events::Rule
events:RemoveTargets rule Events::Rule
iam:AddRoleToInstanceProfile roleName IAM::Role
iam:AddRoleToInstanceProfile instanceProfileName IAM::InstanceProfile
iam:AddUserToGroup userName IAM::User
iam:AddUserToGroup groupName IAM::Group
iam:CreateAccessKey userName IAM::User
iam:CreateLoginProfile userName IAM::User
iam:CreatePolicyVersion policyArn IAM::Policy
iam:DeactivateMFADevice userName IAM::User
iam:DeleteAccessKey userName IAM::User
iam:DeleteLoginProfile userName IAM::User
iam:EnableMFADevice userName IAM::User
iam:RemoveRoleFromInstanceProfile roleName IAM::Role
iam:RemoveRoleFromInstanceProfile instanceProfileName IAM::InstanceProfile
iam:RemoveUserFromGroup userName IAM::User
iam:RemoveUserFromGroup groupName IAM::Group
iam:SetDefaultPolicyVersion policyArn IAM::Policy
iam:UpdateAccessKey userName IAM::User
iam:UpdateAssumeRolePolicy roleName IAM::Role
iam:UpdateLoginProfile userName IAM::User
kms:CreateGrant keyId KMS::Key
kms:RetireGrant keyId KMS::Key
kms:RevokeGrant keyId KMS::Key
kms:UpdateAlias targetKeyId KMS::Key
kms:UpdateAlias aliasName KMS::Alias
lambda:AddPermission functionName Lambda::Function
lambda:CreateAlias functionName Lambda::Function
lambda:CreateFunctionUrlConfig functionName Lambda::Function
lambda:DeleteAlias functionName Lambda::Function
lambda:PublishVersion functionName Lambda::Function
lambda:PutProvisionedConcurrencyConfig functionName Lambda::Function
lambda:RemovePermission functionName Lambda::Function
lambda:UpdateAlias functionName Lambda::Function
monitoring:DisableAlarmActions alarmNames CloudWatch::Alarm
monitoring:EnableAlarmActions alarmNames CloudWatch::Alarm
rds:AddRoleToDBCluster dBClusterIdentifier RDS::DBCluster
rds:AddRoleToDBInstance dBInstanceIdentifier RDS::DBInstance
rds:ApplyPendingMaintenanceAction resourceIdentifier RDS::DBInstance
rds:PromoteReadReplica dBInstanceIdentifier RDS::DBInstance
rds:PromoteReadReplicaDBCluster dBClusterIdentifier RDS::DBCluster
rds:RemoveRoleFromDBCluster dBClusterIdentifier RDS::DBCluster
rds:RemoveRoleFromDBInstance dBInstanceIdentifier RDS::DBInstance
route53:AssociateVPCWithHostedZone hostedZoneId Route53::HostedZone
route53:ChangeResourceRecordSets hostedZoneId Route53::HostedZone
route53:ChangeTagsForResource resourceId Route53::HostedZone
route53:DisassociateVPCFromHostedZone hostedZoneId Route53::HostedZone
secretsmanager:CancelRotateSecret secretId SecretsManager::Secret
secretsmanager:DeleteResourcePolicy secretId SecretsManager::Secret
secretsmanager:PutResourcePolicy secretId SecretsManager::Secret
secretsmanager:UpdateSecretVersionStage secretId SecretsManager::Secret
sns:AddPermission topicArn SNS::Topic
sns:RemovePermission topicArn SNS::Topic
sns:Subscribe topicArn SNS::Topic
sns:Unsubscribe subscriptionArn SNS::Topic
sqs:AddPermission queueUrl SQS::Queue
sqs:RemovePermission queueUrl SQS::Queue
tagging:TagResources resourceARNList ElasticLoadBalancingV2::LoadBalancer
tagging:UntagResources resourceARNList SNS::Topic
""".split()
ROWS = list(zip(ALTERED[::3], ALTERED[1::3], (f"AWS::{each}" for each in ALTERED[2::3]), strict=True))
"""(call, where the resource stands in it, the type of the resource that it alters)."""

INSIDE = {
    "attachmentId": "eni-attach-1",
    ("ec2:DisassociateIamInstanceProfile", "associationId"): "00000000-0000-4000-8000-00000000000a",
    ("ec2:ReplaceIamInstanceProfileAssociation", "associationId"): "00000000-0000-4000-8000-00000000000a",
    ("ec2:ReplaceNetworkAclAssociation", "associationId"): "aclassoc-1",
    ("ec2:ReplaceRouteTableAssociation", "associationId"): "rtbassoc-1",
}
"""Ids that the diff shows: a part of the resource, which the call names instead of the resource."""


@pytest.fixture
def altering(a_change: Callable[..., Change], a_call: Callable[..., ApiCall]) -> Callable[..., tuple[Change, ApiCall]]:
    """A change of a resource of the type, and a call with the resource at the path."""

    def build(call: str, path: str, resource_type: str) -> tuple[Change, ApiCall]:
        service, name = call.split(":")
        resource_id = IDS[resource_type]
        inside = INSIDE.get((call, path)) or INSIDE.get(path)
        change = a_change(
            resource_id,
            type=resource_type,
            change_type="DELETE" if name == "DeleteResource" else "UPDATE",
            properties={"Configuration.Associations.0": ({"id": inside}, None)},
        )
        value: Any = inside or (f"{resource_id}:1a2b" if path == "subscriptionArn" else resource_id)
        for key in reversed(path.split(".")):
            value = [value] if key in ("items", "tags") else value
            value = {key: value}
        section = "response" if path.startswith(("activity.", "progressEvent.")) else "request"
        return change, a_call(
            name, service=service, region=lookup_region(change.resource), **({"request": {}} | {section: value})
        )

    return build


@pytest.mark.parametrize(("call", "path", "resource_type"), ROWS)
def test_a_call_of_the_table_has_the_resource_as_its_subject(
    altering: Callable[..., tuple[Change, ApiCall]], call: str, path: str, resource_type: str
) -> None:
    """Wherever the call names it, and though its name may speak of something else."""
    change, made = altering(call, path, resource_type)

    assert Standing.SUBJECT == standing(change, identifiers_of(change), made, Window())


def test_every_row_of_the_subjects_is_known_to_this_test() -> None:
    """Row by row, path by path."""
    assert {(call, path) for call, paths in SUBJECTS.items() for path in paths} == {row[:2] for row in ROWS}


NAMED = [
    ("AWS::AutoScaling::ScalingPolicy", "PutScalingPolicy DeletePolicy"),
    ("AWS::CloudWatch::Alarm", "PutMetricAlarm PutCompositeAlarm DeleteAlarms SetAlarmState"),
    ("AWS::EC2::EC2Fleet", "CreateFleet DeleteFleets ModifyFleet"),
    ("AWS::EC2::EIP", "AllocateAddress ReleaseAddress AssociateAddress"),
    ("AWS::EC2::KeyPair", "CreateKeyPair ImportKeyPair DeleteKeyPair"),
    ("AWS::EC2::RouteTable", "CreateRouteTable CreateRoute DeleteRoute DisassociateRouteTable"),
    ("AWS::EC2::SecurityGroup", "AuthorizeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsIngress"),
    ("AWS::EC2::VPC", "CreateVpc ModifyVpcAttribute DeleteVpc"),
    ("AWS::Elasticsearch::Domain", "UpdateElasticsearchDomainConfig DeleteDomain"),
    ("AWS::OpenSearch::Domain", "UpdateDomainConfig DeleteElasticsearchDomain"),
    ("AWS::OpenSearchService::Domain", "UpdateDomainConfig DeleteElasticsearchDomain"),
    ("AWS::IAM::OIDCProvider", "CreateOpenIDConnectProvider UpdateOpenIDConnectProviderThumbprint"),
    ("AWS::IAM::Policy", "CreatePolicy CreatePolicyVersion DeletePolicy"),
    ("AWS::IAM::Role", "CreateRole AttachRolePolicy TagRole UpdateRoleDescription"),
    ("AWS::Route53::HostedZone", "CreateHostedZone UpdateHostedZoneComment ChangeResourceRecordSets"),
    ("AWS::S3::Bucket", "CreateBucket PutBucketPolicy DeleteBucketWebsite"),
    ("AWS::SNS::Topic", "CreateTopic SetTopicAttributes SetSubscriptionAttributes"),
]


@pytest.mark.parametrize(("resource_type", "calls"), NAMED)
def test_a_calls_noun_is_the_types(resource_type: str, calls: str) -> None:
    """What calls name a type, where that is not the type's own last word."""
    assert [] == [call for call in calls.split() if not noun_is(call, resource_type)]


def test_every_noun_is_known_to_this_test() -> None:
    """Each of them lets a call through that would not be let through without it."""
    calls = dict(NAMED)
    nouns = {(type_, noun) for type_, nouns in NOUNS.items() for noun in nouns}
    spoken = {
        (type_, noun)
        for type_, noun in nouns
        if any(verb_and_noun(call)[1].lower().startswith(noun) for call in calls.get(type_, "").split())
    }

    assert set() == nouns - spoken


def test_a_key_pair_is_named_by_key_name(a_change: Callable[..., Change], a_call: Callable[..., ApiCall]) -> None:
    """Though calls speak of key pairs."""
    change = a_change("key-1", type="AWS::EC2::KeyPair", name="laptop", change_type="CREATE")
    call = a_call("ImportKeyPair", request={"keyName": "laptop"})

    assert Standing.SUBJECT == standing(change, identifiers_of(change), call, Window())


@pytest.mark.parametrize("call", ["TagResource", "UntagResource", "AddTags", "AddTagsToResource", "DeleteResource"])
def test_some_calls_act_on_whatever_they_are_given(call: str) -> None:
    """Tags, and Cloud Control."""
    assert noun_is(call, "AWS::Lambda::Function")


@pytest.mark.parametrize(
    ("call", "resource_type", "expected"),
    [
        ("AddTagsToCertificate", "AWS::ACM::Certificate", True),
        ("RemoveTagsFromCertificate", "AWS::ACM::Certificate", True),
        ("AddTagsToStream", "AWS::ACM::Certificate", False),
        ("PutResourcePolicy", "AWS::Lambda::Function", False),
        ("UpdateFunctionCode", "AWS::Lambda::Function", True),
        ("UpdateEventSourceMapping", "AWS::Lambda::Function", False),
        ("CreateInstanceProfile", "AWS::IAM::Role", False),
    ],
)
def test_a_noun_is_the_types_or_it_is_not(call: str, resource_type: str, expected: bool) -> None:
    """By the word with which it begins."""
    assert expected is noun_is(call, resource_type)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("ModifyDBInstance", ("Modify", "DBInstance")),
        ("BatchDeleteImage", ("Delete", "Image")),
        ("Subscribe", ("Subscribe", "")),
        ("lowercase", ("", "lowercase")),
        ("", ("", "")),
    ],
)
def test_a_call_is_a_verb_and_a_noun(call: str, expected: tuple[str, str]) -> None:
    """`Batch` is no verb."""
    assert expected == verb_and_noun(call)


CREATING = "Allocate Clone Copy Create Import Launch Provision Purchase Request Restore Run".split()
DELETING = "Delete Deprovision Deregister Purge Release Schedule Terminate".split()
ALTERING = """
    Activate Add Apply Associate Attach Authorize Disable Enable Modify Monitor Publish Put Reboot Rename Replace Reset
    Resume Rotate Set Start Stop Suspend Tag Untag Update Upgrade
""".split()
EITHER = "Detach Disassociate Remove Revoke Reject Execute Unheard".split()


@pytest.mark.parametrize(
    ("verbs", "create", "delete"),
    [(CREATING, True, False), (DELETING, False, True), (ALTERING, True, False), (EITHER, True, True)],
)
def test_verbs_agree_with_changes(verbs: list[str], create: bool, delete: bool) -> None:
    """What makes does not remove, what removes does not make; an UPDATE may come of anything."""
    expected = {(create, delete, True)}

    assert expected == {
        tuple(agrees(f"{verb}Volume", change_type, part=False) for change_type in ("CREATE", "DELETE", "UPDATE"))
        for verb in verbs
    }


def test_every_verb_is_known_to_this_test() -> None:
    """And stands in one table only."""
    assert (set(CREATING), set(DELETING), set(ALTERING)) == (CREATING_VERBS, DELETING_VERBS, ALTERING_VERBS)


@pytest.mark.parametrize("change_type", ["CREATE", "UPDATE"])
def test_removing_a_part_agrees_with_what_is_left(change_type: str) -> None:
    """A new bucket may have lost its policy before it was captured."""
    assert agrees("DeleteBucketPolicy", change_type, part=True)


def test_removing_a_part_does_not_remove_the_whole() -> None:
    """`DeleteRoute` does not delete the table."""
    assert not agrees("DeleteRoute", "DELETE", part=True)


@pytest.mark.parametrize(
    ("call", "resource_type", "expected"),
    [
        ("DeleteBucket", "AWS::S3::Bucket", False),
        ("DeleteAlarms", "AWS::CloudWatch::Alarm", False),
        ("ReleaseAddress", "AWS::EC2::EIP", False),
        ("ScheduleKeyDeletion", "AWS::KMS::Key", False),
        ("DeleteResource", "AWS::KMS::Key", False),
        ("TerminateInstanceInAutoScalingGroup", "AWS::EC2::Instance", False),
        ("RestoreDBInstanceFromDBSnapshot", "AWS::RDS::DBInstance", False),
        ("DeleteBucketPolicy", "AWS::S3::Bucket", True),
        ("DeleteRolePolicy", "AWS::IAM::Role", True),
        ("RevokeSecurityGroupIngress", "AWS::EC2::SecurityGroup", True),
        ("RevokeSecurityGroupEgress", "AWS::EC2::SecurityGroup", True),
        ("RemoveUserFromGroup", "AWS::IAM::User", True),
        ("CreateRoute", "AWS::EC2::RouteTable", True),
        ("DeleteRouteTable", "AWS::EC2::RouteTable", False),
        ("DeleteKeyPair", "AWS::EC2::KeyPair", False),
        ("DeleteSnapshot", "AWS::EC2::Volume", True),
    ],
)
def test_a_call_acts_on_the_resource_or_on_a_part(call: str, resource_type: str, expected: bool) -> None:
    """Where its noun goes on after the type's, it is a part; places (`InAutoScalingGroup`) are none."""
    assert expected is acts_on_part(call, resource_type)


@pytest.mark.parametrize(
    ("call", "resource_type", "expected"),
    [
        ("CreateDBClusterSnapshot", "AWS::RDS::DBCluster", True),
        ("CreateVpcEndpoint", "AWS::EC2::VPC", True),
        ("CreateVpc", "AWS::EC2::VPC", False),
        ("RunInstances", "AWS::EC2::Instance", False),
        ("RunInstances", "AWS::EC2::SecurityGroup", False),
        ("PutBucketPolicy", "AWS::S3::Bucket", False),
        ("RestoreTableToPointInTime", "AWS::DynamoDB::Table", False),
    ],
)
def test_a_call_may_make_something_beside_a_resource(call: str, resource_type: str, expected: bool) -> None:
    """What is called after it: a snapshot of a cluster, an endpoint in a VPC."""
    assert expected is creates_beside(call, resource_type)


@pytest.mark.parametrize(("call", "expected"), [("RunInstances", True), ("CopySnapshot", True), ("PutRule", False)])
def test_a_call_makes_something_new_or_does_not(call: str, expected: bool) -> None:
    """What it names besides is an ingredient."""
    assert expected is creates(call)
