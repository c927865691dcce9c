"""With a bot, what a session does next answers its first message, which is kept up to date."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any

import pytest

from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.slack import Slack
from manual_change.domain.actor import Actor
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.finding import Finding
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record
from manual_change.handlers.threads import OPEN
from manual_change_local.slack_stand_in import SERVER_ERROR, Answers, SlackMessage, SlackStandIn, every, never, on

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
YEAR = timedelta(days=365)
Records = Callable[..., list[Record]]
TO_THE_WORLD = PropertyChange("Configuration.IpPermissions.0", None, {"ipRanges": ["0.0.0.0/0"], "fromPort": 22})


def a_finding(of: str, *, by: str = "alice", public: bool = False) -> Finding:
    """A person's change; a public one is critical."""
    kind = "SecurityGroup" if public else "Volume"
    principal = f"arn:aws:sts::111122223333:assumed-role/Admin/{by}"
    return Finding(
        decision="notify",
        verdict="manual",
        reason="console-session",
        explanation="-",
        actor=Actor(kind="person", name=by, principal=principal, via="cli", source_ip=None, mfa=None),
        change=Change(
            Resource("111122223333", "eu-west-1", f"AWS::EC2::{kind}", of),
            "UPDATE",
            NOON,
            properties=(TO_THE_WORLD,) if public else (),
        ),
    )


class Room:
    """The stage in front of a bot's channel, and a clock."""

    def __init__(self, slack: SlackStandIn, stage: Callable[[Room], Notify], records: Records) -> None:
        self.slack = slack
        self.now = NOON
        self.seconds: Iterator[float] = repeat(0.0)
        """What the timer says, one time after another."""
        self._records = records
        self._stage = stage(self)

    def tell(self, *findings: Finding, minutes: float = 2) -> int:
        """One batch, so many minutes after the last one; how many messages are to come again."""
        self.now += timedelta(minutes=minutes)
        answer = self._stage.handle(self._records(*map(finding_body, findings)), seconds_left=60.0)
        return len(answer["batchItemFailures"])

    @property
    def shown(self) -> list[tuple[str, bool]]:
        """What the messages say, and whether each is a reply."""
        return [(_words(message), message.thread_ts is not None) for message in self.slack.messages]


def _words(message: SlackMessage) -> str:
    return json.dumps(message.payload, ensure_ascii=False)


@pytest.fixture
def room(aws: Callable[[str], Any], findings_table: str, said: Any, records: Records) -> Iterator[Room]:
    """With the token of the stand-in's bot in the secret."""
    with SlackStandIn(channels=("general",), posts_per_second=None) as slack:
        value = json.dumps({"bot_token": slack.workspace.bot_token, "channel": "C00000001"})
        arn = aws("secretsmanager").create_secret(Name="slack", SecretString=value)["ARN"]
        dynamodb = aws("dynamodb")

        def build(room: Room) -> Notify:
            return Notify(
                table=FindingsTable(dynamodb, findings_table, retention=YEAR, lease=timedelta(minutes=2)),
                sessions=Sessions(dynamodb, findings_table, gather=timedelta(minutes=1)),
                poster=Slack(
                    SlackSecret(aws("secretsmanager"), arn, max_age=timedelta(minutes=2)), api_url=slack.api_url
                ),
                put_off=lambda _record, _after: None,
                telemetry=said.telemetry,
                now=lambda: room.now,
                timer=lambda: next(room.seconds),
            )

        yield Room(slack, build, records)


def test_what_a_session_does_next_answers_its_first_message(room: Room) -> None:
    """The channel shows one message, and the thread the others."""
    for number in range(3):
        room.tell(a_finding(f"vol-{number}"))

    assert [False, True, True] == [reply for _, reply in room.shown]


def test_the_head_tells_of_everything(room: Room) -> None:
    """Each reply brings it up to date."""
    for number in range(3):
        room.tell(a_finding(f"vol-{number}"))

    head, _ = room.shown[0]
    assert all(f"vol-{number}" in head for number in range(3))
    assert "alice changed 3 resources by hand" in head
    assert 2 == room.slack.messages[0].updates


def test_a_reply_tells_only_what_is_new(room: Room) -> None:
    """The head has the rest."""
    room.tell(a_finding("vol-0"))
    room.tell(a_finding("vol-1"))

    reply, _ = room.shown[1]
    assert ("vol-1" in reply, "vol-0" in reply) == (True, False)


def test_another_persons_messages_stay_out_of_the_thread(room: Room) -> None:
    """A thread is a session's."""
    room.tell(a_finding("vol-0"))
    room.tell(a_finding("vol-1", by="bob"))

    assert [False, False] == [reply for _, reply in room.shown]


def test_what_is_critical_is_shown_in_the_channel_too(room: Room) -> None:
    """Nobody looks into a thread for it; and the head is critical from then on."""
    room.tell(a_finding("vol-0"))
    room.tell(a_finding("sg-1", public=True))

    assert [None, True] == [message.payload.get("reply_broadcast") for message in room.slack.messages]
    assert "Critical" in room.slack.messages[0].payload["text"]


def test_a_thread_is_open_for_an_hour(room: Room) -> None:
    """After that its head is far up in the channel."""
    room.tell(a_finding("vol-0"))
    room.tell(a_finding("vol-1"), minutes=OPEN.total_seconds() / 60)

    assert [False, False] == [reply for _, reply in room.shown]


def test_a_thread_that_is_gone_is_begun_anew(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody deleted its head: nothing is lost, and the next message answers the new one."""
    room.tell(a_finding("vol-0"))
    with monkeypatch.context() as gone:
        gone.setattr(room.slack.workspace, "_messages", [])
        room.tell(a_finding("vol-1"))
        room.tell(a_finding("vol-2"))
        shown = room.shown

    assert [("vol-1" in shown[0][0], False), ("vol-2" in shown[1][0], True)] == [
        (True, shown[0][1]),
        (True, shown[1][1]),
    ]


def test_what_a_head_cannot_tell_now_comes_again_with_it(room: Room) -> None:
    """A reply under a head that does not tell of it is told to nobody."""
    room.tell(a_finding("vol-0"))
    room.slack.update_faults = every(1, SERVER_ERROR)
    failed = room.tell(a_finding("vol-1"))
    shown = len(room.slack.messages)
    room.slack.update_faults = never
    again = room.tell(a_finding("vol-1"))

    assert (1, 1, 0, 2) == (failed, shown, again, len(room.slack.messages))
    assert all(f"vol-{number}" in room.shown[0][0] for number in range(2))


def test_the_heads_of_a_channel_are_not_hammered(room: Room) -> None:
    """Slack fails at one of them, twice: the other is left alone, and both replies come again."""
    room.tell(a_finding("vol-0"), a_finding("vol-1", by="bob"))
    room.tell(a_finding("vol-2"))
    room.tell(a_finding("vol-3", by="bob"))
    asked: list[str] = []
    room.slack.update_faults = lambda _: asked.append("update") or SERVER_ERROR

    assert 2 == room.tell(a_finding("vol-4"), a_finding("vol-5", by="bob"))
    assert ["update", "update"] == asked


def test_what_is_critical_does_not_wait_for_the_head(room: Room, said: Any) -> None:
    """It stands for itself."""
    room.tell(a_finding("vol-0"))
    room.slack.update_faults = every(1, SERVER_ERROR)

    assert 0 == room.tell(a_finding("sg-1", public=True))
    assert [False, False] == [reply for _, reply in room.shown]
    assert "a thread ends: its head is not up to date" in [line.get("message") for line in said.lines]


@pytest.mark.parametrize("error", ["edit_window_closed", "message_not_found", "msg_too_long"])
def test_where_the_head_stays_as_it_is_the_next_message_begins_a_thread(room: Room, error: str) -> None:
    """A workspace may forbid to edit what is some minutes old; a head that tells of much may be too long."""
    room.tell(a_finding("vol-0"))
    room.slack.update_faults = on({1}, Answers(status=200, error=error))
    for number in (1, 2):
        room.tell(a_finding(f"vol-{number}"))

    assert [False, False, True] == [reply for _, reply in room.shown]
    assert ["vol-0", "vol-1 vol-2"] == [
        " ".join(f"vol-{number}" for number in range(3) if f"vol-{number}" in head)
        for head, reply in room.shown
        if not reply
    ]


def test_no_reply_is_begun_when_the_update_has_used_up_the_time(room: Room) -> None:
    """A function that is stopped between post and mark tells twice."""
    room.tell(a_finding("vol-0"))
    room.seconds = iter([0.0, 0.0, 0.0, 41.0])

    assert 1 == room.tell(a_finding("vol-1"))
    assert (1, 1) == (len(room.slack.messages), room.slack.messages[0].updates)


def test_a_thread_that_cannot_be_written_down_is_only_logged(
    room: Room, said: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message is there: it is not told again, and the next one stands for itself."""

    def refuse(*_: object) -> None:
        raise RuntimeError("DynamoDB is busy")

    with monkeypatch.context() as busy:
        busy.setattr(Sessions, "keep_thread", refuse)
        assert 0 == room.tell(a_finding("vol-0"))
    room.tell(a_finding("vol-1"))

    assert [False, False] == [reply for _, reply in room.shown]
    assert "a thread was not begun" in [line.get("message") for line in said.lines]
