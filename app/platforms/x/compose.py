"""Makes server events for X: the twin of a browser event, a replay, a template; and the request for them.

    browser  txn_id=tw-o9z1d-ol7lz&twclid=2-4k…&email_address=62a1…&event={"value":59.9,"conversion_id":"SO-1",…}
    twin     POST /12/measurement/conversions/o9z1d   {"conversions":[{"conversion_time":"2026-11-20T10:15:30.123Z",
              "event_id":"tw-o9z1d-ol7lz","conversion_id":"SO-1","identifiers":[{"twclid":"2-4k…"},
              {"hashed_email":"62a1…"}],"value":59.9,"price_currency":"EUR","number_items":2,"contents":[…]}]}

The twin keeps event tag and conversion ID, for these let X count the two once. Nothing here knows a token.
"""

from __future__ import annotations

import json
import uuid
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
from app.platforms.json_text import complaint, loaded, text_at, with_member
from app.platforms.server_api import AccountForm, ComposeError, Violation
from app.platforms.x.call import PERSON, events_of
from app.platforms.x.customer import documented
from app.platforms.x.facts import NAME, is_tag, parts_of_tag, whole_tag
from app.platforms.x.requirements import MAX_EVENTS, TOO_OLD_MS, foreign_tag, violations
from app.platforms.x.words import PAGE_VIEW

ACCOUNT = AccountForm("pixel ID", r"[a-z0-9]{3,12}", "small letters and digits only, usually five", "o9z1d")
AUTH = Auth(Carrier.OAUTH1, "X-Pixel-Token")
VERSIONS = ("12", "11")
HASHED_KEYS = {"hashed_email": "em", "hashed_phone_number": "ph"}
"""Keys of `identifiers`, and the neutral ones they stand for."""
_FROM_PAGE = ("description", "search_string")  # members that both sides call the same
_LINE = ("content_id", "num_items", "content_price")


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

    Same event tag, conversion ID, click ID and data; the customer as the browser hashed them, with the test customer's
    documented hashes where the browser had none. X has no test codes. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of X's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT and not browser.twin:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    if browser.name == PAGE_VIEW or not is_tag(browser.name):
        raise ComposeError("X's API takes events of a tag (tw-…-…) only. A page view has none, so it has no twin.")
    at_ms = browser.own_ms or browser.received_ms if keep_time else None
    data = {field.key.removeprefix("event."): field.value for field in browser.fields if field.key.startswith("event.")}
    event: dict[str, object] = {
        "conversion_time": loaded(TimeForm.ISO.written(now_ms if at_ms is None else at_ms)),
        "event_id": browser.name,
        PERSON: _person(browser, customer or Customer(), user_agent, client_ip),
        "conversion_id": browser.event_id,
        "value": _number(browser.value or ""),
        "price_currency": browser.currency,
        "number_items": _number(data.get("num_items", "")),
        **{key: data.get(key) for key in _FROM_PAGE},
        "contents": loaded(data["contents"]) if "contents" in data else [_content(item) for item in browser.contents],
    }
    text = json_of({key: value for key, value in event.items() if key == PERSON or value not in (None, "", [])})
    return Draft(NAME, browser.account, (text,), None, api_version or None, Provenance.SENT, browser.id)


def replay(
    event: Event,
    exchange: Exchange,
    *,
    now_ms: int,
    keep_time: bool = False,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for its time.

    The time becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too
    old to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to X can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if keep_time:
        if event.own_ms is not None and now_ms - event.own_ms > TOO_OLD_MS:
            raise ComposeError("This event is older than X is said to take (7 days). Refresh its time to replay it.")
    elif text_at(text, "conversion_timestamp") and not text_at(text, "conversion_time"):
        text = with_member(text, "conversion_timestamp", TimeForm.MILLISECONDS.written(now_ms))
    else:
        text = with_member(text, "conversion_time", TimeForm.ISO.written(now_ms))
    return Draft(NAME, event.account, (text,), None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found: list[Violation] = []
    for index, text in enumerate(draft.events):
        event = loaded(text)
        if isinstance(event, dict):
            found += violations(event, now_ms, index)
            found += foreign_tag(event, draft.account, index)
        else:
            found.append(Violation("", f"The event is not a JSON object: {complaint(text)}", event=index))
    if not ACCOUNT.fits(draft.account):
        found.insert(0, Violation("account", ACCOUNT.sentence))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"Conversion count limit is {MAX_EVENTS}: one call takes no more."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://ads-api.x.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no pixel ID.
    """
    if not draft.events or len(draft.events) > MAX_EVENTS:
        raise ComposeError(f"One call takes 1 to {MAX_EVENTS} events; this draft has {len(draft.events)}.")
    if not ACCOUNT.fits(draft.account):
        raise ComposeError(ACCOUNT.sentence)
    for text in draft.events:
        if not isinstance(loaded(text), dict):
            raise ComposeError(f"The event is not a JSON object: {complaint(text)}")
    return Outgoing(
        request_for(draft, base_url),
        draft.provenance,
        uuid.uuid4().hex,
        len(draft.events),
        None,
        all(text_at(text, "conversion_id") for text in draft.events),
        NAME,
        draft.account,
        AUTH,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft."""
    body = f'{{"conversions":[{",".join(draft.events)}]}}'
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", f"{base_url.rstrip('/')}{path_for(draft)}", headers, body.encode("utf-8", "replace"))


def path_for(draft: Draft) -> str:
    """Where the call of a draft goes to at its host."""
    return f"/{(draft.api_version or VERSIONS[0]).strip('/')}/measurement/conversions/{draft.account}"


def hash_of(key: str, texts: tuple[str, ...]) -> str | None:
    """The first plain customer value, as X wants it sent; None when none can be brought there."""
    normal = next((found for text in texts if (found := documented(key, text))), None)
    return sha256(normal) if normal else None


def json_of(event: dict[str, object]) -> str:
    """An event as JSON text."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _payload(event: Event, exchange: Exchange) -> str:
    """The text of one event of a call: by its place, or by tag and ID should the place hold another."""
    texts = events_of(exchange.request)
    tag = parts_of_tag(event.name)[1]
    named = [text for text in texts if parts_of_tag(whole_tag(event.account, text_at(text, "event_id")))[1] == tag]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
        return texts[int(place)]
    same = [text for text in named if text_at(text, "conversion_id") == (event.event_id or "")]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _person(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> list[dict[str, str]]:
    """The identifiers, one to an object; address and user agent stand together, as X has them."""
    found = [{"twclid": browser.match_id("twclid")}]
    found += [{wire: _hash_sent(browser, key) or hash_of(key, customer.of(key))} for wire, key in HASHED_KEYS.items()]
    device = {"ip_address": client_ip, "user_agent": user_agent or browser.match_id("user_agent")}
    told = ({key: value for key, value in each.items() if value} for each in (*found, device))
    return [each for each in told if each]


def _hash_sent(browser: Event, key: str) -> str | None:
    """The browser's own hash of one key; what it sent in plain is hashed now."""
    values = browser.user_values(key)
    hashed = next((item.value for item in values if item.form is Form.SHA256), None)
    return hashed or hash_of(key, tuple(item.value for item in values if item.form is Form.PLAIN))


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    number = loaded(text)
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return text
    return number if Decimal(str(number)) == Decimal(text) else text


def _content(item: Content) -> dict[str, object]:
    named = dict(zip(_LINE, (item.id, _number(item.quantity), _number(item.price)), strict=True))
    return {key: value for key, value in named.items() if value != ""}
