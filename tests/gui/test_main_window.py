"""The main window: its states, what it asks of the desk, and that nothing is out of reach. Lastly on a real desk."""

import math
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace as replaced
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QColor, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.gui.app import make_application
from app.gui.capture_control import State
from app.gui.desk import DeskError
from app.gui.drawing.ink import Tone, ink_of
from app.gui.drawing.theme import apply_theme
from app.gui.inbox import Inbox, merged
from app.gui.main_window import MainWindow
from app.gui.notice_bar import NoticeBar
from app.gui.settings_dialog import SettingsDialog
from app.gui.shortcut_sheet import sheet_lines
from app.gui.status_line import StatusLine
from app.gui.summary_strip import figures
from app.gui.table.pair_delegate import on_selection
from app.gui.workdesk import WorkDesk
from app.model import Customer, Verdict
from app.numbers import Band, Orders, Recorded, Summary
from app.session.file import Session
from app.settings import Settings
from tests.gui.conversions import Recording
from tests.gui.sessions import SUMMARY, batch, checkouts, small
from tests.gui.still_desk import LISTENERS, StillDesk

Made = Callable[..., MainWindow]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Made]:
    made: list[MainWindow] = []

    def window(desk: StillDesk | WorkDesk, path: Path | None = None, **more: object) -> MainWindow:
        window = MainWindow(desk, path, **more)  # type: ignore[arg-type] # keywords of the window's own
        made.append(window)
        window.show()
        qtbot.waitExposed(window)
        return window

    yield window
    for one in made:
        one.close()
        one.deleteLater()


def capturing(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.capture.state is State.CAPTURING, timeout=30_000)


def with_rows(qtbot: QtBot, window: MainWindow) -> None:
    capturing(qtbot, window)
    window.inbox.recorded(batch(small()))
    window.inbox.drain()


def action(window: MainWindow, words: str) -> QAction:
    return next(one for one in window.actions() if one.text().replace("&", "").startswith(words))


def choose(window: MainWindow, event_id: str) -> None:
    window.area.table.select_group(next(group.id for group in small() if group.event_id == event_id))


def test_a_fresh_window_opens_a_session_captures_and_teaches(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    capturing(qtbot, window)
    assert desk.asked[:2] == ["open", "start_capture"]
    assert window.area.steps.isVisible()
    assert not window.details.isVisible()
    assert window.area.steps.address.line.text() == LISTENERS.forwarding_url
    assert str(LISTENERS.bundle) in window.area.steps.proxy.line.text()
    assert window.tools.capture.text() == "● Capturing"


def test_a_session_that_is_opened_is_not_captured_into(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk, Path("shop.pixelpair"))
    qtbot.waitUntil(lambda: "browsers" in desk.asked)
    assert "start_capture" not in desk.asked
    assert window.windowTitle().startswith("shop – Pixelpair")
    assert window.tools.capture.text() == "○ Start capture"


def test_the_demo_opens_the_shop_once_it_captures(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    make(desk, demo=True)
    qtbot.waitUntil(lambda: "launch_shop" in desk.asked)
    assert desk.asked.index("start_capture") < desk.asked.index("launch_shop")


def test_the_shop_brings_its_test_customer_to_the_details(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk(ask=Recording(checkouts()).ask)
    window = make(desk)
    with_rows(qtbot, window)
    choose(window, "order_12345")
    qtbot.waitUntil(lambda: "No test customer" in window.details.hashes.hint.text())
    desk.customer = Customer((("em", ("jane.doe@example.com",)),))
    window.capture.launch_shop()
    qtbot.waitUntil(lambda: window.details.hashes.hint.text() == "")


def test_the_status_line_gives_a_backend_what_it_needs_and_says_who_answers(qtbot: QtBot) -> None:
    status = StatusLine()
    qtbot.addWidget(status)
    status.show_listeners(LISTENERS, "")
    assert status.listener.text() == "Listener http://127.0.0.1:8081 → graph.facebook.com"
    status.show_listeners(replace(LISTENERS, sandbox=True), "")
    assert status.listener.text() == "Listener http://127.0.0.1:8081 → sandbox"
    status.copy.click()
    bundle = "/home/ann/.config/pixelpair/authority/bundle.pem"
    assert QApplication.clipboard().text() == (
        f"HTTPS_PROXY=http://127.0.0.1:8080 SSL_CERT_FILE='{bundle}' REQUESTS_CA_BUNDLE='{bundle}'"
    )


def test_rows_take_the_place_of_the_first_steps(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    assert window.area.table.isVisible()
    assert window.details.isVisible()
    assert window.area.filter.count.text() == f"{len(small())} of {len(small())}"


def test_a_filter_that_leaves_nothing_says_so_and_offers_the_way_back(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    window.area.filter.replace("id:nowhere")
    assert window.area.filter.count.text() == f"0 of {len(small())}"
    assert not window.area.table.isVisible()
    window.area._all.click()
    assert window.area.table.isVisible()
    assert window.area.filter.line.text() == ""


def test_a_filter_that_makes_no_sense_is_explained_beside_the_line(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    QTest.keyClicks(window.area.filter.line, "verdikt:double")
    qtbot.waitUntil(window.area.filter.complaint.isVisible)
    assert "is no field" in window.area.filter.complaint.text()
    QTest.keyClick(window.area.filter.line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.area.filter.complaint.isVisible())


def test_a_figure_filters_and_a_second_click_shows_all_again(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    window.strip.filter_wished.emit("verdict:double-counted")
    verdicts = {group.verdict for row in range(50) if (group := window.area.model.group_at(row))}
    assert verdicts == {Verdict.DOUBLE_COUNTED}
    window.strip.filter_wished.emit("verdict:double-counted")
    assert window.area.model.rowCount() == len(small())


def test_sending_and_replaying_take_the_event_of_their_side(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    assert not action(window, "Send matching").isEnabled()
    choose(window, "order_12345")
    group = window.area.table.selected()
    assert group is not None
    action(window, "Send matching").trigger()
    action(window, "Replay").trigger()
    assert desk.asked[-2:] == [f"send {group.browser[0].id}", f"send {group.server[0].id}"]


def test_a_tied_rows_half_can_be_replayed_from_here(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    choose(window, "12345")
    action(window, "Replay").trigger()
    twin = next(group for group in small() if group.event_id == "12345-server")
    assert desk.asked[-1] == f"send {twin.server[0].id}"


def test_what_the_desk_refuses_is_said_in_its_own_words(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    desk.failing = {"send": "There is no twin of this event.", "launch_browser": "No browser was found."}
    window = make(desk)
    with_rows(qtbot, window)
    choose(window, "order_12345")
    action(window, "Send matching").trigger()
    action(window, "Launch first").trigger()
    qtbot.waitUntil(lambda: len(window.notices.sentences) == 2)
    assert set(window.notices.sentences) == set(desk.failing.values())


def test_a_capture_that_can_not_start_is_explained_and_can_be_tried_again(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    desk.failing = {"start_capture": "All ports are taken. Close a program, or choose other ports in the settings."}
    window = make(desk)
    qtbot.waitUntil(lambda: bool(window.notices.sentences))
    assert window.notices.sentences == (desk.failing["start_capture"],)
    assert window.tools.capture.text() == "○ Start capture"
    desk.failing = {}
    window.tools.capture.click()
    capturing(qtbot, window)


def test_a_proxy_that_died_offers_a_restart_and_rows_stay(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    assert desk.news is not None
    died = threading.Thread(target=desk.news.died, args=("The proxy ended unexpectedly.",))
    died.start()
    died.join()
    qtbot.waitUntil(lambda: window.capture.state is State.DIED)
    assert window.tools.capture.text() == "✕ Proxy stopped – Restart"
    assert window.area.model.total == len(small())
    window.tools.capture.click()
    assert "The proxy ended unexpectedly." in window.notices.sentences
    capturing(qtbot, window)
    assert desk.asked.count("start_capture") == 2
    assert "The proxy ended unexpectedly." not in window.notices.sentences


def test_the_mode_can_not_be_missed_and_a_switch_starts_the_capture_again(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    capturing(qtbot, window)
    assert window.tools.badge.text().startswith("SANDBOX")
    assert not window.tools._alarm.isVisible()
    window.inbox.when_done(desk.apply(Settings(live=True), Customer()), window._applied, window._failed)
    qtbot.waitUntil(lambda: desk.asked.count("start_capture") == 2)
    assert "stop_capture" in desk.asked
    assert window.tools.badge.text().startswith("LIVE")
    assert window.tools._alarm.isVisible()


@pytest.mark.parametrize(
    ("words", "name", "asked"),
    [
        ("HTML report", "evidence", "export evidence.html"),
        ("JSON report", "evidence.json", "export evidence.json"),
        ("Session file", "copy.pixelpair", "save_copy copy.pixelpair"),
    ],
)
def test_exports_go_where_the_user_says(
    qtbot: QtBot, make: Made, monkeypatch: pytest.MonkeyPatch, words: str, name: str, asked: str
) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (f"/evidence/{name}", ""))
    action(window, words).trigger()
    qtbot.waitUntil(lambda: asked in desk.asked and bool(window.notices.sentences))
    assert window.notices.sentences[0].startswith("Written to /evidence/")


def test_a_lone_session_is_opened_and_other_files_are_read_in(qtbot: QtBot, make: Made) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    window.read_files([Path("a.har"), Path("b.jsonl")])
    qtbot.waitUntil(lambda: "import a.har, b.jsonl" in desk.asked)
    assert window.area.model.total == len(small())
    window.read_files([Path("other.pixelpair")])
    qtbot.waitUntil(lambda: desk.asked.count("open") == 2)
    assert window.area.model.total == 0


def test_news_of_a_session_that_is_closed_is_dropped(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    capturing(qtbot, window)
    window.inbox.recorded(batch(small()))
    window.open_session(None)
    window.inbox.drain()
    assert window.area.model.total == 0


def test_the_desk_is_closed_last_and_the_layout_kept(qtbot: QtBot, make: Made, tmp_path: Path) -> None:
    kept = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    desk = StillDesk()
    window = make(desk, layout=kept)
    with_rows(qtbot, window)
    window.resize(860, 700)
    window.area.table.setColumnHidden(5, True)
    window.area.table.horizontalHeader().moveSection(1, 2)
    window.close()
    window.close()
    assert desk.asked[-1] == "close"
    assert desk.asked.count("close") == 1
    again = make(StillDesk(), layout=QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    assert again.height() == 700
    assert again.area.table.isColumnHidden(5)
    assert again.area.table.horizontalHeader().visualIndex(1) == 2


def test_no_two_actions_share_a_key_and_the_sheet_lists_every_one(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    actions = [*window.actions(), *window.area.table.actions()]
    keys = [keys.toString() for one in actions for keys in one.shortcuts()]
    assert len(keys) == len(set(keys))
    assert ("F1", "Keyboard shortcuts") in sheet_lines(actions)
    assert len(sheet_lines(actions)) == len([one for one in actions if one.shortcuts()])


@pytest.mark.parametrize(("keys", "place"), [("F6", "table"), ("Ctrl+F", "filter line"), ("Shift+F6", "details tabs")])
def test_every_part_is_reached_by_key(qtbot: QtBot, make: Made, keys: str, place: str) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    choose(window, "order_12345")
    window.activateWindow()
    parts = {
        "table": window.area.table,
        "filter line": window.area.filter.line,
        "details tabs": window.details.tabs.tabBar(),
    }
    next(one for one in window.actions() if QKeySequence(keys) in one.shortcuts()).trigger()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is parts[place])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_tone_can_be_read_on_every_ground(qapp: QApplication, theme: str) -> None:
    apply_theme(qapp, theme)
    ink = ink_of(qapp.palette())
    for tone in Tone:
        for ground in (ink.base, ink.raised, ink.tint(tone)):
            assert contrast(ink.of(tone), ground) >= 4.5, (tone, ground.name())
        assert contrast(on_selection(ink).of(tone), ink.selected) >= 4.5, tone


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.03928 else math.pow((part + 0.055) / 1.055, 2.4) for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_figures_say_counted_and_real_with_what_it_costs() -> None:
    shown = {figure.words.split(" ")[0]: (figure.number, figure.words, figure.tone) for figure in figures(SUMMARY, 0.9)}
    assert shown["counted"] == ("39 → 34", "counted → real (+15%, +612.40 USD)", Tone.BAD)
    assert shown["server"] == ("30", "server events · 2 sent again", Tone.PLAIN)
    assert shown["overlap"] == ("81%", "overlap · target 90%", Tone.WARN)


def test_without_traffic_no_figure_is_a_claim() -> None:
    shown = [figure.number for figure in figures(Summary(), 0.9)]
    assert shown == ["0", "0", "0", "0", "–", "–", "0", "0 · 0 · 0"]


@pytest.mark.parametrize(
    ("orders", "number", "words", "tone"),
    [
        (
            Orders(95, 93, ("A1", "A2", "A3"), ("B1",), (), 0, Band.GOOD),
            "✓ 4.2% good",
            "3 missing, 1 too many",
            Tone.GOOD,
        ),
        (Orders(100, 93, ("A",) * 7, (), (), 0, Band.ACCEPTABLE), "≈ 7% acceptable", "7 missing", Tone.GOOD),
        (Orders(100, 112, (), ("B",) * 12, (), 0, Band.LOOK), "! 12% look", "12 too many", Tone.WARN),
        (Orders(4, 2, ("A",) * 3, (), (), 1, Band.TECHNICAL_FAILURE), "✕ 50% failure", "2 missing", Tone.BAD),
        (Orders(4, 4, (), (), (), 0, Band.GOOD), "✓ 0% good", "none missing", Tone.GOOD),
    ],
)
def test_imported_orders_are_a_figure_with_glyph_word_and_colour_of_their_band(
    orders: Orders, number: str, words: str, tone: Tone
) -> None:
    without, shown = (figures(replaced(SUMMARY, orders=found), 0.9) for found in (None, orders))
    (figure,) = [one for one in shown if one not in without]
    assert (figure.number, figure.words, figure.tone) == (number, f"orders: {words}", tone)
    assert f"{orders.known} orders of the backend, {orders.purchases} purchases by the events" in figure.help
    assert all(order in figure.help for order in orders.missing + orders.unknown)


def test_orders_imported_before_any_traffic_accuse_nobody() -> None:
    orders = Orders(4, 0, ("A", "B", "C", "D"), (), (), 0, Band.TECHNICAL_FAILURE)
    (figure,) = [one for one in figures(Summary(orders=orders), 0.9) if one.words.startswith("orders")]
    assert (figure.number, figure.words, figure.tone) == ("–", "orders: 4", Tone.MUTED)


def test_the_backends_orders_are_asked_for_and_forgotten_from_the_file_menu(
    qtbot: QtBot, make: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = StillDesk()
    window = make(desk)
    with_rows(qtbot, window)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    action(window, "Import orders").trigger()
    assert not [one for one in desk.asked if one.startswith("import_orders")]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/shop/orders.csv", ""))
    action(window, "Import orders").trigger()
    qtbot.waitUntil(lambda: "import_orders orders.csv" in desk.asked)
    forget = action(window, "Forget orders")
    assert not forget.isEnabled()
    orders = Orders(4, 4, (), (), (), 0, Band.GOOD)
    window.inbox.recorded(batch((), summary=replaced(SUMMARY, orders=orders)))
    window.inbox.hand_on()
    assert forget.isEnabled()
    forget.trigger()
    qtbot.waitUntil(lambda: "forget_orders" in desk.asked)


def test_batches_of_one_frame_become_one_with_the_newest_word_for_each() -> None:
    one, two, three = small()[:3]
    news = merged(
        [
            Recorded((one, two), (), Summary(browser_events=1), 1),
            Recorded((three,), (one.id,), Summary(browser_events=2), 2),
            Recorded((one,), (two.id,), Summary(browser_events=3), 3),
        ]
    )
    assert news == Recorded((three, one), (two.id,), Summary(browser_events=3), 3)


def test_news_is_shown_at_once_after_a_rest_and_together_while_the_thread_is_busy(qtbot: QtBot) -> None:
    shown: list[int] = []

    def take(recorded: Recorded) -> None:
        shown.append(len(recorded.groups))
        end = time.thread_time() + 0.05
        while time.thread_time() < end:
            pass

    inbox = Inbox(take)
    inbox.stop()
    first, *rest = small()[:6]
    inbox.recorded(batch((first,)))
    inbox.drain()
    assert shown == [1]
    for group in rest:
        inbox.recorded(batch((group,)))
        inbox.drain()
    assert shown == [1], "one batch is as dear to paint as many: they wait for each other"

    def drained() -> bool:
        inbox.drain()
        return len(shown) > 1

    qtbot.waitUntil(drained, timeout=10_000)
    assert shown == [1, 5]


def test_what_must_be_there_now_is_handed_on_however_busy_the_thread_is(qtbot: QtBot) -> None:
    shown: list[int] = []
    inbox = Inbox(lambda recorded: shown.append(len(recorded.groups)))
    inbox.stop()
    for group in small()[:3]:
        inbox.recorded(batch((group,)))
        inbox.hand_on()
    assert shown == [1, 1, 1]


def test_a_thread_that_analyses_hands_the_lock_over_quickly(qapp: QApplication) -> None:
    make_application("light")
    assert sys.getswitchinterval() <= 0.0002


def test_calls_from_other_threads_are_made_on_the_windows_thread_in_order(qtbot: QtBot) -> None:
    inbox = Inbox(lambda _: None)
    seen: list[tuple[int, threading.Thread]] = []

    def note(number: int) -> None:
        seen.append((number, threading.current_thread()))

    def post() -> None:
        for number in range(100):
            inbox.put(partial(note, number))

    sender = threading.Thread(target=post)
    sender.start()
    sender.join()
    qtbot.waitUntil(lambda: len(seen) == 100)
    assert seen == [(number, threading.main_thread()) for number in range(100)]


def test_a_mistake_of_ours_is_logged_and_said_a_failure_of_the_world_only_said(
    qtbot: QtBot, warnings_of_ours: list[object]
) -> None:
    inbox = Inbox(lambda _: None)
    said: list[str] = []
    for error in (DeskError("The disk is full. Make room."), ZeroDivisionError("division by zero")):
        future: Future[None] = Future()
        future.set_exception(error)
        inbox.when_done(future, lambda _: None, said.append)
    inbox.drain()
    assert said[0] == "The disk is full. Make room."
    assert "ZeroDivisionError: division by zero" in said[1]
    assert len(warnings_of_ours) == 1
    warnings_of_ours.clear()


def test_a_sentence_is_said_once_and_old_ones_make_room(qtbot: QtBot) -> None:
    bar = NoticeBar()
    qtbot.addWidget(bar)
    for sentence in ("a", "a", "b", "c", "d", "e"):
        bar.say(sentence)
    assert bar.sentences == ("b", "c", "d", "e")
    for sentence in bar.sentences:
        bar.withdraw(sentence)
    assert bar.isHidden()


def test_settings_come_back_as_they_were_and_what_is_wrong_is_not_kept(qtbot: QtBot) -> None:
    before = Settings(allowed_domains=("shop.example", "shop.test"), test_code="TEST1", theme="dark", waiting_ms=5000)
    dialog = SettingsDialog(before)
    qtbot.addWidget(dialog)
    dialog.upstream.setText("proxy.example:3128")
    dialog.accept()
    assert "http://host:port" in dialog.wrong.text()
    assert dialog.result() == 0
    dialog.upstream.setText("")
    dialog.accept()
    assert dialog.result() == 1
    assert dialog.result_settings == before


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        ("extra_ca", "/nowhere.pem", "There is no file"),
        ("account", "my pixel", "digits only"),
        ("server_only", "PageView", "can not be expected"),
    ],
)
def test_a_setting_that_can_not_be_is_explained(qtbot: QtBot, field: str, text: str, said: str) -> None:
    dialog = SettingsDialog(Settings())
    qtbot.addWidget(dialog)
    getattr(dialog, field).setText(text)
    dialog.accept()
    assert said in dialog.wrong.text()


def test_a_real_session_is_shown_exported_and_closed(qtbot: QtBot, make: Made, tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(checkouts())
    window = make(WorkDesk(Settings(), keep=False), path)
    qtbot.waitUntil(lambda: window.area.model.total >= 20, timeout=20_000)
    verdicts = [group.verdict for group in window.area.model.groups()]
    assert verdicts.count(Verdict.DEDUPLICATED) >= 3
    assert window.area.table.select_group(next(iter(window.area.model.groups())).id)
    qtbot.waitUntil(lambda: window.details.compare.differing >= 0)
    window.inbox.when_done(window._desk.export(tmp_path / "out.html"), lambda _: window._did("done"), window._failed)
    qtbot.waitUntil(lambda: bool(window.notices.sentences), timeout=20_000)
    assert window.notices.sentences == ("done",)
    assert "<html" in (tmp_path / "out.html").read_text("utf-8")[:500].lower()


def test_orders_are_compared_until_they_are_forgotten(qtbot: QtBot, make: Made, tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(checkouts())
    window = make(WorkDesk(Settings(), keep=False), path)
    qtbot.waitUntil(lambda: window.area.model.total >= 20, timeout=20_000)
    seen = shown_figures(window)
    assert not [words for words in seen if words.startswith("orders")]
    export = tmp_path / "orders.csv"
    export.write_text("Name,Email\n#A-1000,jane@shop.example\n#A-9999,joe@shop.example\n", "utf-8")
    window.inbox.when_done(window._desk.import_orders(export), window._did, window._failed)
    qtbot.waitUntil(lambda: any("1 missing" in words for words in shown_figures(window)), timeout=20_000)
    assert window.notices.sentences[-1].startswith("2 orders read from orders.csv")
    before = window._desk.settings
    window.inbox.when_done(window._desk.apply(before, Customer()), lambda _: window._did("judged"), window._failed)
    qtbot.waitUntil(lambda: "judged" in window.notices.sentences, timeout=20_000)
    assert any("1 missing" in words for words in shown_figures(window))
    action(window, "Forget orders").trigger()
    qtbot.waitUntil(lambda: shown_figures(window) == seen, timeout=20_000)
    export.write_text("Kunde,Summe\nAnn,9\n", "utf-8")
    window.inbox.when_done(window._desk.import_orders(export), window._did, window._failed)
    qtbot.waitUntil(lambda: "has no column" in window.notices.sentences[-1], timeout=20_000)


def shown_figures(window: MainWindow) -> list[str]:
    """The words under the numbers of the strip."""
    return [tile._figure.words for tile in window.strip._tiles if tile.isVisible()]


def test_a_file_that_is_no_session_is_explained(qtbot: QtBot, make: Made, tmp_path: Path) -> None:
    path = tmp_path / "letter.pixelpair"
    path.write_text("Dear Ann, …")
    window = make(WorkDesk(Settings(), keep=False), path)
    qtbot.waitUntil(lambda: bool(window.notices.sentences), timeout=20_000)
    assert "letter.pixelpair" in window.notices.sentences[0]
    assert window.area.model.total == 0
    assert path.read_text() == "Dear Ann, …"
    assert window.status._session.text() == "No session is open"


def test_the_real_capture_starts_says_where_and_stops(qtbot: QtBot, make: Made) -> None:
    window = make(WorkDesk(Settings(), keep=False))
    capturing(qtbot, window)
    assert window.capture.listeners is not None
    assert str(window.capture.listeners.forward_port) in window.status._proxy.text()
    window.tools.capture.click()
    qtbot.waitUntil(lambda: window.capture.state is State.STOPPED, timeout=20_000)


def test_the_window_can_be_on_the_screen_before_anything_heavy_is_loaded() -> None:
    code = (
        "import sys; import app.gui.app; "
        "print([name for name in ('mitmproxy', 'httpx', 'sqlite3', 'jinja2', 'keyring') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_filter_completes_fields_then_values(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    line = window.area.filter.line
    line.setFocus()
    QTest.keyClicks(line, "event:Purchase ver")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "event:Purchase verdict:"
    QTest.keyClicks(line, "w")
    QTest.keyClick(line, Qt.Key.Key_Tab)
    assert line.text() == "event:Purchase verdict:waiting "


def test_a_completion_can_be_picked_with_the_arrows(qtbot: QtBot, make: Made) -> None:
    window = make(StillDesk())
    with_rows(qtbot, window)
    line = window.area.filter.line
    line.setFocus()
    QTest.keyClicks(line, "verdict:d")
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        QTest.keyClick(line._popup, key)
    assert line.text() == "verdict:double-counted "
