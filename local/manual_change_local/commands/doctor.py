"""`manual-change doctor`: what is there, what it means, what to do, and what to deploy."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change_local.doctor.checks.check import Check
    from manual_change_local.doctor.recommendation import Recommendation

_MARKS = {"fine": ("✓", "green"), "mend": ("✗", "red"), "note": ("!", "yellow"), "unseen": ("?", "magenta")}


@click.command("doctor")
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration. Default: as for any AWS tool.")
@click.option("--region", metavar="REGION", help="Region to look at. Default: as for any AWS tool.")
@click.option("--regions", metavar="R,R", default="", help="Further regions of which the recorder is looked at.")
@click.option(
    "--slack", is_flag=True, help="Read the detector's secret and see whether Slack answers; nothing is posted."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(profile: str | None, region: str | None, regions: str, slack: bool, form: str) -> None:
    """Look at an account, read-only, and say which detector fits it, with the lines to paste.

    What may not be looked at is said, and the rest goes on. docs/doctor.md has the permissions.

    Exit status: 0 if there is nothing to mend, 1 if there is, 2 for wrong usage.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change_local.doctor.checks import checks
    from manual_change_local.doctor.checks.check import MEND
    from manual_change_local.doctor.looks import look
    from manual_change_local.doctor.looks.visit import client_of
    from manual_change_local.doctor.recommendation import recommend

    named = [each.strip() for each in regions.split(",") if each.strip()]
    here = region
    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        here = session.region_name
        if here is None:
            raise click.UsageError("no region is configured; say which: --region eu-west-1, or AWS_DEFAULT_REGION")
        _check_regions(session, [here, *named])
        further = [each for each in dict.fromkeys(named) if each != here]
        sight = look(session, region=here, further=further, say=_progress)
        found = checks(sight)
        if slack:
            from manual_change_local.doctor.slack_reach import check_slack, no_secret

            _progress("Slack")
            secrets = client_of(session, "secretsmanager", here)
            found.append(check_slack(secrets, sight.secret_arn) if sight.secret_arn else no_secret(sight))
    except (BotoCoreError, ClientError) as error:
        raise click.ClickException(f"{error}\n{_way_in(error, here)}") from error
    finally:
        _progress("")
    recommended = recommend(sight)
    if form == "json":
        click.echo(json.dumps(_document(sight, found, recommended), indent=2, ensure_ascii=False))
    else:
        click.echo(f"account {sight.account}, {sight.region} ({sight.partition})\n")
        _show(found, recommended)
    sys.exit(1 if any(check.state == MEND for check in found) else 0)


def _way_in(error: BotoCoreError | ClientError, region: str | None) -> str:
    """What lets the doctor in. An opt-in region knows nobody whose account has not enabled it."""
    from botocore.exceptions import ConnectionError as NotConnected
    from botocore.exceptions import HTTPClientError

    from manual_change_local.doctor.unseen import unseen

    if isinstance(error, NotConnected | HTTPClientError):
        return "see whether the network lets you reach AWS there (a proxy, a firewall), and try again"
    signed_in = "sign in (aws sso login), or say --profile NAME"
    if unseen("sts:GetCallerIdentity", error).unknown:
        return f"{signed_in}; if you are signed in, the account has not enabled {region}: name another --region"
    return signed_in


def _check_regions(session: Any, regions: Sequence[str]) -> None:
    """A region that botocore knows nothing of is a typo; new ones come with a newer botocore."""
    known = {
        name
        for partition in session.get_available_partitions()
        for name in session.get_available_regions("sqs", partition_name=partition)
    }
    for region in regions:
        if region not in known:
            near = sorted(name for name in known if name.split("-")[0] == region.split("-")[0])
            raise click.UsageError(f"{region!r} is no region; {', '.join(near) or 'eu-west-1'} are")


def _progress(words: str) -> None:
    """One line that is written over, on a terminal only."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{words and f'looking at: {words}'}", nl=False, err=True)


def _show(found: Sequence[Check], recommended: Recommendation) -> None:
    for check in found:
        mark, colour = _MARKS[check.state]
        click.echo(f"{click.style(mark, fg=colour)} {check.subject}: {check.found}")
        if check.means:
            click.echo(f"    {check.means}")
        if check.to_do:
            click.echo(f"    → {check.to_do}")
    click.echo(f"\nDeploy {recommended.title}.\n{recommended.why}")
    if recommended.code:
        click.echo(
            f"Source: {recommended.source}\nAttribution: {recommended.attribution}\n\n{recommended.code}", nl=False
        )


def _document(sight: Any, found: Sequence[Check], recommended: Recommendation) -> dict[str, Any]:
    return {
        "version": 1,
        "account": sight.account,
        "region": sight.region,
        "checks": [check.to_json() for check in found],
        "recommendation": recommended.to_json(),
    }
