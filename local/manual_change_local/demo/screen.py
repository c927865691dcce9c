"""What the demo shows while it works: in a terminal a picture that changes, elsewhere one line for each thing."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Final, Self

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from manual_change_local.demo.fates import DEAD_LETTER, Track
from manual_change_local.demo.story import DROPPED, FILTERED, POSTED, SILENT

_MARKS: Final = {
    FILTERED: ("·", "dim"),
    DROPPED: ("·", "dim"),
    SILENT: ("○", "cyan"),
    POSTED: ("●", "bold magenta"),
    DEAD_LETTER: ("✗", "bold red"),
}
"""TABLE: fate -> its mark and looks."""

_REFRESHES_A_SECOND: Final = 12


@dataclass(slots=True, eq=False)
class Phase:
    """Something that takes a while. `done` ends it."""

    screen: Screen
    title: str
    began: float = field(default_factory=time.monotonic)
    took: float | None = None
    """Seconds; None while it goes on."""
    detail: str = ""

    def done(self, detail: str = "") -> None:
        """It is finished; `detail` says what came of it."""
        self.took = time.monotonic() - self.began
        self.detail = detail
        self.screen.phase_done(self)

    def words(self) -> str:
        """`the reference app synthesised: 49 resources`."""
        return f"{self.title}: {self.detail}" if self.detail else self.title


class Screen:
    """One line for each thing that happens, with the seconds since the demo began. Safe to use from any thread."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._began = time.monotonic()

    def begin(self, title: str) -> Phase:
        """Something begins that takes a while."""
        self._line(f"{title} …")
        return Phase(self, title)

    def phase_done(self, phase: Phase) -> None:
        """A phase came to its end."""
        self._line(f"{phase.words()} ({phase.took:.1f} s)")

    def follow(self, tracks: Iterable[Track]) -> None:
        """These notifications are about to be published."""
        for track in tracks:
            self._line(f"{track.title}: published ({track.says})")

    def step(self, track: Track, step: str) -> None:
        """Something became known about a notification."""
        self._line(f"{track.title}: {step}")

    def trouble(self, trouble: str) -> None:
        """Something went wrong in the cloud."""
        self._line(f"trouble: {trouble}")

    def show(self, shown: RenderableType) -> None:
        """Show something as it is."""
        self.console.print(shown, highlight=False)

    def say(self, words: str, style: str = "") -> None:
        """Show words; the terminal breaks what is too long."""
        self.console.print(Text(words, style), highlight=False, soft_wrap=True)

    def _line(self, words: str) -> None:
        self.say(f"{time.monotonic() - self._began:5.1f} s  {words}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to put away."""


class LiveScreen(Screen):
    """Everything at once, drawn again while it changes; after its `with` block, lines again."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._lock = Lock()
        self._drawing = False
        self._phases: list[Phase] = []
        self._tracks: list[Track] = []
        self._troubles: list[str] = []
        self._spinner = Spinner("dots", style="magenta")
        self._live = Live(self, console=console, refresh_per_second=_REFRESHES_A_SECOND)

    def begin(self, title: str) -> Phase:
        phase = Phase(self, title)
        with self._lock:
            self._phases.append(phase)
        return phase

    def phase_done(self, phase: Phase) -> None:
        """The next drawing shows it."""

    def follow(self, tracks: Iterable[Track]) -> None:
        with self._lock:
            self._tracks.extend(tracks)

    def step(self, track: Track, step: str) -> None:
        if not self._drawing:  # the track holds its steps, and is drawn from them
            super().step(track, step)

    def trouble(self, trouble: str) -> None:
        if not self._drawing:
            super().trouble(trouble)
        with self._lock:
            self._troubles.append(trouble)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        with self._lock:
            phases, tracks, troubles = tuple(self._phases), tuple(self._tracks), tuple(self._troubles)
        yield Group(*(self._phase(phase) for phase in phases))
        if tracks:
            table = self._table(tracks, brief=False)
            height = len(phases) + len(console.render_lines(table, options)) + len(troubles) + 1
            yield Text()
            yield self._table(tracks, brief=True) if self._drawing and height > console.height else table
        for trouble in troubles:
            yield Text(f"trouble: {trouble}", "red")

    def _phase(self, phase: Phase) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        ended = phase.took is not None
        mark: RenderableType = Text("✓", "green") if ended else self._spinner
        seconds = phase.took if phase.took is not None else time.monotonic() - phase.began
        grid.add_row(mark, Text(phase.words()), Text(f"{seconds:.1f} s", "dim"))
        return grid

    def _table(self, tracks: Iterable[Track], *, brief: bool) -> Table:
        """`brief` leaves out all but the last step: what is higher than the terminal cannot be drawn over."""
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=1)
        grid.add_column()
        for track in tracks:
            mark, looks = _MARKS.get(track.fate or "", ("", "yellow"))
            steps = [Text(step, "dim") for step in track.steps[:-1]] + [Text(step, looks) for step in track.steps[-1:]]
            shown: list[RenderableType] = [Text(track.says or "published by hand", "bold")]
            if not brief:
                shown.append(Text(track.title, "dim"))
            shown += [Padding(step, (0, 0, 0, 2)) for step in (steps[-1:] if brief else steps)]
            grid.add_row(Text(mark, looks) if track.settled else self._spinner, Group(*shown))
        return grid

    def __enter__(self) -> Self:
        self._drawing = True
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawing = False
        self._live.stop()


def screen_for(console: Console) -> Screen:
    """A picture for a terminal that can draw one, lines for anything else (a pipe, a log, a dumb terminal)."""
    return LiveScreen(console) if console.is_terminal and not console.is_dumb_terminal else Screen(console)
