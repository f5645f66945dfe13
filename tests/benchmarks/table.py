"""`python -m tests.benchmarks.table [ROWS]`: how long the table takes, beside a plain sort of as many texts.

Milliseconds depend on the machine, so each is also given as a ratio to that sort.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt

from app.analysis.filters import read_filter
from app.gui.app import make_application
from app.gui.table.pair_columns import INDEX
from app.gui.table.table_area import TableArea
from tests.gui.sessions import batch, many


def measured(act: Callable[[], object]) -> float:
    """Milliseconds that something takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def main(rows: int) -> None:
    """Measure and print."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = make_application("light")
    texts = [str(random.random()) for _ in range(rows)]
    base = measured(lambda: sorted(texts))
    print(f"{rows:,} rows; a plain sort of as many texts takes {base:.0f} ms")
    groups = many(rows)
    more = many(rows + 2_000)[rows:]
    area = TableArea()
    area.resize(1280, 500)
    area.show()

    def paint() -> None:
        area.table.viewport().repaint()
        application.processEvents()

    def sort(key: str, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> Callable[[], None]:
        return partial(area.table.sort_by, INDEX[key], order)

    def choose(text: str) -> Callable[[], None]:
        return partial(area.filter.replace, text)

    steps: list[tuple[str, Callable[[], object]]] = [
        ("load all at once", lambda: area.take(batch(groups))),
        ("sort by verdict", sort("verdict")),
        ("sort by event ID, descending", sort("id", Qt.SortOrder.DescendingOrder)),
        ("sort by value", sort("browser.value")),
        ("sort by arrival", partial(area.table.sort_by, -1, Qt.SortOrder.AscendingOrder)),
        ("filter verdict:double", choose("verdict:double")),
        ("filter a bare word", choose("12345-9")),
        ("filter has:fbp -source:imported", choose("has:fbp -source:imported")),
        ("filter nothing", choose("")),
        ("read a filter", lambda: read_filter("verdict:double event:Purchase -id:test delay>5s")),
    ]
    for name, act in steps:
        took = measured(act) + measured(paint)
        print(f"{name:34} {took:8.1f} ms   ratio {took / base:6.2f}")
    area.table.select_group(groups[rows // 2].id)
    for name, key in (("as they arrive", -1), ("sorted by event ID", INDEX["id"])):
        area.table.sort_by(key, Qt.SortOrder.AscendingOrder)
        half = more[:1000] if key < 0 else more[1000:]
        longest = 0.0
        for at in range(0, 1000, 20):
            news = batch(tuple(half[at : at + 20]))
            longest = max(longest, measured(partial(area.take, news)) + measured(paint))
        print(f"{'longest stall, 20 new rows, ' + name:46} {longest:8.1f} ms   ratio {longest / base:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
