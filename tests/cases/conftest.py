"""Recorded cases: a folder each, with inputs and the decisions that they must lead to.

`config.jsonl` and `cloudtrail.jsonl` are what was recorded, `policy.json` the team's policy, `options.json` what the
command line or the settings would say, `README.md` the fact that the case proves. Each line of `expected.jsonl` names
one decision (`match`) and what it must be; no other decision may come out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from manual_change.domain.attribution import Window
from manual_change.domain.policy import Policy
from manual_change.domain.policy_document import read_policy

COMPARED = ("decision", "verdict", "reason", "calls")
NAMED = ("resource_id", "resource_type", "captured_at", "account", "event_id", "record")


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path

    @property
    def config(self) -> Path | None:
        """What AWS Config sent."""
        return self._file("config.jsonl")

    @property
    def cloudtrail(self) -> Path | None:
        """What CloudTrail recorded."""
        return self._file("cloudtrail.jsonl")

    @cached_property
    def options(self) -> Mapping[str, Any]:
        """What differs from the defaults."""
        file = self._file("options.json")
        return json.loads(file.read_text()) if file else {}

    @cached_property
    def expected(self) -> list[dict[str, Any]]:
        """Every decision, and no other."""
        return read_lines(self.folder / "expected.jsonl")

    @property
    def policy(self) -> Policy:
        """The empty policy where the case has none."""
        file = self._file("policy.json")
        return read_policy(file.read_text()) if file else Policy()

    @property
    def window(self) -> Window:
        """With the types that the recorder records daily."""
        return Window(daily_resource_types=tuple(self.options.get("daily_resource_types", ())))

    @property
    def is_a_stream(self) -> bool:
        """Whether the deployed detector could receive it: it takes no history files."""
        return self.config is not None and "offline" not in self.options

    def _file(self, name: str) -> Path | None:
        file = self.folder / name
        return file if file.exists() else None


def read_lines(file: Path) -> list[Any]:
    """The JSON documents of a file, one a line."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def disagreements(expected: list[dict[str, Any]], decided: list[dict[str, Any]]) -> list[str]:
    """What was expected and did not come, came otherwise, or was not expected."""
    told: list[str] = []
    left = list(decided)
    for line in expected:
        match = [each for each in left if _is_about(each, line["match"])]
        if len(match) != 1:
            told.append(f"{len(match)} decisions about {line['match']}")
            continue
        left.remove(match[0])
        told += [
            f"{key} of {line['match']}: expected {line[key]!r}, found {match[0][key]!r}"
            for key in COMPARED
            if key in line and key in match[0] and line[key] != match[0][key]
        ]
        told += _about_the_actor(line, match[0])
    return told + [f"nobody expected {each}" for each in left]


def _is_about(decided: dict[str, Any], match: Mapping[str, Any]) -> bool:
    return all(decided.get(key) == value for key, value in match.items())


def _about_the_actor(line: dict[str, Any], decided: dict[str, Any]) -> list[str]:
    if "actor" not in line or "actor" not in decided:
        return []
    wanted, found = line["actor"], decided["actor"]
    if wanted is None or found is None:
        return [] if wanted is found else [f"actor of {line['match']}: expected {wanted!r}, found {found!r}"]
    return [
        f"actor's {key} of {line['match']}: expected {value!r}, found {found[key]!r}"
        for key, value in wanted.items()
        if found[key] != value
    ]


FOLDERS = sorted(file.parent for file in Path(__file__).parent.glob("*/expected.jsonl"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a `case` runs for each folder, one that takes a `stream` for those that could be one."""
    for name, cases in (
        ("case", [Case(folder) for folder in FOLDERS]),
        ("stream", [Case(folder) for folder in FOLDERS if Case(folder).is_a_stream]),
    ):
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, cases, ids=[case.folder.name for case in cases])


@pytest.fixture
def compare() -> Any:
    """Compares decisions with what was expected."""
    return disagreements
