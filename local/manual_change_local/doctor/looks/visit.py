"""What every look needs: the credentials, what was seen so far, and whom to tell what is being looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config

from manual_change_local.doctor.sight import Sight

if TYPE_CHECKING:
    import boto3

_PATIENCE: Final = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"})
"""Seconds. What is out of reach is said after a while, not after the ten minutes that boto3's own defaults take."""


def client_of(session: boto3.Session, service: str, region: str) -> Any:
    """A client that does not wait for ever."""
    return session.client(service, region_name=region, config=_PATIENCE)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to an account and region."""

    session: boto3.Session
    sight: Sight
    say: Callable[[str], None]

    def client(self, service: str, region: str | None = None) -> Any:
        """A client in the region that is visited, or in another."""
        return client_of(self.session, service, region or self.sight.region)
