"""Whether Slack can be reached with what the secret holds. Nothing is posted, and nothing of the secret is said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.poster import SlackRefused, SlackUnavailable, Undeliverable
from manual_change.adapters.secrets import LOOPBACK, Bot, SlackSecret
from manual_change.adapters.slack import API
from manual_change.adapters.slack_bot import name_of
from manual_change_local.doctor.checks import FINE, MEND, UNSEEN, Check

SUBJECT: Final = "Slack"
TIMEOUT: Final = 5
"""Seconds."""


def check_slack(secretsmanager: Any, arn: str, *, api_url: str = API) -> Check:
    """Read the secret and knock: `auth.test` with a bot's token, a look at the host with a webhook."""
    try:
        credentials = SlackSecret(secretsmanager, arn, max_age=timedelta(0)).credentials()
    except Undeliverable as error:
        return Check(SUBJECT, MEND, str(error), "no message can be posted", "fill the secret in (docs/slack.md)")
    except (ClientError, BotoCoreError) as error:
        return Check(
            SUBJECT, UNSEEN, f"the secret cannot be read: {error}", to_do="allow secretsmanager:GetSecretValue"
        )
    if isinstance(credentials, Bot):
        return _bot(credentials, api_url)
    return _webhook(credentials.url)


def _bot(bot: Bot, api_url: str) -> Check:
    try:
        name = name_of(bot, timeout=TIMEOUT, api_url=api_url)
    except SlackUnavailable as error:
        return Check(SUBJECT, MEND, f"from here: {error}", "the functions in AWS may reach it all the same")
    except SlackRefused as error:
        return Check(SUBJECT, MEND, str(error), "no message can be posted", "put a valid token in (docs/slack.md)")
    return Check(SUBJECT, FINE, f"the token is valid: {name}")


def _webhook(url: str) -> Check:
    """Slack says nothing about a webhook but by taking a message: whether its host answers is all there is to know."""
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc}/"
    handlers = [ProxyHandler({})] if parts.hostname in LOOPBACK else []
    try:
        knock = Request(host, method="HEAD")  # noqa: S310 - the secret's URL is https, or on loopback
        build_opener(*handlers).open(knock, timeout=TIMEOUT)
    except OSError as error:
        if getattr(error, "code", None) is None:  # no answer at all; an error of HTTP is one
            return Check(SUBJECT, MEND, f"{parts.netloc} cannot be reached from here ({type(error).__name__})")
    return Check(
        SUBJECT, FINE, f"{parts.netloc} answers; whether the webhook is valid, Slack tells only the first message"
    )
