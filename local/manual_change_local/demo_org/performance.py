"""One performance: what happens in the organization, what people are told, and whether that is what they are owed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from manual_change.domain.finding import NOTIFY
from manual_change_local.demo.performance import save_page, show
from manual_change_local.demo.screen import Screen, screen_for
from manual_change_local.demo_org.cast import AWAY, BANK, LAB, MEMBERS
from manual_change_local.demo_org.stage import OrganizationStage, set_up
from manual_change_local.demo_org.story import Deed, deeds, forgery, stopped_recorder
from manual_change_local.slack_stand_in import SlackMessage

PATIENCE: Final = 60.0
"""Seconds for each thing that the play waits for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What really became of it all."""

    deeds: Sequence[Deed]
    decided: Sequence[tuple[str, str] | None]
    """Decision and reason about each deed."""
    messages: Sequence[SlackMessage]
    alarms: Sequence[str]
    quarantined: Sequence[Any]
    refused: str | None
    """What EventBridge says to a source that is AWS's."""

    @property
    def wrongs(self) -> list[str]:
        """How it differs from what is owed."""
        found = [
            f"{deed.says}: {' '.join(decided or ('undecided',))}; it had to be {deed.owed}"
            for deed, decided in zip(self.deeds, self.decided, strict=True)
            if decided is None or decided[0] != deed.owed
        ]
        told = [_words(message) for message in self.messages]
        for deed in self.deeds:
            about = [text for text in told if deed.resource_id in text]
            owed = 1 if deed.owed == NOTIFY else 0
            if len(about) != owed:
                found.append(f"{deed.says}: {len(about)} messages, {owed} had to be")
            if any(MEMBERS[deed.account] not in text for text in about):
                found.append(f"{deed.says}: the message does not name {MEMBERS[deed.account]}")
        if len(told) != sum(deed.owed == NOTIFY for deed in self.deeds):
            found.append(f"{len(told)} messages reached Slack")
        tampering = [text for text in self.alarms if "StopConfigurationRecorder" in text and BANK in text]
        if len(tampering) != 1 or len(self.alarms) != 1:
            found.append(f"{len(self.alarms)} alerts, {len(tampering)} of them about the stopped recorder; 1 had to be")
        senders = [entry.get("account") for entry in self.quarantined]
        if senders != [LAB]:
            found.append(f"the quarantine holds entries of {senders}; one of {LAB} had to be there")
        if self.refused != "NotAuthorizedForSourceException":
            found.append(f"EventBridge let somebody speak for AWS Config ({self.refused})")
        return found


def perform(console: Console, *, speed: float, output: Path) -> int:
    """Play it; the exit status: 0 only if everybody was told what they are owed, and nothing else.

    Raises:
        DemoError, CloudError: it cannot be played; the message says how to mend that.
    """
    screen = screen_for(console)
    with ExitStack() as cleanup:
        with screen:
            stage = set_up(cleanup, screen, speed=speed)
            playing = screen.begin(f"people, a pipeline and an intruder at work; timers run {speed:g} times faster")
            outcome = play(stage)
            playing.done()
        _tell(screen, outcome)
        show(screen, outcome.messages)
        screen.say(f"\nThe messages as a page: {save_page(outcome.messages, output)}")
        for wrong in outcome.wrongs:
            screen.say(f"wrong: {wrong}", "red")
        if not outcome.wrongs:
            screen.say("Everybody was told what they are owed, and nothing else.")
    return 1 if outcome.wrongs else 0


def play(stage: OrganizationStage) -> Outcome:
    """Let it happen, wait until everything has come to rest, and read what people would read."""
    now = datetime.now(UTC)
    story = deeds(now=now)
    for deed in story:
        stage.happen(deed)
    stage.call(stopped_recorder(now=now))
    forged = forgery(story[0], source="custom.config")
    stage.put_on_the_bus(forged, account=LAB)
    refused = stage.put_on_the_bus({**forged, "Source": "aws.config"}, account=LAB)
    stage.decisions.wait_for({deed.resource_id for deed in story}, timeout=PATIENCE)
    stage.slack.workspace.wait_for_messages(sum(deed.owed == NOTIFY for deed in story), timeout=PATIENCE)
    stage.cloud.wait_until_idle(timeout=PATIENCE)  # what is still under way could become a message that is not owed
    return Outcome(
        deeds=story,
        decided=[stage.decisions.about(deed.resource_id) for deed in story],
        messages=stage.slack.messages,
        alarms=stage.alarms(),
        quarantined=stage.quarantined(),
        refused=refused,
    )


def _tell(screen: Screen, outcome: Outcome) -> None:
    """One line for each thing that happened, and what became of it."""
    screen.say("")
    for deed, decided in zip(outcome.deeds, outcome.decided, strict=True):
        mark = "●" if decided and decided[0] == NOTIFY else "○"
        screen.say(f"{mark} {deed.says}: {' · '.join(decided or ('undecided',))}")
    for alarm in outcome.alarms:
        screen.say(
            f"▲ mallory stops the recorder in {MEMBERS[BANK]}, {AWAY}; the alarm topic, without Config or Slack:"
        )
        screen.say(f"  {alarm}", "yellow")
    for entry in outcome.quarantined:
        sender, source = entry.get("account"), entry.get("source")
        about = entry.get("detail", {}).get("configurationItem", {}).get("awsAccountId")
        screen.say(
            f"■ {MEMBERS.get(sender, sender)} forges a change of {MEMBERS.get(about, about)}: quarantined, because its "
            f"source is {source}; with aws.config EventBridge itself refuses it ({outcome.refused})"
        )


def _words(message: SlackMessage) -> str:
    return json.dumps(message.payload, ensure_ascii=False, default=dict)
