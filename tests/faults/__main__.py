"""Play every fault and print the table: `python tests/faults [--short]`. Exit status 1 if a promise is not kept."""

from __future__ import annotations

import os
import sys
import time

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table
from scenarios import play, scenarios

NUMBERS = ("owed", "delivered", "lost", "duplicated", "messages", "seconds")
WIDTH = 120


def main(arguments: list[str]) -> int:
    """Play them all; 0 only if nothing was lost, and nothing told twice that need not be."""
    os.environ.update(AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing", AWS_DEFAULT_REGION="eu-west-1")
    long = "--short" not in arguments
    table = Table(Column("fault", no_wrap=True), *(Column(name, justify="right") for name in NUMBERS), box=SIMPLE)
    kept = True
    console = Console(width=WIDTH)
    for scenario in scenarios():
        began = time.monotonic()
        done = play(scenario, long=long)
        kept = kept and done.kept
        numbers = (done.owed, done.delivered, done.lost, done.duplicated, done.messages)
        took = f"{time.monotonic() - began:.1f}"
        table.add_row(done.fault, *(f"{number:,}" for number in numbers), took, style=None if done.kept else "red")
        console.print(f"{'kept' if done.kept else 'BROKEN'}: {done.fault}", highlight=False)
    console.print(table)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
