"""The Conversion API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

import re

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.json_text import text_at
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode
from app.platforms.x.call import PERSON, account_of, events_of
from app.platforms.x.compose import MAKER, VERSIONS, compose, replay, validate
from app.platforms.x.contract import answer, page
from app.platforms.x.facts import NAME
from app.platforms.x.faults import recipes_of
from app.platforms.x.place import API_HOST, OTHER_API_HOSTS, is_call
from app.platforms.x.snippets import client_call, twq
from app.platforms.x.templates import ORDER, from_scratch, names, sources
from app.platforms.x.token_check import ADVICE, token_answer, token_question

_PERSONS = f"{PERSON}[]"
FORM = EventForm(
    fields=(
        FormField("event_id", "Event tag"),
        FormField("conversion_time", "Event time (ISO 8601)"),
        FormField("conversion_id", "Conversion ID"),
        FormField("value", "Value", number=True),
        FormField("price_currency", "Currency"),
        FormField("number_items", "Number of items", number=True),
        FormField("contents", "Contents"),
        FormField(f"{_PERSONS}.twclid", "Click ID (twclid)"),
        FormField(f"{_PERSONS}.hashed_email", "E-mail (SHA-256)"),
        FormField(f"{_PERSONS}.hashed_phone_number", "Phone (SHA-256)"),
        FormField(f"{_PERSONS}.ip_address", "IP address"),
        FormField(f"{_PERSONS}.user_agent", "User agent"),
        FormField("description", "Description"),
        FormField("search_string", "Search text"),
    ),
    objects=(_PERSONS,),
    numbers=("conversion_timestamp",),
    name="event_id",
    event_id="conversion_id",
    time="conversion_time",
    time_form=TimeForm.ISO,
    value="value",
    currency="price_currency",
    email=f"{_PERSONS}.hashed_email",
)

TESTS = TestMode(
    TestKind.NONE,
    "No test mode",
    "X has no tests: whatever its API takes is counted.",
    "X has no test mode: THIS EVENT COUNTS. Use a tag of Events Manager that was made for tests.",
)

_VERSION = re.compile(r"/(\d{1,3})/measurement/", re.ASCII)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: then X takes none of them."""
    response = exchange.response
    return response is not None and response.status == 400 and b'"errors"' in response.body


def serves(request: Request) -> bool:
    """Whether a request is for the Conversion API; anybody's gateway may stand before it."""
    address = address_of(request.url)
    return address.host in (API_HOST, *OTHER_API_HOSTS) or (request.method == "POST" and is_call(address.path))


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    if not events:
        return None
    version = _VERSION.search(request.url)
    told = version[1] if version and version[1] != VERSIONS[0] else None
    return Draft(NAME, account_of(request) or _pixel_of(events), events, None, told, Provenance.SENT)


def _pixel_of(events: tuple[str, ...]) -> str:
    """The pixel that a whole tag names, where the call itself names none."""
    found = (re.fullmatch(r"tw-([a-z0-9]{3,12})-[a-z0-9]+", text_at(text, "event_id"), re.ASCII) for text in events)
    return next((match[1] for match in found if match), "")


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first=ORDER),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=MAKER.outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    other_hosts=OTHER_API_HOSTS,
    versions=VERSIONS,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&twq() call", twq), Snippet("Python (&twitter-ads)", client_call)),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
