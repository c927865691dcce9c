"""The embedded AWS on its own, in the foreground: for the CDK command line, the AWS command line and curiosity."""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from types import FrameType

from manual_change_local.cloud.embedded import DEFAULT_ACCOUNT, DEFAULT_REGION, EmbeddedCloud
from manual_change_local.cloud.journal import Observer

DEFAULT_PORT = 4566


UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
"""What a shell may have of its own account, and no tool would overlook: a profile that is not found is an error."""


def shell_commands(cloud: EmbeddedCloud) -> list[str]:
    """What points any AWS tool of a shell to the cloud, and away from the caller's own account."""
    variables = (f"{name}={shlex.quote(value)}" for name, value in cloud.environment().items())
    return [f"unset {' '.join(UNSET)}", *(f"export {each}" for each in variables)]


def greeting(cloud: EmbeddedCloud) -> str:
    """What somebody needs to talk to the cloud: the endpoint, and commands to paste into a shell."""
    commands = "\n".join(shell_commands(cloud))
    return (
        f"The embedded AWS listens on {cloud.endpoint} (account {cloud.account}, {cloud.region}). In another shell:\n\n"
        f"{commands}\n\nThen use any AWS tool (cdk bootstrap, cdk deploy, aws sqs list-queues). Ctrl-C ends it."
    )


def serve(
    *,
    say: Callable[[str], None],
    port: int = DEFAULT_PORT,
    account: str = DEFAULT_ACCOUNT,
    region: str = DEFAULT_REGION,
    time_scale: float = 1.0,
    cloudtrail_lag: timedelta = timedelta(0),
    observer: Observer | None = None,
) -> None:
    """Run until interrupted (Ctrl-C), terminated or left by its terminal; then leave nothing behind.

    Args:
        say: prints a text.
        port: where to listen; 0 for any free port.
        account: the account of callers whose credentials name none.
        region: the region of the printed variables.
        time_scale: how much faster than the wall clock timers run.
        cloudtrail_lag: see `EmbeddedCloud`.
        observer: told everything that happens.

    Raises:
        CloudError: it cannot start; the message says why and what to do.
    """
    ended = threading.Event()

    def end(_: int, __: FrameType | None) -> None:
        ended.set()

    with ExitStack() as cleanup:
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            cleanup.callback(signal.signal, wanted, signal.signal(wanted, end))
        cloud = cleanup.enter_context(
            EmbeddedCloud(
                port=port,
                account=account,
                region=region,
                time_scale=time_scale,
                cloudtrail_lag=cloudtrail_lag,
                observer=observer,
            )
        )
        say(greeting(cloud))
        ended.wait()
        say("Stopped.")
