"""The fault lab, end to end: composed, spoilt, sent to the endpoint, decoded and judged."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Event, Exchange, Provenance, Request, Response, Severity
from app.outgoing import Draft
from app.platforms import decode, rules_of
from app.platforms.fault_lab import STRANGER, Recipe, RecipeError
from app.platforms.meta.compose import compose, outgoing
from app.platforms.meta.contract import answer
from app.platforms.meta.server_api import SERVER
from app.platforms.server_api import Terms
from app.sending.faults import recipe

NOW_MS = 1_795_318_292_000
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/131.0"
MARY = Customer((("em", ("mary@example.com",)), ("ph", ("15559876543",))))
NOBODY = Customer()


def browser_event() -> Event:
    pairs = {
        "id": "1111111111111111",
        "ev": "Purchase",
        "dl": "https://shop.example/thanks",
        "ts": str(NOW_MS - 1000),
        "cd[value]": "142.52",
        "cd[currency]": "USD",
        "cd[order_id]": "77",
        "cd[content_type]": "product",
        "cd[contents]": '[{"id":"SKU-1","quantity":2,"item_price":71.26}]',
        "ud[em]": sha256("mary@example.com"),
        "ud[ph]": sha256("15559876543"),
        "fbp": f"fb.1.{NOW_MS - 100_000}.2355535725",
        "eid": "order-77",
        "rqm": "GET",
    }
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs.items())
    request = Request("GET", f"https://www.facebook.com/tr/?{query}", (("User-Agent", AGENT),))
    exchange = Exchange(
        Provenance.CAPTURED, request, Response(200), started_ms=NOW_MS - 1000, finished_ms=NOW_MS - 950, number=1
    )
    (event,) = decode(exchange)
    return event


def twin() -> Draft:
    return compose(browser_event(), Terms(now_ms=NOW_MS, customer=MARY, user_agent=AGENT))


def findings_of(draft: Draft) -> set[str]:
    """The codes, warnings or worse, after the draft was sent beside its browser event.

    It is judged as a backend's own send: what we send ourselves is never called a repeat. The channel plan, which
    speaks of every one-sided row, is left aside.
    """
    out = outgoing(draft, "http://127.0.0.1")
    response = answer(replace(out.request, url=f"{out.request.url}?access_token=t"), NOW_MS)
    sent = Exchange(
        Provenance.FORWARDED, out.request, response, started_ms=NOW_MS, finished_ms=NOW_MS + 20, send=out.send, number=2
    )
    analysis = Analysis(Context(customer=MARY), rules_of())
    analysis.add([browser_event()])
    analysis.add(decode(sent))
    found = {finding for group in analysis.groups() for finding in group.findings}
    return {item.code for item in found if item.severity.rank <= Severity.WARNING.rank} - {"plan-deviation"}


def only(draft: Draft) -> Any:
    (text,) = draft.events
    return json.loads(text)


def test_the_unspoilt_twin_is_clean() -> None:
    assert findings_of(twin()) == set()


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_produces_exactly_its_findings(each: Recipe) -> None:
    assert findings_of(each.apply(twin(), MARY)) == set(each.expects)


@pytest.mark.parametrize("each", SERVER.recipes, ids=lambda each: each.name)
def test_a_recipe_changes_the_draft_and_leaves_the_rest_alone(each: Recipe) -> None:
    draft = twin()
    text = draft.events[0].replace("142.52", "142.520")

    spoilt = each.apply(replace(draft, events=(text,)), MARY)

    before, after = json.loads(text), json.loads(spoilt.events[-1])
    changed = {key for key in before | after if before.get(key) != after.get(key)}
    assert (spoilt.account, spoilt.events) != (draft.account, (text,))
    assert len(changed) == (0 if each.name == "other-account" else 1)
    assert each.name == "cent-off" or "142.520" in spoilt.events[-1]


def test_recipes_do_what_their_titles_say() -> None:
    draft = twin()

    def after(name: str, customer: Customer = MARY) -> Any:
        return only(recipe(name).apply(draft, customer))

    assert after("event-id-case")["event_id"] == "ORDER-77"
    assert after("event-id-suffix")["event_id"] == "order-77-server"
    assert after("other-name")["event_name"] == "CompletePayment"
    assert after("name-case")["event_name"] == "purchase"
    assert after("late")["event_time"] == NOW_MS // 1000 - 49 * 3600
    assert after("plain-email")["user_data"]["em"] == ["mary@example.com"]
    assert after("plain-email", NOBODY)["user_data"]["em"] == [STRANGER]
    assert after("md5")["user_data"]["em"] == ["c96da02bba97aedfd26136e980ae3761"]
    assert after("hashed-twice")["user_data"]["em"] == [sha256(sha256("mary@example.com"))]
    assert after("cent-off")["custom_data"]["value"] == 142.53
    assert after("currency-case")["custom_data"]["currency"] == "usd"
    assert recipe("other-account").apply(draft, MARY).account == "1111111111111112"
    assert [json.loads(text)["event_id"] for text in recipe("twice").apply(draft, MARY).events] == [
        "order-77",
        "order-77-again",
    ]


@pytest.mark.parametrize(
    ("name", "event", "words"),
    [
        ("no-event-id", "{}", "no event ID"),
        ("event-id-case", '{"event_id":"0077"}', "no letters"),
        ("late", '{"event_time":"yesterday"}', "no event_time in seconds"),
        ("cent-off", '{"custom_data":{"value":"1,5"}}', "no value"),
        ("cent-off", '{"custom_data":42}', "no value"),
        ("currency-case", "{}", "no currency"),
        ("md5", "[1, 2", "not a valid JSON object"),
    ],
)
def test_a_draft_without_what_is_to_be_spoilt_is_said_so(name: str, event: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        recipe(name).apply(Draft("meta", "1", (event,)), NOBODY)


def test_an_unknown_fault_names_the_known_ones() -> None:
    with pytest.raises(RecipeError, match=r"no fault called nonsense\. There are: no-event-id, event-id-case"):
        recipe("nonsense")
