"""`manual-change demo`: the whole pipeline on recorded input, on this machine."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

import click

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Being told to end, and a terminal that is closed."""


@click.command("demo")
@click.option("--keep", is_flag=True, help="Keep the cloud running afterwards, and say how to talk to it.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Where the embedded AWS listens. Default: any free port.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo-output"),
    show_default=True,
    metavar="FOLDER",
    help="Where the message is saved as a page.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 1000),
    default=240,
    show_default=True,
    metavar="TIMES",
    help="How much faster than the clock the pipeline's waiting runs.",
)
def command(keep: bool, port: int, output: Path, speed: float) -> None:
    """Play a recorded story through the whole pipeline, down to the Slack message.

    The reference app is synthesised and deployed to an AWS inside this process; the real handlers run in processes of
    their own; Slack is a stand-in on this machine that keeps Slack's rules. Nothing leaves the machine, and nothing
    is left running.

    Exit status: 0 if exactly the owed message arrived, 1 if not or if something is missing, 2 for wrong usage.
    """
    forget_the_callers_aws()
    from rich.console import Console

    from manual_change_local.cloud import CloudError
    from manual_change_local.demo.errors import DemoError
    from manual_change_local.demo.performance import perform
    from manual_change_local.slack_stand_in import PortTaken

    end_in_order()
    try:
        status = perform(Console(highlight=False), keep=keep, port=port, speed=speed, output=output)
    except (CloudError, DemoError, PortTaken) as error:
        raise click.ClickException(str(error)) from error
    sys.exit(status)


def end_in_order() -> None:
    """Whatever ends the command ends it by way of everything that puts itself away."""
    for ending in ENDING:
        signal.signal(ending, _ended)
    # a shell starts what runs in its background deaf to this one; what it says ends it must end it there too
    signal.signal(signal.SIGINT, signal.default_int_handler)


def forget_the_callers_aws() -> None:
    """Neither their profile, which may not exist here, nor their credentials concern an AWS in this process."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _ended(number: int, _frame: FrameType | None) -> None:
    """Leave by way of everything that puts itself away, with the exit status that a shell gives a signal."""
    sys.exit(128 + number)
