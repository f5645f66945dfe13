"""Server events for LinkedIn: twins, replays, templates, pasted and logged payloads, copies, the token question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.hashing import sha256
from app.model import UNNAMED_ACCOUNT, Customer, Exchange, Provenance, Request, Response
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.linkedin.logged import LOGGED
from app.platforms.linkedin.server_api import FORM, SERVER
from app.platforms.logged_payloads import Shape
from app.platforms.server_api import ComposeError, Terms, TestKind, Weight
from tests.platforms.linkedin.halves import (
    AGENT,
    API_RULE,
    BASE,
    CALLS,
    FAT_ID,
    MARY,
    browser_event,
    call,
    element,
    hit,
    refusal,
)

AT = 1_795_169_730_123
DAY = 24 * 3600 * 1000
URN = f"urn:lla:llaPartnerConversion:{API_RULE}"


def made(draft: Draft) -> Any:
    return json.loads(draft.events[0])


def refused(draft: Draft, now_ms: int = AT) -> list[str]:
    return [each.field for each in SERVER.validate(draft, now_ms) if each.refused]


def test_a_twin_keeps_the_event_id_and_leaves_the_rule_open() -> None:
    draft = SERVER.compose(
        browser_event(AT), Terms(now_ms=AT + 5, customer=MARY, user_agent=AGENT, client_ip="203.0.113.9")
    )
    assert (draft.account, draft.origin) == ("", "e1.0")
    assert made(draft) == {
        "conversionHappenedAt": AT + 5,
        "eventId": "evt-7",
        "user": {
            "userIds": [
                {"idType": "SHA256_EMAIL", "idValue": sha256("mary@shop.example")},
                {"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": FAT_ID},
                {"idType": "PLAINTEXT_IP_ADDRESS", "idValue": "203.0.113.9"},
            ],
            "userInfo": {"firstName": "Mary", "lastName": "Miller", "countryCode": "DE"},
        },
    }
    assert refused(draft) == ["account"]
    assert "tag's own is refused" in SERVER.validate(draft, AT)[0].message
    assert refused(replace(draft, account=API_RULE)) == []


def test_a_twin_may_keep_the_time_of_the_tag() -> None:
    assert made(SERVER.compose(browser_event(AT), Terms(now_ms=AT + DAY, keep_time=True)))["conversionHappenedAt"] == AT


def test_what_is_no_event_of_its_own_has_no_twin() -> None:
    (twin,) = decode(hit(AT, address="https://px4.ads.linkedin.com/collect"))
    (server,) = decode(call(element(AT)))
    for event, words in ((twin, "no twin"), (server, "Replay"), (replace(server, platform="meta"), "not of LinkedIn")):
        with pytest.raises(ComposeError, match=words):
            SERVER.compose(event, Terms(now_ms=AT))


@pytest.mark.parametrize("body", [element(AT), {"elements": [element(AT, eventId="evt-6"), element(AT)]}])
def test_a_replay_is_the_event_as_it_was_but_for_its_time(body: Any) -> None:
    exchange = call(body)
    event = decode(exchange)[-1]
    draft = SERVER.replay(event, exchange, Terms(now_ms=AT + DAY))
    assert draft.account == API_RULE
    request = SERVER.outgoing(draft, BASE).request
    assert json.loads(request.body) == element(AT + DAY)
    kept = SERVER.replay(event, exchange, Terms(now_ms=AT + DAY, keep_time=True))
    assert json.loads(SERVER.outgoing(kept, BASE).request.body) == element(AT)
    with pytest.raises(ComposeError, match="90 days"):
        SERVER.replay(event, exchange, Terms(now_ms=AT + 91 * DAY, keep_time=True))
    with pytest.raises(ComposeError, match="Compose a twin"):
        SERVER.replay(browser_event(AT), exchange, Terms(now_ms=AT))
    with pytest.raises(ComposeError, match="cut off"):
        SERVER.replay(
            event, replace(exchange, request=Request("POST", CALLS, (), b"{", truncated=True)), Terms(now_ms=AT)
        )


def test_one_event_is_sent_as_it_is_and_several_as_a_batch() -> None:
    one = SERVER.templates.from_scratch("PURCHASE", Terms(now_ms=AT), account=API_RULE, source="web")
    sent = SERVER.outgoing(one, f"{BASE}/")
    assert (sent.request.url, sent.repeatable, sent.counts) == (CALLS, True, True)
    assert sent.request.header("X-RestLi-Method") == "CREATE"
    assert sent.request.header("LinkedIn-Version") == "202608"
    assert json.loads(sent.request.body)["conversion"] == URN
    two = replace(one, events=one.events * 2, api_version="202603")
    batch = SERVER.outgoing(two, BASE).request
    assert (batch.header("X-RestLi-Method"), batch.header("LinkedIn-Version")) == ("BATCH_CREATE", "202603")
    assert [each["conversion"] for each in json.loads(batch.body)["elements"]] == [URN, URN]


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"events": ()}, "1 to 5000"), ({"account": "abc"}, "digits only"), ({"events": ("[",)}, "not a JSON object")],
)
def test_what_is_no_request_is_not_made(changes: dict[str, Any], words: str) -> None:
    draft = SERVER.templates.from_scratch("LEAD", Terms(now_ms=AT), account=API_RULE, source="web")
    with pytest.raises(ComposeError, match=words):
        SERVER.outgoing(replace(draft, **changes), BASE)
    assert SERVER.validate(replace(draft, **changes), AT)


def test_every_template_is_sound_from_every_source() -> None:
    for name in (*SERVER.templates.names(), "OWN_TYPE"):
        for source in SERVER.templates.sources():
            for who in (MARY, Customer()):
                draft = SERVER.templates.from_scratch(
                    name, Terms(now_ms=AT, customer=who), account=API_RULE, source=source
                )
                assert SERVER.validate(draft, AT) == ()
    with pytest.raises(ComposeError, match="no event source"):
        SERVER.templates.from_scratch("LEAD", Terms(now_ms=AT), account=API_RULE, source="moon")


IDS = element(AT)["user"]


@pytest.mark.parametrize(
    ("changes", "field", "weight"),
    [
        ({"conversion": API_RULE}, "conversion", Weight.REFUSED),
        ({"conversionHappenedAt": None}, "conversionHappenedAt", Weight.REFUSED),
        ({"conversionHappenedAt": str(AT)}, "conversionHappenedAt", Weight.REFUSED),
        ({"conversionHappenedAt": AT // 1000}, "conversionHappenedAt", Weight.REFUSED),
        ({"conversionHappenedAt": AT - 90 * DAY - 1}, "conversionHappenedAt", Weight.REFUSED),
        ({"conversionHappenedAt": AT + DAY}, "conversionHappenedAt", Weight.ADVICE),
        ({"eventId": None}, "eventId", Weight.ADVICE),
        ({"eventId": 7}, "eventId", Weight.REFUSED),
        ({"conversionValue": {"currencyCode": "EUR"}}, "conversionValue.amount", Weight.REFUSED),
        ({"conversionValue": {"currencyCode": "EUR", "amount": 5}}, "conversionValue.amount", Weight.REFUSED),
        ({"conversionValue": {"currencyCode": "EUR", "amount": "5,0"}}, "conversionValue.amount", Weight.REFUSED),
        ({"conversionValue": {"amount": "5"}}, "conversionValue.currencyCode", Weight.REFUSED),
        ({"conversionValue": {"amount": "5", "currencyCode": "€"}}, "conversionValue.currencyCode", Weight.REFUSED),
        ({"conversionValue": 5}, "conversionValue", Weight.REFUSED),
        ({"user": None}, "user", Weight.REFUSED),
        ({"user": []}, "user", Weight.REFUSED),
        ({"user": {}}, "user.userIds", Weight.REFUSED),
        ({"user": {"userIds": {}}}, "user.userIds", Weight.REFUSED),
        ({"user": {"userIds": [{"idType": "EMAIL", "idValue": "a"}]}}, "user.userIds", Weight.REFUSED),
        ({"user": {"userIds": [{"idType": "GOOGLE_AID", "idValue": ""}]}}, "user.userIds", Weight.REFUSED),
        ({"user": {"userIds": [{"idType": ["SHA256_EMAIL"], "idValue": "a"}]}}, "user.userIds", Weight.REFUSED),
        ({"user": {"userIds": [{"idType": "SHA256_EMAIL", "idValue": "a@b.cd"}]}}, "user.userIds", Weight.ADVICE),
        ({"user": {"userInfo": {"firstName": "A", "lastName": "B"}}}, "user.userIds", Weight.ADVICE),
        ({"user": IDS | {"userInfo": {"lastName": "B"}}}, "user.userInfo.firstName", Weight.REFUSED),
        ({"user": IDS | {"userInfo": 7}}, "user.userInfo", Weight.REFUSED),
        (
            {"user": IDS | {"userInfo": {"firstName": "A", "lastName": "B", "title": 7}}},
            "user.userInfo.title",
            Weight.REFUSED,
        ),
        (
            {"user": IDS | {"userInfo": {"firstName": "A", "lastName": "B", "countryCode": "Germany"}}},
            "user.userInfo.countryCode",
            Weight.ADVICE,
        ),
        ({"user": IDS | {"externalIds": ["a", "b"]}}, "user.externalIds", Weight.REFUSED),
        ({"user": IDS | {"externalIds": "a"}}, "user.externalIds", Weight.REFUSED),
    ],
)
def test_each_requirement_is_told_at_its_field(changes: dict[str, Any], field: str, weight: Weight) -> None:
    event = element(AT) | changes
    found = SERVER.validate(Draft("linkedin", API_RULE, (json.dumps(event),)), AT)
    assert [(each.field, each.weight) for each in found] == [(field, weight)]


def test_a_sound_event_breaks_nothing_to_the_last_millisecond() -> None:
    assert SERVER.validate(Draft("linkedin", API_RULE, (json.dumps(element(AT)),)), AT + 90 * DAY) == ()


def pasted(url: str, body: Any, **headers: str) -> Draft | None:
    heads = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return SERVER.read_pasted(Request("POST", url, heads, json.dumps(body).encode()))


@pytest.mark.parametrize("url", ["", CALLS])
@pytest.mark.parametrize("body", [element(AT), [element(AT)], {"elements": [element(AT)]}])
def test_a_pasted_payload_becomes_a_draft_whatever_is_around_it(url: str, body: Any) -> None:
    draft = pasted(url, body, LinkedIn_Version="202603")
    assert draft is not None
    assert (draft.account, draft.api_version) == (API_RULE, "202603")
    assert json.loads(SERVER.outgoing(draft, BASE).request.body) == element(AT)


def test_another_rule_in_a_pasted_batch_stays_that_events_own() -> None:
    other = URN.replace(API_RULE, "77")
    draft = pasted(CALLS, {"elements": [element(AT), element(AT, conversion=other)]})
    assert draft is not None
    sent = json.loads(SERVER.outgoing(draft, BASE).request.body)["elements"]
    assert [each["conversion"] for each in sent] == [URN, other]


@pytest.mark.parametrize("body", [{"event_name": "Purchase"}, {"elements": []}, 7, "x"])
def test_what_is_nobodys_event_is_no_draft(body: Any) -> None:
    assert pasted("", body) is None
    assert pasted("https://api.linkedin.com/v2/me", element(AT)) is None


def test_only_its_own_calls_are_served_and_taken_apart() -> None:
    assert SERVER.serves(Request("POST", "https://gw.example/rest/conversionEvents"))
    assert SERVER.serves(Request("GET", "https://api.linkedin.com/rest/conversions/7"))
    assert not SERVER.serves(Request("GET", "https://px.ads.linkedin.com/collect?pid=1"))
    lines = "Index: 0, ERROR :: /user :: field is required but not found and has no default value\n"
    for answer, apart in (
        (refusal(422, lines), True),
        (refusal(400, "Conversion's method should be CONVERSIONS_API, indices [1] (0-indexed)"), True),
        (refusal(400, "The body could not be read"), False),
        (refusal(401, "Index: 0, ERROR"), False),
        (Response(201), False),
    ):
        assert SERVER.take_apart(call(element(AT), answer=answer)) is apart
    assert not SERVER.take_apart(Exchange(Provenance.SENT, Request("POST", CALLS)))


def test_there_is_no_test_and_the_switch_says_that_the_event_counts() -> None:
    draft = SERVER.templates.from_scratch("LEAD", Terms(now_ms=AT), account=API_RULE, source="web")
    assert SERVER.tests.kind is TestKind.NONE
    assert SERVER.tests.counts(draft)
    assert "COUNTS" in SERVER.tests.without


@pytest.mark.parametrize(
    ("answer", "works", "words"),
    [
        (Response(200, (), b'{"id":20529388}'), True, "opens"),
        (refusal(401, "x", serviceErrorCode=65601), False, "65601"),
        (refusal(403, "x", serviceErrorCode=100), False, "No right"),
        (refusal(404, "no such rule"), True, "only a test event"),
        (refusal(429, "x", serviceErrorCode=101), None, "Too many"),
        (Response(502, (), b"<html>"), None, "502"),
        (None, False, "no answer"),
    ],
)
def test_the_answer_to_the_token_question(answer: Response | None, works: bool | None, words: str) -> None:
    assert SERVER.token_question is not None
    assert SERVER.token_answer is not None
    asked = SERVER.token_question(BASE, API_RULE, None)
    assert (asked.request.method, asked.request.url, asked.events) == ("GET", f"{BASE}/rest/conversions/{API_RULE}", 0)
    told = SERVER.token_answer(Exchange(Provenance.SENT, asked.request, answer))
    assert told.works is works
    assert words in told.text


def test_the_browsers_call_has_the_event_id_and_leaves_the_tags_rule_open() -> None:
    text = SERVER.snippets[0].write(Draft("linkedin", API_RULE, (json.dumps(element(AT)),)))
    assert "lintrk('track', { conversion_id: TAG_RULE, event_id: \"evt-7\" });" in text
    assert SERVER.snippets[0].write(Draft("linkedin", API_RULE, ("{",))) == ""


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (element(AT), Shape.EVENT),
        ([element(AT)], Shape.EVENT),
        (element(AT, conversion=None), Shape.EVENT),
        ({"elements": [element(AT)]}, Shape.CALL),
        ({"conversion": "x"}, None),
        ({"elements": []}, None),
        ({"event_name": "Purchase"}, None),
        ([], None),
        ("x", None),
    ],
)
def test_a_logged_payload_is_known_and_read_back(value: Any, shape: Shape | None) -> None:
    assert LOGGED.shape(value) is shape
    if shape is not None:
        request = LOGGED.call(json.dumps(value), value, "")
        (event,) = decode(Exchange(Provenance.IMPORTED, request, number=1))
        assert event.event_id == "evt-7"
        named = not (isinstance(value, dict) and "elements" not in value and "conversion" not in value)
        assert (event.rule, LOGGED.unnamed(request)) == ((API_RULE, False) if named else (UNNAMED_ACCOUNT, True))
        if not named:
            (event,) = decode(Exchange(Provenance.IMPORTED, LOGGED.moved(request, "77"), number=1))
            assert event.rule == "77"


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"status": 422, "message": "x"}, 422),
        ({"elements": [{"status": 201}]}, 200),
        ({"elements": []}, None),
        ({"status": "ok", "message": "x"}, None),
        ({"events_received": 1}, None),
    ],
)
def test_a_logged_answer_tells_its_status(answer: dict[str, Any], status: int | None) -> None:
    assert LOGGED.status(answer) == status


def test_the_form_leads_to_what_stands_in_an_event() -> None:
    text = json.dumps(element(AT))
    assert FORM.id_of(text) == "evt-7"
    assert json.loads(FORM.at_time(text, AT + 1))["conversionHappenedAt"] == AT + 1
