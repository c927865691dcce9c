"""`manual-change explain`: one notification (or call), and each rule on the way to its decision."""

from __future__ import annotations

import sys
from datetime import timedelta

import click
from rich.console import Console
from rich.text import Text

from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.change_index import ChangeIndex
from manual_change.domain.finding import Finding
from manual_change.domain.inquiry import Inquiry
from manual_change.domain.investigation import drop, investigate_call
from manual_change.domain.moment import format_moment
from manual_change.domain.noise import noise_in
from manual_change.domain.notification import BareItem, NotAChange, Oversized, read_message
from manual_change.domain.policy import Policy
from manual_change_local.commands.replay import DAMAGED, files_of, policy_from
from manual_change_local.decision_table import printable
from manual_change_local.recorded_files import Damage, RecordedFile
from manual_change_local.recorded_input import Reading, Source
from manual_change_local.walk import FIRED, PASSED, Step, walk, walk_call

_MARKS = {FIRED: ("●", "bold"), PASSED: ("○", "dim")}


@click.command("explain")
@click.option("--config", metavar="PATH", multiple=True, help="The notification, in any wrapping.")
@click.option("--cloudtrail", metavar="PATH", multiple=True, help="CloudTrail records around it.")
@click.option("--policy", "policy_file", metavar="FILE", help="The policy document (JSON). Default: the empty policy.")
@click.option("--resource", metavar="ID", help="Only changes of the resource with this id, name or ARN.")
@click.option("--event", "event_id", metavar="EVENT_ID", help="Only the call with this eventID (without --config).")
@click.option("--lookback", type=click.IntRange(1), default=30, show_default=True, metavar="MINUTES")
def command(
    config: tuple[str, ...],
    cloudtrail: tuple[str, ...],
    policy_file: str | None,
    resource: str | None,
    event_id: str | None,
    lookback: int,
) -> None:
    """Print a decision as a walk through the rules: ● fired, ○ asked and did not apply.

    With --config each change is explained, with the calls of --cloudtrail; with only --cloudtrail, each call.
    """
    if not config and not cloudtrail:
        raise click.UsageError("nothing to explain: give --config PATH, --cloudtrail PATH, or both")
    policy = policy_from(policy_file)
    window = Window(lookback=timedelta(minutes=lookback))
    damage: list[Damage] = []
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def damaged(found: Damage) -> None:
        damage.append(found)
        errors.print(printable(f"unreadable: {found}"), markup=False)

    reading = Reading(damaged)
    out = Console(highlight=False, soft_wrap=True)
    config_files, cloudtrail_files = files_of("--config", config), files_of("--cloudtrail", cloudtrail)
    calls = _calls(reading, cloudtrail_files)
    explained = 0
    if config:
        changes = _changes(reading, config_files, out)
        noise = {change: noise_in(change) for change in changes}
        made = [change for change in changes if noise[change] is None]
        index = ChangeIndex(made, window)
        for call in calls:
            index.offer(call)
        judged = Inquiry(policy=policy, window=window).investigate(made, index.calls_for, index.identifiers_for)
        results = {finding.change: (finding, attribution) for finding, attribution in judged}
        for change in changes:
            if resource and resource not in (change.resource.id, change.resource.name, change.resource.arn):
                continue
            nobody = noise[change]
            finding, attribution = (drop(change, nobody), None) if nobody else results[change]
            explained += 1
            _print(out, _title(change), list(walk(change, calls, finding, attribution, policy, window)))
    else:
        for call in calls:
            if event_id in (None, call.event_id):
                explained += 1
                _print_call(out, call, investigate_call(call, policy), policy)
    if not explained:
        raise click.ClickException("nothing of what was asked for is in these files")
    sys.exit(DAMAGED if damage else 0)


def _calls(reading: Reading, files: list[RecordedFile]) -> list[ApiCall]:
    calls: dict[str, ApiCall] = {}
    for record, file, number in reading.cloudtrail_records(files):
        try:
            call = read_call(record)
        except Unreadable as error:
            reading.unreadable(Source(file, number), error)
        else:
            calls.setdefault(call.event_id, call)
    return list(calls.values())


def _changes(reading: Reading, files: list[RecordedFile], out: Console) -> list[Change]:
    changes: dict[str, Change] = {}
    for message, source in reading.config_messages(files):
        try:
            read = read_message(message)
        except Unreadable as error:
            reading.unreadable(source, error)
            continue
        match read:
            case NotAChange():
                title = f"{source.file}, record {source.record}"
                _print(out, title, [Step("decision", FIRED, f"drop, {read.reason}: {read.explanation}")])
            case BareItem():
                title = f"{source.file}, record {source.record}"
                said = "a configuration item by itself; `replay` compares it with the item before it"
                _print(out, title, [Step("decision", FIRED, f"drop, no-previous-item: {said}")])
            case Oversized():
                changes.setdefault(read.change.key, read.change)
            case Change():
                changes.setdefault(read.key, read)
    return list(changes.values())


def _title(change: Change) -> str:
    at = format_moment(change.captured_at)
    return f"{change.change_type} {change.resource.type} {change.resource.label}, captured {at}"


def _print_call(out: Console, call: ApiCall, finding: Finding, policy: Policy) -> None:
    title = f"{call.service}:{call.event_name} {call.event_id}, {format_moment(call.event_time)}"
    _print(out, title, list(walk_call(call, finding, policy)))


def _print(out: Console, title: str, steps: list[Step]) -> None:
    out.print(Text(printable(title), style="bold"))
    for step in steps:
        mark, style = _MARKS.get(step.outcome, (" ", ""))
        out.print(Text(f"  {mark} {step.stage:<9}{printable(step.words)}", style=style))
    out.print()
