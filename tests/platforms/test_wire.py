"""The small readers: what they read is what was written, whatever it was."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, urlencode

from hypothesis import example, given
from hypothesis import strategies as st

from app.model import Request
from app.platforms import reading
from app.platforms.meta.keys import KEYS
from app.platforms.reading import Parsed

texts = st.text(st.characters(exclude_categories=["Cs"]))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | texts, lambda inner: st.lists(inner) | st.dictionaries(texts, inner)
)


@given(st.text(st.sampled_from("%aAfF09 +zé€/[]&=")))
@example("%e2%82%ac%zz%4%")
def test_percent_decoding_is_the_standard_librarys(text: str) -> None:
    assert reading.percent_decoded(text) == unquote(text)
    assert reading.form_decoded(text) == unquote_plus(text)


@given(st.lists(st.tuples(texts, texts)))
def test_pairs_are_what_was_encoded(pairs: list[tuple[str, str]]) -> None:
    assert reading.pairs_of(urlencode(pairs)) == pairs


@given(st.lists(st.tuples(st.text(st.sampled_from("abc[]_ é"), min_size=1), texts)))
def test_multipart_parts_are_what_was_written(pairs: list[tuple[str, str]]) -> None:
    boundary = "----b0undary-that-no-text-holds"
    body = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in pairs
    )
    body += f"--{boundary}--\r\n"
    found = reading.multipart_pairs(body.encode(), f"multipart/form-data; boundary={boundary}")
    assert found == (pairs, "")


def test_a_part_may_carry_a_file_name_a_type_and_another_order() -> None:
    body = (
        b'--x\r\nContent-Type: text/plain\r\ncontent-disposition: form-data; filename="a.txt"; name=data\r\n\r\n[]\r\n'
        b"--x\r\nContent-Type: text/plain\r\n\r\nno name\r\n--x--"
    )
    assert reading.multipart_pairs(body, 'multipart/form-data; boundary="x"') == ([("data", "[]")], "")


@given(values)
def test_json_text_is_the_value_again(value: Any) -> None:
    read = reading.parsed(json.dumps(value))
    assert read.trouble == ""
    assert json.loads(reading.json_text(read.value)) == value


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(str))
def test_a_number_stays_the_text_it_was(number: object) -> None:
    text = str(number)
    read = reading.parsed(f'{{"n":{text}}}')
    if not read.trouble:  # Decimal's "1E+2" is no JSON in every spelling
        assert isinstance(read.value, dict)
        assert reading.text_of(read.value["n"]) == text


def test_numbers_that_json_has_not_are_read_as_their_names() -> None:
    assert reading.parsed("[NaN, -Infinity]") == Parsed(["NaN", "-Infinity"])


def test_reading_json_names_its_trouble() -> None:
    assert reading.parsed("{") == reading.parsed("{}}") == reading.parsed("") == Parsed(None, "not-json")
    assert reading.parsed(" \r\n{} \t") == Parsed({})
    assert reading.parsed("[" * 200_000) == Parsed(None, "too-deep")
    assert reading.parsed(b" " * (reading.MAX_BODY + 1)) == Parsed(None, "too-large")
    assert reading.parsed(b'\xef\xbb\xbf{"a":"\xff"}') == Parsed({"a": "\ufffd"})


def request(body: bytes, encoding: str = "") -> Request:
    return Request("POST", "https://shop.example/", (("Content-Encoding", encoding),), body)


@given(st.binary())
def test_what_is_not_compressed_is_left_alone_and_what_is_comes_out_whole(body: bytes) -> None:
    assert reading.plain_body(request(gzip.compress(body), "gzip")) == body
    assert reading.plain_body(request(zlib.compress(body), "Deflate ")) == body
    if body[:2] != b"\x1f\x8b":
        assert reading.plain_body(request(body)) == body


def test_a_zip_bomb_stops_at_the_limit() -> None:
    bomb = gzip.compress(bytes(reading.MAX_BODY * 4))
    assert len(reading.plain_body(request(bomb))) == reading.MAX_BODY
    assert reading.plain_body(request(bomb[:20] + b"broken")) == bomb[:20] + b"broken"


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), min_size=1))
def test_a_name_in_custom_data_is_the_same_in_a_query_and_in_a_form(name: str) -> None:
    # The library encodes the inner name in both; a form encodes the whole once more.
    in_query = f"cd[{quote(name, safe='')}]"
    in_form = quote(in_query, safe="")
    assert KEYS[in_query].key == KEYS[in_form].key == f"cd[{name}]"
    assert KEYS[in_query].path == ("cd", name)


def test_names_with_two_values_in_one_object_are_told_and_equal_or_deeper_ones_are_not() -> None:
    assert reading.repeated_members(b'{"a":1,"b":{"c":1,"c":2},"a":2,"a":3}') == ["c", "a"]
    assert reading.repeated_members(b'{"a":1,"b":{"a":2},"a":1}') == []
    assert reading.repeated_members(b'{"a":1,') == reading.repeated_members(b"[" * 200_000) == []


def test_a_body_is_still_compressed_only_when_it_is_no_text() -> None:
    for encoding in ("br", "zstd", "gzip, br"):
        assert reading.still_compressed(request(b"\x1b\x27\x00\xf8\xa5", encoding))
        assert not reading.still_compressed(request("ä".encode() * 600, encoding))
    assert not reading.still_compressed(request(b"\xf8\xa5", "gzip"))


def test_text_in_text_is_read_to_a_limit() -> None:
    text = json.dumps([1])
    for _ in range(reading.MAX_WRAPPED - 1):
        text = json.dumps(text)
    assert reading.unwrapped(text) == ["1"]
    assert reading.unwrapped(json.dumps(text)) == "[1]"
    assert reading.unwrapped('"open') == '"open'
