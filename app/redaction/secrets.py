"""Masks secrets on the wire: tokens, proofs, keys, cookies, wherever they stand and however often they are escaped.

A masked secret keeps its length in bytes, so that Content-Length stays true; `app.redaction.covering` says how it
looks then. Inside base64, hexadecimal digits and UTF-16 the text is masked and coded again. A compressed body that
nobody unpacked and that holds a secret is kept as its text, masked, and so has another length.

How a secret is found is in `app.redaction.finding`, whose tokens look how in `app.redaction.tokens`, and how a text is
read that hides it in `app.redaction.reading`.
"""

from __future__ import annotations

import binascii
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec import convert, json, to_builtins
from msgspec.structs import replace

from app.model import Event, Exchange, Headers
from app.redaction.covering import KEPT, is_harmless
from app.redaction.headers import AUTH_SCHEME, Privacy, masked_header, privacy_of
from app.redaction.kinds import is_certain
from app.redaction.layers import LEFT_OUT, plain
from app.redaction.memory import Memory
from app.redaction.packings import Unpacked, unpacked
from app.redaction.reading import Reading, applied, cut
from app.redaction.shapes import is_id_or_opaque, is_opaque

_MEMORABLE = 8  # bytes from which on a secret found once is looked for in the rest of its exchange
_LASTING = 16  # and from which on in all that comes later
_TOLD = 2_000  # secrets that wait to be told, as many as are remembered
_BEGINNING = 1 << 20  # bytes kept of a body that unpacks to more than anybody looks through

_DIGIT, _LETTER, _OTHER = re.compile(rb"[0-9]"), re.compile(rb"[A-Za-z]"), re.compile(rb"[^0-9]")
_encoder = json.Encoder()


class Masker:
    """Masks secrets, and knows those it has masked again wherever they stand in what comes later.

    What it knows lives in memory only. Used by one thread; `known` may be read by any.
    """

    def __init__(self) -> None:
        self._memory = Memory()
        self.known = 0  # secrets learnt so far: when it has grown, what was masked before may hold one
        self._fresh: deque[bytes] = deque(maxlen=_TOLD)

    def mask(self, exchange: Exchange) -> Exchange:
        """The exchange with every secret masked, everything else unchanged. Masking twice changes nothing more."""
        packed, (exchange, all_of_it) = exchange, _readable(exchange)
        parts, named = _laid_out(exchange)
        whole = LEFT_OUT.join(parts)
        reading = Reading(whole)
        edits = reading.edits(self._memory, self._learnt(reading, named))
        private = any(privacy_of(name) for name, _ in named)
        if not edits and not private:
            return packed if all_of_it else exchange
        parts = cut(applied(whole, edits), map(len, parts)) if edits else parts
        return _rebuilt(exchange, parts)

    def text(self, text: str) -> str:
        """Text with every secret masked."""
        data = _bytes(text)
        masked = self.data(data)
        return text if masked is data else masked.decode("utf-8", "surrogatepass")

    def data(self, data: bytes) -> bytes:
        """Bytes with every secret masked, of the same length; the very same object when there was none."""
        edits = Reading(data).edits(self._memory)
        return applied(data, edits) if edits else data

    def again(self, exchange: Exchange, since: int = 0) -> Exchange:
        """An exchange that was masked when `since` secrets were known, with those masked that have become known."""
        if self.known == since or not self._memory:
            return exchange
        packed, (exchange, all_of_it) = exchange, _readable(exchange)
        parts, _ = _laid_out(exchange)
        whole = LEFT_OUT.join(parts)
        edits = Reading(whole, known_only=True).edits(self._memory)
        if not edits:
            return packed if all_of_it else exchange
        return _rebuilt(exchange, cut(applied(whole, edits), map(len, parts)))

    def text_again(self, text: str) -> str:
        """The same for a text."""
        if not self._memory or len(text) < _LASTING:
            return text
        data = _bytes(text)
        edits = Reading(data, known_only=True).edits(self._memory)
        return applied(data, edits).decode("utf-8", "surrogatepass") if edits else text

    def event(self, event: Event) -> Event:
        """An event decoded before, with those secrets masked that have become known; the same one if it has none."""
        if not self._memory or not Reading(_encoder.encode(event), known_only=True).edits(self._memory):
            return event
        return convert(_again(to_builtins(event), self.text_again), Event)

    def learn(self, found: Iterable[bytes]) -> None:
        """Take in secrets that somebody else has found: another process, or a form of our own."""
        for secret in found:
            if len(secret) >= _LASTING and secret not in self._memory:
                self._memory.add(secret)
                self._fresh.append(secret)
                self.known += 1

    def fresh(self) -> tuple[bytes, ...]:
        """The secrets learnt since this was asked last, for whoever masks elsewhere. Not for any file."""
        told = tuple(self._fresh)
        self._fresh.clear()
        return told

    def _learnt(self, reading: Reading, named: Headers) -> Memory:
        """What an exchange shows to be secret: some for later exchanges too, the rest for this one alone."""
        local = Memory()
        stated: list[bytes] = []
        other: list[bytes] = []
        for name, value in named:
            if privacy_of(name) is Privacy.SECRET:
                (stated if is_certain(_bytes(name)) else other).append(_bytes(AUTH_SCHEME.sub("", value)))
        for found, lasting in (((*reading.certain(), *stated), is_id_or_opaque), (other, is_opaque)):
            for form in (form for secret in found for form in _forms(secret)):
                if len(form) >= _LASTING and lasting(form):
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


def mask(exchange: Exchange) -> Exchange:
    """The exchange with every secret masked by somebody who knows no other exchange."""
    return Masker().mask(exchange)


def mask_text(text: str) -> str:
    """Text with every secret masked that shows itself."""
    return Masker().text(text)


def mask_bytes(data: bytes) -> bytes:
    """Bytes with every secret masked that shows itself, of the same length; the same object when there was none."""
    return Masker().data(data)


# --- what is worth looking for elsewhere ----------------------------------------------------------------------------


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
    if len(text) < _MEMORABLE or is_harmless(text):
        return False
    other = _OTHER.search(text)
    mixed = bool(_DIGIT.search(text) and _LETTER.search(text))
    return mixed or (other is not None and len(text) - other.start() >= KEPT)


# --- an exchange in parts -------------------------------------------------------------------------------------------


def _readable(exchange: Exchange) -> tuple[Exchange, bool]:
    """The exchange with bodies unpacked that are compressed in an undeclared way, and whether it holds all of them."""
    request, response = exchange.request, exchange.response
    whole = True
    if inner := unpacked(request.body):
        whole = inner.whole
        request = replace(request, body=_beginning(inner), truncated=request.truncated or not inner.whole)
        exchange = replace(exchange, request=request)
    if response is not None and (inner := unpacked(response.body)):
        whole = whole and inner.whole
        response = replace(response, body=_beginning(inner), truncated=response.truncated or not inner.whole)
        exchange = replace(exchange, response=response)
    return exchange, whole


def _beginning(inner: Unpacked) -> bytes:
    """What is kept of an unpacked body: of one that is larger than anybody looks through only its beginning."""
    return inner.text if inner.whole else inner.text[:_BEGINNING]


def _laid_out(exchange: Exchange) -> tuple[list[bytes], Headers]:
    """All texts of an exchange in one order, and its headers, the answer's behind the request's."""
    request, response = exchange.request, exchange.response
    named = request.headers + (response.headers if response else ())
    texts = [
        request.method,
        request.url,
        exchange.source,
        exchange.error or "",
        *(part for header in named for part in header),
    ]
    return [*map(_bytes, texts), request.body, response.body if response else b""], named


def _rebuilt(exchange: Exchange, parts: list[bytes]) -> Exchange:
    """The exchange of its parts, in the order of `_laid_out`."""
    request, response = exchange.request, exchange.response
    method, url, source, error, *texts = (part.decode("utf-8", "surrogatepass") for part in parts[:-2])
    headers = tuple((name, masked_header(name, value)) for name, value in zip(texts[::2], texts[1::2], strict=True))
    asked = len(request.headers)
    return replace(
        exchange,
        request=replace(request, method=method, url=url, headers=headers[:asked], body=parts[-2]),
        response=replace(response, headers=headers[asked:], body=parts[-1]) if response else None,
        error=None if exchange.error is None else error,
        source=source,
    )


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
