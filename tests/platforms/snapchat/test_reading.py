"""Snapchat beyond the shared vectors: encodings, twins, batches, both server versions, answers, what never counts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side
from app.pairing.grouping import with_twins
from app.platforms import claims, decode, platform
from tests.platforms.snapchat.halves import (
    BASE,
    CALL,
    OLDER,
    PIXEL,
    PIXEL_ID,
    SCID,
    THANKS,
    call,
    element,
    envelope,
    flat,
    hit,
    picture,
    posted,
    told,
)

AT = 1_795_169_730_123
GATEWAY = "https://gw.shop.example/gateway/p"


def _form(url: str = PIXEL) -> Exchange:
    body = urlencode(told() | {"ts": str(AT), "pl": THANKS, "v": "3.54.0"}).encode()
    return Exchange(Provenance.CAPTURED, Request("POST", url, (), body), Response(200), number=1)


def _parts() -> Exchange:
    pairs = told() | {"ts": str(AT), "pl": THANKS}
    head = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = ("".join(head.format(key, value) for key, value in pairs.items()) + "--x--\r\n").encode()
    request = Request("POST", PIXEL, (("Content-Type", "multipart/form-data; boundary=x"),), body)
    return Exchange(Provenance.CAPTURED, request, number=1)


@pytest.mark.parametrize(
    "exchange",
    [
        hit(AT),
        posted(envelope(AT, told(e_pr=59.9, e_iids=["MUG-01", "TEE-XL"], e_ni=3))),
        posted(envelope(AT, told(e_iids='["MUG-01","TEE-XL"]'))),
        posted({"ctx": {"url": THANKS, "ts": AT}, "req": [{"t": told(), "del": 241}]}),
        posted(told() | {"ts": AT, "pl": THANKS}),
        posted(envelope(AT, told(pid=None, pids=[PIXEL_ID]))),
        picture(AT),
        _form(),
        _parts(),
        posted(envelope(AT, told()), url=f"{PIXEL}/"),
        posted(envelope(AT, told()), url=GATEWAY),
        picture(AT, url=GATEWAY),
        _form(GATEWAY),
    ],
)
def test_one_event_in_every_encoding(exchange: Exchange) -> None:
    assert claims(exchange.request)
    (event,) = decode(exchange)
    assert (event.kind, event.side, event.account, event.name, event.event_id, event.own_ms, event.page) == (
        Kind.EVENT,
        Side.BROWSER,
        PIXEL_ID,
        "PURCHASE",
        "evt-7",
        AT,
        THANKS,
    )
    assert (float(event.value or 0), event.currency, event.order_id) == (59.9, "EUR", "SO-1")
    assert [line.id for line in event.contents] == ["MUG-01", "TEE-XL"]
    assert {(item.key, item.value) for item in event.user} == {
        ("em", sha256("mary@shop.example")),
        ("ph", sha256("49301234567")),
    }
    assert (event.match_id("scid"), event.match_id("sc_click_id"), event.flaws) == (SCID, "sc-lab-1", ())


def test_a_gateway_and_a_named_place_say_that_they_are_the_sites_own() -> None:
    assert decode(picture(AT, url=GATEWAY))[0].transport == "GET, event, first-party endpoint"
    own = picture(AT, url="https://shop.example/snap")
    assert not claims(own.request)
    assert decode(own) == ()
    assert claims(own.request, ("shop.example",))
    assert decode(own, ("shop.example",))[0].name == "PURCHASE"
    others = Exchange(Provenance.CAPTURED, Request("GET", f"{GATEWAY}?pid=4&x=1"), number=1)
    assert decode(others) == ()


def test_each_entry_of_an_envelope_is_an_event_and_each_pixel_has_its_own() -> None:
    both = f"{PIXEL_ID},second"
    events = decode(posted(envelope(AT, told(ev="PAGE_VIEW", cdid=None), told(pid=None, pids=both))))
    assert [(event.id, event.name, event.account) for event in events] == [
        ("e1.0", "PAGE_VIEW", PIXEL_ID),
        ("e1.1", "PURCHASE", PIXEL_ID),
        ("e1.2", "PURCHASE", "second"),
    ]


def test_a_list_of_pixels_may_be_written_as_json() -> None:
    events = decode(picture(AT, pid=None, pids=json.dumps([PIXEL_ID, "second", PIXEL_ID])))
    assert [event.account for event in events] == [PIXEL_ID, "second"]


def test_an_event_without_a_pixel_is_nobodys() -> None:
    (event,) = decode(hit(AT, pid=None))
    assert (event.kind, [flaw.field for flaw in event.flaws]) == (Kind.OTHER, ["pid"])


def test_a_session_beside_the_list_is_every_events_and_a_byte_order_mark_is_none() -> None:
    body = envelope(AT, told(), told(u_scsid="own")) | {"u_scsid": "shared"}
    events = decode(posted(b"\xef\xbb\xbf" + json.dumps(body).encode()))
    assert [event.match_id("scsid") for event in events] == ["shared", "own"]


def test_the_twin_over_ipv6_is_a_mirror_that_names_its_event() -> None:
    mirror = decode(replace(hit(AT), request=replace(hit(AT).request, url="https://tr6.snapchat.com/p"), number=2))[0]
    assert (mirror.kind, mirror.transport) == (Kind.MIRROR, "POST, envelope, event, over IPv6")
    (named,) = with_twins((mirror,), decode(hit(AT)))
    assert named.mirror_of == "e1.0"


@pytest.mark.parametrize(
    ("url", "body", "name"),
    [
        (f"{BASE}/cm/i?pid={PIXEL_ID}&u_scsid=s", None, "identity sync"),
        (f"{BASE}/cm/s?bt=1", None, "identity sync"),
        (f"{BASE}/cm/p?rand=1&pnid=140", None, "identity sync"),
        ("https://tr-shadow.snapchat.com/p", envelope(AT, told()), "Snap's own trial"),
        ("https://tr6.snapchat.com/p", {"ctx": {"url": "u"}, "req": [{"i": {"pids": ["p-1"]}, "del": 3}]}, "i"),
        (PIXEL, {"ctx": {}, "req": [{"md": {}}, {"pc": {"pids": ["p-1"]}}, {"log": {"name": "E"}}]}, "md, pc, log"),
        (f"{PIXEL}?pid={PIXEL_ID}", None, ""),
    ],
)
def test_what_the_library_sends_for_itself_is_shown_and_never_counted(url: str, body: Any, name: str) -> None:
    data = b"" if body is None else json.dumps(body).encode()
    exchange = Exchange(Provenance.CAPTURED, Request("GET" if body is None else "POST", url, (), data), number=1)
    assert claims(exchange.request)
    (event,) = decode(exchange)
    assert (event.kind, event.name, event.keys, event.event_id) == (Kind.OTHER, name, (), None)


@pytest.mark.parametrize(
    ("url", "name", "account"),
    [
        ("https://sc-static.net/scevent.min.js", "scevent.min.js", ""),
        (f"{BASE}/config/example/{PIXEL_ID}.js?v=3.4.15", "configuration", PIXEL_ID),
        (f"{BASE}/config/com/{PIXEL_ID}", "configuration", PIXEL_ID),
    ],
)
def test_library_and_configuration_are_told_when_they_came_and_when_they_were_lost(
    url: str, name: str, account: str
) -> None:
    came = Exchange(Provenance.CAPTURED, Request("GET", url), Response(200), number=1)
    lost = replace(came, response=None, error="net::ERR_BLOCKED_BY_CLIENT")
    assert [(event.kind, event.name, event.account) for event in decode(came)] == [(Kind.CONFIGURATION, name, account)]
    assert [(event.kind, event.outcome) for event in decode(lost)] == [(Kind.OTHER, Outcome.FAILED)]


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
def test_a_preflight_and_a_link_checker_count_nothing(method: str) -> None:
    events = decode(replace(picture(AT), request=replace(picture(AT).request, method=method)))
    assert [event.kind for event in events] == ([] if method == "OPTIONS" else [Kind.OTHER])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"ctx":', "not-json"),
        (b'{"ctx":{},"req":[]}', "empty"),
        (b'{"ctx":{},"req":{"t":{"ev":"PURCHASE"}}}', "not-a-list"),
        (b'[{"ctx":{},"req":[]}]', "not-an-object"),
        (b"[" * 5000, "too-deep"),
    ],
)
def test_a_page_request_that_can_not_be_read_is_never_lost(body: bytes, reason: str) -> None:
    (event,) = decode(posted(body))
    assert (event.kind, event.flaws[0].reason) == (Kind.OTHER, reason)


def test_the_site_decides_whether_an_id_is_one() -> None:
    given, made, none = (decode(hit(AT, cdid=each))[0] for each in ("evt-7", "@-2f3e4d5c", None))
    assert [(event.event_id, event.id_by_script) for event in (given, made, none)] == [
        ("evt-7", False),
        ("@-2f3e4d5c", True),
        (None, False),
    ]
    assert [len(event.keys) for event in (given, made, none)] == [2, 1, 1]
    assert [flaw.code for flaw in made.flaws] == ["snap-id-made-by-script"]


def test_the_first_library_writes_no_event_time_of_its_own_and_the_context_has_it() -> None:
    (event,) = decode(posted({"ctx": {"url": THANKS, "ts": AT, "v": "3.4.15"}, "req": [{"t": told(), "del": 241}]}))
    assert (event.own_ms, event.emitter) == (AT, "scevent 3.4.15")
    assert decode(hit(AT, intg="gtm"))[0].emitter == "scevent 3.54.0-2512101929, gtm"


def test_data_use_is_consent() -> None:
    assert [decode(hit(AT, du=said))[0].consent for said in (None, "['lmu']", "[]")] == [
        None,
        "limited data use",
        "none",
    ]


def test_a_token_in_the_pages_request_is_exposed() -> None:
    (event,) = decode(picture(AT, url=f"{PIXEL}?access_token=abc&x=1"))
    assert [flaw.code for flaw in decode(posted(envelope(AT, told()), url=f"{PIXEL}?access_token=abc"))[0].flaws] == [
        "token-exposed"
    ]
    assert event.side is Side.BROWSER


def _relayed(exchange: Exchange) -> Exchange:
    url = exchange.request.url.replace(BASE, "https://relay.shop.example/snap")
    return replace(exchange, request=replace(exchange.request, url=url))


# -- the server -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exchange", "transport"),
    [
        (call(element(AT)), "Conversions API v3"),
        (call(element(AT, event_time=AT)), "Conversions API v3"),
        (call(element(AT), url=f"{CALL}/validate"), "Conversions API v3, validation only"),
        (_relayed(call(element(AT))), "Conversions API v3"),
        (call([flat(AT)], url=OLDER), "Conversions API v2"),
        (call(flat(AT), url=OLDER), "Conversions API v2"),
        (call([flat(AT)], url=f"{OLDER}/validate"), "Conversions API v2, validation only"),
    ],
)
def test_every_form_of_a_server_call(exchange: Exchange, transport: str) -> None:
    assert claims(exchange.request)
    (event,) = decode(exchange)
    assert (event.side, event.kind, event.account, event.name, event.event_id, event.order_id, event.transport) == (
        Side.SERVER,
        Kind.EVENT,
        PIXEL_ID,
        "PURCHASE",
        "evt-7",
        "SO-1",
        transport,
    )
    assert event.own_ms in (AT, AT // 1000 * 1000)
    assert (float(event.value or 0), event.currency, event.page) == (59.9, "EUR", THANKS)
    assert [line.id for line in event.contents] == ["MUG-01", "TEE-XL"]
    assert (event.match_id("scid"), event.match_id("sc_click_id")) == (SCID, "sc-lab-1")
    assert event.test_code == ("validate" if "validation" in transport else None)
    assert event.flaws == ()
    assert event.keys == decode(hit(AT))[0].keys


def test_a_basket_with_prices_and_where_an_event_happened() -> None:
    custom = {"contents": [{"id": "MUG-01", "quantity": "2", "item_price": "29.95"}], "value": "59.90"}
    web, app, shop = decode(
        call(
            [element(AT, custom_data=custom), *(element(AT, action_source=each) for each in ("MOBILE_APP", "OFFLINE"))]
        )
    )
    assert [(line.id, line.quantity, line.price) for line in web.contents] == [("MUG-01", "2", "29.95")]
    assert [(event.action_source, event.off_page) for event in (web, app, shop)] == [
        ("web", False),
        ("mobile_app", True),
        ("offline", True),
    ]


def test_stapes_test_code_and_consent_are_read() -> None:
    body = {"data": [element(AT, data_processing_options=["LMU"])], "test_event_code": "TEST1"}
    (event,) = decode(call(json.dumps(body).encode()))
    assert (event.test_code, event.consent) == ("TEST1", "limited data use")


def outcomes(events: tuple[Event, ...]) -> list[str]:
    return [event.outcome.value for event in events]


_LOG: dict[str, list[str]] = {"codes": [], "error_msgs": []}


@pytest.mark.parametrize(
    ("status", "answer", "found"),
    [
        (200, {"status": "VALID"}, ["accepted", "accepted"]),
        (400, {"status": "INVALID", "reason": "bad", "event": 1, "errors": _LOG}, ["rejected", "rejected"]),
        (
            200,
            {"status": "VALID", "event_logs": [{"event": 1, "status": "INVALID", "errors": {"error_msgs": ["x"]}}]},
            ["accepted", "rejected"],
        ),
        (
            400,
            {
                "status": "INVALID",
                "event_logs": [
                    {"event": 0, "status": "VALID", "errors": _LOG, "warnings": ["no e-mail"]},
                    {"event": 1, "status": "INVALID", "errors": {"codes": ["E1"], "error_msgs": ["event_time is old"]}},
                ],
            },
            ["accepted", "rejected"],
        ),
        (200, {"status": "SUCCESS"}, ["accepted", "accepted"]),
        (400, {"status": "FAILED", "error_records": [{"reason": "x", "record_indexes": [0, 1]}]}, ["rejected"] * 2),
        (
            200,
            {"status": "SUCCESS", "error_records": [{"reason": "x", "record_indexes": [0]}]},
            ["rejected", "accepted"],
        ),
        (401, {"status": "INVALID", "reason": "Invalid access token"}, ["rejected", "rejected"]),
        (401, b"Unauthorized", ["rejected", "rejected"]),
        (500, {"status": "INVALID", "reason": "oops"}, ["failed", "failed"]),
        (502, b"<html>Bad gateway</html>", ["failed", "failed"]),
        (200, b"<html>Welcome</html>", ["unknown", "unknown"]),
        (200, {"status": ["VALID"], "event_logs": {"a": 1}, "error_records": "x"}, ["unknown", "unknown"]),
    ],
)
def test_an_answer_speaks_of_the_call_or_of_each_event(status: int, answer: Any, found: list[str]) -> None:
    events = decode(call([element(AT), element(AT, event_id="evt-8")], answer=answer, status=status))
    assert outcomes(events) == found


def test_a_refusal_has_its_code_its_words_and_the_field_it_means() -> None:
    errors = {"codes": ["E101"], "error_msgs": ["event_time is missing or malformed"]}
    said = {"status": "INVALID", "reason": "Event rejected", "event": 1, "errors": errors}
    first, _ = decode(call([element(AT), element(AT)], answer=said, status=400))
    assert first.answer is not None
    assert (first.answer.code, first.answer.blamed) == ("E101", "data.1.event_time")
    assert first.answer.message == "event_time is missing or malformed; Event rejected"
    bare, _ = decode(call([element(AT), element(AT)], answer={"status": "INVALID", "reason": "No"}, status=403))
    assert bare.answer is not None
    explained = platform("snapchat").explain(bare.answer.code, None)
    assert explained is not None
    assert explained.title == "No right to this pixel"


def test_warnings_of_a_validation_are_kept() -> None:
    log = {"event": 0, "status": "VALID", "errors": _LOG, "warnings": ["hashed_email is missing"]}
    (event,) = decode(call(element(AT), answer={"status": "VALID", "test_event": True, "event_logs": [log]}))
    assert event.answer is not None
    assert (event.answer.accepted, event.answer.messages) == (True, ("hashed_email is missing",))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"data": []}', b'{"data": {"a": 1}}', b"\xff\xfe", b'[1, "x"]'])
@pytest.mark.parametrize("url", [CALL, OLDER])
def test_a_call_that_can_not_be_read_is_never_lost(body: bytes, url: str) -> None:
    events = decode(call(body, url=url))
    assert all(event.kind is not Kind.EVENT or event.flaws for event in events)
    assert events
    assert events[0].flaws


def test_a_page_that_calls_the_server_api_exposes_its_token() -> None:
    exchange = replace(call(element(AT)), provenance=Provenance.PAGE)
    assert [flaw.code for flaw in decode(exchange)[0].flaws] == ["token-exposed"]
    plain = replace(call(element(AT)), request=replace(call(element(AT)).request, url=f"http{CALL[5:]}"))
    assert [flaw.code for flaw in decode(plain)[0].flaws] == ["insecure-transport"]


@pytest.mark.parametrize("path", ["/v3/x/events/validate/logs", "/v3/x/events/validate/stats", "/login", "/v1/me"])
def test_what_is_no_event_of_the_shared_host_is_left_alone(path: str) -> None:
    exchange = Exchange(Provenance.CAPTURED, Request("GET", f"{BASE}{path}"), Response(200), number=1)
    assert decode(exchange) == ()
    assert not claims(exchange.request)
