"""The demo's screen: a picture for terminals, lines for everything else."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console

from manual_change_local.demo.fates import Fates, Track
from manual_change_local.demo.screen import LiveScreen, Screen, screen_for
from manual_change_local.demo.story import story


def a_console(*, terminal: bool = True, height: int = 60) -> tuple[Console, StringIO]:
    written = StringIO()
    console = Console(
        file=written, force_terminal=terminal, width=120, height=height, color_system=None, _environ={"TERM": "xterm"}
    )
    return console, written


def tracks() -> tuple[Track, ...]:
    fates = Fates(on_step=lambda _track, _step: None, on_trouble=lambda _trouble: None)
    for scene in story(now=datetime(2030, 1, 2, tzinfo=UTC)):
        fates.expect(scene, "")
    for track in fates.tracks:
        track.steps += ["the first step", "the second step"]
        track.fate, track.reason = "silent", "because"
    return fates.tracks


def play_on(screen: Screen) -> None:
    with screen:
        screen.begin("preparing").done("ready")
        screen.follow(tracks())
        for track in tracks():
            screen.step(track, track.steps[-1])
        screen.trouble("it rained")


@pytest.mark.parametrize(("terminal", "kind"), [(True, LiveScreen), (False, Screen)])
def test_a_terminal_gets_a_picture_and_a_pipe_gets_lines(terminal: bool, kind: type) -> None:
    """Nobody wants cursor movements in a log."""
    console, _ = a_console(terminal=terminal)

    assert kind is type(screen_for(console))


def test_a_dumb_terminal_gets_lines() -> None:
    """It cannot move its cursor."""
    console = Console(file=StringIO(), force_terminal=True, _environ={"TERM": "dumb"})

    assert Screen is type(screen_for(console))


@pytest.mark.parametrize("terminal", [True, False])
def test_everything_that_happened_is_on_the_screen(terminal: bool) -> None:
    """Phases, notifications, their fates, troubles."""
    console, written = a_console(terminal=terminal)
    play_on(screen_for(console))
    said = written.getvalue()

    expected = ("preparing: ready", "Alice opens port 22", "EC2 SecurityGroup web", "the second step", "it rained")
    assert [] == [words for words in expected if words not in said]


def test_lines_hold_no_control_characters() -> None:
    """They go into files."""
    console, written = a_console(terminal=False)
    play_on(screen_for(console))

    assert [] == [character for character in written.getvalue() if not (character.isprintable() or character == "\n")]


def test_a_low_terminal_gets_the_last_steps_while_it_works() -> None:
    """What is higher than the terminal cannot be drawn over; the whole stands there in the end."""
    console, written = a_console(height=16)
    screen = LiveScreen(console)
    screen.follow(tracks())
    with screen:
        console.print(screen)
        while_working = written.getvalue()

    assert "the first step" not in while_working
    assert "the first step" in written.getvalue()


def test_after_the_picture_come_lines() -> None:
    """While the cloud is kept, what happens is written below."""
    console, written = a_console()
    screen = LiveScreen(console)
    with screen:
        pass
    (first, *_) = tracks()
    screen.step(first, "a late step")
    screen.trouble("a late trouble")

    assert [True, True] == [words in written.getvalue() for words in ("a late step", "a late trouble")]
