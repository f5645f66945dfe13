"""What LinkedIn makes of two halves: by the event ID alone, the tag's copy wins, accounts as the user names them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from msgspec.structs import replace

from app.analysis.engine import Analysis
from app.checks import Context, check_event
from app.comparison.rows import Relation, compare
from app.hashing import sha256
from app.model import Customer, Event, Exchange, Finding, Group, Kind, LinkKind, Verdict
from app.platforms import decode, rules_of
from tests.platforms.linkedin.halves import API_RULE, MARY, PARTNER, TAG_RULE, activity, call, element, hit, refusal
from tests.platforms.vectors import of_har

AT = time.time_ns() // 1_000_000 - 60_000
DAY = 24 * 3600 * 1000
ONE = ((PARTNER, API_RULE),)


def judged(*exchanges: Exchange, one: tuple[tuple[str, ...], ...] = ONE, customer: Customer = MARY) -> Analysis:
    analysis = Analysis(Context(customer=customer, one_account=one), rules_of())
    for number, exchange in enumerate(exchanges, 1):
        analysis.add(decode(replace(exchange, number=number)))
    return analysis


def only(analysis: Analysis) -> Group:
    (group,) = analysis.groups()
    return group


def codes(analysis: Analysis) -> set[str]:
    return {found.code for group in analysis.groups() for found in group.findings if found.code != "plan-deviation"}


def told(analysis: Analysis, code: str) -> Finding:
    return next(found for group in analysis.groups() for found in group.findings if found.code == code)


def backend(at_ms: int = AT, **changes: Any) -> Exchange:
    return call(element(at_ms, **changes), at_ms=at_ms + 900)


def test_two_halves_are_probably_one_until_their_accounts_are_named_as_one() -> None:
    analysis = judged(hit(AT), backend(), one=())
    assert [group.verdict for group in analysis.groups()] == [Verdict.PROBABLE, Verdict.PROBABLE]
    found = told(analysis, "account-unmapped")
    assert f"partner ID {PARTNER}" in found.message
    assert f"conversion rule {API_RULE}" in found.message
    assert "ad account" in found.fix


def test_named_as_one_they_are_merged_and_the_servers_copy_is_dropped() -> None:
    analysis = judged(hit(AT), backend())
    group = only(analysis)
    assert (group.verdict, group.account) == (Verdict.DEDUPLICATED, PARTNER)
    assert codes(analysis) == {"copy-dropped", "hash-verified"}
    found = told(analysis, "copy-dropped")
    assert "discards the Conversions API's, whichever came first" in found.message
    assert found.fix.startswith("Nothing to do")


def test_the_tags_copy_wins_even_where_the_server_came_first() -> None:
    group = only(judged(backend(AT), hit(AT + 5000)))
    assert (group.verdict, group.account) == (Verdict.DEDUPLICATED, PARTNER)
    assert [each.reason for each in group.findings if each.code == "copy-dropped"] == ["browser-kept"]


@pytest.mark.parametrize(
    ("later", "verdict"), [(89 * DAY, [Verdict.DEDUPLICATED]), (91 * DAY, [Verdict.DOUBLE_COUNTED] * 2)]
)
def test_the_window_is_as_long_as_events_are_taken(later: int, verdict: list[Verdict]) -> None:
    analysis = judged(hit(AT - 91 * DAY), backend(AT - 91 * DAY + later))
    assert [group.verdict for group in analysis.groups()] == verdict


def test_an_event_is_too_old_after_ninety_days_and_not_after_a_week() -> None:
    def sent(days: int) -> Exchange:
        return call(element(AT - days * DAY), at_ms=AT)

    assert "event-time-too-old" not in codes(judged(sent(89)))
    assert "more than 90 days" in told(judged(sent(91)), "event-time-too-old").message


@pytest.mark.parametrize("event_id", ["EVT-7", "evt-7-server", None])
def test_another_id_is_never_merged(event_id: str | None) -> None:
    analysis = judged(hit(AT), backend(eventId=event_id))
    assert Verdict.DEDUPLICATED not in {group.verdict for group in analysis.groups()}
    assert len(analysis.groups()) == 2


def test_a_page_view_with_the_id_is_the_conversions_other_half() -> None:
    assert only(judged(hit(AT, conversionId=None), backend())).verdict is Verdict.DEDUPLICATED


def test_rules_that_differ_are_normal_and_one_for_both_is_the_error() -> None:
    assert "linkedin-rule-shared" not in codes(judged(hit(AT), backend()))
    shared = judged(hit(AT, conversionId=f"{TAG_RULE},{API_RULE}"), backend())
    assert API_RULE in told(shared, "linkedin-rule-shared").message
    unmapped = judged(hit(AT, conversionId=API_RULE), backend(), one=())
    assert {"account-unmapped", "linkedin-rule-shared"} <= codes(unmapped)


def test_a_rule_without_its_urn_is_told() -> None:
    assert "linkedin-rule-malformed" in codes(judged(backend(conversion=API_RULE)))
    assert "linkedin-rule-malformed" not in codes(judged(backend()))


@pytest.mark.parametrize("body", [{"elements": []}, {"elements": "x"}])
def test_a_list_that_is_none_is_told_by_its_own_name(body: Any) -> None:
    (event,) = decode(call(body))
    assert "elements" in next(found.message for found in check_event(event, Context()))


def test_a_refused_browser_rule_is_explained_and_pairs_with_nothing() -> None:
    text = "Incorrect conversions information provided. Conversion's method should be CONVERSIONS_API, indices [0] (0)"
    analysis = judged(hit(AT), call(element(AT), at_ms=AT, answer=refusal(400, text)))
    assert "The API takes only rules whose method is CONVERSIONS_API" in told(analysis, "send-rejected").message
    assert [event.outcome.lost for event in only(analysis).server] == [True]


def test_each_partner_of_a_list_may_be_the_rules_account() -> None:
    analysis = judged(hit(AT, pid=f"{PARTNER},987654"), backend(), one=())
    assert [group.verdict for group in analysis.groups()] == [Verdict.PROBABLE] * 3
    (server,) = [group for group in analysis.groups() if group.server]
    assert [link.kind for link in server.links] == [LinkKind.PROBABLE] * 2


def test_what_several_partners_are_told_of_counts_once_at_each() -> None:
    analysis = judged(hit(AT, pid=f"{PARTNER},987654"), backend(), one=())
    summary = analysis.summary()
    assert (summary.predicted_counted, summary.unique_conversions) == (2, 2)
    assert "inflated" not in {found.code for found in summary.session_findings}


def test_a_twin_names_its_first_and_counts_nowhere() -> None:
    analysis = judged(hit(AT), hit(AT, address="https://px4.ads.linkedin.com/collect", e_ipv6="AQK"))
    assert len(only(analysis).browser) == 1
    assert [event.mirror_of for event in analysis.uncounted()] == ["e1.0"]


@pytest.mark.parametrize("event_id", ["evt-7", None])
def test_the_twin_counts_where_it_alone_arrives(event_id: str | None) -> None:
    twin = hit(AT, address="https://px4.ads.linkedin.com/collect", eventId=event_id)
    group = only(judged(twin))
    assert [event.kind for event in group.browser] == [Kind.EVENT]
    blocked = replace(hit(AT, eventId=event_id), response=None, error="net::ERR_BLOCKED_BY_CLIENT")
    assert only(judged(blocked, twin)).verdict is not Verdict.NOT_COUNTED


def test_two_fires_of_one_moment_are_no_twins() -> None:
    analysis = judged(hit(AT), hit(AT))
    assert only(analysis).verdict is Verdict.DUPLICATE
    assert analysis.uncounted() == ()


def test_no_row_of_the_comparison_asks_for_what_only_one_side_can_say() -> None:
    (ours,), (theirs,) = decode(hit(AT)), decode(backend())
    rows = compare(ours, theirs)
    assert [row.label for row in rows if row.relation is Relation.DIFFERS] == []
    equal = {row.browser_key for row in rows if row.relation is Relation.EQUAL}
    assert {"eventId", "time", "li_fat_id"} <= equal


def test_a_value_without_a_currency_is_the_wires_way_in_the_browser_alone() -> None:
    assert "currency-missing" not in codes(judged(hit(AT, val="59.9")))
    assert "currency-missing" in codes(judged(backend(conversionValue={"amount": "59.9"})))


def test_values_are_compared_where_both_sides_say_one() -> None:
    assert "value-differs" not in codes(judged(hit(AT, val="59.9"), backend()))
    assert "value-differs" in codes(judged(hit(AT, val="59.8"), backend()))


def test_a_click_id_that_differs_or_has_no_form_is_told() -> None:
    other = [{"idType": "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID", "idValue": "2b6f8c1e-0000-4a5b-9c6d-7e8f90a1b2c3"}]
    assert "click-id-differs" in codes(judged(hit(AT), backend(user={"userIds": other})))
    assert "click-id-malformed" in codes(judged(hit(AT, li_fat_id="2b6f8c1e-****")))


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("mary@shop.example", "hash-verified"),
        ("Mary@Shop.example", "hash-not-normalized"),
    ],
)
def test_an_e_mails_hash_is_recomputed(email: str, code: str) -> None:
    ids = [{"idType": "SHA256_EMAIL", "idValue": sha256(email)}]
    assert code in codes(judged(backend(user={"userIds": ids})))


def test_a_senders_own_rule_is_named_and_not_accused() -> None:
    spaced = Customer((("em", ("Mary Miller@Shop.example",)),))
    for text, who in (("mary miller@shop.example", "Segment"), ("mary miller@shop.example", "Stape")):
        ids = [{"idType": "SHA256_EMAIL", "idValue": sha256(text)}]
        found = told(judged(backend(user={"userIds": ids}), customer=spaced), "hash-convention")
        assert who in found.message


def test_names_are_due_in_plain_text() -> None:
    assert "raw-personal-data" not in codes(judged(backend()))
    hashed = {"firstName": sha256("mary"), "lastName": sha256("miller")}
    analysis = judged(backend(user=element(AT)["user"] | {"userInfo": hashed}))
    assert told(analysis, "hashed-must-be-plain").field == "user.userInfo.firstName"


def test_an_unhashed_e_mail_is_told_on_either_side() -> None:
    ids = [{"idType": "SHA256_EMAIL", "idValue": "mary@shop.example"}]
    assert "raw-personal-data" in codes(judged(backend(user={"userIds": ids})))


def test_a_customer_known_by_an_id_of_the_shops_alone_is_hard_to_attribute() -> None:
    info = {"externalIds": ["c-1"]}
    assert "hard-to-attribute" in codes(judged(backend(user=info)))
    assert "hard-to-attribute" not in codes(judged(backend()))


def test_what_the_tag_noticed_by_itself_is_in_no_group() -> None:
    analysis = judged(hit(AT), activity(b'{"pids":[4455667],"signalType":"CLICK"}'))
    assert len(analysis.groups()) == 1
    assert [event.name for event in analysis.uncounted()] == ["CLICK"]


def test_the_real_halves_get_the_verdicts_they_deserve() -> None:
    def analysis(*one: tuple[str, ...]) -> Analysis:
        found = Analysis(Context(one_account=one), rules_of())
        halves: list[Event] = [*of_har("real/linkedin_browser.har"), *of_har("real/linkedin_server.har")]
        for number, event in enumerate(halves, 1):
            found.add([replace(event, id=f"e{number}.0", exchange=number)])
        return found

    before = {(group.name, group.event_id): group.verdict for group in analysis().groups()}
    assert before["conversion", "evt-1187"] is Verdict.PROBABLE
    after = analysis(("4455667", "104012"))
    verdicts = {(group.name, group.event_id): group.verdict for group in after.groups()}
    assert verdicts == {("conversion", "evt-1187"): Verdict.DEDUPLICATED, ("page_view", None): Verdict.BROWSER_ONLY}
    assert told(after, "copy-dropped").reason == "browser-kept"
