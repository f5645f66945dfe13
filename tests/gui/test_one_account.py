"""Accounts that the user names as one: on the row, in the settings, and back again."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.gui.composing.project import Project, Projects
from app.gui.composing.project_dialog import ProjectDialog
from app.gui.main_window import MainWindow
from app.gui.settings_dialog import SettingsDialog
from app.gui.workdesk import WorkDesk
from app.model import Customer, Verdict
from app.session.file import Session
from app.settings import Settings
from tests.gui.sessions import small
from tests.gui.still_desk import StillDesk
from tests.platforms.two_kinds import AD_ACCOUNT, TAG, halves, install

Opened = Callable[..., MainWindow]
PAIR = f"{TAG} = {AD_ACCOUNT}"


@pytest.fixture
def opened(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Opened]:
    made: list[MainWindow] = []

    def window(settings: Settings | None = None) -> MainWindow:
        install(monkeypatch)
        path = tmp_path / "shop.pixelpair"
        with Session.open(path) as session:
            session.append(halves())
        window = MainWindow(WorkDesk(settings or Settings(), keep=False), path)
        made.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.area.model.total > 0, timeout=20_000)
        return window

    yield window
    for one in made:
        one.close()
        one.deleteLater()


def verdicts(window: MainWindow) -> list[Verdict]:
    return [group.verdict for group in window.area.model.groups()]


def choose_first(window: MainWindow) -> None:
    window.area.table.select_group(next(iter(window.area.model.groups())).id)


def test_a_probable_row_says_why_and_offers_to_name_its_accounts_as_one(qtbot: QtBot, opened: Opened) -> None:
    window = opened()
    assert verdicts(window) == [Verdict.PROBABLE] * 2
    choose_first(window)
    assert "accounts of two kinds" in window.area.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert window.details.head.one_account.isVisible()
    assert window.details.head.whose.text() == f"Other · Pixel {TAG} ≠ {AD_ACCOUNT}"
    window.details.head.one_account.click()
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.DEDUPLICATED], timeout=20_000)
    assert window._desk.settings.one_account == (PAIR,)
    qtbot.waitUntil(lambda: bool(window.notices.sentences), timeout=20_000)
    assert PAIR in window.notices.sentences[0]


def test_naming_accounts_as_one_can_be_taken_back_at_once(qtbot: QtBot, opened: Opened) -> None:
    window = opened()
    choose_first(window)
    window.area.table.one_account.trigger()
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.DEDUPLICATED], timeout=20_000)
    qtbot.waitUntil(lambda: bool(window.notices.sentences), timeout=20_000)
    window.notices.findChildren(QPushButton)[0].click()
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.PROBABLE] * 2, timeout=20_000)
    assert window._desk.settings.one_account == ()


def test_accounts_named_in_the_settings_are_one_from_the_start(opened: Opened) -> None:
    window = opened(Settings(one_account=(PAIR,)))
    assert verdicts(window) == [Verdict.DEDUPLICATED]
    choose_first(window)
    assert not window.area.table.one_account.isEnabled()
    assert not window.details.head.one_account.isVisible()


def test_other_rows_offer_nothing_of_the_kind(qtbot: QtBot) -> None:
    window = MainWindow(StillDesk())
    qtbot.addWidget(window)
    window.area.table.take(small(), ())
    for group in small():
        window.area.table.select_group(group.id)
        assert not window.area.table.one_account.isEnabled()


@pytest.mark.parametrize(("typed", "said"), [("2613", "names no two accounts"), ("26 13 = 5", "has a space")])
def test_the_settings_say_what_is_wrong_with_accounts_that_are_one(qtbot: QtBot, typed: str, said: str) -> None:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    dialog.one_account.setPlainText(typed)
    dialog.accept()
    assert said in dialog.wrong.text()
    assert dialog.result_settings == Settings()
    dialog.one_account.setPlainText(f"{PAIR}\nPX-1 = AA = BB")
    dialog.accept()
    assert dialog.result_settings.one_account == (PAIR, "PX-1 = AA = BB")


def test_the_project_in_use_names_accounts_as_one_too(
    qtbot: QtBot, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = opened()
    desk = window._desk
    assert isinstance(desk, WorkDesk)
    desk._sending().use(Projects("Shop", (Project("Shop", one_account=(PAIR,)),)), Customer())
    monkeypatch.setattr(ProjectDialog, "exec", lambda dialog: dialog.accept() or dialog.result())
    window.wishes.project(window._applied, window._failed)
    qtbot.waitUntil(lambda: verdicts(window) == [Verdict.DEDUPLICATED], timeout=20_000)
    assert desk.settings.one_account == ()
