"""Settings that a function's environment has no room for are in a file, which the function may read."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from aws_cdk import CfnParameter, Stack

from manual_change.domain.routing import Route
from manual_change.settings import FURTHER_SETTINGS, CoverageSettings, DispatchSettings, NotifySettings
from manual_change_detector import Attribution, ConfigSource, ManualChangeDetector, ManualChangeDetectorHub

CHANNELS = [Route(channel=f"C{number:010}", accounts=[f"{number:012}"]) for number in range(2000)]
ACCOUNTS = [f"{number:012}" for number in range(3000)]


def detector(**options: Any) -> Any:
    """A builder of a detector with these options."""
    return lambda stack: ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), **options)


def hub(**options: Any) -> Any:
    """A builder of a hub to which calls are forwarded."""
    return lambda stack: ManualChangeDetectorHub(
        stack, "Hub", organization_id="o-abcde12345", attribution=Attribution.stream(), **options
    )


def further(synthesised: Any, stage: str) -> dict[str, str]:
    """What the file of a stage's function holds."""
    location = json.dumps(synthesised.environment(stage)[FURTHER_SETTINGS])
    [file] = [file for file in synthesised.folder.glob("asset.*.json") if file.name.removeprefix("asset.") in location]
    held: dict[str, str] = json.loads(file.read_text())
    return held


def whole(synthesised: Any, stage: str) -> dict[str, str]:
    """The environment of a stage, as its function sees it: what CloudFormation fills in is some text."""
    plain = {name: value if isinstance(value, str) else "-" for name, value in synthesised.environment(stage).items()}
    return {**further(synthesised, stage), **plain}


def test_a_channel_for_each_of_thousands_of_accounts(synthesise: Any) -> None:
    """An organization that has one on the first day."""
    told = synthesise(detector(routes=CHANNELS))

    settings = NotifySettings.from_environment(whole(told, "notify"))

    assert [route.to_json() for route in CHANNELS] == json.loads(settings.routes)


@pytest.mark.parametrize("routes", [1, 20, 55, 65, 2000])
def test_an_environment_fits_into_a_function_with_any_number_of_routes(synthesise: Any, routes: int) -> None:
    """Lambda allows 4 KB, however long the ARNs turn out."""
    environment = synthesise(detector(routes=CHANNELS[:routes])).environment("notify")

    assert 4096 >= sum(
        len(name) + (len(value) if isinstance(value, str) else 200) for name, value in environment.items()
    )


def test_thousands_of_accounts_can_be_left_out(synthesise: Any) -> None:
    """By the stages that take something in, and by the survey."""
    told = synthesise(hub(excluded_accounts=ACCOUNTS))
    dispatch = DispatchSettings.from_environment(whole(told, "dispatch"))
    coverage = CoverageSettings.from_environment(whole(told, "coverage"))

    assert {tuple(ACCOUNTS)} == {
        dispatch.excluded_accounts,
        coverage.excluded_accounts,
        tuple(json.loads(further(told, "collect")["MANUAL_CHANGE_EXCLUDED_ACCOUNTS"])),
    }


def test_a_function_may_read_its_own_file(synthesise: Any) -> None:
    """And nothing else of that bucket."""
    told = synthesise(detector(routes=CHANNELS))
    [reading] = [
        statement
        for policy in told.resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if "s3:GetObject" == statement["Action"]
    ]
    [file] = [file for file in told.folder.glob("asset.*.json") if "MANUAL_CHANGE_ROUTES" in file.read_text()]

    assert file.name.removeprefix("asset.") in json.dumps(reading["Resource"])


def test_a_function_knows_what_is_in_its_file(synthesise: Any) -> None:
    """Whoever may write to the bucket of assets cannot change a route unnoticed: the environment names the content."""
    told = synthesise(detector(routes=CHANNELS))
    location = json.dumps(told.environment("notify")[FURTHER_SETTINGS])
    [file] = [file for file in told.folder.glob("asset.*.json") if "MANUAL_CHANGE_ROUTES" in file.read_text()]

    assert f"#{sha256(file.read_bytes()).hexdigest()}" in location


def test_what_fits_is_in_the_environment_alone(defaults: Any) -> None:
    """No file, and nothing to be read."""
    assert not any(FURTHER_SETTINGS in function["Environment"]["Variables"] for function in functions(defaults))


def functions(synthesised: Any) -> list[dict[str, Any]]:
    """The functions of a stack."""
    return [each for each in synthesised.properties("AWS::Lambda::Function") if "Environment" in each]


def test_what_only_cloudformation_knows_cannot_be_in_a_file(synthesise: Any) -> None:
    """The file is written at synthesis."""

    def build(stack: Stack) -> None:
        channel = CfnParameter(stack, "Channel").value_as_string
        detector(routes=[Route(channel=channel, accounts=[account]) for account in ACCOUNTS[:100]])(stack)

    with pytest.raises(ValueError, match=r"Notify/Function take \d+ bytes .*MANUAL_CHANGE_ROUTES, .*write its entries"):
        synthesise(build)
