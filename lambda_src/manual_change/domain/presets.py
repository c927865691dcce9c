"""Trusted principals of well-known deployment tools, as whole ARNs of one account.

A preset fills in patterns; it never trusts a name alone. Roles that act through CloudFormation are trusted only when
AWS itself wrote that CloudFormation called, because people can assume some of them. Sources of the names: the CDK's
bootstrap template, the CloudFormation user guide on StackSets, the guides of Control Tower, Landing Zone Accelerator
and Account Factory for Terraform.
"""

from __future__ import annotations

import re
from typing import Final

from manual_change.domain.policy import PolicyError, TrustedPrincipal

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
    """The roles of `cdk bootstrap` in one account.

    Args:
        account: twelve digits.
        qualifier: of the bootstrap stack.
        region: one region, or `*`.
        partition: `aws`, `aws-cn`, `aws-us-gov`.
        people_may_deploy: also trust the deploy role, which the CDK command line assumes: whoever may run
            `cdk deploy` by hand is silent then. Left out, a person's `cdk deploy` is reported for the stack.
    """
    roles = _roles(account, partition)
    trusted = [
        TrustedPrincipal(
            f"{roles}cdk-{qualifier}-cfn-exec-role-{account}-{region}",
            via=("cloudformation",),
            reason="CloudFormation, deploying for the CDK",
        )
    ]
    if people_may_deploy:
        trusted.append(
            TrustedPrincipal(f"{roles}cdk-{qualifier}-deploy-role-{account}-{region}", reason="the CDK's deploy role")
        )
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
    account: str, *, qualifier: str = "accel", region: str = "*", partition: str = "aws"
) -> list[TrustedPrincipal]:
    """Landing Zone Accelerator's CDK roles, acting through CloudFormation."""
    return cdk(account, qualifier=qualifier, region=region, partition=partition)


def account_factory_for_terraform(account: str, *, partition: str = "aws") -> list[TrustedPrincipal]:
    """The roles that Account Factory for Terraform assumes in the accounts that it makes."""
    roles = _roles(account, partition)
    return [
        TrustedPrincipal(f"{roles}{name}", via=("terraform", "sdk"), reason="Account Factory for Terraform")
        for name in ("AWSAFTExecution", "AWSAFTService")
    ]


def terraform(role_arn: str) -> list[TrustedPrincipal]:
    """One role that Terraform deploys with: trusted when the call says that it comes from Terraform."""
    return [TrustedPrincipal(_whole(role_arn), via=("terraform",), reason="Terraform's deployment role")]


def github_oidc(role_arn: str) -> list[TrustedPrincipal]:
    """One role whose trust policy lets only your repository's workflows assume it. Check that it does: the session
    name and user agent of a workflow are its own words, so the role is all that is trusted here."""
    return [TrustedPrincipal(_whole(role_arn), reason="GitHub Actions, through OpenID Connect")]


def _roles(account: str, partition: str) -> str:
    if not _ACCOUNT.fullmatch(account):
        raise PolicyError([f"the account of a preset is {account!r}; give its twelve digits"])
    return f"arn:{partition}:iam::{account}:role/"


def _whole(role_arn: str) -> str:
    if not _ROLE_ARN.fullmatch(role_arn):
        mend = "give the whole ARN, without wildcards: arn:aws:iam::111122223333:role/deploy"
        raise PolicyError([f"the role of a preset is {role_arn!r}; {mend}"])
    return role_arn
