"""The session file answers for what it holds: whatever is changed in it is noticed, refused, or changes nothing."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.model import Exchange, Provenance, Request, Response
from app.session.chain import Soundness
from app.session.file import Input, Note, Session, SessionError, Skipped

DAMAGES = 400


def exchange(number: int) -> Exchange:
    request = Request(
        "POST", f"https://a/{number}?é", (("Content-Type", "text/plain"),), f"body {number}".encode() * 40
    )
    return Exchange(Provenance.FORWARDED, request, Response(200, (("A", "b"),), b"{}"), started_ms=number, send="s")


def filled(path: Path, count: int = 30) -> Path:
    with Session.open(path) as session:
        for number in range(1, count + 1):
            session.append([exchange(number)])
        session.set_fact("observed", ["browser"])
        session.set_note(Note("g1", "look at this", ("urgent",), pinned=True, changed_ms=5))
        session.add_input(Input("browser.har", "ab12", 87, (Skipped(3, "it has no URL"),)))
    return path


def everything(session: Session) -> tuple[Any, ...]:
    facts = ("observed", "created_ms", "clean", "sealed_late", "continues")
    return (tuple(session.exchanges()), session.notes(), session.inputs(), [session.fact(name) for name in facts])


def test_a_whole_file_is_said_to_be_so(tmp_path: Path) -> None:
    session = Session.read(filled(tmp_path / "a.pixelpair"))
    assert len(everything(session)[0]) == 30
    assert (session.integrity.state, session.remarks) == (Soundness.WHOLE, ())
    session.close()


def test_any_damage_is_noticed_or_refused_or_harmless(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.pixelpair")
    good = path.read_bytes()
    session = Session.read(path)
    before = everything(session)
    session.close()
    choose, fates = random.Random(20), {"noticed": 0, "refused": 0, "harmless": 0}
    for number in range(DAMAGES):
        path.write_bytes(damaged(good, choose, number))
        fate = "refused"
        try:
            session = Session.read(path)
        except SessionError:
            pass
        else:
            try:
                fate = "harmless" if everything(session) == before else "silent"
                if session.integrity.state is Soundness.DAMAGED:
                    assert session.integrity.text
                    fate = "noticed"
            except SessionError:
                fate = "refused"
            finally:
                session.close()
        assert fate in fates, number
        fates[fate] += 1
    assert min(fates.values()) > 10, fates


def damaged(good: bytes, choose: random.Random, number: int) -> bytes:
    data = bytearray(good)
    at = choose.randrange(len(data))
    match number % 4:
        case 0:
            data[at] ^= 1 << choose.randrange(8)
        case 1:
            data[at : at + 4] = choose.randbytes(4)
        case 2:
            data[at : at + 64] = bytes(min(64, len(data) - at))
        case _:
            other = choose.randrange(len(data) // 64) * 64
            data[at : at + 64] = data[other : other + 64][: len(data) - at]
    return bytes(data[: len(good)])


def change(sql: str) -> Callable[[Path], None]:
    def act(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute(sql)
        connection.commit()
        connection.close()

    return act


SECOND = """insert into exchanges select 31, provenance, method, url, request_headers, request_body, request_truncated,
status, response_headers, response_body, response_truncated, error, started_ms, finished_ms, source, send, digest
from exchanges where number = 30"""
NOT_AS = "Exchange {} in a.pixelpair is not as it was recorded"
NOT_ALL = "a.pixelpair does not hold what was recorded: {} of 30 exchanges are there"


@pytest.mark.parametrize(
    ("sql", "text", "number", "shown"),
    [
        ("update exchanges set url = 'https://evil/' where number = 7", NOT_AS.format(7), 7, 30),
        ("update exchanges set status = 201 where number = 1", NOT_AS.format(1), 1, 30),
        ("update exchanges set request_body = 'text' where number = 3", NOT_AS.format(3), 3, 29),
        ("update exchanges set digest = null where number = 3", NOT_AS.format(3), 3, 30),
        ("delete from exchanges where number = 12", NOT_AS.format(13), 13, 29),
        ("update exchanges set number = 99 where number = 12", NOT_AS.format(13), 13, 30),
        (SECOND, NOT_AS.format(31), 31, 31),
        ("delete from exchanges where number > 25", NOT_ALL.format(25), None, 25),
        ("delete from exchanges", NOT_ALL.format(0), None, 0),
        ("update facts set value = '[]' where name = 'observed'", "What a.pixelpair says in its facts is", None, 30),
        ("delete from facts where name = 'observed'", "Not all facts that were written to a.pixelpair", None, 30),
        ("update notes set note = 'else'", "What a.pixelpair says in its notes is not as it was", None, 30),
        ("delete from inputs", "Not all inputs that were written to a.pixelpair are there", None, 30),
        ("delete from facts where name = 'seal'", "a.pixelpair does not say any more what it held", None, 30),
    ],
)
def test_the_first_exchange_that_does_not_fit_is_named_and_the_rest_is_shown(
    tmp_path: Path, sql: str, text: str, number: int | None, shown: int
) -> None:
    path = filled(tmp_path / "a.pixelpair")
    change(sql)(path)
    session = Session.read(path)
    assert len(list(session.exchanges())) == shown
    assert session.integrity.text.startswith(text)
    assert (session.integrity.state, session.integrity.exchange) == (Soundness.DAMAGED, number)
    session.close()


def test_the_chain_goes_on_over_reopening_and_a_writer_notices_too(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.pixelpair")
    filled(path, 3)
    with Session.open(path) as session:
        assert len(list(session.exchanges())) == 33
        assert session.integrity.state is Soundness.WHOLE
        session.append([exchange(34)])
        assert (len(list(session.exchanges())), session.integrity.state) == (34, Soundness.WHOLE)
    change("update exchanges set method = 'GET' where number = 5")(path)
    with Session.open(path) as session:
        session.append([exchange(35)])
        list(session.exchanges())
        assert session.integrity.exchange == 5


def old_session(path: Path, count: int, *, first: bool = True) -> None:
    """A session as the first layout had it, or the second."""
    connection = sqlite3.connect(filled(path, count))
    for name in ("exchanges", "facts", "notes", "inputs"):
        connection.execute(f"alter table {name} drop column digest")
    connection.execute("delete from _sqlite_migrations where name = 'm003_digests'")
    if first:
        connection.execute("alter table inputs drop column ignored")
        connection.execute("delete from _sqlite_migrations where name = 'm002_ignored_requests'")
    connection.execute("delete from facts where name = 'seal'")
    connection.commit()
    connection.close()


@pytest.mark.parametrize("first", [True, False])
def test_an_older_file_is_read_as_it_is_and_gets_its_digests_when_it_is_written(tmp_path: Path, *, first: bool) -> None:
    path = tmp_path / "a.pixelpair"
    old_session(path, 12, first=first)
    session = Session.read(path)
    assert (len(list(session.exchanges())), session.integrity.state, session.remarks) == (12, Soundness.UNSEALED, ())
    session.close()
    with Session.open(path) as session:
        assert session.fact("sealed_late")["exchanges"] == 12
        (remark,) = session.remarks
        assert remark.startswith("The digests of the first 12 exchanges in a.pixelpair were made on 20")
        session.append([exchange(13)])
    session = Session.read(path)
    assert (len(list(session.exchanges())), session.integrity.state) == (13, Soundness.WHOLE)
    assert session.notes()[0].note == "look at this"
    session.close()


HANGING = """
alter table exchanges rename to hidden;
create view exchanges as with recursive endless(number) as (select 1 union all select number + 1 from endless)
select number, '' provenance, '' method, '' url, '' request_headers, x'' request_body, 0 request_truncated, 1 status,
'' response_headers, x'' response_body, 0 response_truncated, '' error, 0 started_ms, 0 finished_ms, '' source,
'' send, x'' digest from endless;
"""
VIRTUAL = """
drop table notes;
create virtual table notes using fts5(key, note, tags, pinned, changed_ms);
"""
COMPUTED = """
alter table inputs add column more int generated always as (length(zeroblob(1000000000))) virtual;
"""


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (HANGING, "in it exchanges is a view. It was left as it is"),
        (VIRTUAL, "in it notes is a virtual table. It was left as it is"),
        ("drop table facts", "in it facts is missing. It was left as it is"),
        (COMPUTED, "inputs in it has other columns"),
        ("alter table exchanges rename column url to uri", "exchanges in it has other columns"),
    ],
)
@pytest.mark.parametrize("way", [Session.open, Session.read])
def test_a_file_that_is_laid_out_otherwise_is_refused_and_left_alone(
    tmp_path: Path, script: str, reason: str, way: Callable[[Path], Session]
) -> None:
    path = filled(tmp_path / "a.pixelpair")
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    before = path.read_bytes()
    with pytest.raises(SessionError, match=reason):
        way(path)
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["a.pixelpair"]


def test_no_trigger_in_a_file_runs(tmp_path: Path) -> None:
    path = filled(tmp_path / "a.pixelpair")
    change("create trigger bait after update on facts begin delete from exchanges; end")(path)
    change("create trigger more after insert on exchanges begin delete from notes; end")(path)
    with Session.open(path) as session:
        session.append([exchange(31)])
        session.set_fact("observed", [])
    session = Session.read(path)
    assert (len(list(session.exchanges())), len(session.notes())) == (31, 1)
    session.close()


def test_a_copy_answers_for_itself_and_opens_without_complaint(tmp_path: Path) -> None:
    with Session.open(filled(tmp_path / "a.pixelpair")) as session:
        session.copy_to(tmp_path / "copy.pixelpair")
        session.append([exchange(31)])
    with Session.open(tmp_path / "copy.pixelpair") as copy:
        assert len(list(copy.exchanges())) == 30
        assert (copy.integrity.state, copy.recovered, copy.fact("journal")) == (Soundness.WHOLE, None, {})
