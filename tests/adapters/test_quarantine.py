"""What could not be trusted, set aside in a queue."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from manual_change.adapters.quarantine import Quarantine
from manual_change.adapters.queues import MESSAGE_BYTES
from manual_change.domain.origin import Distrust

SHOP = "444455556666"
FORGED = Distrust("another-account", "it speaks about another")


@pytest.fixture
def set_aside(aws: Callable[[str], Any], queue_url: str) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Puts a message into the quarantine; how many bytes the entry has, and what it says."""

    def put(body: str, distrust: Distrust = FORGED) -> tuple[int, dict[str, Any]]:
        Quarantine(aws("sqs"), queue_url).put(body, distrust)
        [message] = aws("sqs").receive_message(QueueUrl=queue_url)["Messages"]
        return len(message["Body"].encode()), json.loads(message["Body"])

    return put


def event(text: str) -> str:
    """What a member put on the bus, as EventBridge wraps it: its account comes last here."""
    document = {"detail-type": "x", "detail": text, "source": "aws.config", "account": SHOP}
    return json.dumps(document, ensure_ascii=False)


def test_a_message_is_kept_as_it_came(set_aside: Callable[..., Any]) -> None:
    """Nothing is said of its size: it is all there."""
    body = event("変更 😀")

    assert {
        "version": 1,
        "reason": "another-account",
        "explanation": "it speaks about another",
        "message": body,
    } == set_aside(body)[1]


@pytest.mark.parametrize("sign", ["a", '"', "\n", "é", "変", "😀"])
def test_of_a_long_one_the_beginning_is_kept_and_its_size_and_sender(set_aside: Callable[..., Any], sign: str) -> None:
    """Whatever a character takes in the queue, from one byte to twelve: as much as fits, and none is split."""
    body = event(sign * 250_000)

    size, entry = set_aside(body)

    assert MESSAGE_BYTES - 12 <= size <= MESSAGE_BYTES
    assert body.startswith(entry["message"])
    assert (len(body.encode()), SHOP) == (entry["shortened_from"], entry["account"])


def test_a_long_one_may_be_anything(set_aside: Callable[..., Any]) -> None:
    """Who sent what is no event is not known."""
    _, entry = set_aside("é" * 500_000)

    assert (1_000_000, None) == (entry["shortened_from"], entry["account"])


def test_what_the_explanation_quotes_is_cut_too(set_aside: Callable[..., Any]) -> None:
    """It names the account that a message says it is about: a forger writes what it likes there."""
    size, entry = set_aside("{}", Distrust("another-account", "it speaks about " + "😀" * 100_000))

    assert size < MESSAGE_BYTES
    assert entry["explanation"].endswith("… (99,016 more characters)")
