"""The parameters of a JSON payload as `Field`s: every leaf once, under the path it stands at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice

from app.hashing import form_of
from app.model import Field, UserValue
from app.platforms.reading import MAX_DEPTH, Json, Pairs, text_of

MAX_FIELDS = 2_000  # leaves shown of one event
MAX_REMEMBERED = 4_000  # paths put into words of one kind of payload
_LONGEST = 500  # characters of a path that is put into words

type Describe = Callable[[str], tuple[str, str]]
"""From a path ("context.user.email") to its label and group."""


class _Words(dict[str, tuple[str, str]]):
    """Labels and groups by path; those that no table knows are made up once and remembered."""

    def __init__(self, labels: Mapping[str, tuple[str, str]], groups: Mapping[str, str]) -> None:
        super().__init__(labels)
        self._groups, self._most = groups, len(labels) + MAX_REMEMBERED

    def __missing__(self, path: str) -> tuple[str, str]:
        if len(path) > _LONGEST:
            return path, "other"
        start = path
        while start and start not in self._groups:
            start = start.rpartition(".")[0]
        label = path.rpartition(".")[2].replace("_", " ").strip().capitalize() or path
        words = label, self._groups.get(start, "other")
        if len(self) < self._most:
            self[path] = words
        return words


def described(labels: Mapping[str, tuple[str, str]], groups: Mapping[str, str]) -> Describe:
    """Labels by exact path, else the path's last part in words, in the group of the longest start that is known."""
    return _Words(labels, groups).__getitem__  # without a step of Python for a path that is known


class _Names(dict[str, "_Name"]):
    """The members seen at one place of a payload. Every event has the same ones: they are put into words once."""

    def __init__(self, describe: Describe, path: str, room: list[int]) -> None:
        super().__init__()
        self._describe, self._path, self._room = describe, path, room

    def __missing__(self, key: str) -> _Name:
        path = f"{self._path}.{key}" if self._path else key or '""'
        name = path, *self._describe(path), _Names(self._describe, path, self._room)
        if self._room[0] and len(path) <= _LONGEST:
            self._room[0] -= 1
            self[key] = name
        return name


type _Name = tuple[str, str, str, _Names]
"""A member's path with its label and group, and the members below it."""


@lru_cache(maxsize=256)
def _names(describe: Describe, under: str) -> _Names:
    return _Names(describe, under, [MAX_REMEMBERED])


def fields_of(
    values: Mapping[str, Json], describe: Describe, *, under: str = "", origin: str = "body"
) -> tuple[Field, ...]:
    """Every leaf of an object. Lists stay whole, as JSON; nothing is left out but what is null or beyond reason."""
    found: list[Field] = []
    _gather(values, _names(describe, under), origin, 1, found)
    return tuple(found[:MAX_FIELDS])


def _gather(values: Mapping[str, Json], names: _Names, origin: str, depth: int, found: list[Field]) -> None:
    if len(found) + len(values) > MAX_FIELDS:
        values = dict(islice(values.items(), max(0, MAX_FIELDS - len(found))))
    for key, item in values.items():
        path, label, group, below = names[key]
        if type(item) is str:
            found.append(Field(path, item, label, group, origin))
        elif type(item) is dict and item and depth < MAX_DEPTH:
            _gather(item, below, origin, depth + 1, found)
        elif item is not None:
            found.append(Field(path, text_of(item), label, group, origin))


def pair_fields(pairs: Pairs, describe: Describe, origin: str) -> tuple[Field, ...]:
    """The parameters of a query or a form."""
    return tuple([Field(key, value, *describe(key), origin) for key, value in pairs[:MAX_FIELDS]])


def user_values(values: Mapping[str, Json], keys: Mapping[str, str], under: str) -> tuple[UserValue, ...]:
    """Customer values by the neutral key of each wire key (`email` -> `em`); a list gives one for each item."""
    found: list[UserValue] = []
    for wire, key in keys.items():
        value = values.get(wire)
        if value is None or value == "":
            continue
        for item in value if isinstance(value, list) else [value]:
            if item is not None and item != "":
                text = text_of(item)
                found.append(UserValue(key, text, form_of(text), f"{under}.{wire}" if under else wire))
    return tuple(found)


def object_at(value: Json | Mapping[str, Json], *path: str) -> Mapping[str, Json]:
    """The object at a path; an empty one when there is none."""
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def text_at(values: Mapping[str, Json], key: str) -> str | None:
    """A member as text; None when it is absent, null or empty."""
    value = values.get(key)
    return None if value is None or value == "" else text_of(value)
