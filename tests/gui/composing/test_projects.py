"""Projects, tokens and the test customer: what is kept where, and what a platform says to a token."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from keyring.backends.null import Keyring as NullKeyring
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.gui.composing.project import (
    CUSTOM,
    LIVE,
    Project,
    ProjectError,
    Projects,
    custom_endpoint,
    mistake,
    read,
    write,
)
from app.gui.composing.project_dialog import ProjectDialog
from app.gui.composing.token_page import TokenDesk, TokenPage
from app.gui.desk import DeskError
from app.model import Customer
from app.sending.job import Endpoint
from app.sending.tokens import OLD_MS, TokenError, TokenStore
from app.settings import Settings
from tests.gui.composing.rooms import House, house
from tests.gui.conversions import ACCOUNT
from tests.keyrings import InMemory

TOKEN = "EAAGm0PX4ZCpsBAKZBZBleakyTOKEN0987654321"
MARY = Customer((("em", ("mary.shelley@example.com",)), ("ln", ("Wollstonecraft",))))
SHOP = Project(
    "Shop",
    (ACCOUNT, "222"),
    "TEST9",
    "v25.0",
    CUSTOM,
    "https://capig.shop.example/capi",
    keep_customer=True,
    one_account=("2613 = 5497", "A = B"),
)


def opened(qtbot: QtBot, built: House) -> ProjectDialog:
    dialog = built.room.project(None)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def filled(dialog: ProjectDialog, project: Project) -> None:
    dialog.name.setCurrentText(project.name)
    dialog.accounts.setText(", ".join(project.accounts))
    dialog.test_code.setText(project.test_code)
    dialog.version.setText(project.api_version)
    dialog.to.setCurrentIndex(("sandbox", LIVE, CUSTOM).index(project.to))
    dialog.endpoint.setText(project.endpoint)
    dialog.one_account.setText(", ".join(project.one_account))
    dialog.person.keep.setChecked(project.keep_customer)


def test_a_project_survives_its_file_whole(tmp_path: Path) -> None:
    projects = Projects().using(SHOP)
    write(projects, tmp_path / "projects.json")
    assert read(tmp_path / "projects.json") == projects == Projects("Shop", (Project(), SHOP))
    assert projects.without("Shop") == Projects()
    assert read(tmp_path / "none.json") == Projects()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"projects":[{"accounts":7}],"current":"x"}', '{"projects":[{"name":7}]}']
)
def test_a_broken_file_is_named_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "projects.json"
    path.write_text(text)
    with pytest.raises(ProjectError, match=r"projects\.json can not be read as projects"):
        read(path)
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("project", "words"),
    [
        (Project(" "), "needs a name"),
        (Project(one_account=("2613",)), "names no two accounts"),
        (Project(one_account=("2613 = 5497", "A=B=C")), ""),
        (Project(accounts=("12a",)), "digits only"),
        (Project(to=CUSTOM), "needs an address"),
        (Project(endpoint="capig.shop.example"), "written as https://"),
        (Project(endpoint="http://capig.shop.example"), "HTTPS only"),
        (Project(endpoint="https://ann:secret@capig.shop.example"), "Leave user and password out"),
        (Project(endpoint="https://capig.shop.example/?access_token=x"), "without anything after its path"),
        (Project(endpoint="https://[::1"), "no address"),
        (SHOP, ""),
        (Project(endpoint="http://127.0.0.1:8090"), ""),
    ],
)
def test_what_a_project_can_not_be_is_said(project: Project, words: str) -> None:
    assert words in mistake(project)
    assert bool(mistake(project)) == bool(words)


def test_a_custom_endpoint_is_live_unless_it_is_this_machine() -> None:
    assert custom_endpoint(SHOP) == Endpoint("Custom – capig.shop.example", SHOP.endpoint, live=True, own=True)
    local = custom_endpoint(Project(endpoint="http://127.0.0.1:8090/"))
    assert local == Endpoint("Custom – 127.0.0.1:8090", "http://127.0.0.1:8090", own=True)
    assert custom_endpoint(Project(endpoint="http://far.example")) is None


def test_what_is_typed_is_kept_and_the_person_goes_to_the_keyring_only(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path, customer=MARY) as built:
        dialog = opened(qtbot, built)
        filled(dialog, SHOP)
        dialog.accept()
        assert dialog.result() == 1
        built.room.use(dialog.projects, dialog.customer)
        assert built.room.projects.used == SHOP
        assert built.room.kept_customer() == MARY
        assert read(tmp_path / "projects.json").used == SHOP
        places = [place.title for place in built.room.endpoints(ACCOUNT)]
        assert places[0] == "Custom – capig.shop.example"
        again = opened(qtbot, built)
        assert (again.typed, again.person.customer) == (SHOP, MARY)
        again.person.keep.setChecked(False)
        again.accept()
        built.room.use(again.projects, again.customer)
        assert built.keyring.kept == {}
        assert built.room.kept_customer() == Customer()


def test_a_mistake_keeps_the_dialog_open_and_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        dialog = opened(qtbot, built)
        dialog.tabs.setCurrentIndex(2)
        dialog.accounts.setText("my pixel")
        dialog.accept()
        assert (dialog.result(), dialog.isVisible(), dialog.tabs.currentIndex()) == (0, True, 0)
        assert dialog.wrong.text() == "✕ A dataset or pixel ID has digits only."
        assert not (tmp_path / "projects.json").exists()


def test_another_project_is_chosen_and_deleted(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path) as built:
        built.room.use(Projects().using(SHOP), MARY)
        dialog = opened(qtbot, built)
        dialog.name.setCurrentIndex(dialog.name.findText("Default"))
        dialog.name.activated.emit(dialog.name.currentIndex())
        assert dialog.typed == Project()
        dialog.name.setCurrentIndex(dialog.name.findText("Shop"))
        dialog.name.activated.emit(dialog.name.currentIndex())
        assert dialog.typed == SHOP
        dialog.delete.click()
        assert (dialog.typed, dialog.projects) == (Project(), Projects())


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "✓ The token works. It belongs to Sandbox system user (1000000000000001)."),
        ("sandbox-expired", "✕ 190/463 · Access token expired: The token has run out."),
        ("sandbox-no-permission", "✕ 200 · "),
        ("two words", "The access token holds characters no token has."),
    ],
)
def test_a_token_is_checked_by_a_harmless_question(qtbot: QtBot, tmp_path: Path, typed: str, said: str) -> None:
    with house(tmp_path) as built:
        dialog = opened(qtbot, built)
        dialog.accounts.setText(ACCOUNT)
        page = dialog.tokens
        page.token.setText(typed)
        page.check.click()
        qtbot.waitUntil(lambda: page._asking is None)
        assert page.said.text().startswith(said)
        assert [exchange.request.url.rpartition("/")[2] for exchange in built.exchanges()] == (
            [] if typed == "two words" else ["me?fields=id,name"]
        )


def test_a_token_is_kept_dated_and_forgotten(qtbot: QtBot) -> None:
    clock, keyring = [1_795_000_000_000], InMemory()
    desk = TokenDesk(TokenStore({}, keyring), lambda *_: pytest.fail("nothing is asked"), lambda: clock[0])
    page = TokenPage(desk, (Endpoint("Sandbox", "http://127.0.0.1:1"),))
    qtbot.addWidget(page)
    page.offer_accounts((ACCOUNT,))
    assert page.source.text() == "There is none: neither in PIXELPAIR_TOKEN nor in the keyring."
    assert page.token.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(page.token, TOKEN)
    page.keep.click()
    assert (keyring.kept["pixelpair", ACCOUNT], page.token.text()) == (TOKEN, "")
    assert page.source.text() == "It would come from the system's keyring. It was kept 0 days ago."
    clock[0] += OLD_MS + 86_400_000
    page.offer_accounts((ACCOUNT,))
    assert page.source.text() == (
        "It would come from the system's keyring. It was kept 91 days ago. "
        "A person's token ends within 90 days: check it, or make one of a system user."
    )
    page.forget.click()
    assert keyring.kept == {}


def test_a_variable_goes_before_the_keyring_and_is_named(qtbot: QtBot) -> None:
    keyring = InMemory()
    TokenStore({}, keyring).keep(ACCOUNT, TOKEN)
    store = TokenStore({f"PIXELPAIR_TOKEN_{ACCOUNT}": TOKEN}, keyring)
    page = TokenPage(TokenDesk(store, lambda *_: pytest.fail("nothing is asked"), lambda: 0), ())
    qtbot.addWidget(page)
    page.offer_accounts((ACCOUNT,))
    assert page.source.text() == f"It would come from the environment variable PIXELPAIR_TOKEN_{ACCOUNT}."


def test_nothing_secret_is_in_any_file_after_all_of_it(qtbot: QtBot, tmp_path: Path) -> None:
    with house(tmp_path, settings=Settings(test_code="TEST1"), customer=MARY) as built:
        dialog = opened(qtbot, built)
        filled(dialog, SHOP)
        dialog.tokens.offer_accounts((ACCOUNT,))
        dialog.tokens.token.setText(TOKEN)
        dialog.tokens.check.click()
        qtbot.waitUntil(lambda: dialog.tokens._asking is None)
        dialog.tokens.keep.click()
        dialog.accept()
        built.room.use(dialog.projects, dialog.customer)
        shown = built.room.scratch(None)
        shown.places.endpoint.setCurrentIndex(1)  # the sandbox, after the project's own
        qtbot.waitUntil(shown.send.isEnabled)
        shown.send.click()
        qtbot.waitUntil(lambda: len(built.exchanges()) == 2)
        qtbot.waitUntil(shown.send.isEnabled)
        while_open = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
        answers = repr(built.exchanges()).encode()
        shown.close()
    everything = {**while_open, **{f"closed {path.name}": path.read_bytes() for path in tmp_path.iterdir()}}
    assert {"run.pixelpair", "projects.json"} <= everything.keys()
    assert json.loads(everything["projects.json"])["current"] == "Shop"
    secrets = (TOKEN, "mary.shelley", "ollstonecraft")
    leaks = {
        name for name, data in (everything | {"answers": answers}).items() for one in secrets if one.encode() in data
    }
    assert leaks == set()


def test_a_broken_projects_file_is_said_where_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "projects.json").write_text("{")
    with house(tmp_path) as built, pytest.raises(DeskError, match=r"projects\.json can not be read"):
        built.room.scratch(None)


def test_a_keyring_that_keeps_nothing_is_said_and_the_person_is_not(tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="The keyring did not keep it") as raised:
        TokenStore({}, NullKeyring()).keep_customer("Shop", MARY)  # type: ignore[no-untyped-call]  # keyring leaves it so
    assert "mary" not in str(raised.value)
    keyring = InMemory()
    keyring.kept["pixelpair", "test customer Shop"] = "somebody else's text"
    assert TokenStore({}, keyring).customer("Shop") == Customer()
    with house(tmp_path) as built:
        built.room._store = TokenStore({}, NullKeyring())  # type: ignore[no-untyped-call]  # keyring leaves it so
        with pytest.raises(DeskError, match="The keyring did not keep it"):
            built.room.use(Projects().using(SHOP), MARY)
        assert built.room.projects.used == SHOP
