"""One conversion at several platforms: what is recognised as one, and what is kept apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Event, Form, Kind, Outcome, Provenance, UserValue
from app.platforms import rules_of
from tests.events import browser, server

PAGE = "https://shop.example/thanks"
NAMES = {"meta": "Purchase", "tiktok": "CompletePayment"}


def meta(number: int, event_id: str | None = None, at_ms: int = 0, **told: Any) -> Event:
    return browser(number, event_id, at_ms, **{"page": PAGE, **told})


def tiktok(number: int, event_id: str | None = None, at_ms: int = 0, **told: Any) -> Event:
    plain = {"page": PAGE, "platform": "tiktok", "account": "CQ7EXAMPLE0PIXELCODE", "name": "CompletePayment"}
    return browser(number, event_id, at_ms, **{**plain, **told})


def backend(number: int, platform: str, event_id: str | None = None, at_ms: int = 0, **told: Any) -> Event:
    return server(number, event_id, at_ms, **{"platform": platform, "name": NAMES[platform], **told})


def joined(*events: Event) -> list[set[str]]:
    """The conversions, each as the IDs of its events."""
    analysis = Analysis(Context(), rules_of())
    analysis.add(events)
    return [{event.id for group in each.groups for event in group.events} for each in analysis.conversions()]


def test_one_order_is_one_conversion_however_far_apart_and_on_whichever_side() -> None:
    late = backend(3, "tiktok", at_ms=40 * 3_600_000, order_id="#SO-1187")
    assert joined(meta(1, "a", order_id="so-1187"), tiktok(2, "b", order_id="SO-1187 "), late) == [
        {"e1.0", "e2.0", "e3.0"}
    ]


def test_an_order_that_one_platforms_library_hashes_is_the_same_order() -> None:
    hashed = tiktok(2, "b", 9_000, order_id=sha256("SO-1187"))
    assert joined(meta(1, "a", order_id="SO-1187"), hashed) == [{"e1.0", "e2.0"}]
    assert len(joined(meta(1, "a", order_id="SO-1188"), hashed)) == 2


def test_two_orders_are_two_conversions_even_on_one_page_in_one_moment() -> None:
    assert joined(meta(1, order_id="1001"), tiktok(2, order_id="1002")) == [{"e1.0"}, {"e2.0"}]


def test_an_order_is_not_one_conversion_across_steps_of_the_funnel() -> None:
    refund = tiktok(2, "r", order_id="1001", name="Refund")
    checkout = meta(3, "c", order_id="1001", name="InitiateCheckout")
    assert joined(meta(1, "a", order_id="1001"), checkout, refund) == [{"e1.0"}, {"e2.0"}, {"e3.0"}]


def test_one_event_id_is_one_conversion() -> None:
    shared = (meta(1, "evt-77f3", page=None), tiktok(2, "evt-77f3", 60_000, page=None))
    assert joined(*shared) == [{"e1.0", "e2.0"}]


def test_one_event_id_hours_apart_is_no_evidence() -> None:
    assert joined(meta(1, "evt-77f3", page=None), tiktok(2, "evt-77f3", 7_200_000, page=None)) == [{"e1.0"}, {"e2.0"}]


@pytest.mark.parametrize("event_id", ["undefined", "purchase", "0"])
def test_an_event_id_that_says_nothing_is_no_evidence(event_id: str) -> None:
    assert joined(meta(1, event_id, page=None), tiktok(2, event_id, page=None)) == [{"e1.0"}, {"e2.0"}]


def test_pixels_that_fire_on_one_page_in_one_moment_tell_one_conversion() -> None:
    assert joined(meta(1, "a-1", value="5"), tiktok(2, "b-2", 4_000, value="6")) == [{"e1.0", "e2.0"}]


@pytest.mark.parametrize(
    "told",
    [{"page": "https://shop.example/other"}, {"at_ms": 6_000}, {"name": "AddToCart"}, {"page": None}],
    ids=["another page", "later", "another step", "no page"],
)
def test_another_page_moment_or_step_is_another_conversion(told: dict[str, Any]) -> None:
    assert len(joined(meta(1, "a-1"), tiktok(2, "b-2", **told))) == 2


def test_the_second_fire_at_each_platform_is_the_second_conversion() -> None:
    first = (meta(1, "a-1", 0, name="AddToCart"), tiktok(2, "b-1", 100, name="AddToCart"))
    second = (meta(3, "a-2", 3_000, name="AddToCart", value="9"), tiktok(4, "b-2", 3_100, name="AddToCart", value="9"))
    assert joined(*first, *second) == [{"e1.0", "e2.0"}, {"e3.0", "e4.0"}]


def test_two_machines_are_two_visitors() -> None:
    ours = (("ip", "203.0.113.5"), ("user_agent", "Mozilla/5.0 A"))
    theirs = (("ip", "203.0.113.9"), ("user_agent", "Mozilla/5.0 B"))
    assert len(joined(meta(1, "a-1", match_ids=ours), tiktok(2, "b-2", match_ids=theirs))) == 2


def test_backends_without_an_order_meet_by_customer_and_value() -> None:
    jo = (UserValue("em", sha256("jo@shop.example"), Form.SHA256, "em"),)
    mary = (UserValue("em", sha256("mary@shop.example"), Form.SHA256, "em"),)
    told: dict[str, Any] = {"value": "59.90", "currency": "EUR", "user": jo}
    ours, theirs = backend(1, "meta", "a-1", **told), backend(2, "tiktok", "b-2", 9_000, **told)
    assert joined(ours, theirs) == [{"e1.0", "e2.0"}]
    assert len(joined(ours, backend(2, "tiktok", "b-2", 9_000, **(told | {"user": mary})))) == 2
    assert len(joined(ours, backend(2, "tiktok", "b-2", 9_000, **(told | {"value": "12.00"})))) == 2


def test_what_one_platform_merges_or_ties_is_one_share_with_both_accounts() -> None:
    twin = backend(2, "meta", "o-1001", 500, account="1111111111111111", order_id="1001")
    other = meta(3, "o-1001", 10, account="2222222222222222", order_id="1001")
    analysis = Analysis(Context(), rules_of())
    analysis.add((meta(1, "o-1001", order_id="1001"), twin, other, tiktok(4, "o-1001", order_id="1001")))
    (found,) = analysis.conversions()
    assert [(share.platform, len(share.groups)) for share in found.shares] == [("meta", 2), ("tiktok", 1)]


def test_a_name_of_the_sites_own_joins_by_the_order_alone() -> None:
    own = tiktok(2, "b-2", name="OrderPaid", order_id="1001")
    assert joined(meta(1, "a-1", order_id="1001"), own) == [{"e1.0", "e2.0"}]
    assert len(joined(meta(1, "a-1"), replace(own, order_id=None))) == 2


def test_one_platform_alone_has_no_conversions_across_platforms() -> None:
    assert joined(meta(1, "a-1", order_id="1001"), backend(2, "meta", "a-1", order_id="1001")) == []


@pytest.mark.parametrize(
    "told",
    [{"outcome": Outcome.FAILED}, {"provenance": Provenance.SENT}, {"kind": Kind.AUTOMATIC}],
    ids=["lost", "a test of ours", "the script's own"],
)
def test_what_did_not_happen_is_no_conversion(told: dict[str, Any]) -> None:
    found = joined(meta(1, "a-1", order_id="1001"), tiktok(2, "b", order_id="1001"), tiktok(3, "c", 9_000, **told))
    assert found == [{"e1.0", "e2.0"}]


_EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["meta", "tiktok"]),
        st.sampled_from([None, "1001", "1002"]),
        st.sampled_from([None, "evt-1", "evt-2"]),
        st.integers(0, 12_000),
        st.booleans(),
    ),
    min_size=2,
    max_size=12,
)


@given(told=_EVENTS, swaps=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_arrival_decides_nothing_and_every_event_is_in_one_conversion(told: Any, swaps: Any) -> None:
    events = [
        (meta if platform == "meta" else tiktok)(number, event_id, at_ms, order_id=order)
        if page
        else backend(number, platform, event_id, at_ms, order_id=order)
        for number, (platform, order, event_id, at_ms, page) in enumerate(told, 1)
    ]
    found = joined(*events)
    if not found:
        assert len({event.platform for event in events}) == 1
        return
    listed = sorted(one for each in found for one in each)
    assert listed == sorted(event.id for event in events)
    shuffled = list(events)
    swaps.shuffle(shuffled)
    assert sorted(map(sorted, joined(*shuffled))) == sorted(map(sorted, found))
    by_id = {event.id: event for event in events}
    for each in found:
        orders = {by_id[one].order_id for one in each if by_id[one].order_id}
        tied = len({by_id[one].event_id for one in each}) < len(each)
        assert len(orders) < 2 or tied
