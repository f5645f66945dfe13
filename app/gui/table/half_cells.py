"""The cells of one half, the browser's or the server's: when, how often, where to, what, and what came back."""

from __future__ import annotations

from collections.abc import Callable

from app.comparison import same_amount, same_currency, same_page
from app.gui.drawing.ink import Tone
from app.gui.drawing.moments import clock, full
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import visible
from app.gui.table.sight import DASH, Runs, Sight, absent, lend, mark, tie_sentence
from app.model import Outcome, Side, Verdict
from app.platforms import account_word
from app.words import in_minor_units

_OTHERS = {
    False: " Two accounts are never deduplicated.",
    True: " They are merged only if both are one account: name them as one if they are.",
}


def when(side: Side) -> Callable[[Sight], Runs]:
    """When the half was sent, local time of day."""

    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None:
            return DASH
        text = clock(event.received_ms if event.received_ms is not None else event.own_ms)
        return lend(row, side, (Run(text),))

    return cell


def when_tip(side: Side) -> Callable[[Sight], str]:
    """Both times of the event in full."""

    def tip(row: Sight) -> str:
        event = row.half(side)
        if event is None:
            return absent(row, side)
        lent = f"This half belongs to the tied row.{tie_sentence(row)}" if row.lent is side else ""
        return f"Event's own time: {full(event.own_ms)}\nReceived: {full(event.received_ms)}\n{lent}".strip()

    return tip


def count(side: Side) -> Callable[[Sight], Runs]:
    """How many sends the half has; an arrow when another row lends it."""

    def cell(row: Sight) -> Runs:
        sends = len(row.group.side(side))
        if row.half(side) is None:
            return ()
        if row.lent is side:
            return (Run("⇄", Tone.INFO),)
        return (Run(f"×{sends}", Tone.WARN if sends > 1 else Tone.MUTED, bold=sends > 1),)

    return cell


def count_tip(side: Side) -> Callable[[Sight], str]:
    """How many sends there were, and how many were lost."""

    def tip(row: Sight) -> str:
        if row.lent is side:
            return f"This half belongs to the tied row.{tie_sentence(row)}"
        events = row.group.side(side)
        lost = sum(event.outcome.lost for event in events)
        failed = f", {lost} of them refused or failed" if lost else ""
        return f"{len(events)} sends on the {side.value} side{failed}." if events else ""

    return tip


def pixel(side: Side) -> Callable[[Sight], Runs]:
    """The end of the account's ID; marked when the sides differ."""

    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None:
            return DASH
        text = event.place if len(event.place) <= 5 else f"…{event.place[-4:]}"
        unlike = row.browser is not None and row.server is not None and row.browser.place != row.server.place
        return lend(row, side, (mark(text, True) if unlike else Run(visible(text), Tone.MUTED, mono=True),))

    return cell


def pixel_tip(side: Side) -> Callable[[Sight], str]:
    """The account in full."""

    def tip(row: Sight) -> str:
        event = row.half(side)
        unlike = row.browser is not None and row.server is not None and row.browser.place != row.server.place
        if event is None:
            return ""
        word = account_word(event.platform) if event.account else event.account_kind.capitalize()
        why = f"\nThe other side names another one.{_OTHERS[row.group.verdict is Verdict.PROBABLE]}" if unlike else ""
        return f"{word} {visible(event.place)}{why}"

    return tip


def value(side: Side) -> Callable[[Sight], Runs]:
    """Amount and currency, each marked where it differs; the amount as its currency writes it."""

    def cell(row: Sight) -> Runs:
        event, other = row.half(side), row.half(side.other)
        if event is None or not (event.value or event.currency):
            missing = event is not None and other is not None and bool(other.value)
            return (mark("none", False),) if missing else DASH
        wrong_amount = other is not None and not same_amount(event.value, other.value)
        wrong_unit = other is not None and not same_currency(event.currency, other.currency)
        size = visible((in_minor_units(event.value, event.currency) if event.value else "none")[:24])
        unit = visible((event.currency or "no currency")[:12])
        runs = (
            mark(size, False) if wrong_amount else Run(size),
            Run(" "),
            mark(unit, False) if wrong_unit else Run(unit, Tone.PLAIN if event.currency else Tone.WARN),
        )
        return lend(row, side, runs)

    return cell


def value_tip(side: Side) -> Callable[[Sight], str]:
    """Both values as they were sent."""

    def tip(row: Sight) -> str:
        lines = [
            f"{name.value.capitalize()}: {visible(event.value or 'no value')} {visible(event.currency or '')}"
            for name in Side
            if (event := row.half(name)) is not None
        ]
        return "\n".join(lines)

    return tip


def page(side: Side) -> Callable[[Sight], Runs]:
    """The page without its scheme; marked when it differs."""

    def cell(row: Sight) -> Runs:
        event = row.half(side)
        if event is None or not event.page:
            return DASH
        text = event.page.split("://", 1)[-1]
        other = row.half(side.other)
        unlike = other is not None and other.page is not None and not same_page(event.page, other.page)
        return lend(row, side, (mark(text[:200], False) if unlike else Run(visible(text[:200]), Tone.MUTED),))

    return cell


def page_tip(side: Side) -> Callable[[Sight], str]:
    """The page in full."""
    return lambda row: visible(event.page or "") if (event := row.half(side)) else ""


def source(row: Sight) -> Runs:
    """How the server's event reached us."""
    return lend(row, Side.SERVER, (Run(row.server.provenance.value),)) if row.server else DASH


def source_tip(row: Sight) -> str:
    """The same in a sentence."""
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


def answer(row: Sight) -> Runs:
    """The platform's answer to the last send."""
    sends = (row.server,) if row.lent is Side.SERVER and row.server else row.group.server
    event = sends[-1] if sends else None
    if event is None:
        return DASH
    said = event.answer
    if event.outcome is Outcome.FAILED:
        text = f"✕ {said.status}" if said and said.status else "✕ no answer"
        return (Run(text, Tone.BAD),)
    if said is None or said.status is None:
        return (Run("not seen", Tone.MUTED),)
    if event.outcome is Outcome.REJECTED:
        return (Run(f"✕ {said.status}", Tone.BAD), Run(f" {said.subcode or said.code or ''}".rstrip(), Tone.BAD))
    tone = Tone.GOOD if event.outcome is Outcome.ACCEPTED else Tone.MUTED
    warned = bool(said.messages)
    return lend(row, Side.SERVER, (Run(f"{said.status}{' !' if warned else ''}", Tone.WARN if warned else tone),))


def answer_tip(row: Sight) -> str:
    """Every answer, with what the platform said."""
    lines = []
    for event in row.group.server:
        said = event.answer
        if said is None or said.status is None:
            lines.append("No answer was seen.")
            continue
        parts = (said.title, said.message, *said.messages)
        lines.append(" – ".join((str(said.status), *(visible(part) for part in parts if part))))
    return "\n".join(lines)
