"""Keys that never collide, times that agree whatever their unit, and consent in one form."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.hashing import form_of
from app.model import Content, Flaw, UserValue
from app.platforms.meta.facts import consent_of, dedup_keys
from app.platforms.reading import Json
from app.platforms.reading.facts import MAX_CONTENTS, contents_of, time_ms

parts = st.tuples(st.text(), st.text(), st.text(min_size=1))


@given(parts, parts)
def test_two_events_share_an_id_key_only_when_account_name_and_id_are_the_same(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assume(one != other)
    assert dedup_keys(*one, None, ()) != dedup_keys(*other, None, ())


@given(parts, st.text(min_size=1))
def test_keys_come_strongest_first_and_never_twice(one: tuple[str, str, str], external_id: str) -> None:
    person = UserValue("external_id", external_id, form_of(external_id), "ud[external_id]")
    keys = dedup_keys(*one, "fb.1.1795317853319.2355", (person, person, UserValue("em", "x", form_of("x"), "ud[em]")))
    assert [key.partition("|")[0] for key in keys] == ["id", "fbp", "external_id"]


@given(st.integers(10**9, 9 * 10**9))
def test_one_moment_is_the_same_in_every_unit_and_a_wrong_unit_is_named(seconds: int) -> None:
    named = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}
    for expected in ("s", "ms"):
        for unit, factor in (("s", 1), ("ms", 10**3), ("us", 10**6)):
            text = str(seconds * factor)
            flaw = None if unit == expected else Flaw("event-time-unit", "t", named[unit], text)
            assert time_ms(text, "t", expected) == (seconds * 1000, flaw)


@pytest.mark.parametrize("text", ["now", "-1", "NaN", "Infinity", "1e95318292", "9" * 20, "9" * 65, "1013-11-22"])
def test_what_is_no_time_is_none_and_said_so(text: str) -> None:
    assert time_ms(text, "t", "s") == (None, Flaw("malformed-request", "t", "not-a-time", text[:100]))


def test_a_fraction_of_a_second_is_kept_and_no_time_is_no_flaw() -> None:
    assert time_ms("1795318292.25", "t", "s") == (1795318292250, None)
    assert time_ms("", "t", "s") == (None, None)
    assert time_ms("0", "t", "ms") == (0, None)


@pytest.mark.parametrize(
    ("options", "country", "state", "consent"),
    [
        (None, "1", "1000", None),
        ([], None, None, "none"),
        ([""], None, None, "none"),
        (["LDU"], None, None, "LDU"),
        (["LDU"], "1", "1000", "LDU 1 1000"),
        (["LDU"], "0", "0", "LDU 0 0"),
        ('["LDU"]', "1", "1000", "LDU 1 1000"),
        ("LDU", "1", None, "LDU 1"),
        ({"0": "LDU"}, None, None, "LDU"),
        ("[]", None, None, "none"),
        ("", None, None, "none"),
        ("[LDU", None, None, "none"),
    ],
)
def test_consent_has_three_states(options: Json, country: str | None, state: str | None, consent: str | None) -> None:
    assert consent_of(options, country, state) == consent


def test_a_basket_is_cut_at_its_limit() -> None:
    lines, flaw = contents_of([{"id": "a"}] * (MAX_CONTENTS + 5), None, "contents")
    assert (lines, flaw) == ((Content("a"),) * MAX_CONTENTS, None)
