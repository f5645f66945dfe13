"""Decodes what LinkedIn's Insight Tag sends from a page.

    GET https://px.ads.linkedin.com/collect?v=2&fmt=js&pid=4455667,987654&time=1795169730123&conversionId=20529377
        &eventId=evt-7&val=59.9&li_fat_id=<uuid>&li_adsId=<uuid>&url=https%3A%2F%2Fshop.example%2Fthanks&tm=gtmv2

Without `conversionId` it is a page view; with it, one conversion for each rule it lists. Several partner IDs make one
event for each. The picture for pages without scripts has the same path (`/collect/?pid=…&conversionId=…&fmt=gif`). The
same again at px4 or dc is a twin, which counts where it alone arrives. LinkedIn answers by a redirect that comes back
with `cookiesTest` or `liSync`; these, like `/attribution_trigger` and `li_sync`, say nothing new: they are shown and
never counted.
"""

from __future__ import annotations

from app.model import Copy, Event, Exchange, Flaw, Kind, Request, Side
from app.platforms.linkedin.dedup import PARTNER, keys_of
from app.platforms.linkedin.place import Place
from app.platforms.linkedin.words import CONVERSION, NAME, PAGE_VIEW, describe
from app.platforms.reading import Pairs, pairs_of, pieces_of, plain_body
from app.platforms.reading.address import Address
from app.platforms.reading.answers import browser_result
from app.platforms.reading.facts import event_id_of, fingerprint, referred_page, telling_headers, time_ms
from app.platforms.reading.fields import pair_fields

MAX_ACCOUNTS = 1_000  # partner IDs read of one request
_SYNC = ("cookiesTest", "liSync")
_IDS = ("eventId", "event_id")
_MATCH = ("li_fat_id", "li_adsId", "li_giant")
_ROADS = {Place.ELSEWHERE: ", first-party endpoint", Place.TWIN: ", twin"}


def decode(exchange: Exchange, address: Address, place: Place) -> tuple[Event, ...]:
    """The events of one request, one for each partner ID; a preflight has none."""
    request = exchange.request
    if request.method == "OPTIONS":
        return ()
    pairs, trouble = _pairs(request, address)
    said = dict(reversed(pairs))  # the first of repeated names
    accounts = listed(said.get("pid", ""))
    kind = _kind(place, request.method, said)
    flaws = [Flaw("malformed-request", None, trouble)] if trouble else []
    if kind is Kind.EVENT and not accounts:
        kind = Kind.OTHER
        flaws.append(
            Flaw("required-parameter-missing", "pid", "required", "The request has no pid: it says nobody's event.")
        )
    return tuple(
        _event(exchange, place, pairs, said, kind, account, index, tuple(flaws))
        for index, account in enumerate(accounts or ("",))
    )


def listed(text: str) -> tuple[str, ...]:
    """The parts of a list with commas, each once."""
    parts = (part.strip() for part in text.split(",", MAX_ACCOUNTS)[:MAX_ACCOUNTS])
    return tuple(dict.fromkeys(filter(None, parts)))


def _pairs(request: Request, address: Address) -> tuple[Pairs, str]:
    _, trouble = pieces_of(address.query)
    pairs = pairs_of(address.query)
    if request.method == "POST" and b"=" in request.body[:10_000]:
        pairs += pairs_of(plain_body(request).decode("utf-8", "replace"))
    return pairs, trouble


def _kind(place: Place, method: str, said: dict[str, str]) -> Kind:
    """What a request is to counting; on its second way round, after a redirect, it was counted before."""
    if place not in (Place.EVENT, Place.TWIN, Place.ELSEWHERE) or method == "HEAD" or is_sync(said):
        return Kind.OTHER
    return Kind.MIRROR if place is Place.TWIN else Kind.EVENT


def is_sync(said: dict[str, str]) -> bool:
    """Whether a request comes back from LinkedIn's own redirects."""
    return any(said.get(name, "").lower() not in ("", "0", "false") for name in _SYNC)


def _event(
    exchange: Exchange,
    place: Place,
    pairs: Pairs,
    said: dict[str, str],
    kind: Kind,
    account: str,
    index: int,
    flaws: tuple[Flaw, ...],
) -> Event:
    event_id, id_flaw = event_id_of(next((said[name] for name in _IDS if said.get(name)), None), "eventId")
    if kind is Kind.OTHER:
        event_id, id_flaw = None, None
    own_ms, late = time_ms(said.get("time", ""), "time", "ms")
    outcome, answer = browser_result(exchange)
    request = exchange.request
    fields = (*pair_fields(pairs, describe, "query"), *telling_headers(request.headers))
    rules = ",".join(listed(said.get("conversionId", "")))
    return Event(
        id=f"e{exchange.number}.{index}",
        exchange=exchange.number,
        platform=NAME,
        side=Side.BROWSER,
        provenance=exchange.provenance,
        kind=kind,
        account=account,
        name=_name(place, said, rules),
        event_id=event_id or None,
        own_ms=own_ms,
        received_ms=exchange.started_ms,
        keys=keys_of(account or rules, event_id),
        account_kind=PARTNER,
        rule=rules,
        page=said.get("url") or said.get("pageUrl") or referred_page(request),
        referrer=said.get("ref") or None,
        value=said.get("val") or None,
        match_ids=_match_ids(exchange, said),
        action_source="web",
        transport=request.method + _ROADS.get(place, ""),
        emitter=said.get("tm", ""),
        outcome=outcome,
        answer=answer,
        send=exchange.send,
        copy=_copy(kind, said, rules, event_id),
        fingerprint="" if event_id or own_ms is None else fingerprint(fields),
        flaws=tuple(flaw for flaw in (*flaws, id_flaw, late) if flaw),
        fields=fields,
    )


def _copy(kind: Kind, said: dict[str, str], rules: str, event_id: str | None) -> Copy | None:
    """Which copy of a firing it is, at px or px4; None where no time tells one firing from the next."""
    at = said.get("time", "")[:20]
    if not at or kind is Kind.OTHER:
        return None
    return Copy(f"{at}.{rules}.{event_id or ''}", int(kind is Kind.MIRROR), by_moment=True)


def _name(place: Place, said: dict[str, str], rules: str) -> str:
    if place is Place.SYNC or is_sync(said):
        return "sync"
    if place is Place.ATTRIBUTION:
        return "attribution_trigger"
    return CONVERSION if rules else PAGE_VIEW


def _match_ids(exchange: Exchange, said: dict[str, str]) -> tuple[tuple[str, str], ...]:
    found = [(name, said[name]) for name in _MATCH if said.get(name)]
    agent = exchange.request.header("user-agent")
    return (*found, ("user_agent", agent)) if agent else tuple(found)
