"""Whether a place still records, and what it records still reaches the hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto.events.models import EventPattern

from manual_change.adapters.recording import CHANGE_SAMPLE, TAMPERING_SAMPLE, Recording
from manual_change.domain.coverage import NoTime, Place

BANK = Place("444455556666", "eu-west-1")
BUS = "arn:aws:events:eu-west-1:123456789012:event-bus/manual-change-detector"
CHANGES, TAMPERING, GUARD = (f"manual-change-spoke-{name}" for name in ("changes", "tampering", "guard"))
PATTERNS = {
    CHANGES: {"source": ["aws.config"], "detail-type": ["Config Configuration Item Change"]},
    TAMPERING: {"detail": {"eventName": ["StopConfigurationRecorder"]}},
    GUARD: {"detail": {"eventName": ["DisableRule"]}},
}


class Config:
    """AWS Config of an account. moto knows no status of delivery channels."""

    def __init__(self) -> None:
        self.recorders = [True]
        self.delivery: dict[str, str] = {"lastStatus": "Not_Applicable"}

    def describe_configuration_recorder_status(self) -> Any:
        return {"ConfigurationRecordersStatus": [{"recording": each} for each in self.recorders]}

    def describe_delivery_channel_status(self) -> Any:
        return {"DeliveryChannelsStatus": [{"name": "default", "configStreamDeliveryInfo": self.delivery}]}


class Events:
    """moto's EventBridge, which matches patterns and has no API to ask whether one matches."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def test_event_pattern(self, *, EventPattern: str, Event: str) -> Any:  # noqa: N803 - AWS's own words
        return {"Result": matches(EventPattern, json.loads(Event))}


def matches(pattern: str, event: dict[str, Any]) -> bool:
    """As EventBridge would say."""
    return EventPattern.load(pattern).matches_event(event)


class Account:
    """A place with a spoke, to be broken."""

    def __init__(self, events: Any) -> None:
        self.config, self.events = Config(), Events(events)
        for rule, pattern in PATTERNS.items():
            events.put_rule(Name=rule, EventPattern=json.dumps(pattern), State="ENABLED")
            events.put_targets(Rule=rule, Targets=[{"Id": "hub", "Arn": BUS}])

    def ask(self, *, from_topics: bool = False) -> str | None:
        """What it says of itself."""
        return a_recording(self._client, from_topics=from_topics).ask(BANK)

    def _client(self, service: str, account: str, region: str) -> Any:
        assert (account, region) == (BANK.account, BANK.region)
        return {"config": self.config, "events": self.events}[service]


def a_recording(client: Callable[[str, str, str], Any], *, from_topics: bool = False) -> Recording:
    """The hub's way to ask."""
    return Recording(
        client_for=client,
        bus_arn=BUS,
        changes_rule=CHANGES,
        tampering_rule=TAMPERING,
        further_rules=(GUARD,),
        from_topics=from_topics,
    )


@pytest.fixture
def account(aws: Callable[[str], Any]) -> Account:
    """One where all is well."""
    return Account(aws("events"))


@pytest.mark.parametrize("recorders", [[True], [False, True]])
def test_a_place_that_records_and_forwards_has_nothing_to_say(account: Account, recorders: list[bool]) -> None:
    """One recorder that records is enough."""
    account.config.recorders = recorders

    assert account.ask() is None


@pytest.mark.parametrize(
    ("recorders", "expected"),
    [([], "AWS Config has no recorder there"), ([False], "the recorder of AWS Config is stopped")],
)
def test_a_place_without_a_recorder_says_so(account: Account, recorders: list[bool], expected: str) -> None:
    """Gone and stopped are told apart: they are mended differently."""
    account.config.recorders = recorders

    assert expected == account.ask()


def disable(events: Any) -> None:
    events.disable_rule(Name=CHANGES)


def delete(events: Any) -> None:
    events.remove_targets(Rule=CHANGES, Ids=["hub"])
    events.delete_rule(Name=CHANGES)


def take_the_target_away(events: Any) -> None:
    events.remove_targets(Rule=CHANGES, Ids=["hub"])


def send_elsewhere(events: Any) -> None:
    take_the_target_away(events)
    events.put_targets(Rule=CHANGES, Targets=[{"Id": "x", "Arn": "arn:aws:sns:eu-west-1:444455556666:elsewhere"}])


def narrow_the_pattern(events: Any) -> None:
    events.put_rule(Name=CHANGES, EventPattern=json.dumps({"source": ["nobody"]}), State="ENABLED")


@pytest.mark.parametrize(
    ("silence", "expected"),
    [
        (disable, f"the rule {CHANGES} is DISABLED"),
        (delete, f"the rule {CHANGES} is gone"),
        (take_the_target_away, f"the rule {CHANGES} sends nowhere, not to the hub's bus {BUS}"),
        (
            send_elsewhere,
            f"the rule {CHANGES} sends to arn:aws:sns:eu-west-1:444455556666:elsewhere, not to the hub's bus {BUS}",
        ),
        (
            narrow_the_pattern,
            f"the rule {CHANGES} was altered: its pattern no longer lets through what it is there for",
        ),
    ],
)
def test_a_silenced_spoke_is_found_out(account: Account, silence: Callable[[Any], None], expected: str) -> None:
    """However it was done: an account's administrator can do each of these while the recorder goes on."""
    silence(account.events)

    assert expected == account.ask()


@pytest.mark.parametrize("from_topics", [False, True])
@pytest.mark.parametrize("rule", [TAMPERING, GUARD])
def test_a_spoke_that_would_no_longer_tell_of_tampering_is_found_out(
    account: Account, rule: str, from_topics: bool
) -> None:
    """Changes come all the same, so that nothing else would show it."""
    account.config.delivery = {"lastStatus": "SUCCESS"}
    account.events.remove_targets(Rule=rule, Ids=["hub"])

    assert f"the rule {rule} sends nowhere, not to the hub's bus {BUS}" == account.ask(from_topics=from_topics)


@pytest.mark.parametrize("success", ["SUCCESS", "Success"])
def test_where_a_topic_is_notified_the_rule_for_changes_is_not_needed(account: Account, success: str) -> None:
    """The spoke forwards no changes there; that it is there at all is seen by the rule it has in any case."""
    account.config.delivery = {"lastStatus": success}
    delete(account.events)
    assert account.ask(from_topics=True) is None

    account.events.disable_rule(Name=TAMPERING)
    assert f"the rule {TAMPERING} is DISABLED" == account.ask(from_topics=True)


@pytest.mark.parametrize("failure", ["FAILURE", "Failure"])
def test_a_topic_that_cannot_be_notified_is_told(account: Account, failure: str) -> None:
    """The topic is gone or its policy was altered: the recorder records, and nobody hears of it."""
    account.config.delivery = {
        "lastStatus": failure,
        "lastErrorCode": "AuthorizationErrorException",
        "lastErrorMessage": "not authorized to perform: SNS:Publish",
    }

    expected = "AWS Config cannot notify its topic: AuthorizationErrorException not authorized to perform: SNS:Publish"
    assert expected == account.ask(from_topics=True)


def test_a_channel_without_a_topic_leaves_the_spokes_rule(account: Account) -> None:
    """A hub may listen to topics of some accounts and to spokes of others: without either nothing comes."""
    assert account.ask(from_topics=True) is None

    delete(account.events)
    assert f"the rule {CHANGES} is gone" == account.ask(from_topics=True)


class Spied:
    """A client that writes down each request."""

    def __init__(self, client: Any, log: list[str]) -> None:
        self._client, self._log = client, log

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name == "exceptions":
            return found
        self._log.append(name)
        return found


def test_the_time_is_looked_at_before_each_request(account: Account) -> None:
    """Eight of them, three tries each, are minutes where nobody answers."""
    log: list[str] = []
    clients = {"config": Spied(account.config, log), "events": Spied(account.events, log)}

    def client(service: str, *_: str) -> Any:
        if service == "config":
            log.append("AssumeRole")
        return clients[service]

    account.config.delivery = {"lastStatus": "Success"}
    assert a_recording(client, from_topics=True).ask(BANK, lambda: log.append("time?")) is None
    assert [
        "AssumeRole",
        "describe_configuration_recorder_status",
        "describe_delivery_channel_status",
        *("describe_rule", "test_event_pattern", "list_targets_by_rule"),
        *("describe_rule", "list_targets_by_rule"),
    ] == log[1::2]
    assert {"time?"} == set(log[::2])


def test_a_place_that_was_not_asked_to_the_end_has_not_answered(account: Account) -> None:
    """It is neither well nor silent."""

    def checkpoint() -> None:
        raise NoTime

    with pytest.raises(NoTime):
        a_recording(lambda *_: account.config).ask(BANK, checkpoint)


def test_a_place_whose_role_is_gone_cannot_answer() -> None:
    """The role is the spoke's, and goes with it."""

    def refused(*_: str) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")

    said = a_recording(refused).ask(BANK)
    assert "its lookup role cannot be assumed (AccessDenied): is the spoke still there?" == said


def test_a_place_that_cannot_be_reached_is_no_place_that_answers() -> None:
    """Silence is told, with what was in the way."""

    def lost(*_: str) -> Any:
        raise ConnectTimeoutError(endpoint_url="https://config.eu-west-1.amazonaws.com")

    said = a_recording(lost).ask(BANK)
    assert said is not None
    assert said.startswith("it could not be asked: Connect timeout")


@pytest.mark.parametrize(("rule", "sample"), [(CHANGES, CHANGE_SAMPLE), (TAMPERING, TAMPERING_SAMPLE)])
def test_a_sample_is_what_its_rule_is_there_for(rule: str, sample: dict[str, Any]) -> None:
    """And nothing for the other. What the construct writes is held against the samples with the spoke's template."""
    assert [rule] == [name for name, pattern in PATTERNS.items() if matches(json.dumps(pattern), sample)]
