"""How long a newcomer waits: from starting `manual-change demo` to the message in the Slack stand-in."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from bench.measurement import Row, at_most

POSTED = "posted to #"
"""What the demo says of a notification whose message has arrived."""


def measure() -> Iterator[Row]:
    """One demo, as `make demo` starts it."""
    command = Path(sys.executable).parent / "manual-change"
    with TemporaryDirectory() as output:
        began = perf_counter()
        demo = subprocess.Popen([command, "demo", "--output", output], stdout=subprocess.PIPE, text=True)
        arrived: float | None = None
        said = []
        for line in demo.stdout or ():
            said.append(line)
            if arrived is None and POSTED in line:
                arrived = perf_counter() - began
        if demo.wait() or arrived is None:
            raise RuntimeError(f"the demo failed (exit status {demo.returncode}):\n{''.join(said)}")
    yield at_most("make demo: first message", arrived, 20, " s")
