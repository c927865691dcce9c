"""Who sent what arrived on the hub's bus, and whether it may speak about the account that it speaks about."""

from __future__ import annotations

from typing import Any

import pytest

from manual_change.domain.origin import (
    Origin,
    account_of_message,
    distrust_accounts,
    distrust_forwarded_call,
    distrust_notification,
    origin_of,
)

HERE, THERE = "111122223333", "444455556666"


def an_event(detail: Any, *, account: str = HERE, source: str = "aws.config") -> dict[str, Any]:
    """What EventBridge hands over, with what it wrote itself."""
    return {
        "version": "0",
        "id": "e-1",
        "detail-type": "Config Configuration Item Change",
        "source": source,
        "account": account,
        "region": "eu-west-1",
        "detail": detail,
    }


def an_item(account: str | None = HERE, *, spelling: str = "awsAccountId") -> dict[str, Any]:
    """A notification about an account."""
    return {"messageType": "ConfigurationItemChangeNotification", "configurationItem": {spelling: account}}


def reason(document: Any, *messages: Any, bare_messages: bool = False) -> str | None:
    """Why these messages are not trusted; None where they are."""
    distrust = distrust_notification(document, bare_messages=bare_messages) or distrust_accounts(
        origin_of(document), map(account_of_message, messages)
    )
    return distrust.reason if distrust else None


def test_an_envelope_says_where_an_event_came_from() -> None:
    """AWS writes it, whoever sent the event."""
    assert Origin(HERE, "eu-west-1", "aws.config") == origin_of(an_event({}))


@pytest.mark.parametrize("document", [an_item(), {"detail": {}, "account": HERE}, [], None, "text"], ids=str)
def test_whatever_is_no_event_has_no_origin(document: Any) -> None:
    """A notification out of a topic has none."""
    assert origin_of(document) is None


@pytest.mark.parametrize("spelling", ["awsAccountId", "accountId"])
def test_an_account_may_speak_about_itself(spelling: str) -> None:
    """In either spelling of an item."""
    item = an_item(spelling=spelling)

    assert reason(an_event(item), item) is None


def test_an_oversized_notice_says_its_account_in_its_summary() -> None:
    """Otherwise a forger would send only such."""
    notice = {"messageType": "OversizedConfigurationItemChangeNotification"}
    ours, theirs = ({**notice, "configurationItemSummary": {"awsAccountId": each}} for each in (HERE, THERE))

    assert (None, "another-account") == (reason(an_event(ours), ours), reason(an_event(theirs), theirs))


@pytest.mark.parametrize("about", [THERE, None, "", f"{HERE} "])
def test_an_account_may_not_speak_about_another(about: str | None) -> None:
    """A forged item, or one that names no account."""
    item = an_item(about)

    assert "another-account" == reason(an_event(item), item)


def test_one_forged_message_among_many_is_enough() -> None:
    """Wrapped together, they are set aside together."""
    assert "another-account" == reason(an_event({}), an_item(), an_item(THERE), an_item())


@pytest.mark.parametrize("source", ["custom.config", "AWS.config", "aws.configs", "aws.ec2", ""])
def test_only_aws_config_speaks_for_aws_config(source: str) -> None:
    """PutEvents refuses `aws.` to everybody but AWS; everything else is somebody's own."""
    item = an_item()

    assert "not-from-aws" == reason(an_event(item, source=source), item)


@pytest.mark.parametrize(("bare_messages", "expected"), [(True, None), (False, "no-envelope")])
def test_a_bare_message_counts_where_a_topic_delivers(bare_messages: bool, expected: str | None) -> None:
    """The queue takes from the topics named and from the bus, and from nobody else."""
    assert expected == reason(an_item(), an_item(), bare_messages=bare_messages)


def test_half_an_envelope_is_none() -> None:
    """An event that lacks its account must not pass for a topic's message."""
    half = {"detail-type": "Config Configuration Item Change", "source": "aws.config", "detail": an_item()}

    assert "no-envelope" == reason(half, an_item(), bare_messages=True)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (an_event({}, source="aws.iam"), None),
        (an_event({}, source="my.iam"), "not-from-aws"),
        (an_event({}, source="aws.partner/example.com/tenant/iam"), "not-from-aws"),
        (an_event({}, account=THERE, source="aws.iam"), "another-account"),
        ({}, "no-envelope"),
    ],
)
def test_a_call_counts_for_the_account_that_it_came_from(document: Any, expected: str | None) -> None:
    """A member cannot put a call into another account's records."""
    distrust = distrust_forwarded_call(document) or distrust_accounts(origin_of(document), [HERE])

    assert expected == (distrust.reason if distrust else None)
