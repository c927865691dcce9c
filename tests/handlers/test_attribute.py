"""Changes become findings: looks at CloudTrail until one stands, batches that mix accounts, what is handed on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change.adapters.attribution_memory import AttributionMemory, Capture
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.queues import AttributionRequest
from manual_change.domain.change import Change, Resource
from manual_change.domain.policy import Policy, Suppression
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.records import Record
from manual_change.settings import AttributeSettings

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"
FIRST, SECOND, SETTLED, LAST = range(4)
"""The looks of the default ladder: 3, 6, 11 and 21 minutes after capture."""

Records = Callable[..., list[Record]]


def a_group(of: str = "sg-1", *, account: str = ACCOUNT, seconds: float = 41) -> Change:
    """A change of a security group, captured 41 seconds after noon."""
    resource = Resource(account, "eu-west-1", "AWS::EC2::SecurityGroup", of)
    return Change(resource, "UPDATE", NOON + timedelta(seconds=seconds))


def a_call(name: str = "AuthorizeSecurityGroupIngress", *, on: str = "sg-1", seconds: float = 0, **fields: Any) -> Any:
    """Alice's call on a security group."""
    moment = NOON + timedelta(seconds=seconds)
    return {
        "eventID": f"{name}-{on}-{seconds:g}",
        "eventName": name,
        "eventSource": "ec2.amazonaws.com",
        "eventTime": moment.isoformat().replace("+00:00", "Z"),
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "userIdentity": {"type": "IAMUser", "userName": "alice", "arn": f"arn:aws:iam::{ACCOUNT}:user/alice"},
        "readOnly": False,
        "requestParameters": {"groupId": on},
    } | fields


BY_CLOUDFORMATION = {
    "userIdentity": {"type": "AssumedRole", "invokedBy": "cloudformation.amazonaws.com"},
    "sourceIPAddress": "cloudformation.amazonaws.com",
}
A_MENTION = {"requestParameters": {"networkInterfaceId": "eni-1", "groupSet": {"items": [{"groupId": "sg-1"}]}}}


class CloudTrail:
    """Event history that answers every question with what it knows so far."""

    def __init__(self) -> None:
        self.records: list[Any] = []
        self.asked: list[dict[str, Any]] = []

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Events": [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in self.records]}


class Queues:
    """SQS: what was sent, by queue, delayed or not."""

    def __init__(self) -> None:
        self.sent: dict[str, list[Any]] = {"attributions": [], "findings": []}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        self.sent[QueueUrl] += Entries
        return {"Failed": []}


class Forgetful:
    """A memory of nothing."""

    def remember(self, *_: Any, **__: Any) -> None:
        pass

    def recall(self, *_: Any, **__: Any) -> dict[Any, Any]:
        return {}


@dataclass
class Bench:
    """The stage, and what came of it."""

    stage: Attribute
    cloudtrail: CloudTrail
    queues: Queues
    said: Any
    records: Records

    def look(self, *changes: Change, look: int = LAST, wait: float = 0) -> list[str]:
        """Take changes at a look; the ids of the messages that failed."""
        requests = [AttributionRequest(change=each, look=look, wait=timedelta(seconds=wait)) for each in changes]
        return self.take(*(request.to_body() for request in requests))

    def take(self, *bodies: str) -> list[str]:
        """Take messages; the ids of those that failed."""
        answer = self.stage.handle(self.records(*bodies), seconds_left=120)
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    @property
    def findings(self) -> list[tuple[str, str, str]]:
        """(resource id, verdict, reason) of what was handed on."""
        found = [json.loads(entry["MessageBody"])["finding"] for entry in self.queues.sent["findings"]]
        return sorted((each["change"]["resource_id"], each["verdict"], each["reason"]) for each in found)

    @property
    def sent_back(self) -> list[Any]:
        """The entries that were sent to the stage's own queue."""
        return self.queues.sent["attributions"]

    @property
    def delayed(self) -> list[int]:
        """Their delays, in seconds."""
        return [entry["DelaySeconds"] for entry in self.sent_back]


@pytest.fixture
def bench(said: Any, records: Records) -> Callable[..., Bench]:
    """Builds the stage with a policy and settings; it remembers nothing unless it is given a memory."""

    def build(policy: Policy | None = None, *, memory: AttributionMemory | None = None, **settings: Any) -> Bench:
        queues, cloudtrail, forgetful = Queues(), CloudTrail(), Forgetful()
        stand_ins: Any = (queues, cloudtrail, forgetful)
        stage = Attribute(
            settings=AttributeSettings(
                attributions_queue_url="attributions",
                findings_queue_url="findings",
                findings_table="findings",
                policy_parameter="policy",
                **settings,
            ),
            sqs=stand_ins[0],
            memory=memory or stand_ins[2],
            policy=lambda: policy or Policy(),
            cloudtrail=lambda _account, _region: stand_ins[1],
            telemetry=said.telemetry,
            now=lambda: NOON + timedelta(minutes=22),
            pace=lambda deadline: Pace(1000, deadline, sleep=lambda _: None),
        )
        return Bench(stage, cloudtrail, queues, said, records)

    return build


@pytest.fixture
def memory(aws: Callable[[str], Any], findings_table: str) -> AttributionMemory:
    """The table of what was explained."""
    return AttributionMemory(aws("dynamodb"), findings_table)


# The ladder


def test_a_persons_change_is_handed_on_at_the_first_look(bench: Callable[..., Bench]) -> None:
    """A manual verdict never waits."""
    stage = bench()
    stage.cloudtrail.records = [a_call()]

    assert [] == stage.look(a_group(), look=FIRST)
    assert ([("sg-1", "manual", "iam-user")], []) == (stage.findings, stage.sent_back)


@pytest.mark.parametrize(("look", "delay"), [(FIRST, 180), (SECOND, 300), (SETTLED, 600)])
def test_a_change_without_a_call_climbs_the_ladder(bench: Callable[..., Bench], look: int, delay: int) -> None:
    """To the next look, with the delay that is left until then."""
    stage = bench()
    stage.look(a_group(), look=look)

    assert ([], [delay], [look + 1]) == (
        stage.findings,
        stage.delayed,
        [json.loads(entry["MessageBody"])["look"] for entry in stage.sent_back],
    )


def test_a_change_that_nobody_explains_is_unattributed_after_the_last_look(bench: Callable[..., Bench]) -> None:
    """Never a silent drop: the digest tells of it."""
    stage = bench()
    stage.look(a_group(), look=LAST)

    assert ([("sg-1", "unattributed", "no-call-found")], []) == (stage.findings, stage.sent_back)


@pytest.mark.parametrize(("look", "again"), [(FIRST, True), (SECOND, True), (SETTLED, False), (LAST, False)])
def test_an_automated_verdict_stands_when_cloudtrail_has_settled(
    bench: Callable[..., Bench], look: int, again: bool
) -> None:
    """Until then a person's earlier call may still arrive."""
    stage = bench()
    stage.cloudtrail.records = [a_call(**BY_CLOUDFORMATION)]
    stage.look(a_group(), look=look)

    assert (again, [("look-again" if again else "silent", "cloudformation")]) == (
        bool(stage.sent_back),
        stage.said.decisions,
    )


def test_a_persons_late_record_is_not_missed(bench: Callable[..., Bench]) -> None:
    """The pipeline's record arrived first."""
    stage = bench()
    stage.cloudtrail.records = [a_call(**BY_CLOUDFORMATION, seconds=30)]
    stage.look(a_group(), look=FIRST)
    stage.cloudtrail.records.append(a_call())
    stage.look(a_group(), look=SECOND)

    assert [("sg-1", "manual", "iam-user")] == stage.findings


@pytest.mark.parametrize(("look", "again"), [(FIRST, True), (SECOND, True), (SETTLED, False), (LAST, False)])
def test_a_mention_waits_for_the_call_that_acted(bench: Callable[..., Bench], look: int, again: bool) -> None:
    """A person attached a group that CloudFormation changed, and CloudFormation's record is late."""
    stage = bench()
    stage.cloudtrail.records = [a_call("ModifyNetworkInterfaceAttribute", **A_MENTION)]
    stage.look(a_group(), look=look)

    assert again is bool(stage.sent_back)


def test_a_mention_that_was_overtaken_blames_nobody(bench: Callable[..., Bench]) -> None:
    """No false alarm."""
    stage = bench()
    stage.cloudtrail.records = [a_call("ModifyNetworkInterfaceAttribute", **A_MENTION)]
    stage.look(a_group(), look=FIRST)
    stage.cloudtrail.records.append(a_call(**BY_CLOUDFORMATION))
    stage.look(a_group(), look=SETTLED)

    assert [] == stage.findings


def test_a_ladder_that_was_made_shorter_ends_at_its_new_end(bench: Callable[..., Bench]) -> None:
    """Messages of the old ladder are still under way."""
    stage = bench(looks=(timedelta(minutes=3), timedelta(minutes=6)))
    stage.look(a_group(), look=LAST)

    assert ([("sg-1", "unattributed", "no-call-found")], []) == (stage.findings, stage.sent_back)


@pytest.mark.parametrize(("look", "by_name"), [(FIRST, True), (SETTLED, False), (LAST, False)])
def test_nobody_is_only_said_after_everything_was_read(bench: Callable[..., Bench], look: int, by_name: bool) -> None:
    """Event history does not file every call under every name."""
    stage = bench()
    stage.cloudtrail.records = [a_call(on=f"sg-{number + 10}") for number in range(50)]
    pages = iter([{"NextToken": "1"}, {}, {}])
    ask = stage.cloudtrail.lookup_events
    stage.cloudtrail.lookup_events = lambda **asked: ask(**asked) | next(pages)  # type: ignore[method-assign]
    stage.look(a_group(), look=look)
    keys = [asked["LookupAttributes"][0]["AttributeKey"] for asked in stage.cloudtrail.asked]

    assert (["ReadOnly", "ResourceName"] if by_name else ["ReadOnly", "ReadOnly"]) == keys


def test_the_last_look_of_a_short_ladder_reads_everything(bench: Callable[..., Bench]) -> None:
    """Though it comes before CloudTrail has settled."""
    stage = bench(looks=(timedelta(minutes=3),))
    stage.cloudtrail.records = [a_call(on=f"sg-{number + 10}") for number in range(50)]
    pages = iter([{"NextToken": "1"}, {}])
    ask = stage.cloudtrail.lookup_events
    stage.cloudtrail.lookup_events = lambda **asked: ask(**asked) | next(pages)  # type: ignore[method-assign]
    stage.look(a_group(), look=FIRST)

    assert {"ReadOnly"} == {asked["LookupAttributes"][0]["AttributeKey"] for asked in stage.cloudtrail.asked}


@pytest.mark.parametrize(("wait", "delay"), [(600, 600), (901, 900), (86400, 900)])
def test_a_change_whose_time_has_not_come_waits_on(bench: Callable[..., Bench], wait: float, delay: int) -> None:
    """SQS delays a message by a quarter of an hour at most; CloudTrail is not asked."""
    stage = bench()
    stage.look(a_group(), look=FIRST, wait=wait)

    assert ([delay], [wait - delay], []) == (
        stage.delayed,
        [json.loads(entry["MessageBody"])["wait"] for entry in stage.sent_back],
        stage.cloudtrail.asked,
    )


# Batches


def test_a_batch_is_looked_up_together(bench: Callable[..., Bench]) -> None:
    """One request serves all of its changes."""
    stage = bench()
    stage.cloudtrail.records = [a_call(on=f"sg-{number}") for number in range(5)]
    stage.look(*(a_group(f"sg-{number}") for number in range(5)))

    assert (5, 1) == (len(stage.findings), len(stage.cloudtrail.asked))


@pytest.mark.parametrize("body", ["not json", "{}", '{"version": 1, "change": {}, "look": 0, "wait": 0}', "[]"])
def test_a_message_that_cannot_be_read_fails_alone(bench: Callable[..., Bench], body: str) -> None:
    """The rest of the batch is judged; the message goes to the dead-letter queue."""
    stage = bench()
    stage.cloudtrail.records = [a_call()]
    sound = AttributionRequest(change=a_group(), look=LAST).to_body()

    assert ["message-1"] == stage.take(body, sound)
    assert [("sg-1", "manual", "iam-user")] == stage.findings


def test_one_accounts_failure_does_not_hold_up_the_others(bench: Callable[..., Bench]) -> None:
    """Its changes come again, with a line that says why."""
    stage = bench()
    stage.cloudtrail.records = [a_call()]
    answering = stage.stage.cloudtrail

    def client(account: str, region: str) -> Any:
        if account == "444455556666":
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole")
        return answering(account, region)

    stage.stage.cloudtrail = client

    assert [] == stage.look(a_group(account="444455556666"), a_group())
    assert ([("sg-1", "manual", "iam-user")], [60]) == (stage.findings, stage.delayed)
    [line] = [line for line in stage.said.lines if line.get("reason") == "cloudtrail-unread"]
    assert ("444455556666", True) == (line["account"], "AccessDenied" in line["why"])


def test_changes_of_two_accounts_are_judged_with_their_own_calls(bench: Callable[..., Bench]) -> None:
    """The same id in another account is another resource."""
    stage = bench()
    stage.cloudtrail.records = [a_call()]
    stage.look(a_group(), a_group(account="444455556666"))

    assert [("sg-1", "manual", "iam-user"), ("sg-1", "unattributed", "no-call-found")] == stage.findings


def test_a_change_that_is_delivered_twice_in_a_batch_is_judged_once(bench: Callable[..., Bench]) -> None:
    """Queues deliver at least once."""
    stage = bench()
    stage.cloudtrail.records = [a_call()]
    stage.look(a_group(), a_group())

    assert [("sg-1", "manual", "iam-user")] == stage.findings


def test_a_change_that_is_delivered_again_is_decided_alike(
    bench: Callable[..., Bench], memory: AttributionMemory
) -> None:
    """Its own earlier decision does not make it already reported; the notify stage tells it once."""
    stage = bench(memory=memory)
    stage.cloudtrail.records = [a_call()]
    stage.look(a_group())
    stage.look(a_group())

    assert [("sg-1", "manual", "iam-user")] * 2 == stage.findings


def test_a_time_that_runs_out_loses_nothing(bench: Callable[..., Bench]) -> None:
    """The changes come again."""
    stage = bench()
    stage.stage.pace = lambda _: Pace(1, 0.0, clock=lambda: 1.0)

    assert [] == stage.look(a_group())
    assert ([], [60]) == (stage.findings, stage.delayed)


# What is handed on, remembered and said


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (Policy(notify_unattributed="digest"), 1),
        (Policy(notify_unattributed="always"), 1),
        (Policy(notify_unattributed="never"), 0),
        (Policy(suppressions=(Suppression(reason="known"),)), 0),
    ],
)
def test_unattributed_changes_are_handed_on_as_the_policy_says(
    bench: Callable[..., Bench], policy: Policy, told: int
) -> None:
    """To be told now, in the digest, or never."""
    stage = bench(policy)
    stage.look(a_group())

    assert told == len(stage.findings)


def test_a_silent_finding_is_counted_and_logged_and_goes_no_further(bench: Callable[..., Bench]) -> None:
    """Nothing ends without a line and a number."""
    stage = bench()
    stage.cloudtrail.records = [a_call(**BY_CLOUDFORMATION)]
    stage.look(a_group())

    assert ([], [("silent", "cloudformation")], 1) == (
        stage.findings,
        stage.said.decisions,
        stage.said.counted("Findings", verdict="automated", decision="silent"),
    )


def test_the_next_invocation_knows_what_explained_a_resources_earlier_item(
    bench: Callable[..., Bench], memory: AttributionMemory
) -> None:
    """One act, captured twice."""
    stage = bench(memory=memory)
    stage.cloudtrail.records = [a_call()]
    stage.look(a_group())
    stage.look(a_group(seconds=60))

    assert [("sg-1", "manual", "iam-user")] == stage.findings
    assert [("notify", "iam-user"), ("silent", "already-reported")] == stage.said.decisions


def test_what_is_looked_at_again_is_not_remembered(bench: Callable[..., Bench], memory: AttributionMemory) -> None:
    """A verdict that does not stand explains nothing yet."""
    stage = bench(memory=memory)
    stage.cloudtrail.records = [a_call(**BY_CLOUDFORMATION)]
    change = a_group()
    stage.look(change, look=FIRST)

    assert {} == memory.recall([change.resource.key], since=NOON - timedelta(days=1))


def test_what_stands_is_remembered(bench: Callable[..., Bench], memory: AttributionMemory) -> None:
    """By resource, with the calls that explained it."""
    stage = bench(memory=memory)
    stage.cloudtrail.records = [a_call()]
    change = a_group()
    stage.look(change)
    [remembered] = memory.recall([change.resource.key], since=NOON)[change.resource.key]

    assert isinstance(remembered, Capture)
    assert (("AuthorizeSecurityGroupIngress-sg-1-0",), "subject") == (remembered.event_ids, remembered.summary["how"])


def test_requests_to_cloudtrail_are_counted(bench: Callable[..., Bench]) -> None:
    """Two a second are allowed to all tools of an account together."""
    stage = bench()
    stage.look(a_group())

    assert 1 == stage.said.counted("LookupRequests")


def test_a_record_that_cannot_be_read_is_logged(bench: Callable[..., Bench]) -> None:
    """And the rest is judged."""
    stage = bench()
    stage.cloudtrail.records = [a_call(eventTime="noon"), a_call()]
    stage.look(a_group())

    assert [("sg-1", "manual", "iam-user")] == stage.findings
    assert ["a CloudTrail record cannot be read"] == [
        line["message"] for line in stage.said.lines if line.get("level") == "WARNING"
    ]
