"""Whatever a file holds, `pixelpair check` ends with findings or with a sentence, and never with a mistake of ours."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow, tutils

from app.cli import main
from app.formats import read
from app.session.file import Session
from app.workbench.mistakes import log_file
from tests.formats.traffic import call, har, lines, pixel, put, server_event

HOSTILE = Path(__file__).parent.parent / "fixtures" / "hostile"
GRAPH = "https://graph.facebook.com/v26.0/1111111111111111/events"


def as_har() -> bytes:
    return har(pixel("Purchase", "o-1"), pixel("Lead", "o-2", {"cd[value]": "1"}, after_s=1)).encode()


def as_lines() -> bytes:
    data = {"value": 1.5, "currency": "EUR", "contents": [{"id": "1", "quantity": 2}]}
    return lines(call(server_event("Purchase", "o-1", custom_data=data)), {"pixel_id": "1", "payload": {}}).encode()


def as_curl() -> bytes:
    body = json.dumps({"data": [server_event("Purchase", "o-1")]})
    return (
        f"# a call\ncurl -X POST '{GRAPH}' -H $'A: \\u00e9' -H 'Content-Type: application/json' -d '{body}'\n".encode()
    )


def as_flows() -> bytes:
    file = BytesIO()
    body = json.dumps({"data": [server_event("Purchase", "o-1")]}).encode()
    path = GRAPH.removeprefix("https://graph.facebook.com").encode()
    request = tutils.treq(method=b"POST", host="graph.facebook.com", port=443, scheme=b"https", path=path, content=body)
    FlowWriter(file).add(tflow.tflow(req=request, resp=True))
    return file.getvalue()


def as_session(folder: Path) -> bytes:
    path = folder / "source.pixelpair"
    with Session.open(path) as session:
        session.append(read(put(folder, "source.har", as_har())).exchanges)
    with sqlite3.connect(path) as db:
        db.execute("pragma journal_mode=delete")
    data = path.read_bytes()
    path.unlink()
    return data


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    session = as_session(tmp_path_factory.mktemp("sources"))
    return {"har": as_har(), "lines": as_lines(), "curl": as_curl(), "flows": as_flows(), "session": session}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    log_file().unlink(missing_ok=True)
    yield tmp_path
    assert not log_file().exists(), log_file().read_text("utf-8")


def check(*arguments: str | Path) -> int:
    """Run the command here; its status, which must be one of its own and come with a sentence where it is 2."""
    done = CliRunner().invoke(main, ["check", *map(str, arguments)])
    assert done.exit_code in (0, 1, 2), done.exception
    assert "Traceback" not in done.output
    if done.exit_code == 2:
        assert done.stdout == ""
        assert done.stderr.startswith("pixelpair: ")
        assert done.stderr.count("\n") == 1
    return done.exit_code


MARKS = (
    *(b"", b"\x00", b"\xff", b"\xc2\xa0", b"\x0c", b"\\ud800", b"\\u0000", b"-1", b"1e999", b"NaN", b"9" * 25, b"null"),
    *(
        b"[]",
        b"{}",
        b'""',
        b"true",
        b"[[[[",
        b"%",
        b"%ff",
        b"'",
        b'"',
        b"\\",
        b"\n",
        b"&",
        b"=",
        b"://",
        b"\xed\xa0\x80",
    ),
)


def spoilt(data: bytes, source: random.Random) -> bytes:
    """The bytes with a few of them changed, lost, doubled, or replaced by what readers stumble over."""
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(data) + 1)
        end = min(len(data), start + source.choice((0, 1, 1, 2, 8, 60)))
        piece = data[end : end + 20] if source.random() < 0.2 else source.choice(MARKS)
        data = data[:start] + piece + data[end:]
    return data


@given(kind=st.sampled_from(["har", "lines", "curl", "flows", "session"]), seed=st.integers(0, 1 << 32))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_spoilt_file_never_trips_the_command(folder: Path, samples: dict[str, bytes], kind: str, seed: int) -> None:
    path = put(folder, f"a.{kind}", spoilt(samples[kind], random.Random(seed)))
    more: list[str] = ["--json"] if seed % 2 else ["--html", str(folder / "a.html")]
    check(path, *more)


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["\ud800", "1", "GET"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every member and element in a document, as what holds it and where."""
    held = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(held):
        yield value, key
        yield from places(inner)


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_place_of_a_document_never_trips_the_command(folder: Path, data: st.DataObject) -> None:
    document = json.loads(data.draw(st.sampled_from([as_har(), as_lines().split(b"\n")[0]])))
    found = list(places(document))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(found))
        if isinstance(holder, dict) or key < len(holder):
            holder[key] = data.draw(junk)
    check(put(folder, "a.json", json.dumps(document)), "--json", "--html", folder / "a.html")


@pytest.mark.parametrize("name", sorted(item.name for item in HOSTILE.iterdir()))
def test_the_samples_of_the_attack_end_in_words(folder: Path, name: str) -> None:
    assert check(HOSTILE / name) == 1


COLUMNS = (
    *("number", "provenance", "method", "url", "request_headers", "request_body", "status", "response_headers"),
    *("response_body", "error", "started_ms", "finished_ms", "source", "send", "request_truncated"),
)


@pytest.mark.parametrize("value", [None, "x", b"\xff", 1.5, 1 << 62, -1, "[1]", '[["a", 5]]', "[" * 5000, "\x00"])
@pytest.mark.parametrize("column", COLUMNS[1:])
def test_a_session_with_anything_in_a_column_ends_in_words(
    folder: Path, samples: dict[str, bytes], column: str, value: object
) -> None:
    path = put(folder, "a.pixelpair", samples["session"])
    with sqlite3.connect(path) as db:
        db.execute(f"update exchanges set {column} = ? where number = 1", [value])
    db.close()
    check(path, "--html", folder / "a.html")


SCHEMES: tuple[Callable[[sqlite3.Connection], object], ...] = (
    lambda db: db.execute("drop table exchanges"),
    lambda db: db.execute("alter table exchanges drop column send"),
    lambda db: db.execute("alter table exchanges rename column number to n"),
    lambda db: db.execute("update _sqlite_migrations set name = 'x' where rowid = 1"),
    lambda db: db.executescript(
        "alter table exchanges rename to e; create table exchanges (number text); insert into exchanges values ('x')"
    ),
)


@pytest.mark.parametrize("spoil", SCHEMES)
def test_a_session_of_another_shape_ends_in_words(
    folder: Path, samples: dict[str, bytes], spoil: Callable[[sqlite3.Connection], object]
) -> None:
    path = put(folder, "a.pixelpair", samples["session"])
    with sqlite3.connect(path) as db:
        spoil(db)
    db.close()
    assert check(path) == 2


@given(data=st.binary(max_size=60), option=st.sampled_from(["--orders", "--customer"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_stands_beside_the_traffic_never_trips_the_command(folder: Path, data: bytes, option: str) -> None:
    check(put(folder, "a.har", as_har()), option, put(folder, "beside", data))
