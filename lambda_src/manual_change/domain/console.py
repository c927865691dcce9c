"""Links into the AWS console, in the domain of the partition that a region is in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, urlencode

from manual_change.domain.change import Change, Resource
from manual_change.domain.partition import partition_of

GLOBAL: Final = "global"
"""What Config writes as the region of IAM's resources."""


def cloudtrail_url(event_id: str, region: str) -> str:
    """The record of a call in CloudTrail's Event history; `region` is the call's own (us-east-1 for IAM).

    CloudTrail needs seconds to minutes until the link shows the record, 90 days after the call it is gone.
    """
    named = (
        event_id
        if event_id.replace("-", "").isalnum() and event_id.isascii()
        else quote(event_id, safe="", errors="replace")
    )
    return f"{_service_home('cloudtrailv2', region)}#/events/{named}"


def config_timeline_url(resource: Resource) -> str:
    """The timeline of a resource in AWS Config, where every item before and after the change is."""
    region = resource.region
    if region == GLOBAL:
        region = partition_of(region, resource.arn).home_region
    names = {"resourceId": resource.id, "resourceName": resource.name, "resourceType": resource.type}
    query = urlencode({key: value for key, value in names.items() if value}, quote_via=quote, safe="", errors="replace")
    return f"{_service_home('config', region)}#/resources/timeline?{query}"


@dataclass(frozen=True, slots=True)
class Stack:
    """The CloudFormation stack that a resource belongs to."""

    name: str
    url: str | None
    """None where the tags do not hold the stack's id."""


def owning_stack(change: Change) -> Stack | None:
    """The stack that the resource's tags name, as CloudFormation wrote them; None where they name none.

    Source: CloudFormation user guide, "Resource tag": `aws:cloudformation:stack-name` and `stack-id`. Tags that begin
    with `aws:` cannot be set by anybody else.
    """
    stack_id = change.tags.get("aws:cloudformation:stack-id", "")
    name = change.tags.get("aws:cloudformation:stack-name") or stack_id.partition("/")[2].partition("/")[0]
    if not name:
        return None
    parts = stack_id.split(":", 5)
    if len(parts) != 6:
        return Stack(name, None)
    encoded = quote(stack_id, safe="", errors="replace")
    return Stack(name, f"{_service_home('cloudformation', parts[3])}#/stacks/stackinfo?stackId={encoded}")


@lru_cache(maxsize=256)
def _service_home(service: str, region: str) -> str:
    place = quote(region, safe="", errors="replace")
    return f"https://{place}.{partition_of(region).console_domain}/{service}/home?region={place}"
