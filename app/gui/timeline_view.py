"""The timeline tab: every send of a conversion and its answer, on one axis."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import log2

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from app.gui.ink import Ink, Tone, ink_of
from app.gui.moments import clock, full, gap, span
from app.gui.runs import as_plain_tooltip
from app.gui.wire_text import visible
from app.model import Event, Group, Outcome, Side

_TITLES = 230  # pixels for the names of the lanes
_EDGE = 70  # pixels kept free at either end of the axis, for labels that hang over
_LANE = 42
_OUTCOMES = {
    Outcome.ACCEPTED: ("✓ accepted", Tone.GOOD),
    Outcome.UNKNOWN: ("answered", Tone.INFO),
    Outcome.REJECTED: ("✕ rejected", Tone.BAD),
    Outcome.FAILED: ("✕ failed", Tone.BAD),
}


@dataclass(frozen=True, slots=True)
class Lane:
    """One send: what it is, when the event says it happened, when it came, when it was answered (ms, UTC)."""

    title: str
    outcome: str
    tone: Tone
    side: Side
    own_ms: int | None
    received_ms: int | None
    answered_ms: int | None
    linked: bool = False

    @property
    def instants(self) -> tuple[int, ...]:
        return tuple(ms for ms in (self.own_ms, self.received_ms, self.answered_ms) if ms is not None)

    @property
    def words(self) -> str:
        """The lane said in full."""
        parts = [f"{self.title}: {self.outcome}"]
        if self.own_ms is not None:
            parts.append(f"event's own time {full(self.own_ms)}")
        if self.received_ms is not None:
            parts.append(f"sent {full(self.received_ms)}")
        if self.own_ms is not None and self.received_ms is not None:
            parts.append(f"sent {gap(self.received_ms - self.own_ms)} after the event's own time")
        if self.answered_ms is not None and self.received_ms is not None:
            parts.append(f"answered after {span(self.answered_ms - self.received_ms)}")
        return "\n".join(parts)


@dataclass(frozen=True, slots=True)
class Scale:
    """Where each instant stands between 0 and 1. `true` says whether distances are to scale."""

    stops: tuple[tuple[int, float], ...]
    true: bool

    def at(self, ms: int) -> float:
        return dict(self.stops)[ms]


def scale_of(instants: tuple[int, ...]) -> Scale:
    """An axis for these instants: to scale when all can be told apart, long gaps shortened when not."""
    distinct = sorted(set(instants))
    if len(distinct) < 2:
        return Scale(tuple((ms, 0.5) for ms in distinct), true=True)
    gaps = [later - earlier for earlier, later in pairwise(distinct)]
    true = min(gaps) / sum(gaps) >= 0.02
    weights = [float(size) if true else log2(size + 2) + 1.5 for size in gaps]
    places = [0.0]
    for weight in weights:
        places.append(places[-1] + weight / sum(weights))
    return Scale(tuple(zip(distinct, places, strict=True)), true)


def lanes_of(group: Group, linked: Group | None) -> tuple[Lane, ...]:
    """Every send of the group and of its linked one, in order of time."""
    own = [(event, False) for event in group.events]
    other = [(event, True) for event in linked.events] if linked else []
    ordered = sorted([*own, *other], key=lambda item: (_first(item[0]), item[0].side is Side.SERVER))
    return tuple(_lane(event, _attempt(event, group, linked), linked=far) for event, far in ordered)


def _first(event: Event) -> int:
    return event.received_ms if event.received_ms is not None else event.at_ms


def _attempt(event: Event, group: Group, linked: Group | None) -> str:
    """ "attempt 2 of 3" when the event was sent more than once as one send."""
    if event.send is None:
        return ""
    events = (*group.events, *(linked.events if linked else ()))
    tries = sorted((item for item in events if item.send == event.send), key=_first)
    return f"attempt {tries.index(event) + 1} of {len(tries)}" if len(tries) > 1 else ""


def _lane(event: Event, attempt: str, *, linked: bool) -> Lane:
    answer = event.answer
    word, tone = _OUTCOMES[event.outcome]
    if answer is None or answer.status is None:
        word, tone = ("no answer seen", Tone.MUTED) if event.outcome is Outcome.UNKNOWN else (word, tone)
    status = str(answer.status) if answer and answer.status is not None else ""
    latency = answer.latency_ms if answer else None
    took = span(latency) if latency is not None else ""
    title = [f"{event.side.value.capitalize()} · {event.provenance.value}"]
    if linked:
        title.append("linked row")
    if attempt:
        title.append(attempt)
    answered = event.received_ms + latency if event.received_ms is not None and latency is not None else None
    return Lane(
        visible(" · ".join(title)),
        " · ".join(part for part in (word, status, took) if part),
        tone,
        event.side,
        event.own_ms,
        event.received_ms,
        answered,
        linked,
    )


class TimelineCanvas(QWidget):
    """The drawing: names on the left, the axis on top, a lane for each send."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes: tuple[Lane, ...] = ()
        self._scale = scale_of(())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Timeline")

    def show_lanes(self, lanes: tuple[Lane, ...]) -> None:
        """Replace what is drawn."""
        self._lanes = lanes
        self._scale = scale_of(tuple(ms for lane in lanes for ms in lane.instants))
        self.setAccessibleDescription("; ".join(lane.words.replace("\n", ", ") for lane in lanes))
        self.setMinimumHeight(self.sizeHint().height())
        self.updateGeometry()
        self.update()

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return self._lanes

    def sizeHint(self) -> QSize:
        return QSize(640, round(self._top() + len(self._lanes) * _LANE + self._line() + 20))

    def lane_at(self, y: float) -> Lane | None:
        """The lane at a height in pixels."""
        index = int((y - self._top()) // _LANE)
        return self._lanes[index] if y >= self._top() and index < len(self._lanes) else None

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            lane = self.lane_at(event.pos().y())
            if lane:
                QToolTip.showText(event.globalPos(), as_plain_tooltip(lane.words), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        ink = ink_of(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), ink.base)
        painter.fillRect(QRectF(0, 0, self.width(), self._top()), ink.raised)
        self._draw_axis(painter, ink)
        for index, lane in enumerate(self._lanes):
            self._draw_lane(painter, ink, lane, self._top() + index * _LANE)
        legend = "◇ event's own time    ● sent    ━ waiting for the answer    ┃ answer"
        scale = "to scale" if self._scale.true else "not to scale: long gaps are shortened"
        painter.setPen(ink.muted)
        bottom = QRectF(10, self._top() + len(self._lanes) * _LANE + 6, self.width() - 20, self._line())
        painter.drawText(bottom, Qt.AlignmentFlag.AlignLeft, legend)
        painter.drawText(bottom, Qt.AlignmentFlag.AlignRight, scale)

    def _line(self) -> float:
        return float(self.fontMetrics().lineSpacing())

    def _top(self) -> float:
        return self._line() * 2 + 14

    def _x(self, ms: int) -> float:
        return _TITLES + _EDGE + self._scale.at(ms) * max(self.width() - _TITLES - 2 * _EDGE - 60, 80)

    def _draw_axis(self, painter: QPainter, ink: Ink) -> None:
        metrics = self.fontMetrics()
        painter.setPen(ink.muted)
        painter.drawText(QRectF(10, 5, _TITLES, self._line()), Qt.AlignmentFlag.AlignLeft, "Local time")
        painter.drawText(QRectF(10, 7 + self._line(), _TITLES, self._line()), Qt.AlignmentFlag.AlignLeft, "Between")
        bottom = self._top() + len(self._lanes) * _LANE
        free_from = 0.0
        previous: tuple[int, float] | None = None
        for ms, _ in self._scale.stops:
            x = self._x(ms)
            painter.setPen(QPen(ink.line, 1))
            painter.drawLine(QPointF(x, self._top() - 4), QPointF(x, bottom))
            text = clock(ms)
            wide = metrics.horizontalAdvance(text)
            if x - wide / 2 >= free_from:
                painter.setPen(ink.text)
                box = QRectF(x - wide / 2, 5, wide + 2, self._line())
                painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
                free_from = x + wide / 2 + 10
            if previous is not None:
                self._draw_gap(painter, ink, previous[1], x, span(ms - previous[0]))
            previous = (ms, x)

    def _draw_gap(self, painter: QPainter, ink: Ink, left: float, right: float, text: str) -> None:
        y = 7 + self._line()
        wide = self.fontMetrics().horizontalAdvance(text)
        if wide + 6 > right - left:
            return
        painter.setPen(ink.muted)
        box = QRectF(left, y, right - left, self._line())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        middle = y + self._line() / 2
        painter.setPen(QPen(ink.line, 1))
        side = (right - left - wide) / 2 - 4
        painter.drawLine(QPointF(left + 2, middle), QPointF(left + side, middle))
        painter.drawLine(QPointF(right - side, middle), QPointF(right - 2, middle))

    def _draw_lane(self, painter: QPainter, ink: Ink, lane: Lane, y: float) -> None:
        middle = y + _LANE / 2
        painter.setPen(QPen(ink.line, 1))
        painter.drawLine(QPointF(0, y + _LANE), QPointF(self.width(), y + _LANE))
        metrics = self.fontMetrics()
        room = _TITLES - 18
        painter.setPen(ink.text)
        title = metrics.elidedText(lane.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(10, middle - self._line() - 1, room, self._line()), Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(ink.of(lane.tone))
        said = metrics.elidedText(lane.outcome, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(10, middle + 1, room, self._line()), Qt.AlignmentFlag.AlignLeft, said)
        painter.setPen(QPen(ink.line, 1))
        painter.drawLine(QPointF(_TITLES, middle), QPointF(self.width() - 10, middle))
        color = ink.info if lane.side is Side.BROWSER else ink.warn
        if lane.received_ms is not None and lane.answered_ms is not None:
            start, end = self._x(lane.received_ms), self._x(lane.answered_ms)
            painter.setPen(QPen(ink.of(lane.tone), 4))
            painter.drawLine(QPointF(start, middle), QPointF(end, middle))
            painter.setPen(QPen(ink.of(lane.tone), 3))
            painter.drawLine(QPointF(end, middle - 8), QPointF(end, middle + 8))
            painter.drawText(
                QPointF(end + 7, middle - 4), lane.outcome.split(" · ")[1] if " · " in lane.outcome else ""
            )
        if lane.own_ms is not None:
            _diamond(painter, ink, QPointF(self._x(lane.own_ms), middle), color)
        if lane.received_ms is not None:
            painter.setPen(QPen(ink.base, 1.5))
            painter.setBrush(color)
            painter.drawEllipse(QPointF(self._x(lane.received_ms), middle), 6, 6)


def _diamond(painter: QPainter, ink: Ink, at: QPointF, color: QColor) -> None:
    shape = QPolygonF([at + QPointF(0, -9), at + QPointF(9, 0), at + QPointF(0, 9), at + QPointF(-9, 0)])
    painter.setPen(QPen(color, 2))
    painter.setBrush(ink.base)
    painter.drawPolygon(shape)


class TimelineView(QScrollArea):
    """The timeline in a frame that scrolls, by keyboard too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = TimelineCanvas()
        self.setWidget(self.canvas)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline")

    def show_group(self, group: Group, linked: Group | None) -> None:
        """Draw a group and the one it is suggested to belong with."""
        self.canvas.show_lanes(lanes_of(group, linked))
