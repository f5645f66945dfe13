"""Offline conversions, by REST and by SOAP: read, answered by place, merged with nothing of the tag's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from app.model import Event, Exchange, Kind, Outcome, Provenance, Request, Response, Verdict
from app.platforms import claims, decode
from app.redaction import mask
from tests.platforms.microsoft.halves import API_MAIL, CLICK, PHONE, browser_event
from tests.platforms.microsoft.test_pairs import judged

HOST = "https://campaign.api.bingads.microsoft.com"
REST = f"{HOST}/CampaignManagement/v13/OfflineConversions/Apply"
SOAP = f"{HOST}/Api/Advertiser/CampaignManagement/v13/CampaignManagementService.svc"
CALL = "ApplyOfflineConversionsRequest"
TOKENS = {
    "AuthenticationToken": "EwBgA8l6BAAUkj1NuJYtTVha6Mogk1HEiPbQo04AAb9",
    "DeveloperToken": "0123ABCD4567EFGH",
    "Password": "correct-horse-battery",
}
ONE = {
    "ConversionName": "Order & paid",
    "ConversionTime": "2026-11-20T10:15:30Z",
    "ConversionValue": 59.9,
    "ConversionCurrencyCode": "EUR",
    "MicrosoftClickId": CLICK,
    "HashedEmailAddress": API_MAIL,
    "HashedPhoneNumber": PHONE,
}


def envelope(*conversions: dict[str, Any]) -> bytes:
    """A call as the SDK for .NET and Python writes it."""
    items = "".join(
        "<n:OfflineConversion>"
        + "".join(f"<n:{key}>{str(value).replace('&', '&amp;')}</n:{key}>" for key, value in each.items())
        + "</n:OfflineConversion>"
        for each in conversions
    )
    tokens = "".join(f"<h:{name}>{token}</h:{name}>" for name, token in TOKENS.items())
    head = f"<s:Header><h:CustomerAccountId>77</h:CustomerAccountId>{tokens}</s:Header>"
    call = f"<n:{CALL}><n:OfflineConversions>{items}</n:OfflineConversions></n:{CALL}>"
    return f"<s:Envelope>{head}<s:Body>{call}</s:Body></s:Envelope>".encode()


def sent(url: str, body: bytes, status: int = 200, answer: bytes = b"{}", method: str = "POST") -> tuple[Event, ...]:
    headers = (("CustomerAccountId", "77"),) if url == REST else ()
    request = Request(method, url, headers, body)
    return decode(Exchange(Provenance.FORWARDED, request, Response(status, (), answer), number=1))


@pytest.mark.parametrize(
    ("url", "body"), [(REST, json.dumps({"OfflineConversions": [ONE]}).encode()), (SOAP, envelope(ONE))]
)
def test_a_conversion_is_read_by_either_road(url: str, body: bytes) -> None:
    (event,) = sent(url, body)
    assert (event.kind, event.account, event.name, event.own_ms) == (
        Kind.EVENT,
        "77",
        "Order & paid",
        1_795_169_730_000,
    )
    assert (event.value, event.currency, event.match_id("msclkid")) == ("59.9", "EUR", CLICK)
    assert [(item.key, item.value) for item in event.user] == [("em", API_MAIL), ("ph", PHONE)]
    assert (event.off_page, event.keys, event.outcome) == (True, (), Outcome.ACCEPTED)


@pytest.mark.parametrize(
    ("url", "answer"),
    [
        (REST, json.dumps({"PartialErrors": [{"Index": 1, "ErrorCode": "Bad", "Message": "No."}]}).encode()),
        (SOAP, b"<PartialErrors><BatchError><Code>1</Code><Index>1</Index></BatchError></PartialErrors>"),
    ],
)
def test_a_partial_error_is_of_the_conversion_at_its_place(url: str, answer: bytes) -> None:
    body = envelope(ONE, ONE) if url == SOAP else json.dumps({"OfflineConversions": [ONE, ONE]}).encode()
    assert [event.outcome for event in sent(url, body, answer=answer)] == [Outcome.ACCEPTED, Outcome.REJECTED]
    assert {event.outcome for event in sent(url, body, 500)} == {Outcome.FAILED}


def test_it_is_merged_with_nothing_of_the_tags() -> None:
    (event,) = sent(REST, json.dumps({"OfflineConversions": [ONE]}).encode())
    verdicts = {group.verdict for group in judged(browser_event(1_795_169_730_000, number=2), event)}
    assert Verdict.DEDUPLICATED not in verdicts


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<s:Envelope>ApplyOfflineConversions", b'{"OfflineConversions":[]}', b"[1]"]
)
def test_what_can_not_be_read_is_shown(body: bytes) -> None:
    (event,) = sent(REST, body)
    assert (event.kind, bool(event.flaws)) == (Kind.OTHER, True)


def test_other_calls_of_the_service_are_nobodys_business() -> None:
    other = Request("POST", SOAP, (), b"<GetCampaignsByAccountIdRequest/>")
    assert not claims(other)
    assert decode(Exchange(Provenance.FORWARDED, other, number=1)) == ()
    assert sent(REST, b"", method="GET") == ()


def test_the_secrets_of_a_call_are_masked() -> None:
    headers = (
        ("Authorization", f"Bearer {TOKENS['AuthenticationToken']}"),
        ("DeveloperToken", TOKENS["DeveloperToken"]),
    )
    for url, body in ((REST, b"{}"), (SOAP, envelope(ONE))):
        kept = repr(mask(Exchange(Provenance.FORWARDED, Request("POST", url, headers, body), number=1)))
        assert [token for token in TOKENS.values() if token in kept] == []


def test_it_may_be_older_than_what_the_conversions_api_takes() -> None:
    (event,) = sent(REST, json.dumps({"OfflineConversions": [ONE]}).encode())
    assert event.own_ms is not None
    for days, fires in ((30, False), (91, True)):
        late = replace(event, received_ms=event.own_ms + days * 86_400_000)
        assert ("event-time-too-old" in {each.code for group in judged(late) for each in group.findings}) is fires
