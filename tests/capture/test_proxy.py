"""The capture engine as the application uses it: real child process, real origins, real TLS."""

import contextlib
import gzip
import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import h2.connection
import h2.events
import httpx
import pytest

from app.capture.messages import ProxyError
from app.capture.proxy import Proxy
from app.model import Provenance
from app.platforms import Watched
from app.platforms.sandbox import Fault, Faults
from tests.capturing import Capturing, Heard, capturing, options
from tests.origin import LOOPBACK, Authority, Gateway, closed_port, gateway, origin

SENT = b'{"data":[{"event_name":"Purchase","event_time":1}]}'
POST = b"POST /v26.0/1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(SENT), SENT)
EVENT = {"data": [{"event_name": "Purchase", "event_time": 1, "action_source": "website"}]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.make(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def confdir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pixelpair") / "ca"


@pytest.fixture(scope="module")
def outside() -> Iterator[Gateway]:
    """The only way out of the shared sandbox; it leads nowhere and notes every attempt."""
    with gateway(closed_port) as way_out:
        yield way_out


@pytest.fixture(scope="module")
def _shared(confdir: Path, outside: Gateway) -> Iterator[Capturing]:
    with capturing(options(confdir, upstream_proxy=f"http://{LOOPBACK}:{outside.port}")) as running:
        yield running


@pytest.fixture
def sandbox(_shared: Capturing, outside: Gateway) -> Capturing:
    """A proxy in sandbox mode, all else of which would leave by `outside`."""
    httpx.get(f"{_shared.forwarding}/v26.0/999/events?last-test=over", trust_env=False)
    _shared.heard.until(lambda: any(item.request.url.endswith("=over") for item in _shared.heard.seen))
    _shared.heard.seen.clear()
    _shared.heard.notices.clear()
    outside.asked.clear()
    return _shared


def test_the_sandbox_answers_a_platform_and_nothing_leaves(sandbox: Capturing, outside: Gateway) -> None:
    with sandbox.client() as client:
        pixel = client.get("https://www.facebook.com/tr/?id=1&ev=PageView")
        script = client.get("https://connect.facebook.net/en_US/fbevents.js")
        forwarded = httpx.post(f"{sandbox.forwarding}/v26.0/1/events", json=EVENT, trust_env=False)
        plain = client.get("http://www.facebook.com/tr?id=1&ev=PageView&noscript=1")

    assert (pixel.status_code, pixel.headers["content-type"], len(pixel.content)) == (200, "image/gif", 43)
    assert pixel.content.startswith(b"GIF89a")
    assert (script.status_code, script.headers["content-type"]) == (200, "application/javascript")
    assert forwarded.json()["error"]["code"] == 190  # no token: the documented refusal
    assert plain.content == pixel.content
    seen = sandbox.heard.exchanges(4)
    assert [(item.provenance, item.request.url) for item in seen] == [
        (Provenance.PROXIED, "https://www.facebook.com/tr/?id=1&ev=PageView"),
        (Provenance.PROXIED, "https://connect.facebook.net/en_US/fbevents.js"),
        (Provenance.FORWARDED, "https://graph.facebook.com/v26.0/1/events"),
        (Provenance.PROXIED, "http://www.facebook.com/tr?id=1&ev=PageView&noscript=1"),
    ]
    assert seen[0].source == f"{LOOPBACK}:{sandbox.listening.forward_port}"
    assert outside.asked == []
    sandbox.heard.until(lambda: sandbox.heard.notices)  # or who watches a real shop would wait for its pixel in vain
    (notice,) = sandbox.heard.notices
    assert notice.startswith("The sandbox answered in place of connect.facebook.net")
    assert "switch Live on" in notice


@pytest.mark.parametrize("host", ["innocent.example", "www.facebook.com:8443", ""])
def test_a_false_host_header_does_not_get_out_of_the_sandbox(sandbox: Capturing, outside: Gateway, host: str) -> None:
    with socket.create_connection((LOOPBACK, sandbox.listening.forward_port)) as raw:
        raw.sendall(f"GET http://www.facebook.com/tr/?id=1 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
    assert len(sandbox.heard.exchanges(1)) == 1
    assert outside.asked == []


def test_what_is_no_http_does_not_get_out_of_the_sandbox_either(confdir: Path) -> None:
    with origin() as platform, capturing(options(confdir, watched=(Watched("localhost"),))) as running:
        trust = ssl.create_default_context(cafile=str(running.listening.bundle_file))
        raw = _connect(running.listening.forward_port, f"localhost:{platform.port}")
        with trust.wrap_socket(raw, server_hostname="localhost") as tls:
            tls.sendall(b"\x00\x01\x02 not HTTP at all")
            assert _until_closed(tls) == b""
        assert platform.connections == 0


def test_another_host_would_leave_by_the_way_that_the_test_watches(sandbox: Capturing, outside: Gateway) -> None:
    with sandbox.client() as client, pytest.raises(httpx.TransportError):
        client.get("https://shop.example/")
    assert outside.targets == ["shop.example:443"]
    assert sandbox.heard.seen == []


def test_the_sandbox_listener_answers_our_own_sender_and_is_not_recorded(sandbox: Capturing) -> None:
    url = f"http://{LOOPBACK}:{sandbox.listening.sandbox_port}/v26.0/1111111111111111/events?access_token=EAAx"
    event = {
        "event_name": "Purchase",
        "event_time": int(time.time()),
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"client_ip_address": "203.0.113.9", "client_user_agent": "Mozilla/5.0"},
        "custom_data": {"value": 10, "currency": "EUR"},
    }
    answer = httpx.post(url, json={"data": [event]}, trust_env=False)
    assert answer.json()["events_received"] == 1
    with sandbox.client() as client:
        client.get("https://www.facebook.com/tr/?id=1&ev=After")
    assert [item.request.url for item in sandbox.heard.exchanges(1)] == ["https://www.facebook.com/tr/?id=1&ev=After"]


@pytest.mark.parametrize(
    ("faults", "status"),
    [(Faults(Fault.UNAVAILABLE), 503), (Faults(Fault.HTML), 502), (Faults(Fault.RATE_LIMITED), 429)],
)
def test_the_sandbox_fails_when_it_is_told_to(sandbox: Capturing, faults: Faults, status: int) -> None:
    sandbox.proxy.misbehave(faults)
    try:
        _eventually(lambda: _post(sandbox).status_code == status)
    finally:
        sandbox.proxy.misbehave(None)
    _eventually(lambda: _post(sandbox).status_code == 401)


def test_the_sandbox_breaks_the_connection_when_it_is_told_to(sandbox: Capturing) -> None:
    def breaks() -> bool:
        try:
            return _post(sandbox).status_code == 0
        except httpx.TransportError:
            return True

    sandbox.proxy.misbehave(Faults(Fault.RESET))
    try:
        _eventually(breaks)
        sandbox.heard.until(lambda: any(item.error for item in sandbox.heard.seen))
    finally:
        sandbox.proxy.misbehave(None)
    _eventually(lambda: not breaks())


def test_the_sandbox_is_as_slow_as_it_is_told_to_be(sandbox: Capturing) -> None:
    def latencies() -> list[int]:
        _post(sandbox)
        return [(item.finished_ms or 0) - (item.started_ms or 0) for item in sandbox.heard.seen]

    sandbox.proxy.misbehave(Faults(delay_ms=200))
    try:
        _eventually(lambda: max(latencies(), default=0) >= 200)
    finally:
        sandbox.proxy.misbehave(None)


def test_a_preflight_is_answered_for_the_page_that_asks(sandbox: Capturing) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    with sandbox.client() as client:
        answer = client.options("https://graph.facebook.com/v26.0/1/events", headers=asked)
    names = ("access-control-allow-origin", "access-control-allow-credentials", "access-control-allow-headers")
    assert [answer.headers[name] for name in names] == ["https://shop.example", "true", "content-type"]


@pytest.mark.parametrize(
    ("marks", "page"),
    [
        ({"Origin": "https://evil.example"}, "https://evil.example"),
        ({"Origin": "http://rebound.example:8081", "Host": "rebound.example:8081"}, "http://rebound.example:8081"),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, "a web page"),
    ],
)
def test_a_web_page_can_neither_pass_for_a_backend_nor_read_an_answer(
    sandbox: Capturing, marks: dict[str, str], page: str
) -> None:
    doors = (sandbox.forwarding, f"http://{LOOPBACK}:{sandbox.listening.sandbox_port}")
    answers = [
        httpx.request(method, f"{url}/v26.0/1/events", content="{}", headers=marks, trust_env=False)
        for url in doors
        for method in ("POST", "GET", "OPTIONS")
    ]
    assert [answer.status_code for answer in answers] == [403] * 6
    assert not any(name.startswith("access-control-") for answer in answers for name in answer.headers)
    httpx.post(f"{sandbox.forwarding}/v26.0/2/events", json=EVENT, trust_env=False)
    assert [item.request.url for item in sandbox.heard.exchanges(1)] == ["https://graph.facebook.com/v26.0/2/events"]
    sandbox.heard.until(lambda: any(f"turned {page} away" in notice for notice in sandbox.heard.notices))


@pytest.mark.parametrize("marks", [{"Sec-Fetch-Mode": "cors"}, {"Sec-Fetch-Site": "none"}])
def test_a_backend_in_node_and_an_address_typed_by_the_user_are_let_in(
    sandbox: Capturing, marks: dict[str, str]
) -> None:
    httpx.get(f"{sandbox.forwarding}/v26.0/1/events", headers=marks, trust_env=False)
    assert [item.request.method for item in sandbox.heard.exchanges(1)] == ["GET"]


def test_http2_clients_are_served_as_such(sandbox: Capturing) -> None:
    trust = ssl.create_default_context(cafile=str(sandbox.listening.bundle_file))
    trust.set_alpn_protocols(["h2"])
    raw = _connect(sandbox.listening.forward_port, "www.facebook.com:443")
    with trust.wrap_socket(raw, server_hostname="www.facebook.com") as tls:
        assert tls.selected_alpn_protocol() == "h2"
        peer = h2.connection.H2Connection()
        peer.initiate_connection()
        request = {":method": "POST", ":path": "/tr/", ":scheme": "https", ":authority": "www.facebook.com"}
        for stream in (1, 3):  # two requests at once
            peer.send_headers(stream, list(request.items()))
            peer.send_data(stream, b"id=1&ev=Lead", end_stream=True)
        tls.sendall(peer.data_to_send())
        bodies: dict[int, bytes] = {}
        ended = 0
        while ended < 2:
            for event in peer.receive_data(tls.recv(65536)):
                if isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] = bodies.get(event.stream_id, b"") + event.data
                ended += isinstance(event, h2.events.StreamEnded)
    assert {stream: len(body) for stream, body in bodies.items()} == {1: 43, 3: 43}
    assert [(item.request.url, item.request.body) for item in sandbox.heard.exchanges(2)] == [
        ("https://www.facebook.com/tr/", b"id=1&ev=Lead")
    ] * 2


def test_a_client_that_refuses_our_certificate_is_told_of_with_what_to_do(sandbox: Capturing) -> None:
    proxy = f"http://{LOOPBACK}:{sandbox.listening.forward_port}"
    with httpx.Client(proxy=proxy, trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.post("https://graph.facebook.com/v26.0/1/events", json=EVENT)
    sandbox.heard.until(lambda: sandbox.heard.notices)
    (notice,) = sandbox.heard.notices
    assert "graph.facebook.com" in notice
    assert sandbox.forwarding in notice
    assert str(sandbox.listening.bundle_file) in notice
    assert all(word in notice for word in ("REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "php.ini", "keytool"))


def test_a_websocket_is_relayed_and_its_handshake_recorded(confdir: Path) -> None:
    greeting = b"\x81\x05hello"  # a text frame, as a server sends it
    with origin() as shop:
        shop.answer = (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" + greeting
        )
        chosen = options(confdir, sandbox=False, endpoints=(f"localhost:{shop.port}/live",))
        with capturing(chosen) as running:
            with _connect(running.listening.forward_port, f"localhost:{shop.port}") as raw:
                raw.sendall(
                    b"GET /live?id=1&ev=Lead HTTP/1.1\r\nHost: localhost:%d\r\nUpgrade: websocket\r\n"
                    b"Connection: Upgrade\r\n"
                    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" % shop.port
                )
                got = b""
                while greeting not in got:
                    piece = raw.recv(4096)
                    assert piece, got
                    got += piece
            (seen,) = running.heard.exchanges(1)
    assert got.startswith(b"HTTP/1.1 101 ")
    assert seen.response
    assert (seen.request.url, seen.response.status) == (f"http://localhost:{shop.port}/live?id=1&ev=Lead", 101)


def test_listeners_are_on_loopback_alone(sandbox: Capturing) -> None:
    ports = (sandbox.listening.forward_port, sandbox.listening.forwarding_port, sandbox.listening.sandbox_port)
    for port in ports:
        socket.create_connection((LOOPBACK, port), 5).close()
        with pytest.raises(ConnectionRefusedError):  # this machine by another of its names
            socket.create_connection(("127.0.0.2", port), 5)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions")
def test_the_authority_is_private(sandbox: Capturing) -> None:
    folder = sandbox.listening.ca_file.parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(item.stat().st_mode) for item in folder.iterdir()} == {0o600}
    assert {"mitmproxy-ca.pem", "ca-bundle.pem"} <= {item.name for item in folder.iterdir()}


def test_any_other_host_passes_through_untouched(authority: Authority, confdir: Path) -> None:
    with origin(authority.certify("localhost")) as real, capturing(options(confdir)) as running:
        pinned, answer = _pay(authority, running.listening.forward_port, "localhost", real.port)
        httpx.get(f"{running.forwarding}/v26.0/1/events", trust_env=False)
        seen = running.heard.exchanges(1)
    assert (pinned, answer) == (_certificate(authority, "localhost"), b"ok")
    assert real.requests == [CARD]
    assert [item.request.url for item in seen] == ["https://graph.facebook.com/v26.0/1/events"]


def test_any_other_host_passes_through_the_upstream_proxy_untouched(authority: Authority, confdir: Path) -> None:
    with origin(authority.certify("shop.example")) as real, gateway(lambda: real.port) as corporate:
        chosen = options(confdir, upstream_proxy=f"http://{LOOPBACK}:{corporate.port}")
        with capturing(chosen) as running:
            pinned, answer = _pay(authority, running.listening.forward_port, "shop.example", 443)
            assert running.heard.seen == []
    assert (pinned, answer) == (_certificate(authority, "shop.example"), b"ok")
    assert real.requests == [CARD]
    assert corporate.targets == ["shop.example:443"]


def test_this_machine_is_never_reached_by_way_of_the_upstream_proxy(
    authority: Authority, sandbox: Capturing, outside: Gateway
) -> None:
    with origin(authority.certify("localhost")) as real:
        pinned, answer = _pay(authority, sandbox.listening.forward_port, "localhost", real.port)
    assert (pinned, answer) == (_certificate(authority, "localhost"), b"ok")
    assert outside.asked == []


def test_plain_http_to_another_host_is_relayed_and_not_recorded(sandbox: Capturing) -> None:
    with origin() as real, sandbox.client() as client:
        answer = client.post(f"http://localhost:{real.port}/login", content=b"secret")
        client.get("https://www.facebook.com/tr/?id=1&ev=After")
    assert answer.content == b"ok"
    assert real.requests[0].startswith(b"POST /login HTTP/1.1\r\n")
    assert real.requests[0].endswith(b"\r\n\r\nsecret")
    assert [item.request.url for item in sandbox.heard.exchanges(1)] == ["https://www.facebook.com/tr/?id=1&ev=After"]


def test_live_the_platform_gets_the_request_and_the_client_its_answer_unchanged(
    authority: Authority, confdir: Path
) -> None:
    body = gzip.compress(b'{"events_received":1,"messages":[],"fbtrace_id":"A1"}')
    answer = (
        b"HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nX-FB-Odd: Two  Blanks\r\n"
        b'Alt-Svc: h3=":443"; ma=86400\r\n'
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )
    sent = gzip.compress(b'{"data":[{"event_name":"Purchase"}]}')
    with (
        origin(authority.certify("graph.facebook.com")) as platform,
        gateway(lambda: platform.port) as corporate,
        capturing(
            options(
                confdir,
                sandbox=False,
                extra_ca=str(authority.file),
                upstream_proxy=f"http://reader:s3cret@{LOOPBACK}:{corporate.port}",
            )
        ) as running,
    ):
        platform.answer = answer
        with socket.create_connection((LOOPBACK, running.listening.forwarding_port)) as backend:
            head = b"POST /v26.0/1/events HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\n"
            backend.sendall(head + b"Content-Length: %d\r\n\r\n%b" % (len(sent), sent))
            got = _until_closed(backend)
        with running.client() as client:
            client.get("https://graph.facebook.com/v26.0/1/events?fields=id")
        forwarded, proxied = running.heard.exchanges(2)

    assert got.partition(b"\r\n\r\n")[2] == body
    assert got.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:] == answer.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert platform.requests[0].endswith(sent)
    assert b"Host: graph.facebook.com\r\n" in platform.requests[0]
    # The corporate proxy's password goes to the corporate proxy, and to nobody behind it.
    assert corporate.targets == ["graph.facebook.com:443"] * 2
    assert all("Proxy-Authorization: Basic cmVhZGVyOnMzY3JldA==" in head for head in corporate.asked)
    assert not any(b"uthorization" in request for request in platform.requests)
    assert (forwarded.provenance, forwarded.request.url, forwarded.request.body) == (
        Provenance.FORWARDED,
        "https://graph.facebook.com/v26.0/1/events",
        b'{"data":[{"event_name":"Purchase"}]}',
    )
    assert forwarded.response is not None
    assert (forwarded.response.status, forwarded.response.body, forwarded.error) == (
        200,
        b'{"events_received":1,"messages":[],"fbtrace_id":"A1"}',
        None,
    )
    assert forwarded.started_ms is not None
    assert forwarded.finished_ms is not None
    assert forwarded.started_ms <= forwarded.finished_ms
    assert (proxied.provenance, proxied.request.url) == (
        Provenance.PROXIED,
        "https://graph.facebook.com/v26.0/1/events?fields=id",
    )


def test_the_corporate_proxys_password_stays_with_it_over_plain_http_too(confdir: Path) -> None:
    with origin() as behind, gateway(lambda: behind.port) as corporate:
        chosen = options(
            confdir,
            sandbox=False,
            upstream_proxy=f"reader:s3cret@{LOOPBACK}:{corporate.port}",
            forwarding_target="http://gateway.example",
        )
        with capturing(chosen) as running:
            assert httpx.get(f"{running.forwarding}/v26.0/1", trust_env=False).content == b"ok"
            with running.client() as client, contextlib.suppress(httpx.TransportError):
                client.get("http://other.example/page", timeout=1)  # the test's proxy knows CONNECT only
    tunnel, plain = corporate.asked
    assert tunnel.startswith("CONNECT gateway.example:80 HTTP/1.1\r\n")
    assert plain.startswith("GET http://other.example/page HTTP/1.1\r\n")
    assert all("Proxy-Authorization: Basic cmVhZGVyOnMzY3JldA==" in head for head in (tunnel, plain))
    assert b"uthorization" not in behind.requests[0]


def test_an_own_endpoint_is_opened_and_its_neighbours_are_relayed_unrecorded(
    authority: Authority, confdir: Path
) -> None:
    with origin(authority.certify("localhost")) as shop:
        chosen = options(confdir, endpoints=(f"localhost:{shop.port}/fp/tr",), extra_ca=str(authority.file))
        with capturing(chosen) as running, running.client() as client:
            neighbour = client.get(f"https://localhost:{shop.port}/fp/trust")
            pixel = client.get(f"https://localhost:{shop.port}/fp/tr?id=1&ev=Lead")
            seen = running.heard.exchanges(1)
    assert neighbour.content == b"ok"
    assert len(pixel.content) == 0
    assert pixel.status_code == 204
    assert [item.request.url for item in seen] == [f"https://localhost:{shop.port}/fp/tr?id=1&ev=Lead"]
    assert len(shop.requests) == 1


def test_when_the_platform_is_down_the_client_gets_a_502_and_the_exchange_its_error(confdir: Path) -> None:
    down = f"http://{LOOPBACK}:{closed_port()}"
    with capturing(options(confdir, sandbox=False, forwarding_target=down)) as running:
        answer = httpx.post(f"{running.forwarding}/v26.0/1/events", json=EVENT, trust_env=False)
        (seen,) = running.heard.exchanges(1)
    assert answer.status_code == 502
    assert (seen.provenance, seen.response, seen.request.url) == (
        Provenance.FORWARDED,
        None,
        f"{down}/v26.0/1/events",
    )
    assert seen.error is not None
    assert "Connect call failed" in seen.error


def test_an_authority_we_do_not_know_is_refused_and_the_error_says_what_to_do(
    authority: Authority, confdir: Path
) -> None:
    with origin(authority.certify("localhost")) as stranger:
        chosen = options(confdir, sandbox=False, forwarding_target=f"https://localhost:{stranger.port}")
        with capturing(chosen) as running:
            answer = httpx.post(f"{running.forwarding}/v26.0/1/events", json=EVENT, trust_env=False)
            (seen,) = running.heard.exchanges(1)
    assert answer.status_code == 502
    assert stranger.requests == []
    assert seen.error
    assert seen.error.startswith("Certificate verify failed")
    assert seen.error.endswith("name its file in the settings.")


def test_what_was_under_way_when_capture_stops_is_recorded_without_an_answer(confdir: Path) -> None:
    with origin() as slow:
        slow.hold.clear()
        chosen = options(confdir, sandbox=False, forwarding_target=f"http://{LOOPBACK}:{slow.port}")
        with capturing(chosen) as running, socket.create_connection((LOOPBACK, running.listening.forwarding_port)) as c:
            c.sendall(
                b"POST /v26.0/1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(SENT), SENT)
            )
            _eventually(lambda: len(slow.requests) == 1)
            running.proxy.stop()
            assert [(e.request.body, e.response, e.error) for e in running.heard.seen] == [(SENT, None, None)]
            assert running.heard.deaths == []
            assert not running.proxy.alive


def test_a_beacon_whose_page_is_gone_is_an_exchange_without_an_answer_and_no_failure(confdir: Path) -> None:
    with origin() as slow:
        slow.hold.clear()
        chosen = options(confdir, sandbox=False, forwarding_target=f"http://{LOOPBACK}:{slow.port}")
        with capturing(chosen) as running:
            with socket.create_connection((LOOPBACK, running.listening.forwarding_port)) as page:
                page.sendall(
                    b"POST /v26.0/1/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
                    % (len(SENT), SENT)
                )
                _eventually(lambda: len(slow.requests) == 1)
            (seen,) = running.heard.exchanges(1)
    assert (seen.request.body, seen.response, seen.error) == (SENT, None, None)


def test_taken_ports_are_replaced_and_said(confdir: Path) -> None:
    with socket.create_server((LOOPBACK, 0)) as first, socket.create_server((LOOPBACK, 0)) as second:
        one, two = first.getsockname()[1], second.getsockname()[1]
        with capturing(options(confdir, forward_port=one, forwarding_port=two)) as running:
            got = running.listening
            assert httpx.get(f"{running.forwarding}/v26.0/1", trust_env=False).status_code == 401
    assert got.taken == (
        f"Port {one} is taken; the browser's proxy listens on {got.forward_port} instead.",
        f"Port {two} is taken; the forwarding listener listens on {got.forwarding_port} instead.",
    )
    assert len({one, two, got.forward_port, got.forwarding_port, got.sandbox_port}) == 5


def test_a_killed_engine_is_noticed_and_another_starts_on_the_same_ports(confdir: Path) -> None:
    with capturing(options(confdir)) as first:
        ports = (first.listening.forward_port, first.listening.forwarding_port)
        httpx.get(f"{first.forwarding}/v26.0/1/events", trust_env=False)
        first.heard.exchanges(1)
        assert first.proxy.pid
        os.kill(first.proxy.pid, signal.SIGKILL)
        first.heard.until(lambda: first.heard.deaths)
        (sentence,) = first.heard.deaths
        assert sentence == (
            "The capture process ended unexpectedly (killed by signal 9). "
            "What was recorded is kept. Start capture again to go on."
        )
        assert not first.proxy.alive
        with capturing(options(confdir, forward_port=ports[0], forwarding_port=ports[1])) as second:
            assert (second.listening.forward_port, second.listening.forwarding_port) == ports
            assert second.listening.taken == ()
            assert second.listening.spki == first.listening.spki
            httpx.get(f"{second.forwarding}/v26.0/1/events", trust_env=False)
            assert len(second.heard.exchanges(1)) == 1


PARENT = """
import sys, time
from pathlib import Path
from app.capture.messages import ProxyOptions
from app.capture.proxy import Proxy
from app.platforms import watched

if __name__ == "__main__":
    proxy = Proxy(ProxyOptions(confdir=Path(sys.argv[1]), watched=watched(), forward_port=0, forwarding_port=0),
                  print, print)
    listening = proxy.start()
    print(proxy.pid, listening.forward_port, "mitmproxy" in sys.modules, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9 there")
def test_the_parent_never_loads_mitmproxy_and_takes_the_engine_with_it_when_killed(
    confdir: Path, tmp_path: Path
) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        [sys.executable, script, confdir], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": root}
    ) as parent:
        assert parent.stdout
        pid, port, loaded = parent.stdout.readline().split()
        assert loaded == "False"
        socket.create_connection((LOOPBACK, int(port)), 5).close()
        parent.send_signal(signal.SIGKILL)
    _eventually(lambda: not _listens(int(port)))
    _eventually(lambda: not _lives(int(pid)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"extra_ca": "/nowhere/ca.pem"}, "/nowhere/ca.pem can not be used as a file of trusted certificates"),
        ({"extra_ca": __file__}, "Choose a PEM file with at least one BEGIN CERTIFICATE block"),
        ({"upstream_proxy": "socks9://me:hunter2@proxy"}, "The upstream proxy's address can not be read"),
        ({"confdir": Path(__file__)}, "The folder for our certificates can not be used"),
    ],
)
def test_what_can_not_run_says_why(confdir: Path, changes: dict[str, object], sentence: str) -> None:
    chosen = options(**{"confdir": confdir, **changes})  # type: ignore[arg-type]  # the tests name real fields
    heard = Heard()
    proxy = Proxy(chosen, heard.sink, heard.died)
    with pytest.raises(ProxyError) as refused:
        proxy.start()
    assert sentence in str(refused.value)
    assert "hunter2" not in str(refused.value) + repr(chosen)
    assert not proxy.alive
    assert heard.deaths == []


def test_those_who_start_together_make_one_authority(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        proxies = [Proxy(options(tmp_path), lambda _: None, lambda _: None) for _ in range(4)]
        for proxy in proxies:
            stack.callback(proxy.stop)
        found = list(pool.map(Proxy.start, proxies))
        shown = {_authority_shown_at(listening.forward_port, tmp_path) for listening in found}
    assert len({listening.spki for listening in found}) == 1
    assert shown == {True}
    assert not (tmp_path / "mitmproxy-ca.pem.lock").exists()


def _authority_shown_at(port: int, folder: Path) -> bool:
    """Whether a proxy's certificates are vouched for by the authority that lies in the folder."""
    with httpx.Client(
        proxy=f"http://{LOOPBACK}:{port}",
        verify=ssl.create_default_context(cafile=str(folder / "mitmproxy-ca-cert.pem")),
        trust_env=False,
    ) as client:
        return client.get("https://www.facebook.com/tr/?id=1&ev=PageView").status_code == 200


def test_a_broken_authority_is_named_and_not_replaced_behind_the_users_back(tmp_path: Path) -> None:
    (tmp_path / "mitmproxy-ca.pem").write_text("not a key")
    with pytest.raises(ProxyError, match="Move the folder away"):
        Proxy(options(tmp_path), print, print).start()
    assert (tmp_path / "mitmproxy-ca.pem").read_text() == "not a key"


CARD = b"POST /card HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n4242"


def _pay(authority: Authority, proxy_port: int, host: str, port: int) -> tuple[bytes | None, bytes]:
    """What a client that trusts nobody but the test authority gets through the proxy: certificate and body."""
    raw = _connect(proxy_port, f"{host}:{port}")
    with authority.trusting().wrap_socket(raw, server_hostname=host) as tls:
        tls.sendall(CARD)
        return tls.getpeercert(binary_form=True), _until_closed(tls).partition(b"\r\n\r\n")[2]


def _certificate(authority: Authority, host: str) -> bytes:
    pem = authority.file.with_name(f"{host}.pem").read_text()
    return ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN CERTIFICATE") :])


def _post(sandbox: Capturing) -> httpx.Response:
    return httpx.post(f"{sandbox.forwarding}/v26.0/1/events", json=EVENT, trust_env=False)


def _connect(proxy_port: int, target: str) -> socket.socket:
    raw = socket.create_connection((LOOPBACK, proxy_port), 5)
    raw.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
    return raw


def _until_closed(stream: socket.socket) -> bytes:
    stream.settimeout(10)
    data = b""
    while piece := stream.recv(65536):
        data += piece
    return data


def _eventually(condition: Callable[[], object], timeout_s: float = 15) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


def _listens(port: int) -> bool:
    try:
        socket.create_connection((LOOPBACK, port), 1).close()
    except OSError:
        return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"  # a zombie is dead
