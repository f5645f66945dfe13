"""The Conversions API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.json_text import loaded
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode
from app.platforms.snapchat.browser import NAME
from app.platforms.snapchat.call import account_of, body_of, events_of
from app.platforms.snapchat.compose import MAKER, compose, replay
from app.platforms.snapchat.contract import answer, page
from app.platforms.snapchat.faults import recipes_of
from app.platforms.snapchat.logged import shape
from app.platforms.snapchat.place import CALLS, HOST, TESTS, is_call, place_of
from app.platforms.snapchat.snippets import sdk_call, snaptr
from app.platforms.snapchat.templates import from_scratch, names, sources
from app.platforms.snapchat.token_check import ADVICE, token_answer, token_question
from app.platforms.snapchat.words import PURCHASE

FORM = EventForm(
    fields=(
        FormField("event_name", "Event name"),
        FormField("event_time", "Event time (s)", number=True),
        FormField("event_id", "Event ID"),
        FormField("action_source", "Action source"),
        FormField("event_source_url", "Page"),
        FormField("custom_data.value", "Value", number=True),
        FormField("custom_data.currency", "Currency"),
        FormField("custom_data.order_id", "Order ID"),
        FormField("custom_data.content_ids", "Content IDs"),
        FormField("custom_data.contents", "Contents"),
        FormField("custom_data.num_items", "Number of items", number=True),
        FormField("user_data.em", "E-mail (SHA-256)"),
        FormField("user_data.ph", "Phone (SHA-256)"),
        FormField("user_data.external_id", "External ID (SHA-256)"),
        FormField("user_data.fn", "First name (SHA-256)"),
        FormField("user_data.ln", "Last name (SHA-256)"),
        FormField("user_data.client_ip_address", "IP address"),
        FormField("user_data.client_user_agent", "User agent"),
        FormField("user_data.sc_click_id", "Click ID (ScCid)"),
        FormField("user_data.sc_cookie1", "Browser ID (_scid)"),
        FormField("data_processing_options", "Data processing options"),
    ),
    objects=("user_data", "custom_data", "app_data"),
    numbers=("custom_data.predicted_ltv",),
    name="event_name",
    event_id="event_id",
    time="event_time",
    time_form=TimeForm.SECONDS,
    value="custom_data.value",
    currency="custom_data.currency",
    email="user_data.em",
    email_listed=True,
)

TESTS_MODE = TestMode(
    TestKind.VALIDATE,
    "Validate only (/events/validate)",
    "It is checked, shows under Test Events, and counts nowhere.",
    "It goes to /events and is no test: THIS EVENT COUNTS.",
)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: one that is not valid refuses all."""
    return exchange.response is not None and exchange.response.status == 400


def serves(request: Request) -> bool:
    """Whether a request is for the Conversions API, which shares the pixel's host: only the path tells.

    Anybody's gateway may stand before it.
    """
    address = address_of(request.url)
    if address.host == HOST:
        return address.path.startswith(("/v3/", "/v2/"))
    return request.method == "POST" and is_call(address.path)


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call of either version, or in bare JSON that is Snapchat's by its words; None for none."""
    if not request.url and shape(loaded(body_of(request))) is None:
        return None
    events = events_of(request)
    if not events:
        return None
    place = place_of(address_of(request.url)) if request.url else None
    as_test = place is None or place in TESTS or (place not in CALLS and "/validate" in request.url)
    return Draft(NAME, account_of(request), events, None, None, Provenance.SENT, as_test=as_test)


SERVER = ServerApi(
    base_url=f"https://{HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS_MODE,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first=PURCHASE),
    compose=compose,
    replay=replay,
    validate=MAKER.validate,
    outgoing=MAKER.outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&snaptr() call", snaptr), Snippet("Python (Snap's &SDK)", sdk_call)),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
