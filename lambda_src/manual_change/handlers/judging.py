"""Judging: the calls behind the changes of one place are found; each change becomes a finding, or is looked at again.

Nothing ends here without a log line and a metric.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.cloudtrail import CallFinder, CloudTrailUnread, LookupUnfinished, Pace
from manual_change.adapters.queues import AttributionRequest
from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Attribution, Window
from manual_change.domain.change import Change
from manual_change.domain.change_index import ChangeIndex
from manual_change.domain.finding import NOTIFY, UNATTRIBUTED, Finding
from manual_change.domain.inquiry import Explained, Inquiry, ResourceKey
from manual_change.domain.investigation import CLOUDTRAIL_UNREAD, NO_CALL_FOUND, left_open
from manual_change.domain.ladder import Ladder
from manual_change.domain.policy import DIGEST, Policy
from manual_change.handlers.recollection import recall, remember
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import ATTRIBUTION_LAG, DECISION, FINDINGS, LOOKUP_REQUESTS, UNREAD_CHANGES, VERDICT

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

    from manual_change.adapters.calls_table import CallsTable


MOST_TRIES: Final = 5
FIRST_TRY_AGAIN: Final = timedelta(minutes=1)
"""An account that cannot be read is tried again after this, and then after twice as long each time: for half an hour in
all. Somebody may be using up CloudTrail's requests, or about to deploy the role; after that people are told."""

THOROUGH_TRIES: Final = 2
"""How often every write is read where an answer is to stand. Where there are too many for that, CloudTrail is asked for
those that it has filed under the resource's name."""


TOO_MANY_WRITES: Final = "CloudTrail in {place} holds more writes than can be read: only those under its name were"
"""The name is the resource's, under which CloudTrail files calls."""


@dataclass(frozen=True, slots=True)
class _Reading:
    """What was read of CloudTrail."""

    index: ChangeIndex
    recalled: Mapping[ResourceKey, Sequence[Explained]]
    gap: str
    """What was not read of it, and why; "" where everything was."""
    ended: bool
    """Whether it was read as far as it was meant to be: where not, it is worth another try."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """One batch on its way to findings."""

    window: Window
    ladder: Ladder
    memory: AttributionMemory
    policy: Callable[[], Policy]
    cloudtrail: Callable[[str, str], CloudTrailClient]
    """Of an account and region."""
    pace: Callable[[float], Pace]
    """Of the requests about one place, until a deadline: CloudTrail counts them by account and region."""
    calls_table: CallsTable | None
    """Of a hub: the calls that were forwarded; CloudTrail is not asked then."""
    hand_on: Callable[[Iterable[Finding]], None]
    """To whoever tells people."""
    look_again: Callable[[Iterable[AttributionRequest]], None]
    telemetry: Telemetry
    now: Callable[[], datetime]
    timer: Callable[[], float]
    """Monotonic seconds."""

    def judge(self, requests: Sequence[AttributionRequest], *, deadline: float) -> None:
        """Find out who made these changes. What does not stand yet, or cannot be found out now, comes again."""
        reading = self._read(requests, deadline)
        judged, again = requests, []
        if not reading.ended:
            judged = [request for request in requests if request.tries >= MOST_TRIES]
            again = [self._next_try(request, reading.gap) for request in requests if request.tries < MOST_TRIES]
        if judged:
            again += self._judge_read(judged, reading)
        self.look_again(again)

    def _judge_read(self, requests: Sequence[AttributionRequest], reading: _Reading) -> list[AttributionRequest]:
        """Judge changes by what was read, and hand on what stands; the rest, for a later look."""
        looks = {request.change.key: self.ladder.rung(request.look) for request in requests}
        changes = {request.change.key: request.change for request in requests}
        policy = self.policy()
        inquiry = Inquiry(policy=policy, window=self.window, recalled=reading.recalled)
        findings, again = [], []
        index = reading.index
        for finding, attribution in inquiry.investigate(changes.values(), index.calls_for, index.identifiers_for):
            change = finding.change
            if change is None:
                raise TypeError("an inquiry into a change answered without it")
            look = looks[change.key]
            if not reading.ended or self.ladder.stands(finding, attribution, look):
                findings.append((change, self._with_gap(finding, reading.gap), attribution))
            else:
                again.append(self._next_look(change, look, finding))
        self._tell(findings, policy)
        return again

    def _with_gap(self, finding: Finding, gap: str) -> Finding:
        if not gap:
            return finding
        if finding.verdict == UNATTRIBUTED:
            self.telemetry.count(UNREAD_CHANGES)
        return left_open(finding, gap)

    def _read(self, requests: Sequence[AttributionRequest], deadline: float) -> _Reading:
        """The calls that may have made the changes, each beside its change; no more of them is kept at once."""
        changes = {request.change.key: request.change for request in requests}.values()
        index = ChangeIndex(changes, self.window)
        recollection = recall(self.memory, changes, self.window)
        wanted, at_hand = recollection.event_ids, {}
        finder = self._finder(deadline)
        gap, ended = "", True
        try:
            for call in self._calls(finder, changes, requests, deadline):
                index.offer(call)
                if call.event_id in wanted:
                    at_hand[call.event_id] = call
        except CloudTrailUnread as error:
            gap, ended = str(error), False
        if ended and self._is_settled(requests):
            gap = "; ".join(TOO_MANY_WRITES.format(place=place) for place in sorted(finder.asked_by_name))
        return _Reading(index, recollection.explained(at_hand), gap, ended)

    def _is_settled(self, requests: Iterable[AttributionRequest]) -> bool:
        """Whether an answer is to stand at these looks: then it rests on every write, unless that is too much."""
        return any(self.ladder.is_settled(self.ladder.rung(request.look)) for request in requests)

    def _calls(
        self,
        finder: CallFinder,
        changes: Iterable[Change],
        requests: Sequence[AttributionRequest],
        deadline: float,
    ) -> Iterator[ApiCall]:
        if self.calls_table is None:
            too_much = any(request.tries >= THOROUGH_TRIES for request in requests)
            yield from finder.find(changes, self.window, thorough=self._is_settled(requests) and not too_much)
            return
        for call in self.calls_table.find(changes, self.window):
            if self.timer() > deadline:
                raise LookupUnfinished("no time is left to read the calls that were forwarded to the end")
            yield call

    def _finder(self, deadline: float) -> CallFinder:
        return CallFinder(
            self.cloudtrail,
            self.pace(deadline),
            on_request=lambda: self.telemetry.count(LOOKUP_REQUESTS),
            on_unreadable=lambda error: self.telemetry.logger.warning(
                "a CloudTrail record cannot be read", extra={"error": str(error)}
            ),
        )

    def _next_try(self, request: AttributionRequest, why: str) -> AttributionRequest:
        wait = FIRST_TRY_AGAIN * 2**request.tries
        self.telemetry.decided(
            "look-again",
            reason=CLOUDTRAIL_UNREAD,
            change=request.change,
            look=request.look,
            again_in=wait.total_seconds(),
            why=why,
        )
        return replace(request, tries=request.tries + 1, wait=wait)

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
    in_digest = finding.reason in (NO_CALL_FOUND, CLOUDTRAIL_UNREAD) and policy.notify_unattributed == DIGEST
    return finding.decision == NOTIFY or in_digest
