"""What becomes of Microsoft's two halves, judged by the whole engine: keys, traps, customer rules, own codes."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Event, Finding, Group, Provenance, Verdict
from app.platforms import decode, rules_of
from tests.platforms.microsoft.halves import (
    API,
    API_MAIL,
    MARY,
    PHONE,
    TAG_MAIL,
    body,
    browser_event,
    call,
    element,
    hit,
    pid,
    server_event,
)
from tests.platforms.vectors import of_har

NOW = 1_795_169_730_000
HOUR = 3_600_000


def judged(*events: Event, customer: Customer | None = None) -> list[Group]:
    analysis = Analysis(Context(customer=customer or Customer()), rules_of())
    analysis.add(events)
    return list(analysis.groups())


def told(*events: Event, customer: Customer | None = None) -> dict[str, Finding]:
    return {each.code: each for group in judged(*events, customer=customer) for each in group.findings}


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ({}, {}, Verdict.DEDUPLICATED),
        ({"transaction_id": None}, {"customData": {}}, Verdict.DEDUPLICATED),
        ({"event_id": None}, {}, Verdict.DEDUPLICATED),
        ({}, {"eventId": None}, Verdict.DEDUPLICATED),
        ({"event_id": None}, {"eventId": None}, Verdict.DEDUPLICATED),
        ({"event_id": "evt-8"}, {}, Verdict.DEDUPLICATED),
        ({"transaction_id": "SO-2"}, {}, Verdict.DEDUPLICATED),
        ({"ea": "Purchase"}, {}, Verdict.DEDUPLICATED),
    ],
    ids=["both", "id", "order", "order-too", "order-alone", "order-heals", "id-heals", "id-whatever-the-case"],
)
def test_what_should_pair_does(ours: dict[str, Any], theirs: dict[str, Any], verdict: Verdict) -> None:
    (group,) = judged(browser_event(NOW, **ours), server_event(NOW + 1000, **theirs))
    assert group.verdict is verdict


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({"event_id": "EVT-7", "transaction_id": None}, {}),
        ({"event_id": None, "transaction_id": "SO-2"}, {}),
        ({"ti": "11112222"}, {}),
        ({"event_id": None, "ea": "refund"}, {"eventId": None}),
        ({"ea": "add_to_cart"}, {}),
        ({"ea": None, "evt": "pageLoad"}, {}),
        ({"event_id": None, "transaction_id": None}, {"eventId": None, "customData": {}}),
    ],
    ids=["case", "order-differs", "tag", "refund", "name", "page-load", "nothing"],
)
def test_traps_do_not_pair(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    groups = judged(browser_event(NOW, **ours), server_event(NOW + 1000, **theirs))
    assert len(groups) == 2
    assert Verdict.DEDUPLICATED not in {group.verdict for group in groups}


@pytest.mark.parametrize(("later", "count"), [(48 * HOUR - 1000, 1), (48 * HOUR + 1000, 2)])
def test_the_window_is_assumed_and_says_so(later: int, count: int) -> None:
    assert len(judged(browser_event(NOW), server_event(NOW + later))) == count
    for rule in rules_of()["microsoft"].keys:
        assert "no window is published" in rule.source


def test_a_page_load_pairs_by_its_id() -> None:
    ours = browser_event(NOW, evt="pageLoad", ea=None, transaction_id=None)
    (group,) = judged(ours, server_event(NOW, eventType="pageLoad", eventName=None, customData=None))
    assert (group.verdict, group.name) == (Verdict.DEDUPLICATED, "pageLoad")


def test_the_hit_of_the_real_library_pairs_with_a_call_by_its_transaction_id_alone() -> None:
    hits = [replace(event, id=f"e{place}.0", exchange=place) for place, event in enumerate(of_har(HAR), start=1)]
    custom = {"value": 59.9, "currency": "EUR", "transactionId": "SO-1187"}
    sent = element(hits[1].received_ms or NOW, eventId="evt-1187", customData=custom)
    (server,) = decode(call(body(sent), 9))
    groups = {group.name: group for group in judged(*hits, server)}
    assert groups["purchase"].verdict is Verdict.DEDUPLICATED
    assert groups["pageLoad"].verdict is not Verdict.DEDUPLICATED
    (why,) = [each for each in groups["purchase"].findings if each.code == "microsoft-event-id-dropped"]
    assert "the transaction ID can tie" in why.message


HAR = "real/microsoft_browser.har"


# -- own codes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fires"),
    [
        ({"event_id": None}, True),
        ({"event_id": None, "transaction_id": None}, True),
        ({}, False),
        ({"event_id": None, "evt": "pageLoad", "ea": None}, False),
        ({"event_id": None, "mid": None}, False),
    ],
)
def test_that_the_library_drops_the_id_is_said_where_it_matters(changes: dict[str, Any], fires: bool) -> None:
    assert ("microsoft-event-id-dropped" in told(browser_event(NOW, **changes))) is fires


def test_without_a_transaction_id_nothing_pairs_and_that_is_said() -> None:
    found = told(browser_event(NOW, event_id=None, transaction_id=None))["microsoft-event-id-dropped"]
    assert found.reason == "no-transaction-id"


def test_a_hit_that_a_server_built_is_said_to_count_as_the_tags() -> None:
    by_server = replace(hit(NOW, agent="Google-Tag-Manager/1.0"), provenance=Provenance.PROXIED)
    assert "microsoft-hit-from-server" in told(*decode(by_server))
    assert "microsoft-hit-from-server" not in told(browser_event(NOW))
    (group,) = judged(browser_event(NOW), *decode(replace(by_server, number=2)))
    assert group.verdict is Verdict.DEDUPLICATED, "one event ID on both"


# -- the customer -----------------------------------------------------------------------------------------------------


def test_the_two_rules_for_an_e_mail_are_explained_and_not_accused() -> None:
    for customer in (MARY, Customer()):
        found = told(browser_event(NOW), server_event(NOW), customer=customer)
        between = found["hash-differs-between-sides"]
        assert (between.severity.value, between.reason) == ("info", "documented")
        assert "dots and the +alias" in between.message
        assert "hash-not-normalized" not in found
    assert "hash-verified" in told(browser_event(NOW), server_event(NOW), customer=MARY)


@pytest.mark.parametrize(
    ("event", "code", "words"),
    [
        (browser_event(NOW, pid=pid(email=API_MAIL)), "hash-convention", "UET tag"),
        (server_event(NOW, userData={"em": TAG_MAIL}), "hash-convention", "Segment"),
        (server_event(NOW, userData={"em": sha256("Mary.Ann+shop@Shop.example")}), "hash-not-normalized", ""),
        (server_event(NOW, userData={"em": sha256(API_MAIL)}), "hash-not-normalized", ""),
        (server_event(NOW, userData={"ph": sha256(PHONE[1:])}), "hash-different", ""),
        (server_event(NOW, userData={"ph": sha256("49301234567")}), "hash-not-normalized", "Segment"),
    ],
)
def test_a_hash_is_traced_to_the_library_whose_rule_was_used(event: Event, code: str, words: str) -> None:
    found = told(event, customer=MARY)
    assert words in found[code].message


def test_another_persons_hash_is_still_an_error() -> None:
    theirs = server_event(NOW, userData={"em": sha256("pat@shop.example")})
    assert told(browser_event(NOW), theirs, customer=MARY)["hash-differs-between-sides"].severity.value == "error"


def test_plain_values_and_hashed_ids_are_found() -> None:
    found = told(server_event(NOW, userData={"em": "mary@shop.example", "idfa": sha256("x")}))
    assert {"raw-personal-data", "hashed-must-be-plain"} <= found.keys()
    assert not {"raw-personal-data", "hashed-must-be-plain"} & told(browser_event(NOW), server_event(NOW)).keys()


def test_an_event_known_by_address_and_browser_alone_is_hard_to_attribute() -> None:
    thin = {"clientIpAddress": "203.0.113.9", "clientUserAgent": "Mozilla/5.0"}
    assert "hard-to-attribute" in told(server_event(NOW, userData=thin))
    assert "hard-to-attribute" not in told(server_event(NOW))


def test_a_click_id_of_another_form_is_malformed() -> None:
    assert "click-id-malformed" in told(browser_event(NOW, msclkid="abc-1"))
    assert "click-id-malformed" not in told(browser_event(NOW))


def test_a_visitor_named_differently_is_told_in_microsofts_words() -> None:
    theirs = server_event(NOW, userData={"anonymousId": "1234567890.987654321", "em": API_MAIL})
    assert "identity sync" in told(browser_event(NOW), theirs)["browser-id-differs"].fix
    assert "browser-id-differs" not in told(browser_event(NOW), server_event(NOW))


def test_values_are_compared_across_the_two_vocabularies() -> None:
    custom = {"value": 59.8, "currency": "EUR", "transactionId": "SO-1187"}
    found = told(browser_event(NOW), server_event(NOW, customData=custom, adStorageConsent="D"))
    assert {"value-differs", "consent-differs"} <= found.keys()
    assert not {"value-differs", "consent-differs", "page-differs"} & told(browser_event(NOW), server_event(NOW)).keys()


def test_a_refusal_is_explained() -> None:
    answer = {"error": {"code": "Unauthorized", "message": "No."}, "traceId": "T"}
    found = told(*decode(call(body(element(NOW)), status=401, answer=answer)))["send-rejected"]
    assert "Unauthorized" in found.message
    assert API.startswith("https://capi.uet.microsoft.com/")


def test_a_call_that_came_too_late_is_told() -> None:
    for days, fires in ((6, False), (8, True)):
        late = replace(server_event(NOW), received_ms=NOW + days * 24 * HOUR)
        assert ("event-time-too-old" in told(late)) is fires


def test_one_id_for_all_events_of_a_page_is_told_and_merges_no_cart_with_a_purchase() -> None:
    found = told(browser_event(NOW, ea="add_to_cart"), server_event(NOW + 1000))
    assert "event-name-differs" in found


def test_the_next_page_of_a_one_page_site_is_the_apis_page_load() -> None:
    page: dict[str, Any] = {"evt": "page", "ea": None, "transaction_id": None}
    (group,) = judged(browser_event(NOW, **page), server_event(NOW + 1000, eventType="pageLoad", customData={}))
    assert group.verdict is Verdict.DEDUPLICATED
