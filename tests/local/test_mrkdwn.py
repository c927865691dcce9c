"""Slack's text format is read as Slack reads it."""

from __future__ import annotations

import pytest

from manual_change_local.mrkdwn import Paragraph, Part, Preformatted, Span, plain, read_mrkdwn, read_plain


def one_line(text: str) -> tuple[Span, ...]:
    (part,) = read_mrkdwn(text)
    assert isinstance(part, Paragraph)
    return part.spans


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("*bold*", Span("bold", bold=True)),
        ("_italic_", Span("italic", italic=True)),
        ("~gone~", Span("gone", strike=True)),
        ("`sg-1`", Span("sg-1", code=True)),
        ("<https://example.com/|here>", Span("here", link="https://example.com/")),
        ("<https://example.com/>", Span("https://example.com/", link="https://example.com/")),
        ("<https://example.com/?a=1&amp;b=2|x>", Span("x", link="https://example.com/?a=1&b=2")),
        ("<#C00000001|changes>", Span("#changes")),
        ("<@U00000001>", Span("@U00000001")),
        ("<!here>", Span("@here")),
        ("<!date^1795350855^{date}|22 November>", Span("22 November")),
        (":warning:", Span("⚠️")),
        (":no_such_emoji:", Span(":no_such_emoji:")),
        ("*_both_*", Span("both", bold=True, italic=True)),
        ("&lt;b&gt; &amp;amp;", Span("<b> &amp;")),
    ],
)
def test_each_markup_is_known(text: str, span: Span) -> None:
    """What Slack's formatting guide lists."""
    assert (span,) == one_line(text)


@pytest.mark.parametrize("text", ["a*b*c", "2 * 3 * 4", "snake_case_name", "* x *", "`", "<>", "~/.aws ~/.ssh"])
def test_what_only_resembles_markup_is_text(text: str) -> None:
    """Slack wants a word's beginning and end around its markers."""
    assert (Span(text),) == one_line(text)


def test_an_address_that_is_no_link_stays_words() -> None:
    """A script is nothing to click on."""
    assert (Span("click"),) == one_line("<javascript:alert(1)|click>")


def test_markup_and_words_stand_in_order() -> None:
    """Nothing between the markup is lost."""
    expected = (Span("by "), Span("alice", bold=True), Span(" via "), Span("console", code=True), Span("."))
    assert expected == one_line("by *alice* via `console`.")


def test_preformatted_lines_keep_their_looks() -> None:
    """Between three backticks nothing is markup; the characters are unescaped."""
    expected: tuple[Part, ...] = (
        Paragraph((Span("was"),)),
        Preformatted("*a* &\n  b"),
        Paragraph((Span("now"),)),
    )
    assert expected == read_mrkdwn("was\n```\n*a* &amp;\n  b\n```\nnow")


@pytest.mark.parametrize("marker", ["> ", "&gt; "])
def test_lines_that_begin_with_a_greater_than_are_a_quotation(marker: str) -> None:
    """Neighbouring lines belong to one quotation."""
    expected = (Paragraph((Span("a\nb"),), quoted=True), Paragraph((Span("c"),)))
    assert expected == read_mrkdwn(f"{marker}a\n{marker}b\nc")


def test_plain_text_knows_no_markup_but_emoji() -> None:
    """A header's asterisks are asterisks."""
    assert (Paragraph((Span("🚨 *x* &amp;"),)),) == read_plain(":rotating_light: *x* &amp;")


def test_the_words_without_looks() -> None:
    """For what cannot show any."""
    assert "by alice\nx" == plain(read_mrkdwn("by *alice*\n```x```"))
