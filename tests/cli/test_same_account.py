"""`--same-account`: accounts that the user says are one, for a single run."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.session.file import Session
from tests.platforms.two_kinds import AD_ACCOUNT, TAG, halves, install


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    install(monkeypatch)
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(halves())
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def verdicts(result: Result) -> list[str]:
    report: dict[str, Any] = json.loads(result.stdout)
    return [pair["verdict"] for pair in report["pairs"]]


@pytest.mark.parametrize("command", ["check", "report"])
def test_accounts_named_as_one_are_merged(session: Path, command: str) -> None:
    assert verdicts(run(command, session, "--json")) == ["probable", "probable"]
    named = run(command, session, "--json", "--same-account", "X = Y", "--same-account", f"{TAG}={AD_ACCOUNT}")
    assert verdicts(named) == ["deduplicated"]


def test_a_probable_pair_says_how_its_accounts_are_named_as_one(session: Path) -> None:
    assert "--same-account" in run("report", session).stdout


@pytest.mark.parametrize("command", ["check", "report", "capture"])
def test_one_account_alone_is_refused_with_a_sentence(session: Path, command: str) -> None:
    arguments = () if command == "capture" else (session,)
    result = run(command, *arguments, "--same-account", TAG)
    assert result.exit_code == 2
    assert f"“{TAG}” names no two accounts" in result.stderr
