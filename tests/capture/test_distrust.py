"""Who is said to refuse our certificate: a client that says so in TLS, and never one that only hangs up."""

from __future__ import annotations

import contextlib
import socket
import ssl
from pathlib import Path

import httpx
import pytest

from app.capture.browser import launch
from tests.browsers import chromium
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK

HOST = "graph.facebook.com"
PIXEL = f"https://{HOST}/v26.0/1/events"


def tunnel(running: Capturing, host: str = HOST) -> socket.socket:
    raw = socket.create_connection((LOOPBACK, running.listening.forward_port), 10)
    raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
    return raw


def drop(running: Capturing, *, after_the_servers_hello: bool, abruptly: bool) -> None:
    """Begin a handshake and hang up in the middle of it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    handshake = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname=HOST)
    with contextlib.suppress(ssl.SSLWantReadError):
        handshake.do_handshake()
    with tunnel(running) as raw:
        raw.sendall(outgoing.read())
        if after_the_servers_hello:
            raw.recv(65536)
        if abruptly:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def refuse(running: Capturing) -> None:
    """What a program like the tests' other client does when it trusts the public roots alone."""
    trust = ssl.create_default_context()
    trust.set_alpn_protocols(["http/1.1"])
    with tunnel(running) as raw, contextlib.suppress(ssl.SSLError):
        trust.wrap_socket(raw, server_hostname=HOST)


def settled(running: Capturing) -> list[str]:
    """All notices, once whatever was suspected must have been said."""
    running.proxy.stop()
    return running.heard.notices


@pytest.mark.parametrize("abruptly", [False, True])
@pytest.mark.parametrize("after_the_servers_hello", [False, True])
def test_a_client_that_hangs_up_in_a_handshake_refuses_nothing(
    tmp_path: Path, after_the_servers_hello: bool, abruptly: bool
) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        for _ in range(10):
            drop(running, after_the_servers_hello=after_the_servers_hello, abruptly=abruptly)
        with running.client() as client:
            client.post(PIXEL)
        running.heard.exchanges(1)
        assert settled(running) == []


def test_a_handshake_that_fails_for_another_reason_refuses_nothing(tmp_path: Path) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("NULL:eNULL:@SECLEVEL=0")
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    with capturing(options(tmp_path / "ca")) as running:
        with tunnel(running) as raw, pytest.raises(ssl.SSLError):
            old.wrap_socket(raw, server_hostname=HOST)
        with tunnel(running) as raw:
            raw.sendall(b"\x16\x03\x01\x00\x05hello")
            raw.settimeout(5)
            with contextlib.suppress(OSError):
                raw.recv(100)
        assert settled(running) == []


def test_a_client_that_refuses_is_told_of_once_though_it_tries_again_and_again(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        for _ in range(5):
            refuse(running)
        notices = settled(running)
        assert [notice.partition(",")[0] for notice in notices] == [f"A program refused our certificate for {HOST}"]


def test_a_client_that_gets_through_by_another_connection_refuses_nothing(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running, running.client() as client:
        client.post(PIXEL)  # the connection stays open
        refuse(running)
        running.heard.exchanges(1)
        assert settled(running) == []


def test_a_client_that_gets_through_at_the_second_try_refuses_nothing(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        refuse(running)
        with running.client() as client:
            client.post(PIXEL)
        running.heard.exchanges(1)
        assert settled(running) == []


def test_one_that_refuses_is_told_of_though_another_got_through_before(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        with running.client() as client:
            client.post(PIXEL)
        httpx.get(f"{running.forwarding}/v26.0/1/events", trust_env=False)
        refuse(running)
        assert len(settled(running)) == 1


PAGE = """<!doctype html><title>Many</title><script>
new Image().src = "https://www.facebook.com/tr/?id=1&ev=First";
for (let n = 0; n < 200; n++) fetch(`https://n${n}.conversionsapigateway.com/events`, {mode: "no-cors"});
</script>"""


@pytest.mark.browser
def test_a_real_browser_that_opens_connections_and_drops_them_refuses_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(PAGE)
    with capturing(options(tmp_path / "ca")) as running:
        browser = launch(
            chromium(),
            proxy_port=running.listening.forward_port,
            spki=running.listening.spki,
            profile=tmp_path / "profile",
            url=page.as_uri(),
            headless=True,
        )
        try:
            running.heard.until(lambda: running.heard.seen, 60)
        finally:
            browser.close()  # in the middle of its other handshakes
        assert settled(running) == []
