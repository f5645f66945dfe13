"""How fast and how heavy: pairing, near misses and checks of mixed traffic, beside the bare exact join of DuckDB.

    python -m tests.benchmarks.pairing [EVENTS...]      (10000 100000 1000000)

Events are made before the clock starts, ten thousand at a time. Memory is what the process holds more at the end than
at the start. Seconds are of processor time, since a machine may be shared, except for single events. Compare the
ratios, not the seconds.

The last line is the worst traffic for suggestions: one article at one price, bought by somebody unknown twice a second,
with no event ID on the server's side, so that every half could belong to every other.
"""

from __future__ import annotations

import csv
import gc
import statistics
import sys
import time
from collections.abc import Iterator
from itertools import batched, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.analysis.engine import Analysis
from app.analysis.memory import collect_rarely
from app.checks import Context
from app.model import Event, Side, Verdict
from app.pairing.grouping import Key, form_group, lone_key, merging_keys, split
from tests.corpus import RULES, Shop, traffic

CHUNK = 10_000
LIVE = 300


class Run(NamedTuple):
    """One size: processor seconds for all, bytes for each event, and milliseconds for one more live event."""

    events: int
    groups: int
    seconds: float
    bytes_each: float
    one_more_ms: float
    worst_ms: float


MIXED = Shop(10**9, every_ms=400)  # 70 % of the conversions go right, the others fail in every way there is
CROWD = Shop(10**9, every_ms=400, exact=0.0, articles=1, named=0.0)


def stream(shop: Shop = MIXED, seed: int = 1) -> Iterator[Event]:
    """A shop's endless traffic."""
    return (row.event for row in traffic(shop, seed))


def run(events: int, shop: Shop = MIXED) -> Run:
    """Pair and check so many events, then add live ones one by one."""
    source = stream(shop)
    analysis = Analysis(Context(), RULES)
    gc.collect()
    before = resident()
    seconds = 0.0
    for chunk in batched(islice(source, events), CHUNK):
        start = time.process_time()
        analysis.add(chunk)
        seconds += time.process_time() - start
        del chunk
    start = time.process_time()
    groups = len(analysis.changes(None)[0])
    seconds += time.process_time() - start
    held = resident() - before
    summary = analysis.summary(whole=False)
    assert summary.browser_events + summary.server_events == events
    one_more = []
    for event in islice(source, LIVE):
        start = time.perf_counter()
        analysis.add((event,))
        analysis.changes(None)
        analysis.summary(whole=False)
        one_more.append((time.perf_counter() - start) * 1000)
    return Run(events, groups, seconds, held / events, statistics.median(one_more), max(one_more))


class Join(NamedTuple):
    """Processor seconds for one exact join, and the pairs it found."""

    seconds: float
    pairs: int


def peer(source: list[Event]) -> Join:
    """DuckDB's join of the first sends of each key on either side, on one thread, of rows that lie in its table."""
    import duckdb

    with TemporaryDirectory() as folder:
        path = Path(folder) / "events.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("browser", "key", "at_ms"))
            for event in source:
                if event.keys and not event.outcome.lost:
                    rows.writerow((int(event.side is Side.BROWSER), event.keys[0], event.at_ms))
        with duckdb.connect(config={"threads": 1}) as database:
            database.execute("create table events as select * from read_csv(?)", [str(path)])
            start = time.process_time()
            answer = database.execute(_JOIN, [RULES["meta"].window_ms]).fetchone()
            return Join(time.process_time() - start, answer[0] if answer else 0)


def bare(source: list[Event]) -> Join:
    """Our exact pairing alone: every event filed and grouped, repeats, windows and retries included."""
    gc.collect()
    gc.disable()
    start = time.process_time()
    filed: dict[Key, list[Event]] = {}
    for event in source:
        merging = merging_keys(event, RULES["meta"])
        filed.setdefault(merging[0] if merging else lone_key(event), []).append(event)
    groups = [
        form_group(part)
        for one, found in filed.items()
        for part in split(found, RULES["meta"], keyed=isinstance(one, str))
    ]
    seconds = time.process_time() - start
    gc.enable()
    return Join(seconds, sum(group.verdict is Verdict.DEDUPLICATED for group in groups))


def whole(source: list[Event]) -> Join:
    """Everything: pairing, near misses, repeats, checks and totals."""
    analysis = Analysis(Context(), RULES)
    start = time.process_time()
    analysis.add(source)
    groups, _ = analysis.changes(None)
    return Join(time.process_time() - start, sum(group.verdict is Verdict.DEDUPLICATED for group in groups))


_JOIN = """
    with first as (select browser, key, min(at_ms) as at_ms from events group by browser, key)
    select count(*) from first b join first s using (key)
    where b.browser = 1 and s.browser = 0 and abs(b.at_ms - s.at_ms) <= ?
"""


def resident() -> int:
    """The process's resident memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def show(found: Run, name: str = "") -> None:
    """Print one line of the table."""
    print(
        f"{found.events:9,} {found.groups:9,} {found.seconds:9.1f} {found.seconds / found.events * 1e6:9.1f} "
        f"{found.bytes_each:12.0f} {found.one_more_ms:20.3f} {found.worst_ms:9.1f}{name}",
        flush=True,
    )


def main(sizes: list[int]) -> None:
    """Print the table."""
    collect_rarely()
    print("   events    groups   seconds  µs/event  bytes/event  one more: median ms  worst ms")
    for events in sizes:
        show(run(events))
    show(run(min(sizes), CROWD), "  a crowd")
    source = list(islice(stream(), min(max(sizes), 100_000)))
    print(f"\n{len(source):,} events, exact pairs   seconds     pairs   times DuckDB")
    joins = {"our pairing alone": bare(source), "all of ours": whole(source)}
    try:
        joins["DuckDB, the join alone"] = peer(source)
    except ImportError:
        print("DuckDB is not installed: no peer in this run")
    floor = joins.get("DuckDB, the join alone")
    for name, join in joins.items():
        ratio = f"{join.seconds / floor.seconds:.0f}" if floor else "-"
        print(f"{name:28} {join.seconds:9.3f} {join.pairs:9,} {ratio:>14}")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [10_000, 100_000, 1_000_000])
