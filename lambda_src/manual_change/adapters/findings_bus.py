"""The EventBridge bus that findings are put on, for tickets, Security Hub, e-mail: whatever others attach."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from manual_change.domain.announcement import announcement
from manual_change.domain.finding import Finding
from manual_change.domain.shortening import compact_json

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ENTRIES: Final = 10
REQUEST_BYTES: Final = 240_000
"""EventBridge takes 10 entries and 256 KB in a request (EventBridge API reference, PutEvents)."""

TRIES: Final = 3
FIRST_PAUSE: Final = 0.1
"""Seconds before the first try again; each further one waits twice as long."""


class NotAnnounced(RuntimeError):
    """The bus did not take some findings; the others it has."""

    def __init__(self, bus: str, failed: Mapping[str, str]) -> None:
        self.failed = failed
        """What EventBridge said, by the finding's id."""
        said = "; ".join(sorted(set(failed.values())))
        super().__init__(f"{len(failed)} findings were not taken by the event bus {bus}: {said}")


_Event = tuple[str, str]
"""A finding's id and its detail."""


class FindingsBus:
    """Puts findings on one bus, each as an event of its own."""

    def __init__(
        self,
        events: EventBridgeClient,
        bus: str,
        *,
        source: str,
        detail_type: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._events = events
        self._bus = bus
        self._source = source
        self._detail_type = detail_type
        self._sleep = sleep

    def put(self, findings: Sequence[Finding]) -> None:
        """Put each finding on the bus; what the bus refuses for a moment is offered again.

        Raises:
            NotAnnounced: it did not take some of them, however often it was asked.
            ClientError: it takes none: there is no such bus, or this function may not use it.
        """
        failed: dict[str, str] = {}
        for batch in _batches([(finding.id, compact_json(announcement(finding))) for finding in findings]):
            failed |= self._put(batch)
        if failed:
            raise NotAnnounced(self._bus, failed)

    def _put(self, batch: Sequence[_Event]) -> dict[str, str]:
        """What was refused to the end, by id."""
        waiting = list(batch)
        refused: dict[str, str] = {}
        for attempt in range(TRIES):
            if attempt:
                self._sleep(FIRST_PAUSE * 2 ** (attempt - 1))
            answer = self._events.put_events(Entries=[self._entry(detail) for _, detail in waiting])
            told = list(zip(waiting, answer["Entries"], strict=True))
            refused = {
                event[0]: f"{said['ErrorCode']} ({said.get('ErrorMessage', 'no message')})"
                for event, said in told
                if said.get("ErrorCode")
            }
            waiting = [event for event in waiting if event[0] in refused]
            if not waiting:
                break
        return refused

    def _entry(self, detail: str) -> PutEventsRequestEntryTypeDef:
        return {
            "EventBusName": self._bus,
            "Source": self._source,
            "DetailType": self._detail_type,
            "Detail": detail,
        }


def _batches(events: Sequence[_Event]) -> Iterator[list[_Event]]:
    """Cut into what one request may hold."""
    batch: list[_Event] = []
    size = 0
    for event in events:
        length = len(event[1])
        if batch and (len(batch) == ENTRIES or size + length > REQUEST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch
