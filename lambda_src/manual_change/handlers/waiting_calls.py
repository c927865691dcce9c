"""Calls of people that wait for the change that they made: told by themselves where AWS Config recorded none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.calls_table import CallKey, CallsTable
from manual_change.adapters.queues import CallRequest
from manual_change.domain.finding import NOTIFY, Finding
from manual_change.domain.investigation import investigate_call
from manual_change.domain.policy import Policy
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import DECISION, FINDINGS, VERDICT

EXPLAINED_A_CHANGE: Final = "explained-a-change"
NO_LONGER_KEPT: Final = "no-longer-kept"


@dataclass(frozen=True, slots=True)
class WaitingCalls:
    """Judges a call when it has waited long enough, by the policy of that moment."""

    table: CallsTable
    memory: AttributionMemory
    telemetry: Telemetry

    def judge(self, request: CallRequest, policy: Callable[[], Policy]) -> Finding | None:
        """The finding that is to be told, if any. Every call ends as one, or as a decision, logged and counted."""
        call = self.table.read(CallKey(request.place, request.call))
        if call is None:
            explanation = "it waited longer than forwarded calls are kept, and nobody was told"
            self._drop(request, reason=NO_LONGER_KEPT, explanation=explanation)
            return None
        if self.memory.recall_calls([call.event_id]):
            explanation = f"{call.event_name} explained a change, which is told instead"
            self._drop(request, reason=EXPLAINED_A_CHANGE, explanation=explanation)
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

    def _drop(self, request: CallRequest, *, reason: str, explanation: str) -> None:
        self.telemetry.dropped(
            reason=reason,
            explanation=explanation,
            call=request.call,
            account=request.account,
            region=request.region,
        )
