"""Server events made from browser events and from captured server events, and the requests that carry them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from app.model import Customer, Event, Exchange, Kind, Provenance, Request
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.meta.compose import compose, outgoing, replay, validate
from app.platforms.meta.contract import MAX_EVENTS, answer
from app.platforms.meta.requirements import DAY_MS
from app.platforms.meta.token_check import token_question
from app.platforms.server_api import ComposeError, Terms, Weight
from app.sending.batches import halves

NOW_MS = 1_795_318_292_000
CLICKED_MS = 1_795_317_862_347
MARY = "f1904cf1a9d73a55fa5de0ac823c4403ded71afd4c3248d00bdcd0866552bb79"  # mary@example.com
JOHN = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"  # john_smith@gmail.com
PHONE = "1ef970831d7963307784fa8688e8fce101a15685d62aa765fed23f3a2c576a4e"  # 15559876543
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0"

PURCHASE = {
    "id": "1111111111111111",
    "ev": "Purchase",
    "dl": "https://shop.example/thanks?order=77",
    "rl": "https://shop.example/cart",
    "ts": str(CLICKED_MS),
    "cd[value]": "142.52",
    "cd[currency]": "USD",
    "cd[order_id]": "77",
    "cd[content_type]": "product",
    "cd[contents]": '[{"id":"SKU-1","quantity":2,"item_price":10.5}]',
    "cd[content_ids]": '["SKU-1"]',
    "cd[coupon]": "SPRING 5",
    "ud[em]": JOHN,
    "fbp": "fb.1.1795317853319.235553572512552752",
    "fbc": "fb.1.1795317862330.IwAR_AbC-dEf123",
    "eid": "order-77",
    "rqm": "GET",
}


def browser_event(**changes: str | None) -> Event:
    pairs = {key: value for key, value in (PURCHASE | changes).items() if value is not None}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs.items())
    request = Request("GET", f"https://www.facebook.com/tr/?{query}", (("User-Agent", AGENT),))
    (event,) = decode(Exchange(Provenance.CAPTURED, request, started_ms=CLICKED_MS, number=12))
    return event


def server_call(body: bytes, kind: str = "application/json") -> Exchange:
    url = "https://graph.facebook.com/v26.0/1111111111111111/events?access_token=t"
    return Exchange(Provenance.FORWARDED, Request("POST", url, (("Content-Type", kind),), body), number=7)


def only(draft: Draft) -> Any:
    (text,) = draft.events
    return json.loads(text)


def test_the_twin_says_what_the_browser_said() -> None:
    draft = compose(browser_event(), Terms(now_ms=NOW_MS, user_agent=AGENT, client_ip="203.0.113.9", test_code="TEST1"))

    assert only(draft) == {
        "event_name": "Purchase",
        "event_time": NOW_MS // 1000,
        "event_id": "order-77",
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks?order=77",
        "referrer_url": "https://shop.example/cart",
        "user_data": {
            "em": [JOHN],
            "client_user_agent": AGENT,
            "client_ip_address": "203.0.113.9",
            "fbp": "fb.1.1795317853319.235553572512552752",
            "fbc": "fb.1.1795317862330.IwAR_AbC-dEf123",
        },
        "custom_data": {
            "value": 142.52,
            "currency": "USD",
            "order_id": "77",
            "content_type": "product",
            "contents": [{"id": "SKU-1", "quantity": 2, "item_price": 10.5}],
            "content_ids": ["SKU-1"],
            "coupon": "SPRING 5",
        },
    }
    assert (draft.platform, draft.account, draft.test_code, draft.provenance, draft.origin) == (
        "meta",
        "1111111111111111",
        "TEST1",
        Provenance.SENT,
        "e12.0",
    )
    assert validate(draft, NOW_MS) == ()


def test_the_twin_merges_with_its_browser_event() -> None:
    browser = browser_event()
    out = outgoing(compose(browser, Terms(now_ms=NOW_MS, user_agent=AGENT)), "http://127.0.0.1:8090")

    (server,) = decode(
        Exchange(Provenance.SENT, out.request, answer(out.request, NOW_MS), started_ms=NOW_MS, number=13)
    )

    assert server.keys[0] == browser.keys[0]
    assert (server.value, server.currency, server.order_id, server.page, server.contents) == (
        browser.value,
        browser.currency,
        browser.order_id,
        browser.page,
        browser.contents,
    )
    assert (server.flaws, server.test_code, server.provenance) == ((), None, Provenance.SENT)


def test_the_time_is_now_unless_the_browsers_own_is_kept() -> None:
    browser = browser_event()

    assert only(compose(browser, Terms(now_ms=NOW_MS)))["event_time"] == 1_795_318_292
    assert only(compose(browser, Terms(now_ms=NOW_MS, keep_time=True)))["event_time"] == 1_795_317_862


def test_a_test_customer_fills_in_what_the_browser_did_not_send() -> None:
    customer = Customer((("em", (" Mary@Example.com ",)), ("ph", ("15559876543",))))

    with_em = only(compose(browser_event(), Terms(now_ms=NOW_MS, customer=customer)))["user_data"]
    without = only(compose(browser_event(**{"ud[em]": None}), Terms(now_ms=NOW_MS, customer=customer)))["user_data"]

    assert (with_em["em"], with_em["ph"]) == ([JOHN], [PHONE])
    assert (without["em"], without["ph"]) == ([MARY], [PHONE])


def test_what_the_browser_sent_in_plain_is_hashed_and_a_wrong_hash_left_out() -> None:
    plain = compose(browser_event(**{"ud[em]": "Mary@Example.com"}), Terms(now_ms=NOW_MS))
    md5 = compose(browser_event(**{"ud[em]": "5658ffccee7f0ebfda2b226238b1eb6e"}), Terms(now_ms=NOW_MS))

    assert only(plain)["user_data"]["em"] == [MARY]
    assert "em" not in only(md5)["user_data"]


def test_the_pixels_old_hashes_only_stand_in_for_its_own() -> None:
    both = browser_event(**{"ud[st]": JOHN, "aud[st]": MARY})
    old = browser_event(**{"ud[em]": None, "aud[em]": MARY})

    assert only(compose(both, Terms(now_ms=NOW_MS)))["user_data"]["st"] == [JOHN]
    assert only(compose(old, Terms(now_ms=NOW_MS)))["user_data"]["em"] == [MARY]


def test_an_email_in_the_clear_is_not_passed_on() -> None:
    browser = browser_event(**{"cd[customer_email]": "jane@example.com", "cd[eventID]": "stray"})

    assert not {"customer_email", "eventID"} & only(compose(browser, Terms(now_ms=NOW_MS)))["custom_data"].keys()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, {}),
        ({"dpo": ""}, {"data_processing_options": []}),
        ({"dpo": "[]"}, {"data_processing_options": []}),
        ({"dpo[]": "LDU"}, {"data_processing_options": ["LDU"]}),
        ({"dpo": '["LDU"]'}, {"data_processing_options": ["LDU"]}),
        (
            {"dpo": "LDU", "dpoco": "1", "dpost": "1000"},
            {
                "data_processing_options": ["LDU"],
                "data_processing_options_country": 1,
                "data_processing_options_state": 1000,
            },
        ),
    ],
)
def test_limited_data_use_has_three_states_and_keeps_them(sent: dict[str, str], expected: dict[str, object]) -> None:
    event = only(compose(browser_event(**sent), Terms(now_ms=NOW_MS)))

    assert {key: value for key, value in event.items() if key.startswith("data_processing")} == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("142.52", 142.52), ("12.00", 12), ("0", 0), ("1,5", "1,5"), ("abc", "abc"), ("NaN", "NaN"), ("1e400", "1e400")],
)
def test_a_value_becomes_a_number_only_where_it_is_one(sent: str, expected: object) -> None:
    assert only(compose(browser_event(**{"cd[value]": sent}), Terms(now_ms=NOW_MS)))["custom_data"]["value"] == expected


def test_an_event_without_an_id_gets_none_and_the_draft_says_what_that_means() -> None:
    draft = compose(browser_event(eid=None), Terms(now_ms=NOW_MS, user_agent=AGENT))

    assert "event_id" not in only(draft)
    assert [(item.field, item.weight) for item in validate(draft, NOW_MS)] == [("event_id", Weight.ADVICE)]
    assert not outgoing(draft, "http://127.0.0.1").repeatable


def test_only_a_browser_event_of_its_own_has_a_twin() -> None:
    (server,) = decode(server_call(b'{"data":[{"event_name":"Purchase"}]}'))
    mirrors = decode(
        Exchange(
            Provenance.CAPTURED,
            Request("GET", "https://www.facebook.com/privacy_sandbox/pixel/register/trigger/?id=1&ev=Lead&rqm=FGET"),
        )
    )

    with pytest.raises(ComposeError, match="Replay it instead"):
        compose(server, Terms(now_ms=NOW_MS))
    assert [event.kind for event in mirrors] == [Kind.MIRROR]
    with pytest.raises(ComposeError, match="no twin"):
        compose(mirrors[0], Terms(now_ms=NOW_MS))


RAW = (
    '{ "event_name":"Purchase", "event_time": 1795318000, "event_id":"o-1", "lead_id_copy": 12345678901234567890, '
    '"custom_data": {"value": 142.520, "note": "a\\u00e9 b"}, "user_data": {"lead_id": 525645896321548} }'
)


def test_a_replay_keeps_the_payload_letter_for_letter() -> None:
    exchange = server_call(f'{{"data":[{RAW}],"access_token":"t"}}'.encode())
    (event,) = decode(exchange)

    kept = replay(event, exchange, Terms(now_ms=NOW_MS, keep_time=True, test_code="TEST1"))

    assert kept == Draft("meta", "1111111111111111", (RAW,), "TEST1", None, Provenance.REPLAYED, "e7.0")


def test_a_refreshed_replay_changes_nothing_but_the_time() -> None:
    exchange = server_call(f'{{"data":[{RAW}]}}'.encode())
    (event,) = decode(exchange)

    (text,) = replay(event, exchange, Terms(now_ms=NOW_MS)).events

    assert json.loads(text) == json.loads(RAW) | {"event_time": 1_795_318_292}
    assert '"value": 142.520' in text
    assert "12345678901234567890" in text


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (urlencode({"data": f"[42, {RAW}]"}).encode(), "application/x-www-form-urlencoded"),
        (urlencode({"data": json.dumps(["junk", RAW])}).encode(), "application/x-www-form-urlencoded"),
        (json.dumps({"data": json.dumps([None, RAW])}).encode(), "application/json"),
        (
            f'--X\r\nContent-Disposition: form-data; name="data"\r\n\r\n[1,{RAW}]\r\n--X--\r\n'.encode(),
            "multipart/form-data; boundary=X",
        ),
    ],
    ids=["form", "json strings", "json in json", "multipart"],
)
def test_a_replay_finds_its_event_in_every_body_form(body: bytes, kind: str) -> None:
    exchange = server_call(body, kind)
    event = decode(exchange)[1]

    assert replay(event, exchange, Terms(now_ms=NOW_MS, keep_time=True)).events == (RAW,)


def test_a_replay_takes_the_event_it_was_asked_for() -> None:
    call = [{"event_name": "Lead", "event_time": 1795318000, "event_id": f"o-{number}"} for number in range(5)]
    exchange = server_call(json.dumps({"data": call}).encode())

    assert [only(replay(event, exchange, Terms(now_ms=NOW_MS)))["event_id"] for event in decode(exchange)] == [
        "o-0",
        "o-1",
        "o-2",
        "o-3",
        "o-4",
    ]


def test_an_event_too_old_to_keep_its_time_is_refused_and_can_be_refreshed() -> None:
    exchange = server_call(f'{{"data":[{RAW}]}}'.encode())
    (event,) = decode(exchange)
    later_ms = 1_795_318_000_000 + 7 * DAY_MS + 1000

    with pytest.raises(ComposeError, match="Refresh its time"):
        replay(event, exchange, Terms(now_ms=later_ms, keep_time=True))
    assert only(replay(event, exchange, Terms(now_ms=later_ms)))["event_time"] == later_ms // 1000


def test_a_payload_that_is_not_in_the_record_is_said_so() -> None:
    exchange = server_call(f'{{"data":[{RAW}]}}'.encode())
    (event,) = decode(exchange)

    with pytest.raises(ComposeError, match="not in the recorded request"):
        replay(event, server_call(b'{"data":[{"event_name":"Purch'), Terms(now_ms=NOW_MS))
    with pytest.raises(ComposeError, match="Only a server event"):
        replay(browser_event(), exchange, Terms(now_ms=NOW_MS))


def test_the_request_is_what_the_endpoint_takes() -> None:
    draft = compose(browser_event(), Terms(now_ms=NOW_MS, user_agent=AGENT, test_code="TEST1"))
    out = outgoing(draft, "https://graph.facebook.com/")

    assert (out.request.method, out.request.url) == (
        "POST",
        "https://graph.facebook.com/v26.0/1111111111111111/events",
    )
    assert json.loads(out.request.body) == {"data": [only(draft)], "test_event_code": "TEST1"}
    assert (out.events, out.test_code, out.repeatable, out.provenance) == (1, "TEST1", True, Provenance.SENT)
    signed = Request(out.request.method, f"{out.request.url}?access_token=t", out.request.headers, out.request.body)
    assert answer(signed, NOW_MS).status == 200


def test_every_outgoing_request_is_a_send_of_its_own() -> None:
    draft = compose(browser_event(), Terms(now_ms=NOW_MS))

    assert outgoing(draft, "http://127.0.0.1").send != outgoing(draft, "http://127.0.0.1").send


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft("meta", "", ("{}",)), "digits only"),
        (Draft("meta", "act_1", ("{}",)), "digits only"),
        (Draft("meta", "1", ()), "this draft has 0"),
        (Draft("meta", "1", ("{}",) * (MAX_EVENTS + 1)), "this draft has 1001"),
        (Draft("meta", "1", ('{"a":}',)), "line 1, column 6"),
        (Draft("meta", "1", ("[]",)), "braces"),
    ],
)
def test_a_draft_that_is_no_request_is_refused_with_its_reason(draft: Draft, words: str) -> None:
    with pytest.raises(ComposeError, match=words):
        outgoing(draft, "https://graph.facebook.com")
    assert any(violation.refused for violation in validate(draft, NOW_MS))


def test_violations_name_the_event_they_are_in() -> None:
    good = compose(browser_event(), Terms(now_ms=NOW_MS, user_agent=AGENT)).events[0]
    draft = Draft("meta", "1", (good, json.dumps(json.loads(good) | {"event_time": 1})))

    assert [(item.event, item.field, item.subcode) for item in validate(draft, NOW_MS)] == [(1, "event_time", 2804003)]


def test_a_refused_batch_is_halved_down_to_the_guilty_event() -> None:
    draft = Draft("meta", "1", tuple(f'{{"n":{number}}}' for number in range(7)), "TEST1")

    def guilty(part: Draft) -> tuple[str, ...]:
        if '{"n":5}' not in part.events:
            return ()
        smaller = halves(part)
        return tuple(text for each in smaller for text in guilty(each)) if smaller else part.events

    assert guilty(draft) == ('{"n":5}',)
    assert all(part.test_code == "TEST1" for part in halves(draft))


def test_the_question_about_a_token_is_harmless() -> None:
    out = token_question("https://graph.facebook.com")

    assert (out.request.method, out.request.url, out.request.body, out.events) == (
        "GET",
        "https://graph.facebook.com/v26.0/me?fields=id,name",
        b"",
        0,
    )
