"""How fast findings reach Slack: against one post a finding, and from Config's notification to the message.

Slack is the stand-in, answering after 100 ms and limiting nothing; the table is moto's. What is faster than serial
posting is one message for several findings: posts are made one after the other here, too.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from unittest.mock import patch

import boto3
from moto import mock_aws
from rich.console import Console

from bench.measurement import Row
from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.slack import Slack
from manual_change.domain.actor import Actor
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.slack import finding_message
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record
from manual_change.handlers.telemetry import Telemetry
from manual_change_local.demo.play import record, set_up
from manual_change_local.demo.screen import Screen
from manual_change_local.demo.story import POSTED, Scene, encore, story
from manual_change_local.slack_stand_in import SlackStandIn

LATENCY = 0.1
SERIAL = 30
"""Findings posted one by one: enough to know the rate."""
FINDINGS = 300
BATCH = 100
"""As the construct sets it."""
SPEED = 1_000.0
"""How much faster than the clock the embedded AWS waits: three minutes until the first look take 0.18 s."""
PATIENCE = 60.0

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-west-1"}


def measure() -> Iterator[Row]:
    """The two shapes of much work, then one notification at a time."""
    with patch.dict(os.environ, _CREDENTIALS):
        serial = SERIAL / _serially(_findings(SERIAL, each=1))
        yield Row(what="findings a second, one post each, 100 ms", measured=f"{serial:.1f}")
        for what, each in (("25 of them in a session", 25), ("each of another session", 1)):
            rate = FINDINGS / _through_the_stage(_findings(FINDINGS, each=each))
            yield Row(
                what=f"findings a second, {what}",
                measured=f"{rate:.0f} ({rate / serial:.1f} times serial)",
                bar="more than serial",
                kept=rate > serial,
            )
    yield from _notification_to_message()


def _findings(count: int, *, each: int) -> list[Finding]:
    """Changes of people, `each` of them in one session."""
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    found = []
    for number in range(count):
        principal = f"arn:aws:sts::111122223333:assumed-role/Admin/person-{number // each}"
        found.append(
            Finding(
                decision="notify",
                verdict="manual",
                reason="console-session",
                explanation="-",
                change=Change(
                    Resource("111122223333", "eu-west-1", "AWS::EC2::Volume", f"vol-{number:05}"), "UPDATE", noon
                ),
                actor=Actor(kind="person", name="alice", principal=principal, via="console", source_ip=None, mfa=True),
            )
        )
    return found


def _serially(findings: Sequence[Finding]) -> float:
    """Seconds for one post a finding, one after the other, as the peers do."""
    with mock_aws(), SlackStandIn(posts_per_second=None, latency=LATENCY) as slack:
        poster = Slack(_secret(slack))
        began = perf_counter()
        for finding in findings:
            poster.post(finding_message(finding))
        took = perf_counter() - began
        _check(len(slack.messages) == len(findings), f"{len(slack.messages)} messages of {len(findings)}")
    return took


def _through_the_stage(findings: Sequence[Finding]) -> float:
    """Seconds for the notify stage, table and all, until every finding is marked as sent."""
    with mock_aws(), SlackStandIn(posts_per_second=None, latency=LATENCY) as slack:
        dynamodb = boto3.client("dynamodb")
        dynamodb.create_table(
            TableName="findings",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )
        stage = Notify(
            table=FindingsTable(dynamodb, "findings", retention=timedelta(days=1), lease=timedelta(minutes=2)),
            sessions=Sessions(dynamodb, "findings", gather=timedelta(0)),
            poster=Slack(_secret(slack)),
            put_off=lambda _record, _after: None,
            telemetry=Telemetry(stage="bench-notify", detector="bench", log_level="CRITICAL", stream=io.StringIO()),
        )
        began = perf_counter()
        for begin in range(0, len(findings), BATCH):
            answer = stage.handle(_records(findings[begin : begin + BATCH]), seconds_left=60.0)
            _check(answer == {"batchItemFailures": []}, f"the stage failed: {answer}")
        took = perf_counter() - began
        items = [
            item for page in dynamodb.get_paginator("scan").paginate(TableName="findings") for item in page["Items"]
        ]
        sent = sum(item.get("state") == {"S": "sent"} for item in items)
        _check(sent == len(findings), f"{sent} findings of {len(findings)} are marked as sent")
    return took


def _notification_to_message() -> Iterator[Row]:
    """Seconds from publishing a notification to its message, with the call in CloudTrail already."""
    with ExitStack() as cleanup:
        stage = set_up(cleanup, Screen(Console(file=io.StringIO())), port=0, speed=SPEED)
        now = datetime.now(UTC)
        told = next(scene for scene in story(now=now) if scene.expected and scene.expected.fate == POSTED)
        for what, scene in (("cold", told), ("warm", encore(now=now))):
            yield Row(
                what=f"notification to message, lag 0, {what} (timers {SPEED:,.0f} times faster)",
                measured=f"{_told(stage, scene):.2f} s",
            )


def _told(stage: Any, scene: Scene) -> float:
    """Seconds until one more message is there."""
    before = len(stage.slack.messages)
    for looks in {call.delivered_after_looks for call in scene.calls} | {0}:
        record(stage.cloud, scene, looks_in_vain=looks)
    began = perf_counter()
    stage.cloud.client("sns").publish(TopicArn=stage.topic_arn, Message=json.dumps(scene.notification))
    _check(stage.slack.workspace.wait_for_messages(before + 1, timeout=PATIENCE), "no message came")
    return perf_counter() - began


def _secret(slack: SlackStandIn) -> SlackSecret:
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="slack", SecretString=slack.webhook_url())["ARN"]
    return SlackSecret(client, arn, max_age=timedelta(minutes=2))


def _records(findings: Sequence[Finding]) -> list[Record]:
    return [
        Record(
            message_id=str(number),
            body=finding_body(finding),
            receipt_handle=str(number),
            queue_arn="arn:aws:sqs:eu-west-1:111122223333:findings",
            receive_count=1,
        )
        for number, finding in enumerate(findings)
    ]


def _check(holds: bool, otherwise: str) -> None:
    """What is measured has to have happened."""
    if not holds:
        raise RuntimeError(otherwise)
