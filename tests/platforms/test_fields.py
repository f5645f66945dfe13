"""The leaves of a JSON payload as fields: each once, in words, and never more than anybody can look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.platforms.reading import Json, text_of
from app.platforms.reading.fields import MAX_FIELDS, described, fields_of

describe = described({"user.email": ("E-mail", "customer")}, {"user": "customer"})
DOCUMENT = st.recursive(
    st.none() | st.booleans() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


def _leaves(values: Mapping[str, Json], under: str) -> list[tuple[str, str]]:
    """Paths and texts, by the plainest way there is."""
    found: list[tuple[str, str]] = []
    for key, item in values.items():
        path = f"{under}.{key}" if under else key
        if isinstance(item, dict) and item:
            found += _leaves(item, path)
        elif item is not None:
            found.append((path, text_of(item)))
    return found


@given(st.dictionaries(st.text(min_size=1, max_size=3), DOCUMENT, max_size=5), st.sampled_from(["", "user"]))
def test_every_leaf_is_a_field_once_and_stands_under_its_path(document: dict[str, Any], under: str) -> None:
    for _ in range(2):  # the second time from memory
        fields = fields_of(document, describe, under=under)
        assert [(field.key, field.value) for field in fields] == _leaves(document, under)
        assert all((field.label, field.group) == describe(field.key) for field in fields)


def test_a_member_is_put_into_words_by_its_path_or_by_the_longest_start_that_is_known() -> None:
    found = fields_of({"user": {"email": "a", "first_name": "b"}, "some": {"where": "c"}, "": "d"}, describe)
    assert [(field.key, field.label, field.group) for field in found] == [
        ("user.email", "E-mail", "customer"),
        ("user.first_name", "First name", "customer"),
        ("some.where", "Where", "other"),
        ('""', '""', "other"),
    ]


def test_no_more_fields_than_anybody_can_look_at_however_they_are_nested() -> None:
    wide: dict[str, Any] = {str(number): {str(inner): "x" for inner in range(100)} for number in range(100)}
    flat: dict[str, Any] = dict.fromkeys(map(str, range(3 * MAX_FIELDS)), "x")
    both: dict[str, Any] = {"a": flat, "b": wide}
    for document in (wide, flat, both):
        assert len(fields_of(document, describe)) == MAX_FIELDS
        assert fields_of(document, describe)[0].value == "x"
