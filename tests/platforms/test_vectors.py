"""Every platform's requests give their expected records, and of the real libraries' traffic just the events count."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.model import Outcome
from app.platforms import decode
from tests.platforms import vectors
from tests.platforms.vectors import KNOWN, counted, exchange_of, of_har, real, record

_EVENTS = [vector for vector in vectors.vectors() if vector["expect"]["events"]]
_GOOD = re.compile(r"accepted|ok\b|answer of .*/validate")
_IGNORED = [vector for vector in vectors.vectors() if not vector["expect"]["events"]]
_TAKEN = ("ok", "accepted")


def _id(vector: dict[str, Any]) -> str:
    return str(vector["id"])


@pytest.mark.parametrize("vector", _EVENTS, ids=_id)
def test_a_request_gives_its_record(vector: dict[str, Any]) -> None:
    events = counted(decode(exchange_of(vector)))
    wanted = vector["expect"]["events"]
    assert [record(event, one) for event, one in zip(events, wanted, strict=True)] == [
        {key: value for key, value in one.items() if key in record(event, one)}
        for event, one in zip(events, wanted, strict=True)
    ]
    assert {event.side.value for event in events} == {vector["side"]}


@pytest.mark.parametrize("vector", _IGNORED, ids=_id)
def test_what_is_no_event_counts_nowhere(vector: dict[str, Any]) -> None:
    assert counted(decode(exchange_of(vector))) == []


@pytest.mark.parametrize(
    ("vector", "answer"),
    [
        pytest.param(vector, answer, id=f"{vector['id']}: {answer['when']}")
        for vector in _EVENTS
        for answer in vector.get("responses", ())
    ],
)
def test_an_answer_is_read(vector: dict[str, Any], answer: dict[str, Any]) -> None:
    first = counted(decode(exchange_of(vector, answer=answer)))[0]
    assert (first.outcome is Outcome.ACCEPTED) is bool(_GOOD.match(answer["when"]))


@pytest.mark.parametrize("name", sorted(KNOWN & real().keys()))
def test_of_a_real_librarys_traffic_just_the_events_count(name: str) -> None:
    expected = real()[name]
    for file, wanted in (("file", "events"), ("server_file", "server_events")):
        if file not in expected:
            continue
        found = [_short(event) for event in of_har(f"real/{expected[file]}")]
        listed = [{key: one[key] for key in found[0]} for one in expected[wanted]]
        assert sorted(found, key=str) == sorted(listed, key=str)


def _short(event: Any) -> dict[str, Any]:
    return {
        "platform": event.platform,
        "side": event.side.value,
        "account": event.account or None,
        "name": event.name,
        "event_id": event.event_id,
        "order_id": event.order_id,
        "value": None if event.value is None else float(event.value.replace(",", ".")),
        "currency": event.currency,
    }
