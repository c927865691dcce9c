"""Batches: what a function is given of them, and which messages its answer says have failed.

Source: AWS Lambda developer guide, "Using Lambda with Amazon SQS" and "Handling errors for an SQS event source".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from manual_change_local.cloud.fleet import Finished

PAYLOAD_LIMIT: Final = 6 * 1024 * 1024
"""Bytes of one invocation (AWS Lambda developer guide, "Lambda quotas")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message in flight."""

    message_id: str
    receipt_handle: str
    body: str
    md5: str
    attributes: Mapping[str, str]
    """System attributes: `ApproximateReceiveCount`, `SentTimestamp`, …"""
    message_attributes: Mapping[str, Mapping[str, Any]]

    @property
    def receive_count(self) -> int:
        """How often it has been received, this time included."""
        return int(self.attributes["ApproximateReceiveCount"])


def record_of(message: Received, *, queue_arn: str, region: str) -> dict[str, Any]:
    """The record that a function receives for a message."""
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": dict(message.attributes),
        "messageAttributes": {name: _attribute(value) for name, value in message.message_attributes.items()},
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def _attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    attribute: dict[str, Any] = {"dataType": value["DataType"], "stringListValues": [], "binaryListValues": []}
    if "StringValue" in value:
        attribute["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        raw = value["BinaryValue"]
        attribute["binaryValue"] = base64.b64encode(raw).decode() if isinstance(raw, bytes) else raw
    return attribute


def failures(finished: Finished, batch: Sequence[str], *, reports_failures: bool) -> dict[str, str]:
    """Which messages of a batch failed, and why.

    An empty or absent list means success; an unknown, empty or missing identifier fails the whole batch.
    """
    if finished.error_type:
        return dict.fromkeys(batch, f"{finished.error_type}: {finished.error_message}")
    if not reports_failures:
        return {}
    try:
        response = finished.response
        reported = (response or {}).get("batchItemFailures") or ()
        identifiers = [entry["itemIdentifier"] for entry in reported]
    except (ValueError, AttributeError, TypeError, KeyError) as error:
        return dict.fromkeys(batch, f"the answer is no batch response: {error!r}")
    unknown = [identifier for identifier in identifiers if identifier not in batch]
    if unknown:
        return dict.fromkeys(batch, f"the answer names messages that are not in the batch: {unknown}")
    return dict.fromkeys(identifiers, "reported")


def parts(batch: Sequence[Received]) -> Iterator[Sequence[Received]]:
    """The batch in parts that fit into an invocation."""
    part: list[Received] = []
    size = 0
    for message in batch:
        weight = len(json.dumps(message.body)) + 1024
        if part and size + weight > PAYLOAD_LIMIT:
            yield part
            part, size = [], 0
        part.append(message)
        size += weight
    if part:
        yield part
