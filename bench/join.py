"""How a replay grows: 50,000 changes joined with logs of 10,000, 100,000 and 1,000,000 records.

Each in a process of its own, which tells how much of the processor's time the records took (from the first to the last,
everything that is done with them included) and the most memory that it held.
"""

from __future__ import annotations

import gc
import json
import re
import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from bench.measurement import Row, run_module
from bench.recorded import write_log_lines, write_notifications
from manual_change.domain.policy import Policy
from manual_change_local.recorded_files import RecordedFile, recorded_files
from manual_change_local.recorded_input import Reading
from manual_change_local.replay import Replay

CHANGES = 50_000
RECORDS = (10_000, 100_000, 1_000_000)
RUNS = (3, 1, 1)
"""The short ones are over so soon that one run says little."""
FLAT = 0.2
"""How far the time per record may differ between the shortest and the longest log."""

MEGABYTE = 1_000_000


class TimedReading(Reading):
    """Notes when the first record was asked for and when the last one had been dealt with."""

    began = ended = 0.0

    def cloudtrail_records(self, files: Iterable[RecordedFile]) -> Iterator[tuple[object, str, int]]:
        """The records, as they are."""
        self.began = process_time()
        yield from super().cloudtrail_records(files)
        self.ended = process_time()


def measure() -> Iterator[Row]:
    """The shortest log against the longest."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_notifications(folder / "config.jsonl", number=CHANGES)
        per_record, memory = [], []
        for records, runs in zip(RECORDS, RUNS, strict=True):
            log = folder / "cloudtrail.jsonl"
            write_log_lines(log, records=records, resources=CHANGES)
            found = [json.loads(run_module("bench.join", str(folder))) for _ in range(runs)]
            per_record.append(median(each["seconds"] for each in found) / records)
            memory.append(found[0]["bytes"])
            yield Row(
                what=f"{CHANGES:,} changes, {records:,} records",
                measured=f"{per_record[-1] * 1e6:.1f} µs a record, {memory[-1] / MEGABYTE:,.0f} MB at most, "
                f"{found[0]['total']:.1f} s in all",
            )
    growth = per_record[-1] / per_record[0]
    yield Row(
        what=f"time a record: {RECORDS[-1]:,} ÷ {RECORDS[0]:,}",
        measured=f"{growth:.2f}",
        bar=f"{1 - FLAT:.1f} to {1 + FLAT:.1f}",
        kept=1 - FLAT <= growth <= 1 + FLAT,
    )


def _joined(folder: Path) -> dict[str, float]:
    gc.disable()  # as the command does
    damaged: list[object] = []
    reading = TimedReading(damaged.append)
    replay = Replay(reading, Policy())
    began = perf_counter()
    replay.changes(recorded_files([str(folder / "config.jsonl")]), recorded_files([str(folder / "cloudtrail.jsonl")]))
    total = perf_counter() - began
    if damaged or sum(replay.counts.values()) != CHANGES:
        raise RuntimeError(f"{dict(replay.counts)} of {CHANGES} changes; {damaged[:1]}")
    return {"seconds": reading.ended - reading.began, "total": total, "bytes": _peak_memory()}


def _peak_memory() -> int:
    """Bytes. Linux's rusage would count the parent, which this process was for a moment before it was itself."""
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = re.findall(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        return int(peak) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    json.dump(_joined(Path(sys.argv[1])), sys.stdout)
