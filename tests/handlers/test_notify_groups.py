"""One message an act: what shares a message, what waits for it, and what a storm becomes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.findings_bus import NotAnnounced
from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.poster import Reply, SlackRefused, SlackUnavailable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.sessions import Sessions
from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.routing import Route
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
Records = Callable[..., list[Record]]


def a_finding(
    of: str,
    *,
    by: str = "alice",
    call: str = "call-1",
    name: str = "RunInstances",
    resource_type: str = "AWS::EC2::Volume",
) -> Finding:
    """What one call of a person's session did to one resource; low."""
    principal = f"arn:aws:sts::111122223333:assumed-role/Admin/{by}"
    reference = CallReference(
        event_id=call,
        event_source="ec2.amazonaws.com",
        event_name=name,
        event_time=NOON,
        region="eu-west-1",
        console_url="https://console.aws.amazon.com/",
    )
    return Finding(
        decision="notify",
        verdict="manual",
        reason="console-session",
        explanation="-",
        change=Change(Resource("111122223333", "eu-west-1", resource_type, of), "UPDATE", NOON),
        actor=Actor(kind="person", name=by, principal=principal, via="console", source_ip=None, mfa=True),
        calls=(reference,),
    )


class Room:
    """The stage, its channel, its bus, and a clock that a test moves."""

    def __init__(self, dynamodb: Any, telemetry: Any, table: str) -> None:
        self.now = NOON
        self.posts: list[tuple[str | None, Mapping[str, Any]]] = []
        self.refused: Callable[[str], Exception | None] = lambda _: None
        self.announced: list[str] = []
        self.bus_trouble: list[Exception] = []
        self.put_off: dict[str, timedelta] = {}
        self.stage = Notify(
            table=FindingsTable(dynamodb, table, retention=timedelta(days=1), lease=2 * MINUTE, announced=True),
            sessions=Sessions(dynamodb, table, gather=MINUTE),
            poster=self,
            put_off=lambda record, after: self.put_off.update({record.message_id: after}),
            telemetry=telemetry,
            announce=self.announce,
            now=lambda: self.now,
        )

    def post(self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None) -> None:
        """Take it, unless its text is refused."""
        assert reply is None
        trouble = self.refused(json.dumps(message))
        if trouble:
            raise trouble
        self.posts.append((channel, message))

    def announce(self, findings: Sequence[Finding]) -> None:
        """Take what is put on the bus, unless there is trouble."""
        if self.bus_trouble:
            raise self.bus_trouble.pop()
        self.announced += [finding.change.resource.id for finding in findings if finding.change]

    def handle(self, records: list[Record]) -> dict[str, Any]:
        """One invocation."""
        return dict(self.stage.handle(records, seconds_left=60.0))

    @property
    def texts(self) -> list[str]:
        """What the notifications said."""
        return [str(message["text"]) for _, message in self.posts]


@pytest.fixture
def room(aws: Callable[[str], Any], findings_table: str, said: Any) -> Room:
    """The stage with an empty table."""
    return Room(aws("dynamodb"), said.telemetry, findings_table)


def failures(*numbers: int) -> dict[str, Any]:
    """The answer in which these messages come again."""
    return {"batchItemFailures": [{"itemIdentifier": f"message-{number}"} for number in numbers]}


def test_the_items_of_one_call_share_a_message(room: Room, records: Records) -> None:
    """Instance, volume, network interface: one click."""
    answer = room.handle(records(*(finding_body(a_finding(of)) for of in ("i-1", "vol-1", "eni-1"))))

    assert NOTHING_FAILED == answer
    assert ["⚪ Low: alice changed 3 resources by hand · 111122223333, eu-west-1: i-1, vol-1, eni-1"] == room.texts


def test_two_people_share_no_message(room: Room, records: Records) -> None:
    """However close in time."""
    room.handle(records(finding_body(a_finding("vol-1")), finding_body(a_finding("vol-2", by="bob", call="call-2"))))

    assert 2 == len(room.posts)


def test_what_a_session_does_next_waits_and_shares_a_message(room: Room, records: Records) -> None:
    """The first click is told at once, those of the next minute together."""
    first, *next_ones = (finding_body(a_finding(f"vol-{number}", call=f"call-{number}")) for number in range(4))
    room.handle(records(first))
    room.now += timedelta(seconds=10)

    waiting = room.handle(records(*next_ones))
    room.now += timedelta(seconds=50)
    told = room.handle(records(*next_ones))

    assert (failures(1, 2, 3), NOTHING_FAILED) == (waiting, told)
    assert {f"message-{number}": timedelta(seconds=50) for number in (1, 2, 3)} == room.put_off
    assert ["alice changed EC2 Volume vol-0", "alice changed 3 resources"] == [
        text.removeprefix("⚪ Low: ").partition(" by hand")[0] for text in room.texts
    ]


def test_more_items_of_a_call_that_was_told_are_told_as_such(room: Room, records: Records) -> None:
    """One call on fifty volumes, of which Config captured one first: nobody believes that it was one."""
    room.handle(records(finding_body(a_finding("vol-0"))))
    room.now += MINUTE

    room.handle(records(*(finding_body(a_finding(f"vol-{number}")) for number in range(1, 50))))

    assert (
        "⚪ Low: alice also changed, with a call told before: 49 more · 111122223333, eu-west-1: vol-1, vol-2, vol-3"
        == room.texts[1]
    )


def test_what_is_high_never_waits(room: Room, records: Records) -> None:
    """A new access key is told at once, whatever was told a moment ago."""
    room.handle(records(finding_body(a_finding("vol-1"))))

    key = a_finding("key", call="call-2", name="CreateAccessKey", resource_type="AWS::IAM::User")
    stolen = finding_body(key).replace("ec2.amazonaws.com", "iam.amazonaws.com")
    room.handle(records(stolen))

    assert ["⚪", "🟠"] == [text[0] for text in room.texts]


def test_a_storm_is_one_message_and_every_finding_is_marked(room: Room, records: Records) -> None:
    """A hundred sessions in a batch: the channel stays readable, the table has all, a redelivery tells nothing."""
    bodies = [
        finding_body(a_finding(f"vol-{number}", by=f"person-{number}", call=str(number))) for number in range(100)
    ]

    answers = [room.handle(records(*bodies)) for _ in range(2)]

    assert [NOTHING_FAILED] * 2 == answers
    assert 1 == len(room.posts)
    assert room.texts[0].startswith("⚪ Low: 100 changes by 100 principals at once")


def test_a_group_that_slack_does_not_take_is_told_one_by_one(room: Room, records: Records) -> None:
    """One finding that breaks a message must not hold up those that share it."""
    room.refused = lambda text: SlackRefused("400 invalid_blocks", by_message=True) if "vol-2" in text else None
    room.stage.sessions = Sessions(room.stage.table.client, room.stage.table.name, gather=timedelta(0))

    answer = room.handle(records(*(finding_body(a_finding(f"vol-{number}")) for number in (1, 2, 3))))

    assert failures(2) == answer
    assert 2 == len(room.posts)


def test_a_message_that_was_not_taken_gives_the_turn_back(room: Room, records: Records) -> None:
    """The next try does not wait for a message that nobody saw."""
    room.refused = lambda _: SlackUnavailable("500")
    batch = records(finding_body(a_finding("vol-1")))
    room.handle(batch)
    room.refused = lambda _: None

    assert NOTHING_FAILED == room.handle(batch)
    assert 1 == len(room.posts)


def test_a_channel_in_trouble_holds_up_no_other(room: Room, records: Records) -> None:
    """Slack limits each channel by itself."""
    room.stage.routes = (Route(channel="C1", resource_types=("AWS::EC2::Volume",)),)

    def post(message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None) -> None:
        assert reply is None
        if channel == "C1":
            raise SlackUnavailable("429", retry_after=MINUTE)
        room.posts.append((channel, message))

    room.post = post  # type: ignore[method-assign]
    room.stage.poster = room

    answer = room.handle(
        records(finding_body(a_finding("vol-1")), finding_body(a_finding("b", resource_type="AWS::S3::Bucket")))
    )

    assert failures(1) == answer
    assert [None] == [channel for channel, _ in room.posts]


def test_each_finding_is_announced_once_however_slack_fares(room: Room, records: Records) -> None:
    """Tickets do not wait for a webhook, and come once."""
    room.refused = lambda _: SlackUnavailable("500")
    batch = records(finding_body(a_finding("vol-1")))

    room.handle(batch)
    room.handle(batch)

    assert ["vol-1"] == room.announced


def test_a_bus_that_does_not_take_a_finding_is_offered_it_again(room: Room, records: Records) -> None:
    """And the message is not posted again for it."""
    room.bus_trouble = [NotAnnounced("default", {"1": "ThrottlingException"})]
    batch = records(finding_body(a_finding("vol-1")))

    answers = [room.handle(batch) for _ in range(3)]

    assert [failures(1), NOTHING_FAILED, NOTHING_FAILED] == answers
    assert (1, ["vol-1"]) == (len(room.posts), room.announced)
