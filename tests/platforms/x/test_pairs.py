"""What becomes of X's two sides: what is merged, what is told of it, and what other platforms make of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import LinkKind, Outcome, Verdict
from app.pairing.conversions import conversions
from app.platforms import decode, rules_of
from app.platforms.vocabulary import step
from app.platforms.x.words import PAGE_VIEW
from app.rules import load_rules
from tests.platforms.tiktok.halves import hit as tiktok_hit
from tests.platforms.vectors import of_har
from tests.platforms.x.halves import (
    AGENT,
    API,
    PIXEL,
    TAG,
    analysed,
    browser_event,
    call,
    codes,
    data,
    element,
    hit,
)


@pytest.mark.parametrize("tag", [TAG, "ol7lz"])
def test_the_halves_are_one_by_conversion_id_and_tag_whole_or_bare(tag: str) -> None:
    analysis = analysed(hit(), call(element(6_000, event_id=tag)))
    (group,) = analysis.groups()
    assert (group.verdict, group.name) == (Verdict.DEDUPLICATED, TAG)
    assert "event-name-differs" not in codes(analysis.groups())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_id": "tw-o9z1d-ol8aa"}, "event-name-differs"),
        ({"conversion_id": "SO-1187-server"}, "event-id-differs"),
        ({"conversion_id": "so-1187"}, "event-id-differs"),
        ({"conversion_id": None}, "event-id-missing-server"),
        ({"conversion_id": None, "transaction_id": "SO-1187"}, "event-id-misplaced"),
    ],
)
def test_halves_that_x_does_not_merge_are_counted_twice(changes: dict[str, Any], code: str) -> None:
    analysis = analysed(hit(), call(element(6_000, **changes)))
    assert {group.verdict for group in analysis.groups()} == {Verdict.DOUBLE_COUNTED}
    assert code in codes(analysis.groups())


def test_a_browser_without_a_conversion_id_is_told_of_the_right_place() -> None:
    analysis = analysed(hit(event=json.dumps(data(conversion_id=None))), call(element(6_000)))
    (told,) = {
        finding.fix
        for group in analysis.groups()
        for finding in group.findings
        if finding.code == "event-id-missing-browser"
    }
    assert "conversion_id in twq('event', …)" in told


def test_the_window_is_an_assumption_and_says_so() -> None:
    far = 49 * 3600 * 1000
    analysis = analysed(hit(), call(element(5_000 + far), at_ms=5_000 + far))
    assert {link.kind for group in analysis.groups() for link in group.links} == {LinkKind.OUTSIDE_WINDOW}
    (rule,) = rules_of()["x"].keys
    assert (rule.standing.value, rule.within) == ("folklore", "48 h (assumed, published by nobody)")
    assert "no window is published" in rule.source


def test_another_pixels_event_is_not_merged() -> None:
    other = API.replace(PIXEL, "o8aaa")
    analysis = analysed(hit(), call(element(6_000, event_id="tw-o8aaa-ol7lz"), url=other))
    assert len(analysis.groups()) == 2


def test_the_pixels_hash_of_an_e_mail_in_capitals_is_explained_and_not_accused() -> None:
    typed = sha256("Mary@Shop.example")
    analysis = analysed(hit(email_address=typed), call(element(6_000)))
    (group,) = analysis.groups()
    found = {finding.code: finding for finding in group.findings}
    assert found["hash-convention"].reason == "x-pixel"
    assert "the pixel" in found["hash-convention"].message
    assert (found["hash-differs-between-sides"].severity.value, group.severity) == ("info", group.severity)
    assert "hash-not-normalized" not in found
    strange = analysed(hit(email_address=sha256("other@shop.example")), call(element(6_000)))
    (differs,) = [
        finding
        for group in strange.groups()
        for finding in group.findings
        if finding.code == "hash-differs-between-sides"
    ]
    assert differs.severity.value == "error"


@pytest.mark.parametrize(
    ("phone", "code", "reason"),
    [
        ("+49301234567", "hash-verified", None),
        ("+49 30 1234567", "hash-not-normalized", "stape"),
        ("49301234567", "hash-not-normalized", "no-plus"),
    ],
)
def test_a_phone_needs_its_plus_whoever_hashes_it(phone: str, code: str, reason: str | None) -> None:
    analysis = analysed(call(element(6_000, identifiers=[{"hashed_phone_number": sha256(phone)}])))
    found = {finding.code: finding for group in analysis.groups() for finding in group.findings}
    assert code in found
    if reason == "stape":
        assert found[code].reason == "stape"


@pytest.mark.parametrize("identifiers", [[{"ip_address": "203.0.113.9", "user_agent": AGENT}], [{"twclid": "2-4k"}]])
def test_address_and_agent_alone_identify_nobody(identifiers: list[dict[str, str]]) -> None:
    analysis = analysed(call(element(6_000, identifiers=identifiers)))
    assert ("hard-to-attribute" in codes(analysis.groups())) is ("twclid" not in identifiers[0])


def test_the_real_browsers_events_pair_with_a_server_of_ours() -> None:
    browser = [
        replace(event, id=f"e{place}.0", exchange=place) for place, event in enumerate(of_har("real/x_browser.har"), 1)
    ]
    (bought,) = [event for event in browser if event.event_id]
    server = decode(call(element(bought.received_ms or 0, conversion_id="evt-1187"), number=9))
    analysis = Analysis(Context(), rules_of())
    analysis.add([*browser, *server])
    assert {group.verdict for group in analysis.groups() if group.event_id} == {Verdict.DEDUPLICATED}


def test_the_two_event_ids_are_told_apart_by_their_labels() -> None:
    assert {field.key: field.label for field in browser_event().fields}["event_id"] == "Request ID (no event ID)"
    (server,) = decode(call(element(5_000)))
    assert {field.key: field.label for field in server.fields}["event_id"] == "Event tag"


def test_a_name_in_place_of_a_tag_is_told_as_that_and_as_nothing_else() -> None:
    for name in ("purchase", "Purchase", "SO-1187"):
        found = codes(analysed(call(element(6_000, event_id=name))).groups())
        assert "event-tag-malformed" in found
        assert "unknown-event-name" not in found
    assert "unknown-event-name" not in codes(analysed(hit()).groups())


def test_the_older_librarys_names_are_steps_of_the_funnel_as_elsewhere() -> None:
    named = {name: step(name) for name in (PAGE_VIEW, "Purchase", "AddToCart", "Signup", "CompleteRegistration")}
    assert named == {
        PAGE_VIEW: "page_view",
        "Purchase": "purchase",
        "AddToCart": "add_to_cart",
        "Signup": "lead",
        "CompleteRegistration": "lead",
    }


def test_a_tag_stands_for_what_the_other_platforms_were_told_at_that_moment() -> None:
    moment = 1_795_169_730_000
    elsewhere = tiktok_hit(moment)
    analysis = analysed(
        elsewhere,
        hit(moment + 10, number=2, event=json.dumps(data(conversion_id="evt-7"))),
        call(element(moment + 900, conversion_id="evt-7"), number=3, at_ms=moment + 900),
    )
    (found,) = conversions(analysis.groups(), load_rules())
    assert (set(found.platforms), found.title) == ({"tiktok", "x"}, "Purchase")


def test_a_value_without_a_currency_is_taken_for_dollars() -> None:
    (told,) = [
        finding
        for group in analysed(call(element(6_000, price_currency=None))).groups()
        for finding in group.findings
        if finding.code == "currency-missing"
    ]
    assert "price_currency from the server" in told.fix
    assert "currency-missing" not in codes(analysed(call(element(6_000))).groups())


def test_an_answer_that_says_nothing_is_given_no_words() -> None:
    (event,) = decode(call(element(6_000), answer=b"{}", status=429))
    assert event.answer is not None
    assert (event.outcome, event.answer.message, event.answer.transient) == (Outcome.REJECTED, None, True)
