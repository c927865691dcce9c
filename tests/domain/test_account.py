"""What is known of an account beside its id."""

from __future__ import annotations

import pytest

from manual_change.domain.account import Account, units_named

UNITS = units_named([("ou-ab12-work", "Workloads"), ("ou-ab12-prod", "Prod")])


def test_a_unit_is_named_by_its_id_its_name_and_its_path() -> None:
    """Whichever a team finds easiest."""
    expected = ("ou-ab12-work", "Workloads", "ou-ab12-prod", "Prod", "Workloads/Prod")

    assert expected == UNITS


@pytest.mark.parametrize(
    ("glob", "fits"),
    [("Prod", True), ("Workloads/*", True), ("ou-ab12-p*", True), ("Workloads", True), ("Pro", False), ("prod", False)],
)
def test_a_glob_is_matched_with_the_whole_of_a_name(glob: str, fits: bool) -> None:
    """Never with a part of it."""
    assert fits == Account(id="111122223333", organizational_units=UNITS).is_in([glob])


def test_an_account_without_units_is_in_none() -> None:
    """Where the directory does not know better, nobody is excluded by unit."""
    assert not Account(id="111122223333").is_in(["*"])


def test_what_is_kept_of_an_account_reads_back() -> None:
    """The table holds JSON."""
    account = Account(id="111122223333", name="shop", organizational_units=UNITS, active=False)

    assert account == Account.from_json(account.to_json())
