"""A Lambda function in a process of its own, kept warm between invocations.

The process is `python -m awslambdaric <handler>`, the client that AWS's own images use. It sees the variables that
Lambda sets and those of the function, and nothing of the environment of whoever started the cloud.
"""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any, Final

from manual_change_local.cloud.credentials import access_key_of
from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.observation import FunctionLogged, FunctionStarted, Observation
from manual_change_local.cloud.runtime_api import Failed, Invocation, Outcome, Ready, Report, RuntimeApi
from manual_change_local.cloud.runtime_files import RuntimeFiles

INIT_LIMIT: Final = 10.0
"""Seconds that Lambda gives a function to start (AWS Lambda developer guide, "Lambda execution environment")."""

AFTERWARDS_LIMIT: Final = 0.5
"""Seconds to wait, after an answer, for the process to ask for more work: by then all it wrote is in the pipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as deployed. Equal functions can share warm processes."""

    name: str
    arn: str
    account: str
    region: str
    handler: str
    runtime: str
    """`python3.13`: what the template says. It runs on the interpreter that runs the cloud."""
    timeout: float
    """Seconds, of the wall clock: a function is as fast as it is, whatever the time scale."""
    memory: int
    environment: Mapping[str, str]
    code_digest: str
    code: bytes = field(repr=False, compare=False)
    log_group: str
    log_format: str = "Text"
    """`JSON` when LoggingConfig says so."""
    layers: tuple[str, ...] = ()
    reserved_concurrency: int | None = field(default=None, compare=False)
    """How many invocations may run at a time; None for no limit of its own."""


def trace_id(request_id: str) -> str:
    """The X-Ray header of an invocation, from which `request_id_of` finds back to it: botocore sends it along with
    every call that a function makes."""
    digits = uuid.UUID(request_id).hex
    return f"Root=1-{digits[:8]}-{digits[8:]};Parent={digits[:16]};Sampled=0"


def request_id_of(trace_header: str) -> str | None:
    """The invocation whose function sent this X-Ray header, None for anything else."""
    root = trace_header.partition(";")[0].removeprefix("Root=1-").replace("-", "")
    try:
        return str(uuid.UUID(hex=root))
    except ValueError:
        return None


class ExecutionEnvironment:
    """One process of a function. Used by one invocation at a time; unusable once `alive` is False."""

    def __init__(
        self, function: Function, *, files: RuntimeFiles, endpoint: str, observe: Callable[[Observation], None]
    ) -> None:
        if not function.runtime.startswith("python"):
            raise CloudError(
                f"the function {function.name} has the runtime {function.runtime!r}; only Python runs here"
            )
        if function.layers:
            raise CloudError(
                f"the function {function.name} has layers {list(function.layers)}; the embedded cloud runs what is in "
                "the asset only"
            )
        self.function = function
        self.log_stream = f"{time.strftime('%Y/%m/%d')}/[$LATEST]{uuid.uuid4().hex}"
        self._observe = observe
        self._lines: list[str] = []
        self._request_id: str | None = None
        self._ready = False
        self._reading = threading.Lock()
        self._output_open = True
        self._unfinished = b""
        task = files.task(function.code, function.code_digest, function=function.name)
        self._api = RuntimeApi()
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-m", "awslambdaric", function.handler],
            cwd=task,
            env=self._environment(files, str(task), endpoint),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        assert self._process.stdout is not None  # noqa: S101 - PIPE was asked for two lines above
        self._output: IO[bytes] = self._process.stdout
        self._threads = (
            threading.Thread(target=self._watch_output, daemon=True),
            threading.Thread(target=self._await_end, daemon=True),
        )
        for thread in self._threads:
            thread.start()
        observe(FunctionStarted(function=function.name, pid=self._process.pid))

    def _environment(self, files: RuntimeFiles, task: str, endpoint: str) -> dict[str, str]:
        function = self.function
        lambdas_own = {
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
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            "AWS_LAMBDA_RUNTIME_API": self._api.address,
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
        return {**lambdas_own, **function.environment}

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
        if not self._ready:
            report = self._next_report(INIT_LIMIT)
            if report is None:
                return self._timed_out(f"{request_id} Error: Init timed out after {INIT_LIMIT:g} s")
            if not isinstance(report, Ready):
                self._read_available()
                return report
        self._ready = False
        limit = self.function.timeout
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
            return self._timed_out(f"{request_id} Task timed out after {limit:.2f} seconds")
        self._ready = isinstance(self._next_report(AFTERWARDS_LIMIT), Ready)
        self._read_available()
        return report

    def _next_report(self, limit: float) -> Report | None:
        try:
            return self._api.reports.get(timeout=limit)
        except queue.Empty:
            return None

    def _timed_out(self, message: str) -> Failed:
        self.kill()
        self._read_available()
        return Failed("Sandbox.Timedout", message, ends_process=True)

    def _watch_output(self) -> None:
        while self._output_open:
            select.select([self._output], [], [])
            self._read_available()

    def _read_available(self) -> None:
        """Observe every line that is in the pipe by now, so that log lines come before the invocation's end."""
        with self._reading:
            while self._output_open and select.select([self._output], [], [], 0)[0]:
                chunk = os.read(self._output.fileno(), 65536)
                self._output_open = bool(chunk)
                *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
                for line in lines if chunk else (self._unfinished,):
                    self._observe_line(line.decode("utf-8", "replace").rstrip("\r"))

    def _observe_line(self, line: str) -> None:
        if line:
            self._lines.append(line)
            self._observe(
                FunctionLogged(
                    function=self.function.name, request_id=self._request_id, line=line, record=_json_object(line)
                )
            )

    def new_lines(self) -> list[str]:
        """What was written since this was asked last."""
        with self._reading:
            lines, self._lines = self._lines, []
        return lines

    def _await_end(self) -> None:
        status = self._process.wait()
        how = f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
        self._api.reports.put(Failed("Runtime.ExitError", f"Runtime exited: {how}", ends_process=True))

    def kill(self) -> None:
        """End the process and its children at once."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # it has ended by itself

    def close(self) -> None:
        """Kill the process, wait for it and free the port."""
        self.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()
        self._output.close()
        self._api.close()


def _json_object(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        parsed = json.loads(text)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
