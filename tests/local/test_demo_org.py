"""`manual-change demo-org` once, as a person runs it: one hub, three spokes, two regions.

It deploys to the embedded AWS, so it shares a worker with the other tests that do.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from manual_change_local.demo_org.cast import BANK, LAB, MEMBERS, SHOP
from manual_change_local.demo_org.performance import Outcome
from manual_change_local.demo_org.story import deeds
from manual_change_local.slack_stand_in import SlackMessage

pytestmark = pytest.mark.xdist_group("cloud")

PATIENCE = 120.0
"""Seconds: a run takes about 16, of which the CDK takes a third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the demo."""

    status: int
    said: str
    complained: str
    page: str


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run it in an empty folder; the caller's AWS profile and proxies are useless ones."""
    folder = tmp_path_factory.mktemp("demo-org")
    nowhere = "http://127.0.0.1:9"
    environment = {name: value for name, value in os.environ.items() if name != "JSII_NODE"}
    environment |= {"AWS_PROFILE": "not-there", "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "COLUMNS": "200"}
    demo = subprocess.run(
        [sys.executable, "-m", "manual_change_local.cli", "demo-org"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    page = folder / "demo-output" / "message.html"
    return Run(
        status=demo.returncode, said=demo.stdout, complained=demo.stderr, page=page.read_text() if page.exists() else ""
    )


def test_everybody_is_told_what_they_are_owed(run: Run) -> None:
    """The exit status says so, and nothing is complained about."""
    assert (0, "") == (run.status, run.complained), run.said


@pytest.mark.parametrize("name", MEMBERS.values())
def test_each_message_names_its_account(run: Run, name: str) -> None:
    """The names are those of AWS Organizations."""
    assert name in run.page


def test_it_says_what_became_of_each_deed(run: Run) -> None:
    """People, pipeline, the stopped recorder and the forgery."""
    assert 3 == run.said.count("● Alice")
    assert "○ the pipeline does the same in shop-production, us-east-1: silent · trusted-principal" in run.said
    assert f"StopConfigurationRecorder by arn:aws:iam::{BANK}:user/mallory" in run.said
    assert "research-lab forges a change of shop-production: quarantined" in run.said


# The judgement of the demo about itself


def an_outcome() -> Outcome:
    """As it is owed."""
    story = deeds(now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    told = [deed for deed in story if deed.owed == "notify"]
    return Outcome(
        deeds=story,
        decided=[(deed.owed, "-") for deed in story],
        messages=[a_message(f"{deed.resource_id} in {MEMBERS[deed.account]}") for deed in told],
        alarms=[f"StopConfigurationRecorder in {BANK}"],
        quarantined=[{"account": LAB}],
        refused="NotAuthorizedForSourceException",
    )


def a_message(text: str) -> SlackMessage:
    """One that reached the channel."""
    return SlackMessage(number=1, channel="c", ts="1.0", through="webhook", payload={"text": text})


def test_what_is_owed_is_not_wrong() -> None:
    """Otherwise the demo could not succeed."""
    assert [] == an_outcome().wrongs


@pytest.mark.parametrize(
    ("different", "says"),
    [
        ({"messages": ()}, "0 messages, 1 had to be"),
        ({"messages": an_outcome().messages * 2}, "2 messages, 1 had to be"),
        ({"messages": [*an_outcome().messages, a_message("something else")]}, "4 messages reached Slack"),
        ({"decided": [None, *an_outcome().decided[1:]]}, "undecided; it had to be notify"),
        ({"alarms": ()}, "0 alerts"),
        ({"alarms": an_outcome().alarms * 2}, "2 alerts"),
        ({"quarantined": [{"account": SHOP}]}, "the quarantine holds entries"),
        ({"quarantined": ()}, "the quarantine holds entries of []"),
        ({"refused": None}, "EventBridge let somebody speak for AWS Config"),
    ],
)
def test_what_differs_is_said(different: dict[str, object], says: str) -> None:
    """A demo that cannot fail proves nothing."""
    outcome = replace(an_outcome(), **different)  # type: ignore[arg-type]

    assert any(says in wrong for wrong in outcome.wrongs)


def test_a_message_without_the_accounts_name_is_wrong() -> None:
    """The directory did not answer."""
    nameless = [a_message(str(message.payload["text"]).split(" in ", 1)[0]) for message in an_outcome().messages]

    assert any("does not name" in wrong for wrong in replace(an_outcome(), messages=nameless).wrongs)
