"""The payload, on one side and between the two."""

from __future__ import annotations

from typing import Any

import pytest

from app.hashing import sha256
from app.model import Content, Flaw, Severity, UserValue
from tests.checks.builders import (
    FBC,
    FBP,
    NOW,
    UA,
    browser,
    field,
    group,
    hashed,
    of_event,
    of_group,
    of_pair,
    server,
    user,
)
from tests.checks.cases import Case, codes

ITEMS = (Content("SKU-1", "2", "71.26"), Content("SKU-2", "1", "5"))
MALFORMED = Flaw("contents-malformed", "cd[contents]", "not-json")

CASES = (
    Case(
        "value-differs",
        lambda: of_pair(browser(), server(value="142.54")),
        lambda: of_pair(browser(value="12"), server(value="12.00")),
    ),
    Case(
        "currency-differs",
        lambda: of_pair(browser(), server(currency="EUR")),
        lambda: of_pair(browser(), server(currency="usd")),
    ),
    Case(
        "contents-differ",
        lambda: of_pair(browser(contents=ITEMS), server(contents=ITEMS[:1])),
        lambda: of_pair(browser(contents=ITEMS), server(contents=ITEMS[::-1])),
    ),
    Case(
        "content-type-differs",
        lambda: of_pair(browser(content_type="product"), server(content_type="product_group")),
        lambda: of_pair(browser(content_type="product"), server(content_type=None)),
    ),
    Case(
        "order-id-differs",
        lambda: of_pair(browser(), server(order_id="1043")),
        lambda: of_pair(browser(), server(order_id=None)),
    ),
    Case(
        "page-differs",
        lambda: of_pair(browser(), server(page="https://shop.example/checkout")),
        lambda: of_pair(browser(page="https://www.shop.example/thanks/?utm_source=x#top"), server()),
    ),
    Case(
        "fbp-differs",
        lambda: of_pair(browser(), server(match_ids=(("fbp", "fb.1.1795317000000.999"),))),
        lambda: of_pair(browser(), server(match_ids=(("fbp", f"{FBP}.AQQCAQMC"),))),
    ),
    Case(
        "fbc-differs",
        lambda: of_pair(browser(match_ids=(("fbc", FBC),)), server(match_ids=(("fbc", FBC.lower()),))),
        lambda: of_pair(browser(match_ids=(("fbc", FBC),)), server(match_ids=(("fbc", f"{FBC}.AQQBAQMC"),))),
    ),
    Case(
        "external-id-differs",
        lambda: of_pair(browser(user=(hashed("external_id", "a"),)), server(user=(hashed("external_id", "b"),))),
        lambda: of_pair(browser(user=(hashed("external_id", "a"),)), server(user=(hashed("external_id", "a"),))),
    ),
    Case(
        "user-agent-differs",
        lambda: of_pair(browser(), server(match_ids=(("user_agent", "python-requests/2.32"),))),
        lambda: of_pair(browser(), server(match_ids=(("user_agent", UA),))),
    ),
    Case(
        "ip-differs",
        lambda: of_pair(browser(match_ids=(("ip", "203.0.113.9"),)), server(match_ids=(("ip", "203.0.113.10"),))),
        lambda: of_pair(
            browser(match_ids=(("ip", "203.0.113.9"),)), server(match_ids=(("ip", "203.0.113.9.AQQAAQMC"),))
        ),
    ),
    Case(
        "consent-differs",
        lambda: of_pair(browser(consent="LDU 1 1000"), server(consent=None)),
        lambda: of_pair(browser(consent="none"), server(consent=None)),
    ),
    Case(
        "value-missing",
        lambda: of_event(browser(value=None)),
        lambda: of_event(browser(name="AddToCart", value=None)),
    ),
    Case(
        "value-not-a-number",
        lambda: of_event(browser(value="142,52")),
        lambda: of_event(browser(value="142.520")),
    ),
    Case(
        "value-minor-units",
        lambda: of_pair(browser(value="12.99"), server(value="1299")),
        lambda: of_pair(browser(value="12.99", contents=()), server(value="1300", contents=())),
    ),
    Case(
        "currency-missing",
        lambda: of_event(browser(name="AddToCart", currency=None)),
        lambda: of_event(browser(name="AddToCart", currency=None, value=None)),
    ),
    Case(
        "currency-invalid",
        lambda: of_event(browser(currency="US$")),
        lambda: of_event(browser(currency="usd")),
    ),
    Case(
        "contents-malformed",
        lambda: of_event(browser(flaws=(MALFORMED,), contents=())),
        lambda: of_event(browser(contents=(Content("SKU-1"),))),
    ),
    Case(
        "contents-empty",
        lambda: of_event(browser(contents=(), fields=(field("cd[contents]", "[]"),))),
        lambda: of_event(browser(fields=(field("cd[tags]", "[]"),))),
    ),
    Case(
        "required-parameter-missing",
        lambda: of_event(server(flaws=(Flaw("required-parameter-missing", "event_name"),))),
        lambda: of_event(server()),
    ),
    Case(
        "unknown-parameter",
        lambda: of_event(server(flaws=(Flaw("unknown-parameter", "even_id", None, "It may be misspelt."),))),
        lambda: of_event(server()),
    ),
    Case(
        "unknown-event-name",
        lambda: of_event(browser(name="AddToChart")),
        lambda: of_event(browser(name="ShareDiscount")),
    ),
    Case(
        "junk-value",
        lambda: of_event(browser(fields=(field("cd[content_name]", "undefined"),))),
        lambda: of_event(browser(fields=(field("cd[content_name]", "Undefined behaviour, 2nd edition"),))),
    ),
)


def test_two_clean_halves_have_nothing_but_untested_hashes() -> None:
    assert [(item.code, item.severity) for item in of_pair(browser(), server())] == [("hash-unknown", Severity.INFO)]
    assert of_event(browser()) == ()
    assert of_event(server()) == ()


@pytest.mark.parametrize("value", ["NaN", "1e400", "١٢", "12.99 USD", "$5", "--1", "0x10", "1_000", "[]", "9" * 5000])
def test_junk_amounts_are_told_and_never_crash(value: str) -> None:
    assert "value-not-a-number" in codes(of_event(browser(value=value)))


def test_a_value_in_cents_is_told_from_the_contents_of_one_event() -> None:
    found = of_event(browser(value="14252"))
    assert codes(found) == {"value-minor-units"}


def test_a_value_in_cents_is_not_called_a_difference_as_well() -> None:
    assert "value-differs" not in codes(of_pair(browser(value="12.99"), server(value="1299")))


def test_ip_addresses_of_two_versions_are_only_remarked_on() -> None:
    found = of_pair(browser(match_ids=(("ip", "2001:db8::1"),)), server(match_ids=(("ip", "203.0.113.9"),)))
    assert [(item.code, item.severity, item.reason) for item in found if item.code == "ip-differs"] == [
        ("ip-differs", Severity.INFO, "version")
    ]


def test_one_click_with_two_times_of_creation_is_only_remarked_on() -> None:
    later = FBC.replace("1795317000000", "1795317009999")
    found = of_pair(browser(match_ids=(("fbc", FBC),)), server(match_ids=(("fbc", later),)))
    assert [(item.severity, item.reason) for item in found if item.code == "fbc-differs"] == [(Severity.INFO, "time")]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (hashed("external_id", "user_123"), user("external_id", "User_123")),
        (user("external_id", "12345"), hashed("external_id", "12345")),
        (user("external_id", sha256("u1").upper()), user("external_id", "u1")),
        (user("external_id", f"{sha256('u1')}.AQQCAQMC"), user("external_id", "u1 ")),
        (hashed("external_id", "0" * 32), user("external_id", "0" * 32)),
    ],
    ids=["another case", "a number", "an upper-case hash", "a hash with a suffix", "an ID that looks like a digest"],
)
def test_an_external_id_in_plain_on_one_side_and_hashed_on_the_other_is_one_person(
    ours: UserValue, theirs: UserValue
) -> None:
    for pair in ((ours, theirs), (theirs, ours)):
        found = of_pair(browser(user=pair[:1]), server(user=pair[1:]))
        told = [(item.severity, item.reason) for item in found if item.code == "external-id-differs"]
        assert told == [(Severity.INFO, "form")]


def test_another_external_id_in_plain_is_another_person() -> None:
    found = of_pair(browser(user=(hashed("external_id", "u1"),)), server(user=(user("external_id", "u2"),)))
    assert [item.severity for item in found if item.code == "external-id-differs"] == [Severity.ERROR]


def test_one_visitor_whose_id_is_hashed_only_sometimes_does_not_reuse_the_event_id() -> None:
    ids = user("external_id", "u1"), hashed("external_id", "u1"), hashed("external_id", "u2")
    same, other = ((server(2, user=(ids[0],)), server(3, user=(known,), own_ms=NOW + 9_000)) for known in ids[1:])
    assert ["event-id-reused" in codes(of_group(group(*events))) for events in (same, other)] == [False, True]


def test_a_mistyped_standard_event_names_the_right_one() -> None:
    (found,) = of_event(browser(name="add_to_cart"))
    assert (found.code, found.detail) == ("unknown-event-name", "AddToCart")


def test_a_requirement_is_told_in_the_platforms_words_and_by_its_weight() -> None:
    flaws = (
        Flaw("required-parameter-missing", "app_data.extinfo", "required", "An app event needs extinfo."),
        Flaw("required-parameter-missing", "event_source_url", "expected", "It should name its page."),
        Flaw("unknown-parameter", "user_data.email", None, "em is probably meant."),
    )
    assert [(item.severity, item.field, item.message) for item in of_event(server(flaws=flaws))] == [
        (Severity.ERROR, "app_data.extinfo", "An app event needs extinfo."),
        (Severity.WARNING, "event_source_url", "It should name its page."),
        (Severity.WARNING, "user_data.email", "em is probably meant. It stands at user_data.email."),
    ]


def test_a_value_in_cents_needs_the_quantity_of_every_line() -> None:
    lines = (Content("SKU-1", "1", "1"), Content("SKU-2", "", "0.5"))
    assert codes(of_event(browser(value="150", contents=lines))) == set()
    assert codes(of_event(browser(value="100", contents=lines[:1]))) == {"value-minor-units"}


def test_a_value_in_cents_that_its_own_contents_show_is_not_told_of_the_pair_again() -> None:
    assert "value-minor-units" not in codes(of_pair(browser(), server(value="14252")))
    assert "value-minor-units" in codes(of_pair(browser(), server(value="14252", contents=())))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"value": "NaN", "fields": (field("cd[value]", "NaN"),)}, {"value-not-a-number"}),
        ({"value": "", "fields": (field("cd[value]", ""),)}, {"value-missing"}),
        ({"name": "Lead", "value": "", "fields": (field("cd[value]", ""),)}, {"junk-value"}),
        ({"currency": "undefined", "fields": (field("custom_data.currency", "undefined"),)}, {"currency-invalid"}),
        ({"flaws": (MALFORMED,), "fields": (field("cd[contents]", "undefined"),)}, {"contents-malformed"}),
        (
            {"flaws": (MALFORMED,), "fields": (field("cd[content_name]", "undefined"),)},
            {"contents-malformed", "junk-value"},
        ),
    ],
)
def test_one_unset_value_is_one_finding(changes: dict[str, Any], told: set[str]) -> None:
    assert codes(of_event(browser(**changes))) == told


def test_what_is_no_number_is_not_compared_with_one() -> None:
    pair = browser(), server(value="142,52")
    assert "value-differs" not in codes(of_pair(*pair))
    assert "value-not-a-number" in codes(of_event(pair[1]))


def test_a_difference_names_both_values() -> None:
    (found, _) = of_pair(browser(), server(value="142.54"))
    assert found.message == "The sides differ in the value: browser 142.52, server 142.54."


def test_a_shoppers_address_is_not_spelled_out() -> None:
    pair = browser(match_ids=(("ip", "203.0.113.9"),)), server(match_ids=(("ip", "2001:db8:1:2::77"),))
    (found,) = [item for item in of_pair(*pair) if item.code == "ip-differs"]
    assert found.message.startswith(
        "The sides differ in the IP address: browser 203.0.113.…, server 2001:db8:1:…. One is"
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "severities"),
    [
        ("LDU", "LDU 0 0", []),
        ("LDU 1 1000", "LDU 1 1000", []),
        ("LDU 1 1000", "LDU 0 0", [Severity.WARNING]),
        (None, "LDU 0 0", [Severity.ERROR]),
        ("none", None, []),
    ],
)
def test_consent_compares_by_choice_first_and_place_second(
    ours: str | None, theirs: str | None, severities: list[Severity]
) -> None:
    found = of_pair(browser(consent=ours), server(consent=theirs))
    assert [item.severity for item in found if item.code == "consent-differs"] == severities
