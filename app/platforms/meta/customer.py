"""Meta's customer values: the documented shapes, and what its libraries were measured to make of them.

The documented rule is Meta's (Conversions API, customer information parameters). The others are what the libraries do:
fbevents 2.9.252 (`ud` new, `aud` old), `facebook_business` 26.0.3 and the Node parameter builder 1.3.2. A rule returns
None for a value it would not send.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from app.hashing.phones import documented_phone
from app.hashing.places import country_code, iso_country, letters_of, us_states
from app.hashing.rules import Convention, CustomerRules
from app.hashing.shapes import ENGLISH_FEMALE, ENGLISH_MALE, cleaned, date_of, gender_of, ymd
from app.model import Side

_ASCII_MAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")
_LOOSE_MAIL = re.compile(r".[^@\n]*+@.[^.\n]*+\..")
_SDK_PHONE = re.compile(r"(?!0)\d{7,}\Z")


def documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as the documentation wants it before hashing; None when it can not be brought there.

    `region` is the person's ISO country code, needed for a phone number without one and for states and postcodes.
    Source: Meta, Conversions API, customer information parameters.
    """
    text = cleaned(text)
    if not text:
        return None
    rule = _DOCUMENTED.get(key)
    return rule(text, region) if rule else text


def _documented_mail(text: str, region: str | None) -> str | None:
    return text.lower()


def _documented_name(text: str, region: str | None) -> str | None:
    return letters_of(text) or None


def _documented_birth(text: str, region: str | None) -> str | None:
    date = date_of(text.lower())
    return date and ymd(date[:4], date[4:6], date[6:])


def _documented_gender(text: str, region: str | None) -> str | None:
    return gender_of(text)


def _documented_city(text: str, region: str | None) -> str | None:
    return letters_of(text) or None


def _documented_state(text: str, region: str | None) -> str | None:
    if region in (None, "US"):
        letters = letters_of(re.sub(r"\AUS-(?=[A-Z]{2}\Z)", "", text, flags=re.IGNORECASE))
        return us_states().get(letters, letters) or None
    return letters_of(text) or None


def _documented_postcode(text: str, region: str | None) -> str | None:
    bare = re.sub(r"[\s-]", "", text.lower())
    american = region in (None, "US") and bare.isdigit() and len(bare) == 9 and re.match(r"\d{5}[- ]?\d{4}\Z", text)
    return (bare[:5] if american else bare) or None


def _documented_country(text: str, region: str | None) -> str | None:
    return country_code(text)


_DOCUMENTED: dict[str, Callable[[str, str | None], str | None]] = {
    "em": _documented_mail,
    "ph": documented_phone,
    "fn": _documented_name,
    "ln": _documented_name,
    "db": _documented_birth,
    "ge": _documented_gender,
    "ct": _documented_city,
    "st": _documented_state,
    "zp": _documented_postcode,
    "country": _documented_country,
}


def _pixel(key: str, text: str) -> str | None:
    """fbevents 2.9.252, `ud`: None also where it hashes the raw text for want of a normal form."""
    lowered = text.strip().lower()
    match key:
        case "em":
            mail = lowered.rstrip(",;.")
            mail = (
                mail if "@" in mail else mail + "@gmail.com"
            )  # measured: a word without "@" is taken for a Gmail name
            return mail if _ASCII_MAIL.match(mail) else None
        case "ph":
            return _ascii_digits(text).lstrip("0") or None
        case "fn" | "ln":
            return letters_of(text) or None
        case "ge":
            return lowered if lowered in ("f", "m") else None
        case "db":
            return date_of(lowered, names=False, dots=False) or text
        case "ct":
            return re.sub(r"[^a-z0-9]", "", lowered) or None
        case "st":
            return us_states(canada=True).get(letters_of(text)) or re.sub(r"[^a-z]", "", lowered)[:2] or None
        case "zp":
            code = lowered.split("-")[0]
            return code if len(code) > 1 else None
        case "country":
            return iso_country(text) or re.sub(r"[^a-z]", "", lowered)[:2] or None
        case _:
            return lowered or None


def _pixel_old(key: str, text: str) -> str | None:
    """fbevents, `aud`: the rules of older versions, sent beside the new ones."""
    lowered = text.strip().lower()
    match key:
        case "em":
            return lowered if _ASCII_MAIL.match(lowered) else None
        case "ph":
            return re.sub(r"[\s()+a-z-]", "", lowered).lstrip("0") or None
        case "db":
            return re.sub(r"\s", "", lowered) or None
        case "st" | "country":
            return re.sub(r"[^a-z]", "", lowered)[:2] or None
        case _:
            return _pixel(key, text)


def _python_sdk(key: str, text: str) -> str | None:
    """`facebook_business` 26.0.3; None where it raises. `external_id` is sent as it stands, never hashed."""
    lowered = text.lower().strip()
    match key:
        case "em":
            return lowered if _LOOSE_MAIL.match(lowered) else None
        case "ph":
            bare = re.sub(r"[\s()-]", "", lowered)
            bare = re.sub(r"\A\+?0{0,2}", "", re.sub(r"\A\+?0{0,2}", "", bare))
            return bare if _SDK_PHONE.match(bare) else None
        case "ct" | "st":
            return re.sub(r"[0-9.\s()-]", "", lowered) or None
        case "zp":
            return re.sub(r"\s", "", lowered).split("-")[0] or None
        case "country":
            letters = re.sub(r"[^a-z]", "", lowered)
            return letters if len(letters) == 2 and iso_country(letters) == letters else None
        case "external_id":
            return None
        case _:
            return lowered or None


def _param_builder(key: str, text: str) -> str | None:
    """Node parameter builder 1.3.2; also what the Node SDK of 26.0 sends. Genders in English words only."""
    lowered = text.strip().lower()
    match key:
        case "em":
            return lowered if _ASCII_MAIL.match(lowered) else None
        case "ge":
            return "f" if lowered in ENGLISH_FEMALE else "m" if lowered in ENGLISH_MALE else None
        case "db":
            return date_of(lowered, names=False, dots=False)
        case _:
            return _pixel(key, text)


def _ascii_digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


CUSTOMER = CustomerRules(
    documented=documented,
    conventions=(
        Convention("pixel", "the pixel", Side.BROWSER, _pixel, hashes_raw=True),
        Convention("pixel-old", "the older pixel", Side.BROWSER, _pixel_old, hashes_raw=True, newer="pixel"),
        Convention("python-sdk", "the Python SDK", Side.SERVER, _python_sdk, verbatim=frozenset({"external_id"})),
        Convention("param-builder", "the Node parameter builder", Side.SERVER, _param_builder),
    ),
    due={
        "ph": "the number in digits with its country code",
        "ge": "“f” or “m”",
        "db": "the date as YYYYMMDD",
        "st": "the state's two-letter code",
        "country": "the country's two-letter code",
    },
    beside={"aud": frozenset({"pixel-old", "pixel"})},
)
