"""Texts cut out of JSON without being written again."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model import Exchange, Provenance, Request
from app.platforms import decode
from app.platforms.json_text import elements, members, with_member, without_member
from app.platforms.meta.call import event_texts, events_of, token

_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
_indents = st.sampled_from([None, 0, 2])


@given(values=st.lists(_values, max_size=5), indent=_indents, plain=st.booleans())
@settings(max_examples=200, deadline=None)
def test_elements_are_the_texts_of_an_arrays_values(values: list[object], indent: int | None, plain: bool) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=plain)

    found = elements(text)

    assert found is not None
    assert [json.loads(item) for item in found] == values
    assert all(item in text for item in found)


@given(values=st.dictionaries(st.text(), _values, max_size=5), indent=_indents, plain=st.booleans())
@settings(max_examples=200, deadline=None)
def test_members_are_the_names_and_texts_of_an_objects_values(
    values: dict[str, object], indent: int | None, plain: bool
) -> None:
    found = members(json.dumps(values, indent=indent, ensure_ascii=plain))

    assert found is not None
    assert {name: json.loads(item) for name, item in found} == values


@given(text=st.text() | st.text(alphabet='[]{}",:\\ 1e.-tn'))
@settings(max_examples=400, deadline=None)
def test_what_is_no_json_has_no_parts_and_never_raises(text: str) -> None:
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    assert (elements(text) is not None) == isinstance(value, list)
    assert (members(text) is not None) == isinstance(value, dict)
    event_texts(text)


def test_nesting_beyond_reason_is_no_json() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    assert (elements(deep), members(f'{{"a":{deep}}}')) == (None, None)
    assert events_of(Request("POST", "https://graph.facebook.com/1/events", (), f'{{"data":{deep}}}'.encode())) == ()


def test_one_member_changes_and_the_rest_stays_letter_for_letter() -> None:
    text = '{ "a": 1.10, "b" : 12345678901234567890, "c":"\\u00e9" }'

    assert with_member(text, "a", "2") == '{"a":2,"b":12345678901234567890,"c":"\\u00e9"}'
    assert with_member(text, "d", "null") == '{"a":1.10,"b":12345678901234567890,"c":"\\u00e9","d":null}'
    assert without_member(text, "b") == '{"a":1.10,"c":"\\u00e9"}'


@pytest.mark.parametrize(
    ("query", "header", "body", "expected"),
    [
        ("?access_token=q", "Bearer h", b'{"access_token":"b"}', "b"),
        ("?access_token=q", "Bearer h", b"{}", "q"),
        ("", "bearer h", b"{}", "h"),
        ("", "Basic h", b"{}", ""),
        ("?access_token=", "Bearer h", b'{"access_token":null}', "h"),
    ],
)
def test_the_token_of_the_body_goes_before_the_querys_and_the_headers(
    query: str, header: str, body: bytes, expected: str
) -> None:
    request = Request("POST", f"https://graph.facebook.com/1/events{query}", (("Authorization", header),), body)

    assert token(request) == expected


CALL = "https://graph.facebook.com/v26.0/1/events"
EVENT = {"event_name": "Lead", "event_id": "o-1"}
INNER = {"method": "POST", "relative_url": "v26.0/1/events", "body": urlencode({"data": json.dumps([EVENT])})}


def _layers(value: object, count: int) -> str:
    text = json.dumps(value)
    for _ in range(count):
        text = json.dumps(text)
    return text


@pytest.mark.parametrize(
    ("url", "params"),
    [
        *((CALL, {"data": _layers([EVENT], count)}) for count in range(3)),
        (CALL, {"data": json.dumps([_layers(EVENT, count) for count in range(3)])}),
        (CALL, {"data": json.dumps({"0": EVENT, "2": EVENT})}),
        ("https://graph.facebook.com/v26.0", {"batch": json.dumps([INNER, None, json.dumps(INNER)])}),
        ("https://graph.facebook.com/v26.0", {"batch": json.dumps([INNER | {"relative_url": CALL}])}),
    ],
)
def test_the_reader_of_texts_finds_the_events_that_decoding_finds(url: str, params: dict[str, str]) -> None:
    form = Request("POST", url, (), urlencode(params).encode())

    found = [json.loads(text) for text in events_of(form)]

    assert found
    assert all(event == EVENT for event in found)
    decoded = decode(Exchange(Provenance.IMPORTED, form, number=1))
    assert [(event.name, event.event_id) for event in decoded] == [("Lead", "o-1")] * len(found)
