"""`manual-change explain`: each rule on the way to a decision, and what of the policy nearly matched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from manual_change_local.commands.explain import command

CASES = Path(__file__).parents[1] / "cases"
ROLE = "arn:aws:iam::444455556666:role/ci/release"
SESSION = "arn:aws:sts::444455556666:assumed-role/release/run-17"
RECORD = {
    "eventID": "call-1",
    "eventTime": "2026-11-22T12:00:00Z",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "AuthorizeSecurityGroupIngress",
    "awsRegion": "eu-west-1",
    "recipientAccountId": "444455556666",
    "userAgent": "aws-cli/2.17.0",
    "requestParameters": {"groupId": "sg-1"},
    "userIdentity": {
        "type": "AssumedRole",
        "arn": SESSION,
        "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}},
    },
}

Explain = Callable[..., Result]


@pytest.fixture
def explained(tmp_path: Path) -> Explain:
    """Explains a call under a policy with these lists."""

    def run(record: dict[str, Any], **lists: list[dict[str, Any]]) -> Result:
        calls, policy = tmp_path / "calls.json", tmp_path / "policy.json"
        calls.write_text(json.dumps(record))
        policy.write_text(json.dumps({"version": 1, **lists}))
        return CliRunner().invoke(command, ["--cloudtrail", str(calls), "--policy", str(policy)])

    return run


def an_entry(principal: str, **fields: Any) -> list[dict[str, Any]]:
    """A list of one entry of the policy."""
    return [{"principal": principal, "reason": "why", **fields}]


def test_a_change_is_walked_through_every_stage() -> None:
    """Noise, calls, actor, decision; what decided is marked."""
    case = CASES / "look-alike-roles-in-any-account"
    files = [f"--{name}={case / name}.jsonl" for name in ("config", "cloudtrail")]

    said = CliRunner().invoke(command, [*files, f"--policy={case / 'policy.json'}", "--resource", "sg-0a1"]).stdout

    assert ["noise", "calls", "actor", "decision"] == list(
        dict.fromkeys(line[4:].split()[0] for line in said.splitlines()[1:] if line.strip())
    )
    assert "● decision silent (automated), trusted-principal" in said


def test_what_the_policy_is_compared_with_is_shown(explained: Explain) -> None:
    """Whoever writes an entry needs the ARN with its path."""
    said = explained(RECORD, trusted_principals=an_entry("arn:aws:iam::*:role/other")).stdout

    assert f"principals of the policy are compared with {ROLE} and {SESSION}\n" in said


@pytest.mark.parametrize(
    ("lists", "note"),
    [
        (
            {"trusted_principals": an_entry("arn:aws:iam::*:role/*release")},
            "arn:aws:iam::*:role/*release nearly matches: a * spans neither parts of an ARN nor slashes",
        ),
        (
            {"trusted_principals": an_entry(ROLE, via=["terraform", "cdk"])},
            f"{ROLE} is trusted only via terraform, cdk, and this call came via cli",
        ),
    ],
    ids=["path", "via"],
)
def test_an_entry_that_nearly_matched_is_named(explained: Explain, lists: Any, note: str) -> None:
    """And why it did not."""
    said = explained(RECORD, **lists).stdout

    assert note in said
    assert "notify (manual), unproven-principal" in said


def test_an_entry_that_always_reports_matches_below_a_path(explained: Explain) -> None:
    """It is no near miss there, and what it was told by is the entry."""
    said = explained(RECORD, always_notify=an_entry("arn:aws:iam::*:role/*release")).stdout

    assert "nearly matches" not in said
    assert "notify (manual), always-notify" in said


def test_a_use_that_is_excepted_is_named(explained: Explain) -> None:
    """Control Tower's own role is always told, but not of Control Tower."""
    service = "controltower.amazonaws.com"
    record = RECORD | {"userIdentity": {**RECORD["userIdentity"], "invokedBy": service}}  # type: ignore[dict-item]

    said = explained(record, always_notify=an_entry(ROLE, unless_via=["controltower"])).stdout

    assert f"{ROLE} is reported, but not when controltower calls" in said


def test_nothing_is_noted_of_an_empty_policy(explained: Explain) -> None:
    """There is nothing to compare with."""
    assert "compared" not in explained(RECORD).stdout


@pytest.mark.parametrize("name", ["Create\x1b[2J", "Create[bold]", "Create\r\n", "Create\u202e"])
def test_no_name_steers_a_terminal(explained: Explain, name: str) -> None:
    """Recorded words are shown as words, whatever is in them."""
    result = explained(RECORD | {"eventName": name})

    assert (0, False) == (result.exit_code, any(steering in result.stdout for steering in ("\x1b", "\r", "\u202e")))


def test_nothing_to_explain_is_said(explained: Explain, tmp_path: Path) -> None:
    """An id that is not in the files."""
    explained(RECORD)

    result = CliRunner().invoke(command, ["--cloudtrail", str(tmp_path / "calls.json"), "--event", "call-2"])

    assert (1, True) == (result.exit_code, "nothing of what was asked for" in result.stderr)
