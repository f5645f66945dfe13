"""The send dialog over the real composer, contract and sender."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.gui.composing.confirm_row import WORD
from app.gui.composing.draft_form import entries, with_entry
from app.gui.composing.forecast import forecast
from app.gui.composing.send_desk import plain_desk
from app.gui.composing.send_dialog import SendDialog
from app.gui.drawing.ink import Tone, ink_of
from app.model import Customer, Event, Exchange, Provenance, Side
from app.outgoing import Draft, Outgoing
from app.platforms.meta.compose import compose, outgoing
from app.platforms.meta.server_api import FORM
from app.platforms.server_api import Terms
from app.sending.job import Endpoint
from app.sending.sender import Sender, SenderError
from app.sending.tokens import TokenError
from tests.gui.conversions import AGENT, CUSTOMER, START, Recording, pixel
from tests.gui.desks import LIVE, SANDBOX, Wire, desk, sender_over

NOW = START + 5000
TOKEN = "sandbox-token"


@pytest.fixture
def browser() -> Event:
    """A browser event with its fields."""
    return Recording([pixel(event_id="12345")]).event(0, Side.BROWSER)


@pytest.fixture
def wire() -> Wire:
    """What the sender sent."""
    return Wire(NOW)


@pytest.fixture
def sender(wire: Wire) -> Iterator[Sender]:
    """The real sender, over the wire to the contract's stand-in."""
    sender = sender_over(wire)
    yield sender
    sender.close()


Open = Callable[..., SendDialog]


@pytest.fixture
def opened(qtbot: QtBot, browser: Event, sender: Sender) -> Open:
    """Opens the dialog on the browser event's twin."""

    def open_dialog(
        test_code: str | None = "TEST12345", endpoints: tuple[Endpoint, ...] = (SANDBOX, LIVE)
    ) -> SendDialog:
        draft = compose(browser, Terms(now_ms=NOW, customer=CUSTOMER, user_agent=AGENT, test_code=test_code))
        dialog = SendDialog(draft, desk(sender, browser, NOW, endpoints))
        qtbot.addWidget(dialog)
        dialog.show()
        return dialog

    return open_dialog


def _edit(dialog: SendDialog, path: str, text: str) -> None:
    dialog.editor.form.setData(dialog.editor.form.index(dialog.editor.form.paths.index(path), 1), text)


def _message(dialog: SendDialog, path: str) -> str:
    return str(dialog.editor.form.index(dialog.editor.form.paths.index(path), 2).data())


def test_it_opens_on_the_sandbox_with_the_twin_ready_to_go(opened: Open) -> None:
    dialog = opened()
    assert dialog.banner.text() == "SANDBOX – nothing leaves this machine."
    assert dialog.counts.text() == "✓ Nothing the platform would refuse"
    assert dialog.forecast.text() == "✓ Deduplicated: same account, name and event ID as the browser's event."
    assert (dialog.send.isEnabled(), dialog.send.text()) == (True, "&Send to the sandbox")
    assert not dialog.confirming.isVisible()


def test_form_and_json_are_two_views_of_one_draft(opened: Open, qtbot: QtBot) -> None:
    dialog = opened()
    _edit(dialog, "custom_data.currency", "EUR")
    assert json.loads(dialog.editor.json.toPlainText())["custom_data"]["currency"] == "EUR"
    event = json.loads(dialog.editor.json.toPlainText())
    event["event_name"] = "Lead"
    dialog.editor.json.setPlainText(json.dumps(event))
    qtbot.waitUntil(lambda: dialog.editor.form.index(0, 1).data(Qt.ItemDataRole.EditRole) == "Lead")
    assert json.loads(dialog.draft.events[0])["custom_data"]["currency"] == "EUR"


def test_what_the_platform_would_refuse_stands_beside_its_field(opened: Open) -> None:
    dialog = opened()
    _edit(dialog, "custom_data.currency", "")
    _edit(dialog, "user_data.em", '["john@example.com"]')
    assert _message(dialog, "custom_data.currency") == "✕ A Purchase needs a currency."
    assert _message(dialog, "user_data.em") == "✕ em must be normalised and hashed with SHA-256 before it is sent."
    assert dialog.counts.text() == "✕ 2 would be refused"
    assert dialog.send.isEnabled()  # a refusal may be just what the user wants to see


def test_pairing_is_foretold_by_the_real_analysis(opened: Open) -> None:
    dialog = opened()
    _edit(dialog, "event_id", "12345-server")
    assert dialog.forecast.text() == "✕ Double counted: they describe one conversion, but name or ID are not the same."


def test_broken_json_says_where_it_breaks_and_can_not_be_sent(opened: Open, qtbot: QtBot) -> None:
    dialog = opened()
    dialog.editor.json.setPlainText('{"event_name": "Purchase",}')
    qtbot.waitUntil(lambda: not dialog.send.isEnabled())
    assert dialog.editor.trouble.text().startswith("The event is not a JSON object: ")
    assert not dialog.editor.table.isEnabled()
    assert not dialog.editor.now.isEnabled()
    assert dialog.preview.text.toPlainText() == ""
    dialog.editor.json.setPlainText('{"event_name": "Purchase"}')
    qtbot.waitUntil(dialog.send.isEnabled)
    assert (dialog.editor.trouble.isVisible(), dialog.editor.table.isEnabled()) == (False, True)


def test_an_account_that_is_no_number_is_said_at_the_account(opened: Open, qtbot: QtBot) -> None:
    dialog = opened()
    dialog.places.account.setText("my pixel")
    qtbot.waitUntil(dialog.places.trouble.isVisible)
    assert dialog.places.trouble.text() == "The dataset or pixel ID must be digits only."
    assert not dialog.send.isEnabled()


def test_the_preview_is_the_exact_request_without_its_secret(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    dialog = opened()
    text = dialog.preview.text.toPlainText()
    assert "POST http://127.0.0.1:8082/v26.0/1111111111111111/events" in text
    assert "Authorization: Bearer ••••••••" in text
    assert "Not sent yet." in text
    shown = dialog.ready
    assert shown is not None
    dialog.send.click()
    qtbot.waitUntil(lambda: bool(wire.requests) and dialog.send.isEnabled())
    assert (wire.requests[0].url, wire.requests[0].body) == (shown.request.url, shown.request.body)
    assert TOKEN not in text


def test_the_answer_is_decoded_and_the_dialog_can_send_again(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    dialog = opened()
    exchanges: list[Exchange] = []
    dialog.exchanged.connect(exchanges.append)
    dialog.send.click()
    assert (dialog.send.isEnabled(), dialog.send.text()) == (False, "Sending…")
    qtbot.waitUntil(dialog.send.isEnabled)
    assert dialog.outcome.currentWidget() is dialog.answer
    assert dialog.answer.page.toPlainText().startswith("✓ Accepted · HTTP 200, 1 event received")
    _edit(dialog, "custom_data.currency", "")
    dialog.send.click()
    qtbot.waitUntil(lambda: len(exchanges) == 2)
    told = dialog.answer.page.toPlainText()
    assert told.startswith("✕ Rejected · HTTP 400 · code 100")
    assert "✕ What it means" in told.splitlines()
    assert len({exchange.send for exchange in exchanges}) == 2
    assert [exchange.provenance for exchange in exchanges] == [Provenance.SENT] * 2
    assert all(TOKEN not in repr(exchange) for exchange in exchanges)


def test_the_answer_to_many_events_is_shown_once(qtbot: QtBot, sender: Sender, browser: Event) -> None:
    draft = compose(browser, Terms(now_ms=NOW, customer=CUSTOMER, user_agent=AGENT))
    call = Draft("meta", draft.account, draft.events * 5, "TEST1")
    dialog = SendDialog(call, desk(sender, browser, NOW))
    qtbot.addWidget(dialog)
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled)
    assert dialog.answer.page.toPlainText().count("5 events received") == 1


def test_live_is_an_alarm_and_names_where_it_goes(opened: Open) -> None:
    dialog = opened()
    dialog.places.endpoint.setCurrentIndex(1)
    assert dialog.banner.text() == (
        "⚠ LIVE – this goes to https://graph.facebook.com. "
        "A platform may count test events too. It keeps the browser's event ID, so that the two are counted once."
    )
    assert dialog.banner.palette().window().color() == ink_of(dialog.palette()).alarm
    assert dialog.send.text() == "&Send LIVE"
    assert dialog.send.isEnabled()


def test_live_without_a_test_code_needs_the_word_each_time(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    dialog = opened(None)
    dialog.places.endpoint.setCurrentIndex(1)
    assert "THIS EVENT COUNTS" in dialog.banner.text()
    assert dialog.confirming.isVisible()
    assert not dialog.send.isEnabled()
    dialog.send.click()
    for wrong in ("counts", "COUNT", "COUNTS "):
        dialog.confirm.setText(wrong)
        assert not dialog.send.isEnabled()
    dialog.confirm.setText(WORD)
    dialog.send.click()
    qtbot.waitUntil(lambda: len(wire.requests) == 1)
    qtbot.waitUntil(lambda: not dialog._looking.isActive())
    assert dialog.confirm.text() == ""
    assert not dialog.send.isEnabled()
    dialog.places.test_code.setText("TEST1")
    qtbot.waitUntil(dialog.send.isEnabled)
    assert not dialog.confirming.isVisible()
    dialog.places.test_code.setText("")
    dialog.send.click()  # before the pause after typing is over
    assert len(wire.requests) == 1


def test_an_endpoint_without_a_token_can_not_be_chosen_and_says_why(opened: Open) -> None:
    dialog = opened(endpoints=(SANDBOX, Endpoint("Live", "https://graph.facebook.com", True, "no token")))
    assert dialog.places.endpoint.itemText(1) == "Live (no token)"
    dialog.places.endpoint.setCurrentIndex(1)
    assert not dialog.send.isEnabled()
    assert dialog.banner.text() == "No endpoint to send to."


def test_a_send_that_can_not_start_says_why(qtbot: QtBot, browser: Event) -> None:
    def refuse(ready: Outgoing, confirmed: bool) -> Future[Exchange]:
        raise SenderError("There is no access token. Put one in the keyring, or in PIXELPAIR_TOKEN.")

    draft = compose(browser, Terms(now_ms=NOW))
    dialog = SendDialog(draft, plain_desk(browser, (SANDBOX,), refuse, lambda: NOW))
    qtbot.addWidget(dialog)
    dialog.send.click()
    assert dialog.trouble.text() == "There is no access token. Put one in the keyring, or in PIXELPAIR_TOKEN."
    assert dialog.send.isEnabled()


def test_a_locked_keyring_is_said_in_its_own_words(qtbot: QtBot, browser: Event) -> None:
    def refuse(ready: Outgoing, confirmed: bool) -> Future[Exchange]:
        raise TokenError("The keyring is locked. Unlock it, or set PIXELPAIR_TOKEN.")

    dialog = SendDialog(compose(browser, Terms(now_ms=NOW)), plain_desk(browser, (SANDBOX,), refuse, lambda: NOW))
    qtbot.addWidget(dialog)
    dialog.send.click()
    assert dialog.trouble.text() == "The keyring is locked. Unlock it, or set PIXELPAIR_TOKEN."


def test_closing_while_a_send_is_under_way_is_safe(qtbot: QtBot, browser: Event) -> None:
    future: Future[Exchange] = Future()
    dialog = SendDialog(
        compose(browser, Terms(now_ms=NOW)), plain_desk(browser, (SANDBOX,), lambda *_: future, lambda: NOW)
    )
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.send.click()
    dialog.close()
    future.set_exception(OSError("gone"))
    qtbot.wait(60)
    assert dialog.trouble.text() == ""


def test_the_time_can_be_refreshed(qtbot: QtBot, browser: Event) -> None:
    draft = compose(browser, Terms(now_ms=NOW - 8 * 86_400_000))
    dialog = SendDialog(draft, plain_desk(browser, (SANDBOX,), lambda *_: Future(), lambda: NOW))
    qtbot.addWidget(dialog)
    assert _message(dialog, "event_time").startswith("✕ ")
    dialog.editor.now.click()
    assert json.loads(dialog.draft.events[0])["event_time"] == NOW // 1000
    assert _message(dialog, "event_time") == ""


def test_the_events_of_a_call_are_edited_one_at_a_time(qtbot: QtBot, browser: Event) -> None:
    draft = Draft("meta", "111", ('{"event_name":"A"}', '{"event_name":"B"}'))
    dialog = SendDialog(draft, plain_desk(None, (SANDBOX,), lambda *_: Future(), lambda: NOW))
    qtbot.addWidget(dialog)
    dialog.editor.which.setCurrentIndex(1)
    _edit(dialog, "event_name", "C")
    assert dialog.draft.events == ('{"event_name":"A"}', '{"event_name":"C"}')
    assert dialog.forecast.text() == "There is no browser event to pair it with: it stands alone."


def test_the_keyboard_alone_composes_and_sends(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    dialog = opened()
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dialog.editor.table)
    for _ in range(2):
        QTest.keyClick(dialog.editor.table, Qt.Key.Key_Down)
    QTest.keyClick(dialog.editor.table, Qt.Key.Key_F2)
    editor = dialog.editor.table.findChild(QLineEdit)
    assert editor is not None
    assert editor.text() == "12345"
    QTest.keyClicks(editor, "67890")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: json.loads(dialog.draft.events[0])["event_id"] == "67890")
    QTest.keyClick(dialog.editor.table, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(wire.requests) == 1)
    assert b'"event_id":"67890"' in wire.requests[0].body
    qtbot.waitUntil(dialog.send.isEnabled)


def test_return_in_a_field_sends_nothing(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    dialog = opened()
    for field in (dialog.places.account, dialog.places.test_code, dialog.places.version):
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert wire.requests == []


def test_hostile_text_in_a_draft_is_shown_as_text_and_sent_as_it_is(opened: Open, qtbot: QtBot, wire: Wire) -> None:
    hostile = "<b>\u202egnp</b>"
    dialog = opened()
    _edit(dialog, "event_id", hostile)
    form = dialog.editor.form
    assert form.index(form.paths.index("event_id"), 1).data() == "<b>⟨U+202E⟩gnp</b>"
    assert hostile in dialog.editor.json.toPlainText()
    dialog.send.click()
    qtbot.waitUntil(lambda: len(wire.requests) == 1)
    assert json.loads(wire.requests[0].body)["data"][0]["event_id"] == hostile
    qtbot.waitUntil(dialog.send.isEnabled)


@pytest.mark.parametrize(
    ("event", "path", "typed", "after"),
    [
        ('{"event_time":1}', "event_time", "2", '{"event_time":2}'),
        ('{"event_id":"1"}', "event_id", "2", '{"event_id":"2"}'),
        ('{"event_id":"1"}', "event_id", "", "{}"),
        ("{}", "event_id", "7", '{"event_id":"7"}'),
        ("{}", "custom_data.value", "1.50", '{"custom_data":{"value":1.50}}'),
        ("{}", "custom_data.value", "1,5", '{"custom_data":{"value":"1,5"}}'),
        ('{"custom_data":{"value":"9"}}', "custom_data.value", "1", '{"custom_data":{"value":"1"}}'),
        ('{"user_data":{"em":["a"]}}', "user_data.em", '["b"]', '{"user_data":{"em":["b"]}}'),
        ('{"user_data":{"em":["a"]}}', "user_data.em", "[b", '{"user_data":{"em":"[b"}}'),
        ("{}", "custom_data.value", "NaN", '{"custom_data":{"value":"NaN"}}'),
        ('{"custom_data":null}', "custom_data.value", "1", '{"custom_data":{"value":1}}'),
        (
            '{"x": 59.90, "big":12345678901234567890, "event_id":"1"}',
            "event_id",
            "é",
            '{"x":59.90,"big":12345678901234567890,"event_id":"é"}',
        ),
    ],
)
def test_editing_a_field_changes_that_member_alone(event: str, path: str, typed: str, after: str) -> None:
    assert with_entry(event, path, typed, FORM) == after


def test_the_form_offers_the_usual_fields_and_keeps_unknown_ones() -> None:
    found = entries('{"strange":[1],"custom_data":{"colour":"red"},"event_name":"Lead"}', FORM)
    shown = {entry.path: entry.text for entry in found}
    assert (shown["event_name"], shown["event_id"], shown["strange"], shown["custom_data.colour"]) == (
        "Lead",
        "",
        "[1]",
        "red",
    )


@pytest.mark.parametrize(
    ("change", "text", "tone"),
    [
        ({}, "✓ Deduplicated: same account, name and event ID as the browser's event.", Tone.GOOD),
        (
            {"account": "2222222222222222"},
            "✕ Not paired with the browser's event: same name and ID, but another account.",
            Tone.BAD,
        ),
    ],
)
def test_the_forecast_names_what_keeps_the_two_apart(
    browser: Event, change: dict[str, str], text: str, tone: Tone
) -> None:
    draft = compose(browser, Terms(now_ms=NOW, customer=Customer()))
    ready = outgoing(Draft(draft.platform, change.get("account", draft.account), draft.events), SANDBOX.base_url)
    assert forecast(browser, ready, NOW) == (text, tone)
