"""AWS Config's history of a resource, as GetResourceConfigHistory serves it from recorded items.

Items are taken in the stream's spelling or the API's and answered in the API's: `accountId`, `arn`,
`relationshipName`, and `configuration` as a JSON string. Source: botocore's model of `config` (`ConfigurationItem`).
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from manual_change_local.cloud.errors import CloudError

MAX_LIMIT: Final = 100
DEFAULT_LIMIT: Final = 10
_TIMES: Final = ("configurationItemCaptureTime", "resourceCreationTime", "configurationItemDeliveryTime")
_AS_THEY_ARE: Final = (
    "version",
    "configurationItemStatus",
    "configurationStateId",
    "resourceType",
    "resourceId",
    "resourceName",
    "awsRegion",
    "availabilityZone",
    "tags",
    "relatedEvents",
)


class HistoryRefused(ValueError):
    """GetResourceConfigHistory answers with an error; `code` is AWS's name for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ConfigHistory:
    """Recorded configuration items, by account, region, type and id."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[tuple[str, str, str, str], list[dict[str, Any]]] = defaultdict(list)

    def record(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Keep items (the `configurationItem` of a notification, or what the API answers)."""
        with self._lock:
            for raw in items:
                item = api_item(raw)
                where = (item["accountId"], item["awsRegion"], item["resourceType"], item["resourceId"])
                self._items[where].append(item)

    def history(self, request: Mapping[str, Any], *, account: str, region: str) -> dict[str, Any]:
        """Answer one GetResourceConfigHistory request, given and answered as JSON.

        Raises:
            HistoryRefused: nothing is recorded for the resource, or the request is invalid.
        """
        resource_type, resource_id = request.get("resourceType", ""), request.get("resourceId", "")
        limit = request.get("limit") or DEFAULT_LIMIT
        if not 0 < limit <= MAX_LIMIT:
            raise HistoryRefused("InvalidLimitException", f"limit is {limit}; it must be from 1 to {MAX_LIMIT}")
        with self._lock:
            kept = [
                item
                for item_region in (region, "global")
                for item in self._items.get((account, item_region, resource_type, resource_id), ())
            ]
        if not kept:
            raise HistoryRefused(
                "ResourceNotDiscoveredException",
                f"Resource {resource_id} of resourceType:{resource_type} is unknown or has not been discovered",
            )
        earliest, latest = float(request.get("earlierTime", "-inf")), float(request.get("laterTime", "inf"))
        newest_first = request.get("chronologicalOrder", "Reverse") == "Reverse"
        ordered = sorted(
            (item for item in kept if earliest <= item["configurationItemCaptureTime"] <= latest),
            key=lambda item: (item["configurationItemCaptureTime"], item.get("configurationStateId", "")),
            reverse=newest_first,
        )
        begin = _offset(request.get("nextToken"))
        answer: dict[str, Any] = {"configurationItems": ordered[begin : begin + limit]}
        if len(ordered) > begin + limit:
            answer["nextToken"] = str(begin + limit)
        return answer


def _offset(token: str | None) -> int:
    try:
        return int(token or 0)
    except ValueError:
        raise HistoryRefused("InvalidNextTokenException", "The specified nextToken is not valid") from None


def api_item(raw: Mapping[str, Any]) -> dict[str, Any]:
    """An item in the API's spelling, times in seconds since the epoch.

    Raises:
        CloudError: it is no configuration item.
    """
    try:
        item: dict[str, Any] = {name: raw[name] for name in _AS_THEY_ARE if raw.get(name) is not None}
        item["accountId"] = raw.get("accountId") or raw["awsAccountId"]
        for required in ("awsRegion", "resourceType", "resourceId"):
            item[required]
        for name in _TIMES:
            if raw.get(name) is not None:
                item[name] = _seconds(raw[name])
        item["configurationItemCaptureTime"]
    except (KeyError, ValueError) as error:
        raise CloudError(f"not a configuration item ({error}): {json.dumps(raw, default=str)[:300]}") from error
    arn = raw.get("arn") or raw.get("ARN")
    if arn:
        item["arn"] = arn
    if "configurationStateId" in item:
        item["configurationStateId"] = str(item["configurationStateId"])
    item["configuration"] = _text(raw.get("configuration"))
    item["supplementaryConfiguration"] = {
        name: _text(value) for name, value in (raw.get("supplementaryConfiguration") or {}).items()
    }
    item["relationships"] = [
        {
            ("relationshipName" if name == "name" else name): value
            for name, value in relation.items()
            if value is not None
        }
        for relation in raw.get("relationships") or ()
    ]
    return item


def _seconds(moment: Any) -> float:
    if isinstance(moment, datetime):
        return moment.timestamp()
    return float(moment) if isinstance(moment, int | float) else datetime.fromisoformat(moment).timestamp()


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
