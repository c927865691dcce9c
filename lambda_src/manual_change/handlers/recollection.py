"""What the attribute stage remembers from one batch to the next: which calls explained which items of a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from manual_change.adapters.attribution_memory import AttributionMemory, Capture
from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import BY_SUBJECT, Attribution, Window
from manual_change.domain.change import Change, Resource
from manual_change.domain.inquiry import Explained, ResourceKey


def remember(memory: AttributionMemory, change: Change, attribution: Attribution, now: datetime) -> None:
    """Write down which calls explained a change, and what the next inquiry wants to know of it."""
    memory.remember(
        change.resource.key,
        Capture(
            captured_at=change.captured_at,
            event_ids=tuple(call.event_id for call in attribution.calls),
            summary={
                "how": attribution.how,
                "change_type": change.change_type,
                "name": change.resource.name,
                "arn": change.resource.arn,
            },
        ),
        now=now,
    )


def recall(
    memory: AttributionMemory, changes: Iterable[Change], calls: Sequence[ApiCall], window: Window
) -> Mapping[ResourceKey, Sequence[Explained]]:
    """What earlier invocations found out about these resources and those that they are related to."""
    wanted: set[ResourceKey] = set()
    since = None
    for change in changes:
        account, region, _, _ = change.resource.key
        wanted.add(change.resource.key)
        wanted |= {(account, region, each.type, each.id) for each in change.relations if each.id}
        begin = window.begin(change) - timedelta(seconds=1)
        since = begin if since is None else min(since, begin)
    if since is None:
        return {}
    by_id = {call.event_id: call for call in calls}
    return {
        key: [_explained(key, capture, by_id) for capture in captures]
        for key, captures in memory.recall(wanted, since=since).items()
    }


def _explained(key: ResourceKey, capture: Capture, calls: Mapping[str, ApiCall]) -> Explained:
    account, region, resource_type, resource_id = key
    summary = capture.summary
    resource = Resource(account, region, resource_type, resource_id, summary.get("name"), summary.get("arn"))
    change = Change(resource, summary.get("change_type", "UPDATE"), capture.captured_at)
    at_hand = tuple(calls[event_id] for event_id in capture.event_ids if event_id in calls)
    return Explained(change, frozenset(capture.event_ids), at_hand if summary.get("how") == BY_SUBJECT else ())
