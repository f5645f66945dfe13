"""Composing, replaying, checking, pasting and copying Snapchat's server events."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from app.formats import read, settle_accounts
from app.formats.jsonl import UNKNOWN
from app.hashing import sha256
from app.model import Customer, Event, Kind, Outcome, Provenance, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms import decode
from app.platforms.server_api import ComposeError, Terms, Weight
from app.platforms.snapchat.call import older
from app.platforms.snapchat.server_api import SERVER
from app.sending.copy_as import curl, httpx_call, payload
from app.sending.paste import draft_of
from tests.formats.traffic import lines, put
from tests.platforms.snapchat.halves import (
    AGENT,
    BASE,
    CALL,
    MARY,
    OLDER,
    PIXEL_ID,
    SCID,
    THANKS,
    TOKEN,
    browser_event,
    call,
    element,
    flat,
)

NOW = time.time_ns() // 1_000_000
DAY_S = 86_400


def twin(customer: Customer = MARY, **changes: Any) -> Draft:
    return SERVER.compose(browser_event(NOW - 2000, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT))


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = PIXEL_ID) -> Draft:
    return Draft("snapchat", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_servers_words() -> None:
    assert only(twin(Customer(), e_ic="mugs", du="['lmu']")) == {
        "event_name": "PURCHASE",
        "event_time": NOW // 1000,
        "event_id": "evt-7",
        "action_source": "WEB",
        "event_source_url": THANKS,
        "data_processing_options": ["lmu"],
        "user_data": {
            "em": [sha256("mary@shop.example")],
            "ph": [sha256("49301234567")],
            "sc_click_id": "sc-lab-1",
            "sc_cookie1": SCID,
            "client_user_agent": AGENT,
        },
        "custom_data": {
            "value": 59.9,
            "currency": "EUR",
            "order_id": "SO-1",
            "content_ids": ["MUG-01", "TEE-XL"],
            "num_items": 3,
            "content_category": "mugs",
        },
    }


@pytest.mark.parametrize("number", ["9" * 400, "1e999", "1,5", "0x10"])
def test_a_number_that_is_none_is_handed_on_as_text(number: str) -> None:
    custom = only(twin(e_pr=number, e_ni=number))["custom_data"]
    assert (custom["value"], custom["num_items"]) == (number, number)


def test_an_id_of_the_scripts_is_not_sent_and_the_order_ties_the_two() -> None:
    made = only(twin(cdid="@-2f3e4d5c"))
    assert "event_id" not in made
    assert made["custom_data"]["order_id"] == "SO-1"
    assert [each.field for each in SERVER.validate(twin(cdid="@-2f3e4d5c"), NOW)] == ["event_id"]


def test_whom_the_page_did_not_name_the_test_customer_names() -> None:
    customer = Customer((("ph", ("+49 30 7654321",)), ("ct", ("Berlin",)), ("country", ("Germany",))))
    user = only(twin(customer, u_hpn=None))["user_data"]
    assert (user["ph"], user["ct"], user["country"]) == ([sha256("49307654321")], [sha256("berlin")], [sha256("de")])


def test_the_pages_own_time_and_an_address_come_along() -> None:
    made = only(SERVER.compose(browser_event(NOW - 60_000), Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9")))
    assert (made["event_time"], made["user_data"]["client_ip_address"]) == ((NOW - 60_000) // 1000, "203.0.113.9")


def test_what_is_no_event_of_a_pages_has_no_twin() -> None:
    (server,) = decode(call(element(NOW)))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="an event of meta"):
        SERVER.compose(replace(server, platform="meta"), Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="not an event of its own"):
        SERVER.compose(replace(browser_event(NOW), kind=Kind.OTHER), Terms(now_ms=NOW))


@pytest.mark.parametrize("as_test", [True, False])
def test_the_call_is_v3_and_a_test_goes_where_nothing_counts(as_test: bool) -> None:
    ready = SERVER.outgoing(replace(twin(), as_test=as_test), BASE)
    assert ready.request.url == (f"{CALL}/validate" if as_test else CALL)
    assert (ready.auth, ready.repeatable, ready.counts) == (Auth(Carrier.QUERY, "access_token"), True, not as_test)
    assert SERVER.tests.counts(replace(twin(), as_test=as_test)) is not as_test
    (event,) = decode(call(ready.request.body, url=ready.request.url))
    assert (event.account, event.event_id, event.value) == (PIXEL_ID, "evt-7", "59.9")


@pytest.mark.parametrize(
    "exchange",
    [
        call([element(5000), element(9000, event_id="evt-8")]),
        call([flat(5000), flat(9000, client_dedup_id="evt-8")], url=OLDER),
    ],
)
def test_a_replay_is_the_event_in_the_form_of_v3_with_a_new_time(exchange: Any) -> None:
    second = decode(exchange)[1]
    again = SERVER.replay(second, exchange, Terms(now_ms=NOW))
    event = only(again)
    assert (again.provenance, again.account) == (Provenance.REPLAYED, PIXEL_ID)
    assert (event["event_id"], event["event_time"], event["action_source"]) == ("evt-8", NOW // 1000, "WEB")
    assert event["user_data"]["em"] == [sha256("mary@shop.example")]
    assert event["custom_data"]["content_ids"] == ["MUG-01", "TEE-XL"]
    assert not {"hashed_email", "timestamp", "pixel_id"} & event.keys()
    assert SERVER.validate(again, NOW) == ()


def test_an_event_of_v3_is_replayed_letter_by_letter_when_its_time_is_kept() -> None:
    text = json.dumps(element(NOW - 1000)).replace("59.9", "59.90")
    exchange = call(f'{{"data":[{text}]}}'.encode())
    (event,) = decode(exchange)
    assert SERVER.replay(event, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    with pytest.raises(ComposeError, match="older than Snapchat reports"):
        SERVER.replay(event, exchange, Terms(now_ms=NOW + 38 * DAY_S * 1000, keep_time=True))
    with pytest.raises(ComposeError, match="Compose a twin"):
        SERVER.replay(browser_event(NOW), exchange, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="not in the recorded request"):
        SERVER.replay(replace(event, name="SAVE"), exchange, Terms(now_ms=NOW))


def test_an_older_events_values_move_and_come_back() -> None:
    exchange = call([flat(NOW, data_use="['lmu']")], url=OLDER)
    (text,) = SERVER.replay(decode(exchange)[0], exchange, Terms(now_ms=NOW, keep_time=True)).events
    assert json.loads(text)["data_processing_options"] == ["lmu"]
    assert older(text, PIXEL_ID) == flat(NOW, data_use='["lmu"]')


HASH = sha256("mary@shop.example")


def user(**changes: Any) -> dict[str, Any]:
    return {"user_data": {"em": [HASH]} | changes}


def custom(**changes: Any) -> dict[str, Any]:
    plain = {"value": 5, "currency": "EUR", "order_id": "SO-1"} | changes
    return {"custom_data": {key: value for key, value in plain.items() if value is not None}}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_name": ""}, "event_name"),
        ({"event_time": None}, "event_time"),
        ({"event_time": "2026-11-20"}, "event_time"),
        ({"action_source": None}, "action_source"),
        ({"action_source": "store"}, "action_source"),
        ({"event_source_url": None}, "event_source_url"),
        ({"user_data": {}}, "user_data"),
        ({"user_data": [HASH]}, "user_data"),
        ({"user_data": {"client_ip_address": "203.0.113.9"}}, "user_data"),
        (user(em="mary@shop.example"), "user_data.em"),
        (user(ph=["+49301234567"]), "user_data.ph"),
        (user(ct=[{}]), "user_data.ct"),
        (user(sc_click_id=5), "user_data.sc_click_id"),
        (user(client_ip_address=HASH), "user_data.client_ip_address"),
        ({"custom_data": []}, "custom_data"),
        (custom(value=None), "custom_data.value"),
        (custom(value="1,5"), "custom_data.value"),
        (custom(currency=None), "custom_data.currency"),
        (custom(currency="Euro"), "custom_data.currency"),
        (custom(contents={}), "custom_data.contents"),
        (custom(contents=["a"]), "custom_data.contents.0"),
        (custom(contents=[{"id": "a", "item_price": "x"}]), "custom_data.contents.0.item_price"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(changes: dict[str, Any], field: str) -> None:
    found = [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused]
    assert [each.field for each in found] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"event_time": NOW},
        {"event_time": NOW // 1000 - 36 * DAY_S},
        {"event_time": NOW // 1000 - 90 * DAY_S},
        {"event_name": "Own name", "custom_data": None},
        {"action_source": "OFFLINE", "event_source_url": None},
        user(em=HASH),
        {"user_data": {"madid": sha256("a")}},
        {"user_data": {"client_ip_address": "203.0.113.9", "client_user_agent": AGENT}},
        custom(value="59.90"),
    ],
)
def test_what_snapchat_takes_is_not_refused(changes: dict[str, Any]) -> None:
    assert [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_id": None}, "event_id"),
        ({"event_id": 7}, "event_id"),
        ({"event_name": "SAVE ", "custom_data": None}, "event_name"),
        ({"event_time": NOW // 1000 - 8 * DAY_S}, "event_time"),
        ({"event_time": NOW // 1000 - 38 * DAY_S}, "event_time"),
        ({"event_time": NOW // 1000 + 600}, "event_time"),
        (user(em=[HASH.upper()]), "user_data.em"),
        (custom(order_id=None), "custom_data.order_id"),
        ({"event_name": "SAVE"} | custom(currency=None), "custom_data.currency"),
        ({"data_processing_options": "LMU"}, "data_processing_options"),
    ],
)
def test_what_snapchat_takes_but_can_not_use_is_advice(changes: dict[str, Any], field: str) -> None:
    found = SERVER.validate(draft(element(NOW, **changes)), NOW)
    assert [(each.field, each.weight) for each in found] == [(field, Weight.ADVICE)]


def test_a_call_has_its_own_limits() -> None:
    assert [each.field for each in SERVER.validate(draft(account="1234"), NOW)] == ["data", "account"]
    many = replace(twin(), events=twin().events * 2001)
    assert SERVER.validate(many, NOW)[0].field == "data"
    assert SERVER.validate(replace(twin(), events=("[",)), NOW)[0].message.startswith("The event is not a JSON object")
    for wrong in (many, draft(), replace(twin(), account="my shop"), replace(twin(), events=("{",))):
        with pytest.raises(ComposeError):
            SERVER.outgoing(wrong, BASE)


@pytest.mark.parametrize("source", SERVER.templates.sources())
def test_every_template_is_complete(source: str) -> None:
    for name in SERVER.templates.names():
        made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=PIXEL_ID, source=source)
        assert SERVER.validate(made, NOW) == ()
        (event,) = decode(call(SERVER.outgoing(made, BASE).request.body))
        assert (event.name, (event.action_source or "").upper()) == (name, source)


def test_a_template_takes_the_test_customer_and_refuses_unknown_sources() -> None:
    make = SERVER.templates.from_scratch
    made = only(make("SIGN_UP", Terms(now_ms=NOW, customer=MARY), account=PIXEL_ID, source="WEB"))
    assert (made["user_data"]["em"], made["user_data"]["ph"]) == ([HASH], [sha256("49301234567")])
    with pytest.raises(ComposeError, match="There are: WEB, MOBILE_APP, OFFLINE"):
        make("SIGN_UP", Terms(now_ms=NOW), account=PIXEL_ID, source="store")


# -- pasted, logged and copied ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "as_test", "ids"),
    [
        (call([element(NOW), element(NOW, event_id="evt-8")]), False, ["evt-7", "evt-8"]),
        (call(element(NOW), url=f"{CALL}/validate"), True, ["evt-7"]),
        (call([flat(NOW)], url=OLDER), False, ["evt-7"]),
    ],
)
def test_a_pasted_call_of_either_version_is_a_draft(exchange: Any, as_test: bool, ids: list[str]) -> None:
    found = draft_of(curl(exchange.request))
    assert (found.platform, found.account, found.as_test) == ("snapchat", PIXEL_ID, as_test)
    assert [json.loads(text)["event_id"] for text in found.events] == ids


@pytest.mark.parametrize("body", [element(NOW), [element(NOW)], {"data": [element(NOW)]}, [flat(NOW)], flat(NOW)])
def test_bare_json_is_read_too_and_as_a_test(body: Any) -> None:
    found = draft_of(json.dumps(body), PIXEL_ID)
    assert (found.platform, found.account, found.as_test) == ("snapchat", PIXEL_ID, True)
    assert json.loads(found.events[0])["event_id"] == "evt-7"


META = {"event_name": "Purchase", "event_time": 1, "action_source": "website", "user_data": {"em": [HASH]}}


@pytest.mark.parametrize("body", [{"a": 1}, [], {"data": [META]}, META, {"event": "Lead", "event_time": 1}, "{", ""])
def test_what_is_no_event_of_snapchats_is_left_to_others(body: Any) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    assert SERVER.read_pasted(Request("POST", "", (), text.encode())) is None


def test_a_draft_comes_back_from_its_own_copies() -> None:
    made = replace(twin(), origin=None)
    assert draft_of(curl(SERVER.outgoing(made, BASE).request)) == made
    assert json.loads(payload(made))["data"][0]["event_id"] == "evt-7"


def test_copies_have_the_tokens_place_and_no_token() -> None:
    recorded = call(element(NOW)).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert TOKEN not in text
        assert "ACCESS_TOKEN" in text


def test_the_browsers_half_is_a_call_of_the_library() -> None:
    text = SERVER.snippets[0].write(twin())
    assert text.startswith(f"snaptr('init', \"{PIXEL_ID}\");\nsnaptr('track', \"PURCHASE\", {{")
    options = json.loads(text.partition('"PURCHASE", ')[2].removesuffix(");\n"))
    assert options == {
        "price": 59.9,
        "currency": "EUR",
        "transaction_id": "SO-1",
        "item_ids": ["MUG-01", "TEE-XL"],
        "number_items": 3,
        "client_dedup_id": "evt-7",
    }
    goods = {"custom_data": {"contents": [{"id": "A"}]}}
    assert '"item_ids": [\n    "A"\n  ]' in SERVER.snippets[0].write(draft(element(NOW, **goods)))
    assert "</script>" not in SERVER.snippets[0].write(draft(element(NOW, event_name="</script>")))
    assert SERVER.snippets[0].write(replace(twin(), events=("{",))) == ""


def logged(folder: Path, *entries: object) -> list[Event]:
    found = settle_accounts([read(put(folder, "a.jsonl", lines(*entries)))])
    return [event for item in found for exchange in item.exchanges for event in decode(exchange)]


@pytest.mark.parametrize(
    ("entry", "account"),
    [
        ({"pixel_id": PIXEL_ID, "payload": {"data": [element(NOW)]}}, PIXEL_ID),
        ({"account": PIXEL_ID, "payload": element(NOW)}, PIXEL_ID),
        ({"data": [element(NOW)]}, UNKNOWN),
        (element(NOW), UNKNOWN),
        (element(NOW, action_source=None), UNKNOWN),
        ([element(NOW)], UNKNOWN),
        ([flat(NOW)], PIXEL_ID),
        (flat(NOW), PIXEL_ID),
        (flat(NOW, pixel_id=None), UNKNOWN),
        ({"data": [flat(NOW)]}, PIXEL_ID),
    ],
)
def test_a_bare_payload_is_snapchats_by_its_words(tmp_path: Path, entry: object, account: str) -> None:
    (event,) = logged(tmp_path, entry)
    assert (event.platform, event.account, event.name, event.event_id) == ("snapchat", account, "PURCHASE", "evt-7")
    assert event.flaws == ()


def test_a_payload_gets_the_only_account_that_is_named_and_others_keep_theirs(tmp_path: Path) -> None:
    named = {"pixel_id": PIXEL_ID, "payload": element(NOW, event_id="evt-8")}
    meta = {"pixel_id": "111", "payload": META}
    found = logged(tmp_path, named, element(NOW), flat(NOW, pixel_id=None), meta)
    assert [(event.platform, event.account) for event in found] == [
        *([("snapchat", PIXEL_ID)] * 3),
        ("meta", "111"),
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ({"status": "VALID"}, Outcome.ACCEPTED),
        ({"status": "INVALID", "reason": "no"}, Outcome.REJECTED),
        ({"note": "queued"}, Outcome.UNKNOWN),
    ],
)
def test_an_answer_beside_a_payload_needs_no_status(tmp_path: Path, answer: object, outcome: Outcome) -> None:
    (event,) = logged(tmp_path, {"payload": {"data": [element(NOW)]}, "response": answer})
    assert event.outcome is outcome
