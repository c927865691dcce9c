"""The stand-in over HTTP, on loopback: `POST /services/T…/B…/…`, `/api/chat.postMessage`,
`/api/chat.update` and `/api/auth.test`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Final, Self

from manual_change_local.slack_stand_in.faults import (
    Answers,
    ClosesConnection,
    Fault,
    FaultScript,
    Hangs,
    never,
)
from manual_change_local.slack_stand_in.replies import Reply, api_reply, webhook_reply
from manual_change_local.slack_stand_in.workspace import SlackMessage, Workspace

HOST: Final = "127.0.0.1"
POST_MESSAGE: Final = "/api/chat.postMessage"
UPDATE: Final = "/api/chat.update"
AUTH_TEST: Final = "/api/auth.test"


class PortTaken(RuntimeError):
    """Somebody else listens on the port that was asked for."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One request and what became of it."""

    number: int
    """Counted from 1."""
    path: str
    status: int | None
    """None: the connection was closed without an answer."""


class SlackStandIn:
    """A Slack workspace on loopback, from construction to `close()` (or for a `with` block).

    `port` 0 takes a free one. `latency` is how many seconds every answer takes. `faults` is asked about every request,
    `update_faults` about those to chat.update alone, counted by themselves; both and the pace
    (`workspace.posts_per_second`) may be changed while it runs. `on_message` is called for every message taken.

    Raises:
        PortTaken: the port is in use.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        channels: Sequence[str] = ("manual-changes",),
        posts_per_second: float | None = 1.0,
        latency: float = 0.0,
        faults: FaultScript = never,
        update_faults: FaultScript = never,
        on_message: Callable[[SlackMessage], None] | None = None,
    ) -> None:
        self.workspace = Workspace(channels=channels, posts_per_second=posts_per_second, on_message=on_message)
        self.faults = faults
        self.update_faults = update_faults
        self.latency = latency
        self._closing = Event()
        self._counting = Lock()
        self._answered: list[Answered] = []
        self._numbers = 0
        self._updates = 0
        try:
            self._server = _Server((HOST, port), self)
        except OSError as error:
            raise PortTaken(f"the Slack stand-in cannot listen on {HOST}:{port} ({error.strerror})") from error
        self.url = f"http://{HOST}:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.01,), name="slack-stand-in", daemon=True)
        self._thread.start()

    @property
    def api_url(self) -> str:
        """Base URL for slack_sdk's WebClient."""
        return f"{self.url}/api/"

    @property
    def messages(self) -> tuple[SlackMessage, ...]:
        """Every message taken so far, in order."""
        return self.workspace.messages

    @property
    def answered(self) -> tuple[Answered, ...]:
        """Every request so far, also the refused ones, in the order in which they were answered."""
        with self._counting:
            return tuple(self._answered)

    def webhook_url(self, channel: str | None = None) -> str:
        """The incoming webhook of a channel; of the first one if none is named."""
        paths = self.workspace.webhook_paths
        return self.url + (paths[channel] if channel else next(iter(paths.values())))

    def close(self) -> None:
        """Stop listening, let hanging requests go, and wait until every thread has ended."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def answer(self, path: str, content_type: str, authorization: str | None, body: bytes) -> Reply | None:
        """What becomes of a POST; None: close the connection without a word."""
        with self._counting:
            self._numbers += 1
            number = self._numbers
            fault = self.faults(number)
            if path == UPDATE:
                self._updates += 1
                fault = fault or self.update_faults(self._updates)
        reply = self._reply(fault, path, content_type, authorization, body)
        with self._counting:
            self._answered.append(Answered(number, path, reply.status if reply else None))
        return reply

    def _reply(
        self, fault: Fault | None, path: str, content_type: str, authorization: str | None, body: bytes
    ) -> Reply | None:
        def post() -> Reply:
            if path == POST_MESSAGE:
                return self.workspace.post_message(authorization, content_type, body)
            if path == UPDATE:
                return self.workspace.update_message(authorization, content_type, body)
            if path == AUTH_TEST:
                return self.workspace.test_auth(authorization)
            if path.startswith("/api/"):
                return api_reply("unknown_method")
            return self.workspace.post_to_webhook(path, content_type, body)

        self._closing.wait(self.latency)
        match fault:
            case Answers(status=status, error=error, retry_after=retry_after):
                say = api_reply if path.startswith("/api/") else webhook_reply
                return say(error, status=status, retry_after=retry_after)
            case Hangs(seconds=seconds):
                return None if self._closing.wait(seconds) else post()
            case ClosesConnection(takes_message=takes_message):
                if takes_message:
                    post()
                return None
            case None:
                return post()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close() waits for them

    def __init__(self, address: tuple[str, int], stand_in: SlackStandIn) -> None:
        self.stand_in = stand_in
        super().__init__(address, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5  # seconds for a client to send its request

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        content_type = self.headers.get("Content-Type", "")
        body = self.rfile.read(length)
        reply = self.server.stand_in.answer(self.path, content_type, self.headers.get("Authorization"), body)
        if reply is None:
            self.close_connection = True
            return
        try:
            self._send(reply)
        except ConnectionError:  # the client gave up; `answered` keeps what it would have heard
            self.close_connection = True

    def _send(self, reply: Reply) -> None:
        content = reply.body.encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", f"{reply.content_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if reply.retry_after is not None:
            self.send_header("Retry-After", str(reply.retry_after))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Say nothing: `answered` is the log."""
