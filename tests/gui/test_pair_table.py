"""The table: what its cells say, in which order its rows stand, and that news moves nothing the user looks at."""

import random
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from app.analysis.filters import read_filter
from app.gui.drawing.runs import RUNS, Run
from app.gui.table.fact_cells import short_gap
from app.gui.table.pair_columns import COLUMNS, INDEX
from app.gui.table.pair_model import NOTE, PairModel
from app.gui.table.pair_table import PairTable
from app.gui.table.sight import sight
from app.model import Group, Side, Verdict
from tests.gui.conversions import Recording, pixel, server
from tests.gui.sessions import MINUTE, START, many, small

NOW = START + 40 * MINUTE + 19_000


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[PairModel]:
    model = PairModel(now_ms=lambda: NOW)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield model
    tester.deleteLater()


@pytest.fixture
def table(qtbot: QtBot, model: PairModel) -> PairTable:
    table = PairTable(model)
    qtbot.addWidget(table)
    table.resize(1280, 400)
    table.show()
    qtbot.waitExposed(table)
    return table


def shown(model: PairModel) -> list[str]:
    return [group.id for row in range(model.rowCount()) if (group := model.group_at(row))]


def cell(model: PairModel, event_id: str | None, key: str) -> str:
    group = next(group for group in model.groups() if group.event_id == event_id)
    text = model.index(model.row_of(group.id), INDEX[key]).data()
    assert isinstance(text, str)
    return text


def marked(model: PairModel, event_id: str | None, key: str) -> list[str]:
    group = next(group for group in model.groups() if group.event_id == event_id)
    runs: tuple[Run, ...] = model.index(model.row_of(group.id), INDEX[key]).data(RUNS)
    return [run.text for run in runs if run.marked]


def test_both_rows_of_a_suggested_pair_show_both_ids_and_mark_what_was_added(model: PairModel) -> None:
    model.take(small(), ())
    for event_id in ("12345", "12345-server"):
        assert cell(model, event_id, "id") == "12345 ≠ 12345-server"
        assert marked(model, event_id, "id") == ["-server"]


def test_the_half_a_row_borrows_is_told_from_its_own(model: PairModel) -> None:
    model.take(small(), ())
    assert [cell(model, "12345", f"{side}.count") for side in ("browser", "server")] == ["×1", "⇄"]
    assert [cell(model, "12345-server", f"{side}.count") for side in ("browser", "server")] == ["⇄", "×1"]


def test_stray_spaces_and_case_are_seen(model: PairModel) -> None:
    model.take(small(), ())
    assert cell(model, "lead-88", "id") == "lead-88 ≠ ␣lead-88"
    assert marked(model, "lead-88", "id") == ["␣"]
    assert cell(model, "order_12349", "name") == "Purchase ≠ purchase"
    assert marked(model, "order_12349", "name") == ["Purchase", "purchase"]


def test_a_missing_id_is_named(model: PairModel) -> None:
    model.take(small(), ())
    assert cell(model, "order_12346", "id") == "order_12346 ≠ none"
    assert marked(model, "order_12346", "id") == ["none"]


def test_amount_and_currency_are_marked_each_for_itself(model: PairModel) -> None:
    model.take(small(), ())
    assert marked(model, "order_12355", "browser.value") == ["59.90", "USD"]
    assert marked(model, "order_12355", "server.value") == ["49.90", "EUR"]
    assert marked(model, "order_12345", "server.value") == []


def test_amounts_are_shown_by_their_currency_and_the_tooltip_keeps_the_wires_text(model: PairModel) -> None:
    yen = {"cd[value]": "1800.0", "cd[currency]": "JPY"}
    exchanges = [pixel("Purchase", "y-1", more=yen), pixel("Purchase", "e-1", more={"cd[value]": "29.9"})]
    model.take(Recording(exchanges, Side.BROWSER).groups, ())
    assert [cell(model, event_id, "browser.value") for event_id in ("y-1", "e-1")] == ["1800 JPY", "29.90 USD"]
    tip = COLUMNS[INDEX["browser.value"]].tip(sight(next(iter(model.groups())), lambda _: None, NOW))
    assert tip == "Browser: 1800.0 JPY"


def test_a_row_that_is_tied_to_many_says_to_how_many(model: PairModel) -> None:
    orders = [{"cd[order_id]": f"O-{n}00", "cd[value]": f"{n}9.90"} for n in (1, 2, 3)]
    sales = [pixel("Purchase", "undefined", START + n * MINUTE, order) for n, order in enumerate(orders)]
    custom = [{"order_id": f"O-{n}00", "value": f"{n}9.90", "currency": "USD"} for n in (1, 2, 3)]
    booked = [server("Purchase", f"e-{n}", START + n * MINUTE, {"custom_data": data}) for n, data in enumerate(custom)]
    model.take(Recording([*sales, *booked], Side.BROWSER, Side.SERVER).groups, ())
    tips = {group.event_id: COLUMNS[INDEX["verdict"]].tip(sight(group, model.group, NOW)) for group in model.groups()}
    assert "Tied to 2 more besides" in tips["undefined"]
    assert "besides" not in tips["e-0"]


def test_a_retried_send_is_counted_and_its_last_answer_shown(model: PairModel) -> None:
    model.take(small(), ())
    assert cell(model, "order_12356", "server.count") == "×2"
    assert cell(model, "order_12356", "server.answer") == "200"
    assert cell(model, "order_12399", "server.answer") == "✕ 503"


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (840, "+840 ms"),
        (-1_880, "−1.88 s"),
        (200_000, "+3.3 min"),
        (172_799_000, "+48.0 h"),
        (-300_000_000, "−3.5 d"),
    ],
)
def test_a_gap_is_said_in_one_unit(size: int, said: str) -> None:
    assert short_gap(size) == said


def test_an_empty_half_says_why(model: PairModel) -> None:
    model.take(small(), ())
    waiting = next(group for group in small() if group.verdict is Verdict.WAITING)
    row = model.row_of(waiting.id)
    assert model.index(row, INDEX["server.time"]).data(NOTE) == "waiting for the server half…"
    assert model.index(row, INDEX["browser.time"]).data(NOTE) == ""


def test_waiting_counts_down_and_only_waiting_rows_are_painted_again(qtbot: QtBot) -> None:
    now = [NOW]
    model = PairModel(now_ms=lambda: now[0])
    model.take(small(), ())
    assert cell(model, "atc-88", "verdict") == "◔ Waiting 41 s"
    now[0] += 1_000
    changed: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda first, last: changed.append((first.row(), last.row())))
    model.tick()
    row = next(row for row in range(model.rowCount()) if "Waiting" in model.index(row, 0).data())
    assert changed == [(row, row)]
    assert cell(model, "atc-88", "verdict") == "◔ Waiting 40 s"


def test_every_cell_of_every_row_has_text_and_a_tooltip_that_can_be_shown(model: PairModel) -> None:
    model.take(small(), ())
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            assert isinstance(index.data(), str)
            tip = index.data(Qt.ItemDataRole.ToolTipRole)
            assert tip is None or tip.startswith("<qt>")
            assert COLUMNS[column].title in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_rows_stand_in_order_of_arrival(model: PairModel) -> None:
    groups = small()
    model.take(tuple(reversed(groups)), ())
    times = [group.first_ms for row in range(model.rowCount()) if (group := model.group_at(row))]
    assert times == sorted(times)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_sorts_both_ways_and_late_rows_find_their_place(model: PairModel, column: int) -> None:
    groups = many(90)
    for order in Qt.SortOrder:
        model.clear()
        model.sort(column, order)
        model.take(groups[:30], ())
        model.take(groups[30:35], ())
        model.take(groups[35:], ())
        keys = [COLUMNS[column].order(group) for row in range(90) if (group := model.group_at(row))]
        assert keys == sorted(keys, reverse=order is Qt.SortOrder.DescendingOrder)
        assert [model.row_of(group_id) for group_id in shown(model)] == list(range(90))


@pytest.mark.parametrize("key", ["id", "verdict", "browser.time"])
def test_a_rows_place_is_known_whatever_came_went_and_changed(model: PairModel, key: str) -> None:
    dice = random.Random(7)
    groups = list(many(40))
    dice.shuffle(groups)
    for order in Qt.SortOrder:
        model.clear()
        model.sort(INDEX[key], order)
        to_come = list(groups)
        while to_come:
            news = [to_come.pop() for _ in range(min(len(to_come), dice.choice((1, 3, 6))))]
            there = shown(model)
            gone = dice.sample(there, min(len(there), dice.choice((0, 1, 2))))
            changed = [group for one in dice.sample(there, min(len(there), 5)) if (group := model.group(one))]
            later = [replace(group, verdict=Verdict.DEDUPLICATED) for group in changed if group.id not in gone]
            model.take((*news, *later), gone)
            assert [model.row_of(group_id) for group_id in shown(model)] == list(range(model.rowCount()))
            assert {model.row_of(group_id) for group_id in gone} <= {-1}


def test_only_the_rows_that_changed_are_painted_again(model: PairModel) -> None:
    groups = many(60)
    model.take(groups, ())
    painted: list[int] = []
    model.dataChanged.connect(lambda first, last: painted.extend(range(first.row(), last.row() + 1)))
    model.take([replace(groups[at], verdict=Verdict.WAITING) for at in (2, 50)], ())
    assert painted == [2, 50]


def test_what_is_gone_leaves_and_comes_back_no_more(model: PairModel) -> None:
    groups = small()
    model.take(groups, ())
    model.take((), (groups[3].id, "never there"))
    assert groups[3].id not in shown(model)
    assert len(shown(model)) == len(groups) - 1 == model.total


def test_a_filter_counts_and_a_changed_row_comes_and_goes_with_it(model: PairModel, qtbot: QtBot) -> None:
    groups = small()
    model.take(groups, ())
    counts: list[tuple[int, int]] = []
    model.counted.connect(lambda few, total: counts.append((few, total)))
    model.choose(read_filter("verdict:waiting").passes)
    waiting = model.group_at(0)
    assert waiting is not None
    model.take((replace(waiting, verdict=Verdict.BROWSER_ONLY, waiting_until_ms=None),), ())
    assert counts == [(1, len(groups)), (0, len(groups))]
    assert not model.waiting
    model.take((waiting,), ())
    assert shown(model) == [waiting.id]


def test_new_rows_above_do_not_move_the_selected_row(table: PairTable, model: PairModel) -> None:
    groups = many(200)
    table.take(groups[50:150], ())
    chosen = groups[100]
    table.select_group(chosen.id)
    before = table.rowViewportPosition(model.row_of(chosen.id))
    table.take(groups[:50], ())
    table.take(groups[150:], ())
    assert table.rowViewportPosition(model.row_of(chosen.id)) == before
    assert table.selected() == chosen


def test_without_a_selection_the_rows_in_view_stay_where_they_are(table: PairTable, model: PairModel) -> None:
    groups = many(200)
    table.take(groups[50:150], ())
    table.grab()
    table.verticalScrollBar().setValue(700)
    assert table.rowAt(0) > 0
    top = model.group_at(table.rowAt(0))
    assert top is not None
    before = table.rowViewportPosition(model.row_of(top.id))
    table.take(groups[:50], ())
    assert table.rowViewportPosition(model.row_of(top.id)) == before


def test_at_the_bottom_the_table_follows(table: PairTable, model: PairModel) -> None:
    groups = many(120)
    table.take(groups[:100], ())
    table.scrollToBottom()
    table.take(groups[100:], ())
    assert table.verticalScrollBar().value() == table.verticalScrollBar().maximum()
    table.grab()
    table.verticalScrollBar().setValue(0)
    table.take(many(125)[120:], ())
    assert table.verticalScrollBar().value() == 0


def test_the_selection_survives_sorting_and_filtering_and_is_told_once(table: PairTable, model: PairModel) -> None:
    table.take(small(), ())
    chosen = next(group for group in small() if group.event_id == "12345")
    told: list[Group | None] = []
    table.chosen.connect(told.append)
    table.select_group(chosen.id)
    table.sort_by(INDEX["id"], Qt.SortOrder.DescendingOrder)
    model.choose(read_filter("event:Purchase").passes)
    assert table.currentIndex().row() == model.row_of(chosen.id)
    assert told == [chosen]


def test_the_selected_conversion_is_told_again_when_it_changes(table: PairTable) -> None:
    table.take(small(), ())
    chosen = small()[0]
    table.select_group(chosen.id)
    told: list[Group | None] = []
    table.chosen.connect(told.append)
    newer = replace(chosen, verdict=Verdict.DUPLICATE)
    table.take((newer, small()[1]), ())
    assert told == [newer]


def test_the_tied_row_is_one_step_away(table: PairTable) -> None:
    table.take(small(), ())
    table.select_group(next(group.id for group in small() if group.event_id == "12345"))
    table.select_linked()
    selected = table.selected()
    assert selected is not None
    assert selected.event_id == "12345-server"


def test_mismatches_are_visited_around_the_end(table: PairTable, model: PairModel) -> None:
    table.take(small(), ())
    wrong = [g.id for row in range(model.rowCount()) if (g := model.group_at(row)) and g.verdict in WRONG]
    visited = []
    for _ in range(len(wrong) + 1):
        table.select_mismatch(1)
        selected = table.selected()
        assert selected is not None
        visited.append(selected.id)
    assert visited == [*wrong, wrong[0]]
    table.select_mismatch(-1)
    assert table.selected() == model.group(wrong[-1])


WRONG = (Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE, Verdict.NOT_COUNTED)


def test_copying_gives_the_cell_and_the_whole_id(table: PairTable, model: PairModel) -> None:
    table.take(small(), ())
    table.select_group(next(group.id for group in small() if group.event_id == "12345-server"))
    table.copy_id.trigger()
    assert QGuiApplication.clipboard().text() == "12345-server"
    table.setCurrentIndex(model.index(table.currentIndex().row(), INDEX["name"]))
    table.copy_cell.trigger()
    assert QGuiApplication.clipboard().text() == "Purchase"


def test_columns_the_user_arranged_come_back(table: PairTable, qtbot: QtBot, model: PairModel) -> None:
    assert table.columns.state().isEmpty()
    table.horizontalHeader().moveSection(0, 3)
    table.setColumnHidden(INDEX["gap"], True)
    state = table.columns.state()
    other = PairTable(model)
    qtbot.addWidget(other)
    other.columns.restore(state)
    assert other.horizontalHeader().visualIndex(0) == 3
    assert other.isColumnHidden(INDEX["gap"])
    other.columns.reset()
    assert [other.horizontalHeader().visualIndex(i) for i in range(len(COLUMNS))] == list(range(len(COLUMNS)))
    assert other.columns.state().isEmpty()


def test_at_1280_pixels_no_column_is_out_of_sight(table: PairTable) -> None:
    assert table.horizontalScrollBar().maximum() == 0
    assert not table.isColumnHidden(INDEX["findings"])


def test_a_hundred_thousand_rows_are_taken_sorted_and_filtered(model: PairModel) -> None:
    plain = PairModel(now_ms=lambda: NOW)
    groups = many(100_000)
    plain.take(groups, ())
    plain.sort(INDEX["id"], Qt.SortOrder.DescendingOrder)
    first = plain.group_at(0)
    assert first is not None
    assert first.event_id == max(group.event_id or "" for group in groups)
    plain.choose(read_filter("verdict:deduplicated").passes)
    assert plain.rowCount(QModelIndex()) == sum(group.verdict is Verdict.DEDUPLICATED for group in groups)


def test_a_column_sorts_up_down_and_back_to_arrival_by_key(table: PairTable, model: PairModel) -> None:
    table.take(small(), ())
    arrival = shown(model)
    table.setCurrentIndex(model.index(3, INDEX["id"]))
    orders = []
    for _ in range(3):
        table.sort_here.trigger()
        orders.append(shown(model))
    by_id = [model.group(group_id) for group_id in orders[0]]
    assert [group.event_id or "" for group in by_id if group] == sorted(group.event_id or "" for group in small())
    assert orders[1] == orders[0][::-1]
    assert orders[2] == arrival
