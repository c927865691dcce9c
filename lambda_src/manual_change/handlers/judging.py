"""Judging: the calls behind the changes of one place are found; each change becomes a finding, or is looked at again.

Nothing ends here without a log line and a metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.cloudtrail import CallFinder, Pace
from manual_change.adapters.queues import AttributionRequest
from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Attribution, Window
from manual_change.domain.change import Change
from manual_change.domain.change_index import ChangeIndex
from manual_change.domain.finding import NOTIFY, Finding
from manual_change.domain.inquiry import Inquiry
from manual_change.domain.investigation import NO_CALL_FOUND
from manual_change.domain.ladder import Ladder
from manual_change.domain.policy import DIGEST, Policy
from manual_change.handlers.recollection import recall, remember
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import ATTRIBUTION_LAG, DECISION, FINDINGS, LOOKUP_REQUESTS, VERDICT

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

    from manual_change.adapters.calls_table import CallsTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One batch on its way to findings."""

    window: Window
    ladder: Ladder
    memory: AttributionMemory
    policy: Callable[[], Policy]
    cloudtrail: Callable[[str, str], CloudTrailClient]
    """Of an account and region."""
    pace: Callable[[], Pace]
    """Of the requests about one place: CloudTrail counts them by account and region."""
    calls_table: CallsTable | None
    """Of a hub: the calls that were forwarded; CloudTrail is not asked then."""
    hand_on: Callable[[Iterable[Finding]], None]
    """To whoever tells people."""
    look_again: Callable[[Iterable[AttributionRequest]], None]
    telemetry: Telemetry
    now: Callable[[], datetime]

    def judge(self, requests: Sequence[AttributionRequest]) -> None:
        """Find out who made these changes. What does not stand yet comes again."""
        looks = {request.change.key: self.ladder.rung(request.look) for request in requests}
        changes = {request.change.key: request.change for request in requests}
        thorough = any(self.ladder.is_settled(look) for look in looks.values())
        calls = self._find(changes.values(), thorough=thorough)
        recalled = recall(self.memory, changes.values(), calls, self.window)
        policy = self.policy()
        inquiry = Inquiry(policy=policy, window=self.window, recalled=recalled)
        findings, again = [], []
        index = ChangeIndex(changes.values(), self.window)
        for call in calls:
            index.offer(call)
        for finding, attribution in inquiry.investigate(changes.values(), index.calls_for, index.identifiers_for):
            change = finding.change
            if change is None:
                raise TypeError("an inquiry into a change answered without it")
            look = looks[change.key]
            if self.ladder.stands(finding, attribution, look):
                findings.append((change, finding, attribution))
            else:
                again.append(self._next_look(change, look, finding))
        self._tell(findings, policy)
        self.look_again(again)

    def _find(self, changes: Iterable[Change], *, thorough: bool) -> list[ApiCall]:
        if self.calls_table is not None:
            return self.calls_table.find(changes, self.window)
        requests = 0

        def count() -> None:
            nonlocal requests
            requests += 1

        finder = CallFinder(
            self.cloudtrail,
            self.pace(),
            on_request=count,
            on_unreadable=lambda error: self.telemetry.logger.warning(
                "a CloudTrail record cannot be read", extra={"error": str(error)}
            ),
        )
        try:
            return finder.find(changes, self.window, thorough=thorough)
        finally:
            self.telemetry.count(LOOKUP_REQUESTS, requests)

    def _next_look(self, change: Change, look: int, finding: Finding) -> AttributionRequest:
        wait = self.ladder.wait(look)
        self.telemetry.decided(
            "look-again", reason=finding.reason, change=change, look=look + 1, again_in=wait.total_seconds()
        )
        return AttributionRequest(change=change, look=look + 1, wait=wait)

    def _tell(self, findings: Sequence[tuple[Change, Finding, Attribution | None]], policy: Policy) -> None:
        """Hand on what people or the digest will see, then remember, log and count every finding."""
        self.hand_on([finding for _, finding, _ in findings if _is_told(finding, policy)])
        now = self.now()
        for change, finding, attribution in findings:
            if attribution is not None:
                remember(self.memory, change, attribution, now)
                if self.calls_table:
                    self.memory.remember_calls((call.event_id for call in attribution.calls), now=now)
            self.telemetry.decided(
                finding.decision,
                reason=finding.reason,
                change=change,
                verdict=finding.verdict,
                explanation=finding.explanation,
                event_ids=[call.event_id for call in finding.calls],
            )
            self.telemetry.count(FINDINGS, 1, **{VERDICT: finding.verdict or "none", DECISION: finding.decision})
            self.telemetry.measure(ATTRIBUTION_LAG, (now - change.captured_at).total_seconds())


def _is_told(finding: Finding, policy: Policy) -> bool:
    """Whether anybody hears of it: now, or in the daily digest."""
    in_digest = finding.reason == NO_CALL_FOUND and policy.notify_unattributed == DIGEST
    return finding.decision == NOTIFY or in_digest
