"""Clients that act in other accounts: through a role of theirs, whose credentials are renewed before they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_sts import STSClient

SESSION: Final = "manual-change-detector"
"""What the sessions are called in the other accounts' CloudTrail."""

SPARE: Final = timedelta(minutes=10)
"""Credentials are used until so long before their end: longer than an invocation lasts."""

MOST_CLIENTS: Final = 64
"""Clients that are kept, the latest used. Each holds a connection, of which a function may have 1,024 (Lambda quotas,
"File descriptors"), and a fifth of a megabyte: a hub asks thousands of accounts."""

Make = Callable[..., Any]
"""Makes a client: service, region, and the credentials where they are not the function's own."""


@dataclass(slots=True)
class AccountClients:
    """Clients by service, account and region, each made once while it is among the latest used.

    Args:
        role_name: of the other accounts; "" where everything is done in the function's own.
        sts: of the function's own account.
        make: makes a client.
    """

    role_name: str
    sts: Callable[[], STSClient]
    make: Make
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _own: tuple[str, str] | None = None
    _credentials: dict[str, tuple[dict[str, str], datetime]] = field(default_factory=dict)
    _clients: dict[tuple[str, str, str], tuple[Any, datetime | None]] = field(default_factory=dict)

    def client(self, service: str, account: str, region: str) -> Any:
        """A client of a service, acting in an account and region.

        Raises:
            ClientError: the role of the account cannot be assumed: it is not there, or does not trust this function.
        """
        key = service, account, region
        known = self._clients.pop(key, None)
        if known and known[1] and known[1] <= self.now():
            known[0].close()
            known = None
        known = known or self._made(*key)
        self._clients[key] = known  # last in order: the one that goes last
        if len(self._clients) > MOST_CLIENTS:
            oldest, _ = self._clients.pop(next(iter(self._clients)))
            oldest.close()
        return known[0]

    def is_own(self, account: str) -> bool:
        """Whether it is the function's own account."""
        return account == self._identity()[0]

    def _made(self, service: str, account: str, region: str) -> tuple[Any, datetime | None]:
        if not self.role_name or self.is_own(account):
            return self.make(service, region), None
        credentials, until = self._assume(account)
        return self.make(service, region, **credentials), until

    def _identity(self) -> tuple[str, str]:
        """The function's own account, and the partition that it is in: an organization does not reach beyond one."""
        if self._own is None:
            said = self.sts().get_caller_identity()
            self._own = said["Account"], said["Arn"].split(":", 2)[1]
        return self._own

    def _assume(self, account: str) -> tuple[dict[str, str], datetime]:
        known = self._credentials.get(account)
        if known and self.now() < known[1]:
            return known
        role = f"arn:{self._identity()[1]}:iam::{account}:role/{self.role_name}"
        given = self.sts().assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
        credentials = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
        self._credentials[account] = credentials, given["Expiration"] - SPARE
        return self._credentials[account]
