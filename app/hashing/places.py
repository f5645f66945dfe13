"""Countries and states by their names and codes."""

from __future__ import annotations

import gettext
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pycountry


def country_code(text: str) -> str | None:
    """The lower-case ISO 3166-1 alpha-2 code of a country given by code or name, in any of many languages."""
    letters = letters_of(unicodedata.normalize("NFC", text))
    return iso_country(text) or _country_names().get(letters) or iso_country(letters)


@lru_cache(maxsize=1)
def _country_names() -> dict[str, str]:
    """Names in letters only, in many languages and in everyday speech, to lower-case codes."""
    names = dict(_SPOKEN)
    for code, translated in _translations().items():
        for name in translated:
            names.setdefault(letters_of(name), code)
    return names


@lru_cache(maxsize=1)
def _translations() -> dict[str, tuple[str, ...]]:
    """What each country is called in every language that pycountry speaks, by its lower-case code.

    Read when a country is first asked for by a name, since it takes a moment.
    """
    folders = sorted(Path(pycountry.LOCALES_DIR).glob("*/LC_MESSAGES/iso3166-1.mo"))
    tongues = [gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [path.parts[-3]]) for path in folders]
    return {
        item.alpha_2.lower(): tuple(
            dict.fromkeys(tongue.gettext(name) for name in _own_names(item) for tongue in tongues)
        )
        for item in pycountry.countries
    }


def _own_names(country: Any) -> list[str]:
    known = (getattr(country, field, None) for field in ("name", "common_name", "official_name"))
    return [str(name) for name in known if name]


def country_names(code: str) -> Iterator[str]:
    """What a country is called, by its lower-case code: in English, in many languages and in everyday speech."""
    country = pycountry.countries.get(alpha_2=code.upper())
    if country:
        yield from _own_names(country)
        yield from _translations()[code.lower()]
    yield from (name for name, owner in _SPOKEN.items() if owner == code)


_SPOKEN = {"uk": "gb", "england": "gb", "scotland": "gb", "wales": "gb", "holland": "nl", "america": "us"}


@lru_cache(maxsize=512)
def iso_country(text: str) -> str | None:
    """The lower-case code of a country given by code or English name, as the libraries know it."""
    try:
        found = pycountry.countries.lookup(text.strip())
    except LookupError:
        return None
    return str(found.alpha_2).lower()


@lru_cache(maxsize=2)
def us_states(canada: bool = False) -> dict[str, str]:
    """Names of US states (and Canadian provinces) in letters only, to lower-case codes."""
    countries = ("US", "CA") if canada else ("US",)
    return {
        letters_of(str(item.name)): str(item.code)[3:].lower()
        for country in countries
        for item in pycountry.subdivisions
        if item.country_code == country
    }


def state_names(text: str, region: str | None) -> Iterator[str]:
    """The code and the full name of a state outside the US that was given by either, in lower-case letters only."""
    letters = letters_of(text)
    for item in pycountry.subdivisions:
        names = letters_of(str(item.name)), letters_of(str(item.code)[3:])
        if item.country_code == region and letters in names:
            yield from names


def is_us_state(code: str | None) -> bool:
    """Whether a text is the lower-case code of a US state."""
    return code in us_states().values()


def letters_of(text: str) -> str:
    """Lower case, without white space, punctuation and symbols; letters, marks and digits of any script stay."""
    return letters_kept(text.lower())


def letters_kept(text: str) -> str:
    """The same in the case it is in."""
    return "".join(c for c in text if unicodedata.category(c)[0] in "LMN")
