"""The journal: what is in it is taken in exactly once, whatever was cut off in the middle, and then it is gone."""

from __future__ import annotations

import random
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.model import Exchange, Provenance, Request, Response
from app.session import journal
from app.session.file import Session
from app.session.journal import JournalReader, JournalWriter, new_run


def exchange(number: int, body: bytes = b"") -> Exchange:
    request = Request("POST", f"https://graph.facebook.com/v26.0/{number}/events", (("A", "b"),), body)
    return Exchange(Provenance.FORWARDED, request, Response(200, (), b"{}"), started_ms=number, finished_ms=number)


def written(session: Path, numbers: range, body: bytes = b"") -> Path:
    run = new_run(session)
    writer = JournalWriter(run)
    for number in numbers:
        writer.append(number, exchange(number, body))
    writer.close()
    return run


def numbers(session: Session) -> list[int | None]:
    return [item.started_ms for item in session.exchanges()]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    path = tmp_path / "shop.pixelpair"
    Session.open(path).close()
    return path


def test_what_a_killed_process_left_is_taken_in_once_and_the_journal_is_gone(session: Path) -> None:
    written(session, range(1, 6))
    written(session, range(6, 9))
    with Session.open(session) as found:
        assert sorted(number or 0 for number in numbers(found)) == list(range(1, 9))
        assert str(found.recovered).endswith("8 exchanges recovered, the last from 1970-01-01 00:00:00 UTC. "
                                             "8 of them came from the journal.")  # fmt: skip
    assert [path.name for path in session.parent.iterdir()] == [session.name]
    with Session.open(session) as found:
        assert (len(found), found.recovered) == (8, None)


def test_a_reader_shows_what_is_in_the_journal_and_changes_nothing(session: Path) -> None:
    written(session, range(1, 4))
    before = {path.name: path.read_bytes() for path in session.parent.iterdir()}
    found = Session.read(session)
    assert numbers(found) == [1, 2, 3]
    assert (len(found), found.last, found.exchange(2)) == (3, 3, next(x for x in found.exchanges() if x.number == 2))
    assert "3 of them came from the journal" in str(found.recovered)
    found.close()
    assert {path.name: path.read_bytes() for path in session.parent.iterdir()} == before


def test_a_kill_between_saving_and_clearing_away_saves_nothing_twice(session: Path) -> None:
    run = written(session, range(1, 6))
    writer = JournalWriter(run)
    live = Session.open(session.with_name("other.pixelpair"))
    reader = JournalReader(run)
    live.append(reader.read(), {run: reader.taken})
    reader.close()
    live.close()
    writer.append(6, exchange(6))
    writer.close()
    with Session.open(session.with_name("other.pixelpair")) as found:  # it remembers the run, wherever that lies
        assert numbers(found) == [1, 2, 3, 4, 5, 6]


def test_the_torn_end_of_a_journal_costs_the_torn_record_alone(session: Path) -> None:
    whole = journal._segment(written(session, range(1, 4)), 1)
    bytes_of = whole.read_bytes()
    third = bytes_of.rindex(b"\xf1PXJ")
    for cut in (third, third + 1, third + 9, len(bytes_of) - 1):
        whole.write_bytes(bytes_of[:cut])
        reader = Session.read(session)
        assert numbers(reader) == [1, 2]
        reader.close()
    whole.write_bytes(b"PXPJ")
    with Session.open(session) as found:
        assert numbers(found) == []


def test_a_damaged_record_is_left_out_and_those_after_it_are_read(session: Path) -> None:
    run = written(session, range(1, 30))
    segment = journal._segment(run, 1)
    good = segment.read_bytes()
    choose = random.Random(5)
    for _ in range(100):
        data = bytearray(good)
        at = choose.randrange(len(journal._HEAD) + 16, len(data))
        data[at] ^= 1 << choose.randrange(8)
        segment.write_bytes(data)
        reader = Session.read(session)
        assert len(reader) in (28, 27)  # a damaged length may hide the mark of the next, no more
        assert set(numbers(reader)) < set(range(1, 30))
        reader.close()


def test_traffic_that_looks_like_a_record_is_none(session: Path) -> None:
    other = session.with_name("other.pixelpair")
    forged = journal._segment(written(other, range(9, 10)), 1).read_bytes()[22:]
    run = written(session, range(1, 3), forged)
    segment = journal._segment(run, 1)
    segment.write_bytes(segment.read_bytes()[:-1])  # the last record is torn, and what it quotes stands open
    with Session.open(session) as found:
        assert numbers(found) == [1]


def test_a_long_run_goes_by_segments_and_those_saved_are_removed(session: Path) -> None:
    run = new_run(session)
    writer, reader = JournalWriter(run), JournalReader(run)
    for number in range(1, 60):
        writer.append(number, exchange(number, bytes(100_000)))
    assert len(journal.segments(run)) > 5
    read = [item.started_ms for _ in range(10) for item in reader.read()]
    reader.forget()
    assert read == list(range(1, 60))
    assert sorted(path.suffix for path in journal.segments(run)) == [".6", ".lock"]
    writer.append(60, exchange(60))
    assert [item.started_ms for item in reader.read()] == [60]
    writer.close()
    reader.discard()
    assert journal.segments(run) == []


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes")
def test_only_its_owner_may_read_it(session: Path) -> None:
    run = written(session, range(1, 2))
    assert {stat.S_IMODE(path.stat().st_mode) for path in journal.segments(run)} == {0o600}


def test_half_a_surrogate_pair_is_kept_as_an_escape(session: Path) -> None:
    run = new_run(session)
    writer = JournalWriter(run)
    writer.append(
        1, Exchange(Provenance.CAPTURED, Request("GE\udc80T", "https://a/\ud800", (("h", "\udc81"),), b"\xff"))
    )
    writer.close()
    (found,) = JournalReader(run).read()
    assert found.request == Request("GE\\udc80T", "https://a/\\ud800", (("h", "\\udc81"),), b"\xff")


FULL = """
import resource, signal, sys
from pathlib import Path
from app.session.journal import JournalWriter
from tests.session.test_journal import exchange

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
writer = JournalWriter(Path(sys.argv[1]))
for number, size in ((1, 10), (2, 200_000), (3, 10)):
    try:
        writer.append(number, exchange(number, bytes(size)))
    except OSError:
        print("refused", number)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="a limit stands for the full disk")
def test_a_full_disk_refuses_one_exchange_and_spoils_no_other(session: Path) -> None:
    run = new_run(session)
    told = subprocess.run([sys.executable, "-c", FULL, str(run)], capture_output=True, text=True, check=True)
    assert told.stdout == "refused 2\n"
    with Session.open(session) as found:
        assert numbers(found) == [1, 3]


def test_what_a_living_process_still_writes_is_left_to_the_next_start(
    session: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "WRITER_S", 0.05)
    run = new_run(session)
    writer = JournalWriter(run)
    writer.append(1, exchange(1))
    with Session.open(session) as found:
        assert numbers(found) == [1]
    writer.append(2, exchange(2))
    writer.close()
    with Session.open(session) as found:
        assert numbers(found) == [1, 2]
    assert [path.name for path in session.parent.iterdir()] == [session.name]
