"""Makes server events: the twin of a browser event, a replay of a server event, a template; and the request for them.

    browser  GET /tr/?id=111&ev=Purchase&eid=o-1&dl=…&cd[value]=142.52&cd[currency]=USD&ud[em]=62a1…&fbp=fb.1.…&dpo=LDU
    twin     POST /v26.0/111/events {"data":[{"event_name":"Purchase","event_id":"o-1","event_source_url":…,
             "custom_data":{"value":142.52,"currency":"USD"},"user_data":{"em":["62a1…"],"fbp":"fb.1.…"},…}]}

The twin keeps the event ID, for that is what lets Meta count the two once. Nothing here knows a token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from app.model import Content, Event, Exchange, Field, Form, Kind, Request, UserValue
from app.outgoing import Draft
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, text_at
from app.platforms.making import EventMaker, filled, json_call
from app.platforms.meta.call import events_of
from app.platforms.meta.contract import MAX_EVENTS, NEWEST_VERSION
from app.platforms.meta.customer import documented
from app.platforms.meta.facts import options_of
from app.platforms.meta.identifiers import HASHED_KEYS
from app.platforms.meta.requirements import violations
from app.platforms.server_api import AccountForm, Terms, TestKind

ACCOUNT = AccountForm("dataset or pixel ID", r"\d+", "digits only", "1111111111111111")
_IDENTITY = (*HASHED_KEYS, "external_id")
HASHES = CustomerHashes(documented)
_MISPLACED = frozenset({"eventID", "eventId"})
_EMAIL = re.compile(r"[^\s@]@[^\s@][^\s@.]*+\.[^\s@]")


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same event ID, name, page, value, basket, order, fbp and fbc, and processing options; the customer as the browser
    hashed them, with the test customer's documented hashes where the browser had none. Raises
    `ComposeError` for an event that has no twin.
    """
    MAKER.check_twin(browser, counted=browser.kind not in (Kind.MIRROR, Kind.CONFIGURATION, Kind.OTHER))
    event: dict[str, object] = {
        "event_name": browser.name,
        "event_time": terms.moment(browser.own_ms) // 1000,
        "event_id": browser.event_id or None,
        "action_source": "website",
        "event_source_url": browser.page or None,
        "referrer_url": browser.referrer or None,
        "user_data": _user_data(browser, terms),
        "custom_data": _custom_data(browser) or None,
        **_processing(browser.fields),
    }
    return MAKER.twin(browser, {key: value for key, value in event.items() if value is not None}, terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `event_time`.

    `event_time` becomes `now_ms` unless `keep_time`. The event ID stays: within 48 hours Meta then discards the
    repeat instead of counting it. Raises `ComposeError` when the payload is not to be found, or is too old to keep.
    """
    MAKER.check_replay(event)
    texts = events_of(exchange.request)
    text = MAKER.payload(event, exchange, texts, lambda text: text_at(text, "event_name") == event.name)
    found = violations(loaded(text), terms.now_ms) if terms.keep_time else ()
    if any(violation.subcode == 2804003 for violation in found):
        raise MAKER.too_old("Meta takes (7 days; 62 for a shop)")
    return MAKER.replayed(event, text, terms)


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    fields = [f'"data":[{",".join(draft.events)}]']
    if draft.test_code:
        fields.append(f'"test_event_code":{json.dumps(draft.test_code)}')
    version = NEWEST_VERSION if draft.api_version is None else draft.api_version
    url = "/".join(part for part in (base_url.rstrip("/"), version.strip("/"), draft.account, "events") if part)
    return json_call(url, "{" + ",".join(fields) + "}")


def _user_data(browser: Event, terms: Terms) -> dict[str, object]:
    hashed = {
        key: HASHES.sent(key, _chosen(browser, key)) or HASHES.of(key, terms.customer.of(key)) for key in _IDENTITY
    }
    plain = {
        "client_user_agent": terms.user_agent or browser.match_id("user_agent"),
        "client_ip_address": terms.client_ip or browser.match_id("ip"),
        "fbp": browser.match_id("fbp"),
        "fbc": browser.match_id("fbc"),
    }
    return filled({**hashed, **plain})


def _chosen(browser: Event, key: str) -> tuple[UserValue, ...]:
    """The values of one key: what the site set (`ud`) comes before `aud` and the form's, which only stand in for it."""
    values = browser.user_values(key)
    return tuple(item for item in values if item.form is Form.SHA256 and item.wire.startswith("ud[")) or values


def _custom_data(browser: Event) -> dict[str, object]:
    """The browser's custom data with JSON's types back; what Meta names is filled in from the event itself."""
    data = dict(_wire_data(browser.fields))
    named: dict[str, object] = {
        "value": _number(browser.value) if browser.value else None,
        "currency": browser.currency,
        "order_id": browser.order_id,
        "content_type": browser.content_type,
        "contents": [_content(item) for item in browser.contents] or None,
    }
    return data | {key: value for key, value in named.items() if value not in (None, "") and key not in data}


def _wire_data(fields: tuple[Field, ...]) -> Iterator[tuple[str, object]]:
    """Custom parameters as they stood, less what a backend should not repeat: stray IDs, e-mails in the clear."""
    for field in fields:
        match = re.fullmatch(r"cd\[([^\[\]]+)\]", field.key)
        if match is None or match[1] in _MISPLACED or _EMAIL.search(field.value):
            continue
        yield match[1], _typed(match[1], field.value)


def _typed(key: str, text: str) -> object:
    if text[:1] in "[{":
        return loaded(text)
    return _number(text) if key in ("value", "num_items", "predicted_ltv") else text


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `142.52`, but not `1,5`."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return text
    if not exact.is_finite() or abs(exact) >= 10**15:
        return text
    number = int(exact) if exact == exact.to_integral_value() else float(exact)
    return number if Decimal(str(number)) == exact else text


def _content(item: Content) -> dict[str, object]:
    return filled({"id": item.id, "quantity": _number(item.quantity), "item_price": _number(item.price)})


def _processing(fields: tuple[Field, ...]) -> dict[str, object]:
    """Limited Data Use: absent, explicitly none (`dpo=`), or on with its country and state."""
    sent = {field.key.partition("[")[0]: field.value for field in fields if field.key.startswith("dpo")}
    if "dpo" not in sent:
        return {}
    options: dict[str, object] = {"data_processing_options": options_of(sent["dpo"])}
    for key, name in (("dpoco", "country"), ("dpost", "state")):
        if sent.get(key):
            options[f"data_processing_options_{name}"] = _number(sent[key])
    return options


MAKER = EventMaker(
    name="meta",
    title="Meta",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.CODE,
    event_id="event_id",
    times=(("event_time", TimeForm.SECONDS),),
)
validate, outgoing = MAKER.validate, MAKER.outgoing
