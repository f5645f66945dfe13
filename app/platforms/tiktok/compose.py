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
import uuid
from collections.abc import Iterator
from decimal import Decimal
from math import isfinite

from app.hashing import sha256
from app.model import (
    Auth,
    Carrier,
    Content,
    Customer,
    Draft,
    Event,
    Exchange,
    Form,
    Kind,
    Outgoing,
    Provenance,
    Request,
    Side,
)
from app.platforms.event_form import TimeForm
from app.platforms.json_text import complaint, loaded, text_at, with_member, without_member
from app.platforms.server_api import AccountForm, ComposeError, Violation
from app.platforms.tiktok.browser import NAME
from app.platforms.tiktok.call import SOURCE, WEB, events_of
from app.platforms.tiktok.customer import documented
from app.platforms.tiktok.requirements import MAX_EVENTS, TOO_OLD_MS, violations

ACCOUNT = AccountForm(
    "pixel code", r"[A-Z0-9]{10,32}", "capital letters and digits only, usually 20", "CQ7EXAMPLE0PIXELCODE"
)
AUTH = Auth(Carrier.HEADER, "Access-Token")
VERSION = "v1.3"
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


def compose(
    browser: Event,
    customer: Customer | None = None,
    *,
    now_ms: int,
    user_agent: str = "",
    client_ip: str = "",
    keep_time: bool = False,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same name, event ID, page and properties, ttclid and ttp, and limited data use; the customer as the browser hashed
    them, with the test customer's documented hashes where the browser had none. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of TikTok's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    page = {"url": browser.page, "referrer": browser.referrer}
    event: dict[str, object] = {
        "event": browser.name,
        "event_time": at_ms // 1000,
        "event_id": browser.event_id,
        "user": _user(browser, customer or Customer(), user_agent, client_ip),
        "page": {key: value for key, value in page.items() if value},
        "properties": _properties(browser),
        "limited_data_use": True if browser.consent == "limited data use" else None,
    }
    text = json_of({key: value for key, value in event.items() if value not in (None, "", {})})
    return Draft(NAME, browser.account, (text,), test_code or None, api_version or None, Provenance.SENT, browser.id)


def replay(
    event: Event,
    exchange: Exchange,
    *,
    now_ms: int,
    keep_time: bool = False,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    An event of the older form is brought into that of 2.0 (`call`). `event_time` becomes `now_ms` unless `keep_time`.
    Raises `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to TikTok can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "event_time", TimeForm.SECONDS.written(now_ms))
    elif event.own_ms is not None and now_ms - event.own_ms > TOO_OLD_MS:
        raise ComposeError("This event is older than TikTok takes (7 days). Refresh its time to replay it.")
    return Draft(NAME, event.account, (text,), test_code or None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = [
        violation for index, text in enumerate(draft.events) for violation in _event_violations(text, now_ms, index)
    ]
    if not ACCOUNT.fits(draft.account):
        found.insert(0, Violation("account", ACCOUNT.sentence))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"One call takes at most {MAX_EVENTS} events."))
    if len(_sources(draft)) > 1:
        found.insert(0, Violation("data", f"One call has one event source, not {' and '.join(_sources(draft))}."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://business-api.tiktok.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no pixel code, several event sources.
    """
    if not draft.events or len(draft.events) > MAX_EVENTS:
        raise ComposeError(f"One call takes 1 to {MAX_EVENTS} events; this draft has {len(draft.events)}.")
    if not ACCOUNT.fits(draft.account):
        raise ComposeError(ACCOUNT.sentence)
    for text in draft.events:
        if not isinstance(loaded(text), dict):
            raise ComposeError(f"The event is not a JSON object: {complaint(text)}")
    if len(_sources(draft)) > 1:
        raise ComposeError(f"One call has one event source, not {' and '.join(_sources(draft))}. Send them apart.")
    return Outgoing(
        request_for(draft, base_url),
        draft.provenance,
        uuid.uuid4().hex,
        len(draft.events),
        draft.test_code,
        all(text_at(text, "event_id") for text in draft.events),
        NAME,
        draft.account,
        AUTH,
    )


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
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", url, headers, body.encode("utf-8", "replace"))


def hashes_of(key: str, texts: tuple[str, ...]) -> list[str]:
    """Plain customer values as TikTok wants them sent; what can not be normalised is left out."""
    normal = (documented(key, text) for text in texts)
    return [sha256(text) for text in dict.fromkeys(normal) if text]


def json_of(event: dict[str, object]) -> str:
    """An event as JSON text."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _event_violations(text: str, now_ms: int, index: int) -> tuple[Violation, ...]:
    event = loaded(text)
    if isinstance(event, dict):
        return violations(event, now_ms, index)
    return (Violation("", f"The event is not a JSON object: {complaint(text)}", event=index),)


def _sources(draft: Draft) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text_at(text, SOURCE) or WEB for text in draft.events))


def _without_source(text: str) -> str:
    return without_member(text, SOURCE) if text_at(text, SOURCE) else text


def _payload(event: Event, exchange: Exchange) -> str:
    """The text of one event of a call: by its place, or by name and ID should the place hold another."""
    texts = events_of(exchange.request)
    named = [text for text in texts if text_at(text, "event") == event.name]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
        return texts[int(place)]
    same = [text for text in named if text_at(text, "event_id") == (event.event_id or "")]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _user(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> dict[str, object]:
    data: dict[str, object] = {}
    for wire, key in HASHED_KEYS.items():
        found = _hashes_sent(browser, key) or hashes_of(key, customer.of(key))
        if found:
            data[wire] = found if wire == "external_id" and len(found) > 1 else found[0]
    for wire, key in PLAIN_KEYS.items():
        texts = [item.value for item in browser.user_values(key)] or list(customer.of(key))
        plain = next((text for each in texts if (text := documented(key, each))), None)
        data |= {wire: plain} if plain else {}
    signs = {
        "ttclid": browser.match_id("ttclid"),
        "ttp": browser.match_id("ttp"),
        "ip": client_ip or browser.match_id("ip"),
        "user_agent": user_agent or browser.match_id("user_agent"),
    }
    return data | {key: value for key, value in signs.items() if value}


def _hashes_sent(browser: Event, key: str) -> list[str]:
    """The browser's own hashes of one key; what it sent in plain is hashed now.

    What the site set comes before what the library found in the page by itself (`auto_`, `eb_`).
    """
    values = [item for item in browser.user_values(key) if not _found_by_library(item.wire)]
    values = values or list(browser.user_values(key))
    hashed = [item.value for item in values if item.form is Form.SHA256]
    plain = tuple(item.value for item in values if item.form is Form.PLAIN)
    return list(dict.fromkeys(hashed)) or hashes_of(key, plain)


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
    return _number(text) if name in ("value", "num_items", "price", "quantity") else text


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    number = loaded(text)
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return text
    return number if Decimal(str(number)) == Decimal(text) else text


def _content(item: Content) -> dict[str, object]:
    named = {
        "content_id": item.id,
        "quantity": _typed("quantity", item.quantity),
        "price": _typed("price", item.price),
    }
    return {key: value for key, value in named.items() if value != ""}
