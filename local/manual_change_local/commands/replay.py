"""`manual-change replay`: the same judgement over recorded logs, before anything is deployed."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from manual_change.domain.attribution import Window
from manual_change.domain.policy import Policy, PolicyError
from manual_change.domain.policy_document import read_policy
from manual_change_local.decision_table import print_table, printable
from manual_change_local.recorded_files import Damage, RecordedFile, recorded_files
from manual_change_local.recorded_input import Reading
from manual_change_local.replay import Decision, Replay

_TOO_DEEP = "(nested too deeply to be shown)"

DAMAGED = 1
"""Exit status when anything was unreadable; wrong usage is 2 (click's own)."""


@click.command("replay")
@click.option("--config", metavar="PATH", multiple=True, help="Recorded AWS Config notifications, or history files.")
@click.option("--cloudtrail", metavar="PATH", multiple=True, help="Recorded CloudTrail logs.")
@click.option("--policy", "policy_file", metavar="FILE", help="The policy document (JSON). Default: the empty policy.")
@click.option("--all", "keep_all", is_flag=True, help="Print every decision, not only what would be notified.")
@click.option("--format", "form", type=click.Choice(["jsonl", "table"]), default="jsonl", show_default=True)
@click.option(
    "--lookback",
    type=click.IntRange(1, 90 * 24 * 60),
    default=30,
    show_default=True,
    metavar="MINUTES",
    help="How long before Config's capture the responsible call may lie, 90 days at most.",
)
@click.option(
    "--daily-type",
    "daily",
    metavar="GLOB",
    multiple=True,
    help="A resource type that is recorded DAILY: its calls may lie a day back. May be repeated.",
)
@click.option("--exclude-type", "excluded", metavar="GLOB", multiple=True, help="A resource type to leave out.")
def command(
    config: tuple[str, ...],
    cloudtrail: tuple[str, ...],
    policy_file: str | None,
    keep_all: bool,
    form: str,
    lookback: int,
    daily: tuple[str, ...],
    excluded: tuple[str, ...],
) -> None:
    """Judge recorded logs the way the deployed detector would.

    PATH is a file, a folder (searched recursively) or `-` for standard input; JSON, JSON lines or concatenated JSON,
    each also gzipped. With --config, each change is judged with the calls of --cloudtrail that made it; with only
    --cloudtrail, each call is judged by itself. Damaged input is reported on standard error, and the rest goes on.

    Exit status: 0, 1 if anything was unreadable, 2 for wrong usage.
    """
    if not config and not cloudtrail:
        raise click.UsageError("nothing to replay: give --config PATH, --cloudtrail PATH, or both")
    if (*config, *cloudtrail).count("-") > 1:
        raise click.UsageError("standard input (-) can be read only once")
    policy = policy_from(policy_file)
    config_files, cloudtrail_files = files_of("--config", config), files_of("--cloudtrail", cloudtrail)
    gc.disable()  # nothing here makes cycles, and the collector would walk millions of living objects again and again
    damage: list[Damage] = []
    errors = Console(stderr=True, highlight=False, soft_wrap=True)

    def damaged(found: Damage) -> None:
        damage.append(found)
        errors.print(printable(f"unreadable: {found}"), markup=False)

    size = sum(file.size for file in (*config_files, *cloudtrail_files))
    columns = TextColumn("judging"), BarColumn(), DownloadColumn(), TimeRemainingColumn()
    with Progress(*columns, console=errors, transient=True, disable=not errors.is_terminal) as progress:
        bar = progress.add_task("judging", total=size)
        replay = Replay(
            Reading(damaged, lambda done: progress.update(bar, completed=done)),
            policy,
            Window(lookback=timedelta(minutes=lookback), daily_resource_types=daily),
            keep_all=keep_all,
            excluded_resource_types=excluded,
        )
        decisions = replay.changes(config_files, cloudtrail_files) if config else replay.calls(cloudtrail_files)
    try:
        if form == "table":
            print_table(decisions, sys.stdout)
        else:
            _write_lines(decisions)
    except BrokenPipeError:
        _nobody_reads_on()
    errors.print(summary(replay, len(damage)), markup=False)
    sys.exit(DAMAGED if damage else 0)


def policy_from(policy_file: str | None, hint: str = "--policy") -> Policy:
    """The policy of a file, the empty one without; a file that cannot be used is wrong usage."""
    if policy_file is None:
        return Policy()
    try:
        return read_policy(Path(policy_file).read_bytes())
    except OSError as error:
        raise click.BadParameter(f"{policy_file}: {error.strerror}", param_hint=hint) from error
    except PolicyError as error:
        raise click.BadParameter(f"{policy_file}: {error}", param_hint=hint) from error


def files_of(option: str, paths: Iterable[str]) -> list[RecordedFile]:
    """The files behind an option's paths; one that is not there is wrong usage."""
    try:
        return recorded_files(paths)
    except FileNotFoundError as error:
        raise click.BadParameter(f"{error} does not exist", param_hint=option) from error


def json_line(decision: Decision) -> bytes:
    """One line of the output; text that is no proper Unicode is escaped rather than refused."""
    document = decision.to_json()
    try:
        return orjson.dumps(document) + b"\n"
    except TypeError:
        try:
            return json.dumps(document).encode() + b"\n"
        except RecursionError:
            shown = {"before": _TOO_DEEP, "after": _TOO_DEEP}
            properties = [changed | shown for changed in document["change"]["properties"]]
            return json.dumps(document | {"change": document["change"] | {"properties": properties}}).encode() + b"\n"


def summary(replay: Replay, damaged: int) -> str:
    """`judged 17: 3 notify, 4 silent, 10 drop (…); 1 unreadable`."""
    by_decision: dict[str, int] = {}
    reasons: dict[str, list[str]] = {}
    for (decision, reason), number in sorted(replay.counts.items(), key=lambda pair: -pair[1]):
        by_decision[decision] = by_decision.get(decision, 0) + number
        reasons.setdefault(decision, []).append(f"{reason} {number}")
    parts = [
        f"{by_decision[decision]} {decision} ({', '.join(reasons[decision])})"
        for decision in ("notify", "silent", "drop")
        if decision in by_decision
    ]
    said = f"judged {sum(by_decision.values())}: {', '.join(parts) or 'nothing'}"
    return f"{said}; {damaged} unreadable" if damaged else said


def _write_lines(decisions: Iterable[Decision]) -> None:
    out = sys.stdout.buffer
    for decision in decisions:
        out.write(json_line(decision))
    out.flush()


def _nobody_reads_on() -> None:
    """`| head` has seen enough: what is still in the buffer goes nowhere, and nobody is told of a broken pipe."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
