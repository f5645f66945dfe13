"""The command as its user runs it: `python -m tests.benchmarks.check [EVENTS...]`      (20000 100000)

`pixelpair check` reads a generated shop's traffic, the browser's requests as a HAR file and the server's as a log, and
prints a table or the JSON report. Beside it, what `json` alone needs to load the same files. Seconds are of processor
time, all processes of a command together, since a machine may be shared: compare the ratios. Memory is what the command
held at its peak beyond a command that only starts (`--version`).

Goals: 15 times `json.load` as a table, 20 times as JSON, 5 KB an event, and the same for five times the events.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.corpus import Shop, traffic
from tests.corpus_wire import write

MIXED = Shop(10**9, every_ms=400)


class Cost(NamedTuple):
    """Processor seconds, kilobytes at the peak, and bytes printed."""

    seconds: float
    peak_kb: int
    printed: int


def cost(*arguments: str | Path, output: Path) -> Cost:
    """Run the command once. Its exit status may be 0 or 1: the traffic has findings."""
    with output.open("wb") as printed:
        process = subprocess.Popen([sys.executable, "-m", "app", *map(str, arguments)], stdout=printed)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, output.stat().st_size)


def loading(har: Path, log: Path) -> float:
    """Processor seconds in which `json` alone loads both files, the best of a few rounds."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        with har.open(encoding="utf-8") as file:
            json.load(file)
        with log.open(encoding="utf-8") as file:
            for line in file:
                json.loads(line)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Print a line for each number of events and each way to print."""
    with TemporaryDirectory(prefix="pixelpair-bench-") as folder:
        output = Path(folder) / "printed"
        idle = min((cost("--version", output=output) for _ in range(3)), key=lambda run: run.peak_kb)
        print(f"a command that only starts: {idle.seconds:.2f} s, {idle.peak_kb / 1024:.0f} MB")
        print(f"{'events':>9}{'':8}{'json.load':>11}{'seconds':>10}{'ratio':>8}{'KB/event':>10}{'printed':>12}")
        for events in [int(text) for text in sys.argv[1:]] or [20_000, 100_000]:
            files = write((row.event for row in islice(traffic(MIXED, 1), events)), Path(folder))
            for name, options in (("table", ()), ("JSON", ("--json",))):
                floor = loading(*files)
                run = cost("check", *files, *options, output=output)
                each = (run.peak_kb - idle.peak_kb) / events
                print(
                    f"{events:9,} {name:7}{floor:11.2f}{run.seconds:10.2f}{run.seconds / floor:8.1f}{each:10.2f}"
                    f"{run.printed / 1e6:9.1f} MB"
                )


if __name__ == "__main__":
    main()
