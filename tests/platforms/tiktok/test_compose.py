"""Composing, replaying, checking, pasting and copying TikTok's server events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import Customer, Provenance, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms import decode
from app.platforms.server_api import ComposeError, Terms, Weight
from app.platforms.tiktok.server_api import SERVER
from app.sending.copy_as import curl, httpx_call, payload
from app.sending.paste import draft_of
from tests.platforms.tiktok.halves import AGENT, API, BASE, CODE, MARY, TOKEN, browser_event, call, element, older, v2

NOW = time.time_ns() // 1_000_000


def twin(customer: Customer = MARY, **changes: Any) -> Draft:
    return SERVER.compose(browser_event(NOW - 2000, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT))


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = CODE) -> Draft:
    return Draft("tiktok", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_servers_words() -> None:
    assert only(twin(Customer())) == {
        "event": "CompletePayment",
        "event_time": NOW // 1000,
        "event_id": "evt-7",
        "user": {
            "email": sha256("mary@shop.example"),
            "phone": sha256("+49301234567"),
            "external_id": sha256("user-77"),
            "ttclid": "E.C.P.lab",
            "ttp": "2abc",
            "user_agent": AGENT,
        },
        "page": {"url": "https://shop.example/thanks", "referrer": "https://shop.example/checkout"},
        "properties": {
            "value": 59.9,
            "currency": "EUR",
            "order_id": "SO-1187",
            "content_type": "product",
            "contents": [{"content_id": "MUG-01", "content_name": "Mug", "quantity": 2, "price": 29.95}],
        },
    }


def test_whom_the_page_did_not_name_the_test_customer_names() -> None:
    context = {"pixel": {"code": CODE}, "user": {"auto_email": sha256("found@shop.example")}}
    user = only(twin(Customer((("ph", ("+49 30 7654321",)), ("ct", ("Berlin",)))), context=context))["user"]
    assert user["email"] == sha256("found@shop.example")
    assert (user["phone"], user["city"]) == (sha256("+49307654321"), "berlin")


def test_limited_data_use_and_the_pages_own_time_come_along() -> None:
    event = browser_event(NOW - 60_000, limited_data_use=True)
    made = only(SERVER.compose(event, Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9")))
    assert (made["limited_data_use"], made["event_time"]) == (True, (NOW - 60_000) // 1000)
    assert made["user"]["ip"] == "203.0.113.9"


def test_numbers_stay_numbers_and_a_stray_e_mail_stays_behind() -> None:
    odd = {"currency": "EUR", "num_items": "1,5", "price": "Infinity"}
    sent = {"value": "59.90", "query": "mary@shop.example", **odd}
    assert only(twin(properties=sent))["properties"] == {"value": 59.9, **odd}


def test_an_older_offline_call_is_replayed_as_offline() -> None:
    exchange = call("offline/track/", older(NOW, event_set_id="7000000000000000001"))
    again = SERVER.replay(decode(exchange)[0], exchange, Terms(now_ms=NOW))
    body = json.loads(SERVER.outgoing(again, BASE).request.body)
    assert body["event_source"] == "offline"
    assert "event_set_id" not in body["data"][0]


def test_what_the_library_sends_for_itself_has_no_twin() -> None:
    with pytest.raises(ComposeError, match="not an event of its own"):
        twin(event="EnrichAM")
    (server,) = decode(call("event/track/", v2(element(NOW))))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))


def test_the_call_is_events_api_2_with_its_test_code_and_its_tokens_place() -> None:
    ready = SERVER.outgoing(replace(twin(), test_code="TEST12345"), BASE)

    assert ready.request.url == f"{API}/event/track/"
    body = json.loads(ready.request.body)
    assert {key: body[key] for key in body if key != "data"} == {
        "event_source": "web",
        "event_source_id": CODE,
        "test_event_code": "TEST12345",
    }
    assert (ready.auth, ready.repeatable, ready.counts) == (Auth(Carrier.HEADER, "Access-Token"), True, False)
    assert SERVER.outgoing(twin(), BASE).counts
    (event,) = decode(call("event/track/", ready.request.body))
    assert (event.account, event.event_id, event.test_code, event.value) == (CODE, "evt-7", "TEST12345", "59.9")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("event/track/", v2(element(5000), element(9000, event_id="evt-8"))),
        ("pixel/batch/", {"pixel_code": CODE, "batch": [older(5000), older(9000, event_id="evt-8")]}),
    ],
)
def test_a_replay_is_the_event_in_the_form_of_2_with_a_new_time(path: str, body: Any) -> None:
    exchange = call(path, body)
    second = decode(exchange)[1]

    again = SERVER.replay(second, exchange, Terms(now_ms=NOW))

    event = only(again)
    assert (again.provenance, again.account) == (Provenance.REPLAYED, CODE)
    assert (event["event_id"], event["event_time"]) == ("evt-8", NOW // 1000)
    assert event["user"]["email"] == sha256("mary@shop.example")
    assert (event["user"]["ip"], event["page"]) == ("203.0.113.9", {"url": "https://shop.example/thanks"})
    assert not {"context", "timestamp", "pixel_code"} & event.keys()
    assert SERVER.validate(again, NOW) == ()


def test_an_older_events_values_move_to_the_letter() -> None:
    text = json.dumps(older(NOW, event="Lead")).replace("59.9", "59.90").encode()
    exchange = call("pixel/track/", text)
    again = SERVER.replay(decode(exchange)[0], exchange, Terms(now_ms=NOW, keep_time=True))
    assert '"value": 59.90' in again.events[0]
    assert only(again)["user"] == {
        "email": sha256("mary@shop.example"),
        "phone": sha256("+49301234567"),
        "ttclid": "E.C.P.lab",
        "ip": "203.0.113.9",
        "user_agent": AGENT,
    }


def test_an_event_of_2_is_replayed_letter_by_letter_when_its_time_is_kept() -> None:
    text = json.dumps(element(NOW - 1000)).replace("59.9", "59.90")
    exchange = call("event/track/", f'{{"event_source":"web","event_source_id":"{CODE}","data":[{text}]}}'.encode())
    (event,) = decode(exchange)
    assert SERVER.replay(event, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    with pytest.raises(ComposeError, match="older than TikTok takes"):
        SERVER.replay(event, exchange, Terms(now_ms=NOW + 8 * 86_400_000, keep_time=True))


def test_where_an_event_happened_is_kept_in_a_replay() -> None:
    exchange = call("event/track/", v2(element(NOW), event_source="crm"))
    again = SERVER.replay(decode(exchange)[0], exchange, Terms(now_ms=NOW))
    body = json.loads(SERVER.outgoing(again, BASE).request.body)
    assert (body["event_source"], "event_source" in body["data"][0]) == ("crm", False)
    mixed = replace(again, events=(*again.events, json.dumps(element(NOW))))
    with pytest.raises(ComposeError, match="one event source, not crm and web"):
        SERVER.outgoing(mixed, BASE)
    assert SERVER.validate(mixed, NOW)[0].field == "data"


HASH = sha256("mary@shop.example")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event": ""}, "event"),
        ({"event_time": None}, "event_time"),
        ({"event_time": NOW}, "event_time"),
        ({"event_time": NOW // 1000 - 8 * 86_400}, "event_time"),
        ({"event_id": 7}, "event_id"),
        ({"user": {}}, "user"),
        ({"user": {"ip": "203.0.113.9"}}, "user"),
        ({"user": [HASH]}, "user"),
        ({"user": {"email": "mary@shop.example"}}, "user.email"),
        ({"user": {"phone": ["+49301234567"]}}, "user.phone"),
        ({"user": {"ttclid": 5}}, "user.ttclid"),
        ({"properties": {"value": "1,5", "currency": "EUR"}}, "properties.value"),
        ({"properties": {"value": 1, "currency": "Euro"}}, "properties.currency"),
        ({"properties": {"contents": {}}}, "properties.contents"),
        ({"properties": {"contents": [{"content_id": "a"}, {"content_id": 9}]}}, "properties.contents.1.content_id"),
        ({"properties": {"contents": [{"price": "x"}]}}, "properties.contents.0.price"),
        ({"limited_data_use": "yes"}, "limited_data_use"),
        ({"event_source": "store"}, "event_source"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(changes: dict[str, Any], field: str) -> None:
    found = [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused]
    assert [each.field for each in found] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"user": {"ttclid": "E.C.P"}},
        {"user": {"external_id": ["user-77"]}},
        {"user": {"email": [HASH, sha256("b@shop.example")]}},
        {"user": {}, "ad": {"callback": "E.C.P"}},
        {"user": {}, "lead": {"lead_id": "7"}, "event_source": "crm"},
        {"event": "Own name"},
        {"properties": {"value": "59.90", "currency": "EUR"}},
    ],
)
def test_what_tiktok_takes_is_not_refused(changes: dict[str, Any]) -> None:
    assert [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_time": NOW // 1000 + 600}, "event_time"),
        ({"user": {"email": HASH.upper()}}, "user.email"),
        ({"page": {}}, "page.url"),
        ({"properties": {}}, "properties.value"),
        ({"properties": {"value": 5}}, "properties.currency"),
    ],
)
def test_what_tiktok_takes_but_can_not_use_is_advice(changes: dict[str, Any], field: str) -> None:
    found = SERVER.validate(draft(element(NOW, **changes)), NOW)
    assert [(each.field, each.weight) for each in found] == [(field, Weight.ADVICE)]


def test_a_call_has_its_own_limits() -> None:
    assert [each.field for each in SERVER.validate(draft(account="1234"), NOW)] == ["data", "account"]
    many = replace(twin(), events=twin().events * 1001)
    assert SERVER.validate(many, NOW)[0].field == "data"
    for wrong in (many, draft(), replace(twin(), account="my shop"), replace(twin(), events=("{",))):
        with pytest.raises(ComposeError):
            SERVER.outgoing(wrong, BASE)


@pytest.mark.parametrize("name", SERVER.templates.names())
@pytest.mark.parametrize("source", SERVER.templates.sources())
def test_every_template_is_complete(name: str, source: str) -> None:
    made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=CODE, source=source)
    assert SERVER.validate(made, NOW) == ()
    body = json.loads(SERVER.outgoing(made, BASE).request.body)
    assert (body["event_source"], body["data"][0]["event"]) == (source, name)


def test_a_template_takes_the_test_customer_and_refuses_unknown_sources() -> None:
    made = only(SERVER.templates.from_scratch("Lead", Terms(now_ms=NOW, customer=MARY), account=CODE, source="web"))
    assert (made["user"]["email"], made["user"]["phone"]) == (HASH, sha256("+49301234567"))
    with pytest.raises(ComposeError, match="There are: web, app, offline, crm"):
        SERVER.templates.from_scratch("Lead", Terms(now_ms=NOW), account=CODE, source="store")


# -- pasted and copied ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "body", "ids"),
    [
        ("event/track/", v2(element(NOW), element(NOW, event_id="evt-8"), test_event_code="TEST1"), ["evt-7", "evt-8"]),
        ("pixel/track/", older(NOW, test_event_code="TEST1"), ["evt-7"]),
        ("pixel/batch/", {"pixel_code": CODE, "batch": [older(NOW)], "test_event_code": "TEST1"}, ["evt-7"]),
    ],
)
def test_a_pasted_call_of_any_form_is_a_draft(path: str, body: Any, ids: list[str]) -> None:
    found = draft_of(curl(call(path, body).request))
    assert (found.platform, found.account, found.test_code) == ("tiktok", CODE, "TEST1")
    assert [json.loads(text)["event_id"] for text in found.events] == ids
    assert all(json.loads(text)["event_time"] == NOW // 1000 for text in found.events)


@pytest.mark.parametrize("body", [element(NOW), [element(NOW)], v2(element(NOW)), older(NOW)])
def test_bare_json_is_read_too(body: Any) -> None:
    found = draft_of(json.dumps(body), CODE)
    assert (found.platform, found.account) == ("tiktok", CODE)
    assert json.loads(found.events[0])["event_id"] == "evt-7"


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", "{", "", '{"data": [{"event_name": "Lead"}]}'])
def test_what_is_no_event_of_tiktoks_is_left_to_others(text: str) -> None:
    assert SERVER.read_pasted(Request("POST", "", (), text.encode())) is None


def test_a_draft_comes_back_from_its_own_copies() -> None:
    made = replace(twin(), origin=None, test_code="TEST1")
    assert draft_of(curl(SERVER.outgoing(made, BASE).request)) == made
    assert json.loads(payload(made))["event_source_id"] == CODE


def test_copies_have_the_tokens_place_and_no_token() -> None:
    recorded = call("event/track/", v2(element(NOW))).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert TOKEN not in text
        assert "Access-Token" in text
        assert "ACCESS_TOKEN" in text


def test_the_browsers_half_is_a_call_of_the_library() -> None:
    text = SERVER.snippets[0].write(twin())
    assert text.startswith(f'ttq.load("{CODE}");\nttq.track("CompletePayment", {{')
    assert text.endswith('}, {event_id: "evt-7"});\n')
    assert "ttq.page();" in SERVER.snippets[0].write(draft({"event": "Pageview"}))
    assert "</script>" not in SERVER.snippets[0].write(draft(element(NOW, event="</script>")))
    assert SERVER.snippets[0].write(replace(twin(), events=("{",))) == ""
