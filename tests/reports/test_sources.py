"""What a report reads again: the inputs by name, and every event's parameters as they were."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from app.model import Exchange, Field, Provenance, Request
from app.platforms import decode
from app.reports.sources import KeptParameters, of_session
from app.session.file import Input, Session, Skipped

CAPTURED = Exchange(Provenance.CAPTURED, Request("GET", "https://www.facebook.com/tr/?id=1&ev=A"), started_ms=5)
IMPORTED = Exchange(Provenance.IMPORTED, Request("GET", "https://www.facebook.com/tr/?id=1&ev=B"), source="b.har")


def test_an_open_session_names_the_files_that_were_read_into_it(tmp_path: Path) -> None:
    read = Input("b.har", "ab", 2, (Skipped(1, "why"),))
    with Session.open(tmp_path / "a.pixelpair") as session:
        assert of_session(session).inputs == (Input("a.pixelpair", "", 0),)
        session.append([IMPORTED, IMPORTED])
        session.add_input(read)
        assert of_session(session).inputs == (read,)
        session.append([CAPTURED])
        assert of_session(session).inputs == (Input("a.pixelpair", "", 1), read)


def test_a_session_gives_the_parameters_in_order_of_arrival_however_often(tmp_path: Path) -> None:
    with Session.open(tmp_path / "a.pixelpair") as session:
        session.append([CAPTURED, IMPORTED])
        sources = of_session(session)
        for _ in range(2):
            names = [(item.event, [field.value for field in item.fields]) for item in sources.parameters()]
            assert names == [("e1.0", ["1", "A"]), ("e2.0", ["1", "B"])]


def test_kept_parameters_come_back_as_they_were() -> None:
    (event,) = decode(replace(CAPTURED, number=1))
    odd = Field("é\x00", "日本\n", "", "other", "query")
    events = [replace(event, id=f"e{number}.0", fields=(*event.fields, odd) * (number % 3)) for number in range(1000)]
    kept = KeptParameters()
    for each in events:
        kept.keep([each])
        if each.id == "e500.0":
            assert len(list(kept)) == 501
    assert [(item.event, item.fields) for item in kept] == [(each.id, each.fields) for each in events]
