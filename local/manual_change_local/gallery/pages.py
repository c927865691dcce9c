"""The gallery: which messages stand on which page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from manual_change.domain.grouping import groups
from manual_change.domain.slack import finding_message
from manual_change.domain.slack_digest import digest_message
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look
from manual_change.domain.slack_text import LANGUAGES
from manual_change_local.gallery import samples
from manual_change_local.message_page import message_page

NOTE = "Drawn the way Slack draws it, by `manual-change render`; people, accounts and resources are invented."


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the gallery."""

    name: str
    """`single-en`: of the files."""
    messages: Sequence[Mapping[str, Any]]
    html: str


def pages() -> Iterator[Page]:
    """The README's; then in each language: every verdict and severity, one message each, and what shares a message."""
    first = [finding_message(samples.single()[0], Look(account_names=samples.ACCOUNT_NAMES))]
    yield Page("message", first, message_page(first, posted_at=samples.CAPTURED, note=NOTE))
    for language in sorted(LANGUAGES):
        look = Look(language=language, account_names=samples.ACCOUNT_NAMES)
        single = [finding_message(finding, look) for finding in samples.single()]
        [session] = groups(samples.session())
        [storm] = groups(samples.storm())
        grouped = [
            group_message(session, look),
            group_message(session[-1:], look, again=True),
            group_message(storm, look),
            digest_message(samples.digest(), look),
        ]
        for name, messages in (("single", single), ("grouped", grouped)):
            html = message_page(messages, posted_at=samples.CAPTURED, note=NOTE, language=language)
            yield Page(f"{name}-{language}", messages, html)
