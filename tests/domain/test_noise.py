"""Changes that nobody made: each rule, each row of the tables, and what somebody may have done beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Any

import pytest

from manual_change.domain.change import Change
from manual_change.domain.noise import RULES, noise_in
from manual_change.domain.noise_table import (
    INVENTORY_TYPES,
    MANAGED_RESOURCES,
    ROLLED_OUT_PROPERTIES,
    VOLATILE_PROPERTIES,
)

Build = Callable[..., Change]
Diff = Mapping[str, tuple[Any, Any]]

RULE = {"Configuration.IpPermissions.0": (None, {"fromPort": 22})}
"""A change that somebody made."""


@pytest.fixture
def reason(a_change: Build) -> Callable[..., str | None]:
    """The reason why an UPDATE of this type with these properties is noise, None where it is none."""

    def ask(resource_type: str, properties: Diff, **more: Any) -> str | None:
        noise = noise_in(a_change("x-1", type=resource_type, properties=properties, **more))
        return noise.reason if noise else None

    return ask


# The rules, in their order


def test_a_real_change_is_no_noise(reason: Callable[..., str | None]) -> None:
    """Somebody opened a port."""
    assert reason("AWS::EC2::SecurityGroup", RULE) is None


def test_only_relationships_changed(reason: Callable[..., str | None]) -> None:
    """A neighbour changed, not this resource."""
    assert "relationships-only" == reason(
        "AWS::EC2::SecurityGroup", {"Relationships.0": (None, {}), "Relationships.1": ({}, None)}
    )


def test_a_real_change_among_relationships_is_no_noise(reason: Callable[..., str | None]) -> None:
    """Every changed path must be noise."""
    assert reason("AWS::EC2::SecurityGroup", {"Relationships.0": (None, {}), **RULE}) is None


def test_a_property_that_is_called_like_relationships_is_none(reason: Callable[..., str | None]) -> None:
    """Only the item's own relationships."""
    assert reason("AWS::EC2::SecurityGroup", {"Configuration.Relationships.0": (None, {})}) is None


def test_recorded_again_without_a_difference(reason: Callable[..., str | None]) -> None:
    """An UPDATE of nothing."""
    assert "no-properties-changed" == reason("AWS::EC2::SecurityGroup", {})


@pytest.mark.parametrize("change_type", ["CREATE", "DELETE"])
def test_a_creation_or_deletion_without_properties_is_no_noise(
    reason: Callable[..., str | None], change_type: str
) -> None:
    """A CREATE has none: the whole item is new."""
    assert reason("AWS::EC2::SecurityGroup", {}, change_type=change_type) is None


def test_a_diff_that_was_left_out_is_no_noise(reason: Callable[..., str | None]) -> None:
    """An oversized notice has no properties by design."""
    assert reason("AWS::EC2::SecurityGroup", {}, diff_left_out=True) is None


@pytest.mark.parametrize(("hours", "expected"), [(24.01, "discovered"), (24, None), (0, None)])
def test_the_first_sight_of_an_old_resource(
    reason: Callable[..., str | None], capture: Any, hours: float, expected: str | None
) -> None:
    """Made more than 24 hours before it was recorded."""
    created = capture - timedelta(hours=hours)

    assert expected == reason("AWS::EC2::SecurityGroup", {}, change_type="CREATE", resource_created_at=created)


@pytest.mark.parametrize("change_type", ["UPDATE", "DELETE"])
def test_only_a_creation_is_a_first_sight(reason: Callable[..., str | None], capture: Any, change_type: str) -> None:
    """Old resources are changed and removed every day."""
    created = capture - timedelta(days=400)

    assert reason("AWS::EC2::SecurityGroup", RULE, change_type=change_type, resource_created_at=created) is None


def test_an_item_without_an_earlier_one(reason: Callable[..., str | None]) -> None:
    """Out of a history or snapshot file."""
    assert "no-previous-item" == reason("AWS::EC2::SecurityGroup", {}, no_previous_item=True, diff_left_out=True)


@pytest.mark.parametrize(("pattern", "expected"), [("AWS::EC2::*", "resource-type-excluded"), ("AWS::EC2", None)])
def test_a_type_is_left_out_by_a_setting(a_change: Build, pattern: str, expected: str | None) -> None:
    """A glob over the whole type, before anything else is asked."""
    noise = noise_in(a_change(), excluded_resource_types=("AWS::RDS::*", pattern))

    assert expected == (noise and noise.reason)


def test_each_rule_can_be_asked_by_itself(a_change: Build) -> None:
    """What `explain` shows."""
    answers = [rule.ask(a_change(), ()) for rule in RULES]

    assert [None] * 7 == answers


# Inventory

INVENTORY = [
    "AWS::SSM::ManagedInstanceInventory",
    "AWS::SSM::AssociationCompliance",
    "AWS::SSM::PatchCompliance",
    "AWS::SSM::FileData",
    "AWS::Config::ResourceCompliance",
    "AWS::Config::ConformancePackCompliance",
]


@pytest.mark.parametrize("change_type", ["CREATE", "UPDATE", "DELETE"])
@pytest.mark.parametrize("resource_type", INVENTORY)
def test_what_only_reports_is_inventory(
    reason: Callable[..., str | None], resource_type: str, change_type: str
) -> None:
    """Its items configure nothing, whatever changed."""
    assert "inventory" == reason(resource_type, {"Configuration.AWS:Application": (None, {})}, change_type=change_type)


@pytest.mark.parametrize("resource_type", ["AWS::SSM::Document", "AWS::Config::ConformancePack", "AWS::SSM::Parameter"])
def test_what_configures_is_no_inventory(reason: Callable[..., str | None], resource_type: str) -> None:
    """Types of the same services."""
    assert reason(resource_type, RULE) is None


def test_every_inventory_type_is_known_to_this_test() -> None:
    """A type on this table is never heard of again."""
    assert set(INVENTORY) == set(INVENTORY_TYPES)


# Resources that AWS manages

MANAGED = [
    ("AWS::EC2::NetworkInterface", {"requesterManaged": True}),
    ("AWS::EC2::NetworkInterface", {"requesterManaged": "true"}),
    ("AWS::RDS::DBSnapshot", {"snapshotType": "automated"}),
    ("AWS::RDS::DBClusterSnapshot", {"snapshotType": "automated"}),
]


@pytest.mark.parametrize("change_type", ["CREATE", "UPDATE", "DELETE"])
@pytest.mark.parametrize(("resource_type", "configuration"), MANAGED)
def test_what_aws_manages_nobody_changed(
    reason: Callable[..., str | None], resource_type: str, configuration: object, change_type: str
) -> None:
    """Made, changed and removed for another resource."""
    assert "aws-managed-resource" == reason(
        resource_type, {"Configuration.X": (1, 2)}, change_type=change_type, configuration=configuration
    )


@pytest.mark.parametrize(
    ("resource_type", "configuration"),
    [
        ("AWS::EC2::NetworkInterface", {"requesterManaged": False}),
        ("AWS::EC2::NetworkInterface", {"requesterManaged": "false"}),
        ("AWS::EC2::NetworkInterface", {"requesterId": "amazon-elb"}),
        ("AWS::EC2::NetworkInterface", None),
        ("AWS::EC2::NetworkInterface", ["requesterManaged"]),
        ("AWS::RDS::DBSnapshot", {"snapshotType": "manual"}),
        ("AWS::RDS::DBClusterSnapshot", {"snapshotType": "manual"}),
        ("AWS::EC2::Instance", {"requesterManaged": True}),
    ],
)
def test_what_people_manage_is_no_noise(
    reason: Callable[..., str | None], resource_type: str, configuration: object
) -> None:
    """A snapshot by hand, an interface by hand."""
    assert reason(resource_type, {"Configuration.X": (1, 2)}, configuration=configuration) is None


@pytest.mark.parametrize(
    "path", ["Tags.0", "Configuration.TagSet.0", "SupplementaryConfiguration.Tags", "Configuration.TagList.1"]
)
def test_a_tag_on_what_aws_manages_is_somebodys(reason: Callable[..., str | None], path: str) -> None:
    """People may tag it."""
    assert reason("AWS::EC2::NetworkInterface", {path: (None, {})}, configuration={"requesterManaged": True}) is None


def test_every_managed_row_is_known_to_this_test() -> None:
    """By type, key and value."""
    rows = {(row.resource_type, row.key, value) for row in MANAGED_RESOURCES for value in row.values}

    assert {
        ("AWS::EC2::NetworkInterface", "requesterManaged", "true"),
        ("AWS::RDS::DBSnapshot", "snapshotType", "automated"),
        ("AWS::RDS::DBClusterSnapshot", "snapshotType", "automated"),
    } == rows


# Properties that change by themselves

INTERFACE = {
    "networkInterfaceId": "eni-1",
    "status": "in-use",
    "attachment": {"attachmentId": "a", "status": "attached"},
}
MAPPING = {"deviceName": "/dev/xvda", "ebs": {"volumeId": "vol-1", "status": "attached"}}
ATTACHMENT = {"instanceId": "i-1", "state": "attached", "status": "ok"}
INDEX = {
    "indexName": "by-date",
    "itemCount": 1,
    "indexSizeBytes": 10,
    "provisionedThroughput": {"numberOfDecreasesToday": 1, "readCapacityUnits": 5},
}

VOLATILE: list[tuple[str, str, Any, Any]] = [
    ("AWS::EC2::Subnet", "Configuration.AvailableIpAddressCount", 250, 249),
    ("AWS::EC2::NetworkInterface", "Configuration.Attachment.Status", "attaching", "attached"),
    *(
        ("AWS::EC2::NetworkInterface", "Configuration.Status", before, "in-use")
        for before in ("pending", "associated", "attaching")
    ),
    ("AWS::EC2::Volume", "Configuration.State", "creating", "available"),
    ("AWS::EC2::Volume", "Configuration.State.Value", "creating", "available"),
    ("AWS::EC2::Volume", "Configuration.State", {"value": "creating"}, {"value": "available"}),
    ("AWS::EC2::VPNConnection", "Configuration.VgwTelemetry.0", {"status": "UP"}, {"status": "DOWN"}),
    ("AWS::EC2::VPCEndpoint", "Configuration.State", "pending", "available"),
    ("AWS::EC2::NatGateway", "Configuration.State", "pending", "available"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Configuration.State.Code", "provisioning", "active"),
    ("AWS::RDS::DBInstance", "Configuration.LatestRestorableTime", "a", "b"),
    ("AWS::RDS::DBCluster", "Configuration.LatestRestorableTime", "a", "b"),
    ("AWS::RDS::DBCluster", "Configuration.EarliestRestorableTime", "a", "b"),
    ("AWS::RDS::DBInstance", "Configuration.DBInstanceStatus", "available", "backing-up"),
    ("AWS::RDS::DBInstance", "Configuration.DBInstanceStatus", "storage-optimization", "available"),
    ("AWS::RDS::DBCluster", "Configuration.Status", "backing-up", "available"),
    ("AWS::RDS::DBInstance", "Configuration.StatusInfos.0", None, {"status": "replicating"}),
    ("AWS::RDS::DBSnapshot", "Configuration.PercentProgress", 10, 90),
    ("AWS::DynamoDB::Table", "Configuration.ItemCount", 1, 2),
    ("AWS::DynamoDB::Table", "Configuration.TableSizeBytes", 1, 2),
    ("AWS::DynamoDB::Table", "Configuration.ProvisionedThroughput.NumberOfDecreasesToday", 3, 0),
    *(("AWS::Lambda::Function", "Configuration.State", before, "Active") for before in ("Pending", "Inactive")),
    ("AWS::Lambda::Function", "Configuration.StateReasonCode", "Idle", None),
    ("AWS::Lambda::Function", "Configuration.LastUpdateStatus", "InProgress", "Successful"),
    ("AWS::Lambda::Function", "Configuration.LastModified", "a", "b"),
    ("AWS::Lambda::Function", "Configuration.RevisionId", "a", "b"),
    ("AWS::CloudFormation::Stack", "Configuration.DriftInformation.StackDriftStatus", "NOT_CHECKED", "IN_SYNC"),
    (
        "AWS::CloudFormation::Stack",
        "SupplementaryConfiguration.StackResourceSummaries.0.DriftInformation",
        None,
        {"stackResourceDriftStatus": "IN_SYNC"},
    ),
    ("AWS::CloudWatch::Alarm", "Configuration.StateValue", "OK", "ALARM"),
    ("AWS::CloudWatch::Alarm", "Configuration.StateReasonData", "a", "b"),
    ("AWS::CloudWatch::Alarm", "Configuration.StateUpdatedTimestamp", 1, 2),
    ("AWS::ACM::Certificate", "Configuration.InUseBy.0", None, "arn:aws:elasticloadbalancing:…"),
    ("AWS::ACM::Certificate", "Configuration.RenewalSummary.RenewalStatus", "PENDING_AUTO_RENEWAL", "SUCCESS"),
    ("AWS::ACM::Certificate", "Configuration.RenewalEligibility", "INELIGIBLE", "ELIGIBLE"),
    ("AWS::IAM::Role", "Configuration.RoleLastUsed.LastUsedDate", "a", "b"),
    ("AWS::IAM::User", "Configuration.PasswordLastUsed", "a", "b"),
    ("AWS::IAM::Policy", "Configuration.AttachmentCount", 1, 2),
    ("AWS::IAM::Policy", "Configuration.PermissionsBoundaryUsageCount", 0, 1),
    ("AWS::SecretsManager::Secret", "Configuration.LastAccessedDate", "a", "b"),
    ("AWS::Redshift::Cluster", "Configuration.ExpectedNextSnapshotScheduleTime", "a", "b"),
    ("AWS::Redshift::Cluster", "Configuration.NextMaintenanceWindowStartTime", "a", "b"),
    ("AWS::Redshift::Cluster", "Configuration.DataTransferProgress.Status", "a", "b"),
    *(
        (f"AWS::{service}::Domain", f"Configuration.ServiceSoftwareOptions.{key}", "a", "b")
        for service in ("OpenSearch", "Elasticsearch")
        for key in ("UpdateAvailable", "NewVersion", "Description", "AutomatedUpdateDate", "Cancellable")
    ),
]
"""(type, path, before, after): one for each row, and for each value that a row names."""


@pytest.mark.parametrize(("resource_type", "path", "before", "after"), VOLATILE)
def test_a_property_that_changes_by_itself_is_noise(
    reason: Callable[..., str | None], resource_type: str, path: str, before: Any, after: Any
) -> None:
    """Counts, statuses that settle, timestamps, telemetry."""
    assert "volatile-property" == reason(resource_type, {path: (before, after)})


SETTLING: list[tuple[str, str, Any, Any]] = [
    ("AWS::EC2::Instance", "Configuration.NetworkInterfaces", INTERFACE, INTERFACE | {"status": "attaching"}),
    (
        "AWS::EC2::Instance",
        "Configuration.NetworkInterfaces",
        INTERFACE,
        INTERFACE | {"attachment": {"attachmentId": "a", "status": "attaching"}},
    ),
    (
        "AWS::EC2::Instance",
        "Configuration.BlockDeviceMappings",
        MAPPING,
        MAPPING | {"ebs": {"volumeId": "vol-1", "status": "attaching"}},
    ),
    ("AWS::EC2::Volume", "Configuration.Attachments", ATTACHMENT, ATTACHMENT | {"state": "attaching"}),
    ("AWS::EC2::Volume", "Configuration.Attachments", ATTACHMENT, ATTACHMENT | {"status": "busy"}),
    ("AWS::DynamoDB::Table", "Configuration.GlobalSecondaryIndexes", INDEX, INDEX | {"itemCount": 2}),
    ("AWS::DynamoDB::Table", "Configuration.LocalSecondaryIndexes", INDEX, INDEX | {"indexSizeBytes": 20}),
    (
        "AWS::DynamoDB::Table",
        "Configuration.GlobalSecondaryIndexes",
        INDEX,
        INDEX | {"provisionedThroughput": {"numberOfDecreasesToday": 0, "readCapacityUnits": 5}},
    ),
]
"""(type, path of the list, element before, element after): equal but for what settles."""


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("resource_type", "path", "before", "after"), SETTLING)
def test_list_elements_that_settle_are_noise(
    reason: Callable[..., str | None], resource_type: str, path: str, before: Any, after: Any, swapped: bool
) -> None:
    """Config writes a changed element as one removed and one added, at positions that mean nothing."""
    if swapped:
        before, after = after, before

    assert "volatile-property" == reason(resource_type, {f"{path}.0": (before, None), f"{path}.7": (None, after)})


@pytest.mark.parametrize(
    ("resource_type", "path", "before", "after"),
    [
        ("AWS::EC2::Instance", "Configuration.NetworkInterfaces", INTERFACE, INTERFACE | {"subnetId": "subnet-2"}),
        (
            "AWS::EC2::Instance",
            "Configuration.NetworkInterfaces",
            INTERFACE,
            INTERFACE | {"groups": [{"groupId": "sg-2"}]},
        ),
        ("AWS::EC2::Instance", "Configuration.BlockDeviceMappings", MAPPING, MAPPING | {"deviceName": "/dev/sdf"}),
        ("AWS::EC2::Volume", "Configuration.Attachments", ATTACHMENT, ATTACHMENT | {"instanceId": "i-2"}),
        (
            "AWS::DynamoDB::Table",
            "Configuration.GlobalSecondaryIndexes",
            INDEX,
            INDEX | {"provisionedThroughput": {"numberOfDecreasesToday": 1, "readCapacityUnits": 50}},
        ),
        ("AWS::EC2::SecurityGroup", "Configuration.NetworkInterfaces", INTERFACE, INTERFACE | {"status": "x"}),
    ],
)
def test_list_elements_that_differ_otherwise_are_no_noise(
    reason: Callable[..., str | None], resource_type: str, path: str, before: Any, after: Any
) -> None:
    """Another subnet, another group, another instance."""
    assert reason(resource_type, {f"{path}.0": (before, None), f"{path}.1": (None, after)}) is None


@pytest.mark.parametrize(
    "properties",
    [
        {"Configuration.NetworkInterfaces.0": (INTERFACE, None)},
        {"Configuration.NetworkInterfaces.0": (None, INTERFACE)},
        {
            "Configuration.NetworkInterfaces.0": (INTERFACE, None),
            "Configuration.NetworkInterfaces.1": (None, INTERFACE | {"status": "x"}),
            "Configuration.NetworkInterfaces.2": (None, INTERFACE | {"status": "y"}),
        },
        {"Configuration.NetworkInterfaces": ([INTERFACE], [])},
    ],
)
def test_a_list_element_that_came_or_went_is_no_noise(reason: Callable[..., str | None], properties: Diff) -> None:
    """A network interface was attached or detached."""
    assert reason("AWS::EC2::Instance", properties) is None


def test_what_is_no_list_element_does_not_settle_like_one(reason: Callable[..., str | None]) -> None:
    """Only positions are compared as collections."""
    path = "Configuration.NetworkInterfaces.Primary"

    assert reason("AWS::EC2::Instance", {path: (INTERFACE, INTERFACE | {"status": "x"})}) is None


@pytest.mark.parametrize(
    ("resource_type", "path", "before", "after"),
    [
        ("AWS::EC2::NetworkInterface", "Configuration.Attachment.Status", "attached", "detached"),
        ("AWS::EC2::NetworkInterface", "Configuration.Attachment.Status", None, "attached"),
        ("AWS::EC2::NetworkInterface", "Configuration.Status", "in-use", "available"),
        ("AWS::EC2::Volume", "Configuration.State", "available", "in-use"),
        ("AWS::EC2::VPCEndpoint", "Configuration.State", "available", "deleting"),
        ("AWS::EC2::NatGateway", "Configuration.State", "available", "deleted"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Configuration.State.Code", "active", "failed"),
        ("AWS::RDS::DBInstance", "Configuration.DBInstanceStatus", "available", "stopped"),
        ("AWS::RDS::DBInstance", "Configuration.DBInstanceStatus", "available", "modifying"),
        ("AWS::RDS::DBCluster", "Configuration.Status", "available", "stopping"),
        ("AWS::Lambda::Function", "Configuration.State", "Active", "Failed"),
        ("AWS::EC2::Instance", "Configuration.State.Name", "running", "stopped"),
        ("AWS::EC2::Instance", "Configuration.PublicIpAddress", None, "203.0.113.7"),
        ("AWS::AutoScaling::AutoScalingGroup", "Configuration.DesiredCapacity", 2, 3),
        ("AWS::ECS::Service", "Configuration.DesiredCount", 2, 3),
        ("AWS::EC2::Subnet", "Configuration.AvailableIpAddressCountX", 1, 2),
        ("AWS::EC2::Subnet", "Configuration.MapPublicIpOnLaunch", False, True),
        ("AWS::EC2::SubnetX", "Configuration.AvailableIpAddressCount", 1, 2),
        ("AWS::IAM::Role", "Configuration.MaxSessionDuration", 3600, 43200),
        ("AWS::IAM::Policy", "Configuration.DefaultVersionId", "v1", "v2"),
        ("AWS::DynamoDB::Table", "Configuration.ProvisionedThroughput.ReadCapacityUnits", 5, 50),
        ("AWS::KMS::Key", "Configuration.KeyState", "Enabled", "Disabled"),
        ("AWS::CloudWatch::Alarm", "Configuration.ActionsEnabled", True, False),
        ("AWS::SecretsManager::Secret", "Configuration.LastRotatedDate", "a", "b"),
        (
            "AWS::ACM::Certificate",
            "Configuration.Options.CertificateTransparencyLoggingPreference",
            "ENABLED",
            "DISABLED",
        ),
    ],
)
def test_a_property_that_a_person_may_change_is_no_noise(
    reason: Callable[..., str | None], resource_type: str, path: str, before: Any, after: Any
) -> None:
    """People stop instances, set capacities and disable keys: such changes go on to attribution."""
    assert reason(resource_type, {path: (before, after)}) is None


@pytest.mark.parametrize(("resource_type", "path", "before", "after"), VOLATILE[:8])
def test_one_real_change_among_volatile_ones_is_no_noise(
    reason: Callable[..., str | None], resource_type: str, path: str, before: Any, after: Any
) -> None:
    """Every changed path must be noise."""
    assert reason(resource_type, {path: (before, after), "Configuration.Description": ("a", "b")}) is None


def test_paths_are_compared_without_regard_to_case(reason: Callable[..., str | None]) -> None:
    """Config capitalises them by its own habits."""
    assert "volatile-property" == reason("AWS::EC2::Subnet", {"configuration.availableIPAddressCount": (1, 2)})


def test_relationships_and_volatile_properties_together_are_noise(reason: Callable[..., str | None]) -> None:
    """An interface came: the subnet has a neighbour more and an address less."""
    assert "volatile-property" == reason(
        "AWS::EC2::Subnet", {"Relationships.0": (None, {}), "Configuration.AvailableIpAddressCount": (2, 1)}
    )


def test_every_volatile_row_is_known_to_this_test() -> None:
    """Each has an example that no other row explains."""
    examples = [*VOLATILE, *((type_, f"{path}.0", before, after) for type_, path, before, after in SETTLING)]

    def explained(example: tuple[str, str, Any, Any], row: Any) -> bool:
        type_, path, *_ = example
        return fnmatchcase(type_, row.resource_type) and fnmatchcase(path.lower(), row.path.lower())

    assert [] == [
        row
        for row in VOLATILE_PROPERTIES
        if not any(
            [row] == [other for other in VOLATILE_PROPERTIES if explained(example, other)] for example in examples
        )
    ]


def test_every_value_between_which_a_property_settles_is_known_to_this_test() -> None:
    """A value more would be a change less that anybody hears of."""
    named = {
        (row.resource_type, row.path): {value.lower() for value in row.between}
        for row in VOLATILE_PROPERTIES
        if row.between
    }

    assert {
        ("AWS::EC2::NetworkInterface", "Configuration.Attachment.Status"): {"attaching", "attached"},
        ("AWS::EC2::NetworkInterface", "Configuration.Status"): {"pending", "associated", "attaching", "in-use"},
        ("AWS::EC2::Volume", "Configuration.State*"): {"creating", "available"},
        ("AWS::EC2::VPCEndpoint", "Configuration.State*"): {"pending", "available"},
        ("AWS::EC2::NatGateway", "Configuration.State*"): {"pending", "available"},
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "Configuration.State.Code"): {"provisioning", "active"},
        ("AWS::RDS::DBInstance", "Configuration.DBInstanceStatus"): {"available", "backing-up", "storage-optimization"},
        ("AWS::RDS::DBCluster", "Configuration.Status"): {"available", "backing-up"},
        ("AWS::Lambda::Function", "Configuration.State"): {"pending", "active", "inactive"},
    } == named


# Attributes that AWS rolls out

ROLLED_OUT = [
    *(
        ("AWS::EC2::Instance", f"Configuration.{name}")
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
    ("AWS::EC2::NetworkInterface", "Configuration.Operator"),
    ("AWS::EC2::Volume", "Configuration.Operator"),
    ("AWS::EC2::SecurityGroup", "Configuration.SecurityGroupArn"),
    ("AWS::EC2::Subnet", "Configuration.BlockPublicAccessStates"),
    ("AWS::EC2::VPC", "Configuration.BlockPublicAccessStates"),
]


@pytest.mark.parametrize(("resource_type", "path"), ROLLED_OUT)
def test_an_attribute_that_appears_is_a_rollout(
    reason: Callable[..., str | None], resource_type: str, path: str
) -> None:
    """On every resource of the type, on the same day, with no value before."""
    assert "aws-rollout" == reason(resource_type, {path: (None, {"a": 1})})


@pytest.mark.parametrize(("resource_type", "path"), ROLLED_OUT)
def test_an_attribute_that_changes_is_somebodys(
    reason: Callable[..., str | None], resource_type: str, path: str
) -> None:
    """A person's call changes its value and never brings it into being."""
    assert reason(resource_type, {path: ({"a": 1}, {"a": 2})}) is None


def test_an_attribute_that_appears_beside_a_real_change_is_no_noise(reason: Callable[..., str | None]) -> None:
    """Somebody touched this one."""
    assert (
        reason("AWS::EC2::Instance", {"Configuration.Operator": (None, {}), "Configuration.State.Name": ("a", "b")})
        is None
    )


@pytest.mark.parametrize(
    ("resource_type", "path"),
    [
        ("AWS::EC2::Instance", "Configuration.IamInstanceProfile"),
        ("AWS::S3::Bucket", "SupplementaryConfiguration.BucketPolicy"),
        ("AWS::EC2::Volume", "Configuration.MetadataOptions"),
    ],
)
def test_another_attribute_that_appears_is_somebodys(
    reason: Callable[..., str | None], resource_type: str, path: str
) -> None:
    """A policy has no previous value either."""
    assert reason(resource_type, {path: (None, {})}) is None


def test_every_rolled_out_row_is_known_to_this_test() -> None:
    """None more, none less."""
    rows = {(row.resource_type, row.path.removesuffix("*")) for row in ROLLED_OUT_PROPERTIES}

    assert set(ROLLED_OUT) == rows


def test_a_reason_comes_with_its_cause(a_change: Build) -> None:
    """In words, for whoever reads the log."""
    change = a_change("subnet-1", type="AWS::EC2::Subnet", properties={"Configuration.AvailableIpAddressCount": (2, 1)})
    noise = noise_in(change)

    assert noise is not None
    assert "an address came or went" == noise.explanation
