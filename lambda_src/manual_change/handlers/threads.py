"""Threads, where a bot posts: what a session does next answers its first message, which is kept up to date.

A webhook names no message, so that nothing can follow one: each message about a session stands for itself then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.poster import Posted, Poster, Reply, ThreadGone
from manual_change.adapters.sessions import Sessions, Thread, Turn
from manual_change.domain.finding import Finding
from manual_change.domain.grouping import worst_first
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look
from manual_change.handlers.posting import Posting
from manual_change.handlers.telemetry import Telemetry

OPEN: Final = timedelta(hours=1)
"""How long a thread takes replies: a working session. After that its head is far up in the channel."""


def post_in_thread(
    message: Mapping[str, Any], channel: str | None, turn: Turn | None, posting: Posting, *, urgent: bool
) -> tuple[Posted | None, Thread | None]:
    """Post a message in the session's thread, if one is open; what names it, and the thread that it is in.

    What is urgent is shown in the channel as well. Where the thread is gone, the message stands for itself.

    Raises:
        SlackUnavailable, Undeliverable: as of `Posting.post`.
    """
    thread = turn.thread if turn else None
    if thread is None or thread.channel != (channel or ""):
        return posting.post(message, channel), None
    try:
        return posting.post(message, channel, Reply(thread.head, broadcast=urgent)), thread
    except ThreadGone:
        return posting.post(message, channel), None


@dataclass(frozen=True, slots=True)
class Threads:
    """Keeps the thread of a session. People have read the message by then: whatever fails here is only logged."""

    sessions: Sessions
    table: FindingsTable
    poster: Poster
    telemetry: Telemetry
    look: Look

    def follow(
        self,
        turn: Turn,
        thread: Thread | None,
        posted: Posted,
        channel: str | None,
        findings: Sequence[Finding],
        *,
        now: datetime,
    ) -> None:
        """A message was posted: it begins a thread, or it is a reply, and the head is to tell of it."""
        ids = tuple(finding.id for finding in findings)
        try:
            if thread is None:
                self.sessions.keep_thread(turn, Thread(posted, channel or "", ids, now + OPEN))
                return
            grown = replace(thread, findings=tuple(dict.fromkeys((*thread.findings, *ids))))
            self.sessions.keep_thread(turn, grown)
            everything = worst_first(self.table.findings(grown.findings))
            self.poster.update(thread.head, group_message(everything, self.look))
        except Exception as error:  # noqa: BLE001 - the message is there; a head that is behind is no failure
            self.telemetry.logger.warning("the head of a thread is behind", extra={"error": str(error)})
