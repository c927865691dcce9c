"""What the construct costs an app: a synth with it and without, in one process, after both have been done once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from tempfile import TemporaryDirectory

from bench.measurement import Row, at_most, in_turns, medians, run_module, seconds

RUNS = 5


def measure() -> Iterator[Row]:
    """In a process of its own, since jsii starts one more and never lets go of it."""
    first, without, one, two = json.loads(run_module("bench.synth"))
    yield Row(what="first synth with the construct, CDK imported", measured=f"{first:.2f} s")
    yield at_most("adding the construct: synth", one - without, 1, " s", detail=f"{one:.2f} s / {without:.2f} s")
    yield at_most("adding a second one: synth", two - one, 1, " s", detail=f"{two:.2f} s / {one:.2f} s")


def _measured() -> list[float]:
    """Seconds of: the first synth, then medians of an app without the construct, with one, and with two of them."""
    first = seconds(_synth(1))
    for number in (0, 2):  # each form once, unmeasured: the CDK loads its modules when they are first used
        _synth(number)()
    rounds = in_turns(*(lambda number=number: seconds(_synth(number)) for number in (0, 1, 2)), runs=RUNS)
    return [first, *medians(rounds)]


def _synth(detectors: int) -> Callable[[], object]:
    """Synthesises an app with a queue and so many detectors."""
    from aws_cdk import App, Stack
    from aws_cdk import aws_sqs as sqs

    from manual_change_detector import ConfigSource, ManualChangeDetector

    def synth() -> None:
        with TemporaryDirectory() as folder:
            app = App(outdir=folder)
            sqs.Queue(Stack(app, "Shop"), "Orders")
            for number in range(detectors):
                # an account has one recorder: the second detector listens to EventBridge
                source = ConfigSource.event_bridge() if number else None
                ManualChangeDetector(Stack(app, f"Watch{number}"), "Detector", config_source=source)
            app.synth()

    return synth


if __name__ == "__main__":
    json.dump(_measured(), sys.stdout)
