"""The seam to moto's organizations: members see the organization that they are in, and accounts have the ids we want.

Rests on moto 5.2.5, `moto.organizations`: `organizations_backends[management account]["aws"]` keeps an organization,
`.master_accounts` says which one a member is in; `OrganizationsResponse.organizations_backend` is what answers, and for
members it is empty; `FakeAccount` draws its id at random, and its `create_time` is when it joined. Service control
policies are not enforced.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from moto.organizations.exceptions import AWSOrganizationsNotInUseException
from moto.organizations.models import organizations_backends
from moto.organizations.responses import OrganizationsResponse

from manual_change_local.cloud.seams.patches import Patches


def organization_of(account: str) -> Any:
    """The backend that keeps the account's organization; an empty one for an account in none."""
    manager, partition = organizations_backends.master_accounts.get(account, (account, "aws"))
    return organizations_backends[manager][partition]


def open_organizations(patches: Patches) -> None:
    """Answer members as the organization's delegated administrator is answered: who may ask is not looked at."""

    def organizations_backend(response: Any) -> Any:
        backend = organization_of(response.current_account)
        if backend.org is None and not response.headers["X-Amz-Target"].endswith(".CreateOrganization"):
            raise AWSOrganizationsNotInUseException
        return backend

    patches.replace(OrganizationsResponse, "organizations_backend", property(organizations_backend))


def add_account(manager: str, account: str, *, name: str, unit: str, joined: datetime | None) -> None:
    """Put an account with this id into a unit (or the root) of `manager`'s organization; `joined` None: now."""
    backend = organization_of(manager)
    backend.create_account(AccountName=name, Email=f"{account}@example.com")
    made = backend.accounts[-1]
    organizations_backends.master_accounts[account] = organizations_backends.master_accounts.pop(made.id)
    made.id = account
    made.parent_id = unit
    if joined:
        made.create_time = joined.astimezone(UTC).replace(tzinfo=None)  # moto keeps UTC without saying so
