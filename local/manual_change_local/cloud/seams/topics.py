# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's topics: what a subscription holds back, and delivery across accounts.

Rests on moto 5.2.5, `moto.sns.models.Subscription`: `publish` is called for each subscription of a topic and applies
`_filter_policy_matcher`; `attributes` holds what SetSubscriptionAttributes set, as strings. `SNSBackend` keeps topics
and subscriptions by the account that asks, so nobody could subscribe to another account's topic. The envelope's
signature is a stand-in: no key pair is made for it, so nobody can verify it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.sns import models
from moto.sns.models import sns_backends

from manual_change_local.cloud.observation import NotificationFiltered
from manual_change_local.cloud.seams.deliveries import Deliveries
from manual_change_local.cloud.seams.patches import Patches

_ABOUT_A_TOPIC: Final = (
    "publish",
    "subscribe",
    "unsubscribe",
    "get_subscription_attributes",
    "set_subscription_attributes",
    "list_subscriptions_by_topic",
)
_SAID_BY: Final = ("topic_arn", "subscription_arn", "arn")
"""What the ARN of the topic or subscription is called, unless it comes first."""


def open_topics(patches: Patches, deliveries: Deliveries) -> None:
    """Deliver to queues and functions ourselves; other protocols stay with moto."""
    original = models.Subscription.publish

    def publish(
        subscription: Any,
        message: str,
        message_id: str,
        subject: str | None = None,
        message_attributes: dict[str, Any] | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
        message_structure: str | None = None,
    ) -> None:
        matcher = subscription._filter_policy_matcher
        if matcher is not None and not matcher.matches(message_attributes, message):
            deliveries.observe(
                NotificationFiltered(
                    topic_arn=subscription.topic_arn,
                    subscription_arn=subscription.arn,
                    notification_id=message_id,
                    message=message,
                )
            )
            return
        if subscription.protocol not in {"sqs", "lambda"}:
            options = {"group_id": group_id, "deduplication_id": deduplication_id}
            original(
                subscription, message, message_id, subject, message_attributes,
                message_structure=message_structure, **options,
            )  # fmt: skip
            return
        if message_structure == "json":
            message = subscription._parse_message_structure(message, subscription.protocol)
        envelope = _envelope(subscription, message, message_id, subject, message_attributes)
        if subscription.protocol == "lambda":
            payload = json.dumps({"Records": [_function_record(subscription, envelope)]}).encode()
            delivered = deliveries.to_function(subscription.endpoint, payload, source_arn=subscription.topic_arn)
        else:
            raw = str(subscription.attributes.get("RawMessageDelivery")).lower() == "true"
            delivered = deliveries.to_queue(
                subscription.endpoint,
                message if raw else json.dumps(envelope),
                source_arn=subscription.topic_arn,
                notification_id=message_id,
                message_attributes=_queue_attributes(message_attributes) if raw else None,
                group_id=group_id,
                deduplication_id=deduplication_id,
            )
        redrive = json.loads(subscription.attributes.get("RedrivePolicy") or "{}")
        if not delivered and redrive:
            deliveries.to_queue(
                redrive["deadLetterTargetArn"],
                json.dumps(envelope),
                source_arn=subscription.topic_arn,
                notification_id=message_id,
            )

    patches.replace(models.Subscription, "publish", publish)
    _ask_the_topics_account(patches)


def _ask_the_topics_account(patches: Patches) -> None:
    """What is about a topic or a subscription is answered where the topic is, whoever asks."""

    def routed(name: str, original: Callable[..., Any]) -> None:
        def ask(backend: Any, *arguments: Any, **options: Any) -> Any:
            arn = next((options[key] for key in _SAID_BY if options.get(key)), None) or (arguments or ("",))[0]
            known = arn.startswith("arn:aws") and ":sns:" in arn
            there = sns_backends[arn.split(":")[4]][backend.region_name] if known else backend
            return original(there, *arguments, **options)

        patches.replace(models.SNSBackend, name, ask)

    for name in _ABOUT_A_TOPIC:
        routed(name, getattr(models.SNSBackend, name))


def _envelope(
    subscription: Any, message: str, message_id: str, subject: str | None, attributes: Mapping[str, Any] | None
) -> dict[str, Any]:
    region = subscription.topic_arn.split(":")[3]
    envelope = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic_arn,
        "Message": message,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": "1",
        "Signature": "bm90IHNpZ25lZA==",
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/SimpleNotificationService-local.pem",
        "UnsubscribeURL": (
            f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"
        ),
    }
    if subject:
        envelope["Subject"] = subject
    if attributes:
        envelope["MessageAttributes"] = attributes
    return envelope


def _function_record(subscription: Any, envelope: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {"Subject": None, "MessageAttributes": {}, **envelope},
    }


def _queue_attributes(attributes: Mapping[str, Any] | None) -> dict[str, Any]:
    """A topic's message attributes as a queue's: raw delivery passes them on."""
    return {
        name: {
            "DataType": value["Type"],
            "BinaryValue" if value["Type"].startswith("Binary") else "StringValue": value["Value"],
        }
        for name, value in (attributes or {}).items()
    }
