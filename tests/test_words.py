"""How amounts are said."""

from __future__ import annotations

import pytest

from app.words import in_minor_units, minor_units, money


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        ("29.9", "EUR", "29.90"),
        ("18", "EUR", "18.00"),
        ("18.0", "eur ", "18.00"),
        ("18.000", "USD", "18.00"),
        ("1800.0", "JPY", "1800"),
        ("1.5", "KWD", "1.500"),
        ("1e2", "USD", "100.00"),
        ("-5", "USD", "-5.00"),
        ("0.30000000000000004", "USD", "0.30"),
    ],
)
def test_an_amount_is_shown_as_its_currency_writes_it(amount: str, currency: str, shown: str) -> None:
    assert in_minor_units(amount, currency) == shown


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        ("142.525", "USD"),
        ("18.5", "JPY"),
        (" 5", "EUR"),
        ("1,50", "EUR"),
        ("undefined", "EUR"),
        ("1_000", "EUR"),
        ("18.0", None),
        ("18.0", "ABC"),
        ("18.0", "XXX"),
    ],
)
def test_what_the_currency_can_not_say_stays_as_it_was_sent(amount: str, currency: str | None) -> None:
    assert in_minor_units(amount, currency) == amount


def test_a_currency_has_the_digits_of_iso_4217() -> None:
    assert [minor_units(code) for code in ("EUR", "jpy", "KWD", "CLF")] == [2, 0, 3, 4]
    assert [minor_units(code) for code in ("XAU", "ABC", "", "EURO")] == [None] * 4


def test_a_sum_of_money_has_its_thousands_apart_and_its_currencys_digits() -> None:
    assert [money("1612.4", "USD"), money("12000.0", "JPY"), money("3", "EUR")] == ["1,612.40", "12,000", "3.00"]
    assert [money("1612.4"), money("3"), money("1612.4", "ABC")] == ["1,612.40", "3", "1,612.40"]
