"""The stand-in fails on purpose, and what it took is known for certain."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
from collections.abc import Iterator
from threading import Thread

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from manual_change_local.slack_stand_in import (
    RATE_LIMITED,
    SERVER_ERROR,
    Answers,
    ClosesConnection,
    Hangs,
    SlackStandIn,
    every,
    on,
)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with SlackStandIn(posts_per_second=None) as stand_in:
        yield stand_in


def post(slack: SlackStandIn, *, timeout: float = 5) -> int:
    return WebhookClient(slack.webhook_url(), timeout=timeout, retry_handlers=[]).send(text="hello").status_code


def test_every_fifth_request_meets_the_fault(slack: SlackStandIn) -> None:
    """And the message of that request is not taken."""
    slack.faults = every(5, SERVER_ERROR)

    assert [200, 200, 200, 200, 500, 200] == [post(slack) for _ in range(6)]
    assert 5 == len(slack.messages)


def test_chosen_requests_meet_the_fault(slack: SlackStandIn) -> None:
    """Numbers count all requests from 1."""
    slack.faults = on({1, 3}, RATE_LIMITED)

    assert [429, 200, 429] == [post(slack) for _ in range(3)]


def test_slacks_own_retry_handler_understands_the_rate_limit(slack: SlackStandIn) -> None:
    """429 carries Retry-After in seconds."""
    slack.faults = on({1}, RATE_LIMITED)
    client = WebhookClient(slack.webhook_url(), retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)])

    assert 200 == client.send(text="hello").status_code


def test_the_api_can_say_ok_false_with_status_200(slack: SlackStandIn) -> None:
    """The Web API's failures are easily taken for success."""
    slack.faults = every(1, Answers(status=200, error="fatal_error"))

    with pytest.raises(SlackApiError, match="fatal_error"):
        WebClient(slack.workspace.bot_token, base_url=slack.api_url).chat_postMessage(
            channel="manual-changes", text="x"
        )


def test_a_hanging_answer_outlasts_an_impatient_client(slack: SlackStandIn) -> None:
    """A client with a timeout gives up."""
    slack.faults = every(1, Hangs(seconds=30))

    with pytest.raises(TimeoutError):
        post(slack, timeout=0.1)


def test_a_hang_that_ends_is_an_answer_as_always(slack: SlackStandIn) -> None:
    """A patient client is served."""
    slack.faults = every(1, Hangs(seconds=0.05))

    assert 200 == post(slack)


@pytest.mark.parametrize("takes_message", [False, True])
def test_a_closed_connection_says_nothing_about_the_message(slack: SlackStandIn, takes_message: bool) -> None:
    """Taken or not, the client sees the same: this is where posting again may post twice."""
    slack.faults = every(1, ClosesConnection(takes_message=takes_message))

    with pytest.raises((http.client.RemoteDisconnected, urllib.error.URLError)):
        post(slack)
    assert int(takes_message) == len(slack.messages)


def test_every_request_is_on_record_with_its_status(slack: SlackStandIn) -> None:
    """What was owed is counted against what was taken."""
    slack.faults = on({2}, RATE_LIMITED)
    for _ in range(3):
        post(slack)

    assert [200, 429, 200] == [answered.status for answered in slack.answered]


def test_latency_delays_every_answer(slack: SlackStandIn) -> None:
    """For measuring how posting keeps up with a slow Slack."""
    slack.latency = 0.05
    started = time.monotonic()
    post(slack)

    assert 0.05 <= time.monotonic() - started


def test_closing_lets_hanging_requests_go() -> None:
    """A hang of an hour does not hold up the end of a test."""
    stand_in = SlackStandIn(faults=every(1, Hangs(seconds=3600)))
    outcome: list[str] = []

    def post_and_tell() -> None:
        connection = http.client.HTTPConnection(stand_in.url.removeprefix("http://"), timeout=10)
        try:
            connection.request("POST", "/services/x", json.dumps({"text": "hello"}))
            connection.getresponse()
        except http.client.RemoteDisconnected as error:
            outcome.append(type(error).__name__)
        finally:
            connection.close()

    client = Thread(target=post_and_tell)
    client.start()
    time.sleep(0.1)
    stand_in.close()
    client.join()

    assert ["RemoteDisconnected"] == outcome
