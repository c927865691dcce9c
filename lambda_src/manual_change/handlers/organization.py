"""What the functions of a hub know of the organization, made from their settings: directory, clients, exclusions."""

from __future__ import annotations

from functools import cache
from typing import Any, Final, Protocol

import boto3
from botocore.config import Config

from manual_change.adapters.account_clients import AccountClients
from manual_change.adapters.account_directory import AccountDirectory, source_of
from manual_change.domain.account import Account
from manual_change.handlers.telemetry import Telemetry

_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 10
_TRIES: Final = 3

BRIEF: Final = Config(
    connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": _TRIES}
)
"""Of clients that ask about the organization: one that is not answered must not use up a function's time."""

BRIEF_SECONDS: Final = float(_TRIES * (_CONNECT_SECONDS + _READ_SECONDS) + 1 + 2)
"""How long one request of theirs may take: its tries, and the most that botocore waits before the second and third."""


class Directed(Protocol):
    """Settings of a function that knows accounts by name."""

    @property
    def account_directory(self) -> str:
        """`organizations`, `s3://BUCKET/KEY#SHA256`, or nothing."""
        ...

    @property
    def organization_table(self) -> str:
        """Where what was found out is kept, or nothing."""
        ...


class Excluding(Protocol):
    """Settings of a function that leaves accounts out."""

    @property
    def excluded_accounts(self) -> tuple[str, ...]:
        """Globs over ids."""
        ...

    @property
    def excluded_organizational_units(self) -> tuple[str, ...]:
        """Globs over ids, names and paths."""
        ...


PATIENT: Final = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 8})
"""Of one that lists the whole organization, which takes as many requests as it has pages and units: Organizations
throttles all who ask in an organization together."""


def directory_of(settings: Directed, *, telemetry: Telemetry, config: Config = BRIEF) -> AccountDirectory:
    """The directory that the settings describe; its clients are made, with that config, when they are needed."""
    source = source_of(
        settings.account_directory,
        organizations=cache(lambda: boto3.client("organizations", config=config)),
        s3=cache(lambda: boto3.client("s3", config=BRIEF)),
    )
    table = settings.organization_table
    return AccountDirectory(
        source=source,
        table=(boto3.client("dynamodb"), table) if source and table else None,
        complain=lambda problem: telemetry.logger.warning("the directory is out of order", extra={"error": problem}),
    )


def clients_in_accounts(role_name: str, *, config: Config | None = None) -> AccountClients:
    """Clients that act in other accounts by a role of theirs; in this account where there is no such role."""

    def make(service: Any, region: str, **credentials: str) -> Any:
        options: dict[str, Any] = {"region_name": region, **credentials}
        return boto3.client(service, config=config, **options)

    return AccountClients(role_name=role_name, sts=cache(lambda: boto3.client("sts", config=BRIEF)), make=make)


def is_excluded(account_id: str, settings: Excluding, directory: AccountDirectory) -> bool:
    """Whether the settings leave an account out. The directory is asked only where they name units."""
    if Account(id=account_id).is_one_of(settings.excluded_accounts):
        return True
    units = settings.excluded_organizational_units
    return bool(units) and directory.find(account_id).is_in(units)
