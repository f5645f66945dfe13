"""The answer tab: what the platform said to a send, in words, with what to do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.gui.detail.findings_view import sorted_findings
from app.gui.detail.raw_text import answer_body
from app.gui.drawing.ink import Tone, tone_of
from app.gui.drawing.moments import full, span
from app.gui.drawing.prose import Page, Prose
from app.gui.drawing.runs import Run
from app.gui.drawing.wire_text import visible
from app.model import Answer, Event, Exchange, Finding, Outcome, Side
from app.words import SEVERITY_WORDS

_SHOWN = 4000
DELIVERY = ("send-rejected", "send-failed", "partially-accepted", "slow-answer", "clock-skew", "blocked")


class AnswerView(QWidget):
    """The answer to one send."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = Prose(self)
        self.page.setAccessibleName("Answer")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)

    def show_answers(self, sends: tuple[tuple[Event, Exchange | None], ...], findings: tuple[Finding, ...]) -> None:
        """Show the answers to these sends, the first whole and the others after it."""
        self.page.write(lambda page: _write(page, sends, findings))


def headline(event: Event) -> tuple[str, Tone]:
    """The answer in one line, with its tone."""
    answer = event.answer
    code = f" · code {visible(answer.code)}" if answer and answer.code else ""
    code += f" · subcode {visible(answer.subcode)}" if answer and answer.subcode else ""
    status = f"HTTP {answer.status}" if answer and answer.status is not None else "no answer"
    match event.outcome:
        case Outcome.ACCEPTED:
            taken = answer.received if answer else None
            many = f", {taken} event{'s' if taken != 1 else ''} received" if taken is not None else ""
            warned = bool(answer and answer.messages)
            return (
                (f"! Accepted with a warning · {status}{many}", Tone.WARN)
                if warned
                else (f"✓ Accepted · {status}{many}", Tone.GOOD)
            )
        case Outcome.REJECTED:
            return f"✕ Rejected · {status}{code}", Tone.BAD
        case Outcome.FAILED:
            return f"✕ Failed · {status}{code}", Tone.BAD
        case Outcome.UNKNOWN:
            if answer is None or answer.status is None:
                return "– No answer was seen", Tone.MUTED
            return f"– {status}, without a word on the event", Tone.MUTED


def _write(page: Page, sends: tuple[tuple[Event, Exchange | None], ...], findings: tuple[Finding, ...]) -> None:
    if not sends:
        page.line(Run("No send to show an answer for.", Tone.MUTED))
        return
    for index, (event, exchange) in enumerate(sends):
        _one(page, event, exchange, findings, above=14.0 if index else 0.0)


def _one(page: Page, event: Event, exchange: Exchange | None, findings: tuple[Finding, ...], above: float) -> None:
    text, tone = headline(event)
    page.line(Run(text, tone, bold=True), above=above, larger=2.0)
    page.line(
        Run(f"{event.side.value.capitalize()} · {event.provenance.value} · {full(event.received_ms)}", Tone.MUTED)
    )
    if event.side is Side.BROWSER and event.outcome is Outcome.UNKNOWN:
        page.line(Run("A pixel's answer never says whether the event was taken, so none is claimed here."), above=4)
    if event.answer is not None:
        page.facts(_facts(event.answer))
        for message in event.answer.messages[:50]:
            page.line(Run("! ", Tone.WARN, bold=True), Run(visible(message[:_SHOWN])), above=2)
    for finding in sorted_findings(findings):
        if finding.code in DELIVERY and finding.event in (event.id, None):
            _explained(page, finding)
    if exchange is not None:
        _as_it_came(page, exchange)


def _facts(answer: Answer) -> list[tuple[str, tuple[Run, ...]]]:
    rows: list[tuple[str, str | None, bool]] = [
        ("Title", answer.title, False),
        ("Message", answer.message, False),
        ("Code", answer.code, True),
        ("Subcode", answer.subcode, True),
        ("Field blamed", answer.blamed, True),
        ("Worth a retry", "yes, the platform calls it transient" if answer.transient else None, False),
        ("Trace ID", answer.trace_id, True),
        ("Took", span(answer.latency_ms) if answer.latency_ms is not None else None, False),
        ("Its clock", full(answer.date_ms) if answer.date_ms is not None else None, False),
    ]
    return [(name, (Run(visible(text[:_SHOWN]), mono=mono),)) for name, text, mono in rows if text]


def _explained(page: Page, finding: Finding) -> None:
    word = SEVERITY_WORDS[finding.severity]
    tone = tone_of(word.role)

    def body(inner: Page) -> None:
        inner.line(Run(visible(finding.message[:_SHOWN]), bold=True))
        if finding.fix:
            inner.facts([("Fix", (Run(visible(finding.fix[:_SHOWN])),))], above=2)

    page.card(tone, (Run(f"{word.glyph} What it means", tone, bold=True),), body)


def _as_it_came(page: Page, exchange: Exchange) -> None:
    if exchange.response is None:
        page.line(Run(visible(exchange.error or "No answer was seen."), mono=True), above=6)
        return
    body = answer_body(exchange.response)
    if body:
        page.line(Run("As it came", Tone.MUTED), above=8)
        for line in body[:20_000].splitlines():
            page.line(Run(line, mono=True))
