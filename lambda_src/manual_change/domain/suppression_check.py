"""Whether the patterns of a suppression or a window can match anything. TABLE: field -> what it may look like.

One that cannot silences nothing, and nobody would know why: `rds:Modify*` (as IAM's policies spell it), `AWS:RDS:*`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from manual_change.domain.principal_check import ACCOUNT, AN_ACCOUNT


class Form(NamedTuple):
    """What a pattern must look like."""

    form: re.Pattern[str]
    mend: str


FORMS: Final[Mapping[str, Form]] = {
    "account": Form(ACCOUNT, AN_ACCOUNT),
    "region": Form(
        re.compile(r".*[*?\[].*|global|[a-z]{2,4}(-[a-z]+)+-\d+"),
        'a region is its code, "eu-west-1", a glob over it, "eu-*", or "global" for IAM',
    ),
    "resource_type": Form(
        re.compile(r"[^:]*[*?\[].*|AWS::.*|(?!(?i:aws)::)[^:]+::.*"),
        'a resource type is spelled as AWS Config does, "AWS::RDS::DBInstance", or a glob over it, "AWS::RDS::*"',
    ),
    "call": Form(
        re.compile(r"\*|[^:]*[*?\[][^:]*:.*|[^:]+\.amazonaws\.com(\.cn)?:.*"),
        'use "service.amazonaws.com:Name", for instance "rds.amazonaws.com:Modify*" or "*:Modify*"',
    ),
}


def slip_in_field(field: str, pattern: str) -> str | None:
    """The mend of a pattern that can match nothing; None where it is sound."""
    known = FORMS[field]
    return None if known.form.fullmatch(pattern) else known.mend
