"""What a session of a million events keeps of each, and how it keeps them without a pause."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from operator import attrgetter
from typing import Any

from app.model import Event

_NAMES = tuple(item.name for item in fields(Event))
_VALUES = attrgetter(*_NAMES)
_PUT = tuple(getattr(Event, name).__set__ for name in _NAMES)
_FIELDS, _KEYS, _FINGERPRINT = map(_NAMES.index, ("fields", "keys", "fingerprint"))
_TEXTS = (
    *("account", "name", "event_id", "order_id", "page", "referrer", "value", "currency", "content_type"),
    *("consent", "action_source", "test_code", "emitter"),
)
_TEXTS_AT = tuple(map(_NAMES.index, _TEXTS))
_LISTS_AT = tuple(map(_NAMES.index, ("contents", "user", "match_ids")))
_REMEMBERED = 50_000
"""So many things are looked out for. What is said again is said again soon, by the other half or the same visitor; to
remember all of a long session would weigh more than it spares.
"""


def thin(event: Event, same: dict[Any, Any]) -> Event:
    """The event without its raw fields, sharing what others of the session say in the very same words.

    These are most of its weight. Keys and fingerprint have served when the event is filed, and go too. `same` holds
    what was said of late.
    """
    if len(same) > _REMEMBERED:
        same.clear()
    values = list(_VALUES(event))
    values[_FIELDS] = values[_KEYS] = ()
    values[_FINGERPRINT] = ""
    for place in _TEXTS_AT:
        text = values[place]
        if text:
            values[place] = same.setdefault(text, text)
    for place in _LISTS_AT:
        items = values[place]
        if items:
            values[place] = same.get(items) or _shared(items, same)
    # The constructor of a frozen class finds each field by its name, which takes twice as long as filling the slots.
    thinned = object.__new__(Event)
    for put, value in zip(_PUT, values, strict=True):
        put(thinned, value)
    return thinned


def _shared(items: tuple[tuple[Any, ...], ...], same: dict[Any, Any]) -> tuple[tuple[Any, ...], ...]:
    """A list that nobody had before: its items, and the texts in them, may well be known."""
    known = tuple([same.get(item) or _shared_item(item, same) for item in items])
    same[known] = known
    return known


def _shared_item(item: tuple[Any, ...], same: dict[Any, Any]) -> tuple[Any, ...]:
    known = tuple.__new__(type(item), [same.setdefault(part, part) for part in item])
    same[known] = known
    return known


def collect_rarely() -> None:
    """Have the garbage collector look around seldom; called once, where a process starts that owns an analysis.

    Decoding makes hundreds of objects for every request and hardly ever a cycle, so the collector's own pace (once in
    seven hundred new objects) costs a good part of the time and finds nothing.
    """
    gc.set_threshold(50_000, 20, 20)


@contextmanager
def keeping_all() -> Iterator[None]:
    """Leave the garbage collector alone: nothing made here is garbage, and it would walk the whole session for it."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
