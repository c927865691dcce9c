"""Patterns of a suppression that can match nothing are known as such."""

from __future__ import annotations

import pytest

from manual_change.domain.suppression_check import FORMS, slip_in_field

SOUND = {
    "account": ("*", "1111*", "111122223333", "11112222[34]???"),
    "region": ("*", "eu-*", "eu-west-1", "us-gov-east-1", "ap-southeast-4", "global", "?s-*"),
    "resource_type": ("*", "AWS::RDS::*", "AWS::EC2::Instance", "AW*", "*Instance", "Shop::Own::Type"),
    "call": (
        "*",
        "rds.amazonaws.com:Modify*",
        "*:Modify*",
        "ec2*:*",
        "ec2.amazonaws.com.cn:*",
        "[er]*.amazonaws.com:x",
    ),
}
VOID = {
    "account": ("", "1234", "1111-2222-3333", "prod", "1111222233334"),
    "region": ("", "eu-west1", "eu-west-1a", "EU-WEST-1", "Ireland"),
    "resource_type": ("", "AWS:RDS:*", "aws::rds::dbinstance", "RDS", "SecurityGroup"),
    "call": ("", "Modify*", "rds:Modify*", "ModifyDBInstance", "rds.amazonaws.com"),
}


@pytest.mark.parametrize(("field", "pattern"), [(field, pattern) for field in FORMS for pattern in SOUND[field]])
def test_what_can_match_is_accepted(field: str, pattern: str) -> None:
    """Names as AWS spells them, and globs over these."""
    assert slip_in_field(field, pattern) is None


@pytest.mark.parametrize(("field", "pattern"), [(field, pattern) for field in FORMS for pattern in VOID[field]])
def test_what_can_match_nothing_gets_its_mend(field: str, pattern: str) -> None:
    """Spelled otherwise than AWS writes it."""
    assert FORMS[field].mend == slip_in_field(field, pattern)
