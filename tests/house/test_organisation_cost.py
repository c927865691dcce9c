"""The sizing table of docs/multi-account.md is what `make bench` prints."""

from __future__ import annotations

import pytest
from bench.organisation_cost import PEAK, SIZES, Cost


@pytest.mark.parametrize("accounts", SIZES)
def test_the_sizing_table_is_the_arithmetic(accounts: int, documents: dict[str, object]) -> None:
    """Nobody changes a price in one place and leaves the other."""
    cost = Cost(accounts)
    row = [
        f"{accounts:,}",
        f"{cost.items_a_second:.2f} / {cost.items_a_second * PEAK:.1f}",
        f"{cost.writes_a_second:.1f} / {cost.writes_a_second * PEAK:,.0f}",
        *(f"${dollars:,.0f}" for dollars in (cost.lookup, cost.stream, cost.detectors, cost.config)),
    ]

    assert f"| {' | '.join(row)} |" in documents["docs/multi-account.md"].text  # type: ignore[attr-defined]


def test_a_hub_costs_less_than_detectors() -> None:
    """At every size, and by far."""
    assert all(Cost(accounts).lookup * 5 < Cost(accounts).detectors for accounts in SIZES)
