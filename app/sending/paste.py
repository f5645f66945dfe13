"""Pasted text as a draft: a cURL command, a call's JSON, one event or a list of them. A token in it is left behind."""

from __future__ import annotations

import re

from msgspec.structs import replace

from app.formats.curl import CurlError, request_of
from app.model import Request
from app.outgoing import Draft
from app.platforms import Platform, platform_of, senders, server_hosts, server_of
from app.platforms.json_text import loaded, text_at
from app.platforms.local_address import resolved


class PasteError(Exception):
    """The text is nothing a draft can be made from; the message says what was expected, and is fit to show."""


def draft_of(text: str, account: str = "", platform: str = "") -> Draft:
    """The draft in a pasted text. Raises `PasteError`.

    An address in it says whose it is. Bare JSON is read as `platform`'s where it can be, else as that of the last
    platform that finds an event with its name in it: who comes later in the table knows its own from the others'.
    `account` is used where the text names none and is that platform's.
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
    found = [draft for each in _readers(request, platform) if (draft := _read(each, request))]
    if not found:
        raise PasteError("There is no server event in this text: paste an event, a list of them, or a whole call.")
    named = [draft for draft in found if _named(draft)]
    draft = next((each for each in named if each.platform == platform), named[-1] if named else found[0])
    return replace(draft, account=draft.account or (account if platform in ("", draft.platform) else ""))


def _read(platform: Platform, request: Request) -> Draft | None:
    return platform.server.read_pasted(request) if platform.server else None


def _named(draft: Draft) -> bool:
    """Whether an event has its name where its platform puts one: several platforms call their list `data`."""
    name = server_of(draft.platform).form.name
    return any(text_at(text, name) for text in draft.events)


def _readers(request: Request, preferred: str) -> tuple[Platform, ...]:
    """The platforms to ask: the owner of the address alone, else all, the preferred one first."""
    owner = platform_of(request) if request.url else None
    if owner is not None and owner.server is not None:
        return (owner,)
    return tuple(sorted(senders(), key=lambda each: each.name != preferred))
