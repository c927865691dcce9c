"""How much of a cold start is ours: importing a handler, against importing boto3, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

from bench.measurement import Row, at_most, in_turns, medians, ratios

RUNS = 7
HANDLERS = ("dispatch", "attribute", "notify")

_PROGRAM = "from time import perf_counter as now; began = now(); import {}; print(now() - began)"


def _import_of(module: str) -> Callable[[], float]:
    """Measures an import in a fresh interpreter, in seconds."""

    def measure() -> float:
        command = [sys.executable, "-c", _PROGRAM.format(module)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    return measure


def measure() -> Iterator[Row]:
    """All in turns; the median of the rounds' ratios."""
    modules = ["boto3", *(f"manual_change.handlers.{name}" for name in HANDLERS)]
    for module in modules:  # once unmeasured: the first import after a change compiles
        _import_of(module)()
    rounds = in_turns(*map(_import_of, modules), runs=RUNS)
    boto3, *handlers = medians(rounds)
    for name, taken, ratio in zip(HANDLERS, handlers, ratios(rounds), strict=True):
        detail = f"{taken * 1000:.0f} ms / {boto3 * 1000:.0f} ms"
        yield at_most(f"import of the {name} handler ÷ import boto3", ratio, 1.5, detail=detail)
