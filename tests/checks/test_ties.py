"""What ties between groups mean; each finding stands on both ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.model import Event, LinkKind, Severity
from tests.checks.builders import (
    NOW,
    browser,
    group,
    hashed,
    of_group,
    of_link,
    of_pair,
    server,
)
from tests.checks.cases import Case, codes

CASES = (
    Case(
        "event-id-missing-server",
        lambda: of_link(browser(), server(event_id=None)),
        lambda: of_link(browser(event_id=None), server()),
    ),
    Case(
        "event-id-missing-browser",
        lambda: of_link(browser(event_id=None), server()),
        lambda: of_link(browser(), server(event_id=None)),
    ),
    Case(
        "event-id-missing-both",
        lambda: of_link(browser(event_id=None), server(event_id="")),
        lambda: of_group(group(browser(event_id=None))),
    ),
    Case(
        "event-id-differs",
        lambda: of_link(browser(event_id="12345"), server(event_id="12345-server")),
        lambda: of_pair(browser(), server()),
    ),
    Case(
        "event-name-case",
        lambda: of_link(browser(), server(name="purchase")),
        lambda: of_link(browser(), server(name="CompletePayment")),
    ),
    Case(
        "event-name-differs",
        lambda: of_link(browser(), server(name="CompletePayment")),
        lambda: of_link(browser(), server(name="purchase")),
    ),
    Case(
        "account-differs",
        lambda: of_link(browser(), server(account="2222"), LinkKind.ACCOUNT_DIFFERS, ()),
        lambda: of_link(browser(), server(account="2222")),
    ),
    Case(
        "double-fire",
        lambda: of_link(browser(1), browser(2, event_id="x", own_ms=NOW + 900), LinkKind.DOUBLE_FIRE, ()),
        lambda: of_group(group(browser(1), browser(2, own_ms=NOW + 900))),
    ),
    Case(
        "refired",
        lambda: of_link(browser(1), browser(2, event_id="x", own_ms=NOW + 600_000), LinkKind.REFIRED, ()),
        lambda: of_group(group(browser(1), browser(2, own_ms=NOW + 600_000))),
    ),
    Case(
        "no-added-value",
        lambda: of_link(browser(), server(event_id="x")),
        lambda: of_link(browser(), server(event_id="x", user=(hashed("em", "a"), hashed("ph", "1")))),
    ),
)


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ("ABC", "abc", "case"),
        (" abc", "abc", "whitespace"),
        ("12345", "12345-server", "affix"),
        ("000001", "1", "number-format"),
        ("#1042", "1042", "number-format"),
        ("3f2504e0-4f89-41d3-9a0c-0305e82c3301", "3f2504e0-4f89-41d3", "truncated"),
        ("a%20b", "a b", "encoded"),
        ("1042", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "family"),
        ("order-1042", "order-2001", "independent"),
    ],
)
def test_two_ids_for_one_conversion_come_with_the_reason(ours: str, theirs: str, reason: str) -> None:
    (found,) = [
        item for item in of_link(browser(event_id=ours), server(event_id=theirs)) if item.code == "event-id-differs"
    ]
    assert (found.reason, found.severity) == (reason, Severity.ERROR)


def test_differing_names_say_whose_words_they_are() -> None:
    (found,) = [
        item for item in of_link(browser(), server(name="CompletePayment")) if item.code == "event-name-differs"
    ]
    assert "Purchase is a standard event of Meta." in found.message
    assert "CompletePayment is TikTok's word" in found.message


@pytest.mark.parametrize(("made", "word"), [(browser, "second tag"), (server, "a job, a webhook")])
def test_what_fires_twice_is_looked_for_on_its_own_side(made: Callable[..., Event], word: str) -> None:
    found = of_link(made(1), made(2, event_id="x", own_ms=NOW + 900), LinkKind.DOUBLE_FIRE, ())
    assert all(word in item.fix for item in found if item.code == "double-fire")


def test_an_old_id_used_again_for_another_order_is_reuse_as_well() -> None:
    late = browser(2, order_id="7", own_ms=NOW + 200_000_000)
    assert {"outside-window", "event-id-reused"} <= codes(of_link(browser(1), late, LinkKind.OUTSIDE_WINDOW, ()))
