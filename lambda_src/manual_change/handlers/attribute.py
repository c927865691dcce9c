"""Stage two: changes, a batch at a time, become findings.

A change whose call CloudTrail does not know yet goes back to the stage's own queue and climbs the ladder of looks;
after the last look it is unattributed. Nothing ends here without a log line and a metric.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from manual_change.adapters.attribution_memory import AttributionMemory, Capture
from manual_change.adapters.cloudtrail import CallFinder, Pace
from manual_change.adapters.policy_store import PolicyStore
from manual_change.adapters.queues import AttributionRequest, pass_on, send_findings, send_to_attribution
from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import ALREADY_REPORTED, BY_MENTION, BY_SUBJECT, Attribution, Window
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import AUTOMATED, NOTIFY, UNATTRIBUTED, Finding
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.inquiry import Explained, Inquiry, ResourceKey
from manual_change.domain.investigation import NO_CALL_FOUND
from manual_change.domain.policy import DIGEST, Policy
from manual_change.handlers.records import Answer, Record, answer, each, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import ATTRIBUTION_LAG, DECISION, FINDINGS, LOOKUP_REQUESTS, VERDICT
from manual_change.settings import AttributeSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_sqs import SQSClient

SPARE_SECONDS = 20.0
"""Kept of the function's time for what comes after reading CloudTrail."""


@dataclass(slots=True)
class Attribute:
    """The stage with what it needs from outside: everything that a test replaces."""

    settings: AttributeSettings
    sqs: SQSClient
    memory: AttributionMemory
    policy: Callable[[], Policy]
    cloudtrail: Callable[[str, str], CloudTrailClient]
    telemetry: Telemetry
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pace: Callable[[float], Pace] | None = None
    _due: dict[str, tuple[str, AttributionRequest]] = field(default_factory=dict)

    def handle(self, records: Sequence[Record], *, seconds_left: float) -> Answer:
        """Judge a batch; messages whose change could not be judged are reported and come again."""
        self._due = {}
        failed = each(records, self._sort, telemetry=self.telemetry)
        by_account: dict[str, list[str]] = defaultdict(list)
        for message_id, (account, _) in self._due.items():
            by_account[account].append(message_id)
        deadline = time.monotonic() + max(seconds_left - SPARE_SECONDS, 1.0)
        for message_ids in by_account.values():
            try:
                self._judge([self._due[message_id][1] for message_id in message_ids], deadline)
            except Exception as error:  # noqa: BLE001 - one account's failure, of any kind, must not hold up the others
                for message_id in message_ids:
                    self.telemetry.failed(message_id, error)
                failed += message_ids
        self.telemetry.flush()
        return answer(failed)

    def _sort(self, record: Record) -> None:
        """Requests whose time has come are judged together; the others wait on."""
        if is_heartbeat(record.body):
            pass_on(self.sqs, self.settings.findings_queue_url, record.body)
            return
        request = AttributionRequest.from_body(record.body)
        if request.wait:
            send_to_attribution(self.sqs, self.settings.attributions_queue_url, [request])
        else:
            self._due[record.message_id] = (request.change.resource.account, request)

    def _judge(self, requests: Sequence[AttributionRequest], deadline: float) -> None:
        window = Window(
            lookback=self.settings.lookback,
            clock_skew=self.settings.clock_skew,
            daily_resource_types=self.settings.daily_resource_types,
        )
        looks = {request.change.key: self._rung(request) for request in requests}
        changes = {request.change.key: request.change for request in requests}
        thorough = any(self._is_settled(look) for look in looks.values())
        calls = self._find(changes.values(), window, thorough=thorough, deadline=deadline)
        recalled = self._recall(changes.values(), calls, window)
        policy = self.policy()
        inquiry = Inquiry(policy=policy, window=window, recalled=recalled)
        findings, again = [], []
        for finding, attribution in inquiry.investigate(changes.values(), lambda _: calls):
            change = finding.change
            if change is None:
                raise TypeError("an inquiry into a change answered without it")
            look = looks[change.key]
            if self._stands(finding, attribution, look):
                findings.append((finding, attribution))
            else:
                again.append(self._next_look(change, look, finding))
        self._tell(findings, policy)
        send_to_attribution(self.sqs, self.settings.attributions_queue_url, again)

    def _find(self, changes: Iterable[Change], window: Window, *, thorough: bool, deadline: float) -> list[ApiCall]:
        requests = 0

        def count() -> None:
            nonlocal requests
            requests += 1

        make_pace = self.pace or (lambda until: Pace(self.settings.lookup_requests_per_second, until))
        finder = CallFinder(
            self.cloudtrail,
            make_pace(deadline),
            on_request=count,
            on_unreadable=lambda error: self.telemetry.logger.warning(
                "a CloudTrail record cannot be read", extra={"error": str(error)}
            ),
        )
        try:
            return finder.find(changes, window, thorough=thorough)
        finally:
            self.telemetry.count(LOOKUP_REQUESTS, requests)

    def _rung(self, request: AttributionRequest) -> int:
        """The look that is due; a ladder that was made shorter since the message was sent ends at its new end."""
        return min(request.look, len(self.settings.looks) - 1)

    def _stands(self, finding: Finding, attribution: Attribution | None, look: int) -> bool:
        """Whether the decision is final: a later look could not change it.

        A person's earlier call may arrive after a pipeline's later one, and the call that acted on a resource after
        one that only mentions it.
        """
        if finding.verdict == UNATTRIBUTED:
            return self._is_last(look)
        mentioned = attribution is not None and attribution.how == BY_MENTION
        if finding.verdict == AUTOMATED or finding.reason == ALREADY_REPORTED or mentioned:
            return self._is_settled(look)
        return True

    def _is_last(self, look: int) -> bool:
        return look == len(self.settings.looks) - 1

    def _is_settled(self, look: int) -> bool:
        """Whether CloudTrail knows by then, or will not be asked again: everything is read, and the answer stands."""
        return self._is_last(look) or self.settings.looks[look] >= self.settings.settled_after

    def _next_look(self, change: Change, look: int, finding: Finding) -> AttributionRequest:
        wait = self.settings.looks[look + 1] - self.settings.looks[look]
        self.telemetry.decided(
            "look-again", reason=finding.reason, change=change, look=look + 1, again_in=wait.total_seconds()
        )
        return AttributionRequest(change=change, look=look + 1, wait=wait)

    def _tell(self, findings: Sequence[tuple[Finding, Attribution | None]], policy: Policy) -> None:
        """Hand on what people or the digest will see, then remember, log and count every finding."""
        told = [finding for finding, _ in findings if _is_told(finding, policy)]
        send_findings(self.sqs, self.settings.findings_queue_url, told)
        now = self.now()
        for finding, attribution in findings:
            change = finding.change
            if change is None:
                continue
            if attribution is not None:
                self._remember(change, attribution, now)
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

    def _remember(self, change: Change, attribution: Attribution, now: datetime) -> None:
        self.memory.remember(
            change.resource.key,
            Capture(
                captured_at=change.captured_at,
                event_ids=tuple(call.event_id for call in attribution.calls),
                summary={
                    "how": attribution.how,
                    "change_type": change.change_type,
                    "name": change.resource.name,
                    "arn": change.resource.arn,
                },
            ),
            now=now,
        )

    def _recall(
        self, changes: Iterable[Change], calls: Sequence[ApiCall], window: Window
    ) -> Mapping[ResourceKey, Sequence[Explained]]:
        """What earlier invocations found out about these resources and those that they are related to."""
        wanted: set[ResourceKey] = set()
        since = None
        for change in changes:
            account, region, _, _ = change.resource.key
            wanted.add(change.resource.key)
            wanted |= {(account, region, each.type, each.id) for each in change.relations if each.id}
            begin = window.begin(change) - timedelta(seconds=1)
            since = begin if since is None else min(since, begin)
        if since is None:
            return {}
        by_id = {call.event_id: call for call in calls}
        return {
            key: [_explained(key, capture, by_id) for capture in captures]
            for key, captures in self.memory.recall(wanted, since=since).items()
        }


def _is_told(finding: Finding, policy: Policy) -> bool:
    """Whether anybody hears of it: now, or in the daily digest."""
    in_digest = finding.reason == NO_CALL_FOUND and policy.notify_unattributed == DIGEST
    return finding.decision == NOTIFY or in_digest


def _explained(key: ResourceKey, capture: Capture, calls: Mapping[str, ApiCall]) -> Explained:
    account, region, resource_type, resource_id = key
    summary = capture.summary
    resource = Resource(account, region, resource_type, resource_id, summary.get("name"), summary.get("arn"))
    change = Change(resource, summary.get("change_type", "UPDATE"), capture.captured_at)
    at_hand = tuple(calls[event_id] for event_id in capture.event_ids if event_id in calls)
    return Explained(change, frozenset(capture.event_ids), at_hand if summary.get("how") == BY_SUBJECT else ())


@cache
def _stage() -> Attribute:
    """Built at the first invocation, kept while the process lives."""
    settings = AttributeSettings.from_environment(os.environ)
    telemetry = Telemetry(stage="attribute", detector=settings.detector, log_level=settings.log_level)
    store = PolicyStore(
        boto3.client("ssm"),
        settings.policy_parameter,
        max_age=settings.policy_max_age,
        complain=lambda problem: telemetry.logger.error("the policy is not used", extra={"error": problem}),
    )
    return Attribute(
        settings=settings,
        sqs=boto3.client("sqs"),
        memory=AttributionMemory(boto3.client("dynamodb"), settings.findings_table),
        policy=store.policy,
        cloudtrail=_cloudtrail_client,
        telemetry=telemetry,
    )


@cache
def _cloudtrail_client(_account: str, region: str) -> CloudTrailClient:
    """CloudTrail of this account. One try a request: the pace of retries is this stage's own business."""
    return boto3.client("cloudtrail", region_name=region, config=Config(retries={"total_max_attempts": 1}))


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:
    """Lambda's entry point."""
    return _stage().handle(read_records(event), seconds_left=context.get_remaining_time_in_millis() / 1000)
