"""Without a running capture the dialogs start the sandbox themselves, and what is sent to it is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.composing.run import Fate
from app.model import Provenance
from app.platforms import local_base
from tests.gui.composing.rooms import House, backend_calls, house
from tests.gui.conversions import ACCOUNT
from tests.platforms.parcel import ACCOUNT as PARCEL_ACCOUNT
from tests.platforms.parcel import PARCEL, in_the_table


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[House]:
    """A room whose bench captures nothing."""
    with house(tmp_path) as built:
        built.bench.listening = None
        yield built
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_the_composer_starts_the_sandbox_and_sends_to_it(qtbot: QtBot, idle: House) -> None:
    dialog = idle.room.scratch(None)
    qtbot.addWidget(dialog)
    dialog.places.account.setText(ACCOUNT)
    button = dialog.places.sandbox.button
    assert button.isVisible()
    assert dialog.ready is None
    assert not dialog.send.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not button.isVisible()
    qtbot.waitUntil(dialog.send.isEnabled)
    assert dialog.banner.text() == "SANDBOX – nothing leaves this machine."
    with qtbot.waitSignal(dialog.exchanged, timeout=20_000):
        dialog.send.click()
    assert [exchange.provenance for exchange in idle.exchanges()] == [Provenance.SENT]
    assert dialog.answer.page.toPlainText().startswith("✓ Accepted · HTTP 200, 1 event received")


def test_a_sandbox_that_runs_is_offered_in_the_next_dialog(qtbot: QtBot, idle: House) -> None:
    idle.room.start_sandbox()
    dialog = idle.room.scratch(None)
    qtbot.addWidget(dialog)
    assert not dialog.places.sandbox.button.isVisible()
    assert dialog.places.place is not None
    assert not dialog.places.place.live


def test_a_sandbox_that_is_started_answers_for_every_platform(qtbot: QtBot, idle: House) -> None:
    with in_the_table(PARCEL):
        dialog = idle.room.scratch(None)
        qtbot.addWidget(dialog)
        assert all(idle.room.endpoints(ACCOUNT, name)[0].startable for name in ("", PARCEL.name))
        dialog.places.sandbox.button.click()
        first = idle.room.endpoints(ACCOUNT)[0]
        other = idle.room.endpoints(PARCEL_ACCOUNT, PARCEL.name)[0]
        assert other.base_url == local_base(first.base_url, PARCEL.name) != first.base_url
        assert not other.unavailable
        dialog.places.show_draft(replace(dialog.draft, platform=PARCEL.name))
        assert dialog.places.place == other
        assert not dialog.places.sandbox.button.isVisible()


def test_many_are_sent_to_a_sandbox_that_is_started_there(qtbot: QtBot, idle: House) -> None:
    idle.record(backend_calls(3))
    dialog = idle.room.many(idle.scopes(), None)
    qtbot.addWidget(dialog)
    dialog.choices.pace.setCurrentIndex(2)
    assert not dialog.send.isEnabled()
    dialog.choices.sandbox.button.click()
    assert dialog.send.isEnabled()
    dialog.send.click()
    qtbot.waitUntil(lambda: not dialog.running, timeout=20_000)
    assert dialog.model.counts == {Fate.TAKEN: 3}


def test_a_token_is_checked_at_a_sandbox_that_is_started_there(qtbot: QtBot, idle: House) -> None:
    dialog = idle.room.project(None)
    qtbot.addWidget(dialog)
    page = dialog.tokens
    page.account.setCurrentText(ACCOUNT)
    page.endpoint.setCurrentIndex(-1)
    page.token.setText("EAAB")
    assert not page.check.isEnabled()
    page.sandbox.button.click()
    assert page.endpoint.place is not None
    assert not page.endpoint.place.live
    assert page.check.isEnabled()


def test_with_a_running_capture_no_button_is_in_the_way(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        dialog = built.room.scratch(None)
        qtbot.addWidget(dialog)
        assert not dialog.places.sandbox.button.isVisible()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
