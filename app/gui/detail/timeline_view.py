"""The timeline tab: every send of a conversion and its answer, on one axis."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from app.gui.detail.lanes import Lane, lanes_of, scale_of
from app.gui.drawing.ink import Ink, ink_of
from app.gui.drawing.moments import clock, span
from app.gui.drawing.runs import as_plain_tooltip
from app.model import Group, Side

_TITLES = 250  # pixels for the names of the lanes
_EDGE = 70  # pixels kept free at either end of the axis, for labels that hang over
_LANE = 42


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
        if lane.own_ms is not None:
            _diamond(painter, ink, QPointF(self._x(lane.own_ms), middle), color)
        if lane.received_ms is not None:
            painter.setPen(QPen(ink.base, 1.5))
            painter.setBrush(color)
            painter.drawEllipse(QPointF(self._x(lane.received_ms), middle), 6, 6)
        if lane.mark and lane.instants:
            painter.setPen(ink.of(lane.tone))
            painter.drawText(QPointF(self._x(max(lane.instants)) + 10, middle - 4), lane.mark)


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
