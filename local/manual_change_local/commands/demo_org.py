"""`manual-change demo-org`: one hub, three spokes, two regions."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manual_change_local.commands.playing import output_and_speed, playing


@click.command("demo-org")
@output_and_speed("Where the messages are saved as a page.")
def command(output: Path, speed: float) -> None:
    """Play an organization of one hub and three spokes in two regions.

    A person changes something in each of three accounts: one message each, which names the account. A pipeline does
    the same: none. Somebody stops a recorder: an alert by a path without Config, functions and Slack. Somebody forges
    an event: the quarantine. All on an AWS inside this process; nothing leaves the machine.

    Exit status: 0 if exactly that happened, 1 if not or if something is missing, 2 for wrong usage.
    """
    with playing() as console:
        from manual_change_local.demo_org.performance import perform

        sys.exit(perform(console, speed=speed, output=output))
