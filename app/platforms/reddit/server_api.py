"""The Conversions API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.json_text import text_at
from app.platforms.reading.address import address_of
from app.platforms.reddit.answer import server_results
from app.platforms.reddit.browser import NAME
from app.platforms.reddit.call import V2, VERSIONS, account_of, body_of, events_of
from app.platforms.reddit.compose import MAKER, compose, outgoing, replay, validate
from app.platforms.reddit.contract import answer, page
from app.platforms.reddit.faults import recipes_of
from app.platforms.reddit.place import API_HOST, call_of
from app.platforms.reddit.snippets import rdt
from app.platforms.reddit.templates import from_scratch, names, sources
from app.platforms.reddit.token_check import ADVICE, token_answer, token_question
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode

FORM = EventForm(
    fields=(
        FormField("type.tracking_type", "Event type"),
        FormField("type.custom_event_name", "Custom event name"),
        FormField("event_at", "Event time (ms)", number=True),
        FormField("metadata.conversion_id", "Conversion ID"),
        FormField("action_source", "Action source"),
        FormField("event_source_url", "Page"),
        FormField("metadata.value", "Value", number=True),
        FormField("metadata.currency", "Currency"),
        FormField("metadata.item_count", "Number of items", number=True),
        FormField("metadata.products", "Products"),
        FormField("user.email", "E-mail (SHA-256)"),
        FormField("user.phone_number", "Phone (SHA-256)"),
        FormField("user.external_id", "External ID"),
        FormField("user.ip_address", "IP address"),
        FormField("user.user_agent", "User agent"),
        FormField("click_id", "Click ID (rdt_cid)"),
        FormField("user.uuid", "Browser ID (_rdt_uuid)"),
    ),
    objects=("type", "metadata", "user"),
    numbers=("user.screen_dimensions.height", "user.screen_dimensions.width"),
    name="type.tracking_type",
    event_id="metadata.conversion_id",
    time="event_at",
    time_form=TimeForm.MILLISECONDS,
    value="metadata.value",
    currency="metadata.currency",
    email="user.email",
)

TESTS = TestMode(
    TestKind.CODE,
    "Test ID",
    "It shows under Event Testing only; v2 is told test_mode instead.",
    "There is no test ID: THIS EVENT COUNTS.",
    "t2_example, from Ads Manager › Event Testing",
)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: Reddit then lists what is wrong."""
    response = exchange.response
    if response is None or response.status != 400:
        return False
    return b'"invalid_events"' in response.body and server_results(exchange, ())[0][0].lost


def serves(request: Request) -> bool:
    """Whether a request is for the Conversions API; anybody's gateway may stand before it."""
    address = address_of(request.url)
    return address.host == API_HOST or (request.method == "POST" and call_of(address.path) is not None)


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call of either version, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    if not events:
        return None
    body, at = body_of(request), call_of(address_of(request.url).path)
    test = text_at(body, "data.test_id") or text_at(body, "test_id")
    if not test and text_at(body, "test_mode") == "true":
        test = "test_mode"
    version = V2 if at is not None and at.version.startswith("v2") else None
    return Draft(NAME, account_of(request), events, test or None, version, Provenance.SENT)


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first="Purchase"),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    versions=VERSIONS,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&rdt('track') call", rdt),),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
