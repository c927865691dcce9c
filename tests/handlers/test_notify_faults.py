"""Slack as it fails: what was owed, what arrived, what arrived twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.queues import finding_body
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import Sessions
from manual_change.adapters.slack import Slack
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record
from manual_change_local.slack_stand_in import SERVER_ERROR, Answers, ClosesConnection, Fault, SlackStandIn, every

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
OWED = 24


def a_finding(number: int) -> Finding:
    """A change that everybody is to hear of."""
    group = Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", f"sg-{number}")
    return Finding(
        decision="notify",
        verdict="unattributed",
        reason="no-call-found",
        explanation="-",
        change=Change(group, "UPDATE", NOON),
    )


def deliver(stage: Notify, records: Sequence[Record]) -> None:
    """Deliver in batches of four, too few for a storm, and again what failed, as SQS does."""
    waiting = list(records)
    while waiting:
        batch, waiting = waiting[:4], waiting[4:]
        failed = {entry["itemIdentifier"] for entry in stage.handle(batch, seconds_left=60.0)["batchItemFailures"]}
        waiting += [record for record in batch if record.message_id in failed]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Answers(status=429, error="ratelimited", retry_after=1), id="a short rate limit"),
        pytest.param(Answers(status=429, error="ratelimited", retry_after=30), id="a long rate limit"),
        pytest.param(SERVER_ERROR, id="a server error"),
        pytest.param(Answers(status=502, error="bad gateway"), id="a bad gateway"),
        pytest.param(ClosesConnection(), id="a dropped connection"),
    ],
)
def test_every_fifth_post_fails_and_none_is_lost_or_doubled(
    aws: Callable[[str], Any],
    findings_table: str,
    said: Any,
    record: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
) -> None:
    """Every finding is delivered twice on top of it, the second time in a batch of its own."""
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", lambda _: None)
    with SlackStandIn(posts_per_second=None, faults=every(5, fault)) as slack:
        secret = aws("secretsmanager").create_secret(Name="slack", SecretString=slack.webhook_url())["ARN"]
        stage = Notify(
            table=FindingsTable(
                aws("dynamodb"), findings_table, retention=timedelta(days=1), lease=timedelta(minutes=2)
            ),
            sessions=Sessions(aws("dynamodb"), findings_table, gather=timedelta(0)),
            poster=Slack(SlackSecret(aws("secretsmanager"), secret, max_age=timedelta(minutes=2))),
            put_off=lambda record, after: None,  # noqa: ARG005
            telemetry=said.telemetry,
        )
        bodies = [finding_body(a_finding(number)) for number in range(OWED)] * 2
        deliver(stage, [record(body, number=number) for number, body in enumerate(bodies)])

    arrived = Counter(message.payload["text"] for message in slack.messages)
    assert (OWED, {1}) == (len(arrived), set(arrived.values()))
