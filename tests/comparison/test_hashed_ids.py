"""Event IDs that a side hashes: one ID, one hashed once too often, or another spelling behind the hash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.comparison import relate_compared
from app.hashing import sha256
from app.platforms.base import as_it_is


def hashing(event_id: str) -> str:
    """The form of a platform that compares hashes, and takes an ID hashed or not."""
    return event_id if len(event_id) == 64 else sha256(event_id)


ID = "order-12345"
HASH, TWICE = sha256(ID), sha256(sha256(ID))


@pytest.mark.parametrize(
    ("a", "b", "form", "reason"),
    [
        (ID, ID, as_it_is, "equal"),
        (HASH, ID, hashing, "equal"),
        (HASH, ID, as_it_is, "hashed"),
        (TWICE, ID, hashing, "hashed"),
        (TWICE, HASH, hashing, "hashed"),
        (HASH.upper(), ID, as_it_is, "hashed"),
        (HASH, f"{ID}-server", hashing, "affix"),
        (HASH, f"web.{ID}", hashing, "affix"),
        (HASH, ID.upper(), hashing, "case"),
        (sha256("1042"), "#1042", hashing, "number-format"),
        (HASH, "tea-99", hashing, "family"),
        (HASH, sha256("tea"), hashing, "independent"),
        ("a" * 5000, "b" * 5000, hashing, "independent"),
    ],
)
def test_a_relation_is_found_both_ways(a: str, b: str, form: Callable[[str], str], reason: str) -> None:
    assert relate_compared(a, b, form).reason == reason
    assert relate_compared(b, a, form).reason == reason


def test_what_was_hashed_too_often_is_named() -> None:
    assert relate_compared(TWICE, ID, hashing).detail.startswith(TWICE[:19])
    assert "one side hashes it" in relate_compared(HASH, ID, hashing).detail
    assert "Behind the hash stands another spelling" in relate_compared(HASH, ID.upper(), hashing).detail
