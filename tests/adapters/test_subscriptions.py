"""The hub's subscriptions to topics of AWS Config: whether they still stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from manual_change.adapters.subscriptions import Subscriptions
from manual_change.domain.coverage import NoTime, Place

HERE, THERE = Place("111122223333", "eu-west-1"), Place("111122223333", "us-east-1")


@pytest.fixture
def subscribed(aws: Callable[[str], Any]) -> tuple[Any, str, Subscriptions]:
    """SNS with one topic of Config's, the ARN of the hub's subscription to it, and who asks about it."""
    sns = aws("sns")
    topic = sns.create_topic(Name="aws-controltower-AllConfigNotifications")["TopicArn"]
    queue = "arn:aws:sqs:eu-west-1:123456789012:changes"
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, ReturnSubscriptionArn=True)["SubscriptionArn"]
    return sns, arn, Subscriptions(lambda region: boto3.client("sns", region_name=region), [arn])


def test_a_subscription_that_stands_says_nothing(subscribed: tuple[Any, str, Subscriptions]) -> None:
    """Of its own region; of another one there is none to ask about."""
    _, _, subscriptions = subscribed

    assert [None, None] == [subscriptions.ask(place) for place in (HERE, THERE)]


def test_a_topic_that_was_made_anew_has_lost_its_subscription(subscribed: tuple[Any, str, Subscriptions]) -> None:
    """By an update of the landing zone, say: the region is not heard, whatever its accounts answer."""
    sns, arn, subscriptions = subscribed
    [topic] = sns.list_topics()["Topics"]
    sns.unsubscribe(SubscriptionArn=arn)
    sns.delete_topic(TopicArn=topic["TopicArn"])
    sns.create_topic(Name="aws-controltower-AllConfigNotifications")

    said = subscriptions.ask(HERE)
    assert said is not None
    assert f"the hub's subscription {arn} is gone" in said
    assert subscriptions.ask(THERE) is None


def test_the_time_is_looked_at_before_it_is_asked(subscribed: tuple[Any, str, Subscriptions]) -> None:
    """Where there is nothing to ask there is no hurry."""
    _, _, subscriptions = subscribed

    def checkpoint() -> None:
        raise NoTime

    assert subscriptions.ask(THERE, checkpoint) is None
    with pytest.raises(NoTime):
        subscriptions.ask(HERE, checkpoint)


class Sns:
    """Answers as it is told."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def get_subscription_attributes(self, **_: str) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"Attributes": self._answer}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"PendingConfirmation": "true"}, "waits to be confirmed"),
        (ClientError({"Error": {"Code": "AuthorizationError", "Message": "-"}}, "Get"), "AuthorizationError"),
        (EndpointConnectionError(endpoint_url="https://sns"), "could not be asked about"),
    ],
    ids=["pending", "refused", "unreachable"],
)
def test_whatever_else_is_wrong_is_said(answer: Any, says: str) -> None:
    """Nobody knows then whether the region is heard."""
    sns: Any = Sns(answer)
    said = Subscriptions(lambda _: sns, ["arn:aws:sns:eu-west-1:123456789012:config:1"]).ask(HERE)

    assert said is not None
    assert says in said
