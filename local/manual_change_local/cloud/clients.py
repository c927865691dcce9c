"""boto3 clients of the embedded cloud, which know nothing of the caller's AWS."""

from __future__ import annotations

import functools
import os
import threading
from typing import Any, Final

import botocore.loaders
import botocore.session
from botocore.config import Config

from manual_change_local.cloud.credentials import access_key_of

_NOTHING: Final = (None, None, None, None)
_NO_FILE: Final = (None, None, os.devnull, None)


@functools.cache
def _models() -> botocore.loaders.Loader:
    """The services' models, read once in a process."""
    return botocore.loaders.create_loader()


class Clients:
    """Makes clients once for each service, region and account. No profile, no configuration file, no proxy."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._session: Any = botocore.session.Session(
            session_vars={"profile": _NOTHING, "config_file": _NO_FILE, "credentials_file": _NO_FILE}
        )
        self._session.register_component("data_loader", _models())

    def client(self, service: str, *, region: str, account: str) -> Any:
        """A client; throttling and failures reach the caller at once, nothing is retried."""
        key = (service, region, account)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._session.create_client(
                    service,
                    region_name=region,
                    endpoint_url=self._endpoint,
                    aws_access_key_id=access_key_of(account),
                    aws_secret_access_key="local",  # noqa: S106 - a stand-in
                    config=Config(s3={"addressing_style": "path"}, proxies={}, retries={"total_max_attempts": 1}),
                )
            return self._clients[key]

    def close(self) -> None:
        """Close their connections."""
        for client in self._clients.values():
            client.close()
