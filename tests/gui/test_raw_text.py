"""An exchange as text: exact as sent, laid out for reading, bounded whatever comes."""

import json

import pytest
from msgspec.structs import replace

from app.gui.detail.raw_text import BODY_SHOWN, as_sent, indented, readable
from app.model import Exchange, Provenance, Request, Response
from tests.gui.conversions import pixel, server


def test_a_query_is_decoded_one_value_to_a_line_with_its_json_laid_out() -> None:
    lines = readable(pixel()).splitlines()
    assert "ev = Purchase" in lines
    assert "cd[value] = 59.90" in lines
    start = lines.index("cd[contents] = [")
    assert lines[start + 1 : start + 7] == [
        "      {",
        '        "id": "SKU-1",',
        '        "quantity": 2,',
        '        "item_price": 29.95',
        "      }",
        "    ]",
    ]


def test_as_sent_keeps_the_address_as_it_stood() -> None:
    exchange = pixel()
    assert as_sent(exchange).splitlines()[1] == f"GET {exchange.request.url}"


def test_both_forms_end_with_the_answer() -> None:
    for text in (readable(server()), as_sent(server())):
        assert text.splitlines().index("── Answer ") < text.splitlines().index("HTTP 200")
    assert readable(server(error="connection refused")).endswith("── Answer \nconnection refused")


def test_a_multipart_body_is_read_part_by_part() -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="ev"\r\n\r\nLead\r\n--X\r\n\r\nloose\r\n--X--\r\n'
    request = Request("POST", "https://e.example/tr/", (("Content-Type", "multipart/form-data; boundary=X"),), body)
    lines = readable(Exchange(Provenance.CAPTURED, request)).splitlines()
    assert lines[lines.index("── Body · multipart/form-data; boundary=X ") + 1 :][:2] == [
        "ev = Lead",
        "(part without a name) = loose",
    ]


def test_a_form_body_is_decoded_and_shown_raw_on_demand() -> None:
    kind = (("Content-Type", "application/x-www-form-urlencoded"),)
    exchange = Exchange(Provenance.CAPTURED, Request("POST", "https://e.example/tr/", kind, b"cd%5Bname%5D=a+b&x"))
    assert "cd[name] = a b\nx" in readable(exchange)
    assert "cd%5Bname%5D=a+b&x" in as_sent(exchange)


def test_laying_json_out_changes_no_token() -> None:
    text = '{"n":59.90,"big":12345678901234567890123,"n":1e400,"s":"a\\u00e9 {,:","l":[1,[],{}]}'
    laid_out = "\n".join(indented(text))
    assert laid_out.splitlines()[1:4] == ['  "n": 59.90,', '  "big": 12345678901234567890123,', '  "n": 1e400,']
    assert "".join(laid_out.split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["[" * 300_000, "]" * 1000, '{"a":', '"open', "", '{"a" "b"}', "{,}"])
def test_broken_json_is_laid_out_too_and_stays_bounded(text: str) -> None:
    assert sum(map(len, indented(text))) < 600_000


def test_laid_out_json_is_the_same_document() -> None:
    document = {"a": [1, {"b": None}, []], "c": {}, "d": "x"}
    assert json.loads("\n".join(indented(json.dumps(document)))) == document


def test_a_long_body_is_cut_and_says_by_how_much() -> None:
    exchange = server()
    request = replace(exchange.request, body=b"x" * (BODY_SHOWN + 1234))
    assert "… 1,234 more bytes are in the session and in its exports" in readable(replace(exchange, request=request))


def test_a_body_cut_at_capture_says_so() -> None:
    request = replace(server().request, truncated=True)
    assert "… cut at the capture limit" in readable(replace(server(), request=request))


def test_binary_is_shown_as_hex() -> None:
    assert "0000  47 49 46 38 39 61 01 00 01 00 80 00 00 00 00 00  GIF89a.........." in readable(pixel())


def test_hostile_characters_are_spelled_out_in_every_part() -> None:
    request = Request("GET", "https://e.example/\u202e?k\x1b=v\u200b", (("X-\x07", "\x00"),), b"\x1b[2J")
    exchange = Exchange(Provenance.CAPTURED, request, Response(200, (), "\u2066".encode()))
    for text in (readable(exchange), as_sent(exchange)):
        assert not any(char in text for char in "\u202e\x1b\u200b\x07\x00\u2066")
