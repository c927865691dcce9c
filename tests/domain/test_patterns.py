"""What a glob spans: any text, and of a principal's ARN one part, between two slashes."""

from __future__ import annotations

import pytest

from manual_change.domain.patterns import matches, matches_principal

ACCOUNT = "arn:aws:iam::111122223333"
SESSIONS = "arn:aws:sts::111122223333"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("deploy", "deploy", True),
        ("deploy", "deploy-2", False),
        ("deploy", "my-deploy", False),
        ("deploy-*", "deploy-", True),
        ("deploy-?", "deploy-1", True),
        ("deploy-?", "deploy-12", False),
        ("deploy-[ab]", "deploy-a", True),
        ("Deploy", "deploy", False),
        ("*", None, True),
        ("*", "anything\nat all", True),
        ("a*", None, False),
        ("", "", True),
    ],
)
def test_patterns_are_globs_over_the_whole_value(pattern: str, value: str | None, expected: bool) -> None:
    """DESIGN, section 5.5; case counts, and `*` matches also where there is no value."""
    assert expected is matches(pattern, value)


@pytest.mark.parametrize(
    ("resource", "matched", "other"),
    [
        ("role/deploy-*", "role/deploy-web", "role/ci/deploy-web"),
        ("role/deploy-*", "role/deploy-", "role/deploy-/alice"),
        ("role/*-deploy", "role/web-deploy", "role/ci/web-deploy"),
        ("role/d?ploy", "role/deploy", "role/d/ploy"),
        ("role/d[!x]ploy", "role/deploy", "role/d/ploy"),
        ("role/ci/deploy-*", "role/ci/deploy-web", "role/ci/x/deploy-web"),
        ("role/*/deploy", "role/ci/deploy", "role/ci/x/deploy"),
        ("role/*/deploy", "role/:role/deploy", "role/deploy"),
        ("role/ci/*", "role/ci/deploy", "role/ci-2/deploy"),
        ("role/ci/*", "role/ci/team/deploy", "role/ci"),
        ("role/*", "role/ci/team/deploy", "user/alice"),
        ("*", "role/ci/team/deploy", ""),
        ("*/deploy", "role/deploy", "role/ci/deploy"),
        ("root", "root", "role/root"),
    ],
)
def test_a_glob_stays_between_two_slashes(resource: str, matched: str, other: str) -> None:
    """Except for a `*` that stands alone at the end: that is everything below."""
    pattern = f"arn:aws:iam::*:{resource}"

    assert [True, False] == [
        matches_principal(pattern, f"{ACCOUNT}:{each}" if each else "no ARN") for each in (matched, other)
    ]


@pytest.mark.parametrize(
    ("pattern", "matched", "other"),
    [
        ("assumed-role/deploy/*", "assumed-role/deploy/run-17", "assumed-role/deploy-2/run-17"),
        ("assumed-role/deploy-*/*", "assumed-role/deploy-web/run-17", "assumed-role/web-deploy/run-17"),
        ("assumed-role/*/alice@example.com", "assumed-role/Admin/alice@example.com", "assumed-role/Admin/bob"),
        ("federated-user/ci-*", "federated-user/ci-1", "federated-user/alice"),
    ],
)
def test_a_session_is_matched_by_role_and_name(pattern: str, matched: str, other: str) -> None:
    """Its ARN holds no path."""
    assert [True, False] == [
        matches_principal(f"arn:aws:sts::*:{pattern}", f"{SESSIONS}:{each}") for each in (matched, other)
    ]


@pytest.mark.parametrize("region", ["", "eu-west-1/"])
def test_identity_center_s_roles_are_matched_with_and_without_a_region(region: str) -> None:
    """Nobody but Identity Center makes roles below its path, so that a `*` spans what is there."""
    role = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{region}AWSReservedSSO_OnCall_0123456789abcdef"
    pattern = f"{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_OnCall_*"

    assert matches_principal(pattern, role)


@pytest.mark.parametrize(
    "pattern",
    [
        "arn:aws:iam::444455556666:role/deploy",
        "arn:aws:iam::444*:role/deploy",
        "arn:aws-cn:iam::*:role/deploy",
        "arn:aws:sts::*:role/deploy",
        "arn:aws:iam:eu-*:*:role/deploy",
    ],
)
def test_every_part_of_the_arn_counts(pattern: str) -> None:
    """Partition, service, region, account and resource each have their own glob."""
    assert not matches_principal(pattern, f"{ACCOUNT}:role/deploy")


@pytest.mark.parametrize("account", ["", "aws", "role/x"])
def test_an_account_is_digits(account: str) -> None:
    """Whatever a glob of accounts would span."""
    assert not matches_principal("arn:aws:iam::*:role/deploy", f"arn:aws:iam::{account}:role/deploy")


@pytest.mark.parametrize("pattern", ["*", "arn:*", "*:role/deploy", "*deploy"])
def test_a_pattern_that_is_no_whole_arn_spans_everything(pattern: str) -> None:
    """A suppression may say so; trust has to name a whole ARN."""
    assert matches_principal(pattern, f"{ACCOUNT}:role/deploy")


def test_the_lead_of_several_arns_is_enough() -> None:
    """A principal has its role's ARN and its session's."""
    arns = (f"{ACCOUNT}:role/deploy", f"{SESSIONS}:assumed-role/deploy/run-17")

    assert matches_principal("arn:aws:sts::*:assumed-role/deploy/*", *arns)
