"""Every recorded case through `replay`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from manual_change_local.recorded_files import Damage, RecordedFile
from manual_change_local.recorded_input import Reading
from manual_change_local.replay import Decision, Replay


def replayed(case: Any) -> tuple[list[dict[str, Any]], list[Damage]]:
    """Every decision about a case, and what could not be read."""
    damage: list[Damage] = []
    replay = Replay(Reading(damage.append), case.policy, case.window, keep_all=True)
    config, cloudtrail = ([RecordedFile(file.name, file)] if file else [] for file in (case.config, case.cloudtrail))
    decisions = replay.changes(config, cloudtrail) if config else replay.calls(cloudtrail)
    return [flat(decision) for decision in decisions], damage


def flat(decision: Decision) -> dict[str, Any]:
    """What a case may name a decision by, and what is compared."""
    told = decision.to_json()
    change = told["change"]
    calls = [call["event_id"] for call in told["calls"]]
    about: dict[str, Any] = {"event_id": calls[0]} if calls else {"record": told["source"]["record"]}
    return told | {"calls": calls} | (change or about)


def test_a_case_is_decided_as_expected(case: Any, compare: Callable[..., list[str]]) -> None:
    """Every decision that was expected, and no other."""
    decided, damage = replayed(case)

    assert ([], []) == (compare(case.expected, decided), damage)


def test_a_case_says_in_one_sentence_what_it_proves(case: Any) -> None:
    """README.md, for whoever wonders."""
    fact = (case.folder / "README.md").read_text()

    assert (True, 1) == (fact.strip().endswith("."), fact.count("\n"))


def test_nothing_but_the_files_of_a_case_is_in_its_folder(case: Any) -> None:
    """A misspelled name would go unnoticed."""
    known = {"README.md", "config.jsonl", "cloudtrail.jsonl", "policy.json", "options.json", "expected.jsonl"}

    assert set() == {file.name for file in case.folder.iterdir()} - known


@pytest.mark.parametrize("word", ["example.com", "111122223333"])
def test_the_cases_speak_of_nobody(word: str, request: pytest.FixtureRequest) -> None:
    """Documentation accounts and names only."""
    cases = request.path.parent

    assert any(word in file.read_text() for file in cases.glob("*/*.jsonl"))
