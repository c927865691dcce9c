"""`manual-change redrive`: dead letters back into their queues, after the mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from manual_change_local.redrive import DeadLetters, Redrive


@click.command("redrive")
@click.option("--stack", metavar="NAME", help="The detector's CloudFormation stack: all its dead-letter queues.")
@click.option("--queue", metavar="URL", help="One dead-letter queue, by its URL.")
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration. Default: as for any AWS tool.")
@click.option("--region", metavar="REGION", help="Region. Default: as for any AWS tool.")
@click.option("--yes", is_flag=True, help="Move them. Without it they are only counted.")
def command(stack: str | None, queue: str | None, profile: str | None, region: str | None, yes: bool) -> None:
    """Count the detector's dead letters; with --yes, put them back into the queues that they came from.

    Mend first what made them dead letters: the log of the stage's function says what it was. What has been told in the
    meantime is not told again, and redriving twice does no harm.

    Exit status: 0 if everything is where it was to go, 1 if not, 2 for wrong usage.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change_local.redrive import NothingToRedrive, NotMoved, Redrive

    if (stack is None) == (queue is None):
        raise click.UsageError("say which: --stack NAME or --queue URL")
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        redrive = Redrive(session.client("sqs"))
        found = redrive.of_stack(session.client("cloudformation"), stack) if stack else redrive.of_queue(str(queue))
        _redrive(redrive, found, move=yes)
    except (NothingToRedrive, NotMoved, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error


def _redrive(redrive: Redrive, found: list[DeadLetters], *, move: bool) -> None:
    for letters in found:
        if not move:
            click.echo(f"{letters.waiting:>7,}  {letters.name}  would go back to {letters.source}")
            continue
        moved = redrive.move(letters.queue_url, letters.source_url)
        click.echo(f"{moved:>7,}  {letters.name}  went back to {letters.source}")
    if not move and any(letters.waiting for letters in found):
        click.echo("Nothing was moved. Mend what made them dead letters, then run this again with --yes.")
