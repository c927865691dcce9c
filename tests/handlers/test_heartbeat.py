"""The heartbeat passes through every stage, and is nothing but counted at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from manual_change.domain.heartbeat import HEARTBEAT, is_heartbeat
from manual_change.handlers.attribute import Attribute
from manual_change.handlers.dispatch import Dispatch
from manual_change.handlers.notify import Notify
from manual_change.handlers.records import Record
from manual_change.metric_names import DROPPED, HEARTBEATS, LOOKUP_REQUESTS, NOTIFICATIONS, POSTS
from manual_change.settings import AttributeSettings, DispatchSettings

BODY = json.dumps(dict(HEARTBEAT))
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
Records = Callable[..., list[Record]]


class Untouchable:
    """Stands for everything that a heartbeat has nothing to do with."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a heartbeat needs no {name}")

    def __call__(self, *_: Any) -> Any:
        raise AssertionError("a heartbeat asks nobody")


NOBODY: Any = Untouchable()


@pytest.fixture
def next_queue(aws: Callable[[str], Any]) -> str:
    """The queue of the stage that comes next."""
    return str(aws("sqs").create_queue(QueueName="next")["QueueUrl"])


def received(aws: Callable[[str], Any], url: str) -> list[str]:
    """What can be received now: nothing that is delayed."""
    messages = aws("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [message["Body"] for message in messages]


def a_dispatch(aws: Callable[[str], Any], said: Any, url: str) -> Dispatch:
    """The first stage."""
    return Dispatch(
        settings=DispatchSettings(attributions_queue_url=url),
        sqs=aws("sqs"),
        history=NOBODY,
        telemetry=said.telemetry,
        now=NOBODY,
    )


def test_dispatch_passes_it_on_at_once(aws: Callable[[str], Any], said: Any, next_queue: str, records: Records) -> None:
    """As it is; a change would wait for CloudTrail."""
    answer = a_dispatch(aws, said, next_queue).handle(records(BODY))

    assert NOTHING_FAILED == answer
    assert [BODY] == received(aws, next_queue)


def test_dispatch_does_not_count_it_among_the_notifications(
    aws: Callable[[str], Any], said: Any, next_queue: str, records: Records
) -> None:
    """Otherwise the alarm that nothing comes from AWS Config would never ring."""
    a_dispatch(aws, said, next_queue).handle(records(BODY))

    assert (0, 0) == (said.counted(NOTIFICATIONS), said.counted(DROPPED))


def test_a_heartbeat_that_cannot_be_passed_on_comes_again(
    aws: Callable[[str], Any], said: Any, records: Records
) -> None:
    """And ends as a dead letter, which is what it is for."""
    answer = a_dispatch(aws, said, "https://sqs.eu-west-1.amazonaws.com/123456789012/gone").handle(records(BODY))

    assert {"batchItemFailures": [{"itemIdentifier": "message-1"}]} == answer


def test_attribute_passes_it_on_and_asks_nobody(
    aws: Callable[[str], Any], said: Any, next_queue: str, records: Records
) -> None:
    """CloudTrail's two requests a second are for changes."""
    stage = Attribute(
        settings=AttributeSettings(
            attributions_queue_url="-", findings_queue_url=next_queue, findings_table="-", policy_parameter="-"
        ),
        sqs=aws("sqs"),
        memory=NOBODY,
        policy=NOBODY,
        cloudtrail=NOBODY,
        telemetry=said.telemetry,
    )

    answer = stage.handle(records(BODY), seconds_left=60.0)

    assert (NOTHING_FAILED, [BODY]) == (answer, received(aws, next_queue))
    assert 0 == said.counted(LOOKUP_REQUESTS)


def test_notify_counts_it_and_posts_nothing(said: Any, records: Records) -> None:
    """The metric that the alarm watches."""
    stage = Notify(
        sessions=NOBODY,
        table=NOBODY,
        poster=NOBODY,
        put_off=NOBODY,
        telemetry=said.telemetry,
    )

    answer = stage.handle(records(BODY, BODY), seconds_left=60.0)

    assert NOTHING_FAILED == answer
    assert (2, 0) == (said.counted(HEARTBEATS), said.counted(POSTS))


@pytest.mark.parametrize(
    "body",
    [
        '{"messageType": "ConfigurationItemChangeNotification", "note": "ManualChangeDetectorHeartbeat"}',
        '{"messageType": "ManualChangeDetectorHeartbeat", "configurationItem": {}}',
        "ManualChangeDetectorHeartbeat",
        "[" * 100_000 + "ManualChangeDetectorHeartbeat",
    ],
)
def test_a_message_that_only_mentions_it_is_none(body: str) -> None:
    """A resource may be called whatever somebody likes, and must not slip through."""
    assert not is_heartbeat(body)
