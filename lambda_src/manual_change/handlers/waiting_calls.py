"""Calls of people that wait for the change that they made: told by themselves where AWS Config recorded none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.calls_table import CallKey, CallsTable
from manual_change.adapters.queues import CallRequest
from manual_change.domain.finding import NOTIFY, Finding
from manual_change.domain.investigation import investigate_call
from manual_change.domain.policy import Policy
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import DECISION, FINDINGS, VERDICT


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """Judges a call when it has waited long enough, by the policy of that moment."""

    table: CallsTable
    memory: AttributionMemory
    telemetry: Telemetry

    def judge(self, request: CallRequest, policy: Callable[[], Policy]) -> Finding | None:
        """The finding that is to be told, if any. Every call ends as one, or as a logged decision."""
        call = self.table.read(CallKey(request.place, request.call))
        if call is None or self.memory.recall_calls([call.event_id]):
            reason = "explained-a-change" if call else "no-longer-kept"
            self.telemetry.logger.info("call-not-told", extra={"reason": reason, "call": request.call})
            return None
        finding = investigate_call(call, policy())
        self.telemetry.decided(
            finding.decision,
            reason=finding.reason,
            verdict=finding.verdict,
            explanation=finding.explanation,
            event_ids=[call.event_id],
        )
        self.telemetry.count(FINDINGS, 1, **{VERDICT: finding.verdict or "none", DECISION: finding.decision})
        return finding if finding.decision == NOTIFY else None
