"""Makes server events for X: the twin of a browser event, a replay, a template; and the request for them.

    browser  txn_id=tw-o9z1d-ol7lz&twclid=2-4k…&email_address=62a1…&event={"value":59.9,"conversion_id":"SO-1",…}
    twin     POST /12/measurement/conversions/o9z1d   {"conversions":[{"conversion_time":"2026-11-20T10:15:30.123Z",
              "event_id":"tw-o9z1d-ol7lz","conversion_id":"SO-1","identifiers":[{"twclid":"2-4k…"},
              {"hashed_email":"62a1…"}],"value":59.9,"price_currency":"EUR","number_items":2,"contents":[…]}]}

The twin keeps event tag and conversion ID, for these let X count the two once. Nothing here knows a token.
"""

from __future__ import annotations

from itertools import chain

from app.model import Content, Event, Exchange, Kind, Request
from app.outgoing import Auth, Carrier, Draft
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import loaded, number, text_at
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.server_api import AccountForm, ComposeError, Terms, TestKind, Violation
from app.platforms.x.call import PERSON, events_of
from app.platforms.x.customer import documented
from app.platforms.x.facts import NAME, is_tag, parts_of_tag, whole_tag
from app.platforms.x.requirements import MAX_EVENTS, TOO_OLD_MS, foreign_tag, violations
from app.platforms.x.words import PAGE_VIEW

ACCOUNT = AccountForm("pixel ID", r"[a-z0-9]{3,12}", "small letters and digits only, usually five", "o9z1d")
AUTH = Auth(Carrier.OAUTH1, "X-Pixel-Token")
VERSIONS = ("12", "11")
HASHES = CustomerHashes(documented)
HASHED_KEYS = {"hashed_email": "em", "hashed_phone_number": "ph"}
"""Keys of `identifiers`, and the neutral ones they stand for."""
_FROM_PAGE = ("description", "search_string")  # members that both sides call the same
_LINE = ("content_id", "num_items", "content_price")


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same event tag, conversion ID, click ID and data; the customer as the browser hashed them, with the test customer's
    documented hashes where the browser had none. X has no test codes. Raises `ComposeError`.
    """
    MAKER.check_twin(browser, counted=browser.kind is Kind.EVENT or browser.copy is not None)
    if browser.name == PAGE_VIEW or not is_tag(browser.name):
        raise ComposeError("X's API takes events of a tag (tw-…-…) only. A page view has none, so it has no twin.")
    at_ms = terms.moment(browser.own_ms or browser.received_ms)
    data = {field.key.removeprefix("event."): field.value for field in browser.fields if field.key.startswith("event.")}
    event: dict[str, object] = {
        "conversion_time": loaded(TimeForm.ISO.written(at_ms)),
        "event_id": browser.name,
        PERSON: _person(browser, terms),
        "conversion_id": browser.event_id,
        "value": number(browser.value or ""),
        "price_currency": browser.currency,
        "number_items": number(data.get("num_items", "")),
        **{key: data.get(key) for key in _FROM_PAGE},
        "contents": loaded(data["contents"]) if "contents" in data else [_content(item) for item in browser.contents],
    }
    return MAKER.twin(browser, filled(event) | {PERSON: event[PERSON]}, terms)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for its time.

    The time becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too
    old to keep its time.
    """
    tag = parts_of_tag(event.name)[1]

    def alike(text: str) -> bool:
        return parts_of_tag(whole_tag(event.account, text_at(text, "event_id")))[1] == tag

    return MAKER.replay(event, exchange, terms, events_of(exchange.request), alike)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    events = ((index, loaded(text)) for index, text in enumerate(draft.events))
    foreign = (foreign_tag(event, draft.account, index) for index, event in events if isinstance(event, dict))
    return (*MAKER.validate(draft, now_ms), *chain.from_iterable(foreign))


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft."""
    body = f'{{"conversions":[{",".join(draft.events)}]}}'
    return json_call(f"{base_url.rstrip('/')}{path_for(draft)}", body)


def path_for(draft: Draft) -> str:
    """Where the call of a draft goes to at its host."""
    return f"/{(draft.api_version or VERSIONS[0]).strip('/')}/measurement/conversions/{draft.account}"


def _person(browser: Event, terms: Terms) -> list[dict[str, str]]:
    """The identifiers, one to an object; address and user agent stand together, as X has them."""
    found = [{"twclid": browser.match_id("twclid")}]
    found += [{wire: next(iter(HASHES.best(key, browser, terms.customer)), None)} for wire, key in HASHED_KEYS.items()]
    device = {"ip_address": terms.client_ip, "user_agent": terms.user_agent or browser.match_id("user_agent")}
    told = ({key: value for key, value in each.items() if value} for each in (*found, device))
    return [each for each in told if each]


def _content(item: Content) -> dict[str, object]:
    return filled(dict(zip(_LINE, (item.id, number(item.quantity), number(item.price)), strict=True)))


MAKER = EventMaker(
    name=NAME,
    title="X",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.NONE,
    event_id="conversion_id",
    times=(("conversion_time", TimeForm.ISO), ("conversion_timestamp", TimeForm.MILLISECONDS)),
    auth=AUTH,
    oldest=Age(TOO_OLD_MS, "X is said to take (7 days)"),
    crowded=f"Conversion count limit is {MAX_EVENTS}: one call takes no more.",
)
