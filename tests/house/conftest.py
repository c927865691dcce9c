"""What the tests of the house look at: its files, its documents, what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2]

_FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(?P<marks>#+) (?P<title>.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One of the project's Markdown files."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path from the root of the project: `docs/why.md`."""
        return self.path.relative_to(HOUSE).as_posix()

    @property
    def prose(self) -> str:
        """The text without its code blocks."""
        return _FENCE.sub("", self.text)

    def blocks(self, language: str) -> list[str]:
        """The code blocks in a language, in order."""
        return [block["text"] for block in _FENCE.finditer(self.text) if block["language"] == language]

    def section(self, title: str) -> str:
        """The text below a heading, up to the next one of its level."""
        headings = list(_HEADING.finditer(self.text))
        [found] = [heading for heading in headings if heading["title"] == title]
        ends = (each.start() for each in headings if each.start() > found.end() and each["marks"] <= found["marks"])
        return self.text[found.end() : next(ends, len(self.text))]

    @property
    def anchors(self) -> set[str]:
        """What a link may point to after `#`: the headings, spelled as forges spell them."""
        titles = (heading["title"] for heading in _HEADING.finditer(self.prose))
        return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture(scope="session")
def house() -> Path:
    """The root of the project."""
    return HOUSE


@pytest.fixture(scope="session")
def project_files() -> list[Path]:
    """Every file of the project: all but what .gitignore leaves out."""
    ignored = {line.strip("/") for line in (HOUSE / ".gitignore").read_text().split()} | {".git"}
    return sorted(_files(HOUSE, ignored))


def _files(folder: Path, ignored: set[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in ignored or any(path.match(pattern) for pattern in ignored):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path, ignored)
        else:
            yield path


@pytest.fixture(scope="session")
def documents(project_files: list[Path]) -> dict[str, Document]:
    """Every Markdown file of the project, by name."""
    found = [Document(path, path.read_text(encoding="utf-8")) for path in project_files if path.suffix == ".md"]
    return {document.name: document for document in found}


@pytest.fixture(scope="session")
def readme(documents: dict[str, Document]) -> Document:
    """The first thing that people read."""
    return documents["README.md"]
