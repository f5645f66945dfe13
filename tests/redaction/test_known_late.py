"""A secret that becomes known late leaves what was saved before, too: no copy of the file holds it afterwards."""

from __future__ import annotations

import base64
import json
import sqlite3
from pathlib import Path

import httpx
import pytest

from app.analysis.engine import Analysis
from app.capture.proxy import Proxy
from app.checks import Context
from app.model import Exchange, Provenance, Request, Response
from app.platforms import rules_of
from app.session.chain import Soundness
from app.session.file import Session
from app.session.journal import JournalReader, new_run
from app.session.worker import Inspector
from tests.capturing import Heard, options

TOKEN = "3f9a0c5be1d7428896b0aa45c3e2d1f07b6c9d8e"
GRAPH = "https://graph.facebook.com/v26.0/1111111111111111/events"
CODED = base64.b64encode(f"x={TOKEN}".encode()).decode()


def call(note: str, **headers: str) -> Exchange:
    body = json.dumps({"data": [{"event_name": "Lead", "event_time": 1_795_317_862, "custom_data": {"note": note}}]})
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(Provenance.FORWARDED, Request("POST", GRAPH, named, body.encode()), Response(200), started_ms=1)


def inspector(session: Session) -> Inspector:
    return Inspector(session, Analysis(Context(), rules_of()), lambda _: None)


def stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


@pytest.mark.parametrize("shown", [TOKEN, TOKEN.upper(), f"n%3D{TOKEN}", CODED])
def test_what_was_saved_before_is_masked_when_a_secret_shows_itself(tmp_path: Path, shown: str) -> None:
    with Session.open(tmp_path / "run.pixelpair") as session:
        worker = inspector(session)
        worker.keep(call(f"saw {shown}"))
        assert shown.encode() in stored(tmp_path)
        worker.keep(call("of the server", Access_Token=TOKEN))
        assert shown.encode() not in stored(tmp_path)
        worker.close()
    assert shown.encode() not in stored(tmp_path)
    with Session.read(tmp_path / "run.pixelpair") as session:
        assert len(list(session.exchanges())) == 2
        assert session.integrity.state is Soundness.WHOLE


def test_what_another_process_found_is_masked_in_what_is_saved(tmp_path: Path) -> None:
    with Session.open(tmp_path / "run.pixelpair") as session:
        worker = inspector(session)
        worker.keep(call(f"saw {TOKEN}"))
        worker.learn((TOKEN.encode(),))
        worker.keep(call(f"and again {TOKEN}"))
        worker.close()
    assert TOKEN.encode() not in stored(tmp_path)


def test_secrets_that_come_with_every_exchange_are_gone_at_the_end(tmp_path: Path) -> None:
    tokens = [f"{number:02d}f9a0c5be1d7428896b0aa45c3e2d1f07b6c9d8e" for number in range(9)]
    with Session.open(tmp_path / "run.pixelpair") as session:
        worker = inspector(session)
        for token in tokens:
            worker.keep(call(f"saw {token}"))
        for token in tokens:
            worker.keep(call("of the server", Access_Token=token))
        worker.close()
    held = stored(tmp_path)
    assert [token for token in tokens if token.encode() in held] == []


def test_an_exchange_that_somebody_altered_is_still_seen_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "run.pixelpair"
    with Session.open(path) as session:
        worker = inspector(session)
        for note in (f"saw {TOKEN}", "second", "third"):
            worker.keep(call(note))
        worker.close()
    with sqlite3.connect(path) as db:
        db.execute("update exchanges set url = 'https://elsewhere.example/' where number = 3")
    db.close()
    with Session.open(path) as session:
        worker = inspector(session)
        worker.keep(call("of the server", Access_Token=TOKEN))
        worker.close()
    assert TOKEN.encode() not in stored(tmp_path)
    with Session.read(path) as session:
        list(session.exchanges())
        assert (session.integrity.state, session.integrity.exchange) == (Soundness.DAMAGED, 3)


def test_a_secret_that_the_scribe_saw_leaves_what_was_saved_before_it(tmp_path: Path) -> None:
    heard, path = Heard(), tmp_path / "shop" / "run.pixelpair"
    path.parent.mkdir()
    with Session.open(path) as session:
        worker = inspector(session)
        journal = JournalReader(new_run(path))
        proxy = Proxy(
            options(tmp_path / "authority", journal=journal.run),
            *(heard.sink, heard.died, heard.noticed, lambda: worker.take_in(journal), worker.learn),
        )
        address = f"http://127.0.0.1:{proxy.start().forwarding_port}/v26.0/1/events"
        httpx.post(address, content=call(f"saw {TOKEN}").request.body, trust_env=False)
        worker.take_in(journal)
        assert worker.ask(lambda session, _analysis: session.last).result(30) == 1
        assert TOKEN.encode() in stored(path.parent)
        httpx.post(address, json={"data": []}, headers={"Access-Token": TOKEN}, trust_env=False)
        proxy.stop()
        worker.take_in(journal, ended=True)
        worker.close()
    assert TOKEN.encode() not in stored(path.parent)
