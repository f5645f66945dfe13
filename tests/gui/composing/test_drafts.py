"""Drafts beside each other, from templates, pastes and copies; and what is copied of them."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialogButtonBox
from pytestqt.qtbot import QtBot

from app.gui.composing.copy_as import forms_of
from app.gui.composing.paste_dialog import PasteDialog
from app.gui.composing.send_dialog import SendDialog
from app.gui.composing.sheet import Maker
from app.gui.composing.template_dialog import TemplateDialog
from app.model import Outcome, Side
from app.outgoing import Draft
from app.platforms.meta.compose import validate
from app.platforms.meta.templates import action_sources, names
from app.sending.paste import draft_of
from tests.gui.composing.rooms import House, house
from tests.gui.conversions import ACCOUNT, CUSTOMER, pixel

CURL = (
    "curl -X POST 'https://graph.facebook.com/v25.0/777/events?access_token=EAAsecret0123456789' "
    '-H \'Content-Type: application/json\' --data-raw \'{"data":[{"event_name":"Lead","event_id":"l-1"}]}\''
)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


@pytest.fixture
def dialog(qtbot: QtBot, built: House) -> SendDialog:
    """The dialog on the twin of a browser event of a moment ago."""
    built.record([pixel(event_id="order-77", at_ms=time.time_ns() // 1_000_000 - 2000)])
    browser = next(event for event in built.events() if event.side is Side.BROWSER)
    return _kept(qtbot, built.room.one(browser, None))


def _kept(qtbot: QtBot, shown: SendDialog) -> SendDialog:
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    return shown


def _titles(dialog: SendDialog) -> list[str]:
    return [dialog.drafts.tabs.tabText(index) for index in range(dialog.drafts.tabs.count())]


def test_each_draft_keeps_what_was_typed_into_it(dialog: SendDialog) -> None:
    form = dialog.editor.form
    form.setData(form.index(form.paths.index("custom_data.currency"), 1), "EUR")
    dialog.drafts.add_copy()
    form.setData(form.index(form.paths.index("custom_data.currency"), 1), "CHF")
    dialog.places.test_code.setText("OTHER1")
    dialog.drafts.tabs.setCurrentIndex(0)
    assert (json.loads(dialog.draft.events[0])["custom_data"]["currency"], dialog.draft.test_code) == (
        "EUR",
        "TEST12345",
    )
    dialog.drafts.tabs.setCurrentIndex(1)
    assert (json.loads(dialog.draft.events[0])["custom_data"]["currency"], dialog.draft.test_code) == ("CHF", "OTHER1")
    dialog.drafts.close_current()
    assert _titles(dialog) == ["Matching test event"]
    assert json.loads(dialog.draft.events[0])["custom_data"]["currency"] == "EUR"
    dialog.drafts.close_current()
    assert _titles(dialog) == ["Matching test event"]


@pytest.mark.parametrize(("name", "source"), list(product(names(), action_sources())))
def test_a_template_is_refused_only_where_the_platform_takes_no_such_event(name: str, source: str) -> None:
    now_ms = time.time_ns() // 1_000_000
    made = Maker(CUSTOMER, lambda: now_ms).template(Draft("meta", ACCOUNT, (), "TEST1"), name, source)
    refused = {item.field for item in validate(made.draft, now_ms) if item.refused}
    assert refused <= ({"event_name"} if source == "business_messaging" else set())
    assert (made.draft.account, made.draft.test_code, made.title) == (ACCOUNT, "TEST1", name)


def test_a_template_is_chosen_in_a_dialog_and_stands_alone(dialog: SendDialog, qtbot: QtBot) -> None:
    def choose() -> None:
        shown = QApplication.activeModalWidget()
        assert isinstance(shown, TemplateDialog)
        shown.events.setCurrentText("Lead")
        shown.sources.setCurrentText("phone_call")
        shown.accept()

    QTimer.singleShot(50, choose)
    dialog.drafts.ask_template()
    event = json.loads(dialog.draft.events[0])
    assert (event["event_name"], event["action_source"]) == ("Lead", "phone_call")
    assert dialog.forecast.text() == "This draft was not made from the browser's event: it stands alone."
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled)
    assert dialog.answer.page.toPlainText().startswith("✓ Accepted")


def test_a_pasted_command_becomes_a_draft_without_its_token(dialog: SendDialog) -> None:
    QGuiApplication.clipboard().setText(CURL)
    seen: list[str] = []

    def take() -> None:
        shown = QApplication.activeModalWidget()
        assert isinstance(shown, PasteDialog)
        seen.append(shown.said.text())
        shown.accept()

    QTimer.singleShot(50, take)
    dialog.drafts.ask_paste()
    assert seen == ["✓ 1 event for 777"]
    draft = dialog.draft
    assert (draft.account, draft.api_version, draft.events) == (
        "777",
        "v25.0",
        ('{"event_name":"Lead","event_id":"l-1"}',),
    )
    assert "EAAsecret" not in repr(draft) + dialog.preview.text.toPlainText()


def test_what_is_no_draft_says_what_was_expected(qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("a shopping list")
    shown = PasteDialog(lambda text: Maker(CUSTOMER, lambda: 0).pasted(Draft("meta", "1", ()), text))
    qtbot.addWidget(shown)
    ok = shown.buttons.button(QDialogButtonBox.StandardButton.Ok)
    assert (shown.text.toPlainText(), shown.said.text(), ok.isEnabled()) == ("", "Nothing pasted yet.", False)
    shown.text.setPlainText("curl 'https://graph.facebook.com")
    assert (shown.said.text(), ok.isEnabled()) == ("A quote in the cURL command is never closed.", False)


def test_a_draft_is_copied_in_every_form_and_comes_back_from_two(dialog: SendDialog) -> None:
    texts = {}
    for action, (title, _) in zip(dialog.copies.actions(), forms_of("meta"), strict=True):
        QGuiApplication.clipboard().clear()
        action.trigger()
        texts[title.replace("&", "")] = QGuiApplication.clipboard().text()
        assert dialog.trouble.text() == f"✓ Copied as {title.replace('&', '')}; secrets are placeholders."
    assert shlex.split(texts["cURL"], comments=True)[0] == "curl"
    assert '"Authorization: Bearer "' in texts["cURL"].replace("'", '"')
    compile(texts["Python (httpx)"], "httpx", "exec")
    compile(texts["Python (Meta's SDK)"], "sdk", "exec")
    assert '{eventID: "order-77"}' in texts["fbq() call"]
    assert texts["Markdown table"].startswith("**Purchase** · server · meta 1111111111111111")
    back = [draft_of(texts[name], ACCOUNT) for name in ("cURL", "JSON of the server call")]
    assert [json.loads(draft.events[0]) for draft in back] == [json.loads(dialog.draft.events[0])] * 2
    assert [(draft.account, draft.test_code) for draft in back] == [(ACCOUNT, "TEST12345")] * 2


def test_broken_json_is_not_copied_as_a_request(dialog: SendDialog, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("before")
    dialog.editor.json.setPlainText("{")
    qtbot.waitUntil(lambda: dialog.ready is None)
    dialog.copies.actions()[0].trigger()
    assert QGuiApplication.clipboard().text() == "before"
    assert dialog.trouble.text().startswith("This can not be written in that form")


def test_the_recorded_time_can_be_kept(dialog: SendDialog) -> None:
    composed = json.loads(dialog.draft.events[0])["event_time"]
    dialog.editor.recorded.click()
    kept = json.loads(dialog.draft.events[0])["event_time"]
    assert 1 <= composed - kept <= 3


def test_the_keyboard_alone_makes_a_fault_and_sends_it(dialog: SendDialog, qtbot: QtBot, built: House) -> None:
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dialog.editor.table)
    QTest.keyClick(
        dialog.editor.table, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    qtbot.waitUntil(lambda: len(_titles(dialog)) == 2)
    dialog.drafts.faults.popup(dialog.pos())
    QTest.keyClick(dialog.drafts.faults, Qt.Key.Key_Down)
    QTest.keyClick(dialog.drafts.faults, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(_titles(dialog)) == 3)
    QTest.keyClick(dialog.editor.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: dialog.lab.text().startswith("✓"), timeout=20_000)
    assert [(event.event_id, event.outcome) for event in built.ours()] == [(None, Outcome.ACCEPTED)]


def test_a_draft_from_scratch_needs_an_account_and_is_taken(qtbot: QtBot, built: House) -> None:
    shown = _kept(qtbot, built.room.scratch(None))
    assert shown.windowTitle() == "Send test event"
    assert not shown.send.isEnabled()  # no account yet
    shown.places.account.setText(ACCOUNT)
    qtbot.waitUntil(shown.send.isEnabled)
    assert shown.forecast.text() == "There is no browser event to pair it with: it stands alone."
    shown.send.click()
    qtbot.waitUntil(shown.send.isEnabled)
    assert [event.outcome for event in built.ours()] == [Outcome.ACCEPTED]
