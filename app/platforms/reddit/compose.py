"""Makes server events for Reddit: the twin of a browser event, a replay, a template; and the request for them.

    browser  rp.gif?event=Purchase&m.conversionId=<sha256>&m.valueDecimal=59.90&m.currency=EUR&em=<sha256>&uuid=…
    twin     POST /api/v3/pixels/a2_…/conversion_events   {"data":{"events":[{"event_at":1795169730123,
              "action_source":"WEBSITE","type":{"tracking_type":"PURCHASE"},"metadata":{"conversion_id":"<sha256>",
              "value":59.90,"currency":"EUR"},"user":{"email":"<sha256>","uuid":"…","ip_address":"…"}}]}}

The twin keeps type and conversion ID, for together with the pixel these let Reddit count the two once; the ID is the
hash that the pixel sent, since Reddit takes hashed and plain IDs alike. Everything is composed and replayed in the form
of v3; a draft for v2 is brought into that form as it goes out. Nothing here knows a token.
"""

from __future__ import annotations

import json
import uuid
from decimal import Decimal
from math import isfinite

from app.hashing import sha256
from app.model import (
    Auth,
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
from app.platforms.reddit.browser import NAME
from app.platforms.reddit.call import V3, VERSIONS, events_of, older
from app.platforms.reddit.customer import documented
from app.platforms.reddit.facts import LIMITED, OPTED_OUT, compared_id, shown_name
from app.platforms.reddit.identifiers import BROWSER_ID, CLICK_ID
from app.platforms.reddit.requirements import MAX_EVENTS, TOO_OLD_MS, violations
from app.platforms.reddit.words import CUSTOM_NAME, FOUND_BY_LIBRARY, TRACKING_TYPES, WEB, canonical
from app.platforms.server_api import AccountForm, ComposeError, Violation, Weight

ACCOUNT = AccountForm(
    "pixel ID", r"(?:a2|t2)_[A-Za-z0-9]{1,60}", "a2_ or t2_, then letters and digits", "a2_exampleacct1"
)
AUTH = Auth()
HASHED_KEYS = {"email": "em", "phone_number": "ph", "external_id": "external_id"}


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

    Same type, custom name, conversion ID, page and metadata, click ID and browser ID, and the choice of limited data
    use; the customer as the browser hashed them, with the test customer's documented hashes where the browser had none.
    Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of Reddit's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    event: dict[str, object] = {
        "event_at": at_ms,
        "action_source": WEB,
        "event_source_url": browser.page,
        "click_id": browser.match_id(CLICK_ID),
        "type": _type(browser),
        "metadata": _metadata(browser),
        "user": _user(browser, customer or Customer(), user_agent, client_ip),
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
    """A captured or imported server event as it was sent, its text untouched but for `event_at`.

    An event of v2 is brought into the form of v3 (`call`). `event_at` becomes `now_ms` unless `keep_time`. Raises
    `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to Reddit can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "event_at", TimeForm.MILLISECONDS.written(now_ms))
    elif event.own_ms is not None and now_ms - event.own_ms > TOO_OLD_MS:
        raise ComposeError("This event is older than Reddit takes (7 days). Refresh its time to replay it.")
    return Draft(NAME, event.account, (text,), test_code or None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = [
        violation for index, text in enumerate(draft.events) for violation in _event_violations(text, now_ms, index)
    ]
    if draft.test_code and len(draft.events) > 1:
        found.append(Violation("data", "Event Testing shows only calls of one event.", Weight.ADVICE))
    if not ACCOUNT.fits(draft.account):
        found.insert(0, Violation("account", ACCOUNT.sentence))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"One call takes at most {MAX_EVENTS} events."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://ads-api.reddit.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no pixel ID, a version that there is none of.
    """
    if not draft.events or len(draft.events) > MAX_EVENTS:
        raise ComposeError(f"One call takes 1 to {MAX_EVENTS} events; this draft has {len(draft.events)}.")
    if not ACCOUNT.fits(draft.account):
        raise ComposeError(ACCOUNT.sentence)
    if draft.api_version not in (None, *VERSIONS):
        raise ComposeError(f"There is no version {draft.api_version}. There are: {', '.join(VERSIONS)}.")
    for text in draft.events:
        if not isinstance(loaded(text), dict):
            raise ComposeError(f"The event is not a JSON object: {complaint(text)}")
    return Outgoing(
        request_for(draft, base_url),
        draft.provenance,
        uuid.uuid4().hex,
        len(draft.events),
        draft.test_code,
        all(text_at(text, "metadata.conversion_id") for text in draft.events),
        NAME,
        draft.account,
        AUTH,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any. v3 has a test ID, v2 a switch in its place."""
    version = draft.api_version or V3
    if version == V3:
        head = f'"test_id":{json.dumps(draft.test_code)},' if draft.test_code else ""
        body = f'{{"data":{{{head}"events":[{",".join(draft.events)}]}}}}'
        path = f"pixels/{draft.account}/conversion_events"
    else:
        head = '"test_mode":true,' if draft.test_code else ""
        body = f'{{{head}"events":[{",".join(map(older, draft.events))}]}}'
        path = f"conversions/events/{draft.account}"
    url = f"{base_url.rstrip('/')}/api/{version}/{path}"
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", url, headers, body.encode("utf-8", "replace"))


def hashes_of(key: str, texts: tuple[str, ...]) -> list[str]:
    """Plain customer values as Reddit's API wants them hashed; what can not be normalised is left out."""
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


def _payload(event: Event, exchange: Exchange) -> str:
    """The text of one event of a call: by its place, or by type and ID should the place hold another."""
    texts = events_of(exchange.request)
    named = [text for text in texts if _name_in(text) == event.name]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
        return texts[int(place)]
    wanted = compared_id(event.event_id or "")
    same = [text for text in named if compared_id(text_at(text, "metadata.conversion_id")) == wanted]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _name_in(text: str) -> str:
    """The name that an event's text goes by."""
    return shown_name(canonical(text_at(text, "type.tracking_type")), text_at(text, "type.custom_event_name"))


def _field(browser: Event, key: str) -> str:
    return next((field.value for field in browser.fields if field.key == key), "")


def _type(browser: Event) -> dict[str, object]:
    """The type as v3 writes it; what is no standard event is one of the site's own."""
    name = canonical(_field(browser, "event"))
    custom = _field(browser, "m.customEventName") if name == CUSTOM_NAME else "" if name in TRACKING_TYPES else name
    kind: dict[str, object] = {"tracking_type": TRACKING_TYPES.get(name, TRACKING_TYPES[CUSTOM_NAME])}
    return kind | ({"custom_event_name": custom} if custom else {})


def _metadata(browser: Event) -> dict[str, object]:
    listed = loaded(_field(browser, "m.products"))
    count = _field(browser, "m.itemCount")
    data: dict[str, object] = {
        "conversion_id": browser.event_id,
        "currency": browser.currency,
        "value": _number(browser.value) if browser.value else None,
        "item_count": int(count) if count.isascii() and count.isdigit() and len(count) < 10 else None,
        "products": listed if isinstance(listed, list) else None,
    }
    return {key: value for key, value in data.items() if value not in (None, "", [])}


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    number = loaded(text)
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return text
    return number if Decimal(str(number)) == Decimal(text) else text


def _user(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> dict[str, object]:
    data: dict[str, object] = {}
    for wire, key in HASHED_KEYS.items():
        found = _hashes_sent(browser, key) or hashes_of(key, customer.of(key))
        if found:
            data[wire] = found[0]
    signs = {
        "uuid": browser.match_id(BROWSER_ID),
        "ip_address": client_ip or browser.match_id("ip"),
        "user_agent": user_agent or browser.match_id("user_agent"),
        "aaid": browser.match_id("aaid"),
        "idfa": browser.match_id("idfa"),
        "screen_dimensions": _screen(browser),
        "data_processing_options": _options(browser),
    }
    return data | {key: value for key, value in signs.items() if value}


def _hashes_sent(browser: Event, key: str) -> list[str]:
    """The browser's own hashes of one key; what it sent in plain is hashed now.

    What the site set comes before what the library found in the page by itself.
    """
    values = [item for item in browser.user_values(key) if item.wire not in FOUND_BY_LIBRARY]
    values = values or list(browser.user_values(key))
    hashed = [item.value for item in values if item.form is Form.SHA256]
    plain = tuple(item.value for item in values if item.form is Form.PLAIN)
    return list(dict.fromkeys(hashed)) or hashes_of(key, plain)


def _screen(browser: Event) -> dict[str, object]:
    """The screen's size; the library has height and width the wrong way round."""
    sizes = [_field(browser, key) for key in ("sw", "sh")]
    if not all(size.isascii() and size.isdigit() and len(size) < 7 for size in sizes):
        return {}
    height, width = map(int, sizes)
    return {"height": height, "width": width}


def _options(browser: Event) -> dict[str, object]:
    """Limited data use as the visitor, or the site, chose it."""
    if browser.consent not in (LIMITED, OPTED_OUT):
        return {}
    places = {"country": _field(browser, "dpcc"), "region": _field(browser, "dprc")}
    return {"modes": ["LDU"], **{key: value for key, value in places.items() if value}}
