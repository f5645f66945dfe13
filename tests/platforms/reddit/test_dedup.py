"""Which halves Reddit makes one: by type, custom name, source and conversion ID, plain or hashed; and what is told."""

from __future__ import annotations

from typing import Any

import pytest

from app.analysis.summary import coverage
from app.checks import tally
from app.comparison import Relation, compare
from app.gui.table.pair_cells import event_id, event_id_tip
from app.gui.table.sight import sight
from app.hashing import sha256
from app.model import Customer, Exchange, Severity, Verdict
from app.pairing.suggestions import SECONDARY
from app.platforms import decode
from app.platforms.base import DAY_MS
from app.rules import load_rules
from tests.platforms.reddit.halves import (
    AGENT,
    ID,
    MARY,
    PLAIN,
    UUID,
    V2,
    V3,
    browser_event,
    call,
    codes,
    element,
    element_of_v2,
    groups,
    hit,
    v3,
)

AT = 1_795_169_730_123
HOUR_MS = 3_600_000


def server(at_ms: int = AT + 900, url: str = V3, **changes: Any) -> Exchange:
    return call(v3(element(at_ms, **changes)), at_ms=at_ms, url=url)


def metadata(event_id: str | None = ID, **changes: Any) -> dict[str, Any]:
    return {"conversion_id": event_id, "currency": "EUR", "value": 59.9} | changes


@pytest.mark.parametrize(
    "other",
    [
        server(),
        server(metadata=metadata(sha256(ID))),
        server(metadata=metadata(f"  {ID} ")),
        server(type={"tracking_type": "Purchase"}),
        server(action_source=None),
        server(AT + 2 * DAY_MS - 1000),
        call({"events": [element_of_v2("2026-11-20T10:15:31.000Z")]}, at_ms=AT + 900, url=V2),
    ],
)
def test_what_should_pair_does(other: Exchange) -> None:
    (group,) = groups(hit(AT), other)
    assert group.verdict is Verdict.DEDUPLICATED
    assert not {"event-id-differs", "event-name-differs", "event-name-case"} & codes((group,))


@pytest.mark.parametrize(
    ("other", "code", "reason"),
    [
        (server(metadata=metadata(sha256(sha256(ID)))), "conversion-id-hashed-twice", "hashed"),
        (server(metadata=metadata(ID.upper())), "event-id-differs", "case"),
        (server(metadata=metadata(f"{ID}-server")), "event-id-differs", "affix"),
        (server(metadata=metadata("another-4711")), "event-id-differs", None),
        (server(metadata=metadata(None)), "event-id-missing-server", None),
        (server(type={"tracking_type": "SIGN_UP"}), "event-name-differs", None),
        (server(action_source="PHYSICAL_STORE"), "event-id-kept-apart", "kept-apart"),
        (server(AT + 2 * DAY_MS + 1000), "outside-window", None),
        (
            call(v3(element(AT)), at_ms=AT + 900, url=V3.replace("exampleacct1", "exampleacct2")),
            "account-differs",
            None,
        ),
    ],
)
def test_what_should_not_pair_does_not_and_says_why(other: Exchange, code: str, reason: str | None) -> None:
    found = groups(hit(AT), other)
    assert Verdict.DEDUPLICATED not in {group.verdict for group in found}
    told = [finding for group in found for finding in group.findings if finding.code == code]
    assert told
    assert reason is None or {finding.reason for finding in told} == {reason}
    assert code not in codes(groups(hit(AT), server()))


@pytest.mark.parametrize(("name", "verdict"), [("Quiz done", Verdict.DEDUPLICATED), ("quiz done", None)])
def test_a_custom_events_name_counts_letter_by_letter(name: str, verdict: Verdict | None) -> None:
    page = hit(AT, event="Custom", m__customEventName="Quiz done")
    found = groups(page, server(type={"tracking_type": "CUSTOM", "custom_event_name": name}))
    assert (verdict in {group.verdict for group in found}) is (verdict is not None)
    assert ("event-id-kept-apart" in codes(found)) is (verdict is None)


def test_two_custom_events_under_one_hash_are_told_by_their_own_names() -> None:
    page = hit(AT, event="Custom", m__customEventName="Quiz done")
    kind = {"tracking_type": "CUSTOM", "custom_event_name": "Newsletter"}
    found = groups(page, server(type=kind))
    assert Verdict.DEDUPLICATED not in {group.verdict for group in found}
    assert {group.name for group in found} == {"Quiz done", "Newsletter"}
    (told, _) = [each for group in found for each in group.findings if each.code == "event-name-differs"]
    assert "Quiz done" in told.message
    assert "Newsletter" in told.message


def test_a_custom_event_never_passes_for_a_standard_one() -> None:
    page = hit(AT, event="Custom", m__customEventName="Purchase")
    found = groups(page, server(type={"tracking_type": "PURCHASE"}))
    assert {group.name for group in found} == {"Custom", "Purchase"}
    assert Verdict.DEDUPLICATED not in {group.verdict for group in found}


def test_a_type_that_is_no_text_pairs_with_nothing() -> None:
    found = groups(hit(AT), server(type={"tracking_type": ["PURCHASE"]}))
    assert Verdict.DEDUPLICATED not in {group.verdict for group in found}
    (told,) = [each for group in found for each in group.findings if each.code == "malformed-request"]
    assert told.message == 'type.tracking_type is no single text: ["PURCHASE"].'


def test_a_pixel_that_was_given_a_hash_hashed_it_twice() -> None:
    found = groups(hit(AT, m__conversionId=sha256(sha256(ID))), server(metadata=metadata(ID)))
    assert "conversion-id-hashed-twice" in codes(found)


@pytest.mark.parametrize("junk", ["undefined", "", "test", "[object Object]"])
def test_a_hash_of_nothing_is_no_conversion_id(junk: str) -> None:
    (told,) = [
        finding
        for group in groups(hit(AT, m__conversionId=sha256(junk)))
        for finding in group.findings
        if finding.code == "event-id-not-a-value"
    ]
    assert "the hash of" in told.message
    assert "event-id-not-a-value" not in codes(groups(hit(AT)))


def test_events_without_an_id_may_be_one_by_the_browser_alone() -> None:
    found = groups(hit(AT, m__conversionId=""), server(metadata=metadata(None)))
    assert Verdict.DEDUPLICATED not in {group.verdict for group in found}
    assert "event-id-missing-both" in codes(found)
    assert any("rdt_uuid" in link.evidence for group in found for link in group.links)


@pytest.mark.parametrize(
    ("user", "loser", "reason"),
    [
        ({"email": PLAIN}, "The server's copy says", "poorer"),
        (
            {key: sha256(key) for key in ("email", "phone_number", "external_id")}
            | {"uuid": UUID, "ip_address": "203.0.113.9", "user_agent": AGENT, "idfa": "I", "aaid": "A"},
            "The browser's copy says",
            "poorer",
        ),
    ],
)
def test_the_poorer_copy_goes(user: dict[str, str], loser: str, reason: str) -> None:
    (group,) = groups(hit(AT), server(user=user))
    (told,) = [finding for finding in group.findings if finding.code == "copy-dropped"]
    assert (told.message.startswith(loser), told.reason, told.severity) == (True, reason, Severity.INFO)


def test_of_two_equal_copies_the_later_goes() -> None:
    same = {key: sha256(key) for key in ("email", "phone_number", "external_id")}
    user = same | {"uuid": UUID, "ip_address": "203.0.113.9", "user_agent": AGENT}
    (group,) = groups(hit(AT, m__transactionId=""), server(user=user, metadata=element(AT)["metadata"]))
    (told,) = [finding for finding in group.findings if finding.code == "copy-dropped"]
    assert (told.reason, "the server's came later" in told.message) == ("later", True)


LOWER, BARE = "mary.doe+news@shop.example", "marydoe@shop.example"


@pytest.mark.parametrize(("page", "backend"), [(LOWER, BARE), (BARE, BARE), (BARE, LOWER), (LOWER, LOWER)])
def test_both_rules_of_the_e_mail_are_explained_and_nobody_is_accused(page: str, backend: str) -> None:
    both = hit(AT, em=sha256(page)), server(user={"email": sha256(backend), "uuid": UUID})
    for customer in (Customer(), MARY):
        (group,) = groups(*both, customer=customer)
        about = [finding for finding in group.findings if finding.field in ("em", "user.email")]
        assert {finding.severity for finding in about} <= {Severity.INFO}
        between = [finding for finding in about if finding.code == "hash-differs-between-sides"]
        assert bool(between) is (page != backend)


def test_a_rule_is_told_by_its_librarys_name() -> None:
    (group,) = groups(hit(AT), server(user={"email": PLAIN, "uuid": UUID}), customer=MARY)
    told = {finding.field: finding for finding in group.findings if finding.code == "hash-convention"}
    assert "the pixel library's rule" in told["em"].message
    assert "plain lower-case rule" in told["user.email"].message


@pytest.mark.parametrize(
    ("email", "code"),
    [("Mary.Doe+news@Shop.example", "hash-convention"), (" mary.doe+news@shop.example", "hash-not-normalized")],
)
def test_what_a_library_hashes_as_it_stands_is_told_from_a_wrong_form(email: str, code: str) -> None:
    (group,) = groups(server(user={"email": sha256(email), "uuid": UUID}), customer=MARY)
    (told,) = [finding for finding in group.findings if finding.field == "user.email"]
    assert told.code == code
    assert code != "hash-convention" or "RudderStack" in told.message


def test_another_persons_e_mail_is_still_another_persons() -> None:
    (group,) = groups(hit(AT, em=sha256("pat@shop.example")), server(), customer=MARY)
    assert {"hash-different", "hash-differs-between-sides"} <= {finding.code for finding in group.findings}


def test_hashed_and_plain_are_equal_in_the_comparison() -> None:
    (event,) = decode(server())
    rows = {row.browser_key: row for row in compare(browser_event(AT), event)}
    assert rows["m.conversionId"].relation is Relation.EQUAL_BY_VALUE
    assert rows["event"].relation is Relation.EQUAL_BY_VALUE
    assert rows["m.valueDecimal"].relation is Relation.EQUAL_BY_VALUE
    assert rows["click_id"].relation is Relation.EQUAL


def test_hashed_and_plain_are_one_id_in_the_coverage_and_in_the_row() -> None:
    found = groups(hit(AT), server())
    (keys,) = coverage(found).values()
    assert {each.key: each.shared for each in keys} == {"event_id": 1.0, "external_id": 0.0, "rdt_uuid": 1.0}
    row = sight(found[0], lambda group: None, AT)
    assert [run.text for run in event_id(row)] == [event_id(row)[0].text]
    assert "≠" not in event_id_tip(row)
    other = groups(hit(AT), server(metadata=metadata("another-4711")))
    linked = {group.id: group for group in other}
    assert any(run.text == " ≠ " for run in event_id(sight(other[0], linked.get, AT)))


def test_the_backends_orders_are_known_by_their_hashes() -> None:
    page = hit(AT, m__transactionId=sha256("SO-1187"))
    by_id = call(v3(element(AT, metadata=metadata(sha256("SO-1188")))), at_ms=AT)
    found = tally(["SO-1187", "SO-1188"], groups(page, by_id), load_rules())
    assert found is not None
    assert (found.missing, found.unknown, found.unnamed) == ((), (), 0)
    strange = tally(["SO-1189", "SO-1187"], groups(page, by_id), load_rules())
    assert strange is not None
    assert strange.missing == ("SO-1189",)


@pytest.mark.parametrize(("gap_ms", "may"), [(4 * 60_000, True), (6 * 60_000, False)])
def test_a_session_without_ids_lasts_five_minutes(gap_ms: int, may: bool) -> None:
    found = groups(
        hit(AT, m__conversionId=""), server(AT + gap_ms, metadata=element(AT)["metadata"] | {"conversion_id": None})
    )
    links = [link for group in found for link in group.links]
    assert links
    assert {SECONDARY in link.evidence for link in links} == {may}


def test_a_hash_in_capital_letters_is_told_as_one() -> None:
    found = groups(hit(AT, m__conversionId=sha256(ID).upper()), server())
    told = [each for group in found for each in group.findings if each.code == "event-id-differs"]
    assert {each.reason for each in told} == {"case"}
    assert "in capital letters" in told[0].message


def test_a_custom_event_without_a_name_is_told() -> None:
    for exchange in (hit(AT, event="Custom"), server(type={"tracking_type": "CUSTOM"})):
        assert "required-parameter-missing" in codes(groups(exchange))
    assert "required-parameter-missing" not in codes(groups(hit(AT, event="Custom", m__customEventName="Quiz")))
