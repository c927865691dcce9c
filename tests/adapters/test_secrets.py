"""The webhook's URL, and what is said about it when it is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from manual_change.adapters.secrets import Bot, SecretMalformed, SecretNotFilled, SlackSecret, Webhook

WEBHOOK = "https://hooks.slack.com/services/T0/B0/placeholder"


@pytest.fixture
def put(aws: Callable[[str], Any]) -> Callable[..., str]:
    """Stores a value, or none; the ARN of the secret."""

    def put_secret(**value: Any) -> str:
        client = aws("secretsmanager")
        try:
            return str(client.create_secret(Name="slack", **value)["ARN"])
        except client.exceptions.ResourceExistsException:
            return str(client.put_secret_value(SecretId="slack", **value)["ARN"])

    return put_secret


@pytest.fixture
def a_secret(aws: Callable[[str], Any]) -> Callable[..., SlackSecret]:
    """Makes a reader of a secret."""

    def build(arn: str, clock: Callable[[], float] = lambda: 0.0) -> SlackSecret:
        return SlackSecret(aws("secretsmanager"), arn, max_age=timedelta(minutes=2), clock=clock)

    return build


@pytest.mark.parametrize(
    ("value", "url"),
    [
        (WEBHOOK, WEBHOOK),
        (f"  {WEBHOOK}\n", WEBHOOK),
        (f'{{"webhook_url": "{WEBHOOK}"}}', WEBHOOK),
        ("http://127.0.0.1:8080/services/T0/B0/x", "http://127.0.0.1:8080/services/T0/B0/x"),
        ("http://localhost:8080/x", "http://localhost:8080/x"),
    ],
)
def test_the_url_is_read_from_either_form(
    put: Callable[..., str], a_secret: Callable[..., SlackSecret], value: str, url: str
) -> None:
    """The URL itself, or an object; plain HTTP only on the same machine."""
    assert Webhook(url) == a_secret(put(SecretString=value)).credentials()


@pytest.mark.parametrize("value", [{}, {"SecretString": "  \n"}])
def test_a_secret_that_nobody_filled_in_says_how(
    put: Callable[..., str], a_secret: Callable[..., SlackSecret], value: dict[str, str]
) -> None:
    """The error is the command that mends it."""
    arn = put(**value)

    with pytest.raises(SecretNotFilled, match="aws secretsmanager put-secret-value") as error:
        a_secret(arn).credentials()

    assert f"--secret-id {arn} " in str(error.value)


@pytest.mark.parametrize(
    "value",
    [
        "hunter2",
        "http://example.com/hunter2",
        "ftp://localhost/hunter2",
        "https://[hunter2",
        "https://example.com/hunter2 and more",
        '{"url": "https://example.com/hunter2"}',
        '{"webhook_url": 7, "other": "hunter2"}',
        '{"webhook_url": "hunter2',
        '{"webhook_url": "javascript:hunter2"}',
    ],
)
def test_what_is_no_webhook_is_never_shown(
    put: Callable[..., str], a_secret: Callable[..., SlackSecret], value: str
) -> None:
    """It may be a password that went astray."""
    with pytest.raises(SecretMalformed) as error:
        a_secret(put(SecretString=value)).credentials()

    assert "hunter2" not in str(error.value)
    assert "put-secret-value" in str(error.value)


def test_a_secret_of_bytes_is_malformed(put: Callable[..., str], a_secret: Callable[..., SlackSecret]) -> None:
    """`--secret-binary` was used."""
    with pytest.raises(SecretMalformed, match="bytes"):
        a_secret(put(SecretBinary=b"x")).credentials()


def test_a_rotation_is_picked_up_within_two_minutes(
    put: Callable[..., str], a_secret: Callable[..., SlackSecret]
) -> None:
    """Before that, what was read is used again."""
    moments = iter([0.0, 119.0, 121.0, 121.0])
    secret = a_secret(put(SecretString=WEBHOOK), lambda: next(moments))
    secret.credentials()
    put(SecretString=f"{WEBHOOK}-new")

    before = secret.credentials()

    assert (Webhook(WEBHOOK), Webhook(f"{WEBHOOK}-new")) == (before, secret.credentials())


def test_a_bot_is_read(put: Callable[..., str], a_secret: Callable[..., SlackSecret]) -> None:
    """Token and default channel; the token is not shown."""
    bot = a_secret(put(SecretString='{"bot_token": " xoxb-1 ", "channel": "C1"}')).credentials()

    assert (Bot("xoxb-1", "C1"), "Bot(channel='C1')") == (bot, repr(bot))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ('{"bot_token": "xoxp-hunter2", "channel": "C1"}', "does not begin with xoxb-"),
        ('{"bot_token": "xoxb-hunter2"}', "a bot_token and no channel"),
    ],
)
def test_what_a_bot_lacks_is_named(
    put: Callable[..., str], a_secret: Callable[..., SlackSecret], value: str, said: str
) -> None:
    """And its token is not."""
    with pytest.raises(SecretMalformed, match=said) as error:
        a_secret(put(SecretString=value)).credentials()

    assert "hunter2" not in str(error.value)
