"""A server call's events as JSON text in the form of v5, from whichever version they were sent to.

    {"event_name":"checkout","action_source":"web","event_time":1795169730,"event_id":"evt-7","user_data":{…},…}

An event of v3 only names its ad account besides, as `advertiser_id`.
"""

from __future__ import annotations

from app.model import Request
from app.platforms.json_text import elements, members, raw_at, text_at, without_member
from app.platforms.pinterest.place import Place, ad_account_in, place_of
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of

SOURCE = "action_source"
WEB = "web"
OFFLINE = "offline"
APPS = ("app_android", "app_ios")
SOURCES = (WEB, *APPS, OFFLINE)
OLDER_ACCOUNT = "advertiser_id"


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body.

    Other platforms name their events in the same way, so bare JSON is Pinterest's by its `action_source` alone.
    """
    texts = _listed(body_of(request))
    if not request.url:
        return tuple(_current(text) for text in texts if is_own(text))
    address = address_of(request.url)
    called = place_of(address) in (Place.API, Place.OLDER_API) or ad_account_in(address.path)
    return tuple(_current(text) for text in texts if is_event(text)) if called else ()


def is_event(text: str) -> bool:
    """Whether a text is an event: an object that names one."""
    return "event_name" in dict(members(text) or ())


def is_own(text: str) -> bool:
    """Whether an event's text says in Pinterest's own words where the event happened."""
    return is_event(text) and text_at(text, SOURCE) in SOURCES


def source_of(text: str | None) -> str | None:
    """Where an event happened; in another case than Pinterest's it is meant all the same."""
    return text.lower() if text and text.lower() in SOURCES else text


def account_of(request: Request) -> str:
    """The ad account that a call names; empty when it names none."""
    named = ad_account_in(address_of(request.url).path) if request.url else ""
    first = next(iter(_listed(body_of(request))), "{}")
    return named or text_at(first, OLDER_ACCOUNT)


def _listed(body: str) -> tuple[str, ...]:
    listed = elements(body)
    if listed is None:
        listed = elements(raw_at(body, "data"))
    return (body,) if listed is None else listed


def _current(text: str) -> str:
    return without_member(text, OLDER_ACCOUNT) if OLDER_ACCOUNT in dict(members(text) or ()) else text
