"""The matrix in a terminal: a line for each conversion, a column for each platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.table import Table
from rich.text import Text

from app.model import Verdict
from app.reports.conversions import Matrix
from app.reports.printable import plain
from app.reports.terminal import STYLE
from app.words import VERDICT_WORDS

LEGEND = "B browser, S server. The glyph is the verdict there; ✕ not told: it was due there."


def matrix_table(matrix: Matrix, codes: Callable[[Mapping[str, Any]], Text]) -> Table:
    """Which platform got which conversion: a glyph for the verdict there, and the sides it came from.

    `codes` gives what is wrong between the platforms of one.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", title_justify="left", title_style="bold")
    table.title = "One conversion, all platforms"
    for heading in ("", "Conversion", "Order", *map(matrix.title, matrix.platforms), "Between platforms"):
        table.add_column(heading, overflow="fold")
    for part in matrix.rows:
        shares = {share["platform"]: share for share in part["platforms"]}
        cells = [_cell(shares.get(name), missing=name in part["missing"]) for name in matrix.platforms]
        title, order = Text(plain(part["title"])), Text(plain(part["order_id"] or "–"))
        table.add_row(Text(part["id"], style="dim"), title, order, *cells, codes(part) or Text("–"))
    return table


def _cell(share: Mapping[str, Any] | None, *, missing: bool) -> Text:
    if share is None:
        return Text("✕ not told", style=STYLE["bad"]) if missing else Text("–", style="dim")
    word = VERDICT_WORDS[Verdict(share["verdict"])]
    letters = "+".join(side[0].upper() for side in share["sides"])
    return Text(f"{word.glyph} {letters}", style=STYLE[word.role])
