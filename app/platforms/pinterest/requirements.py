"""What Pinterest's API for Conversions asks of one event, as its description (API v5, events/create) has it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. `event_time` is
in seconds; all other times here are milliseconds, UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.draft_rules import advice, found_in, is_number
from app.platforms.pinterest.call import OFFLINE, SOURCE, SOURCES, WEB
from app.platforms.pinterest.words import API_NAMES, CUSTOMER_KEYS, STEPS, VALUED, api_name, standard
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.server_api import Violation, Weight

FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 1_000
MAX_TEST_EVENTS = 20
HASHED = tuple(CUSTOMER_KEYS)
PLAIN = ("client_ip_address", "client_user_agent", "click_id", "partner_id")
NAMES = tuple(API_NAMES.get(name, name) for name in STEPS)
"""The API's names of the standard events."""
_TEXTS = (
    *("content_brand", "content_category", "content_name", "currency", "np", "opt_out_type", "order_id"),
    *("search_string", "external_measurement_id"),
)
_AMOUNTS = ("value", "predicted_ltv")
_CUSTOM = frozenset((*_TEXTS, *_AMOUNTS, "content_ids", "contents", "num_items", "external_measurement_vendor_id"))
_EVENT = frozenset(
    (
        *("event_name", SOURCE, "event_time", "event_id", "event_source_url", "opt_out", "partner_name", "user_data"),
        *("custom_data", "app_id", "app_info", "app_name", "app_version", "device_brand", "device_carrier", "wifi"),
        *("device_info", "device_model", "device_type", "language", "os_version"),
    )
)


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event at `now_ms`, refusals first; empty when it is fine. Never raises."""

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _name(present)
        yield from _source(present)
        yield from _time(present, now_ms)
        yield from _event_id(present)
        yield from _user(present)
        yield from _custom(present)
        yield from (_unknown(key) for key in present if key not in _EVENT)

    return found_in(event, index, rules)


def _name(event: Mapping[str, Json]) -> Iterator[Violation]:
    name = event.get("event_name")
    if not isinstance(name, str) or not name.strip():
        yield Violation("event_name", "'event_name' is required: checkout, say.")
    elif standard(name) not in STEPS:
        yield Violation(
            "event_name",
            "'event_name' is none of Pinterest's events, which it does not accept. An event of your own is “custom”.",
            reason="unknown-name",
        )
    elif name != api_name(name):
        yield Violation(
            "event_name",
            f"'event_name' is written {api_name(name)} in the API.",
            Weight.WARNED,
            standing=Standing.OBSERVED,
        )


def _source(event: Mapping[str, Json]) -> Iterator[Violation]:
    source = event.get(SOURCE)
    if source not in SOURCES:
        yield Violation(SOURCE, f"'{SOURCE}' must be one of {', '.join(SOURCES)}.", reason="action-source")
    elif source == OFFLINE:
        yield advice(SOURCE, "Offline events are never deduplicated, whatever their ID.", Standing.DOCUMENTED)
    url = event.get("event_source_url")
    if url is not None and not isinstance(url, str):
        yield _not_a_text("event_source_url")
    elif not url and source == WEB:
        yield advice("event_source_url", "An event of the web should name its page.")
    if not isinstance(event.get("opt_out", False), bool):
        yield Violation("opt_out", "'opt_out' must be true or false.", reason="not-a-boolean")


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    time = event.get("event_time")
    if time is None:
        yield Violation("event_time", "'event_time' is required: seconds since 1970, UTC.")
    elif isinstance(time, bool) or not re.fullmatch(r"\d{1,16}", str(time), re.ASCII):
        yield Violation("event_time", "'event_time' must be a whole number of seconds since 1970, UTC.", reason="time")
    elif int(str(time)) >= 10**11:
        yield Violation("event_time", "'event_time' looks like milliseconds; Pinterest counts seconds.", reason="time")
    elif int(str(time)) * 1000 - now_ms > FUTURE_MS:
        yield advice("event_time", "'event_time' lies in the future. Check the clock.")


def _event_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    event_id = event.get("event_id")
    if event_id is None or event_id == "":
        yield Violation("event_id", "'event_id' is required; without it the tag's event is counted a second time.")
    elif not isinstance(event_id, str):
        yield _not_a_text("event_id")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("user_data")
    if not isinstance(user, Mapping):
        yield Violation("user_data", "'user_data' is required: an object with the customer's identifiers.")
        return
    known = object_at(event, "user_data")
    if not (known.get("em") or known.get("hashed_maids") or _has_device(known)):
        yield Violation(
            "user_data",
            "'user_data' needs 'em', 'hashed_maids', or 'client_ip_address' together with 'client_user_agent'.",
        )
    for key in HASHED:
        yield from _hashed(f"user_data.{key}", known.get(key))
    for key in PLAIN:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield _not_a_text(f"user_data.{key}")
    yield from (_unknown(f"user_data.{key}") for key in known if key not in (*HASHED, *PLAIN))


def _has_device(user: Mapping[str, Json]) -> bool:
    return bool(user.get("client_ip_address") and user.get("client_user_agent"))


def _hashed(field: str, value: Json) -> Iterator[Violation]:
    key = field.rpartition(".")[2]
    if value is None:
        return
    if not isinstance(value, list):
        yield Violation(field, f"'{key}' must be a list of SHA-256 hashes.", reason="not-a-list")
        return
    for item in value:
        if not isinstance(item, str):
            yield _not_a_text(field)
        elif form_of(item) is Form.SHA256 and item == item.lower():
            continue
        elif re.fullmatch(r"[0-9a-fA-F]{32,128}", item, re.ASCII):
            yield advice(field, "This is no SHA-256 in lower-case hex, which is all that the API's description knows.")
        else:
            yield Violation(field, f"'{key}' must be SHA256 hashed values.", reason="not-hashed")


def _custom(event: Mapping[str, Json]) -> Iterator[Violation]:
    data = event.get("custom_data")
    if data is not None and not isinstance(data, Mapping):
        yield Violation("custom_data", "'custom_data' must be an object.", reason="not-an-object")
        return
    known = object_at(event, "custom_data")
    for key in _TEXTS:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield _not_a_text(f"custom_data.{key}")
    for key in _AMOUNTS:
        yield from _amount(f"custom_data.{key}", known.get(key))
    yield from _money(event, known)
    if known.get("num_items") is not None and not _whole(known["num_items"]):
        yield Violation("custom_data.num_items", "'num_items' must be a whole number.", reason="not-a-number")
    ids = known.get("content_ids")
    if ids is not None and not (isinstance(ids, list) and all(isinstance(item, str) for item in ids)):
        yield Violation("custom_data.content_ids", "'content_ids' must be a list of texts.", reason="not-a-list")
    yield from _contents(known.get("contents"))
    yield from (_unknown(f"custom_data.{key}") for key in known if key not in _CUSTOM)


def _money(event: Mapping[str, Json], data: Mapping[str, Json]) -> Iterator[Violation]:
    value, currency = data.get("value"), data.get("currency")
    if value is None and standard(str(event.get("event_name"))) in VALUED:
        yield advice("custom_data.value", "Without a value the checkout counts for nothing in the optimisation.")
    if isinstance(currency, str) and not re.fullmatch(r"[A-Za-z]{3}", currency, re.ASCII):
        yield Violation("custom_data.currency", "'currency' must be a code of three letters.", reason="currency")
    elif value is not None and currency is None:
        yield advice("custom_data.currency", "Without one Pinterest takes the ad account's.", Standing.DOCUMENTED)


def _amount(field: str, value: Json) -> Iterator[Violation]:
    key = field.rpartition(".")[2]
    if value is None:
        return
    if not isinstance(value, str):
        yield Violation(field, f"'{key}' must be a string: put the number in quotes.", reason="not-a-text")
    elif len(value) >= 100 or not is_number(value):
        yield Violation(field, f"'{key}' must be a number with a point, such as 142.52.", reason="not-a-number")


def _contents(contents: Json) -> Iterator[Violation]:
    if contents is None:
        return
    if not isinstance(contents, list):
        yield Violation("custom_data.contents", "'contents' must be a list of objects.", reason="not-a-list")
        return
    for place, item in enumerate(contents[:MAX_EVENTS]):
        field = f"custom_data.contents.{place}"
        if not isinstance(item, dict):
            yield Violation(field, "'contents' must hold objects only.", reason="not-an-object")
            continue
        for key in ("id", "item_name", "item_category", "item_brand"):
            if item.get(key) is not None and not isinstance(item[key], str):
                yield _not_a_text(f"{field}.{key}")
        yield from _amount(f"{field}.item_price", item.get("item_price"))
        if item.get("quantity") is not None and not _whole(item["quantity"]):
            yield Violation(f"{field}.quantity", "'quantity' must be a whole number.", reason="not-a-number")


def _whole(value: Json) -> bool:
    """Numbers are Python's here, for a draft's text was loaded."""
    return isinstance(value, int) and not isinstance(value, bool)


def _not_a_text(field: str) -> Violation:
    return Violation(field, f"'{field.rpartition('.')[2]}' must be a string.", reason="not-a-text")


def _unknown(field: str) -> Violation:
    return Violation(field, "Pinterest knows no such field, and warns.", Weight.WARNED, reason="unknown-parameter")
