"""`manual-change demo`: the whole pipeline on recorded input, on this machine."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from manual_change_local.commands.playing import output_and_speed, playing


@click.command("demo")
@click.option("--keep", is_flag=True, help="Keep the cloud running afterwards, and say how to talk to it.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Where the embedded AWS listens. Default: any free port.",
)
@output_and_speed("Where the message is saved as a page.")
def command(keep: bool, port: int, output: Path, speed: float) -> None:
    """Play a recorded story through the whole pipeline, down to the Slack message.

    The reference app is synthesised and deployed to an AWS inside this process; the real handlers run in processes of
    their own; Slack is a stand-in on this machine that keeps Slack's rules. Nothing leaves the machine, and nothing
    is left running.

    Exit status: 0 if exactly the owed message arrived, 1 if not or if something is missing, 2 for wrong usage.
    """
    with playing() as console:
        from manual_change_local.demo.performance import perform

        sys.exit(perform(console, keep=keep, port=port, speed=speed, output=output))
