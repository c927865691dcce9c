# ruff: noqa: SLF001 - moto's internals are what a seam is about
"""The seam to moto's CloudTrail and Config: calls that moto lacks or answers with less than AWS.

Rests on moto 5.2.5: a method of a service's response class, named like the action in snake case, answers it; `body` is
the request's JSON, `current_account` and `region` say who asks where; `JsonRESTError` becomes an error answer.
"""

from __future__ import annotations

import json
from typing import Any

from moto.cloudtrail.models import CloudTrailBackend, cloudtrail_backends
from moto.cloudtrail.responses import CloudTrailResponse
from moto.config.responses import ConfigResponse
from moto.core.exceptions import JsonRESTError

from manual_change_local.cloud.cloudtrail import EventHistory, LookupRefused
from manual_change_local.cloud.config_history import ConfigHistory, HistoryRefused
from manual_change_local.cloud.seams.organizations import organization_of
from manual_change_local.cloud.seams.patches import Patches


def open_histories(patches: Patches, *, events: EventHistory, items: ConfigHistory) -> None:
    """Answer LookupEvents and GetResourceConfigHistory from what was recorded; show members the trails they are in."""

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

    def describe_delivery_channel_status(response: Any) -> str:
        channels = response.config_backend.describe_delivery_channels(response._get_param("DeliveryChannelNames"))
        delivered = {"lastStatus": "SUCCESS"}
        return json.dumps(
            {
                "DeliveryChannelsStatus": [
                    {"name": channel["name"], "configStreamDeliveryInfo": delivered} for channel in channels
                ]
            }
        )

    def describe_trails(backend: Any, include_shadow_trails: bool) -> list[Any]:
        trails = list(original_trails(backend, include_shadow_trails))
        return trails + _trails_of_the_organization(backend) if include_shadow_trails else trails

    original_trails = CloudTrailBackend.describe_trails
    patches.replace(CloudTrailBackend, "describe_trails", describe_trails)
    patches.replace(ConfigResponse, "describe_delivery_channel_status", describe_delivery_channel_status)
    patches.add(CloudTrailResponse, "lookup_events", lookup_events)
    patches.replace(ConfigResponse, "get_resource_config_history", get_resource_config_history)


def _trails_of_the_organization(backend: Any) -> list[Any]:
    """What a member sees of the trails that its management account made for all."""
    organization = organization_of(backend.account_id).org
    if organization is None or organization.master_account_id == backend.account_id:
        return []
    return [
        trail
        for there in cloudtrail_backends[organization.master_account_id].values()
        for trail in there.trails.values()
        if trail.is_org_trail and (trail.is_multi_region or trail.region_name == backend.region_name)
    ]
