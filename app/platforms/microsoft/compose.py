"""Makes server events for Microsoft: the twin of a tag's hit, a replay; and the request for them.

    hit      ti=97654321&evt=custom&ea=purchase&event_id=evt-7&gv=59.90&gc=EUR&transaction_id=SO-1&msclkid=0f1e…-1&…
    twin     POST /v1/97654321/events   {"data":[{"eventType":"custom","eventName":"purchase","eventId":"evt-7",
             "eventTime":1795169730,"userData":{"em":"…","msclkid":"0f1e…"},"customData":{"value":59.9,…}}],
             "continueOnValidationError":true,"dataProvider":"pixelpair"}

The twin keeps event ID and transaction ID, for with the tag these let Microsoft count the two once. The call asks for
the valid events to be taken whatever else is in it, so that an answer tells of each. Nothing here knows a token.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
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
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.call import GOES_ON, events_of
from app.platforms.microsoft.customer import of_the_api, of_the_tag
from app.platforms.microsoft.facts import CONSENT
from app.platforms.microsoft.meaning import meaning
from app.platforms.microsoft.requirements import MAX_BYTES, MAX_EVENTS, TOO_OLD_MS, violations
from app.platforms.microsoft.words import CUSTOM_EVENT, PAGE, PAGE_LOAD
from app.platforms.server_api import AccountForm, ComposeError, Violation, Weight

ACCOUNT = AccountForm("UET tag ID", r"[0-9]{4,15}", "digits only", "97654321")
AUTH = Auth(Carrier.BEARER)
VERSION = "v1"
_NUMBERS = frozenset({"value", "eventValue", "ecommTotalValue"})
_COPIED = ("referrerUrl", "pageTitle", "keywords", "pageLoadId")


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
    """The server event a backend should have sent beside this hit of the tag.

    Same name, IDs, page, data and consent; the customer as the API wants the hashes, where the test customer is whom
    the tag named, else as the tag hashed them. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of Microsoft Advertising's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.received_ms if keep_time and browser.received_ms is not None else now_ms
    told = {meaning(field.key).name: field.value for field in reversed(browser.fields)}
    page_load = browser.name in (PAGE_LOAD, PAGE)  # a one-page site's next page is a page load, too
    event: dict[str, object] = {
        "eventType": PAGE_LOAD if page_load else CUSTOM_EVENT,
        "eventName": "" if page_load else browser.name,
        "eventId": browser.event_id,
        "eventTime": at_ms // 1000,
        "eventSourceUrl": browser.page,
        **{key: told.get(key) for key in _COPIED},
        "adStorageConsent": next((short for short, words in CONSENT.items() if words == browser.consent), None),
        "userData": _user(browser, customer or Customer(), user_agent, client_ip),
        "customData": _custom(browser, told),
    }
    text = json_of({key: value for key, value in event.items() if value not in (None, "", {})})
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
    """A captured or imported server event as it was sent, its text untouched but for `eventTime`.

    `eventTime` becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, as that
    of a hit that a server built, or is too old to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a call of the Conversions API can be replayed. Compose a twin for a tag's hit.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "eventTime", TimeForm.SECONDS.written(now_ms))
    elif event.own_ms is not None and now_ms - event.own_ms > TOO_OLD_MS:
        raise ComposeError("This event is older than Microsoft takes (7 days). Refresh its time to replay it.")
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
    if sum(map(len, draft.events)) > MAX_BYTES:
        found.append(Violation("data", "Senders keep a call under 1 MB.", Weight.ADVICE))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://capi.uet.microsoft.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no tag's number.
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
        all(text_at(text, "eventId") for text in draft.events),
        NAME,
        draft.account,
        AUTH,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    body = f'{{"data":[{",".join(draft.events)}],"{GOES_ON}":true,"dataProvider":"pixelpair"}}'
    version = draft.api_version or VERSION
    url = f"{base_url.rstrip('/')}/{version.strip('/')}/{draft.account}/events"
    headers = (("Content-Type", "application/json"), ("User-Agent", "pixelpair"))
    return Request("POST", url, headers, body.encode("utf-8", "replace"))


def hashes_of(key: str, texts: Iterable[str]) -> list[str]:
    """Plain customer values as the API wants them sent; what can not be normalised is left out."""
    normal = (of_the_api(key, text) for text in texts)
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
    """The text of one event of a call: by its place, or by its ID should the place hold another."""
    texts = events_of(exchange.request)
    place = event.id.rpartition(".")[2]
    same = [text for text in texts if text_at(text, "eventId") == (event.event_id or "")]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in same:
        return texts[int(place)]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _user(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> dict[str, object]:
    found = {
        **{key: _hash_of(browser, key, customer.of(key)) for key in ("em", "ph")},
        "externalId": next(iter(customer.of("external_id")), None),
        "msclkid": browser.match_id("msclkid"),
        "anonymousId": browser.match_id("vid"),
        "clientIpAddress": client_ip,
        "clientUserAgent": user_agent or browser.match_id("user_agent"),
    }
    return {key: value for key, value in found.items() if value}


def _hash_of(browser: Event, key: str, texts: tuple[str, ...]) -> str | None:
    """One customer value as the API wants it: made anew from the test customer's where the tag named that one.

    What the tag sent in plain is hashed now; a hash of somebody else's is passed on as it stands.
    """
    sent = [item.value for item in browser.user_values(key) if item.form is Form.SHA256]
    if sent:
        return next(iter(hashes_of(key, (text for text in texts if _is_behind(key, text, sent)))), sent[0])
    plain = [item.value for item in browser.user_values(key) if item.form is Form.PLAIN]
    return next(iter(hashes_of(key, (*plain, *texts))), None)


def _is_behind(key: str, text: str, hashes: list[str]) -> bool:
    """Whether a text gives one of the hashes, by the tag's rule or by the API's."""
    return any(normal and sha256(normal) in hashes for normal in (of_the_tag(key, text), of_the_api(key, text)))


def _custom(browser: Event, told: dict[str, str]) -> dict[str, object]:
    """The hit's data under the API's names; the goods as objects, or as IDs alone where no more was said."""
    data: dict[str, object] = {}
    for name, value in told.items():
        start, _, key = name.partition(".")
        if start == "customData" and key not in ("items", "itemIds") and value and "@" not in value:
            data[key] = _number(value) if key in _NUMBERS else value
    if any(item.quantity or item.price for item in browser.contents):
        data["items"] = [_item(item) for item in browser.contents]
    if browser.contents:
        data["itemIds"] = [item.id for item in browser.contents if item.id]
    return data


def _item(item: Content) -> dict[str, object]:
    named = {"id": item.id, "quantity": _number(item.quantity), "price": _number(item.price)}
    return {key: value for key, value in named.items() if value != ""}


def _number(text: str) -> object:
    """A number where it survives being one unchanged, else the text: `59.90`, but not `1,5`."""
    number = loaded(text)
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        return text
    return number if Decimal(str(number)) == Decimal(text) else text
