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

from app.model import Event, Exchange, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, number, text_at
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.server_api import AccountForm, Terms, TestKind
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
HASHES = CustomerHashes(documented)
HASHED_KEYS = ("em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country", "external_id")
_CUSTOM = {
    "e_ni": "num_items",
    "e_ic": "content_category",
    "e_bds": "brands",
    "e_ss": "search_string",
    "e_sm": "sign_up_method",
}
"""The pixel's parameters that custom_data has under another name."""


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same name, event ID, order ID, page, goods, click and browser ID, and data use; the customer as the browser hashed
    them, with the test customer's documented hashes where the browser had none. Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    event: dict[str, object] = {
        "event_name": browser.name,
        "event_time": terms.moment(browser.own_ms) // 1000,
        "event_id": None if browser.id_by_script else browser.event_id,
        "action_source": WEB,
        "event_source_url": browser.page,
        "data_processing_options": _options(browser),
        "user_data": _user(browser, terms),
        "custom_data": _custom(browser),
    }
    return MAKER.twin(browser, filled(event), terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    An event of v2 is brought into the form of v3 (`call`). `event_time` becomes `now_ms`, in seconds, unless
    `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    texts = events_of(exchange.request)
    return MAKER.replay(event, exchange, terms, texts, lambda text: text_at(text, "event_name") == event.name)


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any. A test goes to `…/events/validate`, which counts nothing."""
    body = f'{{"data":[{",".join(draft.events)}]}}'
    url = f"{base_url.rstrip('/')}/v3/{draft.account}/events{'/validate' if draft.as_test else ''}"
    return json_call(url, body)


def _user(browser: Event, terms: Terms) -> dict[str, object]:
    hashed = {key: HASHES.best(key, browser, terms.customer) for key in HASHED_KEYS}
    signs = {
        "sc_click_id": browser.match_id("sc_click_id"),
        "sc_cookie1": browser.match_id("scid"),
        "client_ip_address": terms.client_ip,
        "client_user_agent": terms.user_agent or browser.match_id("user_agent"),
    }
    return filled({**hashed, **signs})


def _custom(browser: Event) -> dict[str, object]:
    """What the browser said of the goods, in the server's words."""
    said = {name: field.value for field in browser.fields if (name := _CUSTOM.get(field.key))}
    data: dict[str, object] = {
        "value": None if browser.value is None else number(browser.value),
        "currency": browser.currency,
        "order_id": browser.order_id,
        "content_ids": [item.id for item in browser.contents],
        **said,
    }
    if "num_items" in said:
        data["num_items"] = number(said["num_items"])
    return filled(data)


def _options(browser: Event) -> object:
    """The browser's data use, as the list it stands for."""
    said = next((field.value for field in browser.fields if field.key == "du"), "")
    listed = loaded(said.replace("'", '"'))
    return listed if isinstance(listed, list) else [said] if said else None


MAKER = EventMaker(
    name=NAME,
    title="Snapchat",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.VALIDATE,
    event_id="event_id",
    times=(("event_time", TimeForm.SECONDS),),
    auth=AUTH,
    oldest=Age(OLDEST_MS, "Snapchat reports (37 days)"),
)
