"""Whatever stands in an event, the checks say something about it and never trip, and they keep secrets."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.checks import Context, check_event, check_group
from app.hashing import form_of
from app.model import Content, Field, Link, LinkKind, Side, UserValue
from tests.checks.builders import MAIL, PHONE, WITH_JO, browser, field, group, of_link, server, user

_JUNK = st.sampled_from(
    (
        "",
        " ",
        "undefined",
        "NaN",
        "1e999",
        "[",
        '{"a":[]}',
        "\x00",
        "٣",
        "%",
        "%%%",
        "a" * 5000,
        "http://[",
        "@",
        "fb.1.",
        "::",
    )
)
_TEXT = st.one_of(_JUNK, st.text(max_size=20))
_MAYBE = st.none() | _TEXT
_USER = st.lists(
    st.builds(
        lambda key, text: UserValue(key, text, form_of(text), f"ud[{key}]"),
        st.sampled_from(("em", "ph", "st", "external_id", "x")),
        _TEXT,
    ),
    max_size=4,
).map(tuple)
_EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "name": _TEXT,
        "event_id": _MAYBE,
        "own_ms": st.none() | st.integers(-(10**18), 10**18),
        "received_ms": st.none() | st.integers(0, 10**14),
        "page": _MAYBE,
        "value": _MAYBE,
        "currency": _MAYBE,
        "order_id": _MAYBE,
        "content_type": _MAYBE,
        "contents": st.lists(st.builds(Content, _TEXT, _TEXT, _TEXT), max_size=3).map(tuple),
        "user": _USER,
        "match_ids": st.lists(
            st.tuples(st.sampled_from(("fbp", "fbc", "ip", "user_agent", "y")), _TEXT), max_size=4
        ).map(tuple),
        "consent": _MAYBE,
        "action_source": _MAYBE,
        "fields": st.lists(
            st.builds(
                Field,
                st.sampled_from(("dl", "cd[value]", "cd[phone]", "custom_data.email", "eid", "[", "]")) | _TEXT,
                _TEXT,
                st.just("label"),
                st.sampled_from(("page", "custom data", "customer", "event", "other")),
                st.sampled_from(("query", "body", "header")),
            ),
            max_size=5,
        ).map(tuple),
    },
)


@settings(max_examples=300, deadline=None)
@given(ours=_EVENTS, theirs=_EVENTS, kind=st.sampled_from(LinkKind))
def test_no_event_and_no_pair_trips_a_check(ours: dict[str, Any], theirs: dict[str, Any], kind: LinkKind) -> None:
    one, two = browser(**ours), server(**theirs)
    for context in (Context(allowed_domains=("shop.example",)), WITH_JO):
        for event in (one, two):
            check_event(event, context)
        check_group(group(one, two), {}, context)
        left = group(one, id="g1", links=(Link(kind, "g2"),))
        right = group(two, id="g2", links=(Link(kind, "g1"),))
        check_group(left, {"g2": right}, context)


@settings(max_examples=100, deadline=None)
@given(ours=_EVENTS)
def test_the_same_event_always_gets_the_same_findings(ours: dict[str, Any]) -> None:
    event = browser(**ours)
    assert check_event(event, WITH_JO) == check_event(event, WITH_JO)


def test_no_message_holds_the_customers_own_data() -> None:
    leaky = browser(
        user=(user("em", MAIL), user("ph", PHONE), user("fn", "Margarete")),
        page=f"https://shop.example/?email={MAIL}&phone={PHONE}&first_name=Margarete",
        value=f"12 {MAIL}",
        currency=MAIL,
        event_id=MAIL,
        fields=(field("dl", f"https://shop.example/?email={MAIL}&phone={PHONE}", "page"), field("cd[x]", MAIL)),
    )
    other = server(user=(user("em", "other@example.org"),), page=f"https://other.example/?email={MAIL}")
    found = (
        *check_event(leaky, WITH_JO),
        *check_group(group(leaky, other), {}, WITH_JO),
        *of_link(leaky, server(event_id=f"{MAIL}-server", user=())),
    )
    texts = [f"{item.message} {item.detail} {item.fix}" for item in found]
    assert [text for text in texts if MAIL in text or PHONE in text or "Margarete" in text] == []
    assert len(texts) > 8


@pytest.mark.parametrize("piece", ["{{", "a@", "%40", "<?", "[[", "{% ", "a.", "1,", "?email=", "https://"])
def test_giants_neither_trip_nor_stall_the_checks(piece: str) -> None:
    giant = piece * (2_000_000 // len(piece))
    event = browser(
        event_id=giant,
        name=giant,
        page=giant,
        value=giant,
        currency=giant,
        order_id=giant,
        match_ids=(("fbp", giant), ("fbc", giant), ("ip", giant), ("user_agent", giant)),
        fields=tuple(field(key, giant, group) for key, group in (("dl", "page"), ("cd[x]", "custom data"))),
    )
    other = server(event_id=giant + "x", page=giant + "/", value=giant + "1")
    check_event(event, WITH_JO)
    check_group(group(event, other), {}, WITH_JO)
    of_link(replace(event, name=other.name), other)


def test_findings_name_their_event_and_side() -> None:
    found = check_event(server(value="junk", currency="junk"), Context())
    assert {(item.event, item.side) for item in found} == {("e2.0", Side.SERVER)}
