"""The seam to moto's CloudTrail and Config: two calls that moto lacks or answers with one item.

Rests on moto 5.2.5: a method of a service's response class, named like the action in snake case, answers it; `body` is
the request's JSON, `current_account` and `region` say who asks where; `JsonRESTError` becomes an error answer.
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.responses import CloudTrailResponse
from moto.config.responses import ConfigResponse
from moto.core.exceptions import JsonRESTError

from manual_change_local.cloud.cloudtrail import EventHistory, LookupRefused
from manual_change_local.cloud.config_history import ConfigHistory, HistoryRefused
from manual_change_local.cloud.seams.patches import Patches


def open_histories(patches: Patches, *, events: EventHistory, items: ConfigHistory) -> None:
    """Answer LookupEvents and GetResourceConfigHistory from what was recorded."""

    def lookup_events(response: Any) -> str:
        try:
            answer = events.lookup(
                json.loads(response.body or "{}"), account=response.current_account, region=response.region
            )
        except LookupRefused as refused:
            raise JsonRESTError(refused.code, refused.message) from refused
        return json.dumps(answer)

    def get_resource_config_history(response: Any) -> str:
        try:
            answer = items.history(
                json.loads(response.body or "{}"), account=response.current_account, region=response.region
            )
        except HistoryRefused as refused:
            raise JsonRESTError(refused.code, refused.message) from refused
        return json.dumps(answer)

    patches.add(CloudTrailResponse, "lookup_events", lookup_events)
    patches.replace(ConfigResponse, "get_resource_config_history", get_resource_config_history)
