"""One conversion at several platforms: each code fires where it should, and not on the nearest harmless thing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.analysis.engine import Analysis
from app.checks import Context
from app.model import Content, Event, Finding, Severity
from app.pairing.plan import Plan, due_from, due_mistake
from app.platforms import rules_of
from tests.checks.cases import Case, codes
from tests.events import browser

PAGE = "https://shop.example/thanks"
BASKET = (Content("MUG-01", "2", "14.95"), Content("TEA-07", "1", "30.00"))
SAME: dict[str, Any] = {"value": "59.90", "currency": "EUR", "contents": BASKET}


def at(platform: str, number: int, order: str = "1001", at_ms: int = 0, **told: Any) -> Event:
    name = {"meta": "Purchase", "tiktok": "CompletePayment"}[platform]
    account = {"meta": "1111111111111111", "tiktok": "CQ7EXAMPLE0PIXELCODE"}[platform]
    plain = {"platform": platform, "name": name, "account": account, "page": PAGE, "order_id": order, **SAME}
    return browser(number, f"evt-{platform}-{number}", at_ms, **{**plain, **told})


def found(*events: Event, due: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What is said between the platforms, then of all conversions together."""
    analysis = Analysis(Context(plan=Plan(due=due_from(due))), rules_of())
    analysis.add(events)
    between = tuple(finding for each in analysis.conversions() for finding in each.findings)
    together = (each for each in analysis.summary().session_findings if each.code == "not-at-every-platform")
    return (*between, *together)


def told_alike() -> tuple[Finding, ...]:
    return found(at("meta", 1), at("tiktok", 2, value="59.9"))


def three(**told: Any) -> tuple[Event, ...]:
    """Three orders at Meta, of which TikTok gets those of an even number and the first."""
    return (
        *(at("meta", number, f"100{number}", number * 60_000) for number in (1, 2, 3)),
        *(at("tiktok", 10 + number, f"100{number}", number * 60_000, **told) for number in (1, 2)),
    )


CASES = (
    Case(
        "value-differs-between-platforms",
        lambda: found(at("meta", 1), at("tiktok", 2, value="50.34")),
        told_alike,
    ),
    Case(
        "currency-differs-between-platforms",
        lambda: found(at("meta", 1), at("tiktok", 2, currency="USD")),
        lambda: found(at("meta", 1), at("tiktok", 2, currency="eur ")),
    ),
    Case(
        "items-differ-between-platforms",
        lambda: found(at("meta", 1), at("tiktok", 2, contents=BASKET[:1])),
        lambda: found(at("meta", 1), at("tiktok", 2, contents=BASKET[::-1])),
    ),
    Case(
        "not-at-every-platform",
        lambda: found(*three()),
        lambda: found(*three(), at("tiktok", 13, "1003", 180_000)),
    ),
    Case(
        "fired-again-at-one-platform",
        lambda: found(at("meta", 1), at("tiktok", 2), at("tiktok", 3, at_ms=300)),
        lambda: found(at("meta", 1), at("meta", 4, at_ms=300), at("tiktok", 2), at("tiktok", 3, at_ms=300)),
    ),
)


def _of(code: str, findings: tuple[Finding, ...]) -> Finding:
    return next(each for each in findings if each.code == code)


def test_what_is_told_alike_has_no_finding() -> None:
    assert told_alike() == ()


def test_values_are_named_with_their_platforms() -> None:
    said = _of("value-differs-between-platforms", found(at("meta", 1), at("tiktok", 2, value="50.34")))
    assert said.message == "The value of Purchase: Meta 59.90 EUR, TikTok 50.34 EUR."


def test_values_of_two_currencies_are_not_compared() -> None:
    assert codes(found(at("meta", 1), at("tiktok", 2, value="64.00", currency="USD"))) == {
        "currency-differs-between-platforms"
    }


def test_as_many_items_under_other_ids_are_but_a_note() -> None:
    other = (Content("111", "2"), Content("222", "1"))
    said = _of("items-differ-between-platforms", found(at("meta", 1), at("tiktok", 2, contents=other)))
    assert (said.severity, said.reason) == (Severity.INFO, "other-ids")


def test_a_platform_that_is_not_told_of_items_at_all_differs_in_none() -> None:
    assert found(at("meta", 1), at("tiktok", 2, contents=())) == ()


def test_the_plan_says_who_is_due() -> None:
    alone = (at("meta", 1), at("tiktok", 2, "1002", 60_000))
    said = found(*alone, due=["Purchase = Meta, tiktok"])
    assert [(each.code, each.severity, each.reason) for each in said[:2]] == [
        ("not-at-every-platform", Severity.ERROR, "plan")
    ] * 2
    assert said[0].message == "Meta got Purchase, TikTok did not. The plan wants it told."


def test_the_plan_silences_what_is_usual() -> None:
    assert [each.reason for each in found(*three(), due=["CompletePayment=meta"])] == ["not-planned"] * 2


def test_a_platform_that_is_seldom_told_is_said_once() -> None:
    many = (at("meta", number, f"10{number}", number * 60_000) for number in range(11, 16))
    said = found(*many, at("tiktok", 30, "1011", 660_000))
    assert [(each.reason, each.message) for each in said] == [
        ("seldom", "TikTok was told of 1 of 5 conversions of the step purchase.")
    ]


def test_a_line_of_the_plan_that_says_nothing_is_explained() -> None:
    assert due_mistake("Purchase = meta, tiktok") == ""
    assert "Write an event and the platforms due" in due_mistake("Purchase")
    assert "“nosuch” is no platform. There is: meta" in due_mistake("Purchase = meta, nosuch")
