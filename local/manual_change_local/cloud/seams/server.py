"""The seam to moto's server: every service on one loopback port, in this process.

Rests on moto 5.2.5: `DomainDispatcherApplication(create_backend_app)` is the WSGI application, `MotoRequestHandler` its
request handler; `moto_api_backend.reset()` empties all services.
"""

from __future__ import annotations

import errno
import json
import socket
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_api._internal import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from manual_change_local.cloud.errors import CloudError
from manual_change_local.cloud.listener import Listener
from manual_change_local.cloud.observation import Observation, ServerFailed


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc] # moto has no types
    disable_nagle_algorithm = True

    def log_request(self, *args: Any, **options: Any) -> None:
        """Nothing: what matters is observed."""


class _Guarded:
    """Failures of moto's code are answered and observed, not printed."""

    def __init__(self, application: Any, observe: Callable[[Observation], None]) -> None:
        self._application = application
        self._observe = observe

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            answer: Iterable[bytes] = self._application(environ, start_response)
        except Exception as error:  # noqa: BLE001 - whatever moto raises, the caller must get an answer
            self._observe(ServerFailed(request=_summary(environ), trace=traceback.format_exc()))
            body = json.dumps({"__type": "InternalFailure", "message": f"{_summary(environ)}: {error!r}"}).encode()
            headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
            start_response("500 Internal Server Error", headers)
            return [body]
        return answer


def _summary(environ: dict[str, Any]) -> str:
    action = environ.get("HTTP_X_AMZ_TARGET", "")
    return f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')} {action}".rstrip()


class Server:
    """moto's services behind `http://localhost:<port>`; moto finds a bucket's name in the host, so not 127.0.0.1."""

    def __init__(self, port: int, *, observe: Callable[[Observation], None]) -> None:
        """Listen on the port, 0 for any that is free.

        Raises:
            CloudError: the port is in use.
        """
        try:
            self._socket = socket.create_server(("127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            raise CloudError(
                f"port {port} on 127.0.0.1 is in use by another program; choose another, or 0 for any that is free"
            ) from error
        reset()
        self.port: int = self._socket.getsockname()[1]
        server = make_server(
            "127.0.0.1",
            self.port,
            _Guarded(DomainDispatcherApplication(create_backend_app), observe),
            threaded=True,
            request_handler=_QuietHandler,
            fd=self._socket.fileno(),
        )
        self._listener = Listener(server, name="embedded-aws")

    def close(self) -> None:
        """Stop answering and forget everything."""
        self._listener.stop()
        self._socket.close()
        reset()


def reset() -> None:
    """Empty all services of all accounts."""
    moto_api_backend.reset()
