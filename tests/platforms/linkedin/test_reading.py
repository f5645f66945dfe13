"""LinkedIn beyond the shared vectors: lists, pictures, twins, syncs, the second channel's codings, refusals."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from app.model import Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side
from app.platforms import claims, decode
from app.platforms.linkedin.answer import explain
from app.platforms.reading import MAX_BODY
from tests.fuzz.test_decoders import BODY, HEADERS, JSON, QUERY, TEXT, invariants
from tests.platforms.linkedin.halves import (
    ACTIVITY,
    API_RULE,
    CALLS,
    COLLECT,
    FAT_ID,
    PAGE,
    PARTNER,
    TAG_RULE,
    activity,
    browser_event,
    call,
    element,
    hit,
    refusal,
)

AT = 1_795_169_730_123
VISIT: dict[str, Any] = {
    "pids": [4455667],
    "scriptVersion": 172,
    "time": AT,
    "url": PAGE,
    "websiteSignalRequestId": "ac4bad18-3abe-26d0-f47d-f4d6b95fc48a",
    "liFatId": FAT_ID,
    "hem": None,
    "signalType": "PAGE_VISIT",
}


def asked(url: str, method: str = "GET", body: bytes = b"", endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    request = Request(method, url, (), body)
    return decode(Exchange(Provenance.IMPORTED, request, Response(200), number=1), endpoints)


@pytest.mark.parametrize(
    ("changes", "name", "rule", "event_id"),
    [
        ({}, "conversion", TAG_RULE, "evt-7"),
        ({"conversionId": f"{TAG_RULE}, 77"}, "conversion", f"{TAG_RULE},77", "evt-7"),
        ({"conversionId": None}, "page_view", "", "evt-7"),
        ({"eventId": None, "event_id": "evt-8"}, "conversion", TAG_RULE, "evt-8"),
        ({"eventId": ""}, "conversion", TAG_RULE, None),
        ({"fmt": "gif", "v": None, "url": None, "time": None}, "conversion", TAG_RULE, "evt-7"),
    ],
)
def test_a_request_is_a_page_view_or_a_conversion(
    changes: dict[str, Any], name: str, rule: str, event_id: str | None
) -> None:
    event = browser_event(AT, **changes)
    assert (event.kind, event.side, event.account) == (Kind.EVENT, Side.BROWSER, PARTNER)
    assert (event.name, event.rule, event.event_id) == (name, rule, event_id)
    assert bool(event.keys) is bool(event_id)


def test_a_picture_for_pages_without_scripts_has_a_slash_and_is_an_event() -> None:
    (event,) = asked(f"{COLLECT}/?pid={PARTNER}&conversionId={TAG_RULE}&fmt=gif")
    assert (event.kind, event.name, event.own_ms) == (Kind.EVENT, "conversion", None)
    assert event.fingerprint == ""


def test_each_partner_gets_its_own_event_and_a_repeated_one_only_one() -> None:
    events = decode(hit(AT, pid=f"{PARTNER},987654, {PARTNER}"))
    assert [(event.id, event.account) for event in events] == [("e1.0", PARTNER), ("e1.1", "987654")]


def test_what_else_the_tag_says_is_read() -> None:
    event = browser_event(AT, val="59.9", li_adsId=FAT_ID, tm="gtmv2")
    assert (event.value, event.emitter, event.page) == ("59.9", "gtmv2", PAGE)
    assert [event.match_id(key) for key in ("li_fat_id", "li_adsId")] == [FAT_ID, FAT_ID]


@pytest.mark.parametrize("host", ["px4.ads.linkedin.com", "dc.ads.linkedin.com"])
def test_a_twin_at_another_host_is_a_mirror_of_the_first(host: str) -> None:
    first, twin = browser_event(AT), browser_event(AT, number=2, address=f"https://{host}/collect", e_ipv6="AQK")
    assert (twin.kind, twin.keys) == (Kind.MIRROR, first.keys)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{COLLECT}?v=2&fmt=js&pid={PARTNER}&time={AT}&cookiesTest=true", "sync"),
        (f"{COLLECT}?v=2&fmt=js&pid={PARTNER}&time={AT}&conversionId=1&eventId=a&liSync=true", "sync"),
        ("https://www.linkedin.com/px/li_sync?redirect=https%3A%2F%2Fpx.ads.linkedin.com%2Fcollect", "sync"),
        (f"https://px.ads.linkedin.com/attribution_trigger?pid={PARTNER}&time={AT}&url=x", "attribution_trigger"),
        (f"https://px4.ads.linkedin.com/collect?pid={PARTNER}&cookiesTest=true", "sync"),
    ],
)
def test_a_sync_is_shown_and_never_counted(url: str, name: str) -> None:
    (event,) = asked(url)
    assert (event.kind, event.name, event.event_id, event.keys) == (Kind.OTHER, name, None, ())


def test_a_request_without_a_partner_is_nobodys_event() -> None:
    (event,) = asked(f"{COLLECT}?fmt=js&time={AT}")
    assert (event.kind, [flaw.field for flaw in event.flaws]) == (Kind.OTHER, ["pid"])


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        ("https://www.linkedin.com/login", False),
        ("https://www.linkedin.com/collect?pid=1", False),
        ("https://api.linkedin.com/v2/me", False),
        ("https://evil-linkedin.com/collect?pid=1&fmt=js", False),
        ("https://shop.example/collect?pid=1&fmt=js", False),
        ("https://snap.licdn.com/li.lms-analytics/insight.min.js", True),
        ("https://snap.licdn.com/li.lms-analytics/insight.old.min.js", True),
        ("https://cdn.linkedin.oribi.io/partner/4455667/domain/shop.example/token", True),
        ("https://api.linkedin.com/rest/conversionEvents", True),
        ("https://dc.ads.linkedin.com/collect/?pid=1&fmt=gif", True),
    ],
)
def test_only_what_carries_something_is_claimed(url: str, claimed: bool) -> None:
    assert claims(Request("GET", url)) is claimed


def test_the_library_and_its_configuration_are_known() -> None:
    (library,) = asked("https://snap.licdn.com/li.lms-analytics/insight.min.js")
    (settings_of,) = asked("https://cdn.linkedin.oribi.io/partner/4455667/domain/shop.example/token")
    assert (library.kind, settings_of.kind, settings_of.account) == (Kind.CONFIGURATION, Kind.CONFIGURATION, PARTNER)


def test_a_named_first_party_place_is_read_and_no_other() -> None:
    url = f"https://shop.example/li/collect?pid={PARTNER}&fmt=js&conversionId=1&time={AT}"
    assert asked(url) == ()
    (event,) = asked(url, endpoints=("shop.example/li",))
    assert (event.kind, event.account) == (Kind.EVENT, PARTNER)
    assert "first-party" in event.transport


def test_a_named_place_may_pass_on_the_second_channel_and_a_backends_calls() -> None:
    here = ("shop.example/li",)
    (seen,) = asked("https://shop.example/li/wa/?medium=fetch&fmt=a", "POST", coded("a"), here)
    (told,) = asked("https://shop.example/li/rest/conversionEvents", "POST", json.dumps(element(AT)).encode(), here)
    assert (seen.kind, seen.name) == (Kind.OTHER, "PAGE_VISIT")
    assert (told.side, told.rule, told.event_id) == (Side.SERVER, API_RULE, "evt-7")
    assert asked("https://shop.example/li/basket?pid=7", "POST", b"", here) == ()


def coded(fmt: str, **changes: Any) -> bytes:
    text = json.dumps(VISIT | changes).encode()
    match fmt:
        case "a":
            return text
        case "b":
            return base64.b64encode(text)
    return base64.b64encode(gzip.compress(text))


@pytest.mark.parametrize(
    ("body", "road"),
    [
        (coded("a"), "POST"),
        (coded("b"), "POST, base64"),
        (coded("b").rstrip(b"="), "POST, base64"),
        (base64.urlsafe_b64encode(json.dumps(VISIT).encode()), "POST, base64"),
        (coded("g"), "POST, base64, gzip"),
    ],
)
def test_the_second_channel_is_read_in_every_coding_and_is_no_event(body: bytes, road: str) -> None:
    (event,) = decode(activity(body))
    assert (event.kind, event.name, event.account, event.own_ms) == (Kind.OTHER, "PAGE_VISIT", PARTNER, AT)
    assert (event.transport, event.emitter, event.match_id("li_fat_id")) == (road, "insight.min.js 172", FAT_ID)
    assert event.flaws == ()


@pytest.mark.parametrize(
    ("hem", "codes"),
    [("a" * 64, []), ("mary@shop.example", ["raw-personal-data"]), ("a" * 32, ["hash-wrong-form"]), ("", [])],
)
def test_the_e_mail_of_the_second_channel_is_looked_at(hem: str, codes: list[str]) -> None:
    (event,) = decode(activity(coded("g", hem=hem)))
    assert [flaw.code for flaw in event.flaws] == codes
    assert [value.key for value in event.user] == (["em"] if hem else [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x00\x01", "not-json"),
        (b"[]", "not-an-object"),
        (base64.b64encode(b"[1]"), "not-an-object"),
        (base64.b64encode(gzip.compress(b'{"pids":[' + b" " * MAX_BODY + b"]}")), "too-large"),
        (base64.b64encode(gzip.compress(json.dumps(VISIT).encode())[:90]), "not-json"),
        (b'{"pids":', "not-json"),
    ],
)
def test_a_body_that_can_not_be_read_is_shown_with_its_reason(body: bytes, reason: str) -> None:
    (event,) = decode(activity(body))
    assert (event.kind, [flaw.reason for flaw in event.flaws]) == (Kind.OTHER, [reason])


def test_one_event_and_a_batch_are_read_alike() -> None:
    ((one,), (two, three)) = (
        decode(call(element(AT))),
        decode(call({"elements": [element(AT), element(AT, eventId="evt-8")]}, X_RestLi_Method="BATCH_CREATE")),
    )
    assert replace(two, transport=one.transport, fields=one.fields, answer=one.answer) == one
    assert (one.account, one.rule, one.home, one.name) == ("", API_RULE, API_RULE, "conversion")
    assert (one.value, one.currency, one.own_ms) == ("59.90", "EUR", AT)
    assert {value.key: value.wire for value in one.user} == {
        "em": "user.userIds.SHA256_EMAIL",
        "fn": "user.userInfo.firstName",
        "ln": "user.userInfo.lastName",
        "country": "user.userInfo.countryCode",
    }
    assert three.event_id == "evt-8"
    assert "LinkedIn-Version" in {field.key for field in one.fields}


def test_every_kind_of_user_id_is_read() -> None:
    kinds = {
        "SHA256_EMAIL": "a" * 64,
        "LINKEDIN_FIRST_PARTY_ADS_TRACKING_UUID": FAT_ID,
        "ACXIOM_ID": "ax",
        "ORACLE_MOAT_ID": "om",
        "PLAINTEXT_IP_ADDRESS": "203.0.113.9",
        "GOOGLE_AID": "38400000-8cf0-11bd-b23e-10b96e40000d",
    }
    ids = [{"idType": kind, "idValue": value} for kind, value in kinds.items()]
    (event,) = decode(call(element(AT, user={"userIds": ids, "externalIds": ["c-1"]})))
    assert dict(event.match_ids) == {
        "li_fat_id": FAT_ID,
        "ip": "203.0.113.9",
        "google_aid": "38400000-8cf0-11bd-b23e-10b96e40000d",
    }
    assert [(value.key, value.value) for value in event.user] == [("em", "a" * 64), ("external_id", "c-1")]
    assert {field.key for field in event.fields} >= {f"user.userIds.{kind}" for kind in kinds}


SCHEMA = (
    "Index: 1, ERROR :: /conversionValue/amount :: field is required but not found and has no default value\n"
    "ERROR :: /user/userInfo/firstName :: field is required but not found and has no default value\n"
)
METHOD = "Incorrect conversions information provided. Conversion's method should be CONVERSIONS_API, indices [0, 1] (0)"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Response(201), [(Outcome.ACCEPTED, None, None)] * 2),
        (
            Response(200, (), b'{"elements":[{"status":201},{"status":400,"error":{"message":"no","status":400}}]}'),
            [(Outcome.ACCEPTED, None, None), (Outcome.REJECTED, "400", None)],
        ),
        (
            Response(200, (), b'{"elements":[{"status":201}]}'),
            [(Outcome.ACCEPTED, None, None), (Outcome.UNKNOWN, None, None)],
        ),
        (
            refusal(422, SCHEMA),
            [(Outcome.REJECTED, "422", None), (Outcome.REJECTED, "422", "conversionValue.amount")],
        ),
        (refusal(400, METHOD), [(Outcome.REJECTED, "400", "conversion")] * 2),
        (refusal(401, "revoked", serviceErrorCode=65601), [(Outcome.REJECTED, "65601", None)] * 2),
        (refusal(426, "gone", code="NONEXISTENT_VERSION"), [(Outcome.REJECTED, "NONEXISTENT_VERSION", None)] * 2),
        (refusal(429, "slower", serviceErrorCode=101), [(Outcome.REJECTED, "101", None)] * 2),
        (Response(502, (), b"<html>"), [(Outcome.FAILED, "502", None)] * 2),
    ],
)
def test_an_answer_says_what_became_of_each_event(
    answer: Response, told: list[tuple[Outcome, str | None, str | None]]
) -> None:
    events = decode(call({"elements": [element(AT), element(AT, eventId="evt-8")]}, answer=answer))
    answers = [event.answer for event in events]
    assert [
        (event.outcome, said.code if said else None, said.blamed if said else None)
        for event, said in zip(events, answers, strict=True)
    ] == told


def test_the_lines_of_a_refusal_go_to_the_event_they_are_about() -> None:
    first, second = decode(call({"elements": [element(AT), element(AT)]}, answer=refusal(422, SCHEMA)))
    assert first.answer is not None
    assert second.answer is not None
    assert "index 1" in (first.answer.message or "")
    assert (second.answer.message or "").count("\n") == 1


@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        ("400", "CONVERSIONS_API", "belongs to the browser"),
        ("400", None, "not valid"),
        ("65601", None, "revoked"),
        ("NONEXISTENT_VERSION", None, "gone"),
    ],
)
def test_a_refusal_is_explained(code: str, subcode: str | None, words: str) -> None:
    found = explain(code, subcode)
    assert found is not None
    assert words in found.title


def test_a_code_that_nobody_has_written_about_is_not_explained() -> None:
    assert explain("4711", None) is None


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (element(AT, conversion=None), ("required-parameter-missing", "conversion")),
        (element(AT, conversion=API_RULE), ("linkedin-rule-malformed", "conversion")),
        (element(AT // 1000), ("event-time-unit", "conversionHappenedAt")),
        (element(AT, eventId=["a"]), ("event-id-not-a-value", "eventId")),
        ({"elements": []}, ("malformed-request", "elements")),
        ({"elements": "x"}, ("malformed-request", "elements")),
        ({"elements": [7]}, ("malformed-request", "[0]")),
        ([1], ("malformed-request", None)),
        (b"{", ("malformed-request", None)),
    ],
)
def test_a_faulty_call_is_shown_with_what_is_wrong(body: Any, flaw: tuple[str, str | None]) -> None:
    event, *_ = decode(call(body))
    assert flaw in [(each.code, each.field) for each in event.flaws]
    assert event.side is Side.SERVER


def test_a_call_without_a_version_or_from_a_page_says_so() -> None:
    (event,) = decode(call(element(AT), LinkedIn_Version="", Sec_Fetch_Site="cross-site"))
    assert [flaw.code for flaw in event.flaws] == ["token-exposed", "required-parameter-missing"]
    assert "LinkedIn-Version" in event.flaws[1].detail


DOORS = (COLLECT, f"{COLLECT}/", ACTIVITY.partition("?")[0], CALLS, "https://px4.ads.linkedin.com/collect")
PARAMETERS = "pid conversionId eventId time url val cookiesTest liSync fmt li_fat_id"
NAMED = st.sampled_from(PARAMETERS.split())
PAIRS = st.lists(st.tuples(NAMED, st.text(max_size=12)), max_size=12).map(
    lambda pairs: "&".join(f"{key}={value}" for key, value in pairs)
)
MEMBERS = """
    conversion conversionHappenedAt conversionValue amount currencyCode eventId user userIds idType idValue userInfo
    firstName externalIds elements pids signalType hem time url status error message code serviceErrorCode
"""
MEMBER = st.sampled_from(MEMBERS.split())
VALUES = st.recursive(
    JSON | st.integers(), lambda inner: st.lists(inner, max_size=4) | st.dictionaries(MEMBER, inner), max_leaves=20
)
OWN = VALUES.map(lambda value: json.dumps(value).encode())
WRAPS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    base64.b64encode,
    lambda body: base64.b64encode(gzip.compress(body)),
    lambda body: b'{"elements":[' + body + b"]}",
)
MESSAGES = st.lists(
    st.sampled_from(["Index: 0, ", "Index: 99999, ", "ERROR :: /a/b :: x", "indices [0, 3]", "indices [,]", "\n"])
    | st.text(max_size=9)
).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(DOORS),
    st.sampled_from(["GET", "POST", "HEAD", "OPTIONS"]),
    PAIRS | QUERY | TEXT,
    st.tuples(BODY | OWN, st.sampled_from(WRAPS)),
    HEADERS,
    MESSAGES,
    st.integers(0, 599),
)
def test_whatever_arrives_decodes_and_keeps_the_invariants(
    door: str,
    method: str,
    said: str,
    body: tuple[bytes, Callable[[bytes], bytes]],
    headers: list[tuple[str, str]],
    message: str,
    status: int,
) -> None:
    plain, wrap = body
    request = Request(method, f"{door}?{said}", tuple(headers), wrap(plain))
    answer = Response(status, (), json.dumps({"message": message}).encode() if status % 2 else plain)
    invariants(decode(Exchange(Provenance.IMPORTED, request, answer, number=1)))
