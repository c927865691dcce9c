"""Recorded files: JSON, JSON lines, concatenated JSON, each also gzipped; damage is told and survived.

Lines are read one by one, so a log of any length needs the memory of its longest line. What does not parse as a line
is tried as a document over several lines (within `LONGEST_DOCUMENT`); what cannot be read is told with its position,
and the rest goes on.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

STANDARD_INPUT: Final = "-"
LONGEST_DOCUMENT: Final = 256 * 1024 * 1024
"""Bytes of one JSON document that spans lines (CloudTrail's objects hold at most some 50 MB)."""

_GZIP: Final = b"\x1f\x8b"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_NEXT_DOCUMENT: Final = re.compile(r"\n(?=[{\[])")
_SPACE: Final = re.compile(r"\s*")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_DECODER: Final = json.JSONDecoder()

Readable = io.BufferedReader | gzip.GzipFile | io.BytesIO


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
                yield from _Documents(self.name, stream, damaged, read).all()
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


class _Documents:
    """Cuts one stream into documents."""

    def __init__(
        self, name: str, stream: io.BufferedReader, damaged: Callable[[Damage], None], read: Callable[[int], None]
    ) -> None:
        self._name = name
        self._damaged = damaged
        self._told = read
        self._counted = stream
        self._stream: Readable = stream
        if stream.peek(2)[:2] == _GZIP:
            self._stream = gzip.GzipFile(fileobj=stream)
        self._pushed_back = b""
        self._line = 0

    def all(self) -> Iterator[tuple[int, Any]]:
        first = True
        while True:
            line = self._next_line()
            if not line:
                return
            if first:
                line = line.removeprefix(_BYTE_ORDER_MARK)
                first = False
            self._line += 1
            if self._line % 512 == 0:
                self._progress()
            if line.isspace():
                continue
            try:
                yield self._line, orjson.loads(line)
            except ValueError:
                yield from self._document_from(line)

    def _document_from(self, line: bytes) -> Iterator[tuple[int, Any]]:
        """A document that is more than this line, or several on it, or damage."""
        stripped = line.strip()
        if stripped[:1] not in (b"{", b"["):
            yield from self._scalar(stripped)
            return
        block = line + self._rest()
        text = block.decode("utf-8", errors="surrogateescape")
        position = len(text) - len(text.lstrip())
        while True:
            begin = position
            try:
                document, end = _DECODER.raw_decode(text, begin)
            except RecursionError:
                problem = "is nested too deeply to be read"
                break
            except ValueError as error:
                problem = f"is not JSON: {error}"
                break
            if _NOT_UTF8.search(text, begin, end):
                self._report("is not UTF-8")
            else:
                yield self._line, document
            position = _SPACE.match(text, end).end()  # type: ignore[union-attr]  # it matches the empty string too
            passed = text.count("\n", begin, position)
            self._line += passed
            if passed or position == len(text):  # a new line: back to the fast way
                self._go_on_at(text[position:].encode("utf-8", errors="surrogateescape"))
                return
        if _NOT_UTF8.search(text, begin, len(text) if "\n" not in text[begin:] else text.index("\n", begin)):
            problem = "is not UTF-8"
        self._report(problem)
        # where a document may begin again: the next line that opens an object or a list
        found = _NEXT_DOCUMENT.search(text, begin)
        position = found.end() if found else len(text)
        self._line += text.count("\n", begin, position)
        self._go_on_at(text[position:].encode("utf-8", errors="surrogateescape"))

    def _scalar(self, stripped: bytes) -> Iterator[tuple[int, Any]]:
        """A line that opens nothing: mail text before the JSON, or no JSON at all."""
        self._report(f"is not JSON: {_shown(stripped)}")
        block = self._rest()
        found = re.search(rb"(?:\A|\n)(?=[{\[])", block)
        end = found.end() if found else len(block)
        self._line += 1 + block.count(b"\n", 0, end)
        self._go_on_at(block[end:])
        yield from ()

    def _go_on_at(self, rest: bytes) -> None:
        """Continue with `rest`, which begins on the line that is the current one by now."""
        self._line -= 1
        self._pushed_back = rest

    def _next_line(self) -> bytes:
        if self._pushed_back:
            end = self._pushed_back.find(b"\n") + 1
            if end:
                line, self._pushed_back = self._pushed_back[:end], self._pushed_back[end:]
                return line
            line, self._pushed_back = self._pushed_back, b""
            return line + self._readline()
        return self._readline()

    def _readline(self) -> bytes:
        try:
            return self._stream.readline()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self._damaged(Damage(self._name, f"after line {self._line}", f"the gzip data is damaged: {error}"))
            self._stream = io.BytesIO()
            return b""

    def _rest(self) -> bytes:
        """What follows, as far as one document may reach."""
        parts, self._pushed_back = [self._pushed_back], b""
        left = LONGEST_DOCUMENT
        while left > 0:
            try:
                part = self._stream.read(min(left, 1024 * 1024))
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                self._damaged(Damage(self._name, f"after line {self._line}", f"the gzip data is damaged: {error}"))
                self._stream = io.BytesIO()
                break
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def _report(self, problem: str) -> None:
        self._damaged(Damage(self._name, f"line {self._line}", problem))

    def _progress(self) -> None:
        if self._counted.seekable():
            self._told(self._counted.tell())


def _shown(line: bytes) -> str:
    text = line[:60].decode("utf-8", errors="replace")
    return repr(text + ("…" if len(line) > 60 else ""))
