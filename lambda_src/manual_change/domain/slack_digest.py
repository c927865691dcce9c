"""The daily digest: what nobody could be found for, counted and told in one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from manual_change.domain import slack_markup as markup
from manual_change.domain.change import Change
from manual_change.domain.console import config_timeline_url
from manual_change.domain.finding import Finding
from manual_change.domain.slack import Message, message, type_label
from manual_change.domain.slack_look import PLAIN, Look
from manual_change.domain.slack_text import Texts

MOST_TYPES: Final = 15
MOST_LISTED: Final = 20
LABEL_LENGTH: Final = 120
_ROOM_FOR_MORE: Final = 100


def digest_message(findings: Sequence[Finding], look: Look = PLAIN) -> Message:
    """One message about all these findings: how many of which type, and the latest of them by name.

    Findings without a change are not told: there is nothing that could be looked up.

    Raises:
        ValueError: no finding has a change.
    """
    texts = look.texts
    changes = sorted((finding.change for finding in findings if finding.change), key=lambda change: change.captured_at)
    if not changes:
        raise ValueError("a digest of no changes")
    headline = texts.digest_headline.format(count=len(changes))
    lead = texts.digest_lead.format(
        first=markup.moment(changes[0].captured_at), last=markup.moment(changes[-1].captured_at)
    )
    blocks = [
        markup.header(headline, texts.more),
        markup.section(lead),
        markup.section("\n".join(_counts(changes, texts))),
        markup.section("\n".join(_listed(changes, look))),
    ]
    return message(markup.escape(headline), blocks)


def _counts(changes: Sequence[Change], texts: Texts) -> Iterator[str]:
    counted = Counter(change.resource.type for change in changes)
    for resource_type, count in counted.most_common(MOST_TYPES):
        yield f"{markup.prose(type_label(resource_type), LABEL_LENGTH, texts.more)}: *{count:,}*"
    left_out = sum(count for _, count in counted.most_common()[MOST_TYPES:])
    if left_out:
        yield texts.digest_more.format(count=left_out)


def _listed(changes: Sequence[Change], look: Look) -> Iterator[str]:
    """The latest changes, newest first, as many as fit into a section."""
    room = markup.TEXT_LENGTH - _ROOM_FOR_MORE
    listed = 0
    for change in list(reversed(changes))[:MOST_LISTED]:
        line = _line(change, look)
        room -= markup.length(line) + 1
        if room < 0:
            break
        listed += 1
        yield line
    if len(changes) > listed:
        yield look.texts.digest_more.format(count=len(changes) - listed)


def _line(change: Change, look: Look) -> str:
    texts, resource = look.texts, change.resource
    what = markup.prose(type_label(resource.type), LABEL_LENGTH, texts.more)
    which = markup.code(resource.label, LABEL_LENGTH, texts.more)
    was = texts.was.get(change.change_type, texts.was["UPDATE"])
    where = markup.code(f"{resource.account} {resource.region}", LABEL_LENGTH, texts.more)
    timeline = look.link(config_timeline_url(resource), texts.timeline_link, account=resource.account)
    return f"• {what} {which} {was}, {where}, {markup.moment(change.captured_at)} {timeline}"
