"""CloudTrail's Event history read in few requests, at CloudTrail's pace."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.adapters.cloudtrail import CallFinder, CloudTrailUnread, LookupUnfinished, Pace
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Resource, Unreadable

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class EventHistory:
    """LookupEvents as AWS documents it: one attribute, fifty a page, newest first, a token for the same question."""

    records: list[dict[str, Any]]
    clock: Clock
    throttled: int = 0
    """How many requests from now on are refused."""
    code: str = "ThrottlingException"
    asked: list[dict[str, Any]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)

    def lookup_events(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        self.moments.append(self.clock())
        if self.throttled:
            self.throttled -= 1
            raise ClientError({"Error": {"Code": self.code, "Message": "Rate exceeded"}}, "LookupEvents")
        [attribute] = asked["LookupAttributes"]
        assert 1 <= asked["MaxResults"] <= 50
        matching = [
            record
            for record in sorted(self.records, key=lambda record: record["eventTime"], reverse=True)
            if asked["StartTime"] <= datetime.fromisoformat(record["eventTime"]) <= asked["EndTime"]
            and self._matches(record, attribute["AttributeKey"], attribute["AttributeValue"])
        ]
        begin = int(asked.get("NextToken", "0"))
        page = matching[begin : begin + asked["MaxResults"]]
        answer: dict[str, Any] = {
            "Events": [{"EventId": each["eventID"], "CloudTrailEvent": json.dumps(each)} for each in page]
        }
        if begin + len(page) < len(matching):
            answer["NextToken"] = str(begin + len(page))
        return answer

    @staticmethod
    def _matches(record: dict[str, Any], key: str, value: str) -> bool:
        match key:
            case "ReadOnly":
                return str(record["readOnly"]).lower() == value
            case "ResourceName":
                return value in record["requestParameters"].values()
        raise AssertionError(f"a lookup by {key}")


def a_record(number: int = 0, *, seconds_before: float = 41, on: str = "sg-1", **fields: Any) -> dict[str, Any]:
    """A write of EC2."""
    moment = (NOON - timedelta(seconds=seconds_before)).replace(microsecond=0)
    return {
        "eventID": f"e-{number:05}",
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": moment.isoformat().replace("+00:00", "Z"),
        "readOnly": False,
        "requestParameters": {"groupId": on},
    } | fields


def a_group(of: str = "sg-1", *, minutes: float = 0, account: str = ACCOUNT, region: str = "eu-west-1") -> Change:
    """A change of a security group, captured at noon or later."""
    resource = Resource(account, region, "AWS::EC2::SecurityGroup", of)
    return Change(resource, "UPDATE", NOON + timedelta(minutes=minutes))


@dataclass
class Account:
    """The histories of an account's regions, and a finder that asks them."""

    clock: Clock = field(default_factory=Clock)
    histories: dict[tuple[str, str], EventHistory] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    requests: int = 0

    def history(self, account: str = ACCOUNT, region: str = "eu-west-1") -> EventHistory:
        return self.histories.setdefault((account, region), EventHistory([], self.clock))

    def finder(self, *, per_second: float = 2, seconds: float = 600) -> CallFinder:
        def count() -> None:
            self.requests += 1

        pace = Pace(per_second, self.clock() + seconds, clock=self.clock, sleep=self.clock.sleep)
        client_for: Any = self.history
        return CallFinder(client_for, pace, on_request=count, on_unreadable=self.unreadable.append)

    def find(self, *changes: Change, thorough: bool = True, **finder: Any) -> list[str]:
        """The ids of the calls that are found."""
        calls = self.finder(**finder).find(changes, Window(), thorough=thorough)
        return sorted(call.event_id for call in calls)


@pytest.fixture
def account() -> Account:
    """An account without any calls."""
    return Account()


@pytest.fixture
def a_storm(account: Account) -> Callable[[int], Account]:
    """An account with so many writes, evenly over the half hour before noon."""

    def build(writes: int) -> Account:
        account.history().records += [
            a_record(number, seconds_before=1800 * number / writes, on=f"sg-{number}") for number in range(writes)
        ]
        return account

    return build


def test_the_calls_of_a_changes_window_are_found(account: Account) -> None:
    """And none besides."""
    account.history().records += [
        a_record(1),
        a_record(2, seconds_before=1801),
        a_record(3, seconds_before=-7),
        a_record(4, readOnly=True),
    ]

    assert ["e-00001"] == account.find(a_group())


def test_the_ends_of_the_window_are_found(account: Account) -> None:
    """CloudTrail cuts times to the second; the end must not cut off the calls of that second."""
    account.history().records += [a_record(1, seconds_before=1800), a_record(2, seconds_before=-5)]
    change = Change(a_group().resource, "UPDATE", NOON + timedelta(milliseconds=300))

    assert {"e-00002"} <= set(account.find(change))
    assert ["e-00001", "e-00002"] == account.find(a_group())


def test_one_attribute_is_asked_for_at_a_time(account: Account) -> None:
    """Writes, fifty a page, in the window of the change."""
    account.find(a_group())

    assert [
        {
            "LookupAttributes": [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}],
            "StartTime": NOON - timedelta(minutes=30),
            "EndTime": NOON + timedelta(seconds=6),
            "MaxResults": 50,
        }
    ] == account.history().asked


@pytest.mark.parametrize("writes", [0, 1, 49, 50, 51, 100, 120])
def test_every_page_is_read(a_storm: Callable[[int], Account], writes: int) -> None:
    """Each call once, each page once."""
    account = a_storm(writes)

    assert writes == len(account.find(a_group()))
    assert max(1, ceil(writes / 50)) == account.requests


def test_the_token_comes_with_the_same_question(a_storm: Callable[[int], Account]) -> None:
    """CloudTrail refuses a token with other parameters."""
    account = a_storm(120)
    account.find(a_group())
    questions = [
        {key: value for key, value in asked.items() if key != "NextToken"} for asked in account.history().asked
    ]

    assert [questions[0]] * 3 == questions


def test_a_storm_of_changes_costs_no_more_than_reading_the_writes_once(a_storm: Callable[[int], Account]) -> None:
    """1,000 changes, 2,000 writes: 40 pages (DESIGN, section 8: at most half as many again)."""
    account = a_storm(2000)
    changes = [a_group(f"sg-{2 * number}") for number in range(1000)]

    assert 2000 == len(account.find(*changes, thorough=False))
    assert 40 == account.requests


@pytest.mark.parametrize("thorough", [True, False])
def test_three_isolated_changes_cost_at_most_two_requests_each(account: Account, thorough: bool) -> None:
    """Hours apart, a few writes around each."""
    changes = [a_group(f"sg-{number}", minutes=120 * number) for number in range(3)]
    account.history().records += [
        a_record(10 * number + each, seconds_before=41 + each - 7200 * number, on=f"sg-{number}")
        for number in range(3)
        for each in range(10)
    ]

    assert 30 == len(account.find(*changes, thorough=thorough))
    assert account.requests <= 6


def test_one_change_in_a_busy_hour_is_asked_for_by_name(a_storm: Callable[[int], Account]) -> None:
    """A single lookup costs less than reading forty pages."""
    account = a_storm(2000)
    found = account.find(a_group("sg-1234"), thorough=False)

    assert "e-01234" in found
    assert account.requests <= 2


def test_a_thorough_look_reads_everything(a_storm: Callable[[int], Account]) -> None:
    """Event history does not file every call under every name: "nobody" is only said after that."""
    account = a_storm(2000)

    assert 2000 == len(account.find(a_group("sg-x"), thorough=True))


def test_a_call_that_is_found_twice_is_found_once(a_storm: Callable[[int], Account]) -> None:
    """On a page and by name."""
    account = a_storm(2000)
    found = account.find(a_group("sg-1"), thorough=False)

    assert 1 == Counter(found)["e-00001"]


def test_each_account_and_region_is_asked_itself(account: Account) -> None:
    """A batch may mix them."""
    places = [(ACCOUNT, "eu-west-1"), (ACCOUNT, "us-east-1"), ("444455556666", "eu-west-1")]
    for number, place in enumerate(places):
        account.history(*place).records.append(a_record(number))

    assert ["e-00000", "e-00001", "e-00002"] == account.find(
        *(a_group(account=place[0], region=place[1]) for place in places)
    )


def test_a_role_is_looked_up_in_the_home_of_iam(account: Account) -> None:
    """Whatever region the recorder writes."""
    account.history(region="us-east-1").records.append(a_record(7, eventName="PutRolePolicy"))
    role = Change(Resource(ACCOUNT, "global", "AWS::IAM::Role", "AROAEXAMPLE"), "UPDATE", NOON)

    assert ["e-00007"] == account.find(role)


@pytest.mark.parametrize("damage", ["not json", None, '{"eventName": "x"}', "7"])
def test_a_record_that_cannot_be_read_is_told_and_the_rest_is_found(account: Account, damage: str | None) -> None:
    """One damaged entry must not hold up the others."""

    class Damaged(EventHistory):
        def lookup_events(self, **asked: Any) -> dict[str, Any]:
            answer = super().lookup_events(**asked)
            return answer | {"Events": [{"EventId": "bad", "CloudTrailEvent": damage}, *answer["Events"]]}

    account.histories[ACCOUNT, "eu-west-1"] = Damaged([a_record(1)], account.clock)

    assert (["e-00001"], 1) == (account.find(a_group()), len(account.unreadable))


# Pace


@pytest.mark.parametrize("per_second", [1, 2, 0.5])
def test_requests_to_a_region_keep_their_distance(a_storm: Callable[[int], Account], per_second: float) -> None:
    """So that concurrent invocations stay under CloudTrail's two a second together."""
    account = a_storm(300)
    account.find(a_group(), per_second=per_second)
    moments = account.history().moments

    assert [1 / per_second] * 5 == [later - earlier for earlier, later in pairwise(moments)]


def test_regions_do_not_wait_for_each_other(account: Account) -> None:
    """The limit is of an account and region."""
    account.find(a_group(region="eu-west-1"), a_group(region="eu-west-2"), per_second=0.1)

    assert account.history(region="eu-west-1").moments == account.history(region="eu-west-2").moments


@pytest.mark.parametrize("code", ["ThrottlingException", "Throttling", "TooManyRequestsException"])
def test_throttling_backs_off_and_loses_nothing(a_storm: Callable[[int], Account], code: str) -> None:
    """Other tools share the limit."""
    account = a_storm(120)
    account.history().throttled, account.history().code = 3, code

    assert 120 == len(account.find(a_group()))
    moments = account.history().moments
    assert [1, 2, 4] == [later - earlier for earlier, later in pairwise(moments[:4])]


def test_a_pause_has_an_end(account: Account) -> None:
    """Thirty seconds at most."""
    account.history().throttled = 8
    account.find(a_group())
    moments = account.history().moments

    assert [1, 2, 4, 8, 16, 30, 30, 30] == [later - earlier for earlier, later in pairwise(moments)]


def test_when_time_runs_out_nothing_is_judged(a_storm: Callable[[int], Account]) -> None:
    """The changes are delivered again; half a reading would blame nobody."""
    with pytest.raises(LookupUnfinished, match=f"{ACCOUNT} eu-west-1"):
        a_storm(500).find(a_group(), per_second=1, seconds=5)


def test_endless_throttling_ends_at_the_deadline(account: Account) -> None:
    """And not before."""
    account.history().throttled = 1000

    with pytest.raises(LookupUnfinished):
        account.find(a_group(), seconds=60)
    assert 1030 <= account.clock() <= 1060


def test_another_error_is_not_tried_again(account: Account) -> None:
    """A missing permission does not mend itself."""

    class Denied(EventHistory):
        def lookup_events(self, **asked: Any) -> dict[str, Any]:
            self.asked.append(asked)
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "LookupEvents")

    account.histories[ACCOUNT, "eu-west-1"] = Denied([], account.clock)

    with pytest.raises(CloudTrailUnread, match=f"{ACCOUNT} eu-west-1 cannot be read: .*AccessDeniedException"):
        account.find(a_group())
    assert 1 == len(account.history().asked)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(
    writes=st.lists(st.integers(-10, 2000), max_size=150),
    captures=st.lists(st.integers(0, 90), min_size=1, max_size=6),
    throttled=st.integers(0, 4),
    thorough=st.booleans(),
)
def test_every_call_on_a_changed_resource_is_found(
    writes: list[int], captures: list[int], throttled: int, thorough: bool
) -> None:
    """Whatever the density of the calls, and however they are asked for."""
    account = Account()
    account.history().records += [
        a_record(number, seconds_before=seconds, on=f"sg-{number % 6}") for number, seconds in enumerate(writes)
    ]
    account.history().throttled = throttled
    changes = [a_group(f"sg-{number}", minutes=minutes) for number, minutes in enumerate(captures)]
    expected = {
        f"e-{number:05}"
        for number, seconds in enumerate(writes)
        for change in changes
        if change.resource.id == f"sg-{number % 6}"
        and Window().begin(change) <= NOON - timedelta(seconds=seconds) <= Window().end(change)
    }

    assert expected <= set(account.find(*changes, thorough=thorough, seconds=100_000))
    assert account.requests <= throttled + len(changes) * (ceil(len(writes) / 50) + 2)
