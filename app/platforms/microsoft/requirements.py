"""What the Conversions API asks of one server event, as its guide and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. Times are
milliseconds, UTC, except `eventTime`, which Microsoft counts in seconds. What only public senders check is `OBSERVED`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.base import DAY_MS
from app.platforms.draft_rules import advice, found_in, is_number, scalar
from app.platforms.microsoft.words import CUSTOM_EVENT, PAGE_LOAD, VALUED
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.server_api import Violation

TOO_OLD_MS = 7 * DAY_MS
OFFLINE_TOO_OLD_MS = 90 * DAY_MS  # of offline conversions, which are sent elsewhere
FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 1_000
MAX_BYTES = 1_000_000
"""The size of a call that senders keep to."""

HASHED = ("em", "ph")
_TEXTS = ("msclkid", "anonymousId", "externalId", "clientIpAddress", "clientUserAgent", "idfa", "gaid")
_PERSON = ("em", "ph", "msclkid", "anonymousId", "externalId", "idfa", "gaid")
_PAGE_TYPES = ("home", "searchresults", "category", "product", "cart", "purchase", "other")
_CLICK = re.compile(r"[0-9a-f-]{32,36}", re.ASCII | re.IGNORECASE)
_ASSUMED = Standing.FOLKLORE  # the types of the guide's table; what becomes of another type is nowhere told


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _name(present)
        yield from _time(present, now_ms)
        yield from _event_id(present)
        yield from _consent(present)
        yield from _user(present)
        yield from _custom(present)

    return found_in(event, index, rules)


def _name(event: Mapping[str, Json]) -> Iterator[Violation]:
    kind, name = event.get("eventType"), event.get("eventName")
    if kind not in (PAGE_LOAD, CUSTOM_EVENT):
        yield Violation("eventType", f"eventType must be {PAGE_LOAD} or {CUSTOM_EVENT}.")
    elif kind == CUSTOM_EVENT and not scalar(name).strip():
        yield Violation("eventName", "A custom event needs a name, such as purchase.", standing=Standing.OBSERVED)
    elif kind == PAGE_LOAD and not scalar(event.get("eventSourceUrl")).strip():
        yield Violation("eventSourceUrl", "A page load needs its page's address.", standing=Standing.OBSERVED)
    if isinstance(name, str) and name != name.strip():
        yield advice("eventName", "The name has a stray space; a conversion goal looks for another event then.")


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    text = scalar(event.get("eventTime")).strip()
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        yield Violation("eventTime", "eventTime must be a whole number of seconds since 1970, UTC.")
        return
    seconds = int(text)
    if seconds >= 10**11:
        yield Violation("eventTime", "eventTime looks like milliseconds; Microsoft counts in seconds.")
    elif now_ms - seconds * 1000 > TOO_OLD_MS:
        yield Violation("eventTime", "The event is older than 7 days, the oldest Microsoft takes. Refresh eventTime.")
    elif seconds * 1000 - now_ms > FUTURE_MS:
        yield advice("eventTime", "eventTime lies in the future. Check the clock.")


def _event_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    event_id, order = event.get("eventId"), object_at(event, "customData").get("transactionId")
    if event_id is not None and not isinstance(event_id, str):
        yield Violation("eventId", "Put the event ID in quotes.", standing=_ASSUMED)
    elif not scalar(event_id).strip() and not scalar(order).strip():
        yield advice("eventId", "Without an event ID or a transaction ID the browser's event counts a second time.")
    if scalar(event.get("eventName")) in VALUED and not scalar(order).strip():
        yield advice(
            "customData.transactionId", "Where the tag drops the event ID, only the transaction ID ties the two sides."
        )


def _consent(event: Mapping[str, Json]) -> Iterator[Violation]:
    consent = event.get("adStorageConsent")
    if consent is not None and consent not in ("G", "D"):
        yield Violation("adStorageConsent", "adStorageConsent must be G (granted) or D (denied).")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("userData")
    if user is not None and not isinstance(user, Mapping):
        yield Violation("userData", "userData must be an object with the customer's identifiers.")
        return
    known = object_at(event, "userData")
    if not any(known.get(key) for key in _PERSON):
        yield Violation("userData", f"Nothing says who it was: one of {', '.join(_PERSON)} is due.")
    for key in HASHED:
        yield from _hashed(key, known.get(key))
    for key in _TEXTS:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield Violation(f"userData.{key}", f"{key} must be a text in quotes.", standing=_ASSUMED)
    click = known.get("msclkid")
    if isinstance(click, str) and click and not _CLICK.fullmatch(click):
        yield advice("userData.msclkid", "msclkid has 32 hexadecimal digits, with or without a UUID's dashes.")


def _hashed(key: str, value: Json) -> Iterator[Violation]:
    if value is None or value == "":
        return
    if not isinstance(value, str) or form_of(value) not in (Form.SHA256, Form.UPPER_HEX) or len(value) != 64:
        reason = "not-hashed"
        yield Violation(f"userData.{key}", f"'{key}' must be a valid SHA256 string, of 64 hex digits.", reason=reason)
    elif value != value.lower():
        yield advice(f"userData.{key}", "Write the hash in lower case.")


def _custom(event: Mapping[str, Json]) -> Iterator[Violation]:
    custom = event.get("customData")
    if custom is not None and not isinstance(custom, Mapping):
        yield Violation("customData", "customData must be an object.")
        return
    known = object_at(event, "customData")
    value, currency = known.get("value"), known.get("currency")
    for key in ("value", "eventValue", "ecommTotalValue"):
        if known.get(key) is not None and not is_number(known[key]):
            yield Violation(f"customData.{key}", f"{key} must be a number with a point, such as 142.52.")
    if value is None and scalar(event.get("eventName")) in VALUED:
        yield advice("customData.value", "Without a value the purchase counts for nothing in the optimisation.")
    if currency is not None and not re.fullmatch(r"[A-Za-z]{3}", scalar(currency), re.ASCII):
        yield Violation("customData.currency", "currency must be a code of three letters, such as EUR.")
    elif value is not None and currency is None:
        yield advice("customData.currency", "A value needs its currency.")
    if known.get("pageType") not in (None, *_PAGE_TYPES):
        yield advice("customData.pageType", f"pageType should be one of {', '.join(_PAGE_TYPES)}.")
    if known.get("itemIds") is not None and not isinstance(known["itemIds"], list):
        yield Violation("customData.itemIds", "itemIds must be a list.", standing=_ASSUMED)
    yield from _items(known.get("items"))


def _items(items: Json) -> Iterator[Violation]:
    if items is None:
        return
    if not isinstance(items, list):
        yield Violation("customData.items", "items must be a list of objects.", standing=_ASSUMED)
        return
    for place, item in enumerate(items[:MAX_EVENTS]):
        path = f"customData.items.{place}"
        if not isinstance(item, dict):
            yield Violation(path, "Each of the items is an object.", standing=_ASSUMED)
            continue
        if item.get("id") is not None and not isinstance(item["id"], str):
            yield Violation(f"{path}.id", "id must be a text in quotes.", standing=_ASSUMED)
        for key in ("price", "quantity"):
            if item.get(key) is not None and not is_number(item[key]):
                yield Violation(f"{path}.{key}", f"{key} must be a number.", standing=_ASSUMED)
