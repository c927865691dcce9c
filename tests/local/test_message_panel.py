"""A message in a terminal says what the page says."""

from __future__ import annotations

from io import StringIO
from typing import Any

from rich.console import Console

from manual_change_local.message_panel import message_panel


def shown(*blocks: dict[str, Any], **payload: Any) -> str:
    terminal = StringIO()
    Console(file=terminal, width=100).print(message_panel({"blocks": list(blocks), **payload}, channel="changes"))
    return terminal.getvalue()


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text}


def test_every_kind_of_block_is_shown() -> None:
    """Nothing of the message is missing in the terminal."""
    said = shown(
        {"type": "header", "text": {"type": "plain_text", "text": "HEADER"}},
        {"type": "section", "text": mrkdwn("*SECTION* ```PRE```")},
        {"type": "section", "fields": [mrkdwn("FIELD 1"), mrkdwn("FIELD 2"), mrkdwn("FIELD 3")]},
        {"type": "divider"},
        {"type": "context", "elements": [mrkdwn("CONTEXT")]},
        {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "BUTTON"}}]},
        {"type": "image", "image_url": "https://example.com/", "alt_text": "IMAGE"},
        {"type": "markdown", "text": "MARKDOWN"},
    )

    words = ("# changes", "HEADER", "SECTION", "PRE", "FIELD 1", "FIELD 3", "───", "CONTEXT", "BUTTON", "IMAGE")
    assert [] == [word for word in (*words, "MARKDOWN") if word not in said]


def test_two_fields_share_a_line() -> None:
    """Two columns, as in Slack."""
    said = shown({"type": "section", "fields": [mrkdwn("FIELD 1"), mrkdwn("FIELD 2")]})

    assert [True] == ["FIELD 2" in line for line in said.splitlines() if "FIELD 1" in line]


def test_a_message_cannot_steer_the_terminal() -> None:
    """Escape sequences in a resource's name are taken out."""
    assert "\x1b" not in shown({"type": "section", "text": mrkdwn("web\x1b]0;owned\x07\x1b[2J")})


def test_without_blocks_the_text_is_shown() -> None:
    """As Slack does it."""
    assert "only words" in shown(text="only *words*")
