"""Dead letters back into the queue that they came from, after whatever killed them was mended.

Each is sent first and deleted then: a crash in between moves a message twice, and the findings table makes of two
deliveries one message. A message keeps its group, by which SQS shares out what a hub's accounts send, and its
attributes; both must be asked for (SQS API, ReceiveMessage).

SQS's own StartMessageMoveTask moves what a queue gave up, and is not made for what SNS or EventBridge could not
deliver into it (SQS API, StartMessageMoveTask): those wait in the same dead-letter queues.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from manual_change.adapters.queues import batches
from manual_change_local.stack_resources import physical_ids

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        MessageAttributeValueOutputTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

BATCH: Final = 10
HIDDEN: Final = 60
"""Seconds that a dead letter is hidden while it is moved; after a failure it is there again."""


class NothingToRedrive(RuntimeError):
    """There is no such stack, queue or source; the message says what was looked for, and what would be right."""


class NotMoved(RuntimeError):
    """The source queue did not accept some messages: they are still dead letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """A dead-letter queue, the queue that its messages go back to, and how many there are."""

    queue_url: str
    source_url: str
    waiting: int
    """As SQS estimates it."""

    @property
    def name(self) -> str:
        """The dead-letter queue's."""
        return self.queue_url.rpartition("/")[2]

    @property
    def source(self) -> str:
        """The source queue's name."""
        return self.source_url.rpartition("/")[2]


class Redrive:
    """Finds dead letters and moves them back."""

    def __init__(self, sqs: SQSClient, *, wait: int = 1) -> None:
        """`wait`: seconds that a queue is asked for a message before it counts as empty."""
        self._sqs = sqs
        self._wait = wait

    def of_stack(self, cloudformation: CloudFormationClient, stack: str) -> list[DeadLetters]:
        """The dead-letter queues among a stack's resources, in the order of their names.

        Raises:
            NothingToRedrive: the stack has no queue with a dead-letter queue.
            ClientError: there is no such stack, or it may not be read.
        """
        found = [
            each
            for url in physical_ids(cloudformation, stack, "AWS::SQS::Queue")
            for each in self._dead_letters_behind(url)
        ]
        if not found:
            raise NothingToRedrive(f"stack {stack} has no queue with a dead-letter queue; name the detector's stack")
        return sorted({each.queue_url: each for each in found}.values(), key=lambda each: each.name)

    def of_queue(self, queue_url: str) -> list[DeadLetters]:
        """One dead-letter queue, and each queue that it serves.

        Raises:
            NothingToRedrive: it is no queue's dead-letter queue.
            ClientError: there is no such queue.
        """
        pages = self._sqs.get_paginator("list_dead_letter_source_queues").paginate(QueueUrl=queue_url)
        sources = [url for page in pages for url in page.get("queueUrls", [])]
        if not sources:
            raise NothingToRedrive(f"{queue_url} is the dead-letter queue of no queue; name one that is")
        if len(sources) > 1:
            raise NothingToRedrive(f"{queue_url} serves {len(sources)} queues; which message is whose is not known")
        return [DeadLetters(queue_url=queue_url, source_url=sources[0], waiting=self._waiting(queue_url))]

    def move(self, queue_url: str, source_url: str, *, on_moved: Callable[[int], None] = lambda _: None) -> int:
        """Move every message; how many were.

        Raises:
            NotMoved: the source queue did not accept some.
        """
        moved = 0
        while received := self._receive(queue_url):
            for batch in batches(_size(message) for message in received):
                messages = [received[position] for position in batch]
                entries = [_entry(str(position), message) for position, message in enumerate(messages)]
                answer = self._sqs.send_message_batch(QueueUrl=source_url, Entries=entries)
                sent = [messages[int(entry["Id"])] for entry in answer.get("Successful", [])]
                for message in sent:
                    self._sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
                moved += len(sent)
                on_moved(moved)
                _check(answer.get("Failed", []), source_url)
        return moved

    def _receive(self, queue_url: str) -> list[MessageTypeDef]:
        answer = self._sqs.receive_message(
            QueueUrl=queue_url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN,
            WaitTimeSeconds=self._wait,
            MessageSystemAttributeNames=["MessageGroupId"],
            MessageAttributeNames=["All"],
        )
        return list(answer.get("Messages", []))

    def _dead_letters_behind(self, source_url: str) -> Iterator[DeadLetters]:
        asked = self._sqs.get_queue_attributes(QueueUrl=source_url, AttributeNames=["RedrivePolicy"])
        policy = asked.get("Attributes", {}).get("RedrivePolicy")
        if not policy:
            return
        account, name = str(json.loads(policy)["deadLetterTargetArn"]).split(":")[4:6]
        queue_url = self._sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
        yield DeadLetters(queue_url=queue_url, source_url=source_url, waiting=self._waiting(queue_url))

    def _waiting(self, queue_url: str) -> int:
        asked = self._sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])


def _entry(entry_id: str, message: MessageTypeDef) -> SendMessageBatchRequestEntryTypeDef:
    """The message as it was sent, but for its delay: what is redriven is due."""
    entry: SendMessageBatchRequestEntryTypeDef = {"Id": entry_id, "MessageBody": message["Body"]}
    group = message.get("Attributes", {}).get("MessageGroupId")
    if group:
        entry["MessageGroupId"] = group
    attributes = message.get("MessageAttributes")
    if attributes:
        entry["MessageAttributes"] = attributes
    return entry


def _size(message: MessageTypeDef) -> int:
    """Bytes, as SQS counts them: body, and name, type and value of each attribute (SQS developer guide, quotas)."""
    attributes = message.get("MessageAttributes", {})
    return len(message["Body"].encode()) + sum(_attribute_size(name, said) for name, said in attributes.items())


def _attribute_size(name: str, said: MessageAttributeValueOutputTypeDef) -> int:
    value = said.get("StringValue", "").encode() or said.get("BinaryValue", b"")
    return len(name.encode()) + len(said["DataType"].encode()) + len(value)


def _check(refused: Sequence[BatchResultErrorEntryTypeDef], source_url: str) -> None:
    if refused:
        said = "; ".join(sorted({f"{entry['Code']} ({entry.get('Message', '')})" for entry in refused}))
        raise NotMoved(f"{source_url} did not accept {len(refused)} messages: {said}; they are still dead letters")
