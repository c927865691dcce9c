"""What arrives: every wrapping, every message type, and what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manual_change.domain.change import Change, Unreadable
from manual_change.domain.notification import (
    CHANGE_MESSAGES,
    OTHER_MESSAGES,
    BareItem,
    NotAChange,
    Oversized,
    read_message,
    unwrap,
)

ITEM = {
    "configurationItemVersion": "1.3",
    "configurationItemCaptureTime": "2026-11-22T12:34:56.789Z",
    "configurationItemStatus": "OK",
    "awsAccountId": "111122223333",
    "awsRegion": "eu-west-1",
    "resourceType": "AWS::EC2::SecurityGroup",
    "resourceId": "sg-1",
}
DIFF = {
    "changeType": "UPDATE",
    "changedProperties": {
        "Configuration.IpPermissions.0": {
            "previousValue": None,
            "updatedValue": {"fromPort": 22},
            "changeType": "CREATE",
        }
    },
}
MESSAGE = {
    "configurationItemDiff": DIFF,
    "configurationItem": ITEM,
    "notificationCreationTime": "2026-11-22T12:34:57.000Z",
    "messageType": "ConfigurationItemChangeNotification",
    "recordVersion": "1.3",
}
TEXT = json.dumps(MESSAGE)
ENVELOPE = {
    "Type": "Notification",
    "MessageId": "m-1",
    "TopicArn": "arn:aws:sns:eu-west-1:111122223333:config",
    "Subject": "[AWS Config:eu-west-1] AWS::EC2::SecurityGroup sg-1 Updated in Acco...",
    "Message": TEXT,
}
EVENT = {"source": "aws.config", "detail-type": "Config Configuration Item Change", "detail": MESSAGE}
SUMMARY = ITEM | {"changeType": "UPDATE"}


def in_sqs(body: object) -> dict[str, Any]:
    """An SQS record around something."""
    return {"messageId": "q-1", "eventSource": "aws:sqs", "body": json.dumps(body)}


WRAPPINGS = {
    "bare": MESSAGE,
    "sns": ENVELOPE,
    "sns with the message as an object": ENVELOPE | {"Message": MESSAGE},
    "sns by mail": ENVELOPE | {"Message": f"View the Timeline for this Resource in the Console:\n---\n{TEXT}"},
    "eventbridge": EVENT,
    "sqs around the bare message": in_sqs(MESSAGE),
    "sqs around sns": in_sqs(ENVELOPE),
    "sqs around eventbridge": in_sqs(EVENT),
    "sqs around sns around eventbridge": in_sqs(ENVELOPE | {"Message": json.dumps(EVENT)}),
    "sqs as its API writes it": {"MessageId": "q-1", "Body": TEXT},
    "the event of a function on a queue": {"Records": [in_sqs(MESSAGE)]},
    "the event of a function on a topic": {"Records": [{"EventSource": "aws:sns", "Sns": ENVELOPE}]},
    "the event of a rule's function": {"invokingEvent": TEXT, "ruleParameters": "{}"},
    "a list": [MESSAGE],
}


@pytest.mark.parametrize("wrapped", WRAPPINGS.values(), ids=WRAPPINGS.keys())
def test_a_message_is_found_in_every_wrapping(wrapped: object) -> None:
    """DESIGN, section 5.1; layers may be nested."""
    assert [MESSAGE] == list(unwrap(wrapped))


def test_several_messages_are_taken_out_in_their_order() -> None:
    """A batch of a queue."""
    records = [in_sqs(MESSAGE | {"recordVersion": version}) for version in "123"]

    assert ["1", "2", "3"] == [message["recordVersion"] for message in unwrap({"Records": records})]  # type: ignore[index]


def test_items_of_a_history_are_taken_out() -> None:
    """History and snapshot files, and what GetResourceConfigHistory answers."""
    found = [read_message(message) for message in unwrap({"fileVersion": "1.0", "configurationItems": [ITEM, ITEM]})]

    assert [BareItem, BareItem] == [type(message) for message in found]


def test_an_item_of_a_history_that_is_none_is_unreadable() -> None:
    """It claims to be one."""
    with pytest.raises(Unreadable):
        [read_message(message) for message in unwrap({"configurationItems": [7]})]


@pytest.mark.parametrize(
    "wrapped",
    [
        {"body": "not json"},
        {"body": ""},
        ENVELOPE | {"Message": "Hello"},
        ENVELOPE | {"Message": "View the Timeline {"},
        {"invokingEvent": "{"},
        {"body": "[" * 100_000},
    ],
)
def test_a_wrapping_whose_content_cannot_be_read_is_told(wrapped: object) -> None:
    """Not dropped: it goes to the dead-letter queue with the error."""
    with pytest.raises(Unreadable, match="is not JSON"):
        list(unwrap(wrapped))


def test_wrappings_without_end_are_told() -> None:
    """Whoever sends them must not end the stage."""
    wrapped: Any = MESSAGE
    for _ in range(5000):
        wrapped = {"Message": wrapped}

    with pytest.raises(Unreadable, match="layers"):
        list(unwrap(wrapped))


def test_a_notification_is_a_change() -> None:
    """With its diff."""
    change = read_message(MESSAGE)

    assert isinstance(change, Change)
    assert ("sg-1", "UPDATE", ["Configuration.IpPermissions.0"]) == (
        change.resource.id,
        change.change_type,
        [changed.path for changed in change.properties],
    )


@pytest.mark.parametrize(
    "message_type", ["OversizedConfigurationItemChangeNotification", "OversizedConfigurationItemChangeDeliveryFailed"]
)
def test_an_oversized_notice_is_a_change_without_its_diff(message_type: str) -> None:
    """The diff is rebuilt from the history, where there is one."""
    found = read_message({"messageType": message_type, "configurationItemSummary": SUMMARY})

    assert isinstance(found, Oversized)
    assert ("sg-1", "UPDATE", (), True) == (
        found.item.resource.id,
        found.change.change_type,
        found.change.properties,
        found.change.diff_left_out,
    )


@pytest.mark.parametrize("change_type", ["CREATE", "DELETE"])
def test_an_oversized_notice_says_what_kind_of_change_it_is(change_type: str) -> None:
    """In its summary."""
    message = {
        "messageType": "OversizedConfigurationItemChangeNotification",
        "configurationItemSummary": SUMMARY | {"changeType": change_type},
    }
    found = read_message(message)

    assert isinstance(found, Oversized)
    assert change_type == found.change.change_type


def test_the_message_types_that_are_changes() -> None:
    """The subscription lets these through, and no other."""
    assert {
        "ConfigurationItemChangeNotification",
        "OversizedConfigurationItemChangeNotification",
        "OversizedConfigurationItemChangeDeliveryFailed",
    } == CHANGE_MESSAGES


OTHERS = [
    "ComplianceChangeNotification",
    "ConfigRulesEvaluationStarted",
    "ConfigurationSnapshotDeliveryStarted",
    "ConfigurationSnapshotDeliveryCompleted",
    "ConfigurationSnapshotDeliveryFailed",
    "ConfigurationHistoryDeliveryCompleted",
    "ScheduledNotification",
]


@pytest.mark.parametrize("message_type", OTHERS)
def test_every_other_documented_message_is_dropped_with_its_reason(message_type: str) -> None:
    """And with what it says."""
    found = read_message({"messageType": message_type})

    assert isinstance(found, NotAChange)
    assert ("other-message-type", f"{message_type}: {OTHER_MESSAGES[message_type]}") == (
        found.reason,
        found.explanation,
    )


def test_the_documented_messages_are_known_to_this_test() -> None:
    """AWS Config developer guide, "Notifications that AWS Config sends to an Amazon SNS topic"."""
    assert set(OTHERS) == set(OTHER_MESSAGES)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"messageType": "SomethingNew"}, "other-message-type"),
        ({"messageType": "ConfigurationItemChangeNotificationX", "configurationItem": ITEM}, "other-message-type"),
        ({"s3Bucket": "logs", "s3ObjectKey": ["AWSLogs/x.json.gz"]}, "no-message-type"),
        ({}, "no-message-type"),
        ({"messageType": ""}, "no-message-type"),
        ({"messageType": 7}, "no-message-type"),
        ({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"}, "subscription-message"),
        ({"Type": "UnsubscribeConfirmation", "Message": "You have chosen to leave"}, "subscription-message"),
    ],
)
def test_a_message_that_is_no_change_is_dropped_with_its_reason(message: dict[str, Any], reason: str) -> None:
    """Control Tower's topic also carries CloudTrail's delivery notices."""
    [unwrapped] = unwrap(message)
    found = read_message(unwrapped)

    assert isinstance(found, NotAChange)
    assert reason == found.reason


@pytest.mark.parametrize(
    "message",
    [
        None,
        7,
        "text",
        [],
        {"messageType": "ConfigurationItemChangeNotification"},
        MESSAGE | {"configurationItem": None},
        MESSAGE | {"configurationItem": "x"},
        MESSAGE | {"configurationItem": [ITEM, ITEM]},
        MESSAGE | {"configurationItem": ITEM | {"resourceId": ""}},
        MESSAGE | {"configurationItem": ITEM | {"resourceType": None}},
        MESSAGE | {"configurationItem": ITEM | {"configurationItemCaptureTime": "noon"}},
        {"messageType": "OversizedConfigurationItemChangeNotification"},
        {"messageType": "OversizedConfigurationItemChangeDeliveryFailed", "configurationItemSummary": []},
    ],
)
def test_what_claims_to_be_a_change_and_is_none_is_unreadable(message: object) -> None:
    """It must not vanish."""
    with pytest.raises(Unreadable):
        read_message(message)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    "messageType Message Type Records body Sns detail detail-type invokingEvent configurationItem configurationItems"
    " configurationItemDiff configurationItemSummary changedProperties changeType resourceType resourceId"
    " configurationItemCaptureTime relationships tags configuration ARN supplementaryConfiguration".split()
)
WORDS = st.sampled_from(
    [*CHANGE_MESSAGES, "Notification", "UPDATE", "DELETE", "sg-1", "2026-11-22T12:00:00Z", TEXT, "{}"]
)
MESSAGES = st.recursive(
    WORDS | JSON,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=15,
)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(MESSAGES | st.fixed_dictionaries({}, optional=dict.fromkeys(MESSAGE, JSON)).map(lambda odd: MESSAGE | odd))
def test_no_input_is_an_error_and_none_vanishes(document: object) -> None:
    """Whatever arrives is a change, an item, a message with a reason, or unreadable."""
    try:
        read = [either(message) for message in unwrap(document)]
    except Unreadable as error:
        read = [error]

    assert all(isinstance(each, Change | Oversized | BareItem | NotAChange | Unreadable) for each in read)
    assert read or empty(document)


def empty(document: object) -> bool:
    """Whether there is nothing in it: a list of nothing, a batch of nothing."""
    match document:
        case {"Records": list(inner)} | {"configurationItems": list(inner)} | list(inner):
            return all(empty(each) for each in inner)
        case {"Sns": inner} | {"Message": dict(inner)} | {"detail": inner}:
            return empty(inner)
        case {"body": str(text)} | {"Message": str(text)} | {"invokingEvent": str(text)}:
            return empty(json.loads(text))
    return False


@settings(derandomize=True, max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys([*ITEM, "relationships", "tags", "configuration", "ARN"], JSON)),
    JSON,
)
def test_no_item_and_no_diff_is_an_error(odd: dict[str, Any], diff: object) -> None:
    """One thing odd at a time, or many: read, or called unreadable."""
    for kept in (odd, dict(list(odd.items())[:1])):
        read = either(MESSAGE | {"configurationItem": ITEM | kept, "configurationItemDiff": diff})

        assert isinstance(read, Change | Unreadable)


def either(message: object) -> object:
    """What the message is, or why it cannot be read."""
    try:
        return read_message(message)
    except Unreadable as error:
        return error
