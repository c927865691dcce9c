"""Posting as a bot, against a stand-in that answers as Slack's Web API does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.poster import Posted, SlackRefused, SlackUnavailable
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.slack import Slack
from manual_change_local.slack_stand_in import SERVER_ERROR, Answers, ClosesConnection, SlackStandIn, every, on

MESSAGE = {
    "text": "hello",
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}],
    "unfurl_links": False,
    "unfurl_media": False,
}


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """A workspace of two channels, as fast as one likes."""
    with SlackStandIn(channels=("general", "production"), posts_per_second=None) as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody sleeps."""
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", lambda _: None)
    monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.time.sleep", lambda _: None)


@pytest.fixture
def bot(aws: Callable[[str], Any], slack: SlackStandIn) -> Callable[..., Slack]:
    """A poster with the workspace's token, or another."""

    def build(*, token: str | None = None, channel: str = "C00000001") -> Slack:
        value = json.dumps({"bot_token": token or slack.workspace.bot_token, "channel": channel})
        arn = aws("secretsmanager").create_secret(Name="slack", SecretString=value)["ARN"]
        secret = SlackSecret(aws("secretsmanager"), arn, max_age=timedelta(minutes=2))
        return Slack(secret, api_url=slack.api_url)

    return build


def test_a_bot_posts_to_its_channel(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """The one that the secret names."""
    bot().post(MESSAGE)

    assert [("general", "hello")] == [(message.channel, message.payload["text"]) for message in slack.messages]


def test_a_bot_posts_to_the_channel_that_is_asked_for(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """A route's."""
    bot().post(MESSAGE, channel="C00000002")

    assert ["production"] == [message.channel for message in slack.messages]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("channel_is_archived", "is_archived: the channel is archived"),
        ("no_service", "token_revoked: the token was revoked"),
    ],
)
def test_ok_false_is_a_refusal_that_says_what_mends_it(
    slack: SlackStandIn, bot: Callable[..., Slack], error: str, said: str
) -> None:
    """Although its status is 200."""
    slack.workspace.refuse("general", error)

    with pytest.raises(SlackRefused, match=said) as refused:
        bot().post(MESSAGE)

    assert not refused.value.by_message


def test_a_wrong_token_is_never_shown(bot: Callable[..., Slack]) -> None:
    """The mend is."""
    with pytest.raises(SlackRefused, match="invalid_auth: put a valid bot token") as refused:
        bot(token="xoxb-hunter2").post(MESSAGE)

    assert "hunter2" not in str(refused.value)


def test_a_message_that_slack_does_not_take_is_its_own_fault(bot: Callable[..., Slack]) -> None:
    """The others are not held up."""
    with pytest.raises(SlackRefused, match="invalid_blocks") as refused:
        bot().post(MESSAGE | {"blocks": [{"type": "section"}]})

    assert refused.value.by_message


def test_a_long_rate_limit_is_left_to_the_queue(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """With as long as Slack asks."""
    slack.faults = every(1, Answers(status=429, error="ratelimited", retry_after=30))

    with pytest.raises(SlackUnavailable, match="429") as unavailable:
        bot().post(MESSAGE)

    assert timedelta(seconds=30) == unavailable.value.retry_after
    assert 1 == len(slack.answered)


@pytest.mark.parametrize("fault", [SERVER_ERROR, ClosesConnection(), Answers(status=200, error="internal_error")])
def test_what_stays_in_trouble_is_tried_later(slack: SlackStandIn, bot: Callable[..., Slack], fault: Any) -> None:
    """Slack's own failures, also those that it tells with status 200."""
    slack.faults = every(1, fault)

    with pytest.raises(SlackUnavailable):
        bot().post(MESSAGE)


def test_one_hitch_is_waited_out(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """By slack_sdk's own retries."""
    slack.faults = on({1}, SERVER_ERROR)

    bot().post(MESSAGE)

    assert 1 == len(slack.messages)


def test_what_a_bot_posted_can_be_updated(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """In its place: the channel has one message still."""
    poster = bot()
    posted = poster.post(MESSAGE)
    assert posted is not None

    assert poster.update(posted, MESSAGE | {"text": "goodbye"})
    assert [("goodbye", 1)] == [(message.payload["text"], message.updates) for message in slack.messages]


def test_an_update_follows_a_rotated_token(slack: SlackStandIn, aws: Callable[[str], Any]) -> None:
    """The old one is revoked; the secret that is remembered is two minutes old at most."""
    secrets = aws("secretsmanager")
    value = {"bot_token": slack.workspace.bot_token, "channel": "C00000001"}
    arn = secrets.create_secret(Name="slack", SecretString=json.dumps(value))["ARN"]
    poster = Slack(SlackSecret(secrets, arn, max_age=timedelta(minutes=2)), api_url=slack.api_url)
    posted = poster.post(MESSAGE)
    slack.workspace.bot_token = "xoxb-another"
    secrets.put_secret_value(SecretId=arn, SecretString=json.dumps(value | {"bot_token": "xoxb-another"}))

    assert posted
    assert poster.update(posted, MESSAGE)


def test_a_message_that_is_gone_is_not_updated(bot: Callable[..., Slack]) -> None:
    """Somebody deleted it: nothing to mend, nothing to retry."""
    assert not bot().update(Posted("C00000001", "1.000001"), MESSAGE)


def test_a_webhooks_message_is_not_updated(slack: SlackStandIn, aws: Callable[[str], Any]) -> None:
    """A webhook says `ok`, and names nothing."""
    arn = aws("secretsmanager").create_secret(Name="slack", SecretString=slack.webhook_url())["ARN"]
    poster = Slack(SlackSecret(aws("secretsmanager"), arn, max_age=timedelta(minutes=2)))

    assert poster.post(MESSAGE) is None
    assert not poster.update(Posted("C00000001", "1.000001"), MESSAGE)


def test_an_update_that_slack_has_no_time_for_is_tried_later(slack: SlackStandIn, bot: Callable[..., Slack]) -> None:
    """As with a post."""
    poster = bot()
    posted = poster.post(MESSAGE)
    slack.faults = every(1, Answers(status=429, error="ratelimited", retry_after=30))
    assert posted is not None

    with pytest.raises(SlackUnavailable) as unavailable:
        poster.update(posted, MESSAGE)

    assert timedelta(seconds=30) == unavailable.value.retry_after
