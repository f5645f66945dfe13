"""Whatever we write is for the user alone, also where there was a file that others could read."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.reports.private import private_file
from app.session.file import Session
from app.settings import Settings
from app.workbench.live import Notices, Workbench
from tests.formats.traffic import har, pixel, put

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(params=["new", "there before"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where something is to be written: nothing there, or a file that all may read."""
    if request.param == "there before":
        for name in ("a.html", "a.json", "a.png"):
            put(tmp_path, name, "old").chmod(0o644)
    return tmp_path


def test_the_commands_evidence(place: Path) -> None:
    traffic = put(place, "t.har", har(pixel("Lead")))
    for command in ("check", "report"):
        CliRunner().invoke(main, [command, str(traffic), "--html", str(place / "a.html")])
        assert mode(place / "a.html") == 0o600
    assert (place / "a.html").read_text("utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize("name", ["a.html", "a.json"])
def test_the_windows_evidence(place: Path, name: str) -> None:
    bench = Workbench(place / "s.pixelpair", Settings(), Notices(lambda _: None, lambda _: None, lambda _: None))
    try:
        bench.import_files([put(place, "t.har", har(pixel("Lead")))])
        bench.write_evidence(place / name)
    finally:
        bench.close()
    assert mode(place / name) == 0o600
    assert mode(place / "s.pixelpair") == 0o600


def test_a_copy_of_a_session(place: Path) -> None:
    umask = os.umask(0)
    try:
        with Session.open(place / "s.pixelpair") as session:
            session.copy_to(place / "copy.pixelpair")
    finally:
        os.umask(umask)
    assert mode(place / "copy.pixelpair") == 0o600


def test_a_picture_of_the_window(place: Path) -> None:
    with Session.open(place / "s.pixelpair"):
        pass
    program = "import app.gui.picture as p, sys; from pathlib import Path; p.LONGEST_S = p.SETTLED_S = 0.1; "
    program += "sys.exit(p.main(Path(sys.argv[1]), Path(sys.argv[2]), 400, 300, 'light'))"
    done = subprocess.run(
        [sys.executable, "-c", program, str(place / "s.pixelpair"), str(place / "a.png")],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (place / "a.png").read_bytes().startswith(b"\x89PNG")
    assert mode(place / "a.png") == 0o600


def test_a_device_keeps_its_mode() -> None:
    before = mode(Path(os.devnull))
    with private_file(Path(os.devnull)) as file:
        file.write("nothing")
    assert mode(Path(os.devnull)) == before


def test_a_link_leads_to_the_file_that_is_kept_private(tmp_path: Path) -> None:
    target = put(tmp_path, "target.html", "old")
    target.chmod(0o644)
    (tmp_path / "link.html").symlink_to(target)
    with private_file(tmp_path / "link.html") as file:
        file.write("new")
    assert (target.read_text("utf-8"), mode(target)) == ("new", 0o600)
    assert (tmp_path / "link.html").is_symlink()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_who_stops_on_the_way_leaves_what_was_there(place: Path, stop: type[BaseException]) -> None:
    before = {path.name: path.read_text("utf-8") for path in place.iterdir()}

    def stopped() -> None:
        with private_file(place / "a.html") as file:
            file.write("half of it")
            file.flush()
            raise stop

    with pytest.raises(stop):
        stopped()
    assert {path.name: path.read_text("utf-8") for path in place.iterdir()} == before


@pytest.mark.parametrize("name", ["a.html", "a.json"])
def test_a_cancelled_export_writes_nothing(place: Path, name: str) -> None:
    before = (place / name).read_text("utf-8") if (place / name).exists() else None
    said: list[tuple[int, int]] = []
    bench = Workbench(place / "s.pixelpair", Settings(), Notices(lambda _: None, lambda _: None, lambda _: None))
    try:
        bench.import_files([put(place, "t.har", har(*(pixel("Lead", f"lead-{n}") for n in range(600))))])
        assert not bench.write_evidence(place / name, tell=lambda *far: said.append(far), cancelled=lambda: bool(said))
        assert ((place / name).read_text("utf-8") if (place / name).exists() else None) == before
        assert not list(place.glob(".*"))
        assert said[0][0] < said[0][1]
        assert bench.write_evidence(place / name)
    finally:
        bench.close()
    assert (place / name).stat().st_size > 600
