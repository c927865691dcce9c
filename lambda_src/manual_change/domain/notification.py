"""What arrives: the wrappings around a message of AWS Config, and which messages are changes.

`unwrap` takes off SQS, SNS, EventBridge and rule-event wrappings; `read_message` says what one message is. Source of
the message types: AWS Config developer guide, "Notifications that AWS Config sends to an Amazon SNS topic".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from manual_change.domain.change import Change, Unreadable
from manual_change.domain.configuration_item import ConfigurationItem, read_change, read_item

CHANGE_MESSAGE: Final = "ConfigurationItemChangeNotification"
OVERSIZED_MESSAGES: Final = frozenset(
    {"OversizedConfigurationItemChangeNotification", "OversizedConfigurationItemChangeDeliveryFailed"}
)
CHANGE_MESSAGES: Final = frozenset({CHANGE_MESSAGE}) | OVERSIZED_MESSAGES
"""The message types that the subscription lets through."""

OTHER_MESSAGES: Final[Mapping[str, str]] = {
    "ComplianceChangeNotification": "a rule's evaluation changed",
    "ConfigRulesEvaluationStarted": "rules are being evaluated",
    "ConfigurationSnapshotDeliveryStarted": "a snapshot is being delivered",
    "ConfigurationSnapshotDeliveryCompleted": "a snapshot was delivered",
    "ConfigurationSnapshotDeliveryFailed": "a snapshot could not be delivered",
    "ConfigurationHistoryDeliveryCompleted": "a history file was delivered",
    "ScheduledNotification": "a rule's schedule came round",
}
"""Messages that are documented and are no change, each with what it says."""


@dataclass(frozen=True, slots=True)
class NotAChange:
    """A message that is no change, and why."""

    reason: str
    """A code of docs/judgement.md: `other-message-type`, `no-message-type`, `subscription-message`."""
    explanation: str


@dataclass(frozen=True, slots=True)
class Oversized:
    """A change whose diff did not fit: the item is a summary; the diff must be fetched."""

    item: ConfigurationItem
    change: Change
    """The change with its diff left out: what is used where there is no history to fetch from."""


@dataclass(frozen=True, slots=True)
class BareItem:
    """A configuration item out of a history or snapshot file: a change only beside the item before it."""

    item: ConfigurationItem


Message = Change | Oversized | BareItem | NotAChange


def read_body(body: str) -> object:
    """The document that the body of a queue's message holds.

    Raises:
        Unreadable: it is not JSON.
    """
    return _loads(body, "the body of the SQS record")


def unwrap(document: object) -> Iterator[object]:
    """Each message of Config inside `document`, whatever it is wrapped in; layers may be nested.

    Raises:
        Unreadable: a wrapping whose content cannot be read, or wrappings without end.
    """
    try:
        yield from _unwrap(document)
    except RecursionError as error:
        raise Unreadable("the message is wrapped in more layers than can be taken off") from error


def _unwrap(document: object) -> Iterator[object]:
    match document:
        case {"Records": list(records)}:  # the event that a function receives
            for record in records:
                yield from _unwrap(record)
        case {"Sns": Mapping() as envelope}:
            yield from _unwrap(envelope)
        case {"body": str(text)} | {"Body": str(text)}:
            yield from _unwrap(read_body(text))
        case {"Type": "SubscriptionConfirmation" | "UnsubscribeConfirmation"}:
            yield document
        case {"messageType": str()}:
            yield document
        case {"Message": str(text)}:
            yield from _unwrap(_loads(text, "Message of the SNS envelope"))
        case {"Message": Mapping() as message}:  # as the documentation prints it
            yield from _unwrap(message)
        case {"invokingEvent": str(text)}:  # what a rule's function receives
            yield from _unwrap(_loads(text, "invokingEvent of the rule event"))
        case {"detail-type": _, "detail": Mapping() as detail}:
            yield from _unwrap(detail)
        case {"configurationItems": list(items)}:  # history files, snapshot files, GetResourceConfigHistory
            for item in items:
                yield item if isinstance(item, Mapping) else {"configurationItem": item}
        case list(documents):
            for entry in documents:
                yield from _unwrap(entry)
        case _:
            yield document


def read_message(message: object) -> Message:
    """What one unwrapped message is.

    Raises:
        Unreadable: it claims to be a change and cannot be read as one.
    """
    if not isinstance(message, Mapping):
        raise Unreadable(f"the message is a {type(message).__name__}; an object is expected")
    message_type = message.get("messageType")
    if message_type == CHANGE_MESSAGE:
        return _read_notification(message)
    if isinstance(message_type, str) and message_type in OVERSIZED_MESSAGES:
        return _read_oversized(message)
    if message.get("Type") in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return NotAChange("subscription-message", f"SNS asks about a subscription ({message['Type']})")
    if isinstance(message_type, str) and message_type:
        said = OTHER_MESSAGES.get(message_type, "a message type that AWS has not documented")
        return NotAChange("other-message-type", f"{message_type}: {said}")
    if "configurationItem" in message:
        return _read_notification(message)
    if "resourceType" in message and "configurationItemCaptureTime" in message:
        return BareItem(read_item(message))
    return NotAChange("no-message-type", f"a message without a messageType (keys: {_keys(message)})")


def _read_notification(message: Mapping[str, Any]) -> Change:
    return read_change(read_item(message.get("configurationItem")), message.get("configurationItemDiff"))


def _read_oversized(message: Mapping[str, Any]) -> Oversized:
    summary = message.get("configurationItemSummary")
    item = read_item(summary)
    change_type = summary.get("changeType") if isinstance(summary, Mapping) else None
    change = read_change(item, {"changeType": change_type} if change_type else None)
    return Oversized(item=item, change=change)


def _loads(text: str, where: str) -> object:
    """Read JSON that may stand behind words (Config's e-mail form begins with a paragraph)."""
    begin = text.find("{")
    try:
        return json.loads(text if begin <= 0 or text.lstrip()[:1] in '["' else text[begin:])
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{where} is not JSON: {error}") from error


def _keys(message: Mapping[str, Any]) -> str:
    names = sorted(str(key) for key in message)
    return ", ".join(names[:6]) + (", …" if len(names) > 6 else "") if names else "none"
