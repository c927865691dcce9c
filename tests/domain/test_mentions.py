"""Where a record says what its call is about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manual_change.domain.mentions import mentions, texts_in


def test_mentions_say_where_a_value_stands() -> None:
    """List positions are left out; the key is in lower case."""
    record = {"requestParameters": {"instancesSet": {"items": [{"instanceId": "i-1"}]}}}

    assert [("requestParameters", "instancesSet.items.instanceId", "instanceid", "i-1", False)] == [
        tuple(mention) for mention in mentions(record)
    ]


@pytest.mark.parametrize(("depth", "found"), [(39, ["sg-1"]), (41, [])])
@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}], ids=["lists", "objects"])
def test_nothing_that_is_nested_deeper_than_forty_names_a_resource(
    wrap: Callable[[Any], Any], depth: int, found: list[str]
) -> None:
    """AWS nests nothing so deep; a record made to be deep costs nothing."""
    value: Any = "sg-1"
    for _ in range(depth):
        value = wrap(value)

    assert found == [mention.value for mention in mentions({"requestParameters": value})]


def test_texts_are_found_in_lists_and_objects() -> None:
    """The quick look sees what the long one sees."""
    record = {"requestParameters": {"a": ["x", {"b": "y"}], "c": 1}, "responseElements": ["z"], "resources": None}

    assert ["x", "y", "z"] == sorted(texts_in(record)) == sorted(mention.value for mention in mentions(record))


@pytest.mark.parametrize("section", ["requestParameters", "responseElements", "resources"])
def test_a_record_speaks_of_resources_in_three_sections(section: str) -> None:
    """And nowhere else."""
    record = {section: {"groupId": "sg-1"}, "additionalEventData": {"groupId": "sg-2"}, "userIdentity": {"arn": "x"}}

    assert ["sg-1"] == [mention.value for mention in mentions(record)] == texts_in(record)
