"""What explained the recent items of a resource."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.adapters.attribution_memory import KEPT_CAPTURES, KEPT_FOR, AttributionMemory, Capture
from manual_change.adapters.many_items import TableBusy
from manual_change.settings import LONGEST_LOOKBACK

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GROUP = ("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1")
NEIGHBOUR = (*GROUP[:3], "sg-2")


@pytest.fixture
def memory(aws: Callable[[str], Any], table: str) -> AttributionMemory:
    """An empty memory."""
    return AttributionMemory(aws("dynamodb"), table)


def test_what_was_remembered_is_recalled(memory: AttributionMemory) -> None:
    """With the calls and whatever attribution wanted to know again."""
    capture = Capture(NOON, ("call-1", "call-2"), {"verdict": "manual"})

    memory.remember(GROUP, capture, now=NOON)

    assert {GROUP: [capture]} == memory.recall([GROUP, NEIGHBOUR], since=NOON - timedelta(hours=1))


def test_captures_are_recalled_oldest_first_and_only_since_a_moment(memory: AttributionMemory) -> None:
    """Attribution asks about its own lookback."""
    for minutes in (30, 0, 20, 10):
        memory.remember(GROUP, Capture(NOON + timedelta(minutes=minutes), (f"call-{minutes}",)), now=NOON)

    recalled = memory.recall([GROUP], since=NOON + timedelta(minutes=10))

    assert [("call-10",), ("call-20",), ("call-30",)] == [capture.event_ids for capture in recalled[GROUP]]


def test_a_redelivery_is_remembered_once(memory: AttributionMemory) -> None:
    """The same capture again replaces the first."""
    memory.remember(GROUP, Capture(NOON, ("call-1",)), now=NOON)
    memory.remember(GROUP, Capture(NOON, ("call-1", "call-2")), now=NOON)

    assert [Capture(NOON, ("call-1", "call-2"))] == memory.recall([GROUP], since=NOON)[GROUP]


def test_only_the_latest_captures_are_kept(memory: AttributionMemory) -> None:
    """An item stays small, however often its resource changes."""
    for minute in range(KEPT_CAPTURES + 3):
        memory.remember(GROUP, Capture(NOON + timedelta(minutes=minute), ()), now=NOON)

    recalled = memory.recall([GROUP], since=NOON)[GROUP]

    assert (KEPT_CAPTURES, NOON + timedelta(minutes=3)) == (len(recalled), recalled[0].captured_at)


def test_the_memory_of_a_resource_expires(memory: AttributionMemory, aws: Callable[[str], Any], table: str) -> None:
    """DynamoDB removes the item two days after the last capture."""
    memory.remember(GROUP, Capture(NOON, ()), now=NOON)

    [item] = aws("dynamodb").scan(TableName=table)["Items"]

    assert str(int((NOON + timedelta(days=2)).timestamp())) == item["expires_at"]["N"]


def test_the_memory_outlives_the_longest_lookback() -> None:
    """By a day, in which a change waits in a queue."""
    assert LONGEST_LOOKBACK + timedelta(days=1) == KEPT_FOR


def test_two_invocations_at_once_lose_nothing(aws: Callable[[str], Any], table: str) -> None:
    """A write that another one overtook is done again on top of it."""
    dynamodb = aws("dynamodb")
    other = AttributionMemory(dynamodb, table)
    overtaken = OvertakenOnce(dynamodb, by=lambda: other.remember(GROUP, Capture(NOON, ("theirs",)), now=NOON))

    AttributionMemory(overtaken, table).remember(GROUP, Capture(NOON + timedelta(minutes=1), ("ours",)), now=NOON)  # type: ignore[arg-type]

    assert [("theirs",), ("ours",)] == [capture.event_ids for capture in other.recall([GROUP], since=NOON)[GROUP]]


def test_more_resources_than_one_request_takes_are_recalled(memory: AttributionMemory) -> None:
    """BatchGetItem takes a hundred keys."""
    resources = [(*GROUP[:3], f"sg-{number}") for number in range(130)]
    for resource in (resources[0], resources[129]):
        memory.remember(resource, Capture(NOON, ()), now=NOON)

    assert {resources[0], resources[129]} == set(memory.recall(resources, since=NOON))


def test_keys_left_unprocessed_are_asked_for_again(aws: Callable[[str], Any], table: str) -> None:
    """DynamoDB hands back keys when its capacity is used up for the moment."""
    dynamodb = aws("dynamodb")
    AttributionMemory(dynamodb, table).remember(GROUP, Capture(NOON, ()), now=NOON)
    busy = Busy(dynamodb, table, times=1)

    assert [GROUP] == list(AttributionMemory(busy, table).recall([GROUP], since=NOON))  # type: ignore[arg-type]


def test_a_table_that_stays_busy_is_an_error(
    aws: Callable[[str], Any], table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting what was there would blame the same call twice."""
    monkeypatch.setattr("manual_change.adapters.many_items.FIRST_PAUSE", 0)
    busy = Busy(aws("dynamodb"), table, times=1000)

    with pytest.raises(TableBusy, match="left 1 of 1 items unread"):
        AttributionMemory(busy, table).recall([GROUP], since=NOON)  # type: ignore[arg-type]


class OvertakenOnce:
    """A DynamoDB client before whose first write somebody else writes."""

    def __init__(self, dynamodb: Any, *, by: Callable[[], None]) -> None:
        self._dynamodb = dynamodb
        self._by: Callable[[], None] | None = by

    def put_item(self, **request: Any) -> Any:
        """Let the other one write first, once."""
        by, self._by = self._by, None
        if by:
            by()
        return self._dynamodb.put_item(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dynamodb, name)


class Busy:
    """A DynamoDB client that leaves every key unprocessed so many times."""

    def __init__(self, dynamodb: Any, table: str, *, times: int) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._times = times

    def batch_get_item(self, **request: Any) -> Any:
        """As DynamoDB answers when throttled."""
        self._times -= 1
        if self._times >= 0:
            return {"Responses": {}, "UnprocessedKeys": request["RequestItems"]}
        return self._dynamodb.batch_get_item(**request)
