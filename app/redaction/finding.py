"""Finds secrets in one text: by the name before them, by their shape, by their scheme, and those known already.

Every pass takes linear time. RE2 looks for the words that a secret's name is made of and for shapes; around each word
a look of bounded length tells how the value is joined to it (`=`, `: "…"`, `>…<`, `"name": …, "value": …`, a list, a
multipart head, a sentence), and nothing that was taken for a value is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import re2

from app.redaction.tokens import CERTAIN, TABLE, TELLING, VAGUE, folded

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_ANY_CASE = re2.Options()
_ANY_CASE.encoding = re2.Options.Encoding.LATIN1
_ANY_CASE.case_sensitive = False

LONGEST_NAME = 60  # letters before or behind the word that tells; longer names are none
_MOST_NAMES = 20_000  # in one text; a batch of a thousand events has a few hundred
_BEHIND = 4_000  # bytes looked back for a value that stands before its name


class Found(NamedTuple):
    """A secret's place in a text. One that is `certain` is worth looking for elsewhere."""

    start: int
    end: int
    certain: bool


def secrets_in(text: bytes) -> Iterator[Found]:
    """Every secret that the text itself shows to be one; places may overlap."""
    telling = _TELLING.search(text) is not None  # one look for all, since most texts have none
    if telling:
        yield from _shaped(text)
    yield from _logins(text)
    if telling:
        yield from _Names(text).found()


# --- known on sight -------------------------------------------------------------------------------------------------


def _by_beginning(shapes: list[str], mixed: list[str]) -> Iterator[re2._Regexp]:
    """Patterns in each of which a match can begin only where none before it can go on, so that the time is linear.

    The first group is what is a secret whatever is in it, the second what is one where it is mixed.
    """
    for before, hyphened in (("[^A-Za-z0-9_]", False), ("[^A-Za-z0-9_-]", True)):
        sure, maybe = ([each for each in some if _has_hyphen(each) == hyphened] for some in (shapes, mixed))
        never = "[^\\x00-\\xff]"
        yield re2.compile(
            f"(?:^|{before})(?:({'|'.join(sure or [never])})|({'|'.join(maybe or [never])}))".encode(), _OPTIONS
        )


def _has_hyphen(shape: str) -> bool:
    return any("-" in part.replace("A-Z", "").replace("a-z", "").replace("0-9", "") for part in shape.split("|"))


_SHAPES = tuple(_by_beginning([s for each in TABLE for s in each.shapes], [s for each in TABLE for s in each.mixed]))
_IS_MIXED = (re.compile(rb"[0-9]"), re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"))


def _shaped(text: bytes) -> Iterator[Found]:
    for pattern in _SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if start >= 0:
                yield Found(start, end, True)
                continue
            start, end = match.span(2)
            if all(each.search(text, start, end) for each in _IS_MIXED):
                yield Found(start, end, True)


_LOGIN = re2.compile(rb"[A-Za-z][a-z+]{1,12}://([^/?#\s\"'@<>\\]+)@", _ANY_CASE)


def _logins(text: bytes) -> Iterator[Found]:
    """Name and password before an address's host."""
    if b"@" not in text:
        return
    for match in _LOGIN.finditer(text):
        start, end = match.span(1)
        colon = text.find(b":", start, end)
        if colon >= 0 and colon + 1 < end:
            yield Found(colon + 1, end, True)
        if is_opaque(text[start : colon if colon >= 0 else end]):
            yield Found(start, colon if colon >= 0 else end, True)


# --- what looks like a secret ---------------------------------------------------------------------------------------

_OPAQUE = re.compile(rb"[A-Za-z0-9_.~+/=|:!%-]{16,8192}+")
_RUN = re.compile(rb"(?<![A-Za-z0-9_.~+/-])[A-Za-z0-9_.~+/-]{16,8192}+")
_SEGMENT = re.compile(rb"[A-Za-z0-9]{12,}+")
_DIGIT, _LETTER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]")
# Marks that are no secrets: a UUID, a SHA-256 hash, the platforms' cookies, an address.
_ID = re.compile(
    rb"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\A[0-9a-f]{64}\Z|\A(?:fb|GA\d?|GS\d?)\.\d|://"
)


_HASHLIKE = re.compile(rb"[0-9A-Fa-f]{64}")


def is_opaque(value: bytes) -> bool:
    """Whether a value looks like a token: long, of letters and digits mixed, and none of the usual marks."""
    return bool(
        _OPAQUE.fullmatch(value)
        and any(_DIGIT.search(part) and _LETTER.search(part) for part in _SEGMENT.findall(value))
        and not _ID.search(value)
    )


# --- after a name ---------------------------------------------------------------------------------------------------

_WORDS = re2.compile(
    rb"token|secret|passw|passphrase|key|auth|bearer|basic|credential|jwt|assertion|signature", _ANY_CASE
)
_TELLING = re2.compile(b"|".join((*(each.pattern for each in _SHAPES), b"(?i:%b)" % _WORDS.pattern)), _OPTIONS)
_NAME_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_REST = re.compile(rb"[A-Za-z0-9_.-]{0,%d}+" % (LONGEST_NAME + 1))
# Whitespace may be a form's `+`. A bracket may close the key (`cd[access_token]`), or open a list around the value.
_JOINED = re.compile(
    rb"(?:\[\d{0,6})?\]?[\"'`]?\]?[\s+]{0,40}+(?P<sign>:=?|=>?)[\s+]{0,40}+(?P<open>[\[({]?)[\s+]{0,40}+"
)
_STRING = {
    ord(b'"'): re.compile(rb'"((?:[^"\\\xff]|\\.)*+)', re.DOTALL),
    ord(b"'"): re.compile(rb"'((?:[^'\\\xff]|\\.)*+)", re.DOTALL),
    ord(b"`"): re.compile(rb"`((?:[^`\\\xff]|\\.)*+)", re.DOTALL),
}
# A bare value ends where an escaped quote or bracket shows that it stood inside JSON.
_BARE = re.compile(rb"((?:[^&\s\"'<>;,{}\[\]()\\%`\xff]++|%(?!(?:25)*+(?:22|2C|5[BbCcDd]|7[BbDd]|0[AaDd])))++)")
_LOOKED_AT = 8_192  # bytes of a value that tell whether it is a secret
_NEXT = re.compile(rb"[\s,+]*+")
_SIBLING = re.compile(
    rb"[\"'][\s,;+]{0,20}+(?:[\"']?(?!val|content|data|text|default)[A-Za-z_@-]{1,20}[\"']?\s{0,9}+[:=]\s{0,9}+"
    rb"(?:\"[^\"\\]{0,80}\"|'[^'\\]{0,80}'|[A-Za-z0-9.]{1,20})[\s,]{0,9}+){0,3}"
    rb"[\"']?(?:values?|val|v|content|data|text|default|stringValue)[\"']?[\s+]{0,20}+[:=][\s+]{0,20}+\[?"
)
_BEFORE = re.compile(
    rb"\b(?:value|val|v|content|data|text)[\"']?\s{0,9}+[:=]\s{0,9}+(?:\"([^\"\\<>]++)\"|'([^'\\<>]++)')"
)
_PAIRED = re.compile(rb"[\"'][\s+]{0,20}+,[\s+]{0,20}+(?=[\"'])")
_ELEMENT = re.compile(rb"[\"']?(?:\s[^<>]{0,200}+)?>\s{0,40}+(?:<!\[CDATA\[\s{0,40}+)?([^<>\s\]]{1,8192}+)")
_PART = re.compile(
    rb"\]?\"?[^\r\n]{0,500}+(?:\r?\n[^\r\n]{1,500}+){0,10}?\r?\n\r?\n((?:(?!\r?\n(?:--|\xff)).)++)", re.DOTALL
)
_PATH = re.compile(rb"/([^/?#&\s\"'<>,;]{16,8192}+)")
_SCHEME = re.compile(rb"[\s+]{1,20}+([A-Za-z0-9._~+/=|-]{16,}+)")
_GAP = rb"[\s\"'`:=,()\[\]<>*|#]{1,8}+"
_SENTENCE = re.compile(rb"(?:%b[A-Za-z]{1,12}+(?![A-Za-z0-9_-])){0,4}?%b([A-Za-z0-9_.~+/=|-]{16,8192}+)" % (_GAP, _GAP))
_SAID_BEFORE = re.compile(
    rb"(?<![A-Za-z0-9_.~+/=|-])([A-Za-z0-9_.~+/=|-]{16,}+)(?:%b[A-Za-z]{1,12}+(?![A-Za-z0-9_-])){0,7}%b\Z"
    % (_GAP, _GAP)
)
_SAID = 400  # bytes looked back in a sentence
_PARAMETER = re.compile(rb"[A-Za-z_]{1,40}=[\"']")
_SCHEMED = re.compile(rb"(?i)\s{0,9}(?:bearer|oauth|basic|digest|token|hmac|aws4-hmac-sha256)[\s+]{1,9}")
_ALONE = frozenset((*VAGUE, "key", "auth", "oauth", "bearer", "jwt", "credential", "credentials", "basic"))


class _Names:
    """One walk through a text from name to name. `done` is how far values have been taken."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.done = 0
        self.behind = 0  # how far the text was searched for values before their names
        self.within = 0  # how far for those in an object under a telling name
        self.schemed = 0  # how far for a scheme's value
        self.bare = (0, 0)  # the last bare value; names in it begin a value that ends where it ends
        self.listed = 0  # how far lists behind a plural name were read
        self.spoken = self.said = 0  # how far for a value in a sentence, behind the name and before it

    def found(self) -> Iterator[Found]:
        """Every value that a name tells to be secret."""
        for count, word in enumerate(_WORDS.finditer(self.text)):
            if count == _MOST_NAMES:
                yield from self._rest(word.start())
                return
            if word.start() < self.done:
                continue
            start = self._beginning(word.start())
            end = _REST.match(self.text, word.end()).end()  # type: ignore[union-attr]  # it matches nothing too
            name = self.text[start:end]
            if len(name) > 2 * LONGEST_NAME:
                self.done = end
                continue
            self.done = max(self.done, end)
            kind = kind_of(name)
            if kind is not None:
                yield from self._value(start, end, kind)

    def _rest(self, at: int) -> Iterator[Found]:
        """Whatever looks like a secret from here on: so many names are no traffic, and cost too much one by one."""
        yield from (Found(*value.span(), False) for value in _RUN.finditer(self.text, at) if is_opaque(value[0]))

    def _beginning(self, at: int) -> int:
        head = self.text[max(self.done, at - LONGEST_NAME) : at]
        return at - len(head) + len(head.rstrip(_NAME_LETTERS))

    def _value(self, start: int, end: int, kind: Kind) -> Iterator[Found]:
        text = self.text
        if kind.scheme:
            yield from self._after_scheme(end)
        if joined := _JOINED.match(text, end):
            yield from self._joined(start, joined, kind)
            return
        quoted = text[end : end + 1] in (b'"', b"'") and text[start - 1 : start] in (b'"', b"'")
        if quoted and (sibling := _SIBLING.match(text, end)):
            yield from self._single(sibling.end(), kind, quoted=True)
            return
        if quoted and (pair := _PAIRED.match(text, end)):
            yield from self._single(pair.end(), kind.opaque(), quoted=True)
        if quoted or text[start - 1 : start] in (b">", b"="):
            yield from self._before(start, kind)
        yield from self._unjoined(start, end, kind)

    def _unjoined(self, start: int, end: int, kind: Kind) -> Iterator[Found]:
        """The value of a name that no sign joins to it: of a part, an element, a path, a sentence."""
        text, before = self.text, self.text[start - 1 : start]
        part = _PART.match(text, end) if text.rfind(b"name=", max(0, start - 200), start) >= 0 else None
        if part:
            yield from self._take(part.span(1), kind)
        elif element := _ELEMENT.match(text, end):
            yield from self._take(element.span(1), kind if before and before in b"<:'\"" else kind.opaque())
        elif path := _PATH.match(text, end):
            yield from self._take(path.span(1), kind.opaque())
        elif kind.alone:
            yield from self._in_sentence(start, end, kind.opaque())

    def _joined(self, start: int, joined: re.Match[bytes], kind: Kind) -> Iterator[Found]:
        text, at = self.text, joined.end()
        named = text[start - 1 : start] in (b'"', b"'") or joined["sign"] != b":"
        if joined["open"] == b"{":
            yield from self._in_object(at, kind)
        elif joined["open"] == b"[":
            yield from self._in_list(at, kind)
        else:
            yield from self._single(at, kind if named else kind.unquoted(), quoted=False, more=kind.plural)

    def _single(self, at: int, kind: Kind, *, quoted: bool, more: bool = False) -> Iterator[Found]:
        """The value that begins here; with `more` also those behind its commas."""
        while True:
            mark = self.text[at] if at < len(self.text) else 0
            if mark not in _STRING and (scheme := _SCHEMED.match(self.text, at)):
                at = scheme.end()
            span = self._value_at(at)
            if span is None or (mark not in _STRING and _PARAMETER.match(self.text, at)):
                return  # nothing, or parameters with names of their own, as OAuth 1 has them
            if mark in _STRING:
                yield from self._take(span, kind.quoted())
            elif not quoted:
                yield from self._take(span, kind)
            at = span[1]
            if not more or self.text[at : at + 1] != b"," or at < self.listed:
                return
            at += 1
            self.listed = at

    def _in_list(self, at: int, kind: Kind) -> Iterator[Found]:
        while True:
            at = _NEXT.match(self.text, at).end()  # type: ignore[union-attr]  # it matches nothing too
            mark = self.text[at] if at < len(self.text) else 0
            span = self._value_at(at)
            if span is None:
                if mark == ord(b"{"):
                    yield from self._in_object(at + 1, kind, b"]")
                return
            yield from self._take(span, kind)
            at = span[1] + (mark in _STRING)

    def _in_object(self, at: int, kind: Kind, closing: bytes = b"}") -> Iterator[Found]:
        """Whatever looks like a secret in an object under a telling name; its own names are looked at besides."""
        if at < self.within:
            return
        end = self.text.find(closing, at, at + _BEHIND)
        end = self.within = end if end >= 0 else at + _BEHIND
        for value in _STRING[ord(b'"')].finditer(self.text, at, end):
            if is_opaque(value[1]):
                yield Found(*value.span(1), kind.certain)

    def _before(self, start: int, kind: Kind) -> Iterator[Found]:
        """A value that stands before its name: `{"value": "…", "name": "access_token"}`."""
        least = max(self.behind, start - _BEHIND)
        opening = max(self.text.rfind(b"{", least, start), self.text.rfind(b"<", least, start))
        self.behind = start
        if opening >= 0:
            for value in _BEFORE.finditer(self.text, opening, start):
                span = value.span(1) if value[1] is not None else value.span(2)
                if kind.takes(self.text[span[0] : span[1]]):
                    yield Found(*span, kind.certain)

    def _after_scheme(self, end: int) -> Iterator[Found]:
        if end < self.schemed:
            return
        value = _SCHEME.match(self.text, end)
        if value is None:
            return
        self.schemed = value.end()
        if _DIGIT.search(value[1]):
            self.done = max(self.done, value.end())
            yield Found(*value.span(1), True)

    def _in_sentence(self, start: int, end: int, kind: Kind) -> Iterator[Found]:
        least, self.said = max(self.said, start - _SAID), start
        if before := _SAID_BEFORE.search(self.text, least, start):
            yield from self._take(before.span(1), kind)
        if end >= self.spoken and (behind := _SENTENCE.match(self.text, end)):
            self.spoken = behind.end()
            yield from self._take(_trimmed(self.text, behind.span(1)), kind)

    def _value_at(self, at: int) -> tuple[int, int] | None:
        """Where the quoted or bare value lies that begins here."""
        if string := _STRING.get(self.text[at] if at < len(self.text) else 0):
            quoted = string.match(self.text, at)
            return quoted.span(1) if quoted else None
        start, end = self.bare
        if not start <= at < end:
            bare = _BARE.match(self.text, at)
            if bare is None:
                return None
            self.bare = _, end = bare.span(1)
        return at, end

    def _take(self, span: tuple[int, int], kind: Kind) -> Iterator[Found]:
        start, end = span
        value = self.text[start : min(end, start + _LOOKED_AT)]
        if scheme := _SCHEMED.match(value):
            start += scheme.end()
            value = value[scheme.end() :]
        if start < end and kind.takes(value):
            self.done = max(self.done, end)
            yield Found(start, end, kind.certain)


def _trimmed(text: bytes, span: tuple[int, int]) -> tuple[int, int]:
    """A word of a sentence without the full stop behind it."""
    start, end = span
    return start, start + len(text[start:end].rstrip(b".:=-"))


_CERTAIN_ENDS = tuple({name.rstrip("s") for name in CERTAIN})


class Kind(NamedTuple):
    """How sure a name is that its value is a secret."""

    certain: bool  # the value is one whatever it looks like, and may be looked for elsewhere
    any_value: bool = True
    least: int = 1  # bytes that a value has at least
    scheme: bool = False  # the name is an authentication scheme's
    alone: bool = False  # the name is a plain word, as in a sentence
    plural: bool = False

    def takes(self, value: bytes) -> bool:
        """Whether a value is a secret under such a name."""
        if self.any_value:
            return len(value) >= self.least
        return is_opaque(value) or (self.certain and bool(_HASHLIKE.fullmatch(value)))

    def opaque(self) -> Kind:
        """The same where only what looks like a secret is one."""
        return self._replace(any_value=False)

    def quoted(self) -> Kind:
        """The same for a value in quotes: no code, whatever it looks like."""
        return self._replace(least=1)

    def unquoted(self) -> Kind:
        """The same for what stands behind a colon without quotes, which in scripts is code."""
        return self._replace(any_value=self.any_value and self.certain, least=4)


@lru_cache(maxsize=4_096)
def kind_of(name: bytes) -> Kind | None:
    """What a name says of its value; None for one that says nothing."""
    last = folded(name.rpartition(b".")[2]) or folded(name)
    whole = folded(name)
    scheme = last in ("bearer", "oauth", "basic", "token")
    alone = last in _ALONE
    plural = last.endswith("s")
    if whole.rstrip("s").endswith(_CERTAIN_ENDS):
        return Kind(True, plural=plural, alone=True)
    if last in VAGUE:
        return Kind(False, scheme=scheme, alone=alone)
    if last in TELLING or last == "basic" or last.rstrip("s").endswith(("token", "secret", "auth")):
        certain = last.rstrip("s") in ("token", "secret", "auth", "credential", "bearer", "jwt")
        return Kind(certain, any_value=False, scheme=scheme, alone=alone, plural=plural)
    return None
