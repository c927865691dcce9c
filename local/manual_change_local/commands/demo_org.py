"""`manual-change demo-org`: one hub, three spokes, two regions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manual_change_local.commands.demo import end_in_order, forget_the_callers_aws


@click.command("demo-org")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    metavar="FOLDER",
    help="Where the messages are saved as a page.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=240,
    show_default=True,
    metavar="TIMES",
    help="How much faster than the clock the pipeline's waiting runs.",
)
def command(output: Path, speed: float) -> None:
    """Play an organization of one hub and three spokes in two regions.

    A person changes something in each of three accounts: one message each, which names the account. A pipeline does
    the same: none. Somebody stops a recorder: an alert by a path without Config, functions and Slack. Somebody forges
    an event: the quarantine. All on an AWS inside this process; nothing leaves the machine.

    Exit status: 0 if exactly that happened, 1 if not or if something is missing, 2 for wrong usage.
    """
    forget_the_callers_aws()
    from rich.console import Console

    from manual_change_local.cloud import CloudError
    from manual_change_local.demo.errors import DemoError
    from manual_change_local.demo_org.performance import perform

    end_in_order()
    try:
        status = perform(Console(highlight=False), speed=speed, output=output)
    except (CloudError, DemoError) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(status)
