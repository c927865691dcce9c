"""What the options do: how they reach the functions, and how a wrong one is met."""

from __future__ import annotations

from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any

import pytest
from aws_cdk import Duration, Stack

from manual_change.settings import AttributeSettings, CollectSettings, DispatchSettings, NotifySettings
from manual_change_detector import Accounts, ConfigSource, ManualChangeDetector, Route, props

SETTINGS = {"dispatch": DispatchSettings, "attribute": AttributeSettings, "notify": NotifySettings}


def read_back(synthesised: Any, stage: str) -> Any:
    """The settings as the handler will read them; what CloudFormation fills in is a text of some kind."""
    environment = synthesised.environment(stage)
    return SETTINGS[stage].from_environment(
        {name: value if isinstance(value, str) else "known when deployed" for name, value in environment.items()}
    )


@pytest.mark.parametrize("stage", SETTINGS)
def test_each_function_can_read_its_settings(variant: Any, stage: str) -> None:
    """Nothing is missing, nothing is misspelt, and there is nothing besides."""
    assert set(variant.environment(stage)) == set(read_back(variant, stage).to_environment())


@pytest.mark.parametrize("stage", SETTINGS)
def test_options_left_out_keep_the_defaults_of_the_settings(defaults: Any, stage: str) -> None:
    """A default is written in one place."""
    required = {
        setting.name: "known when deployed" for setting in fields(SETTINGS[stage]) if setting.default is MISSING
    }

    assert SETTINGS[stage](detector="Watch/Detector", **required) == read_back(defaults, stage)


def test_the_ladder_reaches_both_stages_that_wait(everything: Any) -> None:
    """Dispatch waits for the first look, attribute for the others."""
    assert timedelta(minutes=2) == read_back(everything, "dispatch").first_look
    assert (timedelta(minutes=2), timedelta(minutes=5)) == read_back(everything, "attribute").looks


def test_excluded_types_reach_the_stage_that_drops_them(everything: Any) -> None:
    """`AWS::SSM::*` never gets as far as CloudTrail."""
    assert ("AWS::SSM::*",) == read_back(everything, "dispatch").excluded_resource_types


def test_excluded_accounts_reach_the_stage_that_drops_their_changes(synthesise: Any) -> None:
    """By id, and by organizational unit."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(
            stack,
            "Detector",
            config_source=ConfigSource.event_bridge(),
            excluded_accounts=["111122223333", "4444*"],
            excluded_organizational_units=["Sandbox", "ou-ab12-*"],
            accounts=Accounts.organizations(),
        )

    settings = read_back(synthesise(build), "dispatch")

    assert ("111122223333", "4444*") == settings.excluded_accounts
    assert ("Sandbox", "ou-ab12-*") == settings.excluded_organizational_units


def test_the_lookback_reaches_the_stage_that_looks_back(everything: Any) -> None:
    """An hour instead of half of one."""
    assert timedelta(hours=1) == read_back(everything, "attribute").lookback


def test_the_longest_lookback_is_as_long_as_forwarded_calls_are_kept() -> None:
    """A day, which is accepted."""
    kept = CollectSettings(calls_table="calls", attributions_queue_url="queue", policy_parameter="policy").keep

    assert kept == props.lookback(Duration.days(1))


def test_language_and_retention_reach_the_stage_that_tells(everything: Any) -> None:
    """Japanese, and thirty days."""
    settings = read_back(everything, "notify")

    assert ("ja", timedelta(days=30)) == (settings.language, settings.retention)


def test_a_secret_that_is_there_is_used(existing_topic: Any) -> None:
    """None is made beside it."""
    assert [] == existing_topic.properties("AWS::SecretsManager::Secret")


def test_the_key_encrypts_whatever_can_be_encrypted(everything: Any) -> None:
    """Queues, table, logs, environments, secret and bucket name it; not the queue of what could not be told, which must
    not fall silent with the key."""
    [key] = everything.resources("AWS::KMS::Key")
    kinds = (
        "AWS::SQS::Queue",
        "AWS::DynamoDB::Table",
        "AWS::Logs::LogGroup",
        "AWS::Lambda::Function",
        "AWS::SecretsManager::Secret",
        "AWS::S3::Bucket",
        "AWS::Config::DeliveryChannel",
    )
    without = [
        logical_id
        for kind in kinds
        for logical_id, resource in everything.resources(kind).items()
        if f"'{key}'" not in str(resource)
    ]

    assert ["DetectorUntoldQueue47883C60"] == without


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"looks": []}, r"looks is empty, .*give one Duration or more"),
        (
            {"looks": [Duration.minutes(6), Duration.minutes(3)]},
            r"looks must ascend, .*0:03:00 follows 0:06:00; ascending they are 0:03:00, 0:06:00",
        ),
        ({"looks": [Duration.minutes(3), Duration.minutes(3)]}, r"looks must ascend"),
        ({"lookback": Duration.hours(25)}, r"lookback is 1 day, 1:00:00, and .* calls for 1 day; give that or less"),
        ({"lookback": Duration.minutes(0)}, r"lookback is zero; give a Duration, or leave it out"),
        ({"findings_retention": Duration.days(0)}, r"findings_retention is zero"),
        ({"silence_alarm": Duration.minutes(90)}, r"silence_alarm is 1:30:00; give whole hours, up to 7 days, or None"),
        ({"silence_alarm": Duration.days(8)}, r"silence_alarm is 8 days, 0:00:00; give whole hours, up to 7 days"),
        ({"heartbeat": Duration.seconds(90)}, r"heartbeat is 0:01:30; give whole minutes, up to 8 hours, or None"),
        ({"heartbeat": Duration.hours(9)}, r"heartbeat is 9:00:00; give whole minutes, up to 8 hours, or None"),
        ({"language": "fr"}, r"language is 'fr'; messages are written in 'en' and 'ja'"),
        ({"excluded_resource_types": ["ec2"]}, r"excluded_resource_types names 'ec2'; .*AWS::EC2::Volume"),
        ({"excluded_accounts": ["prod"]}, r"excluded_accounts names 'prod'; accounts are 12 digits in quotes"),
        ({"excluded_accounts": ["1234"]}, r"excluded_accounts names '1234'; accounts are 12 digits"),
        ({"excluded_organizational_units": ["r-ab12"]}, r"organizational_units names 'r-ab12'; .*ou-ab12-cdefghij"),
        ({"excluded_organizational_units": ["Sandbox"]}, r"which accounts are in them; .*Accounts.organizations"),
        ({"excluded_organizational_units": [""]}, r"organizational_units names ''; .*Workloads/Test"),
    ],
)
def test_an_option_that_cannot_work_is_refused_with_the_mend(
    synthesise: Any, options: dict[str, Any], message: str
) -> None:
    """At synthesis, by the name of the option."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", **{"config_source": ConfigSource.event_bridge(), **options})

    with pytest.raises(ValueError, match=message):
        synthesise(build)


def test_an_account_id_that_is_a_number_is_refused(synthesise: Any) -> None:
    """Its leading zeros would be gone."""

    def build(stack: Stack) -> None:
        options: dict[str, Any] = {"excluded_accounts": [111122223333]}
        ManualChangeDetector(stack, "Detector", **options)

    with pytest.raises(TypeError, match=r"excluded_accounts names 111122223333; text is expected: '111122223333'"):
        synthesise(build)


@pytest.mark.parametrize(
    ("routes", "says"),
    [
        ("C0123456789", r"routes is 'C0123456789'; a list of routes is expected: \[Route\(channel="),
        (Route(channel="C0123456789"), r"a list of routes is expected: \[Route\(channel="),
        ([{"channel": "C0123456789"}], r"routes has {'channel': 'C0123456789'}; a route is expected: Route\(channel="),
    ],
    ids=["a-text", "one", "objects"],
)
def test_routes_are_a_list_of_routes(synthesise: Any, routes: Any, says: str) -> None:
    """Objects are what the settings hold; people write routes."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", config_source=ConfigSource.event_bridge(), routes=routes)

    with pytest.raises(TypeError, match=says):
        synthesise(build)


def test_a_text_where_a_list_belongs_is_refused(synthesise: Any) -> None:
    """Otherwise its letters would be taken for resource types."""

    def build(stack: Stack) -> None:
        ManualChangeDetector(stack, "Detector", excluded_resource_types="AWS::SSM::*")

    with pytest.raises(TypeError, match=r"a list is expected: \['AWS::SSM::\*'\]"):
        synthesise(build)


def test_types_recorded_daily_are_refused_where_they_are_named() -> None:
    """By the source, before there is a detector."""
    with pytest.raises(ValueError, match=r"daily_resource_types names 'ec2'; .*AWS::EC2::Volume"):
        ConfigSource.event_bridge(daily_resource_types=["ec2"])


def test_a_new_recorder_takes_whole_names_of_types() -> None:
    """AWS Config knows no globs."""
    with pytest.raises(ValueError, match=r"names 'AWS::EC2::\*'; AWS Config takes whole names"):
        ConfigSource.new_recorder(daily_resource_types=["AWS::EC2::*"])
