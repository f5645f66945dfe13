"""Paints a cell of the table: one line of runs, the rules between the bands, and notes across an empty half."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.gui.drawing.ink import Ink, ink_of
from app.gui.drawing.runs import RUNS, Index, Run, mono_font
from app.gui.table.pair_columns import COLUMNS, Band
from app.gui.table.pair_model import PairModel

SPACE = 5  # pixels between a cell's edge and its text
BAND_EDGE = 2
PAD = 2.0  # pixels of tint on both sides of a marked run
_MEASURED = 5_000  # texts whose width is remembered
# As numbers: Qt's flags, made anew for each question, were a tenth of all the painting.
_SELECTED = QStyle.StateFlag.State_Selected.value
_FOCUSED = QStyle.StateFlag.State_HasFocus.value


class PairDelegate(QStyledItemDelegate):
    """Fixed height, one line: a hundred thousand rows cost no more than those on the screen."""

    tied: frozenset[str] = frozenset()
    """Groups tied to the selected one: their rows are tinted, with a bar at the left edge."""

    def __init__(self, model: PairModel, parent: QTableView) -> None:
        super().__init__(parent)
        self._model = model
        self._faces = Faces(parent.font())
        self._edges: dict[int, tuple[bool, int]] = {}  # by column: whether it starts a band, and pixels into its band

    def forget_columns(self) -> None:
        """The columns stand otherwise now."""
        self._edges.clear()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, ink, view, column = option.rect, ink_of(option.palette), option.widget, index.column()
        assert isinstance(view, QTableView)
        state = option.state.value
        group, note, runs = self._model.painted(index.row(), column)
        selected, tied = bool(state & _SELECTED), group.id in self.tied
        if selected:
            ink = on_selection(ink)
        starts, into = self._edge(view, column)
        painter.save()
        painter.fillRect(rect, ink.selected if selected else ink.raised if tied else ink.base)
        painter.setPen(ink.line)
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if (tied or selected) and view.horizontalHeader().visualIndex(column) == 0:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), ink.info)
        if starts:
            edge = QColor(ink.muted)
            edge.setAlphaF(0.45)
            painter.fillRect(QRect(rect.left(), rect.top(), BAND_EDGE, rect.height()), edge)
        if state & _FOCUSED and view.hasFocus():
            painter.setPen(QPen(ink.info, 2))
            painter.drawRect(rect.adjusted(2, 1, -2, -2))
        if self._faces.font != option.font:
            self._faces = Faces(option.font)
        if note:
            # Every cell of the empty half paints its own piece of one text, so that no cells need to be joined.
            painter.setClipRect(rect)
            painter.setFont(option.font)
            painter.setPen(ink.muted)
            painter.drawText(QPointF(rect.left() - into + SPACE, self._faces.baseline(rect)), note)
        else:
            draw_runs(painter, rect, runs, self._faces, ink, right=COLUMNS[column].right)
        painter.restore()

    def _edge(self, view: QTableView, column: int) -> tuple[bool, int]:
        known = self._edges.get(column)
        if known is None:
            known = self._edges[column] = starts_band(view, column), _into_band(view, column)
        return known

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        faces = Faces(option.font)
        width = sum(faces.width(run) for run in index.data(RUNS) or ())
        return QSize(round(width) + 2 * SPACE + BAND_EDGE, round(QFontMetricsF(option.font).lineSpacing()) + 12)


@cache
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


class Faces:
    """The looks that runs have in a font, each with its measure; what was measured lately is not measured again."""

    def __init__(self, font: QFont) -> None:
        self.font = QFont(font)
        self._looks: dict[tuple[bool, bool], tuple[QFont, QFontMetricsF]] = {}
        self._widths: dict[tuple[str, bool, bool], float] = {}
        plain = QFontMetricsF(font)
        self._rise = (plain.ascent() - plain.descent()) / 2

    def look(self, run: Run) -> tuple[QFont, QFontMetricsF]:
        """A run's font, and its measure."""
        key = run.mono, run.bold
        known = self._looks.get(key)
        if known is None:
            face = mono_font(self.font) if run.mono else QFont(self.font)
            if run.bold:
                face.setWeight(QFont.Weight.DemiBold)
            known = self._looks[key] = face, QFontMetricsF(face)
        return known

    def width(self, run: Run) -> float:
        """How wide a run is, its tint included."""
        key = run.text, run.mono, run.bold
        known = self._widths.get(key)
        if known is None:
            if len(self._widths) >= _MEASURED:
                self._widths.clear()
            known = self._widths[key] = self.look(run)[1].horizontalAdvance(run.text)
        return known + 2 * PAD if run.marked else known

    def baseline(self, rect: QRect) -> float:
        """One for all looks."""
        return QRectF(rect).center().y() + self._rise


def draw_runs(
    painter: QPainter, rect: QRect, runs: tuple[Run, ...], faces: Faces, ink: Ink, *, right: bool = False
) -> None:
    """Draw runs on one line; what does not fit is cut with an ellipsis."""
    left, end = rect.left() + SPACE, rect.left() + rect.width() - SPACE
    widths = [faces.width(run) for run in runs]
    x = max(float(left), end - sum(widths)) if right else float(left)
    baseline = faces.baseline(rect)
    for number, run in enumerate(runs):
        face, metrics = faces.look(run)
        room, size, text = end - x, widths[number], run.text
        last = number == len(runs) - 1
        # The next run needs room for at least an ellipsis.
        cut = size > room + 0.5 or (not last and size > room - metrics.averageCharWidth())
        if cut:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - (2 * PAD if run.marked else 0))
            size = metrics.horizontalAdvance(text) + (2 * PAD if run.marked else 0)
        if run.marked:
            top = rect.top() + (rect.height() - metrics.height()) / 2
            _mark(painter, QRectF(x, top, size, metrics.height()), run, ink)
        painter.setFont(face)
        painter.setPen(ink.of(run.tone))
        painter.drawText(QPointF(x + PAD if run.marked else x, baseline), text)
        x += size
        if cut:
            return


def _mark(painter: QPainter, box: QRectF, run: Run, ink: Ink) -> None:
    """Tinted and underlined: it must be seen without colour too."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink.tint(run.tone))
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(QPen(ink.of(run.tone), 1))
    painter.drawLine(QPointF(box.left() + 1, box.bottom()), QPointF(box.right() - 1, box.bottom()))
