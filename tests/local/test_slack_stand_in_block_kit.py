"""Slack's documented limits, one over and exactly at each."""

from __future__ import annotations

from typing import Any

import pytest

from manual_change_local.slack_stand_in.block_kit import complaints

Block = dict[str, Any]


def mrkdwn(length: int) -> Block:
    return {"type": "mrkdwn", "text": "x" * length}


def plain(length: int) -> Block:
    return {"type": "plain_text", "text": "x" * length}


def button(**changed: Any) -> Block:
    return {"type": "button", "text": plain(4), "action_id": "open", "url": "https://example.com/", **changed}


def a_url(length: int) -> str:
    return "https://example.com/".ljust(length, "x")


LIMITS = {
    "section text of 3000": lambda over: [{"type": "section", "text": mrkdwn(3000 + over)}],
    "10 fields": lambda over: [{"type": "section", "fields": [mrkdwn(1)] * (10 + over)}],
    "field text of 2000": lambda over: [{"type": "section", "fields": [mrkdwn(2000 + over)]}],
    "header of 150": lambda over: [{"type": "header", "text": plain(150 + over)}],
    "10 context elements": lambda over: [{"type": "context", "elements": [mrkdwn(1)] * (10 + over)}],
    "25 actions": lambda over: [
        {"type": "actions", "elements": [button(action_id=f"a{number}") for number in range(25 + over)]}
    ],
    "button text of 75": lambda over: [{"type": "actions", "elements": [button(text=plain(75 + over))]}],
    "button url of 3000": lambda over: [{"type": "actions", "elements": [button(url=a_url(3000 + over))]}],
    "block_id of 255": lambda over: [{"type": "divider", "block_id": "x" * (255 + over)}],
    "50 blocks": lambda over: [{"type": "divider"}] * (50 + over),
    "markdown of 12000": lambda over: [{"type": "markdown", "text": "x" * (12_000 + over)}],
    "alt text of 2000": lambda over: [
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "x" * (2000 + over)}
    ],
}


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_exactly_at_a_limit_is_taken(limit: str) -> None:
    """Slack's limits are inclusive."""
    assert [] == complaints(LIMITS[limit](0))


@pytest.mark.parametrize("limit", LIMITS)
def test_what_is_one_over_a_limit_is_refused(limit: str) -> None:
    """Slack refuses the whole message for one character or item too many."""
    assert 1 == len(complaints(LIMITS[limit](1)))


WRONG: dict[str, tuple[Block, str]] = {
    "a block of no known type": ({"type": "banner"}, "/blocks/0/type"),
    "a section of nothing": ({"type": "section"}, "/blocks/0"),
    "a section with empty text": ({"type": "section", "text": mrkdwn(0)}, "/blocks/0/text/text"),
    "a section whose text is a bare string": ({"type": "section", "text": "hello"}, "/blocks/0/text"),
    "a header in mrkdwn": ({"type": "header", "text": mrkdwn(5)}, "/blocks/0/text"),
    "an emoji flag on mrkdwn": (
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        "/blocks/0/text",
    ),
    "a property that Slack does not know": ({"type": "divider", "colour": "red"}, "/blocks/0"),
    "a context without elements": ({"type": "context", "elements": []}, "/blocks/0/elements"),
    "a button in a context": ({"type": "context", "elements": [button()]}, "/blocks/0/elements/0"),
    "a button without text": ({"type": "actions", "elements": [button(text=None)]}, "/blocks/0/elements/0/text"),
    "a button to nowhere": ({"type": "actions", "elements": [button(url="example")]}, "/blocks/0/elements/0/url"),
    "a button of no known style": (
        {"type": "actions", "elements": [button(style="warning")]},
        "/blocks/0/elements/0/style",
    ),
    "two buttons with one action_id": (
        {"type": "actions", "elements": [button(), button()]},
        "/blocks/0/elements/1/action_id",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_complaint_points_at_what_is_wrong(wrong: str) -> None:
    """Slack answers with the JSON pointer of the offending part."""
    block, pointer = WRONG[wrong]

    assert [f"[json-pointer:{pointer}]"] == [complaint.rpartition(" ")[2] for complaint in complaints([block])]


def test_two_blocks_must_not_share_a_block_id() -> None:
    """A block_id is unique within its message."""
    twice = [{"type": "divider", "block_id": "here"}, {"type": "divider", "block_id": "here"}]

    assert ["[ERROR] `block_id` here already exists [json-pointer:/blocks/1/block_id]"] == complaints(twice)


def test_a_message_of_every_kind_of_block_is_taken() -> None:
    """The blocks that notifications are made of."""
    blocks = [
        {"type": "header", "text": {**plain(5), "emoji": True}},
        {"type": "section", "text": mrkdwn(5), "accessory": button()},
        {"type": "section", "fields": [mrkdwn(5), plain(5)]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn(5), {"type": "image", "image_url": a_url(30), "alt_text": "x"}]},
        {"type": "actions", "elements": [button(style="danger", value="sg-1")]},
        {"type": "image", "image_url": a_url(30), "alt_text": "x", "title": plain(5)},
        {"type": "markdown", "text": "**bold**"},
    ]

    assert [] == complaints(blocks)
