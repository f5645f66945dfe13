"""Shapes of customer values that several platforms' rules are made of: genders in words, dates in every order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_DATE = re.compile(r"([0-9]{1,4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,4})\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ENGLISH_FEMALE = ("f", "female", "woman", "girl", "lady", "miss", "ms", "mrs", "madam", "ma'am", "she", "her")
ENGLISH_MALE = ("m", "male", "man", "boy", "gentleman", "guy", "mister", "mr", "sir", "he", "him")
FEMALE = frozenset(
    (
        *ENGLISH_FEMALE,
        *("w", "weiblich", "frau", "vrouw", "femme", "féminin", "féminine", "feminin"),
        *("femenino", "femenina", "mujer", "feminino", "feminina", "mulher", "femmina", "femminile", "donna"),
    )
)
MALE = frozenset(
    (
        *ENGLISH_MALE,
        *("männlich", "maennlich", "mann", "herr", "homme", "masculin"),
        *("masculino", "hombre", "homem", "maschio", "maschile", "uomo"),
    )
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def cleaned(text: str) -> str:
    """A text in Unicode form NFC, without invisible characters and the spaces around it."""
    return unicodedata.normalize("NFC", text).translate(_INVISIBLE).strip()


def gender_of(text: str) -> str | None:
    """`f` or `m` for a word of many languages; None for any other."""
    word = text.lower().rstrip(".")
    return "f" if word in FEMALE else "m" if word in MALE else None


def date_of(text: str, *, names: bool = True, dots: bool = True) -> str | None:
    """A date as YYYYMMDD; month before day where both readings are possible. None when it is no full date."""
    if re.fullmatch(r"(?:18|19|20)[0-9]{6}", text):
        return text
    found = _DATE.match(text)
    if found and (dots or "." not in text):
        a, b, c = found.groups()
        if len(a) == 4:
            return ymd(a, b, c)
        if len(c) != 4:
            return None
        european = int(a) > 12 or "." in text
        return ymd(c, b, a) if european else ymd(c, a, b)
    words = re.findall(r"[a-z]+|[0-9]+", text) if names else []
    month = next((i + 1 for word in words for i, name in enumerate(_MONTHS) if word.startswith(name)), None)
    numbers = sorted((word for word in words if word.isdigit()), key=len)
    return ymd(numbers[1], str(month), numbers[0]) if month and len(numbers) == 2 else None


def other_dates(text: str) -> Iterator[str]:
    """The further dates that one text can mean, as YYYYMMDD: day before month, or another century."""
    found = _DATE.match(text.strip())
    if not found or len(found[1]) == 4:
        return
    a, b, year = found.groups()
    for full in (year,) if len(year) == 4 else (f"19{year}", f"20{year}"):
        yield from filter(None, (ymd(full, a, b), ymd(full, b, a)))


def ymd(year: str, month: str, day: str) -> str | None:
    if len(year) != 4 or not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{year}{int(month):02}{int(day):02}"
