"""The pollers of all event source mappings: one for each that is deployed and enabled."""

from __future__ import annotations

import threading
from collections.abc import Callable

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.event_source import EventSourceMapping, Poller
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.observation import Observation


class Pollers:
    """Starts and stops pollers as mappings come and go."""

    def __init__(self, *, fleet: Fleet, clock: Clock, observe: Callable[[Observation], None]) -> None:
        self._fleet = fleet
        self._clock = clock
        self._observe = observe
        self._lock = threading.Lock()
        self._running: dict[str, tuple[EventSourceMapping, Poller]] = {}
        self._stopping: list[Poller] = []
        self._closed = False

    def changed(self, uuid: str, mapping: EventSourceMapping | None) -> None:
        """The mapping with this uuid is now this one, or none at all."""
        with self._lock:
            previous = self._running.pop(uuid, None)
            if previous is not None:
                previous[1].stop()
                self._stopping.append(previous[1])
            if mapping is not None and not self._closed:
                poller = Poller(mapping, fleet=self._fleet, clock=self._clock, observe=self._observe)
                self._running[uuid] = (mapping, poller)
                poller.start()

    @property
    def queue_arns(self) -> frozenset[str]:
        """The queues that are polled."""
        with self._lock:
            return frozenset(mapping.queue.arn for mapping, _ in self._running.values())

    def stop(self) -> None:
        """Take no further batch; `join` waits for the batches in hand."""
        with self._lock:
            self._closed = True
            for _, poller in self._running.values():
                poller.stop()
                self._stopping.append(poller)
            self._running.clear()

    def join(self) -> None:
        """Wait until no batch is in hand."""
        for poller in self._stopping:
            poller.join()
