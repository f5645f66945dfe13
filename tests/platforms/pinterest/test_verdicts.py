"""What pairs at Pinterest and what does not, and the findings of its own rules."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.checks import check_of
from app.model import Provenance, Standing, Verdict
from app.platforms import platform
from tests.platforms.goldens import har_exchanges
from tests.platforms.pinterest.halves import API, MARY, call, codes, data, element, findings, hit, judged, person
from tests.platforms.vectors import sample

AT = 1_795_169_730_000
HOUR = 3_600_000


def verdicts(*exchanges: Any, one: bool = True) -> list[Verdict]:
    return [group.verdict for group in judged(*exchanges, one=one)]


def test_the_user_says_that_tag_and_ad_account_are_one() -> None:
    both = hit(AT), call(element(AT), at_ms=AT)
    assert verdicts(*both) == [Verdict.DEDUPLICATED]
    assert verdicts(*both, one=False) == [Verdict.PROBABLE, Verdict.PROBABLE]
    assert "account-unmapped" in codes(*both, one=False)
    assert "account-unmapped" not in codes(*both)
    assert platform("pinterest").dedup.account_kinds == ("tag", "ad account")


@pytest.mark.parametrize(
    ("tag", "api"),
    [
        ("checkout", "checkout"),
        ("Checkout", "checkout"),
        ("addtocart", "add_to_cart"),
        ("AddToCart", "add_to_cart"),
        ("pagevisit", "page_visit"),
        ("purchase", "checkout"),
        ("pageview", "page_visit"),
        ("Own event", "own_event"),
    ],
)
def test_names_pair_in_one_spelling(tag: str, api: str) -> None:
    both = hit(AT, tag), call(element(AT, event_name=api), at_ms=AT)
    assert verdicts(*both) == [Verdict.DEDUPLICATED]
    assert not {"event-name-case", "event-name-differs", "event-name-whitespace"} & codes(*both)


def test_another_spelling_is_told_and_the_due_one_is_not() -> None:
    (told,) = [each for each in findings(hit(AT, "AddToCart")) if each.code == "event-name-variant"]
    assert "“AddToCart” for addtocart" in told.message
    (alias,) = [each for each in findings(hit(AT, "purchase")) if each.code == "event-name-variant"]
    assert "another word" in alias.message
    assert "event-name-variant" not in codes(hit(AT, "addtocart"), call(element(AT, event_name="add_to_cart")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_id": "evt-8"}, "event-id-differs"),
        ({"event_id": "EVT-7"}, "event-id-differs"),
        ({"event_id": None}, "event-id-missing-server"),
        ({"event_name": "signup"}, "event-name-differs"),
        ({"event_name": ["checkout"]}, "malformed-request"),
        ({"action_source": "OFFLINE"}, "never-merged"),
    ],
)
def test_what_should_have_been_one_is_counted_twice(changes: dict[str, Any], code: str) -> None:
    both = hit(AT), call(element(AT, **changes), at_ms=AT)
    assert verdicts(*both) == [Verdict.DOUBLE_COUNTED, Verdict.DOUBLE_COUNTED]
    assert code in codes(*both)


@pytest.mark.parametrize(("later", "verdict"), [(24 * HOUR, Verdict.DEDUPLICATED), (25 * HOUR, Verdict.DOUBLE_COUNTED)])
def test_the_window_is_a_day(later: int, verdict: Verdict) -> None:
    assert set(verdicts(hit(AT), call(element(AT + later), at_ms=AT + later))) == {verdict}


def test_the_windows_finding_says_that_nobody_publishes_it() -> None:
    both = hit(AT), call(element(AT + 25 * HOUR), at_ms=AT + 25 * HOUR)
    (told, *_) = [each for each in findings(*both) if each.code == "outside-window"]
    assert told.standing is Standing.FOLKLORE
    assert "within 24 h (assumed, published by nobody)" in told.message


def test_an_id_of_the_tags_own_is_thought_of_where_the_two_differ() -> None:
    page = hit(AT, ed=data(event_id="5f0c2c5e-7d0b-4a59-9c0e-0b8f2a6d1c11"))
    call_ = call(element(AT, event_id="8b1c2d3e-0f4a-4b5c-8d6e-7f8091a2b3c4"), at_ms=AT)
    (told, *_) = [each for each in findings(page, call_) if each.code == "event-id-differs"]
    assert "to the tag as event_id" in told.fix
    assert "makes a UUID" in check_of("event-id-differs", "pinterest").cause


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ({"ph": ["a" * 64], "client_ip_address": "203.0.113.9"}, True),
        ({"client_user_agent": "Mozilla/5.0"}, True),
        ({"em": ["a" * 64]}, False),
        ({"hashed_maids": ["a" * 64]}, False),
    ],
)
def test_who_is_known_by_too_little_is_told(user: dict[str, Any], told: bool) -> None:
    assert ("hard-to-attribute" in codes(call(element(AT, user_data=user), at_ms=AT))) is told


def test_what_is_known_by_too_little_is_told_beside_its_pages_event_as_well() -> None:
    little = {"ph": ["a" * 64], "client_ip_address": "203.0.113.9"}
    half = call(element(AT, user_data=little), at_ms=AT, answer={})
    told = [each for each in findings(hit(AT), half) if each.code == "hard-to-attribute"]
    assert "an event known by no more is refused" in told[0].message


def test_an_event_of_no_tag_is_told() -> None:
    assert "required-parameter-missing" in codes(hit(AT, tid=""))
    assert "required-parameter-missing" not in codes(hit(AT))


def test_a_test_request_left_in_is_told_and_a_real_one_is_not() -> None:
    (told,) = [
        each
        for each in findings(call(element(AT), url=f"{API}?test=True", at_ms=AT))
        if each.code == "test-code-in-production"
    ]
    assert told.message == "The captured event is marked as a test: test=true."
    assert "test=true" in told.fix
    assert "test-code-in-production" not in codes(call(element(AT), at_ms=AT))


def test_an_offline_event_is_merged_with_nothing() -> None:
    both = hit(AT), call(element(AT, action_source="offline"), at_ms=AT)
    assert verdicts(*both) == [Verdict.DOUBLE_COUNTED, Verdict.DOUBLE_COUNTED]
    assert {"offline-never-deduplicated", "never-merged"} <= codes(*both)
    twice = (call(element(AT, action_source="offline"), number=each, at_ms=AT) for each in (2, 3))
    assert len(judged(*twice)) == 2


def test_an_offline_event_alone_is_no_fault_and_one_of_the_web_says_nothing_of_it() -> None:
    alone = codes(call(element(AT, action_source="offline"), at_ms=AT))
    assert "offline-never-deduplicated" in alone
    assert "never-merged" not in alone
    assert not {"offline-never-deduplicated", "never-merged"} & codes(hit(AT), call(element(AT), at_ms=AT))


def test_other_conversions_stay_apart() -> None:
    other = data(
        event_id="evt-9", order_id="SO-2000", value=12.5, line_items=[{"product_id": "TEE", "product_quantity": 1}]
    )
    both = hit(AT, ed=other, pd=person(em="b" * 64, ph="c" * 64, epik="dj0yOther")), call(element(AT), at_ms=AT)
    assert Verdict.DOUBLE_COUNTED not in verdicts(*both)


def test_what_the_tag_sends_before_an_event_changes_nothing() -> None:
    sync = hit(AT - 5, url="https://ct.pinterest.com/user/", number=3)
    start = hit(AT - 9, "init", number=4)
    assert verdicts(start, sync, hit(AT), call(element(AT), at_ms=AT)) == [Verdict.DEDUPLICATED]


def test_two_sides_that_agree_are_clean() -> None:
    told = codes(hit(AT), call(element(AT), at_ms=AT + 900), customer=MARY)
    assert told == {"hash-verified"}


@pytest.mark.parametrize(("one", "verdict"), [(True, Verdict.DEDUPLICATED), (False, Verdict.PROBABLE)])
def test_the_real_halves_get_the_verdicts_they_deserve(one: bool, verdict: Verdict) -> None:
    files = ("real/pinterest_browser.har", "real/pinterest_server.har")
    recorded = [exchange for file in files for exchange in har_exchanges(sample(file))]
    numbered = (replace(each, number=place + 1) for place, each in enumerate(recorded))
    groups = judged(*numbered, one=one)
    assert {(group.name, group.event_id, group.verdict) for group in groups} == {("checkout", "evt-1187", verdict)}
    assert all(exchange.provenance is Provenance.IMPORTED for exchange in recorded)
