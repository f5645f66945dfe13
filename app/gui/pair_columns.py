"""What stands in each cell of the table: pure functions from a conversion to runs of text, and to what it sorts by."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, NamedTuple

from app.comparison import amount, relate_ids, same_amount, same_currency, same_page
from app.gui.findings_view import sorted_findings
from app.gui.ink import Tone, tone_of
from app.gui.moments import clock, full, gap
from app.gui.runs import Run, plain
from app.gui.wire_text import Span, differing, shortened, visible
from app.model import Event, Group, Link, LinkKind, Outcome, Severity, Side, Verdict
from app.words import SEVERITY_WORDS, VERDICT_WORDS

DASH = (Run("–", Tone.MUTED),)
_ID_SHOWN = 30  # characters of one ID; the whole is in the tooltip
_HALVES = (LinkKind.SUGGESTED, LinkKind.OUTSIDE_WINDOW, LinkKind.ACCOUNT_DIFFERS)
_TIES = {
    LinkKind.SUGGESTED: "evidently the same conversion",
    LinkKind.OUTSIDE_WINDOW: "the same key, outside the window",
    LinkKind.ACCOUNT_DIFFERS: "the same key at another account",
    LinkKind.DOUBLE_FIRE: "the same action, fired again",
    LinkKind.REFIRED: "the same order, seen earlier",
}
_HASH_TROUBLE = {
    "raw-personal-data": ("✕ plain", Tone.BAD),
    "hash-wrong-form": ("✕ form", Tone.BAD),
    "hash-of-nothing": ("✕ empty", Tone.BAD),
    "hash-not-normalized": ("✕ not normal", Tone.BAD),
    "hash-differs-between-sides": ("✕ differ", Tone.BAD),
    "hash-different": ("! different", Tone.WARN),
    "hash-convention": ("! other rule", Tone.WARN),
}


class Band(Enum):
    """The table's four parts, each with its heading."""

    PAIR = "Conversion"
    BROWSER = "Browser"
    SERVER = "Server"
    FACTS = "Between them"


class Sight(NamedTuple):
    """One row as it is shown: the group, and for each half the send that speaks for it.

    A half the group lacks may be lent by a group it is tied to; `tie` then says why and `twin` is that group.
    """

    group: Group
    browser: Event | None
    server: Event | None
    lent: Side | None
    tie: Link | None
    twin: Group | None
    now_ms: int

    def half(self, side: Side) -> Event | None:
        return self.browser if side is Side.BROWSER else self.server


def sight(group: Group, linked: Callable[[str], Group | None], now_ms: int) -> Sight:
    """How a group is to be shown at a moment (milliseconds, UTC)."""
    browser, server = _speaker(group.browser), _speaker(group.server)
    missing = Side.BROWSER if browser is None else Side.SERVER if server is None else None
    for link in group.links:
        twin = linked(link.group)
        if twin is None:
            continue
        if missing is None or link.kind not in _HALVES:
            return Sight(group, browser, server, None, link, twin, now_ms)
        lent = _speaker(twin.side(missing))
        if lent is not None:
            if missing is Side.BROWSER:
                return Sight(group, lent, server, missing, link, twin, now_ms)
            return Sight(group, browser, lent, missing, link, twin, now_ms)
    return Sight(group, browser, server, None, None, None, now_ms)


def _speaker(events: tuple[Event, ...]) -> Event | None:
    return next((event for event in events if not event.outcome.lost), events[0] if events else None)


Runs = tuple[Run, ...]


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


def _verdict(row: Sight) -> Runs:
    word = VERDICT_WORDS[row.group.verdict]
    # The table is narrow, and what was not observed can only be the other side.
    text = "Not observed" if row.group.verdict is Verdict.NOT_OBSERVED else word.word
    if row.group.verdict is Verdict.WAITING and row.group.waiting_until_ms is not None:
        text = f"{text} {max(0, -(-(row.group.waiting_until_ms - row.now_ms) // 1000))} s"
    return (Run(f"{word.glyph} {text}", tone_of(word.role), bold=True),)


def _verdict_tip(row: Sight) -> str:
    word = VERDICT_WORDS[row.group.verdict]
    return f"{word.word} (predicted): {word.help}{_tie_sentence(row)}"


def _tie_sentence(row: Sight) -> str:
    if row.tie is None or row.twin is None:
        return ""
    evidence = f" Evidence: {', '.join(row.tie.evidence)}." if row.tie.evidence else ""
    sure = f", {row.tie.confidence:.0%} sure" if row.tie.confidence < 1 else ""
    return (
        f"\n\nTied to another row ({visible(row.twin.name[:60])}, {_id_words(row.twin.event_id)}): "
        f"{_TIES[row.tie.kind]}{sure}.{evidence} Ctrl+L goes there."
    )


def _id_words(event_id: str | None) -> str:
    return "no event ID" if event_id is None else f"“{visible(event_id[:80])}”"


def _name(row: Sight) -> Runs:
    mine, theirs = row.browser, row.server
    if mine is None or theirs is None or mine.name == theirs.name:
        return (Run(visible(row.group.name[:120]) or "no name", Tone.PLAIN if row.group.name else Tone.MUTED),)
    left, right = differing(mine.name, theirs.name)
    if mine.name.casefold() == theirs.name.casefold():  # one changed letter is easily missed: mark the word
        left, right = ((0, len(mine.name)),), ((0, len(theirs.name)),)
    return (*_marked(mine.name, left), Run(" ≠ ", Tone.MUTED), *_marked(theirs.name, right))


def _name_tip(row: Sight) -> str:
    mine, theirs = row.browser, row.server
    if mine is None or theirs is None or mine.name == theirs.name:
        return visible(row.group.name)
    why = "upper and lower case count" if mine.name.casefold() == theirs.name.casefold() else "the names must be equal"
    return f"Browser: {visible(mine.name)}\nServer: {visible(theirs.name)}\nNot deduplicated: {why}."


def _id(row: Sight) -> Runs:
    if row.browser is None or row.server is None or row.browser.event_id == row.server.event_id:
        if row.group.event_id is None:
            return (Run("none", Tone.MUTED),)
        text = visible(row.group.event_id)
        return (Run(shortened(text, 24, 5) or "empty", Tone.PLAIN if text else Tone.BAD, mono=True),)
    mine, theirs = row.browser.event_id, row.server.event_id
    unequal = Run(" ≠ ", Tone.MUTED)
    if mine is None or theirs is None:
        none = Run("none", Tone.BAD, marked=True)
        known = Run(shortened(visible(mine or theirs or ""), 16, 5), mono=True)
        return (none, unequal, known) if mine is None else (known, unequal, none)
    relation = relate_ids(mine, theirs)
    return (*_id_half(mine, relation.a_span), unequal, *_id_half(theirs, relation.b_span))


def _id_half(text: str, span: Span) -> Runs:
    start, end = span
    if end - start >= len(text) or end <= start:
        tone, marked = (Tone.BAD, True) if end > start else (Tone.PLAIN, False)
        return (Run(shortened(visible(text), 6, 3), tone, mono=True, marked=marked),)
    head, tail = text[:start], text[end:]
    around = [Run(shortened(visible(part), 9, 5), mono=True) for part in (head, tail)]
    return (around[0], Run(visible(text[start:end][:_ID_SHOWN]), Tone.BAD, mono=True, marked=True), around[1])


def _id_tip(row: Sight) -> str:
    if row.browser is None or row.server is None or row.browser.event_id == row.server.event_id:
        return "No event ID was sent." if row.group.event_id is None else visible(row.group.event_id)
    mine, theirs = row.browser.event_id, row.server.event_id
    lines = f"Browser: {_id_words(mine)}\nServer: {_id_words(theirs)}"
    why = "\nBoth sides must send the same event ID."
    if mine is not None and theirs is not None:
        why = "\n" + relate_ids(mine, theirs).detail
    return lines + why + _tie_sentence(row)


def _marked(text: str, spans: tuple[Span, ...]) -> Runs:
    """A text with its differing parts marked; stray spaces in them are spelled out."""
    runs: list[Run] = []
    at = 0
    for start, end in spans:
        runs += [Run(visible(text[at:start])), _mark(text[start:end], False)]
        at = end
    runs.append(Run(visible(text[at:])))
    return tuple(run for run in runs if run.text)


def _mark(text: str, mono: bool) -> Run:
    return Run(visible(text), Tone.BAD, mono=mono, marked=True)


def _when(side: Side) -> Callable[[Sight], Runs]:
    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None:
            return DASH
        text = clock(event.received_ms if event.received_ms is not None else event.own_ms)
        return _lend(row, side, (Run(text),))

    return cell


def _when_tip(side: Side) -> Callable[[Sight], str]:
    def tip(row: Sight) -> str:
        event = row.half(side)
        if event is None:
            return absent(row, side)
        lent = f"This half belongs to the tied row.{_tie_sentence(row)}" if row.lent is side else ""
        return f"Event's own time: {full(event.own_ms)}\nReceived: {full(event.received_ms)}\n{lent}".strip()

    return tip


def _lend(row: Sight, side: Side, runs: Runs) -> Runs:
    """The runs of a half; paler when another row lends it."""
    if row.lent is not side:
        return runs
    return tuple(run if run.marked else run._replace(tone=Tone.MUTED) for run in runs)


def _count(side: Side) -> Callable[[Sight], Runs]:
    def cell(row: Sight) -> Runs:
        count = len(row.group.side(side))
        if row.half(side) is None:
            return ()
        if row.lent is side:
            return (Run("⇄", Tone.INFO),)
        return (Run(f"×{count}", Tone.WARN if count > 1 else Tone.MUTED, bold=count > 1),)

    return cell


def _count_tip(side: Side) -> Callable[[Sight], str]:
    def tip(row: Sight) -> str:
        if row.lent is side:
            return f"This half belongs to the tied row.{_tie_sentence(row)}"
        events = row.group.side(side)
        lost = sum(event.outcome.lost for event in events)
        failed = f", {lost} of them refused or failed" if lost else ""
        return f"{len(events)} sends on the {side.value} side{failed}." if events else ""

    return tip


def _pixel(side: Side) -> Callable[[Sight], Runs]:
    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None:
            return DASH
        text = event.account if len(event.account) <= 5 else f"…{event.account[-4:]}"
        unlike = row.browser is not None and row.server is not None and row.browser.account != row.server.account
        return _lend(row, side, (_mark(text, True) if unlike else Run(visible(text), Tone.MUTED, mono=True),))

    return cell


def _pixel_tip(side: Side) -> Callable[[Sight], str]:
    def tip(row: Sight) -> str:
        event = row.half(side)
        unlike = row.browser is not None and row.server is not None and row.browser.account != row.server.account
        why = "\nThe other side sends to another pixel: the two are never deduplicated." if unlike else ""
        return f"Pixel {visible(event.account)}{why}" if event else ""

    return tip


def _value(side: Side) -> Callable[[Sight], Runs]:
    def cell(row: Sight) -> Runs:
        event, other = row.half(side), row.half(side.other)
        if event is None or (event.value is None and event.currency is None):
            missing = event is not None and other is not None and other.value is not None
            return (_mark("none", False),) if missing else DASH
        wrong_amount = other is not None and not same_amount(event.value, other.value)
        wrong_unit = other is not None and not same_currency(event.currency, other.currency)
        value = visible((event.value or "none")[:24])
        unit = visible((event.currency or "no currency")[:12])
        runs = (
            _mark(value, False) if wrong_amount else Run(value),
            Run(" "),
            _mark(unit, False) if wrong_unit else Run(unit, Tone.PLAIN if event.currency else Tone.WARN),
        )
        return _lend(row, side, runs)

    return cell


def _value_tip(side: Side) -> Callable[[Sight], str]:
    def tip(row: Sight) -> str:
        lines = [
            f"{name.value.capitalize()}: {visible(event.value or 'no value')} {visible(event.currency or '')}"
            for name in Side
            if (event := row.half(name)) is not None
        ]
        return "\n".join(lines)

    return tip


def _page(side: Side) -> Callable[[Sight], Runs]:
    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None or not event.page:
            return DASH
        text = event.page.split("://", 1)[-1]
        other = row.half(side.other)
        unlike = other is not None and other.page is not None and not same_page(event.page, other.page)
        return _lend(row, side, (_mark(text[:200], False) if unlike else Run(visible(text[:200]), Tone.MUTED),))

    return cell


def _page_tip(side: Side) -> Callable[[Sight], str]:
    return lambda row: visible(event.page or "") if (event := row.half(side)) else ""


def _source(row: Sight) -> Runs:
    return _lend(row, Side.SERVER, (Run(row.server.provenance.value),)) if row.server else DASH


def _source_tip(row: Sight) -> str:
    return _SOURCES.get(row.server.provenance.value, "") if row.server else ""


_SOURCES = {
    "captured": "Sent by the browser through the proxy.",
    "forwarded": "Sent by a backend to the forwarding listener, and relayed unchanged.",
    "proxied": "Sent by a backend that uses the proxy.",
    "page": "A Conversions API call made by the page itself.",
    "sent": "Composed here and sent as a test event.",
    "replayed": "Sent again from here as a test event.",
    "imported": "Read from a file.",
}


def _answer(row: Sight) -> Runs:
    sends = (row.server,) if row.lent is Side.SERVER and row.server else row.group.server
    event = sends[-1] if sends else None
    if event is None:
        return DASH
    answer = event.answer
    if event.outcome is Outcome.FAILED:
        text = f"✕ {answer.status}" if answer and answer.status else "✕ no answer"
        return (Run(text, Tone.BAD),)
    if answer is None or answer.status is None:
        return (Run("not seen", Tone.MUTED),)
    if event.outcome is Outcome.REJECTED:
        return (Run(f"✕ {answer.status}", Tone.BAD), Run(f" {answer.subcode or answer.code or ''}".rstrip(), Tone.BAD))
    tone = Tone.GOOD if event.outcome is Outcome.ACCEPTED else Tone.MUTED
    warned = bool(answer.messages)
    return _lend(row, Side.SERVER, (Run(f"{answer.status}{' !' if warned else ''}", Tone.WARN if warned else tone),))


def _answer_tip(row: Sight) -> str:
    lines = []
    for event in row.group.server:
        answer = event.answer
        if answer is None or answer.status is None:
            lines.append("No answer was seen.")
            continue
        parts = (answer.title, answer.message, *answer.messages)
        lines.append(" – ".join((str(answer.status), *(visible(part) for part in parts if part))))
    return "\n".join(lines)


def _gap(row: Sight) -> Runs:
    size = row.group.gap_ms
    if size is None and row.lent is not None and row.browser and row.server and row.browser.at_ms and row.server.at_ms:
        live = row.browser.received_ms is not None and row.server.received_ms is not None
        size = (
            row.server.received_ms - row.browser.received_ms
            if live and row.server.received_ms is not None and row.browser.received_ms is not None
            else row.server.at_ms - row.browser.at_ms
        )
        return (Run(gap(size), Tone.MUTED),)
    if size is None:
        return DASH
    codes = {finding.code for finding in row.group.findings}
    tone = Tone.BAD if "outside-window" in codes else Tone.WARN if "slow-server" in codes else Tone.PLAIN
    return (Run(gap(size), tone),)


def _gap_tip(row: Sight) -> str:
    if row.group.gap_ms is None:
        return "There is no second half to measure to." if row.lent is None else "From the tied row."
    return "Server minus browser, first live send of each."


def _hashes(row: Sight) -> Runs:
    hashed = sum(len(event.user) for event in (row.browser, row.server) if event is not None)
    found = [finding.code for finding in row.group.findings]
    trouble = next((word for code, word in _HASH_TROUBLE.items() if code in found), None)
    if trouble:
        return (Run(*trouble),)
    if not hashed:
        return DASH
    if "hash-unknown" in found or "hash-verified" not in found:
        return (Run(f"{hashed} not tested", Tone.MUTED),)
    return (Run(f"✓ {hashed}", Tone.GOOD),)


def _hashes_tip(row: Sight) -> str:
    texts = [
        visible(finding.message)
        for finding in row.group.findings
        if finding.code in _HASH_TROUBLE or finding.code in ("hash-verified", "hash-unknown")
    ]
    return "\n".join(texts[:6])


def _findings(row: Sight) -> Runs:
    if not row.group.findings:
        return DASH
    ranked = sorted_findings(row.group.findings)
    first, rest = ranked[0], len({finding.code for finding in ranked}) - 1
    word = SEVERITY_WORDS[first.severity]
    runs = [Run(f"{word.glyph} {first.code.replace('-', ' ')}", tone_of(word.role))]
    if rest:
        runs.append(Run(f" +{rest}", Tone.MUTED))
    return tuple(runs)


def _findings_tip(row: Sight) -> str:
    ranked = sorted_findings(row.group.findings)
    return "\n".join(f"{SEVERITY_WORDS[item.severity].glyph} {visible(item.message[:300])}" for item in ranked[:8])


def absent(row: Sight, side: Side) -> str:
    """Why a half is empty, in a few words; empty when it is not."""
    if row.half(side) is not None:
        return ""
    match row.group.verdict:
        case Verdict.WAITING:
            return f"waiting for the {side.value} half…"
        case Verdict.NOT_OBSERVED:
            return f"no {side.value} source was connected"
        case Verdict.DUPLICATE:
            return f"nothing on the {side.value} side"
        case _ if any(finding.code == "plan-deviation" for finding in row.group.findings):
            return f"missing, though the plan expects the {side.value} side"
        case Verdict.BROWSER_ONLY | Verdict.SERVER_ONLY:
            return f"never seen on the {side.value} side"
    return "–"


_VERDICTS = (
    Verdict.DOUBLE_COUNTED,
    Verdict.DUPLICATE,
    Verdict.NOT_COUNTED,
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
        event = _speaker(group.side(side))
        return _LAST if event is None else event.received_ms or event.own_ms or 0

    return order


def _order_value(side: Side) -> Callable[[Group], float]:
    def order(group: Group) -> float:
        event = _speaker(group.side(side))
        size = amount(event.value) if event else None
        return -1.0 if size is None else float(size)

    return order


def _order_text(side: Side, field: Callable[[Event], str | None]) -> Callable[[Group], str]:
    def order(group: Group) -> str:
        event = _speaker(group.side(side))
        return (field(event) or "") if event else ""

    return order


def _order_answer(group: Group) -> int:
    event = group.server[-1] if group.server else None
    return (event.answer.status or 0) if event and event.answer else -1


def _order_hashes(group: Group) -> int:
    codes = {finding.code for finding in group.findings}
    return next((rank for rank, code in enumerate(_HASH_TROUBLE) if code in codes), len(_HASH_TROUBLE))


def _order_findings(group: Group) -> tuple[int, int]:
    severity = group.severity
    return (severity.rank if severity else len(Severity), -len(group.findings))


def _half_columns(side: Side, band: Band, word: str) -> dict[str, Column]:
    made = (
        Column(f"{word}.time", "Time", band, "00:00:00.000", 0, _when(side), _when_tip(side), _order_when(side),
               f"When the {word} sent it, local time of day."),
        Column(f"{word}.count", "n", band, "×2", 0, _count(side), _count_tip(side),
               lambda group: len(group.side(side)),
               f"How many sends the {word} side made, refused ones included. ⇄: this half stands in a tied row."),
        Column(f"{word}.pixel", "Pixel", band, "…1111", 0, _pixel(side), _pixel_tip(side),
               _order_text(side, lambda event: event.account), "The pixel or dataset ID it was addressed to."),
        Column(f"{word}.value", "Value", band, "1142.52 USD", 0, _value(side), _value_tip(side), _order_value(side),
               "Value and currency. A marked part differs from the other side.", right=True),
        Column(f"{word}.page", "Page", band, "shop.example/thank-you", 3, _page(side), _page_tip(side),
               _order_text(side, lambda event: event.page), "The page the event says it happened on."),
    )  # fmt: skip
    return {column.title: column for column in made}


_BROWSER = _half_columns(Side.BROWSER, Band.BROWSER, "browser")
_SERVER = _half_columns(Side.SERVER, Band.SERVER, "server")

COLUMNS: tuple[Column, ...] = (
    Column("verdict", "Verdict", Band.PAIR, "✕ Double counted", 0, _verdict, _verdict_tip,
           lambda group: _VERDICT_RANK[group.verdict],
           "What the platform will do with it. Predicted: only the platform decides."),
    Column("name", "Event", Band.PAIR, "Purchase ≠ purchase  ", 2, _name, _name_tip, lambda group: group.name,
           "The event's name; both names where they differ."),
    Column("id", "Event ID", Band.PAIR, "12345 ≠ 12345-server  ", 4, _id, _id_tip, lambda group: group.event_id or "",
           "The key both sides must share. Marked parts differ."),
    *_BROWSER.values(),
    _SERVER["Time"], _SERVER["n"],
    Column("server.source", "From", Band.SERVER, "forwarded", 0, _source, _source_tip,
           _order_text(Side.SERVER, lambda event: event.provenance.value), "How the server's event reached Pixelpair."),
    _SERVER["Pixel"],
    Column("server.answer", "Answer", Band.SERVER, "✕ 400", 0, _answer, _answer_tip, _order_answer,
           "The platform's answer to the last send."),
    _SERVER["Value"], _SERVER["Page"],
    Column("gap", "Gap", Band.FACTS, "+837 ms", 0, _gap, _gap_tip,
           lambda group: _LAST if group.gap_ms is None else group.gap_ms,
           "Server minus browser.", right=True),
    Column("hashes", "Hashes", Band.FACTS, "! other rule", 0, _hashes, _hashes_tip, _order_hashes,
           "Customer values and how their hashes were checked. Not tested: no test customer was given."),
    Column("findings", "Findings", Band.FACTS, "✕ event id differs", 3, _findings, _findings_tip, _order_findings,
           "The gravest finding, and how many more there are."),
)  # fmt: skip
SPARED = ("server.page", "server.pixel", "browser.page", "browser.pixel")
"""Columns left out, in this order, where there is not room for all."""
INDEX = {column.key: number for number, column in enumerate(COLUMNS)}


def half_of(band: Band) -> Side | None:
    """The side a band shows; None for the bands about both."""
    return {Band.BROWSER: Side.BROWSER, Band.SERVER: Side.SERVER}.get(band)


def cell_text(column: Column, row: Sight) -> str:
    """A cell as plain text, for copying and for screen readers."""
    return plain(column.cell(row))
