"""Before → after, as lines of mrkdwn that fit into one section."""

from __future__ import annotations

from typing import Final

from manual_change.domain import slack_markup as markup
from manual_change.domain.change import CREATE, Change
from manual_change.domain.diff_display import Difference, differences
from manual_change.domain.document_difference import document_difference
from manual_change.domain.slack_text import Texts
from manual_change.domain.value_display import show

SECTION_LENGTH: Final = markup.TEXT_LENGTH
PATH_LENGTH: Final = 150
VALUE_LENGTH: Final = 400
DOCUMENT_LENGTH: Final = 1_200
"""Of two documents compared line by line."""
SAME_KEPT: Final = 20
"""Characters of a common beginning that are shown for orientation."""
MOST_DIFFERENCES: Final = 12
_ROOM_FOR_MORE: Final = 100
"""For the line that counts what was left out."""


def difference_lines(change: Change, texts: Texts, *, limit: int = SECTION_LENGTH) -> str:
    """What changed, a paragraph a property, in at most `limit` characters; empty where there is nothing to compare,
    as for a new resource."""
    found = differences(change.properties)
    if not found:
        return texts.nothing_to_compare if change.diff_left_out and change.change_type != CREATE else ""
    paragraphs: list[str] = []
    room = limit - _ROOM_FOR_MORE
    for difference in found[:MOST_DIFFERENCES]:
        paragraph = _paragraph(difference, texts, min(DOCUMENT_LENGTH, limit - 2 * PATH_LENGTH))
        room -= markup.length(paragraph) + 1
        if room < 0:
            break
        paragraphs.append(paragraph)
    left_out = len(found) - len(paragraphs)
    if left_out:
        paragraphs.append(texts.more_differences.format(count=left_out))
    return "\n".join(paragraphs)


def _paragraph(difference: Difference, texts: Texts, document_length: int) -> str:
    path = markup.code(difference.path, PATH_LENGTH, texts.more)
    lines = document_difference(difference.before, difference.after)
    if lines:
        return f"{path}\n{markup.preformatted(lines, document_length, texts.more_lines_left_out)}"
    if difference.before is None:
        said = texts.added.format(after=_value(show(difference.after), texts))
    elif difference.after is None:
        said = texts.removed.format(before=_value(show(difference.before), texts))
    else:
        before, after = show(difference.before), show(difference.after)
        same = _same_beginning(before, after)
        said = texts.became.format(before=_value(before, texts, same), after=_value(after, texts, same))
    return f"{path}\n{said}"


def _value(text: str, texts: Texts, same: int = 0) -> str:
    beginning = f"{texts.same.format(count=same)} " if same else ""
    return beginning + markup.code(text[same:], VALUE_LENGTH, texts.more)


def _same_beginning(before: str, after: str) -> int:
    """How many characters at the beginning of two long values can go, because both have them."""
    if max(len(before), len(after)) <= VALUE_LENGTH:
        return 0
    shorter = min(len(before), len(after))
    common = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    return max(0, common - SAME_KEPT)
