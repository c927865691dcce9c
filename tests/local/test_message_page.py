"""The page shows what Slack would show, and nothing in a message can become more than text."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from manual_change_local.message_page import message_page

HOSTILE = "<script>alert(1)</script>\" onmouseover=\"alert(2)' onfocus='alert(3)<img src=x onerror=alert(4)>"
ESCAPED_HOSTILE = HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Tags(HTMLParser):
    """The page's tags with their attributes, and its words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(*blocks: dict[str, Any], **options: Any) -> str:
    return message_page([{"text": "fallback", "blocks": list(blocks)}], **options)


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**changed: Any) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": "https://example.com/", **changed}


def everything_saying(words: str) -> list[dict[str, Any]]:
    """One block of every kind, with `words` wherever a block has text."""
    plain = {"type": "plain_text", "text": words}
    mrkdwn = {"type": "mrkdwn", "text": words}
    code = {"type": "mrkdwn", "text": f"`{words}` ```{words}``` <https://example.com/{words}|{words}>"}
    image = {"type": "image", "image_url": words, "alt_text": words}
    return [
        {"type": "header", "text": plain},
        {"type": "section", "text": mrkdwn, "accessory": image},
        {"type": "section", "text": code, "accessory": button(text=plain, url=words, style=words)},
        {"type": "section", "fields": [mrkdwn, plain]},
        {"type": "context", "elements": [mrkdwn, image]},
        {"type": "actions", "elements": [button(text=plain, url=f"https://example.com/{words}")]},
        {"type": "image", "image_url": words, "alt_text": words},
        {"type": "markdown", "text": words},
        {"type": words},
    ]


@pytest.mark.parametrize("words", [HOSTILE, ESCAPED_HOSTILE, '"><svg onload=alert(5)>', "`*_~<|>&;"])
def test_words_never_become_markup(words: str) -> None:
    """A resource's name is chosen by anybody; on the page it is only ever text."""
    payload = {"text": words, "blocks": everything_saying(words), "attachments": [{"color": words, "blocks": []}]}
    page = Tags(message_page([payload], channel=words, sender=words, note=words, language=words))

    assert not {tag for tag, _ in page.tags} & {"script", "img", "iframe", "object", "link"}
    assert not {name for _, attributes in page.tags for name in attributes if name.startswith("on")}


def test_the_page_loads_nothing() -> None:
    """It can be sent by mail and opened anywhere."""
    page = Tags(page_of(*everything_saying("x")))

    assert not [attributes for _, attributes in page.tags if "src" in attributes]
    assert [{"http-equiv": "Content-Security-Policy", "content": "default-src 'none'; style-src 'unsafe-inline'"}] == [
        meta for meta in page.of("meta") if "http-equiv" in meta
    ]


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd"])
def test_only_web_addresses_become_links(target: str) -> None:
    """From text and from buttons alike."""
    page = Tags(page_of(section(f"<{target}|here>"), {"type": "actions", "elements": [button(url=target)]}))

    assert [] == page.of("a")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*alice*", "<b>alice</b>"),
        ("_alice_", "<i>alice</i>"),
        ("~alice~", "<s>alice</s>"),
        ("`alice`", "<code>alice</code>"),
        ("```+ tcp 22```", "<pre>+ tcp 22</pre>"),
        ("> alice", "<blockquote>alice</blockquote>"),
        ("&lt;alice&gt; &amp; bob", "&lt;alice&gt; &amp; bob"),
        (
            "<https://example.com/?a=1&amp;b=2|web>",
            '<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer">web</a>',
        ),
    ],
)
def test_text_looks_as_in_slack(text: str, html: str) -> None:
    """Each markup has its element."""
    assert html in page_of(section(text))


def test_fields_stand_in_columns() -> None:
    """Slack shows a section's fields two abreast."""
    fields = [{"type": "mrkdwn", "text": f"*{name}*"} for name in ("Account", "Region")]

    assert (
        '<div class="fields"><div class="text"><span><b>Account</b></span></div>'
        '<div class="text"><span><b>Region</b></span></div></div>'
    ) in page_of({"type": "section", "fields": fields})


def test_a_button_is_a_link_in_its_style() -> None:
    """What opens the console can be clicked."""
    page = Tags(page_of({"type": "actions", "elements": [button(style="danger")]}))

    assert [{"class": "button danger", "href": "https://example.com/", "rel": "noopener noreferrer"}] == page.of("a")


def test_without_blocks_the_text_is_the_message() -> None:
    """As Slack does it."""
    assert "<span>only <b>words</b></span>" in message_page([{"text": "only *words*"}])


def test_the_pages_title_is_the_text_of_the_notification() -> None:
    """What a phone shows of the message."""
    assert "<title>fallback</title>" in page_of(section("x"))


def test_several_messages_stand_below_each_other() -> None:
    """A channel's worth of them."""
    page = Tags(message_page([{"text": "one"}, {"text": "two"}]))

    assert 2 == len(page.of("article"))


def test_the_time_is_shown_when_it_is_known() -> None:
    """And left out otherwise, so that a page can be compared byte by byte."""
    page = page_of(section("x"), posted_at=datetime(2026, 11, 22, 12, 34, tzinfo=UTC))

    assert '<time datetime="2026-11-22T12:34:00+00:00">12:34</time>' in page
