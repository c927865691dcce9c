"""The message about a finding."""

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
from manual_change.domain.slack import finding_message
from manual_change.domain.slack_look import Look

NOON = datetime(2026, 11, 22, 12, 0, 41, tzinfo=UTC)


def an_actor(kind: str = "person", name: str = "alice@example.com", **changed: Any) -> Actor:
    """A person in the console, with MFA."""
    principal = f"arn:aws:sts::111122223333:assumed-role/Admin/{name}"
    seen: dict[str, Any] = {"principal": principal, "via": "console", "source_ip": "203.0.113.7", "mfa": True}
    return Actor(kind=kind, name=name, **(seen | changed))


def a_call(name: str = "AuthorizeSecurityGroupIngress", *, seconds_before: int = 41) -> CallReference:
    """A call of EC2."""
    return CallReference(
        event_id="0a1b",
        event_source="ec2.amazonaws.com",
        event_name=name,
        event_time=NOON - timedelta(seconds=seconds_before),
        region="eu-west-1",
        console_url="https://eu-west-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-west-1#/events/0a1b",
    )


def a_change(*properties: PropertyChange, **changed: Any) -> Change:
    """A change of a security group."""
    group = Resource("111122223333", "eu-west-1", "AWS::EC2::SecurityGroup", "sg-1", "web")
    return Change(
        **({"resource": group, "change_type": "UPDATE", "captured_at": NOON, "properties": properties} | changed)
    )


def a_finding(**changed: Any) -> Finding:
    """A person's change in the console."""
    return Finding(
        **(
            {
                "decision": "notify",
                "verdict": "manual",
                "reason": "console-session",
                "explanation": "alice@example.com called AuthorizeSecurityGroupIngress in the console",
                "change": a_change(PropertyChange("Configuration.Description", "old", "new")),
                "actor": an_actor(),
                "calls": (a_call(),),
                "evidence": ("sessionCredentialFromConsole is true",),
            }
            | changed
        )
    )


def an_unattributed_finding(**changed: Any) -> Finding:
    """A change that no call explains."""
    return a_finding(verdict="unattributed", actor=None, calls=(), **changed)


def headline(message: dict[str, Any]) -> str:
    """The text of the header block."""
    return str(message["blocks"][0]["text"]["text"])


def written(message: dict[str, Any]) -> str:
    """All text below the header, in order."""
    texts: list[str] = []

    def collect(value: Any) -> None:
        match value:
            case {"type": "mrkdwn", "text": text}:
                texts.append(text)
            case dict():
                for inner in value.values():
                    collect(inner)
            case list():
                for inner in value:
                    collect(inner)

    collect(message["blocks"])
    return "\n".join(texts)


def test_the_headline_says_who_did_what_by_hand() -> None:
    """The sentence that people came for."""
    assert "🟡 Medium: alice@example.com changed EC2 SecurityGroup web by hand · 111122223333, eu-west-1" == headline(
        finding_message(a_finding())
    )


def test_the_lead_names_the_resource_and_the_call() -> None:
    """Which of the hundred security groups, and what was called."""
    lead = finding_message(a_finding())["blocks"][1]["text"]["text"]

    assert "`alice@example.com` changed *EC2 SecurityGroup* `web (sg-1)`: `ec2:AuthorizeSecurityGroupIngress`" == lead


@pytest.mark.parametrize(
    "said",
    [
        "*Account*\n`111122223333`",
        "*Region*\n`eu-west-1`",
        "|2026-11-22 12:00:00 UTC>\nseen by AWS Config 41 s later",
        "*How*\nconsole · `203.0.113.7` · with MFA",
        "*Principal*\n`arn:aws:sts::111122223333:assumed-role/Admin/alice@example.com`",
        "`Description`\n`old` → `new`",
        "• sessionCredentialFromConsole is true",
        "#/events/0a1b|CloudTrail event>",
        "?resourceId=sg-1&amp;resourceName=web&amp;resourceType=AWS%3A%3AEC2%3A%3ASecurityGroup|AWS Config timeline>",
    ],
)
def test_the_message_tells(said: str) -> None:
    """Where, when, how, what was before and after, why we think so, and where to look."""
    assert said in written(finding_message(a_finding()))


def test_root_is_louder() -> None:
    """Nobody should work as root."""
    message = finding_message(a_finding(actor=an_actor("root", "root", mfa=False)))

    assert "🔴 Critical: ROOT changed EC2 SecurityGroup web · 111122223333, eu-west-1" == headline(message)
    assert "⚠️ without MFA" in written(message)


def test_an_unknown_principal_is_said_to_be_unproven() -> None:
    """We report what we cannot prove to be a machine, and say that this is why."""
    message = finding_message(a_finding(actor=an_actor("unknown", "deploy", via="sdk", mfa=None)))

    assert (
        "🟡 Medium: deploy changed EC2 SecurityGroup web, not proven to be a machine · 111122223333, eu-west-1"
        == headline(message)
    )
    assert "SDK · `203.0.113.7` · MFA not recorded" in written(message)


def test_a_machine_that_is_reported_is_shown_as_one() -> None:
    """A workload, where the policy reports them."""
    assert "🟡 Medium: worker changed EC2 SecurityGroup web · 111122223333, eu-west-1" == headline(
        finding_message(a_finding(actor=an_actor("workload", "worker")))
    )


def test_a_change_that_nobody_could_be_found_for_says_so() -> None:
    """No name, no call; the timeline is where to look."""
    message = finding_message(an_unattributed_finding())

    assert (
        "🟡 Medium: EC2 SecurityGroup web was changed, and no API call explains it · 111122223333, eu-west-1"
        == headline(message)
    )
    assert "AWS Config timeline" in written(message)
    assert "CloudTrail event" not in written(message)


def test_a_call_judged_by_itself_is_told_without_a_resource() -> None:
    """The account is read from the principal."""
    message = finding_message(a_finding(change=None))

    assert (
        "⚪ Low: alice@example.com called ec2:AuthorizeSecurityGroupIngress by hand · 111122223333, eu-west-1"
        == headline(message)
    )
    assert "*Account*\n`111122223333`" in written(message)


def test_every_call_is_listed() -> None:
    """The one that leads first; beyond five they are counted."""
    calls = tuple(a_call(f"Call{number}", seconds_before=number) for number in range(8))

    told = written(finding_message(a_finding(calls=calls)))

    assert "`ec2:Call0`" in told
    assert "`ec2:Call4`" in told
    assert "`ec2:Call5`" not in told
    assert "and 3 more" in told


@pytest.mark.parametrize(("change_type", "did"), [("CREATE", "created"), ("UPDATE", "changed"), ("DELETE", "deleted")])
def test_the_headline_says_whether_it_was_made_or_removed(change_type: str, did: str) -> None:
    """A deleted database is another morning than a changed one."""
    message = finding_message(a_finding(change=a_change(change_type=change_type)))

    assert f"🟡 Medium: alice@example.com {did} EC2 SecurityGroup web by hand · 111122223333, eu-west-1" == headline(
        message
    )


def test_a_difference_that_config_left_out_is_named() -> None:
    """No properties does not mean that nothing changed."""
    message = finding_message(a_finding(change=a_change(diff_left_out=True)))

    assert "too large to hold what changed; the timeline shows it" in written(message)


def test_what_was_added_and_removed_is_told_as_that() -> None:
    """An arrow from nothing would be a puzzle."""
    change = a_change(
        PropertyChange("Configuration.A", None, {"port": 22}), PropertyChange("Configuration.B", "gone", None)
    )

    told = written(finding_message(a_finding(change=change)))

    assert "`A`\nadded `{port: 22}`\n`B`\nremoved `gone`" in told


def test_long_values_are_shown_from_where_they_differ() -> None:
    """Two policies of ten thousand characters begin alike; people want the place where they part."""
    before, after = "x" * 5_000 + "DENY", "x" * 5_000 + "ALLOW"

    told = written(finding_message(a_finding(change=a_change(PropertyChange("Configuration.Policy", before, after)))))

    assert f"(4,980 same characters) … `{'x' * 20}DENY` → (4,980 same characters) … `{'x' * 20}ALLOW`" in told


def test_differences_that_do_not_fit_are_counted() -> None:
    """A section holds 3000 characters."""
    change = a_change(*(PropertyChange(f"Configuration.A{number}", "o" * 300, "n" * 300) for number in range(40)))

    assert "and 36 more properties" in written(finding_message(a_finding(change=change)))


def test_the_notification_reads_without_the_blocks() -> None:
    """What a locked telephone shows."""
    assert (
        "🟡 Medium: alice@example.com changed EC2 SecurityGroup web by hand · 111122223333, eu-west-1: sg-1"
        == finding_message(a_finding())["text"]
    )


def test_links_are_not_turned_into_previews() -> None:
    """A preview of a console page is a sign-in form."""
    message = finding_message(a_finding())

    assert (False, False) == (message["unfurl_links"], message["unfurl_media"])


def test_the_fixed_text_is_japanese_where_that_is_wanted() -> None:
    """Names, values and evidence stay as they are."""
    message = finding_message(a_finding(), look=Look(language="ja"))

    assert (
        "🟡 中: alice@example.com が EC2 SecurityGroup web を手動で変更しました · 111122223333, eu-west-1"
        == headline(message)
    )
    assert "*アカウント*\n`111122223333`" in written(message)


def test_nothing_of_a_finding_becomes_a_mention() -> None:
    """Whoever chooses a session name must not wake the channel: not in blocks, not in the notification."""
    shout = "<!channel> <@U012AB3CD> @here"
    finding = a_finding(actor=an_actor(name=shout), explanation=shout, evidence=(shout,))
    finding = replace(finding, change=a_change(PropertyChange(shout, shout, shout)))

    message = finding_message(finding)

    assert "<!channel" not in json.dumps(message)
    assert "<@" not in json.dumps(message)
    assert '"verbatim": false' not in json.dumps(message)
