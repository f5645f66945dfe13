"""The send dialog with TikTok's events: composed, foretold, checked, sent, spoilt, copied."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.gui.composing.send_dialog import SendDialog
from app.model import Event, Outcome, Provenance, Side
from app.platforms.fault_lab import Recipe
from app.platforms.tiktok.server_api import SERVER
from tests.gui.composing.rooms import House, house
from tests.platforms.tiktok.halves import CODE, call, hit, older

OWN = ("name-generation", "after-merge")


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def built(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def opened(qtbot: QtBot, built: House, event: Event) -> SendDialog:
    dialog = built.room.one(event, None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    return dialog


@pytest.fixture
def dialog(qtbot: QtBot, built: House) -> SendDialog:
    """The dialog on the twin of a purchase of a moment ago."""
    built.record([hit(now() - 2000)])
    return opened(qtbot, built, next(event for event in built.events() if event.side is Side.BROWSER))


def test_a_twin_is_composed_foretold_sent_and_recorded(qtbot: QtBot, built: House, dialog: SendDialog) -> None:
    assert dialog.editor.form.paths[:4] == ("event", "event_time", "event_id", "event_source")
    assert "Access-Token: ••••••••" in dialog.preview.text.toPlainText()
    assert dialog.forecast.text().startswith("✓ Deduplicated")
    assert dialog.counts.text() == "✓ Nothing the platform would refuse"
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    assert (event.platform, event.account, event.outcome, event.event_id) == ("tiktok", CODE, Outcome.ACCEPTED, "evt-7")


def test_what_tiktok_would_refuse_stands_beside_its_field(dialog: SendDialog) -> None:
    form = dialog.editor.form
    row = form.paths.index("user.email")
    form.setData(form.index(row, 1), "mary@shop.example")
    assert "must be hashed" in str(form.index(row, 2).data())
    row = form.paths.index("properties.contents")
    form.setData(form.index(row, 1), '[{"content_id": 9}]')
    assert "Not a valid string" in str(form.index(row, 2).data())
    assert json.loads(dialog.draft.events[0])["user"]["email"] == "mary@shop.example"


def test_an_older_call_is_replayed_in_the_form_of_2(qtbot: QtBot, built: House) -> None:
    at_ms = now() - 5000
    built.record([call("pixel/track/", older(at_ms, event_id="evt-9"), at_ms=at_ms, number=0)])
    shown = opened(qtbot, built, next(event for event in built.events() if event.side is Side.SERVER))
    assert shown.windowTitle() == "Replay"
    shown.send.click()
    qtbot.waitUntil(shown.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    assert (event.provenance, event.outcome, event.event_id) == (Provenance.REPLAYED, Outcome.ACCEPTED, "evt-9")
    assert event.transport == "Events API 2.0"


@pytest.mark.parametrize("each", [one for one in SERVER.recipes if one.name in OWN], ids=lambda each: each.name)
def test_a_fault_of_tiktoks_own_is_sent_and_found_as_it_must_be(qtbot: QtBot, dialog: SendDialog, each: Recipe) -> None:
    action = next(one for one in dialog.drafts.faults.actions() if one.text().startswith(each.title))
    action.trigger()
    dialog.send.click()
    qtbot.waitUntil(lambda: dialog.lab.text()[:1] in ("✓", "✕"), timeout=20_000)
    assert dialog.lab.text().startswith(f"✓ {each.title}: found as {each.expects[0]}, as it must be.")


def test_a_draft_is_copied_in_tiktoks_own_forms(dialog: SendDialog) -> None:
    titles = [action.text().replace("&", "") for action in dialog.copies.actions()]
    assert titles[:4] == ["cURL", "Python (httpx)", "ttq.track() call", "Python (TikTok's SDK)"]
    dialog.copies.actions()[2].trigger()
    assert QGuiApplication.clipboard().text().startswith(f'ttq.load("{CODE}");')
