"""Accounts whose CloudTrail cannot be read, or not in time: they hold up nobody, and people hear of their changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.calls_table import CallsTable
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.queues import AttributionRequest
from manual_change.domain.api_call import read_call
from manual_change.domain.change import Change, Resource
from manual_change.domain.policy import Policy
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.judging import MOST_TRIES, THOROUGH_TRIES
from manual_change.handlers.records import Record
from manual_change.settings import AttributeSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = "111122223333"
OTHERS = [f"{number:012d}" for number in range(1, 101)]
FIRST, LAST = 0, 3
SECONDS = 300.0
"""The function's time."""
Records = Callable[..., list[Record]]


def a_group(of: str = "sg-1", *, account: str = SHOP) -> Change:
    """A change of a security group, captured 41 seconds after noon."""
    resource = Resource(account, "eu-west-1", "AWS::EC2::SecurityGroup", of)
    return Change(resource, "UPDATE", NOON + timedelta(seconds=41))


def a_call(on: str = "sg-1", *, account: str = SHOP, number: int = 0, **fields: Any) -> dict[str, Any]:
    """Alice's call on a security group, so many seconds before noon."""
    moment = NOON - timedelta(seconds=number)
    return {
        "eventID": f"call-{number}-on-{on}",
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        "awsRegion": "eu-west-1",
        "recipientAccountId": account,
        "userIdentity": {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{account}:user/alice"},
        "readOnly": False,
        "requestParameters": {"groupId": on},
    } | fields


class History:
    """CloudTrail of an account: every write in pages, newest first; by a resource's name, those on it."""

    def __init__(self, records: list[Any], *, page: int = 50) -> None:
        self.records, self.page = records, page
        self.asked: list[str] = []

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        [attribute] = asked["LookupAttributes"]
        self.asked.append(attribute["AttributeKey"])
        found = self.records
        if attribute["AttributeKey"] == "ResourceName":
            found = [each for each in found if each["requestParameters"]["groupId"] == attribute["AttributeValue"]]
        begin = int(asked.get("NextToken", 0))
        end = begin + self.page
        events = [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in found[begin:end]]
        return {"Events": events} | ({"NextToken": str(end)} if end < len(found) else {})


class Throttled:
    """Somebody else uses up the account's requests."""

    def lookup_events(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, "LookupEvents")


class Silent:
    """No answer comes."""

    def lookup_events(self, **_: Any) -> Any:
        raise ReadTimeoutError(endpoint_url="https://cloudtrail.eu-west-1.amazonaws.com")


class NoRole:
    """The hub is not let in."""

    def lookup_events(self, **_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole")


@dataclass
class Hub:
    """The stage, a clock that only waiting moves, and what was sent."""

    said: Any
    records: Records
    memory: AttributionMemory
    histories: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, list[Any]] = field(default_factory=lambda: {"attributions": [], "findings": []})
    seconds: float = 0.0
    calls_table: CallsTable | None = None
    refused: str = ""
    """The queue that takes nothing."""

    def look(self, *requests: AttributionRequest) -> list[str]:
        """Take a batch; the ids of the messages that failed."""
        stand_in: Any = self
        stage = Attribute(
            settings=AttributeSettings(
                attributions_queue_url="attributions",
                findings_queue_url="findings",
                findings_table="findings",
                policy_parameter="policy",
            ),
            sqs=stand_in,
            memory=self.memory,
            policy=Policy,
            cloudtrail=self._client,
            calls_table=self.calls_table,
            telemetry=self.said.telemetry,
            now=lambda: NOON + timedelta(minutes=22),
            timer=lambda: self.seconds,
            pace=lambda deadline: Pace(1, deadline, clock=lambda: self.seconds, sleep=self._sleep),
        )
        answer = stage.handle(self.records(*(each.to_body() for each in requests)), seconds_left=SECONDS)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        if QueueUrl == self.refused:
            return {"Failed": [{"Id": each["Id"], "Code": "InternalError"} for each in Entries]}
        self.sent[QueueUrl] += Entries
        return {"Failed": []}

    @property
    def findings(self) -> list[tuple[str, str, str]]:
        """(account, verdict, reason) of each."""
        found = [json.loads(entry["MessageBody"])["finding"] for entry in self.sent["findings"]]
        return [(each["change"]["account"], each["verdict"], each["reason"]) for each in found]

    @property
    def again(self) -> list[tuple[str, int, int]]:
        """(account, tries, delay in seconds) of each change that comes again."""
        bodies = [(json.loads(entry["MessageBody"]), entry["DelaySeconds"]) for entry in self.sent["attributions"]]
        return [(body["change"]["account"], body["tries"], delay) for body, delay in bodies]

    def _client(self, account: str, _region: str) -> Any:
        self.seconds += 0.5  # the role is assumed, a connection opened
        return self.histories[account]

    def _sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def hub(said: Any, records: Records, aws: Callable[[str], Any], findings_table: str) -> Hub:
    """With a hundred accounts of one call each."""
    others = {account: History([a_call(account=account)]) for account in OTHERS}
    return Hub(said, records, AttributionMemory(aws("dynamodb"), findings_table), dict(others))


def a_look(change: Change, *, look: int = LAST, tries: int = 0) -> AttributionRequest:
    """It is due."""
    return AttributionRequest(change=change, look=look, tries=tries)


def many_writes(number: int = 20_000) -> History:
    """More than can be read at one page a second, with the call on the group among the first."""
    return History([a_call(f"sg-{each}", number=each % 1800) for each in range(1, number + 1)])


@pytest.mark.parametrize("trouble", [Throttled(), many_writes()], ids=["throttled", "many writes"])
@pytest.mark.parametrize("tries", [0, 1])
def test_an_account_that_takes_long_holds_up_nobody(hub: Hub, trouble: Any, tries: int) -> None:
    """It has its share of the time; a hundred others are judged in the same invocation, which ends in time."""
    hub.histories[SHOP] = trouble

    failed = hub.look(a_look(a_group("sg-0"), tries=tries), *(a_look(a_group(account=account)) for account in OTHERS))

    assert [] == failed
    assert [(account, "manual", "iam-user") for account in OTHERS] == sorted(hub.findings)
    assert [SHOP] == [account for account, _, _ in hub.again]
    assert hub.seconds < SECONDS


def test_many_ordinary_accounts_are_told_in_turn_and_none_is_said_to_be_unreadable(hub: Hub) -> None:
    """A change of the landing zone in all of them: there is time for some of them at once, and none is cut off."""
    writes = [a_call(f"sg-{number}", number=number) for number in range(2, 120)]
    hub.histories = {account: History([*writes, a_call(account=account, number=1)]) for account in OTHERS}
    waiting, rounds = [a_look(a_group(account=account)) for account in OTHERS], 0
    while waiting:
        hub.seconds, rounds = 0.0, rounds + 1
        hub.sent["attributions"].clear()
        assert [] == hub.look(*waiting)
        assert hub.seconds < SECONDS
        assert {0} >= {tries for _, tries, _ in hub.again}
        waiting = [a_look(a_group(account=account)) for account, _, _ in hub.again]

    assert [(account, "manual", "iam-user") for account in OTHERS] == sorted(hub.findings)
    assert (2, True) == (rounds, hub.said.counted("Postponed") > 0)


def test_what_there_is_no_time_for_comes_again_a_little_later(hub: Hub) -> None:
    """It neither fails, which would hide it for half an hour, nor counts as a try."""
    hub.histories[SHOP] = Silent()
    for account in OTHERS[:3]:
        hub.histories[account] = History([a_call(account=account)])
    slow = hub._client

    def an_hour_each(account: str, region: str) -> Any:
        hub.seconds += 3600
        return slow(account, region)

    hub._client = an_hour_each  # type: ignore[method-assign]

    assert [] == hub.look(*(a_look(a_group(account=account)) for account in OTHERS[:3]))
    assert 1 == len(hub.findings)
    assert [(account, 0, 10) for account in OTHERS[1:3]] == hub.again


@pytest.mark.parametrize("trouble", [Throttled(), Silent(), NoRole()])
@pytest.mark.parametrize("look", [FIRST, LAST])
def test_an_account_that_cannot_be_read_is_tried_for_half_an_hour(hub: Hub, trouble: Any, look: int) -> None:
    """At any look, ever more slowly; then people are told that nobody knows who it was, and an alarm rings."""
    hub.histories[SHOP] = trouble
    waited = []
    for tries in range(MOST_TRIES):
        assert [] == hub.look(a_look(a_group(), look=look, tries=tries))
        waited.append(hub.again[-1])
    assert [] == hub.findings
    # SQS delays 15 minutes at most: the last minute is waited for again
    assert [(SHOP, 1, 60), (SHOP, 2, 120), (SHOP, 3, 240), (SHOP, 4, 480), (SHOP, 5, 900)] == waited

    assert [] == hub.look(a_look(a_group(), look=look, tries=MOST_TRIES))
    assert [(SHOP, "unattributed", "cloudtrail-unread")] == hub.findings
    assert [[1]] == [line["UnreadChanges"] for line in hub.said.lines if "UnreadChanges" in line]
    [entry] = hub.sent["findings"]
    assert f"{SHOP} eu-west-1" in json.loads(entry["MessageBody"])["finding"]["explanation"]


def test_what_was_read_in_vain_before_the_end_still_names_the_person(hub: Hub) -> None:
    """Half a reading blames nobody while there is a try left; after that what was found stands."""
    hub.histories[SHOP] = History([a_call("sg-0"), *many_writes().records])
    half = [*(a_group(f"sg-{number}x") for number in range(1000)), a_group("sg-0")]

    for tries in (0, MOST_TRIES):
        assert [] == hub.look(*(a_look(change, tries=tries) for change in half))
        if tries == 0:
            assert ([], len(half)) == (hub.findings, len(hub.again))
    assert 1 == hub.findings.count((SHOP, "manual", "iam-user"))
    assert 1000 == hub.findings.count((SHOP, "unattributed", "cloudtrail-unread"))


def test_where_there_are_too_many_writes_they_are_asked_for_by_name(hub: Hub) -> None:
    """A sweep that no invocation can end is not begun for ever: CloudTrail has filed calls under their resources."""
    history = hub.histories[SHOP] = History([*many_writes().records, a_call("sg-0", number=1700)])

    assert [] == hub.look(a_look(a_group("sg-0"), tries=THOROUGH_TRIES - 1))
    assert "ResourceName" not in history.asked

    assert [] == hub.look(a_look(a_group("sg-0"), tries=THOROUGH_TRIES))
    assert [(SHOP, "manual", "iam-user")] == hub.findings


def test_what_was_asked_for_by_name_only_proves_no_absence(hub: Hub) -> None:
    """Nobody's change may still be somebody's; what is automated says what it rests on."""
    by_service = {"userIdentity": {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}}
    hub.histories[SHOP] = History([*many_writes().records, a_call("sg-0", number=1700, **by_service)])
    tried = [a_look(a_group(of), tries=THOROUGH_TRIES) for of in ("sg-0", "sg-nobody")]

    assert [] == hub.look(*tried)
    assert [(SHOP, "unattributed", "cloudtrail-unread")] == hub.findings
    assert [[1]] == [line["UnreadChanges"] for line in hub.said.lines if "UnreadChanges" in line]
    [entry] = hub.sent["findings"]
    assert "holds more writes than can be read" in json.loads(entry["MessageBody"])["finding"]["explanation"]


def test_a_look_after_a_good_one_counts_its_own_tries(hub: Hub) -> None:
    """An hour's trouble at the first look leaves the last one its patience."""
    hub.histories[SHOP] = History([])

    hub.look(a_look(a_group(), look=FIRST, tries=4))
    assert [(SHOP, 0, 180)] == hub.again


def test_nothing_is_sent_back_where_findings_are_not_taken(hub: Hub) -> None:
    """The messages fail and come again by themselves; sent back as well, they would double each time."""
    hub.histories[SHOP] = NoRole()
    hub.refused = "findings"

    failed = hub.look(a_look(a_group("sg-1")), a_look(a_group("sg-2"), tries=MOST_TRIES))
    assert (2, []) == (len(failed), hub.again)


def test_forwarded_calls_are_read_until_time_is_over(hub: Hub, aws: Callable[[str], Any]) -> None:
    """A day of them is read one by one; what was not read in time comes again."""
    aws("dynamodb").create_table(
        TableName="calls",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("place", "call")],
        KeySchema=[{"AttributeName": "place", "KeyType": "HASH"}, {"AttributeName": "call", "KeyType": "RANGE"}],
    )

    class Slow(CallsTable):
        def _calls(self, *asked: Any) -> Any:
            for call in super()._calls(*asked):
                hub.seconds += 100
                yield call

    table = hub.calls_table = Slow(aws("dynamodb"), "calls")
    table.keep([read_call(a_call("sg-0", number=number)) for number in range(5)], now=NOON)

    assert [] == hub.look(a_look(a_group("sg-0")))
    assert ([], [(SHOP, 1, 60)]) == (hub.findings, hub.again)
