"""How fast calls are judged: a replay of CloudTrail's log, in process, against `json.loads` of the same bytes."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.measurement import Row, at_most, in_turns, medians, ratios, work
from bench.recorded import write_log_objects
from manual_change.domain.policy import Policy
from manual_change_local.recorded_files import recorded_files
from manual_change_local.recorded_input import Reading
from manual_change_local.replay import Replay

RECORDS = 40_000
RUNS = 5
LOGS = {"a log of which four records in five read": False, "a log of writes only": True}


def measure() -> Iterator[Row]:
    """Both logs; without the garbage collector on either side, as the command runs."""
    for words, all_write in LOGS.items():
        with TemporaryDirectory() as folder:
            size = write_log_objects(Path(folder), records=RECORDS, all_write=all_write)
            gc.collect()
            gc.disable()
            try:
                rounds = in_turns(partial(_load, folder), partial(_judge, folder), runs=RUNS)
            finally:
                gc.enable()
        judging = medians(rounds)[1]
        detail = f"{RECORDS / judging:,.0f} records a second, {size / RECORDS:,.0f} bytes each"
        what = f"judging {words} ÷ json.loads"
        ratio = ratios(rounds)[0]
        if all_write:  # told for the sake of what a write costs; no account's log is like that
            yield Row(what=what, measured=f"{ratio:.2f} ({detail})")
        else:
            yield at_most(what, ratio, 2, detail=detail)


def _load(folder: str) -> float:
    contents = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    return work(lambda: [json.loads(content) for content in contents].clear())


def _judge(folder: str) -> float:
    damaged: list[object] = []
    replay = Replay(Reading(damaged.append), Policy())
    taken = work(lambda: replay.calls(recorded_files([folder])))
    if damaged or sum(replay.counts.values()) != RECORDS:
        raise RuntimeError(f"{sum(replay.counts.values())} of {RECORDS} records were judged; {damaged[:1]}")
    return taken
