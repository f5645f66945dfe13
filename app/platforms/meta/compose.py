"""Makes server events: the twin of a browser event, a replay of a server event, a template; and the request for them.

    browser  GET /tr/?id=111&ev=Purchase&eid=o-1&dl=…&cd[value]=142.52&cd[currency]=USD&ud[em]=62a1…&fbp=fb.1.…&dpo=LDU
    twin     POST /v26.0/111/events {"data":[{"event_name":"Purchase","event_id":"o-1","event_source_url":…,
             "custom_data":{"value":142.52,"currency":"USD"},"user_data":{"em":["62a1…"],"fbp":"fb.1.…"},…}]}

The twin keeps the event ID, for that is what lets Meta count the two once. Nothing here knows a token.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from app.hashing import sha256
from app.model import Content, Customer, Draft, Event, Exchange, Field, Form, Kind, Outgoing, Provenance, Request, Side
from app.platforms.json_text import complaint, loaded, with_member
from app.platforms.meta.call import events_of
from app.platforms.meta.contract import MAX_EVENTS, NEWEST_VERSION
from app.platforms.meta.customer import documented
from app.platforms.meta.facts import options_of
from app.platforms.meta.identifiers import HASHED_KEYS
from app.platforms.meta.requirements import violations
from app.platforms.meta.scalars import text_of
from app.platforms.server_api import AccountForm, ComposeError, Violation

ACCOUNT = AccountForm("dataset or pixel ID", r"\d+", "digits only", "1111111111111111")
_IDENTITY = (*HASHED_KEYS, "external_id")
_MISPLACED = frozenset({"eventID", "eventId"})
_EMAIL = re.compile(r"[^\s@]@[^\s@][^\s@.]*+\.[^\s@]")


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

    Same event ID, name, page, value, basket, order, fbp and fbc, and processing options; the customer as the browser
    hashed them, with the test customer's documented hashes where the browser had none. `user_agent` is the browser
    request's header, `client_ip` the person's address where known. `event_time` is `now_ms` unless `keep_time` asks
    for the browser's own. Raises `ComposeError` for an event that has no twin.
    """
    if browser.platform != "meta":
        raise ComposeError(f"This is an event of {browser.platform}; only Meta's can be composed so far.")
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a server event already. Replay it instead.")
    if browser.kind in (Kind.MIRROR, Kind.CONFIGURATION, Kind.OTHER):
        raise ComposeError("This is not an event of its own, so it has no twin. Choose the event it belongs to.")
    at_ms = browser.own_ms if keep_time and browser.own_ms is not None else now_ms
    event: dict[str, object] = {
        "event_name": browser.name,
        "event_time": at_ms // 1000,
        "event_id": browser.event_id or None,
        "action_source": "website",
        "event_source_url": browser.page or None,
        "referrer_url": browser.referrer or None,
        "user_data": _user_data(browser, customer or Customer(), user_agent, client_ip),
        "custom_data": _custom_data(browser) or None,
        **_processing(browser.fields),
    }
    text = _json({key: value for key, value in event.items() if value is not None})
    return Draft("meta", browser.account, (text,), test_code or None, api_version or None, Provenance.SENT, browser.id)


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

    `event_time` becomes `now_ms` unless `keep_time`. The event ID stays: within 48 hours Meta then discards the
    repeat instead of counting it. Raises `ComposeError` when the payload is not to be found, or is too old to keep.
    """
    if event.platform != "meta" or event.side is not Side.SERVER:
        raise ComposeError("Only a server event sent to Meta can be replayed. Compose a twin for a browser event.")
    text = _payload(event, exchange)
    if not keep_time:
        text = with_member(text, "event_time", str(now_ms // 1000))
    elif any(violation.subcode == 2804003 for violation in violations(loaded(text), now_ms)):
        raise ComposeError(
            "This event is older than Meta takes (7 days; 62 for a shop). Refresh its time to replay it."
        )
    return Draft("meta", event.account, (text,), test_code or None, api_version or None, Provenance.REPLAYED, event.id)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """Everything a draft breaks, by event and field, from the very rules the sandbox endpoint refuses by."""
    found = [
        violation for index, text in enumerate(draft.events) for violation in _event_violations(text, now_ms, index)
    ]
    if not ACCOUNT.fits(draft.account):
        found.insert(0, Violation("account", ACCOUNT.sentence))
    if not draft.events:
        found.insert(0, Violation("data", "There is no event to send."))
    if len(draft.events) > MAX_EVENTS:
        found.insert(0, Violation("data", f"One call takes at most {MAX_EVENTS} events."))
    return tuple(found)


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The request that carries a draft to `base_url` ("https://graph.facebook.com"), token left out.

    Each call makes a send of its own; a retry re-uses the `Outgoing`. Raises `ComposeError` for a draft that is no
    request at all: no event, broken JSON, an account that is no number.
    """
    if not draft.events or len(draft.events) > MAX_EVENTS:
        raise ComposeError(f"One call takes 1 to {MAX_EVENTS} events; this draft has {len(draft.events)}.")
    if not ACCOUNT.fits(draft.account):
        raise ComposeError(ACCOUNT.sentence)
    for text in draft.events:
        if not isinstance(loaded(text), dict):
            raise ComposeError(f"The event is not a JSON object: {complaint(text)}")
    fields = [f'"data":[{",".join(draft.events)}]']
    if draft.test_code:
        fields.append(f'"test_event_code":{json.dumps(draft.test_code)}')
    version = NEWEST_VERSION if draft.api_version is None else draft.api_version
    url = "/".join(part for part in (base_url.rstrip("/"), version.strip("/"), draft.account, "events") if part)
    body = ("{" + ",".join(fields) + "}").encode("utf-8", "replace")
    request = Request("POST", url, (("Content-Type", "application/json"), ("User-Agent", "pixelpair")), body)
    return Outgoing(
        request,
        draft.provenance,
        uuid.uuid4().hex,
        len(draft.events),
        draft.test_code,
        _repeatable(draft),
        "meta",
        draft.account,
    )


def _event_violations(text: str, now_ms: int, index: int) -> tuple[Violation, ...]:
    event = loaded(text)
    if isinstance(event, dict):
        return violations(event, now_ms, index)
    return (Violation("", f"The event is not a JSON object: {complaint(text)}", event=index),)


def _repeatable(draft: Draft) -> bool:
    """Meta merges a repeat only by its event ID, so every event needs one."""
    return all(_member(text, "event_id") for text in draft.events)


def _payload(event: Event, exchange: Exchange) -> str:
    """The text of one event of a call: by its place, or by name and ID should the place hold another."""
    texts = events_of(exchange.request)
    named = [text for text in texts if _member(text, "event_name") == event.name]
    place = event.id.rpartition(".")[2]
    if place.isascii() and place.isdigit() and int(place) < len(texts) and texts[int(place)] in named:
        return texts[int(place)]
    same = [text for text in named if _member(text, "event_id") == (event.event_id or "")]
    if same:
        return same[0]
    cut = " It was cut off when it was captured." if exchange.request.truncated else ""
    raise ComposeError(f"The payload of this event is not in the recorded request.{cut}")


def _member(text: str, name: str) -> str:
    found = loaded(text)
    return text_of(found.get(name)) if isinstance(found, dict) else ""


def _user_data(browser: Event, customer: Customer, user_agent: str, client_ip: str) -> dict[str, object]:
    data: dict[str, object] = {}
    for key in _IDENTITY:
        hashes = _hashes_sent(browser, key) or hashes_of(key, customer.of(key))
        if hashes:
            data[key] = hashes
    plain = {
        "client_user_agent": user_agent or browser.match_id("user_agent"),
        "client_ip_address": client_ip or browser.match_id("ip"),
        "fbp": browser.match_id("fbp"),
        "fbc": browser.match_id("fbc"),
    }
    return data | {key: value for key, value in plain.items() if value}


def _hashes_sent(browser: Event, key: str) -> list[str]:
    """The browser's own hashes of one key; what it sent in plain is hashed now, what it hashed wrongly is left out.

    `ud` is what the site set, hashed by the pixel's present rules; `aud` and the form's values only stand in for it.
    """
    values = browser.user_values(key)
    hashed = [item for item in values if item.form is Form.SHA256]
    best = [item for item in hashed if item.wire.startswith("ud[")] or hashed
    plain = tuple(item.value for item in values if item.form is Form.PLAIN)
    return list(dict.fromkeys(item.value for item in best)) or hashes_of(key, plain)


def hashes_of(key: str, texts: tuple[str, ...]) -> list[str]:
    """Plain customer values as the documentation wants them sent; what can not be normalised is left out."""
    normal = (documented(key, text) for text in texts)
    return [sha256(text) for text in dict.fromkeys(normal) if text]


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
    named = {"id": item.id, "quantity": _number(item.quantity), "item_price": _number(item.price)}
    return {key: value for key, value in named.items() if value != ""}


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


def _json(event: dict[str, object]) -> str:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
