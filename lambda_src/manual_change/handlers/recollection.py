"""What the attribute stage remembers from one batch to the next: which calls explained which items of a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Recollection:
    """What earlier invocations found out about some resources and those that they are related to."""

    captures: Mapping[ResourceKey, Sequence[Capture]]

    @property
    def event_ids(self) -> frozenset[str]:
        """Of the calls that explained them."""
        return frozenset(
            event_id for captures in self.captures.values() for capture in captures for event_id in capture.event_ids
        )

    def explained(self, calls: Mapping[str, ApiCall]) -> Mapping[ResourceKey, Sequence[Explained]]:
        """As an inquiry wants it, with those of these calls (by event id) that are at hand."""
        return {
            key: [_explained(key, capture, calls) for capture in captures] for key, captures in self.captures.items()
        }


def recall(memory: AttributionMemory, changes: Iterable[Change], window: Window) -> Recollection:
    """What is remembered of the resources that changed."""
    wanted: set[ResourceKey] = set()
    since = None
    for change in changes:
        account, region, _, _ = change.resource.key
        wanted.add(change.resource.key)
        wanted |= {(account, region, each.type, each.id) for each in change.relations if each.id}
        begin = window.begin(change) - timedelta(seconds=1)
        since = begin if since is None else min(since, begin)
    return Recollection(memory.recall(wanted, since=since) if since else {})


def _explained(key: ResourceKey, capture: Capture, calls: Mapping[str, ApiCall]) -> Explained:
    account, region, resource_type, resource_id = key
    summary = capture.summary
    resource = Resource(account, region, resource_type, resource_id, summary.get("name"), summary.get("arn"))
    change = Change(resource, summary.get("change_type", "UPDATE"), capture.captured_at)
    at_hand = tuple(calls[event_id] for event_id in capture.event_ids if event_id in calls)
    return Explained(change, frozenset(capture.event_ids), at_hand if summary.get("how") == BY_SUBJECT else ())
