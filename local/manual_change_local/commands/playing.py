"""What the demonstrations share: where their messages go, how fast they are, how they begin and how they end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Being told to end, and a terminal that is closed."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def output_and_speed(output_help: str) -> Callable[[_Command], _Command]:
    """The options `--output`, which says what is saved there, and `--speed`."""
    output = click.option(
        "--output",
        type=click.Path(file_okay=False, path_type=Path),
        default=Path("demo-output"),
        show_default=True,
        metavar="FOLDER",
        help=output_help,
    )
    speed = click.option(
        "--speed",
        type=click.FloatRange(1, 1000),
        default=240,
        show_default=True,
        metavar="TIMES",
        help="How much faster than the clock the pipeline's waiting runs.",
    )
    return lambda command: output(speed(command))


@contextmanager
def playing() -> Iterator[Console]:
    """The terminal for a play on an AWS inside this process. Whatever ends it puts everything away.

    Raises:
        ClickException: something is missing, or did not go as it should; the message says what.
    """
    _forget_the_callers_aws()
    from rich.console import Console

    from manual_change_local.cloud import CloudError
    from manual_change_local.demo.errors import DemoError
    from manual_change_local.slack_stand_in import PortTaken

    _end_in_order()
    try:
        yield Console(highlight=False)
    except (CloudError, DemoError, PortTaken) as error:
        raise click.ClickException(str(error)) from error


def _end_in_order() -> None:
    """Whatever ends the command ends it by way of everything that puts itself away."""
    for ending in ENDING:
        signal.signal(ending, _ended)
    # a shell starts what runs in its background deaf to this one; what it says ends it must end it there too
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _forget_the_callers_aws() -> None:
    """Neither their profile, which may not exist here, nor their credentials concern an AWS in this process."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


def _ended(number: int, _frame: FrameType | None) -> None:
    """Leave by way of everything that puts itself away, with the exit status that a shell gives a signal."""
    sys.exit(128 + number)
