"""Delivering to a target by its ARN, as topics and rules do: into a queue, to a topic, to a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sns.models import sns_backends
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from manual_change_local.cloud.observation import DeliveryFailed, Observation
from manual_change_local.cloud.seams.queues import sent_by

InvokeLater = Callable[[str, bytes], bool]
"""Invokes the function with that ARN asynchronously; False when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """Rests on moto 5.2.5: `sqs_backends[account][region].send_message`, `sns_backends[…].publish`."""

    observe: Callable[[Observation], None]
    invoke_later: InvokeLater

    def to_queue(
        self,
        queue_arn: str,
        body: str,
        *,
        source_arn: str,
        notification_id: str | None = None,
        message_attributes: Mapping[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
    ) -> bool:
        """Put `body` into the queue, which may be another account's; False when it does not exist."""
        _, _, _, region, account, name = queue_arn.split(":", 5)
        try:
            with sent_by(source_arn, notification_id):
                sqs_backends[account][region].send_message(
                    name,
                    body,
                    message_attributes=dict(message_attributes or {}),
                    group_id=group_id,
                    deduplication_id=deduplication_id,
                    validate_group_id=False,
                )
        except QueueDoesNotExist:
            self.failed(source_arn, queue_arn, "the queue does not exist")
            return False
        return True

    def to_topic(self, topic_arn: str, message: str, *, source_arn: str) -> bool:
        """Publish `message`; False when the topic does not exist."""
        _, _, _, region, account, _ = topic_arn.split(":", 5)
        backend = sns_backends[account][region]
        if topic_arn not in backend.topics:
            self.failed(source_arn, topic_arn, "the topic does not exist")
            return False
        backend.publish(message, arn=topic_arn)
        return True

    def to_function(self, function_arn: str, payload: bytes, *, source_arn: str) -> bool:
        """Invoke the function asynchronously; False when it does not exist."""
        if self.invoke_later(function_arn, payload):
            return True
        self.failed(source_arn, function_arn, "the function does not exist")
        return False

    def failed(self, source_arn: str, target_arn: str, reason: str) -> None:
        """Say that something did not arrive, and why."""
        self.observe(DeliveryFailed(source_arn=source_arn, target_arn=target_arn, reason=reason))
