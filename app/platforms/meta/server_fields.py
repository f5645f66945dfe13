"""Reads a server event's parameters: each as a field in words, the customer's values, and what identifies a browser.

    {"event_name":"Purchase","user_data":{"em":["8c87b489…"],"fbp":"fb.1.…"},"custom_data":{"value":142.52}}

Fields keep the wire's names: `user_data.em[0]`, `custom_data.value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from app.hashing import form_of
from app.model import Field, Flaw, UserValue
from app.platforms.meta.words import (
    CALL_LABELS,
    CLICK,
    CUSTOM,
    CUSTOM_LABELS,
    CUSTOMER,
    CUSTOMER_LABELS,
    EVENT,
    HASHED,
    MATCH_NAMES,
    OTHER,
    SECRETS,
    SERVER_LABELS,
)
from app.platforms.reading import Json, as_list, is_numbered, text_of

MAX_VALUES = 100  # values read of one customer key

_HIDDEN = "(hidden)"
_CLICK_KEYS = frozenset({"fbp", "fbc", "ctwa_clid"})


def read(
    event: Mapping[str, Json], user_data: Mapping[str, Json], custom: Mapping[str, Json], flaws: list[Flaw]
) -> tuple[list[Field], list[UserValue], list[tuple[str, str]]]:
    """Every parameter as a field, the customer's values, and what identifies without a hash, in one pass."""
    fields: list[Field] = []
    user: list[UserValue] = []
    match_ids: list[tuple[str, str]] = []
    for key, value in event.items():
        if value is None:  # some SDKs send every parameter they know, empty ones as null
            continue
        if key == "user_data" and user_data:
            _read_user(user_data, fields, user, match_ids, flaws)
        elif key == "custom_data" and custom:
            for inner, item in custom.items():
                if item is not None:
                    named = _CUSTOM_FIELDS.get(inner)
                    if named is None:
                        fields.append(_undocumented(f"custom_data.{inner}", inner, item, inner, CUSTOM))
                    else:
                        text = item if type(item) is str else text_of(item)
                        fields.append(Field(named[0], text, named[1], CUSTOM, "body"))
        elif isinstance(value, dict):
            fields += [
                _undocumented(f"{key}.{inner}", inner, item, f"{key}: {inner}", EVENT)
                for inner, item in value.items()
                if item is not None
            ]
        else:
            named = SERVER_LABELS.get(key)
            if named is None:
                fields.append(_undocumented(key, key, value, _label(key), OTHER))
            else:
                text = value if type(value) is str else text_of(value)
                fields.append(Field(key, text, *named, "body"))
    return fields, user, match_ids


def _read_user(
    user_data: Mapping[str, Json],
    fields: list[Field],
    user: list[UserValue],
    match_ids: list[tuple[str, str]],
    flaws: list[Flaw],
) -> None:
    for key, value in user_data.items():
        if value is None:
            continue
        named = _USER_FIELDS.get(key)
        if named is None:
            named, value = _unknown_user_field(key), _HIDDEN if key in SECRETS else value
        wire, first, label, group, match_name = named
        texts: Iterable[tuple[str, str]]
        if type(value) is str:
            texts = ((wire, value),)
        elif type(value) is list and len(value) == 1 and type(value[0]) is str:  # as every SDK writes a single value
            texts = ((first, value[0]),)
        else:
            texts = _texts(wire, value)
            if is_numbered(value):
                flaws.append(Flaw("malformed-request", wire, "numbered"))
        place = ""
        for place, text in texts:
            fields.append(Field(place, text, label, group, "body"))
            if match_name is None:
                user.append(UserValue(key, text, form_of(text), place))
            elif match_name:
                match_ids.append((match_name, text))
        if not place:
            fields.append(Field(wire, "[]", label, group, "body"))


def _texts(wire: str, value: Json) -> Iterator[tuple[str, str]]:
    """Each value of a customer key under its place; nulls are as good as absent."""
    listed = as_list(value)
    if not isinstance(listed, list):
        yield wire, text_of(listed)
        return
    for index, item in enumerate(listed[:MAX_VALUES]):
        if item is not None:
            yield f"{wire}[{index}]", text_of(item)


def _undocumented(wire: str, name: str, value: Json, label: str, group: str) -> Field:
    """A field of which no more is known than its name; a secret's text is not repeated wherever it stands."""
    return Field(wire, _HIDDEN if name in SECRETS else text_of(value), label, group, "body")


def _label(key: str) -> str:
    return f"{CALL_LABELS[key][0]} (belongs beside data)" if key in CALL_LABELS else f"{key} (not a documented key)"


def _user_field(key: str, label: str) -> tuple[str, str, str, str, str | None]:
    """A customer key's wire name, that of its first element, its words, and as what it identifies: None for a hash."""
    match_name = None if key in HASHED else MATCH_NAMES.get(key, key)
    return f"user_data.{key}", f"user_data.{key}[0]", label, CLICK if key in _CLICK_KEYS else CUSTOMER, match_name


def _unknown_user_field(key: str) -> tuple[str, str, str, str, str | None]:
    return f"user_data.{key}", f"user_data.{key}[0]", f"{key} (not a documented key)", CUSTOMER, ""


# Nearly every event has the same names: they are spelled out once instead of for every event.
_USER_FIELDS = {key: _user_field(key, label) for key, label in CUSTOMER_LABELS.items()}
_CUSTOM_FIELDS = {key: (f"custom_data.{key}", label) for key, label in CUSTOM_LABELS.items()}
