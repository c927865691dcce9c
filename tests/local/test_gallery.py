"""The gallery shows every kind of message, and Slack would take each."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from manual_change.domain.actor import PERSON, ROOT, UNKNOWN
from manual_change.domain.severity import LEVELS, severity
from manual_change_local.cli import main
from manual_change_local.gallery import samples
from manual_change_local.gallery.browser import without_empty_rows
from manual_change_local.gallery.pages import pages
from manual_change_local.slack_stand_in.block_kit import complaints


def test_every_severity_and_verdict_has_a_sample() -> None:
    """And so has every kind of actor that people are told about."""
    findings = samples.single()

    assert set(LEVELS) == {severity(finding).level for finding in findings}
    assert {"manual", "unattributed"} == {finding.verdict for finding in findings}
    assert {PERSON, ROOT, UNKNOWN} == {finding.actor.kind for finding in findings if finding.actor}


def test_each_language_has_its_pages() -> None:
    """Single messages, and those that several findings share."""
    assert ["message", "single-en", "grouped-en", "single-ja", "grouped-ja"] == [page.name for page in pages()]


def test_slack_would_take_every_message() -> None:
    """What is shown is what would be posted."""
    assert [] == [
        complaint for page in pages() for message in page.messages for complaint in complaints(message["blocks"])
    ]


def test_the_pages_are_the_same_in_every_run() -> None:
    """A picture that changes with the clock would never be up to date."""
    assert [page.html for page in pages()] == [page.html for page in pages()]


def test_render_writes_the_pages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No browser is needed for them."""
    assert 0 == main(["render", "--output", str(tmp_path)])

    written = sorted(path.name for path in tmp_path.iterdir())
    assert ["grouped-en.html", "grouped-ja.html", "message.html", "single-en.html", "single-ja.html"] == written
    assert str(tmp_path / "single-en.html") in capsys.readouterr().out


def test_pictures_without_a_browser_say_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)

    assert 1 == main(["render", "--output", str(tmp_path / "out"), "--pictures"])
    assert "apt-get install chromium" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_browser_that_is_named_and_missing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typo in the variable."""
    monkeypatch.setenv("CHROMIUM", "chromiun")

    assert 1 == main(["render", "--output", str(tmp_path), "--pictures"])
    assert "CHROMIUM is 'chromiun', and there is no such program" in capsys.readouterr().err


def test_the_empty_end_of_a_picture_is_cut_off() -> None:
    """All but a margin; what is above stays byte for byte."""
    rows = [b"\0" + bytes([number, 0, 0]) for number in range(4)] + [b"\0\xff\xff\xff"] * 50

    cut = without_empty_rows(a_png(rows), margin=3)

    assert a_png(rows[:7]) == cut


def a_png(rows: list[bytes]) -> bytes:
    """A picture one pixel wide, of rows as they are written: a filter and the colours."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, len(rows), 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def test_the_committed_pages_show_what_is_drawn_today() -> None:
    """`make pictures` was run after the last change of a message."""
    folder = Path(__file__).parents[2] / "docs" / "images"

    assert [page.html for page in pages()] == [(folder / f"{page.name}.html").read_text("utf-8") for page in pages()]
    assert all(re.match(rb"\x89PNG", (folder / f"{page.name}.png").read_bytes()) for page in pages())
