"""The session in numbers, along the top: what was seen, what will be counted, and what that costs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.gui.detail.findings_view import sorted_findings
from app.gui.drawing.ink import Tone, ink_of
from app.gui.drawing.runs import as_plain_tooltip
from app.model import Severity
from app.numbers import Orders, Summary
from app.words import BAND_WORDS, SEVERITY_WORDS, Role, discrepancy, money, percent

_EDGE = 12  # pixels on each side of a figure
_LISTED = 10  # order numbers that a tooltip names


class Figure(NamedTuple):
    """One number of the strip. `filter` is what a click on it filters by; empty when it can not be clicked."""

    number: str
    words: str
    tone: Tone
    help: str
    filter: str = ""


def figures(summary: Summary, target: float) -> tuple[Figure, ...]:
    """The strip's numbers. `target` is the wished overlap, a fraction."""
    seen = bool(summary.browser_events or summary.server_events)
    retries = summary.server_events - summary.unique_sends
    again = f" · {retries} sent again" if retries > 0 else ""
    low = summary.overlap is not None and summary.overlap < target
    surplus = summary.predicted_counted - summary.unique_conversions
    value = ", ".join(f"+{money(amount, currency)} {currency}" for currency, amount in summary.inflated_value)
    more = ", ".join(part for part in (f"{summary.inflation:+.0%}" if surplus else "", value) if part)
    whole = sorted_findings(summary.session_findings)
    counts = {severity: summary.found(severity) for severity in Severity}
    return (
        Figure(f"{summary.browser_events:,}", "browser events", Tone.PLAIN,
               "Events the browser sent. Copies by another transport are not counted.", "has:browser"),
        Figure(f"{summary.server_events:,}", f"server events{again}", Tone.PLAIN,
               f"Events the server sent; {summary.unique_sends} after retries of one send are taken as one.",
               "has:server"),
        Figure(f"{summary.deduplicated:,}", "deduplicated", _tone(summary.deduplicated, Tone.GOOD),
               "Conversions both sides sent and that are counted once.", "verdict:deduplicated"),
        Figure(f"{summary.double_counted:,}", "double counted", _tone(summary.double_counted, Tone.BAD),
               "Rows of conversions that will be counted twice.", "verdict:double-counted"),
        Figure("–" if summary.overlap is None else f"{summary.overlap:.0%}", f"overlap · target {target:.0%}",
               Tone.WARN if low else Tone.GOOD if summary.overlap is not None else Tone.MUTED,
               "Deduplicated conversions among all that are expected on both sides. "
               "The target is in the settings."),
        Figure(f"{summary.predicted_counted:,} → {summary.unique_conversions:,}" if seen else "–",
               f"counted → real{f' ({more})' if more else ''}", _tone(surplus, Tone.BAD),
               "What the platform will count, and how many conversions there were. Predicted: only the platform "
               "decides."),
        *((_orders(summary.orders, seen=seen),) if summary.orders else ()),
        Figure(f"{summary.failed_sends:,}", "failed sends", _tone(summary.failed_sends, Tone.BAD),
               "Sends that were refused, got no answer or broke off.", "status:4xx,5xx"),
        Figure(" · ".join(f"{counts[severity]:,}" for severity in list(Severity)[:3]), "critical · error · warning",
               Tone.BAD if counts[Severity.CRITICAL] + counts[Severity.ERROR] else
               Tone.WARN if counts[Severity.WARNING] else Tone.MUTED,
               "\n".join(("Open findings by severity. Those of the session as a whole:",
                          *(f"{SEVERITY_WORDS[item.severity].glyph} {item.message}" for item in whole),
                          *(() if whole else ("nothing.",)))),
               "severity:critical,error"),
    )  # fmt: skip


_TONES: dict[Role, Tone] = {"good": Tone.GOOD, "warn": Tone.WARN, "bad": Tone.BAD}


def _orders(orders: Orders, *, seen: bool) -> Figure:
    if not seen:
        return Figure("–", f"orders: {orders.known:,}", Tone.MUTED, "They are compared with the purchases to come.")
    word = BAND_WORDS[orders.band]
    said = discrepancy(orders.missed, orders.surplus)
    share = percent(round(orders.discrepancy, 3 if orders.discrepancy < 0.1 else 2)).replace(" ", "")
    unnamed = "1 names" if orders.unnamed == 1 else f"{orders.unnamed:,} name"
    return Figure(
        f"{word.glyph} {share} {orders.band.value.removeprefix('technical-')}",
        f"orders: {said}",
        _TONES[word.role],
        f"{orders.known:,} orders of the backend, {orders.purchases:,} purchases by the events: {said}. "
        f"{percent(orders.discrepancy)} is {word.word}. {word.help}"
        + (f"\n{unnamed} no order of these and could only be counted." if orders.unnamed else "")
        + _some("Named by no event", orders.missing)
        + _some("Unknown to the backend", orders.unknown)
        + _some("Reported more than once", orders.repeated),
    )


def _some(words: str, orders: tuple[str, ...]) -> str:
    """A line of the first few order numbers."""
    more = f" and {len(orders) - _LISTED:,} more" if len(orders) > _LISTED else ""
    return f"\n{words}: {', '.join(orders[:_LISTED])}{more}" if orders else ""


def _tone(count: int, tone: Tone) -> Tone:
    return tone if count else Tone.MUTED


class SummaryStrip(QWidget):
    """The figures side by side; a click on one filters the table by it."""

    filter_wished = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._tiles: list[_Tile] = []
        self.show_summary(Summary(), 0.9)

    def show_summary(self, summary: Summary, target: float) -> None:
        """Show a session's numbers."""
        shown = figures(summary, target)
        while len(self._tiles) < len(shown):
            tile = _Tile(self.filter_wished.emit, first=not self._tiles)
            self._row.addWidget(tile, 1)
            self._tiles.append(tile)
        for tile, figure in zip_longest(self._tiles, shown):
            tile.setVisible(figure is not None)
            if figure is not None:
                tile.show_figure(figure)


class _Tile(QWidget):
    """One figure; painted, so that the number and its words share an edge whatever the font."""

    def __init__(self, clicked: Callable[[str], None], *, first: bool) -> None:
        super().__init__()
        self._clicked = clicked
        self._first = first
        self._figure = Figure("", "", Tone.PLAIN, "")
        self.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)

    def show_figure(self, figure: Figure) -> None:
        if figure == self._figure:
            return
        grown = len(figure.words) != len(self._figure.words) or len(figure.number) != len(self._figure.number)
        self._figure = figure
        act = "\nClick to see them." if figure.filter else ""
        whole = f"{figure.number} {figure.words}"  # the words may be cut short in the strip itself
        self.setToolTip(as_plain_tooltip(f"{whole}\n{figure.help}{act}"))
        self.setAccessibleName(f"{figure.words}: {figure.number}")
        self.setAccessibleDescription(figure.help)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if figure.filter else Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor if figure.filter else Qt.CursorShape.ArrowCursor)
        if grown:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        number, words = self._fonts()
        width = max(
            QFontMetrics(number).horizontalAdvance(self._figure.number),
            QFontMetrics(words).horizontalAdvance(self._figure.words),
        )
        return QSize(width + 2 * _EDGE, QFontMetrics(number).height() + QFontMetrics(words).height() + 16)

    def minimumSizeHint(self) -> QSize:
        return QSize(70, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        painter = QPainter(self)
        number, words = self._fonts()
        tall = QFontMetrics(number).height()
        room = self.width() - 2 * _EDGE + 1
        painter.setFont(number)
        painter.setPen(ink.of(self._figure.tone))
        painter.drawText(_EDGE, 7 + QFontMetrics(number).ascent(), self._figure.number)
        painter.setFont(words)
        painter.setPen(ink.muted)
        text = QFontMetrics(words).elidedText(self._figure.words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(_EDGE, 8 + tall + QFontMetrics(words).ascent(), text)
        painter.setPen(QPen(ink.line))
        if not self._first:
            painter.drawLine(0, 0, 0, self.height())
        if self.hasFocus():
            painter.setPen(QPen(ink.info, 2))
            painter.drawRect(self.rect().adjusted(2, 2, -3, -3))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._figure.filter and self.rect().contains(event.position().toPoint()):
            self._clicked(self._figure.filter)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self._figure.filter:
            self._clicked(self._figure.filter)
            return
        super().keyPressEvent(event)

    def _fonts(self) -> tuple[QFont, QFont]:
        number, words = QFont(self.font()), QFont(self.font())
        number.setPointSizeF(self.font().pointSizeF() * 1.4)
        number.setWeight(QFont.Weight.DemiBold)
        words.setPointSizeF(max(self.font().pointSizeF() * 0.92, 7.5))
        return number, words
