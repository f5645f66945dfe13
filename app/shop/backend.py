"""The shop's server-side tracking: a real HTTP client, set up as a shop's backend would be.

A send goes to the forwarding listener or through a proxy, as its scenario says. One that came so late that nobody would
wait for it is told by the queue's log instead, with the times it was sent at.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from app.model import Exchange, Provenance, Request, Response
from app.shop import linkedin, meta, microsoft, pinterest, reddit, snapchat, tiktok, x
from app.shop.orders import Call, Order

ACCESS_TOKEN = "DEMO-TOKEN-THAT-OPENS-NOTHING"  # noqa: S105 # the sandbox takes any token; this one opens no account
# The page's own request needs this long to leave the browser; a backend that saves an order first takes as long.
USUAL_DELAY_S = 0.6

type CallFor = Callable[[Order, dict[str, Any], str, str, int], Call]

CALLS: Mapping[str, CallFor] = {
    "meta": meta.call_for,
    "tiktok": tiktok.call_for,
    "snapchat": snapchat.call_for,
    "linkedin": linkedin.call_for,
    "pinterest": pinterest.call_for,
    "reddit": reddit.call_for,
    "microsoft": microsoft.call_for,
    "x": x.call_for,
}

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backend:
    """How the shop's server reaches the platforms, all of it configuration a real shop has too.

    `api_base` stands before the platform's host; `proxy` and `ca_bundle` are for the sends that go through a proxy.
    `log` takes the calls that the queue's log tells of.
    """

    api_base: str
    proxy: str
    ca_bundle: Path
    log: Callable[[Exchange], None]


def track(backend: Backend, platform: str, account: str, order: Order, sends: tuple[dict[str, Any], ...]) -> None:
    """The tracking of one order on one platform: every send its scenario asks for, in turn."""
    for send in sends:
        time.sleep(send.get("delay_s", USUAL_DELAY_S))
        later_s = send.get("logged_after_s", 0)
        call = CALLS[platform](order, send, account, ACCESS_TOKEN, int(time.time()) + later_s)
        if later_s:
            backend.log(_logged(call, int(time.time()) + later_s))
            continue
        try:
            answer = _sent(backend, call, via_proxy=send.get("via_proxy", False))
            logger.info("order %s, %s: %s", order.number, platform, answer.status_code)
        except httpx.HTTPError as error:
            logger.info("order %s, %s was not tracked: %s", order.number, platform, type(error).__name__)


def _sent(backend: Backend, call: Call, *, via_proxy: bool) -> httpx.Response:
    if via_proxy:
        trusted = ssl.create_default_context(cafile=str(backend.ca_bundle))
        with httpx.Client(proxy=backend.proxy, verify=trusted, trust_env=False, timeout=10) as client:
            return client.post(f"https://{call.host}{call.path}", json=call.body, headers=call.headers)
    with httpx.Client(trust_env=False, timeout=10) as client:
        return client.post(f"{backend.api_base}/{call.host}{call.path}", json=call.body, headers=call.headers)


def _logged(call: Call, at_s: int) -> Exchange:
    """What the queue's log says of a call: no token, and that it was taken."""
    headers = (("content-type", "application/json"),)
    request = Request("POST", f"https://{call.host}{call.path}", headers, json.dumps(call.body).encode())
    response = Response(200, headers, b'{"code":0,"message":"OK"}')
    at_ms = at_s * 1000
    return Exchange(Provenance.IMPORTED, request, response, None, at_ms, at_ms + 80, source="the queue's log")
