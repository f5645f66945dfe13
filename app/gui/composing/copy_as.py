"""Copy as: an event or a draft as text for somebody else's tools, secrets as placeholders.

A menu offers what the event's platform can be written in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace
from PySide6.QtWidgets import QMenu, QWidget

from app.model import Event, Exchange, Request, Side
from app.outgoing import Auth, Draft, Outgoing
from app.platforms import decode, platform, server_of
from app.platforms.server_api import ComposeError, Terms
from app.sending.copy_as import curl, httpx_call, markdown, payload
from app.sending.drafts import draft_again, now_ms

_NUMBER = 1_000_000_000  # an exchange that was never recorded


@dataclass(frozen=True, slots=True)
class Original:
    """What is copied: the request, the event it carries, and the server call that goes with it. Any may be missing."""

    request: Request | None = None
    event: Event | None = None
    draft: Draft | None = None
    auth: Auth | None = None


def of_recorded(event: Event, exchange: Exchange, endpoints: tuple[str, ...]) -> Original:
    """A recorded event. The server call of a browser's event is its twin; a server event's is itself, as it was."""
    whole = next((one for one in decode(exchange, endpoints) if one.id == event.id), event)
    return Original(exchange.request, whole, _call(whole, exchange), _auth_of(whole))


def _auth_of(event: Event) -> Auth | None:
    """Where the token of a recorded server call goes; the browser's requests have none."""
    try:
        return server_of(event.platform).auth if event.side is Side.SERVER else None
    except ComposeError:
        return None


def of_draft(draft: Draft, ready: Outgoing | None) -> Original:
    """A draft being composed, with its request where it is one."""
    if ready is None:
        return Original(draft=draft)
    events = decode(Exchange(ready.provenance, ready.request, number=_NUMBER))
    return Original(ready.request, next(iter(events), None), draft, ready.auth)


def _call(event: Event, exchange: Exchange) -> Draft | None:
    for keep_time in (True, False):  # what is too old to keep its time is copied with the present
        try:
            draft = draft_again(event, exchange, Terms(now_ms=now_ms(), keep_time=keep_time))
        except ComposeError:
            continue
        return replace(draft, test_code=None) if event.side is Side.BROWSER else draft
    return None


class CopyForm(NamedTuple):
    """One form: its name in the menu, and what writes it; empty where it can not be made of an original."""

    title: str
    write: Callable[[Original], str]


def _of_request(write: Callable[[Request, Auth | None], str]) -> Callable[[Original], str]:
    return lambda original: write(original.request, original.auth) if original.request else ""


def _of_draft(write: Callable[[Draft], str]) -> Callable[[Original], str]:
    return lambda original: write(original.draft) if original.draft else ""


def forms_of(name: str) -> tuple[CopyForm, ...]:
    """Every form that an event of this platform can be copied in; what is a server call's only where it has one."""
    server = platform(name).server
    own = tuple(CopyForm(each.title, _of_draft(each.write)) for each in server.snippets) if server else ()
    call = (CopyForm("&JSON of the server call", _of_draft(payload)),) if server else ()
    return (
        CopyForm("c&URL", _of_request(curl)),
        CopyForm("&Python (httpx)", _of_request(httpx_call)),
        *own,
        *call,
        CopyForm("&Markdown table", lambda original: markdown(original.event) if original.event else ""),
    )


NOTHING = "This can not be written in that form: it is no event that a server could send."


class CopyMenu(QMenu):
    """A menu of the forms that one platform has. `choose` gets a form's name and what writes it."""

    def __init__(self, choose: Callable[[str, Callable[[Original], str]], None], parent: QWidget) -> None:
        super().__init__("Copy &as", parent)
        self._choose = choose
        self._platform = ""

    def offer(self, platform: str) -> None:
        """Offer a platform's forms."""
        if platform == self._platform:
            return
        self._platform = platform
        self.clear()
        for title, write in forms_of(platform):
            self.addAction(title, partial(self._choose, title.replace("&", ""), write))
