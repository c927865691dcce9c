"""What a function's process writes, line by line, and nothing of it late."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Callable
from typing import IO


class FunctionOutput:
    """Reads a pipe in a thread of its own; `drain` makes sure that what is in the pipe by now has been told."""

    def __init__(self, pipe: IO[bytes], tell: Callable[[str], None]) -> None:
        self._pipe = pipe
        self._tell = tell
        self._open = True
        self._unfinished = b""
        self._reading = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="function-output", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while self._open:
            select.select([self._pipe], [], [])
            self.drain()

    def drain(self) -> None:
        """Tell every line that has been written."""
        with self._reading:
            while self._open and select.select([self._pipe], [], [], 0)[0]:
                chunk = os.read(self._pipe.fileno(), 65536)
                *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
                if not chunk:
                    self._open = False
                    lines = [self._unfinished]
                for line in lines:
                    text = line.decode("utf-8", "replace").rstrip("\r")
                    if text:
                        self._tell(text)

    def close(self) -> None:
        """Wait for the end of the output: the process and what it started must be dead."""
        self._thread.join()
        self._pipe.close()
