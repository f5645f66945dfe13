"""Decodes offline conversions, which Microsoft takes by its Campaign Management service.

    POST https://campaign.api.bingads.microsoft.com/CampaignManagement/v13/OfflineConversions/Apply
    CustomerAccountId: 77        DeveloperToken: …        Authorization: Bearer …
    {"OfflineConversions":[{"ConversionName":"Order paid","ConversionTime":"2026-11-20T10:15:30Z",
      "ConversionValue":59.9,"ConversionCurrencyCode":"EUR","MicrosoftClickId":"0f1e2d3c…","HashedEmailAddress":"<sha256>"}]}

The same as SOAP (`ApplyOfflineConversions`), which the `bingads` SDK speaks. They are counted by the goal's name and
are merged with nothing of the tag's; of two with one click ID and one time, the first counts. Seen in public senders'
code; no request of a real client was recorded here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from msgspec.structs import replace

from app.model import Answer, Event, Exchange, Field, Flaw, Kind, Outcome, Request, Side
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.facts import click_id
from app.platforms.microsoft.words import CLICK, CUSTOM, CUSTOMER, EVENT
from app.platforms.reading import Json, parsed, plain_body, text_of
from app.platforms.reading.answers import Result, by_status, date_of, latency_of, unanswered
from app.platforms.reading.facts import fingerprint, iso_ms
from app.platforms.reading.fields import object_at, user_values

MAX_EVENTS = 1_000
ACTION = b"ApplyOfflineConversions"
_LABELS = {
    "ConversionName": ("Conversion goal", EVENT),
    "ConversionTime": ("Event time", EVENT),
    "ConversionValue": ("Value", CUSTOM),
    "ConversionCurrencyCode": ("Currency", CUSTOM),
    "MicrosoftClickId": ("Click ID (msclkid)", CLICK),
    "HashedEmailAddress": ("Email", CUSTOMER),
    "HashedPhoneNumber": ("Phone", CUSTOMER),
}
_CUSTOMER = {"HashedEmailAddress": "em", "HashedPhoneNumber": "ph"}
_START = re.compile(r"<(?:[\w-]{1,20}:)?OfflineConversion(?:\s[^<>]{0,300})?>")
_LEAF = re.compile(r"<(?:[\w-]{1,20}:)?(\w{1,60})(?:\s[^<>]{0,300})?>([^<]{0,2000})</")
_INDEX = re.compile(r"<(?:[\w-]{1,20}:)?Index>(\d{1,5})</")


def decode(exchange: Exchange) -> tuple[Event, ...]:
    """The conversions of one call; one that can not be read stands for the call."""
    request = exchange.request
    if request.method != "POST":
        return ()
    body = plain_body(request)
    soap = body.lstrip()[:1] == b"<"
    listed, account, flaw = _of_soap(body) if soap else _of_json(body)
    account = request.header("CustomerAccountId") or account
    road = f"offline conversions, {'SOAP' if soap else 'REST'}"
    if not listed:
        flaw = flaw or Flaw("malformed-request", "OfflineConversions", "empty")
        return (_event(exchange, {}, account, road, _results(exchange, 1)[0], 0, flaw),)
    results = _results(exchange, len(listed))
    return tuple(
        _event(exchange, each, account, road, result, place, None)
        for place, (each, result) in enumerate(zip(listed[:MAX_EVENTS], results, strict=False))
    )


def called(request: Request) -> bool:
    """Whether a call of the service applies conversions; the service takes much else, which is nobody's business."""
    return ACTION in request.body or "/OfflineConversions/" in request.url


def _of_json(body: bytes) -> tuple[list[Mapping[str, Json]], str, Flaw | None]:
    read = parsed(body)
    listed = object_at(read.value).get("OfflineConversions")
    found = [object_at(each) for each in listed] if isinstance(listed, list) else []
    return found, "", Flaw("malformed-request", None, read.trouble) if read.trouble else None


def _of_soap(body: bytes) -> tuple[list[Mapping[str, Json]], str, Flaw | None]:
    head, *parts = _START.split(body.decode("utf-8", "replace"))
    account = next((text for name, text in _LEAF.findall(head) if name == "CustomerAccountId"), "")
    found: list[Mapping[str, Json]] = [
        {name: html.unescape(text) for name, text in _LEAF.findall(part)} for part in parts[:MAX_EVENTS]
    ]
    return found, account, None


def _event(
    exchange: Exchange,
    given: Mapping[str, Json],
    account: str,
    road: str,
    result: Result,
    place: int,
    flaw: Flaw | None,
) -> Event:
    told = {key: text_of(value) for key, value in given.items() if value is not None and value != ""}
    own_ms, wrong = iso_ms(told.get("ConversionTime", ""), "ConversionTime")
    fields = tuple([Field(key, text, *_LABELS.get(key, (key, "other")), "body") for key, text in told.items()])
    outcome, answer = result
    click = click_id(told.get("MicrosoftClickId"))
    return Event(
        id=f"e{exchange.number}.{place}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.SERVER,
        provenance=exchange.provenance,
        kind=Kind.EVENT if told.get("ConversionName") else Kind.OTHER,
        account=account,
        name=told.get("ConversionName", ""),
        event_id=None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        value=told.get("ConversionValue"),
        currency=told.get("ConversionCurrencyCode"),
        user=user_values(given, _CUSTOMER, ""),
        match_ids=(("msclkid", click),) if click else (),
        action_source="physical_store",  # the shared word for what may be older than what a site sends
        off_page=True,
        transport=road,
        emitter=exchange.request.header("user-agent"),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        fingerprint=fingerprint(fields) if own_ms is not None else "",
        flaws=tuple(each for each in (flaw, wrong) if each),
        fields=fields,
    )


def _results(exchange: Exchange, sent: int) -> list[Result]:
    """What became of each conversion: a partial error names its place, anything else is of the whole call."""
    response = exchange.response
    if response is None or not response.status:
        return [(Outcome.FAILED if exchange.error else Outcome.UNKNOWN, unanswered(exchange))] * sent
    body = plain_body(response)
    outcome = by_status(response.status, Outcome.ACCEPTED)
    answer = Answer(
        response.status,
        accepted=not outcome.lost,
        code=str(response.status) if outcome.lost else None,
        transient=response.status >= 500 or response.status == 429,
        latency_ms=latency_of(exchange),
        date_ms=date_of(response),
    )
    refused = _refused(body)
    return [
        (Outcome.REJECTED, replace(answer, accepted=False, code=refused[place][0], message=refused[place][1]))
        if place in refused
        else (outcome, answer)
        for place in range(sent)
    ]


def _refused(body: bytes) -> dict[int, tuple[str, str]]:
    """The conversions that were refused by their place, each with code and words."""
    if body.lstrip()[:1] == b"<":
        return {int(place): ("PartialError", "") for place in _INDEX.findall(body.decode("utf-8", "replace"))}
    listed = object_at(parsed(body).value).get("PartialErrors")
    found: dict[int, tuple[str, str]] = {}
    for each in map(object_at, listed) if isinstance(listed, list) else ():
        place = text_of(each.get("Index"))
        if place.isascii() and place.isdigit() and len(place) < 6:
            found[int(place)] = (text_of(each.get("ErrorCode") or each.get("Code")), text_of(each.get("Message") or ""))
    return found
