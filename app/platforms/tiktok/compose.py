"""Makes server events for TikTok: the twin of a browser event, a replay, a template; and the request for them.

    browser  {"event":"CompletePayment","event_id":"evt-7","context":{"ad":{"callback":"E.C.P"},"user":{"email":"62a1…",
              "phone_number":"536a…","external_id":"user-77"},"page":{"url":…}},"properties":{"value":59.9,…}}
    twin     POST /open_api/v1.3/event/track/   {"event_source":"web","event_source_id":"CQ7…","data":[{
              "event":"CompletePayment","event_time":1795169730,"event_id":"evt-7","user":{"email":"62a1…",
              "phone":"536a…","external_id":"<sha256>","ttclid":"E.C.P"},"page":{"url":…},"properties":{…}}]}

The twin keeps name and event ID, for together with the pixel code these let TikTok count the two once. Everything is
composed and replayed in the form of Events API 2.0. Nothing here knows a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from app.model import Content, Event, Exchange, Request, UserValue
from app.outgoing import Auth, Carrier, Draft, Outgoing
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, number, text_at, without_member
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.server_api import AccountForm, ComposeError, Terms, TestKind, Violation
from app.platforms.tiktok.browser import NAME
from app.platforms.tiktok.call import SOURCE, WEB, events_of
from app.platforms.tiktok.customer import documented
from app.platforms.tiktok.place import TOKEN_HEADER
from app.platforms.tiktok.requirements import MAX_EVENTS, TOO_OLD_MS, violations

ACCOUNT = AccountForm(
    "pixel code", r"[A-Z0-9]{10,32}", "capital letters and digits only, usually 20", "CQ7EXAMPLE0PIXELCODE"
)
AUTH = Auth(Carrier.HEADER, TOKEN_HEADER)
VERSION = "v1.3"
HASHES = CustomerHashes(documented)
HASHED_KEYS = {
    "email": "em",
    "phone": "ph",
    "external_id": "external_id",
    "first_name": "fn",
    "last_name": "ln",
    "zip_code": "zp",
}
PLAIN_KEYS = {"city": "ct", "state": "st", "country": "country"}
"""Keys of `user`, and the neutral ones they stand for."""
_PROPERTIES = "properties."
_EMAIL = re.compile(r"[^\s@]@[^\s@][^\s@.]*+\.[^\s@]")


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same name, event ID, page and properties, ttclid and ttp, and limited data use; the customer as the browser hashed
    them, with the test customer's documented hashes where the browser had none. Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    event: dict[str, object] = {
        "event": browser.name,
        "event_time": terms.moment(browser.own_ms) // 1000,
        "event_id": browser.event_id,
        "user": _user(browser, terms),
        "page": filled({"url": browser.page, "referrer": browser.referrer}),
        "properties": _properties(browser),
        "limited_data_use": True if browser.consent == "limited data use" else None,
    }
    return MAKER.twin(browser, filled(event), terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    An event of the older form is brought into that of 2.0 (`call`). `event_time` becomes `now_ms` unless `keep_time`.
    Raises `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    texts = events_of(exchange.request)
    return MAKER.replay(event, exchange, terms, texts, lambda text: text_at(text, "event") == event.name)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = MAKER.validate(draft, now_ms)
    mixed = _mixed(draft)
    return (Violation("data", f"{mixed}."), *found) if mixed else found


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url`, token left out. Raises `ComposeError`, also for two sources."""
    if mixed := _mixed(draft):
        raise ComposeError(f"{mixed}. Send them apart.")
    return MAKER.outgoing(draft, base_url)


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    head = {SOURCE: next(iter(_sources(draft)), WEB), "event_source_id": draft.account}
    if draft.test_code:
        head["test_event_code"] = draft.test_code
    fields = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in head.items()]
    events = ",".join(_without_source(text) for text in draft.events)
    body = "{" + ",".join(fields) + f',"data":[{events}]}}'
    version = draft.api_version or VERSION
    url = f"{base_url.rstrip('/')}/open_api/{version.strip('/')}/event/track/"
    return json_call(url, body)


def _sources(draft: Draft) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text_at(text, SOURCE) or WEB for text in draft.events))


def _mixed(draft: Draft) -> str:
    """What is wrong with the event sources of a draft, in words; empty when nothing is."""
    sources = _sources(draft)
    return f"One call has one event source, not {' and '.join(sources)}" if len(sources) > 1 else ""


def _without_source(text: str) -> str:
    return without_member(text, SOURCE) if text_at(text, SOURCE) else text


def _user(browser: Event, terms: Terms) -> dict[str, object]:
    data: dict[str, object] = {}
    for wire, key in HASHED_KEYS.items():
        found = HASHES.sent(key, _chosen(browser, key)) or HASHES.of(key, terms.customer.of(key))
        if found:
            data[wire] = found if wire == "external_id" and len(found) > 1 else found[0]
    for wire, key in PLAIN_KEYS.items():
        texts = [item.value for item in browser.user_values(key)] or terms.customer.of(key)
        plain = HASHES.plain(key, texts)
        data |= {wire: plain} if plain else {}
    signs = {
        "ttclid": browser.match_id("ttclid"),
        "ttp": browser.match_id("ttp"),
        "ip": terms.client_ip or browser.match_id("ip"),
        "user_agent": terms.user_agent or browser.match_id("user_agent"),
    }
    return data | filled(signs)


def _chosen(browser: Event, key: str) -> tuple[UserValue, ...]:
    """The values of one key: what the site set comes before what the library found by itself (`auto_`, `eb_`)."""
    values = browser.user_values(key)
    return tuple(item for item in values if not _found_by_library(item.wire)) or values


def _found_by_library(wire: str) -> bool:
    return wire.rpartition(".")[2].startswith(("auto_", "eb_"))


def _properties(browser: Event) -> dict[str, object]:
    """The browser's properties as they stood; the basket is filled in where they have none."""
    data = dict(_wire_properties(browser))
    if browser.contents and "contents" not in data and "content_ids" not in data:
        data["contents"] = [_content(item) for item in browser.contents]
    return data


def _wire_properties(browser: Event) -> Iterator[tuple[str, object]]:
    """Less what a backend should not repeat: an e-mail in the clear, and objects, which no event of TikTok's has."""
    for field in browser.fields:
        name = field.key.removeprefix(_PROPERTIES)
        if field.key.startswith(_PROPERTIES) and "." not in name and not _EMAIL.search(field.value):
            yield name, _typed(name, field.value)


def _typed(name: str, text: str) -> object:
    if text[:1] in ("[", "{"):
        return loaded(text)
    return number(text) if name in ("value", "num_items", "price", "quantity") else text


def _content(item: Content) -> dict[str, object]:
    return filled(
        {
            "content_id": item.id,
            "quantity": _typed("quantity", item.quantity),
            "price": _typed("price", item.price),
        }
    )


MAKER = EventMaker(
    name=NAME,
    title="TikTok",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.CODE,
    event_id="event_id",
    times=(("event_time", TimeForm.SECONDS),),
    auth=AUTH,
    oldest=Age(TOO_OLD_MS, "TikTok takes (7 days)"),
)
