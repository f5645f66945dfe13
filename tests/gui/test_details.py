"""The details pane over real decoders, comparison, checks and analysis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from app.gui.detail.coverage_strip import Mark
from app.gui.detail.details import ANSWER, BROWSER_RAW, COMPARE, FINDINGS, HASHES, TIMELINE, DetailsPane
from app.gui.drawing.ink import Tone
from app.gui.drawing.runs import plain
from app.gui.drawing.theme import apply_theme
from app.model import Customer, Exchange, Group, Provenance, Side, Verdict
from tests.gui.conversions import (
    ACCOUNT,
    CUSTOMER,
    EMAIL,
    PIXEL_NAME,
    SDK_NAME,
    START,
    Recording,
    pixel,
    refused,
    server,
)

Show = Callable[[Recording], DetailsPane]


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Show]:
    """Opens a pane on the first group of a recording and waits until its exchanges have been read."""
    panes: list[DetailsPane] = []

    def opened(recording: Recording) -> DetailsPane:
        pane = DetailsPane(recording.ask, recording.group)
        panes.append(pane)
        qtbot.addWidget(pane)
        pane.set_customer(CUSTOMER)
        pane.resize(1280, 430)
        pane.show()
        pane.show_group(recording.groups[0])
        qtbot.waitUntil(lambda: bool(pane.compare.model.lines))
        return pane

    yield opened
    for pane in panes:
        pane.stop()


def _rows(pane: DetailsPane) -> dict[str, tuple[str, str, str, str]]:
    """The compare table by label and keys: browser, relation, server, note."""
    return {
        plain(line.cells[0]): (
            plain(line.cells[1]),
            plain(line.cells[2]),
            plain(line.cells[3]),
            plain(line.cells[4]) if len(line.cells) > 4 else "",
        )
        for line in pane.compare.model.lines
        if not line.section
    }


def test_both_sides_stand_beside_each_other_with_both_wire_keys(show: Show) -> None:
    rows = _rows(show(Recording([pixel(), server()])))
    assert rows["Event ID  eid / event_id"][:3] == ("o-1", "=", "o-1")
    assert rows["Value  cd[value] / custom_data.value"][:3] == ("59.90", "≈", "59.9")
    assert rows["Action source  action_source"][:3] == ("–", "▸", "website")


def test_the_part_that_differs_is_marked_inside_the_value(show: Show) -> None:
    pane = show(Recording([pixel(event_id="12345"), server(event_id="12345-server")]))
    line = next(line for line in pane.compare.model.lines if plain(line.cells[0]).startswith("Event ID"))
    assert [(run.text, run.marked) for run in line.cells[3]] == [("12345", False), ("-server", True)]
    assert plain(line.cells[2]) == "≠"
    assert line.copied[1] == "12345"
    assert line.copied[3] == "12345-server"


@pytest.mark.parametrize(("ours", "theirs"), [("o-1", None), (None, "o-1")], ids=["the server's", "the browser's"])
def test_an_event_id_that_one_side_lacks_stands_first_and_is_coloured(
    show: Show, ours: str | None, theirs: str | None
) -> None:
    pane = show(Recording([pixel(event_id=ours), server(event_id=theirs)]))
    heading, line = pane.compare.model.lines[:2]
    assert (plain(heading.cells[0]), plain(line.cells[0])) == (
        "Different",
        f"Event ID  {'eid' if ours else 'event_id'}",
    )
    (mine,), (other,) = line.cells[1], line.cells[3]
    assert [(run.text, run.tone, run.marked) for run in (mine, other)] == [
        (text or "none", Tone.BAD, True) for text in (ours, theirs)
    ]
    assert plain(line.cells[2]) == "≠"


def test_a_suggested_link_is_compared_with_the_linked_rows_event(show: Show) -> None:
    recording = Recording([pixel(event_id="12345"), server(event_id="12345-server")])
    assert [group.verdict for group in recording.groups] == [Verdict.DOUBLE_COUNTED] * 2
    pane = show(recording)
    assert _rows(pane)["Event ID  eid / event_id"][:3] == ("12345", "≠", "12345-server")
    assert pane.compare.model.headerData(3, Qt.Orientation.Horizontal) == (
        f"Server, suggested twin · forwarded · POST /v26.0/{ACCOUNT}/events"
    )
    assert pane.raw[Side.SERVER].text.toPlainText().startswith("── Request")
    assert "12345-server" in pane.findings.page.toPlainText()


def test_what_is_known_of_a_hash_stands_in_the_comparison_too(show: Show) -> None:
    rows = _rows(show(Recording([pixel(), server()])))
    assert rows["Email  ud[em] / user_data.em[0]"][3] == "✓ verified"
    assert rows["First name  ud[fn] / user_data.fn[0]"][3] == (
        "Browser: ✓ verified\nServer: ! This is the Python SDK's rule"
    )


def test_what_differs_stands_first_whatever_it_is_about(show: Show) -> None:
    pane = show(Recording([pixel(event_id="12345"), server(event_id="12345-server")]))
    first = [plain(line.cells[0]) for line in pane.compare.model.lines][:4]
    assert first == [
        "Different",
        "Event ID  eid / event_id",
        "First name  ud[fn] / user_data.fn[0]",
        "Event",
    ]


def test_only_differences_leaves_out_what_is_equal_and_what_is_equal_by_value(show: Show) -> None:
    pane = show(Recording([pixel(), server(more={"custom_data": {"value": 59.9, "currency": "EUR"}})]))
    pane.compare.only_differences.setChecked(True)
    assert {row[1] for row in _rows(pane).values()} == {"≠", "◂", "▸"}
    assert _rows(pane)["Currency  cd[currency] / custom_data.currency"][:3] == ("USD", "≠", "EUR")


def test_the_search_field_narrows_the_comparison_to_keys_and_values(show: Show) -> None:
    pane = show(Recording([pixel(), server()]))
    pane.compare.wanted.setText("CURRENCY")
    assert list(_rows(pane)) == ["Currency  cd[currency] / custom_data.currency"]
    pane.compare.wanted.setText("nowhere to be found")
    assert _rows(pane) == {}


def test_a_difference_deep_inside_a_long_value_is_in_view(show: Show) -> None:
    one, other = "A" * 5000 + "B" * 5000, "A" * 5000 + "C" + "B" * 4999
    data = {"value": 59.9, "currency": "USD", "long": other}
    pane = show(Recording([pixel(more={"cd[long]": one}), server(more={"custom_data": data})]))
    line = next(line for line in pane.compare.model.lines if "cd[long]" in plain(line.cells[0]))
    assert [run.text for run in line.cells[3] if run.marked] == ["C"]
    assert plain(line.cells[3]).endswith(" … 3,560 more characters")
    assert line.copied[3] == other


def test_of_several_sends_the_first_that_counts_is_shown_and_another_can_be_chosen(show: Show, qtbot: QtBot) -> None:
    late = server(at_ms=START + 9000, more={"custom_data": {"value": 1, "currency": "USD"}})
    pane = show(Recording([pixel(), server(response=refused()), server(at_ms=START + 4000), late]))
    chooser = pane.choosers[Side.SERVER]
    assert [chooser.itemText(index)[:6] for index in range(3)] == ["1 of 3", "2 of 3", "3 of 3"]
    assert chooser.itemText(0).endswith("forwarded · rejected")
    assert chooser.currentIndex() == 1
    chooser.setCurrentIndex(2)
    chooser.activated.emit(2)
    qtbot.waitUntil(lambda: _rows(pane)["Value  cd[value] / custom_data.value"][1] == "≠")
    group = pane.group
    assert group is not None
    pane.show_group(replace(group, gap_ms=1))
    assert chooser.currentIndex() == 2


def test_an_action_that_fired_twice_is_held_beside_its_other_fire(show: Show) -> None:
    order = {"cd[order_id]": "A-1"}
    recording = Recording([pixel(event_id="1", more=order), pixel(event_id="2", at_ms=START + 400, more=order)])
    assert [group.verdict for group in recording.groups] == [Verdict.DUPLICATE] * 2
    pane = show(recording)
    assert pane.compare.model.headerData(3, Qt.Orientation.Horizontal) == (
        "Browser, the other fire · captured · GET /tr/"
    )
    assert _rows(pane)["Event ID  eid"][:3] == ("1", "≠", "2")
    assert not pane.head.replay.isEnabled()


def test_with_one_side_only_the_other_says_why_it_is_empty(show: Show) -> None:
    pane = show(Recording([pixel()]))
    assert pane.compare.model.headerData(3, Qt.Orientation.Horizontal) == (
        "Server · not observed: no source was connected"
    )
    assert {row[1:3] for row in _rows(pane).values()} == {("", "–")}
    assert not pane.compare.only_differences.isEnabled()
    assert pane.raw[Side.SERVER].text.toPlainText() == ""
    assert (pane.head.send.isEnabled(), pane.head.replay.isEnabled()) == (True, False)


def test_hashes_are_judged_for_both_sides_and_coverage_is_said_in_words(show: Show) -> None:
    pane = show(Recording([pixel(), server()]))
    cells = [[plain(cell) for cell in line.cells] for line in pane.hashes.model.lines]
    assert [row[:4] for row in cells] == [
        [
            "E-mail  ud[em] / user_data.em[0]",
            f"{EMAIL[:14]}…{EMAIL[-8:]}  ✓ verified  SHA-256",
            "=",
            f"{EMAIL[:14]}…{EMAIL[-8:]}  ✓ verified  SHA-256",
        ],
        [
            "First name  ud[fn] / user_data.fn[0]",
            f"{PIXEL_NAME[:14]}…{PIXEL_NAME[-8:]}  ✓ verified  SHA-256",
            "≠",
            f"{SDK_NAME[:14]}…{SDK_NAME[-8:]}  ! another sender's rule  SHA-256",
        ],
    ]
    keys = {key.key: (key.browser.words, key.server.words) for key in pane.hashes.coverage.keys}
    assert (keys["em"], keys["ip"], keys["ct"]) == (
        ("verified", "verified"),
        ("absent", "present"),
        ("absent", "absent"),
    )
    assert "E-mail: browser verified, server verified" in pane.hashes.coverage.accessibleDescription()


def test_without_a_test_customer_no_hash_passes(show: Show) -> None:
    pane = show(Recording([pixel(), server()], customer=Customer()))
    pane.set_customer(Customer())
    em = next(key for key in pane.hashes.coverage.keys if key.key == "em")
    assert em.browser == Mark("?", Tone.INFO, "not tested")
    assert pane.hashes.hint.text().endswith("not tested is not a pass.")


def test_findings_are_listed_worst_first_with_cause_fix_and_rule(show: Show) -> None:
    pane = show(Recording([pixel(more={"ud[em]": "john@example.com"}), server(response=refused())]))
    text = pane.findings.page.toPlainText()
    assert text.index("Critical") < text.index("Error")
    assert {"Cause", "Fix", "Where", "Rule"} <= set(text.splitlines())
    pane.findings.copy_all()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Purchase o-1 · browser-only\n\nCRITICAL  ")
    assert "\nRule: raw-personal-data (em) · documented by the platform · " in copied


def test_one_finding_about_many_sends_is_said_once(show: Show) -> None:
    tries = [server(at_ms=START + 900 * k, response=refused(), send="s") for k in range(1, 12)]
    pane = show(Recording([pixel(), *tries, server(at_ms=START + 20_000, send="s")]))
    lines = pane.findings.page.toPlainText().splitlines()
    assert "server side, all 12 sends, field user_data.fn[0]" in lines
    assert len(pane.timeline.canvas.lanes) == 13


def test_the_answer_is_decoded_with_what_to_do(show: Show) -> None:
    pane = show(Recording([pixel(), server(response=refused())]))
    lines = pane.answer.page.toPlainText().splitlines()
    assert lines[0] == "✕ Rejected · HTTP 400 · code 100 · subcode 2804003"
    for name, value in (
        ("Title", "Event Timestamp Too Old"),
        ("Field blamed", "data[0][event_time]"),
        ("Trace ID", "AxYz0123456789"),
        ("Took", "86 ms"),
    ):
        assert lines[lines.index(name) + 1] == value
    assert "✕ What it means" in lines
    assert "A pixel's answer never says whether the event was taken, so none is claimed here." in lines


def test_tabs_carry_their_counts(show: Show) -> None:
    pane = show(Recording([pixel(), server(response=refused()), server(at_ms=START + 3000)]))
    group = pane.group
    assert group is not None
    assert [pane.badges[tab].text for tab in (COMPARE, HASHES, FINDINGS, TIMELINE, ANSWER)] == [
        "2",  # the first name and the time
        "1",
        str(len(group.findings)),
        "3",
        "1",
    ]
    assert pane.tabs.tabBar().accessibleTabName(FINDINGS) == f"Findings, {len(group.findings)}"


def test_only_the_open_tabs_own_tools_stand_beside_the_tabs(show: Show) -> None:
    pane = show(Recording([pixel(), server()]))
    assert pane.compare.counts.text().startswith("≠ 1   ≈ ")
    seen = []
    for tab in range(pane.tabs.count()):
        pane.tabs.setCurrentIndex(tab)
        tools = (pane.compare.bar, pane.findings.bar, *(raw.bar for raw in pane.raw.values()))
        seen.append([tool.isVisible() for tool in tools])
    assert seen == [
        [True, False, False, False],
        [False, False, False, False],
        [False, True, False, False],
        [False, False, False, False],
        [False, False, True, False],
        [False, False, False, True],
        [False, False, False, False],
    ]


def test_the_raw_tab_switches_to_what_was_sent_and_finds_text(show: Show) -> None:
    pane = show(Recording([pixel(), server()]))
    raw = pane.raw[Side.BROWSER]
    raw.wanted.setText("SKU-1")
    assert raw.hits.text() == "1 found"
    raw.next_hit()
    assert raw.text.textCursor().selectedText() == "SKU-1"
    raw.as_sent.setChecked(True)
    assert "cd%5Bcontents%5D=%5B%7B%22id%22%3A%22SKU-1%22" in raw.text.toPlainText()


def test_ctrl_f_searches_the_raw_text_although_the_window_has_it_too(show: Show, qtbot: QtBot) -> None:
    pane = show(Recording([pixel(), server()]))
    window = QMainWindow()
    qtbot.addWidget(window)
    of_the_window: list[bool] = []
    action = QAction("Filter", window)
    action.setShortcut("Ctrl+F")
    action.triggered.connect(of_the_window.append)
    window.addAction(action)
    window.setCentralWidget(pane)
    window.show()
    window.activateWindow()
    pane.tabs.setCurrentIndex(BROWSER_RAW)
    raw = pane.raw[Side.BROWSER]
    raw.text.setFocus()
    qtbot.waitUntil(raw.text.hasFocus)
    QTest.keyClick(raw.text, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(raw.wanted.hasFocus)
    assert of_the_window == []
    window.takeCentralWidget()


def test_sending_and_replaying_name_the_events_that_are_shown(show: Show, qtbot: QtBot) -> None:
    pane = show(Recording([pixel(), server()]))
    with qtbot.waitSignal(pane.send_requested) as sent:
        pane.head.send.click()
    with qtbot.waitSignal(pane.replay_requested) as replayed:
        pane.head.replay.click()
    assert (sent.args, replayed.args) == (["e1.0"], ["e2.0"])


def test_markup_and_direction_marks_from_the_wire_are_shown_as_text_everywhere(show: Show) -> None:
    hostile = "<b>bold</b><img src=x>\u202egnp"
    shown = "<b>bold</b><img src=x>⟨U+202E⟩gnp"
    pane = show(Recording([pixel(hostile, hostile), server(hostile, hostile)]))
    assert _rows(pane)["Event ID  eid / event_id"][:3] == (shown, "=", shown)
    assert shown in pane.head.name.text()
    for label in pane.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText or "<b>" not in label.text()
    for text in (pane.raw[Side.SERVER].text.toPlainText(), pane.findings.page.toPlainText()):
        assert "\u202e" not in text
    assert "<b>bold</b>" in pane.raw[Side.SERVER].text.toPlainText()


def test_five_hundred_fields_and_a_hostile_body_leave_every_tab_drawable(show: Show) -> None:
    extras = {f"cd[extra_{index}]": f"value {index}" for index in range(500)}
    pane = show(Recording([pixel(more=extras), server(more={"custom_data": {"deep": [[[[{}]]]]}})]))
    for tab in range(pane.tabs.count()):
        pane.tabs.setCurrentIndex(tab)
        assert not pane.grab().isNull()
    assert len(_rows(pane)) > 500


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[str]:
    """Each theme in turn, over the whole application."""
    palette, sheet = qapp.palette(), qapp.styleSheet()
    apply_theme(qapp, request.param)
    yield request.param
    qapp.setStyleSheet(sheet)
    qapp.setPalette(palette)


def test_every_tab_takes_the_themes_ground(show: Show, theme: str) -> None:
    pane = show(Recording([pixel(), server(response=refused())]))
    for tab in range(pane.tabs.count()):
        pane.tabs.setCurrentIndex(tab)
        image = pane.grab().toImage()
        dark = image.pixelColor(image.width() - 30, image.height() - 4).lightness() < 128
        assert dark == (theme == "dark")


def test_an_exchange_that_can_not_be_had_is_named_and_the_rest_still_shown(qtbot: QtBot) -> None:
    recording = Recording([pixel(), server()])

    def ask(number: int) -> Future[Exchange]:
        if number == 1:
            return recording.ask(number)
        future: Future[Exchange] = Future()
        future.set_exception(OSError("The disk is gone."))
        return future

    pane = DetailsPane(ask, recording.group)
    qtbot.addWidget(pane)
    pane.show_group(recording.groups[0])
    qtbot.waitUntil(lambda: bool(pane.compare.model.lines))
    assert pane.raw[Side.SERVER].title.text() == "Server · The disk is gone."
    assert pane.raw[Side.BROWSER].text.toPlainText().startswith("── Request")
    pane.stop()


def test_an_answer_for_a_row_left_behind_does_not_show_up(qtbot: QtBot) -> None:
    recording = Recording([pixel(event_id="a"), pixel("Lead", "b", START + 60_000)])
    futures: dict[int, Future[Exchange]] = {}

    def ask(number: int) -> Future[Exchange]:
        return futures.setdefault(number, Future())

    pane = DetailsPane(ask, recording.group)
    qtbot.addWidget(pane)
    pane.show_group(recording.groups[0])
    pane.show_group(recording.groups[1])
    futures[2].set_result(recording.exchanges[2])
    qtbot.waitUntil(lambda: "ev = Lead" in pane.raw[Side.BROWSER].text.toPlainText())
    futures[1].set_result(recording.exchanges[1])
    qtbot.wait(100)
    assert "ev = Lead" in pane.raw[Side.BROWSER].text.toPlainText()
    assert _rows(pane)["Event name  ev"][0] == "Lead"
    pane.stop()


def test_the_other_half_arriving_fills_the_row_that_is_open(qtbot: QtBot) -> None:
    recording = Recording([pixel(), server()])
    whole = recording.groups[0]
    pane = DetailsPane(recording.ask, recording.group)
    qtbot.addWidget(pane)
    pane.show_group(replace(whole, server=(), verdict=Verdict.WAITING, findings=(), gap_ms=None))
    qtbot.waitUntil(lambda: bool(pane.compare.model.lines))
    assert pane.compare.model.headerData(3, Qt.Orientation.Horizontal) == "Server · waiting for it"
    pane.tabs.setCurrentIndex(TIMELINE)
    pane.show_group(whole)
    qtbot.waitUntil(lambda: "Event name  ev / event_name" in _rows(pane))
    assert pane.tabs.currentIndex() == TIMELINE
    pane.stop()


def test_a_very_long_event_id_does_not_widen_the_window(show: Show) -> None:
    long = "x" * 5000
    pane = show(Recording([pixel(long, long), server(long, long)]))
    assert pane.minimumSizeHint().width() < 900
    assert "xxxxxx…xxxxxx" in pane.head.name.text()


def test_nothing_selected_shows_an_invitation(qtbot: QtBot) -> None:
    recording = Recording([pixel()])
    pane = DetailsPane(recording.ask, recording.group)
    qtbot.addWidget(pane)
    pane.show_group(recording.groups[0])
    pane.show_group(None)
    assert pane.group is None
    assert isinstance(pane.childAt(pane.rect().center()), QWidget)
    pane.stop()


def test_the_same_account_and_side_words_reach_the_headings(show: Show) -> None:
    pane = show(Recording([pixel(), server(provenance=Provenance.PROXIED)]))
    assert [pane.compare.model.headerData(column, Qt.Orientation.Horizontal) for column in (1, 3)] == [
        "Browser · captured · GET /tr/",
        f"Server · proxied · POST /v26.0/{ACCOUNT}/events",
    ]


def test_a_group_without_exchanges_is_still_described(qtbot: QtBot) -> None:
    group = Group("p9", "meta", ACCOUNT, "Lead", None, (), (), Verdict.NOT_COUNTED)
    pane = DetailsPane(lambda number: Future(), lambda name: None)
    qtbot.addWidget(pane)
    pane.show_group(group)
    assert pane.head.name.text() == "Lead   no event ID"
    assert pane.answer.page.toPlainText() == "No send to show an answer for."
    pane.stop()
