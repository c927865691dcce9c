"""What recorded files hold: Config messages and CloudTrail records, each with where it was read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from manual_change.domain.change import Unreadable
from manual_change.domain.notification import unwrap
from manual_change_local.recorded_files import Damage, RecordedFile


@dataclass(frozen=True, slots=True)
class Source:
    """Where a judged input was read: the file as given and the record in it, counted from 1."""

    file: str
    record: int

    def to_json(self) -> dict[str, Any]:
        """The `source` object of the JSON contract."""
        return {"file": self.file, "record": self.record}


@dataclass(slots=True)
class Reading:
    """Reads recorded files, tells of damage and goes on.

    Args:
        damaged: told of each file or record that cannot be read.
        progressed: told how many bytes have been read so far, over all files.
    """

    damaged: Callable[[Damage], None]
    progressed: Callable[[int], None] = lambda _: None
    _done: int = 0

    def config_messages(self, files: Iterable[RecordedFile]) -> Iterator[tuple[object, Source]]:
        """Each message of Config, out of whatever it was wrapped in."""
        for file in files:
            number = 0
            for _, document in self._documents(file):
                for part in _parts(document):
                    number += 1
                    try:
                        messages = list(unwrap(part))
                    except Unreadable as error:
                        self.unreadable(Source(file.name, number), error)
                        continue
                    for position, message in enumerate(messages, start=number):
                        yield message, Source(file.name, position)
                    number += max(len(messages) - 1, 0)

    def cloudtrail_records(self, files: Iterable[RecordedFile]) -> Iterator[tuple[object, str, int]]:
        """(record, file, number in the file) of each CloudTrail record, of every form in which they are kept."""
        for file in files:
            number = 0
            name = file.name
            for _, document in self._documents(file):
                if type(document) is dict and "eventName" in document:  # by far the most frequent form
                    number += 1
                    yield document, name, number
                    continue
                for record in _records_in(document):
                    number += 1
                    if isinstance(record, Unreadable):
                        self.unreadable(Source(name, number), record)
                    else:
                        yield record, name, number

    def unreadable(self, source: Source, error: Unreadable) -> None:
        """Tell of one record that cannot be read."""
        self.damaged(Damage(source.file, f"record {source.record}", str(error)))

    def _documents(self, file: RecordedFile) -> Iterator[tuple[int, Any]]:
        before = self._done
        yield from file.documents(self.damaged, lambda read: self.progressed(before + read))
        self._done = before + file.size
        self.progressed(self._done)


def _parts(document: object) -> list[Any]:
    """The parts of an event or a list, each to be unwrapped by itself: one that is damaged leaves the others be."""
    match document:
        case {"Records": list(parts)}:
            return parts
        case list(parts):
            return parts
        case _:
            return [document]


def _records_in(document: object) -> Iterator[Any]:
    try:
        yield from _records(document)
    except RecursionError:
        yield Unreadable("the document holds lists in lists without end")


def _records(document: object) -> Iterator[Any]:
    """The records inside a document; `Unreadable` in the place of one that cannot be taken out."""
    match document:
        case {"Records": list(records)}:
            yield from records
        case {"Records": other}:
            yield Unreadable(f"Records is a {type(other).__name__}; a list is expected")
        case {"Events": list(entries)}:
            for entry in entries:
                yield from _records(entry) if isinstance(entry, dict) else [entry]
        case {"CloudTrailEvent": str(text)}:
            try:
                yield orjson.loads(text)
            except ValueError as error:
                yield Unreadable(f"CloudTrailEvent is not JSON: {error}")
        case {"CloudTrailEvent": other}:
            yield Unreadable(f"CloudTrailEvent is a {type(other).__name__}; a JSON text is expected")
        case {"detail-type": _, "detail": detail}:
            yield detail
        case {"detail": dict(detail)} if "eventName" in detail:
            yield detail
        case list(documents):
            for entry in documents:
                yield from _records(entry)
        case _:
            yield document
