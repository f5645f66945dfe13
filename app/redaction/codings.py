"""Text in another coding inside text: base64, hexadecimal digits, UTF-16, compressed stretches.

An `Inlay` is such a stretch with the text it stands for. Whoever changes that text is given the stretch again by
`coded`: of the same length when the text's length is the same. Nothing here knows what is looked for.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import re2

from app.redaction.packings import is_marked, is_text, packed_in, unpacked

_OPTIONS = re2.Options()
_OPTIONS.encoding = re2.Options.Encoding.LATIN1
# A word, or lines of words, as mail breaks base64.
_WORD = re2.compile(rb"[A-Za-z0-9+/_-]{24,}(?:[ \t]{0,8}\r?\n[ \t]{0,8}[A-Za-z0-9+/_-]+)*={0,2}", _OPTIONS)
_BREAK = re.compile(rb"[ \t]{0,8}\r?\n[ \t]{0,8}")
_LINE = re.compile(rb"[A-Za-z0-9+/_-]{24,}+={0,2}")
_LETTER = re.compile(rb"[A-Za-z0-9+/_-]")
_DIGITS = re.compile(rb"(?<![A-Za-z0-9])(?:0[xX])?([0-9A-Fa-f]{24,}+)(?![A-Za-z0-9])")
_WIDE = re.compile(rb"(?:[\x01-\xff]\x00\x00\x00){8,}+[\x01-\xff]?|(?:[\x01-\xff]\x00){8,}+[\x01-\xff]?")
_TEXT_RUN = re.compile(rb"[\x20-\x7e\t\r\n]{16,}+")
_NO_URLSAFE = bytes.maketrans(b"-_", b"+/")
_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Inlay(NamedTuple):
    """A stretch of a text, the text it stands for, and the way back: None where there is none of the same length.

    Unless it is `whole` there is more text than anybody looks through.
    """

    start: int
    end: int
    text: bytes
    coded: Callable[[bytes], bytes] | None
    whole: bool = True


def inlays(text: bytes, barren: set[bytes]) -> Iterator[Inlay]:
    """Every stretch of a text that stands for another text, in order of their codings.

    `barren` are words that stood for nothing elsewhere: they are added to it, and not read again.
    """
    zero = text.find(b"\0")
    if zero >= 0:  # most of a text lies before or behind the picture that holds the zeros
        for found in _WIDE.finditer(text, max(0, zero - 1), text.rfind(b"\0") + 2):
            yield _widened(found.start(), found[0])
    for start, end, inner in packed_in(text):
        yield Inlay(start, end, inner.text, None, inner.whole)
    for found in _WORD.finditer(text):
        start, end = found.span()
        word = text[start:end]
        if word in barren:
            continue
        if _is_of_one_case(word) and word.isalnum() and word[1:2] not in b"xX" and _undigits(word) is None:
            barren.add(word)  # most words that are long are hashes
            continue
        found_any = False
        for inlay in _lines(start, word) if b"\n" in word else _read(start, word):
            packed = None if inlay.text.isascii() else unpacked(inlay.text)
            yield inlay if packed is None else inlay._replace(text=packed.text, coded=None, whole=packed.whole)
            found_any = True
        if not found_any:
            barren.add(word)


def _read(start: int, word: bytes) -> Iterator[Inlay]:
    found = None
    for found in _DIGITS.finditer(word):
        yield from _hexadecimal(start + found.start(1), found[1])
    # Text in base64 has small and capital letters; hashes, numbers and most words do not.
    if (found is None or found[0] != word) and not _is_of_one_case(word):
        yield from _base64(start, word)


def _is_of_one_case(word: bytes) -> bool:
    return word.islower() or word.isupper() or word.isdigit()


def _lines(start: int, block: bytes) -> Iterator[Inlay]:
    """Lines of one length are one text; others each their own."""
    *lines, last = _BREAK.split(block)
    size = len(lines[0])
    if size % 4 == 0 and len(last.rstrip(b"=")) <= size and all(len(line) == size for line in lines):
        joined = b"".join((*lines, last))
        for inlay in _read(0, joined):
            if inlay.coded and inlay.end - inlay.start >= len(joined.rstrip(b"=")) - 3:
                yield Inlay(start, start + len(block), inlay.text, _broken(block, joined, inlay))
                return
    for line in _LINE.finditer(block):
        yield from _read(start + line.start(), line[0])


def _broken(block: bytes, joined: bytes, inlay: Inlay) -> Callable[[bytes], bytes]:
    """The way back to lines: what changed takes the places of what was there."""

    def coded(text: bytes) -> bytes:
        assert inlay.coded is not None
        again = iter(joined[: inlay.start] + inlay.coded(text) + joined[inlay.end :])
        return _LETTER.sub(lambda _: bytes((next(again),)), block)

    return coded


def _widened(start: int, wide: bytes) -> Inlay:
    """UTF-16 or UTF-32 in either order of bytes: every second or fourth byte is the letter."""
    step = 4 if wide[2:4] == b"\0\0" and wide[1:2] == b"\0" else 2

    def coded(text: bytes) -> bytes:
        again = bytearray(wide)
        again[::step] = text
        return bytes(again)

    return Inlay(start, start + len(wide), wide[::step], coded)


def _hexadecimal(start: int, word: bytes) -> Iterator[Inlay]:
    text = _undigits(word)
    if text is not None:
        yield Inlay(start, start + len(word), text, _capital_digits if word.isupper() else _digits)


def _undigits(word: bytes) -> bytes | None:
    """The text that hexadecimal digits stand for; None for other words and for random digits."""
    try:
        text = bytes.fromhex(word.decode())
    except ValueError:
        return None
    return text if is_text(text) else None


def _digits(text: bytes) -> bytes:
    return text.hex().encode()


def _capital_digits(text: bytes) -> bytes:
    return text.hex().upper().encode()


def _base64(start: int, word: bytes) -> Iterator[Inlay]:
    """The texts in a base64 word.

    It may stand in a path or behind a plus, which are letters of base64, too: then it begins anywhere in the word, and
    the first and last letters of its text may belong to the neighbours.
    """
    plus = word.translate(_NO_URLSAFE).rstrip(b"=")
    coded = _way_back(word)
    for skip in range(4):
        body = plus[skip:]
        body = body[: len(body) - (len(body) % 4 == 1)]
        data = _unbase64(body)
        if data is None:
            return
        if is_text(data) or (not skip and is_marked(data)):
            yield Inlay(start + skip, start + skip + len(body), data, coded)
            return
        for run in _TEXT_RUN.finditer(data):
            first, last = run.start() // 3, -(-run.end() // 3)
            text = data[3 * first : 3 * last]
            end = min(4 * last, len(body))
            yield Inlay(start + skip + 4 * first, start + skip + end, text, coded)


def _unbase64(body: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(body + b"=" * (-len(body) % 4))
    except binascii.Error:
        return None


def _way_back(word: bytes) -> Callable[[bytes], bytes]:
    urlsafe = b"-" in word or b"_" in word

    def coded(text: bytes) -> bytes:
        again = binascii.b2a_base64(text, newline=False).rstrip(b"=")
        return again.translate(_URLSAFE) if urlsafe else again

    return coded
