"""The table of conversions: what is selected stays where it is, whatever arrives."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QContextMenuEvent, QFontMetricsF, QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QTableView, QWidget

from app.analysis.filters import term
from app.gui.table.band_header import BandHeader
from app.gui.table.column_layout import ColumnLayout
from app.gui.table.pair_columns import COLUMNS, cell_text
from app.gui.table.pair_delegate import PairDelegate
from app.gui.table.pair_model import PairModel
from app.gui.table.sight import sight
from app.model import Group, LinkKind, Severity, Verdict

_FIELDS = {
    "verdict": "verdict",
    "platform": "platform",
    "name": "event",
    "id": "id",
    "browser.pixel": "pixel",
    "server.pixel": "pixel",
    "browser.page": "page",
    "server.page": "page",
    "server.source": "source",
    "findings": "finding",
}
MISMATCHES = (Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE, Verdict.NOT_COUNTED)


def _calm(group: Group) -> int:
    """How little a row needs attention: 0 when it is counted wrongly or has an error, 1 with a warning, else 2."""
    if group.verdict in MISMATCHES or group.severity in (Severity.CRITICAL, Severity.ERROR):
        return 0
    return 1 if group.severity is Severity.WARNING else 2


class PairTable(QTableView):
    """Conversions side by side. `chosen` tells which one is selected."""

    chosen = Signal(object)
    """The selected `Group`, or None."""
    filter_wished = Signal(str)
    """A term to be added to the filter."""
    one_account_wished = Signal(str)
    """Accounts that the user says are one, as the settings have them: "2613 = 5497"."""

    def __init__(self, model: PairModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pairs = model
        self.more_menus: tuple[QMenu, ...] = ()
        self._delegate = PairDelegate(model, self)
        self._selected: str | None = None
        self._anchor: tuple[str, int] | None = None
        self._column = 0  # the current cell's, while the rows are laid out anew
        self._settling = True
        self.setItemDelegate(self._delegate)
        self.setModel(model)
        header = BandHeader(self)
        self.setHorizontalHeader(header)
        header.sort_wished.connect(self.sort_by)
        header.menu_wished.connect(self._column_menu)
        self._header = header
        for changed in (header.sectionResized, header.sectionMoved):
            changed.connect(self._delegate.forget_columns)
        self.columns = ColumnLayout(self, header)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(self.verticalHeader().ResizeMode.Fixed)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAutoScroll(False)
        self.setTabKeyNavigation(False)
        self.setAccessibleName("Conversions, browser and server side by side")
        self.copy_id = self._action("Copy event &ID", "Ctrl+Shift+C", self._copy_id)
        self.copy_cell = self._action("&Copy cell", QKeySequence.StandardKey.Copy, self._copy_cell)
        self.sort_here = self._action("&Sort by this column", "Ctrl+T", self._sort_here)
        self.go_linked = self._action("Go to the &tied row", "Ctrl+L", self.select_linked)
        self.one_account = self._action("These t&wo accounts are one", "", self._ask_one_account)
        self.one_account.setEnabled(False)
        model.about_to_lay_out.connect(self._remember)
        model.laid_out.connect(self._recall)
        self._fit_rows()
        self._settling = False

    # Rows

    def take(self, groups: Iterable[Group], gone: Iterable[str]) -> None:
        """Show news without moving what the user looks at; at the bottom with nothing selected in view, follow."""
        self.executeDelayedItemsLayout()  # the scroll bar must know the rows there are
        bar = self.verticalScrollBar()
        follows = bar.value() >= bar.maximum() and self.pairs.rowCount() > 0 and self._header.sorted_by < 0
        follows = follows and not self._selection_in_view()
        self._anchor = self._anchored()
        changed = tuple(groups)
        self.pairs.take(changed, gone)
        if follows:
            self.scrollToBottom()
        else:
            self._restore_anchor()
        if self._selected is not None and any(group.id == self._selected for group in changed):
            self._tell()

    def select_group(self, group_id: str) -> bool:
        """Select a conversion and bring it into view; False when it is filtered out."""
        row = self.pairs.row_of(group_id)
        if row < 0:
            return False
        self._make_current(row, max(self.currentIndex().column(), 0))
        self.scrollTo(self.pairs.index(row, 0))
        return True

    def select_linked(self) -> None:
        """Go to the row tied to the selected one."""
        group = self.selected()
        for link in group.links if group else ():
            if self.select_group(link.group):
                return

    def select_mismatch(self, step: int) -> None:
        """Go to the next (1) or previous (-1) conversion that is counted wrongly, around the end."""
        count = self.pairs.rowCount()
        start = self.currentIndex().row() if self.currentIndex().isValid() else (-1 if step > 0 else 0)
        for distance in range(1, count + 1):
            group = self.pairs.group_at((start + step * distance) % count)
            if group is not None and group.verdict in MISMATCHES:
                self.select_group(group.id)
                return

    def _ask_one_account(self) -> None:
        accounts = self._unmapped()
        if accounts:
            self.one_account_wished.emit(" = ".join(accounts))

    def _unmapped(self) -> tuple[str, ...]:
        """The accounts of the selected row and of the row that is probably its other half."""
        group = self.selected()
        for link in group.links if group else ():
            twin = self.pairs.group(link.group) if link.kind is LinkKind.PROBABLE else None
            if group is not None and twin is not None and twin.home != group.home:
                return group.home, twin.home
        return ()

    def select_needy(self) -> None:
        """Select the first row that needs attention; the first of all when none does."""
        rows = range(self.pairs.rowCount())
        groups = [group for row in rows if (group := self.pairs.group_at(row)) is not None]
        first = min(groups, key=_calm, default=None)
        if first is not None:
            self.select_group(first.id)

    def selected(self) -> Group | None:
        """The selected conversion."""
        return self.pairs.group(self._selected) if self._selected else None

    def selectionChanged(self, selected: object, deselected: object) -> None:
        super().selectionChanged(selected, deselected)  # type: ignore[arg-type] # Qt's own types, handed through
        if self._settling:
            return
        rows = self.selectionModel().selectedRows()
        group = self.pairs.group_at(rows[0].row()) if rows else None
        self._selected = group.id if group else None
        self._tell()

    def _tell(self) -> None:
        group = self.selected()
        self._delegate.tied = frozenset(link.group for link in group.links) if group else frozenset()
        self.go_linked.setEnabled(bool(self._delegate.tied))
        self.one_account.setEnabled(bool(self._unmapped()))
        self.viewport().update()
        self.chosen.emit(group)

    def _make_current(self, row: int, column: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.pairs.index(row, column), flags)

    def _selection_in_view(self) -> bool:
        row = self.pairs.row_of(self._selected) if self._selected else -1
        return row >= 0 and self._in_view(row)

    def _in_view(self, row: int) -> bool:
        top = self.rowViewportPosition(row)
        return top + self.rowHeight(row) >= 0 and top <= self.viewport().height()

    def _anchored(self) -> tuple[str, int] | None:
        """The row that must not move, and where it stands: the selected one if seen, else the first in view."""
        row = self.pairs.row_of(self._selected) if self._selected else -1
        if row < 0 or not self._in_view(row):
            row = self.rowAt(0)
        group = self.pairs.group_at(row)
        return (group.id, self.rowViewportPosition(row)) if group else None

    def _restore_anchor(self) -> None:
        if self._anchor is None:
            return
        group_id, top = self._anchor
        row = self.pairs.row_of(group_id)
        if row >= 0:
            self.executeDelayedItemsLayout()
            self.updateGeometries()
            bar = self.verticalScrollBar()
            bar.setValue(row * self.verticalHeader().defaultSectionSize() - top)

    def _remember(self) -> None:
        self._settling = True
        self._column = max(self.currentIndex().column(), 0)
        self._anchor = self._anchored()

    def _recall(self) -> None:
        row = self.pairs.row_of(self._selected) if self._selected else -1
        if row >= 0:
            self._make_current(row, self._column)
        self._settling = False
        if row >= 0:
            self._restore_anchor() if self._anchor else self.scrollTo(self.pairs.index(row, 0))
        elif self._selected is not None and self.pairs.group(self._selected) is None:
            self._selected = None
            self._tell()

    # Columns

    def sort_by(self, column: int, order: Qt.SortOrder) -> None:
        """Sort by a column; by arrival when -1."""
        self._header.show_sorted(column, order)
        self.pairs.sort(column, order)
        row = self.pairs.row_of(self._selected) if self._selected else -1
        if row >= 0:
            self.scrollTo(self.pairs.index(row, max(self.currentIndex().column(), 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.columns.fit()

    def _fit_rows(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(QFontMetricsF(self.font()).lineSpacing()) + 12)

    def _column_menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        logical = self._header.logicalIndexAt(at)
        if logical >= 0 and COLUMNS[logical].key != "verdict":
            menu.addAction(f"Hide “{COLUMNS[logical].title}”", lambda: self.columns.show(logical, False))
        self.columns.fill(columns := QMenu("Columns", menu))
        menu.addMenu(columns)
        menu.exec(self._header.mapToGlobal(at))

    # One cell

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        self._cell_menu(self.visualRect(self.currentIndex()).center() if by_key else event.pos())

    def _sort_here(self) -> None:
        self._header.press(max(self.currentIndex().column(), 0))

    def _cell_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if not index.isValid():
            return
        menu = QMenu(self)
        group = self.pairs.group_at(index.row())
        field = _FIELDS.get(COLUMNS[index.column()].key)
        words = term(field, group) if group and field else None
        if words:
            shown = words if len(words) < 50 else f"{words[:49]}…"
            menu.addAction(f"&Only this   {shown}", lambda: self.filter_wished.emit(words))
            menu.addAction(f"&Not this   -{shown}", lambda: self.filter_wished.emit(f"-{words}"))
            menu.addSeparator()
        menu.addActions([self.copy_cell, self.copy_id, self.sort_here, self.go_linked])
        if self.one_account.isEnabled():
            menu.addAction(self.one_account)
        for more in self.more_menus:
            menu.addMenu(more)
        menu.exec(self.viewport().mapToGlobal(at))

    def _action(self, text: str, keys: str | QKeySequence.StandardKey, call: object) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(call)
        self.addAction(action)
        return action

    def _copy_cell(self) -> None:
        index = self.currentIndex()
        group = self.pairs.group_at(index.row())
        if group is not None:
            row = sight(group, self.pairs.group, 0)
            QGuiApplication.clipboard().setText(cell_text(COLUMNS[index.column()], row))

    def _copy_id(self) -> None:
        group = self.selected()
        if group is not None:
            QGuiApplication.clipboard().setText(group.event_id or "")
