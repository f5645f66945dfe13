"""Makes server events for LinkedIn: the twin of a browser event, a replay, a template; and the request for them.

    browser  GET /collect?pid=4455667&conversionId=20529377&eventId=evt-7&li_fat_id=<uuid>&time=1795169730123
    twin     POST /rest/conversionEvents   {"conversion":"urn:lla:llaPartnerConversion:20529388",
              "conversionHappenedAt":1795169731000,"eventId":"evt-7","user":{"userIds":[{"idType":"SHA256_EMAIL",…},
              {"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","idValue":"<uuid>"}]}}

The twin keeps the event ID, which alone lets LinkedIn count the two once. It needs a conversion rule of its own, one
made for the API: the tag's is refused, and nothing on the wire tells the other. Nothing here knows a token.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from app.model import Customer, Event, Exchange, Form, Request
from app.outgoing import Draft
from app.platforms.customer_hashes import CustomerHashes
from app.platforms.event_form import TimeForm
from app.platforms.json_text import text_at
from app.platforms.linkedin.call import ID, TIME, events_of, rule_of, with_rule, without_rule
from app.platforms.linkedin.customer import documented
from app.platforms.linkedin.dedup import TOO_OLD_MS
from app.platforms.linkedin.requirements import MAX_EVENTS, violations
from app.platforms.linkedin.words import CLICK_ID, EMAIL, INFO_KEYS, IP, NAME
from app.platforms.making import Age, EventMaker, filled, json_call
from app.platforms.server_api import AccountForm, Terms, TestKind, Violation

ACCOUNT = AccountForm("conversion rule's number", r"\d{1,20}", "digits only", "20529388")
HASHES = CustomerHashes(documented)
VERSIONS = ("202608", "202605", "202603")
VERSION_HEADER, METHOD_HEADER, PROTOCOL_HEADER = "LinkedIn-Version", "X-RestLi-Method", "X-Restli-Protocol-Version"
PATH = "/rest/conversionEvents"


def compose(browser: Event, terms: Terms) -> Draft:
    """The server event a backend should have sent beside this browser event.

    Same event ID and click ID; the customer is the test customer, for the tag tells nothing of one. Its rule stays
    open. Raises `ComposeError`.
    """
    MAKER.check_twin(browser)
    signs = ((CLICK_ID, browser.match_id("li_fat_id")), (IP, terms.client_ip or browser.match_id("ip")))
    hashes = [item.value for item in browser.user_values("em") if item.form is Form.SHA256]
    valued = browser.value and browser.currency
    event: dict[str, object] = {
        TIME: terms.moment(browser.own_ms),
        "conversionValue": {"currencyCode": browser.currency, "amount": browser.value} if valued else None,
        ID: browser.event_id,
        "user": person(terms.customer, hashes, tuple((kind, sign) for kind, sign in signs if sign)),
    }
    return MAKER.twin(browser, filled(event), terms, account="")


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `conversionHappenedAt`.

    That becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too old
    to keep its time.
    """
    MAKER.check_replay(event)
    texts = events_of(exchange.request)
    same = [text for text in texts if rule_of(text) == event.rule and text_at(text, ID) == (event.event_id or "")]
    text = MAKER.payload(event, exchange, texts, lambda text: text in same)
    return MAKER.replayed(event, without_rule(text, event.rule), terms, account=event.rule)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    rule = draft.account if ACCOUNT.fits(draft.account) else "0"  # what is wrong with it is said once
    ruled = tuple(with_rule(text, rule) for text in draft.events)
    return MAKER.validate(replace(draft, events=ruled), now_ms)


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft: one event as it is, several as a batch."""
    events = [with_rule(text, draft.account) for text in draft.events]
    batch = len(events) != 1
    body = f'{{"elements":[{",".join(events)}]}}' if batch else events[0]
    method = (METHOD_HEADER, "BATCH_CREATE" if batch else "CREATE")
    return json_call(f"{base_url.rstrip('/')}{PATH}", body, *heads(draft.api_version), method)


def heads(version: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that every call needs besides its token."""
    return (VERSION_HEADER, version or VERSIONS[0]), (PROTOCOL_HEADER, "2.0.0")


def person(customer: Customer, hashes: list[str], signs: tuple[tuple[str, str], ...] = ()) -> dict[str, object]:
    """`user`: the e-mail hashed, by which hash the browser gave or the customer's, and the name in plain text."""
    found = hashes or HASHES.of("em", customer.of("em"))
    ids = [*((EMAIL, text) for text in found[:1]), *signs]
    info = {wire: HASHES.plain(key, customer.of(key)) or "" for wire, key in INFO_KEYS.items()}
    if not re.fullmatch(r"[A-Z]{2}", info["countryCode"], re.ASCII):
        del info["countryCode"]
    user: dict[str, object] = {"userIds": [{"idType": kind, "idValue": text} for kind, text in ids]}
    return user | ({"userInfo": info} if info["firstName"] and info["lastName"] else {})


MAKER = EventMaker(
    name=NAME,
    title="LinkedIn",
    request=request_for,
    violations=violations,
    account=ACCOUNT,
    max_events=MAX_EVENTS,
    tests=TestKind.NONE,
    event_id=ID,
    times=((TIME, TimeForm.MILLISECONDS),),
    oldest=Age(TOO_OLD_MS, "LinkedIn takes (90 days)"),
    account_advice="Enter a rule made for the Conversions API; the tag's own is refused.",
)
