"""A call that was told by itself, and the change that it made: one message, updated, never two."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.account_directory import AccountDirectory, Listed
from manual_change.adapters.findings_table import Claim, FindingsTable
from manual_change.adapters.poster import Posted, Reply, SlackRefused, SlackUnavailable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.told_calls import ToldCalls
from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.routing import Route
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import PLAIN
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
YEAR = timedelta(days=365)
Records = Callable[..., list[Record]]

ALICE = Actor(
    kind="person",
    name="alice",
    principal=f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice",
    via="cli",
    source_ip=None,
    mfa=None,
)


def a_finding(*calls: str, of: str | None = None) -> Finding:
    """About a call by itself, or about the change of a resource that calls made."""
    references = tuple(
        CallReference(
            event_id=call,
            event_source="ec2.amazonaws.com",
            event_name=f"Modify{call}",
            event_time=NOON,
            region="eu-west-1",
            console_url="https://example.com",
        )
        for call in calls
    )
    change = Change(Resource(ACCOUNT, "eu-west-1", "AWS::EC2::Volume", of), "UPDATE", NOON) if of else None
    return Finding(
        decision="notify",
        verdict="manual",
        reason="console-session",
        explanation="-",
        actor=ALICE,
        calls=references,
        change=change,
    )


class Channel:
    """A bot's channel, or a webhook's, which names no message."""

    def __init__(self, *, names: bool = True) -> None:
        self.texts: dict[str, str] = {}
        self.shown: dict[str, str] = {}
        self.channels: list[str | None] = []
        self.replies: dict[str, bool] = {}
        self.trouble: Exception | None = None
        """Of updates."""
        self.trouble_with_posts: Exception | None = None
        self.fails_after: int | None = None
        """How many updates go well before one fails."""
        self.updates: list[str] = []
        """The messages that were asked to be updated, one time after another."""
        self._names = names

    def post(
        self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None
    ) -> Posted | None:
        if self.trouble_with_posts:
            raise self.trouble_with_posts
        ts = str(len(self.texts) + 1)
        self.replies[ts] = reply is not None
        self.channels.append(channel)
        self._show(ts, message)
        return Posted("C1", ts) if self._names else None

    def update(self, posted: Posted, message: Mapping[str, Any]) -> bool:
        self.updates.append(posted.ts)
        if self.trouble:
            raise self.trouble
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise SlackUnavailable("Slack answered 500")
        self._show(posted.ts, message)
        return True

    def _show(self, ts: str, message: Mapping[str, Any]) -> None:
        self.texts[ts] = str(message["text"])
        self.shown[ts] = str(message["blocks"])


@pytest.fixture
def stage(aws: Callable[[str], Any], findings_table: str, said: Any) -> Callable[..., Notify]:
    """Builds the stage of a hub in front of a channel."""
    dynamodb = aws("dynamodb")

    def build(
        channel: Channel,
        *,
        gather: timedelta = timedelta(0),
        timer: Callable[[], float] = lambda: 0.0,
        **options: Any,
    ) -> Notify:
        return Notify(
            table=FindingsTable(dynamodb, findings_table, retention=YEAR, lease=timedelta(minutes=2)),
            sessions=Sessions(dynamodb, findings_table, gather=gather),
            poster=channel,
            put_off=lambda _record, _after: None,
            telemetry=said.telemetry,
            told_calls=ToldCalls(dynamodb, findings_table, retention=YEAR),
            now=lambda: NOON,
            timer=timer,
            **options,
        )

    return build


def tell(stage: Notify, records: Records, *findings: Finding) -> int:
    """One batch; how many messages are to come again."""
    answer = stage.handle(records(*(finding_body(finding) for finding in findings)), seconds_left=60.0)
    return len(answer["batchItemFailures"])


def test_the_change_takes_the_place_of_the_call(stage: Callable[..., Notify], records: Records) -> None:
    """The message that told of the call tells of the change now."""
    channel = Channel()
    notify = stage(channel)

    assert 0 == tell(notify, records, a_finding("call-1")) + tell(notify, records, a_finding("call-1", of="vol-1"))
    assert 1 == len(channel.texts)
    assert "vol-1" in channel.texts["1"]


def test_a_change_that_is_told_by_an_update_waits_for_no_turn(stage: Callable[..., Notify], records: Records) -> None:
    """The session was told of a moment ago: the update needs no message, so nothing comes again."""
    channel = Channel()
    notify = stage(channel, gather=timedelta(minutes=1))
    tell(notify, records, a_finding("call-1"))
    tell(notify, records, a_finding("call-2", of="vol-2"))

    assert 0 == tell(notify, records, a_finding("call-1", of="vol-1"))
    assert ["1", "2"] == list(channel.texts)
    assert "vol-1" in channel.texts["1"]


def test_each_change_of_one_call_is_in_its_message(stage: Callable[..., Notify], records: Records) -> None:
    """A call may change several resources, whose changes arrive one after the other: none takes another's place."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"))
    for number in (1, 2, 3):
        tell(notify, records, a_finding("call-1", of=f"vol-{number}"))

    assert ["1"] == list(channel.texts)
    assert all(name in channel.shown["1"] for name in ("vol-1", "vol-2", "vol-3"))


def test_the_change_takes_the_place_of_all_its_calls(stage: Callable[..., Notify], records: Records) -> None:
    """Two calls told in one message, whose change it was: the message tells it once, and neither call any more."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"), a_finding("call-2"))
    tell(notify, records, a_finding("call-1", "call-2", of="vol-1"))

    assert ["1"] == list(channel.texts)
    assert "vol-1" in channel.texts["1"]
    alone = Channel()
    alone.post(group_message([a_finding("call-1", "call-2", of="vol-1")], PLAIN))
    assert alone.shown == channel.shown


def test_each_message_that_told_a_call_of_the_change_is_updated(stage: Callable[..., Notify], records: Records) -> None:
    """Two calls told in two messages: neither is left behind with half the story, and what shares one stays in it."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"))
    tell(notify, records, a_finding("call-2"), a_finding("call-3"))
    tell(notify, records, a_finding("call-1", "call-2", of="vol-1"))

    assert ["1", "2"] == list(channel.texts)
    assert all("vol-1" in channel.shown[ts] for ts in ("1", "2"))
    assert "Modifycall-3" in channel.shown["2"]


def test_a_threads_head_goes_on_telling_of_its_replies(stage: Callable[..., Notify], records: Records) -> None:
    """The change of the head's call takes that call's place, there and for good; what the replies told stays."""
    channel = Channel()
    notify = stage(channel)
    for call in ("call-1", "call-2"):
        tell(notify, records, a_finding(call))
    tell(notify, records, a_finding("call-1", of="vol-1"))
    assert [False, True] == list(channel.replies.values())
    assert all(name in channel.shown["1"] for name in ("vol-1", "Modifycall-2"))

    tell(notify, records, a_finding("call-3"))
    shown = channel.shown["1"]
    assert all(name in shown for name in ("vol-1", "Modifycall-2", "Modifycall-3"))
    assert 1 == shown.count("Modifycall-1"), "the call is named by its change only"


def test_a_head_does_not_go_on_telling_a_call_whose_reply_failed(
    stage: Callable[..., Notify], records: Records
) -> None:
    """The head told of the call, its reply failed, the change came: the head's next update tells the change instead."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"))
    channel.trouble_with_posts = SlackUnavailable("Slack answered 429")
    failed = tell(notify, records, a_finding("call-2"))
    channel.trouble_with_posts = None
    assert (1, True) == (failed, "Modifycall-2" in channel.shown["1"])

    for finding in (a_finding("call-2", of="vol-2"), a_finding("call-2")):
        assert 0 == tell(notify, records, finding)
    tell(notify, records, a_finding("call-3"))
    told = {name: channel.shown["1"].count(name) for name in ("Modifycall-1", "vol-2", "Modifycall-2", "Modifycall-3")}
    assert dict.fromkeys(told, 1) == told


def test_an_update_that_fails_halfway_is_made_whole(stage: Callable[..., Notify], records: Records) -> None:
    """The second of two messages is not updated at first: the change comes again, and both tell it."""
    channel = Channel()
    notify = stage(channel)
    for call in ("call-1", "call-2"):
        tell(notify, records, a_finding(call))
    change = a_finding("call-1", "call-2", of="vol-1")
    channel.fails_after = 1
    failed = tell(notify, records, change)
    channel.fails_after = None

    assert (1, 0) == (failed, tell(notify, records, change))
    assert all("vol-1" in channel.texts[ts] for ts in ("1", "2"))


def test_a_change_that_comes_twice_is_told_once(stage: Callable[..., Notify], records: Records) -> None:
    """The second delivery updates nothing."""
    channel = Channel()
    notify = stage(channel)
    for finding in (a_finding("call-1"), a_finding("call-1", of="vol-1"), a_finding("call-1", of="vol-1")):
        tell(notify, records, finding)

    assert 1 == len(channel.texts)


@pytest.mark.parametrize("together", [True, False])
def test_a_call_that_comes_after_its_change_is_not_told(
    stage: Callable[..., Notify], records: Records, together: bool
) -> None:
    """In the same batch, or later: the change has taken its place."""
    channel = Channel()
    notify = stage(channel)
    batch = [a_finding("call-1", of="vol-1"), a_finding("call-1")]
    for findings in [batch] if together else [batch[:1], batch[1:]]:
        tell(notify, records, *findings)

    assert ["1"] == list(channel.texts)
    assert "vol-1" in channel.texts["1"]


def test_a_webhooks_message_stays_as_it_is(stage: Callable[..., Notify], records: Records, said: Any) -> None:
    """It told of the call; a second message would tell the same act again."""
    channel = Channel(names=False)
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"))
    tell(notify, records, a_finding("call-1", of="vol-1"))

    assert 1 == len(channel.texts)
    assert ("upgraded", "call-told-before") in said.decisions


def test_what_shares_the_message_stays_in_it(stage: Callable[..., Notify], records: Records) -> None:
    """Two calls told together; their changes arrive one after the other."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"), a_finding("call-2"))
    for number in (1, 2):
        tell(notify, records, a_finding(f"call-{number}", of=f"vol-{number}"))

    assert 1 == len(channel.texts)
    assert all(name in channel.shown["1"] for name in ("vol-1", "vol-2"))


def test_an_update_that_fails_is_tried_again(stage: Callable[..., Notify], records: Records) -> None:
    """Nothing is lost, and nothing is posted instead."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, a_finding("call-1"))
    channel.trouble = SlackUnavailable("Slack answered 500")
    failed = tell(notify, records, a_finding("call-1", of="vol-1"))
    channel.trouble = None
    tell(notify, records, a_finding("call-1", of="vol-1"))

    assert (1, 1) == (failed, len(channel.texts))
    assert "vol-1" in channel.texts["1"]


def test_changes_that_share_a_message_update_it_once(stage: Callable[..., Notify], records: Records) -> None:
    """What the batch knows goes into it together; Slack limits how often a workspace's messages are updated."""
    channel = Channel()
    notify = stage(channel)
    tell(notify, records, *(a_finding(f"call-{number}") for number in range(6)))
    failed = tell(notify, records, *(a_finding(f"call-{number}", of=f"vol-{number}") for number in range(6)))

    assert (0, ["1"], ["1"]) == (failed, list(channel.texts), channel.updates)
    assert all(f"vol-{number}" in channel.shown["1"] for number in range(6))


def test_changes_that_share_a_message_come_again_together(
    stage: Callable[..., Notify], records: Records, said: Any
) -> None:
    """Each is put off once, however many of its messages there are; one that shares none of them is told."""
    channel = Channel()
    notify = stage(channel)
    for calls in (("call-1", "call-2"), ("call-3",), ("call-4",)):
        tell(notify, records, *(a_finding(call) for call in calls))
    channel.updates.clear()
    changes = [
        a_finding("call-4", of="vol-4"),
        a_finding("call-1", "call-3", of="vol-1"),
        a_finding("call-2", of="vol-2"),
    ]
    channel.fails_after = 1
    failed = tell(notify, records, *changes)
    channel.fails_after = None

    assert (2, ["3", "1"]) == (failed, channel.updates)
    assert 2 == [line.get("message") for line in said.lines].count("a message was put off")
    assert 0 == tell(notify, records, *changes)
    assert all("vol-1" in channel.shown[ts] for ts in ("1", "2"))
    assert "vol-2" in channel.shown["1"]


@pytest.mark.parametrize(
    ("trouble", "asked"),
    [
        (SlackUnavailable("no answer"), 1),
        (SlackRefused("the token was revoked"), 1),
        (SlackRefused("this message is too long", by_message=True), 4),
    ],
)
def test_updates_are_not_hammered(
    stage: Callable[..., Notify], records: Records, trouble: Exception, asked: int
) -> None:
    """What fails for one message of a channel fails for the others: they come again without having asked."""
    channel = Channel()
    notify = stage(channel)
    for number in range(4):
        tell(notify, records, a_finding(f"call-{number}"))
    channel.updates.clear()
    channel.trouble = trouble
    changes = [a_finding(f"call-{number}", of=f"vol-{number}") for number in range(4)]

    assert 4 == tell(notify, records, *changes)
    assert asked == len(channel.updates)


def test_no_update_is_begun_when_time_is_nearly_over(stage: Callable[..., Notify], records: Records) -> None:
    """A function that is stopped before it has said what failed does everything again."""
    channel = Channel()
    notify = stage(channel)
    for number in range(3):
        tell(notify, records, a_finding(f"call-{number}"))
    channel.updates.clear()
    seconds = iter([0.0, 0.0, 39.0, 41.0])
    notify.timer = lambda: next(seconds)

    assert 1 == tell(notify, records, *(a_finding(f"call-{number}", of=f"vol-{number}") for number in range(3)))
    assert 2 == len(channel.updates)


def test_a_change_waits_while_its_call_is_being_posted(
    stage: Callable[..., Notify], records: Records, aws: Callable[[str], Any], findings_table: str
) -> None:
    """Another invocation has it: what it posts is updated a moment later."""
    table = FindingsTable(aws("dynamodb"), findings_table, retention=YEAR, lease=timedelta(minutes=2))
    table.record(a_finding("call-1"), now=NOON)
    assert isinstance(table.claim(a_finding("call-1"), now=NOON), Claim)
    channel = Channel()

    assert 1 == tell(stage(channel), records, a_finding("call-1", of="vol-1"))
    assert {} == channel.texts


def test_accounts_are_called_by_their_names(stage: Callable[..., Notify], records: Records) -> None:
    """Out of the directory."""
    channel = Channel()
    directory = AccountDirectory(Listed(lambda: f'{{"{ACCOUNT}": "shop-production"}}'))
    tell(stage(channel, directory=directory), records, a_finding("call-1", of="vol-1"))

    assert "shop-production" in channel.shown["1"]


def test_a_unit_has_a_channel_of_its_own(stage: Callable[..., Notify], records: Records) -> None:
    """The directory knows which unit the account is in."""
    channel = Channel()
    directory = AccountDirectory(Listed(lambda: f'{{"{ACCOUNT}": {{"organizational_units": ["Prod"]}}}}'))
    routes = [Route(channel="C-PROD", organizational_units=("Prod",))]
    tell(stage(channel, directory=directory, routes=routes), records, a_finding("call-1", of="vol-1"))

    assert ["C-PROD"] == channel.channels
