"""One performance of the demo: the story on the screen, the message below it, the page beside it, and the verdict."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from manual_change_local.cloud.serve import shell_commands
from manual_change_local.demo.play import CHANNEL, Stage, play, record, set_up
from manual_change_local.demo.screen import Screen, screen_for
from manual_change_local.demo.story import encore
from manual_change_local.message_page import message_page
from manual_change_local.message_panel import message_panel
from manual_change_local.slack_stand_in import SlackMessage

PAGE: Final = "message.html"
NOTIFICATION: Final = "notification.json"
PATIENCE: Final = 60.0
"""Seconds for each thing that the play waits for."""
FIRST_LOOK: Final = 180
"""Seconds until CloudTrail is asked: the example with which the screen says how much time is compressed."""


def perform(console: Console, *, keep: bool, port: int, speed: float, output: Path) -> int:
    """Play the demo; the exit status: 0 only if exactly the owed message arrived and every fate is the story's.

    Raises:
        DemoError, CloudError, PortTaken: it cannot be played; the message says how to mend that.
    """
    screen = screen_for(console)
    with ExitStack() as cleanup:
        with screen:
            stage = set_up(cleanup, screen, port=port, speed=speed)
            playing = screen.begin(f"the story is played; timers run {speed:g} times faster: {_example(speed)}")
            wrong = play(stage, screen, timeout=PATIENCE)
            playing.done()
        messages = stage.slack.messages
        show(screen, messages)
        for each in wrong:
            screen.say(f"wrong: {each}", "red")
        if messages:
            screen.say(f"\nThe message as a page: {save_page(messages, output)}")
        if not wrong:
            notices = len(stage.fates.tracks)
            screen.say(f"{notices} notifications, {len(messages)} message: what nobody did by hand stayed silent.")
        if keep:
            keep_running(stage, screen, output=output)
    return 1 if wrong else 0


def keep_running(stage: Stage, screen: Screen, *, output: Path) -> None:
    """Say how to talk to the cloud, then show what happens in it until Ctrl-C."""
    scene = encore(now=datetime.now(UTC))
    record(stage.cloud, scene, looks_in_vain=0)
    sample = output / NOTIFICATION
    output.mkdir(parents=True, exist_ok=True)
    sample.write_text(json.dumps(scene.notification, indent=2) + "\n", encoding="utf-8")
    message = shlex.quote(f"file://{sample.resolve()}")  # the other terminal may be in another folder
    commands = "\n".join(f"  {each}" for each in shell_commands(stage.cloud))
    screen.say(
        "\nEverything keeps running until Ctrl-C. From another terminal:\n\n"
        f"{commands}\n"
        f"  aws sns publish --topic-arn {stage.topic_arn} --message {message}\n\n"
        f"{sample} is a notification for you to change. As it is: {scene.says}.\n"
        f"Its fate is shown here; messages also in {output / PAGE}.\n"
    )
    shown = len(stage.slack.messages)
    try:
        while True:
            stage.slack.workspace.wait_for_messages(shown + 1, timeout=3600)
            messages = stage.slack.messages
            if len(messages) > shown:
                show(screen, messages[shown:])
                save_page(messages, output)
                shown = len(messages)
    except KeyboardInterrupt:
        screen.say("\nput away")


def save_page(messages: Sequence[SlackMessage], output: Path) -> Path:
    """Write the messages as they stand in the channel; the path of the page."""
    output.mkdir(parents=True, exist_ok=True)
    page = output / PAGE
    payloads = [message.payload for message in messages]
    note = "What the Slack stand-in of `manual-change demo` received, drawn the way Slack draws it."
    posted_at = datetime.now().astimezone()
    page.write_text(message_page(payloads, channel=CHANNEL, posted_at=posted_at, note=note), encoding="utf-8")
    return page


def show(screen: Screen, messages: Sequence[SlackMessage]) -> None:
    """Show messages as they look in the channel."""
    for message in messages:
        now = datetime.now().astimezone()
        screen.say("")
        screen.show(message_panel(message.payload, channel=message.channel, time=f"{now:%H:%M}"))


def _example(speed: float) -> str:
    return f"3 min take {FIRST_LOOK / speed:.1f} s"
