"""The gate of a hub: what cannot be trusted goes to the quarantine, what can shows that its place reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.places import Places
from manual_change.adapters.quarantine import Quarantine
from manual_change.domain.api_call import mapping
from manual_change.domain.coverage import Place
from manual_change.domain.origin import (
    Distrust,
    Origin,
    account_of_message,
    distrust_accounts,
    distrust_notification,
    origin_of,
)
from manual_change.handlers.telemetry import Telemetry
from manual_change.metric_names import QUARANTINED
from manual_change.settings import DispatchSettings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True)
class Gate:
    """Where many accounts deliver."""

    quarantine: Quarantine
    telemetry: Telemetry
    places: Places | None = None
    bare_messages: bool = True

    def let_in(self, body: str, document: object) -> bool:
        """Whether a message of the queue may be unwrapped: nothing inside is read before that is certain.

        One that may not is set aside, logged and counted.

        Raises:
            NotSent, ClientError: the quarantine cannot be written; the message is to come again.
        """
        return self._believed(body, distrust_notification(document, bare_messages=self.bare_messages))

    def believe(self, body: str, document: object, messages: Sequence[object], *, now: datetime) -> bool:
        """Whether what was inside counts, and that its place reports; what does not is set aside likewise.

        Raises:
            NotSent, ClientError: the quarantine cannot be written; the message is to come again.
        """
        origin = origin_of(document)
        if not self._believed(body, distrust_accounts(origin, map(account_of_message, messages))):
            return False
        if self.places:
            self._note(_places(origin, messages), self.places, now)
        return True

    def _believed(self, body: str, distrust: Distrust | None) -> bool:
        if distrust:
            self.refuse(body, distrust)
        return distrust is None

    def _note(self, seen: set[Place], places: Places, now: datetime) -> None:
        """That places report. Where this cannot be written down, the next message says it again: no change waits."""
        for place in seen:
            try:
                places.reported(place, now=now)
            except (BotoCoreError, ClientError) as error:
                self.telemetry.logger.warning(
                    "a place's report was not written down", extra={"place": str(place), "error": str(error)}
                )

    def refuse(self, body: str, distrust: Distrust) -> None:
        """Set a message aside."""
        self.quarantine.put(body, distrust)
        self.telemetry.decided("quarantine", reason=distrust.reason, explanation=distrust.explanation)
        self.telemetry.count(QUARANTINED)


def _places(origin: Origin | None, messages: Sequence[object]) -> set[Place]:
    """Where messages come from. A topic's say so themselves; IAM's items call their region `global`."""
    if origin:
        return {Place(origin.account, origin.region)}
    items = [_item(message) for message in messages]
    return {
        Place(item["awsAccountId"], item["awsRegion"])
        for item in items
        if isinstance(item.get("awsAccountId"), str) and isinstance(item.get("awsRegion"), str)
        if item["awsRegion"] != "global"
    }


def _item(message: object) -> Any:
    inside = mapping(message)
    return mapping(inside.get("configurationItem") or inside.get("configurationItemSummary"))


def gate_of(settings: DispatchSettings, *, sqs: SQSClient, telemetry: Telemetry) -> Gate:
    """The gate that the settings describe."""
    table = settings.organization_table
    return Gate(
        quarantine=Quarantine(sqs, settings.quarantine_queue_url),
        telemetry=telemetry,
        places=Places(cache(lambda: boto3.client("dynamodb")), table) if table else None,
        bare_messages=settings.bare_messages,
    )
