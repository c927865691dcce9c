"""How bad a finding may be, by rules that people know. It orders and colours messages; it never decides about telling.

Rules are asked in the order of RULES, the first that holds wins. Those about values read only what a change added:
AWS Config tells no values of a resource that was just created, which is then rated by its calls and its type.
docs/severity.md lists the rules; a test compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from manual_change.domain.actor import ROOT
from manual_change.domain.api_call import plain_name
from manual_change.domain.change import DELETE
from manual_change.domain.exposure import grants_administration, opens_to_everybody
from manual_change.domain.finding import Finding

CRITICAL: Final = "critical"
HIGH: Final = "high"
MEDIUM: Final = "medium"
LOW: Final = "low"

LEVELS: Final = (CRITICAL, HIGH, MEDIUM, LOW)
"""Worst first."""

WATCHING_STOPPED: Final[Mapping[str, tuple[str, ...]]] = {
    "cloudtrail": ("StopLogging", "DeleteTrail", "DeleteEventDataStore", "StopEventDataStoreIngestion"),
    "config": ("StopConfigurationRecorder", "DeleteConfigurationRecorder", "DeleteDeliveryChannel"),
    "guardduty": ("DeleteDetector", "DisassociateFromMasterAccount", "DisassociateFromAdministratorAccount"),
    "securityhub": ("DisableSecurityHub",),
    "access-analyzer": ("DeleteAnalyzer",),
    "macie2": ("DisableMacie",),
    "inspector2": ("Disable",),
    "ec2": ("DeleteFlowLogs",),
    "wafv2": ("DeleteLoggingConfiguration",),
}
"""TABLE: service -> calls after which nobody watches, or what was written down is gone."""

WATCHING_CHANGED: Final[Mapping[str, tuple[str, ...]]] = {
    "cloudtrail": ("UpdateTrail", "PutEventSelectors", "PutInsightSelectors"),
    "config": ("PutConfigurationRecorder", "PutDeliveryChannel", "DeleteConfigRule"),
    "guardduty": (
        "UpdateDetector",
        "CreateFilter",
        "UpdateFilter",
        "CreateIPSet",
        "UpdateIPSet",
        "StopMonitoringMembers",
    ),
    "securityhub": ("BatchDisableStandards", "UpdateStandardsControl"),
    "events": ("DisableRule", "DeleteRule", "RemoveTargets"),
    "cloudwatch": ("DeleteAlarms", "DisableAlarmActions"),
    "monitoring": ("DeleteAlarms", "DisableAlarmActions"),
    "logs": ("DeleteLogGroup", "PutRetentionPolicy", "DeleteSubscriptionFilter", "DeleteMetricFilter"),
    "s3": ("PutBucketLogging", "DeleteBucketLifecycle"),
}
"""TABLE: service -> calls that may make somebody see less."""

KEYS_LOST: Final[Mapping[str, tuple[str, ...]]] = {
    "kms": ("ScheduleKeyDeletion", "DisableKey", "DeleteImportedKeyMaterial", "DeleteCustomKeyStore"),
}
"""TABLE: service -> calls after which data can no longer be read."""

PRIVILEGES: Final[Mapping[str, tuple[str, ...]]] = {
    "iam": (
        "Attach*Policy", "Put*Policy", "Delete*PermissionsBoundary", "Put*PermissionsBoundary", "CreatePolicyVersion",
        "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "AddUserToGroup", "CreateAccessKey", "UpdateAccessKey",
        "CreateLoginProfile", "UpdateLoginProfile", "CreateUser", "AddRoleToInstanceProfile", "DeactivateMFADevice",
        "CreateSAMLProvider", "UpdateSAMLProvider", "CreateOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint", "CreateServiceSpecificCredential", "UploadSSHPublicKey",
    ),
    "sso": (
        "CreateAccountAssignment", "AttachManagedPolicyToPermissionSet", "PutInlinePolicyToPermissionSet",
        "AttachCustomerManagedPolicyReferenceToPermissionSet", "DeletePermissionsBoundaryFromPermissionSet",
    ),
    "organizations": ("DetachPolicy", "DisablePolicyType", "UpdatePolicy", "LeaveOrganization", "RemoveAccountFrom*"),
    "rolesanywhere": ("CreateTrustAnchor", "CreateProfile", "UpdateProfile"),
}  # fmt: skip
"""TABLE: service -> calls (globs) that give somebody more rights, or a way in."""

NETWORK: Final = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::NetworkAcl",
    "AWS::EC2::RouteTable",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::TransitGateway*",
    "AWS::EC2::VPC*",
    "AWS::EC2::Subnet",
    "AWS::NetworkFirewall::*",
    "AWS::WAF*::*",
)
"""TABLE: types (globs) that decide who reaches whom."""

IDENTITY: Final = ("AWS::IAM::*", "AWS::SSO::*", "AWS::KMS::*", "AWS::SecretsManager::*", "AWS::Organizations::*")
"""TABLE: types (globs) that decide who may do what, and who may read what."""


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad a finding may be, and the rule that says so."""

    level: str
    """`critical`, `high`, `medium` or `low`."""
    rule: str
    """A stable code of docs/severity.md."""

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return LEVELS.index(self.level)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    level: str
    code: str
    holds: Callable[[Finding], bool]


def severity(finding: Finding) -> Severity:
    """The first rule that holds."""
    for rule in RULES:
        if rule.holds(finding):
            return Severity(rule.level, rule.code)
    return Severity(LOW, ORDINARY)


def _called(table: Mapping[str, tuple[str, ...]]) -> Callable[[Finding], bool]:
    """Whether any of the finding's calls is in the table."""

    def holds(finding: Finding) -> bool:
        for call in finding.calls:
            patterns = table.get(call.event_source.partition(".")[0], ())
            name = plain_name(call.event_name)
            if any(fnmatchcase(name, pattern) for pattern in patterns):
                return True
        return False

    return holds


def _of_type(patterns: tuple[str, ...]) -> Callable[[Finding], bool]:
    def holds(finding: Finding) -> bool:
        change = finding.change
        return change is not None and any(fnmatchcase(change.resource.type, pattern) for pattern in patterns)

    return holds


def _by_root(finding: Finding) -> bool:
    return finding.actor is not None and finding.actor.kind == ROOT


def _exposes(finding: Finding) -> bool:
    return finding.change is not None and opens_to_everybody(finding.change)


def _makes_administrators(finding: Finding) -> bool:
    return finding.change is not None and grants_administration(finding.change)


def _deletes(finding: Finding) -> bool:
    return finding.change is not None and finding.change.change_type == DELETE


ORDINARY: Final = "ordinary"

RULES: Final = (
    Rule(CRITICAL, "root", _by_root),
    Rule(CRITICAL, "watching-stopped", _called(WATCHING_STOPPED)),
    Rule(CRITICAL, "public-exposure", _exposes),
    Rule(CRITICAL, "administrator-rights", _makes_administrators),
    Rule(HIGH, "key-lost", _called(KEYS_LOST)),
    Rule(HIGH, "iam-privilege", _called(PRIVILEGES)),
    Rule(HIGH, "watching-changed", _called(WATCHING_CHANGED)),
    Rule(MEDIUM, "deleted", _deletes),
    Rule(MEDIUM, "network", _of_type(NETWORK)),
    Rule(MEDIUM, "identity", _of_type(IDENTITY)),
)
"""TABLE: the rules, first match wins; where none holds: low, `ordinary`."""
