"""Who is behind a userIdentity, and what evidence says so: the table of DESIGN section 5.4, row by row.

Only what AWS writes into a record is proof: the identity's type, the issuer's ARN with its path, `invokedBy`, the
source address of a service, the console flag, credentials that it delivered to a machine. What a caller chooses
(session name, user agent, the name of a role) describes and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from manual_change.domain.actor import AWS_SERVICE, PERSON, PIPELINE, ROOT, UNKNOWN, WORKLOAD, Actor
from manual_change.domain.api_call import ApiCall, flag, mapping
from manual_change.domain.policy import Policy
from manual_change.domain.tools import CLOUDFORMATION, invoking_service, via_of

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
    case = _Case.of(call, policy)
    for row in ROWS:
        claim = row.ask(case)
        if claim is not None:
            return case.judged(claim)
    raise AssertionError("the last row of the table matches every call")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table."""

    number: int
    question: str
    ask: Callable[[_Case], _Claim | None]


def asked(call: ApiCall, policy: Policy) -> Iterator[tuple[Row, str | None]]:
    """Each row in order with the evidence that it found, None where it found none; ends with the row that decides."""
    case = _Case.of(call, policy)
    for row in ROWS:
        claim = row.ask(case)
        yield row, claim.evidence if claim else None
        if claim:
            return


class _Claim(NamedTuple):
    """What a row says."""

    kind: str
    manual: bool
    reason: str
    evidence: str


@dataclass(slots=True)
class _Case:
    """A call with what the rows look at, read once."""

    record: Mapping[str, Any]
    identity: Mapping[str, Any]
    session: Mapping[str, Any]
    issuer_arn: str | None
    caller_arn: str | None
    principals: tuple[str, ...]
    via: str
    policy: Policy
    _who: _Claim | None = None

    @classmethod
    def of(cls, call: ApiCall, policy: Policy) -> _Case:
        identity = call.identity
        session = mapping(identity.get("sessionContext"))
        issuer_arn = text(mapping(session.get("sessionIssuer")).get("arn"))
        caller_arn = text(identity.get("arn"))
        principals = tuple(dict.fromkeys(arn for arn in (issuer_arn, caller_arn) if arn))
        return cls(call.record, identity, session, issuer_arn, caller_arn, principals, via_of(call.record), policy)

    @property
    def who(self) -> _Claim:
        """What rows 5 to 9 say, which rows 2 to 4 need to know."""
        if self._who is None:
            self._who = next(claim for row in ROWS[4:] if (claim := row.ask(self)) is not None)
        return self._who

    def judged(self, claim: _Claim) -> Judged:
        actor = Actor(
            kind=claim.kind,
            name=_name(claim.kind, self.identity, self.session, self.caller_arn, self.via),
            principal=self.caller_arn,
            via=self.via,
            source_ip=text(self.record.get("sourceIPAddress")),
            mfa=flag(mapping(self.session.get("attributes")).get("mfaAuthenticated")),
        )
        return Judged(actor, claim.manual, claim.reason, claim.evidence, self.principals)


def _aws_itself(case: _Case) -> _Claim | None:
    if case.record.get("eventType") == "AwsServiceEvent":
        evidence = "an AwsServiceEvent: AWS did this by itself"
    elif case.identity.get("type") == "AWSService":
        evidence = f"userIdentity.type is AWSService ({case.identity.get('invokedBy', 'no service named')})"
    elif case.issuer_arn and _SERVICE_LINKED in case.issuer_arn:
        evidence = f"the service-linked role {case.issuer_arn.rpartition('/')[2]}"
    else:
        return None
    return _Claim(AWS_SERVICE, False, "aws-service", evidence)


def _always_notified(case: _Case) -> _Claim | None:
    entry = case.policy.always_notifies(case.principals, case.via)
    if entry is None:
        return None
    kind = case.who.kind
    if kind == PIPELINE:  # somebody whom one entry trusts and another always reports is no pipeline
        kind = next(claim.kind for row in ROWS[6:] if (claim := row.ask(case)) is not None)
    evidence = f"the policy always notifies {entry.principal} ({entry.reason})"
    return _Claim(kind, True, "always-notify", evidence)


def _cloudformation(case: _Case) -> _Claim | None:
    if case.via != CLOUDFORMATION or not case.policy.trust_cloudformation:
        return None
    evidence = (
        f"called by CloudFormation on behalf of {_short(case.caller_arn)}: AWS wrote cloudformation.amazonaws.com"
    )
    return _Claim(case.who.kind, False, "cloudformation", evidence)


def _other_service(case: _Case) -> _Claim | None:
    invoker = invoking_service(case.record)
    if invoker is None or invoker == CLOUDFORMATION:
        return None
    kind, _, _, why = case.who
    if kind in (PERSON, ROOT):
        if invoker in SERVICES_OF_CONSEQUENCE:
            evidence = f"{invoker} called as a consequence of another recorded call"
            return _Claim(kind, False, "service-consequence", evidence)
        evidence = f"{invoker} called on behalf of {_short(case.caller_arn)}: {why}"
        return _Claim(kind, True, "service-for-person", evidence)
    if text(case.identity.get("type")) in _ROLE_TYPES:
        evidence = f"{invoker} called with {_short(case.issuer_arn or case.caller_arn)}, which is not a person's"
        return _Claim(kind, False, "service-for-role", evidence)
    return None


def _root(case: _Case) -> _Claim | None:
    if case.identity.get("type") != "Root":
        return None
    return _Claim(ROOT, True, "root", "the root of the account, which no policy can trust")


def _trusted(case: _Case) -> _Claim | None:
    entry = case.policy.trusts(case.principals, case.via)
    if entry is None:
        return None
    return _Claim(PIPELINE, False, "trusted-principal", f"the policy trusts {entry.principal} ({entry.reason})")


def _person(case: _Case) -> _Claim | None:
    said = _person_says(case)
    return _Claim(PERSON, True, *said) if said else None


def _person_says(case: _Case) -> tuple[str, str] | None:
    if flag(case.record.get("sessionCredentialFromConsole")):
        return "console-session", "sessionCredentialFromConsole is true: credentials of a console session"
    source_identity = text(case.session.get("sourceIdentity"))
    if source_identity:
        return "source-identity", f"the session carries the source identity {source_identity}"
    if case.issuer_arn and _IDENTITY_CENTER in case.issuer_arn:
        role = case.issuer_arn.rpartition("/")[2]
        if role.startswith(_PERMISSION_SET_ROLE):
            return "identity-center", f"the Identity Center role {role}"
    provider = text(case.identity.get("identityProvider"))
    if provider and ":saml-provider/" in provider:
        return "saml", f"signed in with SAML through {provider}"
    kind = case.identity.get("type")
    return _PERSON_TYPES.get(kind) if isinstance(kind, str) else None


def _machine(case: _Case) -> _Claim | None:
    scope = mapping(case.identity.get("inScopeOf")) or mapping(case.session.get("inScopeOf"))
    delivery = case.session.get("ec2RoleDelivery") or case.identity.get("ec2RoleDelivery")
    if scope:
        issued_to = text(scope.get("credentialsIssuedTo")) or text(scope.get("sourceArn"))
        evidence = f"credentials issued to {issued_to or text(scope.get('issuerType')) or 'a resource'}"
    elif isinstance(delivery, str | int | float) and delivery:
        evidence = f"credentials delivered to an EC2 instance (ec2RoleDelivery {delivery})"
    else:
        return None
    return _Claim(WORKLOAD, case.policy.notify_workloads, "workload", evidence)


def _nobody_proven(case: _Case) -> _Claim:
    said = text(case.identity.get("type")) or "no type at all"
    evidence = f"nothing proves that {_short(case.caller_arn)} is a machine ({said})"
    return _Claim(UNKNOWN, True, "unproven-principal", evidence)


ROWS: Final[tuple[Row, ...]] = (
    Row(1, "did AWS itself do it (service event, AWSService, service-linked role)?", _aws_itself),
    Row(2, "does the policy always report this principal?", _always_notified),
    Row(3, "did CloudFormation call?", _cloudformation),
    Row(4, "did another service call for somebody?", _other_service),
    Row(5, "is it root?", _root),
    Row(6, "does the policy trust this principal?", _trusted),
    Row(7, "is it provably a person?", _person),
    Row(8, "did AWS deliver the credentials to a machine?", _machine),
    Row(9, "anybody else", _nobody_proven),
)


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


def _short(arn: str | None) -> str:
    return arn.split(":", 5)[-1] if arn else "a caller without an ARN"


def text(value: object) -> str | None:
    """The string, or None where there is none or something else."""
    return value if isinstance(value, str) and value else None
