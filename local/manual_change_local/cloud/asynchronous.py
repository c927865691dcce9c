"""Asynchronous invocations: somebody leaves a payload for a function and goes away.

Lambda tries again twice when the function fails, after one minute and after two more, unless the function's event
invoke configuration says otherwise (AWS Lambda developer guide, "Asynchronous invocation").
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from manual_change_local.cloud.clock import Clock
from manual_change_local.cloud.fleet import Fleet
from manual_change_local.cloud.function import Function

RETRY_AFTER: Final = (60.0, 120.0)
"""Nominal seconds before the first and the second retry."""


class AsynchronousInvocations:
    """Runs each in a thread of its own, retries included."""

    def __init__(self, *, fleet: Fleet, clock: Clock, retry_attempts: Callable[[str], int]) -> None:
        self._fleet = fleet
        self._clock = clock
        self._retry_attempts = retry_attempts
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    def invoke(self, function: Function, payload: bytes) -> None:
        """Take the payload and return at once."""
        thread = threading.Thread(target=self._run, args=(function, payload), daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    @property
    def pending(self) -> int:
        """How many are running or waiting for a retry."""
        with self._lock:
            return len(self._threads)

    def _run(self, function: Function, payload: bytes) -> None:
        try:
            finished = self._fleet.invoke(function, payload)
            for pause in RETRY_AFTER[: self._retry_attempts(function.arn)]:
                if not finished.error_type or self._cancelled.wait(self._clock.seconds(pause)):
                    return
                finished = self._fleet.invoke(function, payload, request_id=finished.request_id)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def close(self) -> None:
        """Give up what waits for a retry, and wait for what runs."""
        self._cancelled.set()
        with self._lock:
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()
