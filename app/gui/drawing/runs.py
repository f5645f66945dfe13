"""Cells made of runs of text, each with its own meaning: painted by one delegate, always as plain text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QHelpEvent,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QToolTip,
    QWidget,
)

from app.gui.drawing.ink import Ink, Tone, ink_of

Index = QModelIndex | QPersistentModelIndex
RUNS = Qt.ItemDataRole.UserRole + 1  # tuple[Run, ...]: what the delegate paints
SECTION = Qt.ItemDataRole.UserRole + 2  # True: the row is a heading

_TOOLTIP = 1500  # characters of a value that a tooltip shows
_SPACE_X, _SPACE_Y = 8, 4


class Run(NamedTuple):
    """A piece of text with one look. `marked` puts the tone's tint behind it.

    `hidden` is how many characters of the value this run stands in for.
    """

    text: str
    tone: Tone = Tone.PLAIN
    mono: bool = False
    marked: bool = False
    bold: bool = False
    hidden: int = 0


def plain(runs: Iterable[Run]) -> str:
    """The runs as one text, for copying and for screen readers."""
    return "".join(run.text for run in runs)


def mono_font(like: QFont) -> QFont:
    """The system's fixed-width font in the size of another."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    if like.pointSizeF() > 0:
        font.setPointSizeF(like.pointSizeF() * 0.96)
    else:
        font.setPixelSize(max(like.pixelSize() - 1, 1))
    return font


def bounded(runs: tuple[Run, ...], room: int) -> tuple[Run, ...]:
    """The runs cut to about `room` characters, saying how many were left out.

    The cut keeps the first marked run in view, since that is what the reader came for.
    """
    if sum(len(run.text) for run in runs) <= room:
        return runs
    first = _first_mark(runs)
    skip = max(0, first - room // 3) if first is not None and first > room * 2 // 3 else 0
    kept: list[Run] = [Run("… ", Tone.MUTED)] if skip else []
    left, rest, at = room, 0, 0
    for run in runs:
        start = max(skip - at, 0)
        piece = run.text[start : start + left]
        at += len(run.text)
        if piece and not (run.hidden and len(piece) < len(run.text)):
            kept.append(run._replace(text=piece))
            left -= len(piece)
            rest += len(run.text) - start - len(piece)
        elif start < len(run.text):
            rest += run.hidden or len(run.text) - start
    return (*kept, more(rest)) if rest else tuple(kept)


def more(count: int) -> Run:
    """Stands for so many characters that are not shown."""
    return Run(f" … {count:,} more characters", Tone.MUTED, hidden=count)


def _first_mark(runs: tuple[Run, ...]) -> int | None:
    at = 0
    for run in runs:
        if run.marked:
            return at
        at += len(run.text)
    return None


def fitted(runs: tuple[Run, ...], font: QFont, width: float, lines: int, ink: Ink) -> QTextLayout:
    """The runs laid out in a width in at most so many lines; what does not fit is counted at the end."""
    total = sum(len(run.text) for run in runs)
    room = max(int(width / _letter(font)), 8) * lines
    first = _first_mark(runs)
    if total > room * 1.5 or (first is not None and first > room * 2 // 3):
        runs = bounded(runs, max(room - 24, 24))
    layout = _layout(runs, font, width, ink)
    while layout.lineCount() > lines and room > 24:
        room = min(room - 12, layout.lineAt(lines).textStart() - 24)
        layout = _layout(bounded(runs, max(room, 12)), font, width, ink)
    return layout


def _letter(font: QFont) -> float:
    return max(QFontMetricsF(mono_font(font)).averageCharWidth(), 1.0)


def _layout(runs: tuple[Run, ...], font: QFont, width: float, ink: Ink) -> QTextLayout:
    text = plain(runs).replace("\n", "\u2028")
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    # Values are read beside their keys, so a right-to-left value must not turn the whole cell around.
    option.setTextDirection(Qt.LayoutDirection.LeftToRight)
    layout = QTextLayout(text, font)
    layout.setTextOption(option)
    mono = mono_font(font)
    formats: list[QTextLayout.FormatRange] = []
    at = 0
    for run in runs:
        look = QTextCharFormat()
        if run.mono:
            look.setFont(mono)
        if run.bold:
            look.setFontWeight(QFont.Weight.DemiBold)
        look.setForeground(ink.of(run.tone))
        if run.marked:
            look.setBackground(ink.tint(run.tone))
        piece = QTextLayout.FormatRange()
        # Qt counts UTF-16 units, Python code points.
        size = _units(run.text)
        piece.start, piece.length, piece.format = at, size, look
        formats.append(piece)
        at += size
    layout.setFormats(formats)
    layout.beginLayout()
    y = 0.0
    while True:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(max(width, 20.0))
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class RunsDelegate(QStyledItemDelegate):
    """Paints cells of runs, wrapped to at most `lines` lines, with a rule under every row."""

    def __init__(self, lines: int = 3, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = lines

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect, state, font, ink = option.rect, option.state, option.font, ink_of(option.palette)
        painter.save()
        painter.setClipRect(rect)
        painter.fillRect(rect, self._ground(index, state, ink))
        painter.setPen(QPen(ink.line))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(ink.info))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        inner = rect.adjusted(_SPACE_X, _SPACE_Y, -_SPACE_X, -_SPACE_Y)
        runs: tuple[Run, ...] = index.data(RUNS) or ()
        if runs:
            layout = fitted(runs, font, inner.width(), self._lines, ink)
            layout.draw(painter, QPointF(inner.left(), inner.top()))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        font = option.font
        width = _column_width(option.widget, index)
        runs: tuple[Run, ...] = index.data(RUNS) or ()
        # Most cells are short; only those near the edge are worth laying out.
        if "\n" not in plain(runs) and sum(len(run.text) for run in runs) * _letter(font) * 1.15 < width:
            height = QFontMetricsF(font).lineSpacing()
        else:
            height = fitted(runs, font, width, self._lines, ink_of(option.palette)).boundingRect().height()
        return QSize(width, round(height + 2 * _SPACE_Y + 1))

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        text = index.data(Qt.ItemDataRole.DisplayRole)
        if not isinstance(text, str) or not text:
            QToolTip.hideText()
            return True
        if len(text) > _TOOLTIP:
            text = f"{text[:_TOOLTIP]}… {len(text) - _TOOLTIP:,} more characters"
        QToolTip.showText(event.globalPos(), as_plain_tooltip(text), view)
        return True

    def _ground(self, index: Index, state: QStyle.StateFlag, ink: Ink) -> QColor:
        if index.data(SECTION):
            return ink.raised
        return ink.selected if state & QStyle.StateFlag.State_Selected else ink.base


def _column_width(view: QWidget | None, index: Index) -> int:
    if not isinstance(view, QTableView):
        return 300
    span = sum(
        view.columnWidth(index.column() + offset) for offset in range(view.columnSpan(index.row(), index.column()))
    )
    return max(span - 2 * _SPACE_X, 20)


def as_plain_tooltip(text: str) -> str:
    """A text that Qt's tooltip will show as it is: markup in it is shown, never interpreted."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return f"<qt><p style='white-space:pre-wrap'>{escaped}</p></qt>"
