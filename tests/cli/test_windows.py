"""`--window`: how long a platform merges that publishes no window, for a single run."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.session.file import Session
from app.settings import Settings, save
from tests.platforms.guessed_window import HOUR_MS, halves, install

SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "report.schema.json").read_text("utf-8"))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One conversion, whose two sides lie 30 hours apart at a platform that is taken to merge for 48."""
    install(monkeypatch)
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append(halves(30 * HOUR_MS))
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def report(result: Result) -> tuple[list[str], list[dict[str, Any]]]:
    found: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(found, SCHEMA)
    return [pair["verdict"] for pair in found["pairs"]], found["windows"]


def window(hours: int, by: str) -> list[dict[str, Any]]:
    return [{"platform": "other", "key": "event ID", "window_ms": hours * HOUR_MS, "by": by}]


@pytest.mark.parametrize("command", ["check", "report"])
def test_a_window_is_set_for_one_run(session: Path, command: str) -> None:
    assert report(run(command, session, "--json")) == (["deduplicated"], window(48, "nobody"))
    short = run(command, session, "--json", "--window", "other=24h")
    assert report(short) == (["double-counted"] * 2, window(24, "user"))


def test_the_option_has_the_last_word_over_the_settings(
    session: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    save(Settings(windows=("other = 24 h",)))
    assert report(run("report", session, "--json"))[0] == ["double-counted"] * 2
    assert report(run("report", session, "--json", "--window", "other = 36 h")) == (
        ["deduplicated"],
        window(36, "user"),
    )


def test_every_report_says_whose_the_window_is(session: Path, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    assumed = "Other merges within 48 h (assumed, published by nobody)."
    assert assumed in run("report", session, "--html", page).stdout
    assert assumed in page.read_text("utf-8")
    mine = "Other merges within 24 h (set by the user, published by nobody)."
    assert mine in run("report", session, "--window", "other=24h", "--html", page).stdout
    assert mine in page.read_text("utf-8")


@pytest.mark.parametrize("command", ["check", "report", "capture"])
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("meta=24h", "Meta publishes its window, 48 h, so it can not be set."),
        ("other", "“other” sets no window."),
        ("nobody=24h", "“nobody” is no platform."),
    ],
)
def test_what_can_not_be_set_is_refused_with_a_sentence(session: Path, command: str, line: str, said: str) -> None:
    arguments = () if command == "capture" else (session,)
    result = run(command, *arguments, "--window", line)
    assert result.exit_code == 2
    assert said in result.stderr
