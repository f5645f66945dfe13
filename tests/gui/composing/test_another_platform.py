"""The window on a platform that is known by its `Platform` value alone: composed, sent, replayed, spoilt, copied."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.analysis.engine import Analysis
from app.checks import Context
from app.gui.composing.many_desk import Scope
from app.gui.composing.paste_dialog import PasteDialog
from app.gui.composing.project import Project, Projects, Target, mistake, read
from app.gui.composing.run import Fate
from app.gui.composing.send_dialog import SendDialog
from app.gui.composing.template_dialog import TemplateDialog
from app.gui.desk import DeskError
from app.gui.main_window import MainWindow
from app.model import Event, Outcome, Provenance, Side
from app.platforms import decode, rules_of
from app.sending.copy_as import curl
from app.sending.drafts import outgoing
from tests.gui.composing.rooms import House, backend_calls, house
from tests.gui.conversions import ACCOUNT as PIXEL
from tests.gui.still_desk import StillDesk
from tests.platforms.parcel import ACCOUNT, HOST, LISTENING, PARCEL, TOKEN, call, hit, in_the_table, signal


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture(autouse=True)
def _table() -> Iterator[None]:
    with in_the_table(PARCEL, LISTENING):
        yield


@pytest.fixture
def built(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        yield made


def kept[T: QWidget](qtbot: QtBot, shown: T) -> T:
    shown.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(shown)
    return shown


def of_side(built: House, side: Side) -> Event:
    return next(event for event in built.events() if event.side is side)


@pytest.fixture
def dialog(qtbot: QtBot, built: House) -> SendDialog:
    """The dialog on the twin of a hit of a moment ago."""
    built.record([hit(at_ms=now() - 2000)])
    return kept(qtbot, built.room.one(of_side(built, Side.BROWSER), None))


def test_a_twin_is_composed_foretold_sent_and_recorded(qtbot: QtBot, built: House, dialog: SendDialog) -> None:
    assert dialog.editor.form.paths[:6] == ("what", "key", "at", "money.sum", "money.cur", "who.mail")
    assert "X-Parcel-Key: ••••••••" in dialog.preview.text.toPlainText()
    assert dialog.forecast.text().startswith("✓ Deduplicated")
    assert dialog.places.version.isHidden()
    assert (dialog.places.test.box.isHidden(), dialog.places.test_code.isHidden()) == (False, True)
    assert dialog.banner.text() == "SANDBOX – nothing leaves this machine."
    dialog.send.click()
    qtbot.waitUntil(dialog.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    assert (event.platform, event.outcome, event.event_id) == ("parcel", Outcome.ACCEPTED, "o-1")
    assert built.server.received == 1


def test_what_the_platform_refuses_stands_beside_its_field(dialog: SendDialog) -> None:
    form = dialog.editor.form
    form.setData(form.index(form.paths.index("at"), 1), "1")
    row = form.paths.index("at")
    assert "older than a week" in str(form.index(row, 2).data())
    assert json.loads(dialog.draft.events[0])["at"] == 1
    dialog.editor.now.click()
    assert dialog.counts.text() == "✓ Nothing the platform would refuse"
    dialog.places.account.setText("12345")
    dialog.places.moved.emit()
    assert dialog.places.trouble.text() == "The shop key must be PX- and letters or digits."


def test_live_without_the_switch_counts_and_says_so(qtbot: QtBot, built: House, dialog: SendDialog) -> None:
    built.room._store.keep(ACCOUNT, TOKEN, "parcel")
    live = next(place for place in built.room.endpoints(ACCOUNT, "parcel") if place.live)
    assert (live.title, live.base_url, live.unavailable) == (f"Live – {HOST}", f"https://{HOST}", "")
    dialog.places.endpoint.offer((live,))
    dialog.places.moved.emit()
    assert dialog.banner.text() == (
        f"⚠ LIVE – this goes to https://{HOST}. A rehearsal is checked and thrown away. "
        "It keeps the browser's event ID, so that the two are counted once."
    )
    assert (dialog.counts_live, dialog.send.isEnabled()) == (False, True)
    dialog.places.test.box.setChecked(False)
    dialog._later.timeout.emit()
    assert "It is no rehearsal: THIS SIGNAL COUNTS." in dialog.banner.text()
    assert dialog.counts_live
    assert not dialog.send.isEnabled()
    dialog.confirm.setText("COUNTS")
    qtbot.waitUntil(dialog.send.isEnabled)


def test_without_its_token_live_can_not_be_chosen(built: House) -> None:
    live = next(place for place in built.room.endpoints(ACCOUNT, "parcel") if place.live)
    assert live.unavailable == "no token in the keyring or in PIXELPAIR_TOKEN_PARCEL"


def test_a_server_event_is_replayed(qtbot: QtBot, built: House) -> None:
    built.record([call(signal("o-9", now() - 5000), at_ms=now() - 5000)])
    shown = kept(qtbot, built.room.one(of_side(built, Side.SERVER), None))
    assert shown.windowTitle() == "Replay"
    shown.send.click()
    qtbot.waitUntil(shown.send.isEnabled, timeout=20_000)
    (event,) = built.ours()
    assert (event.provenance, event.outcome, event.event_id) == (Provenance.REPLAYED, Outcome.ACCEPTED, "o-9")


def test_many_go_in_calls_of_two_and_the_guilty_one_is_found(qtbot: QtBot, built: House) -> None:
    built.record([call(signal(f"o-{number}", now() - 5000), at_ms=now() - 5000 + number) for number in range(5)])
    shown = kept(qtbot, built.room.many(built.scopes(), None))
    shown.choices.pace.setCurrentIndex(3)
    assert shown.choices.pace.currentText() == "together, up to 2 in a call"
    shown.send.click()
    qtbot.waitUntil(lambda: not shown.running, timeout=60_000)
    assert shown.model.counts == {Fate.TAKEN: 5}
    assert built.server.received == 3


def test_events_of_two_platforms_are_sent_one_platform_at_a_time(qtbot: QtBot, built: House) -> None:
    built.record(backend_calls(2))
    built.record([call(signal(f"o-{number}", now() - 5000), at_ms=now() - 5000) for number in range(3)])
    shown = kept(qtbot, built.room.many(built.scopes(), None))
    assert [shown.choices.which.itemText(index) for index in range(2)] == ["Meta", "Parcel"]
    assert len(shown.choices.plan) == 2
    shown.choices.which.setCurrentIndex(1)
    assert [len(shown.choices.plan), len(shown.model.plan)] == [3, 3]
    assert "X-Parcel-Key" in shown.preview.text.toPlainText()
    shown.send.click()
    qtbot.waitUntil(lambda: not shown.running, timeout=60_000)
    assert {event.platform for event in built.ours()} == {"parcel"}


@pytest.mark.parametrize("name", ["event-id-suffix", "cent-off", "other-account"])
def test_a_fault_is_sent_and_found_as_it_must_be(qtbot: QtBot, dialog: SendDialog, name: str) -> None:
    assert PARCEL.server is not None
    each = next(one for one in PARCEL.server.recipes if one.name == name)
    action = next(one for one in dialog.drafts.faults.actions() if one.text().startswith(each.title))
    action.trigger()
    dialog.send.click()
    qtbot.waitUntil(lambda: dialog.lab.text()[:1] in ("✓", "✕"), timeout=20_000)
    assert dialog.lab.text().startswith(f"✓ {each.title}: found as {each.expects[0]}, as it must be.")


def test_a_draft_is_copied_in_the_platforms_own_forms(dialog: SendDialog) -> None:
    titles = [action.text().replace("&", "") for action in dialog.copies.actions()]
    assert titles == ["cURL", "Python (httpx)", "parcel() call", "JSON of the server call", "Markdown table"]
    for index, start in ((0, "curl -X POST"), (2, "parcel('PX-AbC1', {"), (3, "{")):
        dialog.copies.actions()[index].trigger()
        assert QGuiApplication.clipboard().text().startswith(start)


def test_a_pasted_command_of_another_platform_turns_the_dialog_to_it(
    qtbot: QtBot, built: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = kept(qtbot, built.room.scratch(None))
    assert shown.draft.platform == "meta"
    built.record([hit(at_ms=now() - 2000)])
    twin = kept(qtbot, built.room.one(of_side(built, Side.BROWSER), None)).draft
    QGuiApplication.clipboard().setText(curl(outgoing(twin, f"https://{HOST}").request))

    def accept(dialog: PasteDialog) -> int:
        assert dialog.sheet is not None
        return 1

    monkeypatch.setattr(PasteDialog, "exec", accept)
    shown.drafts.ask_paste()
    assert (shown.draft.platform, shown.draft.account) == ("parcel", ACCOUNT)
    assert shown.editor.form.paths[0] == "what"
    assert "parcel() call" in [action.text().replace("&", "") for action in shown.copies.actions()]
    assert shown.places.place is not None
    assert shown.places.place.base_url.endswith(f"/{HOST}")
    shown.send.click()
    qtbot.waitUntil(shown.send.isEnabled, timeout=20_000)
    assert [one.platform for one in built.ours()] == ["parcel"]
    shown.drafts.tabs.setCurrentIndex(0)
    assert (shown.draft.platform, shown.editor.form.paths[0]) == ("meta", "event_name")


def test_a_template_is_chosen_by_platform(qtbot: QtBot, built: House, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = kept(qtbot, built.room.scratch(None))

    def choose(dialog: TemplateDialog) -> int:
        listed = [dialog.platforms.itemText(index) for index in range(dialog.platforms.count())]
        assert (listed[0], listed[-1]) == ("Meta", "Parcel")
        dialog.platforms.setCurrentIndex(len(listed) - 1)
        assert [dialog.events.itemText(index) for index in range(2)] == ["Purchase", "Visit"]
        return 1

    monkeypatch.setattr(TemplateDialog, "exec", choose)
    shown.drafts.ask_template()
    assert (shown.draft.platform, json.loads(shown.draft.events[0])["what"]) == ("parcel", "Purchase")


def test_a_project_keeps_each_platforms_accounts(qtbot: QtBot, built: House, tmp_path: Path) -> None:
    shown = built.room.project(None)
    qtbot.addWidget(shown)
    shown.accounts.setText(PIXEL)
    shown.which.setCurrentIndex(shown.which.count() - 1)
    assert (shown.accounts.text(), shown.test_code.isHidden()) == ("", True)
    shown.accounts.setText("my shop")
    shown.accept()
    assert shown.wrong.text() == "✕ A shop key has PX- and letters or digits."
    shown.accounts.setText(f"{ACCOUNT}, PX-2")
    shown.accept()
    built.room.use(shown.projects, shown.customer)
    kept_project = read(tmp_path / "projects.json").used
    assert kept_project.target("meta").accounts == (PIXEL,)
    assert kept_project.target("parcel") == Target("parcel", (ACCOUNT, "PX-2"))
    assert mistake(kept_project) == ""


def test_a_new_event_is_of_the_platform_that_the_project_has_an_account_of(qtbot: QtBot, built: House) -> None:
    project = Project().aimed(Target("parcel", (ACCOUNT,)))
    built.room.use(Projects().using(project), built.room._customer())
    shown = kept(qtbot, built.room.scratch(None))
    assert (shown.draft.platform, shown.draft.account) == ("parcel", ACCOUNT)


def test_a_key_is_kept_and_asked_after_by_platform(qtbot: QtBot, built: House) -> None:
    shown = built.room.project(None)
    qtbot.addWidget(shown)
    page = shown.tokens
    page.show_platform("parcel")
    assert page.source.text() == "Enter a shop key."
    page.account.setCurrentText(ACCOUNT)
    assert page.source.text() == "There is none: neither in PIXELPAIR_TOKEN_PARCEL nor in the keyring."
    page.token.setText(TOKEN)
    page.check.click()
    qtbot.waitUntil(lambda: page.said.text() == "✓ The key opens the shop.", timeout=20_000)
    page.keep.click()
    assert ("pixelpair", f"parcel {ACCOUNT}") in built.keyring.kept
    assert page.advice.text().startswith("A shop's key never ends.")


def test_an_event_of_a_platform_without_a_server_api_is_not_sent_and_says_so(qtbot: QtBot, built: House) -> None:
    built.record([hit(at_ms=now() - 2000, host="px.mute.example")])
    mute = of_side(built, Side.BROWSER)
    assert mute.platform == "mute"
    with pytest.raises(DeskError, match="Mute takes no server events"):
        built.room.one(mute, None)
    with pytest.raises(DeskError, match="take no server events"):
        built.room.many((Scope("All rows", (mute,)),), None)


def test_the_window_offers_no_send_for_a_platform_without_a_server_api(qtbot: QtBot) -> None:
    analysis = Analysis(Context(), rules_of())
    at_ms = now() - 2000
    analysis.add((*decode(hit(at_ms=at_ms, number=1)), *decode(hit(at_ms=at_ms, number=2, host="px.mute.example"))))
    analysis.changes(None)
    groups = {group.platform: group for group in analysis.groups()}
    window = MainWindow(StillDesk())
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    window.area.table.take(tuple(groups.values()), ())
    window.area.table.select_group(groups["mute"].id)
    assert not window.menus.send.isEnabled()
    assert not window.details.head.send.isEnabled()
    assert window.details.head.send.toolTip().startswith("Mute takes no server events from here")
    window.area.table.select_group(groups["parcel"].id)
    assert (window.menus.send.isEnabled(), window.details.head.send.isEnabled()) == (True, True)
    assert "parcel() call" in [
        action.text().replace("&", "") for action in window.wishes.copies[Side.BROWSER].actions()
    ]
