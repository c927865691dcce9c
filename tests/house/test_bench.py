"""The benchmarks: one file each, all of them in the list."""

from __future__ import annotations

import ast
from pathlib import Path


def test_every_benchmark_is_in_the_list(house: Path) -> None:
    """A module of bench with a `measure` runs with `make bench`."""
    modules = {path.stem: ast.parse(path.read_text()) for path in (house / "bench").glob("*.py")}
    measuring = {
        f"bench.{name}"
        for name, module in modules.items()
        if any(isinstance(node, ast.FunctionDef) and node.name == "measure" for node in module.body)
    }
    [listed] = [
        ast.literal_eval(node.value)
        for node in modules["__main__"].body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
    ]

    assert measuring == set(listed.values())
