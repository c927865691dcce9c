"""GLOSSARY: every reason code that a decision can carry, with its meaning in one line.

The codes are a contract: they stand in the output of `replay`, in logs and metrics. docs/judgement.md explains each
with an example; a test compares its tables with these, and these with the codes in the modules that decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NO_CHANGE: Final[Mapping[str, str]] = {
    "other-message-type": "a message of AWS Config about something else: compliance, snapshots, history files, rules",
    "no-message-type": "a message without a messageType, which another sender put on the topic",
    "subscription-message": "SNS asks for a subscription to be confirmed or ended",
    "account-excluded": "the account, or a unit that it is in, is left out by the settings of the hub",
    "resource-type-excluded": "the resource type is left out by the setting excluded_resource_types",
    "inventory": "a resource type that reports and configures nothing: inventory, compliance, evaluations",
    "no-previous-item": "an item out of a history or snapshot file, with no earlier item to compare it to",
    "aws-managed-resource": "a resource that AWS makes, changes and removes for another resource",
    "discovered": "first sight of a resource that was made more than 24 hours before",
    "no-properties-changed": "Config recorded the resource again, and no property differs",
    "relationships-only": "only relationships changed: a neighbour changed, not this resource",
    "volatile-property": "only properties that change by themselves: counts, statuses, timestamps, telemetry",
    "aws-rollout": "attributes that AWS added to every resource of the type appeared",
    "failed-call": "the call failed and changed nothing",
    "read-only-call": "the call reads",
    "not-an-api-call": "a record of CloudTrail that is no call, or a copy of one",
    "changes-nothing": "a call that CloudTrail calls a write and that changes no resource",
}
"""Decision `drop`, no verdict: nothing in the account was changed by it."""

MANUAL: Final[Mapping[str, str]] = {
    "always-notify": "the policy always reports this principal",
    "service-for-person": "a service that people steer by hand called on behalf of a person or root",
    "root": "the root of the account called by itself",
    "console-session": "the credentials of a console session",
    "source-identity": "the session carries the source identity of a person",
    "identity-center": "a role or a principal of IAM Identity Center",
    "saml": "the person signed in with SAML",
    "federated-principal": "a federated session of a person's access key",
    "iam-user": "an IAM user: a person's password or access key",
    "unproven-principal": "nothing in the record proves that the caller is a machine",
}
"""Verdict `manual`: by these rows of the evidence table the change is a person's, or cannot be proven a machine's."""

AUTOMATED: Final[Mapping[str, str]] = {
    "aws-service": "AWS itself: a service event, a service's own principal, a service-linked role",
    "cloudformation": "CloudFormation called, and the policy trusts it",
    "service-consequence": "a service called on behalf of a person only because of another recorded call",
    "service-for-role": "a service called with a role that is not a person's",
    "trusted-principal": "the policy trusts this principal",
    "workload": "credentials that AWS delivered to an instance, function or task",
}
"""Verdict `automated`; `workload` is `manual` where the policy says `notify_workloads`."""

SILENCED: Final[Mapping[str, str]] = {
    "suppressed": "a suppression of the policy matches",
    "maintenance-window": "a maintenance window of the policy was open",
    "already-reported": "the calls that fit explained an earlier item of the resource: one act, captured twice",
}
"""Decision `silent`, whatever the verdict: a real change of which nobody is told, or not twice."""

UNATTRIBUTED: Final[Mapping[str, str]] = {
    "no-call-found": "CloudTrail knows no call that touches the resource in time",
    "cloudtrail-unread": "CloudTrail of the account could not be read to the end, however often it was tried",
}
"""Verdict `unattributed`; the policy's `notify_unattributed` says what is done about it."""

WAITED: Final[Mapping[str, str]] = {
    "explained-a-change": "a person's call that waited for its change, and the change is told instead",
    "no-longer-kept": "a person's call that waited longer than a hub keeps calls: nobody was told",
}
"""Decision `drop`, no verdict: a hub to which calls are forwarded does not tell the call by itself."""

QUARANTINE: Final[Mapping[str, str]] = {
    "not-from-aws": "an event whose source is none of AWS's: somebody put it on the bus, or a partner did",
    "another-account": "an event about another account than the one it came from",
    "no-envelope": "a message that did not come over the bus, and there is no topic that it could be from",
}
"""A hub sets such messages aside and judges nothing: what is in them is nobody's word but the sender's."""

REASONS: Final[Mapping[str, str]] = {
    **NO_CHANGE,
    **MANUAL,
    **AUTOMATED,
    **SILENCED,
    **UNATTRIBUTED,
    **WAITED,
    **QUARANTINE,
}
"""Code -> meaning."""
