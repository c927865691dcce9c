"""Which recorded changes nobody made. Three tables and the order in which they are asked (DESIGN, section 5.2).

A change is noise only when *every* changed path is noise, and a row stands here only when no person's call could
leave exactly that trace. Paths are compared without regard to case: Config capitalises them by its own habits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from manual_change.domain.change import CREATE, UPDATE, Change, PropertyChange

RELATIONSHIPS_ONLY: Final = "relationships-only"
NO_PROPERTIES_CHANGED: Final = "no-properties-changed"
VOLATILE_PROPERTY: Final = "volatile-property"
AWS_MANAGED_RESOURCE: Final = "aws-managed-resource"
AWS_ROLLOUT: Final = "aws-rollout"
INVENTORY: Final = "inventory"
DISCOVERED: Final = "discovered"
NO_PREVIOUS_ITEM: Final = "no-previous-item"
RESOURCE_TYPE_EXCLUDED: Final = "resource-type-excluded"

FIRST_SIGHT: Final = timedelta(hours=24)
"""A resource that is seen for the first time longer than this after it was made was discovered, not made."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Why a change is no one's doing."""

    reason: str
    explanation: str


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


def noise_in(change: Change, *, excluded_resource_types: Sequence[str] = ()) -> Noise | None:
    """Why nobody made this change, or None: somebody may have, and it goes on to attribution."""
    for rule in RULES:
        noise = rule.ask(change, excluded_resource_types)
        if noise is not None:
            return noise
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """One question asked of a change; the first that is answered with a noise decides."""

    question: str
    ask: Callable[[Change, Sequence[str]], Noise | None]


def _excluded(change: Change, excluded_resource_types: Sequence[str]) -> Noise | None:
    for pattern in excluded_resource_types:
        if fnmatchcase(change.resource.type, pattern):
            return Noise(RESOURCE_TYPE_EXCLUDED, f"{change.resource.type} is excluded by the setting {pattern!r}")
    return None


def _inventory(change: Change, _: Sequence[str]) -> Noise | None:
    what = INVENTORY_TYPES.get(change.resource.type)
    return Noise(INVENTORY, f"{change.resource.type}: {what}") if what else None


def _no_previous_item(change: Change, _: Sequence[str]) -> Noise | None:
    if change.no_previous_item:
        return Noise(NO_PREVIOUS_ITEM, "an item without an earlier one to compare it to")
    return None


def _aws_managed(change: Change, _: Sequence[str]) -> Noise | None:
    managed = _managed(change)
    return Noise(AWS_MANAGED_RESOURCE, managed.cause) if managed else None


def _discovered(change: Change, _: Sequence[str]) -> Noise | None:
    created_at = change.resource_created_at
    if change.change_type == CREATE and created_at is not None and change.captured_at - created_at > FIRST_SIGHT:
        age = change.captured_at - created_at
        return Noise(DISCOVERED, f"first sight of a resource that was made {age.days} days before")
    return None


def _nothing_changed(change: Change, _: Sequence[str]) -> Noise | None:
    if change.change_type == UPDATE and not change.diff_left_out and not change.properties:
        return Noise(NO_PROPERTIES_CHANGED, "Config recorded the resource again; no property differs")
    return None


def _only_noise_changed(change: Change, _: Sequence[str]) -> Noise | None:
    if change.change_type != UPDATE or change.diff_left_out or not change.properties:
        return None
    return _noise_in_properties(change.resource.type, change.properties)


RULES: Final[tuple[Rule, ...]] = (
    Rule("is the resource type left out by a setting?", _excluded),
    Rule("does the type only report (inventory, compliance)?", _inventory),
    Rule("is it an item without an earlier one to compare it to?", _no_previous_item),
    Rule("does AWS itself make and remove the resource?", _aws_managed),
    Rule("is it the first sight of an old resource?", _discovered),
    Rule("was it recorded again without any difference?", _nothing_changed),
    Rule("did only relationships, volatile properties or attributes that AWS added change?", _only_noise_changed),
)


def _managed(change: Change) -> ManagedResource | None:
    if not isinstance(change.configuration, Mapping):
        return None
    if change.change_type == UPDATE and any(_is_tag(changed.path) for changed in change.properties):
        return None  # a person may tag what AWS manages
    for row in MANAGED_RESOURCES:
        if row.resource_type == change.resource.type:
            value = change.configuration.get(row.key)
            if _spelled(value) in row.values:
                return row
    return None


def _is_tag(path: str) -> bool:
    return any(segment.lower() in ("tags", "tagset", "taglist") for segment in path.split("."))


def _noise_in_properties(resource_type: str, properties: Sequence[PropertyChange]) -> Noise | None:
    volatile, rolled_out = _rows(resource_type)
    causes: list[str] = []
    appeared: list[str] = []
    rest: list[PropertyChange] = []
    for changed in properties:
        path = changed.path.lower()
        if path.startswith("relationships.") or path == "relationships":
            continue
        row = next((row for row in volatile if fnmatchcase(path, row.path.lower()) and not row.ignoring), None)
        if row and _within(changed, row.between):
            causes.append(row.cause)
        elif changed.before is None and any(fnmatchcase(path, added.path.lower()) for added in rolled_out):
            appeared.append(changed.path)
        else:
            rest.append(changed)
    element_causes = _settled_elements(rest, volatile)
    if element_causes is None:
        return None
    causes += element_causes
    if appeared:
        return Noise(AWS_ROLLOUT, f"AWS added {', '.join(appeared)} to resources of this type; nobody touched this one")
    if causes:
        return Noise(VOLATILE_PROPERTY, "; ".join(dict.fromkeys(causes)))
    return Noise(RELATIONSHIPS_ONLY, "only relationships changed: a neighbour changed, not this resource")


def _within(changed: PropertyChange, between: frozenset[str]) -> bool:
    """A change that brings a whole object (`State`: {"code": …}) is compared by the object's own code or name."""
    if not between:
        return True
    allowed = {value.lower() for value in between}
    values = (_state(changed.before), _state(changed.after))
    return all(value in allowed for value in values)


def _state(value: object) -> str:
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("code", "name", "value") if key in value), None)
    return _spelled(value).lower()


def _settled_elements(rest: Sequence[PropertyChange], volatile: Sequence[VolatileProperty]) -> list[str] | None:
    """The causes of list elements that are the same but for keys that settle; None if anything else changed.

    Config writes a changed element as one removed and one added, at positions that mean nothing: they are
    compared as collections.
    """
    causes: list[str] = []
    lists: dict[str, list[PropertyChange]] = {}
    for changed in rest:
        parent, _, position = changed.path.rpartition(".")
        if not position.isdecimal():
            return None
        lists.setdefault(parent, []).append(changed)
    for elements in lists.values():
        path = elements[0].path.lower()
        row = next((row for row in volatile if row.ignoring and fnmatchcase(path, row.path.lower())), None)
        if row is None:
            return None
        before = sorted(_without(each.before, row.ignoring) for each in elements if each.before is not None)
        after = sorted(_without(each.after, row.ignoring) for each in elements if each.after is not None)
        if before != after:
            return None
        causes.append(row.cause)
    return causes


def _without(element: Any, ignoring: Iterable[str]) -> str:
    copy = json.loads(json.dumps(element, default=str))
    for dotted in ignoring:
        *parents, last = dotted.split(".")
        inner = copy
        for parent in parents:
            inner = inner.get(parent) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            inner.pop(last, None)
    return json.dumps(copy, sort_keys=True)


def _spelled(value: object) -> str:
    return "true" if value is True else str(value)


@lru_cache(maxsize=1024)
def _rows(resource_type: str) -> tuple[tuple[VolatileProperty, ...], tuple[RolledOutProperty, ...]]:
    return (
        tuple(row for row in VOLATILE_PROPERTIES if fnmatchcase(resource_type, row.resource_type)),
        tuple(row for row in ROLLED_OUT_PROPERTIES if fnmatchcase(resource_type, row.resource_type)),
    )
