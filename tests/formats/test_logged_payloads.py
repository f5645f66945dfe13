"""Bare payloads in a backend's log: each is read as the platform's whose words it uses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.checks import Context, check_event
from app.formats import read, settle_accounts
from app.formats.jsonl import UNKNOWN
from app.model import Event, Outcome, Severity
from app.platforms import decode
from tests.formats.traffic import lines, put

CODE = "CQ7EXAMPLE0PIXELCODE"
TIME = 1_795_169_730
EVENT: dict[str, Any] = {
    "event": "CompletePayment",
    "event_time": TIME,
    "event_id": "evt-7",
    "user": {"ttp": "2vExampleTtpCookie01.tt.1", "ttclid": "E.C.P.EXAMPLEttclid0001"},
    "page": {"url": "https://shop.example/thanks"},
    "properties": {"value": 59.9, "currency": "EUR", "order_id": "SO-1"},
}
CALL = {"event_source": "web", "event_source_id": CODE, "data": [EVENT]}
OLDER: dict[str, Any] = {
    "pixel_code": CODE,
    "event": "CompletePayment",
    "event_id": "evt-7",
    "timestamp": "2026-11-20T10:15:30Z",
    "context": {"user": {"ttp": "x.tt.1"}, "page": {"url": "https://shop.example/thanks"}},
    "properties": {"value": 59.9, "currency": "EUR"},
}


def events_of(folder: Path, *entries: object, account: str = "") -> list[Event]:
    found = read(put(folder, "a.jsonl", lines(*entries)), account)
    assert found.skipped == ()
    return [event for exchange in found.exchanges for event in decode(exchange)]


@pytest.mark.parametrize(
    ("entry", "account"),
    [
        (CALL, CODE),
        (EVENT, UNKNOWN),
        ([EVENT], UNKNOWN),
        (EVENT | {"event_source_id": CODE}, CODE),
        ({"data": [EVENT]}, UNKNOWN),
        (OLDER, CODE),
        ({"pixel_code": CODE, "batch": [OLDER]}, CODE),
        ({"batch": [{**OLDER, "pixel_code": CODE}]}, CODE),
        ({"pixel_code": CODE, "payload": EVENT}, CODE),
        ({"account": CODE, "payload": [EVENT]}, CODE),
        ({"payload": json.dumps(CALL)}, CODE),
        ({"event": "conversion sent", "timestamp": "2026-11-20T10:15:30Z", "payload": CALL}, CODE),
    ],
)
def test_a_bare_tiktok_payload_is_tiktoks(tmp_path: Path, entry: object, account: str) -> None:
    (event,) = events_of(tmp_path, entry)
    assert (event.platform, event.account, event.name, event.event_id) == (
        "tiktok",
        account,
        "CompletePayment",
        "evt-7",
    )
    assert [flaw.code for flaw in event.flaws] == []
    errors = [item.code for item in check_event(event, Context()) if item.severity is Severity.ERROR]
    assert errors == []


def test_a_log_may_mix_platforms(tmp_path: Path) -> None:
    meta = {"pixel_id": "111", "payload": {"event_name": "Purchase", "event_id": "evt-7", "event_time": TIME}}
    logged = {"event": "conversion sent", "payload": {"event_name": "Lead", "event_time": TIME}}
    found = events_of(tmp_path, CALL, meta, logged)
    assert [(event.platform, event.account, event.name) for event in found] == [
        ("tiktok", CODE, "CompletePayment"),
        ("meta", "111", "Purchase"),
        ("meta", UNKNOWN, "Lead"),
    ]


def test_the_account_of_last_resort_is_the_callers_for_either(tmp_path: Path) -> None:
    found = events_of(tmp_path, EVENT, CALL, {"event_name": "Lead"}, account="42")
    assert [event.account for event in found] == ["42", CODE, "42"]


def test_a_payload_keeps_its_own_spelling_when_it_gets_an_account(tmp_path: Path) -> None:
    text = '{"data": [{"event": "Lead", "event_time": 1795169730, "properties": {"value": 142.520, "n": 1e21}}]}'
    exchange = read(put(tmp_path, "a.jsonl", text)).exchanges[0]
    assert text[1:].encode() in exchange.request.body


def test_an_unnamed_account_is_the_only_one_that_the_inputs_name(tmp_path: Path) -> None:
    named = read(put(tmp_path, "a.jsonl", lines(CALL | {"data": [EVENT | {"event_id": "evt-8"}]})))
    bare = read(put(tmp_path, "b.jsonl", lines(EVENT, {"data": [EVENT]})))
    settled = settle_accounts([named, bare])
    found = [event for item in settled for exchange in item.exchanges for event in decode(exchange)]
    assert [(event.account, event.event_id) for event in found] == [(CODE, "evt-8"), (CODE, "evt-7"), (CODE, "evt-7")]


def test_an_account_is_named_by_events_of_its_own_platform_only(tmp_path: Path) -> None:
    meta = read(put(tmp_path, "a.jsonl", lines({"pixel_id": "111", "payload": {"event_name": "Purchase"}})))
    bare = read(put(tmp_path, "b.jsonl", lines(EVENT)))
    settled = settle_accounts([meta, bare])
    found = [event for item in settled for exchange in item.exchanges for event in decode(exchange)]
    assert [(event.platform, event.account) for event in found] == [("meta", "111"), ("tiktok", UNKNOWN)]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"code": 0, "message": "OK", "data": {}}, Outcome.ACCEPTED),
        ({"code": 40105, "message": "Access token is incorrect or has been revoked."}, Outcome.REJECTED),
        ({"note": "queued"}, Outcome.UNKNOWN),
    ],
)
def test_an_answer_beside_a_payload_needs_no_status(tmp_path: Path, answer: object, outcome: Outcome) -> None:
    (event,) = events_of(tmp_path, {"payload": CALL, "response": answer})
    assert event.outcome is outcome


def test_what_is_no_account_of_the_platforms_costs_no_event(tmp_path: Path) -> None:
    event = {"event_name": "Lead", "event_time": TIME}
    (found,) = events_of(tmp_path, {"id": "log-entry-5", "data": [event]})
    assert (found.platform, found.account, found.name) == ("meta", UNKNOWN, "Lead")
