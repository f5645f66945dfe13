"""The Conversions API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.linkedin.answer import complaints
from app.platforms.linkedin.call import ID, RULE, TIME, events_of, rule_of, without_rule
from app.platforms.linkedin.compose import (
    ACCOUNT,
    MAKER,
    METHOD_HEADER,
    PROTOCOL_HEADER,
    VERSION_HEADER,
    VERSIONS,
    compose,
    replay,
    validate,
)
from app.platforms.linkedin.contract import answer, page
from app.platforms.linkedin.faults import recipes_of
from app.platforms.linkedin.place import API_HOST, is_call
from app.platforms.linkedin.snippets import client_call, lintrk
from app.platforms.linkedin.templates import from_scratch, names, sources
from app.platforms.linkedin.token_check import ADVICE, token_answer, token_question
from app.platforms.linkedin.words import NAME
from app.platforms.reading import parsed, plain_body
from app.platforms.reading.address import address_of
from app.platforms.reading.fields import object_at, text_at
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode

FORM = EventForm(
    fields=(
        FormField(TIME, "Event time (ms)", number=True),
        FormField(ID, "Event ID"),
        FormField(RULE, "Another conversion rule (URN)"),
        FormField("conversionValue.amount", "Value"),
        FormField("conversionValue.currencyCode", "Currency"),
        FormField("user.userIds", "User IDs"),
        FormField("user.userInfo.firstName", "First name"),
        FormField("user.userInfo.lastName", "Last name"),
        FormField("user.userInfo.companyName", "Company"),
        FormField("user.userInfo.title", "Job title"),
        FormField("user.userInfo.countryCode", "Country"),
        FormField("user.externalIds", "External IDs"),
    ),
    objects=("conversionValue", "user", "user.userInfo"),
    name="",
    event_id=ID,
    time=TIME,
    time_form=TimeForm.MILLISECONDS,
    value="conversionValue.amount",
    currency="conversionValue.currencyCode",
)

TESTS = TestMode(
    TestKind.NONE,
    "LinkedIn has no tests",
    "Nothing marks a send as a test.",
    "LinkedIn has no tests: THIS EVENT COUNTS. Send it for a rule made for tests.",
)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: a status of 400 or 422 that names places."""
    response = exchange.response
    if response is None or response.status not in (400, 422):
        return False
    return bool(complaints(text_at(object_at(parsed(plain_body(response)).value), "message") or ""))


def serves(request: Request) -> bool:
    """Whether a request is for the Conversions API; anybody's gateway may stand before it."""
    address = address_of(request.url)
    return address.host == API_HOST or (request.method == "POST" and is_call(address.path))


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    if not events:
        return None
    account = next(filter(ACCOUNT.fits, map(rule_of, events)), "")
    version = request.header(VERSION_HEADER) or None
    told = version if version != VERSIONS[0] else None
    return Draft(NAME, account, tuple(without_rule(text, account) for text in events), None, told, Provenance.SENT)


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first="PURCHASE"),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=MAKER.outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    headers=(VERSION_HEADER, METHOD_HEADER, PROTOCOL_HEADER),
    versions=VERSIONS,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&lintrk() call", lintrk), Snippet("Python (LinkedIn's &client)", client_call)),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
