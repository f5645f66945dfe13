"""The real window with the real proxy's sandbox: compose, send, copy and replay, from the keyboard where it matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.gui.capture_control import State
from app.gui.composing.many_dialog import ManyDialog
from app.gui.composing.run import Fate
from app.gui.composing.send_dialog import SendDialog
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.model import Provenance, Verdict
from app.session.file import Session
from app.settings import Settings
from tests.gui.conversions import ACCOUNT
from tests.gui.sessions import checkouts, small
from tests.gui.still_desk import StillDesk

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on a recorded session, with the capture running."""
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(checkouts())
    window = MainWindow(WorkDesk(Settings(account=ACCOUNT, test_code="TEST1"), keep=False), path)
    window.show()
    qtbot.waitUntil(lambda: window.area.model.total >= 20, timeout=20_000)
    window.capture.start()
    qtbot.waitUntil(lambda: window.capture.state is State.CAPTURING, timeout=30_000)
    yield window
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def shown[T: QWidget](qtbot: QtBot, kind: type[T]) -> T:
    def found() -> list[T]:
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()]

    qtbot.waitUntil(lambda: bool(found()), timeout=10_000)
    dialog = found()[0]
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog


def test_the_keyboard_alone_composes_from_scratch_and_the_row_appears(qtbot: QtBot, window: MainWindow) -> None:
    rows = window.area.model.total
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_N, CTRL | SHIFT)
    dialog = shown(qtbot, SendDialog)
    assert dialog.banner.text() == "SANDBOX – nothing leaves this machine."
    QTest.keyClick(dialog.editor.table, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: window.area.model.total == rows + 1, timeout=20_000)
    qtbot.waitUntil(dialog.send.isEnabled)
    assert dialog.answer.page.toPlainText().startswith("✓ Accepted · HTTP 200, 1 event received")
    event_id = json.loads(dialog.draft.events[0])["event_id"]
    row = next(group for group in window.area.model.groups() if group.event_id == event_id)
    assert [event.provenance for event in row.server] == [Provenance.SENT]


def test_the_keyboard_alone_replays_the_session_into_the_sandbox(qtbot: QtBot, window: MainWindow) -> None:
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_M, CTRL | SHIFT)
    dialog = shown(qtbot, ManyDialog)
    dialog.choices.pace.setFocus()
    QTest.keyClick(dialog.choices.pace, Qt.Key.Key_End)
    QTest.keyClick(dialog.choices.pace, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: not dialog.running, timeout=30_000)
    planned = len(dialog.model.plan)
    assert dialog.model.counts == {Fate.TAKEN: planned}

    def replayed() -> int:
        events = (event for group in window.area.model.groups() for event in group.server)
        return sum(event.provenance is Provenance.REPLAYED for event in events)

    qtbot.waitUntil(lambda: replayed() == planned, timeout=20_000)


def test_a_row_is_copied_as_a_command_without_secrets(qtbot: QtBot, window: MainWindow) -> None:
    group = next(one for one in window.area.model.groups() if one.verdict is Verdict.DEDUPLICATED)
    window.area.table.select_group(group.id)
    browser, server = window.wishes.menus()
    for menu, start in ((browser, "curl -X GET https"), (server, "curl -X POST https://graph.facebook.com")):
        assert menu.isEnabled()
        QGuiApplication.clipboard().clear()
        menu.actions()[0].trigger()
        qtbot.waitUntil(partial(_clipboard_starts, start))
    assert '"$ACCESS_TOKEN"' in QGuiApplication.clipboard().text()
    assert "cd42" not in QGuiApplication.clipboard().text()
    assert window.notices.sentences[-1] == "Copied as cURL; secrets are placeholders."


def _clipboard_starts(text: str) -> bool:
    return QGuiApplication.clipboard().text().replace("'", "").startswith(text)


def test_rows_to_send_are_all_the_shown_or_the_selected(qtbot: QtBot) -> None:
    desk = StillDesk()
    window = MainWindow(desk)
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    window.area.table.take(small(), ())
    window.area.filter.replace("verdict:double")
    window.area.table.select_mismatch(1)
    shown_rows = window.area.model.rowCount()
    selected = window.area.table.selected()
    assert selected is not None
    events = sum(len(group.events) for group in small())
    double = sum(len(group.events) for group in small() if group.verdict is Verdict.DOUBLE_COUNTED)
    window.wishes.many()
    assert desk.asked[-1] == (
        f"send_many All rows {events}, The {shown_rows} rows shown {double}, The selected row {len(selected.events)}"
    )
