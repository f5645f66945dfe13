"""Sending many, through the real dialog, sender, endpoint and record."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections import Counter
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gui.composing.confirm_row import WORD
from app.gui.composing.many_desk import PACES
from app.gui.composing.many_dialog import ManyDialog
from app.gui.composing.run import Fate
from app.model import Event, Exchange, Outcome, Provenance
from app.outgoing import Draft
from app.platforms.sandbox import Fault, Faults
from app.sending.job import Endpoint
from app.settings import Settings
from tests.gui.composing.rooms import House, backend_calls, house

AS_RECORDED, TEN_TIMES, NO_PAUSES, TOGETHER = range(len(PACES))


def opened(qtbot: QtBot, built: House, pace: int = NO_PAUSES) -> ManyDialog:
    dialog = built.room.many(built.scopes(), None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.choices.pace.setCurrentIndex(pace)
    return dialog


def over(qtbot: QtBot, dialog: ManyDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.running, timeout=120_000)


def said(dialog: ManyDialog, row: int) -> str:
    return str(dialog.model.index(row, 6).data())


@pytest.mark.parametrize("pace", [NO_PAUSES, TOGETHER])
def test_a_thousand_events_arrive_once_each_and_are_all_on_record(qtbot: QtBot, tmp_path: Path, pace: int) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(1000))
        dialog = opened(qtbot, built, pace)
        dialog.send.click()
        over(qtbot, dialog)
        assert dialog.model.counts == {Fate.TAKEN: 1000}
        assert built.server.received == (1000 if pace == NO_PAUSES else 1)
        ours = built.ours()
        assert [event.event_id for event in ours] == [f"o-{number}" for number in range(1000)]
        assert {(event.outcome, event.provenance) for event in ours} == {(Outcome.ACCEPTED, Provenance.REPLAYED)}
        assert len(built.exchanges()) == 1000 + built.server.received


def test_cancelling_sends_no_more_and_loses_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(1000))
        dialog = opened(qtbot, built)
        dialog.send.click()
        qtbot.waitUntil(lambda: dialog.model.over >= 20, timeout=60_000)
        dialog.cancel.click()
        over(qtbot, dialog)
        counts = dialog.model.counts
        assert counts.keys() == {Fate.TAKEN, Fate.UNSENT}
        assert sum(counts.values()) == 1000
        assert built.server.received == counts[Fate.TAKEN]
        assert Counter(event.event_id for event in built.ours()) == Counter(
            f"o-{number}" for number in range(counts[Fate.TAKEN])
        )


def test_a_refused_call_is_halved_down_to_the_guilty_events(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(40))
        dialog = opened(qtbot, built, TOGETHER)
        _spoil(dialog, 7, 23)
        dialog.send.click()
        over(qtbot, dialog)
        assert dialog.model.counts == {Fate.TAKEN: 38, Fate.REFUSED: 2}
        refused = [row for row in range(40) if dialog.model.fate(row) is Fate.REFUSED]
        assert refused == [7, 23]
        assert "data[0][action_source]" in said(dialog, 7)
        taken = Counter(event.event_id for event in built.ours() if event.outcome is Outcome.ACCEPTED)
        assert taken == Counter(f"o-{number}" for number in range(40) if number not in (7, 23))


def _spoil(dialog: ManyDialog, *rows: int) -> None:
    """Give some rows' calls an action source there is none of, as a backend might have."""
    plain, guilty = dialog._desk.draft, {dialog.model.plan[row].event.id for row in rows}

    def draft(event: Event, keep_time: bool) -> Draft:
        made = plain(event, keep_time)
        if event.id not in guilty:
            return made
        return replace(made, events=(json.dumps(json.loads(made.events[0]) | {"action_source": "nowhere"}),))

    dialog._desk = dataclasses.replace(dialog._desk, draft=draft)


def test_what_is_too_old_to_keep_its_time_is_said_and_the_rest_is_sent(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(4, 2))
        dialog = opened(qtbot, built)
        dialog.choices.keep_time.setChecked(True)
        dialog.send.click()
        over(qtbot, dialog)
        old = next(row for row in range(4) if dialog.model.plan[row].event.event_id == "o-2")
        assert dialog.model.counts == {Fate.TAKEN: 3, Fate.UNFIT: 1}
        assert said(dialog, old).startswith("This event is older than Meta takes")
        assert {event.event_id for event in built.ours()} == {"o-0", "o-1", "o-3"}


def test_a_dry_run_says_what_would_be_refused_and_sends_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(3))
        dialog = opened(qtbot, built)
        _spoil(dialog, 1)
        dialog.rehearse.click()
        over(qtbot, dialog)
        assert dialog.model.counts == {Fate.READY: 2, Fate.REFUSED: 1}
        assert said(dialog, 1).startswith("would be refused: action_source must be one of")
        assert (built.server.received, built.ours()) == (0, [])
        assert '"event_id": "o-0"' in dialog.preview.text.toPlainText()
        assert "Authorization: Bearer ••••••••" in dialog.preview.text.toPlainText()


def test_a_server_that_dies_in_the_middle_of_an_answer_is_told_and_nothing_is_sent_twice(
    qtbot: QtBot, tmp_path: Path
) -> None:
    faults = [Faults(), Faults(Fault.RESET), Faults(), Faults(Fault.HTML)]
    with house(tmp_path, faults) as built:
        built.record(backend_calls(3))
        dialog = opened(qtbot, built)
        dialog.send.click()
        over(qtbot, dialog)
        fates = [dialog.model.fate(row) for row in range(3)]
        assert fates == [Fate.TAKEN, Fate.FAILED, Fate.TAKEN]
        assert built.server.received == 3
        assert [event.outcome for event in built.ours()] == [Outcome.ACCEPTED, Outcome.FAILED, Outcome.ACCEPTED]


def test_live_without_a_code_needs_the_word_before_each_run(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path, settings=Settings(), environment={"PIXELPAIR_TOKEN": "EAAtest0123456789"}) as built:
        built.record(backend_calls(2))
        dialog = opened(qtbot, built)
        live = next(
            i for i in range(dialog.choices.endpoint.count()) if dialog.choices.endpoint.itemText(i).startswith("Live")
        )
        dialog.choices.endpoint.setCurrentIndex(live)
        assert "THIS EVENT COUNTS" in dialog.banner.text()
        assert not dialog.send.isEnabled()
        dialog.confirming.line.setText("counts")
        assert not dialog.send.isEnabled()
        dialog.confirming.line.setText(WORD)
        assert (dialog.send.isEnabled(), dialog.send.text()) == (True, "&Send 2 LIVE")
        dialog.choices.endpoint.setCurrentIndex(0)
        assert dialog.send.text() == "&Send 2 to the sandbox"


def test_without_a_token_a_run_ends_with_the_reason_and_everything_unsent(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(3))
        dialog = opened(qtbot, built)
        dialog.choices.endpoint.offer((Endpoint("Live – graph.facebook.com", "https://graph.facebook.com", live=True),))
        dialog._judge()
        dialog.send.click()
        over(qtbot, dialog)
        assert dialog.said.text().startswith("There is no access token. Put one in the keyring")
        assert dialog.model.counts == {Fate.UNSENT: 3}


def test_the_keyboard_alone_sends_many(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(3))
        dialog = opened(qtbot, built, AS_RECORDED)
        dialog.activateWindow()
        qtbot.waitUntil(dialog.isActiveWindow)
        QTest.keyClick(dialog, Qt.Key.Key_P, Qt.KeyboardModifier.AltModifier)
        qtbot.waitUntil(dialog.choices.pace.hasFocus)
        QTest.keyClick(dialog.choices.pace, Qt.Key.Key_End)
        assert PACES[dialog.choices.pace.currentIndex()].together
        QTest.keyClick(dialog.choices.pace, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        over(qtbot, dialog)
        assert dialog.model.counts == {Fate.TAKEN: 3}


def test_closing_the_dialog_ends_the_run_and_keeps_the_record_whole(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(300))
        dialog = opened(qtbot, built)
        dialog.send.click()
        qtbot.waitUntil(lambda: dialog.model.over >= 5, timeout=60_000)
        dialog.close()
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=30_000)
        taken = dialog.model.counts[Fate.TAKEN]
        assert (dialog.running, taken < 300) == (False, True)
        assert (built.server.received, len(built.ours())) == (taken, taken)


def test_a_mistake_of_ours_ends_the_run_with_its_name(
    qtbot: QtBot, tmp_path: Path, warnings_of_ours: list[logging.LogRecord]
) -> None:
    with house(tmp_path) as built:
        built.record(backend_calls(3))
        dialog = opened(qtbot, built)

        def broken(*_: object) -> Exchange:
            raise KeyError("lost")

        dialog._desk = dataclasses.replace(dialog._desk, send=broken)
        dialog.send.click()
        over(qtbot, dialog)
        assert dialog.said.text() == "Sending ended: KeyError('lost'). 3 not sent"
        assert [record.message for record in warnings_of_ours] == ["run"]
        warnings_of_ours.clear()
