"""Pace: how fast each stage works, how long it may take, and how patient it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from aws_cdk import Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The numbers of one stage."""

    timeout: Duration
    """Of one invocation."""
    memory_size: int
    """MB."""
    batch_size: int
    """Most messages that an invocation takes."""
    batching_window: Duration
    """How long Lambda gathers a batch; required for more than 10 messages."""
    max_concurrency: int
    """Most invocations at a time; Lambda allows no less than 2."""
    max_receive_count: int
    """How often a message is tried before it becomes a dead letter; Lambda's guide asks for 5 at least."""
    stale_after: Duration
    """The age of the oldest message that rings the alarm."""


DISPATCH: Final = Pace(
    timeout=Duration.minutes(1),
    memory_size=256,
    batch_size=10,
    batching_window=Duration.seconds(0),
    max_concurrency=5,
    max_receive_count=5,
    stale_after=Duration.minutes(15),
)

ATTRIBUTE: Final = Pace(
    timeout=Duration.minutes(5),  # a hundred LookupEvents requests at one a second, with room to back off
    memory_size=512,
    batch_size=1000,  # one sweep of CloudTrail serves all of them; Lambda stops gathering at 6 MB
    batching_window=Duration.seconds(20),
    max_concurrency=2,  # together they stay within CloudTrail's 2 requests a second
    max_receive_count=10,  # five hours of CloudTrail being out of reach
    stale_after=Duration.minutes(45),  # a message may be delayed by 15 minutes on purpose
)

ATTRIBUTE_IN_A_HUB: Final = replace(ATTRIBUTE, max_concurrency=10)  # turns keep to CloudTrail's limit in each place

COLLECT: Final = Pace(
    timeout=Duration.minutes(1),
    memory_size=256,
    batch_size=100,  # four writes of 25 items
    batching_window=Duration.seconds(2),
    max_concurrency=10,
    max_receive_count=5,
    stale_after=Duration.minutes(10),  # the change that a call made is judged at three minutes
)

NOTIFY: Final = Pace(
    timeout=Duration.minutes(1),
    memory_size=256,
    batch_size=100,  # a storm of thousands is some thirty messages, half a minute at Slack's pace
    batching_window=Duration.seconds(5),  # the items of one act arrive together and share a message
    max_concurrency=2,
    max_receive_count=200,  # a finding outlives a night without Slack
    stale_after=Duration.minutes(30),
)
