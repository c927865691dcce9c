"""A pattern that can match nobody is named, with what would be right."""

from __future__ import annotations

import pytest

from manual_change.domain.policy import TrustedPrincipal
from manual_change.domain.principal_check import slip_in, trusts_a_name


@pytest.mark.parametrize(
    "principal",
    [
        "arn:aws:iam::111122223333:role/deploy-*",
        "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_OnCall_*",
        "arn:aws:iam::1111*:role/ci/*",
        "arn:aws:iam::11112222[34]???:user/alice",
        "arn:aws:iam::*:root",
        "arn:aws:iam::*:*",
        "arn:aws:*:*:*:*",
        "arn:aws*:iam::*:role/deploy",
        "arn:aws-us-gov:iam::111122223333:role/deploy",
        "arn:aws:sts::111122223333:assumed-role/deploy-web/*",
        "arn:aws:sts::111122223333:assumed-role/*",
        "arn:aws:sts::111122223333:federated-user/alice",
        "arn:aws:iam::*:*/deploy",
    ],
)
def test_a_sound_pattern_is_accepted(principal: str) -> None:
    """Roles, sessions, people of IAM, root; any part may be a glob."""
    assert slip_in(principal) is None


@pytest.mark.parametrize(
    ("principal", "mend"),
    [
        ("deploy-*", "whole ARN"),
        ("*", "whole ARN"),
        ("arn:aws:iam:111122223333:role/deploy", "whole ARN"),
        ("arn:iam::111122223333:role/deploy:x", "the partition"),
        ("arn:AWS:iam::111122223333:role/deploy", "the partition"),
        ("arn:aws:s3:::bucket", "arn:aws:iam: or arn:aws:sts:"),
        ("arn:aws:iam:eu-west-1:111122223333:role/deploy", "has none"),
        ("arn:aws:iam::11112222333:role/deploy", "12 digits"),
        ("arn:aws:iam::1111-2222-3333:role/deploy", "12 digits"),
        ("arn:aws:iam:::role/deploy", "12 digits"),
        ("arn:aws:iam::111122223333:roles/deploy", "did you mean 'role'?"),
        ("arn:aws:iam::111122223333:Role/deploy", "did you mean 'role'?"),
        ("arn:aws:iam::111122223333:policy/deploy", "a caller is one of"),
        ("arn:aws:iam::111122223333:role/", '"role/*"'),
        ("arn:aws:iam::111122223333:role", '"role/*"'),
        ("arn:aws:iam::111122223333:role/ci/", "give a name"),
        ("arn:aws:iam::111122223333:root/x", "root alone"),
        ("arn:aws:sts::111122223333:role/deploy", "arn:aws:iam:"),
        ("arn:aws:iam::111122223333:assumed-role/deploy/*", "arn:aws:sts:"),
        ("arn:aws:sts::111122223333:assumed-role/deploy", "assumed-role/ROLE/SESSION"),
        ("arn:aws:sts::111122223333:assumed-role/ci/deploy/*", "assumed-role/ROLE/SESSION"),
    ],
)
def test_a_slip_is_named_with_its_mend(principal: str, mend: str) -> None:
    """Such a pattern would match nobody, and nobody would notice."""
    assert mend in getattr(slip_in(principal), "mend", "nothing found")


@pytest.mark.parametrize(
    ("principal", "via", "expected"),
    [
        ("arn:aws:iam::*:role/deploy-*", (), True),
        ("arn:aws:iam::1111*:role/deploy", (), True),
        ("arn:aws:iam::*:role/deploy", ("terraform",), True),
        ("arn:aws:iam::*:role/deploy", ("cloudformation", "cli"), True),
        ("arn:aws:iam::*:role/deploy", ("cloudformation", "controltower"), False),
        ("arn:aws:iam::111122223333:role/deploy-*", (), False),
        ("arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Release_*", (), False),
    ],
)
def test_a_name_in_several_accounts_is_known_as_such(principal: str, via: tuple[str, ...], expected: bool) -> None:
    """Whoever may create roles there may be trusted by it, unless only AWS's word counts."""
    assert expected is trusts_a_name(TrustedPrincipal(principal, via=via))
