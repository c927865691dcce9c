"""A change, and how it travels from stage to stage."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.change import Change, PropertyChange, Relation, Resource, Unreadable

Build = Callable[..., Change]


@pytest.mark.parametrize(("name", "label"), [("web", "web (sg-1)"), (None, "sg-1"), ("", "sg-1"), ("sg-1", "sg-1")])
def test_people_call_a_resource_by_its_name(name: str | None, label: str) -> None:
    """And by its id, or by the id alone."""
    assert label == Resource("1", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1", name).label


def test_the_same_notification_has_the_same_key(a_change: Build) -> None:
    """However often it is delivered, whatever order its properties came in."""
    assert a_change().key == a_change(properties={}).key


@pytest.mark.parametrize(
    "other",
    [
        {"of": "sg-2"},
        {"account": "444455556666"},
        {"region": "us-east-1"},
        {"type": "AWS::EC2::VPC"},
        {"change_type": "DELETE"},
        {"later": 0.001},
    ],
)
def test_another_change_has_another_key(a_change: Build, other: dict[str, Any]) -> None:
    """Resource, moment and kind make the key."""
    assert a_change().key != a_change(**other).key


def test_a_change_is_written_as_the_contract_says(a_change: Build) -> None:
    """DESIGN, section 6: these keys, always."""
    expected = {
        "account": "111122223333",
        "region": "eu-west-1",
        "resource_type": "AWS::EC2::SecurityGroup",
        "resource_id": "sg-1",
        "resource_name": "web",
        "arn": None,
        "change_type": "UPDATE",
        "captured_at": "2026-11-22T12:00:41Z",
        "properties": [{"path": "Configuration.IpPermissions.0", "before": None, "after": {"fromPort": 22}}],
    }

    assert expected == a_change(name="web").to_json()


TEXTS = st.text(max_size=5)
VALUES = st.none() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2) | st.dictionaries(TEXTS, TEXTS, max_size=2)
MOMENTS = st.integers(0, 4_000_000_000_000).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
CHANGES = st.builds(
    Change,
    resource=st.builds(Resource, TEXTS, TEXTS, TEXTS, TEXTS, st.none() | TEXTS, st.none() | TEXTS),
    change_type=st.sampled_from(["CREATE", "UPDATE", "DELETE"]),
    captured_at=MOMENTS,
    properties=st.lists(st.builds(PropertyChange, TEXTS, VALUES, VALUES), max_size=2).map(tuple),
    relations=st.lists(st.builds(Relation, TEXTS, st.none() | TEXTS, st.none() | TEXTS), max_size=2).map(tuple),
    tags=st.dictionaries(TEXTS, TEXTS, max_size=2),
    resource_created_at=st.none() | MOMENTS,
    diff_left_out=st.booleans(),
    no_previous_item=st.booleans(),
)


@settings(derandomize=True, max_examples=100, deadline=None)
@given(CHANGES)
def test_a_change_arrives_as_it_was_sent(change: Change) -> None:
    """What one stage writes, the next reads."""
    assert change == Change.from_message(json.loads(json.dumps(change.to_message())))


def test_the_configuration_does_not_travel(a_change: Build) -> None:
    """It is for the noise tables only."""
    assert "configuration" not in a_change(configuration={"secret": 1}).to_message()


@pytest.mark.parametrize(
    "key",
    [
        "account",
        "region",
        "resource_type",
        "resource_id",
        "resource_name",
        "arn",
        "change_type",
        "captured_at",
        "properties",
        "relations",
        "tags",
        "resource_created_at",
        "diff_left_out",
        "no_previous_item",
    ],
)
def test_a_message_that_lacks_something_is_unreadable(a_change: Build, key: str) -> None:
    """Each key is needed."""
    message = {name: value for name, value in a_change().to_message().items() if name != key}

    with pytest.raises(Unreadable, match=key):
        Change.from_message(message)


@pytest.mark.parametrize(
    "odd", [{"properties": [1]}, {"relations": 7}, {"captured_at": "noon"}, {"relations": [[1, 2, 3, 4]]}]
)
def test_a_malformed_message_is_unreadable(a_change: Build, odd: dict[str, Any]) -> None:
    """It goes to the dead-letter queue."""
    with pytest.raises(Unreadable):
        Change.from_message(a_change().to_message() | odd)
