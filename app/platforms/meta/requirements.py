"""What Meta's Conversions API asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox endpoint answers with them; the decoder
tells of captured events what needs no clock and no second look at hashes (`requirements`). Times are milliseconds since
the Unix epoch, UTC, except `event_time`, which Meta counts in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache

from app.model import Standing
from app.platforms.meta.identifiers import USER_KEYS, identifiers, lead_id
from app.platforms.meta.scalars import object_at, text_of
from app.platforms.meta.words import CUSTOM_LABELS, CUSTOMER_ALIASES
from app.platforms.server_api import Violation, Weight

DAY_MS = 24 * 60 * 60 * 1000
TOO_OLD_MS = 7 * DAY_MS
TOO_OLD_STORE_MS = 62 * DAY_MS
FUTURE_MS = 5 * 60 * 1000

ACTION_SOURCES = (
    "website",
    "app",
    "email",
    "phone_call",
    "chat",
    "physical_store",
    "system_generated",
    "business_messaging",
    "other",
)
OFF_PAGE = frozenset(ACTION_SOURCES) - {"website"}
UNKNOWN = "unknown"
"""The reason of a violation that is about a key nobody has written about."""
MESSAGING_EVENTS = frozenset({"LeadSubmitted", "Purchase", "AddToCart", "InitiateCheckout", "ViewContent"})

_EVENT_KEYS = frozenset(
    {
        "event_name",
        "event_time",
        "event_id",
        "user_data",
        "custom_data",
        "action_source",
        "event_source_url",
        "referrer_url",
        "opt_out",
        "data_processing_options",
        "data_processing_options_country",
        "data_processing_options_state",
        "app_data",
        "original_event_data",
        "attribution_data",
        "customer_segmentation",
        "messaging_channel",
        "advanced_measurement_table",
        "contents",  # of events that are not from the web
    }
)
_MEANT = CUSTOMER_ALIASES | {
    "ip": "client_ip_address",
    "ip_address": "client_ip_address",
    "user_agent": "client_user_agent",
}
_LONGEST_KEY = 100  # characters of a key that are worth comparing


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded server event at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call: a value that is no object is itself a violation. Never raises.
    """
    if not isinstance(event, Mapping):
        return (Violation("", "An event must be a JSON object.", event=index),)
    present = {str(key): value for key, value in event.items() if value is not None}
    found = [
        *_name(present),
        *_time(present, now_ms),
        *_event_id(present),
        *requirements(present, object_at(present, "user_data")),
        *identifiers(present),
        *_custom_data(present),
    ]
    found.sort(key=lambda violation: list(Weight).index(violation.weight))
    return tuple(replace(violation, event=index) for violation in found)


def requirements(event: Mapping[str, object], user: Mapping[str, object]) -> Iterator[Violation]:
    """What an event must carry beside name, time and ID, where it happened deciding, and keys that no document names.

    `user` is the event's `user_data`, which a lenient reader may have found written as text.
    """
    if not user and not isinstance(event.get("user_data"), Mapping):
        yield Violation("user_data", "user_data must be an object with the customer's identifiers.")
    yield from _action_source(event, user)
    yield from lead_id(user)
    yield from _processing(event)
    yield from _unknown(event, user)


def _name(event: Mapping[str, object]) -> Iterator[Violation]:
    name = event.get("event_name")
    if not isinstance(name, str) or not name.strip():
        yield Violation("event_name", "The event needs a name, such as Purchase.")
    elif name != name.strip():
        yield Violation(
            "event_name",
            "The name has a stray space; Meta takes it for another event.",
            Weight.ADVICE,
            standing=Standing.OBSERVED,
        )


def _event_id(event: Mapping[str, object]) -> Iterator[Violation]:
    if not text_of(event.get("event_id")).strip():
        yield Violation("event_id", "Without an event ID the browser's event is counted a second time.", Weight.ADVICE)


def _time(event: Mapping[str, object], now_ms: int) -> Iterator[Violation]:
    text = text_of(event.get("event_time")).strip()
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        yield Violation("event_time", "event_time must be a whole number of seconds since 1970, UTC.")
        return
    seconds = int(text)
    if seconds >= 10**11:
        yield Violation(
            "event_time",
            "event_time looks like milliseconds; Meta counts in seconds.",
            standing=Standing.OBSERVED,
        )
        return
    store = event.get("action_source") == "physical_store"
    limit, days = (TOO_OLD_STORE_MS, 62) if store else (TOO_OLD_MS, 7)
    age = now_ms - seconds * 1000
    if age > limit:
        yield Violation(
            "event_time",
            f"The event is older than {days} days, the oldest Meta takes. Refresh event_time.",
            title="Event Timestamp Too Old",
            subcode=2804003,
        )
    elif -age > FUTURE_MS:
        yield Violation(
            "event_time", "event_time lies in the future. Check the clock.", Weight.ADVICE, standing=Standing.OBSERVED
        )


def _action_source(event: Mapping[str, object], user: Mapping[str, object]) -> Iterator[Violation]:
    source = event.get("action_source")
    if not isinstance(source, str) or source not in ACTION_SOURCES:
        found, reason = (f", not “{text_of(source)[:40]}”", "unknown-action-source") if source else ("", None)
        yield Violation(
            "action_source", f"action_source must be one of {', '.join(ACTION_SOURCES)}{found}.", reason=reason
        )
    elif source == "website":
        yield from _website(event, user)
    elif source == "app":
        yield from _app(event)
    elif source == "business_messaging":
        yield from _messaging(event)


def _website(event: Mapping[str, object], user: Mapping[str, object]) -> Iterator[Violation]:
    # Documented as required, yet taken without them: an answer of 200 was seen on a live account.
    if not event.get("event_source_url"):
        yield Violation("event_source_url", "A website event should name its page (event_source_url).", Weight.WARNED)
    if not user.get("client_user_agent"):
        yield Violation(
            "user_data.client_user_agent",
            "A website event should carry the browser's user agent (client_user_agent).",
            Weight.WARNED,
        )


def _app(event: Mapping[str, object]) -> Iterator[Violation]:
    info = object_at(event, "app_data").get("extinfo")
    if not isinstance(info, list) or len(info) != 16:
        yield Violation("app_data.extinfo", "An app event needs app_data.extinfo with its 16 entries.")
    elif not text_of(info[4]):
        yield Violation(
            "app_data.extinfo",
            "extinfo's fifth entry, the system's version, is empty.",
            title="Missing OS Version",
            subcode=2804043,
            standing=Standing.OBSERVED,
        )


def _messaging(event: Mapping[str, object]) -> Iterator[Violation]:
    if not event.get("messaging_channel"):
        yield Violation("messaging_channel", "A messaging event must name its channel (messaging_channel).")
    if text_of(event.get("event_name")) not in MESSAGING_EVENTS:
        yield Violation(
            "event_name",
            f"A messaging event must be one of {', '.join(sorted(MESSAGING_EVENTS))}.",
            title="Messaging Event Invalid Event Type",
            subcode=2804066,
            standing=Standing.OBSERVED,
            reason="messaging-event",
        )


def _custom_data(event: Mapping[str, object]) -> Iterator[Violation]:
    custom = event.get("custom_data")
    if custom is not None and not isinstance(custom, Mapping):
        yield Violation("custom_data", "custom_data must be an object.")
        return
    data = object_at(event, "custom_data")
    value, currency = text_of(data.get("value")), text_of(data.get("currency"))
    number = _is_number(value)
    if event.get("event_name") == "Purchase":
        for field, good in (("value", number), ("currency", bool(currency))):
            if not good:
                yield Violation(
                    f"custom_data.{field}",
                    f"A Purchase needs a {field}." if field == "currency" else "A Purchase needs a numeric value.",
                    title="Missing Value for Purchase Event",
                    subcode=2804009,
                )
    elif value and not number:
        yield Violation("custom_data.value", "value must be a number with a point, such as 142.52.", Weight.WARNED)
    if currency and not re.fullmatch(r"[A-Za-z]{3}", currency, re.ASCII):
        yield Violation("custom_data.currency", "currency must be a code of three letters, such as EUR.", Weight.WARNED)


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _processing(event: Mapping[str, object]) -> Iterator[Violation]:
    options = event.get("data_processing_options")
    if options is not None and (not isinstance(options, list) or any(option not in ("LDU", "") for option in options)):
        yield Violation(
            "data_processing_options", 'data_processing_options must be [] or ["LDU"].', reason="processing-options"
        )


def _unknown(event: Mapping[str, object], user: Mapping[str, object]) -> Iterator[Violation]:
    """Keys no document names. Meta is not known to refuse them, so neither do we."""
    if not event.keys() <= _EVENT_KEYS:
        for key in event:
            if key not in _EVENT_KEYS and event[key] is not None:
                yield Violation(key, _no_such_key("", key), Weight.ADVICE, reason=UNKNOWN)
    if not user.keys() <= USER_KEYS:
        for key in user:
            if key not in USER_KEYS and user[key] is not None:
                yield Violation(f"user_data.{key}", _no_such_key("user_data", key), Weight.ADVICE, reason=UNKNOWN)


@lru_cache(maxsize=1024)
def _no_such_key(place: str, key: str) -> str:
    """What to say of a key that no document names in `place` ("" is the event itself)."""
    homes = {"": _EVENT_KEYS, "user_data": USER_KEYS, "custom_data": CUSTOM_LABELS.keys() - {"eventID"}}
    home = next((name for name, keys in homes.items() if name != place and key in keys), None)
    if home is not None:
        return f"No document names this parameter here; it belongs {f'in {home}' if home else 'beside user_data'}."
    known = homes[place]
    folded = {name.replace("_", "").lower(): name for name in sorted(known)}
    text = key[:_LONGEST_KEY].replace("_", "").replace("-", "").lower()
    close = get_close_matches(text, folded, 1, 0.8)
    meant = _MEANT.get(key) if place else None
    meant = meant or (folded[close[0]] if close else None)
    return f"No document names this parameter; {f'{meant} is probably meant' if meant else 'it may be misspelt'}."
