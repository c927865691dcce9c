"""All functions' processes: which are warm, who may use one, and that none is left behind."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.execution_environment import ExecutionEnvironment
from manual_change_local.cloud.function import Function
from manual_change_local.cloud.observation import FunctionFinished, FunctionInvoked, Observation
from manual_change_local.cloud.runtime_api import Answered, Failed, Outcome
from manual_change_local.cloud.runtime_files import RuntimeFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How an invocation ended."""

    request_id: str
    payload: bytes
    """The function's answer, or the error object that a synchronous caller gets."""
    error_type: str | None
    error_message: str | None

    @property
    def response(self) -> Any:
        """The answer as JSON.

        Raises:
            ValueError: the payload is no JSON (a runtime other than Python's could do that).
        """
        return json.loads(self.payload)


class Fleet:
    """Invokes functions, in processes that it starts when needed and keeps for the next invocation."""

    def __init__(
        self,
        *,
        files: RuntimeFiles,
        endpoint: str,
        observe: Callable[[Observation], None],
        keep_logs: Callable[[Function, str, list[str]], None],
    ) -> None:
        """Args:
        files: where assets are unpacked.
        endpoint: where functions find AWS.
        observe: hears what happens.
        keep_logs: takes a function, the name of a log stream and the lines of an invocation, for CloudWatch Logs.
        """
        self._keep_logs = keep_logs
        self._files = files
        self._endpoint = endpoint
        self._observe = observe
        self._lock = threading.Lock()
        self._idle: list[ExecutionEnvironment] = []
        self._busy: dict[ExecutionEnvironment, str] = {}
        self._invocations: Counter[str] = Counter()
        self._closed = False

    def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        queue_arn: str | None = None,
        message_ids: tuple[str, ...] = (),
        request_id: str | None = None,
    ) -> Finished:
        """Invoke a function and wait for its end; a failure is a value, not an exception."""
        request_id = request_id or str(uuid.uuid4())
        self._observe(
            FunctionInvoked(function=function.name, request_id=request_id, queue_arn=queue_arn, message_ids=message_ids)
        )
        started = time.monotonic()
        outcome = self._run(function, payload, request_id)
        finished = _finished(request_id, outcome)
        self._observe(
            FunctionFinished(
                function=function.name,
                request_id=request_id,
                seconds=time.monotonic() - started,
                error_type=finished.error_type,
                error_message=finished.error_message,
                response=None if finished.error_type else finished.response,
            )
        )
        return finished

    def warm(self, function: Function) -> None:
        """Start a process for the function unless one is warm; it imports its module while others go on.

        Raises:
            CloudError: the function cannot run here.
        """
        self._give_back(self._take(function), usable=True)

    def _run(self, function: Function, payload: bytes, request_id: str) -> Outcome:
        limit = function.reserved_concurrency
        with self._lock:
            if self._closed:
                return Failed("Cloud.Stopped", "the embedded cloud is stopping", ends_process=True)
            if limit is not None and self._invocations[function.arn] >= limit:
                return Failed("TooManyRequestsException", f"Rate Exceeded: reserved concurrency is {limit}")
            self._invocations[function.arn] += 1
        try:
            environment = self._take(function)
            outcome = environment.invoke(payload, request_id)
            self._keep_logs(function, environment.log_stream, environment.new_lines())
            self._give_back(environment, usable=isinstance(outcome, Answered) or not outcome.ends_process)
        except CloudError as error:
            return Failed("Cloud.CannotStart", str(error), ends_process=True)
        finally:
            with self._lock:
                self._invocations[function.arn] -= 1
        return outcome

    def _take(self, function: Function) -> ExecutionEnvironment:
        """The warm process used last, or a new one. Processes of an older version of the function are ended."""
        with self._lock:
            outdated = [idle for idle in self._idle if idle.function.arn == function.arn and idle.function != function]
            matching = [idle for idle in self._idle if idle.function == function]
            dead = [idle for idle in matching if not idle.alive]
            warm = next((idle for idle in reversed(matching) if idle.alive), None)
            gone = {*outdated, *dead, warm}
            self._idle = [idle for idle in self._idle if idle not in gone]
            if warm:
                self._busy[warm] = function.arn
        for environment in (*outdated, *dead):
            environment.close()
        if warm:
            return warm
        fresh = ExecutionEnvironment(function, files=self._files, endpoint=self._endpoint, observe=self._observe)
        with self._lock:
            self._busy[fresh] = function.arn
            closed = self._closed
        if closed:
            fresh.kill()
        return fresh

    def _give_back(self, environment: ExecutionEnvironment, *, usable: bool) -> None:
        with self._lock:
            self._busy.pop(environment)
            keep = usable and environment.alive and not self._closed
            if keep:
                self._idle.append(environment)
        if not keep:
            environment.close()

    @property
    def busy(self) -> int:
        """How many invocations are running."""
        with self._lock:
            return self._invocations.total()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are alive, warm or at work."""
        with self._lock:
            return tuple(environment.pid for environment in (*self._idle, *self._busy))

    def retire(self, function_arn: str) -> None:
        """End the warm processes of a function that was deleted."""
        with self._lock:
            retired = [idle for idle in self._idle if idle.function.arn == function_arn]
            self._idle = [idle for idle in self._idle if idle not in retired]
        for environment in retired:
            environment.close()

    def close(self) -> None:
        """Kill every process; invocations that were running end as failed."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = tuple(self._busy)
        for environment in busy:
            environment.kill()
        for environment in idle:
            environment.close()


def _finished(request_id: str, outcome: Outcome) -> Finished:
    if isinstance(outcome, Answered):
        return Finished(request_id=request_id, payload=outcome.payload, error_type=None, error_message=None)
    error = {"errorType": outcome.error_type, "errorMessage": outcome.message, "requestId": request_id}
    return Finished(
        request_id=request_id,
        payload=json.dumps(error).encode(),
        error_type=outcome.error_type,
        error_message=outcome.message,
    )
