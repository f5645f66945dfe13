"""Copy as: an event or a draft as text for somebody else's tools, secrets as placeholders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace
from PySide6.QtWidgets import QMenu, QWidget

from app.model import Draft, Event, Exchange, Outgoing, Request, Side
from app.platforms import decode
from app.platforms.meta.compose import ComposeError, compose, replay
from app.sending.copy_as import curl, fbq, httpx_call, markdown, payload, sdk_call

_NUMBER = 1_000_000_000  # an exchange that was never recorded


@dataclass(frozen=True, slots=True)
class Original:
    """What is copied: the request, the event it carries, and the server call that goes with it. Any may be missing."""

    request: Request | None = None
    event: Event | None = None
    draft: Draft | None = None


def of_recorded(event: Event, exchange: Exchange, endpoints: tuple[str, ...], now_ms: int) -> Original:
    """A recorded event. The server call of a browser's event is its twin; a server event's is itself, as it was."""
    whole = next((one for one in decode(exchange, endpoints) if one.id == event.id), event)
    return Original(exchange.request, whole, _call(whole, exchange, now_ms))


def of_draft(draft: Draft, ready: Outgoing | None) -> Original:
    """A draft being composed, with its request where it is one."""
    if ready is None:
        return Original(draft=draft)
    events = decode(Exchange(ready.provenance, ready.request, number=_NUMBER))
    return Original(ready.request, next(iter(events), None), draft)


def _call(event: Event, exchange: Exchange, now_ms: int) -> Draft | None:
    for keep_time in (True, False):  # what is too old to keep its time is copied with the present
        try:
            if event.side is Side.BROWSER:
                agent = exchange.request.header("user-agent")
                return replace(compose(event, now_ms=now_ms, user_agent=agent, keep_time=keep_time), test_code=None)
            return replay(event, exchange, now_ms=now_ms, keep_time=keep_time)
        except ComposeError:
            continue
    return None


def _of_request(write: Callable[[Request], str]) -> Callable[[Original], str]:
    return lambda original: write(original.request) if original.request else ""


def _of_draft(write: Callable[[Draft], str]) -> Callable[[Original], str]:
    return lambda original: write(original.draft) if original.draft else ""


FORMS: tuple[tuple[str, Callable[[Original], str]], ...] = (
    ("c&URL", _of_request(curl)),
    ("&Python (httpx)", _of_request(httpx_call)),
    ("Python (Meta's &SDK)", _of_draft(sdk_call)),
    ("&fbq() call", _of_draft(fbq)),
    ("&JSON of the server call", _of_draft(payload)),
    ("&Markdown table", lambda original: markdown(original.event) if original.event else ""),
)
"""Every form, by its name in the menu; one that can not be made of an original is empty."""

NOTHING = "This can not be written in that form: it is no event of Meta's that a server could send."


def copy_menu(choose: Callable[[str, Callable[[Original], str]], None], parent: QWidget) -> QMenu:
    """A menu of the forms. `choose` gets the form's name and what writes it."""
    menu = QMenu("Copy &as", parent)
    for title, write in FORMS:
        menu.addAction(title, partial(choose, title.replace("&", ""), write))
    return menu
