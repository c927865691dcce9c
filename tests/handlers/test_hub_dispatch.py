"""The first stage of a hub: who may be believed, who is left out, who has reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.account_directory import AccountDirectory, Listed
from manual_change.adapters.config_history import HistoryUnavailable
from manual_change.adapters.places import Places
from manual_change.adapters.quarantine import Quarantine
from manual_change.domain.change import Change
from manual_change.domain.coverage import Place
from manual_change.domain.heartbeat import HEARTBEAT
from manual_change.domain.investigation import investigate
from manual_change.domain.policy import Policy
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.gate import Gate
from manual_change.handlers.records import Record
from manual_change.settings import DispatchSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP, BANK = "111122223333", "444455556666"
Records = Callable[..., list[Record]]


def a_notification(account: str = SHOP, *, region: str = "eu-west-1") -> dict[str, Any]:
    """A change of a security group."""
    return {
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItem": {
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": "sg-1",
            "awsAccountId": account,
            "awsRegion": region,
            "configurationItemCaptureTime": "2026-11-22T12:00:00.000Z",
            "configurationItemStatus": "OK",
        },
        "configurationItemDiff": {
            "changeType": "UPDATE",
            "changedProperties": {
                "Configuration.Description": {"previousValue": "old", "updatedValue": "new", "changeType": "UPDATE"}
            },
        },
    }


def by_bus(detail: Any, *, account: str = SHOP, source: str = "aws.config") -> dict[str, Any]:
    """The same, as a spoke forwards it."""
    return {
        "detail-type": "Config Configuration Item Change",
        "source": source,
        "account": account,
        "region": "eu-west-1",
        "detail": detail,
    }


@dataclass
class Queues:
    """SQS: what was sent, by queue."""

    sent: dict[str, list[Any]] = field(default_factory=lambda: {"attributions": [], "quarantine": []})

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.sent[QueueUrl] += Entries
        return {"Failed": []}

    @property
    def reasons(self) -> list[str]:
        """Why messages were set aside."""
        return [json.loads(entry["MessageBody"])["reason"] for entry in self.sent["quarantine"]]


class Reported(Places):
    """Places in memory."""

    def __init__(self) -> None:
        self.seen: list[Place] = []

    def reported(self, place: Place, *, now: datetime) -> None:
        assert now == NOON
        self.seen.append(place)


@dataclass
class Hub:
    """The stage and what came of it."""

    stage: Dispatch
    queues: Queues
    places: Reported


@pytest.fixture
def hub(said: Any) -> Callable[..., Hub]:
    """Builds the stage with settings."""

    def build(*, bare_messages: bool = False, **settings: Any) -> Hub:
        queues, places = Queues(), Reported()
        stand_in: Any = queues
        stage = Dispatch(
            settings=DispatchSettings(
                attributions_queue_url="attributions",
                quarantine_queue_url="quarantine",
                fair_queues=True,
                first_look=timedelta(0),
                **settings,
            ),
            sqs=stand_in,
            history=stand_in,
            telemetry=said.telemetry,
            gate=Gate(Quarantine(stand_in, "quarantine"), said.telemetry, places, bare_messages=bare_messages),
            directory=AccountDirectory(Listed(lambda: json.dumps({BANK: {"organizational_units": ["Sandbox"]}}))),
            now=lambda: NOON,
        )
        return Hub(stage, queues, places)

    return build


def test_a_spokes_notification_goes_on_under_its_place(hub: Callable[..., Hub], records: Records) -> None:
    """As message group, so that SQS can share out what is received."""
    at = hub()

    assert {"batchItemFailures": []} == at.stage.handle(records(by_bus(a_notification())))
    assert [f"{SHOP}|eu-west-1"] == [entry["MessageGroupId"] for entry in at.queues.sent["attributions"]]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (by_bus(a_notification(BANK)), "another-account"),
        (by_bus(a_notification(), source="my.config"), "not-from-aws"),
        (by_bus({"Records": [{"body": json.dumps(a_notification(BANK))}]}), "another-account"),
        (by_bus(by_bus(a_notification(BANK), account=BANK)), "another-account"),
        (a_notification(), "no-envelope"),
        ({"detail": a_notification(), "detail-type": "Config Configuration Item Change"}, "no-envelope"),
        (by_bus({"body": "no JSON"}, source="my.config"), "not-from-aws"),
        (by_bus(dict(HEARTBEAT)), "another-account"),
        (by_bus(dict(HEARTBEAT), source="my.config"), "not-from-aws"),
        (by_bus({"body": json.dumps(dict(HEARTBEAT))}), "another-account"),
        (dict(HEARTBEAT) | {"detail": {}}, "no-envelope"),
    ],
    ids=(
        "about another account",
        "another source",
        "wrapped",
        "an envelope inside",
        "bare",
        "half an envelope",
        "unreadable inside",
        "a heartbeat",
        "a heartbeat from a stranger",
        "a wrapped heartbeat",
        "more than a heartbeat",
    ),
)
def test_what_is_forged_is_set_aside(
    hub: Callable[..., Hub], records: Records, said: Any, message: Any, reason: str
) -> None:
    """Counted, logged, and not tried again; the batch goes on."""
    at = hub()

    answer = at.stage.handle(records(message, by_bus(a_notification())))

    assert ({"batchItemFailures": []}, [reason]) == (answer, at.queues.reasons)
    assert 1 == len(at.queues.sent["attributions"])
    assert ("quarantine", reason) in said.decisions


def test_the_heartbeat_passes_without_an_envelope(hub: Callable[..., Hub], records: Records) -> None:
    """Only a rule of the hub's own can put it there: what comes over the bus has an envelope."""
    at = hub()

    assert {"batchItemFailures": []} == at.stage.handle(records(dict(HEARTBEAT)))
    assert [dict(HEARTBEAT)] == [json.loads(entry["MessageBody"]) for entry in at.queues.sent["attributions"]]


def test_the_history_is_asked_where_a_notification_came_from(hub: Callable[..., Hub], records: Records) -> None:
    """IAM's item says `global`; the envelope says which region recorded it."""
    at = hub()
    asked: list[str | None] = []

    def change(_oversized: Any, *, came_from: str | None) -> Any:
        asked.append(came_from)
        raise HistoryUnavailable("-")

    at.stage.history = SimpleNamespace(change=change)  # type: ignore[assignment]
    summary = a_notification(region="global")["configurationItem"] | {"resourceType": "AWS::IAM::Role"}
    notice = {"messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": summary}
    at.stage.handle(records(by_bus(notice)))

    assert ["eu-west-1"] == asked


def test_a_topics_notification_is_believed_where_a_topic_delivers(hub: Callable[..., Hub], records: Records) -> None:
    """Only AWS Config may publish there, and the queue takes from that topic alone."""
    at = hub(bare_messages=True)
    at.stage.handle(records(a_notification(BANK)))

    assert ([], 1) == (at.queues.reasons, len(at.queues.sent["attributions"]))


def test_the_same_change_by_topic_and_by_bus_is_one_change(hub: Callable[..., Hub], records: Records) -> None:
    """Whatever each way adds to it: its key is the same, so is the finding's id, and the table tells that once."""
    at = hub(bare_messages=True)
    from_topic = a_notification() | {"notificationCreationTime": "2026-11-22T12:00:07.000Z", "recordVersion": "1.3"}
    from_bus = a_notification() | {"notificationCreationTime": "2026-11-22T12:00:09.000Z"}
    at.stage.handle(records(from_topic, by_bus(from_bus)))

    changes = [
        Change.from_message(json.loads(entry["MessageBody"])["change"]) for entry in at.queues.sent["attributions"]
    ]
    findings = {investigate(change, [], Policy())[0].id for change in changes}
    assert (2, 1, 1) == (len(changes), len({change.key for change in changes}), len(findings))


def test_whatever_is_believed_shows_that_its_place_reports(hub: Callable[..., Hub], records: Records) -> None:
    """Noise too; what is forged does not."""
    at = hub(excluded_resource_types=("AWS::EC2::*",))
    at.stage.handle(records(by_bus(a_notification()), by_bus(a_notification(BANK))))

    assert [Place(SHOP, "eu-west-1")] == at.places.seen


def test_a_change_goes_on_where_its_place_cannot_be_written_down(
    hub: Callable[..., Hub], records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reports is a matter of hours, a change one of minutes."""
    at = hub()

    def throttled(*_: object, **__: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")

    monkeypatch.setattr(at.places, "reported", throttled)

    assert {"batchItemFailures": []} == at.stage.handle(records(by_bus(a_notification())))
    assert 1 == len(at.queues.sent["attributions"])


@pytest.mark.parametrize("region", ["eu-west-1", "global"])
def test_a_topics_item_says_its_place_itself(hub: Callable[..., Hub], records: Records, region: str) -> None:
    """Except IAM's, which are global."""
    at = hub(bare_messages=True)
    at.stage.handle(records(a_notification(BANK, region=region)))

    assert ([] if region == "global" else [Place(BANK, region)]) == at.places.seen


@pytest.mark.parametrize(
    "settings", [{"excluded_accounts": ("4444*",)}, {"excluded_organizational_units": ("Sandbox",)}], ids=str
)
def test_accounts_are_left_out_by_id_and_by_unit(
    hub: Callable[..., Hub], records: Records, said: Any, settings: dict[str, Any]
) -> None:
    """With a reason, like everything that is dropped."""
    at = hub(**settings)
    at.stage.handle(records(by_bus(a_notification(BANK), account=BANK), by_bus(a_notification())))

    assert [("drop", "account-excluded")] == [each for each in said.decisions if each[0] == "drop"]
    assert 1 == len(at.queues.sent["attributions"])


def test_a_body_that_cannot_be_read_is_no_forgery(hub: Callable[..., Hub], records: Records) -> None:
    """It comes again, and becomes a dead letter."""
    at = hub()

    answer = at.stage.handle(records("no JSON"))

    assert (1, []) == (len(answer["batchItemFailures"]), at.queues.reasons)
