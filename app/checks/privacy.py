"""Personal data in plain text, where it must not be: in addresses, custom data, IDs. Precise rather than complete."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from app.checks.catalogue import finding
from app.comparison.identifiers import short
from app.hashing import form_of, is_nothing
from app.model import Event, Field, Finding, Form, Side

_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+*…-])[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}"
    r"(?!(?:png|jpe?g|gif|svg|webp|avif|js|css|json|html?|php)\b)[A-Za-z]{2,24}(?![A-Za-z0-9@*])"
)
_NAMES = {
    "phone number": "phones?|phone_?numbers?|tel|telephone|mobile|mobile_?number|msisdn|(?:billing|customer)_?phone|ph",
    "first name": "first_?name|given_?name|vorname|billing_?first_?name",
    "last name": "last_?name|sur_?name|family_?name|nachname|billing_?last_?name",
    "full name": "full_?name|customer_?name",
    "date of birth": "dob|birth_?date|date_?of_?birth|birthday|geburtsdatum",
    "address": "street|street_?address|address_?line_?1|billing_?address(?:_?1)?|shipping_?address",
}
_KIND_OF = re.compile("|".join(f"(?P<k{i}>{names})" for i, names in enumerate(_NAMES.values())), re.IGNORECASE)
_KINDS = tuple(_NAMES)
_PARAMETER = re.compile(r"[?&;#]([A-Za-z0-9_.\[\]-]{2,40})=([^&;#\s]{1,300})")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,19}[0-9]\Z")
_TEXT = re.compile(r"[^\W\d_][\w .,'’-]{0,80}\Z")
_DATE = re.compile(r"[0-9]{1,4}[-/.]?[0-9]{1,2}[-/.]?[0-9]{1,4}\Z")
_INNER = re.compile(r"\[([^\[\]]+)\]\Z")
_PLACE = re.compile(r"(?<![\]\d])(?:\[\d*+\])++\Z|(?<=[^\d\[]\])(?:\[\d*+\])++\Z")  # in a list
_SEARCHED = 20_000  # characters of one value that are looked through
_SCANNED = frozenset(("page", "custom data", "other", "event"))
_MASKS = ("*", "…", "_removed_", "redacted", "person-")


class Leak(NamedTuple):
    """Personal data in plain text: which kind, where, and the text with all but its ends masked."""

    kind: str
    field: str
    shown: str


def of_event(event: Event) -> Iterator[Finding]:
    """Personal data anywhere in the event but in the customer values, which are looked at as hashes."""
    seen: set[tuple[str, str]] = set()
    for leak in leaks_of(event):
        if (leak.kind, leak.field) in seen:
            continue
        seen.add((leak.kind, leak.field))
        yield finding(
            "raw-personal-data",
            f"{leak.field} holds a plain {leak.kind}: {leak.shown}.",
            event=event,
            field=leak.field,
            reason=leak.kind.replace(" ", "-"),
            fix=_fix(leak.field, event.side),
        )


def leaks_of(event: Event) -> Iterator[Leak]:
    """Every plain value in fields of the page, custom data, event, customer keys that no hash is due in, and others."""
    if not event.fields:
        for name, text in (("page", event.page), ("referrer", event.referrer)):
            if text:
                yield from leaks_in(name, text)
        return
    for field in event.fields:
        key, value = field.key, field.value
        # Most parameters are told to be harmless by these few tests alone.
        if field.group in _SCANNED:
            if len(value) > 2 and ("@" in value or "=" in value or "%40" in value or "%2540" in value or _named(key)):
                yield from leaks_in(key, value)
        elif field.group == "customer":
            if ("@" in value or "%40" in value or _named(key)) and not _looked_at(event, field):
                yield from leaks_in(key, value)
        elif field.origin == "header" and "@" in value:
            yield from leaks_in(key, value)


def _looked_at(event: Event, field: Field) -> bool:
    """Whether a customer field is judged as a hash, or is the user agent: a crawler's names its owner's address."""
    return any(item.wire == field.key for item in event.user) or field.value == event.match_id("user_agent")


def leaks_in(key: str, value: str) -> Iterator[Leak]:
    """Personal data in one parameter: an e-mail address anywhere, other kinds only under a name that says so."""
    if "@" in value or "%40" in value or "%2540" in value:
        found = _MAIL.search(_decoded(value[:_SEARCHED]))
        if found:
            yield Leak("e-mail address", key, masked_mail(found[0]))
    if "=" in value and ("?" in value or "#" in value):
        for name, text in _PARAMETER.findall(value[:8000]):
            kind = _kind_of(name)
            if kind and _holds(kind, _decoded(text.replace("+", " "))):
                yield Leak(kind, key, masked_text(_decoded(text)))
        return
    kind = _named(key)
    if kind and _holds(kind, value):
        yield Leak(kind, key, masked_text(value))


def _named(key: str) -> str | None:
    """The kind of personal data that a wire key announces (`cd[phone]`, `user_data.first_name[0]`)."""
    return _announced(key) if len(key) <= 100 else None


@lru_cache(maxsize=4096)
def _announced(key: str) -> str | None:
    key = _PLACE.sub("", key)
    inner = _INNER.search(key)
    if not inner and "." not in key:
        return None
    return _kind_of(inner[1] if inner else key.rpartition(".")[2])


@lru_cache(maxsize=4096)
def _kind_of(name: str) -> str | None:
    found = _KIND_OF.fullmatch(name.strip("[]"))
    return _KINDS[int((found.lastgroup or "k0")[1:])] if found else None


def _holds(kind: str, value: str) -> bool:
    """Whether a value under a telling name is what the name says: plain, not masked, and of the right look."""
    text = value.strip()
    if form_of(text) is not Form.PLAIN or is_nothing(text) or any(mark in text for mark in _MASKS):
        return False
    match kind:
        case "phone number":
            return bool(_PHONE.match(text)) and 7 <= sum(c.isdigit() for c in text) <= 15
        case "date of birth":
            return bool(_DATE.match(text)) and sum(c.isdigit() for c in text) >= 6
        case "address":
            return any(c.isdigit() for c in text) and any(c.isalpha() for c in text)
        case _:
            return bool(_TEXT.match(text)) and text.lower() not in _NO_NAMES


_NO_NAMES = frozenset(("guest", "true", "false", "yes", "no", "unknown", "test", "none", "required", "optional", "on"))


def masked_mail(text: str) -> str:
    """An e-mail address with everything but the first letter and the domain left out."""
    user, _, host = text.partition("@")
    return f"{user[:1]}…@{host}"


def masked_text(text: str) -> str:
    """A plain value with everything but its first letter and its length's order left out."""
    text = text.strip()
    if "@" in text:
        return masked_mail(text)
    digits = sum(c.isdigit() for c in text)
    return f"{text[:2]}…{text[-2:]}" if digits >= 7 else f"{text[:1]}…"


def masked_ip(text: str) -> str:
    """An IP address with its last part left out."""
    mark = ":" if ":" in text else "."
    return f"{mark.join(text.split(mark)[:3])}{mark}…" if mark in text else short(text, 12)


def masked(text: str) -> str:
    """A text for a message, with the e-mail addresses in it masked."""
    text = text[:_SEARCHED]
    if "@" not in text and "%40" not in text:
        return text
    return _MAIL.sub(lambda found: masked_mail(found[0]), _decoded(text))


def _decoded(text: str) -> str:
    """A text with up to three layers of percent-encoding undone."""
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def _fix(key: str, side: Side) -> str:
    if key in ("dl", "rl", "page", "referrer", "event_source_url", "referrer_url") or key.startswith("pmd"):
        before = "the pixel runs" if side is Side.BROWSER else "the address goes into the event"
        return f"Keep personal data out of addresses: send forms by POST, and strip such parameters before {before}."
    if key in ("eid", "event_id"):
        return "Make the event ID from the order or at random, never from personal data."
    return "Leave the parameter out, or send it hashed under its customer key."
