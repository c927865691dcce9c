"""`manual-change policy`: check a policy document, and fill in the entries of well-known tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final

import click

from manual_change.domain import presets
from manual_change.domain.policy import PolicyError, TrustedPrincipal
from manual_change_local.commands.replay import policy_from

PRESETS: Final[Mapping[str, Callable[[str], list[TrustedPrincipal]]]] = {
    "account-factory-for-terraform": presets.account_factory_for_terraform,
    "cdk": presets.cdk,
    "control-tower": presets.control_tower,
    "github-oidc": presets.github_oidc,
    "landing-zone-accelerator": presets.landing_zone_accelerator,
    "stack-sets": presets.stack_sets,
    "terraform": presets.terraform,
}
"""Name -> what fills it in, from an account id or (github-oidc, terraform) a role's ARN."""


@click.group("policy")
def command() -> None:
    """Check a policy document, or print the trusted principals of a well-known tool."""


@command.command()
@click.argument("file", metavar="FILE")
def check(file: str) -> None:
    """Check a policy document; each problem is named with its entry and its mend."""
    policy = policy_from(file, hint="FILE")
    counts = (
        f"{len(policy.trusted_principals)} trusted principals",
        f"{len(policy.always_notify)} always notified",
        f"{len(policy.suppressions)} suppressions",
        f"{len(policy.maintenance_windows)} maintenance windows",
    )
    click.echo(f"{file} is a valid policy: {', '.join(counts)}")


@command.command()
@click.argument("name", type=click.Choice(sorted(PRESETS)))
@click.argument("whose", metavar="ACCOUNT|ROLE_ARN")
def preset(name: str, whose: str) -> None:
    """Print the trusted principals of a tool, to be pasted into `trusted_principals`.

    github-oidc and terraform take the role's whole ARN, the others the account's twelve digits.
    """
    try:
        entries = PRESETS[name](whose)
    except PolicyError as error:
        raise click.BadParameter(error.problems[0], param_hint="ACCOUNT|ROLE_ARN") from error
    click.echo(
        json.dumps([{key: value for key, value in asdict(entry).items() if value} for entry in entries], indent=2)
    )
