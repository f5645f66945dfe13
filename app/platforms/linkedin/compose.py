"""Makes server events for LinkedIn: the twin of a browser event, a replay, a template; and the request for them.

    browser  GET /collect?pid=4455667&conversionId=20529377&eventId=evt-7&li_fat_id=<uuid>&time=1795169730123
    twin     POST /rest/conversionEvents   {"conversion":"urn:lla:llaPartnerConversion:20529388",
              "conversionHappenedAt":1795169731000,"eventId":"evt-7","user":{"userIds":[{"idType":"SHA256_EMAIL",…},
              {"idType":"LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID","idValue":"<uuid>"}]}}

The twin keeps the event ID, which alone lets LinkedIn count the two once. It needs a conversion rule of its own, one
made for the API: the tag's is refused, and nothing on the wire tells the other. Nothing here knows a token.
"""

from __future__ import annotations

import json
import re
import uuid

from app.hashing import sha256
from app.model import Auth, Customer, Draft, Event, Exchange, Form, Kind, Outgoing, Provenance, Request, Side
from app.platforms.event_form import TimeForm
from app.platforms.json_text import complaint, loaded, text_at, with_member
from app.platforms.linkedin.call import ID, TIME, events_of, rule_of, with_rule, without_rule
from app.platforms.linkedin.customer import documented
from app.platforms.linkedin.dedup import TOO_OLD_MS
from app.platforms.linkedin.requirements import MAX_EVENTS, violations
from app.platforms.linkedin.words import CLICK_ID, EMAIL, INFO_KEYS, IP, NAME
from app.platforms.server_api import AccountForm, ComposeError, Violation

ACCOUNT = AccountForm("conversion rule's number", r"\d{1,20}", "digits only", "20529388")
AUTH = Auth()
VERSIONS = ("202608", "202605", "202603")
VERSION_HEADER, METHOD_HEADER, PROTOCOL_HEADER = "LinkedIn-Version", "X-RestLi-Method", "X-Restli-Protocol-Version"
PATH = "/rest/conversionEvents"


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

    Same event ID and click ID; the customer is the test customer, for the tag tells nothing of one. Its rule stays
    open. Raises `ComposeError`.
    """
    if browser.platform != NAME:
        raise ComposeError(f"This is an event of {browser.platform}, not of LinkedIn's.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind is not Kind.EVENT:
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    signs = ((CLICK_ID, browser.match_id("li_fat_id")), (IP, client_ip or browser.match_id("ip")))
    hashes = [item.value for item in browser.user_values("em") if item.form is Form.SHA256]
    event: dict[str, object] = {TIME: at_ms}
    if browser.value and browser.currency:
        event["conversionValue"] = {"currencyCode": browser.currency, "amount": browser.value}
    if browser.event_id:
        event[ID] = browser.event_id
    event["user"] = person(customer or Customer(), hashes, tuple((kind, sign) for kind, sign in signs if sign))
    return Draft(NAME, "", (json_of(event),), None, api_version or None, Provenance.SENT, browser.id)


def replay(
    event: Event,
    exchange: Exchange,
    *,
    now_ms: int,
    keep_time: bool = False,
    test_code: str | None = None,
    api_version: str | None = None,
) -> Draft:
    """A captured or imported server event as it was sent, its text untouched but for `conversionHappenedAt`.

    That becomes `now_ms` unless `keep_time`. Raises `ComposeError` when the payload is not to be found, or is too old
    to keep its time.
    """
    if event.platform != NAME or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to LinkedIn can be replayed. Compose a twin for a browser event.")
    text = without_rule(_payload(event, exchange), event.rule)
    if not keep_time:
        text = with_member(text, TIME, TimeForm.MILLISECONDS.written(now_ms))
    elif event.own_ms is not None and now_ms - event.own_ms > TOO_OLD_MS:
        raise ComposeError("This event is older than LinkedIn takes (90 days). Refresh its time to replay it.")
    return Draft(NAME, event.rule, (text,), None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox refuses by."""
    rule = draft.account if ACCOUNT.fits(draft.account) else "0"  # what is wrong with it is said once
    found = [
        violation
        for index, text in enumerate(draft.events)
        for violation in _event_violations(with_rule(text, rule), now_ms, index)
    ]
    if not ACCOUNT.fits(draft.account):
        text = f"{ACCOUNT.sentence} Enter a rule made for the Conversions API; the tag's own is refused."
        found.insert(0, Violation("account", text))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"One call takes at most {MAX_EVENTS} events."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://api.linkedin.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no rule's number.
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
        all(text_at(text, ID) for text in draft.events),
        NAME,
        draft.account,
        AUTH,
    )


def request_for(draft: Draft, base_url: str) -> Request:
    """The call of a draft: one event as it is, several as a batch."""
    events = [with_rule(text, draft.account) for text in draft.events]
    batch = len(events) != 1
    body = f'{{"elements":[{",".join(events)}]}}' if batch else events[0]
    headers = (
        ("Content-Type", "application/json"),
        *heads(draft.api_version),
        (METHOD_HEADER, "BATCH_CREATE" if batch else "CREATE"),
        ("User-Agent", "pixelpair"),
    )
    return Request("POST", f"{base_url.rstrip('/')}{PATH}", headers, body.encode("utf-8", "replace"))


def heads(version: str | None) -> tuple[tuple[str, str], ...]:
    """The headers that every call needs besides its token."""
    return (VERSION_HEADER, version or VERSIONS[0]), (PROTOCOL_HEADER, "2.0.0")


def person(customer: Customer, hashes: list[str], signs: tuple[tuple[str, str], ...] = ()) -> dict[str, object]:
    """`user`: the e-mail hashed, by which hash the browser gave or the customer's, and the name in plain text."""
    found = hashes or [sha256(text) for each in customer.of("em") if (text := documented("em", each))]
    ids = [*((EMAIL, text) for text in found[:1]), *signs]
    info = {
        wire: next((text for each in customer.of(key) if (text := documented(key, each))), "")
        for wire, key in INFO_KEYS.items()
    }
    if not re.fullmatch(r"[A-Z]{2}", info["countryCode"], re.ASCII):
        del info["countryCode"]
    user: dict[str, object] = {"userIds": [{"idType": kind, "idValue": text} for kind, text in ids]}
    return user | ({"userInfo": info} if info["firstName"] and info["lastName"] else {})


def json_of(event: dict[str, object]) -> str:
    """An event as JSON text."""
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def _event_violations(text: str, now_ms: int, index: int) -> tuple[Violation, ...]:
    event = loaded(text)
    if isinstance(event, dict):
        return violations(event, now_ms, index)
    return (Violation("", f"The event is not a JSON object: {complaint(text)}", event=index),)


def _payload(event: Event, exchange: Exchange) -> str:
    """The text of one event of a call: by its place, or by rule and ID should the place hold another."""
    texts = events_of(exchange.request)
    same = [text for text in texts if rule_of(text) == event.rule and text_at(text, ID) == (event.event_id or "")]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in same:
        return texts[int(place)]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")
