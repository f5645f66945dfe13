"""Every text that a sender could have hashed for one value of the test customer, the likely ones first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from html import escape
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import phonenumbers
import pycountry

from app.hashing.conventions import CONVENTIONS, hashed_already, normalize_documented
from app.model import CheckStatus

WRONG_FORMS = {
    "raw": "the text was hashed exactly as it was typed, with nothing brought into shape first",
    "untrimmed": "the spaces around the text were hashed with it",
    "trimmed": "the text was only trimmed; upper case stayed",
    "upper-case": "the text was put in upper case instead of lower case",
    "title-case": "the text was hashed with a capital first letter",
    "plus-kept": "the “+” before the number was hashed with it",
    "leading-zeros": "the international prefix “00” was hashed with the number",
    "no-country-code": "the number was hashed without its country code",
    "trunk-zero": "the national trunk zero stayed in the number",
    "no-country-code-trunk-zero": "the number was hashed the national way: trunk zero, no country code",
    "punctuation": "punctuation or spaces were hashed with the text",
    "encoded": "quotes, percent-encoding or HTML entities around or in the text were hashed with it",
    "accents-removed": "accents were removed from the text",
    "nfd": "accents were hashed as separate characters (Unicode form NFD)",
    "nfc": "accents were hashed as one character with their letter (Unicode form NFC)",
    "gmail-dots": "dots and “+tag” before the @ were removed, which is Google's rule and not this platform's",
    "date-format": "the date was hashed in another order or with separators instead of YYYYMMDD",
    "gender-word": "the word was hashed instead of the letter f or m",
    "full-name": "the full name was hashed instead of the two-letter code",
    "country-code-form": "a three-letter or numeric country code was hashed instead of two letters",
    "postcode-extension": "the postcode's extension was hashed with it",
}
"""What each wrong form means, by the name that reports print."""


class Candidate(NamedTuple):
    """One text that a sender could have hashed, and what it would mean if one did."""

    text: str
    status: CheckStatus
    convention: str


def candidates_of(key: str, text: str, region: str | None) -> Iterator[Candidate]:
    """The texts to try, in order: documented rule, other senders' rules, wrong forms."""
    if not text.strip():
        return
    documented = normalize_documented(key, text, region)
    wrong = list(_wrong_texts(key, text, documented, region))
    if hashed_already(text):
        yield Candidate(text, CheckStatus.VERIFIED, "documented")
        return
    if documented is not None:
        yield Candidate(documented, CheckStatus.VERIFIED, "documented")
    if key == "ph":  # every library may leave these to the site, and none of them can match
        yield from (item for item in wrong if item.convention in _PHONE_FIRST)
    for rule in CONVENTIONS:
        normal = rule.normalize(key, text)
        if normal:
            yield Candidate(normal, CheckStatus.CONVENTION, rule.code)
    yield from wrong


_PHONE_FIRST = ("no-country-code", "trunk-zero", "no-country-code-trunk-zero")


def _wrong_texts(key: str, text: str, documented: str | None, region: str | None) -> Iterator[Candidate]:
    """Wrong forms of one value, the ones named by a single cause before the ones that mix several."""
    trimmed = text.strip()
    pairs: list[tuple[str, str]] = [("raw", text)] if key == "ge" else []  # there the word itself says it best
    pairs += _wrong_by_key(key, trimmed, documented, region)
    pairs += [("raw", text), ("trimmed", trimmed), ("untrimmed", text.lower())]
    for base in (documented, trimmed.lower()):
        if base:
            pairs += [("untrimmed", f"{base} "), ("untrimmed", f" {base}"), ("untrimmed", f" {base} ")]
            pairs += [("untrimmed", f"{base}\n")]
            pairs += [
                ("encoded", wrong) for wrong in (f'"{base}"', quote(base, safe=""), quote_plus(base), escape(base))
            ]
            pairs += [("upper-case", base.upper()), ("title-case", base.title()), ("title-case", base.capitalize())]
            pairs += _unicode_forms(base)
    pairs += _unicode_forms(trimmed)
    pairs += [("upper-case", trimmed.upper())]
    if key in ("fn", "ln", "ct", "st"):
        pairs += [("punctuation", trimmed.lower()), ("punctuation", trimmed.lower().replace(" ", ""))]
        pairs += [("punctuation", "".join(c for c in trimmed.lower() if c.isalnum() or c.isspace()))]
    for name, wrong in pairs:
        if wrong != documented and wrong:
            yield Candidate(wrong, CheckStatus.NOT_NORMALIZED, name)


def _unicode_forms(text: str) -> list[tuple[str, str]]:
    if text.isascii():
        return []
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return [("nfd", apart), ("nfc", unicodedata.normalize("NFC", text)), ("accents-removed", bare)]


def _wrong_by_key(key: str, text: str, documented: str | None, region: str | None) -> Iterator[tuple[str, str]]:
    match key:
        case "em":
            yield from _wrong_mails(text)
        case "ph":
            yield from _wrong_phones(text, documented, region)
        case "db":
            yield from _wrong_dates(documented)
        case "ge":
            yield from _wrong_genders(documented)
        case "st":
            yield from _wrong_states(documented)
        case "country":
            yield from _wrong_countries(documented)
        case "zp":
            bare = text.lower().replace(" ", "")
            yield "punctuation", text.lower()
            yield "postcode-extension", bare
            yield "postcode-extension", bare.replace("-", "")
        case _:
            return


def _wrong_mails(text: str) -> Iterator[tuple[str, str]]:
    user, at, host = text.lower().partition("@")
    if at:
        plain = user.split("+")[0]
        yield "gmail-dots", f"{plain.replace('.', '')}@{host}"
        yield "gmail-dots", f"{user.replace('.', '')}@{host}"
        yield "gmail-dots", f"{plain}@{host}"


def _wrong_phones(text: str, documented: str | None, region: str | None) -> Iterator[tuple[str, str]]:
    digits = "".join(c for c in text if c in "0123456789")
    number = _parsed(documented)
    if documented:
        yield "plus-kept", f"+{documented}"
        yield "leading-zeros", f"00{documented}"
    if number is None:
        yield "no-country-code", digits.lstrip("0")
        yield "no-country-code-trunk-zero", digits
    else:
        code, national = str(number.country_code), phonenumbers.national_significant_number(number)
        yield "no-country-code", national
        yield "trunk-zero", f"{code}0{national}"
        yield "no-country-code-trunk-zero", f"0{national}"
        yield "plus-kept", f"+{code}0{national}"
        for shape in (phonenumbers.PhoneNumberFormat.INTERNATIONAL, phonenumbers.PhoneNumberFormat.NATIONAL):
            shown = phonenumbers.format_number(number, shape)
            yield "punctuation", shown
            yield "punctuation", shown.replace(" ", "")
            yield "punctuation", shown.lstrip("+")
            yield "punctuation", shown.replace(" ", "-")
            yield "punctuation", shown.replace(" ", "").replace("-", "").replace("(", "").replace(")", "")
        yield "punctuation", f"+{code} {national}"
        yield "punctuation", f"+{code}-{national}"
    yield "leading-zeros", digits
    yield "punctuation", text


def _parsed(documented: str | None) -> phonenumbers.PhoneNumber | None:
    if not documented:
        return None
    try:
        return phonenumbers.parse(f"+{documented}")
    except phonenumbers.NumberParseException:
        return None


def _wrong_dates(documented: str | None) -> Iterator[tuple[str, str]]:
    if not documented:
        return
    y, m, d = documented[:4], documented[4:6], documented[6:]
    orders = ((y, m, d), (d, m, y), (m, d, y), (y, d, m))
    for order in orders:
        for mark in ("", "-", "/", ".", " "):
            yield "date-format", mark.join(order)
            yield "date-format", mark.join(part.lstrip("0") for part in order)
    for order in ((y[2:], m, d), (d, m, y[2:]), (m, d, y[2:])):
        for mark in ("", "-", "/", "."):
            yield "date-format", mark.join(order)


def _wrong_genders(documented: str | None) -> Iterator[tuple[str, str]]:
    words = {"f": ("female", "woman", "w", "2", "mrs", "ms"), "m": ("male", "man", "1", "mr")}
    for word in words.get(documented or "", ()):
        yield "gender-word", word
        yield "gender-word", word.capitalize()


def _wrong_states(documented: str | None) -> Iterator[tuple[str, str]]:
    code = f"US-{(documented or '').upper()}"
    name = next((str(item.name) for item in pycountry.subdivisions if item.code == code), None)
    if name:
        for text in (name.lower(), name.lower().replace(" ", ""), name):
            yield "full-name", text
        yield "country-code-form", f"us-{documented}"


def _wrong_countries(documented: str | None) -> Iterator[tuple[str, str]]:
    country = pycountry.countries.get(alpha_2=documented.upper()) if documented else None
    if country:
        for code in (str(country.alpha_3), str(country.alpha_3).lower(), str(country.numeric)):
            yield "country-code-form", code
        for name in (str(country.name), str(getattr(country, "common_name", country.name))):
            yield "full-name", name.lower()
            yield "full-name", name
