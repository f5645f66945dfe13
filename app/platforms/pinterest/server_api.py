"""The API for Conversions as the rest of the program uses it: its place, its event's fields, its tests, its sandbox."""

from __future__ import annotations

import re

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.pinterest.answer import PARTLY
from app.platforms.pinterest.call import SOURCE, account_of, events_of
from app.platforms.pinterest.compose import MAKER, VERSION, compose, outgoing, replay, validate
from app.platforms.pinterest.contract import answer, page
from app.platforms.pinterest.facts import NAME
from app.platforms.pinterest.faults import recipes_of
from app.platforms.pinterest.place import API_HOST, TAG_HOST, Place, is_call, place_of
from app.platforms.pinterest.snippets import pintrk, sdk_call
from app.platforms.pinterest.templates import from_scratch, names, sources
from app.platforms.pinterest.token_check import ADVICE, token_answer, token_question
from app.platforms.reading import pairs_of, parsed
from app.platforms.reading.address import address_of
from app.platforms.reading.fields import object_at, text_at
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode

FORM = EventForm(
    fields=(
        FormField("event_name", "Event name"),
        FormField("event_time", "Event time (s)", number=True),
        FormField("event_id", "Event ID"),
        FormField(SOURCE, "Action source"),
        FormField("event_source_url", "Page"),
        FormField("custom_data.value", "Value"),
        FormField("custom_data.currency", "Currency"),
        FormField("custom_data.order_id", "Order ID"),
        FormField("custom_data.num_items", "Number of items", number=True),
        FormField("custom_data.content_ids", "Content IDs"),
        FormField("custom_data.contents", "Contents"),
        FormField("user_data.em", "E-mails (SHA-256)"),
        FormField("user_data.ph", "Phones (SHA-256)"),
        FormField("user_data.external_id", "External IDs (SHA-256)"),
        FormField("user_data.fn", "First names (SHA-256)"),
        FormField("user_data.ln", "Last names (SHA-256)"),
        FormField("user_data.client_ip_address", "IP address"),
        FormField("user_data.client_user_agent", "User agent"),
        FormField("user_data.click_id", "Click ID (epik)"),
        FormField("opt_out", "Opt-out", number=True),  # true and false are written bare
        FormField("custom_data.opt_out_type", "Kind of opt-out"),
    ),
    objects=("user_data", "custom_data", "app_info", "device_info"),
    name="event_name",
    event_id="event_id",
    time="event_time",
    time_form=TimeForm.SECONDS,
    value="custom_data.value",
    currency="custom_data.currency",
    email="user_data.em",
    email_listed=True,
)

TESTS = TestMode(
    TestKind.FLAG,
    "Test request (test=true)",
    "Pinterest answers it like any other, and records nothing.",
    "It is no test request: THIS EVENT COUNTS.",
)

_VERSION = re.compile(r"/(v\d{1,2})/ad_accounts/", re.ASCII)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused whole for something in an event; mostly each event has an answer of its own."""
    response = exchange.response
    if response is None or response.status not in (400, PARTLY):
        return False
    said = object_at(parsed(response.body).value)
    listed = said.get("events") or object_at(said, "details").get("events")
    return not listed and (response.status == PARTLY or text_at(said, "code") == "4196")


def serves(request: Request) -> bool:
    """Whether a request is for the API for Conversions; anybody's gateway may stand before it."""
    address = address_of(request.url)
    if address.host == API_HOST or place_of(address) is Place.OLDER_API:
        return True
    return request.method == "POST" and is_call(address.path)


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call of any version, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    if not events:
        return None
    version = _VERSION.search(request.url)
    told = version[1] if version and version[1] != VERSION else None
    test = any(key == "test" and value.lower() == "true" for key, value in pairs_of(address_of(request.url).query))
    return Draft(NAME, account_of(request), events, None, told, Provenance.SENT, as_test=test or not request.url)


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first="checkout"),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    other_hosts=(TAG_HOST,),
    versions=(VERSION,),
    recipes=recipes_of(FORM),
    snippets=(Snippet("&pintrk() call", pintrk), Snippet("Python (Pinterest's &SDK)", sdk_call)),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
