"""LookupEvents: pages, the one attribute, the rate limit, and records that come late."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from manual_change_local.cloud import CloudError, EmbeddedCloud
from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.cloudtrail import EventHistory, LookupRefused
from manual_change_local.cloud.journal import Journal
from manual_change_local.cloud.observation import CallsLookedUp

ACCOUNT = "111122223333"


def a_record(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A CloudTrail record of second `number` of a minute long ago."""
    return {
        "eventVersion": "1.11",
        "eventID": f"event-{number:04}",
        "eventTime": f"2026-11-22T12:{number // 60:02}:{number % 60:02}Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "AuthorizeSecurityGroupIngress",
        "awsRegion": "eu-west-1",
        "recipientAccountId": ACCOUNT,
        "readOnly": False,
        "managementEvent": True,
        "eventCategory": "Management",
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/alice@example.com",
            "accessKeyId": "ASIAEXAMPLE",
        },
        "requestParameters": {"groupId": "sg-0123456789abcdef0", "note": "sg-1"},
        **fields,
    }


def a_history(*records: Mapping[str, Any], **options: Any) -> EventHistory:
    """A history that knows these records and has no rate limit."""
    chosen = {"clock": Clock(), "observe": Journal(), "requests_per_second": None, **options}
    history = EventHistory(**chosen)
    history.record(records)
    return history


def look_up(history: EventHistory, region: str = "eu-west-1", **request: Any) -> dict[str, Any]:
    """One request; the answer as JSON."""
    return history.lookup(request, account=ACCOUNT, region=region)


def identifiers(answer: Mapping[str, Any]) -> list[str]:
    """Which events were answered."""
    return [event["EventId"] for event in answer["Events"]]


def where(key: str, value: str) -> list[dict[str, str]]:
    """LookupAttributes."""
    return [{"AttributeKey": key, "AttributeValue": value}]


def test_the_newest_come_first() -> None:
    """As in the console."""
    history = a_history(a_record(1), a_record(3), a_record(2))

    assert ["event-0003", "event-0002", "event-0001"] == identifiers(look_up(history))


def test_a_page_has_fifty() -> None:
    """The next token goes on where the page ended, and the last page has none."""
    history = a_history(*(a_record(number) for number in range(120)))

    first = look_up(history)
    second = look_up(history, NextToken=first["NextToken"])
    third = look_up(history, NextToken=second["NextToken"])

    assert [50, 50, 20] == [len(page["Events"]) for page in (first, second, third)]
    assert 120 == len({*identifiers(first), *identifiers(second), *identifiers(third)})
    assert "NextToken" not in third


def test_a_record_that_arrives_between_pages_is_not_skipped_over() -> None:
    """The token is a position, not an offset: nothing comes twice."""
    history = a_history(*(a_record(number) for number in range(60)))
    first = look_up(history)

    history.record([a_record(100)])

    second = look_up(history, NextToken=first["NextToken"])
    assert not set(identifiers(first)) & set(identifiers(second))
    assert 10 == len(second["Events"])


def test_a_token_is_bound_to_its_request() -> None:
    """Other parameters need a lookup of their own."""
    history = a_history(*(a_record(number) for number in range(60)))
    token = look_up(history)["NextToken"]

    with pytest.raises(LookupRefused, match="other parameters") as refused:
        look_up(history, NextToken=token, LookupAttributes=where("EventName", "X"))
    assert "InvalidNextTokenException" == refused.value.code


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EventId", "event-0001"),
        ("EventName", "AuthorizeSecurityGroupIngress"),
        ("ReadOnly", "false"),
        ("Username", "alice@example.com"),
        ("ResourceType", "AWS::EC2::SecurityGroup"),
        ("ResourceName", "sg-0123456789abcdef0"),
        ("EventSource", "ec2.amazonaws.com"),
        ("AccessKeyId", "ASIAEXAMPLE"),
    ],
)
def test_an_attribute_matches_as_a_whole(key: str, value: str) -> None:
    """Exactly, never as a part."""
    history = a_history(a_record(1))

    assert ["event-0001"] == identifiers(look_up(history, LookupAttributes=where(key, value)))
    assert [] == identifiers(look_up(history, LookupAttributes=where(key, value[:-1])))


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (
            {"LookupAttributes": where("EventName", "a") + where("ReadOnly", "false")},
            "InvalidLookupAttributesException",
        ),
        ({"LookupAttributes": where("Colour", "red")}, "InvalidLookupAttributesException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"StartTime": 2.0, "EndTime": 1.0}, "InvalidTimeRangeException"),
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
    ],
)
def test_what_aws_refuses_is_refused(request_: dict[str, Any], code: str) -> None:
    """With AWS's name for it."""
    with pytest.raises(LookupRefused) as refused:
        look_up(a_history(), **request_)

    assert code == refused.value.code


def test_the_window_includes_its_ends() -> None:
    """StartTime and EndTime are seconds since the epoch."""
    history = a_history(*(a_record(number) for number in range(1, 6)))
    moment = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()

    answer = look_up(history, StartTime=moment + 2, EndTime=moment + 4)

    assert ["event-0004", "event-0003", "event-0002"] == identifiers(answer)


def test_accounts_and_regions_are_kept_apart() -> None:
    """A record is found where it says that it happened; IAM's say us-east-1."""
    history = a_history(
        a_record(1),
        a_record(2, awsRegion="us-east-1", eventSource="iam.amazonaws.com"),
        a_record(3, recipientAccountId="999988887777"),
    )

    assert (["event-0001"], ["event-0002"]) == (
        identifiers(look_up(history)),
        identifiers(look_up(history, region="us-east-1")),
    )


def test_data_events_and_insights_are_not_in_the_history() -> None:
    """Only management events are."""
    history = a_history(
        a_record(1, eventCategory="Data"), a_record(2, eventCategory="Insight"), a_record(3, managementEvent=False)
    )

    assert [] == identifiers(look_up(history))


class Watch:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.seconds = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.seconds


def test_a_record_comes_as_late_as_the_lag() -> None:
    """Counted from the call, in compressed time: three minutes are three seconds at scale 60."""
    watch = Watch()
    history = a_history(a_record(0), clock=Clock(60), lag=timedelta(minutes=3), now=watch)
    found = []

    for _ in range(5):
        found.append(len(look_up(history)["Events"]))
        watch.seconds += 1

    assert [0, 0, 0, 1, 1] == found


def test_a_record_can_be_given_a_delivery_of_its_own() -> None:
    """Counted from when it was recorded, whatever its time."""
    watch = Watch()
    history = a_history(clock=Clock(60), now=watch)
    watch.seconds += 1000
    history.record([a_record(0)], delivered_after=timedelta(minutes=1))

    early = identifiers(look_up(history))
    watch.seconds += 1

    assert ([], ["event-0000"]) == (early, identifiers(look_up(history)))


def test_the_third_request_in_a_second_is_throttled() -> None:
    """Per account and region; it is observed, so that tests can count."""
    journal = Journal()
    watch = Watch()
    history = a_history(observe=journal, requests_per_second=2, now=watch)
    look_up(history)
    look_up(history)

    with pytest.raises(LookupRefused, match="Rate exceeded") as refused:
        look_up(history)
    look_up(history, region="us-east-1")
    watch.seconds += 1
    look_up(history)

    assert "ThrottlingException" == refused.value.code
    assert [False, False, True, False, False] == [looked.throttled for looked in journal.of(CallsLookedUp)]


def test_what_is_no_record_is_refused_at_once() -> None:
    """A typo in a story is found when it is recorded, not when nothing is found."""
    with pytest.raises(CloudError, match="eventID"):
        a_history({"eventName": "X"})


@pytest.mark.xdist_group("cloud")
def test_boto3_gets_what_aws_would_answer(cloud: EmbeddedCloud) -> None:
    """Through the API: times are times, the record is a JSON string."""
    cloud.cloudtrail.record([a_record(1)])

    answer = cloud.client("cloudtrail", account=ACCOUNT).lookup_events(
        LookupAttributes=where("ReadOnly", "false"), StartTime=datetime(2026, 11, 22, tzinfo=UTC)
    )

    (found,) = answer["Events"]
    assert a_record(1) == json.loads(found.pop("CloudTrailEvent"))
    assert {
        "EventId": "event-0001",
        "EventName": "AuthorizeSecurityGroupIngress",
        "ReadOnly": "false",
        "AccessKeyId": "ASIAEXAMPLE",
        "EventTime": datetime(2026, 11, 22, 12, 0, 1, tzinfo=UTC),
        "EventSource": "ec2.amazonaws.com",
        "Username": "alice@example.com",
        "Resources": [{"ResourceType": "AWS::EC2::SecurityGroup", "ResourceName": "sg-0123456789abcdef0"}],
    } == found


@pytest.mark.xdist_group("cloud")
def test_boto3_sees_throttling_as_throttling() -> None:
    """The error's code is what retry policies look at."""
    with EmbeddedCloud() as cloud:
        client = cloud.client("cloudtrail")
        client.lookup_events()
        client.lookup_events()

        with pytest.raises(ClientError) as refused:
            client.lookup_events()

    assert "ThrottlingException" == refused.value.response["Error"]["Code"]
