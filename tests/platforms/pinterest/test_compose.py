"""Composing, replaying, checking, pasting and copying Pinterest's server events."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.formats import read
from app.hashing import sha256
from app.model import UNNAMED_ACCOUNT, Customer, Provenance, Request
from app.outgoing import Auth, Draft
from app.platforms import decode
from app.platforms.pinterest.server_api import SERVER
from app.platforms.server_api import ComposeError, Terms, Weight
from app.sending.copy_as import curl, httpx_call
from app.sending.paste import draft_of
from tests.platforms.pinterest.halves import (
    AD_ACCOUNT,
    AGENT,
    API,
    BASE,
    MARY,
    OLDER_API,
    PAGE,
    TAG,
    TOKEN,
    browser_event,
    call,
    data,
    element,
    hit,
    person,
)

NOW = time.time_ns() // 1_000_000
HASH = sha256("mary@shop.example")


def twin(customer: Customer = MARY, event: str = "checkout", **changes: Any) -> Draft:
    made = SERVER.compose(
        browser_event(NOW - 2000, event, **changes), Terms(now_ms=NOW, customer=customer, user_agent=AGENT)
    )
    return replace(made, account=AD_ACCOUNT)


def only(draft: Draft) -> dict[str, Any]:
    (text,) = draft.events
    found: dict[str, Any] = json.loads(text)
    return found


def draft(*events: dict[str, Any], account: str = AD_ACCOUNT) -> Draft:
    return Draft("pinterest", account, tuple(map(json.dumps, events)))


def test_the_twin_says_what_the_page_said_in_the_apis_words() -> None:
    assert only(twin(Customer())) == {
        "event_name": "checkout",
        "action_source": "web",
        "event_time": NOW // 1000,
        "event_id": "evt-7",
        "event_source_url": PAGE,
        "user_data": {
            "em": [HASH],
            "ph": [sha256("49301234567")],
            "client_user_agent": AGENT,
            "click_id": "dj0yLab",
        },
        "custom_data": {
            "value": "59.9",
            "currency": "EUR",
            "order_id": "SO-1187",
            "num_items": 2,
            "contents": [{"id": "MUG-01", "item_name": "Mug", "item_price": "29.95", "quantity": 2}],
            "content_ids": ["MUG-01"],
        },
    }
    assert SERVER.validate(twin(), NOW) == ()


def test_a_tag_is_no_ad_account_unless_the_user_said_so() -> None:
    event = browser_event(NOW)
    assert SERVER.compose(event, Terms(now_ms=NOW)).account == ""
    assert SERVER.compose(replace(event, merged_as=AD_ACCOUNT), Terms(now_ms=NOW)).account == AD_ACCOUNT
    assert SERVER.compose(replace(event, merged_as=TAG), Terms(now_ms=NOW)).account == ""


def test_names_are_written_as_the_api_has_them() -> None:
    assert only(twin(event="AddToCart"))["event_name"] == "add_to_cart"
    assert only(twin(event="own event"))["event_name"] == "own event"


def test_whom_the_tag_named_by_an_older_digest_the_test_customer_names() -> None:
    pd = person(em="a" * 40, ph=None, fn="Mary")
    assert only(twin(pd=pd))["user_data"]["em"] == [HASH]
    assert only(twin(pd=pd))["user_data"]["fn"] == [sha256("mary")]
    assert "em" not in only(twin(Customer(), pd=pd))["user_data"]


def test_the_pages_own_time_and_the_opt_out_come_along() -> None:
    event = browser_event(NOW - 60_000, ed=data(opt_out_type="LDP"))
    made = only(SERVER.compose(event, Terms(now_ms=NOW, keep_time=True, client_ip="203.0.113.9")))
    assert (made["event_time"], made["custom_data"]["opt_out_type"]) == ((NOW - 60_000) // 1000, "LDP")
    assert made["user_data"]["client_ip_address"] == "203.0.113.9"


def test_what_has_no_twin_says_why() -> None:
    with pytest.raises(ComposeError, match="not an event of its own"):
        twin(event="init")
    (server,) = decode(call(element(NOW)))
    with pytest.raises(ComposeError, match="Replay it instead"):
        SERVER.compose(server, Terms(now_ms=NOW))
    with pytest.raises(ComposeError, match="Compose a twin"):
        SERVER.replay(browser_event(NOW), hit(NOW), Terms(now_ms=NOW))


def test_the_call_has_its_account_in_the_path_and_says_that_it_is_a_test() -> None:
    ready = SERVER.outgoing(twin(), BASE)
    assert ready.request.url == f"{API}?test=true"
    assert (ready.auth, ready.repeatable, ready.as_test, ready.counts) == (Auth(), True, True, False)
    live = SERVER.outgoing(replace(twin(), as_test=False), BASE)
    assert (live.request.url, live.as_test, live.counts) == (API, False, True)
    assert not SERVER.outgoing(draft(element(NOW, action_source="offline")), BASE).repeatable
    (event,) = decode(call(url=ready.request.url, body=ready.request.body))
    assert (event.account, event.event_id, event.test_code, event.value) == (AD_ACCOUNT, "evt-7", "test=true", "59.9")


@pytest.mark.parametrize("url", [API, OLDER_API])
def test_a_replay_is_the_event_with_a_new_time(url: str) -> None:
    events = [element(5000), element(9000, event_id="evt-8")]
    if url == OLDER_API:
        events = [each | {"advertiser_id": AD_ACCOUNT} for each in events]
    exchange = call(*events, url=url)
    again = SERVER.replay(decode(exchange)[1], exchange, Terms(now_ms=NOW))
    event = only(again)
    assert (again.provenance, again.account) == (Provenance.REPLAYED, AD_ACCOUNT)
    assert (event["event_id"], event["event_time"]) == ("evt-8", NOW // 1000)
    assert "advertiser_id" not in event
    assert SERVER.validate(again, NOW) == ()


def test_an_event_is_replayed_letter_by_letter_when_its_time_is_kept() -> None:
    text = json.dumps(element(NOW - 1000), indent=1)
    exchange = call(body=f'{{"data":[{text}]}}'.encode())
    (event,) = decode(exchange)
    assert SERVER.replay(event, exchange, Terms(now_ms=NOW, keep_time=True)).events == (text,)
    gone = replace(exchange, request=replace(exchange.request, body=b"{}", truncated=True))
    with pytest.raises(ComposeError, match="cut off when it was captured"):
        SERVER.replay(event, gone, Terms(now_ms=NOW))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"event_name": ""}, "event_name"),
        ({"event_name": "own"}, "event_name"),
        ({"action_source": "website"}, "action_source"),
        ({"action_source": None}, "action_source"),
        ({"event_time": None}, "event_time"),
        ({"event_time": NOW}, "event_time"),
        ({"event_time": "soon"}, "event_time"),
        ({"event_id": None}, "event_id"),
        ({"event_id": 7}, "event_id"),
        ({"event_source_url": 7}, "event_source_url"),
        ({"opt_out": "yes"}, "opt_out"),
        ({"user_data": None}, "user_data"),
        ({"user_data": {"ph": [HASH]}}, "user_data"),
        ({"user_data": {"client_ip_address": "203.0.113.9"}}, "user_data"),
        ({"user_data": {"em": HASH}}, "user_data.em"),
        ({"user_data": {"em": ["mary@shop.example"]}}, "user_data.em"),
        ({"user_data": {"em": [HASH], "fn": [7]}}, "user_data.fn"),
        ({"user_data": {"em": [HASH], "click_id": 5}}, "user_data.click_id"),
        ({"custom_data": []}, "custom_data"),
        ({"custom_data": {"value": 59.9, "currency": "EUR"}}, "custom_data.value"),
        ({"custom_data": {"value": "1,5", "currency": "EUR"}}, "custom_data.value"),
        ({"custom_data": {"value": "1", "currency": "Euro"}}, "custom_data.currency"),
        ({"custom_data": {"value": "1", "currency": "EUR", "num_items": "2"}}, "custom_data.num_items"),
        ({"custom_data": {"value": "1", "currency": "EUR", "order_id": 7}}, "custom_data.order_id"),
        ({"custom_data": {"value": "1", "currency": "EUR", "content_ids": [7]}}, "custom_data.content_ids"),
        ({"custom_data": {"value": "1", "currency": "EUR", "contents": {}}}, "custom_data.contents"),
        ({"custom_data": {"value": "1", "currency": "EUR", "contents": [7]}}, "custom_data.contents.0"),
        ({"custom_data": {"value": "1", "currency": "EUR", "contents": [{"id": 7}]}}, "custom_data.contents.0.id"),
        (
            {"custom_data": {"value": "1", "currency": "EUR", "contents": [{"item_price": 7}]}},
            "custom_data.contents.0.item_price",
        ),
        (
            {"custom_data": {"value": "1", "currency": "EUR", "contents": [{"quantity": "7"}]}},
            "custom_data.contents.0.quantity",
        ),
    ],
)
def test_what_would_be_refused_is_said_beside_its_field(changes: dict[str, Any], field: str) -> None:
    found = [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused]
    assert [each.field for each in found] == [field]


@pytest.mark.parametrize(
    "changes",
    [
        {"user_data": {"hashed_maids": [HASH]}},
        {"user_data": {"client_ip_address": "203.0.113.9", "client_user_agent": AGENT}},
        {"user_data": {"em": [HASH, sha256("b@shop.example")]}},
        {"event_name": "Checkout"},
        {"event_name": "custom"},
        {"action_source": "app_android", "event_source_url": None},
        {"custom_data": None},
    ],
)
def test_what_pinterest_takes_is_not_refused(changes: dict[str, Any]) -> None:
    assert [each for each in SERVER.validate(draft(element(NOW, **changes)), NOW) if each.refused] == []


@pytest.mark.parametrize(
    ("changes", "field", "weight"),
    [
        ({"event_time": NOW // 1000 + 600}, "event_time", Weight.ADVICE),
        ({"user_data": {"em": [HASH.upper()]}}, "user_data.em", Weight.ADVICE),
        ({"user_data": {"em": ["a" * 32]}}, "user_data.em", Weight.ADVICE),
        ({"event_source_url": None}, "event_source_url", Weight.ADVICE),
        ({"action_source": "offline"}, "action_source", Weight.ADVICE),
        ({"custom_data": {}}, "custom_data.value", Weight.ADVICE),
        ({"custom_data": {"value": "5"}}, "custom_data.currency", Weight.ADVICE),
        ({"event_name": "Checkout"}, "event_name", Weight.WARNED),
        ({"extra": 1}, "extra", Weight.WARNED),
        ({"user_data": {"em": [HASH], "epik": "x"}}, "user_data.epik", Weight.WARNED),
    ],
)
def test_what_pinterest_takes_but_warns_of_or_can_not_use(changes: dict[str, Any], field: str, weight: Weight) -> None:
    found = SERVER.validate(draft(element(NOW, **changes)), NOW)
    assert [(each.field, each.weight) for each in found] == [(field, weight)]


def test_a_call_has_its_own_limits() -> None:
    assert [each.field for each in SERVER.validate(draft(account="my shop"), NOW)] == ["data", "account"]
    many = replace(twin(), events=twin().events * 1001)
    assert SERVER.validate(many, NOW)[0].field == "data"
    tests = replace(twin(), events=twin().events * 21)
    assert [(each.field, each.refused) for each in SERVER.validate(tests, NOW)] == [("data", False)]
    assert SERVER.validate(replace(tests, as_test=False), NOW) == ()
    for wrong in (many, draft(), replace(twin(), account=""), replace(twin(), events=("{",))):
        with pytest.raises(ComposeError):
            SERVER.outgoing(wrong, BASE)
    assert SERVER.validate(replace(twin(), events=("{",)), NOW)[0].refused


@pytest.mark.parametrize("name", SERVER.templates.names())
@pytest.mark.parametrize("source", SERVER.templates.sources())
def test_every_template_is_complete(name: str, source: str) -> None:
    made = SERVER.templates.from_scratch(name, Terms(now_ms=NOW), account=AD_ACCOUNT, source=source)
    assert {each.field for each in SERVER.validate(made, NOW)} <= {"action_source"}  # offline is advised against
    (event,) = json.loads(SERVER.outgoing(made, BASE).request.body)["data"]
    assert (event["action_source"], event["event_name"]) == (source, name)


def test_a_template_takes_the_test_customer_and_refuses_unknown_sources() -> None:
    made = only(
        SERVER.templates.from_scratch("lead", Terms(now_ms=NOW, customer=MARY), account=AD_ACCOUNT, source="web")
    )
    assert (made["user_data"]["em"], made["user_data"]["ph"]) == ([HASH], [sha256("49301234567")])
    with pytest.raises(ComposeError, match="There are: web, app_android"):
        SERVER.templates.from_scratch("lead", Terms(now_ms=NOW), account=AD_ACCOUNT, source="website")


# -- pasted, logged and copied ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("mark", "as_test"), [("", False), ("?test=true", True), ("?test=True", True)])
def test_a_pasted_call_is_a_draft_and_a_test_when_it_was_one(mark: str, as_test: bool) -> None:
    found = draft_of(curl(call(element(NOW), element(NOW, event_id="evt-8"), url=f"{API}{mark}").request))
    assert (found.platform, found.account, found.as_test) == ("pinterest", AD_ACCOUNT, as_test)
    assert [json.loads(text)["event_id"] for text in found.events] == ["evt-7", "evt-8"]


def test_a_pasted_call_of_the_older_version_names_its_account_in_the_event() -> None:
    found = draft_of(curl(call(element(NOW, advertiser_id="77"), url=OLDER_API).request))
    assert (found.platform, found.account) == ("pinterest", "77")
    assert "advertiser_id" not in only(found)


@pytest.mark.parametrize("body", [element(NOW), [element(NOW)], {"data": [element(NOW)]}])
def test_bare_json_is_read_too(body: Any) -> None:
    found = draft_of(json.dumps(body))
    assert (found.platform, found.account, found.as_test) == ("pinterest", "", True)
    assert only(found)["event_id"] == "evt-7"


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1}',
        "[]",
        "{",
        "",
        '{"data": [{"event_name": "Lead"}]}',
        '{"event_name": "Lead", "action_source": "website"}',
        '{"event": "Lead"}',
    ],
)
def test_what_is_no_event_of_pinterests_is_left_to_others(text: str) -> None:
    assert SERVER.read_pasted(Request("POST", "", (), text.encode())) is None


def _logged(value: Any, tmp_path: Any, account: str = "") -> Any:
    file = tmp_path / "log.jsonl"
    file.write_text(json.dumps(value))
    (exchange,) = read(file, account=account).exchanges
    return decode(replace(exchange, number=1))[0]


def test_payloads_in_a_log_are_known_by_where_they_happened(tmp_path: Any) -> None:
    answer = {"num_events_received": 1, "num_events_processed": 0, "events": [{"status": "failed"}]}
    for value in (element(NOW), [element(NOW)], {"data": [element(NOW)]}):
        assert _logged(value, tmp_path).account == UNNAMED_ACCOUNT
        assert _logged(value, tmp_path, AD_ACCOUNT).account == AD_ACCOUNT
    event = _logged({"ad_account_id": "77", "payload": {"data": [element(NOW)]}, "response": answer}, tmp_path)
    assert (event.platform, event.account, event.outcome.value) == ("pinterest", "77", "rejected")
    assert _logged(element(NOW, advertiser_id="78"), tmp_path).account == "78"
    assert _logged(element(NOW, action_source="website"), tmp_path).platform == "meta"


def test_a_draft_comes_back_from_its_own_copies() -> None:
    made = replace(twin(), origin=None)
    assert draft_of(curl(SERVER.outgoing(made, BASE).request)) == made


def test_copies_have_the_tokens_place_and_no_token() -> None:
    recorded = call(element(NOW)).request
    for text in (curl(recorded), httpx_call(recorded)):
        assert TOKEN not in text
        assert "ACCESS_TOKEN" in text


def test_the_browsers_half_is_a_call_of_the_tag() -> None:
    text = SERVER.snippets[0].write(draft(element(NOW, event_name="add_to_cart")))
    assert text.startswith("pintrk('load', 'YOUR_TAG_ID');\npintrk('track', \"addtocart\", {")
    for said in ('"event_id": "evt-7"', '"value": 59.9', '"product_id": "MUG-01"', '"order_quantity": 2'):
        assert said in text
    assert "</script>" not in SERVER.snippets[0].write(draft(element(NOW, event_name="</script>")))
    assert SERVER.snippets[0].write(replace(twin(), events=("{",))) == ""
