"""A platform that does not exist, known by nothing but its `Platform` value, and as unlike the real ones as can be.

    browser  GET  https://px.parcel.example/hit?shop=PX-AbC1&what=Purchase&key=o-1&at=1795318292000&sum=59.90&cur=EUR
    server   POST https://api.parcel.example/v7/shops/PX-AbC1/signals          X-Parcel-Key: …
             {"rehearsal":true,"signals":[{"what":"Purchase","key":"o-1","at":1795318292000,"money":{"sum":59.9,
              "cur":"EUR"},"who":{"mail":"<sha256>"}}]}
             200 {"code":0,"taken":1,"ref":"r1"}      200 {"code":4002,"message":"signals.0.at: too old","ref":"r2"}

Its token stands in a header of its own, tests are marked by a flag in the body, a call takes two events, a refusal has
HTTP 200, and accounts have letters.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from msgspec.structs import replace as changed

from app import platforms
from app.hashing import form_of, sha256
from app.model import Answer, Event, Exchange, Kind, Outcome, Provenance, Request, Response, Side, UserValue
from app.outgoing import Auth, Carrier, Draft, Outgoing
from app.platforms import Platform, platform
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.fault_lab import HOUR_MS, recipes
from app.platforms.json_text import elements, loaded, raw_at, text_at
from app.platforms.sandbox import Fault, Faults, Sandbox, html_error, page_answer
from app.platforms.server_api import (
    AccountForm,
    ComposeError,
    ServerApi,
    Snippet,
    Templates,
    Terms,
    TestKind,
    TestMode,
    TokenAnswer,
    Violation,
)

HOST = "api.parcel.example"
ACCOUNT = "PX-AbC1"
TOKEN = "parcel-key-0123456789-secret"
WEEK_MS = 7 * 24 * HOUR_MS

_ACCOUNTS = AccountForm("shop key", r"PX-[A-Za-z0-9]+", "PX- and letters or digits", "PX-AbC1")
_PATH = re.compile(r"/v\d+/shops/([^/]+)/signals")
FORM = EventForm(
    fields=(
        FormField("what", "Signal"),
        FormField("key", "Key"),
        FormField("at", "Moment (ms)", number=True),
        FormField("money.sum", "Sum", number=True),
        FormField("money.cur", "Currency"),
        FormField("who.mail", "E-mail (SHA-256)"),
    ),
    objects=("money", "who"),
    name="what",
    event_id="key",
    time="at",
    time_form=TimeForm.MILLISECONDS,
    value="money.sum",
    currency="money.cur",
    email="who.mail",
)


def _event(exchange: Exchange, place: int, side: Side, account: str, parts: dict[str, str], answer: Answer) -> Event:
    name, key, at = parts.get("what", ""), parts.get("key"), parts.get("at", "")
    mail = parts.get("mail", "")
    taken = {True: Outcome.ACCEPTED, False: Outcome.REJECTED, None: Outcome.UNKNOWN}[answer.accepted]
    return Event(
        id=f"e{exchange.number}.{place}",
        exchange=exchange.number,
        platform="parcel",
        side=side,
        provenance=exchange.provenance,
        kind=Kind.EVENT,
        account=account,
        name=name,
        event_id=key,
        own_ms=int(at) if at.isdigit() else None,
        received_ms=exchange.started_ms,
        keys=(f"id|{len(account)}:{account}|{len(name)}:{name}|{key}",) if key else (),
        page="https://shop.example/thanks",
        value=parts.get("sum"),
        currency=parts.get("cur"),
        user=(UserValue("em", mail, form_of(mail), "who.mail"),) if mail else (),
        outcome=taken,
        answer=answer,
        send=exchange.send,
    )


def decode(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """The events of a hit or of a call."""
    url = urlsplit(exchange.request.url)
    if url.hostname == "px.parcel.example":
        query = dict(parse_qsl(url.query))
        answer = Answer(exchange.response.status if exchange.response else None)
        return (_event(exchange, 0, Side.BROWSER, query.get("shop", ""), query, answer),)
    account = _PATH.fullmatch(url.path)
    if not account or exchange.request.method != "POST":
        return ()
    answer = _answer(exchange)
    return tuple(
        _event(exchange, place, Side.SERVER, account[1], _parts(text), answer)
        for place, text in enumerate(_signals(exchange.request))
    )


def _parts(text: str) -> dict[str, str]:
    named = (("what", "what"), ("key", "key"), ("at", "at"), ("sum", "money.sum"), ("cur", "money.cur"))
    found = {name: text_at(text, path) for name, path in (*named, ("mail", "who.mail"))}
    return {name: value for name, value in found.items() if value}


def _signals(request: Request) -> tuple[str, ...]:
    text = request.body.decode("utf-8", "replace")
    return elements(raw_at(text, "signals")) or ()


def _answer(exchange: Exchange) -> Answer:
    if exchange.response is None:
        return Answer(None, message=exchange.error)
    said = loaded(exchange.response.body.decode("utf-8", "replace"))
    if not isinstance(said, dict):
        return Answer(exchange.response.status, accepted=False)
    code = said.get("code")
    return Answer(
        exchange.response.status,
        accepted=code == 0,
        code=None if code == 0 else str(code),
        message=said.get("message"),
        trace_id=said.get("ref"),
        received=said.get("taken"),
    )


def claims(request: Request, endpoints: tuple[str, ...] = ()) -> bool:
    """Whether it is a hit or a call."""
    return (urlsplit(request.url).hostname or "").endswith("parcel.example")


def compose(browser: Event, terms: Terms) -> Draft:
    """The signal beside a hit."""
    if browser.side is not Side.BROWSER:
        raise ComposeError("This is a signal already.")
    mails = [item.value for item in browser.user] or [sha256(text) for text in terms.customer.of("em")]
    signal = {
        "what": browser.name,
        "key": browser.event_id,
        "at": terms.moment(browser.own_ms),
        "money": {"sum": float(browser.value or 0), "cur": browser.currency},
        "who": {"mail": mails[0]} if mails else {},
    }
    return Draft("parcel", browser.account, (json.dumps(signal),), None, terms.api_version, Provenance.SENT, browser.id)


def replay(event: Event, exchange: Exchange, terms: Terms) -> Draft:
    """A signal as it was."""
    text = _signals(exchange.request)[int(event.id.rpartition(".")[2])]
    text = text if terms.keep_time else FORM.at_time(text, terms.now_ms)
    return Draft("parcel", event.account, (text,), None, terms.api_version, Provenance.REPLAYED, event.id)


def from_scratch(name: str, terms: Terms, *, account: str, source: str) -> Draft:
    """A signal of that name."""
    signal = {"what": name, "key": f"test-{terms.now_ms}", "at": terms.now_ms, "money": {"sum": 1.5, "cur": "EUR"}}
    return Draft("parcel", account, (json.dumps(signal),), None, terms.api_version)


def validate(draft: Draft, now_ms: int) -> tuple[Violation, ...]:
    """What the sandbox refuses by."""
    found = [Violation("account", _ACCOUNTS.sentence)] if not _ACCOUNTS.fits(draft.account) else []
    for place, text in enumerate(draft.events):
        wrong = _wrong(text, now_ms)
        found += [Violation(wrong[0], wrong[1], event=place)] if wrong else []
    return tuple(found)


def _wrong(text: str, now_ms: int) -> tuple[str, str] | None:
    if not isinstance(loaded(text), dict):
        return "", "A signal must be an object."
    at_ms = TimeForm.MILLISECONDS.read(text_at(text, "at"))
    if at_ms is None or at_ms < now_ms - WEEK_MS:
        return "at", "The moment is missing or older than a week."
    mail = text_at(text, "who.mail")
    if mail and not re.fullmatch(r"[0-9a-f]{32}|[0-9a-f]{64}", mail):
        return "who.mail", "The e-mail must be hashed."
    return None


def outgoing(draft: Draft, base_url: str) -> Outgoing:
    """The call."""
    if not _ACCOUNTS.fits(draft.account):
        raise ComposeError(_ACCOUNTS.sentence)
    if not 1 <= len(draft.events) <= 2 or any(not isinstance(loaded(text), dict) for text in draft.events):
        raise ComposeError("A call takes one or two signals, each an object.")
    flag = '"rehearsal":true,' if draft.as_test else ""
    body = f'{{{flag}"signals":[{",".join(draft.events)}]}}'.encode()
    url = f"{base_url.rstrip('/')}/{draft.api_version or 'v7'}/shops/{draft.account}/signals"
    return Outgoing(
        Request("POST", url, (("Content-Type", "application/json"),), body),
        draft.provenance,
        uuid.uuid4().hex,
        len(draft.events),
        None,
        True,
        "parcel",
        draft.account,
        Auth(Carrier.HEADER, "X-Parcel-Key"),
        draft.as_test,
    )


def take_apart(exchange: Exchange) -> bool:
    """Whether one signal spoilt the call."""
    return _answer(exchange).code == "4002"


def serves(request: Request) -> bool:
    """Whether it is a call."""
    return _PATH.fullmatch(urlsplit(request.url).path) is not None


def read_pasted(request: Request) -> Draft | None:
    """A call, or a bare signal."""
    text = request.body.decode("utf-8", "replace")
    found = loaded(text)
    signals = _signals(request) or ((text,) if isinstance(found, dict) and "what" in found else ())
    account = _PATH.fullmatch(urlsplit(request.url).path)
    flagged = isinstance(found, dict) and found.get("rehearsal") is True
    draft = Draft("parcel", account[1] if account else "", signals, as_test=flagged or not account)
    return draft if signals else None


def token_question(base_url: str, account: str, api_version: str | None) -> Outgoing:
    """Is this key good?"""
    request = Request("GET", f"{base_url.rstrip('/')}/v7/shops/{account}/signals")
    return Outgoing(request, Provenance.SENT, "q", 0, None, True, "parcel", account, API.auth)


def token_answer(exchange: Exchange) -> TokenAnswer:
    """It is, or not."""
    code = _answer(exchange).code
    return TokenAnswer(code is None, "The key opens the shop." if code is None else f"{code} · The key opens nothing.")


def answer(request: Request, now_ms: int, faults: Faults) -> Response:
    """The stand-in: HTTP 200 whatever it thinks."""
    if faults.fault is Fault.HTML:
        return html_error()
    if faults.fault is Fault.RATE_LIMITED:
        return _said(code=4290, message="too many calls")
    if faults.fault is Fault.TOKEN_EXPIRED or not request.header("X-Parcel-Key"):
        return _said(code=4010, message="no key")
    if request.method == "GET":
        return _said(code=0)
    signals = _signals(request)
    if not 1 <= len(signals) <= 2:
        return _said(code=4001, message="one or two signals")
    for place, text in enumerate(signals):
        wrong = _wrong(text, now_ms)
        if wrong:
            return _said(code=4002, message=f"signals.{place}.{wrong[0]}: {wrong[1]}")
    return _said(code=0, taken=len(signals))


def _said(**body: object) -> Response:
    text = json.dumps({**body, "ref": uuid.uuid4().hex[:8]})
    return Response(200, (("Content-Type", "application/json"),), text.encode())


def hit_call(draft: Draft) -> str:
    """The browser's half."""
    return "".join(f"parcel('{draft.account}', {text});\n" for text in draft.events)


API = ServerApi(
    base_url=f"https://{HOST}",
    account=_ACCOUNTS,
    auth=Auth(Carrier.HEADER, "X-Parcel-Key"),
    max_events=2,
    tests=TestMode(
        TestKind.FLAG,
        "Rehearse only (rehearsal: true)",
        "A rehearsal is checked and thrown away.",
        "It is no rehearsal: THIS SIGNAL COUNTS.",
    ),
    form=FORM,
    templates=Templates(lambda: ("Purchase", "Visit"), lambda: ("anywhere",), from_scratch),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    recipes=recipes(
        FORM,
        account="shop",
        account_pattern=_ACCOUNTS.pattern,
        other_names={"Purchase": "Visit"},
        late_ms=49 * HOUR_MS,
        normal=lambda key, text: text.strip().lower(),
    ),
    snippets=(Snippet("&parcel() call", hit_call),),
    token_question=token_question,
    token_answer=token_answer,
    token_advice="A shop's key never ends.",
)

PARCEL = replace(
    platform("meta"),
    name="parcel",
    title="Parcel",
    account_word="Shop",
    hosts=("parcel.example",),
    claims=claims,
    decode=decode,
    explain=lambda code, subcode: None,
    token_start="parcel-key",
    too_little=(),
    server=API,
    sandbox=Sandbox(answer, lambda request: page_answer(request, re.compile(r"^/hit$"))),
)


def _of_the_mute(exchange: Exchange, endpoints: tuple[str, ...] = ()) -> tuple[Event, ...]:
    url = exchange.request.url.replace("mute.example", "parcel.example")
    asked = changed(exchange, request=changed(exchange.request, url=url))
    return tuple(changed(event, platform="mute") for event in decode(asked))


LISTENING = replace(
    PARCEL, name="mute", title="Mute", hosts=("mute.example",), decode=_of_the_mute, server=None, sandbox=None
)
"""One that takes no server events."""


@contextmanager
def in_the_table(*added: Platform) -> Iterator[None]:
    """The table of platforms with more at its end."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(platforms, "PLATFORMS", (*platforms.PLATFORMS, *added))
        yield


def hit(
    name: str = "Purchase", key: str = "o-1", at_ms: int = 0, host: str = "px.parcel.example", number: int = 0
) -> Exchange:
    """What a page sends."""
    query = f"shop={ACCOUNT}&what={name}&key={key}&at={at_ms}&sum=59.90&cur=EUR&mail={sha256('mary@example.com')}"
    request = Request("GET", f"https://{host}/hit?{query}", (("User-Agent", "Mozilla/5.0 Chrome/137.0"),))
    return Exchange(Provenance.CAPTURED, request, Response(200), None, at_ms + 5, at_ms + 40, number=number)


def call(*signals: dict[str, object], at_ms: int = 0, number: int = 0) -> Exchange:
    """What a backend sends."""
    headers = (("Content-Type", "application/json"), ("X-Parcel-Key", TOKEN))
    body = json.dumps({"signals": signals}).encode()
    request = Request("POST", f"https://{HOST}/v7/shops/{ACCOUNT}/signals", headers, body)
    reply = _said(code=0, taken=len(signals))
    return Exchange(Provenance.FORWARDED, request, reply, None, at_ms, at_ms + 40, number=number)


def signal(key: str, at_ms: int, name: str = "Purchase") -> dict[str, object]:
    """One event of a call."""
    return {
        "what": name,
        "key": key,
        "at": at_ms,
        "money": {"sum": 59.9, "cur": "EUR"},
        "who": {"mail": sha256("mary@example.com")},
    }
