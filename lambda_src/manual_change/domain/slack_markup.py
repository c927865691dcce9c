"""Slack's mrkdwn, written so that no input can break out of it, and Slack's limits.

Sources: docs.slack.dev, "Formatting message text" (only & < > are escaped, `<url|label>` and `<!date^…>` are the
sequences used here) and the Block Kit reference (lengths). Lengths count escaped characters in UTF-16, the strictest
reading of Slack's "characters".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

HEADER_LENGTH: Final = 150
TEXT_LENGTH: Final = 3000
"""Of a section's or context element's text."""
FIELD_LENGTH: Final = 2000
FIELDS: Final = 10
CONTEXT_ELEMENTS: Final = 10
BLOCKS: Final = 50
ALL_TEXT_LENGTH: Final = 12_000
"""Of all blocks together: not in the reference; measured at 12,000 and some (slackapi/bolt-js, issues 2509, 2867)."""

LINK_LENGTH: Final = 1000
"""A link that would be longer is left out: a shortened one leads nowhere."""

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_IN_URLS: Final = {
    "|": "%7C",
    "<": "%3C",
    ">": "%3E",
    "&": "&amp;",
    "`": "%60",
    '"': "%22",
    " ": "%20",
    "\n": "%0A",
    "\r": "%0D",
    "\t": "%09",
}
_LOOKALIKES: Final = str.maketrans({"<": "\uff1c", ">": "\uff1e"})
"""For plain text, where escaping would be shown: Slack does not say that it finds no mentions there."""
_UNSEEN: Final = dict.fromkeys([*(code for code in range(32) if chr(code) not in "\n\t"), 0x7F])
"""Control characters: they show nothing, and Slack rejects some of them."""

MoreText = Callable[[int], str]
"""Words for how many characters were left out: `… (1,203 more characters)`."""


def length(text: str) -> int:
    """Characters as Slack may count them at worst."""
    return len(text) + sum(character > "\uffff" for character in text)


def escape(text: str) -> str:
    """Text that means itself: no mention, link or entity can come out of it."""
    return "".join(_ENTITIES.get(character, character) for character in _visible(text))


def prose(text: str, limit: int, more: MoreText) -> str:
    """Escaped text of at most `limit` characters; where it is cut, `more` says by how much."""
    return _fitted(_visible(text).replace("`", "'"), limit, more, around="")


def code(text: str, limit: int, more: MoreText) -> str:
    """The text between backticks, on one line; its own backticks become apostrophes."""
    line = " ".join(_visible(text).replace("`", "'").split()) or " "
    return _fitted(line, limit, more, around="`")


def preformatted(lines: Sequence[str], limit: int, more: MoreText) -> str:
    """Lines between three backticks, as many as fit into `limit` characters; `more` says how many do not."""
    room = limit - len("```\n\n```") - length(more(len(lines)))
    kept: list[str] = []
    for line in lines:
        shown = escape(line.replace("`", "'").replace("\n", " "))
        room -= length(shown) + 1
        if room < 0:
            break
        kept.append(shown)
    left_out = len(lines) - len(kept)
    text = "\n".join(kept) or " "
    return f"```\n{text}\n```" + (escape(more(left_out)) if left_out else "")


def link(url: str, label: str) -> str:
    """`<url|label>`; the label alone where the URL is none that people could follow."""
    safe = "".join(_IN_URLS.get(character, character) for character in _visible(url))
    if not safe.startswith("https://") or length(safe) > LINK_LENGTH:
        return escape(label)
    return f"<{safe}|{escape(label).replace('|', '¦')}>"


def moment(instant: datetime) -> str:
    """A time in the reader's own time zone; in UTC where it cannot be shown so (notifications, other clients)."""
    return f"<!date^{int(instant.timestamp())}^{{date_num}} {{time_secs}}|{utc(instant)}>"


def utc(instant: datetime) -> str:
    """`2026-11-22 12:34:15 UTC`."""
    return f"{instant:%Y-%m-%d %H:%M:%S} UTC"


def header(text: str, more: MoreText) -> dict[str, Any]:
    """A header block: plain text, cut at 150 characters; emoji codes in it mean nothing."""
    line = " ".join(_visible(text).translate(_LOOKALIKES).split())
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": _plain_fitted(line, HEADER_LENGTH, more), "emoji": False},
    }


def section(text: str) -> dict[str, Any]:
    """A section block of mrkdwn that fits already."""
    return {"type": "section", "text": mrkdwn(text)}


def mrkdwn(text: str) -> dict[str, Any]:
    """A mrkdwn text object; `verbatim`, so that Slack makes no links or mentions out of what it finds in it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _visible(text: str) -> str:
    """The text without control characters and without halves of surrogate pairs, which no encoding takes."""
    return text.translate(_UNSEEN).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _fitted(text: str, limit: int, more: MoreText, *, around: str) -> str:
    whole = f"{around}{escape(text)}{around}"
    if length(whole) <= limit:
        return whole
    room = limit - 2 * length(around) - length(escape(more(len(text))))
    kept = _kept(text, room)
    return f"{around}{escape(text[:kept])}{around}{escape(more(len(text) - kept))}"


def _plain_fitted(text: str, limit: int, more: MoreText) -> str:
    if length(text) <= limit:
        return text
    room = limit - length(more(len(text)))
    used = 0
    for position, character in enumerate(text):
        used += length(character)
        if used > room:
            return text[:position] + more(len(text) - position)
    return text


def _kept(text: str, room: int) -> int:
    """How many characters of the text fit into `room` once escaped."""
    used = 0
    for position, character in enumerate(text):
        used += length(_ENTITIES.get(character, character))
        if used > room:
            return position
    return len(text)
