"""The table's columns: what stands in each, what it sorts by, and how its heading is explained."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from app.comparison import amount
from app.gui.drawing.runs import plain
from app.gui.table.fact_cells import HASH_TROUBLE, findings, findings_tip, gap_cell, gap_tip, hashes, hashes_tip
from app.gui.table.half_cells import (
    answer,
    answer_tip,
    count,
    count_tip,
    page,
    page_tip,
    pixel,
    pixel_tip,
    source,
    source_tip,
    value,
    value_tip,
    when,
    when_tip,
)
from app.gui.table.pair_cells import (
    ad_platform,
    ad_platform_tip,
    event_id,
    event_id_tip,
    name,
    name_tip,
    verdict,
    verdict_tip,
)
from app.gui.table.sight import Runs, Sight, speaker
from app.model import Event, Group, Severity, Side, Verdict
from app.platforms import title_of


class Band(Enum):
    """The table's four parts, each with its heading."""

    PAIR = "Conversion"
    BROWSER = "Browser"
    SERVER = "Server"
    FACTS = "Between them"


class Column(NamedTuple):
    """One column. `order` is what it sorts by; `help` explains the heading; `sample` is what it must have room for."""

    key: str
    title: str
    band: Band
    sample: str
    stretch: int
    cell: Callable[[Sight], Runs]
    tip: Callable[[Sight], str]
    order: Callable[[Group], Any]
    help: str
    right: bool = False


_VERDICTS = (
    Verdict.DOUBLE_COUNTED,
    Verdict.DUPLICATE,
    Verdict.NOT_COUNTED,
    Verdict.PROBABLE,
    Verdict.BROWSER_ONLY,
    Verdict.SERVER_ONLY,
    Verdict.NOT_OBSERVED,
    Verdict.WAITING,
    Verdict.DEDUPLICATED,
)


_VERDICT_RANK = {verdict: rank for rank, verdict in enumerate(_VERDICTS)}


_LAST = 2**63


def _order_when(side: Side) -> Callable[[Group], int]:
    def order(group: Group) -> int:
        event = speaker(group.side(side))
        return _LAST if event is None else event.received_ms or event.own_ms or 0

    return order


def _order_value(side: Side) -> Callable[[Group], float]:
    def order(group: Group) -> float:
        event = speaker(group.side(side))
        size = amount(event.value) if event else None
        return -1.0 if size is None else float(size)

    return order


def _order_text(side: Side, field: Callable[[Event], str | None]) -> Callable[[Group], str]:
    def order(group: Group) -> str:
        event = speaker(group.side(side))
        return (field(event) or "") if event else ""

    return order


def _order_answer(group: Group) -> int:
    event = group.server[-1] if group.server else None
    return (event.answer.status or 0) if event and event.answer else -1


def _order_hashes(group: Group) -> int:
    codes = {finding.code for finding in group.findings}
    return next((rank for rank, code in enumerate(HASH_TROUBLE) if code in codes), len(HASH_TROUBLE))


def _order_findings(group: Group) -> tuple[int, int]:
    severity = group.severity
    return (severity.rank if severity else len(Severity), -len(group.findings))


def _half_columns(side: Side, band: Band, word: str) -> dict[str, Column]:
    made = (
        Column(f"{word}.time", "Time", band, "00:00:00.000", 0, when(side), when_tip(side), _order_when(side),
               f"When the {word} sent it, local time of day."),
        Column(f"{word}.count", "n", band, "×2", 0, count(side), count_tip(side),
               lambda group: len(group.side(side)),
               f"How many sends the {word} side made, refused ones included. ⇄: this half stands in a tied row."),
        Column(f"{word}.pixel", "Pixel", band, "…1111", 0, pixel(side), pixel_tip(side),
               _order_text(side, lambda event: event.place),
               "The account it was addressed to; the tooltip calls it as its platform does."),
        Column(f"{word}.value", "Value", band, "1142.52 USD", 0, value(side), value_tip(side), _order_value(side),
               "Value and currency. A marked part differs from the other side.", right=True),
        Column(f"{word}.page", "Page", band, "shop.example/thank-you", 3, page(side), page_tip(side),
               _order_text(side, lambda event: event.page), "The page the event says it happened on."),
    )  # fmt: skip
    return {column.title: column for column in made}


_BROWSER = _half_columns(Side.BROWSER, Band.BROWSER, "browser")


_SERVER = _half_columns(Side.SERVER, Band.SERVER, "server")


PLATFORM = "platform"
"""The key of the column that is shown by itself when there are several platforms."""


COLUMNS: tuple[Column, ...] = (
    Column("verdict", "Verdict", Band.PAIR, "✕ Double counted", 0, verdict, verdict_tip,
           lambda group: _VERDICT_RANK[group.verdict],
           "What the platform will do with it. Predicted: only the platform decides."),
    Column(PLATFORM, "Platform", Band.PAIR, "Google Ads", 0, ad_platform, ad_platform_tip,
           lambda group: title_of(group.platform),
           "The ad platform it was sent to. Shown by itself as soon as the session holds several."),
    Column("name", "Event", Band.PAIR, "Purchase ≠ purchase  ", 2, name, name_tip, lambda group: group.name,
           "The event's name; both names where they differ."),
    Column("id", "Event ID", Band.PAIR, "12345 ≠ 12345-server  ", 4, event_id, event_id_tip,
           lambda group: group.event_id or "",
           "The key both sides must share. Marked parts differ."),
    *_BROWSER.values(),
    _SERVER["Time"], _SERVER["n"],
    Column("server.source", "From", Band.SERVER, "forwarded", 0, source, source_tip,
           _order_text(Side.SERVER, lambda event: event.provenance.value), "How the server's event reached Pixelpair."),
    _SERVER["Pixel"],
    Column("server.answer", "Answer", Band.SERVER, "✕ 400", 0, answer, answer_tip, _order_answer,
           "The platform's answer to the last send."),
    _SERVER["Value"], _SERVER["Page"],
    Column("gap", "Gap", Band.FACTS, "+837 ms", 0, gap_cell, gap_tip,
           lambda group: _LAST if group.gap_ms is None else group.gap_ms,
           "Server minus browser.", right=True),
    Column("hashes", "Hashes", Band.FACTS, "! other rule", 0, hashes, hashes_tip, _order_hashes,
           "Customer values and how their hashes were checked. Not tested: no test customer was given."),
    Column("findings", "Findings", Band.FACTS, "✕ event id differs", 3, findings, findings_tip, _order_findings,
           "The gravest finding, and how many more there are."),
)  # fmt: skip


SPARED = ("server.page", "server.pixel", "browser.page", "browser.pixel")
"""Columns left out, in this order, where there is not room for all."""


LAST_SPARED = "server.source"
"""Left out when even then the findings would be out of sight."""


INDEX = {column.key: number for number, column in enumerate(COLUMNS)}


def half_of(band: Band) -> Side | None:
    """The side a band shows; None for the bands about both."""
    return {Band.BROWSER: Side.BROWSER, Band.SERVER: Side.SERVER}.get(band)


def cell_text(column: Column, row: Sight) -> str:
    """A cell as plain text, for copying and for screen readers."""
    return plain(column.cell(row))
