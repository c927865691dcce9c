"""Findings that fit into a queue and a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, PropertyChange, Relation, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.shortening import (
    LEFT_OUT,
    beginning_in_json,
    compact_json,
    shorten_change,
    shorten_finding,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_change(*properties: PropertyChange, **changed: Any) -> Change:
    """A change of a security group."""
    group = Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1")
    return Change(group, "UPDATE", NOON, tuple(properties), **changed)


def a_finding(change: Change, *, calls: int = 1) -> Finding:
    """A finding with so many calls."""
    return Finding(
        decision="notify",
        verdict="manual",
        reason="root",
        explanation="root did it",
        change=change,
        calls=tuple(
            CallReference(
                event_id=f"call-{number}",
                event_source="ec2.amazonaws.com",
                event_name="AuthorizeSecurityGroupIngress",
                event_time=NOON - timedelta(seconds=number),
                region="eu-west-1",
                console_url="https://console.aws.amazon.com/",
            )
            for number in range(calls)
        ),
    )


def test_what_fits_is_left_as_it_is() -> None:
    """Hardly a change is ever shortened."""
    change = a_change(PropertyChange("Configuration.A", {"a": 1}, None))

    assert change is shorten_change(change, max_bytes=10_000)


def test_the_longest_values_go_first() -> None:
    """A small property beside a huge one stays whole."""
    small = PropertyChange("Configuration.A", {"port": 22}, {"port": 23})

    shortened = shorten_change(a_change(small, PropertyChange("Configuration.B", "x" * 99_999, None)), max_bytes=50_000)

    assert (small, "x" * 20_000 + "… (79,999 more characters)") == (
        shortened.properties[0],
        shortened.properties[1].before,
    )


def test_properties_that_are_too_many_are_counted() -> None:
    """The last property says how many there were."""
    change = a_change(*(PropertyChange(f"Configuration.A.{number}", None, number) for number in range(5_000)))

    shortened = shorten_change(change, max_bytes=100_000)

    assert (LEFT_OUT, "4,500 more changed properties were left out") == (
        shortened.properties[-1].path,
        shortened.properties[-1].after,
    )


def test_the_leading_call_always_stays() -> None:
    """Of a thousand calls the one that leads is in the message; evidence says how many are not."""
    shortened = shorten_finding(a_finding(a_change(), calls=5_000), max_bytes=100_000)

    assert "call-0" == shortened.calls[0].event_id
    assert "4,800 more calls were left out" == shortened.evidence[-1]


@pytest.mark.parametrize("max_bytes", [20_000, 240_000])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_any_finding_fits(max_bytes: int, data: st.DataObject) -> None:
    """Whatever the values are: control characters and emoji take several bytes each."""
    character = data.draw(st.sampled_from(["x", "\x00", "\\", "変", "🔥", "\ud800"]))
    long = character * data.draw(st.integers(0, 3_000))
    count = data.draw(st.integers(0, 100))
    change = a_change(
        *(PropertyChange(f"Configuration.{number}", {long[:500]: long}, long) for number in range(count)),
        relations=tuple(Relation("AWS::EC2::VPC", long[:500]) for _ in range(count)),
        tags={f"{number}{long[:100]}": long[:200] for number in range(count)},
    )

    shortened = shorten_finding(a_finding(change, calls=count), max_bytes=max_bytes)

    assert len(compact_json(shortened.to_message())) <= max_bytes


@given(st.text(alphabet=st.characters() | st.sampled_from('"\\\n\x00é変😀')), st.integers(0, 200))
def test_a_beginning_fits_and_is_the_longest_that_does(text: str, max_bytes: int) -> None:
    """In bytes as they are sent, however many a character takes; none is split."""
    begun = beginning_in_json(text, max_bytes)

    assert text.startswith(begun)
    assert len(compact_json(begun)) - 2 <= max_bytes
    assert begun == text or len(compact_json(text[: len(begun) + 1])) - 2 > max_bytes
