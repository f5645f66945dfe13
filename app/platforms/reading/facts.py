"""Facts that many platforms say in the same way: event IDs, times, baskets, a payload's fingerprint."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b

from app.model import Content, Field, Flaw, Headers, Request
from app.platforms.reading import Json, as_list, parsed, text_of

MAX_CONTENTS = 1_000  # basket lines kept of one event


def telling_headers(headers: Headers) -> tuple[Field, ...]:
    """Headers that may hold an e-mail address, for the checks to judge. A crawler's user agent names its owner's."""
    return tuple(
        [
            Field(name.lower(), value[:2_000], "Header", "other", "header")
            for name, value in headers
            if ("@" in value or "%40" in value) and name.lower() != "user-agent"
        ]
    )


def referred_page(request: Request) -> str | None:
    """The page that the Referer names; without any path where it is cut to its origin, as from another site it is."""
    referer = request.header("referer")
    rest = referer.partition("://")[2]
    return (referer[:-1] if rest.endswith("/") and rest.count("/") == 1 else referer) or None


def cookies_of(request: Request) -> Mapping[str, str]:
    """The cookies that a request carries; of a name that is there twice, the first counts."""
    header = request.header("cookie")
    parts = [part.strip().partition("=") for part in header.split(";")] if header else []
    return {name: value for name, _, value in reversed(parts)}


def event_id_of(value: Json, wire: str) -> tuple[str | None, Flaw | None]:
    """An event ID as text; None with a flaw for a list, an object or a truth value, which can not be compared."""
    if value is None:
        return None, None
    if isinstance(value, str):
        text = text_of(value)
        return (text, None) if text.strip() or not text else ("", Flaw("event-id-not-a-value", wire, "blank", text))
    shape = "list" if isinstance(value, list) else "object" if isinstance(value, dict) else "boolean"
    return None, Flaw("event-id-not-a-value", wire, shape, text_of(value)[:200])


def name_of(value: Json, wire: str) -> tuple[str, Flaw | None]:
    """An event's name as text; empty with a flaw for a list, an object or a truth value, none of which is a name."""
    if value is None or isinstance(value, str):
        return text_of(value or ""), None
    return "", Flaw("malformed-request", wire, "not-a-text", text_of(value)[:200])


_MAX_MS = 253_402_300_799_000  # the end of the year 9999: later is no time, whatever the unit


def time_ms(text: str, wire: str, expected: str) -> tuple[int | None, Flaw | None]:
    """A time in milliseconds since the epoch, UTC, from text whose unit should be `expected` ("s" or "ms").

    The unit is told by the size of the number. A wrong unit, or a date in words, is brought to milliseconds all the
    same and comes with a flaw that names what was found.
    """
    if not text:
        return None, None
    if len(text) > 64:
        return None, Flaw("malformed-request", wire, "not-a-time", text[:100])
    if text.isascii() and text.isdigit() and len(text) < 18:
        number = int(text)
    else:
        try:
            seconds = Decimal(text)
            number = int(seconds) if seconds.is_finite() and 0 <= seconds < _MAX_MS * 1000 else -1
        except (ArithmeticError, ValueError):
            return _iso_ms(text, wire)
        if number < 0:
            return None, Flaw("malformed-request", wire, "not-a-time", text[:100])
        if number < 10**11:
            number = int(seconds * 1000) if expected == "s" else number
            return (number, None) if expected == "s" else _in_unit(number, wire, expected)
    return _in_unit(number, wire, expected)


def _in_unit(number: int, wire: str, expected: str) -> tuple[int | None, Flaw | None]:
    if number < 10**11:
        unit, ms = "s", number * 1000
    elif number < 10**14:
        unit, ms = "ms", number
    else:
        unit, ms = "us", number // 1000
    if ms > _MAX_MS:
        return None, Flaw("malformed-request", wire, "not-a-time", str(number))
    # Zero has no unit.
    flaw = None if unit == expected or not number else Flaw("event-time-unit", wire, _UNITS[unit], str(number))
    return ms, flaw


_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def _iso_ms(text: str, wire: str) -> tuple[int | None, Flaw | None]:
    try:
        moment = datetime.fromisoformat(text.strip())
        ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        ms = -1
    if not 0 <= ms <= _MAX_MS:
        return None, Flaw("malformed-request", wire, "not-a-time", text[:100])
    return ms, Flaw("event-time-unit", wire, "text", text[:100])


def contents_of(
    contents: Json, ids: Json, wire: str, keys: tuple[str, ...] = ("id", "quantity", "item_price", "price")
) -> tuple[tuple[Content, ...], Flaw | None]:
    """A basket from `contents` (a list of objects, or the same as JSON text), else from a list of IDs alone.

    `keys` are the members that hold a line's ID and quantity, then those that may hold its price, the first that is
    there being meant.

    Lines that are no objects are left out and flagged, broken JSON is flagged; IDs alone then still give a basket.
    """
    flaw = None
    if isinstance(contents, str) and contents:
        read = parsed(contents)
        contents = read.value
        if read.trouble:
            flaw = Flaw("contents-malformed", wire, read.trouble)
    if isinstance(contents, dict):
        found = as_list(contents)
        contents = found if isinstance(found, list) else [contents]
        flaw = Flaw("contents-malformed", wire, "not-a-list")
    lines: list[Content] = []
    if isinstance(contents, list):
        lines = [_content(item, keys) for item in contents[:MAX_CONTENTS] if isinstance(item, dict)]
        if len(lines) < len(contents[:MAX_CONTENTS]):
            flaw = Flaw("contents-malformed", wire, "not-an-object")
        elif not all([line.id for line in lines]):  # noqa: C419 - a list costs less than a generator
            flaw = Flaw("contents-malformed", wire, "no-id")
    elif contents is not None and contents != "" and flaw is None:
        flaw = Flaw("contents-malformed", wire, "not-a-list")
    if lines or ids is None:
        return tuple(lines), flaw
    named, trouble = ids_of(ids)
    if trouble and flaw is None:
        flaw = Flaw("contents-malformed", wire.replace("contents", "content_ids"), trouble)
    return tuple(Content(text) for text in named), flaw


def _content(item: dict[str, Json], keys: tuple[str, ...]) -> Content:
    get = item.get
    price = get(keys[2])
    if price is None and len(keys) > 3:
        price = next((item[key] for key in keys[3:] if get(key) is not None), None)
    return Content(part_of(get(keys[0])), part_of(get(keys[1])), part_of(price))


def part_of(value: Json) -> str:
    """A JSON value as text; nothing as an empty one."""
    return "" if value is None else value if type(value) is str else text_of(value)


def ids_of(value: Json) -> tuple[list[str], str]:
    """Product IDs from a list, from a list written as JSON text, or from one bare ID; and what stopped the reading."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        read = parsed(value)
        if read.trouble:
            return [], read.trouble
        value = read.value
    listed = as_list(value)
    if isinstance(listed, list):
        texts = [text_of(item) for item in listed[:MAX_CONTENTS] if item is not None]
        return texts, "" if listed is value else "not-a-list"
    return ([], "") if value in (None, "", "null") else ([text_of(value)], "")


def fingerprint(fields: Iterable[Field]) -> str:
    """A short digest of a payload: equal for a send and its byte-for-byte retry, in every process.

    An event with an ID needs none, for its key ties a retry to the first try. One without a time must have none:
    two visits of a page with a hand-made picture send the very same bytes.
    """
    text = "\x1f".join([f"{field.key}={field.value}" for field in fields])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-")


def iso_ms(text: str, wire: str) -> tuple[int | None, Flaw | None]:
    """A time written as ISO 8601, where that is the due form, in milliseconds UTC; a number is told and read, too."""
    if not text:
        return None, None
    if _ISO.match(text) and len(text) <= 64:  # nearly always: nothing else needs to be tried
        ms, flaw = _iso_ms(text, wire)
        return ms, flaw if ms is None else None
    if text.replace(".", "", 1).isdigit():
        ms, _ = time_ms(text, wire, "ms")
        reason = ("malformed-request", "not-a-time") if ms is None else ("event-time-unit", "number")
        return ms, Flaw(reason[0], wire, reason[1], text[:100])
    ms, flaw = time_ms(text, wire, "ms")
    return ms, None if flaw and flaw.code == "event-time-unit" else flaw
