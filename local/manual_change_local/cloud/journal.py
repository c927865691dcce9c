"""The record of everything that happened, and whoever wants to hear of it.

An observer is any callable that takes an `Observation`. Observers are called in a thread of their own, in the order in
which things happened: one that is slow, or that talks to the cloud, holds up nothing.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from manual_change_local.cloud.observation import Observation

Observer = Callable[[Observation], None]
Kind = TypeVar("Kind", bound=Observation)

_log = logging.getLogger(__name__)


class Journal:
    """All observations in the order in which they happened."""

    def __init__(self) -> None:
        self._observations: list[Observation] = []
        self._observers: list[Observer] = []
        self._changed = threading.Condition()
        self._untold: queue.SimpleQueue[Observation | threading.Event] = queue.SimpleQueue()
        self._herald = threading.Thread(target=self._tell, name="journal", daemon=True)

    def __call__(self, observation: Observation) -> None:
        with self._changed:
            self._observations.append(observation)
            if self._observers:
                self._untold.put(observation)
            self._changed.notify_all()

    def subscribe(self, observer: Observer) -> None:
        """Call `observer` for everything that happens from now on. What it raises is logged."""
        with self._changed:
            self._observers.append(observer)
            if not self._herald.is_alive():
                self._herald.start()

    def _tell(self) -> None:
        while True:
            news = self._untold.get()
            if isinstance(news, threading.Event):
                news.set()
                continue
            for observer in tuple(self._observers):
                try:
                    observer(news)
                except Exception:  # noqa: BLE001 - somebody else's code; it is logged, and the cloud goes on
                    _log.exception("an observer failed on %s", type(news).__name__)

    def catch_up(self, *, timeout: float = 5.0) -> bool:
        """Wait until observers have been told everything so far; False when that takes longer than `timeout` s."""
        if not self._herald.is_alive() or threading.current_thread() is self._herald:
            return True
        told = threading.Event()
        self._untold.put(told)
        return told.wait(timeout)

    def all(self) -> tuple[Observation, ...]:
        """Everything so far."""
        with self._changed:
            return tuple(self._observations)

    def of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        """Everything of one kind so far."""
        return tuple(observation for observation in self.all() if isinstance(observation, kind))

    def wait_for(
        self, kind: type[Kind], accept: Callable[[Kind], bool] = lambda _: True, *, timeout: float = 10.0
    ) -> Kind:
        """The first observation of this kind that is accepted, past or to come.

        Raises:
            TimeoutError: none came within `timeout` wall-clock seconds; the message lists the last ones that did.
        """
        deadline = time.monotonic() + timeout
        seen = 0
        with self._changed:
            while True:
                for observation in self._observations[seen:]:
                    if isinstance(observation, kind) and accept(observation):
                        return observation
                seen = len(self._observations)
                if not self._changed.wait(timeout=max(0.0, deadline - time.monotonic())):
                    break
            latest = "\n  ".join(str(observation)[:300] for observation in self._observations[-8:])
        raise TimeoutError(f"no such {kind.__name__} within {timeout:g} s; the last observations were:\n  {latest}")
