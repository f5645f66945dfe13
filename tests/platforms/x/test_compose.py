"""Composing, replaying, checking, pasting and copying X's server events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import UNNAMED_ACCOUNT, Customer, Kind, Provenance, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms import decode
from app.platforms.json_text import raw_at, with_text_at, without_at
from app.platforms.logged_payloads import Shape
from app.platforms.server_api import ComposeError, Terms, TestKind, Weight
from app.platforms.x.logged import LOGGED
from app.platforms.x.server_api import SERVER
from app.sending.auth import shown_with, with_token
from app.sending.copy_as import curl, httpx_call, payload
from app.sending.paste import draft_of
from tests.platforms.x.halves import (
    AGENT,
    API,
    BASE,
    CONTENTS,
    KEYS,
    MARY,
    PIXEL,
    PIXEL_TOKEN,
    TAG,
    TWIN,
    browser_event,
    call,
    data,
    element,
    iso,
)

NOW = time.time_ns() // 1_000_000
HASH = sha256("mary@shop.example")


def twin(customer: Customer = MARY, **changes: Any) -> Draft:
    return SERVER.compose(browser_event(NOW - 2000, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT))


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = PIXEL) -> Draft:
    return Draft("x", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_servers_words() -> None:
    assert only(twin(Customer())) == {
        "conversion_time": iso(NOW),
        "event_id": TAG,
        "identifiers": [
            {"twclid": "2-4kexample"},
            {"hashed_email": HASH},
            {"hashed_phone_number": sha256("+49301234567")},
            {"user_agent": AGENT},
        ],
        "conversion_id": "SO-1187",
        "value": 59.9,
        "price_currency": "EUR",
        "number_items": 2,
        "contents": CONTENTS,
    }


def test_whom_the_page_did_not_name_the_test_customer_names() -> None:
    made = only(twin(email_address=None, phone_number=None, twclid=None))
    assert made["identifiers"][:2] == [{"hashed_email": HASH}, {"hashed_phone_number": sha256("+49301234567")}]
    plain = only(twin(Customer(), email_address=" Mary@Shop.example "))
    assert {"hashed_email": HASH} in plain["identifiers"]


def test_the_pages_own_moment_and_what_else_it_said_come_along() -> None:
    event = browser_event(NOW - 60_000, event=json.dumps(data(value="59.90", description="gift", contents=None)))
    made = only(SERVER.compose(event, Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9")))
    assert (made["conversion_time"], made["value"], made["description"]) == (iso(NOW - 60_000), 59.9, "gift")
    assert made["identifiers"][-1] == {"ip_address": "203.0.113.9", "user_agent": AGENT}
    assert "contents" not in made
    assert only(twin(event=json.dumps(data(value="1,5"))))["value"] == "1,5"


def test_what_has_no_tag_has_no_twin() -> None:
    with pytest.raises(ComposeError, match="A page view has none"):
        twin(txn_id=PIXEL, event="{}")
    with pytest.raises(ComposeError, match="not an event of its own"):
        SERVER.compose(replace(browser_event(), kind=Kind.OTHER, copy=None), Terms(now_ms=NOW))
    copy = browser_event(at=TWIN)  # it may be all that got through
    assert only(SERVER.compose(copy, Terms(now_ms=NOW))) == only(SERVER.compose(browser_event(), Terms(now_ms=NOW)))
    (server,) = decode(call(element(NOW)))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))


def test_the_call_has_its_pixel_and_version_in_its_address_and_counts_always() -> None:
    ready = SERVER.outgoing(replace(twin(), test_code="TEST1"), BASE)
    assert ready.request.url == API
    assert SERVER.outgoing(replace(twin(), api_version="11"), BASE).request.url == API.replace("/12/", "/11/")
    assert (ready.auth, ready.repeatable, ready.counts) == (Auth(Carrier.OAUTH1, "X-Pixel-Token"), True, True)
    assert SERVER.tests.kind is TestKind.NONE
    assert "THIS EVENT COUNTS" in SERVER.tests.without
    (event,) = decode(call(body=ready.request.body))
    assert (event.account, event.name, event.event_id, event.value) == (PIXEL, TAG, "SO-1187", "59.9")


def test_four_keys_sign_and_a_pixels_token_has_a_header_of_its_own() -> None:
    request = SERVER.outgoing(twin(), BASE).request
    signed = dict(with_token(request, SERVER.auth, KEYS).headers)
    assert signed["Authorization"].startswith("OAuth oauth_nonce=")
    assert 'oauth_token="owner0123456"' in signed["Authorization"]
    assert "secret" not in signed["Authorization"]
    plain = with_token(request, SERVER.auth, PIXEL_TOKEN)
    assert ("X-Pixel-Token", PIXEL_TOKEN) in plain.headers
    assert "Authorization" not in dict(plain.headers)
    for sent in (with_token(request, SERVER.auth, KEYS), plain):
        shown = dict(shown_with(sent, SERVER.auth).headers)
        assert (shown["X-Pixel-Token"], "Authorization" in shown) == ("••••••••", False)


@pytest.mark.parametrize("place", [0, 1])
def test_a_replay_is_the_event_as_it_was_with_a_new_time(place: int) -> None:
    exchange = call(element(5000), element(9000, conversion_id="SO-2", event_id="ol7lz"))
    event = decode(exchange)[place]
    again = SERVER.replay(event, exchange, Terms(now_ms=NOW))
    assert (again.provenance, again.account) == (Provenance.REPLAYED, PIXEL)
    sent = json.loads(exchange.request.body)["conversions"][place]
    assert only(again) == sent | {"conversion_time": iso(NOW)}
    assert SERVER.validate(again, NOW) == ()


def test_a_replay_that_keeps_its_time_is_letter_by_letter() -> None:
    text = json.dumps(element(NOW - 1000)).replace("59.9", "59.90")
    exchange = call(body=f'{{"conversions":[{text}]}}'.encode())
    (event,) = decode(exchange)
    assert SERVER.replay(event, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    with pytest.raises(ComposeError, match="older than X is said to take"):
        SERVER.replay(event, exchange, Terms(now_ms=NOW + 8 * 86_400_000, keep_time=True))
    stamped = call(element(NOW, conversion_time=None, conversion_timestamp=5))
    renewed = only(SERVER.replay(decode(stamped)[0], stamped, Terms(now_ms=NOW)))
    assert (renewed["conversion_timestamp"], "conversion_time" in renewed) == (NOW, False)
    with pytest.raises(ComposeError, match="not in the recorded request"):
        SERVER.replay(event, call(body=b"{}"), Terms(now_ms=NOW))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": "Purchase"}, "event_id"),
        ({"event_id": "purchase"}, "event_id"),
        ({"event_id": 7}, "event_id"),
        ({"event_id": "tw-o8aaa-ol7lz"}, "event_id"),
        ({"conversion_time": None}, "conversion_time"),
        ({"conversion_time": "soon"}, "conversion_time"),
        ({"conversion_time": NOW // 1000}, "conversion_time"),
        ({"conversion_time": None, "conversion_timestamp": "soon"}, "conversion_timestamp"),
        ({"identifiers": None}, "identifiers"),
        ({"identifiers": []}, "identifiers"),
        ({"identifiers": {"twclid": "2-4k"}}, "identifiers"),
        ({"identifiers": [{"twclid": "2-4k"}, 5]}, "identifiers"),
        ({"identifiers": [{"ip_address": "203.0.113.9", "user_agent": AGENT}]}, "identifiers"),
        ({"identifiers": [{"hashed_email": "mary@shop.example"}]}, "identifiers[].hashed_email"),
        ({"identifiers": [{"hashed_phone_number": HASH[:40]}]}, "identifiers[].hashed_phone_number"),
        ({"identifiers": [{"hashed_email": [HASH]}]}, "identifiers[].hashed_email"),
        ({"value": "1,5"}, "value"),
        ({"price_currency": "Euro"}, "price_currency"),
        ({"number_items": 0}, "number_items"),
        ({"contents": {}}, "contents"),
        ({"contents": ["a"]}, "contents.0"),
        ({"contents": [{"content_price": "x"}]}, "contents.0.content_price"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(changes: dict[str, Any], field: str) -> None:
    found = [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused]
    assert [each.field for each in found] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"conversion_id": None}, "conversion_id"),
        ({"conversion_id": 7}, "conversion_id"),
        ({"conversion_time": iso(NOW - 8 * 86_400_000)}, "conversion_time"),
        ({"conversion_time": iso(NOW + 600_000)}, "conversion_time"),
        ({"identifiers": [{"hashed_email": HASH.upper()}]}, "identifiers[].hashed_email"),
        ({"price_currency": None}, "price_currency"),
    ],
)
def test_what_x_takes_but_can_not_use_is_advice(changes: dict[str, Any], field: str) -> None:
    found = SERVER.validate(draft(element(NOW, **changes)), NOW)
    assert [(each.field, each.weight) for each in found] == [(field, Weight.ADVICE)]


def test_a_call_has_its_own_limits() -> None:
    assert [each.field for each in SERVER.validate(draft(account="12!"), NOW)] == ["data", "account"]
    many = replace(twin(), events=twin().events * 501)
    assert SERVER.validate(many, NOW)[0].message.startswith("Conversion count limit is 500")
    assert SERVER.validate(replace(twin(), events=("{",)), NOW)[0].message.startswith("The event is not a JSON object")
    for wrong in (many, draft(), replace(twin(), account="my shop"), replace(twin(), events=("{",))):
        with pytest.raises(ComposeError):
            SERVER.outgoing(wrong, BASE)


@pytest.mark.parametrize("name", [*SERVER.templates.names(), "tw-o9z1d-abc12"])
@pytest.mark.parametrize("customer", [Customer(), MARY])
def test_every_template_is_complete(name: str, customer: Customer) -> None:
    made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW, customer=customer), account=PIXEL, source="web")
    assert SERVER.validate(made, NOW) == ()
    (event,) = decode(call(body=SERVER.outgoing(made, BASE).request.body))
    assert event.name.rpartition("-")[2] == name.rpartition("-")[2]
    assert bool(event.user_values("em")) is (customer == MARY)
    with pytest.raises(ComposeError, match="There is: web"):
        SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=PIXEL, source="store")


# -- a list of objects, one identifier in each ------------------------------------------------------------------------


def test_a_path_leads_into_a_list_of_objects() -> None:
    text = '{"a":1,"ids":[{"x":"1","y":2},{"z":"3.10"}]}'
    assert [raw_at(text, f"ids[].{name}") for name in "xyzw"] == ['"1"', "2", '"3.10"', ""]
    assert raw_at(text, "ids[]") == '[{"x":"1","y":2},{"z":"3.10"}]'
    assert with_text_at(text, "ids[].z", "4") == '{"a":1,"ids":[{"x":"1","y":2},{"z":4}]}'
    assert with_text_at(text, "ids[].w", "5") == '{"a":1,"ids":[{"x":"1","y":2},{"z":"3.10"},{"w":5}]}'
    assert with_text_at("{}", "ids[].w", "5") == '{"ids":[{"w":5}]}'
    assert without_at(text, "ids[].z") == '{"a":1,"ids":[{"x":"1","y":2}]}'
    assert without_at(text, "ids[].y") == '{"a":1,"ids":[{"x":"1"},{"z":"3.10"}]}'
    assert without_at(text, "ids[].w") == text


# -- pasted, logged and copied ----------------------------------------------------------------------------------------


def test_a_pasted_call_is_a_draft() -> None:
    sent = call(element(NOW), element(NOW, conversion_id="SO-2"), url=API.replace("/12/", "/11/"))
    found = draft_of(curl(sent.request))
    assert (found.platform, found.account, found.api_version) == ("x", PIXEL, "11")
    assert [json.loads(text)["conversion_id"] for text in found.events] == ["SO-1187", "SO-2"]


@pytest.mark.parametrize("body", [element(NOW), [element(NOW)], {"conversions": [element(NOW)]}])
def test_bare_json_is_read_too(body: Any) -> None:
    found = draft_of(json.dumps(body))
    assert (found.platform, found.account, json.loads(found.events[0])) == ("x", PIXEL, element(NOW))


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", "{", "", '{"event_id": "a", "event_name": "Lead"}'])
def test_what_is_no_event_of_xs_is_left_to_others(text: str) -> None:
    assert SERVER.read_pasted(Request("POST", "", (), text.encode())) is None


def test_a_draft_comes_back_from_its_own_copies() -> None:
    made = replace(twin(), origin=None)
    assert draft_of(curl(SERVER.outgoing(made, BASE).request)) == made
    assert json.loads(payload(made))["conversions"] == [only(made)]


def test_copies_have_the_tokens_place_and_no_token() -> None:
    recorded = call(element(NOW)).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert PIXEL_TOKEN not in text
        assert "X-Pixel-Token" in text
        assert "ACCESS_TOKEN" in text


def test_the_browsers_half_is_a_call_of_the_library() -> None:
    text = SERVER.snippets[0].write(twin())
    assert text.startswith(f"twq('config', \"{PIXEL}\");\ntwq('event', \"{TAG}\", {{")
    for part in ('"conversion_id": "SO-1187"', '"currency": "EUR"', '"num_items": 2'):
        assert part in text
    assert "</script>" not in SERVER.snippets[0].write(draft(element(NOW, event_id="</script>")))
    assert SERVER.snippets[0].write(replace(twin(), events=("{",))) == ""


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (element(NOW), Shape.EVENT),
        ([element(NOW)], Shape.EVENT),
        ({"conversions": [element(NOW)]}, Shape.CALL),
        ({"pixel_id": PIXEL, "conversions": [element(NOW)]}, Shape.CALL),
        ({"conversions": [{"gclid": "a", "conversionAction": "b"}]}, None),
        ({"event_id": "a", "event_name": "Lead", "conversion_id": "b"}, None),
        ({"event_id": "a"}, None),
        ("x", None),
    ],
)
def test_a_payload_in_a_log_is_known(value: Any, shape: Shape | None) -> None:
    assert LOGGED.shape(value) is shape


@pytest.mark.parametrize(
    ("value", "account", "pixel"),
    [
        (element(NOW), "", PIXEL),
        ([element(NOW, event_id="ol7lz")], "", UNNAMED_ACCOUNT),
        ([element(NOW, event_id="ol7lz")], "o8aaa", "o8aaa"),
        ({"pixel_id": "o8bbb", "conversions": [element(NOW, event_id="ol7lz")]}, "", "o8bbb"),
        ({"conversions": [element(NOW)]}, "", PIXEL),
    ],
)
def test_a_logged_payload_gets_its_call(value: Any, account: str, pixel: str) -> None:
    made = LOGGED.call(json.dumps(value), value, account)
    (event,) = decode(call(url=made.url, body=made.body))
    assert (event.account, event.event_id) == (pixel, "SO-1187")
    assert LOGGED.unnamed(made) is (pixel == UNNAMED_ACCOUNT)
    assert LOGGED.moved(made, "o7ccc").url.endswith("/o7ccc")


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"data": {"conversions_processed": 1}}, 200),
        ({"errors": [{"code": "UNAUTHORIZED_ACCESS"}]}, 401),
        ({"errors": [{"code": "INVALID_PARAMETER"}]}, 400),
        ({"errors": [{"code": "aborted"}]}, None),
        ({"code": 0}, None),
    ],
)
def test_a_logged_answer_tells_its_status(answer: dict[str, Any], status: int | None) -> None:
    assert LOGGED.status(answer) == status
