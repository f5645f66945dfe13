"""The command as a user or a build runs it: a real process, its output and its exit status."""

import hashlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.session.file import Session
from app.shop import demo_customer
from app.workbench.belonging import Belonging, keep_belonging
from tests.conftest import SAMPLES
from tests.gui.conversions import server

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


def ordered(folder: Path, *orders: str) -> Path:
    """A file of server purchases, one for each order."""
    (event,) = LINE["data"]
    data = [
        {**event, "event_id": f"e-{order}", "custom_data": {"value": 10, "currency": "EUR", "order_id": order}}
        for order in orders
    ]
    file = folder / "server.jsonl"
    file.write_text(json.dumps({"data": data}), "utf-8")
    return file


def exported(folder: Path, *orders: str) -> Path:
    """Shopify's export of some orders."""
    file = folder / "orders.csv"
    lines = [f"{order},jane.doe@shop.example,59.90\n" for order in orders]
    file.write_text("\ufeffName,Email,Total\n" + "".join(lines), "utf-8")
    return file


def test_the_backends_orders_are_compared_with_the_purchases(tmp_path: Path) -> None:
    traffic = ordered(tmp_path, *map(str, range(1001, 1041)), "5000")
    export = exported(tmp_path, *(f"#{number}" for number in range(1000, 1041)))
    html = tmp_path / "evidence.html"
    report = checked(traffic, "--orders", export, "--html", html, "--fail-on", "critical", status=0)
    assert report["summary"]["orders"] == {
        "known": 41,
        "purchases": 41,
        "missing": 1,
        "surplus": 1,
        "unnamed": 0,
        "discrepancy": 2 / 41,
        "band": "good",
    }
    found = {item["code"]: item for item in report["findings"] if "orders" in item["code"]}
    assert {code: item["severity"] for code, item in found.items()} == {
        "orders-exceed-events": "info",
        "events-exceed-orders": "info",
    }
    assert "#1000" in found["orders-exceed-events"]["message"]
    assert "5000" in found["events-exceed-orders"]["message"]
    said = "✓ 4.9 %", "good · orders: 1 missing, 1 too many of 41"
    assert all(part in html.read_text("utf-8") for part in said)
    table = pixelpair("check", traffic, "--orders", export)
    assert "Orders: 1 missing, 1 too many, 41 known · ✓ 4.9 % good" in table.stdout
    for text in (json.dumps(report), html.read_text("utf-8"), table.stdout):
        assert "jane.doe" not in text


def test_without_orders_nothing_is_said_of_them(tmp_path: Path) -> None:
    report = checked(ordered(tmp_path, "1"), "--fail-on", "never", status=0)
    assert report["summary"]["orders"] is None
    assert not [item for item in report["findings"] if "orders" in item["code"]]
    assert "Orders:" not in pixelpair("check", tmp_path / "server.jsonl").stdout


def test_a_technical_failure_fails_the_build(tmp_path: Path) -> None:
    traffic, export = ordered(tmp_path, "1001"), exported(tmp_path, "#1001", "#1002")
    export.write_text(export.read_text("utf-8-sig").replace("Name", "Kunde"), "utf-8")
    refused = pixelpair("check", traffic, "--orders", export)
    assert refused.returncode == 2
    assert "orders.csv has no column that is named like an order number" in refused.stderr
    report = checked(traffic, "--orders", export, "--order-column", "Kunde", status=1)
    assert report["summary"]["orders"]["band"] == "technical-failure"
    lonely = pixelpair("check", traffic, "--order-column", "Kunde")
    assert (lonely.returncode, "--orders" in lonely.stderr) == (2, True)


def test_a_capture_compares_with_orders_and_stores_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    (config / "pixelpair").mkdir(parents=True)
    (config / "pixelpair" / "settings.json").write_text('{"forward_port": 0, "forwarding_port": 0}', "utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(config))
    session = tmp_path / "s.pixelpair"
    export = exported(tmp_path, "#777001")
    done = pixelpair("capture", "--no-browser", "--seconds", "1", "--session", session, "--orders", export, "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["summary"]["orders"]["missing"] == 1
    assert b"777001" not in session.read_bytes()
    again = pixelpair("report", session, "--orders", export, "--json")
    assert json.loads(again.stdout)["summary"]["orders"]["missing"] == 1
    assert json.loads(pixelpair("report", session, "--json").stdout)["summary"]["orders"] is None


def test_the_demos_session_is_reported_with_the_demos_person(tmp_path: Path) -> None:
    path = tmp_path / "demo.pixelpair"
    hashed = {"em": [hashlib.sha256(demo_customer().of("em")[0].lower().encode()).hexdigest()]}
    with Session.open(path) as session:
        keep_belonging(session, Belonging(demo=True))
        session.append([server(more={"user_data": hashed})])
    report = json.loads(pixelpair("report", path, "--json").stdout)
    codes = {finding["code"] for finding in report["findings"]}
    assert codes >= {"hash-verified"}, codes
    assert "hash-unknown" not in codes
