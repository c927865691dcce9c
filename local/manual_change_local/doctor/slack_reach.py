"""Whether Slack can be reached with what the secret holds. Nothing is posted, and nothing of the secret is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.poster import SlackRefused, SlackUnavailable, Undeliverable
from manual_change.adapters.secrets import LOOPBACK, Bot, SlackSecret
from manual_change.adapters.slack import API
from manual_change.adapters.slack_bot import name_of
from manual_change_local.doctor.checks.check import FINE, MEND, NOTE, Check, not_seen
from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.unseen import Unseen, unseen

SUBJECT: Final = "Slack"
TIMEOUT: Final = 5
"""Seconds."""


_NETWORK: Final = "see that the network lets you reach {host} (a proxy, a firewall), then run the doctor again"


def check_slack(secretsmanager: Any, arn: str, *, api_url: str = API) -> Check:
    """Read the secret and knock: `auth.test` with a bot's token, a look at the host with a webhook.

    What kind of credential it holds is said, never the credential.
    """
    try:
        credentials = SlackSecret(secretsmanager, arn, max_age=timedelta(0)).credentials()
    except Undeliverable as error:
        return Check(SUBJECT, MEND, str(error), "no message can be posted", "fill the secret in (docs/slack.md)")
    except (ClientError, BotoCoreError) as error:
        found = unseen("secretsmanager:GetSecretValue", error)
        check = not_seen(SUBJECT, found, "whether Slack takes messages is not known")
        if "KMS" in found.said:  # "Access to KMS is not allowed"
            return replace(check, to_do="allow kms:Decrypt with the secret's key, or ask somebody who may")
        return check
    if isinstance(credentials, Bot):
        return _bot(credentials, api_url)
    return _webhook(credentials.url)


def no_secret(sight: Sight) -> Check:
    """What `--slack` says where there is nothing to read."""
    if isinstance(sight.functions, Unseen):
        return not_seen(SUBJECT, sight.functions, "a detector's functions name its secret, and they were not seen")
    return Check(
        SUBJECT,
        NOTE,
        f"no detector here has a secret in {sight.region}",
        "there is nothing to reach Slack with",
        "deploy a detector first, or name the region of its stack (--region)",
    )


def _bot(bot: Bot, api_url: str) -> Check:
    try:
        name = name_of(bot, timeout=TIMEOUT, api_url=api_url)
    except SlackUnavailable as error:
        return Check(
            SUBJECT,
            MEND,
            f"the secret holds a bot's token; from here: {error}",
            "the functions in AWS may reach it all the same",
            _NETWORK.format(host=_host(api_url)),
        )
    except SlackRefused as error:
        return Check(
            SUBJECT,
            MEND,
            f"the secret holds a bot's token; {error}",
            "no message can be posted",
            "put a valid token in (docs/slack.md)",
        )
    return Check(
        SUBJECT,
        FINE,
        f"the secret holds a bot's token, which is valid: {name}",
        f"it posts to {bot.channel}, if the bot was invited there",
    )


def _webhook(url: str) -> Check:
    """Slack says nothing about a webhook but by taking a message: whether its host answers is all there is to know."""
    parts, host = urlsplit(url), _host(url)
    handlers = [ProxyHandler({})] if parts.hostname in LOOPBACK else []
    try:
        knock = Request(f"{parts.scheme}://{host}/", method="HEAD")  # noqa: S310 - the secret's URL is https, or on loopback
        build_opener(*handlers).open(knock, timeout=TIMEOUT)
    except OSError as error:
        if getattr(error, "code", None) is None:  # no answer at all; an error of HTTP is one
            return Check(
                SUBJECT,
                MEND,
                f"the secret holds a webhook; {host} cannot be reached from here ({type(error).__name__})",
                "the functions in AWS may reach it all the same",
                _NETWORK.format(host=host),
            )
    return Check(
        SUBJECT,
        FINE,
        f"the secret holds a webhook; {host} answers",
        "whether the webhook is valid, Slack tells only the first message",
    )


def _host(url: str) -> str:
    """HOST or HOST:PORT, as the URL spells them; a user and password before them are nobody's business."""
    return urlsplit(url).netloc.rpartition("@")[2]
