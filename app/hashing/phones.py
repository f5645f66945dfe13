"""Phone numbers: the documented form, the other numbers that one text can mean, and the wrong forms of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers


def documented_phone(text: str, region: str | None) -> str | None:
    """Digits with the country code, without leading zeros; None when the country code can not be known."""
    text = "".join(str(unicodedata.decimal(c, c)) for c in text)
    digits = re.sub(r"[^0-9]", "", text)
    bare = digits.lstrip("0")
    if not bare:
        return None
    if _is_international(text):
        return _phone(text, region) or _phone(f"+{bare}", None) or bare
    national = _parsed(text, region)
    whole = _parsed(f"+{bare}", None) if bare == digits else None  # a country code without its “+”
    found = next((number for number in (national, whole) if number and phonenumbers.is_valid_number(number)), national)
    if found is None and whole and len(bare) > 10:
        found = whole
    return _e164(found) if found else bare if bare == digits and len(bare) > 10 else None


def _is_international(text: str) -> bool:
    """Whether a phone number was typed with its country code: after a “+” or the prefix 00."""
    return re.sub(r"[^0-9+]", "", text).startswith(("+", "00"))


def _phone(text: str, region: str | None) -> str | None:
    """A number as digits with its country code; None unless it is a possible one."""
    number = _parsed(text, region)
    return _e164(number) if number else None


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) else None


def _e164(number: phonenumbers.PhoneNumber) -> str:
    """Digits with the country code; an extension is left out."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


@lru_cache(maxsize=64)
def abroad(text: str) -> tuple[str, ...]:
    """What a national phone number is with every country code that it is possible under, as digits."""
    found = (_phone(text, region) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    return tuple(dict.fromkeys(number for number in found if number))


def wrong_phones(text: str, documented: str | None) -> Iterator[tuple[str, str]]:
    """Wrong forms of a number as names and texts, given what was typed in and its documented form."""
    digits = "".join(c for c in text if c in "0123456789")
    if documented:
        yield "plus-kept", f"+{documented}"
        yield "leading-zeros", f"00{documented}"
    number = _parsed(f"+{documented}", None) if documented else None
    if number:
        yield from _wrong_numbers(number)
    for typed in (digits, digits.lstrip("0")):
        yield _digits_as_typed(typed, text, documented, number), typed
    if not text.isdigit():
        yield "punctuation", text
    if number:
        for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            yield "other-country-code", f"{code}{_without_country(number)}"


def _wrong_numbers(number: phonenumbers.PhoneNumber) -> Iterator[tuple[str, str]]:
    """A known number without its country code, with the prefix dialled inside the country, or as it is shown."""
    code, national = str(number.country_code), _without_country(number)
    trunk = _trunk(number)
    yield "no-country-code", national
    yield "trunk-zero", f"{code}{trunk}{national}"
    yield "no-country-code-trunk-zero", f"{trunk}{national}"
    yield "plus-kept", f"+{code}{trunk}{national}"
    if national.startswith("0"):  # Italy's belongs to the number
        yield "zero-lost", f"{code}{national.lstrip('0')}"
    if number.country_code == 1:
        yield "leading-zeros", f"011{code}{national}"
    if code == "52":  # Mexico's mobile numbers had a 1 before them until 2019
        yield "mobile-digit", f"{code}1{national}"
    if code == "54" and national.startswith("9"):
        yield "mobile-digit", f"{code}{national[1:]}"
    for text in _spellings(number, code, trunk, national):
        if not text.isdigit():
            yield "punctuation", text


def _spellings(number: phonenumbers.PhoneNumber, code: str, trunk: str, national: str) -> Iterator[str]:
    """A number as people write it: in groups, with any mark between them, with or without its country code."""
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    yield shown
    yield shown.replace(" ", "")
    shown = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    groups = {tuple(re.findall("[0-9]+", shown)[1:]), (national,)}
    groups.update((national[:cut], national[cut:]) for cut in range(2, 6))
    before = {"", trunk, code, f"+{code}", f"00{code}", f"+{code} ({trunk})", f"+{code}({trunk})", f"({trunk})"}
    for first, *rest in sorted(groups):
        for mark in (" ", "-", ".", "/", " / ", ""):
            parts = mark.join((first, *rest))
            for start in sorted(before):
                yield from (f"{start}{parts}", f"{start} {parts}", f"{start}-{parts}", f"{start}{mark}{parts}")
            for start in ("", f"+{code} ", f"+{code}", f"{code} "):
                for area in (f"({first})", f"({trunk}{first})"):
                    yield from (f"{start}{area}{gap}{mark.join(rest)}" for gap in (" ", "", "-"))


def _digits_as_typed(digits: str, text: str, documented: str | None, number: phonenumbers.PhoneNumber | None) -> str:
    """What is wrong with the mere digits of a number that was typed in, given its documented form."""
    lettered = any(c.isalpha() for c in text)
    if documented and digits.endswith(documented):
        return "leading-zeros"
    if not (documented and number):
        if lettered:
            return "letters-dropped"
        return "no-country-code-trunk-zero" if digits.startswith("0") else "no-country-code"
    national, trunk = _without_country(number), _trunk(number)
    if digits.startswith(str(number.country_code)) and digits.endswith(national) and digits != national:
        return "trunk-zero"
    if any(digits.startswith(start) and digits != start for start in (documented, national, trunk + national)):
        return "extension"
    if lettered:
        return "letters-dropped"
    return "no-country-code-trunk-zero" if trunk and digits.startswith(trunk) else "no-country-code"


def _without_country(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.national_significant_number(number)


def _trunk(number: phonenumbers.PhoneNumber) -> str:
    """The prefix that is dialled before a national number: 0 nearly everywhere, 8 in Russia, none in Spain."""
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.ndd_prefix_for_region(region, True) or ""
