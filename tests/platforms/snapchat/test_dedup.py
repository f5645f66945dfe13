"""Which of Snapchat's halves are one: by event ID for two days, purchases by order ID for thirty, whatever their names.

Also the cases of its own finding code, which the catalogue's tests ask for.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.comparison import Relation, compare
from app.hashing import sha256
from app.model import Customer, Exchange, Finding, Severity, Side, Verdict
from app.platforms import decode, rules_of
from app.platforms.base import DAY_MS
from app.platforms.snapchat.customer import documented
from tests.checks.cases import Case
from tests.events import START_MS
from tests.platforms.snapchat.halves import MARY, PIXEL_ID, call, element, envelope, flat, hit, picture, posted, told

OVER_IPV6 = "https://tr6.snapchat.com/p"
OTHER_PIXEL = f"{PIXEL_ID[:-1]}7"
ONE, TWO = [Verdict.DEDUPLICATED], [Verdict.DOUBLE_COUNTED, Verdict.DOUBLE_COUNTED]
NO_ORDER: dict[str, Any] = {"value": 59.9, "currency": "EUR", "content_ids": ["MUG-01", "TEE-XL"]}


def analysed(*exchanges: Exchange, customer: Customer | None = None) -> Analysis:
    analysis = Analysis(Context(customer=customer or Customer()), rules_of())
    for side in Side:
        analysis.observe(side)
    for exchange in exchanges:
        analysis.add(decode(exchange))
    return analysis


def verdicts(*exchanges: Exchange) -> list[Verdict]:
    return [group.verdict for group in analysed(*exchanges).groups()]


def findings(*exchanges: Exchange, customer: Customer | None = None) -> tuple[Finding, ...]:
    return tuple(item for group in analysed(*exchanges, customer=customer).groups() for item in group.findings)


def codes(*exchanges: Exchange) -> set[str]:
    return {item.code for item in findings(*exchanges)}


CASES = (
    Case(
        "snap-id-made-by-script",
        lambda: findings(hit(START_MS, cdid="@-2f3e4d5c-0000-4000-8000-000000000001")),
        lambda: findings(hit(START_MS, cdid="order-@-7"), hit(START_MS, 2, cdid=None, ev="SEARCH")),
    ),
)


def later(ms: int, **changes: Any) -> Exchange:
    return call(element(START_MS + ms, **changes), at_ms=START_MS + ms)


@pytest.mark.parametrize(
    ("browser", "server", "found"),
    [
        ({}, {}, ONE),
        ({"e_tid": None}, {}, ONE),
        ({"e_tid": "SO-1"}, {"event_id": None}, ONE),
        ({"cdid": "@-auto"}, {}, ONE),
        ({"cdid": "evt-9"}, {}, ONE),
        ({"cdid": None}, {}, ONE),
        ({"cdid": "@-auto", "e_tid": None}, {}, TWO),
        ({"cdid": "@-auto"}, {"custom_data": NO_ORDER}, TWO),
        ({"cdid": "@-evt-7", "e_tid": None}, {"event_id": "@-evt-7", "custom_data": NO_ORDER}, TWO),
        ({"cdid": "EVT-7", "e_tid": None}, {}, TWO),
        ({"e_tid": None}, {"event_name": "CUSTOM_EVENT_1", "custom_data": NO_ORDER}, ONE),
        ({"ev": "START_CHECKOUT", "cdid": None}, {"event_name": "START_CHECKOUT"}, TWO),
        ({"ev": "START_CHECKOUT"}, {"event_name": "START_CHECKOUT"}, ONE),
    ],
)
def test_event_id_or_a_purchases_order_id(
    browser: dict[str, Any], server: dict[str, Any], found: list[Verdict]
) -> None:
    assert verdicts(hit(START_MS, **browser), later(900, **server)) == found


@pytest.mark.parametrize(
    ("days", "order", "found"),
    [(1.99, None, ONE), (2.01, None, TWO), (2.01, "SO-1", ONE), (29.9, "SO-1", ONE), (30.1, "SO-1", TWO)],
)
def test_each_key_has_its_own_window(days: float, order: str | None, found: list[Verdict]) -> None:
    custom = NO_ORDER | ({"order_id": order} if order else {})
    assert verdicts(hit(START_MS, e_tid=order), later(int(days * DAY_MS), custom_data=custom)) == found


def test_the_older_calls_halves_pair_alike() -> None:
    assert verdicts(hit(START_MS), call([flat(START_MS)], url="https://tr.snapchat.com/v2/conversion")) == ONE


def test_another_pixel_is_never_merged() -> None:
    elsewhere = call(element(START_MS), url=f"https://tr.snapchat.com/v3/{PIXEL_ID}/events")
    assert "account-differs" not in codes(hit(START_MS), elsewhere)
    assert "account-differs" in codes(hit(START_MS, pid=OTHER_PIXEL), elsewhere)


def test_the_twin_over_ipv6_is_never_counted() -> None:
    analysis = analysed(hit(START_MS), picture(START_MS, 2, url="https://tr6.snapchat.com/p"), later(900))
    assert [group.verdict for group in analysis.groups()] == ONE
    assert [event.mirror_of for event in analysis.uncounted()] == ["e1.0"]
    assert analysis.summary().predicted_counted == 1


@pytest.mark.parametrize("cdid", ["evt-7", None])
def test_the_twin_counts_where_it_alone_arrives(cdid: str | None) -> None:
    alone = replace(hit(START_MS, cdid=cdid), request=replace(hit(START_MS, cdid=cdid).request, url=OVER_IPV6))
    assert verdicts(alone, later(900)) == ONE
    blocked = replace(hit(START_MS, 3, cdid=cdid), response=None, error="net::ERR_BLOCKED_BY_CLIENT")
    analysis = analysed(blocked, alone, later(900))
    assert [group.verdict for group in analysis.groups()] == ONE


@pytest.mark.parametrize("order", [" ", ["SO-1"], {"id": "SO-1"}, True])
def test_what_is_no_order_merges_nothing(order: Any) -> None:
    browser = hit(START_MS, cdid=None, e_tid=order)
    server = later(900, event_id=None, custom_data=NO_ORDER | {"order_id": order})
    older = call(
        [flat(START_MS, client_dedup_id=None, transaction_id=order)], url="https://tr.snapchat.com/v2/conversion"
    )
    assert [event.keys for event in (*decode(browser), *decode(server), *decode(older))] == [(), (), ()]
    assert Verdict.DEDUPLICATED not in verdicts(browser, server)


def test_two_fires_of_one_moment_are_no_twins() -> None:
    again = [hit(START_MS, number, ev="SEARCH", cdid=None, e_tid=None) for number in (1, 2)]
    assert analysed(*again).summary().predicted_counted == 2


def test_an_id_of_the_scripts_is_told_as_none() -> None:
    made = hit(START_MS, cdid="@-auto", e_tid=None)
    assert {"event-id-missing-browser", "snap-id-made-by-script"} <= codes(made, later(900))
    assert "event-id-differs" not in codes(made, later(900))
    fixes = {item.fix for item in findings(made, later(900)) if item.code == "event-id-missing-browser"}
    assert all("client_dedup_id" in fix for fix in fixes)
    assert "event-id-missing-browser" not in codes(hit(START_MS, cdid="@-auto"), later(900))


def test_a_page_loads_id_on_two_events_makes_them_one_and_is_told() -> None:
    shared = posted(envelope(START_MS, told(ev="PAGE_VIEW", e_tid=None, e_pr=None, e_iids=None), told()), 1, START_MS)
    (group,) = analysed(shared).groups()
    (reused,) = [item for item in group.findings if item.code == "event-id-reused"]
    assert (reused.reason, len(group.browser)) == ("event name", 2)
    apart = posted(envelope(START_MS, told(ev="PAGE_VIEW", cdid="pv-7", e_tid=None), told()), 1, START_MS)
    assert "event-id-reused" not in codes(apart)


def test_a_reloaded_thank_you_page_is_merged_by_its_order() -> None:
    again = hit(START_MS + 3 * 3_600_000, 2, cdid="@-other")
    analysis = analysed(hit(START_MS, cdid="@-auto"), again)
    assert len(analysis.groups()) == 1
    (refired,) = [item for group in analysis.groups() for item in group.findings if item.code == "refired"]
    assert "under the same order" in refired.message


def test_a_late_copy_under_the_order_id_is_still_merged_parameter_by_parameter() -> None:
    assert "copy-dropped" not in codes(hit(START_MS), later(10 * DAY_MS))
    assert "copy-dropped" not in codes(hit(START_MS, cdid="@-auto"), later(10 * DAY_MS))


@pytest.mark.parametrize(
    ("user", "found"),
    [
        ({"fn": [sha256("jane")], "client_user_agent": "Mozilla/5.0 Chrome/142.0"}, True),
        ({"client_ip_address": "203.0.113.9"}, True),
        ({"client_ip_address": "203.0.113.9", "client_user_agent": "Mozilla/5.0 Chrome/142.0"}, False),
        ({"em": [sha256("jane@shop.example")]}, False),
    ],
)
def test_too_little_of_the_customer_is_told(user: dict[str, Any], found: bool) -> None:
    told_of = [item.message for item in findings(later(0, user_data=user)) if item.code == "hard-to-attribute"]
    assert any("is refused" in message for message in told_of) is found


def test_an_old_event_is_a_note_and_no_error() -> None:
    def told_of(days: int) -> list[Severity]:
        made = call(element(START_MS - days * DAY_MS), at_ms=START_MS)
        return [item.severity for item in findings(made) if item.code == "event-time-too-old"]

    assert (told_of(36), told_of(38)) == ([], [Severity.INFO])


def test_both_sides_words_stand_in_one_row() -> None:
    (group,) = analysed(hit(START_MS), later(900)).groups()
    (browser,), (server,) = decode(hit(START_MS)), decode(later(900))
    assert group.verdict is Verdict.DEDUPLICATED
    found = {(row.browser_key, row.server_key): row.relation for row in compare(browser, server)}
    equal = (Relation.EQUAL, Relation.EQUAL_BY_VALUE)
    for pair in (
        ("ev", "event_name"),
        ("cdid", "event_id"),
        ("ts", "event_time"),
        ("ctx.url", "event_source_url"),
        ("e_pr", "custom_data.value"),
        ("e_cur", "custom_data.currency"),
        ("e_tid", "custom_data.order_id"),
        ("e_iids", "custom_data.content_ids"),
        ("u_hem", "user_data.em"),
        ("u_c1", "user_data.sc_cookie1"),
        ("ctx.ua", "user_data.client_user_agent"),
    ):
        assert found[pair] in equal, pair


# -- customer values --------------------------------------------------------------------------------------------------


def hashes(browser: dict[str, Any], **user: Any) -> set[tuple[str, str | None]]:
    known = element(START_MS)["user_data"] | user
    found = findings(hit(START_MS, **browser), later(900, user_data=known), customer=MARY)
    return {(item.code, item.reason) for item in found if item.code.startswith("hash") and item.code != "hash-verified"}


def test_right_values_on_both_sides_are_verified() -> None:
    assert hashes({}, ph=[sha256("49301234567")]) == set()


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("+49301234567", {("hash-not-normalized", "plus-kept"), ("hash-differs-between-sides", None)}),
        ("301234567", {("hash-not-normalized", "no-country-code"), ("hash-differs-between-sides", None)}),
    ],
)
def test_a_phone_has_its_country_code_and_no_plus(number: str, found: set[tuple[str, str | None]]) -> None:
    assert hashes({}, ph=[sha256(number)]) == found


def test_the_sdks_phone_without_a_country_code_is_named_as_the_sdks() -> None:
    mary = Customer((("ph", ("0301234567",)), ("em", ("mary@shop.example",))))
    known = element(START_MS)["user_data"] | {"ph": [sha256("1301234567")]}
    found = findings(later(900, user_data=known), customer=mary)
    assert any("Snap's Python SDK" in item.message for item in found if item.code.startswith("hash"))


def test_two_legitimate_rules_are_explained_and_not_accused() -> None:
    spaced = Customer((("ct", ("Bad Soden",)), ("em", ("mary@shop.example",))))
    known = element(START_MS)["user_data"] | {"ct": [sha256("badsoden")]}
    halves = hit(START_MS, l_city=sha256("bad soden")), later(900, user_data=known)
    found = {(item.code, item.reason, item.severity) for item in findings(*halves, customer=spaced)}
    assert ("hash-convention", "segment", Severity.INFO) in found
    assert not any(code == "hash-not-normalized" for code, _, _ in found)


@pytest.mark.parametrize(
    ("key", "typed", "normal"),
    [
        ("em", " Jane@Shop.example ", "jane@shop.example"),
        ("ph", "0049 (30) 123-4567", "49301234567"),
        ("fn", " Raphaël-J. ", "raphaëlj"),
        ("ge", "Female", "f"),
        ("ct", "Bad Soden", "bad soden"),
        ("st", "California", "ca"),
        ("st", "BY", "by"),
        ("zp", "SW1A 1AA", "sw1a 1aa"),
        ("country", "Germany", "de"),
        ("external_id", "Cust-00042", "cust-00042"),
        ("ph", "12", None),
        ("em", " ", None),
    ],
)
def test_the_documented_form_of_a_value(key: str, typed: str, normal: str | None) -> None:
    assert documented(key, typed) == normal
