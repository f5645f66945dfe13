"""Composing, replaying, checking, pasting and copying Reddit's server events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import UNNAMED_ACCOUNT, Customer, Provenance, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms import decode, platform
from app.platforms.logged_payloads import Shape
from app.platforms.reddit.call import newer, older
from app.platforms.reddit.server_api import SERVER
from app.platforms.server_api import ComposeError, Terms, Weight
from app.sending.copy_as import curl, httpx_call
from app.sending.paste import draft_of
from tests.platforms.reddit.halves import (
    AGENT,
    BASE,
    CANONICAL,
    ID,
    MARY,
    PIXEL,
    PRODUCTS,
    UUID,
    V2,
    V3,
    browser_event,
    call,
    element,
    element_of_v2,
    v3,
)

NOW = time.time_ns() // 1_000_000
ISO = "2026-11-20T10:15:30.123Z"
AT = 1_795_169_730_123


def twin(customer: Customer = MARY, **changes: str) -> Draft:
    return SERVER.compose(browser_event(NOW - 2000, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT))


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = PIXEL) -> Draft:
    return Draft("reddit", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_servers_words() -> None:
    assert only(twin(Customer())) == {
        "event_at": NOW,
        "action_source": "WEBSITE",
        "event_source_url": "https://shop.example/thanks",
        "click_id": "4242",
        "type": {"tracking_type": "PURCHASE"},
        "metadata": {
            "conversion_id": sha256(ID),
            "currency": "EUR",
            "value": 59.9,
            "item_count": 2,
            "products": PRODUCTS,
        },
        "user": {
            "email": CANONICAL,
            "phone_number": sha256("+49301234567"),
            "external_id": sha256("user-77"),
            "uuid": UUID,
            "user_agent": AGENT,
            "screen_dimensions": {"height": 1080, "width": 1920},
        },
    }


def test_whom_the_page_did_not_name_the_test_customer_names() -> None:
    user = only(twin(em="", pn="", auto_pn=f"495~{sha256('+49301111111')}"))["user"]
    assert (user["email"], user["phone_number"]) == (CANONICAL, sha256("+49301111111"))
    assert only(twin(em="mary.doe@shop.example"))["user"]["email"] == CANONICAL


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"event": "SignUp"}, {"tracking_type": "SIGN_UP"}),
        (
            {"event": "Custom", "m__customEventName": "Quiz"},
            {"tracking_type": "CUSTOM", "custom_event_name": "Quiz"},
        ),
        ({"event": "Refund"}, {"tracking_type": "CUSTOM", "custom_event_name": "Refund"}),
    ],
)
def test_every_name_has_its_type(changes: dict[str, str], kind: dict[str, str]) -> None:
    assert only(twin(MARY, **changes))["type"] == kind


def test_the_visitors_choice_and_the_pages_own_time_come_along() -> None:
    event = browser_event(NOW - 60_000, dpm="LDU", dpcc="US", dprc="US-CA")
    made = only(SERVER.compose(event, Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9")))
    assert (made["event_at"], made["user"]["ip_address"]) == (NOW - 60_000, "203.0.113.9")
    assert made["user"]["data_processing_options"] == {"modes": ["LDU"], "country": "US", "region": "US-CA"}


def test_what_is_no_number_stays_what_it_is() -> None:
    assert only(twin(m__valueDecimal="12,55"))["metadata"]["value"] == "12,55"


def test_what_is_no_event_of_its_own_has_no_twin() -> None:
    with pytest.raises(ComposeError, match="not an event of its own"):
        twin(event="")
    (server,) = decode(call(v3(element(NOW))))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="not of Reddit's"):
        SERVER.compose(replace(server, platform="meta"), Terms(now_ms=NOW))


@pytest.mark.parametrize(
    ("version", "url", "mark"),
    [(None, V3, ("test_id", "t2_test")), ("v3", V3, ("test_id", "t2_test")), ("v2.0", V2, ("test_mode", True))],
)
def test_a_call_is_written_in_the_version_that_is_asked_for(
    version: str | None, url: str, mark: tuple[str, object]
) -> None:
    ready = SERVER.outgoing(replace(twin(), test_code="t2_test", api_version=version), BASE)

    assert ready.request.url == url
    body = json.loads(ready.request.body)
    inner = body if version == "v2.0" else body["data"]
    assert inner[mark[0]] == mark[1]
    assert (ready.auth, ready.repeatable, ready.counts) == (Auth(Carrier.BEARER), True, False)
    assert SERVER.outgoing(twin(), BASE).counts
    (event,) = decode(call(ready.request.body, url=url))
    assert (event.account, event.name, event.event_id, event.value) == (PIXEL, "Purchase", sha256(ID), "59.9")
    assert (event.own_ms, event.flaws) == (NOW, ())
    assert event.test_code == ("test_mode" if version == "v2.0" else "t2_test")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"events": ()}, "1 to 1000 events"),
        ({"account": "77"}, "a2_ or t2_"),
        ({"events": ("[]",)}, "not a JSON object"),
        ({"events": ("{",)}, "not a JSON object"),
        ({"api_version": "v9"}, "no version v9"),
    ],
)
def test_what_is_no_request_can_not_go_out(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ComposeError, match=message):
        SERVER.outgoing(replace(twin(), **wrong), BASE)


@pytest.mark.parametrize(
    ("url", "body"),
    [
        (V3, v3(element(5000), element(9000, metadata={"conversion_id": "evt-8"}))),
        (V2, {"events": [element_of_v2(ISO), element_of_v2(ISO, event_metadata={"conversion_id": "evt-8"})]}),
    ],
)
def test_a_replay_is_the_event_in_the_form_of_v3_with_a_new_time(url: str, body: Any) -> None:
    exchange = call(body, url=url)
    second = decode(exchange)[1]
    again = SERVER.replay(second, exchange, Terms(now_ms=NOW))
    event = only(again)
    assert (again.provenance, again.account) == (Provenance.REPLAYED, PIXEL)
    assert (event["metadata"]["conversion_id"], event["event_at"]) == ("evt-8", NOW)
    assert (event["type"], event["action_source"]) == ({"tracking_type": "PURCHASE"}, "WEBSITE")
    assert not {"event_type", "event_metadata", "event_at_ms"} & event.keys()
    assert not [each for each in SERVER.validate(again, NOW) if each.refused]


def test_an_event_of_v3_is_replayed_letter_by_letter_when_its_time_is_kept() -> None:
    text = json.dumps(element(NOW - 1000)).replace("59.9", "59.90")
    exchange = call(f'{{"data":{{"events":[{text}]}}}}'.encode())
    (event,) = decode(exchange)
    assert SERVER.replay(event, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    with pytest.raises(ComposeError, match="older than Reddit takes"):
        SERVER.replay(event, exchange, Terms(now_ms=NOW + 8 * 86_400_000, keep_time=True))
    cut = replace(exchange, request=replace(exchange.request, body=b"", truncated=True))
    with pytest.raises(ComposeError, match="cut off"):
        SERVER.replay(event, cut, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="Only a server event"):
        SERVER.replay(browser_event(NOW), exchange, Terms(now_ms=NOW))


@pytest.mark.parametrize("time_of_v2", [{"event_at": ISO}, {"event_at_ms": AT}])
def test_v2_and_v3_say_the_same(time_of_v2: dict[str, Any]) -> None:
    shared = {"click_id": "4242", "user": {"uuid": UUID}}
    data = {"conversion_id": ID}
    before = shared | {"event_type": {"tracking_type": "SignUp"}, "event_metadata": data | {"value_decimal": 1.5}}
    after = shared | {"type": {"tracking_type": "SIGN_UP"}, "metadata": data | {"value": 1.5}}
    newest = after | {"event_at": AT, "action_source": "WEBSITE"}
    assert json.loads(newer(json.dumps(before | time_of_v2))) == newest
    assert json.loads(older(json.dumps(newest))) == before | {"event_at": ISO}


def test_v2s_smallest_units_and_opting_out_are_brought_over() -> None:
    text = json.dumps(element_of_v2(ISO, event_metadata={"value": 5990}, user={"opt_out": True}))
    event = json.loads(newer(text))
    assert event["metadata"] == {"value": 59.9}
    assert event["user"] == {"data_processing_options": {"modes": ["LDU"]}}
    assert newer(json.dumps(element(AT))) == json.dumps(element(AT))


def test_advice_stands_beside_its_field_and_refuses_nothing() -> None:
    user = {"email": "mary@shop.example", "phone_number": "0" * 40}
    found = SERVER.validate(draft(element(NOW, user=user, metadata={"value": 1}, event_source_url=None)), NOW)
    assert {each.field for each in found} == {
        "user.email",
        "user.phone_number",
        "metadata.conversion_id",
        "metadata.currency",
        "event_source_url",
    }
    assert {each.weight for each in found} == {Weight.ADVICE}
    assert SERVER.validate(draft(element(NOW)), NOW) == ()


def test_a_draft_as_a_whole_is_checked() -> None:
    assert [each.field for each in SERVER.validate(Draft("reddit", "x", ()), NOW)] == ["data", "account"]
    tested = replace(draft(element(NOW), element(NOW)), test_code="t2_test")
    assert [(each.field, each.weight) for each in SERVER.validate(tested, NOW)] == [("data", Weight.ADVICE)]
    broken = SERVER.validate(Draft("reddit", PIXEL, ("{",)), NOW)
    assert [each.refused for each in broken] == [True]


@pytest.mark.parametrize("source", SERVER.templates.sources())
@pytest.mark.parametrize("name", SERVER.templates.names())
def test_every_template_is_a_good_event(name: str, source: str) -> None:
    made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=PIXEL, source=source)
    assert not [each for each in SERVER.validate(made, NOW) if each.refused]
    (event,) = decode(call(SERVER.outgoing(made, BASE).request.body))
    assert (event.name, event.off_page) == ("Test" if name == "Custom" else name, source != "WEBSITE")


def test_a_template_of_another_name_is_a_custom_event_and_of_no_source_is_none() -> None:
    made = SERVER.templates.from_scratch("Quiz", Terms(now_ms=NOW, customer=MARY), account=PIXEL, source="WEBSITE")
    assert only(made)["type"] == {"tracking_type": "CUSTOM", "custom_event_name": "Quiz"}
    assert only(made)["user"]["email"] == CANONICAL
    with pytest.raises(ComposeError, match="no action source MOON"):
        SERVER.templates.from_scratch("Lead", Terms(now_ms=NOW), account=PIXEL, source="MOON")


@pytest.mark.parametrize(
    ("url", "body", "account", "test", "version"),
    [
        (V3, v3(element(AT), test_id="t2_test"), PIXEL, "t2_test", None),
        (V2, {"events": [element_of_v2(ISO)], "test_mode": True}, PIXEL, "test_mode", "v2.0"),
        ("", element(AT), "", None, None),
        ("", [element(AT)], "", None, None),
        ("", {"events": [element_of_v2(ISO)]}, "", None, None),
    ],
)
def test_a_pasted_call_is_a_draft(url: str, body: Any, account: str, test: str | None, version: str | None) -> None:
    found = SERVER.read_pasted(Request("POST", url, (), json.dumps(body).encode()))
    assert found is not None
    assert (found.account, found.test_code, found.api_version) == (account, test, version)
    assert only(found)["type"] == {"tracking_type": "PURCHASE"}
    assert only(found)["event_at"] == AT
    assert SERVER.read_pasted(Request("POST", url, (), b'{"events":[]}')) is None


def test_a_copied_call_is_pasted_back() -> None:
    made = twin()
    request = SERVER.outgoing(made, BASE).request
    assert V3 in httpx_call(request)
    found = draft_of(curl(request))
    assert (found.platform, found.account, found.events) == ("reddit", PIXEL, made.events)


def test_the_browsers_call_has_the_same_id() -> None:
    (snippet,) = SERVER.snippets
    text = snippet.write(draft(element(AT), element(AT, type={"tracking_type": "CUSTOM", "custom_event_name": "Quiz"})))
    assert text.startswith(f"rdt('init', \"{PIXEL}\");\nrdt('track', \"Purchase\", {{")
    assert '"conversionId": "evt-7f3a"' in text
    assert "rdt('track', \"Custom\"" in text
    assert snippet.write(Draft("reddit", PIXEL, ("{",))) == ""


LOGGED = platform("reddit").logged


@pytest.mark.parametrize(
    ("value", "shape", "url"),
    [
        (v3(element(AT)), Shape.CALL, V3),
        ({"events": [element_of_v2(ISO)]}, Shape.CALL, V2),
        (element(AT), Shape.EVENT, V3),
        (element_of_v2(ISO), Shape.EVENT, V2),
        ([element(AT)], Shape.EVENT, V3),
        ({"type": "PURCHASE"}, None, None),
        ({"data": [{"event_name": "Purchase"}]}, None, None),
        ({"events": [{"event": "x"}]}, None, None),
    ],
)
def test_a_logged_payload_becomes_the_call_it_was(value: Any, shape: Shape | None, url: str | None) -> None:
    assert LOGGED is not None
    assert LOGGED.shape(value) is shape
    if url is None:
        return
    request = LOGGED.call(json.dumps(value), value, PIXEL)
    assert request.url == url
    (event,) = decode(replace(call(b""), request=request))
    assert (event.account, event.event_id, event.own_ms) == (PIXEL, ID, AT)
    unnamed = LOGGED.call(json.dumps(value), value, "")
    assert (LOGGED.unnamed(unnamed), LOGGED.unnamed(request)) == (True, False)
    assert f"/{UNNAMED_ACCOUNT}" in unnamed.url
    assert LOGGED.moved(unnamed, PIXEL).url == url


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"message": "Successfully processed 1 conversion events."}, 200),
        ({"data": {"message": "Successfully processed 1 conversion events."}}, 200),
        ({"message": "There were 1 invalid conversion events. None were processed."}, 400),
        ({"success": False, "error": {"reason": "UNAUTHORIZED", "explanation": "no"}}, 401),
        ({"success": False, "error": {"reason": "FORBIDDEN", "explanation": "no"}}, 403),
        ({"code": 0, "message": "OK"}, None),
    ],
)
def test_a_logged_answer_tells_its_status(answer: dict[str, Any], status: int | None) -> None:
    assert LOGGED is not None
    assert LOGGED.status(answer) == status
