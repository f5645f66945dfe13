"""Pasted text as a draft: a cURL command, a call's JSON, one event or a list of them. A token in it is left behind."""

from __future__ import annotations

import re

from msgspec.structs import replace

from app.formats.curl import CurlError, request_of
from app.model import Draft, Request
from app.platforms import Platform, platform_of, senders, server_hosts
from app.platforms.json_text import loaded
from app.platforms.local_address import resolved


class PasteError(Exception):
    """The text is nothing a draft can be made from; the message says what was expected, and is fit to show."""


def draft_of(text: str, account: str = "", platform: str = "") -> Draft:
    """The draft in a pasted text. Raises `PasteError`.

    An address in it says whose it is. Bare JSON is read as `platform`'s where it can be, else as that of the first
    platform that finds an event in it. `account` is used where the text names none and is that platform's.
    """
    text = text.strip()
    if re.match(r"(\$ ?)?curl\s", text):
        try:
            request = request_of(text)
        except CurlError as error:
            raise PasteError(str(error)) from error
    elif isinstance(loaded(text), dict | list):
        request = Request("POST", "", (("Content-Type", "application/json"),), text.encode())
    else:
        raise PasteError("Paste a cURL command, or the JSON of a server event or of a whole call.")
    return _of_call(request, account, platform)


def _of_call(request: Request, account: str, platform: str) -> Draft:
    request = replace(request, url=resolved(request.url, server_hosts()))
    for each in _readers(request, platform):
        draft = each.server.read_pasted(request) if each.server else None
        if draft is not None:
            known = draft.account or (account if platform in ("", each.name) else "")
            return replace(draft, account=known)
    raise PasteError("There is no server event in this text: it needs `data` with events, or an `event_name`.")


def _readers(request: Request, preferred: str) -> tuple[Platform, ...]:
    """The platforms to ask: the owner of the address alone, else the preferred one before the others."""
    owner = platform_of(request) if request.url else None
    if owner is not None and owner.server is not None:
        return (owner,)
    return tuple(sorted(senders(), key=lambda each: each.name != preferred))
