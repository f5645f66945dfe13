"""What LinkedIn's Conversions API asks of one server event, as its schema and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. A `message`
begins with the platform's own words where they are known ("field is required but not found"). Times are milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.linkedin.call import RULE, TIME, URN
from app.platforms.linkedin.dedup import TOO_OLD_MS
from app.platforms.linkedin.words import EMAIL, ID_TYPES
from app.platforms.reading import Json
from app.platforms.reading.fields import object_at
from app.platforms.server_api import Violation, Weight

MAX_EVENTS = 5_000
MAX_EXTERNAL = 1
FUTURE_MS = 5 * 60 * 1000
_AMOUNT = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?", re.ASCII)
_FIRST = {weight: place for place, weight in enumerate(Weight)}
_REQUIRED = "field is required but not found and has no default value"
_TEXTS = ("firstName", "lastName", "companyName", "title", "countryCode")


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """
    if not isinstance(event, Mapping):
        return (Violation("", "An event must be a JSON object.", event=index),)
    present: dict[str, Json] = {str(key): value for key, value in event.items() if value is not None}
    found = [
        *_rule(present),
        *_time(present, now_ms),
        *_event_id(present),
        *_value(present),
        *_user(present),
    ]
    found.sort(key=lambda violation: _FIRST[violation.weight])
    return tuple(replace(violation, event=index) for violation in found)


def _rule(event: Mapping[str, Json]) -> Iterator[Violation]:
    urn = event.get(RULE)
    if urn is None:
        yield _missing(RULE)
    elif not isinstance(urn, str) or not re.fullmatch(rf"{URN}\d{{1,20}}", urn, re.ASCII):
        yield Violation(RULE, f"The conversion rule must be written {URN}<number>.", reason="rule")


def _time(event: Mapping[str, object], now_ms: int) -> Iterator[Violation]:
    at_ms = event.get(TIME)
    if at_ms is None:
        yield _missing(TIME)
    elif isinstance(at_ms, bool) or not isinstance(at_ms, int) or at_ms < 0:
        yield Violation(TIME, f"{TIME} must be a whole number of milliseconds since 1970, UTC, without quotes.")
    elif at_ms < 10**11:
        yield Violation(TIME, f"{TIME} looks like seconds; LinkedIn counts in milliseconds.")
    elif now_ms - at_ms > TOO_OLD_MS:
        yield Violation(TIME, "The conversion lies more than 90 days back; LinkedIn takes none so old.")
    elif at_ms - now_ms > FUTURE_MS:
        yield _advice(TIME, "The conversion lies in the future. Check the clock.")


def _event_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    event_id = event.get("eventId")
    if event_id is None or event_id == "":
        yield _advice("eventId", "Without an event ID the Insight Tag's event is counted a second time.")
    elif not isinstance(event_id, str):
        yield _not_a_text("eventId")


def _value(event: Mapping[str, Json]) -> Iterator[Violation]:
    value = event.get("conversionValue")
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield Violation("conversionValue", "conversionValue must be an object with amount and currencyCode.")
        return
    amount, currency = value.get("amount"), value.get("currencyCode")
    if amount is None:
        yield _missing("conversionValue.amount")
    elif not isinstance(amount, str):
        yield _not_a_text("conversionValue.amount")
    elif not _AMOUNT.fullmatch(amount):
        yield Violation("conversionValue.amount", "The amount must be a number with a point, in quotes: “142.52”.")
    if currency is None:
        yield _missing("conversionValue.currencyCode")
    elif not isinstance(currency, str) or not re.fullmatch(r"[A-Za-z]{3}", currency, re.ASCII):
        yield Violation("conversionValue.currencyCode", "currencyCode must be a code of three letters, such as EUR.")


def _user(event: Mapping[str, Json]) -> Iterator[Violation]:
    user = event.get("user")
    if user is None:
        yield _missing("user")
        return
    if not isinstance(user, Mapping):
        yield Violation("user", "user must be an object with userIds and userInfo.")
        return
    ids, info = user.get("userIds"), user.get("userInfo")
    if ids is not None and not isinstance(ids, list):
        yield Violation("user.userIds", "userIds must be a list of objects with idType and idValue.")
    for item in ids if isinstance(ids, list) else ():
        yield from _user_id(item)
    if info is not None:
        yield from _info(info)
    external = user.get("externalIds")
    if external is not None and not isinstance(external, list):
        yield Violation("user.externalIds", "externalIds must be a list.")
    elif isinstance(external, list) and len(external) > MAX_EXTERNAL:
        yield Violation("user.externalIds", "LinkedIn takes one external ID, no more.", standing=Standing.OBSERVED)
    if ids is None or ids == []:
        named = isinstance(info, Mapping) and bool(info.get("firstName") and info.get("lastName"))
        text = "Nothing says who it was: one of the userIds, or first and last name in userInfo."
        yield (
            _advice("user.userIds", "Known by a name alone, few people are found.")
            if named
            else Violation("user.userIds", text)
        )


def _user_id(item: Json) -> Iterator[Violation]:
    known = object_at(item)
    kind, value = known.get("idType"), known.get("idValue")
    if not isinstance(kind, str) or kind not in ID_TYPES:
        yield Violation("user.userIds", f"idType must be one of {', '.join(ID_TYPES)}.", reason="id-type")
    elif not isinstance(value, str) or not value:
        yield Violation("user.userIds", f"idValue of {kind} must be a text that is not empty.")
    elif kind == EMAIL and (form_of(value) is not Form.SHA256 or value != value.lower()):
        text = "SHA256_EMAIL is the SHA-256 of the e-mail, 64 lower-case hex digits; LinkedIn matches nothing else."
        yield _advice("user.userIds", text)


def _info(info: Json) -> Iterator[Violation]:
    if not isinstance(info, Mapping):
        yield Violation("user.userInfo", "userInfo must be an object with firstName and lastName.")
        return
    for key in _TEXTS:
        value = info.get(key)
        if value is None and key in ("firstName", "lastName"):
            yield _missing(f"user.userInfo.{key}")
        elif value is not None and not isinstance(value, str):
            yield _not_a_text(f"user.userInfo.{key}")
    country = info.get("countryCode")
    if isinstance(country, str) and not re.fullmatch(r"[A-Z]{2}", country, re.ASCII):
        yield _advice("user.userInfo.countryCode", "countryCode should be two capital letters, such as DE.")


def _missing(field: str) -> Violation:
    return Violation(field, f"{_REQUIRED}: {field}.", standing=Standing.OBSERVED)


def _not_a_text(field: str) -> Violation:
    return Violation(field, f"{field} must be a text, in quotes.", standing=Standing.OBSERVED)


def _advice(field: str, message: str) -> Violation:
    return Violation(field, message, Weight.ADVICE, standing=Standing.OBSERVED)
