"""No step that an exchange takes through the program takes more than linear time, whatever the exchange holds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.checks import Context, check_event
from app.formats import FormatError, read
from app.model import Event, Exchange, Provenance, Request, Response
from app.platforms import decode
from app.redaction import Masker, Redactor, mask, mask_text
from app.redaction.layers import layers

SMALL, LARGE = 3_000, 24_000  # bytes
MOST = 32  # times the time for eight times the text: a square takes 64
TRIES = 5  # another process on the same processor empties its caches
NOTICED_S = 0.02  # a square takes seconds at `LARGE`

UNITS = [
    "bearer+",
    "oauth ",
    "basic+a1",
    "token",
    "token ",
    "token=",
    'token="',
    "token:'",
    "tokens=a,",
    "key=",
    "key:",
    "auth:",
    '"token":"',
    '"token":{"a":"b",',
    '"access_token":["a","b"],',
    '"name":"token","value":"a",',
    '{"value":"a1","name":"token",',
    "<token>",
    "token>",
    'name="token"\r\n',
    "access_token=abcdefghijk12345678901&",
    "abcdefghijk12345678901 token ",
    "/token/",
    "[token",
    "%25",
    "%41",
    "%2522token%2522",
    "\\",
    '\\"',
    "\\u0041",
    "&amp;",
    "&quot;token",
    "eyJ-",
    "eyJaaaaaaa.",
    "EAA-",
    "EAAaaaaaaaaaaaaaaaaaaa-",
    "1//0",
    "A",
    "a1",
    "A1b2",
    "123456789012|",
    "12345-",
    "://",
    "http://a:",
    "http://a:b@",
    "a@",
    "a@b.c",
    "@a.",
    "YWNjZXNzX3Rva2VuPWFiY2RlZmdoaWprMTIzNDU2Nzg5MDE= ",
    "YWNjZXNzX3Rva2VuPWFiY2RlZmdoaWprMTIzNDU2Nzg5MDE",
    "a\x00",
    "a\x00\x00\x00",
    "x\x9c",
    " ",
    "\n",
    "+",
    "+49 ",
    "1 ",
    "'",
    '"',
    "{",
    "[",
    '{"a":',
    '["',
    "a=1&",
    "cd[a]=b&",
    "cd[",
    "[0]",
    "?email=a",
    "#phone=",
    "fb.1.",
    "{{",
    "%%",
    "curl ",
    "-H a ",
]


@pytest.fixture(params=UNITS)
def unit(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exchanges(text: str) -> list[Exchange]:
    """One text in the address, the body and the answer, at the doors of browser and server."""
    body, json_body = text.encode("latin-1"), json.dumps({"data": [{"event_name": text, "event_id": text}]}).encode()
    graph = "https://graph.facebook.com/v26.0/1111111111111111/events"
    pixel = "https://www.facebook.com/tr/?id=1&ev=Purchase"
    requests = [
        Request("GET", f"https://www.facebook.com/tr/?dl={text}", (("Referer", text),)),
        Request("POST", pixel, (("Content-Type", "application/x-www-form-urlencoded"),), b"eid=" + body),
        Request("POST", graph, (("Content-Type", "application/json"),), json_body),
    ]
    return [Exchange(Provenance.CAPTURED, each, Response(400, (), body), number=1) for each in requests]


def masked(text: str) -> None:
    masker = Masker()
    for exchange in exchanges(text):
        masker.mask(exchange)


def events(text: str) -> list[Event]:
    return [event for exchange in exchanges(text) for event in decode(exchange)]


def checked(text: str) -> None:
    for event in events(text):
        check_event(event, Context())


def veiled(text: str) -> None:
    found = events(text)
    redactor = Redactor(found)
    for event in found:
        redactor.near(event).event(event)


STEPS: list[Callable[[str], object]] = [
    masked,
    mask_text,
    lambda text: [layer.span(0, len(layer.text)) for layer in layers(text.encode("latin-1"))],
    events,
    checked,
    veiled,
]


@pytest.mark.parametrize("step", STEPS, ids=["mask", "mask_text", "layers", "decode", "check", "redact"])
def test_a_step_grows_with_its_exchange(step: Callable[[str], object], unit: str) -> None:
    assert_grows(step, unit)


@pytest.mark.parametrize("front", ["", '{"log":{"entries":[', '{"data":["', "curl https://a.example/ -d '"])
def test_an_importer_grows_with_its_file(tmp_path: Path, unit: str, front: str) -> None:
    def read_as_file(text: str) -> None:
        path = tmp_path / "traffic"
        path.write_text(front + text, "utf-8")
        try:
            read(path, "1")
        except FormatError:
            return

    assert_grows(read_as_file, unit)


def test_the_request_that_stopped_the_recorder_costs_nothing() -> None:
    request = Request("GET", "https://www.facebook.com/tr/?dl=" + "bearer+" * 8_000)
    exchange = Exchange(Provenance.CAPTURED, request)
    plain = Exchange(Provenance.CAPTURED, Request("GET", "https://www.facebook.com/tr/?dl=" + "bananas+" * 7_000))
    assert took(lambda _: mask(exchange), "") < 200 * took(lambda _: mask(plain), "")


def assert_grows(step: Callable[[str], object], unit: str) -> None:
    small, large = ((unit * (size // len(unit))) for size in (SMALL, LARGE))
    quickest_small = quickest_large = float("inf")
    for _ in range(TRIES):
        quickest_large = min(quickest_large, took(step, large))
        quickest_small = min(quickest_small, took(step, small))
        if quickest_large < NOTICED_S or quickest_large <= MOST * quickest_small:
            print(f"{quickest_large / LARGE * 1e9:8.1f} ns/B on {unit!r}")
            return
    raise AssertionError(f"{quickest_small:.4f} s for {SMALL} bytes, {quickest_large:.4f} s for {LARGE}")


def took(step: Callable[[str], object], text: str) -> float:
    """Seconds of processor time."""
    started = time.thread_time()
    step(text)
    return time.thread_time() - started
