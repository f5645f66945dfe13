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
_FIELDS, _KEYS, _FINGERPRINT = map(_NAMES.index, ("fields", "keys", "fingerprint"))
_REPEATED = tuple(
    _NAMES.index(name) for name in ("account", "name", "page", "contents", "user", "match_ids", "emitter")
)


def thin(event: Event, same: dict[Any, Any]) -> Event:
    """The event without its raw fields, sharing what others of the session say in the very same words.

    These are most of its weight. Keys and fingerprint have served when the event is filed, and go too. `same` holds
    what was said so far.
    """
    values = list(_VALUES(event))
    values[_FIELDS] = values[_KEYS] = ()
    values[_FINGERPRINT] = ""
    for place in _REPEATED:
        value = values[place]
        if value:
            values[place] = same.setdefault(value, value)
    return Event(*values)


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
