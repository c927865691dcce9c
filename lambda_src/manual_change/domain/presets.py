"""Entries of the policy for well-known tools and roles: whole ARNs, of one account or of every account.

A preset fills in patterns; it never trusts a name alone. Roles that act through CloudFormation are trusted only when
AWS itself wrote that CloudFormation called, because people can assume some of them. For `EVERY_ACCOUNT` nothing else
is given out: whoever may create roles in one of an organization's accounts may give one any name, and not that proof.
Sources of the names: the CDK's bootstrap template, the CloudFormation user guide on StackSets, the Organizations user
guide, the guides of Control Tower, Landing Zone Accelerator and Account Factory for Terraform.
"""

from __future__ import annotations

import re
from typing import Final

from manual_change.domain.policy import AlwaysNotify, PolicyError, TrustedPrincipal

EVERY_ACCOUNT: Final = "every-account"
"""In place of an account's digits: the roles of this name, without a path, in whichever account a change is seen."""

_ACCOUNT: Final = re.compile(r"\d{12}")
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[^*?\[]+")


def cdk(
    account: str,
    *,
    qualifier: str = "hnb659fds",
    region: str = "*",
    partition: str = "aws",
    people_may_deploy: bool = False,
) -> list[TrustedPrincipal]:
    """The roles of `cdk bootstrap`.

    Args:
        account: twelve digits, or `EVERY_ACCOUNT`.
        qualifier: of the bootstrap stack.
        region: one region, or `*`.
        partition: `aws`, `aws-cn`, `aws-us-gov`.
        people_may_deploy: also trust the deploy role, which the CDK command line assumes: whoever may run
            `cdk deploy` by hand is silent then. Left out, a person's `cdk deploy` is reported for the stack. Not
            for `EVERY_ACCOUNT`.

    Raises:
        PolicyError: the account is none, or has to be one.
    """
    roles, suffix = _roles(account, partition), f"{_digits(account)}-{region}"
    trusted = [
        TrustedPrincipal(
            f"{roles}cdk-{qualifier}-cfn-exec-role-{suffix}",
            via=("cloudformation",),
            reason="CloudFormation, deploying for the CDK",
        )
    ]
    if people_may_deploy:
        _check_is_one(account, "the CDK's deploy role")
        trusted.append(TrustedPrincipal(f"{roles}cdk-{qualifier}-deploy-role-{suffix}", reason="the CDK's deploy role"))
    return trusted


def stack_sets(account: str, *, partition: str = "aws") -> list[TrustedPrincipal]:
    """The execution roles of StackSets, service-managed and self-managed, acting through CloudFormation."""
    roles = _roles(account, partition)
    return [
        TrustedPrincipal(f"{roles}stacksets-exec-*", via=("cloudformation",), reason="service-managed StackSets"),
        TrustedPrincipal(
            f"{roles}AWSCloudFormationStackSetExecutionRole",
            via=("cloudformation",),
            reason="self-managed StackSets",
        ),
    ]


def control_tower(account: str, *, partition: str = "aws") -> list[TrustedPrincipal]:
    """Control Tower's execution role, when a service acts with it. A person who assumes it is always reported."""
    roles = _roles(account, partition)
    return [
        TrustedPrincipal(
            f"{roles}AWSControlTowerExecution",
            via=("cloudformation", "controltower"),
            reason="Control Tower, enrolling and updating the account",
        )
    ]


def landing_zone_accelerator(
    account: str, *, prefix: str = "AWSAccelerator", qualifier: str = "accel", region: str = "*", partition: str = "aws"
) -> list[TrustedPrincipal]:
    """Landing Zone Accelerator's roles, acting through CloudFormation: its CDK's, and those with its prefix."""
    return [
        *cdk(account, qualifier=qualifier, region=region, partition=partition),
        TrustedPrincipal(
            f"{_roles(account, partition)}{prefix}-*", via=("cloudformation",), reason="Landing Zone Accelerator"
        ),
    ]


def account_factory_for_terraform(account: str, *, partition: str = "aws") -> list[TrustedPrincipal]:
    """The roles that Account Factory for Terraform assumes in an account that it makes: not for `EVERY_ACCOUNT`, for
    it is Terraform alone that says so.

    Raises:
        PolicyError: the account is none.
    """
    _check_is_one(account, "Account Factory for Terraform")
    roles = _roles(account, partition)
    return [
        TrustedPrincipal(f"{roles}{name}", via=("terraform", "sdk"), reason="Account Factory for Terraform")
        for name in ("AWSAFTExecution", "AWSAFTService")
    ]


def break_glass(account: str, *, partition: str = "aws") -> list[AlwaysNotify]:
    """The administrators' roles that the management account may assume in the accounts of its organization: entries of
    `always_notify`. What Control Tower itself does with its own, by AWS's word, is not reported."""
    roles = _roles(account, partition)
    return [
        AlwaysNotify(
            f"{roles}AWSControlTowerExecution",
            unless_via=("cloudformation", "controltower"),
            reason="Control Tower's administrator role, in somebody's hands",
        ),
        AlwaysNotify(
            f"{roles}OrganizationAccountAccessRole", reason="the organization's administrator role in a member account"
        ),
    ]


def terraform(role_arn: str) -> list[TrustedPrincipal]:
    """One role that Terraform deploys with: trusted when the call says that it comes from Terraform."""
    return [TrustedPrincipal(_whole(role_arn), via=("terraform",), reason="Terraform's deployment role")]


def github_oidc(role_arn: str) -> list[TrustedPrincipal]:
    """One role whose trust policy lets only your repository's workflows assume it. Check that it does: the session
    name and user agent of a workflow are its own words, so the role is all that is trusted here."""
    return [TrustedPrincipal(_whole(role_arn), reason="GitHub Actions, through OpenID Connect")]


def _roles(account: str, partition: str) -> str:
    return f"arn:{partition}:iam::{_digits(account)}:role/"


def _digits(account: str) -> str:
    if account == EVERY_ACCOUNT:
        return "*"
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        mend = f"give its twelve digits in quotes, or {EVERY_ACCOUNT!r} (presets.EVERY_ACCOUNT)"
        raise PolicyError([f"the account of a preset is {account!r}; {mend}"])
    return account


def _check_is_one(account: str, who: str) -> None:
    if account == EVERY_ACCOUNT:
        found = f"{who} is recognised by what callers say about themselves, which proves nothing in {EVERY_ACCOUNT!r}"
        raise PolicyError([f"{found}; give one account's twelve digits"])


def _whole(role_arn: str) -> str:
    if not isinstance(role_arn, str) or not _ROLE_ARN.fullmatch(role_arn):
        mend = "give the whole ARN, without wildcards: arn:aws:iam::111122223333:role/deploy"
        raise PolicyError([f"the role of a preset is {role_arn!r}; {mend}"])
    return role_arn
