"""HAR files of every dialect become the same exchanges, and a spoilt part costs only itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from app.formats import FormatError, read
from app.model import Exchange, Provenance, Request, Response
from app.session.file import Skipped
from tests.formats.traffic import NOON_MS, har, pixel, put

MULTIPART = (
    b'--XX\r\nContent-Disposition: form-data; name="id"\r\n\r\n1\r\n'
    b'--XX\r\nContent-Disposition: form-data; name="ev"\r\n\r\nLead\r\n--XX--\r\n'
)


def entry(post: Any = None, **more: Any) -> dict[str, Any]:
    request = {"method": "POST", "url": "https://www.facebook.com/tr/", "headers": []}
    return {"request": request | ({"postData": post} if post is not None else {}), **more}


def only(tmp_path: Path, item: Any) -> Exchange:
    found = read(put(tmp_path, "a.har", har(item)))
    assert found.skipped == ()
    return found.exchanges[0]


def test_an_entry_becomes_an_imported_exchange_with_its_times(tmp_path: Path) -> None:
    text = har(pixel("Lead", "l-1"))
    found = read(put(tmp_path, "a.har", text))
    assert (found.name, found.sha256) == ("a.har", hashlib.sha256(text.encode()).hexdigest())
    assert found.exchanges == (
        Exchange(
            Provenance.IMPORTED,
            Request("GET", pixel("Lead", "l-1")["request"]["url"], (("User-Agent", "Mozilla/5.0 (X11)"),)),
            Response(200),
            started_ms=NOON_MS,
            finished_ms=NOON_MS + 25,
            source="a.har",
        ),
    )


@pytest.mark.parametrize(
    ("dialect", "post", "body"),
    [
        ("text", {"mimeType": "text/plain", "text": '{"a":"é"}'}, '{"a":"é"}'.encode()),
        ("text beside parameters", {"mimeType": "x", "text": "id=1", "params": [{"name": "q", "value": "2"}]}, b"id=1"),
        (
            "base64",
            {"mimeType": "x", "text": "AP8=", "encoding": "base64"},
            b"\x00\xff",
        ),
        (
            "plain parameters",
            {
                "mimeType": "application/x-www-form-urlencoded; charset=UTF-8",
                "params": [{"name": "cd[v]", "value": "a b&c"}, {"name": "e"}, {"name": "n", "value": None}],
            },
            b"cd%5Bv%5D=a+b%26c&e=&n=",
        ),
        (
            "parameters still escaped",
            {
                "mimeType": "application/x-www-form-urlencoded",
                "params": [{"name": "cd%5Bv%5D", "value": "a%20b"}, {"name": "p", "value": "100% of"}],
            },
            b"cd%5Bv%5D=a%20b&p=100%25+of",
        ),
        (
            "multipart parameters",
            {
                "mimeType": "multipart/form-data; boundary=XX",
                "params": [{"name": "id", "value": "1"}, {"name": "ev", "value": "Lead"}],
            },
            MULTIPART,
        ),
        (
            "part headers in front",
            {
                "mimeType": "multipart/form-data; boundary=XX",
                "text": "Content-Type: multipart/form-data; boundary=XX\r\nContent-Length: 9\r\n\r\n"
                + MULTIPART.decode(),
            },
            MULTIPART,
        ),
        ("nothing", {"mimeType": "x"}, b""),
        ("junk", 7, b""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_body_is_found_wherever_the_tool_put_it(tmp_path: Path, dialect: str, post: Any, body: bytes) -> None:
    assert only(tmp_path, entry(post)).request.body == body, dialect


def test_the_body_type_stands_in_for_a_missing_header_only(tmp_path: Path) -> None:
    bare = entry({"mimeType": "text/plain", "text": "a"})
    assert only(tmp_path, bare).request.headers == (("Content-Type", "text/plain"),)
    bare["request"]["headers"] = [{"name": "content-type", "value": "application/json"}]
    assert only(tmp_path, bare).request.headers == (("content-type", "application/json"),)


def test_pseudo_headers_are_left_out_and_odd_ones_survive(tmp_path: Path) -> None:
    item = entry()
    item["request"]["headers"] = [{"name": ":path", "value": "/"}, {"name": "DNT", "value": 1}, "junk", {"value": "x"}]
    assert only(tmp_path, item).request.headers == (("DNT", "1"),)


@pytest.mark.parametrize(
    ("response", "expected", "error"),
    [
        (
            {
                "status": 200,
                "headers": [{"name": "A", "value": "b"}],
                "content": {"text": "R0lG", "encoding": "base64"},
            },
            Response(200, (("A", "b"),), b"GIF"),
            None,
        ),
        ({"status": 204, "headers": [{"name": "A", "value": "b"}]}, Response(204, (("A", "b"),)), None),
        ({"status": 0, "_error": "net::ERR_BLOCKED_BY_CLIENT"}, None, "net::ERR_BLOCKED_BY_CLIENT"),
        ({"status": 0, "statusText": ""}, None, "no answer was recorded"),
        ({"status": "200"}, None, "no answer was recorded"),
        (None, None, None),
    ],
)
def test_an_answer_a_block_and_silence_are_told_apart(
    tmp_path: Path, response: Any, expected: Response | None, error: str | None
) -> None:
    found = only(tmp_path, entry(response=response))
    assert (found.response, found.error) == (expected, error)


@pytest.mark.parametrize(
    ("started", "time", "expected"),
    [
        ("2026-11-22T12:00:00.1234Z", 10, (NOON_MS + 123, NOON_MS + 133)),
        ("2026-11-22T13:00:00.000+01:00", -1, (NOON_MS, None)),
        ("2026-11-22T12:00:00", 0, (NOON_MS, NOON_MS)),
        (NOON_MS, None, (NOON_MS, None)),
        (NOON_MS / 1000, None, (NOON_MS, None)),
        ("yesterday", 5, (None, None)),
        ("0001-01-01T00:00:00+14:00", 5, (None, None)),
        ("9999-12-31T23:59:59-14:00", 5, (None, None)),
        ("9999-12-31T23:59:59Z", 5000, (253_402_300_799_000, None)),
        ("2026-11-22T12:00:00", 1e15, (NOON_MS, None)),
        (None, 5, (None, None)),
        (True, 5, (None, None)),
        (10**400, float("inf"), (None, None)),
    ],
)
def test_times_are_read_in_every_spelling_or_not_at_all(
    tmp_path: Path, started: Any, time: Any, expected: tuple[int | None, int | None]
) -> None:
    found = only(tmp_path, entry(startedDateTime=started, time=time))
    assert (found.started_ms, found.finished_ms) == expected


def test_a_long_answer_is_cut_and_says_so(tmp_path: Path) -> None:
    found = only(tmp_path, entry(response={"status": 200, "content": {"text": "x" * (3 << 20)}}))
    assert found.response == Response(200, (), b"x" * (2 << 20), truncated=True)


def test_spoilt_entries_are_named_and_the_others_read(tmp_path: Path) -> None:
    good = pixel("Lead")
    found = read(put(tmp_path, "a.har", har(good, 5, {"request": None}, {"request": {"url": "tr"}}, good)))
    assert len(found.exchanges) == 2
    assert found.skipped == (
        Skipped(1, "the entry is no object"),
        Skipped(2, "its request is no object"),
        Skipped(3, "it has no URL"),
    )


def test_of_a_truncated_file_the_part_before_the_break_is_read(tmp_path: Path) -> None:
    text = har(pixel("Lead"), pixel("Purchase"), pixel("Contact"))
    cut = text[: text.index("Contact")]
    found = read(put(tmp_path, "cut.har", cut))
    assert [item.request.url for item in found.exchanges] == [
        pixel("Lead")["request"]["url"],
        pixel("Purchase")["request"]["url"],
    ]
    column = len(cut) - cut.rindex('"https') - 0
    start = len(cut) - column + 1
    assert found.skipped == (
        Skipped(2, f"the file is broken from here on (line 1, column {start}: the text breaks off here)"),
    )


def test_a_file_broken_before_its_first_entry_is_refused_with_the_place(tmp_path: Path) -> None:
    text = har(pixel("Lead"))
    with pytest.raises(FormatError) as caught:
        read(put(tmp_path, "cut.har", text[: text.index('"request"') + 4]))
    place = text.index('"request"') + 1
    assert str(caught.value) == (
        f"cut.har is not a whole HAR file (line 1, column {place}: the text breaks off here). Export it again."
    )
    with pytest.raises(FormatError, match=r"^a\.har begins like a HAR file but has no list of entries"):
        read(put(tmp_path, "a.har", '{"log": {"version": "1.2"'))


def test_an_empty_har_holds_nothing_and_is_no_error(tmp_path: Path) -> None:
    assert read(put(tmp_path, "a.har", har())).exchanges == ()


def test_half_surrogates_and_undecodable_bytes_do_not_stop_it(tmp_path: Path) -> None:
    text = json.dumps({"log": {"entries": [entry({"mimeType": "x", "text": "a\ud83d\udcffb"})]}})
    assert read(put(tmp_path, "a.har", text)).exchanges[0].request.body == "a\U0001f4ffb".encode()
    half = text.replace("\\udcff", "")
    assert read(put(tmp_path, "b.har", half)).exchanges[0].request.body == b"a?b"
    assert read(put(tmp_path, "c.har", text.replace("\\ud83d", ""))).exchanges[0].request.body == b"a\xffb"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    assert len(read(put(tmp_path, "a.har", har(pixel("Lead")).encode(encoding))).exchanges) == 1
