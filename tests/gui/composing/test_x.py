"""X's events in the send dialog: a list of identifiers is edited field by field, and whatever is sent counts."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.composing.draft_form import entries, with_entry
from app.hashing import sha256
from app.model import Outcome, Side
from app.platforms.x.server_api import FORM
from tests.gui.composing.rooms import House, house
from tests.platforms.x.halves import PIXEL, element, hit

NOW = time.time_ns() // 1_000_000
EMAIL = "identifiers[].hashed_email"


@pytest.fixture
def built(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def test_identifiers_are_fields_of_their_own_wherever_in_their_list_they_stand() -> None:
    text = json.dumps(element(NOW))
    shown = {entry.path: entry.text for entry in entries(text, FORM)}
    assert (shown["identifiers[].twclid"], shown[EMAIL]) == ("2-4kexample", sha256("mary@shop.example"))
    assert shown["identifiers[].hashed_phone_number"] == ""
    assert "identifiers" not in shown
    changed = json.loads(with_entry(text, EMAIL, "abc", FORM))["identifiers"]
    assert changed[1] == {"hashed_email": "abc"}
    assert json.loads(with_entry(text, EMAIL, "", FORM))["identifiers"] == [changed[0], changed[2]]
    added = json.loads(with_entry(text, "identifiers[].hashed_phone_number", "f00", FORM))["identifiers"]
    assert added[-1] == {"hashed_phone_number": "f00"}


def test_of_two_values_the_one_that_is_edited_is_shown() -> None:
    two = [{"hashed_email": "first"}, {"hashed_email": "second"}]
    text = json.dumps(element(NOW, identifiers=two))
    assert {entry.path: entry.text for entry in entries(text, FORM)}[EMAIL] == "first"
    assert json.loads(with_entry(text, EMAIL, "x", FORM))["identifiers"] == [{"hashed_email": "x"}, two[1]]


def test_a_twin_is_composed_sent_and_recorded(qtbot: QtBot, built: House) -> None:
    built.record([hit(time.time_ns() // 1_000_000 - 2000)])
    browser = next(event for event in built.events() if event.side is Side.BROWSER)
    dialog = built.room.one(browser, None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    assert dialog.editor.form.paths[:3] == ("event_id", "conversion_time", "conversion_id")
    assert "X-Pixel-Token: ••••••••" in dialog.preview.text.toPlainText()
    assert dialog.forecast.text().startswith("✓ Deduplicated")
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    assert (event.platform, event.account, event.outcome, event.event_id) == ("x", PIXEL, Outcome.ACCEPTED, "SO-1187")
