"""Threads, where a bot posts: what a session does next answers its first message, which is kept up to date.

The head is brought up to date before its reply is posted. People see the head: a reply under one that does not tell of
it is told to nobody. Doing it again after whatever fails in between changes nothing.

A webhook names no message, so that nothing can follow one: each message about a session stands for itself then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from manual_change.adapters.findings_table import FindingsTable
from manual_change.adapters.poster import Posted, Reply, SlackUnavailable, ThreadGone, Undeliverable
from manual_change.adapters.sessions import Sessions, Thread, Turn
from manual_change.domain.finding import Finding
from manual_change.domain.grouping import worst_first
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look
from manual_change.handlers.posting import Posting
from manual_change.handlers.telemetry import Telemetry

OPEN: Final = timedelta(hours=1)
"""How long a thread takes replies: a working session. After that its head is far up in the channel."""


@dataclass(frozen=True, slots=True)
class Threads:
    """Posts into the thread of a session, and keeps it."""

    sessions: Sessions
    table: FindingsTable
    posting: Posting
    telemetry: Telemetry
    look: Look

    def post(
        self,
        message: Mapping[str, Any],
        channel: str | None,
        turn: Turn | None,
        findings: Sequence[Finding],
        *,
        urgent: bool,
    ) -> tuple[Posted | None, Thread | None]:
        """Post a message in the session's thread, if one is open; what names it, and the thread that it is in.

        What is urgent is shown in the channel as well. Where the thread is gone, or its head can no longer be updated,
        the message stands for itself.

        Raises:
            SlackUnavailable, Undeliverable: as of `Posting.post`.
            SlackUnavailable: the head cannot be updated now; what is urgent does not wait for that.
        """
        thread = turn.thread if turn else None
        if turn is None or thread is None or thread.channel != (channel or ""):
            return self.posting.post(message, channel), None
        up_to_date = self._bring_up_to_date(turn, thread, findings, urgent=urgent)
        self.posting.ready(channel)  # that took some of the function's time
        if not up_to_date:
            return self.posting.post(message, channel), None
        try:
            return self.posting.post(message, channel, Reply(thread.head, broadcast=urgent)), thread
        except ThreadGone:
            return self.posting.post(message, channel), None

    def _bring_up_to_date(self, turn: Turn, thread: Thread, findings: Sequence[Finding], *, urgent: bool) -> bool:
        """Let the head tell of these findings, too; False where it does not."""
        grown = replace(thread, findings=tuple(dict.fromkeys((*thread.findings, *(each.id for each in findings)))))
        self.sessions.keep_thread(turn, grown)
        everything = worst_first(self.table.findings(grown.findings))
        try:
            if self.posting.update(thread.head, group_message(everything, self.look)):
                return True
            reason = "Slack no longer lets it be updated"
        except SlackUnavailable as error:
            if not urgent:
                raise
            reason = str(error)
        except Undeliverable as error:
            reason = str(error)
        self.telemetry.logger.warning("a thread ends: its head is not up to date", extra={"reason": reason})
        return False

    def begin(self, turn: Turn, posted: Posted, channel: str | None, findings: Sequence[Finding]) -> None:
        """A message that stands for itself was posted: what the session does next answers it.

        People have read it by then: where this cannot be written down, that is only logged.
        """
        ids = tuple(finding.id for finding in findings)
        try:
            self.sessions.keep_thread(turn, Thread(posted, channel or "", ids, turn.taken_at + OPEN))
        except Exception as error:  # noqa: BLE001 - the message is there; the next one stands for itself
            self.telemetry.logger.warning("a thread was not begun", extra={"error": str(error)})
