"""An account in moto, and what a handler says about itself."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from manual_change.handlers.records import Record
from manual_change.handlers.telemetry import Telemetry

REGION = "eu-west-1"
ACCOUNT = "123456789012"


@pytest.fixture
def aws() -> Iterator[Callable[[str], Any]]:
    """Makes clients of an empty account: `aws("sqs")`."""
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def findings_table(aws: Callable[[str], Any]) -> str:
    """The table of findings, with the keys that the construct gives it."""
    aws("dynamodb").create_table(
        TableName="findings",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("id", "untold", "captured_at")
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "untold",
                "KeySchema": [
                    {"AttributeName": "untold", "KeyType": "HASH"},
                    {"AttributeName": "captured_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return "findings"


class Said:
    """What a stage has logged and counted."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        # powertools keeps one logger for each service name, with the stream that it was first given
        self.telemetry = Telemetry(stage=f"stage-{uuid4().hex}", detector="Stack/Detector", stream=self._stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Everything written, read as JSON."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    @property
    def decisions(self) -> list[tuple[str, str]]:
        """Decision and reason of each decision logged."""
        return [(line["decision"], line["reason"]) for line in self.lines if "reason" in line and "decision" in line]

    @property
    def errors(self) -> list[str]:
        """What was logged as an error."""
        return [line["error"] for line in self.lines if line.get("level") == "ERROR"]

    def counted(self, name: str, **dimensions: str) -> float:
        """The sum of a metric over these dimensions."""
        return sum(
            sum(line[name])
            for line in self.lines
            if name in line and all(line.get(key) == value for key, value in dimensions.items())
        )


@pytest.fixture
def said() -> Said:
    """The ears of a test."""
    return Said()


def a_record(body: object, *, number: int = 1, receive_count: int = 1) -> Record:
    """A message of a queue; its id is `message-1`."""
    return Record(
        message_id=f"message-{number}",
        body=body if isinstance(body, str) else json.dumps(body),
        receipt_handle=f"receipt-{number}",
        queue_arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue",
        receive_count=receive_count,
    )


@pytest.fixture
def record() -> Callable[..., Record]:
    """Builds records."""
    return a_record


@pytest.fixture
def records() -> Callable[..., list[Record]]:
    """Builds a batch: one record for each body, numbered from 1."""
    return lambda *bodies: [a_record(body, number=number) for number, body in enumerate(bodies, start=1)]
