"""Calls that spokes forward: kept, believed where they may be, and those of people wait for their change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.many_items import TableBusy
from manual_change.adapters.quarantine import Quarantine
from manual_change.domain.api_call import ApiCall
from manual_change.domain.policy import Policy, TrustedPrincipal
from manual_change.handlers.collect import Collect
from manual_change.handlers.records import Record
from manual_change.settings import CollectSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP, BANK = "111122223333", "444455556666"
ALICE = f"arn:aws:iam::{SHOP}:user/alice"
Records = Callable[..., list[Record]]


def forwarded(*, account: str = SHOP, source: str = "aws.iam", **fields: Any) -> dict[str, Any]:
    """Alice's call, as her account's spoke forwards it."""
    detail = {
        "eventID": "call-1",
        "eventName": "CreateUser",
        "eventSource": "iam.amazonaws.com",
        "eventTime": "2026-11-22T12:00:00Z",
        "awsRegion": "us-east-1",
        "recipientAccountId": SHOP,
        "readOnly": False,
        "userIdentity": {"type": "IAMUser", "userName": "alice", "arn": ALICE},
    } | fields
    envelope = {"detail-type": "AWS API Call via CloudTrail", "source": source, "account": account}
    return envelope | {"region": "us-east-1", "detail": detail}


@dataclass
class World:
    """The table, the queues."""

    kept: list[ApiCall] = field(default_factory=list)
    sent: dict[str, list[Any]] = field(default_factory=lambda: {"attributions": [], "quarantine": []})
    busy: bool = False
    asked: int = 0
    """How often the table was to keep something."""

    def keep(self, calls: list[ApiCall], *, now: datetime) -> None:
        assert now == NOON
        self.asked += 1
        if self.busy:
            raise TableBusy("the table is busy")
        if any(call.event_id == "poison" for call in calls):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "too large"}}, "BatchWriteItem")
        self.kept += calls

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.sent[QueueUrl] += Entries
        return {"Failed": []}


@pytest.fixture
def collect(said: Any) -> Callable[..., tuple[Collect, World]]:
    """Builds the stage."""

    def build(policy: Policy | None = None, *, busy: bool = False, **settings: Any) -> tuple[Collect, World]:
        world = World(busy=busy)
        stand_in: Any = world
        stage = Collect(
            settings=CollectSettings(
                calls_table="calls", attributions_queue_url="attributions", policy_parameter="policy", **settings
            ),
            sqs=stand_in,
            table=stand_in,
            policy=lambda: policy or Policy(),
            telemetry=said.telemetry,
            quarantine=Quarantine(stand_in, "quarantine"),
            now=lambda: NOON,
        )
        return stage, world

    return build


def test_a_persons_call_is_kept_and_waits_for_its_change(collect: Any, records: Records) -> None:
    """Twenty-five minutes: the slowest change seen came after fifteen."""
    stage, world = collect(fair_queues=True)

    assert {"batchItemFailures": []} == stage.handle(records(forwarded()))
    [entry] = world.sent["attributions"]
    assert (["call-1"], f"{SHOP}|us-east-1") == ([call.event_id for call in world.kept], entry["MessageGroupId"])
    waits = timedelta(seconds=entry["DelaySeconds"] + json.loads(entry["MessageBody"])["wait"])
    assert timedelta(minutes=25) == waits


def test_a_trusted_call_is_kept_and_nobody_waits_for_it(collect: Any, records: Records) -> None:
    """It explains changes, and is never told by itself."""
    policy = Policy(trusted_principals=[TrustedPrincipal(ALICE, reason="a pipeline called Alice")])
    stage, world = collect(policy)
    stage.handle(records(forwarded()))

    assert (1, []) == (len(world.kept), world.sent["attributions"])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"errorCode": "AccessDenied"}, "failed-call"),
        ({"readOnly": True}, "read-only-call"),
        ({"eventName": "SimulatePrincipalPolicy"}, "changes-nothing"),
    ],
    ids=str,
)
def test_a_call_that_changed_nothing_is_not_kept(
    collect: Any, records: Records, said: Any, fields: dict[str, Any], reason: str
) -> None:
    """No change can be attributed to it: it ends here, logged and counted."""
    stage, world = collect()

    assert {"batchItemFailures": []} == stage.handle(records(forwarded(**fields)))
    assert ([], [("drop", reason)]) == (world.kept, said.decisions)
    assert 1 == said.counted("Dropped", reason=reason)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (forwarded(account=BANK), "another-account"),
        (forwarded(source="my.iam"), "not-from-aws"),
        (forwarded(source="aws.partner/example.com/tenant/iam"), "not-from-aws"),
        ({"detail": forwarded()["detail"]}, "no-envelope"),
        (forwarded(source="my.iam", eventTime="never"), "not-from-aws"),
        (forwarded(source="my.iam") | {"detail": "no record"}, "not-from-aws"),
        ([], "no-envelope"),
    ],
)
def test_a_forged_call_is_set_aside(collect: Any, records: Records, message: Any, reason: str) -> None:
    """Otherwise a member could blame, or whitewash, whom it likes."""
    stage, world = collect()

    assert {"batchItemFailures": []} == stage.handle(records(message))
    [entry] = world.sent["quarantine"]
    assert ([], reason) == (world.kept, json.loads(entry["MessageBody"])["reason"])


def test_what_a_service_did_by_itself_is_kept_and_nobody_waits_for_it(collect: Any, records: Records) -> None:
    """It explains changes: AWS made them."""
    stage, world = collect()
    rotation = forwarded(
        source="aws.kms",
        eventName="RotateKey",
        eventSource="kms.amazonaws.com",
        eventType="AwsServiceEvent",
        userIdentity={"accountId": SHOP, "invokedBy": "AWS Internal"},
    )
    stage.handle(records(rotation | {"detail-type": "AWS Service Event via CloudTrail"}))

    assert (["RotateKey"], []) == ([call.event_name for call in world.kept], world.sent["attributions"])


def test_an_excluded_accounts_calls_are_not_kept(collect: Any, records: Records, said: Any) -> None:
    """Neither changes nor calls of it are told."""
    stage, world = collect(excluded_accounts=(SHOP,))
    stage.handle(records(forwarded()))

    assert ([], []) == (world.kept, world.sent["attributions"])
    assert 1 == said.counted("Dropped", reason="account-excluded")


def test_calls_come_again_when_the_table_is_busy(collect: Any, records: Records) -> None:
    """All that were to be kept, and no others."""
    stage, world = collect(busy=True)

    answer = stage.handle(records(forwarded(), forwarded(readOnly=True), "no JSON", forwarded(eventID="call-2")))

    assert (3, 1) == (len(answer["batchItemFailures"]), world.asked)


def test_a_call_that_cannot_be_kept_holds_up_nobody_elses(collect: Any, records: Records) -> None:
    """It alone comes again, and becomes a dead letter."""
    stage, world = collect()

    answer = stage.handle(
        records(forwarded(eventID="call-1"), forwarded(eventID="poison"), forwarded(eventID="call-2"))
    )

    assert {"batchItemFailures": [{"itemIdentifier": "message-2"}]} == answer
    assert ["call-1", "call-2"] == [call.event_id for call in world.kept]
    assert 2 == len(world.sent["attributions"])
