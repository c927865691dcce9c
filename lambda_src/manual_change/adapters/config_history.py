"""What an oversized notification left out, from AWS Config's own history: the item and the one before it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from manual_change.domain.change import Change
from manual_change.domain.configuration_item import ConfigurationItem, change_between, read_item
from manual_change.domain.notification import Oversized
from manual_change.domain.services import regions_of_history

if TYPE_CHECKING:
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_config.literals import ResourceTypeType

WITHOUT_HISTORY: Final = frozenset(
    {
        "AccessDenied",  # of the role in the other account
        "AccessDeniedException",
        "InvalidTimeRangeException",
        "NoAvailableConfigurationRecorderException",
        "ResourceNotDiscoveredException",
        "ValidationException",
    }
)
"""Errors that asking again does not mend. After every other one (throttling above all) the record is tried again."""

_SAME_MOMENT: Final = timedelta(milliseconds=1)
"""The API's times are floating-point seconds: 922 ms comes back as 921.9999."""


class HistoryUnavailable(RuntimeError):
    """The history does not tell what changed; the change is kept with its diff left out."""


class ConfigHistory:
    """`GetResourceConfigHistory` of the account and region that recorded the item."""

    def __init__(self, client_for: Callable[[str, str], ConfigServiceClient], *, here: str) -> None:
        """`client_for` gives the client of an account and region; `here` is the detector's own region."""
        self._client_for = client_for
        self._here = here

    def change(self, oversized: Oversized, *, came_from: str | None = None) -> Change:
        """The change with its diff, between the item that the notification is about and the one before it.

        What the notification says itself (the moment, whether it was made or removed) stays as it says it.

        Args:
            oversized: the notification.
            came_from: the region that it came from, where that is known. IAM's items do not say it.

        Raises:
            HistoryUnavailable: there is no history for the resource, or the item is not in it.
            ClientError: Config is throttled or out of order; ask again later.
        """
        told = oversized.change
        item, previous = self._recorded(oversized.item, came_from)
        rebuilt = change_between(previous, item)
        return replace(rebuilt, captured_at=told.captured_at, change_type=told.change_type)

    def _recorded(
        self, wanted: ConfigurationItem, came_from: str | None
    ) -> tuple[ConfigurationItem, ConfigurationItem | None]:
        """The item and the one before it, from the first region that has them."""
        first, *others = regions_of_history(wanted.resource, came_from=came_from, here=self._here)
        try:
            return self._pair(wanted, first)
        except HistoryUnavailable:
            for region in others:
                with suppress(HistoryUnavailable):  # what the likeliest region said is what people read
                    return self._pair(wanted, region)
            raise

    def _pair(self, wanted: ConfigurationItem, region: str) -> tuple[ConfigurationItem, ConfigurationItem | None]:
        items = self._items_until(wanted, region)
        for item in items:
            if item.resource.account != wanted.resource.account:
                raise HistoryUnavailable(
                    f"AWS Config answered for account {item.resource.account}, not for {wanted.resource.account}: "
                    "there is no role of that account to ask with"
                )
            if abs(item.captured_at - wanted.captured_at) < _SAME_MOMENT:
                return item, next(items, None)
            if item.captured_at < wanted.captured_at:
                break
        raise HistoryUnavailable(f"the history of {wanted.resource.label} does not hold the item of this notification")

    def _items_until(self, wanted: ConfigurationItem, region: str) -> Iterator[ConfigurationItem]:
        """The resource's items, newest first. The API cuts `laterTime` to a second: the next one is asked for."""
        # any type that Config records may be asked for: the client's list of them is only as new as the client
        resource_type: ResourceTypeType = wanted.resource.type  # type: ignore[assignment]
        try:
            client = self._client_for(wanted.resource.account, region)
            pages = client.get_paginator("get_resource_config_history").paginate(
                resourceType=resource_type,
                resourceId=wanted.resource.id,
                laterTime=wanted.captured_at.replace(microsecond=0) + timedelta(seconds=1),
                PaginationConfig={"PageSize": 2},
            )
            for page in pages:
                yield from map(read_item, page["configurationItems"])
        except ClientError as error:
            if error.response["Error"]["Code"] in WITHOUT_HISTORY:
                raise HistoryUnavailable(f"no history of {wanted.resource.label} in {region}: {error}") from error
            raise
