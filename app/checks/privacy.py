"""Personal data in plain text, where it must not be: in addresses, custom data, IDs. Precise rather than complete."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from app.checks.catalogue import finding
from app.comparison.shortening import short
from app.model import Event, Field, Finding, Side
from app.redaction.personal import MAIL, Personal, personal_in

# Kinds that are found, each with its words; an IP address and a login may be sent, so they are only redacted.
_TITLES = {
    "email": "e-mail address",
    "phone": "phone number",
    "first-name": "first name",
    "last-name": "last name",
    "full-name": "full name",
    "birth-date": "date of birth",
    "street": "address",
    "address": "address",
    "postcode": "postcode",
    "city": "city",
    "card": "card number",
    "card-code": "card security code",
    "iban": "IBAN",
    "national-id": "national ID number",
}
_NEVER = frozenset(("card number", "card security code", "IBAN", "national ID number"))
"""Kinds that are due nowhere, not even hashed."""
_SEARCHED = 20_000  # characters of one value that are looked through
_SCANNED = frozenset(("page", "custom data", "other", "event"))


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
            fix=_fix(leak.field, event),
        )


def leaks_of(event: Event) -> Iterator[Leak]:
    """Every plain value in fields of the page, custom data, event, customer keys that no hash is due in, and others."""
    if not event.fields:
        for name, text in (("page", event.page), ("referrer", event.referrer)):
            if text:
                yield from leaks_in(name, text)
        return
    for field in event.fields:
        if field.group in _SCANNED:
            yield from leaks_in(field.key, field.value)
        elif field.group == "customer":
            judged = _looked_at(event, field)
            yield from (leak for leak in leaks_in(field.key, field.value) if not judged or leak.kind in _NEVER)
        elif field.origin == "header" and "@" in field.value:
            yield from leaks_in(field.key, field.value)


def _looked_at(event: Event, field: Field) -> bool:
    """Whether a customer field is judged as a hash, or is the user agent: a crawler's names its owner's address."""
    return any(item.wire == field.key for item in event.user) or field.value == event.match_id("user_agent")


def leaks_in(key: str, value: str) -> Iterable[Leak]:
    """Personal data in one parameter, each kind once: by its form, or under a name that says so."""
    if len(value) < 3:
        return ()
    text = value[:_SEARCHED]
    found = personal_in(text if text.isascii() else text.encode("utf-8", "replace").decode(), key)
    return _leaks(found, key) if found else ()


def _leaks(found: Iterable[Personal], key: str) -> Iterator[Leak]:
    seen: set[str] = set()
    for item in found:
        title = _TITLES.get(item.kind)
        if title and title not in seen:
            seen.add(title)
            yield Leak(title, key, masked_mail(item.value) if item.kind == "email" else masked_text(item.value))


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
    data = _decoded(text).encode("utf-8", "replace")
    return MAIL.sub(lambda found: masked_mail(found[0].decode("utf-8", "replace")).encode(), data).decode()


def _decoded(text: str) -> str:
    """A text with up to three layers of percent-encoding undone."""
    for _ in range(3):
        if "%" not in text:
            break
        text = unquote(text)
    return text


def _fix(key: str, event: Event) -> str:
    values = (field.value for field in event.fields if field.key == key)
    if key in ("page", "referrer") or any(value[:8].lower().startswith(("http://", "https://")) for value in values):
        before = "the pixel runs" if event.side is Side.BROWSER else "the address goes into the event"
        return f"Keep personal data out of addresses: send forms by POST, and strip such parameters before {before}."
    if key in ("eid", "event_id"):
        return "Make the event ID from the order or at random, never from personal data."
    return "Leave the parameter out, or send it hashed under its customer key."
