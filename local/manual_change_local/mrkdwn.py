"""Slack's text format, read into plain values: what a page and a terminal both show.

Source: "Formatting text for app surfaces" (docs.slack.dev/messaging/formatting-message-text). Everything that is not
markup stays text as it is; nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

LINK_SCHEMES: Final = frozenset({"http", "https", "mailto"})

EMOJI: Final = {
    "bell": "🔔",
    "bust_in_silhouette": "👤",
    "clock3": "🕒",
    "construction": "🚧",
    "exclamation": "❗",
    "eyes": "👀",
    "fire": "🔥",
    "grey_question": "❔",
    "hand": "✋",
    "key": "🔑",
    "large_blue_circle": "🔵",
    "large_orange_circle": "🟠",
    "large_yellow_circle": "🟡",
    "lock": "🔒",
    "mag": "🔍",
    "memo": "📝",
    "pencil2": "✏️",
    "question": "❓",
    "raised_hand": "✋",
    "red_circle": "🔴",
    "rotating_light": "🚨",
    "shield": "🛡️",
    "warning": "⚠️",
    "white_check_mark": "✅",
    "white_circle": "⚪",
    "wrench": "🔧",
}
"""TABLE: the short names that messages of an alerting kind use; others are shown as they are written."""


@dataclass(frozen=True, slots=True)
class Span:
    """A run of characters that look the same. Line ends are characters too."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    code: bool = False
    link: str | None = None
    """An address of LINK_SCHEMES."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, or a quotation of it."""

    spans: tuple[Span, ...]
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Preformatted:
    """Lines between three backticks, shown as they are."""

    text: str


Part = Paragraph | Preformatted

_PREFORMATTED: Final = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_QUOTED: Final = re.compile(r"(?:>|&gt;) ?")
_MARKUP: Final = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<target>[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>"
    r"|(?<![\w*])\*(?=\S)(?P<bold>[^*\n]+)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<italic>[^_\n]+)(?<=\S)_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<strike>[^~\n]+)(?<=\S)~(?![\w~])"
)
_EMOJI: Final = re.compile(r":([a-z0-9_+-]+):")


def read_mrkdwn(text: str) -> tuple[Part, ...]:
    """The paragraphs, quotations and preformatted blocks of a mrkdwn text, in order."""
    return tuple(_parts(text))


def read_plain(text: str) -> tuple[Part, ...]:
    """A plain_text: no markup, only emoji."""
    return (Paragraph((Span(_with_emoji(text)),)),) if text else ()


def plain(parts: tuple[Part, ...]) -> str:
    """What is left without any looks."""
    return "\n".join(
        part.text if isinstance(part, Preformatted) else "".join(span.text for span in part.spans) for part in parts
    )


def _parts(text: str) -> Iterator[Part]:
    position = 0
    for match in _PREFORMATTED.finditer(text):
        yield from _paragraphs(text[position : match.start()].removesuffix("\n"))
        yield Preformatted(_unescaped(match.group(1)))
        position = match.end()
    yield from _paragraphs(text[position:].removeprefix("\n") if position else text)


def _paragraphs(text: str) -> Iterator[Paragraph]:
    run: list[str] = []
    run_quoted = False
    for line in text.split("\n") if text else ():
        quote = _QUOTED.match(line)
        if run and bool(quote) != run_quoted:
            yield _paragraph(run, quoted=run_quoted)
            run = []
        run_quoted = bool(quote)
        run.append(line[quote.end() :] if quote else line)
    if run:
        yield _paragraph(run, quoted=run_quoted)


def _paragraph(lines: list[str], *, quoted: bool) -> Paragraph:
    return Paragraph(tuple(_spans("\n".join(lines), Span(""))), quoted)


def _spans(text: str, looks: Span) -> Iterator[Span]:
    """The spans of `text`, each looking like `looks` and what its own markup adds."""
    position = 0
    for match in _MARKUP.finditer(text):
        if match.start() > position:
            yield replace(looks, text=_with_emoji(_unescaped(text[position : match.start()])))
        position = match.end()
        found = match.groupdict()
        if found["code"]:
            yield replace(looks, text=_unescaped(found["code"]), code=True)
        elif found["target"]:
            yield _reference(found["target"], found["label"], looks)
        elif found["bold"]:
            yield from _spans(found["bold"], replace(looks, bold=True))
        elif found["italic"]:
            yield from _spans(found["italic"], replace(looks, italic=True))
        else:
            yield from _spans(found["strike"], replace(looks, strike=True))
    if position < len(text):
        yield replace(looks, text=_with_emoji(_unescaped(text[position:])))


def _reference(target: str, label: str | None, looks: Span) -> Span:
    """`<https://…|label>`, `<#C…|name>`, `<@U…>`, `<!here>`, `<!date^…|fallback>`."""
    target, text = _unescaped(target), _unescaped(label or "")
    match target[0]:
        case "#":
            return replace(looks, text=f"#{text or target[1:]}")
        case "@":
            return replace(looks, text=f"@{text or target[1:]}")
        case "!":
            return replace(looks, text=text or f"@{target[1:]}")
    if not _is_link(target):
        return replace(looks, text=text or target)
    return replace(looks, text=_with_emoji(text) or target, link=target)


def _is_link(target: str) -> bool:
    try:
        return urlsplit(target).scheme in LINK_SCHEMES
    except ValueError:  # an address such as `https://[`
        return False


def _unescaped(text: str) -> str:
    """Slack knows these three entities and no other."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _with_emoji(text: str) -> str:
    return _EMOJI.sub(lambda match: EMOJI.get(match.group(1), match.group()), text)
