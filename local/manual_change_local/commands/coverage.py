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
    "--regions",
    metavar="R,R",
    default="",
    help="Where each account should report from: those that have reported, and with --organization all.",
)
@click.option(
    "--exclude",
    default="",
    metavar="G,G",
    help="What the hub leaves out: ids of accounts, and with --organization ids, names or paths of units; globs.",
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
    exclude: str,
    profile: str | None,
    region: str | None,
    form: str,
) -> None:
    """List accounts and regions with when they last reported to the hub.

    What is silent here may be quiet: the hub's own survey, once an hour, also asks such places whether they still
    record, and rings only for those that do not answer for themselves.

    An account that AWS Organizations knows and that the hub never heard of is listed once, if no regions are given:
    deploy a spoke into it, or leave it out of the hub. One that joined within --hours is new, and not expected yet; one
    that reported and that AWS Organizations does not know any more is gone, and not expected either.

    Exit status: 0 if every place reported in time, 1 if one did not or the list of accounts could not be read to its
    end, 2 for wrong usage.
    """
    if (stack is None) == (table is None):
        raise click.UsageError("say which: --stack NAME or --table NAME")
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change.adapters.organizations import Organizations
    from manual_change_local.coverage import coverage
    from manual_change_local.stack_resources import NotInStack, the_one

    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        name = table or the_one(
            session.client("cloudformation"), str(stack), "AWS::DynamoDB::Table", named="OrganizationTable"
        )
        overview = coverage(
            session.client("dynamodb"),
            name,
            now=datetime.now(UTC),
            silent_after=timedelta(hours=hours),
            regions=_listed(regions),
            excluded=_listed(exclude),
            directory=Organizations(lambda: session.client("organizations")) if organization else None,
        )
    except (NotInStack, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error
    _show(overview.lines, form)
    if overview.missing:
        click.echo(
            f"the list of accounts is not whole: {overview.missing}\n"
            "Accounts that never reported may be missing above, and closed or excluded ones be among the silent",
            err=True,
        )
    sys.exit(1 if overview.missing or any(line.is_silent for line in overview.lines) else 0)


def _listed(option: str) -> list[str]:
    return [each.strip() for each in option.split(",") if each.strip()]


def _show(lines: Sequence[Line], form: str) -> None:
    if form == "jsonl":
        for line in lines:
            click.echo(json.dumps(line.to_json(), ensure_ascii=False))
        return
    widths = [max((len(said) for said in column), default=0) for column in zip(*map(_columns, lines), strict=True)]
    for line in lines:
        click.echo("  ".join(said.ljust(width) for said, width in zip(_columns(line), widths, strict=True)).rstrip())
    silent = sum(line.is_silent for line in lines)
    click.echo(f"{len(lines)} places, {silent} silent" if lines else "nothing has reported to this hub yet")
    never = sum(line.was_never_heard_of for line in lines)
    if never:
        click.echo(f"{never} never heard of: deploy a spoke into each, or leave it out of the hub (excluded_accounts)")


def _columns(line: Line) -> tuple[str, ...]:
    said = line.to_json()
    return said["state"], said["account"], line.name or "", said["region"], said["last_reported"] or "never"
