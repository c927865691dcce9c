"""The pages in a real browser. Not part of `make test`, which needs no browser: `make browser-test` runs this."""

from __future__ import annotations

import re
import struct
from html import unescape
from pathlib import Path

import pytest

from manual_change_local.gallery.browser import WIDTH, BrowserError, browser, dom, picture
from manual_change_local.gallery.pages import Page, pages
from manual_change_local.message_page import message_page


@pytest.fixture(scope="module", autouse=True)
def _chromium() -> None:
    """The browser that everything here needs."""
    try:
        browser()
    except BrowserError as error:
        pytest.fail(f"make browser-test needs a browser: {error}", pytrace=False)


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.name)
def test_the_browser_shows_every_headline(page: Page, tmp_path: Path) -> None:
    """As the renderer wrote them, in their order."""
    path = tmp_path / "page.html"
    path.write_text(page.html, encoding="utf-8")

    shown = [unescape(headline) for headline in re.findall(r"<h2><span>(.*?)</span></h2>", dom(path))]

    assert [message["blocks"][0]["text"]["text"] for message in page.messages] == shown


@pytest.mark.parametrize("page", list(pages()), ids=lambda page: page.name)
def test_the_picture_is_as_high_as_the_page(page: Page, tmp_path: Path) -> None:
    """No message is cut off, and nothing empty is kept."""
    path = tmp_path / "page.html"
    path.write_text(page.html, encoding="utf-8")

    width, height = struct.unpack(">II", picture(path)[16:24])

    assert WIDTH == width
    assert 150 * len(page.messages) < height < 6_900


def test_a_script_in_a_name_is_text(tmp_path: Path) -> None:
    """The page forbids scripts by its own policy; nothing of a message is markup."""
    evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    path = tmp_path / "page.html"
    path.write_text(
        message_page([{"text": evil, "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": evil}}]}]),
        encoding="utf-8",
    )

    shown = dom(path)

    assert "<title>owned" not in shown
    assert "<script" not in shown
    assert "<img" not in shown
