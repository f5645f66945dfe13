"""The session file: what goes in comes out, one writer at a time; neither a kill nor a full disk costs the record."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.locking import FileLock
from app.model import Exchange, Provenance, Request, Response
from app.session.file import APPLICATION_ID, Input, Note, Session, SessionError, Skipped

FULL = Exchange(
    provenance=Provenance.FORWARDED,
    request=Request(
        "POST",
        "https://graph.facebook.com/v26.0/1/events",
        (("Content-Type", "a"), ("X", "1"), ("X", "2")),
        b"\x00\xff",
    ),
    response=Response(200, (("Date", "Sun"),), b"{}", truncated=True),
    started_ms=1_795_317_862_330,
    finished_ms=1_795_317_862_430,
    source="127.0.0.1:8081",
    send="s1",
)
BARE = Exchange(Provenance.CAPTURED, Request("GET", "https://www.facebook.com/tr/?id=1", truncated=True), error="reset")


def numbered(exchange: Exchange, number: int) -> Exchange:
    return Exchange(
        exchange.provenance,
        exchange.request,
        exchange.response,
        exchange.error,
        exchange.started_ms,
        exchange.finished_ms,
        exchange.source,
        exchange.send,
        number,
    )


def test_a_reopened_session_holds_what_was_appended(tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        assert session.append([FULL, BARE]) == (numbered(FULL, 1), numbered(BARE, 2))
        session.append([numbered(FULL, 7)])
    with Session.open(path) as session:
        assert list(session.exchanges()) == [numbered(FULL, 1), numbered(BARE, 2), numbered(FULL, 7)]
        assert (len(session), session.last, session.recovered) == (3, 7, None)
        assert session.exchange(2) == numbered(BARE, 2)
        assert session.exchange(3) is None
        assert session.append([BARE])[0].number == 8


@given(
    url=st.text(),
    header=st.text(),
    body=st.binary(max_size=64),
    error=st.none() | st.text(max_size=20),
    started=st.none() | st.integers(-(2**62), 2**62),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_and_bytes_survive(
    tmp_path_factory: pytest.TempPathFactory, url: str, header: str, body: bytes, error: str | None, started: int | None
) -> None:
    exchange = Exchange(
        Provenance.IMPORTED, Request("GET", url, (("h", header),), body), error=error, started_ms=started, number=1
    )
    with Session.open(tmp_path_factory.mktemp("any") / "a.pixelpair") as session:
        session.append([exchange])
        assert session.exchange(1) == exchange


def test_half_a_surrogate_pair_is_kept_as_an_escape(tmp_path: Path) -> None:
    with Session.open(tmp_path / "a.pixelpair") as session:
        session.append([Exchange(Provenance.IMPORTED, Request("GET", "https://a/?é\ud800"))])
        assert [item.request.url for item in session.exchanges()] == ["https://a/?é\\ud800"]


def test_an_append_is_all_or_nothing(tmp_path: Path) -> None:
    with Session.open(tmp_path / "a.pixelpair") as session:
        session.append([numbered(FULL, 1)])
        with pytest.raises(SessionError):
            session.append([numbered(BARE, 2), numbered(BARE, 1)])
        assert [item.number for item in session.exchanges()] == [1]


def test_facts_notes_and_inputs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    note = Note("g1", "look at this", ("urgent", "client"), pinned=True, changed_ms=5)
    item = Input("browser.har", "ab12", 87, (Skipped(3, "it has no URL"),))
    with Session.open(path) as session:
        session.set_fact("mode", {"live": False})
        session.set_note(Note("g1", "old"))
        session.set_note(note)
        session.add_input(item)
    with Session.open(path) as session:
        assert session.fact("mode") == {"live": False}
        assert session.fact("colour", "none") == "none"
        assert session.fact("created_ms") > 1_700_000_000_000
        assert session.notes() == (note,)
        assert session.inputs() == (item,)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    with Session.open(tmp_path / "a.pixelpair") as session:
        session.append([FULL])
        modes = {item.name: stat.S_IMODE(item.stat().st_mode) for item in tmp_path.iterdir()}
    assert modes == {
        "a.pixelpair": 0o600,
        "a.pixelpair-wal": 0o600,
        "a.pixelpair-shm": 0o600,
        "a.pixelpair.lock": 0o600,
    }
    assert [item.name for item in tmp_path.iterdir()] == ["a.pixelpair"]


def test_it_is_written_ahead_and_marked_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    Session.open(path).close()
    connection = sqlite3.connect(path)
    assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert connection.execute("pragma application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_a_second_writer_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    with Session.open(path) as session:
        session.append([FULL])
        with pytest.raises(SessionError, match=r"^shop\.pixelpair is open in another Pixelpair\. Close it there first"):
            Session.open(path)
        reader = Session.read(path)
        assert list(reader.exchanges()) == [numbered(FULL, 1)]
        reader.close()
        session.append([BARE])
    Session.open(path).close()


def test_a_lock_left_by_a_dead_process_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    lock = FileLock(path)
    lock.release()
    (tmp_path / "a.pixelpair.lock").touch()
    with Session.open(path) as session:
        assert session.recovered is None


def test_reading_changes_nothing_and_writing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    with Session.open(path) as session:
        session.append([FULL])
    before = path.read_bytes()
    with Session.read(path) as session, pytest.raises(SessionError, match="can not be written"):
        session.append([BARE])
    assert path.read_bytes() == before


def other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("create table exchanges (number integer)")
    connection.commit()
    connection.close()


def text_file(path: Path) -> None:
    path.write_text("hello")


def damaged_session(path: Path) -> None:
    Session.open(path).close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 8192)


def newer_session(path: Path) -> None:
    Session.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute(
        "insert into _sqlite_migrations (migration_set, name, applied_at) values ('pixelpair', 'm999', '')"
    )
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (
            lambda path: path.write_text("hello"),
            "is not a Pixelpair session (it is no SQLite file). It was left as it is",
        ),
        (damaged_session, "is damaged"),
        (other_database, "is not a Pixelpair session (it is another program's database). It was left as it is."),
        (newer_session, "was written by a newer Pixelpair. Open it with that version."),
    ],
)
@pytest.mark.parametrize("way", [Session.open, Session.read])
def test_what_is_no_session_is_refused_by_name_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], reason: str, way: Callable[[Path], Session]
) -> None:
    path = tmp_path / "thing.pixelpair"
    make(path)
    before = path.read_bytes()
    with pytest.raises(SessionError) as caught:
        way(path)
    assert str(caught.value).startswith(f"thing.pixelpair {reason}")
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["thing.pixelpair"]


def test_a_row_that_makes_no_sense_is_named_and_the_rest_is_shown(tmp_path: Path) -> None:
    with Session.open(tmp_path / "a.pixelpair") as session:
        session.append([FULL, FULL])
        session._db.execute("update exchanges set provenance = 'dreamt' where number = 2")
        assert session.exchange(1) == numbered(FULL, 1)
        with pytest.raises(SessionError, match=r"^a\.pixelpair is damaged \(exchange 2 can not be read: 'dreamt'"):
            session.exchange(2)
        assert list(session.exchanges()) == [numbered(FULL, 1)]
        assert session.integrity.text.startswith("Exchange 2 in a.pixelpair is not as it was recorded")


def test_folders_and_missing_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match=f"^{tmp_path.name} is a folder, not a session file"):
        Session.open(tmp_path)
    with pytest.raises(SessionError, match=r"^a\.pixelpair can not be opened \(No such file or directory\)"):
        Session.open(tmp_path / "none" / "a.pixelpair")
    with pytest.raises(SessionError, match=r"^a\.pixelpair does not exist or is empty"):
        Session.read(tmp_path / "a.pixelpair")
    (tmp_path / "notes.txt").touch()
    with pytest.raises(SessionError, match=r"^notes\.txt is not a Pixelpair session"):
        Session.open(tmp_path / "notes.txt")


WRITER = """
import sys
from pathlib import Path
from app.model import Exchange, Provenance, Request
from app.session.file import Session

session = Session.open(Path(sys.argv[1]))
number = 0
while True:
    requests = [Request("GET", f"https://a/{number + i}", body=b"x" * 3000) for i in range(20)]
    session.append(Exchange(Provenance.CAPTURED, request) for request in requests)
    number += 20
    print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_it_had_appended(tmp_path: Path) -> None:
    path = tmp_path / "shop.pixelpair"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    for line in writer.stdout:
        if int(line) >= 400:
            break
    writer.kill()
    appended = int(line)
    for line in writer.stdout:
        appended = int(line)
    writer.wait()
    writer.stdout.close()
    assert writer.returncode == (-signal.SIGKILL if os.name == "posix" else 1)

    with Session.open(path) as session:
        found = [item.request.url for item in session.exchanges()]
        assert len(found) in (appended, appended + 20)  # the last batch may have been written and not yet been said
        assert found == [f"https://a/{number}" for number in range(len(found))]
        assert session.recovered == (
            f"shop.pixelpair was not closed properly last time. {len(found):,} exchanges recovered."
        )
    connection = sqlite3.connect(path)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    with Session.open(path) as session:
        assert session.recovered is None


def test_what_was_recovered_says_how_far_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    session = Session.open(path)
    session.append([FULL])
    copy = tmp_path / "copy.pixelpair"
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes(path.with_name(path.name + suffix).read_bytes())
    session.close()
    with Session.open(copy) as found:
        assert found.recovered == (
            "copy.pixelpair was not closed properly last time. 1 exchange recovered, the last from "
            "2026-11-22 03:24:22 UTC."
        )


def test_a_full_disk_is_said_and_the_session_stays_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.pixelpair"
    session = Session.open(path)
    session.append([FULL])
    pages = session._db.execute("pragma page_count").fetchone()[0]
    session._db.execute(f"pragma max_page_count={pages + 2}")
    large = Exchange(Provenance.CAPTURED, Request("POST", "https://a/", body=bytes(100_000)))
    with pytest.raises(SessionError) as caught:
        session.append([BARE, large])
    assert str(caught.value) == (
        "a.pixelpair can not be written: the disk is full. What was saved so far is safe; make room to go on."
    )
    assert list(session.exchanges()) == [numbered(FULL, 1)]
    session._db.execute("pragma max_page_count=1000000")
    assert [item.number for item in session.append([BARE, large])] == [2, 3]
    session.close()
    with Session.open(path) as session:
        assert session.recovered is None


def test_a_copy_holds_what_the_session_holds_and_opens_by_itself(tmp_path: Path) -> None:
    with Session.open(tmp_path / "first.pixelpair") as session:
        kept = session.append([FULL, BARE])
        session.copy_to(tmp_path / "copy.pixelpair")
        session.append([FULL])
    with Session.open(tmp_path / "copy.pixelpair") as copy:
        assert tuple(copy.exchanges()) == tuple(kept)
    assert sorted(path.name for path in tmp_path.glob("copy*")) == ["copy.pixelpair"]


def test_a_copy_that_can_not_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "copy.pixelpair").mkdir()
    with Session.open(tmp_path / "first.pixelpair") as session, pytest.raises(SessionError, match="copy"):
        session.copy_to(tmp_path / "copy.pixelpair")
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.pixelpair"]
