"""Makes server events for Snapchat: the twin of a browser event, a replay; and the request for them.

    browser  {"ctx":{"url":…,"c1":"0c0f…"},"req":[{"t":{"ev":"PURCHASE","pid":"8a6f…","cdid":"evt-7","e_pr":"59.90",
              "e_cur":"EUR","e_tid":"SO-1","e_iids":"MUG-01,TEE-XL","u_hem":"62a1…"}}]}
    twin     POST /v3/8a6f…/events   {"data":[{"event_name":"PURCHASE","event_time":1795169730,"event_id":"evt-7",
              "action_source":"WEB","event_source_url":…,"user_data":{"em":["62a1…"],"sc_cookie1":"0c0f…",…},
              "custom_data":{"value":59.9,"currency":"EUR","order_id":"SO-1","content_ids":["MUG-01","TEE-XL"]}}]}

The twin keeps the site's event ID and the order ID, by either of which Snapchat counts the two once; an ID that Snap's
script made is left out, for no backend could know it. Everything is composed and replayed in the form of v3. Nothing
here knows a token.
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
from app.platforms.snapchat.browser import NAME
from app.platforms.snapchat.call import WEB, events_of
from app.platforms.snapchat.customer import documented
from app.platforms.snapchat.requirements import MAX_EVENTS, OLDEST_MS, violations

ACCOUNT = AccountForm(
    "pixel ID",
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
    "32 hexadecimal digits in five groups (a UUID)",
    "8a6f1c2e-1111-4222-8333-944455556666",
)
AUTH = Auth(Carrier.QUERY, "access_token")
HASHED_KEYS = ("em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country", "external_id")
_CUSTOM = {
    "e_ni": "num_items",
    "e_ic": "content_category",
    "e_bds": "brands",
    "e_ss": "search_string",
    "e_sm": "sign_up_method",
}
"""The pixel's parameters that custom_data has under another name."""
_LONGEST_NUMBER = 40  # characters; nothing that long names a price


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

    Same name, event ID, order ID, page, goods, click and browser ID, and data use; the customer as the browser hashed
    them, with the test customer's documented hashes where the browser had none. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of Snapchat's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    event: dict[str, object] = {
        "event_name": browser.name,
        "event_time": at_ms // 1000,
        "event_id": None if browser.id_by_script else browser.event_id,
        "action_source": WEB,
        "event_source_url": browser.page,
        "data_processing_options": _options(browser),
        "user_data": _user(browser, customer or Customer(), user_agent, client_ip),
        "custom_data": _custom(browser),
    }
    text = json_of({key: value for key, value in event.items() if value not in (None, "", {}, [])})
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
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    An event of v2 is brought into the form of v3 (`call`). `event_time` becomes `now_ms`, in seconds, unless
    `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to Snapchat can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "event_time", TimeForm.SECONDS.written(now_ms))
    elif event.own_ms is not None and now_ms - event.own_ms > OLDEST_MS:
        raise ComposeError("This event is older than Snapchat reports (37 days). Refresh its time to replay it.")
    return Draft(NAME, event.account, (text,), None, api_version or None, Provenance.REPLAYED, event.id)


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
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://tr.snapchat.com"), token left out.

    A test goes to `…/events/validate`, which counts nothing. Each call makes a send of its own; a retry re-uses the
    `Outgoing`. Raises `ComposeError` for a draft that is no request at all: no event, broken JSON, no pixel ID.
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
        all(text_at(text, "event_id") for text in draft.events),
        NAME,
        draft.account,
        AUTH,
        draft.as_test,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    body = f'{{"data":[{",".join(draft.events)}]}}'
    url = f"{base_url.rstrip('/')}/v3/{draft.account}/events{'/validate' if draft.as_test else ''}"
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", url, headers, body.encode("utf-8", "replace"))


def hashes_of(key: str, texts: tuple[str, ...]) -> list[str]:
    """Plain customer values as Snapchat wants them sent; what can not be normalised is left out."""
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
    """The text of one event of a call: by its place, or by name and ID should the place hold another."""
    texts = events_of(exchange.request)
    named = [text for text in texts if text_at(text, "event_name") == event.name]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
        return texts[int(place)]
    same = [text for text in named if text_at(text, "event_id") == (event.event_id or "")]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _user(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> dict[str, object]:
    hashed = {key: _hashes_sent(browser, key) or hashes_of(key, customer.of(key)) for key in HASHED_KEYS}
    signs = {
        "sc_click_id": browser.match_id("sc_click_id"),
        "sc_cookie1": browser.match_id("scid"),
        "client_ip_address": client_ip,
        "client_user_agent": user_agent or browser.match_id("user_agent"),
    }
    return {key: value for key, value in (hashed | signs).items() if value}


def _hashes_sent(browser: Event, key: str) -> list[str]:
    """The browser's own hashes of one key; what it sent in plain is hashed now."""
    values = browser.user_values(key)
    hashed = [item.value for item in values if item.form is Form.SHA256]
    plain = tuple(item.value for item in values if item.form is Form.PLAIN)
    return list(dict.fromkeys(hashed)) or hashes_of(key, plain)


def _custom(browser: Event) -> dict[str, object]:
    """What the browser said of the goods, in the server's words."""
    said = {name: field.value for field in browser.fields if (name := _CUSTOM.get(field.key))}
    data: dict[str, object] = {
        "value": None if browser.value is None else _number(browser.value),
        "currency": browser.currency,
        "order_id": browser.order_id,
        "content_ids": [item.id for item in browser.contents],
        **said,
    }
    if "num_items" in said:
        data["num_items"] = _number(said["num_items"])
    return {key: value for key, value in data.items() if value not in (None, "", [])}


def _options(browser: Event) -> object:
    """The browser's data use, as the list it stands for."""
    said = next((field.value for field in browser.fields if field.key == "du"), "")
    listed = loaded(said.replace("'", '"'))
    return listed if isinstance(listed, list) else [said] if said else None


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    number = loaded(text) if len(text) <= _LONGEST_NUMBER else None
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return text
    return number if Decimal(str(number)) == Decimal(text) else text
