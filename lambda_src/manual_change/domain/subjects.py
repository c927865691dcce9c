"""What a call acts on, and what it can do to it. TABLES of calls whose subject their name does not tell.

A call has a resource as its *subject* when it makes, alters or removes it; everything else that it names is an
ingredient: `RunInstances` names a security group that it does not alter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from manual_change.domain.change import CREATE, DELETE
from manual_change.domain.identifiers import nouns_of

SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "apigateway:CreateDeployment": ("restApiId", "apiId"),
    "apigateway:PutRestApi": ("restApiId",),
    "autoscaling:AttachInstances": ("autoScalingGroupName",),
    "autoscaling:AttachLoadBalancers": ("autoScalingGroupName",),
    "autoscaling:AttachLoadBalancerTargetGroups": ("autoScalingGroupName",),
    "autoscaling:AttachTrafficSources": ("autoScalingGroupName",),
    "autoscaling:CreateOrUpdateTags": ("tags.resourceId",),
    "autoscaling:DeleteLifecycleHook": ("autoScalingGroupName",),
    "autoscaling:DeletePolicy": ("autoScalingGroupName",),
    "autoscaling:DeleteTags": ("tags.resourceId",),
    "autoscaling:DeleteWarmPool": ("autoScalingGroupName",),
    "autoscaling:DetachInstances": ("autoScalingGroupName",),
    "autoscaling:DetachLoadBalancers": ("autoScalingGroupName",),
    "autoscaling:DetachLoadBalancerTargetGroups": ("autoScalingGroupName",),
    "autoscaling:DetachTrafficSources": ("autoScalingGroupName",),
    "autoscaling:DisableMetricsCollection": ("autoScalingGroupName",),
    "autoscaling:EnableMetricsCollection": ("autoScalingGroupName",),
    "autoscaling:EnterStandby": ("autoScalingGroupName",),
    "autoscaling:ExitStandby": ("autoScalingGroupName",),
    "autoscaling:PutLifecycleHook": ("autoScalingGroupName",),
    "autoscaling:PutNotificationConfiguration": ("autoScalingGroupName",),
    "autoscaling:PutScalingPolicy": ("autoScalingGroupName",),
    "autoscaling:PutScheduledUpdateGroupAction": ("autoScalingGroupName",),
    "autoscaling:PutWarmPool": ("autoScalingGroupName",),
    "autoscaling:ResumeProcesses": ("autoScalingGroupName",),
    "autoscaling:SetDesiredCapacity": ("autoScalingGroupName",),
    "autoscaling:SetInstanceProtection": ("autoScalingGroupName",),
    "autoscaling:StartInstanceRefresh": ("autoScalingGroupName",),
    "autoscaling:SuspendProcesses": ("autoScalingGroupName",),
    "autoscaling:TerminateInstanceInAutoScalingGroup": ("activity.autoScalingGroupName",),
    "cloudcontrolapi:DeleteResource": ("identifier", "progressEvent.identifier"),
    "cloudcontrolapi:UpdateResource": ("identifier", "progressEvent.identifier"),
    "cloudformation:ExecuteChangeSet": ("stackName",),
    "cloudtrail:PutEventSelectors": ("trailName", "trailARN"),
    "cloudtrail:PutInsightSelectors": ("trailName", "trailARN"),
    "cloudtrail:StartLogging": ("name",),
    "cloudtrail:StopLogging": ("name",),
    "dynamodb:UpdateContinuousBackups": ("tableName",),
    "dynamodb:UpdateTimeToLive": ("tableName",),
    "ec2:AssignPrivateIpAddresses": ("networkInterfaceId",),
    "ec2:AssociateDhcpOptions": ("vpcId",),
    "ec2:AssociateIamInstanceProfile": ("instanceId", "AssociateIamInstanceProfileRequest.InstanceId"),
    "ec2:AssociateRouteTable": ("routeTableId", "subnetId"),
    "ec2:AssociateSubnetCidrBlock": ("subnetId",),
    "ec2:AssociateVpcCidrBlock": ("vpcId", "AssociateVpcCidrBlockRequest.VpcId"),
    "ec2:AttachInternetGateway": ("internetGatewayId", "vpcId"),
    "ec2:AttachNetworkInterface": ("networkInterfaceId", "instanceId"),
    "ec2:AttachVolume": ("volumeId", "instanceId"),
    "ec2:AttachVpnGateway": ("vpnGatewayId", "vpcId"),
    "ec2:CreateLaunchTemplateVersion": (
        "launchTemplateId",
        "launchTemplateName",
        "CreateLaunchTemplateVersionRequest.LaunchTemplateId",
        "CreateLaunchTemplateVersionRequest.LaunchTemplateName",
    ),
    "ec2:CreateNetworkAclEntry": ("networkAclId",),
    "ec2:CreateRoute": ("routeTableId", "CreateRouteRequest.RouteTableId"),
    "ec2:CreateTags": ("resourcesSet.items.resourceId",),
    "ec2:CreateVpnConnectionRoute": ("vpnConnectionId",),
    "ec2:DeleteNetworkAclEntry": ("networkAclId",),
    "ec2:DeleteRoute": ("routeTableId", "DeleteRouteRequest.RouteTableId"),
    "ec2:DeleteTags": ("resourcesSet.items.resourceId",),
    "ec2:DetachInternetGateway": ("internetGatewayId", "vpcId"),
    "ec2:DetachNetworkInterface": ("attachmentId",),
    "ec2:DetachVolume": ("volumeId", "instanceId"),
    "ec2:DetachVpnGateway": ("vpnGatewayId", "vpcId"),
    "ec2:DisableVgwRoutePropagation": ("routeTableId",),
    "ec2:DisassociateIamInstanceProfile": ("associationId", "instanceId"),
    "ec2:EnableVgwRoutePropagation": ("routeTableId",),
    "ec2:ModifySubnetAttribute": ("subnetId",),
    "ec2:MonitorInstances": ("instancesSet.items.instanceId",),
    "ec2:ReplaceIamInstanceProfileAssociation": ("associationId", "instanceId"),
    "ec2:ReplaceNetworkAclAssociation": ("networkAclId", "associationId"),
    "ec2:ReplaceNetworkAclEntry": ("networkAclId",),
    "ec2:ReplaceRoute": ("routeTableId",),
    "ec2:ReplaceRouteTableAssociation": ("routeTableId", "associationId"),
    "ec2:UnassignPrivateIpAddresses": ("networkInterfaceId",),
    "ec2:UnmonitorInstances": ("instancesSet.items.instanceId",),
    "ecr:DeleteLifecyclePolicy": ("repositoryName",),
    "ecr:PutImageScanningConfiguration": ("repositoryName",),
    "ecr:PutImageTagMutability": ("repositoryName",),
    "ecr:PutLifecyclePolicy": ("repositoryName",),
    "elasticloadbalancing:AddTags": ("resourceArns", "loadBalancerNames"),
    "elasticloadbalancing:ApplySecurityGroupsToLoadBalancer": ("loadBalancerName",),
    "elasticloadbalancing:AttachLoadBalancerToSubnets": ("loadBalancerName",),
    "elasticloadbalancing:ConfigureHealthCheck": ("loadBalancerName",),
    "elasticloadbalancing:CreateLoadBalancerListeners": ("loadBalancerName",),
    "elasticloadbalancing:CreateLoadBalancerPolicy": ("loadBalancerName",),
    "elasticloadbalancing:DeregisterInstancesFromLoadBalancer": ("loadBalancerName",),
    "elasticloadbalancing:DeregisterTargets": ("targetGroupArn",),
    "elasticloadbalancing:DetachLoadBalancerFromSubnets": ("loadBalancerName",),
    "elasticloadbalancing:EnableAvailabilityZonesForLoadBalancer": ("loadBalancerName",),
    "elasticloadbalancing:RegisterInstancesWithLoadBalancer": ("loadBalancerName",),
    "elasticloadbalancing:RegisterTargets": ("targetGroupArn",),
    "elasticloadbalancing:RemoveTags": ("resourceArns", "loadBalancerNames"),
    "elasticloadbalancing:SetIpAddressType": ("loadBalancerArn",),
    "elasticloadbalancing:SetSecurityGroups": ("loadBalancerArn",),
    "elasticloadbalancing:SetSubnets": ("loadBalancerArn",),
    "events:PutTargets": ("rule",),
    "events:RemoveTargets": ("rule",),
    "iam:AddRoleToInstanceProfile": ("roleName", "instanceProfileName"),
    "iam:AddUserToGroup": ("userName", "groupName"),
    "iam:CreateAccessKey": ("userName",),
    "iam:CreateLoginProfile": ("userName",),
    "iam:CreatePolicyVersion": ("policyArn",),
    "iam:DeactivateMFADevice": ("userName",),
    "iam:DeleteAccessKey": ("userName",),
    "iam:DeleteLoginProfile": ("userName",),
    "iam:EnableMFADevice": ("userName",),
    "iam:RemoveRoleFromInstanceProfile": ("roleName", "instanceProfileName"),
    "iam:RemoveUserFromGroup": ("userName", "groupName"),
    "iam:SetDefaultPolicyVersion": ("policyArn",),
    "iam:UpdateAccessKey": ("userName",),
    "iam:UpdateAssumeRolePolicy": ("roleName",),
    "iam:UpdateLoginProfile": ("userName",),
    "kms:CreateGrant": ("keyId",),
    "kms:RetireGrant": ("keyId",),
    "kms:RevokeGrant": ("keyId",),
    "kms:UpdateAlias": ("targetKeyId", "aliasName"),
    "lambda:AddPermission": ("functionName",),
    "lambda:CreateAlias": ("functionName",),
    "lambda:CreateFunctionUrlConfig": ("functionName",),
    "lambda:DeleteAlias": ("functionName",),
    "lambda:PublishVersion": ("functionName",),
    "lambda:PutProvisionedConcurrencyConfig": ("functionName",),
    "lambda:RemovePermission": ("functionName",),
    "lambda:UpdateAlias": ("functionName",),
    "monitoring:DisableAlarmActions": ("alarmNames",),
    "monitoring:EnableAlarmActions": ("alarmNames",),
    "rds:AddRoleToDBCluster": ("dBClusterIdentifier",),
    "rds:AddRoleToDBInstance": ("dBInstanceIdentifier",),
    "rds:ApplyPendingMaintenanceAction": ("resourceIdentifier",),
    "rds:PromoteReadReplica": ("dBInstanceIdentifier",),
    "rds:PromoteReadReplicaDBCluster": ("dBClusterIdentifier",),
    "rds:RemoveRoleFromDBCluster": ("dBClusterIdentifier",),
    "rds:RemoveRoleFromDBInstance": ("dBInstanceIdentifier",),
    "route53:AssociateVPCWithHostedZone": ("hostedZoneId",),
    "route53:ChangeResourceRecordSets": ("hostedZoneId",),
    "route53:ChangeTagsForResource": ("resourceId",),
    "route53:DisassociateVPCFromHostedZone": ("hostedZoneId",),
    "secretsmanager:CancelRotateSecret": ("secretId",),
    "secretsmanager:DeleteResourcePolicy": ("secretId",),
    "secretsmanager:PutResourcePolicy": ("secretId",),
    "secretsmanager:UpdateSecretVersionStage": ("secretId",),
    "sns:AddPermission": ("topicArn",),
    "sns:RemovePermission": ("topicArn",),
    "sns:Subscribe": ("topicArn",),
    "sns:Unsubscribe": ("subscriptionArn",),
    "sqs:AddPermission": ("queueUrl",),
    "sqs:RemovePermission": ("queueUrl",),
    "tagging:TagResources": ("resourceARNList",),
    "tagging:UntagResources": ("resourceARNList",),
}
"""`service:Call` -> the paths (list positions left out) under which the resources that it alters stand."""

CREATING_VERBS: Final = frozenset(
    "Allocate Clone Copy Create Import Launch Provision Purchase Request Restore Run".split()
)
DELETING_VERBS: Final = frozenset("Delete Deprovision Deregister Purge Release Schedule Terminate".split())
ALTERING_VERBS: Final = frozenset(
    "Activate Add Apply Associate Attach Authorize Disable Enable Modify Monitor Publish Put Reboot Rename Replace"
    " Reset Resume Rotate Set Start Stop Suspend Tag Untag Update Upgrade".split()
)
"""Verbs that alter what goes on existing. Detach, Disassociate, Remove, Revoke, Reject, Execute and what is not known
may end a resource and may alter one: they agree with every change."""

_WORDS: Final = re.compile(r"([A-Z][a-z]+)(.*)", re.DOTALL)
_GENERIC_NOUNS: Final = re.compile(r"(?:Tags?)?(?:(?:To|From|For|On))?(?:Resources?|Tags)?")
"""`TagResource`, `AddTagsToResource`, `ChangeTagsForResource`, `AddTags`: the subject is whatever stands on top."""
_TAGS_OF: Final = re.compile(r"^Tags(?:To|From)(?=[A-Z])")
"""`AddTagsToCertificate`."""
_ANY_RESOURCE: Final = re.compile(r"Resources?")
"""`DeleteResource` of Cloud Control."""
_WHERE: Final = re.compile(r"(?:In|From|To)(?=[A-Z])")
"""`TerminateInstanceInAutoScalingGroup`, `RestoreTableToPointInTime`: what follows is no part."""


@lru_cache(maxsize=8192)
def verb_and_noun(action: str) -> tuple[str, str]:
    """(`Modify`, `DBInstance`) of `ModifyDBInstance`; `BatchDeleteImage` counts by its second word."""
    found = _WORDS.fullmatch(action)
    if not found:
        return "", action
    if found[1] == "Batch":
        return verb_and_noun(found[2])
    return found[1], found[2]


@lru_cache(maxsize=16384)
def noun_is(action: str, resource_type: str) -> bool:
    """Whether the call's noun is the type's, or the call acts on whatever resource it is given (tags)."""
    noun = _TAGS_OF.sub("", verb_and_noun(action)[1])
    if noun and _GENERIC_NOUNS.fullmatch(noun):
        return True
    return _own_noun(noun, resource_type) is not None


@lru_cache(maxsize=16384)
def creates_beside(action: str, resource_type: str) -> bool:
    """Whether the call makes something that is called after a resource of the type: `CreateDBClusterSnapshot`."""
    noun = verb_and_noun(action)[1]
    return creates(action) and _own_noun(noun, resource_type) is not None and acts_on_part(action, resource_type)


def _own_noun(noun: str, resource_type: str) -> str | None:
    """The longest of the type's nouns that the call's noun begins with."""
    lowered = noun.lower()
    return max((own for own in nouns_of(resource_type) if lowered.startswith(own)), key=len, default=None)


@lru_cache(maxsize=4096)
def creates(action: str) -> bool:
    """Whether the call makes something new: what it names besides is an ingredient."""
    return verb_and_noun(action)[0] in CREATING_VERBS


@lru_cache(maxsize=8192)
def agrees(action: str, change_type: str, *, part: bool) -> bool:
    """Whether a call of this name can lead to a change of this type.

    `part` says that the call makes or removes a part of the resource (`CreateRoute`, `RevokeSecurityGroupIngress`)
    rather than the resource.
    """
    verb = verb_and_noun(action)[0]
    if change_type == DELETE:
        return verb not in CREATING_VERBS and verb not in ALTERING_VERBS and not part
    if change_type == CREATE:
        return part or verb not in DELETING_VERBS
    return True


@lru_cache(maxsize=8192)
def acts_on_part(action: str, resource_type: str) -> bool:
    """Whether the call's noun goes on after the type's: `DeleteBucketPolicy`, `CreateRoute`, `DeleteRolePolicy`."""
    verb, noun = verb_and_noun(action)
    if _ANY_RESOURCE.fullmatch(noun):
        return False
    own = _own_noun(noun, resource_type)
    if own is None:
        return True
    rest = noun[len(own) :]
    if _WHERE.match(rest) and verb in CREATING_VERBS | DELETING_VERBS:
        return False
    return rest not in ("", "s", "es", "Deletion") or (own != nouns_of(resource_type)[0] and own in ("route", "key"))
