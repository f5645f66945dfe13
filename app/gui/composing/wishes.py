"""What the window is asked for around sending: a new event, many, the project, and copies of the selected row."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from app.gui.composing.copy_as import NOTHING, CopyMenu, Original, of_recorded
from app.gui.desk import Desk, DeskError
from app.gui.drawing.ink import Tone
from app.gui.inbox import Inbox
from app.gui.table.table_area import TableArea
from app.model import Event, Exchange, Group, Side


class SendWishes:
    """Carries the window's wishes to the desk. `chosen` is the selected row's event of a side, if it has one."""

    def __init__(
        self,
        window: QWidget,
        desk: Desk,
        inbox: Inbox,
        area: TableArea,
        say: Callable[[str, Tone], None],
        chosen: Callable[[Side], Event | None],
    ) -> None:
        self._window, self._desk, self._inbox, self._area = window, desk, inbox, area
        self._say, self._chosen = say, chosen
        self.copies = {side: CopyMenu(partial(self._copy, side), window) for side in Side}
        for side, menu in self.copies.items():
            menu.setTitle(f"Copy {'&browser' if side is Side.BROWSER else 'ser&ver'} event as")
        self.show_chosen()

    def show_chosen(self) -> None:
        """Offer copies of what the selected row has."""
        for side, menu in self.copies.items():
            event = self._chosen(side)
            menu.setEnabled(event is not None)
            if event is not None:
                menu.offer(event.platform)

    def new(self) -> None:
        """Compose a test event from scratch."""
        self._try(lambda: self._desk.send_new(self._window))

    def many(self) -> None:
        """Send many again: all rows, those the filter lets through, or the selected one."""
        model, selected = self._area.model, self._area.table.selected()
        shown = [group for row in range(model.rowCount()) if (group := model.group_at(row)) is not None]
        scopes = [("All rows", _events(model.groups()))]
        if len(shown) < model.total:
            scopes.append((f"The {len(shown):,} rows shown", _events(shown)))
        if selected is not None:
            scopes.append(("The selected row", _events((selected,))))
        self._try(lambda: self._desk.send_many(scopes, self._window))

    def project(self, applied: Callable[[bool], None], failed: Callable[[str], None]) -> None:
        """Edit project, tokens and test customer; `applied` and `failed` hear what came of it."""

        def edit() -> None:
            taken = self._desk.edit_project(self._window)
            if taken is not None:
                self._inbox.when_done(taken, applied, failed)

        self._try(edit)

    def _copy(self, side: Side, name: str, write: Callable[[Original], str]) -> None:
        event = self._chosen(side)
        if event is None:
            return

        def put(exchange: Exchange) -> None:
            text = write(of_recorded(event, exchange, self._desk.settings.endpoints))
            if text:
                QGuiApplication.clipboard().setText(text)
                self._say(f"Copied as {name}; secrets are placeholders.", Tone.GOOD)
            else:
                self._say(NOTHING, Tone.WARN)

        def read() -> None:
            self._inbox.when_done(
                self._desk.exchange(event.exchange), put, lambda sentence: self._say(sentence, Tone.BAD)
            )

        self._try(read)

    def _try(self, act: Callable[[], object]) -> None:
        try:
            act()
        except DeskError as error:
            self._say(str(error), Tone.BAD)

    def menus(self) -> tuple[QMenu, ...]:
        """The menus for a row's context menu."""
        return tuple(self.copies.values())


def _events(groups: Iterable[Group]) -> tuple[Event, ...]:
    return tuple(event for group in groups for event in group.events)
