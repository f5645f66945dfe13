"""The Events API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

import re

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.json_text import text_at
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode
from app.platforms.tiktok.browser import NAME
from app.platforms.tiktok.call import SOURCE, account_of, body_of, events_of
from app.platforms.tiktok.compose import MAKER, VERSION, compose, outgoing, replay, validate
from app.platforms.tiktok.contract import answer, code_of, page
from app.platforms.tiktok.faults import recipes_of
from app.platforms.tiktok.place import API_HOST, is_call
from app.platforms.tiktok.snippets import sdk_call, ttq
from app.platforms.tiktok.templates import from_scratch, names, sources
from app.platforms.tiktok.token_check import ADVICE, token_answer, token_question

FORM = EventForm(
    fields=(
        FormField("event", "Event name"),
        FormField("event_time", "Event time (s)", number=True),
        FormField("event_id", "Event ID"),
        FormField(SOURCE, "Event source"),
        FormField("page.url", "Page"),
        FormField("page.referrer", "Referrer"),
        FormField("properties.value", "Value", number=True),
        FormField("properties.currency", "Currency"),
        FormField("properties.order_id", "Order ID"),
        FormField("properties.content_type", "Content type"),
        FormField("properties.contents", "Contents"),
        FormField("user.email", "E-mail (SHA-256)"),
        FormField("user.phone", "Phone (SHA-256)"),
        FormField("user.external_id", "External ID"),
        FormField("user.first_name", "First name (SHA-256)"),
        FormField("user.last_name", "Last name (SHA-256)"),
        FormField("user.ip", "IP address"),
        FormField("user.user_agent", "User agent"),
        FormField("user.ttclid", "Click ID (ttclid)"),
        FormField("user.ttp", "Browser ID (_ttp)"),
        FormField("limited_data_use", "Limited data use", number=True),  # true and false are written bare
    ),
    objects=("user", "page", "properties", "app", "ad", "lead"),
    numbers=("properties.num_items",),
    name="event",
    event_id="event_id",
    time="event_time",
    time_form=TimeForm.SECONDS,
    value="properties.value",
    currency="properties.currency",
    email="user.email",
)

TESTS = TestMode(
    TestKind.CODE,
    "Test event code",
    "It shows under Test Events only.",
    "There is no test event code: THIS EVENT COUNTS.",
    "TEST12345, from Events Manager › Test Events",
)

_VERSION = re.compile(r"/open_api/(v[\d.]{1,8})/", re.ASCII)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: a parameter that is not valid."""
    return exchange.response is not None and code_of(exchange.response) == "40002"


def serves(request: Request) -> bool:
    """Whether a request is for the Events API; anybody's gateway may stand before it."""
    address = address_of(request.url)
    return address.under(API_HOST) or (request.method == "POST" and is_call(address.path))


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call of any form, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    if not events:
        return None
    version = _VERSION.search(request.url)
    code = text_at(body_of(request), "test_event_code")
    told = version[1] if version and version[1] != VERSION else None
    return Draft(NAME, account_of(request), events, code or None, told, Provenance.SENT)


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first="CompletePayment"),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&ttq.track() call", ttq), Snippet("Python (TikTok's &SDK)", sdk_call)),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
