"""The seam to moto's event buses: who may put what on which bus, and one bus that passes events on to another.

Rests on moto 5.2.5, `moto.events.models`: `events_backends[account][region].event_buses` are the buses,
`EventBus.rules` their rules, whose `send_to_targets` is called with each event; `EventsBackend.put_events` is what the
API calls. moto itself makes a new event, of the receiving account, of whatever one bus passes on to another.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Final

from moto.events import models
from moto.events.models import events_backends

from manual_change_local.cloud.seams.patches import Patches

_NOT_AUTHORIZED: Final = {
    "ErrorCode": "NotAuthorizedForSourceException",
    "ErrorMessage": "Not authorized for the source.",
}

_passed_on: ContextVar[bool] = ContextVar("passed_on", default=False)


def open_buses(patches: Patches) -> None:
    """Refuse what only AWS's services may say, and reach the buses of other accounts."""
    original = models.EventsBackend.put_events

    def put_events(backend: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(events) > 10:
            answer: list[dict[str, Any]] = original(backend, events)  # which refuses them all
            return answer
        return [_put(backend, entry) for entry in events]

    def _put(backend: Any, entry: Mapping[str, Any]) -> dict[str, Any]:
        if str(entry.get("Source", "")).startswith("aws."):
            return dict(_NOT_AUTHORIZED)
        owner, name = _bus_of(str(entry.get("EventBusName") or "default"), default=backend.account_id)
        receiver = events_backends[owner][backend.region_name]
        with _sent_from(backend.account_id):
            (answer,) = original(receiver, [{**entry, "EventBusName": name}])
        return dict(answer)

    patches.replace(models.EventsBackend, "put_events", put_events)


_sender: ContextVar[str | None] = ContextVar("sender", default=None)


@contextlib.contextmanager
def _sent_from(account: str) -> Iterator[None]:
    token = _sender.set(account)
    try:
        yield
    finally:
        _sender.reset(token)


def as_put(event: dict[str, Any]) -> dict[str, Any]:
    """The event with the account that put it there: moto names the bus's."""
    sender = _sender.get()
    return event if sender is None else {**event, "account": sender}


def _bus_of(name_or_arn: str, *, default: str) -> tuple[str, str]:
    """Account and name of a bus."""
    if not name_or_arn.startswith("arn:"):
        return default, name_or_arn
    _, _, _, _, account, resource = name_or_arn.split(":", 5)
    return account, resource.partition("/")[2]


def may_be_passed_on(event: Mapping[str, Any], *, account: str) -> bool:
    """Whether a bus of `account` sends this event to another bus: not when it came from a bus or account itself.

    Source: Amazon EventBridge user guide, "Sending events between event buses in the same account and Region":
    "EventBridge can't route events received from a sender event bus to a third event bus."
    """
    return not _passed_on.get() and event["account"] == account


def pass_on(bus_arn: str, event: Mapping[str, Any]) -> bool:
    """Put the event as it is on another bus, of whatever account and region; False when that does not exist."""
    _, _, _, region, account, resource = bus_arn.split(":", 5)
    token = _passed_on.set(True)
    sender = _sender.set(None)
    try:
        return _publish(event, account=account, region=region, name=resource.partition("/")[2])
    finally:
        _sender.reset(sender)
        _passed_on.reset(token)


def emit(
    *,
    source: str,
    detail_type: str,
    detail: Mapping[str, Any],
    resources: Sequence[str],
    account: str,
    region: str,
) -> str:
    """What an AWS service puts on the default bus of an account and region; the event's id."""
    event = {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "region": region,
        "resources": list(resources),
        "detail": dict(detail),
    }
    _publish(event, account=account, region=region, name="default")
    return event["id"]  # type: ignore[return-value] # it is the string above


def _publish(event: Mapping[str, Any], *, account: str, region: str, name: str) -> bool:
    bus = events_backends[account][region].event_buses.get(name)
    if bus is None:
        return False
    for rule in list(bus.rules.values()):
        rule.send_to_targets(dict(event))
    return True
