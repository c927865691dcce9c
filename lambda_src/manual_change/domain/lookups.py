"""What to ask CloudTrail for, so that few requests answer many changes.

LookupEvents allows two requests a second for an account and region, fifty calls a page and one filter attribute
(CloudTrail API reference). Two ways of asking are weighed: a *sweep* reads every write of a stretch of time, page by
page, and serves all changes in it; a *single* lookup asks for one resource by name and costs one request, but finds
only calls whose record CloudTrail has filed under that name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from manual_change.domain.attribution import Window
from manual_change.domain.change import Change
from manual_change.domain.services import lookup_region

PAGE: Final = 50
"""The most calls that LookupEvents returns at once."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """A stretch of time in one region whose writes may be responsible for these changes."""

    account: str
    region: str
    begin: datetime
    end: datetime
    changes: tuple[Change, ...]

    @property
    def span(self) -> timedelta:
        """How long the stretch is."""
        return self.end - self.begin


def plan_sweeps(changes: Iterable[Change], window: Window) -> list[Sweep]:
    """The fewest stretches that cover the windows of all changes: overlapping ones become one."""
    places: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        places[change.resource.account, lookup_region(change.resource)].append(change)
    sweeps: list[Sweep] = []
    for (account, region), together in sorted(places.items()):
        ordered = sorted(together, key=lambda change: (window.begin(change), change.key))
        begin, end, group = window.begin(ordered[0]), window.end(ordered[0]), [ordered[0]]
        for change in ordered[1:]:
            if window.begin(change) <= end:
                end = max(end, window.end(change))
                group.append(change)
            else:
                sweeps.append(Sweep(account, region, begin, end, tuple(group)))
                begin, end, group = window.begin(change), window.end(change), [change]
        sweeps.append(Sweep(account, region, begin, end, tuple(group)))
    return sweeps


def pages_left(sweep: Sweep, oldest_seen: datetime, calls_seen: int) -> int:
    """How many more pages the sweep is likely to take, from how far back the pages so far reached (newest first)."""
    covered = (sweep.end - oldest_seen).total_seconds()
    if covered <= 0:
        return ceil(sweep.span.total_seconds())  # a whole page within one second: as bad as it gets
    left = max((oldest_seen - sweep.begin).total_seconds(), 0.0)
    return ceil(calls_seen * left / covered / PAGE)


def singles_for(changes: Sequence[Change]) -> list[str]:
    """The resource names to ask for one by one: each resource by its id."""
    return list(dict.fromkeys(change.resource.id for change in changes))


def singles_are_cheaper(sweep: Sweep, oldest_seen: datetime, calls_seen: int) -> bool:
    """Whether asking for each resource costs fewer requests than reading on."""
    return len(singles_for(sweep.changes)) < pages_left(sweep, oldest_seen, calls_seen)
