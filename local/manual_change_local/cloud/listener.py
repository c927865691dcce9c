"""A server in a thread of its own that sleeps between requests and stops at once."""

from __future__ import annotations

import socket
import socketserver
import threading


class Listener:
    """Serves until `stop`. `serve_forever` would wake up every so often to see whether it should; this does not."""

    def __init__(self, server: socketserver.TCPServer, *, name: str) -> None:
        self._server = server
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopped:
            self._server.handle_request()

    def stop(self) -> None:
        """Take no further request and free the port."""
        self._stopped = True
        host, port = self._server.server_address[:2]
        with socket.create_connection((str(host), int(port))):
            self._thread.join()  # the connection was the request that it waited for
        self._server.server_close()
