"""The windows that no platform publishes, as the user sets them: one platform a line, "PLATFORM = 24 h"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.platforms import name_of, rule_of, rules_of, title_of
from app.platforms.base import DAY_MS, DedupRule, window_words

_LEAST_MS, _MOST_MS = 60_000, 365 * DAY_MS
_UNITS = {"min": 60_000, "h": DAY_MS // 24, "d": DAY_MS, "day": DAY_MS, "days": DAY_MS}
_LENGTH = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) {0,3}(min|h|d|days?)", re.IGNORECASE)


class _Set(NamedTuple):
    """What a line says: a platform's name, and its window in ms."""

    name: str
    window_ms: int


def windows_from(lines: Iterable[str]) -> dict[str, int]:
    """The windows that lines set, in ms by platform. The last line on a platform counts, one with a mistake never."""
    return dict(found for line in lines if isinstance(found := _read(line), _Set))


def window_mistake(line: str) -> str:
    """Why a line sets no window, in a sentence; empty when it does."""
    found = _read(line)
    return "" if isinstance(found, _Set) else found


def settable() -> str:
    """The windows that can be set, as they are when nobody does: each platform with its time."""
    return ", ".join(f"{name} {window_words(rule.unpublished[0].window_ms)}" for name, rule in _settable())


def example() -> str:
    """A line that sets a window."""
    name, _ = next(_settable(), ("platform", None))
    return f"{name} = 24 h"


def _settable() -> Iterator[tuple[str, DedupRule]]:
    return ((name, rule) for name, rule in rules_of().items() if rule.unpublished)


def _read(line: str) -> _Set | str:
    """What a line says, or the sentence on what is wrong with it."""
    word, equals, rest = (part.strip() for part in line.partition("="))
    length = _LENGTH.fullmatch(rest)
    if not (word and equals and length):
        return f"“{line.strip()}” sets no window. Write a platform and its window as {example()}, in min, h or days."
    name = name_of(word)
    if not name:
        return f"“{word}” is no platform. There is: {', '.join(rules_of())}."
    rule = rule_of(name)
    if not rule.unpublished:
        published = " and ".join(dict.fromkeys(each.within for each in rule.keys))
        return (
            f"{title_of(name)} publishes its window, {published}, so it can not be set. Published by nobody, and so "
            f"to be set, are: {settable()}."
        )
    window_ms = round(float(length[1]) * _UNITS[length[2].lower()])
    if not _LEAST_MS <= window_ms <= _MOST_MS:
        return f"“{rest}” is no window. One lasts {window_words(_LEAST_MS)} at least, {window_words(_MOST_MS)} at most."
    return _Set(name, window_ms)
