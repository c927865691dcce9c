"""Decisions as a table for people: when, what was decided, who, what, how and why."""

from __future__ import annotations

from collections.abc import Iterable
from io import TextIOWrapper
from typing import Final, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from manual_change.domain.moment import format_moment
from manual_change_local.replay import Decision

STYLES: Final = {"notify": "bold red", "silent": "green", "drop": "dim"}
"""Colours are only written to a terminal, and not where NO_COLOR is set: rich sees to both."""


WIDTH_OF_FILES: Final = 200
"""Columns of what is no terminal: nobody wraps lines there."""


def print_table(decisions: Iterable[Decision], out: TextIO) -> None:
    """Print one row for each decision."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(errors="backslashreplace")  # a terminal of another encoding shows what it can
    console = Console(file=out, highlight=False, width=None if out.isatty() else WIDTH_OF_FILES)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("when (UTC)", no_wrap=True)
    table.add_column("decision", no_wrap=True)
    table.add_column("who", overflow="fold", ratio=2)
    table.add_column("what", overflow="fold", ratio=4)
    table.add_column("why", overflow="fold", ratio=5)
    for decision in decisions:
        finding = decision.finding
        table.add_row(
            _when(decision),
            Text(finding.decision, style=STYLES.get(finding.decision, "")),
            Text(printable(finding.actor.name if finding.actor else "-")),
            Text(printable(_what(decision))),
            Text(printable(f"{finding.explanation} [{finding.reason}]")),
        )
    console.print(table)


def printable(words: str) -> str:
    """Words out of recorded files, in which what would steer a terminal, or is no proper Unicode, is escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)


def _when(decision: Decision) -> str:
    finding = decision.finding
    if finding.change:
        return format_moment(finding.change.captured_at)
    return format_moment(finding.calls[0].event_time) if finding.calls else "-"


def _what(decision: Decision) -> str:
    finding = decision.finding
    if finding.change:
        change = finding.change
        return f"{change.change_type} {change.resource.type} {change.resource.label} in {change.resource.account}"
    if finding.calls:
        call = finding.calls[0]
        return f"{call.event_source.partition('.')[0]}:{call.event_name} in {call.region}"
    return f"{decision.source.file}, record {decision.source.record}"
