"""What TikTok's Events API asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. A `message`
begins with the platform's own words where they are known ("Not a valid string"). Times are milliseconds, UTC, except
`event_time`, which TikTok counts in seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.draft_rules import advice, found_in, is_number, scalar
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.server_api import Violation
from app.platforms.tiktok.call import SOURCE, SOURCES, WEB
from app.platforms.tiktok.words import VALUED

DAY_MS = 24 * 60 * 60 * 1000
TOO_OLD_MS = 7 * DAY_MS
FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 1_000

HASHED = ("email", "phone", "first_name", "last_name", "zip_code")
TEXTS = ("city", "state", "country", "ip", "user_agent", "ttclid", "ttp", "locale")
_PERSON = ("ttclid", "ttp", "email", "phone", "external_id", "idfa", "idfv", "gaid")
_CONTENT_TYPES = ("product", "product_group")


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event of 2.0 at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _name(present)
        yield from _time(present, now_ms)
        yield from _event_id(present)
        yield from _source(present)
        yield from _user(present)
        yield from _page(present)
        yield from _properties(present)
        yield from _consent(present)

    return found_in(event, index, rules)


def _name(event: Mapping[str, Json]) -> Iterator[Violation]:
    name = event.get("event")
    if not isinstance(name, str) or not name.strip():
        yield Violation("event", "Missing data for required field: the event needs a name, such as CompletePayment.")
    elif name != name.strip():
        yield advice("event", "The name has a stray space; TikTok takes it for another event.")


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    text = scalar(event.get("event_time")).strip()
    if not re.fullmatch(r"\d{1,16}", text, re.ASCII):
        yield Violation(
            "event_time", "Not a valid integer: event_time must be a whole number of seconds since 1970, UTC."
        )
        return
    seconds = int(text)
    if seconds >= 10**11:
        yield Violation("event_time", "event_time looks like milliseconds; TikTok counts in seconds.")
    elif now_ms - seconds * 1000 > TOO_OLD_MS:
        yield Violation(
            "event_time",
            "The event is older than 7 days, the oldest TikTok takes. Refresh event_time.",
            standing=Standing.OBSERVED,
        )
    elif seconds * 1000 - now_ms > FUTURE_MS:
        yield advice("event_time", "event_time lies in the future. Check the clock.")


def _event_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    event_id = event.get("event_id")
    if not scalar(event_id).strip():
        yield advice("event_id", "Without an event ID the browser's event is counted a second time.")
    elif not isinstance(event_id, str):
        yield Violation("event_id", "Not a valid string: put the event ID in quotes.", standing=Standing.OBSERVED)


def _source(event: Mapping[str, Json]) -> Iterator[Violation]:
    if event.get(SOURCE, WEB) not in SOURCES:
        yield Violation(SOURCE, f"{SOURCE} must be one of {', '.join(SOURCES)}.", reason="unknown-action-source")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("user")
    if user is not None and not isinstance(user, Mapping):
        yield Violation("user", "user must be an object with the customer's identifiers.")
        return
    known = object_at(event, "user")
    if not _identified(event, known):
        yield Violation(
            "user",
            "Nothing says who it was: one of ttclid, ttp, email, phone and external_id, or ip and user_agent together.",
        )
    for key in HASHED:
        yield from _hashed(key, known.get(key))
    for key in TEXTS:
        if known.get(key) is not None and not isinstance(known[key], str):
            yield _not_a_text(f"user.{key}")
    if isinstance(known.get("external_id"), bool | dict):
        yield _not_a_text("user.external_id")


def _identified(event: Mapping[str, Json], user: Mapping[str, Json]) -> bool:
    """The identity TikTok asks for at least; a lead's number does for a CRM, a click's for the older `ad.callback`."""
    beside = (object_at(event, "ad").get("callback"), object_at(event, "lead").get("lead_id"))
    return any(user.get(key) for key in _PERSON) or any(beside) or bool(user.get("ip") and user.get("user_agent"))


def _hashed(key: str, value: Json) -> Iterator[Violation]:
    for item in value if isinstance(value, list) else [value]:
        if item is None or item == "":
            continue
        if not isinstance(item, str):
            yield _not_a_text(f"user.{key}")
            continue
        form = form_of(item)
        if form is Form.SHA256 and item == item.lower():
            continue
        if re.fullmatch(r"[0-9a-fA-F]{32,128}", item, re.ASCII):
            yield advice(f"user.{key}", "This is no SHA-256 in lower-case hex, so TikTok can not match it.")
        else:
            yield Violation(
                f"user.{key}", f"{key} must be hashed: SHA-256, 64 lower-case hex digits.", reason="not-hashed"
            )


def _page(event: Mapping[str, Json]) -> Iterator[Violation]:
    page = event.get("page")
    if page is not None and not isinstance(page, Mapping):
        yield Violation("page", "page must be an object with url and referrer.")
        return
    url = object_at(event, "page").get("url")
    if url is not None and not isinstance(url, str):
        yield _not_a_text("page.url")
    elif not url and event.get(SOURCE, WEB) == WEB:
        yield advice("page.url", "An event of the web should name its page (page.url).")


def _properties(event: Mapping[str, Json]) -> Iterator[Violation]:
    properties = event.get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        yield Violation("properties", "properties must be an object.")
        return
    known = object_at(event, "properties")
    value, currency = known.get("value"), known.get("currency")
    if value is not None and not is_number(value):
        yield Violation("properties.value", "Not a valid number: the value needs a point, such as 142.52.")
    elif value is None and scalar(event.get("event")) in VALUED:
        yield advice("properties.value", "Without a value the purchase counts for nothing in the optimisation.")
    if currency is not None and not re.fullmatch(r"[A-Za-z]{3}", scalar(currency), re.ASCII):
        yield Violation("properties.currency", "currency must be a code of three letters, such as EUR.")
    elif value is not None and currency is None:
        yield advice("properties.currency", "A value needs its currency.")
    if known.get("content_type") not in (None, *_CONTENT_TYPES):
        yield advice("properties.content_type", "content_type should be product or product_group.")
    yield from _contents(known.get("contents"))


def _contents(contents: Json) -> Iterator[Violation]:
    if contents is None:
        return
    if not isinstance(contents, list):
        yield Violation("properties.contents", "Not a valid list: contents is a list of objects.")
        return
    for place, item in enumerate(contents[:MAX_EVENTS]):
        path = f"properties.contents.{place}"
        if not isinstance(item, dict):
            yield Violation(path, "Invalid type: each of the contents is an object.")
            continue
        for key in ("content_id", "content_name", "content_category", "brand"):
            if item.get(key) is not None and not isinstance(item[key], str):
                yield _not_a_text(f"{path}.{key}")
        for key in ("price", "quantity"):
            if item.get(key) is not None and not is_number(item[key]):
                yield Violation(f"{path}.{key}", "Not a valid number.")


def _consent(event: Mapping[str, Json]) -> Iterator[Violation]:
    if not isinstance(event.get("limited_data_use", False), bool):
        yield Violation("limited_data_use", "Not a valid boolean: limited_data_use is true or false.")


def _not_a_text(field: str) -> Violation:
    return Violation(field, "Not a valid string.", standing=Standing.OBSERVED)
