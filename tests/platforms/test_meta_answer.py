"""Refusals in words: every one we know has a cause and a fix, and none is made up."""

from __future__ import annotations

import pytest

from app.platforms.meta_answer import explain, explanations


def test_every_known_refusal_says_what_it_is_why_and_what_to_do() -> None:
    for (code, subcode), known in explanations().items():
        assert (known.code, known.subcode) == (code, subcode)
        assert f"{code}{subcode}".isdigit()
        assert known.title
        assert (known.cause[-1:], known.fix[-1:]) == (".", "."), (code, subcode)
        assert known.source in ("documented", "observed", "common")


@pytest.mark.parametrize(
    ("code", "subcode", "title"),
    [
        ("100", "2804003", "Event time too old"),
        ("100", "2804009", "Purchase without value or currency"),
        ("100", "2804016", "Customer value not hashed"),
        ("100", "2804050", "Not enough customer information"),
        ("190", "463", "Access token expired"),
        ("190", "99", "Access token not valid"),  # an unknown subcode falls back to its code
        ("100", None, "Invalid parameter"),
    ],
)
def test_a_refusal_is_explained_by_its_numbers(code: str, subcode: str | None, title: str) -> None:
    known = explain(code, subcode)
    assert known is not None
    assert known.title == title


def test_an_unknown_refusal_is_not_explained() -> None:
    assert explain("424242", "1") is None
    assert explain(None, None) is None
