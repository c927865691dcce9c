"""`manual-change`: the command line. Each subcommand is a module of `commands`, loaded only when it is called.

A mistake in the call is one line on standard error and exit status 2; what a command cannot do for other reasons is
one line and exit status 1.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import click

COMMANDS: Final[Mapping[str, str]] = {
    "cloud": "Run the embedded AWS by itself, for the CDK command line and other tools.",
    "coverage": "List which accounts and regions report to a hub.",
    "demo": "Play a recorded story through the whole pipeline, down to the Slack message.",
    "demo-org": "Play an organization of one hub and three spokes in two regions.",
    "doctor": "Look at an account and say which detector fits it.",
    "explain": "Walk through the rules that led to a decision.",
    "policy": "Check a policy document, or fill in a well-known tool's principals.",
    "quarantine": "List what a hub could not trust.",
    "redrive": "Put dead letters back into their queues, after the mend.",
    "render": "Draw the messages: each verdict and severity, single and grouped.",
    "replay": "Judge recorded AWS Config and CloudTrail files the way the detector would.",
}
"""TABLE: subcommand -> its line in `--help`. The module `commands.<name>` holds it as `command`."""

INTERRUPTED: Final = 130
"""The shell's own exit status after Ctrl-C: 128 and the signal's number."""


class _Commands(click.Group):
    """Knows its subcommands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*COMMANDS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_module(f"manual_change_local.commands.{cmd_name.replace('-', '_')}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table instead of the commands' own words: `--help` loads none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


@click.group("manual-change", cls=_Commands)
@click.version_option(None, "--version", package_name="manual-change-detector", message="manual-change %(version)s")
def command_line() -> None:
    """Who changed what by hand in an AWS account: try it, and judge recorded logs, on your own machine."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status. Commands that end by themselves (SystemExit) do so."""
    try:
        status = command_line.main(args=arguments, prog_name="manual-change", standalone_mode=False)
    except click.Abort:
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:  # `manual-change` alone: the help is the answer
        click.echo(error.format_message(), err=True)
        return error.exit_code
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        name = context.command_path if context else "manual-change"
        click.echo(f"{name}: {error.format_message()}", err=True)
        return error.exit_code
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    sys.exit(main())
