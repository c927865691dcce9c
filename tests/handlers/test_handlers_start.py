"""How the functions start: what they read, and when."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from manual_change.adapters.queues import finding_body
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.moment import parse_moment
from manual_change.handlers import dispatch, notify
from manual_change.settings import FURTHER_SETTINGS, DispatchSettings, NotifySettings, SettingsError
from manual_change_local.slack_stand_in import SlackStandIn

STAGES = ("dispatch", "attribute", "notify")


class Context:
    """What Lambda hands over beside the batch."""

    def get_remaining_time_in_millis(self) -> int:
        """A minute."""
        return 60_000


def an_event(body: str, *, receipt_handle: str = "receipt") -> dict[str, Any]:
    """A batch of one message, as Lambda hands it over."""
    return {
        "Records": [
            {
                "messageId": "message-1",
                "receiptHandle": receipt_handle,
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:findings",
            }
        ]
    }


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not been invoked yet."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    for stage in (dispatch, notify):
        stage._stage.cache_clear()


@pytest.mark.parametrize("stage", STAGES)
def test_importing_a_handler_reads_nothing_and_makes_no_client(stage: str) -> None:
    """Settings, clients, slack_sdk and powertools wait for the first invocation: every cold start pays for imports."""
    program = (
        "import boto3, os, sys\n"
        "boto3.client = boto3.session.Session.client = None\n"
        "os.environ.clear()\n"
        f"import manual_change.handlers.{stage}\n"
        "print([name for name in sys.modules if name.startswith(('slack_sdk', 'aws_lambda_powertools', 'aws_cdk'))])\n"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "[]\n" == told.stdout


def test_a_missing_setting_is_named() -> None:
    """The construct sets it; whoever deploys by other means learns which."""
    with pytest.raises(SettingsError, match="MANUAL_CHANGE_ATTRIBUTIONS_QUEUE_URL is missing"):
        dispatch.handler(an_event("{}"), Context())  # type: ignore[arg-type]


def test_notify_starts_with_routes_that_its_environment_has_no_room_for(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are in a file, which it reads once."""
    routes = [{"channel": f"C{number:010}", "accounts": [f"{number:012}"]} for number in range(2000)]
    aws("s3").create_bucket(Bucket="assets", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    further = json.dumps({"MANUAL_CHANGE_ROUTES": json.dumps(routes)})
    aws("s3").put_object(Bucket="assets", Key="settings.json", Body=further.encode())
    location = f"s3://assets/settings.json#{sha256(further.encode()).hexdigest()}"
    settings = NotifySettings(findings_table="findings", slack_secret_arn="slack")
    for name, value in (settings.to_environment() | {FURTHER_SETTINGS: location}).items():
        if name != "MANUAL_CHANGE_ROUTES":
            monkeypatch.setenv(name, value)

    assert routes == [route.to_json() for route in notify._stage().routes]


def test_dispatch_runs_from_its_environment(
    aws: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The handler that the template names, with the environment that the construct writes."""
    url = aws("sqs").create_queue(QueueName="attributions")["QueueUrl"]
    for variable, value in DispatchSettings(attributions_queue_url=url, detector="A/B").to_environment().items():
        monkeypatch.setenv(variable, value)

    answer = dispatch.handler(an_event('{"messageType": "ScheduledNotification"}'), Context())  # type: ignore[arg-type]

    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert {"batchItemFailures": []} == answer
    assert {"A/B"} == {line["detector"] for line in metrics}


def test_notify_runs_from_its_environment(
    aws: Callable[[str], Any], findings_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secret, table, webhook and all; told twice, posted once."""
    with SlackStandIn(posts_per_second=None) as slack:
        secret = aws("secretsmanager").create_secret(Name="slack", SecretString=slack.webhook_url())["ARN"]
        for variable, value in (
            NotifySettings(findings_table=findings_table, slack_secret_arn=secret).to_environment().items()
        ):
            monkeypatch.setenv(variable, value)

        answers = [notify.handler(an_event(finding_body(a_finding())), Context()) for _ in range(2)]  # type: ignore[arg-type]

    assert [{"batchItemFailures": []}] * 2 == answers
    assert 1 == len(slack.messages)


def test_a_message_that_slack_has_no_time_for_is_hidden_in_its_queue(
    aws: Callable[[str], Any], findings_table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported as failed, and does not come back before it may."""
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName="findings")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=finding_body(a_finding()))
    [message] = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"]
    with SlackStandIn(posts_per_second=None) as slack:
        webhook = slack.webhook_url()
    secret = aws("secretsmanager").create_secret(Name="slack", SecretString=webhook)["ARN"]
    settings = NotifySettings(findings_table=findings_table, slack_secret_arn=secret)
    for variable, value in settings.to_environment().items():
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", lambda _: None)

    event = an_event(message["Body"], receipt_handle=message["ReceiptHandle"])
    answer = notify.handler(event, Context())  # type: ignore[arg-type]

    assert {"batchItemFailures": [{"itemIdentifier": "message-1"}]} == answer
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def a_finding() -> Finding:
    """A change that somebody is to hear of."""
    captured_at = parse_moment("2026-11-22T12:00:00Z")
    assert captured_at is not None
    group = Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1")
    return Finding(
        decision="notify",
        verdict="unattributed",
        reason="no-call-found",
        explanation="-",
        change=Change(group, "UPDATE", captured_at),
    )
