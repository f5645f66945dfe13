"""What X's Conversion API asks of one server event, as its documents and its refusals have it.

The composer shows these beside the field while the user types; the sandbox refuses by the same rules. A `message`
begins with X's own words where they are known ("Hashed_email is not a valid SHA-256 hash"). Times are milliseconds,
UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from app.hashing import form_of
from app.model import Form, Standing
from app.platforms.base import DAY_MS
from app.platforms.draft_rules import advice, found_in, is_number, scalar
from app.platforms.event_form import TimeForm
from app.platforms.reading import Json
from app.platforms.server_api import Violation
from app.platforms.x.call import PERSON
from app.platforms.x.facts import is_tag, parts_of_tag

TOO_OLD_MS = 7 * DAY_MS  # one source only; X's pages give no limit that could be read
FUTURE_MS = 5 * 60 * 1000
MAX_EVENTS = 500

HASHED = ("hashed_email", "hashed_phone_number")
_TELLING = ("twclid", *HASHED)


def violations(event: object, now_ms: int, index: int = 0) -> tuple[Violation, ...]:
    """Everything wrong with one decoded event at `now_ms`, refusals first; empty when it is fine.

    `event` is whatever stood in the call. Never raises.
    """

    def rules(present: Mapping[str, Json]) -> Iterator[Violation]:
        yield from _tag(present)
        yield from _time(present, now_ms)
        yield from _person(present)
        yield from _conversion_id(present)
        yield from _data(present)

    return found_in(event, index, rules)


def foreign_tag(event: Mapping[str, object], pixel: str, index: int = 0) -> Iterator[Violation]:
    """Whether the event's tag is another pixel's than the one the call goes to: X looks for it among that one's."""
    owner = parts_of_tag(scalar(event.get("event_id")))[0]
    if owner and pixel and owner != pixel:
        words = f"{_not_a_tag(event)} of the pixel {pixel}: it is one of {owner}."
        yield Violation("event_id", words, standing=Standing.OBSERVED, event=index, reason="another-pixel")


def _tag(event: Mapping[str, Json]) -> Iterator[Violation]:
    tag = event.get("event_id")
    if tag is None or tag == "":
        yield Violation("event_id", "Event_id is missing: the event needs its tag from Events Manager (tw-…-…).")
    elif not isinstance(tag, str) or not is_tag(tag):
        yield Violation("event_id", f"{_not_a_tag(event)}.", reason="not-a-tag")


def _not_a_tag(event: Mapping[str, object]) -> str:
    return f"Event_id ({scalar(event.get('event_id'))[:60]}) is not a single event tag (SET)"


def _time(event: Mapping[str, Json], now_ms: int) -> Iterator[Violation]:
    text, stamp = event.get("conversion_time"), event.get("conversion_timestamp")
    if text is None and stamp is None:
        yield Violation("conversion_time", "Conversion_time is missing: ISO 8601 is due, such as 2026-11-20T10:15:30Z.")
        return
    if text is not None:
        at_ms = TimeForm.ISO.read(text) if isinstance(text, str) and not text.isdigit() else None
        field, wrong = "conversion_time", "Conversion_time must be ISO 8601, such as 2026-11-20T10:15:30.123Z."
    else:
        at_ms = TimeForm.MILLISECONDS.read(scalar(stamp))
        field, wrong = "conversion_timestamp", "Conversion_timestamp must be a whole number of milliseconds since 1970."
    if at_ms is None:
        yield Violation(field, wrong)
    elif now_ms - at_ms > TOO_OLD_MS:
        yield advice(field, "The event is older than 7 days, said to be the oldest X takes. Refresh its time.")
    elif at_ms - now_ms > FUTURE_MS:
        yield advice(field, f"{field} lies in the future. Check the clock.")


def _person(event: Mapping[str, Json]) -> Iterator[Violation]:
    listed = event.get(PERSON)
    if listed is not None and not isinstance(listed, list):
        yield Violation(PERSON, "Identifiers must be a list of objects, one identifier in each.")
        return
    persons = [item for item in listed or [] if isinstance(item, dict)]
    if listed and len(persons) < len(listed):
        yield Violation(PERSON, "Identifiers must be a list of objects, one identifier in each.")
    if not any(person.get(key) for person in persons for key in _TELLING):
        beside = any(person.get(key) for person in persons for key in ("ip_address", "user_agent"))
        why = " IP address and user agent do beside another one only." if beside else ""
        yield Violation(PERSON, f"At least one user identifier must be provided: twclid, e-mail or phone.{why}")
    for person in persons:
        for key in HASHED:
            yield from _hashed(key, person.get(key))


def _hashed(key: str, value: Json) -> Iterator[Violation]:
    if value is None or value == "":
        return
    field = f"{PERSON}[].{key}"
    form = form_of(value) if isinstance(value, str) else None
    if form is Form.UPPER_HEX:
        yield advice(field, f"{key} is in capitals; X's examples are in small letters.")
    elif form is not Form.SHA256 or len(scalar(value)) != 64:
        yield Violation(field, f"{key.capitalize()} is not a valid SHA-256 hash", reason="not-hashed")


def _conversion_id(event: Mapping[str, Json]) -> Iterator[Violation]:
    found = event.get("conversion_id")
    if not scalar(found).strip():
        yield advice("conversion_id", "Without a conversion ID the browser's event is counted a second time.")
    elif not isinstance(found, str):
        yield advice("conversion_id", "X documents a text: put the conversion ID in quotes.")


def _data(event: Mapping[str, Json]) -> Iterator[Violation]:
    value, currency, items = event.get("value"), event.get("price_currency"), event.get("number_items")
    if value is not None and not is_number(value):
        yield Violation("value", "Value must be a number with a point, such as 142.52.")
    if currency is not None and not re.fullmatch(r"[A-Za-z]{3}", scalar(currency), re.ASCII):
        yield Violation("price_currency", "Price_currency must be a code of three letters, such as EUR.")
    elif value is not None and currency is None:
        yield replace(advice("price_currency", "Without it X takes the value for US dollars."), standing=_DOCUMENTED)
    if items is not None and not re.fullmatch(r"[1-9]\d{0,8}", scalar(items), re.ASCII):
        yield Violation("number_items", "Number_items must be a whole number above zero.")
    yield from _contents(event.get("contents"))


def _contents(contents: Json) -> Iterator[Violation]:
    if contents is None:
        return
    if not isinstance(contents, list):
        yield Violation("contents", "Contents must be a list of objects.")
        return
    for place, item in enumerate(contents[:MAX_EVENTS]):
        if not isinstance(item, dict):
            yield Violation(f"contents.{place}", "Each of the contents must be an object.")
            continue
        for key in ("content_price", "num_items"):
            if item.get(key) is not None and not is_number(item[key]):
                yield Violation(f"contents.{place}.{key}", f"{key.capitalize()} must be a number.")


_DOCUMENTED = Standing.DOCUMENTED
