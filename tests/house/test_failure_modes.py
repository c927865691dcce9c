"""docs/multi-account.md says what can go wrong, and names the test that guards each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NAMED = re.compile(r"`((?:adapters|cases|cloud|construct|domain|faults|handlers|local)/[\w./-]+)(?:::(\w+))?`")


@pytest.fixture(scope="module")
def rows(house: Path) -> dict[int, str]:
    """What guards each failure, by its number."""
    text = (house / "docs/multi-account.md").read_text(encoding="utf-8")
    section = text.split("## What can go wrong, and what guards it")[1]
    cells = [line.strip("|").split(" | ") for line in section.splitlines() if re.match(r"\| \d+ \|", line)]
    return {int(number): guard for number, _, guard in cells}


def test_every_failure_has_a_row(rows: dict[int, str]) -> None:
    """Twenty-three are known; each has a test, or a sentence that says why there can be none."""
    assert list(range(1, 24)) == sorted(rows)
    assert [22, 23] == [number for number, guard in rows.items() if not NAMED.search(guard)]


def test_every_test_that_is_named_exists(rows: dict[int, str], house: Path) -> None:
    """A guard that was renamed is no guard that anybody finds."""
    named = [match.groups() for guard in rows.values() for match in NAMED.finditer(guard)]
    missing = [
        f"{path}::{test}" if test else path
        for path, test in named
        if not (house / "tests" / path).exists()
        or (test and f"def {test}(" not in (house / "tests" / path).read_text(encoding="utf-8"))
    ]

    assert [] == missing
