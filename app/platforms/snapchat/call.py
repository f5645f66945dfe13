"""A server call's events as JSON text in the form of Conversions API v3, whichever form they were sent in.

    {"event_name":"PURCHASE","event_time":1795169730,"event_id":"evt-7","action_source":"WEB","user_data":{…},…}

An event of v2 is flat; each of its values moves to its place in v3, letter for letter. What v3 takes in another form
(an IP address unhashed) or not at all is left out. `older` goes the other way, for Snap's Python SDK, which has v2
only.
"""

from __future__ import annotations

import json

from app.model import Request
from app.platforms import json_text
from app.platforms.json_text import elements, loaded, members, raw_at, with_text_at
from app.platforms.reading import plain_body
from app.platforms.reading.address import address_of
from app.platforms.snapchat import place
from app.platforms.snapchat.place import CALLS, place_of

WEB = "WEB"
SOURCES = (WEB, "MOBILE_APP", "OFFLINE")
OLDER_PATHS = {
    "event_name": "event_type",
    "event_time": "timestamp",
    "event_id": "client_dedup_id",
    "action_source": "event_conversion_type",
    "event_source_url": "page_url",
    "integration": "integration",
    "user_data.em": "hashed_email",
    "user_data.ph": "hashed_phone_number",
    "user_data.fn": "hashed_first_name_sha",
    "user_data.ln": "hashed_last_name_sha",
    "user_data.ct": "hashed_city_sha",
    "user_data.st": "hashed_state_sha",
    "user_data.zp": "hashed_zip",
    "user_data.madid": "hashed_mobile_ad_id",
    "user_data.client_user_agent": "user_agent",
    "user_data.sc_cookie1": "uuid_c1",
    "user_data.sc_click_id": "click_id",
    "custom_data.value": "price",
    "custom_data.currency": "currency",
    "custom_data.order_id": "transaction_id",
    "custom_data.content_ids": "item_ids",
    "custom_data.num_items": "number_items",
    "custom_data.content_category": "item_category",
    "custom_data.search_string": "search_string",
    "custom_data.sign_up_method": "sign_up_method",
    "data_processing_options": "data_use",
}
"""Where a value of an event stands in v2, which is flat."""
_NEWER_PATHS = {old: new for new, old in OLDER_PATHS.items()}
_LISTED = frozenset(f"user_data.{key}" for key in ("em", "ph", "fn", "ln", "ct", "st", "zp"))
_ACCOUNTS = ("pixel_id", "snap_app_id", "app_id")


def body_of(request: Request) -> str:
    """A request's body as text."""
    return plain_body(request).decode("utf-8", "replace")


def events_of(request: Request) -> tuple[str, ...]:
    """The events' texts in a call, or in bare JSON, whose URL is empty: an event, a list of them, or a call's body."""
    address = address_of(request.url)
    if request.url and place_of(address) not in CALLS and not place.is_call(address.path):
        return ()
    body = body_of(request)
    listed = elements(body) or elements(raw_at(body, "data"))
    return tuple(newer(text) for text in ((body,) if listed is None else listed) if is_event(text))


def is_event(text: str) -> bool:
    """Whether a text is an event of the Conversions API: an object that names its event, in v3's word or in v2's."""
    named = dict(members(text) or ())
    return "event_name" in named or "event_type" in named


def newer(text: str) -> str:
    """An event's text in the form of v3; one that has that form stays as it is, to the letter."""
    flat = dict(members(text) or ())
    if "event_name" in flat or not {"event_type", "event_conversion_type"} & flat.keys():
        return text
    kept = "{}"
    for old, raw in flat.items():
        path = _NEWER_PATHS.get(old)
        if path is not None and raw not in ('""', "null"):
            kept = with_text_at(kept, path, _newer_value(path, raw))
    return kept


def _newer_value(path: str, raw: str) -> str:
    value = loaded(raw)
    if path == "event_time" and isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    if path in _LISTED:
        return f"[{raw}]"
    if isinstance(value, str) and path in ("custom_data.content_ids", "data_processing_options"):
        listed = loaded(value.replace("'", '"'))
        return json.dumps(listed if isinstance(listed, list) else [part.strip() for part in value.split(",")])
    return raw


def older(text: str, account: str) -> dict[str, object]:
    """An event in the form of v2: flat, and every value a text."""
    found: dict[str, object] = {"pixel_id": account}
    for path, old in OLDER_PATHS.items():
        value = loaded(raw_at(text, path))
        if isinstance(value, list) and value:
            found[old] = _older_list(path, [str(item) for item in value])
        elif isinstance(value, str | int | float) and value != "":
            found[old] = json_text.text_at(text, path)
    return found


def _older_list(path: str, texts: list[str]) -> str:
    if path in _LISTED:
        return texts[0]
    return json.dumps(texts) if path == "data_processing_options" else ",".join(texts)


def account_of(request: Request) -> str:
    """The pixel, or the Snap app, that a call names in its path or, in v2, in its first event; empty for none."""
    named = place.account_of(address_of(request.url)) if request.url else ""
    if named:
        return named
    body = body_of(request)
    first = next(iter(elements(body) or elements(raw_at(body, "data")) or ()), body)
    return next(filter(None, (json_text.text_at(first, key) for key in _ACCOUNTS)), "")
