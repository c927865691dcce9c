"""Whatever a finding holds, Slack takes the message, and nothing in it is a mention.

The rules are those of the Slack stand-in, which were written from Slack's reference and not from our renderer.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from manual_change.domain.actor import Actor
from manual_change.domain.api_call import CallReference
from manual_change.domain.change import Change, PropertyChange, Resource
from manual_change.domain.finding import Finding
from manual_change.domain.slack import finding_message
from manual_change.domain.slack_digest import digest_message
from manual_change.domain.slack_group import group_message
from manual_change.domain.slack_look import Look
from manual_change.domain.slack_markup import ALL_TEXT_LENGTH
from manual_change_local.slack_stand_in.block_kit import MAX_TEXT, characters_in, complaints

_SEEDS = [
    "",
    "web",
    "<!here>",
    "<@U1|x>",
    "&amp;",
    "`",
    "```",
    "*_~",
    "🔥",
    "変更",
    "\x00\n\t",
    "\ud800",
    "|>",
    "x" * 50,
]

nasty = st.builds(
    lambda seed, text, times: (seed + text) * times,
    st.sampled_from(_SEEDS),
    st.text(max_size=20),
    st.sampled_from([1, 1, 40, 400]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | nasty,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(nasty, inner, max_size=4),
    max_leaves=8,
)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
properties = st.builds(PropertyChange, nasty | st.just("Configuration.List.0"), values, values)
changes = st.builds(
    Change,
    resource=st.builds(Resource, account=nasty, region=nasty, type=nasty, id=nasty, name=st.none() | nasty),
    change_type=st.sampled_from(["CREATE", "UPDATE", "DELETE", "NONE"]),
    captured_at=moments,
    properties=st.lists(properties, max_size=30).map(tuple),
    diff_left_out=st.booleans(),
)
actors = st.builds(
    Actor,
    kind=st.sampled_from(["person", "root", "unknown", "workload", "pipeline", "aws-service"]),
    name=nasty,
    principal=st.none() | nasty,
    via=st.sampled_from(["console", "unknown"]) | nasty,
    source_ip=st.none() | nasty,
    mfa=st.none() | st.booleans(),
)
calls = st.builds(
    CallReference,
    event_id=nasty,
    event_source=nasty,
    event_name=nasty,
    event_time=moments,
    region=nasty,
    console_url=nasty | nasty.map(lambda path: f"https://console.aws.amazon.com/{path}"),
)
findings = st.builds(
    Finding,
    decision=st.just("notify"),
    verdict=st.sampled_from(["manual", "unattributed"]),
    reason=nasty,
    explanation=nasty,
    change=st.none() | changes,
    actor=st.none() | actors,
    calls=st.lists(calls, max_size=8).map(tuple),
    evidence=st.lists(nasty, max_size=8).map(tuple),
)
languages = st.sampled_from(["en", "ja"])
thorough = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def markup_in(message: dict[str, Any]) -> list[str]:
    """Everything between < and > in any text of the message: what Slack would act on."""
    found: list[str] = []

    def collect(value: Any) -> None:
        match value:
            case {"type": "mrkdwn", "text": str(text)}:
                found.extend(re.findall(r"<([^>]*)", text))
            case dict():
                for inner in value.values():
                    collect(inner)
            case list():
                for inner in value:
                    collect(inner)

    collect(message["blocks"])
    return found + re.findall(r"<([^>]*)", message["text"])


@thorough
@given(finding=findings, language=languages)
def test_slack_takes_the_message_of_any_finding(finding: Finding, language: str) -> None:
    """Each block within its limits, all of them together too, and the notification."""
    message = finding_message(finding, look=Look(language=language))

    assert [] == complaints(message["blocks"])
    assert characters_in(message["blocks"]) <= ALL_TEXT_LENGTH
    assert 0 < len(message["text"]) <= MAX_TEXT


@thorough
@given(finding=findings, language=languages)
def test_only_our_own_links_and_dates_are_markup(finding: Finding, language: str) -> None:
    """No input becomes a mention, a link or a date."""
    for markup in markup_in(finding_message(finding, look=Look(language=language))):
        assert markup.startswith(("https://", "!date^"))


@thorough
@given(
    told=st.lists(findings, min_size=1, max_size=12), actor=st.none() | actors, again=st.booleans(), language=languages
)
def test_slack_takes_the_message_of_any_group(
    told: list[Finding], actor: Actor | None, again: bool, language: str
) -> None:
    """Of one session, where they have an actor in common, and of a storm."""
    group = [replace(finding, actor=actor) for finding in told] if actor else told
    look = Look(language=language, account_names={"": "x" * 5_000}, start_url="https://d-1.awsapps.com/start")

    message = group_message(group, look, again=again)

    assert [] == complaints(message["blocks"])
    assert characters_in(message["blocks"]) <= ALL_TEXT_LENGTH
    assert 0 < len(message["text"]) <= MAX_TEXT
    assert all(markup.startswith(("https://", "!date^")) for markup in markup_in(message))


@thorough
@given(told=st.lists(changes, min_size=1, max_size=10), language=languages)
def test_slack_takes_any_digest(told: list[Change], language: str) -> None:
    """However many, and whatever they are called."""
    kept = [
        Finding(decision="silent", verdict="unattributed", reason="no-call-found", explanation="-", change=change)
        for change in told
    ]

    message = digest_message(kept, look=Look(language=language))

    assert [] == complaints(message["blocks"])
    assert characters_in(message["blocks"]) <= ALL_TEXT_LENGTH
    assert all(markup.startswith(("https://", "!date^")) for markup in markup_in(message))
