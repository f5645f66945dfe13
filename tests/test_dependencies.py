"""What of our dependencies really runs: the parts that have advisories do not (README, Privacy)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import __main__ as command
from tests.advisories import KNOWN, audit

_RUN = """
import ssl, sys, threading, time
from pathlib import Path
import httpx
from PySide6.QtCore import QTimer
from app.gui.app import make_application
from app.gui.capture_control import State
from app.gui.main_window import MainWindow
from app.gui.workdesk import WorkDesk
from app.settings import Settings

folder = Path(sys.argv[1])
application = make_application("light")
desk = WorkDesk(Settings(forward_port=0, forwarding_port=0), keep=False)
window = MainWindow(desk, None)

def drive():
    while window.capture.state is not State.CAPTURING:
        time.sleep(0.05)
    listening = desk._opened().listening
    trust = ssl.create_default_context(cafile=str(listening.bundle_file))
    proxy = f"http://127.0.0.1:{listening.forward_port}"
    with httpx.Client(proxy=proxy, verify=trust, trust_env=False) as client:
        assert client.get("https://www.facebook.com/tr/?id=1111111111111111&ev=PageView").status_code == 200
    while not window.area.model.total:
        time.sleep(0.05)
    for name in ("out.html", "out.json"):
        desk.export(folder / name).result(60)
    window.inbox.put(window.close)

window.show()
threading.Thread(target=drive, daemon=True).start()
sys.exit(application.exec())
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Every module that window and proxy child load while they capture, decrypt, show and export."""
    folder = tmp_path_factory.mktemp("run")
    homes = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **homes, "QT_QPA_PLATFORM": "offscreen", "PYTHONPROFILEIMPORTTIME": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(folder)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert (folder / "out.json").exists()
    return frozenset(re.findall(r"^import time:.*\|\s+([\w.]+)$", done.stderr, re.MULTILINE))


def test_tornado_is_loaded_by_neither_window_nor_proxy(loaded: frozenset[str]) -> None:
    assert {"PySide6.QtWidgets", "mitmproxy.proxy.server", "app.capture.engine", "OpenSSL.SSL"} <= loaded
    assert {name for name in loaded if name.split(".")[0] == "tornado"} == set()


_PKCS7 = r"pkcs7_decrypt|PKCS7Envelope|load_\w+_pkcs7|import pkcs7|\bpkcs7\."


@pytest.mark.parametrize(("part", "mark"), [("PKCS#7", _PKCS7), ("certificate verification", "PolicyBuilder")])
def test_no_module_that_runs_uses_the_part_of_cryptography_with_an_advisory(
    loaded: frozenset[str], part: str, mark: str
) -> None:
    sources = {name: source for name in loaded if (source := _source(name)) is not None}
    assert len(sources) > 500
    users = {name for name, source in sources.items() if re.search(mark, source.read_text("utf-8", "replace"))}
    assert {name for name in users if name.split(".")[0] != "cryptography"} == set(), part


def _source(name: str) -> Path | None:
    """Where a module's text is, found without loading it."""
    inner = Path(*name.split("."))
    places = (Path(base) / each for base in sys.path for each in (inner.with_suffix(".py"), inner / "__init__.py"))
    return next((place for place in places if place.is_file()), None)


@contextmanager
def database(advisories: dict[str, str]) -> Iterator[str]:
    """A stand-in for osv.dev that knows these advisories, each of a package; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["queries"]
            self._say({"results": [{"vulns": self._of(each["package"]["name"])} for each in asked]})

        def do_GET(self) -> None:
            one = self.path.rpartition("/")[2]
            self._say({"id": one, "modified": "2026-11-01T00:00:00Z", "summary": f"About {one}", "affected": []})

        def _of(self, package: str) -> list[dict[str, str]]:
            found = [one for one, of in advisories.items() if of == package]
            return [{"id": one, "modified": "2026-11-01T00:00:00Z"} for one in found]

        def _say(self, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_new_advisory_is_named() -> None:
    with database({"GHSA-aaaa-bbbb-cccc": "httpx"}) as url:
        status, words = audit(url)
    assert status == 1
    assert "GHSA-aaaa-bbbb-cccc: About GHSA-aaaa-bbbb-cccc" in words
    assert "httpx" in words


def test_the_advisories_that_are_explained_are_no_news() -> None:
    with database(dict.fromkeys(KNOWN, "tornado")) as url:
        status, words = audit(url)
    assert (status, words.split(" ")[0]) == (0, "No")


def test_a_database_that_can_not_be_asked_is_said() -> None:
    status, words = audit("http://127.0.0.1:9")
    assert status == 2
    assert words.startswith("The advisories were not checked, for http://127.0.0.1:9 could not be asked")


def test_the_test_command_asks_and_is_never_red_for_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert command.run((("advisories", ["python", "-c", "raise SystemExit(1)"]),)) == 0
    assert command.run((("lint", ["python", "-c", "raise SystemExit(1)"]),)) == 1
    assert ("advisories", ["python", "-m", "tests.advisories"]) in command.STEPS


def test_the_readme_names_every_advisory_that_is_explained() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    assert [one for one in KNOWN if one not in readme] == []
