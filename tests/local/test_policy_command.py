"""`manual-change policy`: what it says of a document, and what it prints for a tool."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from manual_change.domain.policy_document import read_policy
from manual_change_local.cli import main


def checked(principal: str, folder: Path) -> tuple[int, Path]:
    """The exit status of a check of a policy that trusts this principal."""
    file = folder / "policy.json"
    entry = {"principal": principal, "reason": "the pipeline"}
    file.write_text(json.dumps({"version": 1, "trusted_principals": [entry]}))
    return main(["policy", "check", str(file)]), file


@pytest.mark.parametrize(("account", "notes"), [("*", 1), ("1111*", 1), ("111122223333", 0)])
def test_check_notes_a_name_that_is_trusted_in_several_accounts(
    account: str, notes: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is valid, and whoever may create roles there is trusted by it."""
    status, _ = checked(f"arn:aws:iam::{account}:role/deploy-*", tmp_path)

    assert (0, notes) == (status, capsys.readouterr().out.count("note: trusted_principals[0] trusts a name"))


def test_check_refuses_a_principal_that_can_match_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the slip and its mend."""
    status, _ = checked("arn:aws:iam::11112222333:role/deploy", tmp_path)
    told = capsys.readouterr().err

    assert (2, True) == (status, "names the account '11112222333'; an account is 12 digits" in told)


@pytest.mark.parametrize(
    ("name", "key"),
    [("control-tower", "trusted_principals"), ("break-glass", "always_notify"), ("cdk", "trusted_principals")],
)
def test_a_preset_for_every_account_fits_into_a_policy(name: str, key: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed can be pasted under the key that the help names."""
    status = main(["policy", "preset", name, "every-account"])
    policy = read_policy({"version": 1, key: json.loads(capsys.readouterr().out)})

    assert (0, True) == (status, all(":*:role/" in entry["principal"] for entry in policy.to_json()[key]))


@pytest.mark.parametrize(
    ("arguments", "mend"),
    [
        (["account-factory-for-terraform", "every-account"], "one account's twelve digits"),
        (["cdk", "*"], "'every-account'"),
        (["cdk", "1234"], "twelve digits"),
    ],
)
def test_a_preset_that_would_trust_a_name_is_refused(
    arguments: list[str], mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what would be right."""
    status = main(["policy", "preset", *arguments])

    assert (2, True) == (status, mend in capsys.readouterr().err)
