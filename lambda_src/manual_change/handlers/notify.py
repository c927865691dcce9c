"""Stage three: findings become messages, once.

Each finding is written to the table, claimed, posted and marked, in this order. Where Slack is out of reach the
message stays in the queue and is tried again later, and the rest of the batch with it: nothing is hammered, nothing is
lost. Once a day what was kept is told in a digest.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

import boto3

from manual_change.adapters.findings_table import Claim, FindingsTable, Held
from manual_change.adapters.poster import Poster, SlackUnavailable, Undeliverable
from manual_change.adapters.queues import DigestRequest, put_off, read_findings_message
from manual_change.adapters.secrets import WebhookSecret
from manual_change.domain.finding import NOTIFY, UNATTRIBUTED, Finding
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.slack import finding_message
from manual_change.domain.slack_digest import digest_message
from manual_change.handlers.records import Answer, Later, Record, answer, each, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import HEARTBEATS, OUTCOME, POSTS, REFUSED, SENT, UNAVAILABLE
from manual_change.settings import NotifySettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=15)
"""A message that is put off comes again after a pause that doubles each time, from the first to the longest."""

SPARE_SECONDS: Final = 20.0
"""No post begins when less is left of the function's time: one may take two tries of five seconds, and pauses."""

DIGEST_SIZE: Final = 500
"""Findings that one digest message tells, at most; more are told in further messages."""


@dataclass(slots=True)
class Notify:
    """The stage with what it needs from outside: everything that a test replaces."""

    settings: NotifySettings
    table: FindingsTable
    poster: Poster
    put_off: Callable[[Record, timedelta], None]
    telemetry: Telemetry
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic
    _deadline: float = 0.0
    _trouble: Exception | None = field(default=None)
    """Why no further message is posted in this invocation."""

    def handle(self, records: Sequence[Record], *, seconds_left: float) -> Answer:
        """Tell a batch of findings; those that could not be told are reported and come again."""
        self._trouble = None
        self._deadline = self.timer() + max(seconds_left - SPARE_SECONDS, seconds_left / 2)
        failed = each(records, self._take, telemetry=self.telemetry, put_off=self.put_off)
        self.telemetry.flush()
        return answer(failed)

    def _take(self, record: Record) -> None:
        if is_heartbeat(record.body):
            self.telemetry.count(HEARTBEATS)
            return
        message = read_findings_message(record.body)
        try:
            match message:
                case DigestRequest():
                    self._tell_digest()
                case Finding() as finding:
                    self._tell(finding)
        except SlackUnavailable as error:
            pause = max(error.retry_after or timedelta(0), _pause(record.receive_count))
            raise Later(str(error), after=pause) from error

    def _tell(self, finding: Finding) -> None:
        if finding.decision != NOTIFY and finding.verdict != UNATTRIBUTED:
            self._log("not-sent", "judged-silent", finding)
            return
        self.table.record(finding, now=self.now())
        if finding.decision != NOTIFY:
            self._log("kept", "for-the-digest", finding)
            return
        self._ready()
        claim = self.table.claim(finding, now=self.now())
        match claim:
            case None:
                self._log("not-sent", "already-told", finding)
            case Held(until=until):
                raise Later("another invocation is posting it", after=max(until - self.now(), FIRST_PAUSE))
            case Claim():
                self._post_claimed(claim)

    def _post_claimed(self, claim: Claim) -> None:
        try:
            self._post(finding_message(claim.finding, language=self.settings.language))
        except Exception:
            self.table.release(claim.lease)
            raise
        if self.table.mark_sent(claim, now=self.now()):
            self._log("sent", claim.finding.reason, claim.finding)
        else:
            self._log("sent", "claim-had-ended", claim.finding)

    def _tell_digest(self) -> None:
        """Everything that was kept, in as many messages as it takes."""
        lease = self.table.hold_digest(now=self.now())
        if isinstance(lease, Held):
            raise Later("another invocation tells the digest", after=max(lease.until - self.now(), FIRST_PAUSE))
        try:
            while kept := self.table.untold(most=DIGEST_SIZE):
                self._ready()
                self._post(digest_message(kept, language=self.settings.language))
                for finding in kept:
                    self.table.mark_told(finding, now=self.now())
                self.telemetry.logger.info("digest", extra={"decision": "digest", "findings": len(kept)})
        finally:
            self.table.release(lease)

    def _ready(self) -> None:
        """Raise where no further message is to be posted: after trouble that concerns every one, or out of time."""
        if self._trouble:
            raise self._trouble
        if self.timer() > self._deadline:
            raise SlackUnavailable("the function's time is nearly over")

    def _post(self, message: Mapping[str, Any]) -> None:
        try:
            self.poster.post(message)
        except SlackUnavailable as error:
            self._trouble = error
            self.telemetry.count(POSTS, 1, **{OUTCOME: UNAVAILABLE})
            raise
        except Undeliverable as error:
            self._trouble = None if error.by_message else error
            self.telemetry.count(POSTS, 1, **{OUTCOME: REFUSED})
            raise
        self.telemetry.count(POSTS, 1, **{OUTCOME: SENT})

    def _log(self, decision: str, reason: str, finding: Finding) -> None:
        self.telemetry.decided(
            decision, reason=reason, change=finding.change, finding=finding.id, verdict=finding.verdict
        )


def _pause(receive_count: int) -> timedelta:
    """5 s, 10 s, 20 s, … 15 min."""
    return min(FIRST_PAUSE * (1 << min(receive_count - 1, 10)), LONGEST_PAUSE)


@cache
def _stage() -> Notify:
    """Built at the first invocation, kept while the process lives."""
    from manual_change.adapters.slack import SlackWebhook  # a third of the import time, and not needed to start

    settings = NotifySettings.from_environment(os.environ)
    secret = WebhookSecret(boto3.client("secretsmanager"), settings.slack_secret_arn, max_age=settings.secret_max_age)
    return Notify(
        settings=settings,
        table=FindingsTable(
            boto3.client("dynamodb"),
            settings.findings_table,
            retention=settings.retention,
            lease=settings.claim_lease,
        ),
        poster=SlackWebhook(secret),
        put_off=partial(_put_off, cache(lambda: boto3.client("sqs"))),
        telemetry=Telemetry(stage="notify", detector=settings.detector, log_level=settings.log_level),
    )


def _put_off(sqs: Callable[[], SQSClient], record: Record, after: timedelta) -> None:
    put_off(sqs(), queue_arn=record.queue_arn, receipt_handle=record.receipt_handle, by=after)


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:
    """Lambda's entry point."""
    return _stage().handle(read_records(event), seconds_left=context.get_remaining_time_in_millis() / 1000)
