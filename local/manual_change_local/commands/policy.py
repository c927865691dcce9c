"""`manual-change policy`: check a policy document, and fill in the entries of well-known tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final

import click

from manual_change.domain import presets
from manual_change.domain.policy import AlwaysNotify, PolicyError, TrustedPrincipal
from manual_change.domain.principal_check import trusts_a_name
from manual_change_local.commands.replay import policy_from

PRESETS: Final[Mapping[str, Callable[[str], Sequence[TrustedPrincipal | AlwaysNotify]]]] = {
    "account-factory-for-terraform": presets.account_factory_for_terraform,
    "break-glass": presets.break_glass,
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
    """Check a policy document, or print the entries of a well-known tool."""


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
    for number, entry in enumerate(policy.trusted_principals):
        if trusts_a_name(entry):
            click.echo(
                f"note: trusted_principals[{number}] trusts a name in several accounts ({entry.principal}): whoever "
                "may create roles in one of them can be silent by it; name the accounts, or see to it that nobody may"
            )


@command.command()
@click.argument("name", type=click.Choice(sorted(PRESETS)))
@click.argument("whose", metavar="ACCOUNT|every-account|ROLE_ARN")
def preset(name: str, whose: str) -> None:
    """Print the entries of a tool, to be pasted into `trusted_principals`; those of break-glass into `always_notify`.

    github-oidc and terraform take the role's whole ARN, the others the account's twelve digits, or every-account.
    """
    try:
        entries = PRESETS[name](whose)
    except PolicyError as error:
        raise click.BadParameter(error.problems[0], param_hint="ACCOUNT|every-account|ROLE_ARN") from error
    click.echo(
        json.dumps([{key: value for key, value in asdict(entry).items() if value} for entry in entries], indent=2)
    )
