"""Findings become messages, once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.findings_table import Claim, FindingsTable, Held
from manual_change.adapters.kept_findings import KeptFindings
from manual_change.adapters.poster import Reply, SlackRefused, SlackUnavailable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.secrets import SecretNotFilled
from manual_change.adapters.sessions import Sessions
from manual_change.domain.actor import Actor
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DIGEST = '{"version": 1, "digest": true}'
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
Records = Callable[..., list[Record]]


def a_finding(
    of: str = "sg-1", *, by: str | None = None, verdict: str = "manual", decision: str = "notify", **changed: Any
) -> Finding:
    """A change of a security group, by default a person's, each in a session of its own."""
    resource = Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", of)
    principal = f"arn:aws:sts::111122223333:assumed-role/Admin/{by or of}"
    person = Actor(kind="person", name="alice", principal=principal, via="cli", source_ip=None, mfa=None)
    return Finding(
        decision=decision,
        verdict=verdict,
        reason="console-session" if verdict == "manual" else "no-call-found",
        explanation="-",
        actor=person if verdict == "manual" else None,
        **({"change": Change(resource, "UPDATE", NOON)} | changed),
    )


def an_unattributed_finding(of: str = "sg-1") -> Finding:
    """A change that nobody could be found for: for the digest."""
    return a_finding(of, verdict="unattributed", decision="silent")


class Channel:
    """Takes messages, until it is told not to."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []
        self.attempts = 0
        self.channels: list[str | None] = []
        """Where each attempt went."""
        self.trouble: dict[int, Exception] = {}
        """What happens at an attempt, counted from 1."""

    def post(self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None) -> None:
        """Take it, or raise what is planned for this attempt."""
        assert reply is None
        self.channels.append(channel)
        self.attempts += 1
        if self.attempts in self.trouble:
            raise self.trouble[self.attempts]
        self.messages.append(message)

    @property
    def texts(self) -> list[str]:
        """What the notifications said."""
        return [str(message["text"]) for message in self.messages]


class Bench:
    """The stage in front of a channel, at noon until it is later."""

    def __init__(self, dynamodb: Any, telemetry: Any, table: str) -> None:
        self.channel = Channel()
        self.now = NOON
        self.seconds = 0.0
        self.put_off: list[tuple[str, timedelta]] = []
        self.announced: list[str] = []
        """Resources whose finding is on the bus."""
        self.table = FindingsTable(
            dynamodb, table, retention=timedelta(days=365), lease=timedelta(minutes=2), announced=True
        )
        self.stage = Notify(
            table=self.table,
            sessions=Sessions(dynamodb, table, gather=timedelta(minutes=1)),
            poster=self.channel,
            put_off=lambda record, after: self.put_off.append((record.message_id, after)),
            telemetry=telemetry,
            announce=self.announce,
            now=lambda: self.now,
            timer=lambda: self.seconds,
        )

    def announce(self, findings: Sequence[Finding]) -> None:
        """Take what is put on the bus."""
        self.announced += [finding.change.resource.id for finding in findings if finding.change]

    def handle(self, records: list[Record]) -> dict[str, Any]:
        """One invocation with a minute of time; the ids that failed."""
        return dict(self.stage.handle(records, seconds_left=60.0))


@pytest.fixture
def bench(aws: Callable[[str], Any], findings_table: str, said: Any) -> Bench:
    """The stage with an empty table."""
    return Bench(aws("dynamodb"), said.telemetry, findings_table)


def failures(*numbers: int) -> dict[str, Any]:
    """The answer in which these messages come again."""
    return {"batchItemFailures": [{"itemIdentifier": f"message-{number}"} for number in numbers]}


def test_a_finding_is_told(bench: Bench, records: Records, said: Any) -> None:
    """One message, and its metric."""
    answer = bench.handle(records(finding_body(a_finding())))

    assert NOTHING_FAILED == answer
    assert ["🟡 Medium: alice changed EC2 SecurityGroup sg-1 by hand · 111122223333, eu-west-1"] == bench.channel.texts
    assert 1 == said.counted("Posts", outcome="sent")


def test_a_finding_delivered_twice_is_told_once(bench: Bench, records: Records, said: Any) -> None:
    """In one batch and in a later one."""
    body = finding_body(a_finding())

    first = bench.handle(records(body, body))
    bench.now += timedelta(days=1)
    second = bench.handle(records(body))

    assert (NOTHING_FAILED, NOTHING_FAILED) == (first, second)
    assert 1 == len(bench.channel.messages)
    assert ("not-sent", "already-told") in said.decisions


def test_a_function_killed_before_its_post_loses_nothing(bench: Bench, records: Records) -> None:
    """The finding is in the table and its lease ends; the next delivery posts it."""
    bench.table.record(a_finding(), now=NOON)
    bench.table.claim(a_finding(), now=NOON)

    bench.now += timedelta(minutes=2)
    bench.handle(records(finding_body(a_finding())))

    assert 1 == len(bench.channel.messages)


def test_a_function_killed_between_post_and_mark_tells_twice_and_no_more(
    bench: Bench, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only way to a duplicate: Slack knows, the table does not."""
    with monkeypatch.context() as killed:
        killed.setattr(FindingsTable, "mark_sent", _killed)
        with pytest.raises(KeyboardInterrupt):
            bench.handle(records(finding_body(a_finding())))
    for _ in range(3):
        bench.now += timedelta(minutes=2)
        bench.handle(records(finding_body(a_finding())))

    assert 2 == len(bench.channel.messages)


def test_a_finding_that_another_invocation_posts_comes_again(bench: Bench, records: Records) -> None:
    """When the other one's lease has ended, in case it died."""
    bench.table.record(a_finding(), now=NOON)
    bench.table.claim(a_finding(), now=NOON)

    bench.now += timedelta(seconds=30)
    answer = bench.handle(records(finding_body(a_finding())))

    assert failures(1) == answer
    assert [("message-1", timedelta(seconds=90))] == bench.put_off
    assert [] == bench.channel.messages


def test_a_rate_limit_puts_the_whole_batch_off(bench: Bench, records: Records, said: Any) -> None:
    """What Slack was told so far stays told; it is asked once more only after as long as it said."""
    bench.channel.trouble[2] = SlackUnavailable("429", retry_after=timedelta(seconds=30))

    answer = bench.handle(records(*(finding_body(a_finding(f"sg-{number}")) for number in range(4))))

    assert failures(2, 3, 4) == answer
    assert [(f"message-{number}", timedelta(seconds=30)) for number in (2, 3, 4)] == bench.put_off
    assert (1, 2, 1) == (
        len(bench.channel.messages),
        bench.channel.attempts,
        said.counted("Posts", outcome="unavailable"),
    )


def test_after_a_rate_limit_each_finding_is_told_once(bench: Bench, records: Records) -> None:
    """The claim is given back: the next delivery need not wait for the lease."""
    bench.channel.trouble[1] = SlackUnavailable("429", retry_after=timedelta(seconds=1))
    batch = records(*(finding_body(a_finding(f"sg-{number}")) for number in range(3)))

    bench.handle(batch)
    bench.handle(batch)
    bench.handle(batch)

    assert 3 == len(bench.channel.messages)


def test_pauses_grow_with_each_delivery(bench: Bench, record: Callable[..., Record]) -> None:
    """Five seconds, ten, twenty; never more than a quarter of an hour."""
    for receive_count in (1, 2, 3, 100):
        bench.channel.trouble[bench.channel.attempts + 1] = SlackUnavailable("500")
        bench.handle([record(finding_body(a_finding()), receive_count=receive_count)])

    assert [5, 10, 20, 900] == [pause.total_seconds() for _, pause in bench.put_off]


@pytest.mark.parametrize("refusal", [SlackRefused("410 channel_is_archived"), SecretNotFilled("fill it in")])
def test_a_refusal_of_every_message_is_met_once_a_batch(
    bench: Bench, records: Records, said: Any, refusal: Exception
) -> None:
    """A revoked webhook, an empty secret: each record says why it failed, the findings are in the table."""
    bench.channel.trouble[1] = refusal

    answer = bench.handle(records(*(finding_body(a_finding(f"sg-{number}")) for number in range(3))))

    assert failures(1, 2, 3) == answer
    assert 1 == bench.channel.attempts
    assert [str(refusal)] * 3 == said.errors
    assert 1 == said.counted("Posts", outcome="refused")


def test_the_evidence_is_written_before_slack_is_asked(bench: Bench, records: Records) -> None:
    """Slack is down: what was found is in the table already, and the post fails after that."""
    finding = a_finding()
    claims: list[Claim | Held | None] = []

    def down(*_: object, **__: object) -> None:
        claims.append(bench.table.claim(finding, now=bench.now + timedelta(hours=1)))
        raise SlackUnavailable("connection refused")

    bench.channel.post = down  # type: ignore[method-assign]

    assert failures(1) == bench.handle(records(finding_body(finding)))
    [claim] = claims
    assert isinstance(claim, Claim)
    assert finding == claim.finding


def test_after_the_mend_every_finding_is_told(bench: Bench, records: Records) -> None:
    """Nothing was lost while the channel was archived."""
    bench.channel.trouble[1] = SlackRefused("410 channel_is_archived")
    batch = records(*(finding_body(a_finding(f"sg-{number}")) for number in range(3)))
    bench.handle(batch)

    assert NOTHING_FAILED == bench.handle(batch)
    assert 3 == len(bench.channel.messages)


def test_a_message_that_slack_does_not_take_fails_alone(bench: Bench, records: Records) -> None:
    """The others in the batch are told."""
    bench.channel.trouble[2] = SlackRefused("400 invalid_blocks", by_message=True)

    answer = bench.handle(records(*(finding_body(a_finding(f"sg-{number}")) for number in range(3))))

    assert failures(2) == answer
    assert 2 == len(bench.channel.messages)


def test_a_poison_message_fails_alone(bench: Bench, records: Records, said: Any) -> None:
    """Four of five are told; the fifth becomes a dead letter."""
    bodies = [finding_body(a_finding(f"sg-{number}")) for number in range(4)]

    answer = bench.handle(records(*bodies[:2], '{"version": 9}', *bodies[2:]))

    assert failures(3) == answer
    assert 4 == len(bench.channel.messages)
    assert ["a message of the findings queue of version 9; version 1 is understood"] == said.errors


def test_no_post_begins_when_time_runs_out(bench: Bench, records: Records) -> None:
    """A function that is killed in the middle of a post could tell twice."""
    slow = bench.channel.post

    def post(message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None) -> None:
        del reply
        bench.seconds += 25
        slow(message, channel=channel)

    bench.channel.post = post  # type: ignore[method-assign]

    answer = bench.handle(records(*(finding_body(a_finding(f"sg-{number}")) for number in range(4))))

    assert failures(3, 4) == answer
    assert 2 == len(bench.channel.messages)


def test_a_finding_for_the_digest_is_kept_and_not_posted(bench: Bench, records: Records, said: Any) -> None:
    """Nobody is disturbed about what nobody can be asked about."""
    answer = bench.handle(records(finding_body(an_unattributed_finding())))

    assert (NOTHING_FAILED, []) == (answer, bench.channel.messages)
    assert [("kept", "for-the-digest")] == said.decisions


def test_an_unattributed_finding_is_posted_where_the_policy_says_always(bench: Bench, records: Records) -> None:
    """The decision is in the finding."""
    bench.handle(records(finding_body(a_finding(verdict="unattributed"))))

    assert ["🟡 Medium: EC2 SecurityGroup sg-1 was changed, and no API call explains it · 111122223333, eu-west-1"] == (
        bench.channel.texts
    )


def test_a_silent_finding_is_never_told_as_unattributed(bench: Bench, records: Records) -> None:
    """The attribute stage does not send any; one that comes all the same stays silent."""
    bench.handle(records(finding_body(a_finding(verdict="automated", decision="silent")), DIGEST))

    assert [] == bench.channel.messages


def test_the_digest_tells_what_was_kept_once(bench: Bench, records: Records) -> None:
    """One message for all of them; the next day has its own."""
    bench.handle(records(*(finding_body(an_unattributed_finding(f"sg-{number}")) for number in range(3))))

    answers = [bench.handle(records(DIGEST)) for _ in range(2)]

    assert [NOTHING_FAILED] * 2 == answers
    assert ["🔍 Changes that no API call explains: 3"] == bench.channel.texts


def test_a_digest_of_nothing_is_not_posted(bench: Bench, records: Records) -> None:
    """A quiet day is quiet."""
    assert NOTHING_FAILED == bench.handle(records(DIGEST))
    assert [] == bench.channel.messages


def test_a_digest_that_slack_did_not_take_is_told_later(bench: Bench, records: Records) -> None:
    """Nothing is marked before it was told."""
    bench.handle(records(finding_body(an_unattributed_finding())))
    bench.channel.trouble[1] = SlackUnavailable("500")

    answers = [bench.handle(records(DIGEST)) for _ in range(2)]

    assert [failures(1), NOTHING_FAILED] == answers
    assert 1 == len(bench.channel.messages)


def test_a_digest_that_another_invocation_tells_comes_again(bench: Bench, records: Records) -> None:
    """The schedule's message was delivered twice."""
    KeptFindings(bench.table).hold(now=NOON)

    assert failures(1) == bench.handle(records(DIGEST))
    assert [("message-1", timedelta(minutes=2))] == bench.put_off


def test_more_than_a_digest_holds_is_told_in_several(
    bench: Bench, records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day with thousands."""
    monkeypatch.setattr("manual_change.handlers.notify.DIGEST_SIZE", 2)
    bench.handle(records(*(finding_body(an_unattributed_finding(f"sg-{number}")) for number in range(5))))

    bench.handle(records(DIGEST))

    assert ["2", "2", "1"] == [text.rpartition(" ")[2] for text in bench.channel.texts]


def test_a_change_that_got_a_name_is_told_and_leaves_the_digest(bench: Bench, records: Records) -> None:
    """Judged again after CloudTrail had caught up."""
    bench.handle(records(finding_body(an_unattributed_finding()), finding_body(a_finding()), DIGEST))

    assert ["🟡 Medium: alice changed EC2 SecurityGroup sg-1 by hand · 111122223333, eu-west-1"] == bench.channel.texts


def test_a_change_that_lost_its_name_is_not_told_again(bench: Bench, records: Records) -> None:
    """A later judgement that knows less changes nothing."""
    bench.handle(records(finding_body(a_finding()), finding_body(an_unattributed_finding()), DIGEST))

    assert 1 == len(bench.channel.messages)


def _killed(*_: object, **__: object) -> bool:
    """What a killed process does not come back from: no handler of ordinary errors sees it."""
    raise KeyboardInterrupt
