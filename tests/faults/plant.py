"""The real handlers between real queues and a Slack stand-in, on a clock that jumps to whatever is due next.

Table, secret and bus are moto's; the stand-in answers over HTTP. Lambda's part is played by `run`: batches,
partial failures, visibility, dead letters, and a process that was killed is a new one next time.
"""

from __future__ import annotations

import heapq
import io
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import boto3
from botocore.config import Config
from disturbances import Killed, Steps, Throttling, Trail, disturb
from memory_queues import DisturbedQueues, MemoryQueues
from moto import mock_aws
from workload import NOON, REGION, Deed

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.config_history import ConfigHistory
from manual_change.adapters.findings_bus import FindingsBus
from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.poster import Posted, Reply
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.slack import Slack
from manual_change.domain.policy import Policy
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.settings import AttributeSettings, DispatchSettings
from manual_change_local.redrive import Redrive
from manual_change_local.slack_stand_in import FaultScript, SlackMessage, SlackStandIn, never

STAGES = ("dispatch", "attribute", "notify")
BATCH = {"dispatch": 10, "attribute": 1000, "notify": 10}
VISIBILITY = timedelta(minutes=6)
PATIENCE = 100_000
"""Invocations after which something goes round in circles."""

_ONE_TRY = Config(retries={"total_max_attempts": 1})


@dataclass
class Plant:
    """Everything between AWS Config and Slack, from construction to the end of a `with` block."""

    deeds: Sequence[Deed]
    slack_faults: FaultScript = never
    update_faults: FaultScript = never
    """Of the requests that bring a thread's head up to date."""
    posts_per_second: float | None = None
    throttling: Throttling | None = None
    max_receive_count: int = 200
    batch: dict[str, int] = field(default_factory=lambda: dict(BATCH))
    slack_timeout: int = 5
    bot: bool = False
    """Whether the secret holds a bot's token; otherwise a webhook."""
    now: datetime = NOON + timedelta(minutes=2)
    steps: Steps = field(default_factory=Steps)
    killing: tuple[str, int] | None = None
    """Stage, and the step at which its first process is killed: 0 before its work, -1 after it."""
    kills: int = 0
    posted: list[SlackMessage] = field(default_factory=list)
    """As they were when they were posted; `slack.messages` has them as they are now."""

    def __enter__(self) -> Self:
        self._cleanup = ExitStack()
        self._cleanup.enter_context(mock_aws())
        self.slack = self._cleanup.enter_context(
            SlackStandIn(
                posts_per_second=self.posts_per_second,
                faults=self.slack_faults,
                update_faults=self.update_faults,
                on_message=lambda message: self.posted.append(message),
            )
        )
        self._hidden: list[tuple[datetime, str, str]] = []
        self._plain = {
            name: boto3.client(name, region_name=REGION, config=_ONE_TRY) for name in ("dynamodb", "secretsmanager")
        }
        self.queues = MemoryQueues(max_receive_count=self.max_receive_count)
        self._plain["dynamodb"].create_table(
            TableName="findings",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": key, "AttributeType": "S"} for key in ("id", "untold", "captured_at")
            ],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "untold",
                    "KeySchema": [
                        {"AttributeName": "untold", "KeyType": "HASH"},
                        {"AttributeName": "captured_at", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        self._secret = self._plain["secretsmanager"].create_secret(Name="slack", SecretString=self._way_in())
        newest = sorted(self.deeds, key=lambda deed: deed.called_at, reverse=True)
        self._events: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
        for deed in newest:
            record = deed.record()
            event = {"EventId": record["eventID"], "CloudTrailEvent": json.dumps(record)}
            self._events[deed.account].append(event)
        self.announced: Counter[str] = Counter()
        self._processes: dict[str, Any] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def _way_in(self) -> str:
        if not self.bot:
            return self.slack.webhook_url()
        return json.dumps({"bot_token": self.slack.workspace.bot_token, "channel": "manual-changes"})

    def publish(self, bodies: Sequence[str]) -> None:
        """What the topic's subscription puts into the first queue."""
        for body in bodies:
            self.queues.send_message(QueueUrl="dispatch", MessageBody=body)

    def run(self) -> None:
        """Until every queue is empty; messages that wait come when the clock has jumped to their time."""
        for _ in range(PATIENCE):
            busy = [self._empty(stage) for stage in STAGES]
            if not any(busy) and not self._jump():
                return
        raise AssertionError("the queues do not come to rest")

    def _empty(self, stage: str) -> bool:
        """Invoke a stage until its queue is empty: each gathers what the one before it made. Whether it had any."""
        busy = False
        while self._invoke(stage):
            busy = True
        return busy

    def _invoke(self, stage: str) -> bool:
        """One invocation, if there is something to do; whether there was."""
        messages = self._receive(stage)
        if not messages:
            return False
        self._again: dict[str, datetime] = {}
        self._moved = False
        records = read_records({"Records": [_record(message, stage) for message in messages]})
        try:
            failed = self._handle(stage, records)
        except Killed:
            self.kills += 1
            self.killing = None
            self._processes.pop(stage, None)
            failed = {record.message_id for record in records}
        finally:
            self.steps.kill_at = None
        for record in records:
            if record.message_id in failed:
                due = self._again.get(record.message_id, self.now + VISIBILITY)
                heapq.heappush(self._hidden, (due, stage, record.receipt_handle))
            else:
                self.queues.delete_message(QueueUrl=stage, ReceiptHandle=record.receipt_handle)
        return True

    def _handle(self, stage: str, records: Sequence[Record]) -> set[str]:
        process = self._processes.setdefault(stage, None) or self._start(stage)
        self._processes[stage] = process
        killed_after = False
        if self.killing and self.killing[0] == stage:
            at = self.killing[1]
            if at == 0:
                raise Killed
            killed_after = at < 0
            self.steps.taken = 0
            self.steps.kill_at = None if killed_after else at
        answer = process(records)
        if killed_after:
            raise Killed
        return {entry["itemIdentifier"] for entry in answer["batchItemFailures"]}

    def _receive(self, stage: str) -> list[dict[str, Any]]:
        received = self.queues.receive_message(QueueUrl=stage, MaxNumberOfMessages=self.batch[stage])
        return list(received.get("Messages", []))

    def _jump(self) -> bool:
        """Forward to the next message that waits, and those of the five seconds that a batch is gathered for."""
        if not self._hidden:
            return False
        self.now = max(self.now, self._hidden[0][0]) + timedelta(seconds=5)
        while self._hidden and self._hidden[0][0] <= self.now:
            _, stage, receipt = heapq.heappop(self._hidden)
            self.queues.show(stage, receipt)
        return True

    def _start(self, stage: str) -> Callable[[Sequence[Record]], Any]:
        """A new process of a stage: its clients, its memory, its handler."""
        telemetry = Telemetry(
            stage=f"{stage}-{uuid4().hex}", detector="Plant", stream=io.StringIO(), log_level="CRITICAL"
        )
        client = self._client
        if stage == "dispatch":
            dispatch = Dispatch(
                settings=DispatchSettings(attributions_queue_url="attribute", first_look=timedelta(0)),
                sqs=DisturbedQueues(self.queues, self.steps.step, self._ask),  # type: ignore[arg-type]
                history=ConfigHistory(lambda _account, _region: client("config"), here="eu-west-1"),
                telemetry=telemetry,
                now=lambda: self.now,
            )
            return dispatch.handle
        if stage == "attribute":
            attribute = Attribute(
                settings=AttributeSettings(
                    attributions_queue_url="attribute",
                    findings_queue_url="notify",
                    findings_table="findings",
                    policy_parameter="-",
                    looks=(timedelta(0),),
                ),
                sqs=DisturbedQueues(self.queues, self.steps.step, self._ask),  # type: ignore[arg-type]
                memory=AttributionMemory(client("dynamodb"), "findings"),
                policy=Policy,
                cloudtrail=lambda account, _: Trail(self._events[account], self.steps, self._ask),  # type: ignore[arg-type, return-value]
                telemetry=telemetry,
                now=lambda: self.now,
                pace=lambda _: Pace(1e9, float("inf"), sleep=lambda _: None),
            )
            return lambda records: attribute.handle(records, seconds_left=300.0)
        secret = SlackSecret(client("secretsmanager"), self._secret["ARN"], max_age=timedelta(0))
        bus = FindingsBus(client("events"), "default", source="x", detail_type="x", sleep=lambda _: None)
        dynamodb = client("dynamodb")
        notify = Notify(
            table=FindingsTable(
                dynamodb,
                "findings",
                retention=timedelta(days=365),
                lease=timedelta(minutes=2),
                announced=True,
                sleep=lambda _: None,
            ),
            sessions=Sessions(dynamodb, "findings", gather=timedelta(minutes=1)),
            poster=_Stepping(
                Slack(secret, timeout=self.slack_timeout, patience=timedelta(0), api_url=self.slack.api_url), self
            ),
            put_off=lambda record, after: self._again.update({record.message_id: self.now + after}),
            telemetry=telemetry,
            announce=lambda findings: self._announce(bus, findings),
            now=lambda: self.now,
            timer=lambda: 0.0,
        )
        return lambda records: notify.handle(records, seconds_left=60.0)

    def _announce(self, bus: FindingsBus, findings: Sequence[Any]) -> None:
        bus.put(findings)
        self.announced.update(finding.change.resource.id for finding in findings)

    def _client(self, service: str) -> Any:
        made = boto3.client(service, region_name=REGION, config=_ONE_TRY)
        return disturb(made, service, self.steps, self._ask)

    def _ask(self, service: str, operation: str) -> None:
        if self.throttling:
            self.throttling.ask(service, operation)

    @property
    def updates(self) -> int:
        """Requests that were to bring a head up to date."""
        return sum(answered.path.endswith("/chat.update") for answered in self.slack.answered)

    def dead(self) -> int:
        """Messages in the dead-letter queues."""
        return sum(self.queues.waiting(f"dead-{stage}") for stage in STAGES)

    def redrive(self) -> None:
        """What `manual-change redrive` does after the mend."""
        for stage in STAGES:
            Redrive(self.queues).move(f"dead-{stage}", stage)  # type: ignore[arg-type]

    def marked(self) -> int:
        """Findings that the table says were sent."""
        pages = self._plain["dynamodb"].get_paginator("scan").paginate(TableName="findings")
        return sum(item.get("state", {}).get("S") == "sent" for page in pages for item in page["Items"])


class _Stepping:
    """A poster that may be killed before and after each post."""

    def __init__(self, poster: Slack, plant: Plant) -> None:
        self._poster = poster
        self._plant = plant

    def post(self, message: Any, *, channel: str | None = None, reply: Reply | None = None) -> Posted | None:
        """Deliver one message."""
        self._plant.steps.step()
        posted = self._poster.post(message, channel=channel, reply=reply)
        self._plant.steps.step()
        return posted

    def update(self, posted: Posted, message: Any) -> bool:
        """Put another message in its place."""
        self._plant.steps.step()
        return self._poster.update(posted, message)


def _record(message: dict[str, Any], stage: str) -> dict[str, Any]:
    """A message as Lambda hands it over."""
    return {
        "messageId": message["MessageId"],
        "body": message["Body"],
        "receiptHandle": message["ReceiptHandle"],
        "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{stage}",
        "attributes": message["Attributes"],
    }
