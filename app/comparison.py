"""Comparing two sides by meaning: amounts as numbers, lists as sets, JSON in text as JSON, IDs by how they relate."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from app.model import Event


class Relation(StrEnum):
    """How the two values of a row stand to each other."""

    EQUAL = "equal"
    EQUAL_BY_VALUE = "equal-by-value"  # written differently, meaning the same
    DIFFERS = "differs"
    ONLY_BROWSER = "only-browser"
    ONLY_SERVER = "only-server"


class Row(NamedTuple):
    """One line of the comparison; keys are the wire's, empty on the side that lacks the field."""

    label: str
    group: str
    browser_key: str
    browser_value: str
    server_key: str
    server_value: str
    relation: Relation
    note: str = ""


class IdRelation(NamedTuple):
    """How two event IDs relate. The parts are the differing texts, the spans where they stand in each ID.

    `reason` is `equal`, `case`, `whitespace`, `affix`, `number-format`, `truncated`, `encoded`, `family` or
    `independent`.
    """

    reason: str
    detail: str
    a_part: str = ""
    b_part: str = ""
    a_span: tuple[int, int] = (0, 0)
    b_span: tuple[int, int] = (0, 0)


def relate_ids(a: str, b: str) -> IdRelation:
    """Say how two event IDs that ought to be one differ."""
    if a == b:
        return IdRelation("equal", "The IDs are the same text.")
    return IdRelation("independent", "The IDs have nothing in common.", a, b, (0, len(a)), (0, len(b)))


def compare(browser: Event | None, server: Event | None) -> tuple[Row, ...]:
    """The two sides of a conversion, field by field, aligned by meaning."""
    return ()
