"""A process of a function, kept warm between invocations.

The process is `python -m awslambdaric <handler>`, the client that AWS's own images use. It sees the variables that
Lambda sets and those of the function, and nothing of the environment of whoever started the cloud.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.function import Function, trace_id
from manual_change_local.cloud.function_output import FunctionOutput
from manual_change_local.cloud.observation import FunctionLogged, FunctionStarted, Observation
from manual_change_local.cloud.runtime_api import Failed, Invocation, Outcome, Ready, Report, RuntimeApi
from manual_change_local.cloud.runtime_files import RuntimeFiles

INIT_LIMIT: Final = 10.0
"""Seconds that Lambda gives a function to start (AWS Lambda developer guide, "Lambda execution environment")."""

AFTERWARDS_LIMIT: Final = 0.5
"""Seconds to wait, after an answer, for the process to ask for more work: by then all it wrote is in the pipe."""


class ExecutionEnvironment:
    """One process. Used by one invocation at a time; unusable once `alive` is False."""

    def __init__(
        self, function: Function, *, files: RuntimeFiles, endpoint: str, observe: Callable[[Observation], None]
    ) -> None:
        """Start the process; it imports the handler's module while others go on.

        Raises:
            CloudError: the function cannot run here; the message says why.
        """
        _check(function)
        self.function = function
        self.log_stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}"
        self._observe = observe
        self._request_id: str | None = None
        self._ready = False
        self._lines: list[str] = []
        task = str(files.task(function.code, function.code_digest, function=function.name))
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", function.handler],
            cwd=task,
            env=_variables(function, files, task, endpoint, self._api.address, self.log_stream),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        observe(FunctionStarted(function=function.name, pid=self._process.pid))
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for above
        self._output = FunctionOutput(self._process.stdout, self._logged)
        self._end = threading.Thread(target=self._await_end, name="function-end", daemon=True)
        self._end.start()

    @property
    def pid(self) -> int:
        """The process id, which is also its process group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def invoke(self, payload: bytes, request_id: str) -> Outcome:
        """Let the function deal with `payload` and wait until it has, failed, died or run out of time."""
        self._request_id = request_id
        outcome = self._until_ready() or self._answer(payload, request_id)
        self._output.drain()
        return outcome

    def _until_ready(self) -> Outcome | None:
        if self._ready:
            return None
        report = self._next_report(INIT_LIMIT)
        if report is None:
            return self._timed_out(f"Error: Init timed out after {INIT_LIMIT:g} seconds")
        return None if isinstance(report, Ready) else report

    def _answer(self, payload: bytes, request_id: str) -> Outcome:
        limit = self.function.timeout
        self._ready = False
        self._api.work.put(
            Invocation(
                request_id=request_id,
                payload=payload,
                deadline_ms=int((time.time() + limit) * 1000),
                function_arn=self.function.arn,
                trace_id=trace_id(request_id),
            )
        )
        report = self._next_report(limit)
        if report is None or isinstance(report, Ready):
            return self._timed_out(f"Task timed out after {limit:.2f} seconds")
        self._ready = isinstance(self._next_report(AFTERWARDS_LIMIT), Ready)
        return report

    def _next_report(self, limit: float) -> Report | None:
        try:
            return self._api.reports.get(timeout=limit)
        except queue.Empty:
            return None

    def _timed_out(self, what: str) -> Failed:
        self.kill()
        return Failed("Sandbox.Timedout", f"{self._request_id} {what}", ends_process=True)

    def _logged(self, line: str) -> None:
        self._lines.append(line)
        self._observe(
            FunctionLogged(
                function=self.function.name, request_id=self._request_id, line=line, record=_json_object(line)
            )
        )

    def new_lines(self) -> list[str]:
        """What was written since this was asked last."""
        lines, self._lines = self._lines, []
        return lines

    def _await_end(self) -> None:
        status = self._process.wait()
        self._kill_group()  # what it started must not outlive it
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        self._api.reports.put(Failed("Runtime.ExitError", f"Runtime exited: {how}", ends_process=True))

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # all gone
            os.killpg(self._process.pid, signal.SIGKILL)

    def kill(self) -> None:
        """End the process and its children at once."""
        if self.alive:
            self._kill_group()

    def close(self) -> None:
        """Kill the process, wait for its end and free the port."""
        self.kill()
        self._end.join()
        self._output.close()
        self._api.close()


def _check(function: Function) -> None:
    if not function.runtime.startswith("python"):
        raise CloudError(f"the function {function.name} has the runtime {function.runtime!r}; only Python runs here")
    if function.layers:
        raise CloudError(
            f"the function {function.name} has layers, {', '.join(function.layers)}; "
            "only what is in a function's own asset runs here"
        )


def _variables(
    function: Function, files: RuntimeFiles, task: str, endpoint: str, runtime_api: str, log_stream: str
) -> dict[str, str]:
    """The environment of the process: Lambda's variables, then the function's own."""
    lambdas = {
        "AWS_ACCESS_KEY_ID": access_key_of(function.account),
        "AWS_CONFIG_FILE": str(files.aws_config),
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": function.region,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "HOME": str(files.home),
        "LAMBDA_RUNTIME_DIR": str(files.runtime),
        "LAMBDA_TASK_ROOT": task,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "PYTHONPATH": str(files.runtime),
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }
    return {**lambdas, **function.environment}


def _json_object(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
