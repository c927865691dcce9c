"""Names, organizational units, routes and the access portal: what the functions are told, and what they may ask."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import Any

import pytest
from aws_cdk import App, Stack

from manual_change.domain.routing import Route, read_routes
from manual_change_detector import Accounts, ConfigSource, ManualChangeDetector, ManualChangeDetectorHub

SHOP = {"111122223333": "shop"}
WITH_UNITS = {"111122223333": {"name": "shop", "organizational_units": ["Workloads"]}, "444455556666": "bank"}
ABOUT_ONE_ACCOUNT = {
    "organizations:DescribeAccount",
    "organizations:DescribeOrganizationalUnit",
    "organizations:ListParents",
}
ABOUT_ALL = {
    "organizations:ListAccounts",
    "organizations:ListAccountsForParent",
    "organizations:ListOrganizationalUnitsForParent",
    "organizations:ListRoots",
}


def detector(**options: Any) -> Any:
    """A builder of a detector with these options."""
    return lambda stack: ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), **options)


def hub(**options: Any) -> Any:
    """A builder of a hub with these options."""
    return lambda stack: ManualChangeDetectorHub(stack, "Hub", organization_id="o-abcde12345", **options)


def test_a_few_names_are_in_the_environment(synthesise: Any) -> None:
    """Nothing is to be read for them."""
    told = synthesise(detector(accounts=Accounts.named(SHOP)))

    assert SHOP == json.loads(told.environment("notify")["MANUAL_CHANGE_ACCOUNT_NAMES"])
    assert "" == told.environment("notify")["MANUAL_CHANGE_ACCOUNT_DIRECTORY"]
    assert "s3:GetObject" not in told.actions()


@pytest.mark.parametrize(
    "names",
    [WITH_UNITS, {f"{number:012}": "a name that is rather long" for number in range(40)}],
    ids=["units", "many"],
)
def test_a_list_with_units_or_a_long_one_is_a_file(synthesise: Any, names: dict[str, Any]) -> None:
    """Which notify may read, and nothing else of that bucket."""
    told = synthesise(detector(accounts=Accounts.named(names)))
    [reading] = [
        statement
        for name, policy in told.resources("AWS::IAM::Policy").items()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "Notify" in name and "s3:GetObject" == statement["Action"]
    ]
    [file] = told.folder.glob("asset.*.json")

    assert names == json.loads(file.read_text())
    assert file.name.removeprefix("asset.") in json.dumps(reading["Resource"])
    location = json.dumps(told.environment("notify")["MANUAL_CHANGE_ACCOUNT_DIRECTORY"])
    assert "s3://" in location
    assert f"#{sha256(file.read_bytes()).hexdigest()}" in location
    assert "{}" == told.environment("notify")["MANUAL_CHANGE_ACCOUNT_NAMES"]


def test_in_a_hub_the_survey_knows_every_account_on_the_list(synthesise: Any) -> None:
    """One that never reported is missed, too: so that the list is a file however short it is."""
    told = synthesise(hub(accounts=Accounts.named(SHOP)))
    directories = {
        json.dumps(told.environment(name)["MANUAL_CHANGE_ACCOUNT_DIRECTORY"]) for name in ("coverage", "notify")
    }

    assert 1 == len(directories)
    assert "s3://" in directories.pop()


def test_a_list_that_changes_is_another_file(synthesise: Any) -> None:
    """Its key is its content: no process of a function lives on that has read the old one, so that it is read once."""
    before, after = (
        json.dumps(synthesise(hub(accounts=Accounts.named(names))).environment("coverage"))
        for names in (SHOP, {**SHOP, "444455556666": "bank"})
    )

    assert before != after


def test_organizations_is_only_asked(synthesise: Any) -> None:
    """By those who need names or units, account by account, and by the survey, which lists them: not by attribute."""
    told = synthesise(hub(accounts=Accounts.organizations()))
    may = {
        name: set(re.findall(r"organizations:\w+", json.dumps(policy)))
        for name, policy in told.resources("AWS::IAM::Policy").items()
    }

    assert {"Coverage": ABOUT_ALL, "Dispatch": ABOUT_ONE_ACCOUNT, "Notify": ABOUT_ONE_ACCOUNT} == {
        part: asked
        for name, asked in may.items()
        for part in ("Attribute", "Coverage", "Dispatch", "Notify")
        if part in name and asked
    }


def test_a_detector_without_accounts_asks_nobody(defaults: Any) -> None:
    """As it was."""
    assert "" == defaults.environment("dispatch")["MANUAL_CHANGE_ACCOUNT_DIRECTORY"]
    assert not any(action.startswith("organizations:") for action in defaults.actions())


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"1234": "shop"}, "12 digits"),
        ({"111122223333": 7}, "a name is expected"),
        ({"111122223333": {"organizational_units": ["Workloads"]}}, "a name is expected"),
        ({"111122223333": {"name": "shop", "organizational_units": "Workloads"}}, "a name is expected"),
        ({"111122223333": {"name": "shop", "owner": "me"}}, "a name is expected"),
    ],
    ids=["id", "number", "nameless", "one-unit", "unknown"],
)
def test_a_list_that_cannot_be_read_is_refused_at_synth(wrong: Any, says: str) -> None:
    """With the entry."""
    with pytest.raises(ValueError, match=says):
        Accounts.named(wrong)


def test_routes_reach_the_stage_that_posts_as_they_were_given(synthesise: Any) -> None:
    """The first that fits counts, so that their order stays."""
    routes = (
        Route(channel="C0000000001", accounts=("1111*",), severity="high"),
        Route(channel="C0000000002", organizational_units=("Payments", "ou-ab12-*")),
        Route(channel="C0000000003", regions=("us-*",), resource_types=("AWS::IAM::*",)),
    )
    portal = "https://d-0123456789.awsapps.com/start"

    told = synthesise(detector(routes=routes, start_url=portal, accounts=Accounts.organizations()))
    environment = told.environment("notify")

    assert routes == read_routes(environment["MANUAL_CHANGE_ROUTES"])
    assert portal == environment["MANUAL_CHANGE_START_URL"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"routes": [Route(channel="C0123456789", organizational_units=("Payments",))]}, "Accounts.organizations"),
        ({"start_url": "d-0123456789"}, "https://d-0123456789.awsapps.com/start"),
    ],
    ids=["units", "portal"],
)
def test_what_cannot_be_routed_or_opened_is_refused_at_synth(options: dict[str, Any], says: str) -> None:
    """With what would."""
    with pytest.raises(ValueError, match=says):
        detector(**options)(Stack(App(), "Watch"))
