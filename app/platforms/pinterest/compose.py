"""Makes server events for Pinterest: the twin of a browser event, a replay; and the request for them.

    browser  event=checkout  ed={"value":59.9,"order_id":"SO-1","event_id":"evt-7","line_items":[{"product_id":…}]}
             pd={"em":"62a1…","epik":"dj0y…"}  ad={"loc":"https://shop.example/thanks"}
    twin     POST /v5/ad_accounts/549755000001/events?test=true   {"data":[{"event_name":"checkout","event_id":"evt-7",
              "action_source":"web","event_time":1795169730,"event_source_url":"https://shop.example/thanks",
              "user_data":{"em":["62a1…"],"click_id":"dj0y…"},"custom_data":{"value":"59.9","contents":[{"id":…}]}}]}

A tag ID is no ad account: the twin goes to the account that the user named as one with the tag, or to none yet.
Nothing here knows a token.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping

from app.hashing import sha256
from app.model import Auth, Customer, Draft, Event, Exchange, Form, Kind, Outgoing, Provenance, Request, Side
from app.platforms.event_form import TimeForm
from app.platforms.json_text import complaint, loaded, text_at, with_member
from app.platforms.pinterest.call import SOURCE, WEB, events_of
from app.platforms.pinterest.customer import documented
from app.platforms.pinterest.facts import NAME
from app.platforms.pinterest.requirements import MAX_EVENTS, violations
from app.platforms.pinterest.words import CUSTOMER_KEYS, api_name, standard
from app.platforms.server_api import AccountForm, ComposeError, Violation

ACCOUNT = AccountForm("ad account ID", r"\d{1,18}", "digits only, at most 18", "549755000001")
AUTH = Auth()
VERSION = "v5"
_CUSTOM = {
    "value": "value",
    "currency": "currency",
    "order_id": "order_id",
    "order_quantity": "num_items",
    "search_query": "search_string",
    "product_name": "content_name",
    "product_category": "content_category",
    "product_brand": "content_brand",
    "opt_out_type": "opt_out_type",
}
"""Members of `ed`, and those of `custom_data` that say the same."""
_LINE = {
    "product_id": "id",
    "product_name": "item_name",
    "product_category": "item_category",
    "product_brand": "item_brand",
    "product_price": "item_price",
    "product_quantity": "quantity",
}
"""Members of a basket's line at the tag and in the API."""
_WHOLE = ("num_items", "quantity")


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

    Same event ID, page and data, the name in the API's spelling, and the click ID; the customer as the tag hashed them,
    with the test customer's documented hashes where it had no SHA-256. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of Pinterest's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    event: dict[str, object] = {
        "event_name": api_name(browser.name),
        SOURCE: WEB,
        "event_time": at_ms // 1000,
        "event_id": browser.event_id,
        "event_source_url": browser.page,
        "user_data": _user(browser, customer or Customer(), user_agent, client_ip),
        "custom_data": _custom(browser),
    }
    text = json_of({key: value for key, value in event.items() if value not in (None, "", {})})
    account = browser.merged_as if browser.merged_as != browser.account else ""
    return Draft(NAME, account, (text,), None, api_version or None, Provenance.SENT, browser.id)


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

    `event_time` becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to Pinterest can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "event_time", TimeForm.SECONDS.written(now_ms))
    return Draft(NAME, event.account, (text,), None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = [each for index, text in enumerate(draft.events) for each in _event_violations(text, now_ms, index)]
    if not ACCOUNT.fits(draft.account):
        found.insert(0, Violation("account", ACCOUNT.sentence))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"One call takes at most {MAX_EVENTS} events."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://api.pinterest.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no ad account.
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
        all(text_at(text, "event_id") and text_at(text, SOURCE) == WEB for text in draft.events),
        NAME,
        draft.account,
        AUTH,
        draft.as_test,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    version = (draft.api_version or VERSION).strip("/")
    url = f"{base_url.rstrip('/')}/{version}/ad_accounts/{draft.account}/events{'?test=true' if draft.as_test else ''}"
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", url, headers, f'{{"data":[{",".join(draft.events)}]}}'.encode("utf-8", "replace"))


def hashes_of(key: str, texts: tuple[str, ...]) -> list[str]:
    """Plain customer values as Pinterest wants them sent; what can not be normalised is left out."""
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
    named = [text for text in texts if standard(text_at(text, "event_name")) == event.name]
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
    for wire, key in CUSTOMER_KEYS.items():
        found = _hashes_sent(browser, key) or hashes_of(key, customer.of(key))
        data |= {wire: found} if found else {}
    signs = {
        "client_ip_address": client_ip or browser.match_id("ip"),
        "client_user_agent": user_agent or browser.match_id("user_agent"),
        "click_id": browser.match_id("epik"),
    }
    return data | {key: value for key, value in signs.items() if value}


def _hashes_sent(browser: Event, key: str) -> list[str]:
    """The browser's own hashes of one key; what it sent in plain is hashed now. The API takes no SHA-1 and no MD5."""
    values = browser.user_values(key)
    hashed = [item.value for item in values if item.form is Form.SHA256]
    plain = tuple(item.value for item in values if item.form is Form.PLAIN)
    return list(dict.fromkeys(hashed)) or hashes_of(key, plain)


def _custom(browser: Event) -> dict[str, object]:
    """The browser's data under the API's names; what has none there stays behind."""
    said = {field.key: field.value for field in browser.fields}
    data: dict[str, object] = {
        due: _typed(due, said[f"ed.{name}"]) for name, due in _CUSTOM.items() if said.get(f"ed.{name}")
    }
    lines = list(_lines(said.get("ed.line_items", "")))
    if lines:
        data["contents"] = lines
    ids = [item.id for item in browser.contents if item.id]
    return data | ({"content_ids": ids} if ids else {})


def _lines(text: str) -> Iterator[dict[str, object]]:
    listed = loaded(text)
    for item in listed if isinstance(listed, list) else [listed]:
        if isinstance(item, Mapping):
            yield {
                due: _typed(due, _plain(item[name]))
                for name, due in _LINE.items()
                if item.get(name) not in (None, "") and not isinstance(item[name], dict | list)
            }


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _typed(name: str, text: str) -> object:
    """Counts are numbers in the API, all else is text: of money, too."""
    return int(text) if name in _WHOLE and text.isascii() and text.isdigit() and len(text) < 16 else text
