"""Stage one: notifications of AWS Config become changes.

What is no change, and what nobody made, ends here, counted and logged with its reason; everything else goes to
attribution, delayed until CloudTrail is likely to know. What cannot be read stays in the queue and becomes a dead
letter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3

from manual_change.adapters.account_directory import AccountDirectory
from manual_change.adapters.config_history import ConfigHistory, HistoryUnavailable
from manual_change.adapters.queues import AttributionRequest, NotSent, pass_on, send_to_attribution
from manual_change.domain.account import ACCOUNT_EXCLUDED
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.configuration_item import change_between
from manual_change.domain.heartbeat import is_heartbeat
from manual_change.domain.noise import noise_in
from manual_change.domain.notification import BareItem, NotAChange, Oversized, read_body, read_message, unwrap
from manual_change.domain.origin import origin_of
from manual_change.handlers.environment import environment
from manual_change.handlers.gate import Gate, gate_of
from manual_change.handlers.organization import clients_in_accounts, directory_of, is_excluded
from manual_change.handlers.records import Answer, Record, answer, each, read_records
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import NOTIFICATIONS
from manual_change.settings import DispatchSettings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient


@dataclass(slots=True)
class Dispatch:
    """The stage with what it needs from outside: everything that a test replaces."""

    settings: DispatchSettings
    sqs: SQSClient
    history: ConfigHistory
    telemetry: Telemetry
    gate: Gate | None = None
    """Of a hub; None: nobody else's messages arrive."""
    directory: AccountDirectory = field(default_factory=AccountDirectory)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _due: list[tuple[str, AttributionRequest]] = field(default_factory=list)
    """What this batch hands on, each with the id of the record that it came in."""

    def handle(self, records: Sequence[Record]) -> Answer:
        """Read a batch; records that could not be read or handed on are reported and come again."""
        self._due = []
        failed = each(records, self._read, telemetry=self.telemetry)
        failed += self._hand_on()
        self.telemetry.flush()
        return answer(failed)

    def _read(self, record: Record) -> None:
        """Every message in the record: one that cannot be read does not hold up the others."""
        if is_heartbeat(record.body):
            pass_on(self.sqs, self.settings.attributions_queue_url, record.body)
            return
        document = read_body(record.body)
        if self.gate and not self.gate.let_in(record.body, document):
            return
        messages = list(unwrap(document))
        if self.gate and not self.gate.believe(record.body, document, messages, now=self.now()):
            return
        origin = origin_of(document)
        unreadable: list[str] = []
        for message in messages:
            self.telemetry.count(NOTIFICATIONS)
            try:
                self._take(record, message, came_from=origin.region if origin else None)
            except Unreadable as error:
                unreadable.append(str(error))
        if unreadable:
            raise Unreadable("; ".join(unreadable))

    def _take(self, record: Record, message: object, *, came_from: str | None) -> None:
        match read_message(message):
            case NotAChange(reason=reason, explanation=explanation):
                self.telemetry.dropped(reason=reason, explanation=explanation)
            case Oversized() as oversized:
                if not self._is_noise(oversized.change):
                    self._take_change(record, self._whole(oversized, came_from))
            case BareItem(item=item):
                self._take_change(record, change_between(None, item))
            case Change() as change:
                self._take_change(record, change)

    def _take_change(self, record: Record, change: Change) -> None:
        if self._is_noise(change):
            return
        wait = max(change.captured_at + self.settings.first_look - self.now(), timedelta(0))
        self._due.append((record.message_id, AttributionRequest(change=change, look=0, wait=wait)))

    def _is_noise(self, change: Change) -> bool:
        account = change.resource.account
        if is_excluded(account, self.settings, self.directory):
            explanation = f"changes in account {account} are left out by the settings"
            self.telemetry.dropped(reason=ACCOUNT_EXCLUDED, explanation=explanation, change=change)
            return True
        noise = noise_in(change, excluded_resource_types=self.settings.excluded_resource_types)
        if noise is None:
            return False
        self.telemetry.dropped(reason=noise.reason, explanation=noise.explanation, change=change)
        return True

    def _whole(self, oversized: Oversized, came_from: str | None) -> Change:
        """The change with the diff that the notification had no room for, where there is a history to take it from."""
        try:
            return self.history.change(oversized, came_from=came_from)
        except HistoryUnavailable as error:
            self.telemetry.decided(
                "diff-left-out", reason="history-unavailable", change=oversized.change, explanation=str(error)
            )
            return oversized.change

    def _hand_on(self) -> list[str]:
        """Send what is due; the ids of the records whose changes SQS did not accept."""
        refused: Mapping[int, str] = {}
        try:
            send_to_attribution(
                self.sqs,
                self.settings.attributions_queue_url,
                [request for _, request in self._due],
                fair=self.settings.fair_queues,
            )
        except NotSent as error:
            refused = error.failed
            for message_id in dict.fromkeys(self._due[position][0] for position in refused):
                self.telemetry.failed(message_id, error)
        for position, (_, request) in enumerate(self._due):
            if position not in refused:
                self.telemetry.decided(
                    "attribute", reason="change", change=request.change, first_look_in=request.wait.total_seconds()
                )
        return [self._due[position][0] for position in refused]


@cache
def _stage() -> Dispatch:
    """Built at the first invocation, kept while the process lives."""
    settings = DispatchSettings.from_environment(environment())
    telemetry = Telemetry(stage="dispatch", detector=settings.detector, log_level=settings.log_level)
    sqs = boto3.client("sqs")
    clients = clients_in_accounts(settings.lookup_role_name)
    return Dispatch(
        settings=settings,
        sqs=sqs,
        history=ConfigHistory(partial(clients.client, "config"), here=sqs.meta.region_name),
        telemetry=telemetry,
        gate=gate_of(settings, sqs=sqs, telemetry=telemetry) if settings.quarantine_queue_url else None,
        directory=directory_of(settings, telemetry=telemetry),
    )


def handler(event: Mapping[str, Any], context: LambdaContext) -> Answer:  # noqa: ARG001 - Lambda hands it over
    """Lambda's entry point."""
    return _stage().handle(read_records(event))
