"""Long texts made short enough for a sentence, and nobody's address or number cut in two."""

from __future__ import annotations

import re

_FAR = 320  # characters of an address at most (RFC 5321: 64, an @, 255)
_TELEPHONE = 7  # digits of a telephone number at least
_ENDS_WORD = re.compile(r"[\s\"'<>&=?;,/]")
_ENDS_NUMBER = re.compile(r"[^0-9 ().+\u00a0-]")


def short(text: str, limit: int = 28) -> str:
    """An ID short enough for a sentence: beginning and end, with what lies between left out.

    An address or a number in a longer text is left out whole: of a part nobody could tell what it was.
    """
    if len(text) <= limit:
        return text
    head, tail = limit - 9, len(text) - 8
    return f"{text[: _word(text, head)[0]]}…{text[_word(text, tail)[1] :]}"


def _word(text: str, at: int) -> tuple[int, int]:
    """Where a cut may be instead: around the address or the number that it would go through."""
    start, end = _reach(text, at, _ENDS_WORD)
    if "@" in text[start:end] or "%40" in text[start:end]:
        return start, end
    start, end = _reach(text, at, _ENDS_NUMBER)
    start += len(text[start:end]) - len(text[start:end].lstrip())
    end = start + len(text[start:end].rstrip())
    digits = sum(map(str.isdigit, text[start:end]))
    return (start, end) if digits >= _TELEPHONE and _is_apart(text, start, end) else (at, at)


def _reach(text: str, at: int, ends: re.Pattern[str]) -> tuple[int, int]:
    """How far what stands here reaches both ways; as far as an address may."""
    low = max(0, at - _FAR)
    before = [found.end() for found in ends.finditer(text, low, at)]
    after = ends.search(text, at, at + _FAR)
    return before[-1] if before else low, after.start() if after else min(len(text), at + _FAR)


def _is_apart(text: str, start: int, end: int) -> bool:
    """Whether a stretch is a word in a sentence, and not a piece of one long ID."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return (start > 0 or end < len(text)) and not any(letter.isalnum() or letter in "._-" for letter in around)
