"""Telling people: the findings of one batch as messages, each claimed before it is posted and marked after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from manual_change.adapters.findings_table import Claim, FindingsTable, Held
from manual_change.adapters.poster import Posted, SlackUnavailable, Undeliverable
from manual_change.adapters.sessions import NotYet, Sessions, Thread, Turn
from manual_change.domain.finding import MANUAL, Finding
from manual_change.domain.grouping import session_of
from manual_change.domain.severity import HIGH, LEVELS, severity
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look
from manual_change.handlers.posting import FIRST_PAUSE, Posting, pause
from manual_change.handlers.records import Batch, Later, Record
from manual_change.handlers.telemetry import Telemetry
from manual_change.handlers.threads import Threads


@dataclass(slots=True)
class Gathered:
    """One finding of the batch, with every message of the queue that carries it."""

    finding: Finding
    records: list[Record]
    owes_message: bool
    owes_announcement: bool

    def add(self, other: Gathered) -> None:
        """The same finding once more: the judgement that names somebody counts."""
        self.records += other.records
        self.owes_message |= other.owes_message
        self.owes_announcement |= other.owes_announcement
        if other.finding.verdict == MANUAL:
            self.finding = other.finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One batch on its way to the channels."""

    table: FindingsTable
    sessions: Sessions
    telemetry: Telemetry
    posting: Posting
    batch: Batch
    look: Look
    now: Callable[[], datetime]

    def tell(self, group: Sequence[Gathered], channel: str | None) -> None:
        """Post one message about a group; where Slack does not take it, one about each finding."""
        alone: list[Gathered] = []

        def tell() -> None:
            try:
                self._tell_together(group, channel)
            except Undeliverable as error:
                if not error.by_message or len(group) == 1:
                    raise
                alone.extend(group)

        records = [record for each in group for record in each.records]
        self.batch.attempt(records, partial(later, tell, records))
        for each in alone:
            self.tell([each], channel)

    def _tell_together(self, group: Sequence[Gathered], channel: str | None) -> None:
        self.posting.ready(channel)
        turn = self._turn([each.finding for each in group])
        claims: list[Claim] = []
        posted: Posted | None = None
        thread: Thread | None = None
        threads = Threads(self.sessions, self.table, self.posting, self.telemetry, self.look)
        try:
            for each in group:
                self.batch.attempt(each.records, partial(self.claim, each.finding, claims))
            if claims:
                findings = [claim.finding for claim in claims]
                message = group_message(findings, self.look, again=_told_before(findings, turn))
                posted, thread = threads.post(message, channel, turn, findings, urgent=_is_urgent(findings))
        except Exception:
            for claim in claims:
                self.table.release(claim.lease)
            if turn:
                self.sessions.give_back(turn)
            raise
        if turn and not claims:
            self.sessions.give_back(turn)
        for claim in claims:
            together = [each.finding.id for each in claims]
            in_time = self.table.mark_sent(claim, now=self.now(), posted=posted, together=together)
            self.log("sent", claim.finding.reason if in_time else "claim-had-ended", claim.finding)
        if turn and posted and not thread:
            threads.begin(turn, posted, channel, [claim.finding for claim in claims])

    def _turn(self, findings: Sequence[Finding]) -> Turn | None:
        """The session's turn for a message; None for what is nobody's, or everybody's."""
        owners = {session_of(finding) for finding in findings}
        session = owners.pop()
        if session is None or owners:
            return None
        calls = {finding.calls[0].event_id for finding in findings if finding.calls}
        turn = self.sessions.turn(session, calls, now=self.now(), at_once=_is_urgent(findings))
        if isinstance(turn, NotYet):
            raise Later(
                "the session was told about a moment ago: what it does meanwhile shares a message",
                after=max(turn.until - self.now(), timedelta(seconds=1)),
            )
        return turn

    def claim(self, finding: Finding, claims: list[Claim]) -> None:
        """Add the right to tell a finding to the claims, unless it has been told.

        Raises:
            Later: another invocation has it.
        """
        claim = self.table.claim(finding, now=self.now())
        match claim:
            case None:
                self.log("not-sent", "already-told", finding)
            case Held(until=until):
                raise Later("another invocation is posting it", after=max(until - self.now(), FIRST_PAUSE))
            case Claim():
                claims.append(claim)

    def log(self, decision: str, reason: str, finding: Finding) -> None:
        """What was decided about a finding, and why."""
        self.telemetry.decided(
            decision, reason=reason, change=finding.change, finding=finding.id, verdict=finding.verdict
        )


def later(work: Callable[[], None], records: Sequence[Record]) -> None:
    """Do the work; what Slack does not take now comes again together, after a pause that grows with each delivery."""
    try:
        work()
    except SlackUnavailable as error:
        deliveries = min(record.receive_count for record in records)
        raise Later(str(error), after=pause(error, deliveries)) from error


def _is_urgent(findings: Sequence[Finding]) -> bool:
    """Whether the worst of them, which is the first, is at least high."""
    return severity(findings[0]).rank <= LEVELS.index(HIGH)


def _told_before(findings: Iterable[Finding], turn: Turn | None) -> bool:
    """Whether the session's last message told all these calls already: more items of theirs have come in."""
    calls = {finding.calls[0].event_id for finding in findings if finding.calls}
    return turn is not None and bool(calls) and calls <= turn.told_calls
