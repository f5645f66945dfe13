"""A session with several platforms tells them apart; one with a single platform gives no room to it."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.analysis.engine import Analysis
from app.analysis.filters import suggestions
from app.checks import Context
from app.formats import read
from app.gui.detail.details_head import DetailsHead
from app.gui.first_steps import FirstSteps
from app.gui.settings_dialog import SettingsDialog
from app.gui.status_line import StatusLine
from app.gui.table.pair_columns import INDEX
from app.gui.table.table_area import TableArea
from app.model import Group, Verdict
from app.numbers import Recorded, Summary
from app.platforms import rules_of, server_hosts
from app.settings import Settings
from app.workbench.files import analyse
from tests.gui.sessions import small
from tests.gui.still_desk import LISTENERS
from tests.platforms import parcel
from tests.platforms.invented import added, browser, server

SAMPLES = Path(__file__).parents[1] / "fixtures" / "samples"
BOTH = ("meta_pixel.har", "meta_capi_python_sdk.har", "real/tiktok_browser.har", "real/tiktok_server.har")
PLATFORM = INDEX["platform"]


@cache
def both() -> tuple[Group, ...]:
    """What two platforms' pixels and backends really sent."""
    analysis, _ = analyse([read(SAMPLES / name) for name in BOTH], Context(), ())
    return analysis.groups()


def of(name: str) -> tuple[Group, ...]:
    return tuple(group for group in both() if group.platform == name)


@pytest.fixture
def area(qtbot: QtBot) -> TableArea:
    area = TableArea()
    qtbot.addWidget(area)
    area.resize(1280, 500)
    area.show()
    qtbot.waitExposed(area)
    return area


def take(area: TableArea, groups: tuple[Group, ...], gone: tuple[str, ...] = ()) -> None:
    area.take(Recorded(groups, gone, Summary(), 0))


def chips(area: TableArea) -> list[str]:
    return [chip.text() for chip in area.filter.chips.chips.values()] if area.filter.chips.isVisible() else []


def test_the_platforms_column_comes_with_the_second_platform_and_goes_with_it(area: TableArea) -> None:
    take(area, of("meta"))
    assert area.table.isColumnHidden(PLATFORM)
    assert chips(area) == []
    take(area, of("tiktok"))
    assert not area.table.isColumnHidden(PLATFORM)
    shown = {area.model.index(row, PLATFORM).data() for row in range(area.model.rowCount())}
    assert shown == {"Meta", "TikTok"}
    assert chips(area) == [f"Meta {len(of('meta'))}", f"TikTok {len(of('tiktok'))}"]
    take(area, (), tuple(group.id for group in of("tiktok")))
    assert area.table.isColumnHidden(PLATFORM)
    assert chips(area) == []


def test_another_session_starts_with_no_platform(area: TableArea) -> None:
    take(area, both())
    area.model.clear()
    take(area, small())
    assert area.table.isColumnHidden(PLATFORM)
    assert chips(area) == []


def test_news_of_a_row_that_is_there_counts_it_once(area: TableArea) -> None:
    take(area, both())
    before = chips(area)
    take(area, both()[:5], (both()[0].id,))
    assert chips(area) == before


def test_the_user_may_force_the_column_either_way(area: TableArea) -> None:
    take(area, of("meta"))
    area.table.columns.show(PLATFORM, True)
    assert not area.table.isColumnHidden(PLATFORM)
    take(area, of("tiktok"))
    area.table.columns.show(PLATFORM, False)
    assert area.table.isColumnHidden(PLATFORM)
    area.table.columns.reset()
    assert not area.table.isColumnHidden(PLATFORM)


def test_in_columns_the_user_arranged_the_platform_still_shows_itself(area: TableArea) -> None:
    take(area, of("meta"))
    area.table.setColumnWidth(INDEX["name"], 77)
    take(area, of("tiktok"))
    assert not area.table.isColumnHidden(PLATFORM)
    assert area.table.columnWidth(PLATFORM) > 40
    assert area.table.columnWidth(INDEX["name"]) == 77
    area.model.clear()
    assert area.table.isColumnHidden(PLATFORM)


def test_a_chip_shows_its_platform_beside_the_rest_of_the_filter_and_once_more_all(area: TableArea) -> None:
    take(area, both())
    area.filter.replace("has:browser")
    chip = area.filter.chips.chips["tiktok"]
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert area.filter.line.text() == "has:browser platform:tiktok"
    assert {group.platform for row in range(area.model.rowCount()) if (group := area.model.group_at(row))} == {"tiktok"}
    assert chip.isChecked()
    QTest.mouseClick(area.filter.chips.chips["meta"], Qt.MouseButton.LeftButton)
    assert (area.filter.line.text(), chip.isChecked()) == ("has:browser platform:meta", False)
    QTest.mouseClick(area.filter.chips.chips["meta"], Qt.MouseButton.LeftButton)
    assert area.filter.line.text() == "has:browser"


def test_many_platforms_share_one_chip_with_a_menu(area: TableArea) -> None:
    area.filter.chips.show_platforms({f"p{number}": number for number in range(1, 11)})
    assert area.filter.chips.more.text() == "10 platforms ▾"
    actions = area.filter.chips.more.menu().actions()
    assert len(actions) == 10
    actions[2].trigger()
    assert area.filter.line.text() == "platform:p3"


def test_platforms_are_offered_while_a_filter_is_typed() -> None:
    assert "platform:tiktok" in suggestions("platform:t")
    assert "has:ttclid" in suggestions("has:tt")


def test_an_account_that_is_no_number_is_filtered_by(area: TableArea) -> None:
    take(area, both())
    code = of("tiktok")[0].account
    area.filter.replace(f"pixel:{code[:6].lower()}")
    assert not code.isdigit()
    assert area.model.rowCount() == len(of("tiktok"))


def test_the_details_head_names_the_platform_and_calls_the_account_as_it_does(qtbot: QtBot) -> None:
    head = DetailsHead()
    qtbot.addWidget(head)
    head.show_group(of("tiktok")[0], None, None)
    assert f"TikTok · Pixel code {of('tiktok')[0].account[:5]}" in head.whose.text()


def test_an_invented_platform_is_shown_by_its_own_title(area: TableArea, monkeypatch: pytest.MonkeyPatch) -> None:
    added(monkeypatch)
    analysis = Analysis(Context(), rules_of())
    analysis.add([browser(901, "a"), server(902, "a", 900)])
    take(area, (*of("meta"), *analysis.groups()))
    assert chips(area)[-1] == "Other 1"


def test_the_findings_stay_in_sight_beside_the_platforms_column(area: TableArea) -> None:
    take(area, both())
    assert area.table.horizontalScrollBar().maximum() == 0


def test_the_address_for_each_platforms_host_is_given_where_several_are_served(qtbot: QtBot) -> None:
    with parcel.in_the_table(parcel.PARCEL):
        hosts = server_hosts()
        steps = FirstSteps()
        qtbot.addWidget(steps)
        line = StatusLine()
        qtbot.addWidget(line)
        settings = SettingsDialog(Settings())
        qtbot.addWidget(settings)
    listeners = replace(LISTENERS, relayed_to=hosts)
    steps.show_listeners(listeners)
    assert steps.address.line.text() == "http://127.0.0.1:8081"
    steps.address.host.setCurrentText(parcel.HOST)
    assert steps.address.line.text() == f"http://127.0.0.1:8081/{parcel.HOST}"
    assert f"or {parcel.HOST}" in settings.forwarding_port.accessibleDescription()
    line.show_listeners(listeners, "")
    assert f"http://127.0.0.1:8081/{parcel.HOST} in place of https://{parcel.HOST}" in line.listener.toolTip()


def test_a_single_served_host_leaves_nothing_to_choose(qtbot: QtBot) -> None:
    alone = server_hosts()[:1]
    steps = FirstSteps(alone)
    qtbot.addWidget(steps)
    steps.show()
    steps.show_listeners(LISTENERS)
    assert not steps.address.host.isVisible()
    assert steps.address.line.text() == "http://127.0.0.1:8081"


def test_the_verdicts_tooltip_names_the_key_and_the_window_of_its_platform(
    area: TableArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(monkeypatch)
    analysis = Analysis(Context(), rules_of())
    analysis.add([browser(901, order_id="SO-1"), server(902, order_id="SO-1", at_ms=900)])
    take(area, (*of("tiktok"), *analysis.groups()))
    tips = {
        group.platform: area.model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)
        for row in range(area.model.rowCount())
        if (group := area.model.group_at(row)) and group.verdict is Verdict.DEDUPLICATED
    }
    assert "TikTok merges by event ID within 48 h." in tips["tiktok"]
    assert "Other merges by order ID within 30 days." in tips["other"]
