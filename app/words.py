"""How verdicts and severities are said: glyph, word and colour role, the same in window, terminal and reports.

The glyph and the word carry the meaning alone, so everything stays readable in greyscale.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Context, Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

from app.model import Severity, Verdict
from app.numbers import Band

Role = Literal["good", "bad", "warn", "wait", "quiet"]


class Word(NamedTuple):
    """How one value is shown. `help` is a sentence for a tooltip."""

    glyph: str
    word: str
    role: Role
    help: str


VERDICT_WORDS: dict[Verdict, Word] = {
    Verdict.DEDUPLICATED: Word(
        "✓", "Deduplicated", "good", "Both sides sent it under one key of the platform's, in time: counted once."
    ),
    Verdict.PROBABLE: Word(
        "≈",
        "Probably one",
        "warn",
        "Both sides sent it with one key, to accounts of two kinds: merged only if both are one account. If they are, "
        "say so on the row or in the settings.",
    ),
    Verdict.DOUBLE_COUNTED: Word(
        "✕",
        "Double counted",
        "bad",
        "Both sides describe one conversion, but the platform will count it more than once.",
    ),
    Verdict.WAITING: Word("◔", "Waiting", "wait", "One side was seen; the other may still come."),
    Verdict.BROWSER_ONLY: Word(
        "○", "Browser only", "quiet", "Only the browser sent it, although server events were seen in this session."
    ),
    Verdict.SERVER_ONLY: Word(
        "○", "Server only", "quiet", "Only the server sent it, although browser events were seen in this session."
    ),
    Verdict.NOT_OBSERVED: Word(
        "?",
        "Other side not observed",
        "quiet",
        "No source for the other side was connected, so nothing can be said of it.",
    ),
    Verdict.NOT_COUNTED: Word("⚠", "Not counted", "warn", "Every send of it failed."),
    Verdict.DUPLICATE: Word("⇉", "Duplicate", "bad", "One side alone sent the same conversion more than once."),
}

SEVERITY_WORDS: dict[Severity, Word] = {
    Severity.CRITICAL: Word("‼", "Critical", "bad", "Act at once: personal data or a secret is exposed."),
    Severity.ERROR: Word("✕", "Error", "bad", "Events are counted wrongly or lost."),
    Severity.WARNING: Word("!", "Warning", "warn", "It works today, but at a risk or a cost."),
    Severity.INFO: Word("i", "Note", "quiet", "Good to know; nothing to mend."),
}

BAND_WORDS: dict[Band, Word] = {
    Band.GOOD: Word("✓", "good", "good", "Consent, ad blockers and time zones explain so much."),
    Band.ACCEPTABLE: Word("≈", "acceptable", "good", "Many shops live with so much; keep an eye on it."),
    Band.LOOK: Word("!", "to be looked at", "warn", "More than consent and ad blockers explain: look for a cause."),
    Band.TECHNICAL_FAILURE: Word(
        "✕",
        "a technical failure",
        "bad",
        "Only a fault in the tracking, or in what is compared, explains so much.",
    ),
}


def discrepancy(missed: int, surplus: int) -> str:
    """Orders that no event reports and purchases that are no order, in words."""
    parts = (f"{missed:,} missing" if missed else "", f"{surplus:,} too many" if surplus else "")
    return ", ".join(filter(None, parts)) or "none missing"


_REDACTED = {
    "email": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "birth-date": ("date of birth", "dates of birth"),
    "address": ("address", "addresses"),
    "street": ("address", "addresses"),
    "city": ("city", "cities"),
    "country": ("country", "countries"),
    "card": ("card number", "card numbers"),
    "card-code": ("card security code", "card security codes"),
    "iban": ("IBAN", "IBANs"),
    "ip": ("IP address", "IP addresses"),
    "national-id": ("national ID number", "national ID numbers"),
    "external-id": ("external ID", "external IDs"),
}


def redacted(counts: Mapping[str, int]) -> str:
    """What personal data a report leaves out, in words; empty when none."""
    named = (
        (_REDACTED.get(kind, (plain := kind.replace("-", " "), f"{plain}s")), count) for kind, count in counts.items()
    )
    return ", ".join(f"{count:,} {names[count != 1]}" for names, count in named)


def ignored(count: int) -> str:
    """Requests of an input that no platform claims, in words."""
    return f"{count:,} other {'request' if count == 1 else 'requests'} ignored"


def gap(ms: int | None) -> str:
    """A gap between the sides: in seconds while that is readable, then in minutes, hours or days."""
    if ms is None:
        return "–"
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000)):
        if abs(ms) >= 2 * size:
            return f"{ms / size:+.1f} {unit}"
    return f"{ms / 1000:+.2f} s"


def percent(share: float) -> str:
    """A fraction in per cent, with the tenth where there is one."""
    return f"{share * 100:.1f} %".replace(".0 %", " %")


def money(amount: str, currency: str = "") -> str:
    """A decimal amount in thousands, by the currency's minor units; where it has none, with two digits or none."""
    number = Decimal(amount)
    digits = minor_units(currency)
    if digits is not None:
        return f"{_rounded(number, digits):,f}"
    return f"{number:,.2f}" if number.as_tuple().exponent == -1 else f"{number:,}"


def in_minor_units(amount: str, currency: str | None) -> str:
    """A wire's amount as its currency writes it: `29.9` EUR is 29.90, `1800.0` JPY is 1800.

    What says more than the currency can (142.525 USD), is no plain number, or has white space around it, stays as it
    was sent: only noise of binary fractions is rounded away.
    """
    digits = minor_units(currency or "")
    if digits is None or not _NUMBER.match(amount):
        return amount
    number = Decimal(amount)
    rounded = _rounded(number, digits)
    return f"{rounded:f}" if abs(rounded - number) < _NOISE else amount


def _rounded(number: Decimal, digits: int) -> Decimal:
    return number.quantize(Decimal(1).scaleb(-digits), context=_WIDE)


@lru_cache(maxsize=512)
def minor_units(currency: str) -> int | None:
    """How many digits a currency has behind the point (EUR 2, JPY 0, KWD 3); None where ISO 4217 does not say.

    The table is read when a first currency is asked for.
    """
    from iso4217 import Currency

    code = currency.strip().upper()
    known = Currency.__members__.get(code.lower()) if len(code) == 3 else None
    return None if known is None else known.exponent


_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{0,30})?(?:[eE][+-]?[0-9]{1,2})?\Z")
_NOISE = Decimal("1e-9")
_WIDE = Context(prec=200)
