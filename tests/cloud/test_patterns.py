"""EventBridge patterns: each operator of the user guide, on one event."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from moto.events.models import EventPattern

from manual_change_local.cloud.seams.patches import Patches
from manual_change_local.cloud.seams.rules import open_patterns

EVENT: Mapping[str, Any] = {
    "source": "aws.config",
    "account": "111111111111",
    "detail": {
        "eventName": "CreateBucket",
        "readOnly": False,
        "count": 3,
        "nothing": None,
        "empty": {},
        "tags": ["x", "y"],
        "items": [{"key": "first"}, {"key": "second"}],
    },
}


@pytest.fixture(autouse=True)
def _opened() -> Iterator[None]:
    patches = Patches()
    open_patterns(patches)
    yield
    patches.undo()


def matches(pattern: Mapping[str, Any]) -> bool:
    """Whether the pattern matches the event."""
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(dict(EVENT)))  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": [{"prefix": "aws."}]},
        {"source": [{"suffix": ".config"}]},
        {"source": [{"wildcard": "a*.con*g"}]},
        {"source": [{"equals-ignore-case": "AWS.Config"}]},
        {"source": [{"anything-but": ["aws.s3", "aws.sns"]}]},
        {"source": [{"anything-but": {"prefix": "mine."}}]},
        {"source": ["mine", {"prefix": "aws."}]},
        {"detail": {"errorCode": [{"exists": False}], "eventName": [{"exists": True}]}},
        {"detail": {"empty": [{"exists": False}]}},
        {"detail": {"readOnly": [False], "nothing": [None]}},
        {"detail": {"count": [{"numeric": [">", 2, "<=", 3]}]}},
        {"detail": {"tags": ["y"]}},
        {"detail": {"items": {"key": ["second"]}}},
        {"$or": [{"source": ["mine"]}, {"account": ["111111111111"]}]},
        {"detail": {"$or": [{"count": [1]}, {"eventName": [{"prefix": "Create"}]}], "readOnly": [False]}},
    ],
    ids=json.dumps,
)
def test_it_matches(pattern: Mapping[str, Any]) -> None:
    """What the user guide says of each."""
    assert matches(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": [{"prefix": "mine."}]},
        {"source": [{"suffix": ".s3"}]},
        {"source": [{"wildcard": "a*.s3"}]},
        {"source": [{"anything-but": "aws.config"}]},
        {"source": [{"anything-but": ["aws.config", "aws.s3"]}]},
        {"source": [{"anything-but": {"prefix": "aws."}}]},
        {"source": [{"anything-but": {"prefix": ["aws.", "mine."]}}]},
        {"source": [{"anything-but": {"suffix": ".config"}}]},
        {"source": [{"anything-but": {"wildcard": "aws.*"}}]},
        {"source": [{"anything-but": {"wildcard": ["mine.*", "*config"]}}]},
        {"detail": {"errorCode": [{"exists": True}]}},
        {"detail": {"errorCode": [{"anything-but": "AccessDenied"}]}},
        {"detail": {"empty": [{"exists": True}]}},
        {"detail": {"items": {"key": ["third"]}}},
        {"$or": [{"source": ["mine"]}, {"account": ["222222222222"]}]},
        {"detail": {"$or": [{"count": [3]}, {"eventName": ["x"]}], "readOnly": [True]}},
    ],
    ids=json.dumps,
)
def test_it_does_not_match(pattern: Mapping[str, Any]) -> None:
    """A field that is missing matches nothing but `exists: false`."""
    assert not matches(pattern)
