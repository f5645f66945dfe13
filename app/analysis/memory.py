"""What a session of a million events keeps of each, and how it keeps them without a pause."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from msgspec.structs import astuple

from app.model import Event

_NAMES = Event.__struct_fields__
_FIELDS, _KEYS, _FINGERPRINT = map(_NAMES.index, ("fields", "keys", "fingerprint"))
_TEXTS = (
    *("account", "name", "event_id", "order_id", "page", "referrer", "value", "currency", "content_type"),
    *("consent", "action_source", "test_code", "emitter", "rule"),
)
_TEXTS_AT = tuple(map(_NAMES.index, _TEXTS))
_LISTS_AT = tuple(map(_NAMES.index, ("contents", "user", "match_ids")))
_REMEMBERED = 50_000
"""So many things are looked out for. What is said again is said again soon, by the other half or the same visitor; to
remember all of a long session would weigh more than it spares.
"""


def thin(event: Event, same: dict[Any, Any], keys: tuple[str, ...] = ()) -> Event:
    """The event without its raw fields, sharing what others of the session say in the very same words.

    These are most of its weight. The fingerprint has served when the event is filed, and goes too, as do all keys but
    those that are to be kept. `same` holds what was said of late.
    """
    if len(same) > _REMEMBERED:
        same.clear()
    values = list(astuple(event))
    values[_FIELDS] = ()
    values[_KEYS] = keys
    values[_FINGERPRINT] = ""
    for place in _TEXTS_AT:
        text = values[place]
        if text:
            values[place] = same.setdefault(text, text)
    for place in _LISTS_AT:
        items = values[place]
        if items:
            values[place] = same.get(items) or _shared(items, same)
    return Event(*values)


def _shared(items: tuple[Any, ...], same: dict[Any, Any]) -> tuple[Any, ...]:
    """A list that nobody had before: its items, and the texts in them, may well be known."""
    known = tuple([same.get(item) or _shared_item(item, same) for item in items])
    same[known] = known
    return known


def _shared_item(item: Any, same: dict[Any, Any]) -> Any:
    if isinstance(item, tuple):
        known: Any = tuple([same.setdefault(part, part) for part in item])
    else:
        known = type(item)(*[same.setdefault(part, part) for part in astuple(item)])
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
