"""Makes server events for Microsoft: the twin of a tag's hit, a replay; and the request for them.

    hit      ti=97654321&evt=custom&ea=purchase&event_id=evt-7&gv=59.90&gc=EUR&transaction_id=SO-1&msclkid=0f1e…-1&…
    twin     POST /v1/97654321/events   {"data":[{"eventType":"custom","eventName":"purchase","eventId":"evt-7",
             "eventTime":1795169730,"userData":{"em":"…","msclkid":"0f1e…"},"customData":{"value":59.9,…}}],
             "continueOnValidationError":true,"dataProvider":"pixelpair"}

The twin keeps event ID and transaction ID, for with the tag these let Microsoft count the two once. The call asks for
the valid events to be taken whatever else is in it, so that an answer tells of each. Nothing here knows a token.
"""

from __future__ import annotations

from app.hashing import sha256
from app.model import Content, Event, Exchange, Form, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import number, text_at
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.call import GOES_ON, events_of
from app.platforms.microsoft.customer import of_the_api, of_the_tag
from app.platforms.microsoft.facts import CONSENT
from app.platforms.microsoft.meaning import meaning
from app.platforms.microsoft.requirements import MAX_BYTES, MAX_EVENTS, TOO_OLD_MS, violations
from app.platforms.microsoft.words import CUSTOM_EVENT, PAGE, PAGE_LOAD
from app.platforms.server_api import AccountForm, Terms, TestKind, Violation, Weight

ACCOUNT = AccountForm("UET tag ID", r"[0-9]{4,15}", "digits only", "97654321")
AUTH = Auth(Carrier.BEARER)
VERSION = "v1"
HASHES = CustomerHashes(of_the_api)
_NUMBERS = frozenset({"value", "eventValue", "ecommTotalValue"})
_COPIED = ("referrerUrl", "pageTitle", "keywords", "pageLoadId")


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this hit of the tag.

    Same name, IDs, page, data and consent; the customer as the API wants the hashes, where the test customer is whom
    the tag named, else as the tag hashed them. Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    told = {meaning(field.key).name: field.value for field in reversed(browser.fields)}
    page_load = browser.name in (PAGE_LOAD, PAGE)  # a one-page site's next page is a page load, too
    event: dict[str, object] = {
        "eventType": PAGE_LOAD if page_load else CUSTOM_EVENT,
        "eventName": "" if page_load else browser.name,
        "eventId": browser.event_id,
        "eventTime": terms.moment(browser.received_ms) // 1000,
        "eventSourceUrl": browser.page,
        **{key: told.get(key) for key in _COPIED},
        "adStorageConsent": next((short for short, words in CONSENT.items() if words == browser.consent), None),
        "userData": _user(browser, terms),
        "customData": _custom(browser, told),
    }
    return MAKER.twin(browser, filled(event), terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `eventTime`.

    `eventTime` becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, as that
    of a hit that a server built, or is too old to keep its time.
    """
    wanted = event.event_id or ""
    texts = events_of(exchange.request)
    return MAKER.replay(event, exchange, terms, texts, lambda text: text_at(text, "eventId") == wanted)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    found = MAKER.validate(draft, now_ms)
    if sum(map(len, draft.events)) <= MAX_BYTES:
        return found
    return (*found, Violation("data", "Senders keep a call under 1 MB.", Weight.ADVICE))


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft, whose events need not be any."""
    body = f'{{"data":[{",".join(draft.events)}],"{GOES_ON}":true,"dataProvider":"pixelpair"}}'
    version = draft.api_version or VERSION
    url = f"{base_url.rstrip('/')}/{version.strip('/')}/{draft.account}/events"
    return json_call(url, body)


def _user(browser: Event, terms: Terms) -> dict[str, object]:
    found = {
        **{key: _hash_of(browser, key, terms.customer.of(key)) for key in ("em", "ph")},
        "externalId": next(iter(terms.customer.of("external_id")), None),
        "msclkid": browser.match_id("msclkid"),
        "anonymousId": browser.match_id("vid"),
        "clientIpAddress": terms.client_ip,
        "clientUserAgent": terms.user_agent or browser.match_id("user_agent"),
    }
    return filled(found)


def _hash_of(browser: Event, key: str, texts: tuple[str, ...]) -> str | None:
    """One customer value as the API wants it: made anew from the test customer's where the tag named that one.

    What the tag sent in plain is hashed now; a hash of somebody else's is passed on as it stands.
    """
    sent = [item.value for item in browser.user_values(key) if item.form is Form.SHA256]
    if sent:
        return next(iter(HASHES.of(key, (text for text in texts if _is_behind(key, text, sent)))), sent[0])
    plain = [item.value for item in browser.user_values(key) if item.form is Form.PLAIN]
    return next(iter(HASHES.of(key, (*plain, *texts))), None)


def _is_behind(key: str, text: str, hashes: list[str]) -> bool:
    """Whether a text gives one of the hashes, by the tag's rule or by the API's."""
    return any(normal and sha256(normal) in hashes for normal in (of_the_tag(key, text), of_the_api(key, text)))


def _custom(browser: Event, told: dict[str, str]) -> dict[str, object]:
    """The hit's data under the API's names; the goods as objects, or as IDs alone where no more was said."""
    data: dict[str, object] = {}
    for name, value in told.items():
        start, _, key = name.partition(".")
        if start == "customData" and key not in ("items", "itemIds") and value and "@" not in value:
            data[key] = number(value) if key in _NUMBERS else value
    if any(item.quantity or item.price for item in browser.contents):
        data["items"] = [_item(item) for item in browser.contents]
    if browser.contents:
        data["itemIds"] = [item.id for item in browser.contents if item.id]
    return data


def _item(item: Content) -> dict[str, object]:
    return filled({"id": item.id, "quantity": number(item.quantity), "price": number(item.price)})


MAKER = EventMaker(
    name=NAME,
    title="Microsoft Advertising",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.NONE,
    event_id="eventId",
    times=(("eventTime", TimeForm.SECONDS),),
    auth=AUTH,
    oldest=Age(TOO_OLD_MS, "Microsoft takes (7 days)"),
)
