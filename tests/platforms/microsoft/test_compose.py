"""Composing, replaying, checking, pasting and copying Microsoft's server events."""

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
from app.platforms.logged_payloads import Shape
from app.platforms.microsoft.logged import LOGGED
from app.platforms.microsoft.server_api import SERVER
from app.platforms.server_api import ComposeError, Terms, TestKind, Weight
from app.sending.copy_as import curl, httpx_call, payload
from app.sending.paste import draft_of
from tests.platforms.microsoft.halves import (
    AGENT,
    API,
    API_MAIL,
    BASE,
    CLICK,
    MARY,
    PHONE,
    TAG,
    TAG_MAIL,
    TOKEN,
    VISITOR,
    body,
    browser_event,
    call,
    element,
    hit,
    pid,
)

NOW = time.time_ns() // 1_000_000


def twin(customer: Customer = MARY, **changes: Any) -> Draft:
    return SERVER.compose(browser_event(NOW - 2000, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT))


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = TAG) -> Draft:
    return Draft("microsoft", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_apis_words() -> None:
    assert only(twin()) == {
        "eventType": "custom",
        "eventName": "purchase",
        "eventId": "evt-7",
        "eventTime": NOW // 1000,
        "eventSourceUrl": "https://shop.example/thanks",
        "referrerUrl": "https://shop.example/checkout",
        "pageTitle": "Thank you",
        "pageLoadId": "7dfdef29-666f-48ab-b583-03bab618cd1d",
        "adStorageConsent": "G",
        "userData": {
            "em": API_MAIL,
            "ph": PHONE,
            "msclkid": CLICK,
            "anonymousId": VISITOR,
            "clientUserAgent": AGENT,
        },
        "customData": {
            "value": 59.9,
            "currency": "EUR",
            "transactionId": "SO-1187",
            "pageType": "purchase",
            "items": [{"id": "MUG-01", "quantity": 2, "price": 29.95}],
            "itemIds": ["MUG-01"],
        },
    }


@pytest.mark.parametrize(
    ("sent", "customer", "email"),
    [
        (pid(), MARY, API_MAIL),
        (pid(email=API_MAIL), MARY, API_MAIL),
        (pid(), Customer(), TAG_MAIL),
        (pid(email=sha256("pat@shop.example")), MARY, sha256("pat@shop.example")),
        (pid(email="Mary.Ann+shop@Shop.example"), Customer(), API_MAIL),
        (None, MARY, API_MAIL),
        (None, Customer(), None),
    ],
)
def test_the_email_is_hashed_by_the_apis_rule_where_the_customer_is_known(
    sent: str | None, customer: Customer, email: str | None
) -> None:
    assert only(twin(customer, pid=sent))["userData"].get("em") == email


def test_a_page_load_has_no_name_and_needs_its_page() -> None:
    made = only(twin(evt="pageLoad", ea=None, gv=None, gc=None, transaction_id=None, prodid=None, items=None))
    assert (made["eventType"], made["eventSourceUrl"]) == ("pageLoad", "https://shop.example/thanks")
    assert "eventName" not in made
    assert only(twin(asc=None)).get("adStorageConsent") is None
    assert only(twin(evt="page", ea=None))["eventType"] == "pageLoad"


def test_the_time_of_receipt_may_be_kept_and_the_address_given() -> None:
    made = SERVER.compose(browser_event(NOW - 60_000), Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9"))
    found = only(made)
    assert found["eventTime"] == (NOW - 60_000) // 1000
    assert found["userData"]["clientIpAddress"] == "203.0.113.9"


def test_numbers_stay_numbers_and_a_stray_e_mail_stays_behind() -> None:
    made = only(twin(gv="1,5", ev="7", el="mary@shop.example"))["customData"]
    assert (made["value"], made["eventValue"]) == ("1,5", 7)
    assert "eventLabel" not in made


def test_what_has_no_twin_says_why() -> None:
    with pytest.raises(ComposeError, match="not an event of its own"):
        twin(evt="consent")
    (server,) = decode(call(body(element(NOW))))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="not of Microsoft"):
        SERVER.compose(replace(server, platform="tiktok"), Terms(now_ms=NOW))


def test_the_call_has_its_tag_in_the_address_and_its_tokens_place() -> None:
    ready = SERVER.outgoing(twin(), BASE)
    assert ready.request.url == API
    sent = json.loads(ready.request.body)
    assert {key: sent[key] for key in sent if key != "data"} == {
        "continueOnValidationError": True,
        "dataProvider": "pixelpair",
    }
    assert (ready.auth, ready.repeatable) == (Auth(Carrier.BEARER), True)
    (event,) = decode(call(ready.request.body))
    assert (event.account, event.event_id, event.value) == (TAG, "evt-7", "59.9")


def test_there_is_no_test_and_every_place_says_that_it_counts() -> None:
    made = twin()
    assert SERVER.tests.kind is TestKind.NONE
    assert SERVER.tests.counts(made)
    assert SERVER.outgoing(made, BASE).counts
    assert "THIS EVENT COUNTS" in SERVER.tests.without
    assert "no test events" in SERVER.tests.means


def test_a_replay_is_the_event_letter_by_letter_but_for_its_time() -> None:
    text = json.dumps(element(NOW - 1000)).replace("59.9", "59.90")
    exchange = call(f'{{"data":[{json.dumps(element(NOW, eventId="evt-1"))},{text}]}}'.encode())
    second = decode(exchange)[1]
    assert SERVER.replay(second, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    again = SERVER.replay(second, exchange, Terms(now_ms=NOW))
    assert (again.provenance, again.account, only(again)["eventTime"]) == (Provenance.REPLAYED, TAG, NOW // 1000)
    assert '"value": 59.90' in again.events[0]
    with pytest.raises(ComposeError, match="older than Microsoft takes"):
        SERVER.replay(second, exchange, Terms(now_ms=NOW + 8 * 86_400_000, keep_time=True))


def test_a_hit_that_a_server_built_can_not_be_replayed_as_a_call() -> None:
    exchange = replace(hit(NOW, agent="Google-Tag-Manager/1.0"), provenance=Provenance.PROXIED)
    (event,) = decode(exchange)
    with pytest.raises(ComposeError, match="not in the recorded request"):
        SERVER.replay(event, exchange, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="Compose a twin"):
        SERVER.replay(browser_event(NOW), hit(NOW), Terms(now_ms=NOW))


def user(**changes: Any) -> dict[str, Any]:
    return {"userData": {"em": API_MAIL} | changes}


def custom(**changes: Any) -> dict[str, Any]:
    return {"customData": {"value": 1, "currency": "EUR", "transactionId": "SO-1"} | changes}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"eventType": "purchase"}, "eventType"),
        ({"eventName": None}, "eventName"),
        ({"eventType": "pageLoad", "eventName": None, "eventSourceUrl": None}, "eventSourceUrl"),
        ({"eventTime": None}, "eventTime"),
        ({"eventTime": NOW}, "eventTime"),
        ({"eventTime": NOW // 1000 - 8 * 86_400}, "eventTime"),
        ({"eventId": 7}, "eventId"),
        ({"adStorageConsent": "granted"}, "adStorageConsent"),
        ({"userData": [1]}, "userData"),
        ({"userData": {"clientIpAddress": "203.0.113.9", "clientUserAgent": "x"}}, "userData"),
        (user(em="mary@shop.example"), "userData.em"),
        (user(ph=sha256("x")[:32]), "userData.ph"),
        (user(msclkid=5), "userData.msclkid"),
        ({"customData": []}, "customData"),
        (custom(value="1,5"), "customData.value"),
        (custom(currency="Euro"), "customData.currency"),
        (custom(itemIds="A"), "customData.itemIds"),
        (custom(items={}), "customData.items"),
        (custom(items=["x"]), "customData.items.0"),
        (custom(items=[{"id": 5}]), "customData.items.0.id"),
        (custom(items=[{"price": "x"}]), "customData.items.0.price"),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(changes: dict[str, Any], field: str) -> None:
    found = [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused]
    assert [each.field for each in found] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"userData": {"msclkid": CLICK}},
        {"userData": {"anonymousId": VISITOR}},
        {"userData": {"externalId": "user-7"}},
        {"userData": {"gaid": "38400000-8cf0-11bd-b23e-10b96e40000d"}},
        {"eventName": "Own name"},
        {"eventType": "pageLoad", "eventName": None, "customData": None},
        custom(value="59.90"),
        user(em=API_MAIL.upper()),
    ],
)
def test_what_microsoft_takes_is_not_refused(changes: dict[str, Any]) -> None:
    assert [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused] == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"eventId": None, "eventName": "lead", **custom(transactionId=None)}, "eventId"),
        (custom(transactionId=None), "customData.transactionId"),
        (custom(value=None), "customData.value"),
        (custom(currency=None), "customData.currency"),
        (custom(pageType="thanks"), "customData.pageType"),
        ({"eventTime": NOW // 1000 + 600}, "eventTime"),
        ({"eventName": "lead "}, "eventName"),
        (user(em=API_MAIL.upper()), "userData.em"),
        (user(msclkid="abc"), "userData.msclkid"),
    ],
)
def test_what_microsoft_takes_but_can_not_use_is_advice(changes: dict[str, Any], field: str) -> None:
    found = SERVER.validate(draft(element(NOW, **changes)), NOW)
    assert [(each.field, each.weight) for each in found] == [(field, Weight.ADVICE)]


def test_a_call_has_its_own_limits() -> None:
    assert [each.field for each in SERVER.validate(draft(account="my shop"), NOW)] == ["data", "account"]
    many = replace(twin(), events=twin().events * 1001)
    assert SERVER.validate(many, NOW)[0].field == "data"
    large = replace(twin(), events=(json.dumps(element(NOW) | {"keywords": "x" * 1_000_001}),))
    assert [(each.field, each.weight) for each in SERVER.validate(large, NOW)] == [("data", Weight.ADVICE)]
    for wrong in (many, draft(), replace(twin(), account="my shop"), replace(twin(), events=("{",))):
        with pytest.raises(ComposeError):
            SERVER.outgoing(wrong, BASE)
    assert SERVER.validate(replace(twin(), events=("[",)), NOW)[0].refused


@pytest.mark.parametrize("name", SERVER.templates.names())
def test_every_template_is_complete(name: str) -> None:
    made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=TAG, source="web")
    assert SERVER.validate(made, NOW) == ()
    (event,) = decode(call(SERVER.outgoing(made, BASE).request.body))
    assert event.name == name


def test_a_template_takes_the_test_customer_and_refuses_unknown_sources() -> None:
    made = only(SERVER.templates.from_scratch("sign_up", Terms(now_ms=NOW, customer=MARY), account=TAG, source="web"))
    assert (made["userData"]["em"], made["userData"]["ph"]) == (API_MAIL, PHONE)
    with pytest.raises(ComposeError, match="There is: web"):
        SERVER.templates.from_scratch("sign_up", Terms(now_ms=NOW), account=TAG, source="store")


# -- pasted, logged and copied ----------------------------------------------------------------------------------------


def test_a_pasted_call_is_a_draft() -> None:
    found = draft_of(curl(call(body(element(NOW), element(NOW, eventId="evt-8"))).request))
    assert (found.platform, found.account) == ("microsoft", TAG)
    assert [json.loads(text)["eventId"] for text in found.events] == ["evt-7", "evt-8"]


@pytest.mark.parametrize("sent", [element(NOW), [element(NOW)], body(element(NOW))])
def test_bare_json_is_read_too(sent: Any) -> None:
    found = draft_of(json.dumps(sent), TAG)
    assert (found.platform, found.account) == ("microsoft", TAG)
    assert json.loads(found.events[0])["eventId"] == "evt-7"


@pytest.mark.parametrize("text", ['{"a": 1}', "[]", "{", "", '{"data": [{"event_name": "Lead"}]}'])
def test_what_is_no_event_of_microsofts_is_left_to_others(text: str) -> None:
    assert SERVER.read_pasted(Request("POST", "", (), text.encode())) is None


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (element(NOW), Shape.EVENT),
        ([element(NOW)], Shape.EVENT),
        (body(element(NOW)), Shape.CALL),
        ({"eventName": "x", "eventTime": 1}, None),
        ({"event_name": "x", "eventType": "custom", "eventTime": 1}, None),
        ({"data": [{"event": "x"}]}, None),
        (7, None),
    ],
)
def test_a_logged_payload_is_known_by_what_only_this_api_has(value: Any, shape: Shape | None) -> None:
    assert LOGGED.shape(value) is shape


@pytest.mark.parametrize("value", [element(NOW), [element(NOW)], body(element(NOW))])
def test_a_logged_payload_becomes_the_call_it_was(value: Any) -> None:
    request = LOGGED.call(json.dumps(value), value, "a-1")
    assert LOGGED.unnamed(request)
    moved = LOGGED.moved(request, TAG)
    assert (moved.url, LOGGED.unnamed(moved)) == (API, False)
    assert [event["eventId"] for event in json.loads(moved.body)["data"]] == ["evt-7"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"eventsReceived": 1, "traceId": "T"}, 200),
        ({"eventsReceived": 0, "error": {}, "traceId": "T"}, 400),
        ({"error": {}, "traceId": "T"}, 400),
        ({"error": {}}, None),
        ({"traceId": "T"}, None),
    ],
)
def test_a_logged_answer_tells_its_status(answer: dict[str, Any], status: int | None) -> None:
    assert LOGGED.status(answer) == status


def test_a_draft_comes_back_from_its_own_copies() -> None:
    made = replace(twin(), origin=None)
    assert draft_of(curl(SERVER.outgoing(made, BASE).request)) == made
    assert json.loads(payload(made))["dataProvider"] == "pixelpair"


def test_copies_have_the_tokens_place_and_no_token() -> None:
    recorded = call(body(element(NOW))).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert TOKEN not in text
        assert "ACCESS_TOKEN" in text
        assert "Bearer" in text


def test_the_browsers_half_is_a_call_of_the_library() -> None:
    text = SERVER.snippets[0].write(twin())
    assert text.startswith(f'// UET tag "{TAG}"\nwindow.uetq = window.uetq || [];\n')
    assert "window.uetq.push('set', {\"pid\": {" in text
    assert "window.uetq.push('event', \"purchase\", {" in text
    assert '"revenue_value": 59.9' in text
    assert '"event_id": "evt-7"' in text
    load = element(NOW, eventType="pageLoad")
    assert 'window.uetq.push("pageLoad");' in SERVER.snippets[0].write(draft(load))
    assert "</script>" not in SERVER.snippets[0].write(draft(element(NOW, eventName="</script>")))
    assert SERVER.snippets[0].write(replace(twin(), events=("{",))) == ""
