"""Run the benchmarks and print the table. Exit status 1 if a bar is not kept, 2 for an unknown name."""

from __future__ import annotations

import sys
from importlib import import_module
from time import perf_counter

from bench.measurement import Row, columns, use_the_locked_node

BENCHMARKS = {
    "first-message": "bench.first_message",
    "asset": "bench.asset",
    "handler-import": "bench.handler_import",
    "synth": "bench.synth",
    "judging": "bench.judging",
    "join": "bench.join",
    "lookups": "bench.lookups",
    "delivery": "bench.delivery",
    "hub": "bench.hub",
    "organisation-cost": "bench.organisation_cost",
}
"""Name -> module, in the order in which they run."""


def main(names: list[str]) -> int:
    """Measure what was asked for, or everything."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    use_the_locked_node()
    rows: list[Row] = []
    for name in names or BENCHMARKS:
        began = perf_counter()
        rows += import_module(BENCHMARKS[name]).measure()
        print(f"{name}: {perf_counter() - began:.0f} s", file=sys.stderr)
    print("\n".join(columns(rows)))
    return 0 if all(row.kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
