"""`manual-change cloud`: the embedded AWS in the foreground, for any tool that takes an endpoint."""

from __future__ import annotations

from datetime import timedelta

import click


@click.command("cloud")
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 takes any free port.")
@click.option("--region", default="eu-west-1", show_default=True)
@click.option(
    "--speed",
    type=click.FloatRange(min=1),
    default=1.0,
    show_default=True,
    help="How much faster than time timers run.",
)
@click.option(
    "--cloudtrail-lag",
    type=click.FloatRange(min=0),
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="How late a recorded call becomes visible.",
)
def command(port: int, region: str, speed: float, cloudtrail_lag: float) -> None:
    """Run the embedded AWS until Ctrl-C, and say how to talk to it.

    It deploys CloudFormation templates and runs their functions; permissions are not enforced.
    """
    try:
        from manual_change_local.cloud.errors import CloudError
        from manual_change_local.cloud.serve import serve
    except ModuleNotFoundError as error:
        mend = 'pip install "manual-change-detector[demo]"'
        raise click.ClickException(f"{error.name} is not installed: {mend}") from error
    try:
        serve(
            say=click.echo, port=port, region=region, time_scale=speed, cloudtrail_lag=timedelta(seconds=cloudtrail_lag)
        )
    except CloudError as error:
        raise click.ClickException(str(error)) from error
