"""What the organization means for a detector: whose it is, what its policies deny, what the account administers."""

from __future__ import annotations

from collections.abc import Iterator

from manual_change_local.doctor.checks.check import FINE, NOTE, Check, not_seen
from manual_change_local.doctor.policies import Denial
from manual_change_local.doctor.sight import ControlPolicy, Sight
from manual_change_local.doctor.unseen import Unseen

STACK_SETS = "member.org.stacksets.cloudformation.amazonaws.com"
"""The service principal of service-managed StackSets (Organizations user guide)."""


def organization(subject: str, sight: Sight) -> Iterator[Check]:
    """Whether there is one, and who manages it."""
    found = sight.organization
    if isinstance(found, Unseen):
        yield not_seen(
            subject, found, "a hub for many accounts may be what fits, or this may be the management account"
        )
        return
    if found is None:
        yield Check(subject, FINE, "the account is in no organization", "a detector of its own is all there can be")
        return
    if sight.manages:
        yield Check(
            subject,
            NOTE,
            f"this is the management account of {found['Id']}",
            "StackSets leave it out, and no service control policy binds it",
            "deploy its spoke (or detector) by itself; put the hub elsewhere",
        )
    else:
        yield Check(
            subject,
            FINE,
            f"a member of {found['Id']}, managed by {found['MasterAccountId']}",
            "a hub in one account can look after all of them (docs/multi-account.md)",
        )
    yield from _delegated(subject, sight)


def _delegated(subject: str, sight: Sight) -> Iterator[Check]:
    """Only said where it is one: members may not ask, and that means nothing."""
    if isinstance(sight.delegated, Unseen) or not sight.delegated:
        return
    if STACK_SETS in sight.delegated:
        yield Check(
            subject,
            NOTE,
            "the account is a delegated administrator of StackSets",
            "a hub in this account can bring spokes into all accounts by itself",
            "for more than a few accounts think of a hub here, with hub.spoke_stack_set(…) (docs/multi-account.md)",
        )
    else:
        yield Check(
            subject,
            NOTE,
            f"the account is a delegated administrator of {', '.join(sight.delegated)}",
            "a hub may be put here; to bring spokes into other accounts, this one must administer StackSets, too",
            f"for a hub here, register it in the management account: aws organizations "
            f"register-delegated-administrator --account-id {sight.account} --service-principal {STACK_SETS}",
        )


def control_policies(subject: str, sight: Sight) -> Iterator[Check]:
    """What they deny of what a detector is deployed with."""
    if not isinstance(sight.organization, dict) or sight.manages:
        return
    policies = [each for each in sight.control_policies if isinstance(each, ControlPolicy)]
    for policy in policies:
        yield from _policy(subject, policy)
    if policies and not any(policy.denies or _is_towers(policy) for policy in policies):
        names = ", ".join(dict.fromkeys(policy.name for policy in policies))
        yield Check(subject, FINE, f"attached: {names}", "none denies outright what a detector needs")
    for end in sight.control_policies:
        if isinstance(end, Unseen):
            yield _end_of_view(subject, end, some=bool(policies))


def _end_of_view(subject: str, end: Unseen, *, some: bool) -> Check:
    """Members may never ask, whatever their permissions: only the management account and delegated administrators."""
    more = "more may be inherited, not visible from here" if some else "not visible from here"
    return Check(
        subject,
        NOTE,
        f"{more} ({end.action})" if end.forbidden else f"{more} ({end.action}: {end.said})",
        "policies may deny a recorder, roles or rules; a deployment would say so",
        "nothing; or look in the management account which policies bind this account" if end.forbidden else end.to_do,
    )


def _policy(subject: str, policy: ControlPolicy) -> Iterator[Check]:
    if _is_towers(policy):
        yield Check(
            subject,
            NOTE,
            f"Control Tower's controls are attached: {policy.name} (to {policy.on})",
            "they deny changes of AWS Config and of what is called aws-controltower-*",
            "do not record here; use what Control Tower records",
        )
    elif isinstance(policy.denies, Unseen):
        yield not_seen(subject, policy.denies, f"what {policy.name} (attached to {policy.on}) denies is not known")
    elif policy.denies:
        conditional = any(denial.conditional for denial in policy.denies)
        yield Check(
            subject,
            NOTE,
            f"{policy.name} (attached to {policy.on}) denies {_listed(policy.denies)}"
            + (", under conditions" if conditional else ""),
            "what needs it cannot be deployed here"
            + (", unless the conditions except whoever deploys or what is deployed" if conditional else ""),
            "choose a source that does without (below), or ask whoever manages the organization for an exception",
        )


def _is_towers(policy: ControlPolicy) -> bool:
    return policy.name.startswith("aws-guardrails-")


def _listed(denied: tuple[Denial, ...]) -> str:
    return ", ".join(denial.action for denial in denied)
