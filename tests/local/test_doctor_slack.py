"""`manual-change doctor --slack`: it knocks at Slack with what the secret holds, posts nothing and says no secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from manual_change_local.doctor.checks.check import Check
from manual_change_local.doctor.sight import Sight
from manual_change_local.doctor.slack_reach import check_slack, no_secret
from manual_change_local.doctor.unseen import Unseen
from manual_change_local.slack_stand_in import SlackStandIn
from manual_change_local.slack_stand_in.faults import Answers, every

SHOP, REGION = "111122223333", "eu-west-1"
EXPIRED = every(1, Answers(status=200, error="token_expired"))
DOWN = every(1, Answers(status=503, error="service_unavailable"))


class Holding:
    """A Secrets Manager whose secret holds this, or that answers with an error."""

    def __init__(self, value: str = "", *, code: str = "", message: str = "no") -> None:
        self.value, self.code, self.message = value, code, message

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        """As boto3 gives it."""
        if self.code:
            raise ClientError({"Error": {"Code": self.code, "Message": self.message}}, "GetSecretValue")
        return {"SecretString": self.value}


def a_bot(token: str) -> str:
    """What the secret holds of a bot."""
    return json.dumps({"bot_token": token, "channel": "C00000001"})


def knock(slack: SlackStandIn, value: str) -> Check:
    """With what the secret holds; nothing of it may be said, and nothing posted."""
    check = check_slack(Holding(value), "arn:x", api_url=slack.api_url)

    assert () == slack.messages
    assert not any(secret in json.dumps(check.to_json()) for secret in (value, slack.workspace.bot_token))
    return check


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """Somewhere to knock."""
    with SlackStandIn() as stand_in:
        yield stand_in


def test_a_valid_token_is_fine(slack: SlackStandIn) -> None:
    """auth.test says whose it is, and where."""
    check = knock(slack, a_bot(slack.workspace.bot_token))

    assert ("fine", "the secret holds a bot's token, which is valid: detector in Stand-in") == (
        check.state,
        check.found,
    )


def test_an_expired_token_is_to_be_replaced(slack: SlackStandIn) -> None:
    """Slack says that it has expired."""
    slack.faults = EXPIRED
    check = knock(slack, a_bot(slack.workspace.bot_token))

    assert ("mend", "put a valid token in (docs/slack.md)") == (check.state, check.to_do)
    assert "token_expired: the token has expired" in check.found


def test_an_unknown_token_is_to_be_replaced(slack: SlackStandIn) -> None:
    """Another workspace's, or a mistyped one."""
    check = knock(slack, a_bot("xoxb-1-x"))

    assert "mend" == check.state
    assert "invalid_auth" in check.found


def test_an_api_that_does_not_answer_may_do_so_in_aws(slack: SlackStandIn) -> None:
    """The doctor is in another network than the functions."""
    slack.faults = DOWN
    check = knock(slack, a_bot(slack.workspace.bot_token))

    assert ("mend", "the functions in AWS may reach it all the same") == (check.state, check.means)
    assert "see that the network lets you reach 127.0.0.1" in check.to_do


def test_a_webhooks_host_answers(slack: SlackStandIn) -> None:
    """Whether it is valid, only a message would tell."""
    check = knock(slack, slack.webhook_url())

    assert "fine" == check.state
    assert check.found.startswith("the secret holds a webhook; 127.0.0.1")


def test_a_webhooks_host_that_does_not_answer() -> None:
    """Nobody listens on the port any more."""
    with SlackStandIn() as slack:
        webhook = slack.webhook_url()
    check = check_slack(Holding(webhook), "arn:x")

    assert ("mend", "the functions in AWS may reach it all the same") == (check.state, check.means)
    assert "see that the network lets you reach 127.0.0.1" in check.to_do
    assert webhook.rsplit("/", 1)[-1] not in json.dumps(check.to_json())


@pytest.mark.parametrize("answers", [True, False])
def test_a_user_and_a_password_in_the_webhook_are_not_said(slack: SlackStandIn, answers: bool) -> None:
    """Only the host and its port are."""
    webhook = slack.webhook_url().replace("://", "://alice:s3cret@")
    if not answers:
        slack.close()
    check = check_slack(Holding(webhook), "arn:x")

    assert ("fine" if answers else "mend") == check.state
    assert urlsplit(slack.webhook_url()).netloc in check.found
    assert not any(secret in json.dumps(check.to_json()) for secret in ("alice", "s3cret"))


def test_a_secret_that_holds_neither(slack: SlackStandIn) -> None:
    """Nobody knows what it is, and it is not said."""
    assert "mend" == knock(slack, "nonsense").state


@pytest.mark.parametrize(
    ("code", "message", "to_do"),
    [
        ("AccessDeniedException", "no", "allow secretsmanager:GetSecretValue"),
        ("AccessDeniedException", "Access to KMS is not allowed", "allow kms:Decrypt with the secret's key"),
        ("ThrottlingException", "Rate exceeded", "try again"),
    ],
)
def test_a_secret_that_cannot_be_read_says_why(code: str, message: str, to_do: str) -> None:
    """A permission, the key's, or AWS itself."""
    check = check_slack(Holding(code=code, message=message), "arn:x")

    assert "unseen" == check.state
    assert check.to_do.startswith(to_do)


def test_without_a_detector_there_is_nothing_to_knock_with() -> None:
    """`--slack` does not pass over it."""
    sight = Sight(account=SHOP, partition="aws", region=REGION)
    assert "note" == no_secret(sight).state

    sight.functions = Unseen("lambda:ListFunctions", "AccessDenied: no", forbidden=True)
    assert "unseen" == no_secret(sight).state
