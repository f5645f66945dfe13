"""IDs by how they relate, values by meaning, both sides row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.comparison import (
    Relation,
    Row,
    amount,
    compare,
    family_of,
    relate_ids,
    same_amount,
    same_contents,
    same_cookie,
    same_ip,
    same_meaning,
    same_page,
)
from app.comparison.shortening import short
from app.model import Content, Event, Field, Kind, Provenance, Side

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


@pytest.mark.parametrize(
    ("a", "b", "reason", "a_part", "b_part"),
    [
        ("o-1", "o-1", "equal", "", ""),
        ("ABC", "abc", "case", "ABC", "abc"),
        ("order-A1", "order-a1", "case", "A", "a"),
        (" abc", "abc", "whitespace", " ", ""),
        ("abc\u200b", "abc", "whitespace", "\u200b", ""),
        ("abc", "abc\n", "whitespace", "", "\n"),
        ("12345", "12345-server", "affix", "", "-server"),
        ("srv_12345", "12345", "affix", "srv_", ""),
        ("Purchase.1042", "1042", "affix", "Purchase.", ""),
        ("web-12345", "server-12345", "affix", "web-", "server-"),
        ("purchase_1042", "1042_capi", "affix", "purchase_", "_capi"),
        ("ORD-1042", "ord-1042-server", "affix", "", "-server"),
        (UUID, f"{UUID}_1", "affix", "", "_1"),
        ("000001", "1", "number-format", "00000", ""),
        ("#1042", "1042", "number-format", "#", ""),
        ("1,042", "1042", "number-format", ",", ""),
        ("1042.0", "1042", "number-format", ".0", ""),
        ("1e21", "1" + "0" * 21, "number-format", "e21", "0" * 21),
        (UUID, UUID[:21], "truncated", UUID[21:], ""),
        ("abcdefgh1", "abcdefgh12345", "truncated", "", "2345"),
        ("a%20b", "a b", "encoded", "%20", " "),
        ("a%2520b", "a b", "encoded", "%2520", " "),
        ("b3JkZXItMTA0Mg==", "order-1042", "encoded", "b3JkZXItMTA0Mg==", "order-1042"),
        ('"1042"', "1042", "encoded", '"1042"', "1042"),
        ("1042", UUID, "family", "1042", UUID),
        ("1042", "2001", "independent", "1042", "2001"),
        ("12345", "123456", "independent", "12345", "123456"),
        ("order-1042", "order-1043", "independent", "order-1042", "order-1043"),
        ("1712345678901.1234", "1712345678901.9999", "independent", "1712345678901.1234", "1712345678901.9999"),
    ],
)
def test_two_ids_relate_by_the_simplest_difference(a: str, b: str, reason: str, a_part: str, b_part: str) -> None:
    found = relate_ids(a, b)
    assert (found.reason, found.a_part, found.b_part) == (reason, a_part, b_part)


@given(st.text(max_size=40), st.text(max_size=40))
def test_relating_ids_is_symmetric_marks_what_it_says_and_never_trips(a: str, b: str) -> None:
    found, other = relate_ids(a, b), relate_ids(b, a)
    assert (found.reason, found.a_part, found.b_part) == (other.reason, other.b_part, other.a_part)
    assert (a[slice(*found.a_span)], b[slice(*found.b_span)]) == (found.a_part, found.b_part)
    assert (found.reason == "equal") == (a == b)


def test_giants_are_not_taken_for_ids() -> None:
    assert relate_ids("a" * 5000, "a" * 5001).reason == "independent"


@given(st.text(alphabet="0aA-_ #%.", max_size=12), st.sampled_from(("-server", "_capi", "web-", " ", "%20", "#", "0")))
def test_adding_to_an_id_is_related_the_same_both_ways(event_id: str, part: str) -> None:
    longer = event_id + part
    found, other = relate_ids(event_id, longer), relate_ids(longer, event_id)
    assert (found.reason, found.a_part, found.b_part) == (other.reason, other.b_part, other.a_part)


@pytest.mark.parametrize(
    ("event_id", "family"),
    [
        (UUID, "a UUID"),
        ("d41d8cd98f00b204e9800998ecf8427e", "an MD5 hash or a UUID without hyphens"),
        ("1042", "an order number"),
        ("#ORD-1042", "an order number"),
        ("1795317862330", "a time in milliseconds"),
        ("1795317862", "a time in seconds"),
        ("1795317862330.4471", "a time in milliseconds with a random part"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "a ULID"),
        ("ob3_plugin-set_62a1", "an ID made by the platform's script"),
        ("thank you", "a free text"),
    ],
)
def test_an_ids_family_is_told(event_id: str, family: str) -> None:
    assert family_of(event_id) == family


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("12", "12.00", True),
        ("0.30000000000000004", "0.3", True),
        ("12.00", "12.005", True),
        ("12.00", "12.01", False),
        ("12.00", "12.02", False),
        ("1,5", "1.5", False),
        ("NaN", "NaN", True),
        ("NaN", "0", False),
        ("-5", "5", False),
        (None, None, True),
        ("0", None, False),
    ],
)
def test_amounts_compare_as_numbers(a: str | None, b: str | None, same: bool) -> None:
    assert same_amount(a, b) is same


@given(st.text(max_size=60))
def test_an_amount_is_a_finite_number_or_nothing(text: str) -> None:
    found = amount(text)
    assert found is None or found.is_finite()


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ((Content("1", "2"), Content("2", "1")), (Content("2", "1"), Content("1", "2")), True),
        ((Content("1", "2"),), (Content("1"), Content("1")), True),
        ((Content("1", "2"),), (Content("1"),), True),
        ((Content("1", "2"),), (Content("1", "3"),), False),
        ((Content("1", "1", "10"),), (Content("1", "1.0", "10.00"),), True),
        ((Content("1", "1", "10"),), (Content("1", "1", "11"),), False),
        ((Content("1"),), (Content("1"), Content("2")), False),
        ((Content("1", "x", "y"),), (Content("1", "1"),), True),
        ((), (), True),
    ],
)
def test_baskets_compare_as_sets(a: tuple[Content, ...], b: tuple[Content, ...], same: bool) -> None:
    assert same_contents(a, b) is same
    assert same_contents(b, a) is same


@pytest.mark.parametrize(
    ("b", "same"),
    [
        ("https://shop.example/thanks?order=1", True),
        ("https://SHOP.example/thanks/?order=1#top", True),
        ("https://www.shop.example/thanks", True),
        ("https://shop.example/thanks?utm=x&order=1", True),
        ("https://shop.example/thanks?order=_removed_", True),
        ("https://shop.example/thanks?order=2", False),
        ("https://shop.example/other?order=1", False),
        ("https://other.example/thanks?order=1", False),
        ("https://[bad", False),
        (None, False),
    ],
)
def test_pages_compare_by_place_and_shared_parameters(b: str | None, same: bool) -> None:
    assert same_page("https://shop.example/thanks?order=1", b) is same


def test_cookies_compare_without_the_builders_suffix_and_with_case() -> None:
    fbp = "fb.1.1795319006639.447908042"
    assert same_cookie(fbp, f"{fbp}.AQQCAQMC")
    assert not same_cookie("fb.1.1.IwAR", "fb.1.1.iwar")


def test_addresses_compare_as_addresses() -> None:
    assert same_ip("203.0.113.9", "::ffff:203.0.113.9")
    assert same_ip("2001:db8::1", "2001:0DB8:0:0::1")
    assert not same_ip("203.0.113.9", "203.0.113.10")
    assert not same_ip("not an address", "another")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ('["a","b"]', '["b", "a"]', True),
        ('["a","a"]', '["a"]', False),
        ('[{"id":"1","quantity":2}]', '[{"quantity":"2.0","id":1}]', True),
        ('{"a":1,"b":null}', '{"a":1}', True),
        ('{"a":1}', '{"a":2}', False),
        ("1", "1.0", True),
        ("true", "True", True),
        ("a ", "a", True),
        ('["a"]', "a", True),
        ("[" * 3000, "[" * 3001, False),
        ("[1", "[2", False),
    ],
)
def test_wire_values_compare_by_meaning(a: str, b: str, same: bool) -> None:
    assert same_meaning(a, b) is same


@given(st.text(alphabet='[]{}",:0aN ', max_size=20), st.text(alphabet='[]{}",:0aN ', max_size=20))
def test_meaning_is_symmetric_and_never_trips(a: str, b: str) -> None:
    assert same_meaning(a, b) is same_meaning(b, a)
    assert same_meaning(a, a)


def _event(side: Side, *fields: tuple[str, str, str, str]) -> Event:
    given: dict[str, Any] = {"platform": "meta", "provenance": Provenance.IMPORTED, "kind": Kind.EVENT}
    return Event(
        id="e1.0",
        exchange=1,
        side=side,
        account="1",
        name="Purchase",
        event_id="o-1",
        own_ms=0,
        received_ms=0,
        fields=tuple(Field(key, value, label, group, "body") for key, value, label, group in fields),
        **given,
    )


BROWSER = _event(
    Side.BROWSER,
    ("id", "1", "Pixel ID", "event"),
    ("ev", "Purchase", "Event name", "event"),
    ("eid", "o-1", "Event ID", "event"),
    ("ts", "1795317862330", "Client time (ms)", "event"),
    ("dl", "https://shop.example/thanks#x", "Page", "page"),
    ("cd[value]", "142.52", "Value", "custom data"),
    ("cd[currency]", "USD", "Currency", "custom data"),
    ("cd[content_ids]", '["1","2"]', "Content IDs", "custom data"),
    ("ud[em]", "a" * 64, "Email", "customer"),
    ("aud[em]", "b" * 64, "Email, older rule", "customer"),
    ("ud[cn]", "c" * 64, "Country", "customer"),
    ("fbp", "fb.1.1.2", "Browser ID (fbp)", "click IDs"),
    ("v", "2.9.252", "Library version", "library"),
)
SERVER = _event(
    Side.SERVER,
    ("event_name", "Purchase", "Event name", "event"),
    ("event_id", "o-1-server", "Event ID", "event"),
    ("event_time", "1795317863", "Event time (s)", "event"),
    ("event_source_url", "https://shop.example/thanks", "Page", "page"),
    ("custom_data.value", "142.520", "Value", "custom data"),
    ("custom_data.currency", "EUR", "Currency", "custom data"),
    ("custom_data.content_ids", '["2", "1"]', "Content IDs", "custom data"),
    ("custom_data.order_id", "1", "Order ID", "custom data"),
    ("user_data.em[0]", "b" * 64, "Email", "customer"),
    ("user_data.country", "c" * 64, "Country", "customer"),
    ("user_data.fbp", "fb.1.1.2.AQQCAQMC", "Browser ID (fbp)", "click IDs"),
)


def test_both_sides_are_aligned_by_meaning_with_both_wire_keys() -> None:
    rows = [(row.browser_key, row.server_key, str(row.relation), row.note) for row in compare(BROWSER, SERVER)]
    assert rows == [
        ("id", "{dataset}", "equal", ""),
        ("ev", "event_name", "equal", ""),
        ("eid", "event_id", "differs", "o-1-server is the other ID with “-server” after it."),
        ("ts", "event_time", "equal-by-value", "+0.7 s"),
        ("dl", "event_source_url", "equal-by-value", ""),
        ("cd[value]", "custom_data.value", "equal-by-value", ""),
        ("cd[currency]", "custom_data.currency", "differs", ""),
        ("cd[content_ids]", "custom_data.content_ids", "equal-by-value", ""),
        ("", "custom_data.order_id", "only-server", ""),
        ("aud[em]", "user_data.em[0]", "equal", ""),
        ("ud[em]", "", "only-browser", ""),
        ("ud[cn]", "user_data.country", "equal", ""),
        ("fbp", "user_data.fbp", "equal-by-value", ""),
        ("v", "", "only-browser", ""),
    ]


def without(event: Event, *keys: str) -> Event:
    return replace(event, fields=tuple(field for field in event.fields if field.key not in keys))


@pytest.mark.parametrize(
    ("ours", "theirs", "lacking"),
    [
        (BROWSER, without(SERVER, "event_id"), {"eid": "server"}),
        (without(BROWSER, "eid"), SERVER, {"event_id": "browser"}),
        (BROWSER, without(SERVER, "event_id", "custom_data.value"), {"eid": "server", "cd[value]": "server"}),
        (without(BROWSER, "cd[currency]"), SERVER, {"custom_data.currency": "browser"}),
        (BROWSER, without(SERVER, "event_time", "user_data.country", "custom_data.content_ids"), {}),
    ],
    ids=["no ID on the server", "no ID in the browser", "no sum on the server", "no currency", "what need not be"],
)
def test_what_both_sides_must_say_differs_where_only_one_says_it(
    ours: Event, theirs: Event, lacking: dict[str, str]
) -> None:
    alone = [row for row in compare(ours, theirs) if not (row.browser_key and row.server_key)]
    found = {row.browser_key or row.server_key: row.note for row in alone if row.relation is Relation.DIFFERS}
    assert found == {key: f"Missing on the {side}; both sides must send it." for key, side in lacking.items()}


def test_an_empty_id_is_as_good_as_none_and_two_fires_of_one_side_need_not_share_any() -> None:
    bare = without(BROWSER, "eid")
    name, empty = ("event_name", "Purchase", "Event name", "event"), ("event_id", "", "Event ID", "event")
    rows = compare(bare, _event(Side.SERVER, name, empty))
    assert [row.relation for row in rows if row.server_key == "event_id"] == [Relation.ONLY_SERVER]
    assert Relation.DIFFERS not in {row.relation for row in compare(BROWSER, bare)}


def test_a_sum_is_asked_for_only_where_the_platform_wants_one() -> None:
    lead = [replace(event, name="Lead") for event in (BROWSER, without(SERVER, "custom_data.value"))]
    assert [row.relation for row in compare(*lead) if row.browser_key == "cd[value]"] == [Relation.ONLY_BROWSER]


def test_one_side_alone_is_shown_as_such() -> None:
    assert {row.relation for row in compare(BROWSER, None)} == {Relation.ONLY_BROWSER}
    assert {row.relation for row in compare(None, SERVER)} == {Relation.ONLY_SERVER}
    assert compare(None, None) == ()


def test_every_field_of_both_sides_is_in_exactly_one_row() -> None:
    rows = compare(BROWSER, SERVER)
    assert sorted(row.browser_key for row in rows if row.browser_key) == sorted(item.key for item in BROWSER.fields)
    assert sorted(row.server_key for row in rows if row.server_key) == sorted(
        ["{dataset}", *(item.key for item in SERVER.fields)]
    )


def test_a_user_agent_in_the_browsers_header_meets_the_servers_parameter() -> None:
    ours = replace(_event(Side.BROWSER, ("id", "1", "Pixel ID", "event")), match_ids=(("user_agent", "Mozilla/5.0"),))
    theirs = _event(Side.SERVER, ("user_data.client_user_agent", "Mozilla/5.0", "Client user agent", "customer"))
    assert [(row.browser_key, row.server_key, str(row.relation)) for row in compare(ours, theirs)] == [
        ("id", "{dataset}", "equal"),
        ("User-Agent (header)", "user_data.client_user_agent", "equal"),
    ]


def test_a_field_that_repeats_finds_its_equals_first() -> None:
    ours = _event(Side.BROWSER, ("ud[ph]", "1" * 64, "Phone", "customer"))
    theirs = _event(
        Side.SERVER,
        ("user_data.ph[0]", "2" * 64, "Phone", "customer"),
        ("user_data.ph[1]", "1" * 64, "Phone", "customer"),
    )
    assert compare(ours, theirs)[1:] == (
        Row("Phone", "customer", "ud[ph]", "1" * 64, "user_data.ph[1]", "1" * 64, Relation.EQUAL),
        Row("Phone", "customer", "", "", "user_data.ph[0]", "2" * 64, Relation.ONLY_SERVER),
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("evt-1795317862330-4711-CQ7EXAMPLE0PIXELCODE", "evt-1795317862330-4…IXELCODE"),
        ("erika.mustermann.lang@kunde.example", "…"),
        ("TEST erika.mustermann@kunde.example and more", "TEST …and more"),
        ("Call +49 171 23456789 for more of this", "Call … of this"),
        ("see it at https://s.example/?mail=erika%40kunde.example", "see it at https://s…"),
        ("4111111111111111222222222222222222222", "4111111111111111222…22222222"),
    ],
)
def test_a_long_text_is_not_cut_through_an_address_or_a_number(text: str, shown: str) -> None:
    assert short(text) == shown
