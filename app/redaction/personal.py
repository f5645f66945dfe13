"""Where personal data stands in a text, and of which kind: the one rule for what is found and for what is redacted.

By name: a value under a name that announces it (`app.redaction.names`), at any depth: JSON, a form, a URL, XML, parts,
pairs of name and value, each escaped as often as it likes. By form, wherever it stands: e-mail addresses, telephone
numbers with their country, card numbers (an issuer's prefix and the check digit), IBANs, Italian tax codes. Base64 or
hexadecimal digits that hide any of it are personal as a whole. What a name calls an ID is no card.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from stdnum import iban, luhn, numdb
from stdnum.it import codicefiscale

from app.redaction.layers import layers
from app.redaction.names import announced, fits, is_id, is_vague, names_in

_REMEMBERED = 2_000  # bytes of a text up to which its findings are kept for the next who asks
_NEAR = 500  # bytes in front of a name in which the object begins that holds it
_HOPS = 8  # objects that may lie in between
_QUOTED = 300  # bytes of a quoted value that a pattern looks at
_LONGEST = 4_000  # bytes that one may have beyond that
_FOLDED = 3  # times that base64 may be inside base64


class Personal(NamedTuple):
    """A piece of personal data: its kind, where it stands on the wire, and the text of it without escapes."""

    kind: str
    start: int
    end: int
    value: str


# A name and, looked ahead at, the value behind it, which may hold names of its own. The value ends where JSON, a form
# or a sentence ends it.
_KEYED = re.compile(
    rb"(?<![\w.\x80-\xff\]-])([A-Za-z_\x80-\xff][\w.\x80-\xff\[\]-]{1,60}+(?: [A-Za-z]{2,12}+)?+)[\"']?"
    rb"\s{0,4}[:=]>?\s{0,4}"
    rb"(?=\"([^\"]{0,300}+)|'([^']{0,300}+)|\[\s{0,4}([\"'][^\[\]]{0,600}+)\]|([^&;,#\"'<>{}\r\n]{1,200}+))"
)
_LISTED = re.compile(rb"([\"'])(.{1,200}?)\1")
_PAIR = re.compile(
    rb"\b(?:name|key|field|label|id)[\"']?\s{0,4}[:=]\s{0,4}[\"']([^\"']{2,60}+)[\"']\s{0,4},?\s{0,4}"
    rb"[\"']?(?:value|val|content|text)[\"']?\s{0,4}[:=]\s{0,4}([\"'])(.{1,300}?)\2"
)
_RIAP = re.compile(
    rb"\b(?:value|val|content|text)[\"']?\s{0,4}[:=]\s{0,4}([\"'])(.{1,300}?)\1\s{0,4},?\s{0,4}"
    rb"[\"']?(?:name|key|field|label|id)[\"']?\s{0,4}[:=]\s{0,4}[\"']([^\"']{2,60}+)"
)
_TUPLE = re.compile(rb"\[\s{0,4}[\"']([^\"']{2,60}+)[\"']\s{0,4},\s{0,4}([\"'])(.{1,300}?)\2\s{0,4}\]")
_ELEMENT = re.compile(rb"<([A-Za-z_\x80-\xff][\w:.\x80-\xff-]{1,60}+)(?:\s[^<>]{0,100}+)?>([^<>]{1,300}+)</")
_PART = re.compile(
    rb"form-data;[^\r\n]{0,80}?name=\"([^\"\r\n]{2,60}+)\"[^\r\n]{0,200}+\r?\n(?:[^\r\n]{1,200}+\r?\n){0,4}?\r?\n([^\r\n]{1,300}+)"
)
_BEFORE = re.compile(rb"([\w.\x80-\xff\[\]-]{1,60})[\"']?\s{0,4}[:=]\s{0,4}[\[\"'\s]{0,4}\Z")
_AROUND = re.compile(rb"([\w\x80-\xff-]{1,40})[\"']?\s{0,4}[:=]\s{0,4}\[?\s{0,4}\Z")

_LEFT_OUT = "…".encode()  # of an address that was masked for a message
_HOST = (
    rb"@(?!\d{1,9}\.\d)(?:[\w\x80-\xff](?:[\w\x80-\xff-]{0,62}[\w\x80-\xff])?\.){1,30}"
    rb"(?!(?:png|jpe?g|gif|svg|webp|avif|js|css|json|html?|php)(?![A-Za-z]))"
    rb"(?:xn--[A-Za-z0-9-]{2,59}|[A-Za-z]{2,24}(?![A-Za-z*])|[\xc3-\xf4][\x80-\xff]{3,60}+)"
)
# Where an address is a word by itself anything may stand in it that RFC 5322 allows; in a form or an address of the web
# some of that parts one value from the next. What has stars in a row was masked by somebody.
_LOCAL = rb"(?:[^\s\"'<>@=?:;,/\\()\[\]{}%%%b]|%%(?![0-9A-Fa-f]{2}))++"
MAIL = re.compile(
    rb"(?:(?<![^\s\"'<>(])%b|(?<![^\s\"'<>@=?:;,/\\()\[\]{}&#])%b)%b" % (_LOCAL % b"", _LOCAL % b"&#", _HOST)
)
# What stands between groups of digits besides spaces and hyphens: the same in UTF-8, a plain space or hyphen a byte.
_GAPS = re.compile(rb"\xc2\xa0|\xe2\x80[\x80-\x8b\xaf]|\xe3\x80\x80|(\xe2\x80[\x90-\x95]|\xe2\x88\x92)")
# A plus may be a form's space in front of an epoch time, which no telephone number looks like.
_PHONE = re.compile(rb"(?<![A-Za-z0-9+])\+(?!1[5-9]\d{8}(?:\d{3})?(?!\d))\(?[1-9](?:[ ()./+-]{0,3}\d){7,14}+(?!\d)")
_CALLED = re.compile(
    rb"(?i)(?:tel|phone|call|mobile?|mobil|handy|cell|fon|whatsapp|sms)[a-z]{0,8}[.:]{0,2} {1,2}(?:\w{1,10} ){0,3}"
    rb"(\(?0\d(?:[ ()./-]{0,3}\d){6,12}+|\(\d{3}\) ?\d{3}-\d{4}|00[1-9](?:[ ()./-]{0,3}\d){7,14}+)(?!\d)"
)
_LINKED = re.compile(
    rb"(?:\bwa\.me/|(?<![\w.-])(?:tel|sms|callto|whatsapp):/{0,2})(\+?\d(?:[ ().-]{0,2}\d){6,14}+)(?!\d)"
)
_NATIONAL = re.compile(
    rb"(?<![\w.,:/+-])(?:\(?0[1-9](?:[ ()./-]{0,3}\d){7,11}|\(?[2-9]\d\d\)?[ .-]{1,3}\d{3}[ .-]{1,3}\d{4})"
    rb"(?![\w-]|[.,]\d)"
)
_ABROAD = re.compile(rb"(?<![\w.,:/+-])00([1-9](?:[ ()./-]{0,3}\d){8,13}+)(?![\w-]|[.,]\d)")
_REGIONS = ("DE", "FR", "GB", "NL", "IT", "AT", "CH", "BE", "SE")
_CARD = re.compile(
    rb"(?<![\w.+:-])(?:[2-6]\d{3}([ .-]{0,3})\d{4}\1\d{4}\1\d{4}|3[47]\d\d([ .-]{0,3})\d{6}\2\d{5}"
    rb"|3[068]\d\d([ .-]{0,3})\d{6}\3\d{4}|4\d{12}|(?:4|62)\d{17,18})(?![\w:-]|\.\d)"
)
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|220[0-4]\d{12}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
)
_IBAN = re.compile(rb"(?i)(?<![A-Z0-9_])[A-Z]{2}[0-9]{2}(?=[ .-]{0,3}[A-Z0-9])")
_TAX_CODE = re.compile(rb"(?i)(?<![A-Z0-9])[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?![A-Z0-9])")
_CODED = re.compile(rb"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{12,}+={0,2}")

_PARTS = re.compile(rb"[A-Za-z0-9+]{12,}={0,2}")
_DIGITS = re.compile(
    rb"(?<![A-WYZa-wyz0-9])((?:[2-7][0-9A-Fa-f]|[c-fC-F][0-9A-Fa-f][89abAB][0-9A-Fa-f]){6,})(?![A-Za-z0-9])"
)

# What a text has that may hold anything: most values do not, and the look for it is quick.
_WORTH = re.compile(
    rb"[@<\"='{]|:(?!//)|%(?:25)*(?:40|3[dDaA]|2[27bB]|7[bB])"
    rb"|(?<![\w.:-])(?:[2-6]\d{3}[ +.-]{0,3}\d{4}|3\d{3}[ +.-]{0,3}\d{6})[ +.-]{0,3}\d|\+[ (]?[1-9]"
    rb"|(?<![A-Za-z0-9_])[A-Za-z]{2}\d\d[ +.-]{0,3}[A-Za-z0-9]{4}|(?<![A-Z])[A-Z]{6}\d\d|wa\.me/"
    rb"|(?<![A-Za-z0-9+/_-])(?![0-9a-f-]{16})(?!\d{12,20}+(?![A-Za-z0-9+/_-]))[A-Za-z0-9+/_-]{12}|\(\d{3}\)"
    rb"|(?<![\w.])00?[1-9]"
    rb"|(?<![A-WYZa-wyz0-9])(?:[2-7][0-9A-Fa-f]){8}|[\xc2\xe2\xe3][\x80\x88\xa0]"
    rb"|\d{3}[ .-]\d{3}[ .-]\d{4}"
)
# The same of times and hashes, which most distinct values are: no form begins in them.
_BARE = re.compile(rb"1\d{5,19}+\Z|(?![2-6]\d{8}|[a-f]{2}\d\d|00?[1-9]\d{4}|(?:[2-7][0-9a-f]){8})[0-9a-f]{17,128}+\Z")


def personal_data(data: bytes, key: str = "") -> tuple[Personal, ...]:
    """Every piece of personal data in a text, the surest reading first. `key` is the parameter that the text is of."""
    return _remembered(data, key) if len(data) <= _REMEMBERED else _found_in(data, key)


def personal_in(text: str, key: str) -> tuple[Personal, ...]:
    """The same of a parameter's text, and remembered, too: who checks it and who redacts it ask of each once."""
    return _remembered_in(text, key) if len(text) <= _REMEMBERED else _found_in(_encoded(text), key)


def _found_in(data: bytes, key: str) -> tuple[Personal, ...]:
    small = len(data) < 6 or (len(data) < 9 and data.isalnum())  # of no form of its own
    if (small or _BARE.match(data) or not _WORTH.search(data)) and announced(*names_in(key)) is None:
        return ()
    return tuple(_all_in(data, key, _FOLDED))


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_remembered = lru_cache(maxsize=8_192)(_found_in)  # the parameters of one shop are much alike
_remembered_in = lru_cache(maxsize=8_192)(lambda text, key: _found_in(_encoded(text), key))


def _all_in(data: bytes, key: str, folded: int) -> Iterator[Personal]:
    kind = announced(*names_in(key))
    for layer in layers(data):
        found = [*(_whole(kind, layer.text) if kind else ()), *_by_name(layer.text, names_in(key)[0])]
        starts, ends = {item.start for item in found}, {item.end for item in found}
        formed = (*_by_form(layer.text, key), *_coded(layer.text, key, folded))
        found += (item for item in formed if item.start not in starts and item.end not in ends)  # its name knows better
        for item in found:
            start, end = layer.span(item.start, item.end)
            yield Personal(item.kind, start, end, item.value)


def _whole(kind: str, text: bytes) -> Iterator[Personal]:
    """A value under a telling name, or each of a list of them."""
    if text.lstrip()[:1] == b"[":
        for item in _LISTED.finditer(text[:2_000]):
            yield from _valued(kind, text, *item.span(2))
    else:
        yield from _valued(kind, text, 0, len(text))


def _by_name(text: bytes, holder: str) -> Iterator[Personal]:
    """Values under telling names. `holder` is the name of the text itself."""
    if b"=" in text or b":" in text:
        for found in _KEYED.finditer(text):
            group = found.lastindex or 2
            kind = _announced(text, found.start(), found[1], holder)
            if kind is None:
                continue
            if group == 4:
                for item in _LISTED.finditer(text, *found.span(4)):
                    yield from _valued(kind, text, *item.span(2))
            else:
                yield from _valued(kind, text, *_whole_string(text, *found.span(group)))
        if b"value" in text or b"content" in text or b"text" in text or b"val" in text:
            for pattern, name, value in ((_PAIR, 1, 3), (_RIAP, 3, 2)):
                yield from _paired(pattern, text, name, value)
        if b"form-data" in text:
            yield from _paired(_PART, text, 1, 2)
    if b"[" in text:
        yield from _paired(_TUPLE, text, 1, 3)
    if b"</" in text:
        yield from _paired(_ELEMENT, text, 1, 2)


def _whole_string(text: bytes, start: int, end: int) -> tuple[int, int]:
    """A quoted value to its end, where that is further than a pattern looks."""
    quote = text[start - 1 : start]
    if end - start < _QUOTED or quote not in (b'"', b"'"):
        return start, end
    found = text.find(quote, end, end + _LONGEST)
    return start, found if found >= 0 else min(len(text), end + _LONGEST)


def _paired(pattern: re.Pattern[bytes], text: bytes, name: int, value: int) -> Iterator[Personal]:
    """Values that stand beside their names. An element's name may have a prefix of its own."""
    for found in pattern.finditer(text):
        if kind := announced(*names_in(_decoded(found[name]).rpartition(":")[2])):
            yield from _valued(kind, text, *found.span(value))


def _announced(text: bytes, start: int, name: bytes, holder: str) -> str | None:
    last, before = names_in(_decoded(name))
    found = announced(last, before)
    if found is None and not before and is_vague(last):
        found = announced(last, _around(text, start) or holder)
    return found or (announced(last.rpartition(" ")[2]) if " " in last else None)


def _around(text: bytes, start: int) -> str:
    """The name of the object that a place in JSON is in; empty when there is none nearby."""
    low = max(0, start - _NEAR)
    for _ in range(_HOPS):
        place = max(text.rfind(b"{", low, start), text.rfind(b"}", low, start))
        if place < 0:
            break
        if text[place] == 0x7B:
            found = _AROUND.search(text, max(0, place - 60), place)
            return _decoded(found[1]) if found else ""
        start = max(text.rfind(b"{", low, place), low)  # an object before it, which holds nothing more
    return ""


def _valued(kind: str, text: bytes, start: int, end: int) -> Iterator[Personal]:
    if kind == "email":
        return  # known by its form
    size = _size(kind, text[start:end])
    if size:
        yield Personal(kind, *_trimmed(text, start, start + size))


def _size(kind: str, value: bytes) -> int:
    """How many bytes of a value are what its name says. A form writes spaces as plus signs."""
    text = value[:400].decode("utf-8", "replace")
    taken = fits(kind, text) or (fits(kind, text.replace("+", " ")) if "+" in text else 0)
    return len(value) if taken >= len(text) else len(text[:taken].encode()) if taken else 0


def _trimmed(text: bytes, start: int, end: int) -> tuple[int, int, str]:
    while start < end and text[start : start + 1].isspace():
        start += 1
    while start < end and text[end - 1 : end].isspace():
        end -= 1
    return start, end, _decoded(text[start:end])


def _by_form(text: bytes, key: str) -> Iterator[Personal]:
    if b"@" in text:
        for found in MAIL.finditer(text):
            if _LEFT_OUT not in found[0] and b"**" not in found[0]:
                yield _hit("email", found)
    text = _evened(text)
    if b"+" in text:
        for found in _PHONE.finditer(text):
            if _is_phone("+" + _decoded(found[0]).replace("+", " ")):
                yield _hit("phone", found)
    for found in _CALLED.finditer(text):
        yield _hit("phone", found, 1)
    if b"wa.me/" in text or b"tel:" in text or b"sms:" in text or b"callto:" in text or b"whatsapp:" in text:
        for found in _LINKED.finditer(text):
            yield _hit("phone", found, 1)
    text = text.replace(b"+", b" ")  # as a form writes a space; nothing moves
    for found in _ABROAD.finditer(text) if b"00" in text else ():
        if _is_phone("+" + _decoded(found[1]), sure=True) and not is_id(_name_of(text, found.start(), key)):
            yield _hit("phone", found)
    for found in _NATIONAL.finditer(text):
        if _is_national(_decoded(found[0])) and not is_id(_name_of(text, found.start(), key)):
            yield _hit("phone", found)
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", _decoded(found[0]))
        if _ISSUER.fullmatch(digits) and luhn.is_valid(digits) and not is_id(_name_of(text, found.start(), key)):
            yield _hit("card", found)
    for found in _IBAN.finditer(text):
        if end := _iban_end(text, found.start()):
            yield Personal("iban", found.start(), end, _decoded(text[found.start() : end]))
    for found in _TAX_CODE.finditer(text):
        if codicefiscale.is_valid(_decoded(found[0])):
            yield _hit("national-id", found)


def _evened(text: bytes) -> bytes:
    """The text with plain spaces and hyphens for those of typography, as many as there were bytes: nothing moves."""
    if b"\xc2\xa0" not in text and b"\xe2" not in text and b"\xe3\x80" not in text:
        return text
    return _GAPS.sub(lambda found: (b"-" if found[1] else b" ") * len(found[0]), text)


def _name_of(text: bytes, start: int, key: str) -> str:
    """The name that a place in a text stands under: the one right before it, else the text's own."""
    found = _BEFORE.search(text, max(0, start - 80), start)
    return names_in(_decoded(found[1]))[0] if found else names_in(key)[0]


@lru_cache(maxsize=1024)
def _is_phone(text: str, *, sure: bool = False) -> bool:
    try:
        number = phonenumbers.parse(text, None)
        return phonenumbers.is_valid_number(number) if sure else phonenumbers.is_possible_number(number)
    except phonenumbers.NumberParseException:
        return False


@lru_cache(maxsize=1024)
def _is_national(text: str) -> bool:
    """Whether somebody in one of the larger countries has such a number; without gaps only a mobile telephone's is."""
    regions = _REGIONS if "0" in text[:2] else ("US",)
    for region in regions:
        try:
            number = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
            if mobile or not text.isdigit():
                return True
    return False


def _iban_end(text: bytes, start: int) -> int:
    """Where the IBAN that begins here ends; 0 when it is none of its country's form or its check digits are wrong."""
    form = _account_form(text[start : start + 2].upper())
    found = form.match(text, start) if form else None
    return found.end() if found and iban.is_valid(_decoded(found[0]), check_country=False) else 0


@lru_cache(maxsize=1024)
def _account_form(country: bytes) -> re.Pattern[bytes] | None:
    """How a country writes its IBANs, in groups or not (SWIFT's registry); None for one that has none."""
    structure = _REGISTRY.info(country.decode())[0][1].get("bban", "")
    parts = [(_LETTERS[part[2]], int(part[1])) for part in _STRUCTURE.finditer(structure)]
    if not parts:
        return None
    written = "".join(rf"(?:[ .-]{{0,3}}{letters}){{{size}}}" for letters, size in (("[0-9]", 2), *parts))
    return re.compile(rf"[A-Za-z]{{2}}{written}(?![A-Za-z0-9_])".encode())


_REGISTRY = numdb.get("iban")
_STRUCTURE = re.compile(r"([1-9][0-9]?)!([nac])")
_LETTERS = {"n": "[0-9]", "a": "[A-Za-z]", "c": "[A-Za-z0-9]"}


def _coded(text: bytes, key: str, folded: int) -> Iterator[Personal]:
    """Base64 and hexadecimal digits that hide personal data, as a whole."""
    if not folded:
        return
    for found in _DIGITS.finditer(text):
        if hidden := next(_all_in(bytes.fromhex(_decoded(found[1])), key, folded - 1), None):
            yield Personal(hidden.kind, *found.span(1), hidden.value)
    for found in _CODED.finditer(text):
        for start, end in _runs(text, *found.span()):
            inner = _unbase64(text[start:end])
            if inner is not None and (hidden := next(_all_in(inner, key, folded - 1), None)):
                yield Personal(hidden.kind, start, end, hidden.value)
                break


def _runs(text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A run of base64's letters, then its parts: what parts a path or a name is among these letters too."""
    yield start, end
    if any(mark in text[start:end] for mark in b"/_-"):
        yield from (found.span() for found in _PARTS.finditer(text, start, end))


def _unbase64(data: bytes) -> bytes | None:
    """What base64 stands for, if that is text."""
    bare = data.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(bare) % 4 == 1:
        return None
    inner = base64.b64decode(bare + b"=" * (-len(bare) % 4))
    try:
        text = inner.decode()
    except UnicodeDecodeError:
        return None
    return inner if len(text) >= 6 and sum(map(str.isprintable, text)) >= 0.95 * len(text) else None


def _hit(kind: str, found: re.Match[bytes], group: int = 0) -> Personal:
    return Personal(kind, *found.span(group), _decoded(found[group]))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", "replace")
