"""Recorded files: JSON, JSON lines, concatenated JSON, each also gzipped; damage is told and survived."""

from __future__ import annotations

import gzip
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from manual_change_local.documents import Documents, Readable

STANDARD_INPUT: Final = "-"
_GZIP: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that could not be read, and where."""

    file: str
    position: str
    """`line 12`, `record 3`, or "" for the file as a whole."""
    problem: str

    def __str__(self) -> str:
        place = f"{self.file}, {self.position}" if self.position else self.file
        return f"{place}: {self.problem}"


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One input: its name as given, and its documents."""

    name: str
    path: Path | None
    """None for standard input."""

    @property
    def size(self) -> int:
        """Bytes on disk, 0 where that is not known."""
        return self.path.stat().st_size if self.path else 0

    def documents(
        self, damaged: Callable[[Damage], None], read: Callable[[int], None] = lambda _: None
    ) -> Iterator[tuple[int, Any]]:
        """(line on which it begins, document) for each JSON document.

        Args:
            damaged: told of what could not be read.
            read: told how many bytes of the file have been read so far, now and then.
        """
        try:
            with self._open() as stream:
                unzipped: Readable = gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == _GZIP else stream
                yield from Documents(
                    unzipped,
                    lambda position, problem: damaged(Damage(self.name, position, problem)),
                    lambda: read(stream.tell()) if stream.seekable() else None,
                )
        except OSError as error:
            damaged(Damage(self.name, "", f"cannot be read: {error.strerror or error}"))

    def _open(self) -> io.BufferedReader:
        return io.BufferedReader(io.FileIO(self.path or sys.stdin.fileno(), closefd=self.path is not None), 1 << 18)


def recorded_files(paths: Iterable[str]) -> list[RecordedFile]:
    """The files that paths name; a folder stands for every file in it, recursively, hidden ones left out.

    Raises:
        FileNotFoundError: with the first path that does not exist.
    """
    files: list[RecordedFile] = []
    for name in paths:
        if name == STANDARD_INPUT:
            files.append(RecordedFile("-", None))
            continue
        path = Path(name)
        if path.is_dir():
            inside = (each for each in path.rglob("*") if each.is_file() and not _hidden(each.relative_to(path)))
            files.extend(RecordedFile(str(each), each) for each in sorted(inside))
        elif path.exists():
            files.append(RecordedFile(name, path))
        else:
            raise FileNotFoundError(name)
    return files


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
