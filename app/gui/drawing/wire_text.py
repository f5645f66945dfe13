"""Text from the wire, made fit to be looked at: what is invisible is spelled out, what differs is found."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

Span = tuple[int, int]

_NAMED = {"\n": "⏎", "\r": "␍", "\t": "⇥", "\x7f": "␡", "\u00a0": "⍽"}
_CLOSE_READING = 400  # characters; beyond it a letter by letter comparison is slow and its marks are confetti


def visible(text: str) -> str:
    """The text with everything that would not be seen spelled out.

    Control characters become their pictures, stray spaces at either end `␣`, characters that change the direction or
    have no width `⟨U+200B⟩`. Nothing in the result can reorder, hide or break the text around it.
    """
    head = len(text) - len(text.lstrip(" "))
    tail = len(text) - len(text.rstrip(" ")) if head < len(text) else 0
    inner = text[head : len(text) - tail]
    return "␣" * head + ("".join(map(_seen, inner)) if not _harmless(inner) else inner) + "␣" * tail


def _harmless(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _seen(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char < " ":
        return chr(0x2400 + ord(char))
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or (char != " " and char.isspace()):
        return f"⟨U+{ord(char):04X}⟩"
    return char


def shortened(text: str, head: int = 10, tail: int = 6) -> str:
    """Both ends of a text, for hashes and long identifiers; the text itself when little would be saved."""
    return text if len(text) <= head + tail + 3 else f"{text[:head]}…{text[-tail:]}"


def differing(one: str, other: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Where two texts differ, as spans in each; an empty tuple on the side that merely lacks something.

    Texts that share little are marked whole, because scattered chance agreements explain nothing.
    """
    if one == other:
        return (), ()
    start = shared(one, other)
    end = shared(one[start:][::-1], other[start:][::-1])
    middle_one, middle_other = one[start : len(one) - end], other[start : len(other) - end]
    if middle_one and middle_other and max(len(middle_one), len(middle_other)) <= _CLOSE_READING:
        spans = _closely(middle_one, middle_other)
        if spans is not None:
            return _moved(spans[0], start), _moved(spans[1], start)
    return _whole(start, len(one) - end), _whole(start, len(other) - end)


def shared(one: str, other: str) -> int:
    """How many characters two texts have in common from the start."""
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


def _whole(start: int, end: int) -> tuple[Span, ...]:
    return ((start, end),) if end > start else ()


def _moved(spans: list[Span], by: int) -> tuple[Span, ...]:
    return tuple((start + by, end + by) for start, end in spans)


def _closely(one: str, other: str) -> tuple[list[Span], list[Span]] | None:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    codes = [code for code in matcher.get_opcodes() if code[0] != "equal"]
    if matcher.ratio() < 0.5 or len(codes) > 6:
        return None
    return (
        [(a, b) for _, a, b, _, _ in codes if b > a],
        [(c, d) for _, _, _, c, d in codes if d > c],
    )
