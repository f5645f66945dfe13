"""Masks secrets on the wire: tokens, proofs, keys, cookies, wherever they stand and however often they are escaped.

A masked secret keeps its length in bytes, so that Content-Length stays true, and, when it has sixteen bytes or more,
its last four characters. A digest salted anew in each process stands inside, so that two secrets can be told apart
and one recognised again, but none be guessed. Of a platform's tokens the letters they all begin with stay, so that a
page's own token is not taken for one: `EAAB…q9Zx` becomes `EAA***5f0c1e****…**q9Zx`.

Inside base64, hexadecimal digits and UTF-16 the text is masked and coded again. A compressed body that nobody
unpacked and that holds a secret is kept as its text, masked, and so has another length.

How a secret is found is in `app/redaction/finding.py`, and whose tokens look how in `app/redaction/tokens.py`.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

import re2
from msgspec import convert, json, to_builtins
from msgspec.structs import replace

from app.model import Event, Exchange, Headers
from app.redaction.codings import Inlay, inlays, unpacked
from app.redaction.finding import Found, is_opaque, secrets_in
from app.redaction.layers import LEFT_OUT, Layer, Span, layers, plain
from app.redaction.tokens import COOKIES_KEPT

_SALT = secrets.token_bytes(16)
_KEPT = 16  # from this length on the last four characters stay
_MEMORABLE = 8  # from this length on a secret found once is looked for in the rest of its exchange
_LASTING = 16  # and from this one in all that comes later
_MOST = 2_000  # secrets remembered; the oldest are forgotten
_TAIL = 40  # bytes at a secret's end that are looked for first
_NESTED = 3  # codings in one another

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
_OPTIONS.max_mem = 64 << 20

_MASKED = re.compile(rb"\*{1,3}|(?:EAA)?\*{3}[0-9a-f]{1,6}(?:\*+[A-Za-z0-9_.*-]{4})?|9+")
_DIGIT, _LETTER, _OTHER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]"), re.compile(rb"[^0-9]")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPED = re.compile(rb"%(?:25)*[0-9A-Fa-f]{2}")
_NOTHING = frozenset((b"null", b"none", b"undefined", b"true", b"false", b"nan", b"_removed_"))  # the last by the pixel
_SECRET_HEADER = re.compile(r"(?i)authorization|token|secret|passw|(?:api|access)-?key")
_VAGUE_HEADER = re.compile(
    r"(?im)authentication|credential|jwt|(?:^|-)(?:auth|session|signature)(?:-|$)|subscription-key|private-key|^x-key$"
)
_AUTH_SCHEME = re.compile(r"(?i)^\s*+(?:bearer|oauth|basic|digest|token)\s++")
_COOKIES_KEPT = re.compile(f"(?i){COOKIES_KEPT}")
_encoder = json.Encoder()


class _Memory:
    """Secrets by their last bytes, and a pattern that finds them all in one pass. Lives in memory only."""

    def __init__(self) -> None:
        self._by_tail: dict[bytes, list[bytes]] = {}
        self._known: dict[bytes, None] = {}
        self._pattern: re2._Regexp | None = None

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, secret: bytes) -> bool:
        return secret in self._known

    def add(self, secret: bytes) -> None:
        """Remember one more; of too many the oldest is forgotten."""
        if len(self._known) >= _MOST:
            self._forget(next(iter(self._known)))
        self._known[secret] = None
        self._by_tail.setdefault(secret[-_TAIL:], []).append(secret)
        self._pattern = None

    def found(self, text: bytes) -> Iterator[Span]:
        """Where remembered secrets stand in a text."""
        if not self._known:
            return
        if self._pattern is None:
            # The longest first: one may be the end of another.
            tails = sorted(self._by_tail, key=len, reverse=True)
            self._pattern = re2.compile(b"|".join(map(re2.escape, tails)), _OPTIONS)
        for tail in self._pattern.finditer(text):
            end = tail.end()
            for secret in self._by_tail[tail[0]]:
                if text.endswith(secret, 0, end):
                    yield end - len(secret), end

    def _forget(self, secret: bytes) -> None:
        del self._known[secret]
        same = self._by_tail[secret[-_TAIL:]]
        same.remove(secret)
        if not same:
            del self._by_tail[secret[-_TAIL:]]


class Masker:
    """Masks secrets, and knows those it has masked again wherever they stand in what comes later.

    What it knows lives in memory only. Used by one thread; `known` may be read by any.
    """

    def __init__(self) -> None:
        self._memory = _Memory()
        self.known = 0  # secrets learnt so far: when it has grown, what was masked before may hold one

    def mask(self, exchange: Exchange) -> Exchange:
        """The exchange with every secret masked, everything else unchanged. Masking twice changes nothing more."""
        packed, exchange = exchange, _readable(exchange)
        parts, named = _laid_out(exchange)
        whole = LEFT_OUT.join(parts)
        reading = _Reading(whole)
        edits = reading.edits(self._memory, self._learnt(reading, named))
        private = any(_privacy(name) for name, _ in named)
        if not edits and not private:
            return packed
        parts = _cut(_applied(whole, edits), map(len, parts)) if edits else parts
        return _rebuilt(exchange, parts)

    def text(self, text: str) -> str:
        """Text with every secret masked."""
        data = _bytes(text)
        masked = self.data(data)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """Bytes with every secret masked, of the same length; the very same object when there was none."""
        edits = _Reading(data).edits(self._memory)
        return _applied(data, edits) if edits else data

    def again(self, exchange: Exchange, since: int = 0) -> Exchange:
        """An exchange that was masked when `since` secrets were known, with those masked that have become known."""
        if self.known == since or not self._memory:
            return exchange
        packed, exchange = exchange, _readable(exchange)
        parts, _ = _laid_out(exchange)
        whole = LEFT_OUT.join(parts)
        edits = _Reading(whole, known_only=True).edits(self._memory)
        return _rebuilt(exchange, _cut(_applied(whole, edits), map(len, parts))) if edits else packed

    def text_again(self, text: str) -> str:
        """The same for a text."""
        if not self._memory or len(text) < _LASTING:
            return text
        data = _bytes(text)
        edits = _Reading(data, known_only=True).edits(self._memory)
        return _applied(data, edits).decode("utf-8", "surrogatepass") if edits else text

    def event(self, event: Event) -> Event:
        """An event decoded before, with those secrets masked that have become known; the same one if it has none."""
        if not self._memory or not any(self._memory.found(_encoder.encode(event))):
            return event
        return convert(_again(to_builtins(event), self.text_again), Event)

    def learn(self, found: Iterable[bytes]) -> None:
        """Take in secrets that somebody else has found: another process, or a form of our own."""
        for secret in found:
            if len(secret) >= _LASTING and secret not in self._memory:
                self._memory.add(secret)
                self.known += 1

    def _learnt(self, reading: _Reading, named: Headers) -> _Memory:
        """What an exchange shows to be secret: some for later exchanges too, the rest for this one alone."""
        local = _Memory()
        values = [_bytes(_AUTH_SCHEME.sub("", value)) for name, value in named if _privacy(name) is _Privacy.SECRET]
        for secret in (*reading.certain(), *values):
            for form in _forms(secret):
                if len(form) >= _LASTING and is_opaque(form):
                    self.learn((form,))
                elif _is_telling(form) and form not in local:
                    local.add(form)
        return local


def _again(part: Any, text_again: Callable[[str], str]) -> Any:
    match part:
        case str():
            return text_again(part)
        case dict():
            return {_again(key, text_again): _again(value, text_again) for key, value in part.items()}
        case list() | tuple():
            return [_again(item, text_again) for item in part]
    return part


def share_salt(salt: bytes | None = None) -> bytes:
    """The salt of this process's digests; given another's, masks look the same in both."""
    global _SALT
    _SALT = salt or _SALT
    return _SALT


def mask(exchange: Exchange) -> Exchange:
    """The exchange with every secret masked by somebody who knows no other exchange."""
    return Masker().mask(exchange)


def mask_text(text: str) -> str:
    """Text with every secret masked that shows itself."""
    return Masker().text(text)


def mask_bytes(data: bytes) -> bytes:
    """Bytes with every secret masked that shows itself, of the same length; the same object when there was none."""
    return Masker().data(data)


# --- finding ---------------------------------------------------------------------------------------------------------


class _Edit(NamedTuple):
    start: int
    end: int
    text: bytes


class _Coded(NamedTuple):
    """The texts coded in a layer, read together."""

    inlays: tuple[Inlay, ...]
    compressed: tuple[bool, ...]
    sizes: tuple[int, ...]
    reading: _Reading


class _Level(NamedTuple):
    """One layer of a text, what shows itself to be secret in it, and what is coded in it."""

    layer: Layer
    found: tuple[Found, ...]
    coded: _Coded | None


class _Reading:
    """A text read once in all its layers and codings. With `known_only` nothing is looked for yet."""

    def __init__(self, data: bytes, *, known_only: bool = False, depth: int = 0) -> None:
        self._data = data
        self._levels = [
            _Level(
                layer,
                () if known_only else tuple(secrets_in(layer.text)),
                _coded(layer.text, known_only, depth) if depth < _NESTED else None,
            )
            for layer in layers(data)
        ]

    def certain(self) -> Iterator[bytes]:
        """The secrets that are worth looking for elsewhere."""
        for level in self._levels:
            for found in level.found:
                if found.certain:
                    yield level.layer.text[found.start : found.end]
            if level.coded:
                yield from level.coded.reading.certain()

    def edits(self, *memories: _Memory) -> list[_Edit]:
        """What is to be written over, in order, none over another; each as long as what it replaces."""
        edits: list[_Edit] = []
        for layer, shown, coded in self._levels:
            spans = [(found.start, found.end) for found in shown]
            for memory in memories:
                spans += memory.found(layer.text)
            for start, end in spans:
                if not _is_harmless(plain(layer.text[start:end])):
                    span = layer.span(start, end)
                    edits.append(_Edit(*span, _cover(self._data[slice(*span)])))
            if coded and (below := coded.reading.edits(*memories)):
                edits += self._coded_again(layer, coded, below)
        return _in_order(self._data, edits)

    def _coded_again(self, layer: Layer, coded: _Coded, below: list[_Edit]) -> Iterator[_Edit]:
        masked = _cut(_applied(coded.reading._data, below), coded.sizes)
        before = _cut(coded.reading._data, coded.sizes)
        for inlay, compressed, old, new in zip(coded.inlays, coded.compressed, before, masked, strict=True):
            if old == new:
                continue
            if compressed:  # can not be made anew in the same length
                start, end = layer.span(inlay.start, inlay.end)
                yield _Edit(start, end, b"*" * (end - start))
            else:
                stretch = layer.text[inlay.start : inlay.end]
                yield _rewritten(self._data, layer, inlay.start, stretch, inlay.coded(new))


def _coded(text: bytes, known_only: bool, depth: int) -> _Coded | None:
    found = tuple(inlays(text))
    if not found:
        return None
    inner = [unpacked(inlay.text) for inlay in found]
    texts = [inlay.text if other is None else other for inlay, other in zip(found, inner, strict=True)]
    reading = _Reading(LEFT_OUT.join(texts), known_only=known_only, depth=depth + 1)
    return _Coded(found, tuple(other is not None for other in inner), tuple(map(len, texts)), reading)


def _rewritten(data: bytes, layer: Layer, at: int, old: bytes, new: bytes) -> _Edit:
    """A coded stretch coded anew: on the wire the letters that changed take the places of the old ones."""
    start, end = layer.span(at, at + len(old))
    if len(old) != len(new):
        return _Edit(start, end, b"*" * (end - start))
    if end - start == len(old):
        return _Edit(start, end, new)
    pieces: list[bytes] = []
    for place, (was, now) in enumerate(zip(old, new, strict=True), at):
        wire = data[slice(*layer.span(place, place + 1))]
        if was == now:
            pieces.append(wire)
        elif len(wire) == 1:
            pieces.append(bytes((now,)))
        elif _ESCAPED.fullmatch(wire):
            pieces.append(wire[:-2] + b"%02X" % now)
        else:
            return _Edit(start, end, b"*" * (end - start))
    return _Edit(start, end, b"".join(pieces))


def _in_order(data: bytes, edits: list[_Edit]) -> list[_Edit]:
    """Edits by their place. Where two overlap, a cover goes over all of both."""
    result: list[_Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        last = result[-1] if result else None
        if last is None or edit.start >= last.end:
            result.append(edit)
        elif edit.end > last.end:
            result[-1] = _Edit(last.start, edit.end, _cover(data[last.start : edit.end]))
    return result


def _applied(data: bytes, edits: list[_Edit]) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for start, end, text in edits:
        pieces += (data[at:start], text)
        at = end
    return b"".join((*pieces, data[at:]))


def _forms(secret: bytes) -> Iterator[bytes]:
    """A secret as it is, and what it holds when it is base64: `Basic` codes a name and a password."""
    text = plain(secret)
    yield text
    try:
        inner = binascii.a2b_base64(text.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(text) % 4))
    except binascii.Error:
        return
    if len(inner) >= _MEMORABLE and inner.isascii() and inner.decode().isprintable():
        yield inner
        if b":" in inner:
            yield inner.partition(b":")[2]


def _is_telling(text: bytes) -> bool:
    """Whether a secret may be looked for elsewhere: no plain number, no plain word, nothing that was masked."""
    if len(text) < _MEMORABLE or _is_harmless(text):
        return False
    other = _OTHER.search(text)
    mixed = bool(_DIGIT.search(text) and _LETTER.search(text))
    return mixed or (other is not None and len(text) - other.start() >= _KEPT)


def _is_harmless(text: bytes) -> bool:
    """Whether there is nothing to hide: masked before, or a word for nothing."""
    return not text or bool(_MASKED.fullmatch(text)) or text.lower() in _NOTHING


# --- an exchange in parts --------------------------------------------------------------------------------------------


def _readable(exchange: Exchange) -> Exchange:
    """The exchange with bodies unpacked that are compressed in an undeclared way."""
    request, response = exchange.request, exchange.response
    body = _unpacked(request.body)
    if body is not request.body:
        exchange = replace(exchange, request=replace(request, body=body))
    if response is not None and (body := _unpacked(response.body)) is not response.body:
        exchange = replace(exchange, response=replace(response, body=body))
    return exchange


def _unpacked(body: bytes) -> bytes:
    inner = unpacked(body)
    return inner if inner is not None else body


def _cut(whole: bytes, sizes: Iterable[int]) -> list[bytes]:
    parts: list[bytes] = []
    at = 0
    for size in sizes:
        parts.append(whole[at : at + size])
        at += size + len(LEFT_OUT)
    return parts


def _laid_out(exchange: Exchange) -> tuple[list[bytes], Headers]:
    """All texts of an exchange in one order, and its headers, the answer's behind the request's."""
    request, response = exchange.request, exchange.response
    named = request.headers + (response.headers if response else ())
    texts = [request.url, exchange.error or "", *(part for header in named for part in header)]
    return [*map(_bytes, texts), request.body, response.body if response else b""], named


def _rebuilt(exchange: Exchange, parts: list[bytes]) -> Exchange:
    """The exchange of its parts, in the order of `_laid_out`."""
    request, response = exchange.request, exchange.response
    url, error, *texts = (part.decode("utf-8", "surrogatepass") for part in parts[:-2])
    headers = tuple((name, _masked_header(name, value)) for name, value in zip(texts[::2], texts[1::2], strict=True))
    asked = len(request.headers)
    return replace(
        exchange,
        request=replace(request, url=url, headers=headers[:asked], body=parts[-2]),
        response=replace(response, headers=headers[asked:], body=parts[-1]) if response else None,
        error=None if exchange.error is None else error,
    )


class _Privacy(IntEnum):
    """What a header's name says of its value."""

    NONE = 0
    VAGUE = 1  # masked where it stands
    SECRET = 2  # and looked for elsewhere
    COOKIE = 3
    SET_COOKIE = 4


@lru_cache(maxsize=4_096)
def _privacy(name: str) -> _Privacy:
    lowered = name.lower()
    if lowered in ("cookie", "set-cookie"):
        return _Privacy.COOKIE if lowered == "cookie" else _Privacy.SET_COOKIE
    if _SECRET_HEADER.search(lowered):
        return _Privacy.SECRET
    return _Privacy.VAGUE if _VAGUE_HEADER.search(lowered) else _Privacy.NONE


def _masked_header(name: str, value: str) -> str:
    """A header whose name alone says that its value is secret. Other secrets in it are masked already."""
    match _privacy(name):
        case _Privacy.NONE:
            return value
        case _Privacy.COOKIE:
            return ";".join(map(_masked_cookie, value.split(";")))
        case _Privacy.SET_COOKIE:
            cookie, semicolon, attributes = value.partition(";")
            return _masked_cookie(cookie) + semicolon + attributes
    scheme = _AUTH_SCHEME.match(value)
    start = scheme.end() if scheme else 0
    return value[:start] + _covered_text(value[start:])


def _masked_cookie(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return _covered_text(name)
    return name + equals + (value if _COOKIES_KEPT.fullmatch(name.strip()) else _covered_text(value))


def _covered_text(text: str) -> str:
    data = _bytes(text)
    bare = data.strip(b' "')
    if _is_harmless(plain(bare)):
        return text
    start = data.index(bare)
    return (data[:start] + _cover(bare) + data[start + len(bare) :]).decode("utf-8", "surrogatepass")


def _cover(secret: bytes) -> bytes:
    """The mask for a secret as it stands on the wire: of its length, the same for every spelling of it."""
    size, text = len(secret), plain(secret)
    if _NUMBER.fullmatch(secret):
        return b"9" * size  # a bare JSON number must stay one
    head = (b"***" + _digest(text))[:size] if size > 3 else b"*" * size
    if size < _KEPT or len(text) < _KEPT:
        return head.ljust(size, b"*")
    tail = re.sub(rb"[^A-Za-z0-9_.-]", b"*", text[-4:])
    if text.startswith(b"EAA"):
        head = b"EAA" + head
    return head.ljust(size - 4, b"*") + tail


@lru_cache(maxsize=1024)
def _digest(text: bytes) -> bytes:
    return hashlib.blake2b(text, key=_SALT, digest_size=3).hexdigest().encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
