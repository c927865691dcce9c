"""A day of forwarded calls, found by the changes that they may have made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.calls_table import CallKey, CallsTable
from manual_change.adapters.many_items import TableBusy
from manual_change.domain.api_call import ApiCall, read_call
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Resource

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ACCOUNT = "111122223333"


@pytest.fixture
def calls_table(aws: Callable[[str], Any]) -> CallsTable:
    """With the keys that the construct gives it."""
    aws("dynamodb").create_table(
        TableName="calls",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("place", "call")],
        KeySchema=[{"AttributeName": "place", "KeyType": "HASH"}, {"AttributeName": "call", "KeyType": "RANGE"}],
    )
    return CallsTable(aws("dynamodb"), "calls", sleep=lambda _: None)


def a_call(minutes: float = 0, *, region: str = "eu-west-1", account: str = ACCOUNT, **fields: Any) -> ApiCall:
    """A call so many minutes after noon."""
    moment = (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    return read_call(
        {
            "eventID": f"call-{minutes:g}-{region}-{account}",
            "eventName": "AuthorizeSecurityGroupIngress",
            "eventSource": "ec2.amazonaws.com",
            "eventTime": moment,
            "awsRegion": region,
            "recipientAccountId": account,
        }
        | fields
    )


def a_change(of: str = "AWS::EC2::SecurityGroup", minutes: float = 1) -> Change:
    """Captured so many minutes after noon."""
    return Change(Resource(ACCOUNT, "eu-west-1", of, "x"), "UPDATE", NOON + timedelta(minutes=minutes))


def found(table: CallsTable, *changes: Change) -> list[str]:
    """Ids of the calls that could be responsible."""
    return sorted(call.event_id for call in table.find(changes, Window()))


def test_calls_of_the_window_are_found(calls_table: CallsTable) -> None:
    """From the lookback before capture until just after it, over the turn of an hour."""
    calls_table.keep([a_call(minutes) for minutes in (-29, -28, 0, 1, 2)], now=NOON)

    expected = ["call--28-eu-west-1-111122223333", "call--29-eu-west-1-111122223333"]
    expected += ["call-0-eu-west-1-111122223333", "call-1-eu-west-1-111122223333"]
    assert expected == found(calls_table, a_change())


def test_calls_of_other_accounts_and_regions_are_not(calls_table: CallsTable) -> None:
    """A place is an account and a region."""
    calls_table.keep([a_call(account="444455556666"), a_call(region="us-east-1")], now=NOON)

    assert [] == found(calls_table, a_change())


def test_calls_of_global_services_are_found_in_their_home(calls_table: CallsTable) -> None:
    """IAM's are recorded in us-east-1."""
    calls_table.keep([a_call(region="us-east-1")], now=NOON)

    assert ["call-0-us-east-1-111122223333"] == found(calls_table, a_change("AWS::IAM::Role"))


def test_a_call_that_comes_twice_is_kept_once(calls_table: CallsTable) -> None:
    """EventBridge delivers at least once; in one batch, or in two."""
    calls_table.keep([a_call(), a_call()], now=NOON)
    calls_table.keep([a_call()], now=NOON)

    assert 1 == len(found(calls_table, a_change()))


def test_more_calls_than_one_request_takes_are_kept(calls_table: CallsTable) -> None:
    """Twenty-five at a time."""
    calls_table.keep([a_call(0, eventID=f"call-{number:02}") for number in range(60)], now=NOON)

    assert 60 == len(found(calls_table, a_change()))


def test_a_call_is_read_by_its_key(calls_table: CallsTable) -> None:
    """As it was recorded; None when its time is over."""
    call = a_call()
    calls_table.keep([call], now=NOON)
    key = CallKey.of(call)

    read = calls_table.read(key)

    assert call.record == (read.record if read else None)
    assert calls_table.read(CallKey(key.place, "2026-11-22T12:00:00Z|another")) is None


def test_a_call_outlives_the_lookback_of_what_is_recorded_daily(
    aws: Callable[[str], Any], calls_table: CallsTable
) -> None:
    """What is recorded DAILY asks for a day; the hour more is for a change that is under way."""
    calls_table.keep([a_call()], now=NOON)

    [item] = aws("dynamodb").scan(TableName="calls")["Items"]
    assert NOON + timedelta(hours=25) == datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)


def test_a_table_that_takes_nothing_is_not_asked_for_ever() -> None:
    """The calls come again."""

    class Busy:
        def batch_write_item(self, *, RequestItems: Any) -> Any:  # noqa: N803 - AWS's own words
            return {"UnprocessedItems": RequestItems}

    stand_in: Any = Busy()
    with pytest.raises(TableBusy, match="1 of 1 calls"):
        CallsTable(stand_in, "calls", sleep=lambda _: None).keep([a_call()], now=NOON)
