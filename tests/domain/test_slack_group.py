"""The message about several findings."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.grouping import groups
from manual_change.domain.slack import finding_message
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def a_finding(of: str = "sg-1", *, by: str = "alice", kind: str = "person", number: int = 0, **changed: Any) -> Finding:
    """A change of a security group by a call of its own."""
    call = CallReference(
        event_id=f"call-{number}",
        event_source="ec2.amazonaws.com",
        event_name="AuthorizeSecurityGroupIngress",
        event_time=NOON + timedelta(seconds=number),
        region="eu-west-1",
        console_url=f"https://console.aws.amazon.com/{number}",
    )
    described = PropertyChange("Configuration.Description", "old", "new")
    change = Change(Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", of), "UPDATE", NOON, (described,))
    principal = f"arn:aws:sts::111122223333:assumed-role/Admin/{by}"
    actor = Actor(kind=kind, name=by, principal=principal, via="console", source_ip="203.0.113.7", mfa=True)
    return Finding(
        **(
            {
                "decision": "notify",
                "verdict": "manual",
                "reason": "console-session",
                "explanation": "-",
                "change": change,
                "actor": actor,
                "calls": (call,),
                "evidence": ("sessionCredentialFromConsole is true",),
            }
            | changed
        )
    )


def written(message: dict[str, Any]) -> str:
    """Everything the message says."""
    return json.dumps(message, ensure_ascii=False).replace("\\n", "\n")


def test_one_finding_has_the_message_of_its_own() -> None:
    """A group of one is none."""
    assert finding_message(a_finding()) == group_message([a_finding()])


@pytest.mark.parametrize(
    "said",
    [
        "🟡 Medium: alice changed 2 resources by hand · 111122223333, eu-west-1",
        "`alice` made 2 API calls between",
        "*Account*\n`111122223333`",
        "*How*\nconsole · `203.0.113.7` · with MFA",
        "*Region*\n`eu-west-1`",
        "🟡 *EC2 SecurityGroup* `sg-1` was changed `ec2:AuthorizeSecurityGroupIngress`",
        "<https://console.aws.amazon.com/0|CloudTrail event>\n`Description`\n`old` → `new`",
        "*Why*: sessionCredentialFromConsole is true",
    ],
)
def test_the_message_of_a_session_tells(said: str) -> None:
    """Who and how once; what, from where to where, and the call of each resource."""
    assert said in written(group_message([a_finding(), a_finding("sg-2", number=1)]))


def test_what_is_not_shown_is_listed_or_counted() -> None:
    """Six with their values, fifteen by name, the rest as a number."""
    told = written(group_message([a_finding(f"sg-{number}", number=number) for number in range(40)]))

    assert 6 == told.count("`old` → `new`")
    assert "and 19 more; the findings table has all of them" in told


def test_a_follow_up_says_that_it_is_one() -> None:
    """Also where it is about one resource."""
    message = group_message([a_finding("sg-9")], again=True)

    assert (
        "🟡 Medium: alice also changed, with a call told before: 1 more · 111122223333, eu-west-1: sg-9"
        == message["text"]
    )
    assert "`alice` made one API call, <!date^" in written(message)


def test_roots_session_is_as_loud_as_root() -> None:
    """It is not said to have been by hand: root has no other way."""
    message = group_message([a_finding("sg-1", kind="root"), a_finding("sg-2", kind="root")])

    assert message["text"].startswith("🔴 Critical: ROOT changed 2 resources")


def test_calls_without_a_change_are_counted_as_calls() -> None:
    """Judged by themselves."""
    message = group_message([a_finding(change=None), a_finding(change=None, number=1)])

    assert "⚪ Low: alice made 2 calls by hand · 111122223333" == message["text"]


def test_a_storm_is_counted_by_severity_and_by_who() -> None:
    """Who to ask first."""
    findings = [a_finding(f"sg-{number}", by=f"person-{number % 7}", number=number) for number in range(70)]

    told = written(group_message(findings))

    assert "🟡 Medium: 70 changes by 7 principals at once" in told
    assert "🟡 Medium: *70*" in told
    assert "*Who*\n`person-0`: *10*" in told
    assert "*Account*\n`111122223333`: *70*" in told


def test_the_account_has_its_name_and_links_lead_into_it() -> None:
    """Through the access portal, where a browser is signed in to another account."""
    look = Look(account_names={"111122223333": "shop <prod>"}, start_url="https://d-1.awsapps.com/start/")

    told = written(group_message([a_finding(), a_finding("sg-2", number=1)], look))

    assert "*Account*\nshop &lt;prod&gt; `111122223333`" in told
    assert (
        "<https://d-1.awsapps.com/start/#/console?account_id=111122223333"
        "&amp;destination=https%3A%2F%2Fconsole.aws.amazon.com%2F0|CloudTrail event>"
    ) in told


def test_the_group_is_japanese_where_that_is_wanted() -> None:
    """Names and values stay as they are."""
    message = group_message([a_finding(), a_finding("sg-2", number=1)], Look(language="ja"))

    assert "🟡 中: alice が 2 件のリソースを手動で変更しました · 111122223333, eu-west-1: sg-1, sg-2" == message["text"]


def test_calls_in_two_accounts_are_two_sessions() -> None:
    """The same principal, and a message that names one account."""
    principal = "arn:aws:sts::111122223333:assumed-role/Admin/alice"
    by = Actor(kind="person", name="alice", principal=principal, via="console", source_ip=None, mfa=True)
    first, second = (
        replace(finding, change=None, actor=by, calls=(replace(finding.calls[0], account=account),))
        for finding, account in ((a_finding(number=1), "444455556666"), (a_finding(number=2), "777788889999"))
    )

    told = group_message([first, first])["blocks"]

    assert 2 == len(groups([first, second]))
    assert (True, False) == ("· 444455556666" in json.dumps(told, ensure_ascii=False), "· 1111" in str(told))
