"""Chromium without a window: it draws a page into a picture."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDTH: Final = 820
HEIGHT: Final = 7000
"""Pixels of CSS: more than any page has; what is empty below the page is cut off."""
SCALE: Final = 1
MARGIN: Final = 32
TIMEOUT: Final = 120.0
"""Seconds for one page."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


class BrowserError(RuntimeError):
    """There is no browser, or it drew nothing; the message says what would help."""


def browser() -> str:
    """The program.

    Raises:
        BrowserError: there is none.
    """
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise BrowserError(
            f"CHROMIUM is {named!r}, and there is no such program"
            if named
            else f"pictures need Chromium, and none of {', '.join(NAMES)} is on the PATH; install it "
            "(Debian: apt-get install chromium fonts-noto-color-emoji fonts-noto-cjk) or name one in CHROMIUM"
        )
    return found


def picture(page: Path) -> bytes:
    """The page as a PNG, as high as it is.

    Raises:
        BrowserError: there is no browser, or it failed.
    """
    with TemporaryDirectory(prefix="manual-change-render-") as folder:
        target = Path(folder) / "page.png"
        _run(page, f"--screenshot={target}", f"--window-size={WIDTH},{HEIGHT}", profile=folder)
        if not target.is_file():
            raise BrowserError(f"{browser()} drew no picture of {page}")
        return without_empty_rows(target.read_bytes(), margin=MARGIN * SCALE)


def dom(page: Path) -> str:
    """The page as the browser understood it.

    Raises:
        BrowserError: there is no browser, or it failed.
    """
    with TemporaryDirectory(prefix="manual-change-render-") as folder:
        return _run(page, "--dump-dom", profile=folder)


def _run(page: Path, *options: str, profile: str) -> str:
    command = [
        browser(),
        "--headless",
        "--no-sandbox",  # the page is ours, forbids scripts and loads nothing; in containers there is no sandbox
        "--disable-gpu",
        "--hide-scrollbars",
        f"--force-device-scale-factor={SCALE}",
        f"--user-data-dir={profile}/profile",
        *options,
        page.resolve().as_uri(),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except subprocess.TimeoutExpired:
        raise BrowserError(f"{command[0]} did not draw {page} within {TIMEOUT:g} s") from None
    if done.returncode:
        raise BrowserError(
            f"{command[0]} failed on {page} (exit status {done.returncode}): {done.stderr.strip()[-500:]}"
        )
    return done.stdout


def without_empty_rows(png: bytes, *, margin: int) -> bytes:
    """The picture without the equal rows at its end, but for `margin` of them.

    Rows are compared as they are written, filtered: what is cut off is the end, so that no kept row depends on it.
    """
    header, pixels = b"", b""
    for kind, data in _chunks(png):
        header = data if kind == b"IHDR" else header
        pixels += data if kind == b"IDAT" else b""
    width, height, depth, colours = struct.unpack(">IIBB", header[:10])
    row = 1 + width * depth // 8 * {0: 1, 2: 3, 4: 2, 6: 4}[colours]
    rows = zlib.decompress(pixels)
    last, kept = rows[-row:], height
    while kept > 1 and rows[(kept - 1) * row : kept * row] == last:
        kept -= 1
    kept = min(height, kept + margin)
    cut = struct.pack(">II", width, kept) + header[8:]
    data = zlib.compress(rows[: kept * row], 9)
    return _SIGNATURE + _chunk(b"IHDR", cut) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    position = len(_SIGNATURE)
    while position < len(png):
        (length,) = struct.unpack_from(">I", png, position)
        yield png[position + 4 : position + 8], png[position + 8 : position + 8 + length]
        position += length + 12


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
