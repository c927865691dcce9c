"""Stage three: findings become messages, once.

Each finding is written to the table; those of one session share a message; each is claimed before it is posted and
marked after it. Where Slack is out of reach the messages stay in the queue and are tried again later: nothing is
hammered, nothing is lost. Each finding is also put on an event bus, whatever becomes of its message. Once a day what
was kept is told in a digest.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from manual_change.adapters.findings_bus import FindingsBus
from manual_change.adapters.findings_table import FindingsTable, Held
from manual_change.adapters.poster import Poster
from manual_change.adapters.queues import DigestRequest, put_off, read_findings_message
from manual_change.adapters.secrets import SlackSecret
from manual_change.adapters.sessions import Sessions
from manual_change.domain.finding import NOTIFY, UNATTRIBUTED, Finding
from manual_change.domain.grouping import groups
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.routing import Route, channel_for, read_routes
from manual_change.domain.slack_digest import digest_message
from manual_change.domain.slack_look import PLAIN, Look
from manual_change.handlers.environment import environment
from manual_change.handlers.posting import FIRST_PAUSE, Posting
from manual_change.handlers.records import Answer, Batch, Later, Record, answer, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.handlers.telling import Gathered, Telling, later
from manual_change.metric_names import HEARTBEATS
from manual_change.settings import FINDING_DETAIL_TYPE, FINDING_SOURCE, NotifySettings

if TYPE_CHECKING:  # what only a hub needs is imported when it is: every cold start pays for imports
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from manual_change.adapters.account_directory import AccountDirectory
    from manual_change.adapters.told_calls import ToldCalls

SPARE_SECONDS: Final = 20.0
"""No post begins when less is left of the function's time: one may take two tries of five seconds, and pauses."""

DIGEST_SIZE: Final = 500
"""Findings that one digest message tells, at most; more are told in further messages."""

Put = Callable[[Sequence[Finding]], None]
"""Puts findings on the event bus."""


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
    directory: AccountDirectory | None = None
    """For names that `look` lacks, and routes by organizational unit. None: nowhere to look."""
    told_calls: ToldCalls | None = None
    """Of a hub: calls may be told before their change arrives."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic
    _gathered: dict[str, Gathered] = field(default_factory=dict)

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
        telling = self._telling(posting, batch)
        if self.told_calls:
            self._upgrade(telling, self.told_calls)
        for channel, told in self._by_channel().items():
            for group in groups(each.finding for each in told):
                telling.tell([self._gathered[finding.id] for finding in group], channel)
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
                later(partial(self._tell_digest, posting), [record])
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
        found = Gathered(finding, [record], wanted and owed.message, owed.announcement)
        known = self._gathered.setdefault(finding.id, found)
        if known is not found:
            known.add(found)

    def _upgrade(self, telling: Telling, told_calls: ToldCalls) -> None:
        """Changes whose calls were told already are told in the messages that told those."""
        from manual_change.handlers.upgrades import Upgrades

        changes = [each for each in self._gathered.values() if each.owes_message and each.finding.change]
        Upgrades(telling, told_calls).tell(changes)

    def _by_channel(self) -> Mapping[str | None, Sequence[Gathered]]:
        by_channel: dict[str | None, list[Gathered]] = {}
        for each in self._gathered.values():
            if each.owes_message:
                by_channel.setdefault(self._channel(each.finding), []).append(each)
        return by_channel

    def _channel(self, finding: Finding) -> str | None:
        known = None
        if self.directory and any(route.organizational_units for route in self.routes):
            known = self.directory.find(finding.account) if finding.account else None
        return channel_for(finding, self.routes, account=known)

    def _telling(self, posting: Posting, batch: Batch) -> Telling:
        return Telling(
            table=self.table,
            sessions=self.sessions,
            telemetry=self.telemetry,
            posting=posting,
            batch=batch,
            look=self._with_names(),
            now=self.now,
        )

    def _with_names(self) -> Look:
        """The look with the names of the accounts that this batch is about."""
        if self.directory is None:
            return self.look
        accounts = {each.finding.account for each in self._gathered.values()} - {None}
        names = {account: self.directory.find(account).name for account in accounts if account}
        return self.look.naming({account: name for account, name in names.items() if name})

    def _tell_digest(self, posting: Posting) -> None:
        """Everything that was kept, in as many messages as it takes."""
        from manual_change.adapters.kept_findings import KeptFindings

        kept = KeptFindings(self.table)
        lease = kept.hold(now=self.now())
        if isinstance(lease, Held):
            raise Later("another invocation tells the digest", after=max(lease.until - self.now(), FIRST_PAUSE))
        try:
            while untold := kept.untold(most=DIGEST_SIZE):
                posting.ready(None)
                posting.post(digest_message(untold, self.look), None)
                for finding in untold:
                    kept.mark_told(finding, now=self.now())
                self.telemetry.logger.info("digest", extra={"decision": "digest", "findings": len(untold)})
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


@cache
def _stage() -> Notify:
    """Built at the first invocation, kept while the process lives."""
    from manual_change.adapters.slack import Slack  # a third of the import time, and not needed to start

    settings = NotifySettings.from_environment(environment())
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
        directory=_directory(settings, telemetry),
        told_calls=_told_calls(settings, dynamodb),
    )


def _directory(settings: NotifySettings, telemetry: Telemetry) -> AccountDirectory | None:
    if not settings.account_directory:
        return None
    from manual_change.handlers.organization import directory_of

    return directory_of(settings, telemetry=telemetry)


def _told_calls(settings: NotifySettings, dynamodb: DynamoDBClient) -> ToldCalls | None:
    if not settings.calls_are_told:
        return None
    from manual_change.adapters.told_calls import ToldCalls

    return ToldCalls(dynamodb, settings.findings_table, retention=settings.retention)


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
