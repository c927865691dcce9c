"""Stage two: changes, a batch at a time, become findings.

A change whose call CloudTrail does not know yet goes back to the stage's own queue and climbs the ladder of looks;
after the last look it is unattributed. How the changes of one place are judged stands beside it, in judging.py.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from manual_change.adapters.attribution_memory import AttributionMemory
from manual_change.adapters.cloudtrail import Pace
from manual_change.adapters.policy_store import PolicyStore
from manual_change.adapters.queues import (
    AttributionRequest,
    CallRequest,
    pass_on,
    read_attributions_message,
    send_findings,
    send_to_attribution,
)
from manual_change.domain.attribution import Window
from manual_change.domain.change import Unreadable
from manual_change.domain.finding import Finding
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.ladder import Ladder
from manual_change.domain.policy import Policy
from manual_change.domain.services import lookup_region
from manual_change.handlers.environment import environment
from manual_change.handlers.judging import Judging
from manual_change.handlers.records import Answer, Record, answer, each, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import POSTPONED
from manual_change.settings import AttributeSettings

if TYPE_CHECKING:  # what only a hub needs is imported when it is: every cold start pays for imports
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

    from manual_change.adapters.calls_table import CallsTable
    from manual_change.adapters.turns import Turns

SPARE_SECONDS = 60.0
"""Kept of the function's time for a last request, whose role has to be assumed first, and what comes after reading
CloudTrail."""

ONE_TRY = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1})
"""Of CloudTrail: the pace of further tries is this stage's own business."""

LEAST_SHARE = 30.0
"""Seconds that a place has at least: thirty pages, fifteen hundred calls. With less it would be cut off by the mere
number of places, and that it cannot be read would be said of an account that is well."""

TURN_PAUSE = timedelta(seconds=10)
"""How long changes wait while another invocation asks CloudTrail about their account and region, or for one that has
time left."""


@dataclass(slots=True)
class Attribute:
    """The stage with what it needs from outside: everything that a test replaces."""

    settings: AttributeSettings
    sqs: SQSClient
    memory: AttributionMemory
    policy: Callable[[], Policy]
    cloudtrail: Callable[[str, str], CloudTrailClient]
    """Of an account and region."""
    telemetry: Telemetry
    calls_table: CallsTable | None = None
    """Of a hub: the calls that were forwarded; CloudTrail is not asked then."""
    turns: Turns | None = None
    """Of a hub: one invocation at a time asks about an account and region."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    pace: Callable[[float], Pace] | None = None
    timer: Callable[[], float] = time.monotonic
    _due: dict[str, AttributionRequest] = field(default_factory=dict)
    _calls: dict[str, CallRequest] = field(default_factory=dict)

    def handle(self, records: Sequence[Record], *, seconds_left: float) -> Answer:
        """Judge a batch; messages whose change could not be judged are reported and come again.

        Each place has its share of the time, and what others left of theirs: one that is slow, or whose CloudTrail is
        used up by somebody else, holds nobody up.
        """
        self._due, self._calls = {}, {}
        failed = each(records, self._sort, telemetry=self.telemetry)
        end = self.timer() + max(seconds_left - SPARE_SECONDS, LEAST_SHARE)
        judging = self._judging()
        places = self._places()
        for number, (place, message_ids) in enumerate(places):
            requests = [self._due[message_id] for message_id in message_ids]
            deadline = self._deadline(end, among=len(places) - number)
            failed += self._attempt(message_ids, partial(self._judge_in_turn, place, requests, judging, deadline))
        for message_id, call_request in self._calls.items():
            failed += self._attempt([message_id], partial(self._judge_call, call_request))
        self.telemetry.flush()
        return answer(failed)

    def _places(self) -> list[tuple[tuple[str, str], list[str]]]:
        """The message ids by place, the one with the fewest changes first."""
        by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
        for message_id, request in self._due.items():
            by_place[self._place(request)].append(message_id)
        return sorted(by_place.items(), key=lambda entry: len(entry[1]))

    def _deadline(self, end: float, *, among: int) -> float | None:
        """Until when a place may be asked about, where so many share what is left of the time; None: too little is."""
        now = self.timer()
        left = end - now
        return now + max(left / among, LEAST_SHARE) if left >= LEAST_SHARE else None

    def _attempt(self, message_ids: list[str], work: Callable[[], None]) -> list[str]:
        """Do it; the messages that are to come again where it cannot be done."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one place's failure, of any kind, must not hold up the others
            for message_id in message_ids:
                self.telemetry.failed(message_id, error)
            return message_ids
        return []

    def _place(self, request: AttributionRequest) -> tuple[str, str]:
        """What is judged together: an account; where turns are taken, what CloudTrail knows in one region of it."""
        resource = request.change.resource
        return resource.account, lookup_region(resource) if self.turns else ""

    def _sort(self, record: Record) -> None:
        """Requests whose time has come are judged together; the others wait on."""
        if is_heartbeat(record.body):
            pass_on(self.sqs, self.settings.findings_queue_url, record.body)
            return
        request = read_attributions_message(record.body)
        if request.wait:
            self._send_back([request])
        elif isinstance(request, CallRequest):
            self._calls[record.message_id] = request
        else:
            self._due[record.message_id] = request

    def _send_back(self, requests: Iterable[AttributionRequest | CallRequest]) -> None:
        send_to_attribution(self.sqs, self.settings.attributions_queue_url, requests, fair=self.settings.fair_queues)

    def _judge_in_turn(
        self, place: tuple[str, str], requests: Sequence[AttributionRequest], judging: Judging, deadline: float | None
    ) -> None:
        """Judge what is known about one place, unless no time is left or another invocation is asking there."""
        if deadline is None:
            self.telemetry.count(POSTPONED, len(requests))
            self._wait_a_little("no-time-left", place, requests)
            return
        if self.turns is None:
            judging.judge(requests, deadline=deadline)
            return
        turn = self.turns.take(*place, now=self.now())
        if turn is None:
            self._wait_a_little("not-our-turn", place, requests)
            return
        try:
            judging.judge(requests, deadline=deadline)
        finally:
            self.turns.give_back(turn)

    def _wait_a_little(self, why: str, place: tuple[str, str], requests: Sequence[AttributionRequest]) -> None:
        self.telemetry.logger.info(why, extra={"place": " ".join(place), "changes": len(requests)})
        self._send_back(replace(request, wait=TURN_PAUSE) for request in requests)

    def _judge_call(self, request: CallRequest) -> None:
        if self.calls_table is None:
            raise Unreadable("a call waits for its change, and this detector has no table of calls")
        from manual_change.handlers.waiting_calls import WaitingCalls

        finding = WaitingCalls(self.calls_table, self.memory, self.telemetry).judge(request, self.policy)
        if finding:
            self._hand_on([finding])

    def _hand_on(self, findings: Iterable[Finding]) -> None:
        send_findings(self.sqs, self.settings.findings_queue_url, findings, fair=self.settings.fair_queues)

    def _judging(self) -> Judging:
        settings = self.settings
        return Judging(
            window=Window(
                lookback=settings.lookback,
                clock_skew=settings.clock_skew,
                daily_resource_types=settings.daily_resource_types,
            ),
            ladder=Ladder(settings.looks, settings.settled_after),
            memory=self.memory,
            policy=self.policy,
            cloudtrail=self.cloudtrail,
            pace=self.pace or (lambda until: Pace(settings.lookup_requests_per_second, until)),
            calls_table=self.calls_table,
            hand_on=self._hand_on,
            look_again=self._send_back,
            telemetry=self.telemetry,
            now=self.now,
            timer=self.timer,
        )


@cache
def _stage() -> Attribute:
    """Built at the first invocation, kept while the process lives."""
    settings = AttributeSettings.from_environment(environment())
    telemetry = Telemetry(stage="attribute", detector=settings.detector, log_level=settings.log_level)
    store = PolicyStore(
        boto3.client("ssm"),
        settings.policy_parameter,
        max_age=settings.policy_max_age,
        complain=lambda problem: telemetry.logger.error("the policy is not used", extra={"error": problem}),
    )
    dynamodb = boto3.client("dynamodb")
    return Attribute(
        settings=settings,
        sqs=boto3.client("sqs"),
        memory=AttributionMemory(dynamodb, settings.findings_table),
        policy=store.policy,
        cloudtrail=cloudtrail_of(settings),
        telemetry=telemetry,
        calls_table=_calls_table(settings, dynamodb),
        turns=_turns(settings, dynamodb),
    )


def _calls_table(settings: AttributeSettings, dynamodb: DynamoDBClient) -> CallsTable | None:
    if not settings.calls_table:
        return None
    from manual_change.adapters.calls_table import CallsTable

    return CallsTable(dynamodb, settings.calls_table)


def _turns(settings: AttributeSettings, dynamodb: DynamoDBClient) -> Turns | None:
    """Nobody takes turns where CloudTrail is not asked."""
    if not settings.organization_table or settings.calls_table:
        return None
    from manual_change.adapters.turns import Turns

    return Turns(dynamodb, settings.organization_table, lease=settings.turn_lease)


def cloudtrail_of(settings: AttributeSettings) -> Callable[[str, str], Any]:
    """CloudTrail of an account and region."""
    from manual_change.handlers.organization import clients_in_accounts

    clients = clients_in_accounts(settings.lookup_role_name, config=ONE_TRY)
    own = partial(clients.client, "cloudtrail")
    if not settings.lookup_function:
        return own
    from manual_change.adapters.lookup_function import LookupFunction

    lambda_ = boto3.client("lambda", config=ONE_TRY.merge(Config(read_timeout=50)))
    of_others = partial(LookupFunction, lambda_, settings.lookup_function)
    # Control Tower's audit role may do nothing in the audit account itself but assume roles
    return lambda account, region: own(account, region) if clients.is_own(account) else of_others(account, region)


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:
    """Lambda's entry point."""
    return _stage().handle(read_records(event), seconds_left=context.get_remaining_time_in_millis() / 1000)
