"""The command as a user or a build runs it: a real process, its output and its exit status."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SAMPLES

LINE = {
    "data": [
        {
            "event_name": "Purchase",
            "event_time": 1795317862,
            "event_id": "o-1",
            "action_source": "website",
            "event_source_url": "https://shop.example/thanks",
            "user_data": {"client_user_agent": "UA", "em": ["0" * 64]},
            "custom_data": {"value": 10, "currency": "EUR"},
        }
    ]
}


def pixelpair(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def checked(*arguments: str | Path, status: int) -> dict[str, Any]:
    done = pixelpair("check", *arguments, "--json")
    assert done.returncode == status, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_the_real_pixel_and_the_real_sdk_are_paired_across_files() -> None:
    report = checked(SAMPLES / "meta_pixel.har", SAMPLES / "meta_capi_python_sdk.har", status=1)
    assert [source["exchanges"] for source in report["inputs"]] == [42, 1]
    assert (report["summary"]["browser_events"], report["summary"]["server_events"]) == (34, 2)
    (pair,) = [pair for pair in report["pairs"] if pair["browser"] and pair["server"]]
    assert (pair["verdict"], pair["name"], pair["event_id"]) == ("deduplicated", "Purchase", "order-77")


def test_a_clean_input_ends_with_status_zero(tmp_path: Path) -> None:
    file = tmp_path / "server.jsonl"
    file.write_text(json.dumps(LINE), "utf-8")
    report = checked(file, "--account", "1111111111111111", "--fail-on", "critical", status=0)
    assert [(pair["verdict"], pair["account"]) for pair in report["pairs"]] == [("not-observed", "1111111111111111")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.har", '{"log": {"entries": [{"request": {"method": "GET", "url": "https://www.face'),
        ("empty.json", ""),
        ("picture.png", "\x89PNG"),
        ("other.db", "SQLite format 3\0 and then something else"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_left_alone(tmp_path: Path, name: str, content: str) -> None:
    file = tmp_path / name
    file.write_text(content, "latin-1")
    done = pixelpair("check", file, "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert file.read_text("latin-1") == content


def test_a_missing_file_is_named() -> None:
    done = pixelpair("check", "nowhere.har")
    assert done.returncode == 2
    assert "nowhere.har" in done.stderr


def test_a_missing_session_is_a_missing_file_and_no_unknown_command() -> None:
    done = pixelpair("nowhere.pixelpair")
    assert done.returncode == 2
    assert done.stderr == (
        "pixelpair: There is no file nowhere.pixelpair, so there is no session to open. Check its name and folder.\n"
    )


@pytest.mark.parametrize("content", ["[1]", '{"em": 5.5}', '{"mail": "a@b.example"}', "not json"])
def test_a_test_customer_of_the_wrong_shape_is_refused(tmp_path: Path, content: str) -> None:
    customer = tmp_path / "customer.json"
    customer.write_text(content, "utf-8")
    done = pixelpair("check", SAMPLES / "meta_capi_python_sdk.har", "--customer", customer)
    assert done.returncode == 2
    assert "customer.json" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("display", [None, "", ":4711"])
def test_without_a_display_the_window_is_refused_in_words(monkeypatch: pytest.MonkeyPatch, display: str | None) -> None:
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    if display is not None:
        monkeypatch.setenv("DISPLAY", display)
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux can be without a display")
    done = pixelpair()
    assert done.returncode == 2
    assert "no display" in done.stderr


def test_a_capture_with_its_ports_taken_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = tmp_path / "config"
        (config / "pixelpair").mkdir(parents=True)
        settings = {"forward_port": port, "forwarding_port": 0}
        (config / "pixelpair" / "settings.json").write_text(json.dumps(settings), "utf-8")
        monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
        session = tmp_path / "s.pixelpair"
        done = pixelpair("capture", "--no-browser", "--seconds", "1", "--session", session, "--json")
    assert done.returncode == 0, done.stderr
    assert str(port) in done.stderr
    assert session.exists()
    assert json.loads(done.stdout)["events"] == []


def test_a_capture_without_a_browser_on_the_machine_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIXELPAIR_BROWSER", str(tmp_path / "none"))
    done = pixelpair("capture", "--headless", "--seconds", "1", "--session", tmp_path / "s.pixelpair")
    assert done.returncode == 2
    assert "PIXELPAIR_BROWSER" in done.stderr
    assert "Traceback" not in done.stderr
