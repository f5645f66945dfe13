"""Hostile texts for a pattern, made of its own parts: what it repeats repeated, what it begins with begun again.

A pattern that backtracks does so on text of its own kind that never comes to the end it looks for. So the units are
the characters its classes take, the words it spells, and the beginnings of what it matches; the texts are these, over
and over, with and without a beginning in front and something foreign behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]  # re's own parser
from re import _parser  # type: ignore[attr-defined]  # re's own parser
from typing import Any, NamedTuple

_MOST_UNITS = 24
_SPREAD = 3  # times that a repeated part stands in a sample


class Seed(NamedTuple):
    """What stands in front, what is repeated, what stands behind."""

    front: str
    unit: str
    end: str

    def grown(self, size: int, like: str | bytes) -> str | bytes:
        """A text of some size, of the pattern's type."""
        text = self.front + self.unit * (size // len(self.unit))
        text = text[: size - len(self.end)] + self.end
        return text.encode("latin-1", "replace") if isinstance(like, bytes) else text


def seeds(pattern: str | bytes, flags: int = 0) -> list[Seed]:
    """Hostile texts for a pattern."""
    tree = _parser.parse(pattern, flags & ~re.UNICODE if isinstance(pattern, bytes) else flags)
    starts = list(dict.fromkeys(_beginnings(tree)))
    characters = list(dict.fromkeys(_characters(tree)))[:12]
    bodies = list(dict.fromkeys(_bodies(tree)))
    whole = _sample(tree)
    units = [*characters, *bodies, *starts, whole, *(start + each for start in starts[-3:] for each in characters[:4])]
    units = [unit for unit in dict.fromkeys(units) if unit][:_MOST_UNITS]
    fronts = list(dict.fromkeys(("", *starts[:1], *starts[-2:])))
    return [Seed(*parts) for parts in product(fronts, units, ("", "\0"))]


def _beginnings(tree: Iterable[Any]) -> Iterator[str]:
    """The samples of the first part, of the first two, and so on."""
    text = ""
    for node in tree:
        text += _sample([node])
        yield text


def _sample(tree: Iterable[Any]) -> str:
    """A short text that the parts take, or nearly."""
    return "".join(_one(op, argument) for op, argument in tree)


def _one(op: Any, argument: Any) -> str:
    """A text that one part takes."""
    match op:
        case sre.LITERAL:
            return chr(argument)
        case sre.NOT_LITERAL:
            return "a" if argument != ord("a") else "b"
        case sre.ANY:
            return "a"
        case sre.IN:
            taken: str = next(_members(argument), "a")
            return taken
        case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
            least, most, body = argument
            return _sample(body) * int(max(least, min(most, _SPREAD)))
        case sre.SUBPATTERN:
            return _sample(argument[-1])
        case sre.ATOMIC_GROUP:
            return _sample(argument)
        case sre.BRANCH:
            return _sample(argument[1][0])
    return ""


def _characters(tree: Iterable[Any]) -> Iterator[str]:
    """Characters that some class or word of the pattern takes, those in most demand first."""
    for op, argument in _walk(tree):
        match op:
            case sre.LITERAL:
                yield chr(argument)
            case sre.IN:
                yield from list(_members(argument))[:5]
            case sre.ANY | sre.NOT_LITERAL:
                yield from "a "


def _bodies(tree: Iterable[Any]) -> Iterator[str]:
    """What the pattern repeats, and the words of its branches."""
    for op, argument in _walk(tree):
        match op:
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                yield _sample(argument[2])
            case sre.BRANCH:
                yield from (_sample(branch) for branch in argument[1][:8])


def _walk(tree: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    for op, argument in tree:
        yield op, argument
        match op:
            case sre.MAX_REPEAT | sre.MIN_REPEAT | sre.POSSESSIVE_REPEAT:
                yield from _walk(argument[2])
            case sre.SUBPATTERN:
                yield from _walk(argument[-1])
            case sre.ATOMIC_GROUP:
                yield from _walk(argument)
            case sre.ASSERT | sre.ASSERT_NOT:
                yield from _walk(argument[1])
            case sre.BRANCH:
                for branch in argument[1]:
                    yield from _walk(branch)


_LIKELY = "a1 0AzZ-_.=&%\"'\\/+:;,*<>[](){}|@#?!~\t\n\r\0f"


def _members(items: Iterable[Any]) -> Iterator[str]:
    """Characters of a class, likely ones first."""
    taken = re.compile(_class_text(items), re.DOTALL)
    yield from (each for each in _LIKELY if taken.match(each))
    for op, argument in items:
        if op is sre.LITERAL:
            yield chr(argument)
        elif op is sre.RANGE:
            yield chr(argument[0])


_CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _class_text(items: Iterable[Any]) -> str:
    inner = ""
    for op, argument in items:
        match op:
            case sre.NEGATE:
                inner += "^"
            case sre.LITERAL:
                inner += re.escape(chr(argument))
            case sre.RANGE:
                inner += f"{re.escape(chr(argument[0]))}-{re.escape(chr(argument[1]))}"
            case sre.CATEGORY:
                inner += _CATEGORIES[argument]
    return f"[{inner}]"
