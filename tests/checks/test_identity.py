"""Name and ID of a group of its own."""

from __future__ import annotations

import pytest

from app.checks import Context, check_group
from app.model import Content, Flaw, Outcome, Severity
from tests.checks.builders import (
    NOW,
    answered,
    browser,
    group,
    hashed,
    of_event,
    of_group,
    of_link,
    of_pair,
    of_session,
    server,
)
from tests.checks.cases import Case, codes

CASES = (
    Case(
        "event-id-misplaced",
        lambda: of_event(
            browser(event_id=None, flaws=(Flaw("event-id-misplaced", "cd[eventID]", "custom-data", "o-1"),))
        ),
        lambda: of_event(browser(event_id=None)),
    ),
    Case(
        "event-id-not-a-value",
        lambda: of_event(browser(event_id="undefined")),
        lambda: of_event(browser(event_id="undefined-behaviour-42")),
    ),
    Case(
        "event-id-reused",
        lambda: of_group(group(browser(1), browser(2, order_id="1043"))),
        lambda: of_group(group(browser(1), browser(2, own_ms=NOW + 60_000))),
    ),
    Case(
        "event-id-shared-across-names",
        lambda: of_session(groups=(group(browser()), group(browser(name="InitiateCheckout"), id="g2"))),
        lambda: of_session(groups=(group(browser()), group(browser(name="Lead", event_id="x-2"), id="g2"))),
    ),
    Case(
        "event-id-made-by-script",
        lambda: of_event(browser(event_id="ob3_plugin-set_62a14e44f765")),
        lambda: of_event(browser(event_id="my_plugin-set_1")),
    ),
    Case(
        "event-name-whitespace",
        lambda: of_link(browser(), server(name="Purchase ")),
        lambda: of_group(group(browser(name="Purchase of the day"))),
    ),
)


@pytest.mark.parametrize(
    ("event_id", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("undefined", "unset"),
        ("NaN", "unset"),
        ("purchase_undefined", "unset"),
        ("[object Object]", "unset"),
        ("{{Event ID}}", "template"),
        ("{{ dlv - transaction id of the order }}", "template"),
        ("${orderId}", "template"),
        ("%%EVENT_ID%%", "template"),
        ("123", "placeholder"),
        ("test", "placeholder"),
    ],
)
def test_an_id_that_is_no_value_names_why(event_id: str, reason: str) -> None:
    assert [(item.code, item.reason) for item in of_event(browser(event_id=event_id))] == [
        ("event-id-not-a-value", reason)
    ]


@pytest.mark.parametrize("event_id", ["12345", "1", "test-1042", "null-pointer", "a{b", "100%", "order 123"])
def test_an_id_that_is_a_value_is_left_alone(event_id: str) -> None:
    assert of_event(browser(event_id=event_id)) == ()


def test_the_decoders_own_complaint_about_an_id_is_not_repeated() -> None:
    flaw = Flaw("event-id-not-a-value", "eid", "blank", " ")
    assert [item.reason for item in of_event(browser(event_id="", flaws=(flaw,)))] == ["blank"]


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (browser(2, order_id="7"), "order"),
        (browser(2, value="9.99", contents=()), "value"),
        (browser(2, contents=(Content("SKU-9", "2"),)), "content"),
        (browser(2, user=(hashed("em", "other@example.com"),)), "customer"),
        (browser(2, match_ids=(("fbp", "fb.1.1795317000000.999"),)), "customer"),
    ],
    ids=lambda item: item if isinstance(item, str) else "",
)
def test_a_reused_id_names_what_differs_and_lists_the_requests(second: object, reason: str) -> None:
    found = [item for item in of_group(group(browser(1), second)) if item.code == "event-id-reused"]  # type: ignore[arg-type] # parametrised
    assert [(item.reason, item.detail) for item in found] == [(reason, "#1, #2")]


def test_a_pair_joined_by_a_secondary_key_is_warned_about_its_missing_id() -> None:
    found = of_pair(browser(event_id=None), server(event_id=None), event_id=None)
    assert [(item.code, item.severity) for item in found if item.code.startswith("event-id")] == [
        ("event-id-missing-both", Severity.WARNING)
    ]


def test_a_group_of_the_same_id_without_a_link_is_company() -> None:
    ours, other = group(browser()), group(browser(2, name="InitiateCheckout"), id="g2")
    assert "event-id-shared-across-names" in codes(check_group(ours, {"g2": other}, Context()))


def test_a_refused_send_that_was_corrected_is_no_reuse() -> None:
    refused = answered(server(1, value="0"), Outcome.REJECTED)
    assert "event-id-reused" not in codes(of_group(group(refused, answered(server(2)))))
