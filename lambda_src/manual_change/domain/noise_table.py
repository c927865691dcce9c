"""TABLES: what changes by itself. A row stands here only when no person's call could leave exactly that trace.

Each row names its cause and where that is known from. Paths are compared without regard to case: Config capitalises
them by its own habits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class VolatileProperty:
    """A property that changes by itself."""

    resource_type: str
    path: str
    """Glob over the dotted path."""
    cause: str
    source: str
    between: frozenset[str] = frozenset()
    """Only changes from one of these values to another are noise; empty: whatever the values."""
    ignoring: frozenset[str] = frozenset()
    """For list elements: they are equal but for these dotted keys. Empty: whatever the elements."""


@dataclass(frozen=True, slots=True)
class RolledOutProperty:
    """An attribute that AWS adds to every resource of a type: it appears with no previous value."""

    resource_type: str
    path: str
    source: str


@dataclass(frozen=True, slots=True)
class ManagedResource:
    """A resource that AWS makes, changes and removes for another resource: one configuration value tells."""

    resource_type: str
    key: str
    values: frozenset[str]
    cause: str
    source: str


_SCHEMA = "AWS Config resource schemas (awslabs/aws-config-resource-schema)"
_EC2_API = "Amazon EC2 API reference"
_RECORDED = "recorded notifications"


def _values(*values: str) -> frozenset[str]:
    return frozenset(values)


VOLATILE_PROPERTIES: Final[tuple[VolatileProperty, ...]] = (
    VolatileProperty("AWS::EC2::Subnet", "Configuration.AvailableIpAddressCount", "an address came or went", _RECORDED),
    VolatileProperty(
        "AWS::EC2::NetworkInterface",
        "Configuration.Attachment.Status",
        "an attachment settled",
        _RECORDED,
        between=_values("attaching", "attached"),
    ),
    VolatileProperty(
        "AWS::EC2::NetworkInterface",
        "Configuration.Status",
        "the interface settled",
        _SCHEMA,
        between=_values("pending", "associated", "attaching", "in-use"),
    ),
    VolatileProperty(
        "AWS::EC2::Instance",
        "Configuration.NetworkInterfaces.*",
        "an attachment settled",
        _RECORDED,
        ignoring=_values("status", "attachment.status"),
    ),
    VolatileProperty(
        "AWS::EC2::Instance",
        "Configuration.BlockDeviceMappings.*",
        "an attachment settled",
        _RECORDED,
        ignoring=_values("ebs.status"),
    ),
    VolatileProperty(
        "AWS::EC2::Volume",
        "Configuration.Attachments.*",
        "an attachment settled",
        _SCHEMA,
        ignoring=_values("state", "status"),
    ),
    VolatileProperty(
        "AWS::EC2::Volume",
        "Configuration.State*",
        "the volume became ready",
        _SCHEMA,
        between=_values("creating", "available"),
    ),
    VolatileProperty("AWS::EC2::VPNConnection", "Configuration.VgwTelemetry*", "a tunnel went up or down", _SCHEMA),
    VolatileProperty(
        "AWS::EC2::VPCEndpoint",
        "Configuration.State*",
        "the endpoint became ready",
        _EC2_API,
        between=_values("pending", "available"),
    ),
    VolatileProperty(
        "AWS::EC2::NatGateway",
        "Configuration.State*",
        "the gateway became ready",
        _EC2_API,
        between=_values("pending", "available"),
    ),
    VolatileProperty(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Configuration.State.Code",
        "the load balancer became ready",
        "Elastic Load Balancing API reference, LoadBalancerState",
        between=_values("provisioning", "active"),
    ),
    VolatileProperty("AWS::RDS::DB*", "Configuration.LatestRestorableTime", "continuous backup", _SCHEMA),
    VolatileProperty("AWS::RDS::DBCluster", "Configuration.EarliestRestorableTime", "continuous backup", _SCHEMA),
    VolatileProperty(
        "AWS::RDS::DBInstance",
        "Configuration.DBInstanceStatus",
        "a backup or a storage optimisation ran",
        "Amazon RDS user guide, DB instance status",
        between=_values("available", "backing-up", "storage-optimization"),
    ),
    VolatileProperty(
        "AWS::RDS::DBCluster",
        "Configuration.Status",
        "a backup ran",
        "Amazon Aurora user guide, DB cluster status",
        between=_values("available", "backing-up"),
    ),
    VolatileProperty("AWS::RDS::DB*", "Configuration.StatusInfos*", "replication telemetry", _SCHEMA),
    VolatileProperty("AWS::RDS::DB*", "Configuration.PercentProgress", "a job's progress", _SCHEMA),
    VolatileProperty("AWS::DynamoDB::Table", "Configuration.ItemCount", "counted every six hours", _SCHEMA),
    VolatileProperty("AWS::DynamoDB::Table", "Configuration.TableSizeBytes", "counted every six hours", _SCHEMA),
    VolatileProperty(
        "AWS::DynamoDB::Table",
        "Configuration.ProvisionedThroughput.NumberOfDecreasesToday",
        "the counter starts again each day",
        _SCHEMA,
    ),
    VolatileProperty(
        "AWS::DynamoDB::Table",
        "Configuration.*SecondaryIndexes.*",
        "counted every six hours",
        _SCHEMA,
        ignoring=_values("itemCount", "indexSizeBytes", "provisionedThroughput.numberOfDecreasesToday"),
    ),
    VolatileProperty(
        "AWS::Lambda::Function",
        "Configuration.State",
        "Lambda puts idle functions to rest and wakes them",
        "AWS Lambda developer guide, function states",
        between=_values("Pending", "Active", "Inactive"),
    ),
    VolatileProperty("AWS::Lambda::Function", "Configuration.StateReason*", "follows State", _SCHEMA),
    VolatileProperty("AWS::Lambda::Function", "Configuration.LastUpdateStatus*", "an update settled", _SCHEMA),
    VolatileProperty("AWS::Lambda::Function", "Configuration.LastModified", "a timestamp", _SCHEMA),
    VolatileProperty("AWS::Lambda::Function", "Configuration.RevisionId", "follows every write", _SCHEMA),
    VolatileProperty("AWS::CloudFormation::Stack", "Configuration.DriftInformation*", "drift was looked for", _SCHEMA),
    VolatileProperty(
        "AWS::CloudFormation::Stack",
        "SupplementaryConfiguration.StackResourceSummaries*DriftInformation*",
        "drift was looked for",
        _SCHEMA,
    ),
    VolatileProperty("AWS::CloudWatch::Alarm", "Configuration.StateValue", "the metric moved", _SCHEMA),
    VolatileProperty("AWS::CloudWatch::Alarm", "Configuration.StateReason*", "the metric moved", _SCHEMA),
    VolatileProperty("AWS::CloudWatch::Alarm", "Configuration.State*Timestamp", "the metric moved", _SCHEMA),
    VolatileProperty("AWS::ACM::Certificate", "Configuration.InUseBy*", "another resource uses it", _SCHEMA),
    VolatileProperty("AWS::ACM::Certificate", "Configuration.RenewalSummary*", "managed renewal", _SCHEMA),
    VolatileProperty("AWS::ACM::Certificate", "Configuration.RenewalEligibility", "managed renewal", _SCHEMA),
    VolatileProperty("AWS::IAM::Role", "Configuration.RoleLastUsed*", "the role was used", _SCHEMA),
    VolatileProperty("AWS::IAM::User", "Configuration.PasswordLastUsed*", "the person signed in", _SCHEMA),
    VolatileProperty("AWS::IAM::Policy", "Configuration.AttachmentCount", "attached elsewhere", _SCHEMA),
    VolatileProperty("AWS::IAM::Policy", "Configuration.PermissionsBoundaryUsageCount", "used elsewhere", _SCHEMA),
    VolatileProperty("AWS::SecretsManager::Secret", "Configuration.LastAccessedDate", "the secret was read", _SCHEMA),
    VolatileProperty(
        "AWS::Redshift::Cluster", "Configuration.ExpectedNextSnapshotSchedule*", "a schedule moved on", _SCHEMA
    ),
    VolatileProperty(
        "AWS::Redshift::Cluster", "Configuration.NextMaintenanceWindowStartTime", "a schedule moved on", _SCHEMA
    ),
    VolatileProperty("AWS::Redshift::Cluster", "Configuration.DataTransferProgress*", "a job's progress", _SCHEMA),
    *(
        VolatileProperty(resource_type, f"Configuration.ServiceSoftwareOptions.{key}", "an update was offered", _SCHEMA)
        for resource_type in ("AWS::OpenSearch::Domain", "AWS::Elasticsearch::Domain")
        for key in ("UpdateAvailable", "NewVersion", "Description", "AutomatedUpdateDate", "Cancellable")
    ),
)

ROLLED_OUT_PROPERTIES: Final[tuple[RolledOutProperty, ...]] = (
    *(
        RolledOutProperty("AWS::EC2::Instance", f"Configuration.{name}*", f"{_EC2_API}, Instance")
        for name in (
            "BootMode",
            "CapacityReservationSpecification",
            "CpuOptions",
            "CurrentInstanceBootMode",
            "EnclaveOptions",
            "HibernationOptions",
            "MaintenanceOptions",
            "MetadataOptions",
            "NetworkPerformanceOptions",
            "Operator",
            "PlatformDetails",
            "PrivateDnsNameOptions",
            "UsageOperation",
        )
    ),
    RolledOutProperty("AWS::EC2::NetworkInterface", "Configuration.Operator*", f"{_EC2_API}, NetworkInterface"),
    RolledOutProperty("AWS::EC2::Volume", "Configuration.Operator*", f"{_EC2_API}, Volume"),
    RolledOutProperty("AWS::EC2::SecurityGroup", "Configuration.SecurityGroupArn", f"{_EC2_API}, SecurityGroup"),
    RolledOutProperty("AWS::EC2::Subnet", "Configuration.BlockPublicAccessStates*", f"{_EC2_API}, Subnet"),
    RolledOutProperty("AWS::EC2::VPC", "Configuration.BlockPublicAccessStates*", f"{_EC2_API}, Vpc"),
)
"""Each is part of every description of its type: a person's call changes its value and never brings it into being."""

MANAGED_RESOURCES: Final[tuple[ManagedResource, ...]] = (
    ManagedResource(
        "AWS::EC2::NetworkInterface",
        "requesterManaged",
        _values("true"),
        "a network interface that an AWS service made for a resource of its own",
        f"{_EC2_API}, NetworkInterface; {_RECORDED}",
    ),
    ManagedResource(
        "AWS::RDS::DBSnapshot",
        "snapshotType",
        _values("automated"),
        "a snapshot of the backup schedule; people can neither make nor delete one",
        "Amazon RDS user guide, automated backups",
    ),
    ManagedResource(
        "AWS::RDS::DBClusterSnapshot",
        "snapshotType",
        _values("automated"),
        "a snapshot of the backup schedule; people can neither make nor delete one",
        "Amazon Aurora user guide, automated backups",
    ),
)

INVENTORY_TYPES: Final[Mapping[str, str]] = {
    "AWS::SSM::ManagedInstanceInventory": "what the SSM agent counted",
    "AWS::SSM::AssociationCompliance": "what State Manager evaluated",
    "AWS::SSM::PatchCompliance": "what Patch Manager evaluated",
    "AWS::SSM::FileData": "what the SSM agent counted",
    "AWS::Config::ResourceCompliance": "what a Config rule evaluated",
    "AWS::Config::ConformancePackCompliance": "what a conformance pack evaluated",
}
"""Types whose items report and configure nothing (AWS Config developer guide, supported resource types)."""
