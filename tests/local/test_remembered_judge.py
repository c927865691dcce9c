"""The memory of the replay's judge: it may forget, and it may never mistake one caller for another."""

from __future__ import annotations

from typing import Any

import pytest

from manual_change.domain.api_call import read_call
from manual_change.domain.evidence import judge
from manual_change.domain.policy import Policy
from manual_change_local.remembered_judge import EXAMINED, RememberedJudge

PERSON = {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/alice", "userName": "alice"}
ROLE = {
    "type": "AssumedRole",
    "arn": "arn:aws:sts::111122223333:assumed-role/deploy/release",
    "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/deploy"}},
}


class Watched(dict[str, Any]):
    """A record that notes which of its fields are looked at."""

    def __init__(self, fields: dict[str, Any]) -> None:
        super().__init__(fields)
        self.seen: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return super().get(key, default)


def a_record(**fields: Any) -> dict[str, Any]:
    """An ordinary write."""
    return {
        "eventID": "00000000-0000-4000-8000-000000000001",
        "eventName": "AuthorizeSecurityGroupIngress",
        "eventSource": "ec2.amazonaws.com",
        "eventTime": "2026-03-01T10:00:00Z",
        "eventType": "AwsApiCall",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": PERSON,
        "userAgent": "aws-cli/2.15.0",
        "sourceIPAddress": "203.0.113.7",
    } | fields


@pytest.mark.parametrize("identity", [PERSON, ROLE, {"type": "AWSService"}, {"type": "Root"}, None, "alice"])
def test_all_that_the_table_looks_at_is_part_of_the_key(identity):
    """A field that a new row examines must tell callers apart here too."""
    call = read_call(a_record(userIdentity=identity))
    watched = Watched(dict(call.record))
    call.record = watched

    judge(call, Policy())

    assert watched.seen <= set(EXAMINED)


@pytest.mark.parametrize(
    "other",
    [
        {"userIdentity": ROLE},
        {"userAgent": "APN/1.0 HashiCorp/1.0 Terraform/1.9"},
        {"sourceIPAddress": "cloudformation.amazonaws.com"},
        {"eventType": "AwsServiceEvent"},
        {"sessionCredentialFromConsole": "true"},
    ],
)
def test_a_caller_that_differs_is_judged_anew(other):
    """Each examined field alone changes the answer."""
    remembered = RememberedJudge(Policy())
    remembered(read_call(a_record()))

    assert judge(read_call(a_record(**other)), Policy()) == remembered(read_call(a_record(**other)))


def test_what_json_cannot_spell_is_judged_all_the_same():
    """A lone surrogate in a name: nothing is remembered, nothing is lost."""
    call = read_call(a_record(userIdentity=PERSON | {"userName": "\ud800"}))

    assert judge(call, Policy()) == RememberedJudge(Policy())(call)
