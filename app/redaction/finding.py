"""Finds secrets in one text: by the name before them, by their shape, by their scheme, and those known already.

Every pass takes linear time. RE2 looks for the words that a secret's name is made of and for shapes; around each word
a look of bounded length tells how the value is joined to it (`=`, `: "…"`, `>…<`, `"name": …, "value": …`, a list, a
multipart head, a sentence), and nothing that was taken for a value is looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from app.redaction.headers import is_kept
from app.redaction.kinds import Kind, kind_of
from app.redaction.shapes import OPAQUE_RUN, SHAPES, Found, is_opaque, logins, shaped

_ANY_CASE = re2.Options()
_ANY_CASE.encoding = re2.Options.Encoding.LATIN1
_ANY_CASE.case_sensitive = False

LONGEST_NAME = 60  # letters before or behind the word that tells; longer names are none
_MOST_NAMES = 20_000  # in one text; a batch of a thousand events has a few hundred
_BEHIND = 4_000  # bytes looked back for a value that stands before its name
_WIDEST = 1 << 16  # bytes of an object or a list that are looked through for its end
_HOPS = 16  # braces passed on the way back to the one that opens an object


def secrets_in(text: bytes) -> Iterator[Found]:
    """Every secret that the text itself shows to be one; places may overlap."""
    telling = _TELLING.search(text) is not None  # one look for all, since most texts have none
    if telling:
        yield from shaped(text)
    yield from logins(text)
    if telling:
        yield from _Names(text).found()


_WORDS = re2.compile(
    rb"token|secret|pass|pwd|key|auth|bearer|basic|credential|jwt|assertion|signature|cookie|verifier|signed[_.-]?request",
    _ANY_CASE,
)
_TELLING = re2.compile(
    b"|".join((*(b"(?-i:%b)" % each.pattern for each in SHAPES), b"(?:%b)" % _WORDS.pattern)), _ANY_CASE
)
_NAME_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_REST = re.compile(rb"[A-Za-z0-9_.-]{0,%d}+" % (LONGEST_NAME + 1))
# Whitespace may be a form's `+`, or the spaces and signs of other scripts in UTF-8. A bracket may close the key
# (`cd[access_token]`), or open a list around the value. PHP says how long a string is, Python how it is quoted.
_SPACE = rb"[\s+\xa0\xc2\xe2\xe3\x80\xaf]{0,40}+"
_JOINED = re.compile(
    rb"(?:\[(?:\d{0,6}|value|string|raw))?\]?[\"'`]?\]?%b(?P<sign>:=?|=>?|\xef\xbc[\x9a\x9d]|;(?=[as]:\d{1,7}:[\"{]))%b"
    rb"(?:[as]:\d{1,7}:)?(?:[uUbBrRfF]{1,2}(?=[\"']))?(?P<open>[\[({]?)[\s+]{0,40}+(?:\"\"(?=\")|''(?='))?"
    % (_SPACE, _SPACE)
)
_BLOCK = re.compile(
    rb"[|>][-+0-9]{0,2}[ \t]{0,8}\r?\n([ \t]{1,80}+)([^\r\n]{1,4000}+(?:\r?\n\1[^\r\n]{1,4000}+){0,100}+)"
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
_VALUE = rb"(?:values?|val|v|content|data|text|default|stringValue)"
_SIBLING = re.compile(
    rb"[\"'][\s,;+]{0,20}+(?:[\"']?(?!%b[\"']?\s{0,9}[:=])[A-Za-z_@-]{1,20}[\"']?\s{0,9}+[:=]\s{0,9}+"
    rb"(?:\"(?:[^\"\\]|\\.){0,200}+\"|'[^'\\]{0,200}+'|[A-Za-z0-9.-]{1,40}+|\[[^\[\]]{0,200}+\]|\{[^{}]{0,200}+\})"
    rb"[\s,]{0,9}+){0,20}+[\"']?%b[\"']?[\s+]{0,20}+[:=][\s+]{0,20}+\[?" % (_VALUE, _VALUE)
)
_BEFORE = re.compile(
    rb"\b(?:value|val|v|content|data|text)[\"']?\s{0,9}+[:=]\s{0,9}+(?:\"([^\"\\<>]++)\"|'([^'\\<>]++)')"
)
_INNER = re.compile(
    rb"\"((?:[^\"\\\xff]|\\.)*+)\"?|'((?:[^'\\\xff]|\\.)*+)'?|([\[{])|([\]}])|[()]|([^\s\"'`\[\]{}(),:;=&<>\xff]++)",
    re.DOTALL,
)
_IS_KEY = re.compile(rb"\s{0,9}+(?::|=>)")
_COOKIE = re.compile(rb"(?<![^\s;,\"'])([^=;,\s\"']{1,100}+)=([^;,\s\"'\\\xff]{6,4096}+)")
_COOKIE_LINE = re.compile(rb"[^\r\n\"'\\\xff]{6,8192}+")
_ATTRIBUTES = frozenset((b"path", b"domain", b"expires", b"max-age", b"samesite", b"priority"))
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


class _Names:
    """One walk through a text from name to name. `done` is how far values have been taken."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.done = 0
        self.behind = 0  # how far the text was searched for values before their names
        self.within = {True: 0, False: 0}  # how far brackets were looked through, for any value and for opaque ones
        self.schemed = 0  # how far for a scheme's value
        self.bare = (0, 0)  # the last bare value; names in it begin a value that ends where it ends
        self.listed = self.block = 0  # how far lists behind a plural name were read, and YAML's blocks
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
        yield from (Found(*value.span(), False) for value in OPAQUE_RUN.finditer(self.text, at) if is_opaque(value[0]))

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
        if kind.cookies:
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
        if joined["open"] in (b"{", b"["):
            yield from self._in_brackets(at, kind, joined["open"])
        elif kind.cookies and not named:
            if (start == 0 or text[start - 1 : start] in b"\n '\"") and (line := _COOKIE_LINE.match(text, at)):
                yield from self._cookies(*line.span())
        elif start >= self.block and (block := _BLOCK.match(text, at)):
            self.block = block.end()
            yield from self._take(block.span(2), kind)
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

    def _in_brackets(self, at: int, kind: Kind, opening: bytes) -> Iterator[Found]:
        """The values in a list under a telling name; in an object, at any depth, those that look like secrets.

        Its own names are looked at besides. Without an end nearby it is no data, or was cut off: then little is read.
        """
        if at < self.within[kind.any_value]:
            return
        found: list[Found] = []
        lists, kept = [opening == b"["], False
        end = at
        for token in _INNER.finditer(self.text, at, at + _WIDEST):
            end = token.end()
            if token[3]:
                lists.append(token[3] == b"[")
            elif token[4]:
                lists.pop()
                if not lists:
                    break
            elif not token.lastindex:  # a parenthesis: code
                kind = kind.opaque()
            elif not _IS_KEY.match(self.text, end) or is_kept(token[token.lastindex].decode("latin-1")):
                was_kept, kept = kept, kind.cookies and is_kept(token[token.lastindex].decode("latin-1"))
                if not was_kept and not kept:
                    found += self._take(token.span(token.lastindex), kind if all(lists) else kind.opaque())
        if lists:
            end = min(end, at + _BEHIND)
        self.within[kind.any_value] = max(self.within[kind.any_value], end)
        yield from (each for each in found if each.start < end)

    def _cookies(self, start: int, end: int) -> Iterator[Found]:
        """The values of cookies that are no platform's marks, as they stand in a header."""
        for cookie in _COOKIE.finditer(self.text, start, end):
            if cookie[1].lower() not in _ATTRIBUTES and not is_kept(cookie[1].decode("latin-1")):
                self.done = max(self.done, cookie.end())
                yield Found(*cookie.span(2), False)

    def _before(self, start: int, kind: Kind) -> Iterator[Found]:
        """A value that stands before its name: `{"value": "…", "name": "access_token"}`."""
        least = max(self.behind, start - _BEHIND)
        opening = max(self._opening(start, least), self.text.rfind(b"<", least, start))
        self.behind = start
        if opening >= 0:
            for value in _BEFORE.finditer(self.text, opening, start):
                span = value.span(1) if value[1] is not None else value.span(2)
                if kind.takes(self.text[span[0] : span[1]]):
                    yield Found(*span, kind.certain)

    def _opening(self, at: int, least: int) -> int:
        """Where the object begins that a place is in; -1 where that is not near."""
        inside = 0
        for _ in range(_HOPS):
            closing, at = self.text.rfind(b"}", least, at), self.text.rfind(b"{", least, at)
            if closing > at:
                inside, at = inside + 1, closing
            elif at < 0 or not inside:
                return at
            else:
                inside -= 1
        return -1

    def _after_scheme(self, end: int) -> Iterator[Found]:
        if end < self.schemed:
            return
        value = _SCHEME.match(self.text, end)
        if value is None:
            return
        self.schemed = value.end()
        if any(letter in b"0123456789" for letter in value[1]):
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
        if kind.cookies and b"=" in self.text[start:end]:
            yield from self._cookies(start, end)
            return
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
