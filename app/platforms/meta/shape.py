"""Whether a request to anybody's host carries Meta's traffic: by its parameters' names, never by words in a value.

    GET  https://shop.example/fp/tr?id=1111111111111111&ev=PageView&dl=https%3A%2F%2F…&rqm=GET   first-party endpoint
    POST https://relay.example/v26.0/1111111111111111/events   {"data":[{…,"user_data":{…}}]}    relay of a call
    POST https://relay.example/v26.0/   batch=[{"method":"POST","relative_url":"v26.0/…/events",…}]
    POST https://gateway.example/capi/1111111111111111/events  {"data":[…],"accessKey":"…"}      gateway

Whole names are looked for: `prev=2` is no event, and `{"q":"ev=1"}` none either.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.model import Request
from app.platforms.meta.door import LOOPBACK, Door, Place, divided
from app.platforms.reading import Json, parsed, plain_body, still_compressed, text_of

_NAMES = "id|ev|rqm|dl|rl|if|fbp|noscript|batch"
_PAIR = re.compile(rf"(?:^|&)({_NAMES})=([^&]*)")
_PART = re.compile(rb'name="(%s)"\r\n\r\n([^\r\n]*)' % _NAMES.encode())
_METHODS = frozenset({"GET", "FGET", "formPOST", "SB", "fetch"})
_BESIDE_PAGE = ("rl", "if", "fbp")  # what the library sends with every page's address
_DIGITS = 15  # of a real pixel's ID; other trackers' have fewer

_DATA = re.compile(rb'"data"\s*:|(?:\A|&)data(?:=|\[|%5[Bb])|name="data["\[]')
_KEY = re.compile(rb'"accessKey"\s*:|(?:\A|&)accessKey=|name="accessKey"')
_BATCH = re.compile(rb'"batch"\s*:|(?:\A|&)batch(?:=|\[|%5[Bb])|name="batch["\[]')
_OF_EVENT = (b"user_data", b"action_source", b"event_time")


def pixel_shaped(request: Request, place: Place) -> bool:
    """Whether parameters look like the pixel's: digits as ID, an event name, and a mark that only the library leaves.

    At a path that ends like the pixel's own (`/fp/tr`), the page or the mark of a picture without script is enough.
    """
    marks = _marks(request)
    account = marks.get("id", "")
    if "ev" not in marks or not (account.isascii() and account.isdigit()):
        return False
    if marks.get("rqm") in _METHODS:
        return True
    if place.path.rstrip("/").endswith("/tr"):
        return "dl" in marks or marks.get("noscript") == "1"
    return "dl" in marks and (len(account) >= _DIGITS or any(name in marks for name in _BESIDE_PAGE))


def has_event(request: Request) -> bool:
    """Whether a request to a place the user named carries an event at all: such a host also serves other things."""
    marks = _marks(request)
    return "ev" in marks or marks.get("batch") == "1" or (marks.get("id", "").isdigit() and "dl" in marks)


def server_call(body: bytes, request: Request, place: Place) -> bool:
    """Whether a body posted to `/<digits>/events` or `/capi/<ID>/events` is Meta's: other vendors' paths look alike."""
    if place.door is Door.GATEWAY:
        return bool(_DATA.search(body) or _KEY.search(body)) or still_compressed(request)
    if not place.account or not _DATA.search(body):
        return False
    # On this machine it is a sandbox or a relay under test, which also gets events that lack nearly everything.
    return any(word in body for word in _OF_EVENT) or (place.host in LOOPBACK and b"event_name" in body)


def server_batch(body: bytes) -> bool:
    """Whether a body is a Graph batch with calls that send events."""
    return b"relative_url" in body and b"events" in body and bool(_BATCH.search(body))


def _marks(request: Request) -> Mapping[str, str]:
    """The parameters that tell the pixel's requests, from query and body; of a repeated one the first."""
    query = divided(request.url)[1]
    found = _PAIR.findall(query) if any(name in query for name in ("ev=", "id=", "batch=")) else []
    if request.body and request.method == "POST":
        found += _marks_of_body(plain_body(request))
    return dict(reversed(found))


def _marks_of_body(body: bytes) -> list[tuple[str, str]]:
    if b'name="ev"' in body:
        return [(name.decode(), value.decode("utf-8", "replace")) for name, value in _PART.findall(body)]
    if body[:100].lstrip()[:1] in (b"{", b"["):  # a server container may write flat JSON, or a list of it
        return _members(parsed(body).value) if b'"ev"' in body else []
    if body.startswith((b"ev=", b"batch=1&")) or b"&ev=" in body or b"&batch=1" in body:
        return _PAIR.findall(body.decode("utf-8", "replace"))
    return []


def _members(value: Json) -> list[tuple[str, str]]:
    found = value[0] if isinstance(value, list) and value else value
    return [(name, text_of(item)) for name, item in found.items()] if isinstance(found, dict) else []
