"""Windows that no platform publishes: in the settings, and what an open session makes of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.composing.forecast import forecast
from app.gui.main_window import MainWindow
from app.gui.settings_dialog import SettingsDialog
from app.gui.workdesk import WorkDesk
from app.model import Verdict
from app.outgoing import Outgoing
from app.platforms import decode
from app.platforms.base import NO_WINDOWS, Windows
from app.session.file import Session
from app.settings import Settings
from tests.platforms.guessed_window import HOUR_MS, halves, install

ASSUMED = "Other merges by event ID within 48 h (assumed, published by nobody)."


@pytest.fixture
def window(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on one conversion, whose two sides lie 30 hours apart."""
    install(monkeypatch)
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(halves(30 * HOUR_MS))
    window = MainWindow(WorkDesk(Settings(), keep=False), path)
    window.show()
    qtbot.waitUntil(lambda: window.area.model.total > 0, timeout=20_000)
    yield window
    window.close()
    window.deleteLater()


def verdicts(window: MainWindow) -> list[Verdict]:
    return [group.verdict for group in window.area.model.groups()]


def tip(window: MainWindow) -> str:
    text = window.area.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert isinstance(text, str)
    return text


def test_another_window_judges_the_open_session_anew(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def choose(line: str) -> None:
        def typed(dialog: SettingsDialog) -> int:
            dialog.windows.setPlainText(line)
            dialog.accept()
            return dialog.result()

        monkeypatch.setattr(SettingsDialog, "exec", typed)
        window._settings()

    assert verdicts(window) == [Verdict.DEDUPLICATED]
    assert ASSUMED in tip(window)
    choose("other = 24 h")
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.DOUBLE_COUNTED] * 2, timeout=20_000)
    (said,) = {
        item.message for group in window.area.model.groups() for item in group.findings if item.code == "outside-window"
    }
    assert said.endswith("Other merges them only within 24 h (set by the user, published by nobody).")
    choose("other = 36 h")
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.DEDUPLICATED], timeout=20_000)
    qtbot.waitUntil(lambda: "within 36 h (set by the user, published by nobody)." in tip(window), timeout=20_000)
    choose("")
    qtbot.waitUntil(lambda: ASSUMED in tip(window), timeout=20_000)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("other = soon", "sets no window"),
        ("meta = 24 h", "Meta publishes its window, 48 h, so it can not be set."),
        ("other = 24 h\nnobody = 1 h", "“nobody” is no platform."),
    ],
)
def test_the_settings_say_what_is_wrong_with_a_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, typed: str, said: str
) -> None:
    install(monkeypatch)
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.windows.setPlainText(typed)
    dialog.accept()
    assert said in dialog.wrong.text()
    assert dialog.result_settings == Settings()
    dialog.windows.setPlainText("other = 24 h")
    dialog.accept()
    assert dialog.result_settings.windows == ("other = 24 h",)


def test_the_settings_tell_what_is_assumed(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    dialog = SettingsDialog(Settings(windows=("other = 36 h",)))
    qtbot.addWidget(dialog)
    assert dialog.windows.toPlainText() == "other = 36 h"
    assert "other 48 h" in dialog.windows.accessibleDescription()


@pytest.mark.parametrize(
    ("windows", "said"),
    [
        (NO_WINDOWS, "Deduplicated: same account, name and event ID"),
        ({"other": 24 * HOUR_MS}, "Other merges only within 24 h (set by the user, published by nobody)."),
    ],
)
def test_the_forecast_goes_by_the_users_window(monkeypatch: pytest.MonkeyPatch, windows: Windows, said: str) -> None:
    install(monkeypatch)
    page, call = halves(30 * HOUR_MS)
    (event,) = decode(page)
    ready = Outgoing(call.request, call.provenance, "s1")
    assert said in forecast(event, ready, 0, windows).text
