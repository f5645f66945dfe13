"""Sends one `Outgoing` with httpx and hands back what happened as an `Exchange`, the token never in it.

Our client goes straight out: it ignores the environment's proxies, our own proxy above all, follows no redirect (which
would carry the token elsewhere) and speaks plain HTTP to this machine only. Times are milliseconds, UTC; durations are
seconds where a name ends in `_s`.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import httpx
from msgspec.structs import replace

from app.model import Exchange, Headers, Request, Response
from app.outgoing import Carrier, Outgoing
from app.platforms import server_of
from app.platforms.server_api import ComposeError, TestKind
from app.sending.auth import AuthError, with_token
from app.sending.tokens import variable

MAX_BODY = 1_000_000  # bytes of an answer that are kept
LONGEST_WAIT_S = 60.0  # a longer Retry-After is the user's to wait, not ours


# At DEBUG it writes every answer's headers down, and a platform quotes a bad token in WWW-Authenticate.
logging.getLogger("httpcore").setLevel(logging.INFO)


class SenderError(Exception):
    """Nothing was sent; the text says why and what to do, and is fit to show. It never holds a token."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait, in seconds: for a connection, for each part of an answer, for all of it, and before retries.

    There are as many retries as `backoff_s` has entries.
    """

    connect_s: float = 5.0
    read_s: float = 10.0
    whole_s: float = 30.0
    backoff_s: tuple[float, ...] = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Sending:
    """A send under way: its ID, its last exchange when there is one, and a way to stop it. Any thread may ask."""

    send: str
    exchange: Future[Exchange]
    _stop: threading.Event

    def cancel(self) -> None:
        """Give up a send that is queued or waiting for a retry.

        A request already on the wire is seen through, since it may count: its answer belongs in the record.
        """
        self._stop.set()
        self.exchange.cancel()


class Sender:
    """Sends drafts, two at a time. Every attempt goes to `sink` as soon as it is over, from whichever thread ran it."""

    def __init__(
        self,
        sink: Callable[[Exchange], None] = lambda exchange: None,
        *,
        patience: Patience | None = None,
        upstream_proxy: str = "",
        extra_ca: Path | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """`upstream_proxy` is the network's own ("http://proxy.example:3128"); `extra_ca` a PEM file to trust besides.

        Raises `SenderError` when one of them can not be used.
        """
        self._sink = sink
        self._patience = patience or Patience()
        self._pool = ThreadPoolExecutor(2, "sender")
        self._stops: dict[str, threading.Event] = {}
        try:
            trusted = _trusted(extra_ca)
            # What stays on this machine is not the network's proxy's to carry, and could not be.
            self._local = _client(self._patience, trusted, transport)
            self._outward = _client(self._patience, trusted, transport, upstream_proxy or None)
        except (OSError, ValueError, httpx.InvalidURL) as error:
            raise SenderError(f"The upstream proxy or the extra certificate file can not be used ({error}).") from error

    def send(
        self, outgoing: Outgoing, token: str, *, confirmed: bool = False, stop: threading.Event | None = None
    ) -> Exchange:
        """Send now, in this thread, retrying where that is safe; the last attempt's exchange.

        A failure of the network is an exchange with an `error`, not an exception. Raises `SenderError` before anything
        is sent: no usable token, or an event without a test code that would leave this machine unconfirmed.
        """
        _guard(outgoing, token, confirmed)
        stop = stop or threading.Event()
        for pause_s in (*self._patience.backoff_s, None):
            exchange, safe = self._attempt(outgoing, token)
            self._sink(exchange)
            wait_s = None if pause_s is None or not safe else _wait_s(exchange, pause_s)
            if wait_s is None or stop.wait(wait_s):
                break
        return exchange

    def submit(self, outgoing: Outgoing, token: str, *, confirmed: bool = False) -> Sending:
        """Send in the background. Raises like `send`, at once."""
        _guard(outgoing, token, confirmed)
        stop = threading.Event()
        try:
            future = self._pool.submit(self.send, outgoing, token, confirmed=confirmed, stop=stop)
        except RuntimeError as error:
            raise SenderError("Sending has been shut down.") from error
        self._stops[outgoing.send] = stop
        future.add_done_callback(lambda _: self._stops.pop(outgoing.send, None))
        return Sending(outgoing.send, future, stop)

    def close(self) -> None:
        """Give up what is queued, see through what is on the wire, and close the connections."""
        for stop in tuple(self._stops.values()):
            stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._local.close()
        self._outward.close()

    def _attempt(self, outgoing: Outgoing, token: str) -> tuple[Exchange, bool]:
        """One attempt, and whether another is safe."""
        seen = _Seen()
        safe, error = False, None
        started_ms = _now_ms()
        try:
            self._receive(_on_the_wire(outgoing, token), seen)
            safe = seen.status == 429 or (seen.status >= 500 and outgoing.repeatable)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as failure:
            safe, error = True, f"No connection to the platform: {failure}"
        except httpx.TimeoutException:
            error = "The platform did not answer in time. It may have taken the event all the same."
        except httpx.HTTPError as failure:
            error = f"The connection broke before the answer was whole ({failure}). The event may have been taken."
        exchange = Exchange(
            outgoing.provenance,
            outgoing.request,
            seen.response() if seen.status else None,
            error,
            started_ms,
            _now_ms(),
            "sent from here",
            outgoing.send,
        )
        return _without(token, exchange), safe

    def _receive(self, request: Request, seen: _Seen) -> None:
        deadline = time.monotonic() + self._patience.whole_s
        client = self._local if is_local(request.url) else self._outward
        headers = list(request.headers)
        with client.stream(request.method, request.url, headers=headers, content=request.body) as answer:
            seen.status, seen.headers = answer.status_code, _decoded(answer.headers)
            for chunk in answer.iter_bytes():
                seen.body += chunk
                if len(seen.body) > MAX_BODY:
                    break
                if time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer took too long")
            else:
                seen.whole = True


class _Seen:
    """What has come of an answer so far; kept when the rest never comes."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Headers = ()
        self.body = b""
        self.whole = False

    def response(self) -> Response:
        return Response(self.status, self.headers, self.body[:MAX_BODY], truncated=not self.whole)


def is_local(url: str) -> bool:
    """Whether a URL stays on this machine, by its address alone: no name is looked up."""
    try:
        host = httpx.URL(url).host
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except (httpx.InvalidURL, ValueError):
        return False


def _on_the_wire(outgoing: Outgoing, token: str) -> Request:
    """The request with its token; a local stand-in checks no signature, so it gets the token as it is."""
    auth = outgoing.auth
    if auth.carrier is Carrier.OAUTH1 and not auth.name and is_local(outgoing.request.url) and ":" not in token:
        token = f"{token}:{token}:{token}:{token}"
    try:
        return with_token(outgoing.request, auth, token)
    except AuthError as error:
        raise SenderError(str(error)) from None


def _guard(outgoing: Outgoing, token: str, confirmed: bool) -> None:
    if not token:
        where = variable(outgoing.account, outgoing.platform)
        raise SenderError(f"There is no access token. Put one in the keyring, or in {where}.")
    if not (token.isascii() and token.isprintable()) or " " in token:
        raise SenderError("The access token holds characters no token has. Copy it again, without spaces or line ends.")
    url = outgoing.request.url
    if is_local(url):
        return
    try:
        scheme = httpx.URL(url).scheme
    except httpx.InvalidURL as error:
        raise SenderError(f"The endpoint's address is not one ({error}). Correct it.") from error
    if scheme != "https":
        raise SenderError("A token is sent over HTTPS only. Correct the endpoint's address.")
    _on_the_wire(outgoing, token)
    if outgoing.counts and not confirmed:
        raise SenderError(_unconfirmed(outgoing.platform))


def _unconfirmed(platform: str) -> str:
    try:
        tests = server_of(platform).tests
    except ComposeError:
        return "This event counts at the platform. Confirm the send."
    if tests.kind is TestKind.CODE:
        return "Without a test event code this event counts at the platform. Enter a code, or confirm the send."
    return f"{tests.without} Confirm the send."


def _wait_s(exchange: Exchange, pause_s: float) -> float | None:
    """Seconds until the next attempt: what the platform asks for, else our own; None when it asks for too long."""
    asked = exchange.response.header("Retry-After").strip() if exchange.response else ""
    wait_s = max(pause_s, float(asked)) if asked.isascii() and asked.isdigit() else pause_s
    return wait_s if wait_s <= LONGEST_WAIT_S else None


def _without(token: str, exchange: Exchange) -> Exchange:
    """The exchange with every echo of the token starred out; platforms do quote a bad token back."""
    if len(token) < 8:  # a name of the sandbox's; starring it would eat words
        return exchange
    response = exchange.response
    error = exchange.error and _starred(exchange.error, token)
    if response is None:
        return replace(exchange, error=error)
    headers = tuple((name, _starred(value, token)) for name, value in response.headers)
    body = _starred(response.body.decode("latin-1"), token).encode("latin-1")
    return replace(exchange, error=error, response=replace(response, headers=headers, body=body))


def _starred(text: str, token: str) -> str:
    # A signing token is made of several, and an echo may hold one of them alone.
    secrets = (token, *(part for part in token.split(":") if len(part) >= 8))
    for secret in secrets:
        for form in dict.fromkeys((secret, json.dumps(secret)[1:-1], quote(secret, safe=""))):
            text = text.replace(form, "*" * len(form))
    return text


def _decoded(headers: httpx.Headers) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.raw)


def _client(
    patience: Patience, trusted: ssl.SSLContext, transport: httpx.BaseTransport | None, proxy: str | None = None
) -> httpx.Client:
    return httpx.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(patience.read_s, connect=patience.connect_s),
        limits=httpx.Limits(max_keepalive_connections=0),  # an idle one that died looks like a lost answer
        proxy=proxy,
        verify=trusted,
    )


def _trusted(extra_ca: Path | None) -> ssl.SSLContext:
    context = httpx.create_ssl_context(trust_env=False)
    if extra_ca is not None:
        context.load_verify_locations(extra_ca)
    return context


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
