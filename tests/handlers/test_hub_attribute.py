"""The second stage of a hub: other accounts' CloudTrail, turns, forwarded calls, calls that are told by themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.calls_table import CallKey, CallsTable
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.queues import AttributionRequest, CallRequest
from manual_change.adapters.turns import Turns
from manual_change.domain.api_call import read_call
from manual_change.domain.change import Change, Resource
from manual_change.domain.policy import Policy, Suppression
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.records import Record
from manual_change.settings import AttributeSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP, BANK = "111122223333", "444455556666"
LAST = 3
Records = Callable[..., list[Record]]


def a_group(of: str = "sg-1", *, account: str = SHOP, region: str = "eu-west-1") -> Change:
    """A change of a security group, captured 41 seconds after noon."""
    resource = Resource(account, region, "AWS::EC2::SecurityGroup", of)
    return Change(resource, "UPDATE", NOON + timedelta(seconds=41))


def a_call(on: str = "sg-1", *, account: str = SHOP, **fields: Any) -> dict[str, Any]:
    """Alice's call on a security group, at noon."""
    return {
        "eventID": f"call-on-{on}",
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": "2026-11-22T12:00:00Z",
        "awsRegion": "eu-west-1",
        "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{account}:user/alice"},
        "readOnly": False,
        "requestParameters": {"groupId": on},
    } | fields


@dataclass
class World:
    """CloudTrail of every account, SQS, and in which order things were asked and sent."""

    records: dict[str, list[Any]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    sent: list[tuple[str, Any]] = field(default_factory=list)

    def cloudtrail(self, account: str, region: str) -> Any:
        self.asked.append((account, region))
        if account not in self.records:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")
        return _Trail(self.records[account])

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.sent += [(QueueUrl, entry) for entry in Entries]
        return {"Failed": []}

    def bodies(self, queue: str) -> list[Any]:
        """What was sent to a queue."""
        return [json.loads(entry["MessageBody"]) for url, entry in self.sent if url == queue]

    @property
    def told(self) -> list[tuple[str, str]]:
        """(account or call, verdict) of each finding, in order."""
        findings = [body["finding"] for body in self.bodies("findings")]
        return [
            (each["change"]["account"] if each["change"] else each["calls"][0]["event_id"], each["verdict"])
            for each in findings
        ]


class _Trail:
    def __init__(self, records: list[Any]) -> None:
        self._records = records

    def lookup_events(self, **_: Any) -> dict[str, Any]:
        return {"Events": [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in self._records]}


@dataclass
class Hub:
    """The stage, what surrounds it, and the tables that it shares with the other stages."""

    stage: Attribute
    world: World
    records: Records
    memory: AttributionMemory
    turns: Turns
    calls: CallsTable

    def take(self, *requests: AttributionRequest | CallRequest) -> list[str]:
        """Take a batch; the ids of the messages that failed."""
        answer = self.stage.handle(self.records(*(request.to_body() for request in requests)), seconds_left=120)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def look(self, *changes: Change) -> list[str]:
        """Take changes at the last look."""
        return self.take(*(AttributionRequest(change=each, look=LAST) for each in changes))


@pytest.fixture
def hub(said: Any, records: Records, aws: Callable[[str], Any], findings_table: str) -> Callable[..., Hub]:
    """Builds the stage over moto's tables."""
    dynamodb = aws("dynamodb")
    for name, keys in (("organization", ("id",)), ("calls", ("place", "call"))):
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )

    def build(policy: Policy | None = None, *, streamed: bool = False, **records_of: list[Any]) -> Hub:
        world = World({account.removeprefix("a"): found for account, found in records_of.items()})
        stand_in: Any = world
        turns = Turns(dynamodb, "organization", lease=timedelta(minutes=5))
        calls, memory = CallsTable(dynamodb, "calls"), AttributionMemory(dynamodb, findings_table)
        stage = Attribute(
            settings=AttributeSettings(
                attributions_queue_url="attributions",
                findings_queue_url="findings",
                findings_table=findings_table,
                policy_parameter="policy",
                fair_queues=True,
            ),
            sqs=stand_in,
            memory=memory,
            policy=lambda: policy or Policy(),
            cloudtrail=world.cloudtrail,
            telemetry=said.telemetry,
            calls_table=calls if streamed else None,
            turns=None if streamed else turns,
            now=lambda: NOON + timedelta(minutes=22),
            pace=lambda deadline: Pace(1000, deadline, sleep=lambda _: None),
        )
        return Hub(stage, world, records, memory, turns, calls)

    return build


# Other accounts, in turn


def test_each_account_is_asked_about_its_own_changes(hub: Callable[..., Hub]) -> None:
    """And blamed for nobody else's: the same group id exists in both."""
    at = hub(a111122223333=[a_call()], a444455556666=[])
    at.look(a_group(), a_group(account=BANK))

    assert [(SHOP, "manual"), (BANK, "unattributed")] == sorted(at.world.told)


def test_the_account_with_the_fewest_changes_comes_first(hub: Callable[..., Hub]) -> None:
    """Five changes do not wait for five thousand; forty stand for these."""
    at = hub(a111122223333=[a_call(f"sg-{number}") for number in range(40)], a444455556666=[a_call(account=BANK)])
    at.look(*(a_group(f"sg-{number}") for number in range(40)), a_group(account=BANK))

    assert ((BANK, "manual"), 41) == (at.world.told[0], len(at.world.told))


def test_an_account_that_cannot_be_read_holds_up_nobody(hub: Callable[..., Hub]) -> None:
    """Its changes come again; the role may be there by then."""
    at = hub(a444455556666=[a_call(account=BANK)])

    assert [] == at.look(a_group(), a_group(account=BANK))
    assert [(BANK, "manual")] == at.world.told
    assert [SHOP] == [body["change"]["account"] for body in at.world.bodies("attributions")]


def test_findings_carry_their_place(hub: Callable[..., Hub]) -> None:
    """As message group, for the last stage."""
    at = hub(a111122223333=[a_call()])
    at.look(a_group())

    assert [f"{SHOP}|eu-west-1"] == [entry["MessageGroupId"] for _, entry in at.world.sent]


def test_whoever_has_not_the_turn_waits_a_little(hub: Callable[..., Hub]) -> None:
    """CloudTrail is not asked, the messages do not fail, and the other region goes on."""
    at = hub(a111122223333=[a_call()])
    at.turns.take(SHOP, "eu-west-1", now=NOON + timedelta(minutes=22))

    failed = at.look(a_group(), a_group(region="us-east-1"))

    [again] = at.world.bodies("attributions")
    assert ([], [(SHOP, "us-east-1")]) == (failed, at.world.asked)
    assert ("sg-1", LAST) == (again["change"]["resource_id"], again["look"])
    assert [10] == [entry["DelaySeconds"] for url, entry in at.world.sent if url == "attributions"]


def test_a_turn_is_given_back_whatever_happens(hub: Callable[..., Hub]) -> None:
    """Also by an invocation that failed: the next one need not wait until the lease ends."""
    at = hub(a111122223333=[a_call()])
    at.look(a_group(), a_group(account=BANK))

    now = NOON + timedelta(minutes=22)
    assert all(at.turns.take(account, "eu-west-1", now=now) for account in (SHOP, BANK))


# Forwarded calls


def test_a_forwarded_call_explains_a_change(hub: Callable[..., Hub]) -> None:
    """CloudTrail is not asked at all."""
    at = hub(streamed=True)
    at.calls.keep([read_call(a_call())], now=NOON)
    at.look(a_group())

    assert ([(SHOP, "manual")], []) == (at.world.told, at.world.asked)


def a_request(record: dict[str, Any], *, wait: float = 0) -> CallRequest:
    """A call that has waited for its change."""
    call = read_call(record)
    key = CallKey.of(call)
    return CallRequest(
        place=key.place, call=key.call, account=call.account, region=call.region, wait=timedelta(seconds=wait)
    )


def test_a_call_without_a_change_is_told_by_itself(hub: Callable[..., Hub]) -> None:
    """AWS Config does not record everything."""
    at = hub(streamed=True)
    at.calls.keep([read_call(a_call())], now=NOON)

    assert [] == at.take(a_request(a_call()))
    assert [("call-on-sg-1", "manual")] == at.world.told


def test_a_call_whose_change_was_told_is_not_told_again(hub: Callable[..., Hub], said: Any) -> None:
    """The change names it."""
    at = hub(streamed=True)
    at.calls.keep([read_call(a_call())], now=NOON)
    at.look(a_group())
    at.take(a_request(a_call()))

    assert [(SHOP, "manual")] == at.world.told
    assert 1 == said.counted("Dropped", reason="explained-a-change")


def test_a_call_is_judged_by_the_policy_of_the_moment(hub: Callable[..., Hub]) -> None:
    """Whoever was suppressed while it waited is not told."""
    at = hub(Policy(suppressions=[Suppression(reason="known")]), streamed=True)
    at.calls.keep([read_call(a_call())], now=NOON)
    at.take(a_request(a_call()))

    assert [] == at.world.told


def test_a_call_waits_as_long_as_it_is_to(hub: Callable[..., Hub]) -> None:
    """SQS delays fifteen minutes at most: the rest is waited for again."""
    at = hub(streamed=True)
    at.take(a_request(a_call(), wait=1500))

    [(_, entry)] = at.world.sent
    assert (900, 600) == (entry["DelaySeconds"], json.loads(entry["MessageBody"])["wait"])


def test_a_call_that_is_no_longer_kept_is_a_counted_decision(hub: Callable[..., Hub], said: Any) -> None:
    """A redriven message, days later: nobody was told, and somebody may want to know."""
    at = hub(streamed=True)

    assert [] == at.take(a_request(a_call()))
    assert [("drop", "no-longer-kept")] == said.decisions
    assert 1 == said.counted("Dropped", reason="no-longer-kept")
    assert (SHOP, "eu-west-1") == (said.lines[0]["account"], said.lines[0]["region"])
