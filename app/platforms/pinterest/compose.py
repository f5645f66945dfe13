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
from collections.abc import Iterator, Mapping

from app.model import Event, Exchange, Request, Standing
from app.outgoing import Draft, Outgoing
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, text_at
from app.platforms.making import EventMaker, filled, json_call
from app.platforms.pinterest.call import SOURCE, WEB, events_of
from app.platforms.pinterest.customer import documented
from app.platforms.pinterest.facts import NAME
from app.platforms.pinterest.requirements import MAX_EVENTS, MAX_TEST_EVENTS, violations
from app.platforms.pinterest.words import CUSTOMER_KEYS, api_name, standard
from app.platforms.server_api import AccountForm, Terms, TestKind, Violation, Weight

ACCOUNT = AccountForm("ad account ID", r"\d{1,18}", "digits only, at most 18", "549755000001")
HASHES = CustomerHashes(documented)  # the API takes SHA-1 and MD5 as little as plain values
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


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same event ID, page and data, the name in the API's spelling, and the click ID; the customer as the tag hashed them,
    with the test customer's documented hashes where it had no SHA-256. Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    event: dict[str, object] = {
        "event_name": api_name(browser.name),
        SOURCE: WEB,
        "event_time": terms.moment(browser.own_ms) // 1000,
        "event_id": browser.event_id,
        "event_source_url": browser.page,
        "user_data": _user(browser, terms),
        "custom_data": _custom(browser),
    }
    account = browser.merged_as if browser.merged_as != browser.account else ""
    return MAKER.twin(browser, filled(event), terms, account)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    `event_time` becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found.
    """
    texts = events_of(exchange.request)
    return MAKER.replay(event, exchange, terms, texts, lambda text: standard(text_at(text, "event_name")) == event.name)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = MAKER.validate(draft, now_ms)
    if not draft.as_test or not MAX_TEST_EVENTS < len(draft.events) <= MAX_EVENTS:
        return found
    told = f"A test request is said to take at most {MAX_TEST_EVENTS} events; Pinterest does not say so itself."
    return (*found, Violation("data", told, Weight.ADVICE, standing=Standing.FOLKLORE))


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url`, token left out. Pinterest tells a repeat only from a site."""
    from_site = all(text_at(text, SOURCE) == WEB for text in draft.events)
    return MAKER.outgoing(draft, base_url, repeatable=from_site)


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    version = (draft.api_version or VERSION).strip("/")
    url = f"{base_url.rstrip('/')}/{version}/ad_accounts/{draft.account}/events{'?test=true' if draft.as_test else ''}"
    return json_call(url, f'{{"data":[{",".join(draft.events)}]}}')


def _user(browser: Event, terms: Terms) -> dict[str, object]:
    hashed = {wire: HASHES.best(key, browser, terms.customer) for wire, key in CUSTOMER_KEYS.items()}
    signs = {
        "client_ip_address": terms.client_ip or browser.match_id("ip"),
        "client_user_agent": terms.user_agent or browser.match_id("user_agent"),
        "click_id": browser.match_id("epik"),
    }
    return filled({**hashed, **signs})


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


MAKER = EventMaker(
    name=NAME,
    title="Pinterest",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.FLAG,
    event_id="event_id",
    times=(("event_time", TimeForm.SECONDS),),
)
