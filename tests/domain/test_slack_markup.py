"""Text that cannot break out of mrkdwn."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from manual_change.domain.slack_markup import code, escape, header, length, link, moment, prose
from manual_change.domain.slack_text import ENGLISH, LANGUAGES, texts_in


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<!here>", "&lt;!here&gt;"),
        ("<@U012AB3CD>", "&lt;@U012AB3CD&gt;"),
        ("a & b", "a &amp; b"),
        ("&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;"),
        ("bell \x07, null \x00", "bell , null "),
        ("half \ud83d a pair", "half \ufffd a pair"),
    ],
)
def test_text_means_itself(text: str, escaped: str) -> None:
    """A session name of `<!here>` wakes nobody."""
    assert escaped == escape(text)


def test_code_ends_where_it_should() -> None:
    """A backtick or a line end inside would end it early."""
    assert "`a'b c`" == code("a`b\nc", 100, ENGLISH.more)


def test_code_of_nothing_is_still_code() -> None:
    """Two backticks with nothing between them would be shown as they are."""
    assert "` `" == code("", 100, ENGLISH.more)


def test_what_is_cut_says_by_how_much() -> None:
    """The reader knows that there is more, and how much."""
    assert f"`{'x' * 73}`… (927 more characters)" == code("x" * 1000, 100, ENGLISH.more)


@pytest.mark.parametrize("text", ["&" * 1000, "🔥" * 1000, "<" * 99 + "x" * 500, "`" * 1000])
@pytest.mark.parametrize("write", [code, prose])
def test_escaped_text_keeps_its_limit(write: type[object], text: str) -> None:
    """An ampersand takes five characters once escaped, an emoji two in UTF-16; none is cut in the middle."""
    written = str(write(text, 100, ENGLISH.more))  # type: ignore[call-arg]

    assert length(written) <= 100
    assert written.rpartition(" (")[0].rstrip("…`").endswith(("&amp;", "🔥", "&lt;", "'", "x"))


def test_a_header_keeps_its_limit() -> None:
    """150 characters; the notification has the rest."""
    assert length(header("🔥" * 200, ENGLISH.more)["text"]["text"]) <= 150


def test_a_link_cannot_be_ended_by_its_url() -> None:
    """`|` and `>` in an address are data."""
    assert "<https://example.com/%7C%3E?a=1&amp;b=2|the call>" == link("https://example.com/|>?a=1&b=2", "the call")


@pytest.mark.parametrize("url", ["", "javascript:alert(1)", "http://example.com/", "https://example.com/" + "x" * 1000])
def test_what_nobody_should_follow_is_no_link(url: str) -> None:
    """The label stays, so that the message still reads."""
    assert "the call" == link(url, "the call")


def test_a_time_is_shown_in_the_readers_own_zone() -> None:
    """Slack's date sequence; its last part is what other clients show."""
    noon = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

    assert "<!date^1795348800^{date_num} {time_secs}|2026-11-22 12:00:00 UTC>" == moment(noon)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_language_says_everything(language: str) -> None:
    """The tables have the same keys and fill in the same things."""
    texts, english = texts_in(language), ENGLISH

    assert texts.via.keys() == english.via.keys()
    assert texts.did.keys() == texts.was.keys() == english.did.keys()


def test_a_language_without_a_table_is_refused() -> None:
    """The error names the languages there are."""
    with pytest.raises(ValueError, match="en or ja"):
        texts_in("fr")
