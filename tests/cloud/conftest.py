"""Builders for small stacks: a topic, a queue with a dead-letter queue, and a function whose code is in the test."""

from __future__ import annotations

import io
import json
import textwrap
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from manual_change_local.cloud import DeployedStack, EmbeddedCloud

CODE_BUCKET = "code"


class Bench:
    """A running cloud and short words for what most tests do with it."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self._codes = 0

    def put_code(self, source: str, **files: str) -> dict[str, str]:
        """Upload a module `main` (and more files) as a zip; what a function's `Code` is."""
        s3 = self.cloud.client("s3", region="us-east-1")
        s3.create_bucket(Bucket=CODE_BUCKET)
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w") as archive:
            for name, text in {"main.py": source, **files}.items():
                archive.writestr(name, textwrap.dedent(text))
        self._codes += 1
        key = f"{self._codes}.zip"
        s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=body.getvalue())
        return {"S3Bucket": CODE_BUCKET, "S3Key": key}

    def deploy_worker(self, source: str, **options: Any) -> Worker:
        """A queue with a dead-letter queue and a function behind it."""
        template = worker_template(self.put_code(source), **options)
        return Worker(self, self.cloud.deploy(template, stack_name="Worker"))

    @property
    def role(self) -> dict[str, Any]:
        """The resource of a role for functions."""
        return ROLE

    def function(self, source: str, files: Mapping[str, str] | None = None, **properties: Any) -> dict[str, Any]:
        """The resource of a function with this code; its role is the resource `Role`."""
        return a_function(self.put_code(source, **(files or {})), **properties)


class Worker:
    """The deployed stack of `worker_template`."""

    def __init__(self, bench: Bench, stack: DeployedStack) -> None:
        self.stack = stack
        self.url = stack.resources["Queue"]
        self.dead_letters = stack.resources["DeadLetters"]
        self.topic = stack.resources["Topic"]
        self._sqs = bench.cloud.client("sqs")
        self._sns = bench.cloud.client("sns")

    def send(self, body: object, **options: Any) -> str:
        """Send JSON (or a string as it is) to the queue; the message id."""
        text = body if isinstance(body, str) else json.dumps(body)
        sent: str = self._sqs.send_message(QueueUrl=self.url, MessageBody=text, **options)["MessageId"]
        return sent

    def send_all(self, bodies: list[str]) -> list[str]:
        """Send several at once; their message ids."""
        entries = [{"Id": str(number), "MessageBody": body} for number, body in enumerate(bodies)]
        answer = self._sqs.send_message_batch(QueueUrl=self.url, Entries=entries)
        return [entry["MessageId"] for entry in answer["Successful"]]

    def publish(self, message: object, **options: Any) -> str:
        """Publish JSON to the topic; the notification's id."""
        published: str = self._sns.publish(TopicArn=self.topic, Message=json.dumps(message), **options)["MessageId"]
        return published

    def dead(self, *, wait: int = 0) -> list[dict[str, Any]]:
        """Receive what is in the dead-letter queue."""
        answer: dict[str, Any] = self._sqs.receive_message(
            QueueUrl=self.dead_letters, MaxNumberOfMessages=10, WaitTimeSeconds=wait, AttributeNames=["All"]
        )
        return list(answer.get("Messages", []))


def a_function(code: Mapping[str, str], **properties: Any) -> dict[str, Any]:
    """The resource of a function; its role is the resource `Role`."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": dict(code),
            "Handler": "main.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Runtime": "python3.13",
            "Timeout": 10,
            **properties,
        },
    }


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ],
        }
    },
}


def worker_template(
    code: Mapping[str, str],
    *,
    mapping: Mapping[str, Any] | None = None,
    queue: Mapping[str, Any] | None = None,
    subscription: Mapping[str, Any] | None = None,
    function: Mapping[str, Any] | None = None,
    max_receive_count: int = 3,
) -> dict[str, Any]:
    """Topic → queue (with dead-letter queue) → function."""
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    redrive = {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}, "maxReceiveCount": max_receive_count}
    return {
        "Resources": {
            "Role": ROLE,
            "Topic": {"Type": "AWS::SNS::Topic"},
            "DeadLetters": {"Type": "AWS::SQS::Queue"},
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {"VisibilityTimeout": 60, "RedrivePolicy": redrive, **(queue or {})},
            },
            "Subscription": {
                "Type": "AWS::SNS::Subscription",
                "Properties": {
                    "TopicArn": {"Ref": "Topic"},
                    "Protocol": "sqs",
                    "Endpoint": arn,
                    "RawMessageDelivery": True,
                    **(subscription or {}),
                },
            },
            "Function": a_function(code, **(function or {})),
            "Mapping": {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "EventSourceArn": arn,
                    "FunctionName": {"Ref": "Function"},
                    "FunctionResponseTypes": ["ReportBatchItemFailures"],
                    "ScalingConfig": {"MaximumConcurrency": 2},
                    **(mapping or {}),
                },
            },
        }
    }


@pytest.fixture
def cloud() -> Iterator[EmbeddedCloud]:
    """An embedded cloud whose minutes take a fifth of a second."""
    with EmbeddedCloud(time_scale=300, lookup_requests_per_second=None) as running:
        yield running


@pytest.fixture
def bench(cloud: EmbeddedCloud) -> Bench:
    """The same, with builders."""
    return Bench(cloud)
