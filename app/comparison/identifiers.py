"""How two event IDs that ought to be one relate, and which parts of them differ."""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from app.comparison.shortening import short

_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_LEFT_OUT = dict.fromkeys(map(ord, _INVISIBLE))
_EDGES = " \t\r\n\f\v\u00a0\u2007\u202f\u3000" + _INVISIBLE
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z", re.IGNORECASE)
_FAMILIES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an ID made by the platform's script", re.compile(r"(?:ob3|sgwpixel|pcm|ob)_plugin-set_\w+\Z")),
    ("a UUID", _UUID),
    ("a SHA-256 hash", re.compile(r"[0-9a-f]{64}\Z", re.IGNORECASE)),
    ("a SHA-1 hash", re.compile(r"[0-9a-f]{40}\Z", re.IGNORECASE)),
    ("an MD5 hash or a UUID without hyphens", re.compile(r"[0-9a-f]{32}\Z", re.IGNORECASE)),
    ("a time in milliseconds with a random part", re.compile(r"1[0-9]{12}[._-][0-9]{1,20}\Z")),
    ("a time in milliseconds", re.compile(r"1[0-9]{12}\Z")),
    ("a time in seconds", re.compile(r"1[5-9][0-9]{8}(?:\.[0-9]+)?\Z")),
    ("a ULID", re.compile(r"0[0-9A-HJKMNP-TV-Z]{25}\Z")),
    ("an order number", re.compile(r"(?=.{1,16}\Z)#?[A-Za-z]{0,6}[-_#]?[0-9]{1,12}\Z")),
)
_LOOSE = ("an order number", "a free text")  # kinds in which a shared number is more than chance
_TOKENS = re.compile(r"[^\W_]+")
_WORD_AFFIX = re.compile(r"(?:[\W_]*[A-Za-z]{1,20}[\W_]*){1,3}\Z")
_OPEN_AFFIX = re.compile(r"(?:[\W_].*|.*[\W_]|[A-Za-z]{1,20})\Z", re.DOTALL)
_WHOLE = (*(name for name, _ in _FAMILIES[1:5]), "a ULID")  # kinds with a fixed length
_ROUND = frozenset((8, 10, 12, 16, 20, 24, 30, 32, 36, 40, 48, 50, 60, 63, 64, 80, 100, 120, 128, 200, 250, 255, 256))
_MAX = 1_000  # characters; what is longer is no ID that anybody made by hand


class IdRelation(NamedTuple):
    """How two event IDs relate. The parts are the differing texts, the spans where they stand in each ID.

    `reason` is `equal`, `case`, `whitespace`, `affix`, `number-format`, `truncated`, `encoded`, `family` or
    `independent`; `detail` is a sentence that names the difference.
    """

    reason: str
    detail: str
    a_part: str = ""
    b_part: str = ""
    a_span: tuple[int, int] = (0, 0)
    b_span: tuple[int, int] = (0, 0)


def relate_ids(a: str, b: str) -> IdRelation:
    """Say how two event IDs that ought to be one differ, by the simplest difference that explains them."""
    if a == b:
        return IdRelation("equal", "The IDs are the same text.")
    return _related(a, b) if len(a) <= _MAX and len(b) <= _MAX else _whole(a, b)


@lru_cache(maxsize=4096)
def _related(a: str, b: str) -> IdRelation:
    for rule in (_whitespace, _case, _encoded, _number_format, _truncated, _affix):
        found = rule(a, b)
        if found:
            return found
    return _whole(a, b)


def family_of(event_id: str) -> str:
    """What an ID looks like, in words ("a UUID", "an order number"); "a free text" when nothing fits."""
    text = event_id.strip()
    return next((name for name, pattern in _FAMILIES if pattern.match(text)), "a free text")


def _marked(reason: str, detail: str, a: str, b: str) -> IdRelation:
    """A relation whose differing parts are what common beginning and end leave over."""
    start = 0
    shortest = min(len(a), len(b))
    while start < shortest and a[start] == b[start]:
        start += 1
    end = 0
    while end < shortest - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a_span, b_span = (start, len(a) - end), (start, len(b) - end)
    return IdRelation(reason, detail, a[slice(*a_span)], b[slice(*b_span)], a_span, b_span)


def _whitespace(a: str, b: str) -> IdRelation | None:
    if _bare(a) != _bare(b):
        return None
    return _marked("whitespace", f"Only white space or invisible characters differ: {_shown(a)} and {_shown(b)}.", a, b)


def _bare(text: str) -> str:
    return text.strip(_EDGES).translate(_LEFT_OUT)


def _case(a: str, b: str) -> IdRelation | None:
    if _bare(a).casefold() != _bare(b).casefold():
        return None
    return _marked("case", f"Only upper and lower case differ: {short(a)} and {short(b)}.", a, b)


def _encoded(a: str, b: str) -> IdRelation | None:
    for first, second, side in ((a, b, 0), (b, a, 1)):
        for name, decode in _DECODERS:
            once = decode(first)
            if once != first and second in (once, decode(once)):
                text = f"{short(first)} is {short(second)} with {name} left in."
                relation = _marked("encoded", text, a, b)
                return relation if side == 0 else relation._replace(detail=text)
    return None


def _from_base64(text: str) -> str:
    bare = text.strip().rstrip("=")
    if len(bare) < 4 or not re.fullmatch(r"[A-Za-z0-9+/_-]+", bare):
        return text
    try:
        raw = base64.urlsafe_b64decode(bare.replace("+", "-").replace("/", "_") + "=" * (-len(bare) % 4))
        return raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return text


_DECODERS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("percent-encoding", unquote),
    ("form encoding", unquote_plus),
    ("base64", _from_base64),
    ("HTML entities", html.unescape),
    ("decomposed letters", lambda text: unicodedata.normalize("NFC", text)),
    ("quotes", lambda text: text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text),
)


def _number_format(a: str, b: str) -> IdRelation | None:
    if _number(a) is None or _number(a) != _number(b):
        return None
    return _marked("number-format", f"One number written in two ways: {short(a)} and {short(b)}.", a, b)


def _number(text: str) -> str | None:
    """The bare number behind `#1042`, `000001`, `1,042` or `1042.0`; None when the ID is no number."""
    text = _bare(text).removeprefix("#").strip()
    text = re.sub(r"(?<=[0-9])[,'\u00a0 _](?=[0-9]{3}(?![0-9]))", "", text)
    text = re.sub(r"\.0+\Z", "", text)
    scientific = re.fullmatch(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})", text)
    if scientific:
        whole, part, power = scientific[1], scientific[2] or "", int(scientific[3])
        text = (whole + part).ljust(power + 1, "0") if len(part) <= power else text
    return (text.lstrip("0") or "0") if text.isascii() and text.isdigit() else None


def _truncated(a: str, b: str) -> IdRelation | None:
    """One is the start of the other, and the cut shows: in the middle of a word, or at a column's usual width."""
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    if len(shorter) < 6 or not longer.startswith(shorter):
        return None
    rest = longer[len(shorter) :]
    inside = shorter[-1].isalnum() and rest[0].isalnum() and not (shorter[-1].isdigit() and rest[0].isalpha())
    whole = family_of(longer) in _WHOLE or "plugin-set" in longer
    column = len(shorter) in _ROUND and len(shorter) >= 20 and family_of(shorter) == "a free text"
    if not (whole or column or (inside and len(shorter) >= 8)):
        return None
    return _marked("truncated", f"{short(shorter)} is the first {len(shorter)} of {len(longer)} characters.", a, b)


def _affix(a: str, b: str) -> IdRelation | None:
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    folded = longer.casefold()
    core = shorter.casefold()
    if len(core) >= 2 and any(c.isalnum() for c in core) and len(folded) == len(longer):
        at = folded.find(core) if not folded.endswith(core) else len(folded) - len(core)
        if at >= 0 and _stands_alone(longer, at, len(core)):
            return _affixed(a, b, longer, at, len(core))
    return _two_affixes(a, b)


def _stands_alone(text: str, at: int, size: int) -> bool:
    """Whether what surrounds a part of an ID reads as something added to it."""
    before, after = text[:at], text[at + size :]
    return (not before or bool(_OPEN_AFFIX.match(before)) or before.isalpha()) and (
        not after or bool(_OPEN_AFFIX.match(after))
    )


def _affixed(a: str, b: str, longer: str, at: int, size: int) -> IdRelation:
    before, after = longer[:at], longer[at + size :]
    named = " and ".join(f"“{short(part)}” {place}" for part, place in ((before, "before"), (after, "after")) if part)
    span = (0, len(before)) if before else (at + size, len(longer))
    part = before or after
    detail = f"{short(longer)} is the other ID with {named} it."
    if longer is a:
        return IdRelation("affix", detail, part, "", span, (0, 0))
    return IdRelation("affix", detail, "", part, (0, 0), span)


def _two_affixes(a: str, b: str) -> IdRelation | None:
    """Both carry something of their own around one common part (`web-12345`, `12345_server`)."""
    ours, theirs = _TOKENS.findall(a), _TOKENS.findall(b)
    common = {token.casefold() for token in ours} & {token.casefold() for token in theirs}
    core = max((token for token in common if any(c.isdigit() for c in token)), key=len, default="")
    if len(core) < 3 or family_of(a) == family_of(b) not in _LOOSE:
        return None
    parts = []
    for text in (a, b):
        at = text.casefold().find(core)
        before, after = text[:at], text[at + len(core) :]
        if at < 0 or not all(not part or (len(part) <= 40 and _WORD_AFFIX.match(part)) for part in (before, after)):
            return None
        part, span = (before, (0, at)) if before else (after, (at + len(core), len(text)))
        parts.append((part, span))
    (a_part, a_span), (b_part, b_span) = parts
    detail = f"Both carry {short(core)}, one with “{short(a_part)}”, the other with “{short(b_part)}”."
    return IdRelation("affix", detail, a_part, b_part, a_span, b_span)


def _whole(a: str, b: str) -> IdRelation:
    """Nothing connects the two texts: different kinds of ID, or two IDs of one kind."""
    kinds = family_of(a), family_of(b)
    if kinds[0] != kinds[1]:
        reason, detail = "family", f"{short(a)} looks like {kinds[0]}, {short(b)} like {kinds[1]}."
    else:
        reason = "independent"
        detail = f"{short(a)} and {short(b)} are two unrelated values ({kinds[0]} each)."
    return IdRelation(reason, detail, a, b, (0, len(a)), (0, len(b)))


def _shown(text: str) -> str:
    """An ID in quotes, so that spaces at its ends can be seen."""
    return f"“{short(text)}”"
