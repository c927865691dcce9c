"""Stage three: findings become messages, once.

Each finding is written to the table; those of one session share a message; each is claimed before it is posted and
marked after it. Where Slack is out of reach the messages stay in the queue and are tried again later: nothing is
hammered, nothing is lost. Each finding is also put on an event bus, whatever becomes of its message. Once a day what
was kept is told in a digest.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.findings_bus import FindingsBus
from manual_change.adapters.findings_table import Claim, FindingsTable, Held
from manual_change.adapters.poster import Posted, Poster, SlackUnavailable, Undeliverable
from manual_change.adapters.queues import DigestRequest, put_off, read_findings_message
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import NotYet, Sessions, Thread, Turn
from manual_change.adapters.told_calls import ToldCalls
from manual_change.domain.finding import MANUAL, NOTIFY, UNATTRIBUTED, Finding
from manual_change.domain.grouping import groups, session_of
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.routing import Route, account_in, channel_for, read_routes
from manual_change.domain.severity import HIGH, LEVELS, severity
from manual_change.domain.slack_digest import digest_message
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import PLAIN, Look
from manual_change.handlers.organization import directory_of
from manual_change.handlers.posting import FIRST_PAUSE, Posting, pause
from manual_change.handlers.records import Answer, Batch, Later, Record, answer, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.handlers.threads import Threads, post_in_thread
from manual_change.metric_names import HEARTBEATS
from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE, NotifySettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

SPARE_SECONDS: Final = 20.0
"""No post begins when less is left of the function's time: one may take two tries of five seconds, and pauses."""

DIGEST_SIZE: Final = 500
"""Findings that one digest message tells, at most; more are told in further messages."""

Put = Callable[[Sequence[Finding]], None]
"""Puts findings on the event bus."""


@dataclass(slots=True)
class _Gathered:
    """One finding of the batch, with every message of the queue that carries it."""

    finding: Finding
    records: list[Record]
    owes_message: bool
    owes_announcement: bool

    def add(self, other: _Gathered) -> None:
        """The same finding once more: the judgement that names somebody counts."""
        self.records += other.records
        self.owes_message |= other.owes_message
        self.owes_announcement |= other.owes_announcement
        if other.finding.verdict == MANUAL:
            self.finding = other.finding


@dataclass(slots=True)
class Notify:
    """The stage with what it needs from outside: everything that a test replaces."""

    table: FindingsTable
    sessions: Sessions
    poster: Poster
    put_off: Callable[[Record, timedelta], None]
    telemetry: Telemetry
    announce: Put | None = None
    """None: there is no bus."""
    look: Look = PLAIN
    routes: Sequence[Route] = ()
    directory: AccountDirectory = field(default_factory=AccountDirectory)
    """For names that `look` lacks, and routes by organizational unit."""
    told_calls: ToldCalls | None = None
    """Of a hub: calls may be told before their change arrives."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic
    _gathered: dict[str, _Gathered] = field(default_factory=dict)

    def handle(self, records: Sequence[Record], *, seconds_left: float) -> Answer:
        """Tell a batch of findings; those that could not be told are reported and come again."""
        self._gathered = {}
        batch = Batch(telemetry=self.telemetry, put_off=self.put_off)
        posting = Posting(
            self.poster,
            self.telemetry,
            self.timer,
            deadline=self.timer() + max(seconds_left - SPARE_SECONDS, seconds_left / 2),
        )
        for record in records:
            batch.attempt([record], partial(self._take, record, posting))
        self.look = self._with_names()
        for each in self._gathered.values():
            if self.told_calls and each.owes_message and each.finding.change:
                work = partial(self._supersede, each, self.told_calls)
                each.owes_message &= batch.attempt(each.records, partial(_later, work, each.records))
        for channel, told in self._by_channel().items():
            for group in groups(each.finding for each in told):
                self._tell([self._gathered[finding.id] for finding in group], channel, posting, batch)
        self._announce(batch)
        self.telemetry.flush()
        return answer(batch.failed)

    def _take(self, record: Record, posting: Posting) -> None:
        """Write down what came in; tell the digest where that is what is asked for."""
        if is_heartbeat(record.body):
            self.telemetry.count(HEARTBEATS)
            return
        match read_findings_message(record.body):
            case DigestRequest():
                _later(partial(self._tell_digest, posting), [record])
            case Finding() as finding:
                self._gather(finding, record)

    def _gather(self, finding: Finding, record: Record) -> None:
        if finding.decision != NOTIFY and finding.verdict != UNATTRIBUTED:
            self._log("not-sent", "judged-silent", finding)
            return
        owed = self.table.record(finding, now=self.now())
        wanted = finding.decision == NOTIFY
        if not wanted:
            self._log("kept", "for-the-digest", finding)
        elif not owed.message:
            self._log("not-sent", "already-told", finding)
        found = _Gathered(finding, [record], wanted and owed.message, owed.announcement)
        known = self._gathered.setdefault(finding.id, found)
        if known is not found:
            known.add(found)

    def _by_channel(self) -> Mapping[str | None, Sequence[_Gathered]]:
        by_channel: dict[str | None, list[_Gathered]] = {}
        for each in self._gathered.values():
            if each.owes_message:
                by_channel.setdefault(self._channel(each.finding), []).append(each)
        return by_channel

    def _channel(self, finding: Finding) -> str | None:
        account = account_in(finding)
        in_units = any(route.organizational_units for route in self.routes)
        return channel_for(finding, self.routes, account=self.directory.find(account) if in_units and account else None)

    def _with_names(self) -> Look:
        """The look with the names of the accounts that this batch is about."""
        accounts = {account_in(each.finding) for each in self._gathered.values()} - {None}
        names = {account: self.directory.find(account).name for account in accounts if account}
        return self.look.naming({account: name for account, name in names.items() if name})

    def _supersede(self, each: _Gathered, told_calls: ToldCalls) -> None:
        """Take the place of the findings about the change's calls. Where one was told already, its message is updated
        and nothing is posted; a webhook cannot update, and then the channel has heard of the call."""
        told = told_calls.supersede(each.finding, now=self.now())
        if isinstance(told, Held):
            raise Later("another invocation is posting its call", after=max(told.until - self.now(), FIRST_PAUSE))
        if told is None:
            return
        claims: list[Claim] = []
        self._claim(each.finding, claims)
        for claim in claims:
            together = told_calls.upgrade(told, claim.finding)
            try:
                updated = told.posted is not None and self.poster.update(
                    told.posted, group_message(together, self.look)
                )
            except Exception:
                self.table.release(claim.lease)
                raise
            ids = [finding.id for finding in together]
            self.table.mark_sent(claim, now=self.now(), posted=told.posted, together=ids)
            self._log("upgraded", "message-updated" if updated else "call-told-before", claim.finding)
        each.owes_message = False

    def _tell(self, group: Sequence[_Gathered], channel: str | None, posting: Posting, batch: Batch) -> None:
        """Post one message about a group; where Slack does not take it, one about each finding."""
        alone: list[_Gathered] = []

        def tell() -> None:
            try:
                self._tell_together(group, channel, posting, batch)
            except Undeliverable as error:
                if not error.by_message or len(group) == 1:
                    raise
                alone.extend(group)

        records = [record for each in group for record in each.records]
        batch.attempt(records, partial(_later, tell, records))
        for each in alone:
            self._tell([each], channel, posting, batch)

    def _tell_together(self, group: Sequence[_Gathered], channel: str | None, posting: Posting, batch: Batch) -> None:
        posting.ready(channel)
        turn = self._turn([each.finding for each in group])
        claims: list[Claim] = []
        posted: Posted | None = None
        thread: Thread | None = None
        try:
            for each in group:
                batch.attempt(each.records, partial(self._claim, each.finding, claims))
            if claims:
                findings = [claim.finding for claim in claims]
                message = group_message(findings, self.look, again=_told_before(findings, turn))
                posted, thread = post_in_thread(message, channel, turn, posting, urgent=_is_urgent(findings))
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
            self._log("sent", claim.finding.reason if in_time else "claim-had-ended", claim.finding)
        if turn and posted:
            threads = Threads(self.sessions, self.table, self.poster, self.telemetry, self.look)
            threads.follow(turn, thread, posted, channel, [claim.finding for claim in claims], now=self.now())

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

    def _claim(self, finding: Finding, claims: list[Claim]) -> None:
        claim = self.table.claim(finding, now=self.now())
        match claim:
            case None:
                self._log("not-sent", "already-told", finding)
            case Held(until=until):
                raise Later("another invocation is posting it", after=max(until - self.now(), FIRST_PAUSE))
            case Claim():
                claims.append(claim)

    def _tell_digest(self, posting: Posting) -> None:
        """Everything that was kept, in as many messages as it takes."""
        lease = self.table.hold_digest(now=self.now())
        if isinstance(lease, Held):
            raise Later("another invocation tells the digest", after=max(lease.until - self.now(), FIRST_PAUSE))
        try:
            while kept := self.table.untold(most=DIGEST_SIZE):
                posting.ready(None)
                posting.post(digest_message(kept, self.look), None)
                for finding in kept:
                    self.table.mark_told(finding, now=self.now())
                self.telemetry.logger.info("digest", extra={"decision": "digest", "findings": len(kept)})
        finally:
            self.table.release(lease)

    def _announce(self, batch: Batch) -> None:
        """Put on the bus what it is owed. A finding that it does not take comes again, and is not posted again."""
        owed = [each for each in self._gathered.values() if each.owes_announcement]
        if self.announce is None or not owed:
            return
        records = [record for each in owed for record in each.records]
        batch.attempt(records, partial(self._put, self.announce, [each.finding for each in owed]))

    def _put(self, announce: Put, findings: Sequence[Finding]) -> None:
        announce(findings)
        for finding in findings:
            self.table.mark_announced(finding)

    def _log(self, decision: str, reason: str, finding: Finding) -> None:
        self.telemetry.decided(
            decision, reason=reason, change=finding.change, finding=finding.id, verdict=finding.verdict
        )


def _later(work: Callable[[], None], records: Sequence[Record]) -> None:
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


@cache
def _stage() -> Notify:
    """Built at the first invocation, kept while the process lives."""
    from manual_change.adapters.slack import Slack  # a third of the import time, and not needed to start

    settings = NotifySettings.from_environment(os.environ)
    secret = SlackSecret(boto3.client("secretsmanager"), settings.slack_secret_arn, max_age=settings.secret_max_age)
    dynamodb = boto3.client("dynamodb")
    telemetry = Telemetry(stage="notify", detector=settings.detector, log_level=settings.log_level)
    return Notify(
        table=FindingsTable(
            dynamodb,
            settings.findings_table,
            retention=settings.retention,
            lease=settings.claim_lease,
            announced=bool(settings.event_bus_name),
        ),
        sessions=Sessions(dynamodb, settings.findings_table, gather=settings.gather),
        poster=Slack(secret),
        put_off=partial(_put_off, cache(lambda: boto3.client("sqs"))),
        telemetry=telemetry,
        announce=_bus(settings.event_bus_name),
        look=Look(
            language=settings.language,
            account_names=json.loads(settings.account_names),
            start_url=settings.start_url or None,
        ),
        routes=read_routes(settings.routes),
        directory=directory_of(settings, telemetry=telemetry),
        told_calls=ToldCalls(dynamodb, settings.findings_table, retention=settings.retention)
        if settings.calls_are_told
        else None,
    )


def _bus(name: str) -> Put | None:
    """The bus of that name, whose client is made when there is something to put on it; None for no name."""
    if not name:
        return None
    patience = Config(connect_timeout=2, read_timeout=4, retries={"total_max_attempts": 2})  # Slack's time is short
    bus = cache(
        lambda: FindingsBus(
            boto3.client("events", config=patience), name, source=FINDING_SOURCE, detail_type=FINDING_DETAIL_TYPE
        )
    )
    return lambda findings: bus().put(findings)


def _put_off(sqs: Callable[[], SQSClient], record: Record, after: timedelta) -> None:
    put_off(sqs(), queue_arn=record.queue_arn, receipt_handle=record.receipt_handle, by=after)


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:
    """Lambda's entry point."""
    return _stage().handle(read_records(event), seconds_left=context.get_remaining_time_in_millis() / 1000)
