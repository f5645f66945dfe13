"""Pasted text as a draft: a cURL command, a call's JSON, one event or a list of them. A token in it is left behind."""

from __future__ import annotations

import re

from app.formats.curl import CurlError, request_of
from app.model import Draft, Provenance, Request
from app.platforms.meta.call import events_of, loaded, parameters, split


class PasteError(Exception):
    """The text is nothing a draft can be made from; the message says what was expected, and is fit to show."""


def draft_of(text: str, account: str = "") -> Draft:
    """The draft in a pasted text; `account` is used where the text names none. Raises `PasteError`."""
    text = text.strip()
    if re.match(r"(\$ ?)?curl\s", text):
        try:
            return _of_call(request_of(text), account)
        except CurlError as error:
            raise PasteError(str(error)) from error
    if isinstance(loaded(text), dict | list):
        return _of_call(Request("POST", "", (("Content-Type", "application/json"),), text.encode()), account)
    raise PasteError("Paste a cURL command, or the JSON of a server event or of a whole call.")


def _of_call(request: Request, account: str) -> Draft:
    events = events_of(request)
    if not events:
        raise PasteError("There is no server event in this text: it needs `data` with events, or an `event_name`.")
    path = re.search(r"/(?:v\d+\.\d+/+)?(\d+)/+events/*$", split(request.url).path)
    version = re.search(r"/(v\d+\.\d+)/", split(request.url).path)
    code = parameters(request).get("test_event_code")
    return Draft(
        "meta",
        path[1] if path else account,
        events,
        str(code) if code else None,
        version[1] if version else None,
        Provenance.SENT,
    )
