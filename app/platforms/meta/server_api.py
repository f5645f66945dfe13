"""The Conversions API as the rest of the program uses it: where it is, its event's fields, its tests, its sandbox."""

from __future__ import annotations

import json
import re

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.meta.call import events_of, parameters, split
from app.platforms.meta.compose import MAKER, compose, replay
from app.platforms.meta.contract import NEWEST_VERSION, answer
from app.platforms.meta.door import GRAPH_HOST
from app.platforms.meta.faults import recipes_of
from app.platforms.meta.snippets import fbq, sdk_call
from app.platforms.meta.templates import action_sources, from_scratch, names
from app.platforms.meta.token_check import ADVICE, token_answer, token_question
from app.platforms.meta.words import CUSTOMER_LABELS
from app.platforms.sandbox import Sandbox, page_answer
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode

FORM = EventForm(
    fields=(
        FormField("event_name", "Event name"),
        FormField("event_time", "Event time (s)", number=True),
        FormField("event_id", "Event ID"),
        FormField("action_source", "Action source"),
        FormField("event_source_url", "Page"),
        FormField("referrer_url", "Referrer"),
        FormField("custom_data.value", "Value", number=True),
        FormField("custom_data.currency", "Currency"),
        FormField("custom_data.order_id", "Order ID"),
        FormField("custom_data.content_type", "Content type"),
        FormField("custom_data.contents", "Contents"),
        FormField("custom_data.content_ids", "Content IDs"),
        FormField("custom_data.num_items", "Number of items", number=True),
        FormField("user_data.em", "E-mail (SHA-256)"),
        FormField("user_data.ph", "Phone (SHA-256)"),
        FormField("user_data.fn", "First name (SHA-256)"),
        FormField("user_data.ln", "Last name (SHA-256)"),
        FormField("user_data.external_id", "External ID"),
        FormField("user_data.client_user_agent", "User agent"),
        FormField("user_data.client_ip_address", "IP address"),
        FormField("user_data.fbp", CUSTOMER_LABELS["fbp"]),
        FormField("user_data.fbc", CUSTOMER_LABELS["fbc"]),
    ),
    objects=("custom_data", "user_data", "app_data", "original_event_data"),
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

TESTS = TestMode(
    TestKind.CODE,
    "Test event code",
    "A platform may count test events too.",
    "There is no test event code: THIS EVENT COUNTS.",
    "TEST12345, from Events Manager › Test events",
)

_EVENTS = re.compile(r"/(?:v\d+\.\d+/+)?(\d+)/+events/*$", re.ASCII)
_VERSION = re.compile(r"/(v\d+\.\d+)/", re.ASCII)
_PIXEL = re.compile(r"^(/tr/?|/privacy_sandbox/.*)$")
_SCRIPT = re.compile(r"^/signals/(config|plugins)/|\.js$")
_CALLED_BY_BACKENDS = re.compile(r"^/+(v\d+\.\d+/)?\d+/events/?$|^/+capi(/|$)", re.ASCII)


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused for something in an event: an invalid parameter with no other meaning."""
    response = exchange.response
    if response is None or response.status != 400:
        return False
    try:
        error = json.loads(response.body)["error"]
        return bool(error["code"] == 100 and error.get("error_subcode") != 33)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call's request, in bare events' JSON, or in a list of them; None when there is no event in it."""
    events = events_of(request)
    if not events:
        return None
    path = split(request.url).path
    account, version = _EVENTS.search(path), _VERSION.search(path)
    code = parameters(request).get("test_event_code")
    return Draft(
        "meta",
        account[1] if account else "",
        events,
        str(code) if code else None,
        version[1] if version else None,
        Provenance.SENT,
    )


def serves(request: Request) -> bool:
    """Whether a request is for the Conversions API or a gateway, not for the pixel."""
    parts = split(request.url)
    called = request.method == "POST" and _CALLED_BY_BACKENDS.match(parts.path) is not None
    return called or (parts.hostname or "").rstrip(".") == GRAPH_HOST


SERVER = ServerApi(
    base_url=f"https://{GRAPH_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, action_sources, from_scratch),
    compose=compose,
    replay=replay,
    validate=MAKER.validate,
    outgoing=MAKER.outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    versions=(NEWEST_VERSION,),
    recipes=recipes_of(FORM),
    snippets=(Snippet("Python (Meta's &SDK)", sdk_call), Snippet("&fbq() call", fbq)),
    token_question=lambda base_url, account, version: token_question(base_url, version),
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(
    server=answer,
    browser=lambda request: page_answer(request, _PIXEL, _SCRIPT),
)
