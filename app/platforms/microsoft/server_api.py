"""The Conversions API as the rest of the program uses it: where it is, its event's fields, its sandbox."""

from __future__ import annotations

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms.event_form import EventForm, FormField, TimeForm
from app.platforms.json_text import text_at
from app.platforms.microsoft.browser import NAME
from app.platforms.microsoft.call import GOES_ON, account_of, body_of, events_of
from app.platforms.microsoft.compose import MAKER, compose, replay, validate
from app.platforms.microsoft.contract import INVALID, answer, code_of, page
from app.platforms.microsoft.faults import recipes_of
from app.platforms.microsoft.place import API_HOST
from app.platforms.microsoft.snippets import uetq
from app.platforms.microsoft.templates import from_scratch, names, sources
from app.platforms.microsoft.token_check import ADVICE, token_answer, token_question
from app.platforms.reading.address import address_of
from app.platforms.sandbox import Sandbox
from app.platforms.server_api import ServerApi, Snippet, Templates, TestKind, TestMode

FORM = EventForm(
    fields=(
        FormField("eventType", "Kind of event"),
        FormField("eventName", "Event name"),
        FormField("eventTime", "Event time (s)", number=True),
        FormField("eventId", "Event ID"),
        FormField("eventSourceUrl", "Page"),
        FormField("referrerUrl", "Referrer"),
        FormField("pageLoadId", "Page load ID"),
        FormField("adStorageConsent", "Consent to ad storage (G, D)"),
        FormField("customData.value", "Value", number=True),
        FormField("customData.currency", "Currency"),
        FormField("customData.transactionId", "Transaction ID"),
        FormField("customData.items", "Items"),
        FormField("customData.itemIds", "Product IDs"),
        FormField("customData.pageType", "Page type"),
        FormField("userData.em", "E-mail (SHA-256)"),
        FormField("userData.ph", "Phone (SHA-256)"),
        FormField("userData.externalId", "External ID"),
        FormField("userData.msclkid", "Click ID (msclkid)"),
        FormField("userData.anonymousId", "Visitor ID (_uetvid)"),
        FormField("userData.clientIpAddress", "IP address"),
        FormField("userData.clientUserAgent", "User agent"),
    ),
    objects=("userData", "customData"),
    numbers=("customData.eventValue", "customData.ecommTotalValue"),
    name="eventName",
    event_id="eventId",
    time="eventTime",
    time_form=TimeForm.SECONDS,
    value="customData.value",
    currency="customData.currency",
    email="userData.em",
)

_COUNTS = "Microsoft has no test events: whatever is sent live counts as a conversion."
TESTS = TestMode(TestKind.NONE, "No test mode", _COUNTS, f"{_COUNTS} THIS EVENT COUNTS.")


def take_apart(exchange: Exchange) -> bool:
    """Whether a call was refused whole for a value in an event; one that asked to go on lost just the events named."""
    response = exchange.response
    if response is None or response.status != 400 or code_of(response) != INVALID:
        return False
    return text_at(body_of(exchange.request), GOES_ON) != "true"


def serves(request: Request) -> bool:
    """Whether a request is for the Conversions API."""
    return address_of(request.url).under(API_HOST)


def read_pasted(request: Request) -> Draft | None:
    """The draft in a call, in an event's bare JSON, or in a list of them; None when there is none."""
    events = events_of(request)
    return Draft(NAME, account_of(request), events, None, None, Provenance.SENT) if events else None


SERVER = ServerApi(
    base_url=f"https://{API_HOST}",
    account=MAKER.account,
    auth=MAKER.auth,
    max_events=MAKER.max_events,
    tests=TESTS,
    form=FORM,
    templates=Templates(names, sources, from_scratch, first="purchase"),
    compose=compose,
    replay=replay,
    validate=validate,
    outgoing=MAKER.outgoing,
    take_apart=take_apart,
    serves=serves,
    read_pasted=read_pasted,
    recipes=recipes_of(FORM),
    snippets=(Snippet("&uetq.push() call", uetq),),
    token_question=token_question,
    token_answer=token_answer,
    token_advice=ADVICE,
)

SANDBOX = Sandbox(server=answer, browser=page)
