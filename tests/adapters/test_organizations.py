"""AWS Organizations: who is in which unit, in how many requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.organizations import Organizations

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Organization:
    """Workloads/Prod with two accounts, Workloads/Test and Sandbox/Deep with one each; requests are counted."""

    def __init__(self, client: Any) -> None:
        self.client = client
        client.create_organization(FeatureSet="ALL")
        self.root = client.list_roots()["Roots"][0]["Id"]
        self.units: dict[str, str] = {}
        self.accounts: dict[str, str] = {}
        for name, path in (("shop", "Workloads/Prod"), ("bank", "Workloads/Prod"), ("trial", "Workloads/Test")):
            self._join(name, path)
        self._join("toys", "Sandbox/Deep")
        self.requests: Counter[str] = Counter()
        client.meta.events.register("before-call.organizations", self._count)

    def _join(self, name: str, path: str) -> None:
        parent = self.root
        for depth, unit in enumerate(path.split("/"), start=1):
            here = "/".join(path.split("/")[:depth])
            if here not in self.units:
                made = self.client.create_organizational_unit(ParentId=parent, Name=unit)
                self.units[here] = made["OrganizationalUnit"]["Id"]
            parent = self.units[here]
        made = self.client.create_account(Email=f"{name}@example.com", AccountName=name)
        self.accounts[name] = made["CreateAccountStatus"]["AccountId"]
        self.client.move_account(AccountId=self.accounts[name], SourceParentId=self.root, DestinationParentId=parent)

    def move(self, name: str, before: str, after: str) -> None:
        """From one unit into another."""
        self.client.move_account(
            AccountId=self.accounts[name],
            SourceParentId=self.units[before],
            DestinationParentId=self.units[after],
        )

    def _count(self, model: Any, **_: Any) -> None:
        self.requests[model.name] += 1

    def named(self, ids: frozenset[str]) -> list[str]:
        """What these accounts are called, in order."""
        return sorted(name for name, account_id in self.accounts.items() if account_id in ids)


@pytest.fixture
def organization(aws: Callable[[str], Any]) -> Organization:
    """An organization with five units and four accounts, besides its manager."""
    return Organization(aws("organizations"))


@pytest.mark.parametrize(
    ("units", "inside"),
    [
        (["Sandbox"], ["toys"]),
        (["Workloads"], ["bank", "shop", "trial"]),
        (["Workloads/Prod", "Sandbox/*"], ["bank", "shop", "toys"]),
        (["Nowhere"], []),
    ],
    ids=str,
)
def test_an_account_is_inside_the_units_above_it(
    organization: Organization, units: list[str], inside: list[str]
) -> None:
    """By name or by path, at any depth."""
    found = AccountDirectory(Organizations(lambda: organization.client)).listing(units=units)

    assert (inside, "") == (organization.named(found.inside), found.missing)


def test_a_unit_may_be_named_by_its_id(organization: Organization) -> None:
    """As in the console."""
    found = AccountDirectory(Organizations(lambda: organization.client)).listing(
        units=[organization.units["Workloads/Test"]]
    )

    assert ["trial"] == organization.named(found.inside)


def test_the_units_are_walked_once_whoever_is_in_them(organization: Organization) -> None:
    """A request a unit and the root, and one for the accounts of each that is named: no account is asked about."""
    AccountDirectory(Organizations(lambda: organization.client)).listing(units=["Workloads"])

    assert {
        "ListAccounts": 1,
        "ListRoots": 1,
        "ListOrganizationalUnitsForParent": 6,
        "ListAccountsForParent": 3,
    } == organization.requests


def test_a_second_account_of_a_unit_takes_two_requests(organization: Organization) -> None:
    """What is above the unit is known by then."""
    source = Organizations(lambda: organization.client)
    first = source.find(organization.accounts["shop"])
    before = organization.requests.total()
    second = source.find(organization.accounts["bank"])

    assert 2 == organization.requests.total() - before
    assert first is not None
    assert second is not None
    assert first.organizational_units == second.organizational_units


def test_a_unit_that_was_renamed_is_called_by_its_new_name_a_day_later(organization: Organization) -> None:
    """Also in a process that lives for days."""
    clock = [NOON]
    source = Organizations(lambda: organization.client, now=lambda: clock[0])
    shop = organization.accounts["shop"]
    before = source.find(shop)
    organization.client.update_organizational_unit(
        OrganizationalUnitId=organization.units["Workloads/Prod"], Name="Live"
    )
    same = source.find(shop)
    clock[0] += timedelta(days=1)
    after = source.find(shop)

    assert before == same
    assert after is not None
    assert "Workloads/Live" in after.organizational_units


def test_the_list_says_when_an_account_joined(organization: Organization) -> None:
    """In UTC: a new one is not expected to report yet."""
    listed = AccountDirectory(Organizations(lambda: organization.client)).listing().accounts

    assert {timedelta(0)} == {account.joined.utcoffset() for account in listed if account.joined}
    assert 5 == len([account for account in listed if account.joined])


def test_an_account_that_was_closed_is_not_active(organization: Organization) -> None:
    """AWS keeps it in the list for ninety days, suspended."""
    organization.client.close_account(AccountId=organization.accounts["trial"])
    listed = AccountDirectory(Organizations(lambda: organization.client)).listing().accounts

    assert [organization.accounts["trial"]] == [account.id for account in listed if not account.active]


def test_what_the_table_keeps_is_found_out_anew_after_a_day(
    aws: Callable[[str], Any], organization: Organization, organization_table: str
) -> None:
    """Also by a process that has just started: DynamoDB deletes what has expired within days, not at once."""
    clock = [NOON]

    def unit_of(name: str) -> str:
        source = Organizations(lambda: organization.client, now=lambda: clock[0])
        table = (aws("dynamodb"), organization_table)
        found = AccountDirectory(source, table, now=lambda: clock[0]).find(organization.accounts[name])
        return found.organizational_units[-1]

    before = unit_of("trial")
    organization.move("trial", "Workloads/Test", "Sandbox/Deep")
    same = unit_of("trial")
    clock[0] += timedelta(days=1)

    assert ("Workloads/Test", "Workloads/Test", "Sandbox/Deep") == (before, same, unit_of("trial"))
