"""Paints a cell of the table: one line of runs, the rules between the bands, and notes across an empty half."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.gui.drawing.ink import Ink, ink_of
from app.gui.drawing.runs import RUNS, Index, Run, mono_font
from app.gui.table.pair_columns import COLUMNS, Band
from app.gui.table.pair_model import GROUP, NOTE

SPACE = 5  # pixels between a cell's edge and its text
BAND_EDGE = 2
PAD = 2.0  # pixels of tint on both sides of a marked run


class PairDelegate(QStyledItemDelegate):
    """Fixed height, one line: a hundred thousand rows cost no more than those on the screen."""

    tied: frozenset[str] = frozenset()
    """Groups tied to the selected one: their rows are tinted, with a bar at the left edge."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, font, ink = option.rect, option.font, ink_of(option.palette)
        view = option.widget
        if option.state & QStyle.StateFlag.State_Selected:
            ink = on_selection(ink)
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, self._ground(option, index, ink))
        painter.setPen(QPen(ink.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if isinstance(view, QTableView):
            if (
                self._is_tied(index) or option.state & QStyle.StateFlag.State_Selected
            ) and view.horizontalHeader().visualIndex(index.column()) == 0:
                painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), ink.info)
            if starts_band(view, index.column()):
                edge = QColor(ink.muted)
                edge.setAlphaF(0.45)
                painter.fillRect(QRect(rect.left(), rect.top(), BAND_EDGE, rect.height()), edge)
            if option.state & QStyle.StateFlag.State_HasFocus and view.hasFocus():
                painter.setPen(QPen(ink.info, 2))
                painter.drawRect(rect.adjusted(2, 1, -2, -2))
        note = index.data(NOTE)
        if note and isinstance(view, QTableView):
            self._paint_note(painter, view, rect, index, str(note), font, ink)
        else:
            runs: tuple[Run, ...] = index.data(RUNS) or ()
            draw_runs(painter, rect, runs, font, ink, right=COLUMNS[index.column()].right)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        font = option.font
        width = sum(_width(run, font) for run in index.data(RUNS) or ())
        return QSize(round(width) + 2 * SPACE + BAND_EDGE, round(QFontMetricsF(font).lineSpacing()) + 12)

    def _ground(self, option: QStyleOptionViewItem, index: Index, ink: Ink) -> QColor:
        if option.state & QStyle.StateFlag.State_Selected:
            return ink.selected
        return ink.raised if self._is_tied(index) else ink.base

    def _is_tied(self, index: Index) -> bool:
        return bool(self.tied) and index.data(GROUP).id in self.tied

    def _paint_note(
        self, painter: QPainter, view: QTableView, rect: QRect, index: Index, note: str, font: QFont, ink: Ink
    ) -> None:
        # Every cell of the empty half paints its own piece of one text, so that no cells need to be joined.
        left = rect.left() - _into_band(view, index.column())
        painter.setFont(font)
        painter.setPen(ink.muted)
        line = QRect(left + SPACE, rect.top(), 4000, rect.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, note)


def on_selection(ink: Ink) -> Ink:
    """The colours for a selected row: stronger, since its ground takes from them what they need to be read."""
    return replace(ink, muted=_towards(ink.muted, ink.text, 0.5), good=_towards(ink.good, ink.text, 0.2))


def _towards(colour: QColor, other: QColor, share: float) -> QColor:
    return QColor.fromRgbF(
        colour.redF() + (other.redF() - colour.redF()) * share,
        colour.greenF() + (other.greenF() - colour.greenF()) * share,
        colour.blueF() + (other.blueF() - colour.blueF()) * share,
    )


def starts_band(view: QTableView, logical: int) -> bool:
    """Whether a column is the first visible one of its band, as the columns stand now; never the leftmost."""
    before = _before(view, logical)
    return before is not None and COLUMNS[before].band is not COLUMNS[logical].band


def _before(view: QTableView, logical: int) -> int | None:
    header = view.horizontalHeader()
    for visual in range(header.visualIndex(logical) - 1, -1, -1):
        other = header.logicalIndex(visual)
        if not header.isSectionHidden(other):
            return other
    return None


def _into_band(view: QTableView, logical: int) -> int:
    """Pixels from the start of the column's band to the column."""
    header = view.horizontalHeader()
    band: Band = COLUMNS[logical].band
    distance, at = 0, logical
    while (before := _before(view, at)) is not None and COLUMNS[before].band is band:
        distance += header.sectionSize(before)
        at = before
    return distance


def _face(run: Run, font: QFont) -> QFont:
    face = mono_font(font) if run.mono else QFont(font)
    if run.bold:
        face.setWeight(QFont.Weight.DemiBold)
    return face


def _width(run: Run, font: QFont) -> float:
    return QFontMetricsF(_face(run, font)).horizontalAdvance(run.text) + (2 * PAD if run.marked else 0)


def draw_runs(
    painter: QPainter, rect: QRect, runs: tuple[Run, ...], font: QFont, ink: Ink, *, right: bool = False
) -> None:
    """Draw runs on one line; what does not fit is cut with an ellipsis."""
    room = QRectF(rect.adjusted(SPACE, 0, -SPACE, 0))
    widths = [_width(run, font) for run in runs]
    x = max(room.left(), room.right() - sum(widths)) if right else room.left()
    plain = QFontMetricsF(font)
    baseline = room.center().y() + (plain.ascent() - plain.descent()) / 2  # one for all faces
    for number, run in enumerate(runs):
        face = _face(run, font)
        metrics = QFontMetricsF(face)
        left = room.right() - x
        last = number == len(runs) - 1
        # The next run needs room for at least an ellipsis.
        cut = widths[number] > left + 0.5 or (not last and widths[number] > left - metrics.averageCharWidth())
        text = metrics.elidedText(run.text, Qt.TextElideMode.ElideRight, left - (2 * PAD if run.marked else 0))
        text = text if cut else run.text
        size = metrics.horizontalAdvance(text)
        if run.marked:
            box = QRectF(x, room.center().y() - metrics.height() / 2, size + 2 * PAD, metrics.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink.tint(run.tone))
            painter.drawRoundedRect(box, 3, 3)
            # Underlined as well as tinted: it must be seen without colour too.
            painter.setPen(QPen(ink.of(run.tone), 1))
            painter.drawLine(QPointF(box.left() + 1, box.bottom()), QPointF(box.right() - 1, box.bottom()))
            x += PAD
        painter.setFont(face)
        painter.setPen(ink.of(run.tone))
        painter.drawText(QPointF(x, baseline), text)
        x += size + (PAD if run.marked else 0.0)
        if cut:
            return
