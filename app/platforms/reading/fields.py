"""The parameters of a JSON payload as `Field`s: every leaf once, under the path it stands at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from app.hashing import form_of
from app.model import Field, UserValue
from app.platforms.reading import MAX_DEPTH, Json, Pairs, text_of

MAX_FIELDS = 2_000  # leaves shown of one event
_LONGEST = 500  # characters of a path that is put into words

type Describe = Callable[[str], tuple[str, str]]
"""From a path ("context.user.email") to its label and group."""


def described(labels: Mapping[str, tuple[str, str]], groups: Mapping[str, str]) -> Describe:
    """Labels by exact path, else the path's last part in words, in the group of the longest start that is known."""

    def describe(path: str) -> tuple[str, str]:
        return labels.get(path) or (in_words(path) if len(path) <= _LONGEST else (path, "other"))

    @lru_cache(maxsize=4096)
    def in_words(path: str) -> tuple[str, str]:
        start = path
        while start and start not in groups:
            start = start.rpartition(".")[0]
        return path.rpartition(".")[2].replace("_", " ").strip().capitalize() or path, groups.get(start, "other")

    return describe


def fields_of(value: Json, describe: Describe, *, under: str = "") -> tuple[Field, ...]:
    """Every leaf of an object. Lists stay whole, as JSON; nothing is left out but what is null or beyond reason."""
    found: list[Field] = []
    _gather(value, describe, under, 0, found)
    return tuple(found)


def _gather(value: Json, describe: Describe, path: str, depth: int, found: list[Field]) -> None:
    if isinstance(value, dict) and value and depth < MAX_DEPTH:
        for key, item in value.items():
            if len(found) >= MAX_FIELDS:
                return
            _gather(item, describe, f"{path}.{key}" if path else key, depth + 1, found)
    elif value is not None and path:
        label, group = describe(path)
        found.append(Field(path, text_of(value), label, group, "body"))


def pair_fields(pairs: Pairs, describe: Describe, origin: str) -> tuple[Field, ...]:
    """The parameters of a query or a form."""
    return tuple(Field(key, value, *describe(key), origin) for key, value in pairs[:MAX_FIELDS])


def user_values(values: Mapping[str, Json], keys: Mapping[str, str], under: str) -> tuple[UserValue, ...]:
    """Customer values by the neutral key of each wire key (`email` -> `em`); a list gives one for each item."""
    found: list[UserValue] = []
    for wire, key in keys.items():
        value = values.get(wire)
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
