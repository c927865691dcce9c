"""The same judgement over recorded files: changes joined with calls, or calls by themselves.

Changes are held in memory, with an index of everything they are called; CloudTrail's log streams past it, and of its
records only those stay that name a changed resource in time. Memory grows with the changes and their calls, not with
the log.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from manual_change.domain.api_call import ApiCall, read_call, uncounted
from manual_change.domain.attribution import Window
from manual_change.domain.change import Change, Unreadable
from manual_change.domain.change_index import ChangeIndex
from manual_change.domain.configuration_item import ConfigurationItem, change_between
from manual_change.domain.finding import DROP, NOTIFY, Finding
from manual_change.domain.inquiry import Inquiry
from manual_change.domain.investigation import decide_call, drop
from manual_change.domain.noise import Noise, noise_in
from manual_change.domain.notification import BareItem, NotAChange, Oversized, read_message
from manual_change.domain.policy import Policy
from manual_change_local.recorded_files import RecordedFile
from manual_change_local.recorded_input import Reading, Source
from manual_change_local.remembered_judge import RememberedJudge

_BEFORE_ALL: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Decision:
    """A finding and where its input was read."""

    finding: Finding
    source: Source

    @property
    def order(self) -> tuple[datetime, str]:
        """Time, then id: the stable order of the output; messages that are no change come first, as they were read."""
        finding = self.finding
        if finding.change is not None:
            return finding.change.captured_at, finding.change.key
        if finding.calls:
            return finding.calls[0].event_time, finding.calls[0].event_id
        return _BEFORE_ALL, f"{self.source.file} {self.source.record:09}"

    def to_json(self) -> dict[str, Any]:
        """The object of the JSON contract (DESIGN, section 6)."""
        judged = self.finding.to_json()
        calls = judged.pop("calls")
        return judged | {"source": self.source.to_json(), "calls": calls}


@dataclass(slots=True)
class Replay:
    """Judges recorded files.

    Args:
        reading: reads them, and tells of damage.
        policy: the team's.
        window: how far from capture a call may lie.
        keep_all: drops and silent decisions too; otherwise they are only counted.
        excluded_resource_types: as the setting of the dispatch stage.
    """

    reading: Reading
    policy: Policy
    window: Window = field(default_factory=Window)
    keep_all: bool = False
    excluded_resource_types: tuple[str, ...] = ()
    counts: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    """(decision, reason) -> how many, whether kept or not."""
    _kept: list[Decision] = field(default_factory=list)

    def changes(self, config: Iterable[RecordedFile], cloudtrail: Iterable[RecordedFile]) -> list[Decision]:
        """Every change of the Config files, with the calls of the CloudTrail files that made it."""
        sources = self._read_changes(config)
        index = ChangeIndex(sources, self.window)
        for call in self._candidates(cloudtrail, index):
            index.offer(call)
        inquiry = Inquiry(policy=self.policy, window=self.window)
        for finding, _ in inquiry.investigate(sources, index.calls_for, index.identifiers_for):
            if finding.change is not None:
                self._decide(finding, sources[finding.change])
        return self._in_order()

    def calls(self, cloudtrail: Iterable[RecordedFile]) -> list[Decision]:
        """Every call, judged by itself; one that comes twice is judged once."""
        seen: set[str] = set()
        judge = RememberedJudge(self.policy)
        for record, file, number in self.reading.cloudtrail_records(cloudtrail):
            nothing = None
            if isinstance(record, dict):
                nothing = uncounted(record)
                if nothing and not self.keep_all and _is_sound(record):
                    self.counts[DROP, nothing.reason] += 1
                    continue
            try:
                call = read_call(record)
            except Unreadable as error:
                self.reading.unreadable(Source(file, number), error)
                continue
            if call.original_id in seen:
                continue
            seen.add(call.original_id)
            finding = drop(None, nothing, call=call) if nothing else decide_call(call, judge(call), self.policy)
            self._decide(finding, Source(file, number))
        return self._in_order()

    def _read_changes(self, config: Iterable[RecordedFile]) -> dict[Change, Source]:
        """The changes that somebody may have made; all else is decided here."""
        changes: dict[str, tuple[Change, Source]] = {}
        items: dict[tuple[str, ...], list[tuple[ConfigurationItem, Source]]] = defaultdict(list)
        for message, source in self.reading.config_messages(config):
            try:
                read = read_message(message)
            except Unreadable as error:
                self.reading.unreadable(source, error)
                continue
            except RecursionError:
                self.reading.unreadable(source, _TOO_DEEP)
                continue
            match read:
                case NotAChange():
                    self._decide(drop(None, Noise(read.reason, read.explanation)), source)
                case BareItem():
                    items[read.item.resource.key].append((read.item, source))
                case Oversized():
                    changes.setdefault(read.change.key, (read.change, source))
                case Change():
                    changes.setdefault(read.key, (read, source))
        for previous, item, source in _pairs(items):
            try:
                change = change_between(previous, item)
            except RecursionError:
                self.reading.unreadable(source, _TOO_DEEP)
                continue
            known = changes.get(change.key)
            if known is None:
                changes[change.key] = change, source
            elif known[0].diff_left_out and not change.diff_left_out:  # the history of an oversized notice
                changes[change.key] = change, known[1]
        made: dict[Change, Source] = {}
        for change, source in changes.values():
            try:
                noise = noise_in(change, excluded_resource_types=self.excluded_resource_types)
            except RecursionError:
                self.reading.unreadable(source, _TOO_DEEP)
                continue
            if noise:
                self._decide(drop(change, noise), source)
            else:
                made[change] = source
        return made

    def _candidates(self, cloudtrail: Iterable[RecordedFile], index: ChangeIndex) -> Iterator[ApiCall]:
        """Calls that could be responsible for one of the changes; unreadable records are told of."""
        for record, file, number in self.reading.cloudtrail_records(cloudtrail):
            if isinstance(record, dict) and _is_sound(record):
                source = record.get("eventSource")
                if isinstance(source, str) and not index.knows_service(source):
                    continue
                if uncounted(record) is not None:
                    continue
            try:
                yield read_call(record)
            except Unreadable as error:
                self.reading.unreadable(Source(file, number), error)

    def _decide(self, finding: Finding, source: Source) -> None:
        self.counts[finding.decision, finding.reason] += 1
        if self.keep_all or finding.decision == NOTIFY:
            self._kept.append(Decision(finding, source))

    def _in_order(self) -> list[Decision]:
        return sorted(self._kept, key=lambda decision: decision.order)


_TOO_DEEP: Final = Unreadable("it is nested too deeply to be judged")

_SPELLED_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z", re.ASCII)
"""How CloudTrail spells a time; other spellings are read the long way."""


def _is_sound(record: Mapping[str, Any]) -> bool:
    """Whether a record has what it is named by. What has not is damage, whatever it did not do."""
    event_id, name, moment = record.get("eventID"), record.get("eventName"), record.get("eventTime")
    return (
        isinstance(event_id, str)
        and isinstance(name, str)
        and isinstance(moment, str)
        and event_id != ""
        and name != ""
        and _SPELLED_MOMENT.fullmatch(moment) is not None
    )


def _pairs(
    items: Mapping[tuple[str, ...], list[tuple[ConfigurationItem, Source]]],
) -> Iterator[tuple[ConfigurationItem | None, ConfigurationItem, Source]]:
    """Each item out of a file, beside the item of the same resource before it."""
    for found in items.values():
        found.sort(key=lambda pair: pair[0].captured_at)
        previous: ConfigurationItem | None = None
        for item, source in found:
            if previous is not None and item.captured_at == previous.captured_at:
                continue  # the same item in two files
            yield previous, item, source
            previous = item
