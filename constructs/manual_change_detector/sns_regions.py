"""TABLE: the regions whose SNS delivers to other regions under a name of its own.

Source: SNS developer guide, "Sending Amazon SNS messages to an Amazon SQS queue or AWS Lambda function in a different
Region": its list of opt-in Regions (among which it counts Osaka, which is enabled by default), and its rule that every
region launched after 20 March 2019 is one; those that the list does not name yet are from the AWS General Reference,
"AWS Regions". Where the policy of the queue does not name the region's own principal, SNS drops the message silently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

OPT_IN: Final = frozenset(
    {
        "af-south-1",
        "ap-east-1",
        "ap-east-2",
        "ap-northeast-3",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
        "mx-central-1",
    }
)

SNS: Final = "sns.amazonaws.com"


def principals(*, topics_in: Iterable[str | None], queue_in: str | None) -> list[str]:
    """As whom SNS delivers from the topics to the queue. None: a region that is known when deployed.

    From an opt-in region it is the topic's region that is named, to one the queue's. The queue's is not named where it
    is unknown: a stack without a region is taken for one in a region that is enabled by default, or in the topic's own.
    """
    elsewhere = {region for region in topics_in if region != queue_in and region is not None}
    named = elsewhere | ({queue_in} if elsewhere and queue_in else set())
    return [SNS, *(f"sns.{region}.amazonaws.com" for region in sorted(named & OPT_IN))]


def undeliverable(*, topic_in: str | None, queue_in: str | None) -> bool:
    """Whether SNS does not deliver there: from an opt-in region to another one (the same guide)."""
    return topic_in != queue_in and {topic_in, queue_in} <= OPT_IN
