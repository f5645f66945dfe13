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

from app.model import Event, Exchange, Request, UserValue
from app.outgoing import Draft, Outgoing
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, number, text_at
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.reddit.browser import NAME
from app.platforms.reddit.call import V3, VERSIONS, events_of, older
from app.platforms.reddit.customer import documented
from app.platforms.reddit.facts import LIMITED, OPTED_OUT, compared_id, shown_name
from app.platforms.reddit.identifiers import BROWSER_ID, CLICK_ID
from app.platforms.reddit.requirements import MAX_EVENTS, TOO_OLD_MS, violations
from app.platforms.reddit.words import CUSTOM_NAME, FOUND_BY_LIBRARY, TRACKING_TYPES, WEB, canonical
from app.platforms.server_api import AccountForm, ComposeError, Terms, TestKind, Violation, Weight

ACCOUNT = AccountForm(
    "pixel ID", r"(?:a2|t2)_[A-Za-z0-9]{1,60}", "a2_ or t2_, then letters and digits", "a2_exampleacct1"
)
HASHES = CustomerHashes(documented)
HASHED_KEYS = {"email": "em", "phone_number": "ph", "external_id": "external_id"}


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same type, custom name, conversion ID, page and metadata, click ID and browser ID, and the choice of limited data
    use; the customer as the browser hashed them, with the test customer's documented hashes where the browser had none.
    Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    event: dict[str, object] = {
        "event_at": terms.moment(browser.own_ms),
        "action_source": WEB,
        "event_source_url": browser.page,
        "click_id": browser.match_id(CLICK_ID),
        "type": _type(browser),
        "metadata": _metadata(browser),
        "user": _user(browser, terms),
    }
    return MAKER.twin(browser, filled(event), terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_at`.

    An event of v2 is brought into the form of v3 (`call`). `event_at` becomes `now_ms` unless `keep_time`. Raises
    `ComposeError` when the payload is not to be found, or is too old to keep its time.
    """
    wanted = compared_id(event.event_id or "")
    return MAKER.replay(
        event,
        exchange,
        terms,
        events_of(exchange.request),
        lambda text: _name_in(text) == event.name,
        lambda text: compared_id(text_at(text, MAKER.event_id)) == wanted,
    )


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = MAKER.validate(draft, now_ms)
    if not draft.test_code or len(draft.events) < 2:
        return found
    return (*found, Violation("data", "Event Testing shows only calls of one event.", Weight.ADVICE))


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url`, token left out. Raises `ComposeError`, also for a version."""
    if draft.api_version not in (None, *VERSIONS):
        raise ComposeError(f"There is no version {draft.api_version}. There are: {', '.join(VERSIONS)}.")
    return MAKER.outgoing(draft, base_url)


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
    return json_call(f"{base_url.rstrip('/')}/api/{version}/{path}", body)


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
        "value": number(browser.value) if browser.value else None,
        "item_count": int(count) if count.isascii() and count.isdigit() and len(count) < 10 else None,
        "products": listed if isinstance(listed, list) else None,
    }
    return filled(data)


def _user(browser: Event, terms: Terms) -> dict[str, object]:
    data: dict[str, object] = {}
    for wire, key in HASHED_KEYS.items():
        found = HASHES.sent(key, _chosen(browser, key)) or HASHES.of(key, terms.customer.of(key))
        if found:
            data[wire] = found[0]
    signs = {
        "uuid": browser.match_id(BROWSER_ID),
        "ip_address": terms.client_ip or browser.match_id("ip"),
        "user_agent": terms.user_agent or browser.match_id("user_agent"),
        "aaid": browser.match_id("aaid"),
        "idfa": browser.match_id("idfa"),
        "screen_dimensions": _screen(browser),
        "data_processing_options": _options(browser),
    }
    return data | filled(signs)


def _chosen(browser: Event, key: str) -> tuple[UserValue, ...]:
    """The values of one key: what the site set comes before what the library found in the page by itself."""
    values = browser.user_values(key)
    return tuple(item for item in values if item.wire not in FOUND_BY_LIBRARY) or values


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
    return {"modes": ["LDU"], **filled({"country": _field(browser, "dpcc"), "region": _field(browser, "dprc")})}


MAKER = EventMaker(
    name=NAME,
    title="Reddit",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.CODE,
    event_id="metadata.conversion_id",
    times=(("event_at", TimeForm.MILLISECONDS),),
    oldest=Age(TOO_OLD_MS, "Reddit takes (7 days)"),
)
