"""A Slack message in a terminal: the same parts as on the page, drawn with rich."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from manual_change_local.mrkdwn import Paragraph, Part, Preformatted, plain, read_mrkdwn, read_plain

_QUIET: Final = Style(dim=True)
_CODE: Final = Style(color="red")
_LINK: Final = Style(color="blue", underline=True)
_WIDTH: Final = 92
_HALF_A_LINE: Final = 40


def message_panel(
    payload: Mapping[str, Any], *, channel: str, sender: str = "ManualChangeDetector", time: str | None = None
) -> Panel:
    """The message as a person would see it in Slack; at most _WIDTH columns wide."""
    byline = Text.assemble((sender, "bold"), " ", (" APP ", "reverse dim"), *((("  " + time, "dim"),) if time else ()))
    return Panel(
        Group(byline, *_blocks(payload)),
        title=Text(f"# {channel}", "bold"),
        title_align="left",
        border_style="magenta",
        padding=(1, 2),
        width=_WIDTH,
    )


def _blocks(payload: Mapping[str, Any]) -> Iterator[RenderableType]:
    blocks = list(payload.get("blocks") or ())
    if not blocks and payload.get("text"):
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": payload["text"]}}]
    for attachment in payload.get("attachments") or ():
        blocks += attachment.get("blocks") or ()
    for block in blocks:
        yield Text()
        yield from _block(block)


def _block(block: Mapping[str, Any]) -> Iterator[RenderableType]:
    match block.get("type"):
        case "header":
            yield from _text(block.get("text"), Style(bold=True))
        case "section":
            yield from _text(block.get("text"))
            if block.get("fields"):
                yield _columns(block["fields"])
            if block.get("accessory", {}).get("type") == "button":
                yield _buttons([block["accessory"]])
        case "context":
            for element in block.get("elements") or ():
                yield from _text(element, _QUIET)
        case "actions":
            yield _buttons(block.get("elements") or ())
        case "divider":
            yield Rule(style="dim")
        case "image":
            yield Text(_printable(str(block.get("alt_text", ""))), _QUIET)
        case "markdown":
            yield Text(_printable(str(block.get("text", ""))))
        case other:
            yield Text(f"a block of type {other}", _QUIET)


def _columns(fields: Sequence[object]) -> RenderableType:
    """Two abreast, as Slack does it; what is too long for half a line has one of its own."""
    rows: list[list[object]] = []
    for field in fields:
        if rows and len(rows[-1]) == 1 and not _is_long(rows[-1][0]) and not _is_long(field):
            rows[-1].append(field)
        else:
            rows.append([field])
    shown: list[RenderableType] = []
    for row in rows:
        grid = Table.grid(padding=(0, 3), expand=True)
        for _ in range(1 if _is_long(row[0]) else 2):
            grid.add_column(ratio=1, overflow="fold")
        grid.add_row(*(Group(*_text(field)) for field in row))
        shown += [grid, Text()]
    return Group(*shown[:-1])


def _is_long(field: object) -> bool:
    return any(len(line) > _HALF_A_LINE for line in plain(_parts(field)).splitlines())


def _buttons(buttons: Sequence[Mapping[str, Any]]) -> Text:
    row = Text()
    for button in buttons:
        label = "".join(part.plain for part in _text(button.get("text")) if isinstance(part, Text))
        row.append(f" {label} ", Style(reverse=True, bold=True, link=button.get("url")))
        row.append("  ")
    return row


def _text(text: object, base: Style | None = None) -> Iterator[RenderableType]:
    for part in _parts(text):
        if isinstance(part, Preformatted):
            yield Padding(Text(_printable(part.text), _CODE), (0, 0, 0, 2))
        else:
            yield _paragraph(part, base or Style())


def _parts(text: object) -> tuple[Part, ...]:
    match text:
        case {"type": "mrkdwn", "text": str(words)}:
            return read_mrkdwn(words)
        case {"text": str(words)}:
            return read_plain(words)
        case _:
            return ()


def _paragraph(paragraph: Paragraph, base: Style) -> Text:
    line = Text()
    if paragraph.quoted:
        line.append("▌ ", _QUIET)
    for span in paragraph.spans:
        style = base + Style(bold=span.bold or None, italic=span.italic or None, strike=span.strike or None)
        if span.code:
            style += _CODE
        if span.link:
            style += _LINK + Style(link=span.link)
        line.append(_printable(span.text), style)
    return line


def _printable(text: str) -> str:
    """Without the control characters (escape sequences) that a terminal would obey."""
    return "".join(character for character in text if character in "\n\t" or character.isprintable())
