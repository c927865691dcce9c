"""Whatever fails, nothing is lost and nothing told twice: the short form of what `make faults` plays and prints."""

from __future__ import annotations

import pytest
from scenarios import Scenario, play, scenarios


@pytest.mark.parametrize("scenario", list(scenarios()), ids=lambda scenario: scenario.name)
def test_nothing_is_lost_and_nothing_told_twice(scenario: Scenario) -> None:
    """The short form of each fault."""
    account = play(scenario, long=False)

    assert (0, True) == (account.lost, account.kept), account
