"""The send dialog with LinkedIn's events, whose rule no request of the tag tells."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.gui.composing.project import Project, Projects, Target
from app.gui.composing.send_dialog import SendDialog
from app.model import Event, Outcome, Provenance, Side
from tests.gui.composing.rooms import House, house
from tests.gui.conversions import CUSTOMER
from tests.platforms.linkedin.halves import API_RULE, call, element, hit


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def built(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def opened(qtbot: QtBot, built: House, side: Side) -> SendDialog:
    dialog = built.room.one(next(event for event in built.events() if event.side is side), None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    return dialog


def sent(qtbot: QtBot, built: House, dialog: SendDialog) -> Event:
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    return event


def test_a_twin_waits_for_its_rule_and_is_sent_for_it(qtbot: QtBot, built: House) -> None:
    built.record([hit(now() - 2000)])
    dialog = opened(qtbot, built, Side.BROWSER)
    assert not dialog.send.isEnabled()  # no rule yet
    dialog.places.account.setText(API_RULE)
    qtbot.waitUntil(lambda: "LinkedIn-Version: 202608" in dialog.preview.text.toPlainText(), timeout=20_000)
    assert "Authorization: Bearer ••••••••" in dialog.preview.text.toPlainText()
    event = sent(qtbot, built, dialog)
    assert (event.rule, event.event_id, event.outcome) == (API_RULE, "evt-7", Outcome.ACCEPTED)


def test_the_projects_rule_is_taken_where_the_event_tells_none(qtbot: QtBot, built: House) -> None:
    project = Project().aimed(Target("linkedin", (API_RULE,)))
    built.room.use(Projects().using(project), CUSTOMER)
    built.record([hit(now() - 2000)])
    dialog = opened(qtbot, built, Side.BROWSER)
    assert (dialog.places.account.text(), dialog.send.isEnabled()) == (API_RULE, True)


def test_a_replay_goes_to_the_rule_that_it_names(qtbot: QtBot, built: House) -> None:
    at_ms = now() - 5000
    built.record([call({"elements": [element(at_ms)]}, at_ms=at_ms, number=0)])
    dialog = opened(qtbot, built, Side.SERVER)
    assert dialog.places.account.text() == API_RULE
    event = sent(qtbot, built, dialog)
    assert (event.provenance, event.rule, event.outcome) == (Provenance.REPLAYED, API_RULE, Outcome.ACCEPTED)
