"""The seam to moto's server: every service on one loopback port, in this process.

Rests on moto 5.2.5: `DomainDispatcherApplication(create_backend_app)` is the WSGI application, `MotoRequestHandler` its
request handler; `moto_api_backend.reset()` empties all services.
"""

from __future__ import annotations

import errno
import socket
import threading
from typing import Any

from moto.moto_api._internal import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from manual_change_local.cloud.errors import CloudError


class _QuietHandler(MotoRequestHandler):  # type: ignore[misc] # moto has no types
    protocol_version = "HTTP/1.1"

    def log_request(self, *args: Any, **options: Any) -> None:
        """Nothing: what matters is observed."""


class Server:
    """moto's services behind `http://localhost:<port>`; moto finds a bucket's name in the host, so not 127.0.0.1."""

    def __init__(self, port: int) -> None:
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
        self._server = make_server(
            "127.0.0.1",
            self.port,
            DomainDispatcherApplication(create_backend_app),
            threaded=True,
            request_handler=_QuietHandler,
            fd=self._socket.fileno(),
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, name="embedded-aws", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop answering and forget everything."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._socket.close()
        reset()


def reset() -> None:
    """Empty all services of all accounts."""
    moto_api_backend.reset()
