"""The fault lab in the send dialog: every fault sent to the endpoint, recorded, and found as it must be."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.composing.fault_strip import expected
from app.gui.composing.send_dialog import SendDialog
from app.model import Side
from app.platforms.fault_lab import Recipe
from app.platforms.meta.server_api import SERVER
from tests.gui.composing.rooms import House, house
from tests.gui.conversions import pixel

OF_REPEATS = {"twice"}  # what is sent from here is never called a repeat, so the session is silent on it


def opened(qtbot: QtBot, built: House) -> SendDialog:
    built.record([pixel(event_id="order-77", at_ms=time.time_ns() // 1_000_000 - 2000)])
    browser = next(event for event in built.events() if event.side is Side.BROWSER)
    dialog = built.room.one(browser, None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    return dialog


def test_every_fault_is_offered_with_the_finding_it_must_produce(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        dialog = opened(qtbot, built)
        offered = [action.text() for action in dialog.drafts.faults.actions()]
        assert offered == [f"{each.title}\t{expected(each)}" for each in SERVER.recipes]


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_fault_is_sent_and_found_as_it_must_be(qtbot: QtBot, tmp_path: Path, each: Recipe) -> None:
    with house(tmp_path) as built:
        dialog = opened(qtbot, built)
        sound = dialog.draft
        action = next(one for one in dialog.drafts.faults.actions() if one.text().startswith(each.title))
        action.trigger()
        assert dialog.draft != sound
        assert dialog.lab.text() == (
            f"Deliberate fault: {each.title}. Once sent it must be found as: {expected(each)}."
        )
        dialog.send.click()
        qtbot.waitUntil(lambda: dialog.lab.text()[0] in "✓✕", timeout=20_000)
        found = ", ".join(sorted(each.expects))
        told = f"found as {found}" if found else "nothing was found"
        here = "nothing" if each.name in OF_REPEATS else "the same"
        note = " What is sent from here is never called a repeat." if each.name in OF_REPEATS else ""
        assert dialog.lab.text() == (
            f"✓ {each.title}: {told}, as it must be. This session, with all else in it, says {here}.{note}"
        )
        dialog.drafts.tabs.setCurrentIndex(0)
        assert (dialog.draft, dialog.lab.isVisible()) == (sound, False)


def test_a_fault_that_can_not_be_put_in_says_what_it_would_need(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        dialog = opened(qtbot, built)
        form = dialog.editor.form
        form.setData(form.index(form.paths.index("event_id"), 1), "")
        dialog.drafts.faults.actions()[0].trigger()
        assert dialog.trouble.text() == "The event has no event ID that could be spoilt."
        assert dialog.drafts.tabs.count() == 1
