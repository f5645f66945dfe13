"""Every text that a sender could have hashed for one value of the test customer, the likely ones first."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from html.entities import codepoint2name
from typing import NamedTuple
from urllib.parse import quote, quote_plus

import pycountry

from app.hashing.phones import abroad, wrong_phones
from app.hashing.places import country_names, letters_kept, state_names
from app.hashing.rules import CustomerRules, passes_as_hash
from app.hashing.shapes import FEMALE, MALE, other_dates
from app.model import CheckStatus

WRONG_FORMS = {
    "raw": "the text was hashed exactly as it was typed, with nothing brought into shape first",
    "untrimmed": "the spaces around the text were hashed with it",
    "invisible": "an invisible character, such as a zero-width space, was hashed with the text",
    "trimmed": "the text was only trimmed; upper case stayed",
    "upper-case": "the text was put in upper case",
    "title-case": "the text was hashed with a capital first letter",
    "plus-kept": "the “+” before the number was hashed with it",
    "leading-zeros": "the international prefix, such as “00”, was hashed with the number",
    "no-country-code": "the number was hashed without its country code",
    "trunk-zero": "the prefix dialled inside the country, mostly a zero, stayed in the number",
    "no-country-code-trunk-zero": "the number was hashed as it is dialled inside its country",
    "zero-lost": "a zero at the start that belongs to the value was lost",
    "letters-dropped": "letters were dropped from the text",
    "mobile-digit": "the digit that marks a mobile number was left out, or put in where none is due",
    "case-kept": "capital letters stayed in the text",
    "dashes-removed": "dashes were removed from the text",
    "other-country-code": "another country's code stands before the number than the test customer's",
    "extension": "the telephone extension was hashed with the number",
    "punctuation": "punctuation or spaces were hashed with the text",
    "encoded": "quotes, percent-encoding or HTML entities around or in the text were hashed with it",
    "part": "only a part of the text was hashed",
    "accents-removed": "accents were removed from the text",
    "nfd": "accents were hashed as separate characters (Unicode form NFD)",
    "nfc": "accents were hashed as one character with their letter (Unicode form NFC)",
    "transliterated": "accented letters were spelled out (ae, oe, ue, ss)",
    "turkish-case": "the letter I was put in lower case the Turkish way",
    "gmail-dots": "dots and “+tag” before the @ were removed, which is another platform's rule and not this one's",
    "date-format": "the date was hashed in another order or with separators instead of YYYYMMDD",
    "gender-word": "the word was hashed instead of the letter f or m",
    "full-name": "the full name was hashed instead of the two-letter code",
    "country-code-form": "another code of the country was hashed than the one of two letters",
    "country-prefix": "the country's code was hashed with the state's",
    "postcode-extension": "the postcode's extension was hashed with it",
}
"""What each wrong form means, by the name that reports print."""


class Candidate(NamedTuple):
    """One text that a sender could have hashed, and what it would mean if one did."""

    text: str
    status: CheckStatus
    convention: str
    note: str = ""  # under which reading of the text that was typed in


def candidates_of(key: str, text: str, region: str | None, rules: CustomerRules) -> Iterator[Candidate]:
    """The texts to try, in order: the platform's documented rule, its senders' rules, wrong forms."""
    if not text.strip():
        return
    if passes_as_hash(key, text):
        yield Candidate(text, CheckStatus.VERIFIED, "documented")
        return
    documented = rules.documented(key, text, region)
    wrong = list(_wrong_texts(key, text, documented, region, rules))
    if documented is not None:
        yield Candidate(documented, CheckStatus.VERIFIED, "documented")
    if key == "ph":  # every library may leave these to the site, and none of them can match
        yield from (item for item in wrong if item.convention in _PHONE_FIRST)
    yield from (
        Candidate(other, CheckStatus.VERIFIED, "documented", note)
        for other, note in _other_readings(key, text, documented)
    )
    for rule in rules.conventions:
        normal = rule.normalize(key, text)
        if normal and _is_apart(normal):  # as it was typed in, and no doing of the library's
            yield Candidate(normal, CheckStatus.NOT_NORMALIZED, "nfd")
        elif normal:
            yield Candidate(normal, CheckStatus.CONVENTION, rule.code)
    if key == "st" and region not in (None, "US"):
        for name in state_names(text, region):
            yield Candidate(name, CheckStatus.VERIFIED, "documented", "by another name of the state that was typed in")
    yield from wrong


_PHONE_FIRST = frozenset(
    ["no-country-code", "trunk-zero", "no-country-code-trunk-zero", "leading-zeros", "extension", "letters-dropped"]
)


def _other_readings(key: str, text: str, documented: str | None) -> Iterator[tuple[str, str]]:
    """The documented form of a text that can mean more than one thing, under its other meanings."""
    match key:
        case "db":
            for date in other_dates(text):
                yield date, "by another reading of the date that was typed in"
        case "ph" if documented is None:
            for number in abroad(text):
                yield number, "with a country code before the number that was not typed in"


def _wrong_texts(
    key: str, text: str, documented: str | None, region: str | None, rules: CustomerRules
) -> Iterator[Candidate]:
    """Wrong forms of one value, the ones named by a single cause before the ones that mix several."""
    trimmed = text.strip()
    lowered = unicodedata.normalize("NFC", trimmed.lower())
    pairs: list[tuple[str, str]] = [("raw", text)] if key in ("em", "ge") else []  # there the text itself says it best
    pairs += _wrong_by_key(key, trimmed, documented, region)
    pairs += [("raw", text)]
    if trimmed != lowered:
        pairs += [("trimmed", trimmed)]
    if key in ("fn", "ln", "ct", "st"):
        pairs += _wrong_words(lowered)
        pairs += [("case-kept", shown) for shown in (letters_kept(trimmed), trimmed.replace("-", " "))]
        turkish = trimmed.replace("I", "ı").replace("İ", "i").lower()
        if turkish != trimmed.lower():
            pairs += [("turkish-case", turkish), ("turkish-case", rules.documented(key, turkish, region) or "")]
    if text != trimmed:
        pairs += [("untrimmed", text.lower())]
    for base in (documented, lowered):
        if base:
            pairs += [(name, wrong) for name, wrong in _around(base) if wrong != base]
    pairs += _unicode_forms(trimmed)
    if key in ("fn", "ln"):
        pairs += [("letters-dropped", re.sub(r"[^a-z]", "", lowered))]
    if trimmed.upper() != lowered:
        pairs += [("upper-case", trimmed.upper())]
    for name, wrong in pairs:
        if wrong != documented and wrong:
            yield Candidate(wrong, CheckStatus.NOT_NORMALIZED, name)


def _around(base: str) -> Iterator[tuple[str, str]]:
    """A text with something left around it, or with all of it written another way."""
    yield from (("untrimmed", text) for text in (f" {base} ", f" {base}", *(base + tail for tail in _TAILS)))
    yield from (("encoded", text) for text in (f'"{base}"', quote(base, safe=""), quote_plus(base), escape(base)))
    yield from (("invisible", text) for text in (f"{base}\u200b", f"\u200b{base}", f"\ufeff{base}"))
    yield "upper-case", base.upper()
    yield "title-case", base.title()
    yield "title-case", base.capitalize()
    yield from _unicode_forms(base)


_TAILS = (" ", "\n", "\r\n", "\r", "\t", "\u00a0")


def _wrong_words(lowered: str) -> Iterator[tuple[str, str]]:
    """Names and places with some of their punctuation left in, or their letters folded another way."""
    yield "punctuation", lowered
    yield "punctuation", lowered.replace(" ", "")
    yield "punctuation", lowered.replace("-", " ")
    yield "punctuation", " ".join(re.split(r"[^\w]+", lowered)).strip()
    yield "encoded", "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in lowered)
    yield "punctuation", "".join(c for c in lowered if c.isspace() or unicodedata.category(c)[0] in "LMN")
    yield "punctuation", lowered.translate({ord("'"): "\u2019", 0x2019: "'"})
    yield from (("part", word) for word in re.split(r"[\s-]+", lowered))


def _unicode_forms(text: str) -> Iterator[tuple[str, str]]:
    """Texts beyond ASCII as other systems write or fold them."""
    if text.isascii():
        return
    apart = unicodedata.normalize("NFD", text)
    yield "nfd", apart
    yield "nfc", unicodedata.normalize("NFC", text)
    yield "accents-removed", _bare(apart.translate(_STROKES))
    yield "transliterated", _bare(unicodedata.normalize("NFD", text.translate(_SPELLED)))


_STROKES = str.maketrans(
    dict(zip("łøđðħıŁØĐÐ", "lodohiLODD", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}
)
_SPELLED = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "oe", "å": "aa"}
    | {"Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)


def _is_apart(text: str) -> bool:
    """Whether accents stand as characters of their own where they have one with their letter."""
    return not unicodedata.is_normalized("NFC", text) and unicodedata.is_normalized("NFD", text)


def _bare(apart: str) -> str:
    return "".join(c for c in apart if not unicodedata.combining(c))


def _wrong_by_key(key: str, text: str, documented: str | None, region: str | None) -> Iterator[tuple[str, str]]:
    match key:
        case "em":
            yield from _wrong_mails(text)
        case "ph":
            yield from wrong_phones(text, documented)
        case "db":
            for date in (documented, *other_dates(text)):
                yield from _wrong_dates(date)
        case "ge":
            yield from _wrong_genders(documented)
        case "st" if region in (None, "US"):
            yield from _wrong_states(documented)
        case "external_id":
            yield from (("dashes-removed", bare.replace("-", "")) for bare in (text, text.lower()) if "-" in bare)
        case "country":
            yield from _wrong_countries(text, documented)
        case "zp":
            yield from _wrong_postcodes(text.lower(), documented or "")
        case _:
            return


def _wrong_mails(text: str) -> Iterator[tuple[str, str]]:
    user, at, host = text.lower().partition("@")
    if at:
        plain = user.split("+")[0]
        yield "gmail-dots", f"{plain.replace('.', '')}@{host}"
        yield "gmail-dots", f"{user.replace('.', '')}@{host}"
        yield "gmail-dots", f"{plain}@{host}"
        yield "part", user
        for shape in ("{},", "{};", "{}.", "<{}>", "mailto:{}"):
            yield "punctuation", shape.format(text.lower())
        yield "title-case", f"{user.title()}@{host.capitalize()}"
        yield "title-case", f"{user.title()}@{host}"


def _wrong_dates(documented: str | None) -> Iterator[tuple[str, str]]:
    if not documented:
        return
    y, m, d = documented[:4], documented[4:6], documented[6:]
    orders = ((y, m, d), (d, m, y), (m, d, y), (y, d, m))
    for order in orders:
        for mark in ("", "-", "/", ".", " "):
            yield "date-format", mark.join(order)
            yield "date-format", mark.join(part.lstrip("0") for part in order)
    yield "part", y
    month = _MONTHS[int(m) - 1]
    for name in (month, month[:3], month.lower(), month[:3].lower()):
        for day in (d, d.lstrip("0")):
            for words in (f"{name} {day}, {y}", f"{name} {day} {y}", f"{day} {name} {y}"):
                yield "date-format", words
    yield "date-format", f"{y}-{m}-{d}T00:00:00Z"
    yield "date-format", f"{y}-{m}-{d}T00:00:00.000Z"
    yield "date-format", f"{y}-{m}-{d} 00:00:00"
    for order in ((y[2:], m, d), (d, m, y[2:]), (m, d, y[2:])):
        for mark in ("", "-", "/", "."):
            yield "date-format", mark.join(order)


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def _wrong_genders(documented: str | None) -> Iterator[tuple[str, str]]:
    words = {"f": (*sorted(FEMALE), "2"), "m": (*sorted(MALE), "1")}
    for word in words.get(documented or "", ()):
        if word != documented:
            yield from (("gender-word", shown) for shown in (word, word.capitalize(), word.upper()))


def _wrong_states(documented: str | None) -> Iterator[tuple[str, str]]:
    code = f"US-{(documented or '').upper()}"
    name = next((str(item.name) for item in pycountry.subdivisions if item.code == code), None)
    if name:
        for text in (name.lower(), name.lower().replace(" ", ""), name):
            yield "full-name", text
        yield "country-prefix", f"us-{documented}"


def _wrong_countries(text: str, documented: str | None) -> Iterator[tuple[str, str]]:
    country = pycountry.countries.get(alpha_2=documented.upper()) if documented else None
    if country:
        for code in (str(country.alpha_3), str(country.alpha_3).lower(), str(country.numeric)):
            yield "country-code-form", code
    for name in (*country_names(documented or ""), text):
        lowered = name.lower()
        what = "full-name" if len(lowered) > 3 else "country-code-form"
        if lowered != documented and not (name is text and what == "country-code-form"):
            yield from ((what, shown) for shown in (lowered, lowered.replace(" ", ""), name, name.upper()))


def _wrong_postcodes(lowered: str, documented: str) -> Iterator[tuple[str, str]]:
    spaceless = lowered.replace(" ", "")
    bare = spaceless.replace("-", "")
    name = "punctuation" if bare == documented else "postcode-extension"
    yield from ((name, text) for text in (lowered, spaceless, bare))
    for cut in range(1, len(documented)):
        yield from (("punctuation", f"{documented[:cut]}{mark}{documented[cut:]}") for mark in " -")
    if documented.startswith("0"):
        yield "zero-lost", documented.lstrip("0")
