"""The team's policy: whom it trusts, whom it never trusts, and what it does not want to hear about.

One JSON document (DESIGN, section 5.5), read by `policy_document.read_policy`. What its patterns span is said in
`patterns`. The time of the change, not of the judgement, decides whether an entry is in force: a replay of last
month's logs gives last month's decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from manual_change.domain.moment import format_moment
from manual_change.domain.patterns import ANY, matches, matches_principal, matches_principal_widely

NEVER: Final = "never"
DIGEST: Final = "digest"
ALWAYS: Final = "always"


class PolicyError(ValueError):
    """The policy cannot be used. Each line names one entry, what was found there and what would be right."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("the policy has errors:\n" + "\n".join(f"  {problem}" for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class TrustedPrincipal:
    """A pipeline of the team: what it does is automated.

    Args:
        principal: glob over the whole ARN of the role (path and account included), its session, or an IAM user; a
            `*` stays within its part of the ARN and between two slashes (`patterns.matches_principal`).
        via: trusted only when it calls this way (`terraform`, `cdk`, …); left out, any way. What a caller
            says about itself describes and does not prove: `via` narrows trust, it never widens it.
        reason: why, for whoever reads a finding.
    """

    principal: str
    via: Sequence[str] = ()
    reason: str = "trusted in the CDK app"

    def is_about(self, *arns: str) -> bool:
        """Whether one of the ARNs is the entry's."""
        return matches_principal(self.principal, *arns)

    def calls_like(self, via: str) -> bool:
        """Whether a call that came this way is one of those that are trusted."""
        return not self.via or via in _ways(self.via)


@dataclass(frozen=True, slots=True)
class AlwaysNotify:
    """A principal whose every change is reported, whatever else would silence it: break-glass roles.

    Args:
        principal: as in `TrustedPrincipal`, but a `*` spans also parts and slashes: what looks like the principal is
            reported, too (`patterns.matches_principal_widely`).
        unless_via: services (`cloudformation`, `controltower`) that use the role themselves: what AWS wrote that
            they called is judged as if this entry were not there. Left out: every use is reported.
        reason: why, for whoever reads a finding.
    """

    principal: str
    unless_via: Sequence[str] = ()
    reason: str = "always notified, says the CDK app"

    def is_about(self, *arns: str) -> bool:
        """Whether one of the ARNs is the entry's, or looks like it."""
        return matches_principal_widely(self.principal, *arns)

    def excepts(self, via: str) -> bool:
        """Whether a call that came this way is none of the entry's."""
        return via in _ways(self.unless_via)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Silences findings that match every field given, for a reason, until it expires."""

    reason: str
    principal: str = ANY
    resource_type: str = ANY
    resource: str = ANY
    """Compared with id, name and ARN."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Each tag must be there with a matching value."""
    call: str = ANY
    """`rds.amazonaws.com:Modify*`."""
    account: str = ANY
    region: str = ANY
    expires: date | datetime | None = None
    """In force before this instant; a date counts to its end in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceWindow:
    """A stretch of time, start included and end not, in which manual changes are expected."""

    reason: str
    start: datetime
    end: datetime
    accounts: Sequence[str] = ()
    """Left out: all accounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the team decided. The empty policy is valid and trusts nobody by name."""

    trusted_principals: Sequence[TrustedPrincipal] = ()
    always_notify: Sequence[AlwaysNotify] = ()
    suppressions: Sequence[Suppression] = ()
    maintenance_windows: Sequence[MaintenanceWindow] = ()
    trust_cloudformation: bool = True
    """Whether what CloudFormation does is automated."""
    notify_workloads: bool = False
    """Whether changes by instances, functions and tasks with their own credentials are reported."""
    notify_unattributed: str = DIGEST
    """`never`, `digest` (stored, counted, told once a day) or `always`."""

    def always_notifies(self, principals: Iterable[str], via: str) -> AlwaysNotify | None:
        """The entry that makes a change by one of these ARNs, calling this way, always reported."""
        arns = tuple(principals)
        for entry in self.always_notify:
            if arns and entry.is_about(*arns) and not entry.excepts(via):
                return entry
        return None

    def trusts(self, principals: Iterable[str], via: str) -> TrustedPrincipal | None:
        """The entry that trusts one of these ARNs, calling this way."""
        arns = tuple(principals)
        for entry in self.trusted_principals:
            if arns and entry.is_about(*arns) and entry.calls_like(via):
                return entry
        return None

    def suppresses(
        self,
        *,
        at: datetime,
        account: str,
        region: str,
        resource_type: str | None,
        resource_names: Sequence[str | None],
        tags: Mapping[str, str],
        principals: Sequence[str],
        call: str | None,
    ) -> Suppression | None:
        """The first suppression in force at `at` that matches all of this."""
        for entry in self.suppressions:
            if (
                _in_force(entry.expires, at)
                and matches(entry.account, account)
                and matches(entry.region, region)
                and matches(entry.resource_type, resource_type)
                and matches(entry.resource, *resource_names)
                and matches_principal(entry.principal, *principals)
                and matches(entry.call, call)
                and all(matches(pattern, tags[tag]) if tag in tags else False for tag, pattern in entry.tags.items())
            ):
                return entry
        return None

    def window_at(self, at: datetime, account: str) -> MaintenanceWindow | None:
        """The maintenance window that `at` lies in, for this account."""
        for window in self.maintenance_windows:
            in_account = not window.accounts or any(matches(pattern, account) for pattern in window.accounts)
            if in_account and window.start <= at < window.end:
                return window
        return None

    def to_json(self) -> dict[str, Any]:
        """The document, with only what differs from the defaults; `read_policy` reads it back into an equal policy."""
        document: dict[str, Any] = {"version": 1}
        if self.trusted_principals:
            document["trusted_principals"] = [_entry(entry) for entry in self.trusted_principals]
        if self.always_notify:
            document["always_notify"] = [_entry(entry) for entry in self.always_notify]
        if self.suppressions:
            document["suppressions"] = [_entry(entry) for entry in self.suppressions]
        if self.maintenance_windows:
            document["maintenance_windows"] = [_entry(entry) for entry in self.maintenance_windows]
        return document | {
            "trust_cloudformation": self.trust_cloudformation,
            "notify_workloads": self.notify_workloads,
            "notify_unattributed": self.notify_unattributed,
        }


def _ways(spelled: Sequence[str]) -> list[str]:
    """As `via` shows them: a service may be written as AWS writes it."""
    return [way.removesuffix(".amazonaws.com") for way in spelled]


def _in_force(expires: date | datetime | None, at: datetime) -> bool:
    if expires is None:
        return True
    if isinstance(expires, datetime):
        return at < expires
    return at.astimezone(UTC).date() <= expires


def _entry(entry: TrustedPrincipal | AlwaysNotify | Suppression | MaintenanceWindow) -> dict[str, Any]:
    spelled: dict[str, Any] = {}
    for name, declared in entry.__dataclass_fields__.items():
        value = getattr(entry, name)
        if value == declared.default and name != "reason":
            continue
        match value:
            case datetime() as moment:
                spelled[name] = format_moment(moment)
            case date() as day:
                spelled[name] = day.isoformat()
            case str() as text:
                spelled[name] = text
            case Mapping() as pairs if pairs:
                spelled[name] = dict(pairs)
            case Sequence() as values if values:
                spelled[name] = list(values)
    return spelled
