"""The matrix: a row for each conversion, a column for each platform, and the way from a cell to its row."""

from __future__ import annotations

from concurrent.futures import Future
from functools import cache

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.analysis.engine import Analysis
from app.checks import Context
from app.gui.inbox import Inbox
from app.gui.main_window import MainWindow
from app.gui.matrix.asking import Asking
from app.gui.matrix.matrix_model import BEFORE
from app.gui.table.table_area import TableArea
from app.model import Group
from app.numbers import Recorded, Summary
from app.pairing.conversions import Conversion
from app.pairing.plan import Plan, due_from
from app.platforms import rules_of
from tests.gui.still_desk import StillDesk
from tests.pairing.test_conversions import meta, tiktok

MINUTE_MS = 60_000


@cache
def session(orders: int = 3) -> tuple[tuple[Group, ...], tuple[Conversion, ...]]:
    """So many orders told to Meta, the first of them to TikTok too, with another value."""
    analysis = Analysis(Context(plan=Plan(due=due_from(["Purchase = meta, tiktok"]))), rules_of())
    told = [
        meta(number, f"m-100{number}", number * MINUTE_MS, order_id=f"100{number}", value="59.90", currency="EUR")
        for number in range(1, orders + 1)
    ]
    analysis.add((*told, tiktok(99, "t-1001", MINUTE_MS, order_id="1001", value="50.34", currency="EUR")))
    return analysis.groups(), analysis.conversions()


@pytest.fixture
def area(qtbot: QtBot) -> TableArea:
    area = TableArea()
    qtbot.addWidget(area)
    area.resize(1280, 500)
    area.show()
    qtbot.waitExposed(area)
    area.take(Recorded(session()[0], (), Summary(), 0))
    area.by_conversion.setChecked(True)
    area.show_conversions(session()[1])
    return area


def cells(area: TableArea, row: int) -> list[str]:
    model = area.matrix.model
    return [str(model.index(row, column).data()) for column in range(model.columnCount())]


def test_each_conversion_has_a_row_with_every_platforms_verdict_and_value(area: TableArea) -> None:
    assert area.matrix.table.isVisible()
    model = area.matrix.model
    heads = [model.headerData(column, Qt.Orientation.Horizontal) for column in range(model.columnCount())]
    assert heads == ["Conversion", "Order", "Between platforms", "Meta", "TikTok"]
    first, second = cells(area, 0), cells(area, 1)
    assert first[0].startswith("Purchase")
    assert first[1:3] == ["1001", "✕ value differs between platforms"]
    assert first[3:] == ["? Other side not observed  B  59.90 EUR", "? Other side not observed  B  50.34 EUR"]
    assert second[4] == "✕ Not told"
    assert area.filter.count.text() == "3 of 3"


def test_what_is_wrong_in_the_chosen_row_is_said_in_sentences(area: TableArea) -> None:
    area.matrix.table.setCurrentIndex(area.matrix.model.index(0, BEFORE))
    assert area.matrix.said.text().startswith("✕ The value of Purchase: Meta 59.90 EUR, TikTok 50.34 EUR.")
    assert area.matrix.said.isVisible()


def test_a_cell_chooses_the_row_it_stands_for(area: TableArea, qtbot: QtBot) -> None:
    with qtbot.waitSignal(area.table.chosen) as told:
        area.matrix.table.setCurrentIndex(area.matrix.model.index(0, BEFORE + 1))
    assert told.args is not None
    assert told.args[0].platform == "tiktok"
    assert area.table.selected() == told.args[0]


def test_enter_goes_to_the_row_in_the_table_of_rows(area: TableArea) -> None:
    area.matrix.table.setCurrentIndex(area.matrix.model.index(0, BEFORE + 1))
    QTest.keyClick(area.matrix.table, Qt.Key.Key_Return)
    assert area.table.isVisible()
    assert not area.by_conversion.isChecked()
    chosen = area.table.selected()
    assert chosen is not None
    assert chosen.platform == "tiktok"


def test_the_filter_leaves_the_conversions_of_which_a_row_passes(area: TableArea) -> None:
    area.filter.replace("platform:tiktok")
    assert [cells(area, row)[1] for row in range(area.matrix.model.rowCount())] == ["1001"]
    assert area.filter.count.text() == "1 of 3"
    area.filter.replace("")
    assert area.matrix.model.rowCount() == 3


def test_news_at_the_end_moves_neither_choice_nor_view(area: TableArea) -> None:
    area.matrix.table.setCurrentIndex(area.matrix.model.index(1, BEFORE))
    area.show_conversions(session(5)[1])
    assert area.matrix.model.rowCount() == 5
    assert (area.matrix.table.currentIndex().row(), area.matrix.table.currentIndex().column()) == (1, BEFORE)


def test_a_choice_outlives_rows_that_come_before_it(area: TableArea) -> None:
    area.show_conversions(session()[1][1:])
    area.matrix.table.setCurrentIndex(area.matrix.model.index(1, BEFORE))
    area.show_conversions(session()[1])
    assert cells(area, area.matrix.table.currentIndex().row())[1] == "1003"


def test_one_platform_alone_offers_no_matrix(qtbot: QtBot) -> None:
    area = TableArea()
    qtbot.addWidget(area)
    area.show()
    area.take(Recorded(tuple(group for group in session()[0] if group.platform == "meta"), (), Summary(), 0))
    assert not area.by_conversion.isEnabled()
    assert not area.filter.chips.isVisible()


def test_every_cell_reads_aloud_with_its_platform(area: TableArea) -> None:
    said = area.matrix.model.index(1, BEFORE + 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "TikTok: ✕ Not told"


def test_the_window_asks_for_conversions_only_while_they_are_seen(qtbot: QtBot) -> None:
    desk = StillDesk()
    desk.known = session()[1]
    window = MainWindow(desk)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: desk.news is not None)
    assert desk.news is not None
    desk.news.recorded(Recorded(session()[0], (), Summary(), 0))
    qtbot.waitUntil(lambda: window.area.model.total > 0)
    assert "conversions" not in desk.asked
    QTest.keyClick(window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.area.matrix.model.rowCount() == 3)
    assert window.area.matrix.isVisible()


def test_one_question_at_a_time_and_the_last_news_is_asked_about(qtbot: QtBot) -> None:
    questions: list[Future[tuple[Conversion, ...]]] = []
    shown: list[int] = []

    def ask() -> Future[tuple[Conversion, ...]]:
        questions.append(Future())
        return questions[-1]

    inbox = Inbox(lambda _: None)
    asking = Asking(ask, inbox, lambda found: shown.append(len(found)), lambda _: None)
    asking.now()
    for _ in range(3):
        asking.soon()
    assert len(questions) == 1
    questions[0].set_result(session()[1])
    qtbot.waitUntil(lambda: len(questions) == 2)
    questions[1].set_result(())
    qtbot.waitUntil(lambda: shown == [3, 0])
    qtbot.wait(300)
    assert len(questions) == 2
    inbox.stop()
