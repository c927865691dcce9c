"""Recorded files: every form, zipped or not, and what is left of them when they are damaged."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manual_change_local.documents import Documents
from manual_change_local.recorded_files import Damage, RecordedFile, recorded_files

A, B, C = {"a": 1}, {"b": [2, {"c": "é"}]}, [3]

FORMS = {
    "a document": json.dumps(A),
    "a document over several lines": json.dumps(B, indent=2),
    "a line each": f"{json.dumps(A)}\n{json.dumps(B)}\n{json.dumps(C)}\n",
    "a line each, the last without an end": f"{json.dumps(A)}\n{json.dumps(B)}",
    "lines that end as on Windows": f"{json.dumps(A)}\r\n{json.dumps(B)}\r\n",
    "blank lines between": f"\n{json.dumps(A)}\n\n  \n{json.dumps(B)}\n\n",
    "one behind the other": f"{json.dumps(A)}{json.dumps(B)}{json.dumps(C)}",
    "one behind the other with spaces": f"{json.dumps(A)}  {json.dumps(B)}\t{json.dumps(C)}",
    "several pretty ones": f"{json.dumps(A, indent=1)}\n{json.dumps(B, indent=1)}\n{json.dumps(C, indent=1)}\n",
    "pretty ones without a line between": f"{json.dumps(A, indent=1)}{json.dumps(B, indent=1)}",
    "lines and pretty ones": f"{json.dumps(A)}\n{json.dumps(B, indent=1)}\n{json.dumps(C)}\n",
    "two on a line, then one": f"{json.dumps(A)}{json.dumps(B)}\n{json.dumps(C)}\n",
    "a byte order mark": f"\ufeff{json.dumps(A)}\n",
    "an indented one": f"   {json.dumps(A)}",
    "nothing": "",
    "blanks": " \n\n\t\n",
}
EXPECTED = {
    "a document": [A],
    "a document over several lines": [B],
    "a line each": [A, B, C],
    "a line each, the last without an end": [A, B],
    "lines that end as on Windows": [A, B],
    "blank lines between": [A, B],
    "one behind the other": [A, B, C],
    "one behind the other with spaces": [A, B, C],
    "several pretty ones": [A, B, C],
    "pretty ones without a line between": [A, B],
    "lines and pretty ones": [A, B, C],
    "two on a line, then one": [A, B, C],
    "a byte order mark": [A],
    "an indented one": [A],
    "nothing": [],
    "blanks": [],
}

Read = Callable[..., tuple[list[Any], list[str]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a file with this content: the documents and the damage in words."""

    def ask(content: str | bytes, *, name: str = "log.json") -> tuple[list[Any], list[str]]:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        damage: list[Damage] = []
        documents = [document for _, document in RecordedFile("log", path).documents(damage.append)]
        return documents, [str(each) for each in damage]

    return ask


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "zipped"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read(read: Read, form: str, zipped: bool) -> None:
    """JSON, JSON lines, concatenated JSON, each also gzipped; what it is called does not matter."""
    content = FORMS[form].encode()

    assert (EXPECTED[form], []) == read(gzip.compress(content) if zipped else content)


def test_several_zipped_parts_are_one_file(read: Read) -> None:
    """As `cat a.gz b.gz` makes them."""
    assert ([A, B], []) == read(gzip.compress(b'{"a": 1}\n') + gzip.compress(json.dumps(B).encode()))


@pytest.mark.parametrize(
    ("content", "documents", "damage"),
    [
        (b'{"a": 1}\n{"a": \n{"a": 1}\n', [A, A], ["log, line 2: is not JSON: Expecting"]),
        (b'{"a": 1}\njunk\n{"a": 1}\n', [A, A], ["log, line 2: is not JSON: 'junk'"]),
        (b'junk\n\n{"a": 1}\n', [A], ["log, line 1: is not JSON: 'junk'"]),
        (b'{"a": 1} junk {"b": 2}\n{"a": 1}\n', [A, A], ["log, line 1: is not JSON: 'junk"]),
        (b'{"a": 1\n', [], ["log, line 1: is not JSON: Expecting"]),
        (b'{\n "a": 1\n\n{"a": 1}\n', [A], ["log, line 1: is not JSON: Expecting"]),
        (b'\n\n{"a": "\xff"}\n{"a": 1}\n', [A], ["log, line 3: is not UTF-8"]),
        (b'{"a": "\xff\n{"a": 1}\n', [A], ["log, line 1: is not UTF-8"]),
        (b'{\n"a": "\xff"\n}\n{"a": 1}\n', [A], ["log, line 1: is not UTF-8"]),
        (b"<xml/>\n<xml/>\n", [], ["log, line 1: is not JSON: '<xml/>'"]),
        (b'"unclosed\n{"a": 1}', [A], ["log, line 1: is not JSON"]),
        (b'{"a": 1}\n' + b'{"a":' * 100_000 + b'\n{"a": 1}\n', [A, A], ["log, line 2: is nested too deeply"]),
        (b'{"a": ' + b"1" * 5000 + b'}\n{"a": 1}', [A], ["log, line 1: is not JSON"]),
        (b"\x00\x01\x02", [], ["log, line 1: is not JSON"]),
    ],
)
def test_damage_is_told_with_its_position_and_the_rest_goes_on(
    read: Read, content: bytes, documents: list[Any], damage: list[str]
) -> None:
    """One line of it for each stretch that cannot be read."""
    found, told = read(content)

    assert documents == [document for document in found if document in (A, B, C)]
    assert [True] * len(damage) == [said.startswith(wanted) for said, wanted in zip(told, damage, strict=False)], told


def test_many_damaged_lines_are_each_told(read: Read) -> None:
    """With their own positions."""
    found, told = read(b'{"a": 1}\n{"a"\n' * 3)

    assert ([A, A, A], ["log, line 2", "log, line 4", "log, line 6"]) == (found, [said.split(": ")[0] for said in told])


def test_a_document_begins_where_it_begins(tmp_path: Path) -> None:
    """Lines are counted from 1, over pretty ones and damage."""
    path = tmp_path / "log"
    path.write_text('\n{"a": 1}\n{\n "b": 2\n}\njunk\n\n{"c": 3}{"d": 4}\n{"e": 5}')

    assert [(2, "a"), (3, "b"), (8, "c"), (8, "d"), (9, "e")] == [
        (line, next(iter(document))) for line, document in RecordedFile("log", path).documents(lambda _: None)
    ]


def test_a_zipped_file_that_was_cut_short_is_told(read: Read) -> None:
    """What came before the cut may be read."""
    lines = [json.dumps({"number": number, "x": "y" * 50}) for number in range(20_000)]
    content = gzip.compress("\n".join(lines).encode())
    found, told = read(content[: len(content) // 2])

    assert 1 <= len(found) < 20_000
    assert [True] == ["the gzip data is damaged" in said for said in told]


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b", b"\x1f\x8b\x00garbage", gzip.compress(b'{"a": 1}', mtime=0)[:-4] + b"0000"],
    ids=["two bytes", "garbage", "a wrong checksum"],
)
def test_what_only_looks_zipped_is_told(read: Read, content: bytes) -> None:
    """No traceback."""
    assert ["the gzip data is damaged"] == [said.split(": ")[1] for said in read(content)[1]]


def test_what_is_called_zipped_and_is_not_is_read(read: Read) -> None:
    """The first bytes decide, not the name."""
    assert ([A], []) == read('{"a": 1}', name="log.json.gz")


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """It was there when the folder was listed."""
    damage: list[Damage] = []

    assert [] == list(RecordedFile("gone", tmp_path / "gone").documents(damage.append))
    assert ["gone: cannot be read: No such file or directory"] == [str(each) for each in damage]


# Paths


def test_a_folder_stands_for_every_file_in_it(tmp_path: Path) -> None:
    """Recursively, in the order of their names, hidden ones left out."""
    for name in ("b/2.json", "a/1.json.gz", "a/.hidden.json", ".git/x.json", "3.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert [str(tmp_path / name) for name in ("3.jsonl", "a/1.json.gz", "b/2.json")] == [
        file.name for file in recorded_files([str(tmp_path)])
    ]


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    """Only what is found by itself is left out."""
    path = tmp_path / ".log.json"
    path.touch()

    assert [str(path)] == [file.name for file in recorded_files([str(path)])]


def test_paths_are_read_in_the_order_given(tmp_path: Path) -> None:
    """Standard input among them."""
    for name in "ba":
        (tmp_path / name).touch()
    paths = [str(tmp_path / "b"), "-", str(tmp_path / "a")]

    assert paths == [file.name for file in recorded_files(paths)]


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Before anything is read."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        recorded_files([str(tmp_path), "nowhere"])


# Anything at all

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=3)
SPELLED = st.tuples(OBJECTS, st.sampled_from([None, 1]), st.sampled_from(["", "\n", "\r\n", "\n\n", "  "]))


@settings(
    derandomize=True, max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(SPELLED, max_size=6), st.booleans())
def test_sound_documents_are_all_read(read: Read, spelled: list[tuple[Any, Any, str]], zipped: bool) -> None:
    """However they are spelled and whatever stands between them."""
    content = "".join(json.dumps(each, indent=indent) + between for each, indent, between in spelled).encode()

    assert ([each for each, *_ in spelled], []) == read(gzip.compress(content) if zipped else content)


# nothing that would close what another line has opened: the lines would be one document then
JUNK = st.sampled_from(["junk", "{", '{"a":', "[1,", '"abc', "nul", "{'a': 1}", '{"a": 1,}', "\ud800"])


@settings(
    derandomize=True, max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(OBJECTS | JUNK, max_size=8))
def test_damaged_lines_cost_no_sound_line(read: Read, lines: list[Any]) -> None:
    """What can be read is read, and what cannot is told."""
    spelled = [
        line.encode("utf-8", "surrogatepass") if isinstance(line, str) else json.dumps(line).encode() for line in lines
    ]
    found, told = read(b"\n".join(spelled))

    sound = [line for line in lines if not isinstance(line, str)]
    assert sound == [document for document in found if isinstance(document, dict)]
    assert bool(told) == (len(sound) < len(lines))


@settings(
    derandomize=True, max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=60)
    | st.lists(st.sampled_from([b"{", b"}", b"[", b"]", b'"', b"\n", b"\xff", b":", b"1", b","]), max_size=30).map(
        b"".join
    )
)
def test_no_bytes_are_an_error(read: Read, content: bytes) -> None:
    """And none vanish: something is read, something is told, or there was nothing."""
    for data in (content, b"\x1f\x8b\x08\x00" + content, gzip.compress(content)[:-3]):
        found, told = read(data)

        assert (
            found
            or told
            or not data.strip(b" \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85").removeprefix(b"\xef\xbb\xbf").strip()
        )


@pytest.mark.parametrize(
    "content",
    [
        b"\n".join([json.dumps({"pad": ["y" * 30] * 20}, indent=1).encode()] * 4000),
        json.dumps({"pad": ["y" * 30] * 20}).encode() * 4000,
        (json.dumps({"pad": ["y" * 30] * 20}).encode()[:-1] + b"\n") * 4000,
        json.dumps([{"pad": ["y" * 30] * 20}] * 4000, indent=1).encode(),
    ],
    ids=["pretty ones", "one behind the other", "damaged lines", "one pretty list"],
)
def test_a_large_file_takes_time_by_its_size(read: Read, content: bytes) -> None:
    """Twice the size, about twice the time; it was the square of it once. Two and a half megabytes each."""
    begin = time.process_time()
    read(content)

    assert time.process_time() - begin < 3


def test_progress_is_told_now_and_then(tmp_path: Path) -> None:
    """In bytes of the file, not more than there are."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(b'{"a": 1}\n' * 5000))
    told: list[int] = []
    list(RecordedFile("log", path).documents(lambda _: None, told.append))

    assert told
    assert max(told) <= path.stat().st_size


def test_documents_are_handed_out_while_the_stream_is_read() -> None:
    """A log of any length needs no more memory than its longest document."""

    class Endless:
        def readline(self) -> bytes:
            return b'{"a": 1}\n'

    endless: Any = Endless()
    documents = iter(Documents(endless, lambda *_: None, lambda: None))

    assert [(number, A) for number in range(1, 1001)] == [next(documents) for _ in range(1000)]
