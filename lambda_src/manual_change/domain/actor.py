"""Who is behind a userIdentity, and what evidence says so: the table of DESIGN section 5.4, row by row.

Only what AWS writes into a record is proof: the identity's type, the issuer's ARN with its path, `invokedBy`, the
source address of a service, the console flag, credentials that it delivered to a machine. What a caller chooses
(session name, user agent, the name of a role) describes and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from manual_change.domain.api_call import ApiCall, flag, mapping
from manual_change.domain.policy import Policy
from manual_change.domain.tools import CLOUDFORMATION, invoking_service, via_of

PERSON: Final = "person"
ROOT: Final = "root"
PIPELINE: Final = "pipeline"
WORKLOAD: Final = "workload"
AWS_SERVICE: Final = "aws-service"
UNKNOWN: Final = "unknown"

SERVICES_OF_CONSEQUENCE: Final = frozenset(
    {
        "autoscaling",
        "autoscaling-plans",
        "application-autoscaling",
        "backup",
        "batch",
        "dax",
        "dlm",
        "ec2",
        "ec2fleet",
        "ecs",
        "ecs-tasks",
        "edgelambda",
        "eks",
        "eks-fargate",
        "eks-nodegroup",
        "elasticache",
        "elasticfilesystem",
        "elasticloadbalancing",
        "elasticmapreduce",
        "es",
        "fsx",
        "lambda",
        "opensearchservice",
        "rds",
        "redshift",
        "replication.dynamodb",
        "spot",
        "spotfleet",
        "transitgateway",
        "vpc",
    }
)
"""TABLE: services whose calls on behalf of a person only follow from another call that is recorded itself (scaling,
replacing, attaching, backing up). Services that people steer by hand (ssm, cloudcontrolapi, …) are not here."""

_PERSON_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "SAMLUser": ("saml", "signed in with SAML"),
    "FederatedUser": ("federated-principal", "a federated session of a person's access key (GetFederationToken)"),
    "IdentityCenterUser": ("identity-center", "an Identity Center person"),
    "IAMUser": ("iam-user", "an IAM user: a person's password or access key"),
}

_SERVICE_LINKED: Final = ":role/aws-service-role/"
_IDENTITY_CENTER: Final = ":role/aws-reserved/sso.amazonaws.com/"
"""AWS reserves both paths; a role made elsewhere with such a name stays outside of them."""
_PERMISSION_SET_ROLE: Final = "AWSReservedSSO"
"""How Identity Center begins the name of every role that it makes in its path."""

_ROLE_TYPES: Final = frozenset({"AssumedRole", "Role"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is behind the principal of a call."""

    kind: str
    """`person`, `root`, `pipeline`, `workload`, `aws-service` or `unknown`."""
    name: str
    """What people call them: the session name of an Identity Center person, the IAM user, `role/session`."""
    principal: str | None
    """The caller's ARN as CloudTrail wrote it."""
    via: str
    """`console`, `cli`, `sdk`, `terraform`, `pulumi`, `cdk`, `cloudformation`, `<service>` or `unknown`."""
    source_ip: str | None
    """Address, or the name of the service that called."""
    mfa: bool | None
    """Whether the session was authenticated with MFA; None where the record does not say."""

    def to_json(self) -> dict[str, Any]:
        """The `actor` object of the JSON contract."""
        return {
            "kind": self.kind,
            "name": self.name,
            "principal": self.principal,
            "via": self.via,
            "source_ip": self.source_ip,
            "mfa": self.mfa,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Actor:
        """Read what `to_json` wrote."""
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class Judged:
    """Who made a call, whether by hand, by which row of the table, and in words why."""

    actor: Actor
    manual: bool
    reason: str
    """A code of docs/judgement.md."""
    evidence: str
    principals: tuple[str, ...]
    """The ARNs that the policy's patterns are compared with: role with path, then session or caller."""


def judge(call: ApiCall, policy: Policy) -> Judged:
    """Examine the evidence in order; the first row that matches decides (DESIGN, section 5.4)."""
    identity = call.identity
    session = mapping(identity.get("sessionContext"))
    issuer_arn = text(mapping(session.get("sessionIssuer")).get("arn"))
    caller_arn = text(identity.get("arn"))
    principals = tuple(dict.fromkeys(arn for arn in (issuer_arn, caller_arn) if arn))
    via = via_of(call.record)

    def judged(kind: str, *, manual: bool, reason: str, evidence: str) -> Judged:
        actor = Actor(
            kind=kind,
            name=_name(kind, identity, session, caller_arn, via),
            principal=caller_arn,
            via=via,
            source_ip=text(call.record.get("sourceIPAddress")),
            mfa=flag(mapping(session.get("attributes")).get("mfaAuthenticated")),
        )
        return Judged(actor, manual, reason, evidence, principals)

    # 1: AWS itself
    aws = _aws_itself(call.record, identity, issuer_arn)
    if aws:
        return judged(AWS_SERVICE, manual=False, reason="aws-service", evidence=aws)
    # rows 5 to 9 say who it is; rows 2 to 4 may decide before them
    kind, manual, reason, evidence = _who(identity, session, issuer_arn, call.record, principals, via, policy)
    # 2: never trusted
    always = policy.always_notifies(principals)
    if always:
        evidence = f"the policy always notifies {always.principal} ({always.reason})"
        return judged(_untrusted(kind), manual=True, reason="always-notify", evidence=evidence)
    invoker = invoking_service(call.record)
    # 3: CloudFormation
    if via == CLOUDFORMATION and policy.trust_cloudformation:
        evidence = f"called by CloudFormation on behalf of {_short(caller_arn)}: AWS wrote cloudformation.amazonaws.com"
        return judged(kind, manual=False, reason="cloudformation", evidence=evidence)
    # 4: another service, for somebody
    if invoker and invoker != CLOUDFORMATION:
        by_person = kind in (PERSON, ROOT)
        if by_person and invoker in SERVICES_OF_CONSEQUENCE:
            evidence = f"{invoker} called as a consequence of another recorded call"
            return judged(kind, manual=False, reason="service-consequence", evidence=evidence)
        if by_person:
            evidence = f"{invoker} called on behalf of {_short(caller_arn)}: {evidence}"
            return judged(kind, manual=True, reason="service-for-person", evidence=evidence)
        if text(identity.get("type")) in _ROLE_TYPES:
            evidence = f"{invoker} called with the role {_short(issuer_arn or caller_arn)}, which is not a person's"
            return judged(kind, manual=False, reason="service-for-role", evidence=evidence)
    return judged(kind, manual=manual, reason=reason, evidence=evidence)


def _aws_itself(record: Mapping[str, Any], identity: Mapping[str, Any], issuer_arn: str | None) -> str | None:
    if record.get("eventType") == "AwsServiceEvent":
        return "an AwsServiceEvent: AWS did this by itself"
    if identity.get("type") == "AWSService":
        return f"userIdentity.type is AWSService ({identity.get('invokedBy', 'no service named')})"
    if issuer_arn and _SERVICE_LINKED in issuer_arn:
        return f"the service-linked role {issuer_arn.rpartition('/')[2]}"
    return None


def _who(
    identity: Mapping[str, Any],
    session: Mapping[str, Any],
    issuer_arn: str | None,
    record: Mapping[str, Any],
    principals: tuple[str, ...],
    via: str,
    policy: Policy,
) -> tuple[str, bool, str, str]:
    """Rows 5 to 9: (kind, manual, reason, evidence)."""
    # 5: root
    if identity.get("type") == "Root":
        return ROOT, True, "root", "the root of the account, which no policy can trust"
    # 6: a pipeline that the team named
    trusted = policy.trusts(principals, via)
    if trusted:
        return PIPELINE, False, "trusted-principal", f"the policy trusts {trusted.principal} ({trusted.reason})"
    # 7: a person
    person = _person(identity, session, issuer_arn, record)
    if person:
        return PERSON, True, *person
    # 8: a machine with credentials that AWS delivered to it
    machine = _machine(identity, session)
    if machine:
        return WORKLOAD, policy.notify_workloads, "workload", machine
    # 9: nobody that anything proves
    said = text(identity.get("type")) or "no type at all"
    return UNKNOWN, True, "unproven-principal", f"nothing proves that {_short(principals)} is a machine ({said})"


def _person(
    identity: Mapping[str, Any], session: Mapping[str, Any], issuer_arn: str | None, record: Mapping[str, Any]
) -> tuple[str, str] | None:
    if flag(record.get("sessionCredentialFromConsole")):
        return "console-session", "sessionCredentialFromConsole is true: credentials of a console session"
    source_identity = text(session.get("sourceIdentity"))
    if source_identity:
        return "source-identity", f"the session carries the source identity {source_identity}"
    if issuer_arn and _IDENTITY_CENTER in issuer_arn:
        role = issuer_arn.rpartition("/")[2]
        if role.startswith(_PERMISSION_SET_ROLE):
            return "identity-center", f"the Identity Center role {role}"
    provider = text(identity.get("identityProvider"))
    if provider and ":saml-provider/" in provider:
        return "saml", f"signed in with SAML through {provider}"
    kind = identity.get("type")
    return _PERSON_TYPES.get(kind) if isinstance(kind, str) else None


def _machine(identity: Mapping[str, Any], session: Mapping[str, Any]) -> str | None:
    scope = mapping(identity.get("inScopeOf")) or mapping(session.get("inScopeOf"))
    if scope:
        issued_to = text(scope.get("credentialsIssuedTo")) or text(scope.get("sourceArn"))
        return f"credentials issued to {issued_to or text(scope.get('issuerType')) or 'a resource'}"
    delivery = session.get("ec2RoleDelivery") or identity.get("ec2RoleDelivery")
    if isinstance(delivery, str | int | float) and delivery:
        return f"credentials delivered to an EC2 instance (ec2RoleDelivery {delivery})"
    return None


def _untrusted(kind: str) -> str:
    """Somebody whom one entry trusts and another always reports is no pipeline."""
    return UNKNOWN if kind == PIPELINE else kind


def _name(kind: str, identity: Mapping[str, Any], session: Mapping[str, Any], caller_arn: str | None, via: str) -> str:
    if kind == ROOT:
        return "root"
    if kind == AWS_SERVICE:
        invoked_by = text(identity.get("invokedBy"))
        issuer = text(mapping(session.get("sessionIssuer")).get("userName"))
        return invoked_by or issuer or (via if via != "unknown" else "AWS")
    user_name = text(identity.get("userName"))
    resource = caller_arn.split(":", 5)[-1] if caller_arn else ""
    parts = resource.split("/")
    if parts[0] == "assumed-role" and len(parts) >= 3:
        role, session_name = parts[1], "/".join(parts[2:])
        return text(session.get("sourceIdentity")) or (session_name if kind == PERSON else f"{role}/{session_name}")
    on_behalf = text(mapping(identity.get("onBehalfOf")).get("userId"))
    return user_name or (parts[-1] or None) or on_behalf or text(identity.get("principalId")) or "nobody named"


def _short(arn: str | tuple[str, ...] | None) -> str:
    if isinstance(arn, tuple):
        arn = arn[-1] if arn else None
    return arn.split(":", 5)[-1] if arn else "a caller without an ARN"


def text(value: object) -> str | None:
    """The string, or None where there is none or something else."""
    return value if isinstance(value, str) and value else None
