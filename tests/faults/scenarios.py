"""The faults, and what became of what was owed under each: lost has to be 0 everywhere."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

from disturbances import Throttling
from plant import STAGES, Plant
from workload import Deed, deeds

from manual_change_local.slack_stand_in import (
    SERVER_ERROR,
    Answers,
    ClosesConnection,
    Fault,
    FaultScript,
    Hangs,
    every,
    on,
)

POISON = '{"version": 9, "finding": {}}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What was owed under a fault, and what became of it."""

    fault: str
    owed: int
    """Changes that people had to hear of."""
    delivered: int
    """Of them, those that a message in the channel tells."""
    duplicated: int
    """Messages that told what another message had told."""
    messages: int
    allowed: int = 0
    """Duplicates that cannot be avoided: one, when killed between post and mark."""
    announced: int | None = None
    """Changes on the event bus; None where that was not counted."""

    @property
    def lost(self) -> int:
        """Owed and never told."""
        return self.owed - self.delivered

    @property
    def kept(self) -> bool:
        """Whether the promise was."""
        return self.lost == 0 and self.duplicated <= self.allowed and self.announced in (None, self.owed)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One fault, under which everything is played."""

    name: str
    play: Callable[[bool], Account]
    """Takes whether it is the long form."""


def account(fault: str, plant: Plant, owed: Sequence[Deed], *, allowed: int = 0) -> Account:
    """What the channel says."""
    texts = [json.dumps(dict(message.payload)) for message in plant.posted]
    told = Counter(deed.volume for deed in owed for text in texts if deed.volume in text)
    again: set[int] = set()
    seen: set[str] = set()
    for number, text in enumerate(texts):
        volumes = set(re.findall(r"vol-\d{5}e", text))
        if volumes & seen:
            again.add(number)
        seen |= volumes
    return Account(
        fault=fault,
        owed=len(owed),
        delivered=len(told),
        duplicated=len(again),
        messages=len(texts),
        allowed=allowed,
        announced=len(plant.announced),
    )


def played(fault: str, owed: Sequence[Deed], **plant: Any) -> Account:
    """Everybody's deeds, once, under a fault."""
    with Plant(owed, **plant) as running:
        running.publish([deed.notification() for deed in owed])
        running.run()
        return account(fault, running, owed)


def slack_fails(name: str, fault: Fault, **plant: Any) -> Scenario:
    """Every fifth post meets the fault."""

    def play(long: bool) -> Account:
        owed = deeds(60 if long else 20)
        # four at a time: more would be a storm, told in one message, and no post would be the fifth
        batch = {"dispatch": 10, "attribute": 1000, "notify": 4}
        return played(name, owed, slack_faults=every(5, fault), batch=batch, **plant)

    return Scenario(name, play)


def head_fails(name: str, faults: FaultScript) -> Scenario:
    """People do one thing after another, so that each has a thread; what brings its head up to date meets the faults.

    A change is delivered when its message was posted *and* the head of its thread tells it: people see the head.
    """

    def play(long: bool) -> Account:
        owed = deeds(60 if long else 12, each=6)
        batch = {"dispatch": 10, "attribute": 1000, "notify": 2}
        with Plant(owed, bot=True, update_faults=faults, batch=batch) as plant:
            plant.publish([deed.notification() for deed in owed])
            plant.run()
            if not plant.updates:
                raise AssertionError("no head was to be brought up to date, so nothing failed")
            heads = [str(dict(message.payload)) for message in plant.slack.messages if not message.thread_ts]
            done = account(name, plant, owed)
            return replace(done, delivered=sum(any(deed.volume in head for head in heads) for deed in owed))

    return Scenario(name, play)


def redelivered(_: bool) -> Account:
    """Every notification three times, in any order, the last ones when all is over."""
    owed = deeds(12, each=3)
    bodies = [deed.notification() for deed in owed] * 2
    random.Random(4).shuffle(bodies)  # noqa: S311 - the same disorder in every run
    with Plant(owed) as plant:
        plant.publish(bodies)
        plant.run()
        plant.publish(bodies[: len(owed)])
        plant.run()
        return account("delivered again and out of order", plant, owed)


def killed(stage: str, when: str) -> Scenario:
    """The first process of a stage is killed before, during or after its work, at every step there is."""
    name = f"{stage} killed {when} its work"

    def play(long: bool) -> Account:
        owed = deeds(4, each=2)
        if when != "during":
            return _killed_at(name, stage, {"before": 0, "after": -1}[when], owed)
        steps = _steps_of(stage, owed)
        tried = range(1, steps + 1) if long else range(1, steps + 1, max(1, steps // 5))
        accounts = [_killed_at(name, stage, step, owed) for step in tried]
        worst = max(accounts, key=lambda each: (each.lost, each.duplicated))
        return Account(
            fault=f"{name} ({len(accounts)} of {steps} steps)",
            owed=sum(each.owed for each in accounts),
            delivered=sum(each.delivered for each in accounts),
            duplicated=worst.duplicated,
            messages=sum(each.messages for each in accounts),
            allowed=1 if stage == "notify" else 0,
        )

    return Scenario(name, play)


def _killed_at(name: str, stage: str, step: int, owed: Sequence[Deed]) -> Account:
    with Plant(owed, killing=(stage, step)) as plant:
        plant.publish([deed.notification() for deed in owed])
        plant.run()
        if plant.kills != 1:
            raise AssertionError(f"{stage} was to be killed once at step {step}, and was {plant.kills} times")
        return account(name, plant, owed)


def _steps_of(stage: str, owed: Sequence[Deed]) -> int:
    """How many steps the first invocation of a stage takes."""
    with Plant(owed, killing=(stage, 1_000_000)) as plant:
        plant.publish([deed.notification() for deed in owed])
        for each in STAGES:
            plant._invoke(each)
            if each == stage:
                return plant.steps.taken
    raise AssertionError(f"no stage is called {stage}")


def throttled(service: str, name: str, *, every: int = 3, most: int = 200) -> Scenario:
    """Every third request of a service is refused."""

    def play(long: bool) -> Account:
        throttling = Throttling(service, every=every, most=most)
        owed = deeds(60 if long else 12, each=3)
        done = played(f"{name} throttles", owed, throttling=throttling)
        if not throttling.refused:
            raise AssertionError(f"{service} was never asked often enough to refuse")
        return replace(done, fault=f"{name} throttles {throttling.refused} of {throttling.asked} requests")

    return Scenario(f"{name} throttles", play)


def revoked(_: bool) -> Account:
    """Everything becomes a dead letter; then somebody mends it and redrives."""
    owed = deeds(12, each=3)
    with Plant(owed, max_receive_count=3) as plant:
        plant.slack.workspace.refuse("manual-changes", "no_service")
        plant.publish([deed.notification() for deed in owed])
        plant.run()
        if plant.dead() != len(owed) or plant.slack.messages:
            raise AssertionError(f"{plant.dead()} dead letters of {len(owed)} while the webhook was revoked")
        plant.slack.workspace.accept("manual-changes")
        plant.redrive()
        plant.run()
        return account("webhook revoked, mended, redriven", plant, owed)


def poisoned(_: bool) -> Account:
    """One message in a batch of ten cannot be read."""
    owed = deeds(9, each=3)
    with Plant(owed, max_receive_count=3) as plant:
        plant.publish([deed.notification() for deed in owed])
        plant.queues.send_message(QueueUrl="notify", MessageBody=POISON)
        plant.publish(["no JSON"])
        plant.run()
        if plant.dead() != 2:
            raise AssertionError(f"{plant.dead()} dead letters; the two poison messages were expected")
        return account("poison in a batch of ten", plant, owed)


def storm(long: bool) -> Account:
    """Thousands of findings in a minute, at Slack's pace of a message a second."""
    owed = deeds(3_000 if long else 150, accounts=30)
    with Plant(owed, batch={"dispatch": 10, "attribute": 1000, "notify": 100}) as plant:
        plant.publish([deed.notification() for deed in owed])
        plant.run()
        counted = [_counted(message.payload) for message in plant.slack.messages]
        return Account(
            fault=f"{len(owed):,} findings in a minute",
            owed=len(owed),
            delivered=min(sum(counted), plant.marked()),
            duplicated=max(0, sum(counted) - len(owed)),
            messages=len(counted),
            announced=len(plant.announced),
        )


def _counted(payload: Mapping[str, Any]) -> int:
    """How many changes a digest says it tells."""
    found = re.search(r"([\d,]+) changes by", payload["text"])
    return int(found[1].replace(",", "")) if found else 1


def scenarios() -> Iterator[Scenario]:
    """All of them, in the order of the table."""
    yield Scenario("nothing fails", lambda long: played("nothing fails", deeds(60 if long else 20, each=3)))
    yield slack_fails("Slack: 429 every fifth post", Answers(status=429, error="ratelimited", retry_after=30))
    yield slack_fails("Slack: 500 every fifth post", SERVER_ERROR)
    yield slack_fails("Slack: hangs every fifth post", Hangs(seconds=600), slack_timeout=1)
    yield slack_fails("Slack: closes every fifth connection", ClosesConnection())
    yield slack_fails("Slack: ok:false every fifth post", Answers(status=200, error='{"ok": false}'))
    yield slack_fails("bot: 429 every fifth post", Answers(status=429, error="ratelimited", retry_after=30), bot=True)
    yield slack_fails("bot: ok:false every fifth post", Answers(status=200, error="ratelimited"), bot=True)
    yield slack_fails("bot: closes every fifth connection", ClosesConnection(), bot=True)
    busy = Answers(status=429, error="ratelimited", retry_after=30)
    yield head_fails("head: 429 every other update", every(2, busy))
    yield head_fails("head: 500 for the first ten updates", on(range(1, 11), SERVER_ERROR))
    yield head_fails("head: closes every other connection", every(2, ClosesConnection()))
    yield head_fails("head: updated, and the answer lost", every(2, ClosesConnection(takes_message=True)))
    yield head_fails("head: too old to be edited", every(1, Answers(status=200, error="edit_window_closed")))
    yield Scenario("delivered again and out of order", redelivered)
    for stage in STAGES:
        for when in ("before", "during", "after"):
            yield killed(stage, when)
    yield throttled("dynamodb", "DynamoDB")
    yield throttled("secretsmanager", "Secrets Manager")
    yield throttled("cloudtrail", "CloudTrail", every=1, most=4)
    yield throttled("sqs", "SQS")
    yield throttled("events", "EventBridge", every=1, most=3)
    yield Scenario("webhook revoked", revoked)
    yield Scenario("poison", poisoned)
    yield Scenario("storm", storm)


def play(scenario: Scenario, *, long: bool) -> Account:
    """One scenario; nobody sleeps."""
    with patch("slack_sdk.http_retry.handler.time.sleep", lambda _: None):
        return scenario.play(long)
