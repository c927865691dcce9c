"""A hub under load: how fast it is, and what an account with 5 changes waits while another has 5,000.

The three handlers as they are, between queues, CloudTrail and Slack of a clock that jumps. Assumed of AWS: a dispatch
invocation takes 0.15 s, a LookupEvents request 0.1 s, a post to Slack 0.2 s. Fair queues, concurrency, batches and
Slack's one message a second are as AWS, the construct and Slack have them.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

import boto3
from moto import mock_aws

from bench.hub_load import BEGIN, Memory, event, record
from bench.lookups import EventHistory
from bench.measurement import Row, at_most
from bench.virtual_sqs import Clock, Queue, Sqs
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.poster import Posted, Reply, SlackUnavailable
from manual_change.adapters.quarantine import Quarantine
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.turns import Turn
from manual_change.domain.policy import Policy
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.gate import Gate
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record
from manual_change.handlers.telemetry import Telemetry
from manual_change.settings import AttributeSettings, DispatchSettings

QUIET, NOISY = "111122223333", "444455556666"
FEW, MANY = 5, 5_000
DISPATCH_TAKES, LOOKUP_TAKES, POST_TAKES = 0.15, 0.1, 0.2
SPOKE_BYTES = 51_200
"""What a StackSet takes as TemplateBody."""

_CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "eu-west-1"}


def measure() -> Iterator[Row]:
    """Throughput and fairness in one run each, and the size of what goes into every account."""
    alone = Hub().play(quiet=FEW, noisy=0)
    beside = Hub().play(quiet=FEW, noisy=MANY)
    yield Row(
        what=f"hub: {FEW + MANY:,} changes through three stages in process",
        measured=f"{(FEW + MANY) / beside.took:,.0f} changes a second (with moto's table)",
    )
    yield Row(
        what=f"hub: until {FEW} changes of an account are told, alone",
        measured=f"{alone.quiet_told:.0f} s (3 minutes of them for CloudTrail)",
    )
    yield at_most(
        f"hub: the same while another account has {MANY:,}, against alone",
        beside.quiet_told / alone.quiet_told,
        1.5,
        detail=f"{beside.quiet_told:.0f} s; the other's last was told after {beside.noisy_told:.0f} s",
    )
    size = _spoke_bytes()
    yield Row(
        what="spoke template",
        measured=f"{size:,} bytes",
        bar=f"≤ {SPOKE_BYTES:,} bytes",
        kept=size <= SPOKE_BYTES,
    )


def _spoke_bytes() -> int:
    from manual_change_detector.spoke_template import spoke_template  # starts Node.js

    return len(json.dumps(spoke_template(streams_calls="everyone")).encode())


@dataclass(frozen=True, slots=True)
class Played:
    """What became of it: seconds of the clock until the last message about each account, and seconds of work."""

    quiet_told: float
    noisy_told: float
    took: float


class Hub:
    """The stages of a hub between what surrounds them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.sqs = Sqs(self.clock)
        self._told: dict[str, float] = {}
        self._slack_free = 0.0
        self._busy_until: dict[tuple[str, str], float] = {}
        self._records: dict[str, list[dict[str, Any]]] = {QUIET: [], NOISY: []}

    def play(self, *, quiet: int, noisy: int) -> Played:
        """The noisy account's changes arrive first, all at once; then the quiet one's."""
        with mock_aws():
            self._build()
            for account, number in ((NOISY, noisy), (QUIET, quiet)):
                for each in range(number):
                    self._records[account].append(record(account, each))
                    self.sqs.send("changes", event(account, each))
            self._trails = {account: EventHistory(records) for account, records in self._records.items()}
            began = perf_counter()
            self.sqs.run()
            took = perf_counter() - began
            waiting = sum(len(queue.messages) for queue in self.sqs.queues.values())
            if waiting or len(self._findings()) != quiet + noisy:
                raise RuntimeError(f"{len(self._findings())} of {quiet + noisy} findings told, {waiting} messages left")
        return Played(self._told[QUIET], self._told.get(NOISY, 0.0), took)

    def _findings(self) -> set[str]:
        pages = self._dynamodb.get_paginator("scan").paginate(TableName="findings")
        return {item["id"]["S"] for page in pages for item in page["Items"] if item.get("state") == {"S": "sent"}}

    def now(self) -> datetime:
        """The clock's time."""
        return BEGIN + timedelta(seconds=self.clock.now)

    def _build(self) -> None:
        self._dynamodb = boto3.client("dynamodb", **_CREDENTIALS)
        self._dynamodb.create_table(
            TableName="findings",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        sqs: Any = self.sqs
        dispatch = Dispatch(
            settings=DispatchSettings(attributions_queue_url="attributions", fair_queues=True),
            sqs=sqs,
            history=sqs,
            telemetry=_silent("dispatch"),
            gate=Gate(Quarantine(sqs, "quarantine"), _silent("gate"), bare_messages=False),
            now=self.now,
        )
        stand_ins: Any = (Memory(), self)
        attribute = Attribute(
            settings=AttributeSettings(
                attributions_queue_url="attributions",
                findings_queue_url="findings",
                findings_table="-",
                policy_parameter="-",
                fair_queues=True,
            ),
            sqs=sqs,
            memory=stand_ins[0],
            policy=Policy,
            cloudtrail=self._cloudtrail,
            telemetry=_silent("attribute"),
            turns=stand_ins[1],
            now=self.now,
            pace=lambda _: Pace(1.0, float("inf"), clock=self.clock, sleep=self.clock.sleep),
        )
        notify = Notify(
            table=FindingsTable(self._dynamodb, "findings", retention=timedelta(days=1), lease=timedelta(minutes=2)),
            sessions=Sessions(self._dynamodb, "findings", gather=timedelta(minutes=1)),
            poster=self,
            put_off=self._put_off,
            telemetry=_silent("notify"),
            now=self.now,
            timer=self.clock,
        )

        def dispatched(records: Sequence[Record]) -> set[str]:
            answer = dispatch.handle(records)
            self.clock.sleep(DISPATCH_TAKES)
            return _failed(answer)

        self.sqs.add(Queue("changes", workers=5, batch=10, window=0, handle=dispatched))
        self.sqs.add(
            Queue(
                "attributions",
                workers=10,
                batch=1000,
                window=20,
                handle=lambda records: _failed(attribute.handle(records, seconds_left=1e9)),
            )
        )
        self.sqs.add(
            Queue(
                "findings",
                workers=2,
                batch=100,
                window=5,
                handle=lambda records: _failed(notify.handle(records, seconds_left=60.0)),
            )
        )
        self.sqs.add(Queue("quarantine", workers=1, batch=1, window=0, handle=_nothing_is_quarantined))

    def _cloudtrail(self, account: str, _region: str) -> Any:
        clock, trail = self.clock, self._trails[account]

        class Client:
            def lookup_events(self, **asked: Any) -> dict[str, Any]:
                clock.sleep(LOOKUP_TAKES)
                return trail.lookup_events(**asked)

        return Client()

    # Turns, held as long as an invocation lasts by the clock

    def take(self, account: str, region: str, *, now: datetime) -> Turn | None:
        """The turn, unless another invocation has it at this moment of the clock."""
        place = (account, region)
        if self._busy_until.get(place, 0.0) > (now - BEGIN).total_seconds():
            return None
        self._busy_until[place] = float("inf")
        return Turn("|".join(place), "")

    def give_back(self, turn: Turn) -> None:
        """From now on."""
        account, region = turn.item_id.split("|")
        self._busy_until[account, region] = self.clock.now

    # Slack, one message a second

    def post(
        self, message: Mapping[str, Any], *, channel: str | None = None, reply: Reply | None = None
    ) -> Posted | None:
        """Wait for a second or three; come again after more."""
        del channel, reply
        wait = self._slack_free - self.clock.now
        if wait > 3:
            raise SlackUnavailable("rate limited", retry_after=timedelta(seconds=wait))
        self.clock.sleep(max(wait, 0.0) + POST_TAKES)
        self._slack_free = self.clock.now + 1
        for account in set(re.findall(rf"{QUIET}|{NOISY}", json.dumps(message["blocks"], default=dict))):
            self._told[account] = self.clock.now
        return None

    def update(self, posted: Posted, message: Mapping[str, Any]) -> bool:
        """A webhook cannot."""
        del posted, message
        return False

    def _put_off(self, record: Record, after: timedelta) -> None:
        self.sqs.queues["findings"].put_off[record.message_id] = self.clock.now + after.total_seconds()


def _failed(answer: Mapping[str, Any]) -> set[str]:
    return {each["itemIdentifier"] for each in answer["batchItemFailures"]}


def _nothing_is_quarantined(records: Sequence[Record]) -> set[str]:
    raise RuntimeError(f"quarantined: {records[0].body}")


def _silent(stage: str) -> Telemetry:
    return Telemetry(stage=f"bench-hub-{stage}", detector="bench", log_level="CRITICAL", stream=io.StringIO())
