"""The directory of accounts: their names and organizational units, from AWS Organizations or from a list of the team's.

What is found out is kept for a day, in memory and in the organization's table, so that a storm asks once. An account
of which nothing can be found out is called by its id: that is never a reason to hold up a message.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from manual_change.adapters.deployed_file import FORM, is_location, read_deployed
from manual_change.adapters.organizations import KEPT_FOR, Organizations
from manual_change.domain.account import Account, Listing

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_organizations import OrganizationsClient
    from mypy_boto3_s3 import S3Client

ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
"""When nothing could be found out about an account."""

ORGANIZATIONS: Final = "organizations"

Complain = Callable[[str], None]

Entry = TypeVar("Entry")


class Source(Protocol):
    """Where accounts are known."""

    @property
    def knows_all(self) -> bool:
        """Whether an account that is not known here is not in the organization."""
        ...

    def find(self, account_id: str) -> Account | None:
        """The account, or None where it is not known."""
        ...

    def all(self) -> Iterator[Sequence[Account]]:
        """Every account, with its units where that costs nothing more, as many at a time as one request gives."""
        ...

    def inside(self, units: Sequence[str]) -> Iterator[Sequence[str]]:
        """The ids of the accounts in units that the globs name, whatever the depth, likewise."""
        ...


class Listed:
    """A list that the team keeps in its app: a JSON object by account id, `{"name": …, "organizational_units": […]}`
    or the name alone.

    It is read once: its location names its content, so that another list is another deployment, with processes of its
    own. One that is not the list that was deployed is no reason to go on without names: it raises a ValueError.
    """

    knows_all: Final = False
    """A team may list only those that it has a name for."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._list: Mapping[str, Any] | None = None

    def find(self, account_id: str) -> Account | None:
        """The account, if it is on the list."""
        known = self._known().get(account_id)
        return None if known is None else _listed(account_id, known)

    def all(self) -> Iterator[Sequence[Account]]:
        """Every account on the list, at once."""
        yield [_listed(account_id, known) for account_id, known in self._known().items()]

    def inside(self, units: Sequence[str]) -> Iterator[Sequence[str]]:
        """The ids of those whose units the globs name, at once."""
        for accounts in self.all():
            yield [account.id for account in accounts if account.is_in(units)]

    def _known(self) -> Mapping[str, Any]:
        if self._list is None:
            self._list = json.loads(self._read())
        return self._list


def _listed(account_id: str, known: Any) -> Account:
    if isinstance(known, str):
        return Account(id=account_id, name=known)
    return Account(
        id=account_id, name=known.get("name"), organizational_units=tuple(known.get("organizational_units", ()))
    )


@dataclass(slots=True)
class AccountDirectory:
    """Accounts by id.

    Args:
        source: where they are known; None: nowhere.
        table: the organization's table and its client, where what was found out is kept; None: in memory only.
        complain: told once what keeps the source from answering, and once what keeps the table from being used.
    """

    source: Source | None = None
    table: tuple[DynamoDBClient, str] | None = None
    complain: Complain = lambda _: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _known: dict[str, tuple[Account, datetime]] = field(default_factory=dict)
    _complained: set[str] = field(default_factory=set)

    def find(self, account_id: str) -> Account:
        """What is known of an account: its id, at least."""
        known = self._known.get(account_id)
        if known and self.now() < known[1]:
            return known[0]
        found, certain = self._find_out(account_id)
        self._known[account_id] = found, self.now() + (KEPT_FOR if certain else ASK_AGAIN_AFTER)
        return found

    def listing(self, *, units: Sequence[str] = (), in_time: Callable[[], bool] = lambda: True) -> Listing:
        """Every account of the source, as far as it answers and there is time.

        Args:
            units: globs over ids, names and paths of units; which accounts are in these is found out as well, by
                walking the units once rather than asking for each account's.
            in_time: asked before each request whether there is time for it.
        """
        if self.source is None:
            return Listing()
        accounts: list[Account] = []
        inside: set[str] = set()
        try:
            _take(accounts.extend, self.source.all(), in_time)
            if units:
                _take(inside.update, self.source.inside(units), in_time)
        except (BotoCoreError, ClientError, _NoTime) as error:
            self.complain(f"the list of accounts is not whole: {error}")
            return Listing(accounts=tuple(accounts), inside=frozenset(inside), missing=str(error))
        return Listing(
            accounts=tuple(accounts),
            inside=frozenset(inside),
            is_everybody=self.source.knows_all and bool(accounts),
        )

    def _find_out(self, account_id: str) -> tuple[Account, bool]:
        """The account, and whether that is certain for a while."""
        if self.source is None:
            return Account(id=account_id), True
        kept = self._kept(account_id)
        if kept is not None:
            return kept, True
        try:
            found = self.source.find(account_id)
        except (BotoCoreError, ClientError) as error:
            self._say("accounts are called by their ids", error)
            return Account(id=account_id), False
        if found is not None:
            self._keep(found)
        return found or Account(id=account_id), True

    def _kept(self, account_id: str) -> Account | None:
        """What the table has; nothing where it cannot be read: then the source is asked."""
        if self.table is None:
            return None
        client, name = self.table
        try:
            item = client.get_item(TableName=name, Key={"id": {"S": f"account#{account_id}"}}).get("Item")
        except (BotoCoreError, ClientError) as error:
            self._say("what is known of accounts cannot be read from the table, and is asked for again", error)
            return None
        if item is None or float(item["expires_at"]["N"]) <= self.now().timestamp():  # deleted within days, not at once
            return None
        return Account.from_json(json.loads(item["account"]["S"]))

    def _keep(self, found: Account) -> None:
        """For the other functions; where that fails it is kept in memory all the same."""
        if self.table is None:
            return
        client, name = self.table
        item = {
            "id": {"S": f"account#{found.id}"},
            "account": {"S": json.dumps(found.to_json())},
            "expires_at": {"N": str(int((self.now() + KEPT_FOR).timestamp()))},
        }
        try:
            client.put_item(TableName=name, Item=item)
        except (BotoCoreError, ClientError) as error:
            self._say("what is known of accounts cannot be kept in the table", error)

    def _say(self, problem: str, error: Exception) -> None:
        if problem not in self._complained:
            self.complain(f"{problem}: {error}")
            self._complained.add(problem)


class _NoTime(RuntimeError):
    """The list was not read to its end in the time there was."""


def _take(
    keep: Callable[[Sequence[Entry]], None], batches: Iterator[Sequence[Entry]], in_time: Callable[[], bool]
) -> None:
    """Keep what there is, a request at a time.

    Raises:
        _NoTime: there is no time for the next request.
    """
    for batch in batches:
        keep(batch)
        if not in_time():
            raise _NoTime("there was no time to read it to its end")


def source_of(
    setting: str, *, organizations: Callable[[], OrganizationsClient], s3: Callable[[], S3Client]
) -> Source | None:
    """The source that the setting `account_directory` names; None for "".

    Raises:
        ValueError: it names none.
    """
    if not setting:
        return None
    if setting == ORGANIZATIONS:
        return Organizations(organizations)
    if is_location(setting):
        return Listed(lambda: read_deployed(setting, s3))
    raise ValueError(f"account_directory is {setting!r}; {ORGANIZATIONS!r}, {FORM!r} or '' are understood")
