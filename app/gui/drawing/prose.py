"""A page of text to read and copy. Everything is put in as plain text, so nothing from the wire is ever markup."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFrameFormat,
    QTextLength,
    QTextTableCellFormat,
    QTextTableFormat,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from app.gui.drawing.ink import Ink, Tone, ink_of
from app.gui.drawing.runs import Run, mono_font

Runs = tuple[Run, ...]


class Page:
    """Writes onto a text document in one theme's colours."""

    def __init__(self, cursor: QTextCursor, ink: Ink, font: QFont) -> None:
        self._cursor, self._ink, self._font = cursor, ink, font
        self._fresh = True

    def line(self, *runs: Run, above: float = 0.0, larger: float = 0.0) -> None:
        """One paragraph; `above` is the space over it in pixels, `larger` what is added to the font size in points."""
        block = QTextBlockFormat()
        block.setTopMargin(above)
        block.setBottomMargin(2)
        block.setLineHeight(112, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        block.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        if self._fresh:
            self._cursor.setBlockFormat(block)
            self._fresh = False
        else:
            self._cursor.insertBlock(block)
        self._write(runs, larger)

    def facts(self, rows: list[tuple[str, Runs]], above: float = 6.0) -> None:
        """Names and values in two columns."""
        if not rows:
            return
        shape = QTextTableFormat()
        shape.setBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_None)
        shape.setBorder(0)
        shape.setCellPadding(2)
        shape.setCellSpacing(0)
        shape.setTopMargin(above)
        shape.setBottomMargin(2)
        table = self._cursor.insertTable(len(rows), 2, shape)
        for index, (name, runs) in enumerate(rows):
            look = QTextTableCellFormat()
            look.setRightPadding(18)
            cell = table.cellAt(index, 0)
            cell.setFormat(look)
            Page(cell.firstCursorPosition(), self._ink, self._font).line(Run(name, Tone.MUTED))
            Page(table.cellAt(index, 1).firstCursorPosition(), self._ink, self._font).line(*runs)
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._fresh = True

    def card(self, tone: Tone, head: Runs, body: Callable[[Page], None]) -> None:
        """A block with a coloured edge: a narrow head on the left, the text on the right."""
        shape = QTextTableFormat()
        shape.setBorder(0)
        shape.setCellSpacing(0)
        shape.setTopMargin(4)
        shape.setBottomMargin(6)
        shape.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
        shape.setColumnWidthConstraints(
            [QTextLength(QTextLength.Type.FixedLength, 110), QTextLength(QTextLength.Type.VariableLength, 0)]
        )
        table = self._cursor.insertTable(1, 2, shape)
        edge = QTextTableCellFormat()
        edge.setLeftBorder(4)
        edge.setLeftBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
        edge.setLeftBorderBrush(QBrush(self._ink.of(tone)))
        edge.setBackground(self._ink.raised)
        edge.setPadding(8)
        table.cellAt(0, 0).setFormat(edge)
        text = QTextTableCellFormat()
        text.setBackground(self._ink.raised)
        text.setPadding(8)
        table.cellAt(0, 1).setFormat(text)
        Page(table.cellAt(0, 0).firstCursorPosition(), self._ink, self._font).line(*head)
        body(Page(table.cellAt(0, 1).firstCursorPosition(), self._ink, self._font))
        self._cursor.movePosition(QTextCursor.MoveOperation.End)
        self._fresh = True

    def _write(self, runs: tuple[Run, ...], larger: float) -> None:
        for run in runs:
            look = QTextCharFormat()
            look.setForeground(self._ink.of(run.tone))
            font = mono_font(self._font) if run.mono else QFont(self._font)
            if larger:
                font.setPointSizeF(font.pointSizeF() + larger)
            if run.bold:
                font.setWeight(QFont.Weight.DemiBold)
            look.setFont(font)
            if run.marked:
                look.setBackground(self._ink.tint(run.tone))
            self._cursor.insertText(run.text, look)


class Prose(QTextBrowser):
    """Shows what a writer puts on its page, and writes it anew when the theme changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._writer: Callable[[Page], None] = lambda page: None
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(10)

    def write(self, writer: Callable[[Page], None]) -> None:
        """Show a new page; the reader's place is kept when the text turns out the same."""
        self._writer = writer
        before, at = self.toPlainText(), self.verticalScrollBar().value()
        self._rewrite()
        if self.toPlainText() == before:
            self.verticalScrollBar().setValue(at)

    def _rewrite(self) -> None:
        self.clear()
        self._writer(Page(QTextCursor(self.document()), ink_of(self.palette()), self.font()))
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._rewrite()
