"""What takes a while shows how far it is and can be ended: the reading of a long session, an import, an export."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.gui.main_window import MainWindow
from app.gui.work_bar import WorkBar
from app.gui.workdesk import WorkDesk
from app.session.file import Session
from app.settings import Settings
from app.workbench.live import Notices, Workbench
from tests.gui.composing.rooms import backend_calls
from tests.gui.still_desk import StillDesk

LONG = 6_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """A window that begins to read a long session."""
    path = tmp_path / "long.pixelpair"
    with Session.open(path) as session:
        session.append(backend_calls(LONG))
    window = MainWindow(WorkDesk(Settings(), keep=False), path)
    window.show()
    yield window
    window.close()
    window.deleteLater()


def test_a_long_session_shows_how_far_it_is_and_ends_when_all_is_read(qtbot: QtBot, window: MainWindow) -> None:
    work = window.status.work
    seen: list[tuple[int, int]] = []
    work.bar.valueChanged.connect(lambda value: seen.append((value, work.bar.maximum())))
    qtbot.waitUntil(work.isVisible, timeout=30_000)
    assert work.words.text() == "Reading…"
    qtbot.waitUntil(lambda: not work.isVisible(), timeout=60_000)
    assert (LONG, LONG) in seen
    assert window.area.model.total == LONG


def test_reading_can_be_ended_and_what_was_read_stays(qtbot: QtBot, window: MainWindow) -> None:
    work = window.status.work
    qtbot.waitUntil(work.cancel.isVisible, timeout=30_000)
    work.cancel.click()
    assert not work.cancel.isEnabled()
    qtbot.waitUntil(lambda: not work.isVisible(), timeout=60_000)
    assert window.area.model.total < LONG


def test_a_cancelled_import_leaves_the_session_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "calls.curl").write_text("curl https://graph.facebook.com/v26.0/1/events -d data=[]", "utf-8")
    bench = Workbench(tmp_path / "s.pixelpair", Settings(), Notices(lambda _: None, lambda _: None, lambda _: None))
    try:
        said = bench.import_files([tmp_path / "calls.curl"], lambda: True)
        held = bench.inspector.ask(lambda session, _: len(session)).result(30)
    finally:
        bench.close()
    assert said == "The import was cancelled; nothing was read into the session."
    assert held == 0


def test_an_export_can_be_ended_and_leaves_no_half_of_a_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: window.area.model.total == LONG, timeout=60_000)
    task = window._desk.export(tmp_path / "report.json")
    window._desk.cancel()
    assert task.result(60) == "The export was cancelled; nothing was written."
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name or ".part" in path.name] == []


def test_the_button_asks_the_desk(qtbot: QtBot) -> None:
    desk = StillDesk()
    window = MainWindow(desk)
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    window.status.work.begin("Importing…", stoppable=True)
    window.status.work.cancel.click()
    assert desk.asked[-1] == "cancel"


def test_several_things_are_one_stay(qtbot: QtBot) -> None:
    work = WorkBar()
    qtbot.addWidget(work)
    work.begin("Reading…", stoppable=True)
    work.begin("Writing…")
    work.end()
    assert work.isVisible()
    assert not work.cancel.isVisible()
    work.end()
    assert not work.isVisible()
