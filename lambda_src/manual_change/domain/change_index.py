"""Changes by everything they are called, so that a call finds its changes without asking each of them.

A thousand changes and five thousand calls are five million pairs; nearly all of them share no name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from manual_change.domain.api_call import ApiCall
from manual_change.domain.attribution import Window, standing_apart
from manual_change.domain.change import Change
from manual_change.domain.identifiers import Identifiers, identifiers_of, spellings
from manual_change.domain.mentions import texts_in
from manual_change.domain.services import SERVICES_FOR_ANY_TYPE, owners_of


class ChangeIndex:
    """Changes by everything they are called; `offer` it calls, then ask it for those of a change."""

    def __init__(self, changes: Iterable[Change], window: Window) -> None:
        self._window = window
        self._identifiers: dict[Change, Identifiers] = {}
        self._by_name: dict[str, list[Change]] = defaultdict(list)
        self._calls: dict[Change, dict[str, ApiCall]] = defaultdict(dict)
        self._services: set[str] | None = set(SERVICES_FOR_ANY_TYPE)
        begins: list[datetime] = []
        ends: list[datetime] = []
        for change in changes:
            identifiers = identifiers_of(change)
            self._identifiers[change] = identifiers
            for name in identifiers:
                self._by_name[name].append(change)
            owners = owners_of(change.resource.type)
            if not owners:
                self._services = None  # a third party's type: any service may own it
            elif self._services is not None:
                self._services.update(owners)
            begins.append(window.begin(change))
            ends.append(window.end(change))
        self._begin = min(begins, default=None)
        self._end = max(ends, default=None)

    def knows_service(self, event_source: str) -> bool:
        """Whether calls of this service can have made any of the changes."""
        return self._services is None or event_source.partition(".")[0] in self._services

    def offer(self, call: ApiCall) -> None:
        """Keep the call beside each change that it could have made."""
        if self._begin is None or self._end is None or not self._begin <= call.event_time <= self._end:
            return
        named: dict[int, Change] = {}
        for text in texts_in(call.record):
            for spelling in spellings(text):
                for change in self._by_name.get(spelling, ()):
                    named[id(change)] = change
        if not named:
            return
        for change in named.values():
            if standing_apart(change, call, self._window) is None:
                kept = self._calls[change]
                if call.is_original or call.original_id not in kept:
                    kept[call.original_id] = call

    def calls_for(self, change: Change) -> Iterable[ApiCall]:
        """The calls kept beside a change."""
        return self._calls[change].values() if change in self._calls else ()

    def identifiers_for(self, change: Change) -> Identifiers:
        """What the changed resource is called."""
        return self._identifiers[change]
