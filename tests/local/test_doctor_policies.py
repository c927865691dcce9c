"""Policy documents, as far as the doctor reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from manual_change_local.doctor.policies import Denial, denials, lets_subscribe

SHOP, AUDIT = "111122223333", "222233334444"
NEEDED = ("config:PutConfigurationRecorder", "events:PutRule")


def a_document(*statements: dict[str, Any]) -> str:
    """Of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.mark.parametrize(
    ("statement", "denied"),
    [
        ({"Action": "config:*"}, NEEDED[:1]),
        ({"Action": ["CONFIG:putconfiguration*", "events:PutRule"]}, NEEDED),
        ({"Action": "*"}, NEEDED),
        ({"NotAction": ["config:*", "iam:*"]}, NEEDED[1:]),
        ({"Action": "s3:*"}, ()),
        ({"Action": "events:*", "Resource": "arn:aws:events:*:*:rule/aws-controltower-*"}, ()),
        ({"Action": "events:*", "Effect": "Allow"}, ()),
    ],
)
def test_what_a_policy_denies_of_what_is_needed(statement: dict[str, Any], denied: tuple[str, ...]) -> None:
    """On all resources: others are called otherwise."""
    document = a_document({"Effect": "Deny", "Resource": "*"} | statement)

    assert denied == tuple(denial.action for denial in denials(document, NEEDED))


def test_a_denial_with_conditions_may_except_somebody() -> None:
    """Control Tower's own controls except its role. A denial without conditions excepts nobody."""
    conditions = {"Condition": {"ArnNotLike": {"aws:PrincipalARN": "arn:aws:iam::*:role/AWSControlTowerExecution"}}}
    excepting = {"Effect": "Deny", "Action": "events:PutRule", "Resource": "*"} | conditions
    strict = {"Effect": "Deny", "Action": "events:*", "Resource": "*"}

    assert (Denial("events:PutRule", conditional=True),) == denials(a_document(excepting), NEEDED)
    assert (Denial("events:PutRule", conditional=False),) == denials(a_document(excepting, strict), NEEDED)


def test_a_denial_that_spares_resources_may_spare_ours() -> None:
    """All but roles called `cdk-*`, say: whether a deployment's are among them, nobody judges here."""
    sparing = {"Effect": "Deny", "Action": "events:PutRule", "NotResource": "arn:aws:events:*:*:rule/ours-*"}
    strict = {"Effect": "Deny", "Action": "events:PutRule", "Resource": "*"}

    assert (Denial("events:PutRule", conditional=True),) == denials(a_document(sparing), NEEDED)
    assert (Denial("events:PutRule", conditional=False),) == denials(a_document(sparing, strict), NEEDED)


def test_an_unreadable_policy_denies_nothing() -> None:
    """A deployment would say what is so."""
    assert () == denials("{", NEEDED)


ALLOW = {"Effect": "Allow", "Action": "SNS:Subscribe", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}
INSECURE = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
OF_OWNER = {"Condition": {"StringEquals": {"AWS:SourceOwner": AUDIT}}}
OF_OURS = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}}
OF_OTHERS = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ["o-zzzzz12345"]}}}
BY_MAIL = {"Condition": {"StringEquals": {"sns:Protocol": "email"}}}


@pytest.mark.parametrize(
    ("owner", "statements", "lets"),
    [
        (SHOP, [], True),
        (SHOP, [DENY], False),
        (SHOP, [DENY | INSECURE], True),
        (AUDIT, [], False),
        (AUDIT, [ALLOW | {"Principal": {"AWS": SHOP}}], True),
        (AUDIT, [ALLOW | {"Principal": {"AWS": ["x", f"arn:aws:iam::{SHOP}:root"]}}], True),
        (AUDIT, [ALLOW | {"Principal": {"AWS": "333344445555"}}], False),
        (AUDIT, [ALLOW | {"Principal": {"Service": "config.amazonaws.com"}}], False),
        (AUDIT, [ALLOW | {"Principal": "*"}], True),
        (AUDIT, [ALLOW | {"Principal": "*"}, DENY], False),
        (AUDIT, [ALLOW | {"Principal": {"AWS": "*"}} | OF_OWNER], False),
        (AUDIT, [ALLOW | {"Principal": "*"} | OF_OURS], True),
        (AUDIT, [ALLOW | {"Principal": "*"} | OF_OTHERS], False),
        (AUDIT, [ALLOW | {"Principal": "*"} | BY_MAIL], None),
        (AUDIT, [ALLOW | {"Principal": "*", "Action": "SNS:Publish"}], False),
    ],
)
def test_whether_a_topic_lets_an_account_subscribe(
    owner: str, statements: list[dict[str, Any]], lets: bool | None
) -> None:
    """The owner's own principals need no statement; others do; conditions that nobody can judge decide nothing."""
    found = lets_subscribe(a_document(*statements), owner=owner, account=SHOP, organization="o-abcde12345")

    assert lets is found
