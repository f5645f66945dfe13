"""The parameter builder's suffix: taken off where it is one, left where it is part of the value."""

from __future__ import annotations

import pytest

from app.comparison import same_cookie
from app.hashing import split_appendix
from app.platforms.meta.facts import dedup_keys

HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"


@pytest.mark.parametrize(
    ("value", "appendix"),
    [
        (HASH, "AQQCAQMC"),
        (HASH, "Bg"),
        ("203.0.113.9", "AQQAAQMC"),
        ("fb.1.1795319006639.447908042", "AQQCAQMC"),
        ("fb.1.1795319006639.44790804", "AQ"),
        ("fb.1.1795319006639.IwAR_a.b", "AQQBAQMC"),
    ],
)
def test_a_suffix_is_taken_off_what_stands_before_it(value: str, appendix: str) -> None:
    assert split_appendix(f"{value}.{appendix}") == (value, appendix)


@pytest.mark.parametrize(
    "value",
    [
        "fb.1.1795319006639.44790804",  # eight digits, the value itself
        "fb.1.1554763741205.AbCdEfGh",
        "fb.1.1795319006639.AQ",
        "fb.1.17953190",
        "fb.1.1795319006639..AQQCAQMC",
        ".AQQCAQMC",
        f"{HASH}.xy",
        "",
    ],
)
def test_what_is_no_suffix_stays(value: str) -> None:
    assert split_appendix(value) == (value, "")


def test_two_cookies_of_eight_characters_are_two_people() -> None:
    one, other = "fb.1.1795319006639.44790804", "fb.1.1795319006639.55790804"
    assert not same_cookie(one, other)
    assert same_cookie(one, f"{one}.AQQCAQMC")
    assert not same_cookie("fb.1.1795319006639.TEST1234", "fb.1.1795319006639.test1234")
    assert dedup_keys("1", "Lead", None, one, ()) != dedup_keys("1", "Lead", None, other, ())
    assert dedup_keys("1", "Lead", None, one, ()) == dedup_keys("1", "Lead", None, f"{one}.AQQCAQMC", ())
