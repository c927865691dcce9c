"""Which messages of a batch failed, told from how the invocation ended; no cloud needed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.cloud.batches import PAYLOAD_LIMIT, Received, failures, parts, record_of
from manual_change_local.cloud.fleet import Finished

BATCH = ("a", "b", "c")


def finished(answer: object = None, *, error_type: str | None = None) -> Finished:
    """An invocation that answered this, or failed."""
    return Finished(
        request_id="r", payload=json.dumps(answer).encode(), error_type=error_type, error_message=error_type and "why"
    )


def a_message(message_id: str = "a", *, body: str = "x", **attributes: Any) -> Received:
    """A message in flight."""
    return Received(
        message_id=message_id,
        receipt_handle="h",
        body=body,
        md5="m",
        attributes={"ApproximateReceiveCount": "1"},
        message_attributes=attributes,
    )


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_nothing_reported_is_success(answer: object) -> None:
    """Empty list, null, empty answer, no answer (AWS Lambda developer guide, "Success and failure conditions")."""
    assert {} == failures(finished(answer), BATCH, reports_failures=True)


@pytest.mark.parametrize(
    "answer",
    [
        {"batchItemFailures": [{"itemIdentifier": "nobody"}]},
        {"batchItemFailures": [{"itemIdentifier": ""}]},
        {"batchItemFailures": [{"itemIdentifier": None}]},
        {"batchItemFailures": [{"identifier": "a"}]},
        {"batchItemFailures": ["a"]},
        "a",
        [1],
    ],
)
def test_an_answer_that_names_nobody_fails_everything(answer: object) -> None:
    """Unknown, empty, null or misspelt identifiers, and what is no report at all."""
    assert set(BATCH) == set(failures(finished(answer), BATCH, reports_failures=True))


def test_the_reported_failed() -> None:
    """And no other."""
    answer = {"batchItemFailures": [{"itemIdentifier": "b"}]}

    assert {"b": "reported"} == failures(finished(answer), BATCH, reports_failures=True)


@pytest.mark.parametrize("reports", [True, False])
def test_a_failed_invocation_fails_everything(reports: bool) -> None:
    """Whatever the mapping says about reporting; the reason says why."""
    failed = failures(finished(error_type="Sandbox.Timedout"), BATCH, reports_failures=reports)

    assert dict.fromkeys(BATCH, "Sandbox.Timedout: why") == failed


def test_a_batch_too_large_for_an_invocation_is_dealt_with_in_parts() -> None:
    """Lambda takes 6 MB; messages can have one each."""
    batch = [a_message(str(number), body="x" * 1_000_000) for number in range(10)]

    divided = list(parts(batch))

    assert [message.message_id for message in batch] == [message.message_id for part in divided for message in part]
    assert all(sum(len(message.body) for message in part) < PAYLOAD_LIMIT for part in divided)
    assert 2 == len(divided)


def test_a_record_has_lambdas_spelling() -> None:
    """Attributes of the message begin with a small letter, binary ones are Base64."""
    message = a_message(
        colour={"DataType": "String", "StringValue": "red"}, raw={"DataType": "Binary", "BinaryValue": b"\x00"}
    )

    record = record_of(message, queue_arn="arn:q", region="eu-west-1")

    assert ("a", "arn:q", "aws:sqs", "1") == (
        record["messageId"],
        record["eventSourceARN"],
        record["eventSource"],
        record["attributes"]["ApproximateReceiveCount"],
    )
    assert ("red", "AA==") == (
        record["messageAttributes"]["colour"]["stringValue"],
        record["messageAttributes"]["raw"]["binaryValue"],
    )
