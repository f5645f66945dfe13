"""What Reddit's Conversions API v3 asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. Times are
milliseconds, UTC, as Reddit counts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.draft_rules import advice, found_in, is_number, scalar
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.reddit.words import SOURCES, TRACKING_TYPES, VALUED, WEB
from app.platforms.server_api import Violation

HOUR_MS = 60 * 60 * 1000
TOO_OLD_MS = 168 * HOUR_MS
FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 1_000
TYPES = tuple(TRACKING_TYPES.values())
CUSTOM_TYPE = TRACKING_TYPES["Custom"]
_LONGEST_NAME = 64  # characters of a custom event's name
_MATCH_KEYS = ("email", "phone_number", "external_id", "ip_address", "user_agent", "uuid", "idfa", "aaid")
_TEXTS = (*_MATCH_KEYS[2:],)
_VALUED = frozenset(TRACKING_TYPES[name] for name in VALUED)


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event of v3 at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _type(present)
        yield from _time(present, now_ms)
        yield from _source(present)
        yield from _metadata(present)
        yield from _user(present)

    return found_in(event, index, rules)


def _type(event: Mapping[str, Json]) -> Iterator[Violation]:
    kind = object_at(event, "type")
    name, custom = kind.get("tracking_type"), scalar(kind.get("custom_event_name"))
    if name not in TYPES:
        shown = ", ".join(TYPES)
        yield Violation("type.tracking_type", f"tracking_type must be one of {shown}, letter by letter.")
    elif name == CUSTOM_TYPE and not custom.strip():
        yield Violation("type.custom_event_name", "An event of the type CUSTOM needs its custom_event_name.")
    if len(custom) > _LONGEST_NAME:
        yield Violation("type.custom_event_name", f"custom_event_name has at most {_LONGEST_NAME} characters.")


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    value: object = event.get("event_at")
    text = scalar(value).strip()
    if not isinstance(value, int) or isinstance(value, bool) or not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        yield Violation("event_at", "event_at must be a whole number of milliseconds since 1970, UTC, without quotes.")
    elif value < 10**11:
        yield Violation("event_at", "event_at looks like seconds; v3 counts in milliseconds.")
    elif now_ms - value > TOO_OLD_MS:
        yield Violation("event_at", "event_at timestamp must be less than 168h0m0s old.", standing=Standing.OBSERVED)
    elif value - now_ms > FUTURE_MS:
        yield Violation("event_at", "event_at lies more than five minutes in the future.", standing=Standing.OBSERVED)


def _source(event: Mapping[str, Json]) -> Iterator[Violation]:
    source = event.get("action_source")
    if source not in SOURCES:
        yield Violation(
            "action_source", f"action_source must be one of {', '.join(SOURCES)}.", reason="unknown-action-source"
        )
    url = event.get("event_source_url")
    if url is not None and not isinstance(url, str):
        yield _not_a_text("event_source_url")
    elif not url and source == WEB:
        yield advice("event_source_url", "An event of the website should name its page (event_source_url).")


def _metadata(event: Mapping[str, Json]) -> Iterator[Violation]:
    metadata = event.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        yield Violation("metadata", "metadata must be an object.")
        return
    known, name = object_at(event, "metadata"), object_at(event, "type").get("tracking_type")
    event_id, value, currency = (known.get(key) for key in ("conversion_id", "value", "currency"))
    if not scalar(event_id).strip():
        yield advice("metadata.conversion_id", "Without a conversion ID the pixel's event may be counted again.")
    elif not isinstance(event_id, str):
        yield _not_a_text("metadata.conversion_id")
    if value is not None and not _is_number(value):
        yield Violation("metadata.value", "value must be a number, such as 142.52, without quotes.")
    elif value is None and scalar(name) in _VALUED:
        yield advice("metadata.value", "Without a value the purchase says nothing of its worth.")
    if currency is not None and not re.fullmatch(r"[A-Z]{3}", scalar(currency), re.IGNORECASE | re.ASCII):
        yield Violation("metadata.currency", "currency must be a code of three letters, such as EUR.")
    elif value is not None and currency is None:
        yield advice("metadata.currency", "A value needs its currency.")
    count = known.get("item_count")
    if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
        yield Violation("metadata.item_count", "item_count must be a whole number.")
    yield from _products(known.get("products"))


def _products(products: Json) -> Iterator[Violation]:
    if products is None:
        return
    if not isinstance(products, list):
        yield Violation("metadata.products", "products must be a list of objects.")
        return
    for place, item in enumerate(products[:MAX_EVENTS]):
        path = f"metadata.products.{place}"
        if not isinstance(item, dict):
            yield Violation(path, "Each of the products is an object.")
            continue
        if not isinstance(item.get("id"), str) or not item["id"]:
            yield Violation(f"{path}.id", "A product needs its id, a text.", standing=Standing.OBSERVED)
        for key in ("item_price", "quantity"):
            if item.get(key) is not None and not _is_number(item[key]):
                yield Violation(f"{path}.{key}", f"{key} must be a number.")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("user")
    if user is not None and not isinstance(user, Mapping):
        yield Violation("user", "user must be an object with the customer's match keys.")
        return
    known = object_at(event, "user")
    if not event.get("click_id") and not any(known.get(key) for key in _MATCH_KEYS):
        yield Violation("user", f"Nothing says who it was: click_id, or one of {', '.join(_MATCH_KEYS)}.")
    for key in ("email", "phone_number"):
        yield from _hashed(key, known.get(key))
    for key in _TEXTS:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield _not_a_text(f"user.{key}")
    options = known.get("data_processing_options")
    if options is not None and not isinstance(object_at(options).get("modes"), list):
        yield Violation("user.data_processing_options", "It must be an object with a list of modes.")


def _hashed(key: str, value: Json) -> Iterator[Violation]:
    if value is None or value == "":
        return
    if not isinstance(value, str):
        yield _not_a_text(f"user.{key}")
    elif form_of(value) is Form.PLAIN:
        yield advice(f"user.{key}", f"Reddit takes the {key} as it is, and advises its SHA-256.")
    elif form_of(value) is not Form.SHA256:
        yield advice(f"user.{key}", "This is no SHA-256 in lower-case hex, so Reddit can not match it.")


def _is_number(value: Json) -> bool:
    """Whether it is a number that is not written as a text."""
    return not isinstance(value, str) and is_number(value)


def _not_a_text(field: str) -> Violation:
    return Violation(field, "It must be a text, in quotes.", standing=Standing.OBSERVED)
