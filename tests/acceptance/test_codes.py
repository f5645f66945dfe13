"""Every finding code, from outside: traffic in which it is found, and traffic close to it in which it is not."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from app.checks import CHECKS
from app.checks.codes import GENERIC, conversions
from app.platforms import PLATFORMS
from app.settings import Settings, save
from tests.acceptance.judged import check
from tests.acceptance.traffic import (
    AGENT,
    BASKET,
    FBP,
    LEFT_OUT,
    MARY,
    OTHER_PIXEL,
    PAGE,
    PIXEL,
    START,
    Json,
    call,
    entry,
    event,
    fired,
    har,
    lines,
    payload,
    refusal,
    sha256,
)

HOUR = 3600
DAY = 24 * HOUR
UUID = "0b9f3b0e-8d5c-4c1c-9f54-9a8e7f3f1f10"
FBC = "fb.1.1795317862330.IwAR_AbC-dEf123"
LANDED = f"{PAGE}?fbclid=IwAR_AbC-dEf123"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
TOKEN = "EAAB1234567890abcdefghijkl"
CUSTOMER = {"em": "mary@example.com", "ph": "+1 555 987 6543", "fn": "Jean-Pierre"}


@dataclass(frozen=True)
class Scene:
    """What the browser did, what the server sent, and what the code's reason is then."""

    browser: tuple[Json, ...] = ()
    server: tuple[Json, ...] = ()
    reason: str | None = None
    severity: str | None = None
    customer: Json | None = None


def both(browser: Json | None = None, server: Json | None = None, reason: str | None = None) -> Scene:
    """One event on each side; the clean twin where none is given."""
    return Scene((browser or fired(),), (call(server or event()),), reason)


def seen(reason: str | None = None, **changed: Any) -> Scene:
    """One browser event alone."""
    return Scene((fired(**changed),), (), reason)


def sent(reason: str | None = None, **changed: Any) -> Scene:
    """One server event alone."""
    return Scene((), (call(event(**changed)),), reason)


def user(**changed: Any) -> Json:
    """A server event with other customer data."""
    return event(user=changed)


def custom(**changed: Any) -> Json:
    """A server event with other custom data."""
    return event(custom=changed)


def with_customer(scene: Scene, **values: Any) -> Scene:
    return replace(scene, customer=values or CUSTOMER)


def orders(count: int, shared: int) -> Scene:
    """So many orders of different shoppers, of which the server has the first ones."""

    def cookie(number: int) -> str:
        return f"fb.1.1795310000000.{1000 + number}"

    return Scene(
        tuple(fired(eid=f"o{n}", at=100 * n, cd__order_id=f"O{n}", fbp=cookie(n)) for n in range(count)),
        tuple(
            call(event(event_id=f"o{n}", at=100 * n + 1, custom={"order_id": f"O{n}"}, user={"fbp": cookie(n)}))
            for n in range(shared)
        ),
    )


def cart(article: str, event_id: str | None, at: float) -> Json:
    content = json.dumps([{"id": article, "quantity": 1}])
    return fired("AddToCart", event_id, at, cd__value="10", cd__currency="USD", cd__contents=content)


def viewed(article: str, event_id: str, at: float) -> Json:
    """The server's view of the article that `cart` puts into the basket."""
    content = [{"id": article, "quantity": 1}]
    return event("ViewContent", event_id, at, custom={"value": 10, "currency": "USD", "contents": content})


LIBRARY = entry("GET", "https://connect.facebook.net/en_US/fbevents.js", -1)
SETTINGS = entry("GET", f"https://connect.facebook.net/signals/config/{PIXEL}?v=2.9.252&r=stable", -0.5)
FROM_PAGE = entry(
    "POST",
    f"https://graph.facebook.com/v24.0/{PIXEL}/events?access_token={TOKEN}",
    1.1,
    headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://shop.example"},
    body=("application/json", json.dumps({"data": [event()]})),
    answer='{"events_received":1}',
)


def answered(took: float) -> Json:
    """A call to the platform, recorded with how long its answer took in milliseconds."""
    body = ("application/json", json.dumps({"data": [event()]}))
    url = f"https://graph.facebook.com/v24.0/{PIXEL}/events"
    return entry("POST", url, 1.1, body=body, answer='{"events_received":1}', took=took)


FIRES: dict[str, list[Scene]] = {
    # Identity
    "event-id-missing-server": [both(server=event(event_id=None)), both(server=event(event_id=""))],
    "event-id-missing-browser": [both(fired(eid=None)), both(fired(eid=""))],
    "event-id-missing-both": [both(fired(eid=None), event(event_id=None))],
    "event-id-differs": [
        both(fired(eid=browser), event(event_id=server), reason)
        for browser, server, reason in (
            ("ABC-9", "abc-9", "case"),
            ("abc", " abc", "whitespace"),
            ("12345", "12345-server", "affix"),
            ("000001", "1", "number-format"),
            ("#1042", "1042", "number-format"),
            (UUID, UUID[:-4], "truncated"),
            ("a/b c", "a%2Fb%20c", "encoded"),
            ("order-77", "b3JkZXItNzc=", "encoded"),
            ("caf\u00e9-1", "cafe\u0301-1", "encoded"),
            ("ORD-77", UUID, "family"),
            (UUID, "7d9f3b0e-1d5c-4c1c-8f54-9a8e7f3f1f99", "independent"),
        )
    ],
    "event-id-misplaced": [
        both(fired(eid=None, cd__eventID="o-1"), reason="third-argument"),
        both(fired(eid=None, cd__event_id="o-1"), reason="third-argument"),
        both(server=event(event_id=None, custom={"event_id": "o-1"}), reason="custom-data"),
        both(server=event(event_id=None, user={"event_id": "o-1"}), reason="user-data"),
        both(server=event(event_id=None, eventID="o-1"), reason="spelling"),
        Scene((fired(),), (call(event(event_id=None), headers={"X-Event-ID": "o-1"}),), "header"),
        Scene((fired(),), (call(event(), event("Lead", None), headers={"X-Event-ID": "l-1"}),), "header"),
    ],
    "event-id-not-a-value": [
        seen(reason, eid=event_id)
        for event_id, reason in (
            ("undefined", "unset"),
            ("null", "unset"),
            ("NaN", "unset"),
            ("[object Object]", "unset"),
            ("order_undefined", "unset"),
            ("", "empty"),
            ("{{Event ID}}", "template"),
            ("123", "placeholder"),
            ("test", "placeholder"),
        )
    ]
    + [seen("list", eid=None, eid__0="D", eid__1="E"), seen("object", eid=None, eid__foo="bar")],
    "event-id-reused": [
        Scene((fired(), fired(at=60, cd__order_id="ORD-78")), (), "order"),
        Scene((fired(cd__order_id=None), fired(at=60, cd__order_id=None, cd__value="9")), (), "value"),
        Scene((fired("Lead", "1", fbp=FBP), fired("Lead", "1", 60, fbp="fb.1.1795310000000.9")), (), "customer"),
    ],
    "event-id-shared-across-names": [Scene((fired("InitiateCheckout", at=-60), fired()))],
    "event-id-made-by-script": [
        seen("ob3", eid="ob3_plugin-set_" + "a" * 64),
        seen("sgwpixel", eid="sgwpixel_plugin-set_" + "b" * 64),
    ],
    "event-name-case": [both(fired("purchase", cd__value="142.52", cd__currency="USD", cd__order_id="ORD-77"))],
    "event-name-differs": [
        both(fired("Lead", "l-1"), event("CompleteRegistration", "l-1")),
        both(server=event("CompletePayment", custom={"value": 142.52, "currency": "USD", "order_id": "ORD-77"})),
        both(cart("a", "v-77", 0), viewed("a", "v-77", 1)),
        both(fired("Contact", "c-77"), event("Schedule", "c-77")),
    ],
    "event-name-whitespace": [both(fired("Lead ", "l-1"), event("Lead", "l-1")), seen(name="Lead ")],
    "account-differs": [
        Scene((fired(),), (call(event(), account=OTHER_PIXEL),)),
        Scene((fired(), fired(id=OTHER_PIXEL)), (event(),), "not-named", "warning"),
    ],
    "double-fire": [
        Scene((fired(), fired(eid="o-2", at=1.9))),
        Scene((fired(eid=None), fired(eid=None, at=1))),
        Scene((cart("a", "1", 0), cart("a", "2", 0.2))),
        Scene((), (call(event()), call(event(event_id="o-2", at=2), at=2.2))),
    ],
    "refired": [
        Scene((fired(), fired(eid="o-2", at=600)), severity="error"),
        Scene((fired(), fired(at=26 * HOUR)), (call(event()),), severity="warning"),
        Scene((fired(), fired(at=75 * HOUR)), (call(event()),), severity="error"),
        Scene((), (call(event()), call(event(at=26 * HOUR), at=26 * HOUR)), severity="warning"),
        Scene((), (call(event()), call(event(at=75 * HOUR), at=75 * HOUR)), severity="error"),
    ],
    "no-added-value": [both(server=event(event_id=None))],
    # Time
    "outside-window": [
        both(server=event(at=48 * HOUR + 1)),
        both(fired(at=48 * HOUR + 1), event(at=0)),
        Scene((fired(), fired(at=49 * HOUR))),
    ],
    "event-time-too-old": [
        Scene((), (call(event(at=0), at=7 * DAY + 10),)),
        Scene((), (call(event(at=0, action_source="physical_store"), at=62 * DAY + 10),)),
    ],
    "event-time-in-future": [Scene((), (call(event(at=400), at=1),))],
    "event-time-unit": [
        both(server=event(event_time=(START + 1) * 1000), reason="milliseconds"),
        both(server=event(event_time=str((START + 1) * 1000)), reason="milliseconds"),
        both(server=event(event_time="2026-11-22T03:24:23Z"), reason="text"),
        both(fired(ts=str(START)), reason="seconds"),
    ],
    "clock-skew": [seen(at=0, seen=301), seen(at=0, seen=-400)],
    "slow-server": [both(server=event(at=6))],
    "server-first": [both(fired(at=5), event(at=0))],
    "slow-answer": [Scene((answered(201),))],
    # Parity
    "value-differs": [both(server=custom(value=142.54)), both(server=custom(value=142.53))],
    "currency-differs": [both(server=custom(currency="EUR"))],
    "contents-differ": [
        both(server=custom(contents=BASKET[:1])),
        both(server=custom(contents=LEFT_OUT, content_ids=["SKU-1", "SKU-3"])),
    ],
    "content-type-differs": [both(server=custom(content_type="product_group"))],
    "order-id-differs": [both(server=custom(order_id="ORD-78"))],
    "page-differs": [both(server=event(event_source_url="https://shop.example/cart"))],
    "fbp-differs": [both(server=user(fbp="fb.1.1795310000000.111"))],
    "fbc-differs": [
        both(fired(fbc=FBC), user(fbc="fb.1.1795317862330.Other")),
        both(fired(fbc=FBC), user(fbc=FBC.lower()), "case"),
    ],
    "external-id-differs": [
        both(fired(ud__external_id=sha256("u1")), user(external_id=[sha256("u2")])),
        replace(
            both(fired(ud__external_id=sha256("user_123")), user(external_id=["User_123"]), "form"), severity="info"
        ),
        replace(both(fired(ud__external_id=sha256("12345")), user(external_id=12345), "form"), severity="info"),
        replace(both(fired(ud__external_id=sha256("12345")), user(external_id=12346)), severity="error"),
    ],
    "user-agent-differs": [both(server=user(client_user_agent="python-requests/2.31"))],
    "ip-differs": [
        both(fired(ud__client_ip_address="8.8.8.8")),
        replace(both(fired(ud__client_ip_address="2001:4860:4860::8888"), reason="version"), severity="info"),
    ],
    "consent-differs": [both(fired(dpo="LDU", dpoco="1", dpost="1000"))],
    # Each event
    "value-missing": [seen(cd__value=None), sent(custom={"value": LEFT_OUT}), sent(custom={"value": None})],
    "value-not-a-number": [seen(cd__value=text) for text in ("abc", "1,5", "NaN", "$10", "Infinity")],
    "value-minor-units": [
        both(fired(cd__value="12.99"), custom(value=1299)),
        both(fired(cd__value="1299"), custom(value=12.99)),
        sent(custom={"value": 14252}),
    ],
    "currency-missing": [
        seen(cd__currency=None),
        sent(custom={"currency": LEFT_OUT}),
        seen(name="Lead", cd__value="5"),
    ],
    "currency-invalid": [seen(cd__currency=text) for text in ("US$", "dollar", "XYZ", "USD ")],
    "contents-malformed": [
        seen("not-json", cd__contents='[{"id":'),
        sent("not-an-object", custom={"contents": ["a"]}),
        sent("no-id", custom={"contents": [{"quantity": 1}]}),
        sent("quantity-not-a-number", custom={"contents": [{"id": 1, "quantity": "two"}]}),
    ],
    "contents-empty": [seen(cd__contents="[]"), sent(custom={"contents": []}), sent(custom={"content_ids": []})],
    "required-parameter-missing": [
        sent(action_source=LEFT_OUT),
        sent(event_time=LEFT_OUT),
        sent(user_data=LEFT_OUT),
        sent(event_name=LEFT_OUT),
        sent("required", action_source="app"),
        sent("required", action_source="app", app_data={"extinfo": ["a2"]}),
        sent("required", action_source="business_messaging"),
        sent("expected", event_source_url=LEFT_OUT),
        seen(name=""),
    ],
    "unknown-parameter": [
        sent(user_data={"email": MARY["em"], "client_user_agent": AGENT}),
        sent(even_id="o-1"),
        sent(value=142.52),
    ],
    "unknown-event-name": [
        seen(name=name) for name in ("Purchse", "Purchasee", "purchase", "Add To Cart", "add_to_cart")
    ],
    "junk-value": [
        seen("undefined", cd__content_name="undefined"),
        seen("empty", cd__content_name=""),
        sent("null", custom={"content_name": "null"}),
    ],
    # Customer data
    "raw-personal-data": [
        seen("em", ud__em="mary@example.com"),
        sent("ph", user={"ph": ["15559876543"]}),
        sent("fn", user={"fn": ["Mary"]}),
        seen("e-mail-address", dl="https://shop.example/?email=mary%40example.com"),
        seen("e-mail-address", rl="https://shop.example/?email=mary@example.com"),
        seen("e-mail-address", cd__email="mary@example.com"),
        sent("e-mail-address", event_id="mary@example.com"),
        Scene((), (call(event(), headers={"X-Customer": "mary@example.com"}),), "e-mail-address"),
        sent("e-mail-address", user={"email": "mary@example.com"}),
        sent("phone-number", user={"phone": ["15559876543"]}),
        sent("first-name", user={"first_name": "Mary"}),
        sent("e-mail-address", user={"subscription_id": "mary@example.com"}),
    ],
    "hash-wrong-form": [
        sent(reason, user={"em": [value]})
        for value, reason in (
            (MARY["em"].upper(), "upper-hex"),
            (b64encode(bytes.fromhex(MARY["em"])).decode(), "base64"),
            (hashlib.md5(b"mary@example.com").hexdigest(), "md5"),
            (hashlib.sha1(b"mary@example.com").hexdigest(), "sha1"),
            (MARY["em"][:-3], "truncated"),
        )
    ],
    "hash-of-nothing": [
        sent(reason, user={"em": [sha256(text)]})
        for text, reason in (("", "empty"), (" ", " "), ("null", "null"), ("undefined", "undefined"), ("None", "None"))
    ],
    "hash-not-normalized": [
        with_customer(sent(reason, user={key: [sha256(text)]}))
        for key, text, reason in (
            ("em", "MARY@EXAMPLE.COM", "upper-case"),
            ("em", "mary@example.com ", "untrimmed"),
            ("em", MARY["em"], "double"),
            ("ph", "+15559876543", "plus-kept"),
            ("ph", "0015559876543", "leading-zeros"),
            ("ph", "5559876543", "no-country-code"),
        )
    ],
    "hash-verified": [with_customer(sent(user={"em": [MARY["em"]]}))],
    "hash-convention": [with_customer(sent("python-sdk", user={"fn": [sha256("jean-pierre")]}))],
    "hash-different": [with_customer(sent(user={"em": [sha256("bob@example.com")]}))],
    "hash-unknown": [seen(), with_customer(sent(user={"ln": [sha256("smith")]}))],
    "hash-differs-between-sides": [
        both(server=user(em=[sha256("bob@example.com")])),
        both(server=user(em=[sha256(MARY["em"])]), reason="double-hashed"),
        both(fired(ud__em=sha256(MARY["em"].upper())), reason="double-hashed"),
        both(server=user(em=[hashlib.md5(MARY["em"].encode()).hexdigest()]), reason="double-hashed"),
    ],
    "stale-identity": [with_customer(sent(user={"em": [MARY["em"]], "ph": [sha256("19998887777")]}))],
    "hashed-must-be-plain": [
        sent(user={key: sha256("x")})
        for key in ("client_ip_address", "client_user_agent", "fbp", "fbc", "ctwa_clid", "lead_id", "subscription_id")
    ],
    "fbp-malformed": [
        seen(fbp="undefined"),
        sent(user={"fbp": "fb.1.1795310000.447908042"}),
        sent("future", user={"fbp": "fb.1.1895310000000.447908042"}),
    ],
    "fbc-malformed": [
        sent(user={"fbc": "IwAR123"}),
        sent("old", user={"fbc": "fb.1.1695317862330.IwAR_AbC"}),
        sent("future", user={"fbc": "fb.1.1895317862330.IwAR_AbC"}),
    ],
    "fbc-modified": [
        seen("case", dl=LANDED, fbc=FBC.lower()),
        both(fired(dl=LANDED, fbc=FBC), user(fbc=FBC.lower()), "case"),
    ],
    "click-id-lost": [seen(dl=LANDED), Scene((fired("PageView", "pv", -60, dl=LANDED, fbc=FBC), fired()))],
    "hard-to-attribute": [
        sent(user={"em": LEFT_OUT, "fbp": LEFT_OUT}),
        sent(user_data={"client_user_agent": AGENT}),
        Scene((), (payload(event(user_data={"client_user_agent": AGENT})),)),
        Scene((fired(),), (payload(event(user_data={"fn": [sha256("jo")]})),)),
    ],
    "ip-private": [
        sent(user={"client_ip_address": address})
        for address in ("10.0.0.1", "127.0.0.1", "172.16.9.9", "::1", "fe80::1")
    ],
    "ip-malformed": [
        sent(reason, user={"client_ip_address": address})
        for address, reason in (
            ("203.0.113.9, 10.0.0.4", "list"),
            (["203.0.113.9", "198.51.100.7"], "list"),
            ("203.0.113.9:443", "port"),
            ("[2001:db8::1]", "brackets"),
            ("shop.example.com", "host-name"),
            ("", "empty"),
            ("2001:db8::1%eth0", "zone"),
            ("203.0.113.009", "leading-zeros"),
            ("203.0.113.0/24", "network"),
        )
    ],
    "user-agent-malformed": [
        sent("empty", user={"client_user_agent": ""}),
        sent("one-word", user={"client_user_agent": "shop-backend"}),
    ],
    "crawler-traffic": [sent("search-engine", user={"client_user_agent": GOOGLEBOT}), seen(agent=GOOGLEBOT)],
    # Delivery
    "send-rejected": [
        Scene((fired(),), (call(event(), status=400, answer=refusal()),), "100/2804003"),
        Scene((fired(),), (call(event(), status=401, answer=refusal(190, 463)),), "190/463"),
        Scene((fired(),), (call(event(), status=400, answer=refusal(9999, None)),), "9999"),
        Scene((fired(),), (call(event(), status=400, answer="<html>no</html>"),), "HTTP 400"),
    ],
    "send-failed": [
        Scene((fired(),), (call(event(), status=503, answer="down"),), "http", "error"),
        Scene((fired(),), (call(event(), status=503, answer="down"), call(event(), at=5)), "http", "info"),
    ],
    "partially-accepted": [
        Scene((), (call(event(), answer={"events_received": 1, "messages": ["fbp looks odd"]}),)),
        Scene((), (call(event(), event("Lead", "l"), answer={"events_received": 1, "messages": []}),), "fewer"),
    ],
    "token-exposed": [
        seen("pixel", access_token=TOKEN),
        Scene((FROM_PAGE,), (), "server-call"),
        replace(seen("address", dl=f"https://shop.example/?access_token={TOKEN}"), severity="critical"),
        replace(seen("address", dl="https://shop.example/#access_token=ya29.a0AfB_byC012345"), severity="critical"),
    ],
    "insecure-transport": [
        seen(url="http://www.facebook.com/tr/"),
        Scene((), (call(event(), url=f"http://graph.facebook.com/v24.0/{PIXEL}/events"),)),
    ],
    "test-code-in-production": [Scene((), (call(event(), test_event_code="TEST123"),))],
    "blocked": [
        seen(error="net::ERR_BLOCKED_BY_CLIENT"),
        Scene((entry("GET", LIBRARY["request"]["url"], error="net::ERR_BLOCKED_BY_CLIENT"),)),
        Scene((LIBRARY,), (call(event()),), "silent"),
        Scene((SETTINGS,), (call(event()),), "silent"),
    ],
    "config-blocks-event": [seen("parameters-removed", up="client_ip_address")],
    "malformed-request": [
        sent("not-a-time", event_time="yesterday"),
        sent("unknown-action-source", action_source="web"),
        Scene((), (call(event(), 42),), "not-an-event"),
        sent("lead-id", action_source="system_generated", user={"lead_id": 12}),
        sent("messaging-event", name="Search", action_source="business_messaging", messaging_channel="whatsapp"),
        sent("processing-options", data_processing_options=["CCPA"]),
    ],
    # The session
    "zero-overlap": [Scene((fired(),), (call(event("Lead", "l", 9999), at=9999),))],
    "low-overlap": [orders(10, 8), Scene((fired(),), (call(event(), status=400, answer=refusal()),))],
    "inflated": [
        replace(both(server=event(event_id="x")), reason="no-deduplication"),
        Scene((fired(), fired(eid="o-2", at=1)), (), "no-deduplication"),
    ],
    "plan-deviation": [
        Scene((fired(), fired("Lead", "l", 99)), (call(event()),)),
        Scene((fired(),), (call(event()), call(event("Lead", "l", 99), at=99))),
        Scene((), (call(event("PageView", "pv")),), severity="warning"),
    ],
}

CLEAN = both()
SILENT: dict[str, list[Scene]] = {
    "event-id-missing-browser": [
        seen(eid=None),
        both(fired(eid=None, cd__order_id="X", cd__value="9", cd__contents=None, fbp="fb.1.1795310000000.9"), event()),
        both(fired(eid=None), event(event_id=None)),
    ],
    "event-id-missing-both": [
        both(fired(eid=None, cd__order_id="ORD-78"), event(event_id=None)),
        both(fired(eid=None), event()),
    ],
    "event-id-made-by-script": [seen(eid="ob3_order-77"), seen(eid="my_plugin-set_1")],
    "event-name-whitespace": [
        both(fired("Add to cart", "a-1"), event("Add to cart", "a-1")),
        both(fired("Lead", "l-1"), event("Lead", "l-1")),
    ],
    "event-id-missing-server": [
        Scene(
            (fired(),),
            (
                call(
                    event(
                        event_id=None, at=7200, custom={"order_id": "X", "value": 9}, user={"em": LEFT_OUT, "fbp": "-"}
                    )
                ),
            ),
        )
    ],
    "event-id-differs": [both(fired(eid="12345"), event(event_id=12345))],
    "event-id-misplaced": [
        both(server=event(original_event_data={"event_name": "Purchase", "event_id": "x"})),
        Scene((fired(),), (call(event(), headers={"X-Event-ID": "req-991"}),)),
    ],
    "event-id-not-a-value": [seen(eid=event_id) for event_id in ("123456", "testing-5", "nullable", "a{b")],
    "event-id-reused": [Scene((fired(), fired(at=60)))],
    "event-id-shared-across-names": [Scene((fired("InitiateCheckout", "i-1", -60), fired()))],
    "event-name-case": [both(fired("purchase"), event("purchase"))],
    "event-name-differs": [
        Scene((fired("InitiateCheckout", at=-300), fired()), (call(event("InitiateCheckout", at=-299)), call(event()))),
        both(cart("a", "v-77", 0), viewed("b", "v-77", 1)),
        both(cart("a", "v-77", 0), viewed("a", "v-77", 40)),
        both(cart("a", "v-77", 0), viewed("a", "v-78", 1)),
        Scene(
            (cart("a", "v-77", 0), fired("ViewContent", "v-77", -1, cd__value="10", cd__currency="USD")),
            (call(viewed("a", "v-77", 1)), call(event("AddToCart", "v-77", 1))),
        ),
        both(fired("PageView", "v-77"), viewed("a", "v-77", 0)),
    ],
    "account-differs": [Scene((fired(), fired(id=OTHER_PIXEL)), (call(event()), call(event(), account=OTHER_PIXEL)))],
    "double-fire": [
        Scene((fired(), fired(eid="o-2", at=2.1))),
        Scene((cart("a", "1", 0), cart("b", "2", 1))),
        Scene((fired(), fired(at=1))),
    ],
    "refired": [
        Scene((fired(), fired(eid="o-2", at=600, cd__order_id="ORD-78"))),
        Scene((fired(), fired(at=600))),
        Scene((), (call(event()), call(event(), at=26 * HOUR))),
        Scene((), (call(event(), status=503, answer="down"), call(event(at=26 * HOUR), at=26 * HOUR))),
        both(server=event(at=75 * HOUR)),
        Scene((cart("a", "c-1", 0), cart("a", "c-1", 26 * HOUR))),
    ],
    "no-added-value": [both(server=event(event_id=None, user={"ph": [MARY["ph"]]}))],
    "outside-window": [both(server=event(at=48 * HOUR - 1)), both(fired(at=48 * HOUR - 1), event(at=0))],
    "event-time-too-old": [
        Scene((), (call(event(at=0), at=7 * DAY - 10),)),
        Scene((), (call(event(at=0, action_source="physical_store"), at=62 * DAY - 10),)),
    ],
    "event-time-in-future": [Scene((), (call(event(at=200), at=1),))],
    "event-time-unit": [both(server=event(event_time=str(START + 1))), both(server=event(event_time=START + 1.5))],
    "clock-skew": [seen(at=0, seen=299)],
    "slow-server": [both(server=event(at=5))],
    "server-first": [both(fired(at=0.9), event(at=0))],
    "slow-answer": [Scene((answered(199),)), Scene((fired() | {"time": 900},))],
    "value-differs": [
        both(server=custom(value="142.520")),
        both(server=custom(value=142.525)),
        both(fired(cd__value="0.30000000000000004"), custom(value=0.3)),
        both(fired(cd__value="12"), custom(value="12.00")),
        both(server=custom(value="142,52")),
    ],
    "currency-differs": [both(server=custom(currency="usd"))],
    "contents-differ": [
        both(server=custom(contents=BASKET[::-1])),
        both(server=custom(contents=json.dumps(BASKET))),
        both(server=custom(contents=LEFT_OUT, content_ids=["SKU-2", "SKU-1"])),
        both(fired(cd__contents='[{"id":1}]'), custom(contents=[{"id": "1"}])),
    ],
    "content-type-differs": [both(server=custom(content_type=LEFT_OUT))],
    "order-id-differs": [both(fired(cd__order_id="77"), custom(order_id=77))],
    "page-differs": [
        both(server=event(event_source_url=PAGE + "?utm_source=x#top")),
        both(fired(dl=PAGE + "?email=_removed_"), event(event_source_url=PAGE + "?email=x")),
    ],
    "fbp-differs": [both(server=user(fbp=FBP + ".AQQCAQMC"))],
    "fbc-differs": [
        both(fired(fbc=FBC), user(fbc=FBC + ".AQQCAQMC")),
        both(fired(dl=LANDED, fbc=FBC), user(fbc=FBC.lower())),
    ],
    "external-id-differs": [both(fired(ud__external_id=sha256("u1")), user(external_id=sha256("u1")))],
    "user-agent-differs": [both(), both(server=user(client_user_agent=LEFT_OUT)), both(fired(agent=""))],
    "ip-differs": [both(fired(ud__client_ip_address="8.8.4.4"))],
    "consent-differs": [
        both(fired(dpo="")),
        both(
            fired(dpo="LDU", dpoco="1", dpost="1000"),
            event(
                data_processing_options=["LDU"],
                data_processing_options_country=1,
                data_processing_options_state=1000,
            ),
        ),
    ],
    "value-missing": [seen(cd__value="0"), seen(name="Lead")],
    "value-not-a-number": [seen(cd__value="1e2"), seen(cd__value="-5")],
    "value-minor-units": [
        both(fired(cd__value="12.99"), custom(value=1300)),
        sent(custom={"value": 150, "contents": [{"id": "x", "item_price": 1.5}]}),
    ],
    "currency-missing": [seen(name="Lead")],
    "currency-invalid": [seen(cd__currency="usd")],
    "contents-malformed": [sent(custom={"contents": [{"id": 1}]})],
    "contents-empty": [sent(custom={"contents": LEFT_OUT})],
    "required-parameter-missing": [
        sent(action_source="app", app_data={"extinfo": ["i2", "shop", "1.0", "1.0", "18.1", *[""] * 11]}),
        sent(user_data={"email": MARY["em"], "client_user_agent": AGENT}),
    ],
    "unknown-parameter": [
        sent(custom={"shop_region": "north"}),
        sent(original_event_data={"event_name": "Purchase"}, opt_out=False, referrer_url=PAGE),
    ],
    "unknown-event-name": [
        seen(name=name)
        for name in ("ShareDiscount", "AddToCart", "Unsubscribe", "Repurchase", "Scheduled", "Purchase_v2", "Lead2")
    ],
    "junk-value": [
        seen(cd__content_name="nullable"),
        sent(custom={"content_name": None}),
        seen(cd__value="NaN"),
        seen(cd__value=""),
        seen(cd__currency="undefined"),
        seen(cd__contents="undefined"),
    ],
    "raw-personal-data": [
        sent(user={"external_id": ["u_1"]}),
        seen(cd__content_name="logo@2x.png"),
        Scene((), (call(event(), headers={"User-Agent": "shop (ops@shop.example)"}),)),
        sent(user={"email": MARY["em"], "phone": MARY["ph"]}),
        sent(user={"subscription_id": "s_15559876543", "client_user_agent": "crawler (ops@shop.example)"}),
    ],
    "hash-wrong-form": [sent(user={"em": [MARY["em"] + ".AQQCAQMC"]})],
    "hash-of-nothing": [sent(user={"em": [sha256(text)]}) for text in ("nullable@example.com", "none@example.com")],
    "hash-verified": [
        sent(user={"em": [MARY["em"]]}),
        with_customer(sent(user={"em": [sha256("Mary@example.com")]})),
        with_customer(sent(user={"em": [sha256("bob@example.com")]})),
    ],
    "hash-convention": [
        with_customer(sent(user={"fn": [sha256("jeanpierre")]})),
        sent(user={"fn": [sha256("jean-pierre")]}),
    ],
    "hash-different": [
        sent(user={"em": [sha256("bob@example.com")]}),
        with_customer(sent(user={"em": [sha256("MARY@EXAMPLE.COM")]})),
        with_customer(sent(user={"em": [sha256("bob@example.com")]}), ph="+1 555 987 6543"),
    ],
    "hash-not-normalized": [with_customer(sent())],
    "hash-unknown": [with_customer(sent())],
    "hash-differs-between-sides": [
        both(server=user(em=[sha256("bob@example.com"), MARY["em"]])),
        both(fired(aud__em=sha256("bob@example.com")), user(em=[sha256("bob@example.com")])),
        both(server=user(em=MARY["em"] + ".AQQCAQMC")),
    ],
    "stale-identity": [with_customer(sent(user={"em": [MARY["em"]], "ph": [MARY["ph"]]}))],
    "hashed-must-be-plain": [seen(ud__subscription_id=sha256("s"))],
    "fbp-malformed": [sent(user={"fbp": FBP + ".AQQCAQMC"})],
    "fbc-malformed": [sent(user={"fbc": "fb.1.1795317862330.IwAR_AbC-dEf.123"})],
    "fbc-modified": [
        seen(dl=LANDED, fbc=FBC),
        seen(dl="https://shop.example/?fbclid=IwAR0%2Babc%3D", fbc="fb.1.1795317862330.IwAR0+abc="),
    ],
    "click-id-lost": [Scene((fired("PageView", "pv", -60, dl=LANDED, fbc=FBC), fired(fbc=FBC)))],
    "hard-to-attribute": [
        sent(user={"em": LEFT_OUT}),
        sent(user={"fbp": LEFT_OUT}),
        both(server=user(em=LEFT_OUT, fbp=LEFT_OUT)),
    ],
    "ip-private": [sent(user={"client_ip_address": address}) for address in ("203.0.113.9", "172.32.0.1", "11.0.0.1")],
    "ip-malformed": [
        sent(user={"client_ip_address": address})
        for address in ("203.0.113.9", "2001:db8::1", "::ffff:203.0.113.9", LEFT_OUT, None, sha256("203.0.113.9"))
    ],
    "user-agent-malformed": [both(), both(fired(agent=""), user(client_user_agent=LEFT_OUT))],
    "crawler-traffic": [
        both(),
        sent(user={"client_user_agent": "Mozilla/5.0 (Linux; Android 10; CUBOT NOTE 20) Chrome/120.0"}),
    ],
    "send-rejected": [
        both(),
        Scene((fired(),), (call(event(), status=503, answer="down"),)),
        Scene((fired(),), (call(event(), answer={"events_received": 1, "messages": ["fbp looks odd"]}),)),
        Scene((fired(),), (call(event(), status=None),)),
    ],
    "send-failed": [
        both(),
        Scene((fired(),), (call(event(), status=400, answer=refusal()),)),
        Scene((fired(),), (call(event(), status=None),)),
        seen(error="net::ERR_BLOCKED_BY_CLIENT"),
    ],
    "partially-accepted": [
        both(),
        Scene((), (call(event(), event("Lead", "l")),)),
        Scene((), (call(event(), status=400, answer=refusal()),)),
    ],
    "test-code-in-production": [
        both(),
        seen(test_event_code="TEST123"),
        sent(custom={"test_event_code": "TEST123"}),
    ],
    "config-blocks-event": [seen(), seen(up=""), Scene((LIBRARY, SETTINGS, fired()))],
    "token-exposed": [
        Scene((fired(),), (call(event(), access_token=TOKEN),)),
        seen(dl="https://shop.example/?access_token=_removed_&no_access_token=0"),
    ],
    "insecure-transport": [Scene((), (call(event(), url=f"http://127.0.0.1:8081/v24.0/{PIXEL}/events"),))],
    "malformed-request": [
        *(sent(action_source=source) for source in ("email", "chat", "other")),
        sent(action_source="system_generated", user={"lead_id": "123456789012345"}),
        sent(action_source="business_messaging", messaging_channel="whatsapp"),
    ],
    "blocked": [Scene((LIBRARY, SETTINGS, fired())), seen(status=204)],
    "zero-overlap": [
        seen(),
        Scene((fired(),), (call(event(), status=400, answer=refusal()),)),
        Scene((fired(),), (call(event(), account=OTHER_PIXEL),)),
        both(server=event(at=48 * HOUR + 1)),
    ],
    "low-overlap": [orders(10, 9)],
    "inflated": [Scene((fired(), fired(at=30)))],
    "plan-deviation": [Scene((fired("PageView", "pv"), fired()), (call(event()),))],
}

ELSEWHERE = {
    "unexpected-domain",  # asks for a list in the settings, below
    "orders-exceed-events",  # these ask for the backend's orders, which no file brings in
    "events-exceed-orders",
    "orders-unrelated",
    "account-unmapped",  # of other platforms' rules: tests/analysis/test_platform_rules.py
    "browser-id-malformed",  # of platforms without codes of their own: tests/checks/test_identifiers.py
    "browser-id-differs",
    "click-id-malformed",
    "click-id-modified",
    "click-id-differs",
    "never-merged",
    "platform-diagnosis",  # tests/platforms/test_tiktok.py
    "copy-dropped",
    *(check.code for check in conversions.CODES),  # of several platforms: tests/checks/test_between_platforms.py
    # Their own, tests/platforms/<platform>; what words a code of the catalogue in a platform's way is the code above.
    *{check.code for each in PLATFORMS[1:] for check in each.checks} - {check.code for check in GENERIC},
}


def cases(table: dict[str, list[Scene]]) -> Iterator[Any]:
    for code, scenes in table.items():
        for number, scene in enumerate(scenes, 1):
            yield pytest.param(code, scene, id=f"{code}-{number}")


def run(folder: Path, scene: Scene) -> Any:
    files = {}
    if scene.browser:
        files["browser.har"] = har(*scene.browser)
    if scene.server:
        files["server.jsonl"] = lines(*scene.server)
    options: tuple[str, ...] = ()
    if scene.customer is not None:
        (folder / "customer.json").write_text(json.dumps(scene.customer), "utf-8")
        options = ("--customer", str(folder / "customer.json"))
    return check(folder, files, *options)


@pytest.mark.parametrize(("code", "scene"), list(cases(FIRES)))
def test_it_is_found(tmp_path: Path, code: str, scene: Scene) -> None:
    found = run(tmp_path, scene).findings(code)
    assert found
    if scene.reason is not None:
        assert scene.reason in {finding["reason"] for finding in found}
    if scene.severity is not None:
        assert {finding["severity"] for finding in found} == {scene.severity}


@pytest.mark.parametrize(("code", "scene"), list(cases(SILENT)))
def test_it_is_not_found_in_what_comes_close(tmp_path: Path, code: str, scene: Scene) -> None:
    assert run(tmp_path, scene).findings(code) == []


def test_a_clean_pair_has_nothing_against_it(tmp_path: Path) -> None:
    assert run(tmp_path, CLEAN).codes() == {"hash-unknown"}


@pytest.mark.parametrize("received", [0, 1])
def test_the_platforms_words_are_quoted_whether_it_took_the_event_or_not(tmp_path: Path, received: int) -> None:
    words = "You are sending us events in the wrong time zone"
    answer = {"events_received": received, "messages": [words], "fbtrace_id": "A"}
    found = run(tmp_path, Scene((fired(),), (call(event(), answer=answer),)))
    code, verdict = ("partially-accepted", "deduplicated") if received else ("send-rejected", "browser-only")
    assert found.verdicts == [verdict]
    assert [words in finding["message"] for finding in found.findings(code)] == [True]


def test_every_code_of_the_catalogue_is_here() -> None:
    assert FIRES.keys() | ELSEWHERE == {item.code for item in CHECKS}


def test_a_page_that_is_not_on_the_list_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    save(Settings(allowed_domains=("shop.example",)))
    strange = fired(eid="o-2", at=600, cd__order_id="ORD-78", dl="https://copy.example/thanks")
    (finding,) = run(tmp_path, Scene((fired(), strange))).findings("unexpected-domain")
    assert (finding["event"], finding["severity"]) == ("e2", "warning")
