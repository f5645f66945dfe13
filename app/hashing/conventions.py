"""Every rule in use for bringing a customer value into shape before it is hashed.

The documented rule is Meta's (Conversions API, customer information parameters). The others are what the libraries were
measured to do: fbevents 2.9.252 (`ud` new, `aud` old), `facebook_business` 26.0.3 and the Node parameter builder 1.3.2.
A rule returns None for a value it would not send.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import NamedTuple

from app.hashing.forms import form_of, sha256, without_appendix
from app.hashing.phones import documented_phone
from app.hashing.places import country_code, iso_country, letters_of, us_states
from app.model import Form, Side

_ASCII_MAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+\Z")
_LOOSE_MAIL = re.compile(r".+@.+\..+")
_SDK_PHONE = re.compile(r"(?!0)\d{7,}\Z")
_DATE = re.compile(r"([0-9]{1,4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,4})\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_FEMALE = ("f", "female", "woman", "girl", "lady", "miss", "ms", "mrs", "madam", "ma'am", "she", "her")
_ENGLISH_MALE = ("m", "male", "man", "boy", "gentleman", "guy", "mister", "mr", "sir", "he", "him")
FEMALE = frozenset(
    (
        *_ENGLISH_FEMALE,
        *("w", "weiblich", "frau", "vrouw", "femme", "féminin", "féminine", "feminin"),
        *("femenino", "femenina", "mujer", "feminino", "feminina", "mulher", "femmina", "femminile", "donna"),
    )
)
MALE = frozenset(
    (
        *_ENGLISH_MALE,
        *("männlich", "maennlich", "mann", "herr", "homme", "masculin"),
        *("masculino", "hombre", "homem", "maschio", "maschile", "uomo"),
    )
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


class Convention(NamedTuple):
    """One sender's rule: `code` as reports print it, `title` as a sentence names it ("the Python SDK")."""

    code: str
    title: str
    side: Side
    normalize: Callable[[str, str], str | None]
    hashes_raw: bool = False  # what it can not bring into shape it hashes as it stands, mails aside

    def sends(self, key: str, text: str) -> str | None:
        """The value it puts on the wire for a text; None when it sends none."""
        if key == "external_id" and self.code == "python-sdk":
            return text
        if hashed_already(text):
            return without_appendix(text.strip()).lower()
        normal = self.normalize(key, text)
        if normal is None and self.hashes_raw and key != "em":
            normal = text
        return None if normal is None else sha256(normal)


def normalize_documented(key: str, text: str, region: str | None = None) -> str | None:
    """A customer value as the documentation wants it before hashing; None when it can not be brought there.

    `region` is the person's ISO country code, needed for a phone number without one and for states and postcodes.
    Source: Meta, Conversions API, customer information parameters.
    """
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE).strip()
    if not text:
        return None
    rule = _DOCUMENTED.get(key)
    return rule(text, region) if rule else text


def _documented_mail(text: str, region: str | None) -> str | None:
    return text.lower()


def _documented_name(text: str, region: str | None) -> str | None:
    return letters_of(text) or None


def _documented_birth(text: str, region: str | None) -> str | None:
    date = _date(text.lower())
    return date and _ymd(date[:4], date[4:6], date[6:])


def _documented_gender(text: str, region: str | None) -> str | None:
    word = text.lower().rstrip(".")
    return "f" if word in FEMALE else "m" if word in MALE else None


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
            return _date(lowered, names=False, dots=False) or text
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
            return "f" if lowered in _ENGLISH_FEMALE else "m" if lowered in _ENGLISH_MALE else None
        case "db":
            return _date(lowered, names=False, dots=False)
        case _:
            return _pixel(key, text)


CONVENTIONS: tuple[Convention, ...] = (
    Convention("pixel", "the pixel", Side.BROWSER, _pixel, hashes_raw=True),
    Convention("pixel-old", "the older pixel", Side.BROWSER, _pixel_old, hashes_raw=True),
    Convention("python-sdk", "the Python SDK", Side.SERVER, _python_sdk),
    Convention("param-builder", "the Node parameter builder", Side.SERVER, _param_builder),
)
"""Other senders' rules, in the order in which a hash is tried against them after the documented one."""


def hashed_already(text: str) -> bool:
    """Whether every library would pass a value on as a digest rather than hash it again."""
    return form_of(text) in (Form.SHA256, Form.UPPER_HEX, Form.MD5)


def passes_as_hash(key: str, text: str) -> bool:
    """Whether a customer value that was typed in is a digest; an external ID of 32 hex characters is a UUID."""
    return hashed_already(text) and not (key == "external_id" and form_of(text) is Form.MD5)


def _ascii_digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _date(text: str, *, names: bool = True, dots: bool = True) -> str | None:
    """A date as YYYYMMDD; month before day where both readings are possible. None when it is no full date."""
    if re.fullmatch(r"(?:18|19|20)[0-9]{6}", text):
        return text
    found = _DATE.match(text)
    if found and (dots or "." not in text):
        a, b, c = found.groups()
        if len(a) == 4:
            return _ymd(a, b, c)
        if len(c) != 4:
            return None
        european = int(a) > 12 or "." in text
        return _ymd(c, b, a) if european else _ymd(c, a, b)
    words = re.findall(r"[a-z]+|[0-9]+", text) if names else []
    month = next((i + 1 for word in words for i, name in enumerate(_MONTHS) if word.startswith(name)), None)
    numbers = sorted((word for word in words if word.isdigit()), key=len)
    return _ymd(numbers[1], str(month), numbers[0]) if month and len(numbers) == 2 else None


def other_dates(text: str) -> Iterator[str]:
    """The further dates that one text can mean, as YYYYMMDD: day before month, or another century."""
    found = _DATE.match(text.strip())
    if not found or len(found[1]) == 4:
        return
    a, b, year = found.groups()
    for full in (year,) if len(year) == 4 else (f"19{year}", f"20{year}"):
        yield from filter(None, (_ymd(full, a, b), _ymd(full, b, a)))


def _ymd(year: str, month: str, day: str) -> str | None:
    if len(year) != 4 or not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
        return None
    return f"{year}{int(month):02}{int(day):02}"
