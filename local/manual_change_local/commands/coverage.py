"""`manual-change coverage`: which accounts and regions report to a hub."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from manual_change_local.coverage import Line


@click.command("coverage")
@click.option("--stack", metavar="NAME", help="The hub's CloudFormation stack.")
@click.option("--table", metavar="NAME", help="The hub's organization table, instead of its stack.")
@click.option(
    "--hours",
    type=click.FloatRange(min=0, min_open=True),
    default=24,
    show_default=True,
    metavar="N",
    help="What last reported longer ago is silent.",
)
@click.option(
    "--organization",
    is_flag=True,
    help="Ask AWS Organizations which accounts there are, and what they are called: those that never reported count.",
)
@click.option(
    "--regions", metavar="R,R", default="", help="Where each account should report from; with --organization."
)
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration. Default: as for any AWS tool.")
@click.option("--region", metavar="REGION", help="The hub's region. Default: as for any AWS tool.")
@click.option("--format", "form", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
def command(
    stack: str | None,
    table: str | None,
    hours: float,
    organization: bool,
    regions: str,
    profile: str | None,
    region: str | None,
    form: str,
) -> None:
    """List accounts and regions with when they last reported to the hub.

    What is silent here may be quiet: the hub's own survey, once an hour, also asks such places whether they still
    record, and rings only for those that do not answer for themselves.

    Exit status: 0 if every place reported in time, 1 if one did not, 2 for wrong usage.
    """
    if (stack is None) == (table is None):
        raise click.UsageError("say which: --stack NAME or --table NAME")
    if regions and not organization:
        raise click.UsageError("--regions says where the accounts of --organization should report from; give both")
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change.adapters.account_directory import Organizations
    from manual_change_local.coverage import coverage
    from manual_change_local.stack_resources import NotInStack, the_one

    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        name = table or the_one(
            session.client("cloudformation"), str(stack), "AWS::DynamoDB::Table", named="OrganizationTable"
        )
        lines = coverage(
            session.client("dynamodb"),
            name,
            now=datetime.now(UTC),
            silent_after=timedelta(hours=hours),
            regions=[each.strip() for each in regions.split(",") if each.strip()],
            directory=Organizations(lambda: session.client("organizations")) if organization else None,
        )
    except (NotInStack, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error
    _show(lines, form)
    sys.exit(1 if any(line.is_silent for line in lines) else 0)


def _show(lines: Sequence[Line], form: str) -> None:
    if form == "jsonl":
        for line in lines:
            click.echo(json.dumps(line.to_json(), ensure_ascii=False))
        return
    width = max((len(line.name or "") for line in lines), default=0)
    for line in lines:
        said = line.to_json()
        last = said["last_reported"] or "never"
        click.echo(f"{said['state']:<9} {said['account']}  {line.name or '':<{width}}  {said['region']:<15} {last}")
    silent = sum(line.is_silent for line in lines)
    click.echo(f"{len(lines)} places, {silent} silent" if lines else "nothing has reported to this hub yet")
