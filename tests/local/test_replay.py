"""Replay, in process: where inputs were read, what is judged once, and that joining loses nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manual_change.domain.api_call import read_call
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Resource
from manual_change.domain.change_index import ChangeIndex
from manual_change.domain.inquiry import Inquiry
from manual_change.domain.policy import Policy
from manual_change_local.recorded_files import Damage, RecordedFile
from manual_change_local.recorded_input import Reading
from manual_change_local.replay import Decision, Replay

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_record(event_id: str = "c-1", *, on: str = "sg-1", seconds: float = 0, **fields: Any) -> dict[str, Any]:
    """Alice's write."""
    moment = NOON + timedelta(seconds=seconds)
    return {
        "eventID": event_id,
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": moment.isoformat().replace("+00:00", "Z"),
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {"type": "IAMUser", "userName": "alice"},
        "readOnly": False,
        "requestParameters": {"groupId": on},
    } | fields


def a_message(of: str = "sg-1", *, at: str = "2026-11-22T12:00:41.000Z", **item: Any) -> dict[str, Any]:
    """A change of a security group."""
    return {
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItem": {
            "resourceType": "AWS::EC2::SecurityGroup",
            "resourceId": of,
            "awsAccountId": "111122223333",
            "awsRegion": "eu-west-1",
            "configurationItemCaptureTime": at,
        }
        | item,
        "configurationItemDiff": {
            "changeType": "UPDATE",
            "changedProperties": {"Configuration.X": {"previousValue": 1, "updatedValue": 2}},
        },
    }


class Bench:
    """Replays documents that are written to files, each on a line."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.damage: list[Damage] = []
        self.replay: Replay

    def _files(self, name: str, *contents: object) -> list[RecordedFile]:
        files = []
        for number, content in enumerate(contents):
            path = self._folder / f"{name}-{number}"
            documents: Iterable[Any] = content if isinstance(content, list) else [content]
            data = content if isinstance(content, bytes) else "\n".join(map(json.dumps, documents)).encode()
            path.write_bytes(data)
            files.append(RecordedFile(f"{name}-{number}", path))
        return files

    def calls(self, *contents: object, keep_all: bool = True) -> list[Decision]:
        """The decisions about calls, out of a file for each content."""
        self.replay = Replay(Reading(self.damage.append), Policy(), keep_all=keep_all)
        return self.replay.calls(self._files("cloudtrail", *contents))

    def changes(self, config: object, cloudtrail: object = (), **options: Any) -> list[Decision]:
        """The decisions about changes."""
        self.replay = Replay(Reading(self.damage.append), Policy(), **({"keep_all": True} | options))
        return self.replay.changes(self._files("config", config), self._files("cloudtrail", cloudtrail))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Replays what a test writes."""
    return Bench(tmp_path)


def sources(decisions: list[Decision]) -> list[tuple[str, int]]:
    """Where each judged input was read."""
    return [(decision.source.file, decision.source.record) for decision in decisions]


# Calls


@pytest.mark.parametrize(
    "content",
    [
        [a_record("c-1"), a_record("c-2")],
        {"Records": [a_record("c-1"), a_record("c-2")]},
        [{"Records": [a_record("c-1")]}, {"Records": [a_record("c-2")]}],
        {"Events": [{"EventId": each, "CloudTrailEvent": json.dumps(a_record(each))} for each in ("c-1", "c-2")]},
        [{"EventId": each, "CloudTrailEvent": json.dumps(a_record(each))} for each in ("c-1", "c-2")],
        [{"detail-type": "AWS API Call via CloudTrail", "detail": a_record(each)} for each in ("c-1", "c-2")],
        b"[" + json.dumps(a_record("c-1")).encode() + b"," + json.dumps({"Records": [a_record("c-2")]}).encode() + b"]",
    ],
    ids=["lines", "log object", "log objects", "LookupEvents", "its entries", "EventBridge", "list"],
)
def test_records_are_found_in_every_form(bench: Bench, content: object) -> None:
    """Each counted from 1 within its file."""
    decisions = bench.calls(content)

    assert [("cloudtrail-0", 1), ("cloudtrail-0", 2)] == sources(decisions)
    assert ["c-1", "c-2"] == [decision.finding.calls[0].event_id for decision in decisions]


@pytest.mark.parametrize(
    ("content", "position"),
    [
        ({"Records": [a_record("c-1"), 7, a_record("c-2")]}, "record 2"),
        ({"Records": [a_record("c-1"), a_record(eventTime="noon"), a_record("c-2")]}, "record 2"),
        ([a_record("c-1"), {"Records": None}, a_record("c-2")], "record 2"),
        ([a_record("c-1"), {"CloudTrailEvent": "{"}, a_record("c-2")], "record 2"),
        ([a_record("c-1"), {"CloudTrailEvent": 7}, a_record("c-2")], "record 2"),
        ([a_record("c-1"), {"detail-type": "x", "detail": None}, a_record("c-2")], "record 2"),
        ([a_record("c-1"), {"hello": 1}, a_record("c-2")], "record 2"),
        ([a_record("c-1"), 7, a_record("c-2")], "record 2"),
    ],
)
@pytest.mark.parametrize("keep_all", [True, False])
def test_a_damaged_record_is_told_and_the_rest_goes_on(
    bench: Bench, content: object, position: str, keep_all: bool
) -> None:
    """With the file and the record's number; the numbers of the others stay."""
    decisions = bench.calls(content, keep_all=keep_all)

    assert [("cloudtrail-0", 1), ("cloudtrail-0", 3)] == sources(decisions)
    assert [("cloudtrail-0", position)] == [(each.file, each.position) for each in bench.damage]


@pytest.mark.parametrize("keep_all", [True, False])
@pytest.mark.parametrize("field", ["eventTime", "eventID", "eventName"])
@pytest.mark.parametrize("fate", [{"errorCode": "x"}, {"readOnly": True}, {"eventSource": "sts.amazonaws.com"}])
def test_a_record_that_names_nothing_is_damage_whatever_it_did_not_do(
    bench: Bench, fate: dict[str, Any], field: str, keep_all: bool
) -> None:
    """With and without --all."""
    bench.calls(a_record(**(fate | {field: "" if field != "eventTime" else "noon"})), keep_all=keep_all)

    assert 1 == len(bench.damage)


@pytest.mark.parametrize("moment", ["2026-11-22T12:00:00.123Z", "2026-11-22T13:00:00+01:00", 1795348800])
def test_another_spelling_of_a_time_is_no_damage(bench: Bench, moment: object) -> None:
    """EventBridge and some exporters write it otherwise."""
    bench.calls([a_record(eventTime=moment), a_record("c-2", eventTime=moment, readOnly=True)], keep_all=False)

    assert ([], {("notify", "iam-user"): 1, ("drop", "read-only-call"): 1}) == (bench.damage, bench.replay.counts)


def test_a_call_that_comes_twice_is_judged_once(bench: Bench) -> None:
    """In one file or in two, and a corrected copy is the same call."""
    copy = a_record("c-1b", addendum={"reason": "UPDATED_DATA", "originalEventID": "c-1"})

    assert [("cloudtrail-0", 1)] == sources(bench.calls([a_record(), a_record(), copy], [a_record()]))


def test_calls_come_in_the_order_of_time_then_id(bench: Bench) -> None:
    """Whatever order they were recorded in; fractions count."""
    records = [
        a_record("c-3", seconds=1),
        a_record("c-2", seconds=0.5),
        a_record("c-9"),
        a_record("c-10"),
        a_record("c-1", seconds=-0.5),
    ]

    assert ["c-1", "c-10", "c-9", "c-2", "c-3"] == [
        decision.finding.calls[0].event_id for decision in bench.calls(records)
    ]


def test_without_all_only_what_would_be_notified_is_kept(bench: Bench) -> None:
    """Everything is counted."""
    records = [a_record("c-1"), a_record("c-2", readOnly=True), a_record("c-3", eventType="AwsServiceEvent")]

    assert ["c-1"] == [decision.finding.calls[0].event_id for decision in bench.calls(records, keep_all=False)]
    assert {("notify", "iam-user"): 1, ("drop", "read-only-call"): 1, ("silent", "aws-service"): 1} == (
        bench.replay.counts
    )


# Changes


def test_a_change_is_joined_with_its_call(bench: Bench) -> None:
    """Across the two logs."""
    [decision] = bench.changes(a_message(), a_record())

    assert ("notify", ["c-1"]) == (decision.finding.decision, [call.event_id for call in decision.finding.calls])


def test_a_change_that_comes_twice_is_judged_once(bench: Bench) -> None:
    """Where it was read first."""
    assert [("config-0", 1)] == sources(bench.changes([a_message(), {"Message": json.dumps(a_message())}], a_record()))


def test_parts_of_an_event_are_numbered_and_judged_each(bench: Bench) -> None:
    """One that cannot be read leaves the others be."""
    event = {"Records": [{"body": json.dumps(a_message(of))} for of in ("sg-1", "sg-2")]}
    event["Records"][1:1] = [{"body": "nothing"}, {"body": "nothing"}]

    assert [("config-0", 1), ("config-0", 4)] == sources(bench.changes(event))
    assert ["record 2", "record 3"] == [each.position for each in bench.damage]


def test_items_of_a_history_file_are_numbered(bench: Bench) -> None:
    """After what stands before them in the file."""
    items = [a_message(at=f"2026-11-22T12:0{minute}:00Z")["configurationItem"] for minute in (0, 1)]

    assert [1, 2, 3] == sorted(
        record for _, record in sources(bench.changes([a_message("sg-9"), {"configurationItems": items}]))
    )


def test_messages_that_are_no_change_come_first(bench: Bench) -> None:
    """They have no time of their own; they are told by where they were read."""
    other = {"messageType": "ConfigurationSnapshotDeliveryCompleted"}
    decisions = bench.changes([a_message(), other])

    assert [2, 1] == [record for _, record in sources(decisions)]
    assert [None, "sg-1"] == [decision.finding.change and decision.finding.change.resource.id for decision in decisions]


def test_changes_come_in_the_order_of_time_then_id(bench: Bench) -> None:
    """12:00:30 is before 12:00:30.5."""
    messages = [
        a_message("sg-3", at="2026-11-22T12:00:30.500Z"),
        a_message("sg-2", at="2026-11-22T12:00:30.000Z"),
        a_message("sg-1", at="2026-11-22T12:00:30.000Z"),
    ]

    assert ["sg-1", "sg-2", "sg-3"] == [
        decision.finding.change.resource.id for decision in bench.changes(messages) if decision.finding.change
    ]


def test_an_excluded_type_is_dropped(bench: Bench) -> None:
    """As the setting of the dispatch stage says."""
    [decision] = bench.changes(a_message(), excluded_resource_types=("AWS::EC2::*",))

    assert "resource-type-excluded" == decision.finding.reason


@pytest.mark.parametrize("fields", [{"eventTime": "noon"}, {"eventID": None}, {"eventName": ""}])
def test_a_record_of_another_service_that_is_damaged_is_told(bench: Bench, fields: dict[str, Any]) -> None:
    """Though it could not have made any of the changes."""
    bench.changes(a_message(), a_record(**({"eventSource": "rds.amazonaws.com"} | fields)))

    assert 1 == len(bench.damage)


def test_an_oversized_notice_takes_its_diff_from_the_history(bench: Bench) -> None:
    """Told where the notice was read."""
    item = a_message()["configurationItem"]
    oversized = {"messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": item}
    earlier = item | {"configurationItemCaptureTime": "2026-11-22T10:00:00Z", "configuration": {"x": 1}}
    decisions = bench.changes([oversized, {"configurationItems": [earlier, item | {"configuration": {"x": 2}}]}])
    [change] = [each.finding.change for each in decisions if each.source.record == 1]

    assert change is not None
    assert ["Configuration.X"] == [changed.path for changed in change.properties]


def test_a_change_nested_without_end_is_told(bench: Bench) -> None:
    """And the rest is judged."""
    deep = b'{"a":' * 950 + b"1" + b"}" * 950
    items = [
        json.dumps(a_message("sg-9", at=f"2026-11-22T12:0{minute}:00Z")["configurationItem"])[:-1].encode()
        + b', "configuration": '
        + (deep if minute else b'{"a":' * 940 + b"2" + b"}" * 940)
        + b"}"
        for minute in (0, 1)
    ]
    decisions = bench.changes(b"\n".join([*items, json.dumps(a_message()).encode()]))

    assert "sg-1" in [decision.finding.change.resource.id for decision in decisions if decision.finding.change]


# The join


NAMES = ["sg-1", "sg-12", "sg-2", "vpc-1", "web", "web-2", "default"]
CHANGES = st.lists(
    st.builds(
        lambda id_, name, kind, seconds: Change(
            Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", id_, name),
            kind,
            NOON + timedelta(seconds=seconds),
        ),
        st.sampled_from(NAMES),
        st.none() | st.sampled_from(NAMES),
        st.sampled_from(["CREATE", "UPDATE", "DELETE"]),
        st.integers(0, 3600),
    ),
    max_size=8,
    unique_by=lambda change: change.key,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(["groupId", "groupName", "name", "description", "vpcId"]),
    st.sampled_from(NAMES) | st.lists(st.sampled_from(NAMES), max_size=2),
    max_size=3,
)
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["AuthorizeSecurityGroupIngress", "CreateSecurityGroup", "DeleteSecurityGroup", "CreateVpc"]),
        st.sampled_from(["ec2", "rds", "tagging"]),
        st.integers(-1900, 3600),
        PARAMETERS,
        PARAMETERS,
        st.booleans(),
    ),
    max_size=10,
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(CHANGES, CALLS)
def test_the_index_changes_no_decision(changes: list[Change], raw: list[Any]) -> None:
    """Each change asked against every call leads to the same findings."""
    calls = [
        read_call(
            a_record(
                f"c-{number:02}",
                seconds=seconds,
                eventName=name,
                eventSource=f"{service}.amazonaws.com",
                requestParameters=request,
                responseElements=response,
                errorCode="x" if failed else None,
            )
        )
        for number, (name, service, seconds, request, response, failed) in enumerate(raw)
    ]
    index = ChangeIndex(changes, Window())
    for call in calls:
        index.offer(call)
    inquiry = Inquiry(policy=Policy(), window=Window())
    joined = inquiry.investigate(changes, index.calls_for, index.identifiers_for)

    assert inquiry.investigate(changes, lambda _: calls) == joined


# Anything at all


WORDS = st.sampled_from(
    """Records Events CloudTrailEvent detail detail-type eventName eventTime eventID readOnly messageType Message body
    configurationItem configurationItems configurationItemDiff changedProperties resourceType resourceId ARN
    configurationItemCaptureTime 2026-11-22T12:00:00Z ConfigurationItemChangeNotification addendum originalEventID
    0001-01-01T00:00:00Z requestParameters userIdentity""".split()
)
DOCUMENTS = st.recursive(
    WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=12,
)
ODD = DOCUMENTS.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=40)


@settings(
    derandomize=True, max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(ODD, max_size=3), st.dictionaries(st.sampled_from(sorted(a_record())), DOCUMENTS, max_size=3))
def test_no_input_ends_a_replay(bench: Bench, odd: list[bytes], fields: dict[str, Any]) -> None:
    """And the sound inputs beside it are judged."""
    bench.damage.clear()
    sound, touched = [json.dumps(each).encode() for each in (a_record(), a_record("c-2") | fields)]
    called = bench.calls(b"\n".join([sound, *odd, b"", touched]))
    changed = bench.changes(b"\n".join([json.dumps(a_message()).encode(), *odd]), b"\n".join([sound, touched]))

    assert "c-1" in [call.event_id for decision in called for call in decision.finding.calls]
    assert "sg-1" in [decision.finding.change.resource.id for decision in changed if decision.finding.change]
    for decision in (*called, *changed):
        json.dumps(decision.to_json())
