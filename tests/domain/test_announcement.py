"""Findings as other systems read them: docs/findings.schema.json describes every one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from manual_change.domain.announcement import ANNOUNCEMENT_BYTES, announcement
from manual_change.domain.api_call import ApiCall
from manual_change.domain.change import Change
from manual_change.domain.finding import Finding
from manual_change.domain.investigation import investigate, investigate_call
from manual_change.domain.policy import ALWAYS, Policy

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "findings.schema.json").read_text(encoding="utf-8"))
AChange = Callable[..., Change]
ACall = Callable[..., ApiCall]


@pytest.fixture
def complaints() -> Callable[[object], list[str]]:
    """What the schema has against a detail."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    return lambda detail: [error.message for error in validator.iter_errors(detail)]


def judged(change: Change, *calls: ApiCall) -> Finding:
    """What the rules make of it."""
    finding, _ = investigate(change, calls, Policy(notify_unattributed=ALWAYS))
    return finding


def test_the_schema_describes_what_the_rules_decide(
    complaints: Callable[[object], list[str]], a_change: AChange, a_call: ACall
) -> None:
    """A person's change, one that nobody is known for, a deletion, a call by itself."""
    findings = (
        judged(a_change(name="web", arn="arn:aws:ec2:eu-west-1:111122223333:security-group/sg-1"), a_call()),
        judged(a_change()),
        judged(a_change(change_type="DELETE"), a_call("DeleteSecurityGroup")),
        investigate_call(a_call(), Policy()),
    )

    assert ["manual", "unattributed", "manual", "manual"] == [finding.verdict for finding in findings]
    assert [[]] * 4 == [complaints(announcement(finding)) for finding in findings]


@pytest.mark.parametrize("member", SCHEMA["required"])
def test_the_schema_misses_what_is_missing(
    complaints: Callable[[object], list[str]], a_change: AChange, a_call: ACall, member: str
) -> None:
    """A schema that takes everything would describe nothing."""
    detail = announcement(judged(a_change(), a_call()))
    del detail[member]

    assert [f"'{member}' is a required property"] == complaints(detail)


def test_every_member_is_described(a_change: AChange, a_call: ACall) -> None:
    """And nothing else is."""
    assert set(SCHEMA["properties"]) == set(announcement(judged(a_change(), a_call())))


def test_a_call_says_which_account_it_acted_in(a_call: ACall, an_iam_user: Callable[..., dict[str, Any]]) -> None:
    """A finding without a change has nothing else that would."""
    call = a_call(by=an_iam_user(account="444455556666"), account="111122223333")

    assert ["111122223333"] == [each["account"] for each in announcement(investigate_call(call, Policy()))["calls"]]


def test_the_id_is_the_findings(a_change: AChange, a_call: ACall) -> None:
    """However often it is announced."""
    finding = judged(a_change(), a_call())

    assert finding.id == announcement(finding)["id"] == announcement(replace(finding, reason="other"))["id"]


def test_what_is_too_long_is_shortened_and_still_described(
    complaints: Callable[[object], list[str]], a_change: AChange, a_call: ACall
) -> None:
    """A policy of a megabyte."""
    huge: dict[str, Any] = {"Configuration.Policy": ("x" * 500_000, "y" * 500_000)}

    detail = announcement(judged(a_change(properties=huge), a_call()))

    assert [] == complaints(detail)
    assert len(json.dumps(detail)) < ANNOUNCEMENT_BYTES + 1_000
    assert "more characters" in detail["change"]["properties"][0]["after"]
