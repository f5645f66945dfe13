"""Notices a client that does not trust our certificate, and no other failed handshake.

Browsers open connections on speculation and drop them, and mitmproxy's text for that says "may not trust". Only a TLS
alert that names the certificate counts (RFC 8446, 6.2), and only while the same client gets through to that host in no
other way. Programs are told apart by what they offer in their hello, as no more of them is known here; two of a kind
are one, so what counts is a connection opened within a second or still open then, not any that ever was.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Hashable

from mitmproxy import connection, tls

from addons.watch import Watch

SETTLE_S = 1.0  # after a handshake that failed, until it is said

_ALERT = re.compile(r"alert (unknown ca|bad certificate|certificate (unknown|expired|revoked)|unsupported certificate)")

type _Client = tuple[Hashable, str]  # what it offers, and the host


class Distrust:
    """Calls `on_distrust` with the host, once it is certain."""

    def __init__(self, watch: Watch, on_distrust: Callable[[str], None]) -> None:
        self._watch = watch
        self._on_distrust = on_distrust
        self._clients: dict[str, _Client] = {}  # by connection
        self._trusting: dict[str, _Client] = {}  # by connection, while it is open
        self._suspected: dict[_Client, asyncio.TimerHandle] = {}

    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        hello = data.client_hello
        if hello.sni and self._watch.names(hello.sni):
            ciphers = frozenset(number for number in hello.cipher_suites if number & 0x0F0F != 0x0A0A)  # without GREASE
            self._clients[data.context.client.id] = ((ciphers, tuple(hello.alpn_protocols)), hello.sni.lower())

    def tls_established_client(self, data: tls.TlsData) -> None:
        client = self._clients.get(data.context.client.id)
        if client is None:
            return
        self._trusting[data.context.client.id] = client
        if timer := self._suspected.pop(client, None):
            timer.cancel()

    def tls_failed_client(self, data: tls.TlsData) -> None:
        client = self._clients.get(data.context.client.id)
        if client is None or not _ALERT.search(data.conn.error or ""):
            return
        if client not in self._suspected:
            loop = asyncio.get_running_loop()
            self._suspected[client] = loop.call_later(SETTLE_S, self._say, client)

    def client_disconnected(self, client: connection.Client) -> None:
        self._clients.pop(client.id, None)
        self._trusting.pop(client.id, None)

    def done(self) -> None:
        """What is suspected at the end is said."""
        for client in list(self._suspected):
            self._say(client)

    def _say(self, client: _Client) -> None:
        self._suspected.pop(client).cancel()
        if client not in self._trusting.values():
            self._on_distrust(client[1])
