"""What a parameter's name says of a person, in the languages that shops speak, and whether a value fits the name.

The names are in resources/personal_names.toml. They are compared without case, accents and
separators: `billing_first_name`, `billingFirstName` and `BILLING-FIRST-NAME` are one. Precise rather than complete: a
name proves nothing until the value looks like what it says.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from pathlib import Path

from app.hashing import form_of, is_nothing
from app.model import Form
from app.platforms import PLATFORMS

_RESOURCE = Path(__file__).resolve().parents[2] / "resources" / "personal_names.toml"
_VOCABULARY = tomllib.loads(_RESOURCE.read_text("utf-8"))
_PERSONS = "|".join(_VOCABULARY["person"]["names"].split())
_PERSON = re.compile(f"(?:(?:{_PERSONS})(?:s|data|info|details|to|from|of|el|la|le|du|de|do|der)?)+")
_TRAILING = re.compile(r"(?:raw|plain|plaintext|value|field|input|text|txt|str|home|work|private|\d{1,2}){1,6}\Z")
_HOLDING = frozenset(("value", "val", "text", "raw", "plain", "content", "string", "str", "input", "data", "current"))
_LONGEST = 60  # characters of a name

_ID = re.compile(
    r".*(?:id|ids|uuid|guid|ref|reference|hash|token|nonce|sku|gtin|barcode|isbn|timestamp|time|signature|version"
    r"|clid)"
    r"|(?:order|transaction|bestell|commande|pedido|ordine|zamowien|encomenda|basket|session|event|product|item|content"
    r"|invoice|tracking|purchase|checkout).*|ean|upc|ts|it|ver|cid|eid|key|code|number|no|nr|num"
)


_IDENTIFIERS = tuple(each.key for platform in PLATFORMS for each in platform.identifiers)
"""Cookies and click IDs: they name a browser, and stay readable."""


def fold(name: str) -> str:
    """A name without case, accents and separators."""
    wide = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ł", "l")
    bare = (c for c in unicodedata.normalize("NFKD", wide) if c.isalnum())
    return "".join(c for c in bare if c.isascii() or "\u0370" <= c <= "\u052f")  # Latin, Greek and Cyrillic letters


_BY_NAME: dict[str, str] = {fold(name): kind for kind, names in _VOCABULARY["names"].items() for name in names.split()}
_BY_PERSON: dict[str, str] = {
    fold(name): kind for kind, names in _VOCABULARY["names_in_person"].items() for name in names.split()
}


@lru_cache(maxsize=8192)
def announced(name: str, around: str = "") -> str | None:
    """The kind of personal data that a name announces, None for any other. `around` is the name of what holds it."""
    if not 1 < len(name) <= _LONGEST:
        return None
    bare = fold(name)
    if bare in _HOLDING and around:
        return announced(around)
    inside = bool(around) and bool(_PERSON.fullmatch(fold(around)))
    return next((kind for one in (bare, _TRAILING.sub("", bare)) if (kind := _kind_of(one, inside=inside))), None)


def _kind_of(one: str, *, inside: bool) -> str | None:
    if kind := _BY_NAME.get(one) or (_BY_PERSON.get(one) if inside else None):
        return kind
    for start in range(2, len(one) - 1):
        kind = _BY_NAME.get(one[start:]) or _BY_PERSON.get(one[start:])
        if kind and _PERSON.fullmatch(one, 0, start):
            return kind
    return None


@lru_cache(maxsize=4096)
def is_vague(name: str) -> bool:
    """Whether it depends on what holds it whether a name is a person's: `name`, `first`, `city`, and `value`."""
    return (bare := fold(name)) in _BY_PERSON or bare in _HOLDING


@lru_cache(maxsize=4096)
def is_id(name: str) -> bool:
    """Whether a name says that its value is an ID, a time or an amount, however much it may look like a card."""
    folded = fold(name)
    return folded.endswith(_IDENTIFIERS) or bool(_ID.fullmatch(folded))


@lru_cache(maxsize=8192)
def names_in(key: str) -> tuple[str, str]:
    """The last name of a wire key and the one before it: `("firstName", "customer")` of `cd[customer][firstName]`."""
    names = [name for name in re.split(r"[.\[\]]+", key[-200:]) if name and not name.isdigit()]
    return (names[-1] if names else "", names[-2] if len(names) > 1 else "")


# What a value must look like to be what its name says. Each takes what it can from the start of the text.
_PHONE = re.compile(r"\s*(?:\+|00)?\(?[0-9](?:[ ()./-]{0,3}[0-9]){6,14}+(?![0-9])")
_DATE = re.compile(
    r"\s*(?:(?:19|20)\d\d[-/. ]?(?:0?[1-9]|1[0-2])[-/. ]?(?:[12]\d|3[01]|0?[1-9])"
    r"|(?:[12]\d|3[01]|0?[1-9])[-/. ]+(?:[12]\d|3[01]|0?[1-9])[-/. ]+(?:(?:19|20)\d\d|\d\d)|\d{8}"
    r"|(?:[12]\d|3[01]|0?[1-9])[. ]+[^\W\d_]{3,12}[. ,]+(?:19|20)\d\d"
    r"|[^\W\d_]{3,12}[. ]+\d{1,2}[., ]+(?:19|20)\d\d)(?!\d)"
)
_TEXT = re.compile(r"\s*[\[(]?[^\W\d_][\w .,'’´`&()/-]{0,400}+\Z")
_ADDRESS = re.compile(r"\s*[\w#][\w .,'’´`&()/#°ºª\n-]{3,120}+\Z")
_POSTCODE = re.compile(r"\s*(?=[^\W_]*\d)(?:[A-Z]{1,2}-)?[A-Z0-9]{2,5}[ -]?[A-Z0-9]{0,5}\s*\Z", re.IGNORECASE)
_CARD = re.compile(r"\s*[0-9](?:[ -]?[0-9]){11,18}+(?![0-9])")
_CODE = re.compile(r"\s*\d{3,4}\s*\Z")
_ACCOUNT = re.compile(r"\s*[A-Z]{0,2}[0-9]{2}(?:[ -]?[A-Z0-9]){6,30}+\s*\Z", re.IGNORECASE)
_PAPER = re.compile(r"\s*[A-Z0-9](?:[ ./-]?[A-Z0-9]){5,19}+\s*\Z", re.IGNORECASE)
_IP = re.compile(r"\s*(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:.]{3,45})\s*\Z", re.IGNORECASE)
_LOGIN = re.compile(r"\s*[^\W_][\w.@-]{2,40}\s*\Z")
_MASKS = ("*", "…", "_removed_", "redacted", "person-")
_NO_NAMES = frozenset(_VOCABULARY["nobody"]["values"].split())


def fits(kind: str, text: str) -> int:
    """How many characters from the start of a text are what its name says: plain, not masked; 0 when it is not."""
    bare = text.strip()
    if not bare or is_nothing(bare) or any(mark in bare for mark in _MASKS) or form_of(bare) is not Form.PLAIN:
        return 0
    match kind:
        case "phone":
            return _taken(_PHONE, text)
        case "birth-date":
            return _taken(_DATE, text)
        case "card":
            return _taken(_CARD, text)
        case "first-name" | "last-name" | "full-name" | "city":
            return _taken(_TEXT, text) if bare.casefold() not in _NO_NAMES else 0
        case "street":
            return _taken(_ADDRESS, text) if _letters(bare) >= 3 and bare.casefold() not in _NO_NAMES else 0
        case "address":
            whole = any(map(str.isdigit, bare)) and _letters(bare) >= 2 and " " in bare
            return _taken(_ADDRESS, text) if whole else 0
        case "postcode":
            return _taken(_POSTCODE, text) if sum(map(str.isdigit, bare)) >= 2 else 0
        case "card-code":
            return _taken(_CODE, text)
        case "iban":
            return _taken(_ACCOUNT, text) if sum(map(str.isdigit, bare)) >= 8 else 0
        case "national-id":
            return _taken(_PAPER, text) if sum(map(str.isdigit, bare)) >= 5 else 0
        case "ip":
            return _taken(_IP, text)
        case "user-name":
            return _taken(_LOGIN, text) if bare.casefold() not in _NO_NAMES and _letters(bare) else 0
    return 0


def _taken(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.match(text)
    return found.end() if found else 0


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))
