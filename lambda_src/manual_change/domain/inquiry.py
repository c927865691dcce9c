"""Changes investigated together: what explained an earlier item of a resource, and what explained its neighbours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import BY_SUBJECT, Attribution, Neighbour, Window
from manual_change.domain.change import Change, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.identifiers import Identifiers
from manual_change.domain.investigation import investigate
from manual_change.domain.policy import Policy

ResourceKey = tuple[str, str, str, str]
"""`Resource.key`."""


@dataclass(frozen=True, slots=True)
class Explained:
    """An earlier item of a resource and the calls that explained it."""

    change: Change
    event_ids: frozenset[str]
    calls: tuple[ApiCall, ...] = ()
    """Those of the calls that are at hand; only calls that had the resource as their subject."""


@dataclass(slots=True)
class Inquiry:
    """Judges changes with what is known about the others.

    Args:
        policy: the team's.
        window: how far from capture a call may lie.
        recalled: what was explained before this inquiry began.
    """

    policy: Policy
    window: Window
    recalled: Mapping[ResourceKey, Sequence[Explained]] = field(default_factory=dict)

    def investigate(
        self,
        changes: Iterable[Change],
        calls_for: Callable[[Change], Iterable[ApiCall]],
        identifiers_for: Callable[[Change], Identifiers | None] = lambda _: None,
    ) -> list[tuple[Finding, Attribution | None]]:
        """Findings in the order of capture; changes that no call touches are asked again by their relationships."""
        ordered = sorted(changes, key=lambda change: (change.captured_at, change.key))
        explained: dict[ResourceKey, list[Explained]] = defaultdict(list)
        for key, known in self.recalled.items():
            explained[key].extend(known)
        results: list[tuple[Finding, Attribution | None]] = []
        open_questions: list[int] = []
        for change in ordered:
            finding, attribution = investigate(
                change,
                calls_for(change),
                self.policy,
                window=self.window,
                explained=_explained_before(change, explained),
                identifiers=identifiers_for(change),
            )
            if attribution is None:
                open_questions.append(len(results))
            else:
                explained[change.resource.key].append(explanation(attribution))
            results.append((finding, attribution))
        if open_questions:
            families = _families(ordered, explained)
            for position in open_questions:
                change = ordered[position]
                neighbours = self._neighbours(change, families, explained)
                finding, attribution = investigate(
                    change,
                    (),
                    self.policy,
                    window=self.window,
                    explained=_explained_before(change, explained),
                    neighbours=neighbours,
                )
                if attribution is not None:
                    explained[change.resource.key].append(explanation(attribution))
                    results[position] = finding, attribution
        return results

    def _neighbours(
        self,
        change: Change,
        families: Mapping[tuple[str, str, str], set[ResourceKey]],
        explained: Mapping[ResourceKey, Sequence[Explained]],
    ) -> list[Neighbour]:
        """Related resources captured in the same window, with the calls that had them as their subject."""
        resource = change.resource
        related: set[ResourceKey] = set()
        for name in _names(resource):
            related |= families.get((resource.account, resource.type, name), set())
        for relation in change.relations:
            for own_name in (relation.id, relation.name):
                if own_name:
                    related |= families.get((resource.account, relation.type, f"is {own_name}"), set())
        return [
            Neighbour(known.change, known.calls)
            for key in sorted(related - {resource.key})
            if _same_place(key[1], resource.region)
            for known in explained.get(key, ())
            if known.calls and abs(known.change.captured_at - change.captured_at) <= self.window.lookback
        ]


def _explained_before(change: Change, explained: Mapping[ResourceKey, Sequence[Explained]]) -> set[str]:
    """The event ids of calls that explained an earlier item of the resource."""
    return {
        event_id
        for known in explained.get(change.resource.key, ())
        if known.change.captured_at < change.captured_at
        for event_id in known.event_ids
    }


def _same_place(region: str, other: str) -> bool:
    """Whether two resources can be related: names (a subnet group `default`) are the same in every region."""
    return region == other or not {region, other}.isdisjoint({"global", "unknown"})


def explanation(attribution: Attribution) -> Explained:
    """What an attribution means for later items of the resource and for its neighbours."""
    return Explained(
        attribution.change,
        frozenset(call.event_id for call in attribution.calls),
        attribution.calls if attribution.how == BY_SUBJECT else (),
    )


def _families(
    changes: Iterable[Change], explained: Mapping[ResourceKey, Sequence[Explained]]
) -> dict[tuple[str, str, str], set[ResourceKey]]:
    """Explained resources by what they are called (`is …`) and by the names of what they say they are related to."""
    families: dict[tuple[str, str, str], set[ResourceKey]] = defaultdict(set)
    of_changes = [change for change in changes if explained.get(change.resource.key)]
    recalled = [known.change for entries in explained.values() for known in entries]
    for change in (*of_changes, *recalled):
        key = change.resource.key
        for name in _names(change.resource):
            families[change.resource.account, change.resource.type, f"is {name}"].add(key)
        for relation in change.relations:
            for related_name in (relation.id, relation.name):
                if related_name:
                    families[change.resource.account, relation.type, related_name].add(key)
    return families


def _names(resource: Resource) -> tuple[str, ...]:
    return tuple(name for name in (resource.id, resource.name, resource.arn) if name)
