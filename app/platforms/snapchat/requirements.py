"""What Snapchat's Conversions API asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. Snap lists what
makes an event INVALID: a required field, value and currency of a purchase, a hashed IP address, the time out of range,
customer data in the clear, too little of them. How old an event may be is told in three ways (37 days by Snap, 28 and 7
by senders), so that is advice. Times are milliseconds, UTC; `event_time` may be seconds or milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.base import DAY_MS
from app.platforms.draft_rules import advice, found_in, is_number, scalar
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.server_api import Violation
from app.platforms.snapchat.call import SOURCES, WEB
from app.platforms.snapchat.words import VALUED

OLDEST_MS = 37 * DAY_MS
_OLDEST_SENT_MS = 7 * DAY_MS
FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 2_000

HASHED = ("em", "ph", "fn", "ln", "ge", "ct", "st", "zp", "country")
_TEXTS = ("client_ip_address", "client_user_agent", "sc_click_id", "sc_cookie1")
_PERSON = ("em", "ph", "madid", "mobile_ad_id")


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event of v3 at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _name(present)
        yield from _time(present, now_ms)
        yield from _event_id(present)
        yield from _source(present)
        yield from _user(present)
        yield from _custom(present)
        yield from _consent(present)

    return found_in(event, index, rules)


def _name(event: Mapping[str, Json]) -> Iterator[Violation]:
    name = event.get("event_name")
    if not isinstance(name, str) or not name.strip():
        yield Violation("event_name", "event_name is required, such as PURCHASE.")
    elif name != name.strip():
        yield advice("event_name", "The name has a stray space; Snapchat takes it for another event.")


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    text = scalar(event.get("event_time")).strip()
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        yield Violation("event_time", "event_time is required: a whole number of seconds or ms since 1970, UTC.")
        return
    at_ms = int(text) * (1000 if int(text) < 10**11 else 1)
    if now_ms - at_ms > OLDEST_MS:
        yield advice("event_time", "The event is older than 37 days, for which Snapchat reports events.")
    elif now_ms - at_ms > _OLDEST_SENT_MS:
        yield advice("event_time", "The event is older than 7 days, and some senders give up there.")
    elif at_ms - now_ms > FUTURE_MS:
        yield advice("event_time", "event_time lies in the future. Check the clock.")


def _event_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    event_id = event.get("event_id")
    if not scalar(event_id).strip():
        yield advice("event_id", "Without an event ID the browser's event is counted a second time.")
    elif not isinstance(event_id, str):
        yield advice("event_id", "event_id is a text: put it in quotes.")


def _source(event: Mapping[str, Json]) -> Iterator[Violation]:
    source = event.get("action_source")
    if source is None or source == "":
        yield Violation("action_source", f"action_source is required: {', '.join(SOURCES)}.")
    elif not isinstance(source, str) or source.upper() not in SOURCES:
        yield Violation(
            "action_source",
            f"action_source must be one of {', '.join(SOURCES)}.",
            standing=Standing.OBSERVED,
            reason="unknown-action-source",
        )
    elif source.upper() == WEB and not scalar(event.get("event_source_url")).strip():
        yield Violation("event_source_url", "event_source_url is required: the page of an event of the web.")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("user_data")
    if user is not None and not isinstance(user, Mapping):
        yield Violation("user_data", "user_data must be an object with the customer's identifiers.")
        return
    known = object_at(event, "user_data")
    both = known.get("client_ip_address") and known.get("client_user_agent")
    if not (both or any(known.get(key) for key in _PERSON)):
        yield Violation(
            "user_data",
            "Nothing says who it was: one of em, ph and madid, or client_ip_address and client_user_agent together.",
        )
    for key in HASHED:
        yield from _hashed(key, known.get(key))
    for key in _TEXTS:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield Violation(f"user_data.{key}", f"{key} must be a text.", standing=Standing.OBSERVED)
    if form_of(scalar(known.get("client_ip_address"))) in (Form.SHA256, Form.MD5, Form.SHA1, Form.UPPER_HEX):
        yield Violation(
            "user_data.client_ip_address", "client_ip_address must be sent as it is, not hashed.", reason="hashed"
        )


def _hashed(key: str, value: Json) -> Iterator[Violation]:
    for item in value if isinstance(value, list) else [value]:
        if item is None or item == "":
            continue
        text = scalar(item)
        if not text:
            yield Violation(f"user_data.{key}", f"{key} must be a text or a list of texts.", standing=Standing.OBSERVED)
        elif re.fullmatch(r"[0-9a-fA-F]{32,128}", text, re.ASCII):
            if form_of(text) is not Form.SHA256 or text != text.lower():
                yield advice(f"user_data.{key}", "This is no SHA-256 in lower-case hex, so Snapchat can not match it.")
        else:
            yield Violation(
                f"user_data.{key}", f"{key} must be hashed: SHA-256, 64 lower-case hex digits.", reason="not-hashed"
            )


def _custom(event: Mapping[str, Json]) -> Iterator[Violation]:
    custom = event.get("custom_data")
    if custom is not None and not isinstance(custom, Mapping):
        yield Violation("custom_data", "custom_data must be an object.")
        return
    known = object_at(event, "custom_data")
    value, currency = known.get("value"), known.get("currency")
    valued = scalar(event.get("event_name")) in VALUED
    if value is None and valued:
        yield Violation("custom_data.value", "value is required for a purchase.")
    elif value is not None and not is_number(value):
        yield Violation(
            "custom_data.value", "value must be a number with a point, such as 142.52.", standing=Standing.OBSERVED
        )
    if currency is None and valued:
        yield Violation("custom_data.currency", "currency is required for a purchase.")
    elif currency is None and value is not None:
        yield advice("custom_data.currency", "A value needs its currency.")
    elif currency is not None and not re.fullmatch(r"[A-Za-z]{3}", scalar(currency), re.ASCII):
        yield Violation(
            "custom_data.currency", "currency must be a code of three letters, such as EUR.", standing=Standing.OBSERVED
        )
    if valued and not scalar(known.get("order_id")):
        yield advice("custom_data.order_id", "A purchase's order ID is its second key, good for 30 days.")
    yield from _contents(known.get("contents"))


def _contents(contents: Json) -> Iterator[Violation]:
    if contents is None:
        return
    if not isinstance(contents, list):
        yield Violation("custom_data.contents", "contents must be a list of objects.", standing=Standing.OBSERVED)
        return
    for place, item in enumerate(contents[:MAX_EVENTS]):
        path = f"custom_data.contents.{place}"
        if not isinstance(item, dict):
            yield Violation(path, "Each of the contents is an object.", standing=Standing.OBSERVED)
            continue
        for key in ("item_price", "quantity"):
            if item.get(key) is not None and not is_number(item[key]):
                yield Violation(f"{path}.{key}", f"{key} must be a number.", standing=Standing.OBSERVED)


def _consent(event: Mapping[str, Json]) -> Iterator[Violation]:
    options = event.get("data_processing_options")
    if options is not None and not isinstance(options, list):
        yield advice("data_processing_options", "data_processing_options is a list of texts.")
