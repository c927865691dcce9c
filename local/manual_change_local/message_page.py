"""Slack messages as a page: self-contained HTML that looks the way Slack shows Block Kit, in light and in dark.

Every text is escaped; nothing is loaded from anywhere (images of a message stand as their alternative text), and the
page forbids scripts by its own policy, so that a message from an attacker's resource name is only ever text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import Any, Final

from manual_change_local.mrkdwn import Part, Preformatted, Span, read_mrkdwn, read_plain

_AVATAR: Final = (
    '<svg class="avatar" viewBox="0 0 36 36" aria-hidden="true"><rect width="36" height="36" fill="#4a154b"/>'
    '<path d="M5 18s5-8 13-8 13 8 13 8-5 8-13 8-13-8-13-8z" fill="#ffffff"/>'
    '<circle cx="18" cy="18" r="5" fill="#4a154b"/><circle cx="20" cy="16" r="1.5" fill="#ffffff"/></svg>'
)
"""An eye: it watches."""


def message_page(
    payloads: Sequence[Mapping[str, Any]],
    *,
    channel: str = "manual-changes",
    sender: str = "ManualChangeDetector",
    posted_at: datetime | None = None,
    note: str | None = None,
    language: str = "en",
) -> str:
    """The HTML of a channel in which these messages (Block Kit payloads) stand one below the other.

    `posted_at` is shown as it is, in its own zone; left out, no time is shown. `note` stands below, outside of Slack.
    """
    title = next((str(payload["text"]) for payload in payloads if payload.get("text")), "Slack messages")
    style = files("manual_change_local").joinpath("message_page.css").read_text(encoding="utf-8")
    messages = "\n".join(_message(payload, sender=sender, posted_at=posted_at) for payload in payloads)
    footer = f"\n<footer>{escape(note)}</footer>" if note else ""
    return f"""<!doctype html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<div class="channel"><span>#</span> {escape(channel)}</div>
<div class="messages">
{messages}
</div>
</main>{footer}
</body>
</html>
"""


def _message(payload: Mapping[str, Any], *, sender: str, posted_at: datetime | None) -> str:
    time = f'<time datetime="{posted_at.isoformat()}">{posted_at:%H:%M}</time>' if posted_at else ""
    body = "\n".join(_body(payload))
    return (
        f'<article class="message">{_AVATAR}<div>\n'
        f'<div class="byline"><b>{escape(sender)}</b><span class="app">APP</span>{time}</div>\n'
        f'<div class="body">\n{body}\n</div>\n</div></article>'
    )


def _body(payload: Mapping[str, Any]) -> Iterator[str]:
    """Blocks take the place of the text; attachments stand below, with their colour at the edge."""
    blocks = payload.get("blocks")
    if blocks:
        yield from (_block(block) for block in blocks)
    elif payload.get("text"):
        yield f'<div class="text">{_parts(read_mrkdwn(str(payload["text"])))}</div>'
    for attachment in payload.get("attachments") or ():
        inner = "\n".join(_block(block) for block in attachment.get("blocks") or ())
        colour = str(attachment.get("color") or "")
        edge = f' style="border-left-color: {colour}"' if _is_colour(colour) else ""
        yield f'<div class="attachment"{edge}>\n{inner}\n</div>'


def _block(block: Mapping[str, Any]) -> str:
    match block.get("type"):
        case "header":
            return f"<h2>{_text(block.get('text'))}</h2>"
        case "section":
            return _section(block)
        case "context":
            elements = "".join(_context_element(element) for element in block.get("elements") or ())
            return f'<div class="context">{elements}</div>'
        case "actions":
            return f'<div class="actions">{"".join(_button(each) for each in block.get("elements") or ())}</div>'
        case "divider":
            return "<hr>"
        case "image":
            return _image(block)
        case "markdown":
            return f'<div class="text">{escape(str(block.get("text", "")))}</div>'
        case other:
            return f'<div class="context">{escape(f"a block of type {other}")}</div>'


def _section(block: Mapping[str, Any]) -> str:
    text = f'<div class="text">{_text(block["text"])}</div>' if block.get("text") else ""
    fields = "".join(f'<div class="text">{_text(field)}</div>' for field in block.get("fields") or ())
    columns = f'<div class="fields">{fields}</div>' if fields else ""
    accessory = block.get("accessory") or {}
    beside = _button(accessory) if accessory.get("type") == "button" else _image(accessory) if accessory else ""
    return f'<div class="section"><div>{text}{columns}</div>{beside}</div>'


def _context_element(element: Mapping[str, Any]) -> str:
    return _image(element) if element.get("type") == "image" else f'<div class="text">{_text(element)}</div>'


def _button(button: Mapping[str, Any]) -> str:
    style = str(button.get("style") or "")
    kind = f"button {style}" if style in ("primary", "danger") else "button"
    label = _text(button.get("text"))
    url = str(button.get("url") or "")
    if url.startswith(("https://", "http://")):
        return f'<a class="{kind}" href="{escape(url)}" rel="noopener noreferrer">{label}</a>'
    return f'<span class="{kind}">{label}</span>'


def _image(image: Mapping[str, Any]) -> str:
    return f"<figure>{escape(str(image.get('alt_text', '')))}</figure>"


def _text(text: object) -> str:
    match text:
        case {"type": "mrkdwn", "text": str(words)}:
            return _parts(read_mrkdwn(words))
        case {"text": str(words)}:
            return _parts(read_plain(words))
        case _:
            return ""


def _parts(parts: Sequence[Part]) -> str:
    return "".join(_part(part) for part in parts)


def _part(part: Part) -> str:
    if isinstance(part, Preformatted):
        return f"<pre>{escape(part.text)}</pre>"
    spans = "".join(_span(span) for span in part.spans)
    return f"<blockquote>{spans}</blockquote>" if part.quoted else f"<span>{spans}</span>"


def _span(span: Span) -> str:
    html = escape(span.text)
    if span.code:
        html = f"<code>{html}</code>"
    for wanted, tag in ((span.strike, "s"), (span.italic, "i"), (span.bold, "b")):
        if wanted:
            html = f"<{tag}>{html}</{tag}>"
    if span.link:
        html = f'<a href="{escape(span.link)}" rel="noopener noreferrer">{html}</a>'
    return html


def _is_colour(colour: str) -> bool:
    return len(colour) == 7 and colour[0] == "#" and all(digit in "0123456789abcdefABCDEF" for digit in colour[1:])
