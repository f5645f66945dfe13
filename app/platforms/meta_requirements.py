"""What Meta's Conversions API asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox endpoint answers with them. Times are
milliseconds since the Unix epoch, UTC, except `event_time`, which Meta counts in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from app.model import Standing

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
MESSAGING_EVENTS = frozenset({"LeadSubmitted", "Purchase", "AddToCart", "InitiateCheckout", "ViewContent"})

HASHED_KEYS = ("em", "ph", "fn", "ln", "db", "ge", "ct", "st", "zp", "country")
PLAIN_KEYS = (
    "external_id",
    "client_ip_address",
    "client_user_agent",
    "fbc",
    "fbp",
    "subscription_id",
    "fb_login_id",
    "lead_id",
    "anon_id",
    "madid",
    "page_id",
    "page_scoped_user_id",
    "ctwa_clid",
    "ig_account_id",
    "ig_sid",
)
_SDK_KEYS = ("f5first", "f5last", "fi", "dobd", "dobm", "doby")
_USER_KEYS = frozenset((*HASHED_KEYS, *PLAIN_KEYS, *_SDK_KEYS))
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
    }
)

# An event known by nothing more than one of these sets is refused (Conversions API, best practices).
_TOO_LITTLE = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)

# A hash, or a hash with the parameter builder's appendix: its legacy two characters or its eight.
_HASH = re.compile(r"[0-9a-fA-F]{64}(\.([A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?|[0-9a-fA-F]{32}")
_HEX64 = re.compile(r"[0-9a-fA-F]{64}")


class Weight(StrEnum):
    """What the platform does about a violation."""

    REFUSED = "refused"  # the whole call fails
    WARNED = "warned"  # taken, with a word in `messages`
    ADVICE = "advice"  # no word from Meta; only we say so


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule an event breaks. `field` is the path in the event: `event_time`, `user_data.em`; empty: the whole event.

    `subcode` is Meta's where one is known; the code is always 100. `message` is ours, fit to stand beside the field.
    `event` is the event's place in its call.
    """

    field: str
    message: str
    weight: Weight = Weight.REFUSED
    title: str = "Invalid parameter"
    subcode: int | None = None
    standing: Standing = Standing.DOCUMENTED
    event: int = 0

    @property
    def refused(self) -> bool:
        return self.weight is Weight.REFUSED

    @property
    def blamed(self) -> str:
        """The field as Meta spells it: `data[0][user_data][em]`."""
        parts = self.field.split(".") if self.field else []
        return "".join([f"data[{self.event}]", *(f"[{part}]" for part in parts)])


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
        *_action_source(present),
        *_user_data(present),
        *_custom_data(present),
        *_processing(present),
        *_unknown(present),
    ]
    found.sort(key=lambda violation: list(Weight).index(violation.weight))
    return tuple(replace(violation, event=index) for violation in found)


def text_of(value: object) -> str:
    """A JSON scalar as the platform reads it; empty for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _object(event: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = event.get(key)
    if not isinstance(found, Mapping):
        return {}
    return {str(name): value for name, value in found.items() if value is not None}


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


def _action_source(event: Mapping[str, object]) -> Iterator[Violation]:
    source = event.get("action_source")
    if not isinstance(source, str) or source not in ACTION_SOURCES:
        yield Violation("action_source", f"action_source must be one of {', '.join(ACTION_SOURCES)}.")
    elif source == "website":
        yield from _website(event)
    elif source == "app":
        yield from _app(event)
    elif source == "business_messaging":
        yield from _messaging(event)


def _website(event: Mapping[str, object]) -> Iterator[Violation]:
    # Documented as required, yet taken without them: an answer of 200 was seen on a live account.
    if not event.get("event_source_url"):
        yield Violation("event_source_url", "A website event should name its page.", Weight.WARNED)
    if not _object(event, "user_data").get("client_user_agent"):
        yield Violation(
            "user_data.client_user_agent", "A website event should carry the browser's user agent.", Weight.WARNED
        )


def _app(event: Mapping[str, object]) -> Iterator[Violation]:
    info = _object(event, "app_data").get("extinfo")
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
        yield Violation("messaging_channel", "A messaging event must name its channel.")
    if event.get("event_name") not in MESSAGING_EVENTS:
        yield Violation(
            "event_name",
            f"A messaging event must be one of {', '.join(sorted(MESSAGING_EVENTS))}.",
            title="Messaging Event Invalid Event Type",
            subcode=2804066,
            standing=Standing.OBSERVED,
        )


def _user_data(event: Mapping[str, object]) -> Iterator[Violation]:
    if not isinstance(event.get("user_data"), Mapping):
        yield Violation("user_data", "user_data must be an object with the customer's identifiers.")
        return
    user = _object(event, "user_data")
    for key in (*HASHED_KEYS, *_SDK_KEYS):
        if any(not _HASH.fullmatch(text) for text in _texts(user.get(key))):
            yield Violation(
                f"user_data.{key}",
                f"{key} must be normalised and hashed with SHA-256 before it is sent.",
                title="User Parameter Not Hashed",
                subcode=2804016,
            )
    for key in PLAIN_KEYS[1:]:  # external_id may be either
        if any(_HEX64.fullmatch(text) for text in _texts(user.get(key))):
            yield Violation(f"user_data.{key}", f"{key} must be sent as it is, not hashed.", Weight.ADVICE)
    lead = text_of(user.get("lead_id"))
    if lead and not re.fullmatch(r"\d{15,16}", lead, re.ASCII):
        yield Violation(
            "user_data.lead_id",
            "lead_id must have 15 or 16 digits.",
            title="Invalid Lead ID",
            subcode=2804036,
            standing=Standing.OBSERVED,
        )
    known = {key for key, value in user.items() if _texts(value)}
    if any(known <= weak for weak in _TOO_LITTLE):
        yield Violation(
            "user_data",
            "Too little is known of the customer. Add an e-mail, a phone number, fbp, fbc or an external ID.",
            title="Not Enough Customer Information",
            subcode=2804050,
        )


def _texts(value: object) -> list[str]:
    """The filled-in values of a customer key, which may be one or a list."""
    values = value if isinstance(value, list) else [value]
    return [text for item in values if (text := text_of(item))]


def _custom_data(event: Mapping[str, object]) -> Iterator[Violation]:
    custom = event.get("custom_data")
    if custom is not None and not isinstance(custom, Mapping):
        yield Violation("custom_data", "custom_data must be an object.")
        return
    data = _object(event, "custom_data")
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
    if options is not None and (not isinstance(options, list) or any(option != "LDU" for option in options)):
        yield Violation("data_processing_options", 'data_processing_options must be [] or ["LDU"].')


def _unknown(event: Mapping[str, object]) -> Iterator[Violation]:
    """Keys no document names. Meta is not known to refuse them, so neither do we."""
    paths = [key for key in event if key not in _EVENT_KEYS]
    paths += [f"user_data.{key}" for key in _object(event, "user_data") if key not in _USER_KEYS]
    for path in paths:
        yield Violation(path, "No document names this parameter; it may be misspelt.", Weight.ADVICE)
