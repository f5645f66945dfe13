"""Whatever is done to the open file, it is said at once, and everything recorded is in a sound file in the end."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.locking import is_locked
from app.model import Exchange, Provenance, Request, Response
from app.session.chain import Soundness
from app.session.file import Note, Session, SessionError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows holds an open file")


def exchange(number: int) -> Exchange:
    return Exchange(
        Provenance.CAPTURED, Request("GET", f"https://a/{number}", body=b"x" * 900), Response(200), started_ms=number
    )


class Recording:
    """A session with rows in it, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "shop.pixelpair"
        self.said: list[str] = []
        self.moved: list[Path] = []
        self.session = Session.open(self.path)
        self.session.on_notice = self.said.append
        self.session.on_moved = self.moved.append
        self.number = 0
        self.record(20)
        self.session.set_note(Note("g1", "look"))

    def record(self, count: int = 1) -> None:
        for _ in range(count):
            self.number += 1
            self.session.append([exchange(self.number)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "evidence"
    path.mkdir()
    return path


@pytest.fixture
def recording(folder: Path) -> Iterator[Recording]:
    found = Recording(folder)
    yield found
    found.session.close()


def held(path: Path) -> list[int | None]:
    """What a file holds, by its own account whole and closed well."""
    session = Session.read(path)
    try:
        found = [item.started_ms for item in session.exchanges()]
        assert session.integrity.state is Soundness.WHOLE, session.integrity
        assert session.notes() == (Note("g1", "look"),)
        return found
    finally:
        session.close()


def all_of(recording: Recording) -> list[int]:
    return list(range(1, recording.number + 1))


def renamed(path: Path) -> None:
    path.rename(path.with_name("renamed.pixelpair"))


def moved_away(path: Path) -> None:
    (path.parent / "archive").mkdir()
    path.rename(path.parent / "archive" / path.name)


def deleted(path: Path) -> None:
    path.unlink()


def deleted_with_all_beside(path: Path) -> None:
    for part in path.parent.iterdir():
        part.unlink()


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"something else entirely")
    other.replace(path)


def log_deleted(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


GONE = "shop.pixelpair was renamed, moved or deleted while it was open. "
ON = "Recording goes on in shop (2).pixelpair which holds everything recorded so far. Use that file from now on."
WHOLE = " What was renamed or moved holds everything until now."


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (renamed, GONE + ON + WHOLE),
        (moved_away, GONE + ON + WHOLE),
        (deleted, GONE + ON),
        (deleted_with_all_beside, GONE + ON),
        (replaced, "shop.pixelpair was replaced by another file while it was open. " + ON),
        (log_deleted, "shop.pixelpair lost a file that belongs to it (-wal or -shm) while it was open. " + ON),
    ],
)
def test_recording_goes_on_in_a_sound_copy_and_it_is_said_at_once(
    recording: Recording, act: Callable[[Path], None], sentence: str
) -> None:
    act(recording.path)
    recording.record()
    copy = recording.path.with_name("shop (2).pixelpair")
    assert recording.said == [sentence]
    assert (recording.moved, recording.session.path, is_locked(copy)) == ([copy], copy, True)
    recording.record(20)
    assert recording.said == [sentence]
    recording.session.close()
    assert held(copy) == all_of(recording)
    assert oct(copy.stat().st_mode & 0o777) == "0o600"
    with Session.open(copy) as again:
        assert again.recovered is None
        assert again.fact("continues")["name"] == "shop.pixelpair"


def test_the_renamed_file_holds_all_that_was_recorded_until_then_and_opens_without_complaint(
    recording: Recording,
) -> None:
    renamed(recording.path)
    recording.record()
    file = recording.path.with_name("renamed.pixelpair")
    assert held(file) == list(range(1, 21))
    with Session.open(file) as opened:
        assert opened.recovered is None
    recording.session.close()
    assert sorted(path.name for path in recording.path.parent.iterdir()) == ["renamed.pixelpair", "shop (2).pixelpair"]


def test_what_came_between_the_rename_and_its_notice_is_nowhere_lost(recording: Recording) -> None:
    renamed(recording.path)
    recording.session._watch, watch = None, recording.session._watch  # as if it happened in the midst of a batch
    recording.record(5)
    recording.session._watch = watch
    recording.record()
    recording.session.close()
    assert held(recording.session.path) == all_of(recording)
    assert held(recording.path.with_name("renamed.pixelpair")) == list(range(1, 26))


def test_a_file_renamed_at_the_end_is_closed_whole_and_leaves_nothing_behind(recording: Recording) -> None:
    renamed(recording.path)
    recording.session.close()
    assert held(recording.path.with_name("renamed.pixelpair")) == all_of(recording)
    assert [path.name for path in recording.path.parent.iterdir()] == ["renamed.pixelpair"]


def test_a_file_deleted_at_the_end_is_written_anew(recording: Recording) -> None:
    deleted(recording.path)
    recording.session.close()
    assert held(recording.path.with_name("shop (2).pixelpair")) == all_of(recording)
    assert recording.said == [GONE + ON]


def test_without_its_folder_it_goes_on_where_sessions_are_kept(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shutil.rmtree(recording.path.parent)
    recording.record()
    place = tmp_path / "data" / "pixelpair" / "sessions" / "shop.pixelpair"
    assert recording.session.path == place
    assert recording.said[0].startswith(
        f"{GONE}Recording goes on in {place}, because its folder can not be used, which"
    )
    recording.session.close()
    assert held(place) == all_of(recording)


def test_where_no_copy_can_be_made_it_is_said_and_tried_again(
    recording: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").write_text("no folder")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    shutil.rmtree(recording.path.parent)
    with pytest.raises(SessionError, match=r"No copy of it could be made \(.*\)\. What comes now is kept in memory"):
        recording.session.append([exchange(21)])
    recording.path.parent.mkdir()
    recording.record()
    recording.session.close()
    assert held(recording.session.path) == all_of(recording)


def test_a_renamed_file_that_another_program_has_open_is_left_alone(recording: Recording) -> None:
    if not sys.platform.startswith("linux"):
        pytest.skip("whether another process has it open is known on Linux only")
    import subprocess

    file = recording.path.with_name("renamed.pixelpair")
    renamed(recording.path)
    code = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select count(*) from facts').fetchall();"
        "print(flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    other.stdout.readline()
    before = file.read_bytes()
    recording.record()
    assert file.read_bytes() == before
    other.communicate("")
    recording.session.close()
    assert held(recording.session.path) == all_of(recording)


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(b"\xff" * 8192)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def overwritten_by_another(path: Path) -> None:
    other = path.with_name("other.pixelpair")
    with Session.open(other) as session:
        session.append([exchange(1)])
    shutil.copyfile(other, path)  # into the same file


@pytest.mark.parametrize("act", [overwritten, truncated, emptied, overwritten_by_another])
def test_damage_is_said_while_recording_and_what_comes_then_is_kept_in_a_sound_file(
    recording: Recording, act: Callable[[Path], None]
) -> None:
    recording.session._db.execute("pragma wal_checkpoint(truncate)")
    recording.session._watch.note()  # type: ignore[union-attr]  # a file is open
    recording.record(3)
    act(recording.path)
    recording.record(10)
    assert len(recording.said) == 1
    assert recording.said[0].startswith(
        "shop.pixelpair was damaged by another program while it was open. Recording goes"
    )
    copy = recording.session.path
    assert copy != recording.path
    recording.session.close()
    session = Session.read(copy)
    found = [item.started_ms for item in session.exchanges()]
    session.close()
    assert set(found) >= set(range(24, 34))
    connection = sqlite3.connect(copy)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()


def test_damage_at_the_very_end_is_found_on_closing(recording: Recording) -> None:
    recording.session._db.execute("pragma wal_checkpoint(truncate)")
    recording.session._watch.note()  # type: ignore[union-attr]  # a file is open
    overwritten(recording.path)
    recording.session.close()
    assert len(recording.said) == 1


def test_a_file_that_was_only_touched_stays_in_use(recording: Recording) -> None:
    os.utime(recording.path)
    connection = sqlite3.connect(recording.path)
    connection.execute("pragma wal_checkpoint")
    connection.close()
    recording.record()
    recording.session.close()
    assert recording.said == []
    assert held(recording.path) == all_of(recording)
