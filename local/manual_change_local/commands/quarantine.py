"""`manual-change quarantine`: what a hub could not trust."""

from __future__ import annotations

import json

import click


@click.command("quarantine")
@click.option("--stack", metavar="NAME", help="The hub's CloudFormation stack.")
@click.option("--queue", metavar="URL", help="The quarantine queue, by its URL, instead of the stack.")
@click.option("--profile", metavar="NAME", help="Profile of the AWS configuration. Default: as for any AWS tool.")
@click.option("--region", metavar="REGION", help="The hub's region. Default: as for any AWS tool.")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option("--delete", is_flag=True, help="Delete what is listed: the alarm ends when nothing is left.")
def command(
    stack: str | None, queue: str | None, profile: str | None, region: str | None, form: str, delete: bool
) -> None:
    """List what the hub has set aside: who sent what, and why it was not believed.

    Nothing of it was judged, and nothing is put back: if it is a real change, AWS Config of that account has told it by
    the right way, too. An entry that nobody of yours can explain is an attack.

    Exit status: 0 if everything was listed, 1 if not, 2 for wrong usage.
    """
    if (stack is None) == (queue is None):
        raise click.UsageError("say which: --stack NAME or --queue URL")
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from manual_change_local.quarantine import entries
    from manual_change_local.stack_resources import NotInStack, the_one

    try:
        session = boto3.Session(profile_name=profile, region_name=region)
        sqs = session.client("sqs")
        url = queue or the_one(session.client("cloudformation"), str(stack), "AWS::SQS::Queue", named="QuarantineQueue")
        count = 0
        for count, entry in enumerate(entries(sqs, url), start=1):  # noqa: B007 - counted, also after the loop
            said = entry.to_json()
            if form == "jsonl":
                click.echo(json.dumps(said, ensure_ascii=False))
            else:
                click.echo(f"{said['sent_at']}  {entry.reason}: {entry.explanation}")
                kept = f" (the beginning of {entry.shortened_from:,} bytes)" if entry.shortened_from else ""
                click.echo(f"  from account {entry.account or 'unknown'}{kept}: {json.dumps(entry.message)[:400]}")
            if delete:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=entry.receipt_handle)
    except (NotInStack, BotoCoreError, ClientError) as error:
        raise click.ClickException(str(error)) from error
    if form == "text":
        done = " and deleted" if delete and count else ""
        click.echo(f"{count} entries listed{done}" if count else "the quarantine is empty")
