"""Posting to Slack's webhook, against a stand-in on loopback that fails the way Slack does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.poster import SlackRefused, SlackUnavailable
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.slack import Slack
from manual_change.adapters.slack_webhook import MENDS
from manual_change_local.slack_stand_in import (
    RATE_LIMITED,
    SERVER_ERROR,
    Answers,
    ClosesConnection,
    Hangs,
    SlackStandIn,
    on,
)

MESSAGE = {"text": "hello", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}]}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """Slack, as fast as one likes."""
    with SlackStandIn(posts_per_second=None) as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """slack_sdk's pauses, taken note of instead of slept."""
    slept: list[float] = []
    monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.time.sleep", slept.append)
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", slept.append)
    return slept


@pytest.fixture
def webhook(aws: Callable[[str], Any]) -> Callable[..., Slack]:
    """A poster whose secret holds this URL."""

    def build(url: str, **options: Any) -> Slack:
        arn = aws("secretsmanager").create_secret(Name="slack", SecretString=url)["ARN"]
        return Slack(SlackSecret(aws("secretsmanager"), arn, max_age=timedelta(minutes=2)), **options)

    return build


def test_a_message_is_delivered(slack: SlackStandIn, webhook: Callable[..., Slack]) -> None:
    """Text, blocks and all."""
    webhook(slack.webhook_url()).post(MESSAGE)

    assert ["hello"] == [message.payload["text"] for message in slack.messages]


@pytest.mark.parametrize("fault", [RATE_LIMITED, SERVER_ERROR, ClosesConnection()])
def test_a_hitch_is_waited_out(
    slack: SlackStandIn, webhook: Callable[..., Slack], pauses: list[float], fault: Any
) -> None:
    """One retry: a rate limit of a second, an error, a dropped connection."""
    slack.faults = on({1}, fault)

    webhook(slack.webhook_url()).post(MESSAGE)

    assert (1, 1) == (len(slack.messages), len(pauses))


def test_a_long_rate_limit_is_left_to_the_queue(
    slack: SlackStandIn, webhook: Callable[..., Slack], pauses: list[float]
) -> None:
    """Slack may say thirty seconds; a function does not sleep through them."""
    slack.faults = on({1}, Answers(status=429, error="ratelimited", retry_after=30))

    with pytest.raises(SlackUnavailable, match="429") as limit:
        webhook(slack.webhook_url()).post(MESSAGE)

    assert (timedelta(seconds=30), []) == (limit.value.retry_after, pauses)


def test_a_rate_limit_that_does_not_say_how_long_is_left_to_the_queue(
    slack: SlackStandIn, webhook: Callable[..., Slack], pauses: list[float]
) -> None:
    """Nothing is guessed here."""
    slack.faults = on({1}, Answers(status=429, error="ratelimited"))

    with pytest.raises(SlackUnavailable) as limit:
        webhook(slack.webhook_url()).post(MESSAGE)

    assert (None, []) == (limit.value.retry_after, pauses)


@pytest.mark.parametrize("fault", [RATE_LIMITED, SERVER_ERROR, Answers(status=502, error="bad"), ClosesConnection()])
def test_what_does_not_pass_is_unavailable(slack: SlackStandIn, webhook: Callable[..., Slack], fault: Any) -> None:
    """To be tried again later; two attempts are enough for now."""
    slack.faults = on({1, 2}, fault)

    with pytest.raises(SlackUnavailable):
        webhook(slack.webhook_url()).post(MESSAGE)

    assert () == slack.messages


def test_a_silent_slack_is_unavailable(slack: SlackStandIn, webhook: Callable[..., Slack]) -> None:
    """After the timeout; nobody knows whether the message was heard."""
    slack.faults = on({1, 2}, Hangs(seconds=5))

    with pytest.raises(SlackUnavailable, match="timed out"):
        webhook(slack.webhook_url(), timeout=1).post(MESSAGE)


def test_nobody_listening_is_unavailable(slack: SlackStandIn, webhook: Callable[..., Slack]) -> None:
    """Connection refused."""
    url = slack.webhook_url()
    slack.close()

    with pytest.raises(SlackUnavailable, match="cannot be reached"):
        webhook(url).post(MESSAGE)


@pytest.mark.parametrize("error", sorted(MENDS))
def test_a_refusal_says_what_mends_it(slack: SlackStandIn, webhook: Callable[..., Slack], error: str) -> None:
    """Slack's word, and what to do about it."""
    slack.faults = on({1}, Answers(status=403, error=error))

    with pytest.raises(SlackRefused, match=error) as refusal:
        webhook(slack.webhook_url()).post(MESSAGE)

    assert MENDS[error] in str(refusal.value)
    assert not refusal.value.by_message


def test_a_message_that_slack_does_not_take_is_its_own_fault(
    slack: SlackStandIn, webhook: Callable[..., Slack]
) -> None:
    """Other messages still pass."""
    poster = webhook(slack.webhook_url())

    with pytest.raises(SlackRefused, match="400") as refusal:
        poster.post({"text": "x", "blocks": [{"type": "no such block"}]})
    poster.post(MESSAGE)

    assert refusal.value.by_message
    assert 1 == len(slack.messages)


@pytest.mark.parametrize("body", ["<html>a proxy says hello</html>", '{"ok": false}', "[]"])
def test_a_friendly_status_without_ok_is_no_delivery(
    slack: SlackStandIn, webhook: Callable[..., Slack], body: str
) -> None:
    """Something between us and Slack answered."""
    slack.faults = on({1}, Answers(status=200, error=body))

    with pytest.raises(SlackRefused, match="200"):
        webhook(slack.webhook_url()).post(MESSAGE)


def test_a_workflow_says_ok_in_json(slack: SlackStandIn, webhook: Callable[..., Slack]) -> None:
    """Webhooks of Workflow Builder answer so."""
    slack.faults = on({1}, Answers(status=200, error='{"ok": true}'))

    webhook(slack.webhook_url()).post(MESSAGE)

    assert 1 == len(slack.answered)


def test_a_refusal_after_a_rotation_is_no_refusal(
    slack: SlackStandIn, webhook: Callable[..., Slack], aws: Callable[[str], Any]
) -> None:
    """The old webhook was revoked a moment ago; the secret already holds the new one."""
    poster = webhook(f"{slack.url}/services/T0/B0/revoked")
    with pytest.raises(SlackRefused):
        poster.post(MESSAGE)
    aws("secretsmanager").put_secret_value(SecretId="slack", SecretString=slack.webhook_url())

    poster.post(MESSAGE)

    assert 1 == len(slack.messages)


@pytest.mark.parametrize("fault", [ClosesConnection(), Answers(status=404, error="no_service")])
def test_the_webhook_is_never_told(
    slack: SlackStandIn, webhook: Callable[..., Slack], caplog: pytest.LogCaptureFixture, fault: Any
) -> None:
    """Not in the error, not in its causes, not in any log line, not even on debug level."""
    slack.faults = on({1, 2}, fault)
    caplog.set_level(logging.DEBUG)

    with pytest.raises((SlackUnavailable, SlackRefused)) as error:
        webhook(slack.webhook_url()).post(MESSAGE)

    assert error.value.__cause__ is None
    path = slack.webhook_url().removeprefix(slack.url)
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("boto", "moto"))]
    assert path not in " ".join([str(error.value), *ours])
