"""A session knows whose it is: reopened, its hashes are tested, and the first row that needs attention is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.gui.composing import project as projects_file
from app.gui.composing.project import DEFAULT, Project, Projects
from app.gui.composing.send_room import SendRoom
from app.gui.desk import News
from app.gui.detail.details import HASHES
from app.gui.main_window import MainWindow
from app.gui.workdesk import PROJECTS, WorkDesk
from app.model import Customer, Group, Severity, Side, Verdict
from app.sending.tokens import TokenStore
from app.session.file import Session
from app.settings import Settings, config_dir
from app.shop import demo_customer
from app.workbench.belonging import Belonging, keep_belonging, whose_session
from tests.gui.conversions import START, Recording, pixel, server
from tests.gui.sessions import checkouts, small
from tests.gui.still_desk import StillDesk
from tests.keyrings import InMemory

ANN = Customer((("em", ("ann@customer.example",)),))
BOB = Customer((("em", ("bob@customer.example",)),))
Shown = Callable[[Path], MainWindow]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration of this test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def shown(qtbot: QtBot, home: Path) -> Iterator[Shown]:
    """Opens a session in a window of its own."""
    windows: list[MainWindow] = []

    def show(path: Path) -> MainWindow:
        window = MainWindow(WorkDesk(Settings(), keep=True), path)
        windows.append(window)
        window.show()
        qtbot.waitUntil(lambda: window.area.model.total > 0, timeout=20_000)
        return window

    yield show
    for window in windows:
        window.close()
        window.deleteLater()


def quiet() -> tuple[News, list[str]]:
    said: list[str] = []
    return News(lambda _: None, said.append, lambda _: None), said


def kept(path: Path, whose: Belonging) -> Path:
    """A session that says whose it is."""
    with Session.open(path) as session:
        session.set_fact("observed", ["browser", "server"])
        keep_belonging(session, whose)
        session.append([pixel("PageView", None, START - 60_000), *checkouts()])
    return path


def test_the_demos_session_is_tested_when_it_is_opened_again(qtbot: QtBot, shown: Shown, home: Path) -> None:
    window = shown(kept(home / "demo.pixelpair", Belonging(demo=True)))
    assert window._desk.customer == demo_customer()
    pair = next(group for group in window.area.model.groups() if group.server and group.server[0].user)
    window.area.table.select_group(pair.id)
    window.details.tabs.setCurrentIndex(HASHES)
    assert "hash-unknown" not in {finding.code for group in window.area.model.groups() for finding in group.findings}


def test_no_session_file_holds_a_persons_plain_values(home: Path) -> None:
    path = home / "demo.pixelpair"
    with Session.open(path) as session:
        keep_belonging(session, Belonging("Shop A", demo=True))
        assert {name: session.fact(name) for name in ("project", "demo")} == {"project": "Shop A", "demo": True}
    held = path.read_bytes()
    plain = [text.encode() for _, values in demo_customer().values for text in values if len(text) > 3]
    assert plain
    assert [text for text in plain if text in held] == []


@pytest.mark.parametrize(("project", "demo"), [(7, "yes"), (None, 1), ([], {}), ({"name": "x"}, "true")])
def test_facts_of_another_kind_say_nothing(tmp_path: Path, project: object, demo: object) -> None:
    path = tmp_path / "odd.pixelpair"
    with Session.open(path) as session:
        session.set_fact("project", project)
        session.set_fact("demo", demo)
    assert whose_session(path) == Belonging()


def test_a_file_that_is_no_session_belongs_to_nobody(tmp_path: Path) -> None:
    (tmp_path / "other.txt").write_text("no session", "utf-8")
    assert whose_session(tmp_path / "other.txt") == whose_session(tmp_path / "none") == Belonging()


@pytest.fixture
def desk(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkDesk]:
    """A desk with two projects, whose persons are in the keyring."""
    keyring = InMemory()
    store = TokenStore({}, keyring)
    for name, person in (("Shop A", ANN), ("Shop B", BOB)):
        store.keep_customer(name, person)
    known = tuple(Project(name, keep_customer=True) for name in ("Shop A", "Shop B"))
    projects_file.write(Projects("Shop A", (*known, Project(DEFAULT))), config_dir() / PROJECTS)
    monkeypatch.setattr("app.gui.composing.send_room.TokenStore", lambda: store)
    made = WorkDesk(Settings())
    yield made
    made.close()


def test_a_fresh_session_belongs_to_the_project_in_use(desk: WorkDesk) -> None:
    opened = desk.open(None, quiet()[0]).result(30)
    assert desk.customer == ANN
    desk.open(None, quiet()[0]).result(30)
    assert whose_session(opened.path) == Belonging("Shop A")


def test_a_projects_session_brings_that_projects_person_back(desk: WorkDesk, home: Path) -> None:
    news, said = quiet()
    desk.open(kept(home / "b.pixelpair", Belonging("Shop B")), news).result(30)
    assert (desk.customer, said) == (BOB, [])
    desk.open(kept(home / "a.pixelpair", Belonging("Shop A")), news).result(30)
    assert (desk.customer, said) == (ANN, [])


def test_the_demos_person_ends_with_the_demos_session(desk: WorkDesk, home: Path) -> None:
    desk.open(kept(home / "demo.pixelpair", Belonging(demo=True)), quiet()[0]).result(30)
    assert desk.customer == demo_customer()
    desk.open(None, quiet()[0]).result(30)
    assert desk.customer == ANN


def test_a_project_that_is_gone_is_said_and_the_one_in_use_stays(desk: WorkDesk, home: Path) -> None:
    news, said = quiet()
    desk.open(kept(home / "c.pixelpair", Belonging("Shop C")), news).result(30)
    assert desk.customer == ANN
    assert len(said) == 1
    assert said[0].startswith("This session belongs to the project “Shop C”, which is not known here. “Shop A” is used")


def test_a_person_that_is_typed_in_memory_stays_with_its_project(desk: WorkDesk, home: Path) -> None:
    eve = Customer((("em", ("eve@customer.example",)),))
    opened = desk.open(kept(home / "a.pixelpair", Belonging("Shop A")), quiet()[0]).result(30)
    desk._settle_customer(DEFAULT, eve)
    desk._sending().turn_to(DEFAULT)
    desk.apply(Settings(), eve).result(30)
    desk.open(kept(home / "b.pixelpair", Belonging("Shop B")), quiet()[0]).result(30)
    assert desk.customer == BOB
    desk.open(opened.path, quiet()[0]).result(30)
    assert desk.customer == eve
    assert whose_session(opened.path) == Belonging(DEFAULT)


def needy(group: Group) -> bool:
    wrong = group.verdict in (Verdict.DOUBLE_COUNTED, Verdict.DUPLICATE, Verdict.NOT_COUNTED)
    return wrong or group.severity in (Severity.CRITICAL, Severity.ERROR)


def test_the_first_row_that_needs_attention_is_chosen(qtbot: QtBot, shown: Shown, home: Path) -> None:
    window = shown(kept(home / "shop.pixelpair", Belonging()))
    qtbot.waitUntil(lambda: window.area.table.selected() is not None, timeout=20_000)
    model = window.area.model
    rows = [group for row in range(model.rowCount()) if (group := model.group_at(row)) is not None]
    assert not needy(rows[0]), "the session begins with a row that is well, or this proves nothing"
    assert window.area.table.selected() == next(group for group in rows if needy(group))
    assert window.details.group == window.area.table.selected()


def test_a_row_that_the_user_chose_while_the_session_was_read_stays(qtbot: QtBot) -> None:
    window = MainWindow(StillDesk())
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    window.area.table.take(small(), ())
    chosen = small()[-1]
    window.area.table.select_group(chosen.id)
    window._point_out()
    assert window.area.table.selected() == chosen


def test_choosing_a_row_opens_no_window_of_its_own(qtbot: QtBot) -> None:
    window = MainWindow(StillDesk())
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    window.show()
    window.area.table.take(small(), ())
    window._point_out()
    assert [one for one in QApplication.topLevelWidgets() if one.isVisible()] == [window]


def test_without_anything_wrong_the_first_row_is_chosen(qtbot: QtBot) -> None:
    window = MainWindow(StillDesk())
    qtbot.addWidget(window, before_close_func=lambda one: one.inbox.stop())
    well = Recording([pixel("Purchase", "o-1", 1_795_000_000_000), server("Purchase", "o-1", 1_795_000_000_900)], *Side)
    window.area.table.take(well.groups, ())
    window._point_out()
    assert window.area.table.selected() == well.groups[0]


def test_the_room_turns_to_known_projects_only(tmp_path: Path) -> None:
    def nothing() -> Customer:
        return Customer()

    projects_file.write(Projects("A", (Project("A"), Project("B"))), tmp_path / "projects.json")
    room = SendRoom(lambda: None, Settings, nothing, tmp_path / "projects.json", TokenStore({}, InMemory()))  # type: ignore[arg-type,return-value]  # a room that is never entered needs no desk
    assert (room.turn_to("B"), room.projects.current) == (True, "B")
    assert (room.turn_to("C"), room.projects.current) == (False, "B")
