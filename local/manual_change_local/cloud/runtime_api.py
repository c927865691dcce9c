"""The Lambda Runtime API (version 2018-06-01): how a function's process asks for work and hands back its answer.

One server per process, as in Lambda, where every execution environment has its own. Source: AWS Lambda developer
guide, "Using the Lambda runtime API for custom runtimes".
"""

from __future__ import annotations

import json
import queue
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from manual_change_local.cloud.listener import Listener

PREFIX: Final = "/2018-06-01/runtime/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What the process is given by `next`."""

    request_id: str
    payload: bytes
    """JSON."""
    deadline_ms: int
    """When the function times out, milliseconds since the epoch."""
    function_arn: str
    trace_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The handler returned."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Failed:
    """The handler raised, its module could not be imported, or its process is gone."""

    error_type: str
    message: str
    ends_process: bool = False
    """True when the process is dead or about to be: it must not be used again."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The process asks for work: it has imported the handler, and is done with the invocation before."""


Outcome = Answered | Failed
Report = Ready | Outcome


def _failure(body: bytes, error_type: str | None, *, ends_process: bool) -> Failed:
    try:
        described = json.loads(body)
    except ValueError:
        described = {}
    if not isinstance(described, dict):
        described = {}
    return Failed(
        error_type=str(described.get("errorType") or error_type or "Unhandled"),
        message=str(described.get("errorMessage") or body.decode("utf-8", "replace")),
        ends_process=ends_process,
    )


class _Conversation(BaseHTTPRequestHandler):
    """One request of the function's process."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: the second would wait 40 ms for the first's receipt
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: what matters is observed elsewhere."""

    def _reply(self, status: HTTPStatus, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        """`invocation/next`: blocks until there is work."""
        api = self.server.api
        if self.path != f"{PREFIX}invocation/next":
            self._reply(HTTPStatus.NOT_FOUND)
            return
        api.reports.put(Ready())
        invocation = api.work.get()
        if invocation is None:
            self.close_connection = True
            return
        self._reply(
            HTTPStatus.OK,
            invocation.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(invocation.deadline_ms),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
                "Lambda-Runtime-Trace-Id": invocation.trace_id,
            },
        )

    def do_POST(self) -> None:
        """`invocation/<id>/response`, `invocation/<id>/error`, `init/error`."""
        api = self.server.api
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True  # killed in the middle of its answer: its end is what counts
            return
        error_type = self.headers.get("Lambda-Runtime-Function-Error-Type")
        match self.path.removeprefix(PREFIX).split("/"):
            case ["invocation", _, "response"]:
                api.reports.put(Answered(body))
            case ["invocation", _, "error"]:
                api.reports.put(_failure(body, error_type, ends_process=False))
            case ["init", "error"]:
                api.reports.put(_failure(body, error_type, ends_process=True))
            case _:
                self._reply(HTTPStatus.NOT_FOUND)
                return
        self._reply(HTTPStatus.ACCEPTED, b'{"status":"OK"}', {"Content-Type": "application/json"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    api: RuntimeApi

    def handle_error(self, request: object, client_address: object) -> None:
        """The process was killed while it was being answered: its end is reported as an outcome by whoever waits."""


class RuntimeApi:
    """The server of one process. Close it when the process is gone."""

    def __init__(self) -> None:
        self.work: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self.reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        """What the process said, in order; whoever watches the process adds its end."""
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.api = self
        self._listener = Listener(self._server, name="runtime-api")

    @property
    def address(self) -> str:
        """The value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening; a process that still waits for work is disconnected."""
        self.work.put(None)
        self._listener.stop()
