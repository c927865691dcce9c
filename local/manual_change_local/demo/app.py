"""The reference app, synthesised by the demo in a process of its own: `python -m manual_change_local.demo.app OUTDIR`.

What `app.py` of the repository builds, importable from an installed wheel as from a checkout. In a process of its own
because the CDK's JavaScript kernel takes seconds to start, and the embedded AWS starts meanwhile.
"""

from __future__ import annotations

import sys

from aws_cdk import App, Stack

from manual_change_detector import ManualChangeDetector

STACK = "ChangeDetection"


def synthesise(outdir: str) -> None:
    """Write the cloud assembly of one stack with one detector, environment-agnostic, every option left out."""
    app = App(outdir=outdir)
    ManualChangeDetector(Stack(app, STACK), "ManualChangeDetector")
    app.synth()


if __name__ == "__main__":
    synthesise(sys.argv[1])
