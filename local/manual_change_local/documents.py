"""Cuts a stream into JSON documents: one a line, one over many lines, several behind each other, damage between them.

Lines are read one by one and parsed the fast way. What does not parse as a line is read the slow way, out of a text
that grows only while a document in it may go on: a log of any length needs the memory of its longest document.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

LONGEST_DOCUMENT: Final = 256 * 1024 * 1024
"""Characters of one JSON document that spans lines (CloudTrail's objects hold at most some 50 MB)."""

_PART: Final = 256 * 1024
"""Bytes that are read at a time the slow way, at least."""
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_NEXT_DOCUMENT: Final = re.compile(r"\n(?=[{\[])")
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")
_DECODER: Final = json.JSONDecoder()
_NEAR: Final = 16
"""A document that is cut short fails this close to the end of the text, or in a string that does not end."""

Readable = io.BufferedReader | gzip.GzipFile | io.BytesIO


class _Damaged(ValueError):
    """There is no sound document here."""


@dataclass(slots=True)
class Documents:
    """The documents of one stream.

    Args:
        stream: bytes, unzipped.
        damaged: told where (`line 12`) and why something could not be read.
        passed: called now and then.
    """

    stream: Readable
    damaged: Callable[[str, str], None]
    passed: Callable[[], None]
    _line: int = 0
    """The line that is being read, counted from 1."""
    _text: str = ""
    """The slow way: whole lines, of which the part from `_at` on is still to be understood."""
    _at: int = 0

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """(line on which it begins, document) for each document."""
        line = self._readline().removeprefix(_BYTE_ORDER_MARK)
        while line:
            self._line += 1
            if self._line % 512 == 0:
                self.passed()
            if not line.isspace():
                try:
                    yield self._line, orjson.loads(line)
                except ValueError:
                    self._text, self._at = _decoded(line), 0
                    yield from self._slowly()
            line = self._readline()

    def _slowly(self) -> Iterator[tuple[int, Any]]:
        """The documents of the text, and of what has to be read besides, until a line ends between documents."""
        while self._skip_space() < len(self._text):
            begin = self._line
            try:
                yield begin, self._document()
            except _Damaged as error:
                self.damaged(f"line {begin}", str(error))
                self._go_to_next()
            self.passed()
        if self._text.endswith("\n"):
            self._line -= 1  # the line that follows is counted when it is read

    def _skip_space(self) -> int:
        space = _SPACE.match(self._text, self._at)
        self._go_to(space.end() if space else self._at)
        return self._at

    def _document(self) -> Any:
        """The document that begins here; the place is behind it then.

        Raises:
            _Damaged: there is none, or it is no proper text.
        """
        if self._at == 0 or self._text[self._at - 1] == "\n":
            line = self._line_here()
            try:
                document = orjson.loads(line)
            except ValueError:
                pass  # it is not the whole line
            else:
                self._go_to(self._at + len(line))
                return document
        if self._text[self._at] not in "{[":
            raise _Damaged(f"is not JSON: {_shown(self._line_here())}")
        document, end = self._decode()
        begin = self._at
        self._go_to(end)
        if _NOT_UTF8.search(self._text, begin, end):
            raise _Damaged("is not UTF-8")
        return document

    def _decode(self) -> tuple[Any, int]:
        """The document that begins here and where it ends, reading on while it may be cut short."""
        while True:
            try:
                return _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise _Damaged("is nested too deeply to be read") from None
            except ValueError as error:
                if self._may_go_on(error) and self._read_on():
                    continue
                if _NOT_UTF8.search(self._line_here()):
                    raise _Damaged("is not UTF-8") from error
                raise _Damaged(f"is not JSON: {getattr(error, 'msg', error)}") from error

    def _line_here(self) -> str:
        """What is left of the line."""
        end = self._text.find("\n", self._at)
        return self._text[self._at : end if end >= 0 else len(self._text)]

    def _may_go_on(self, error: ValueError) -> bool:
        if not isinstance(error, json.JSONDecodeError) or len(self._text) - self._at > LONGEST_DOCUMENT:
            return False
        return error.msg.startswith("Unterminated string") or error.pos >= len(self._text) - _NEAR

    def _read_on(self) -> bool:
        """Read as much again as there is, so that a long document is not begun again too often."""
        more = self._read(max(_PART, len(self._text) - self._at))
        self._text, self._at = self._text[self._at :] + more, 0
        return more != ""

    def _go_to_next(self) -> None:
        """To where a document may begin again: the next line that opens an object or a list."""
        found = _NEXT_DOCUMENT.search(self._text, self._at)
        while found is None:
            self._go_to(len(self._text))
            more = self._read(_PART)
            if more == "":
                return
            self._text, self._at = more, 0
            if more[0] in "{[":
                return
            found = _NEXT_DOCUMENT.search(more)
        self._go_to(found.end())

    def _go_to(self, position: int) -> None:
        self._line += self._text.count("\n", self._at, position)
        self._at = position

    def _readline(self) -> bytes:
        return self._unzipped(lambda: self.stream.readline())

    def _read(self, size: int) -> str:
        """Whole lines of at least this many bytes, or what is left."""
        return _decoded(self._unzipped(lambda: self.stream.read(size) + self.stream.readline()))

    def _unzipped(self, read: Callable[[], bytes]) -> bytes:
        try:
            return read()
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.damaged(f"after line {self._line}", f"the gzip data is damaged: {error}")
            self.stream = io.BytesIO()
            return b""


def _decoded(data: bytes) -> str:
    """Text in which what is no UTF-8 can be found again."""
    return data.decode("utf-8", errors="surrogateescape")


def _shown(line: str) -> str:
    return repr(line[:60].encode("utf-8", "replace").decode() + ("…" if len(line) > 60 else ""))
