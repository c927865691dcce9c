"""The hub's fourth stage: API calls that spokes forward are kept for a day, for changes to be attributed to.

A person's call that would be told goes on to wait for the change that it made: AWS Config does not record everything,
and what it never records is told by the call alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.calls_table import CallKey, CallsTable
from manual_change.adapters.many_items import TableBusy
from manual_change.adapters.policy_store import PolicyStore
from manual_change.adapters.quarantine import Quarantine
from manual_change.adapters.queues import CallRequest, send_to_attribution
from manual_change.domain.account import ACCOUNT_EXCLUDED
from manual_change.domain.api_call import ApiCall, mapping, read_call, uncounted
from manual_change.domain.change import Unreadable
from manual_change.domain.finding import NOTIFY
from manual_change.domain.investigation import investigate_call
from manual_change.domain.origin import Distrust, distrust_accounts, distrust_forwarded_call, origin_of
from manual_change.domain.policy import Policy
from manual_change.handlers.environment import environment
from manual_change.handlers.organization import directory_of, is_excluded
from manual_change.handlers.records import Answer, Record, answer, each, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import CALLS, QUARANTINED
from manual_change.settings import CollectSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient


@dataclass(slots=True)
class Collect:
    """The stage with what it needs from outside: everything that a test replaces."""

    settings: CollectSettings
    sqs: SQSClient
    table: CallsTable
    policy: Callable[[], Policy]
    telemetry: Telemetry
    quarantine: Quarantine | None = None
    directory: AccountDirectory = field(default_factory=AccountDirectory)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _taken: dict[str, ApiCall] = field(default_factory=dict)
    """By the id of the record that a call came in."""

    def handle(self, records: Sequence[Record]) -> Answer:
        """Keep a batch; records that could not be read, kept or handed on are reported and come again."""
        self._taken = {}
        failed = each(records, self._take, telemetry=self.telemetry)
        failed += self._attempt(self._taken)
        self.telemetry.flush()
        return answer(failed)

    def _attempt(self, taken: Mapping[str, ApiCall]) -> list[str]:
        """Keep calls; the records that are to come again. One that cannot be kept or judged must not hold up those of
        other accounts: they are tried one by one then, unless the table is only busy."""
        try:
            self._keep(list(taken.values()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the calls are to come again
            if len(taken) > 1 and not isinstance(error, TableBusy):
                return [failed for one in taken.items() for failed in self._attempt(dict([one]))]
            for message_id in taken:
                self.telemetry.failed(message_id, error)
            return list(taken)
        return []

    def _take(self, record: Record) -> None:
        document = _read(record.body)
        distrust = distrust_forwarded_call(document)  # nothing inside is read before that is certain
        if distrust:
            self._refuse(record, distrust)
            return
        call = read_call(mapping(document).get("detail"))
        distrust = distrust_accounts(origin_of(document), [call.account])
        if distrust:
            self._refuse(record, distrust)
            return
        without_change = uncounted(call.record)
        if without_change:
            self._drop(call, without_change.reason, without_change.explanation)
            return
        if is_excluded(call.account, self.settings, self.directory):
            self._drop(call, ACCOUNT_EXCLUDED, f"calls in account {call.account} are left out by the settings")
            return
        self._taken[record.message_id] = call

    def _drop(self, call: ApiCall, reason: str, explanation: str) -> None:
        """Nothing will be attributed to the call, and it is not kept."""
        self.telemetry.dropped(
            reason=reason,
            explanation=explanation,
            event_ids=[call.event_id],
            account=call.account,
            region=call.region,
        )

    def _refuse(self, record: Record, distrust: Distrust) -> None:
        if self.quarantine is None:
            raise Unreadable(f"a call that cannot be trusted, and no quarantine to put it into: {distrust.explanation}")
        self.quarantine.put(record.body, distrust)
        self.telemetry.decided("quarantine", reason=distrust.reason, explanation=distrust.explanation)
        self.telemetry.count(QUARANTINED)

    def _keep(self, calls: Sequence[ApiCall]) -> None:
        if not calls:
            return
        self.table.keep(calls, now=self.now())
        self.telemetry.count(CALLS, len(calls))
        policy = self.policy()
        told = [call for call in calls if investigate_call(call, policy).decision == NOTIFY]
        send_to_attribution(
            self.sqs,
            self.settings.attributions_queue_url,
            [self._request(call) for call in told],
            fair=self.settings.fair_queues,
        )

    def _request(self, call: ApiCall) -> CallRequest:
        key = CallKey.of(call)
        return CallRequest(
            place=key.place,
            call=key.call,
            account=call.account,
            region=call.region,
            wait=self.settings.wait_for_change,
        )


def _read(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"a message that is not JSON: {error}") from error


@cache
def _stage() -> Collect:
    """Built at the first invocation, kept while the process lives."""
    settings = CollectSettings.from_environment(environment())
    telemetry = Telemetry(stage="collect", detector=settings.detector, log_level=settings.log_level)
    store = PolicyStore(
        boto3.client("ssm"),
        settings.policy_parameter,
        max_age=settings.policy_max_age,
        complain=lambda problem: telemetry.logger.error("the policy is not used", extra={"error": problem}),
    )
    sqs = boto3.client("sqs")
    quarantine = settings.quarantine_queue_url
    return Collect(
        settings=settings,
        sqs=sqs,
        table=CallsTable(boto3.client("dynamodb"), settings.calls_table, keep=settings.keep),
        policy=store.policy,
        telemetry=telemetry,
        quarantine=Quarantine(sqs, quarantine) if quarantine else None,
        directory=directory_of(settings, telemetry=telemetry),
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001 - Lambda hands it over
    """Lambda's entry point."""
    return _stage().handle(read_records(event))
