"""Bodies too large to hold, answers that come in two, requests that one end breaks off: real sockets at both ends."""

from __future__ import annotations

import contextlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import h2.config
import h2.connection
import h2.errors
import h2.events
import httpx
import pytest

from addons.streams import BODY_LIMIT
from app.capture.proxy import Proxy
from app.model import Exchange
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK, Authority, gateway, serving

MB = 1 << 20
EVENT = b'{"data":[{"event_name":"Purchase","event_time":1}]}'
GROWTH_MB = 40  # four times what is kept: held, joined, decoded and on its way to the parent

linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read in /proc")


def memory_mb(proxy: Proxy, what: str = "VmHWM") -> float:
    """The most memory that the engine ever had (VmHWM), or has (VmRSS)."""
    status = Path(f"/proc/{proxy.pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(what))


def chunked(total_mb: int) -> Callable[[socket.socket], None]:
    """Answers each request with so many megabytes whose length it does not tell."""
    piece = bytes(MB)

    def serve(client: socket.socket) -> None:
        with client:
            read_request(client)
            client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            for _ in range(total_mb):
                client.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            client.sendall(b"0\r\n\r\n")

    return serve


@contextlib.contextmanager
def forwarding_to(folder: Path, serve: Callable[[socket.socket], None]) -> Iterator[Capturing]:
    """A proxy whose forwarding listener stands in for a server of ours."""
    with (
        serving(serve) as port,
        capturing(options(folder / "ca", sandbox=False, forwarding_target=f"http://{LOOPBACK}:{port}")) as running,
    ):
        yield running


def swallow(answer: httpx.Response) -> int:
    """Read an answer as it comes; its length."""
    return sum(map(len, answer.iter_raw()))


@linux
@pytest.mark.parametrize("size_mb", [100, 300])
def test_a_long_answer_of_unknown_length_passes_through_and_its_beginning_is_kept(tmp_path: Path, size_mb: int) -> None:
    with forwarding_to(tmp_path, chunked(size_mb)) as running:
        httpx.post(f"{running.forwarding}/v26.0/1/events", content=b"[]", trust_env=False)  # all is loaded
        before = memory_mb(running.proxy)
        with httpx.stream("POST", f"{running.forwarding}/v26.0/1/events", content=EVENT, trust_env=False) as answer:
            assert swallow(answer) == size_mb * MB
        (seen,) = running.heard.exchanges(1)
        assert memory_mb(running.proxy) - before < GROWTH_MB
    assert seen.response
    assert (len(seen.response.body), seen.response.truncated, seen.error) == (BODY_LIMIT, True, None)
    assert seen.finished_ms


@linux
@pytest.mark.parametrize("sandbox", [False, True], ids=["live", "sandbox"])
@pytest.mark.parametrize("told", [True, False], ids=["of told length", "chunked"])
def test_a_long_upload_passes_through_and_its_beginning_is_kept(tmp_path: Path, told: bool, sandbox: bool) -> None:
    got: list[int] = []

    def serve(client: socket.socket) -> None:
        with client:
            got.append(read_request(client))
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    with serving(serve) as port:
        target = "https://graph.facebook.com" if sandbox else f"http://{LOOPBACK}:{port}"
        with capturing(options(tmp_path / "ca", sandbox=sandbox, forwarding_target=target)) as running:
            httpx.get(f"{running.forwarding}/v26.0/1", trust_env=False)
            before = memory_mb(running.proxy)
            headers = {"content-length": str(100 * MB)} if told else {}
            answer = httpx.post(
                f"{running.forwarding}/v26.0/1/events", content=upload(100), headers=headers, trust_env=False
            )
            (seen,) = running.heard.exchanges(1)
            assert memory_mb(running.proxy) - before < GROWTH_MB
    assert got == ([] if sandbox else [0, 100 * MB])
    assert sandbox or answer.content == b"ok"
    assert (len(seen.request.body), seen.request.truncated, seen.error) == (BODY_LIMIT, True, None)
    assert seen.request.body.startswith(EVENT)


def upload(size_mb: int) -> Iterator[bytes]:
    """An event and a great deal of space."""
    yield EVENT + b" " * (MB - len(EVENT))
    for _ in range(size_mb - 1):
        yield b" " * MB


def read_request(client: socket.socket) -> int:
    """Read one request to its end; the length of its body."""
    with client.makefile("rb") as stream:
        headers = {}
        while (line := stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        if headers.get(b"transfer-encoding") != b"chunked":
            total = int(headers.get(b"content-length", 0))
            for _ in range(total // 65536):
                stream.read(65536)
            stream.read(total % 65536)
            return total
        total = 0
        while length := int(stream.readline(), 16):
            total += len(stream.read(length))
            stream.readline()
        stream.readline()
        return total


@linux
def test_what_a_web_page_posts_to_a_backends_listener_is_refused_and_not_held(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        httpx.get(f"{running.forwarding}/v26.0/1", trust_env=False)
        before = memory_mb(running.proxy)
        marks = {"origin": "https://evil.example", "content-length": str(100 * MB)}
        answer = httpx.post(f"{running.forwarding}/v26.0/1/events", content=upload(100), headers=marks, trust_env=False)
        assert answer.status_code == 403
        assert memory_mb(running.proxy) - before < GROWTH_MB


def test_others_are_served_while_a_long_answer_passes(tmp_path: Path) -> None:
    go_on = threading.Event()

    def serve(client: socket.socket) -> None:
        with client:
            if read_request(client) != 0:
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                return
            client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            piece = b"%x\r\n%b\r\n" % (MB, bytes(MB))
            for _ in range(20):
                client.sendall(piece)
            go_on.wait(30)
            client.sendall(b"0\r\n\r\n")

    with (
        forwarding_to(tmp_path, serve) as running,
        httpx.stream("GET", f"{running.forwarding}/v26.0/1/events", trust_env=False) as answer,
    ):
        pieces = answer.iter_raw()
        got = 0
        while got < 20 * MB:  # nothing is held back until the end
            got += len(next(pieces))
        assert httpx.post(f"{running.forwarding}/v26.0/1/events", content=EVENT, trust_env=False).content == b"ok"
        go_on.set()
        assert list(pieces) == []


@pytest.mark.parametrize("told", [True, False], ids=["of told length", "chunked"])
def test_a_long_answer_is_recorded_before_its_end_is_passed_on(tmp_path: Path, told: bool) -> None:
    """Whoever has the whole answer may rely on the record: when the engine is killed then, it has been handed over."""
    size = BODY_LIMIT + 3 * MB

    def serve(client: socket.socket) -> None:
        with client:
            read_request(client)
            if told:
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (size, bytes(size)))
            else:
                client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                client.sendall(b"%x\r\n%b\r\n0\r\n\r\n" % (size, bytes(size)))
            client.recv(1)  # the connection stays open

    with forwarding_to(tmp_path, serve) as running:
        answer = httpx.post(f"{running.forwarding}/v26.0/1/events", content=EVENT, trust_env=False)
        (seen,) = running.heard.exchanges(1)
    assert len(answer.content) == size
    assert seen.response
    assert (len(seen.response.body), seen.response.truncated) == (BODY_LIMIT, True)


def test_a_short_answer_of_unknown_length_is_whole(tmp_path: Path) -> None:
    def serve(client: socket.socket) -> None:
        with client:
            read_request(client)
            client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n")
            client.sendall(b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n")

    with forwarding_to(tmp_path, serve) as running:
        answer = httpx.post(f"{running.forwarding}/v26.0/1/events", content=EVENT, trust_env=False)
        (seen,) = running.heard.exchanges(1)
    assert answer.content == b"hello world"
    assert seen.response
    assert (seen.response.body, seen.response.truncated) == (b"hello world", False)


@pytest.mark.parametrize("split", [False, True], ids=["at once", "piece by piece"])
@pytest.mark.parametrize("hints", [b"103 Early Hints", b"102 Processing", b"100 Continue"])
def test_an_informational_answer_does_not_hide_the_answer(tmp_path: Path, hints: bytes, split: bool) -> None:
    def serve(client: socket.socket) -> None:
        with client:
            for _ in range(2):  # the connection is used again
                read_request(client)
                first = b"HTTP/1.1 %b\r\nLink: </a.css>; rel=preload\r\n\r\n" % hints
                both = first * 2 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                for at in range(0, len(both), 7 if split else len(both)):
                    client.sendall(both[at : at + (7 if split else len(both))])
                    time.sleep(0.001 if split else 0)

    with forwarding_to(tmp_path, serve) as running, httpx.Client(trust_env=False) as backend:
        answers = [backend.post(f"{running.forwarding}/v26.0/1/events", content=EVENT) for _ in range(2)]
        seen = running.heard.exchanges(2)
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"ok")] * 2
    assert [(item.response.status, item.error) for item in seen if item.response] == [(200, None)] * 2


def h2_origin(react: Callable[[h2.connection.H2Connection, int], None]) -> Callable[[socket.socket], None]:
    """A server that speaks HTTP/2 and does to each stream, once its request is whole, what it is told."""

    def serve(client: socket.socket) -> None:
        peer = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        peer.initiate_connection()
        with client, contextlib.suppress(OSError):
            client.sendall(peer.data_to_send())
            while data := client.recv(65536):
                for event in peer.receive_data(data):
                    if isinstance(event, h2.events.StreamEnded):
                        react(peer, event.stream_id)
                client.sendall(peer.data_to_send())

    return serve


@contextlib.contextmanager
def proxy_to_h2(folder: Path, react: Callable[[h2.connection.H2Connection, int], None]) -> Iterator[Capturing]:
    """A live proxy whose way to graph.facebook.com ends at an HTTP/2 server of ours."""
    authority = Authority.make(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.certify("graph.facebook.com"))
    context.set_alpn_protocols(["h2"])
    with (
        serving(h2_origin(react), context) as port,
        gateway(lambda: port) as way_out,
        capturing(
            options(
                folder / "ca",
                sandbox=False,
                extra_ca=str(authority.file),
                upstream_proxy=f"http://{LOOPBACK}:{way_out.port}",
            )
        ) as running,
    ):
        yield running


class H2Client:
    """A client of the proxy's that speaks HTTP/2 with graph.facebook.com and stays connected."""

    def __init__(self, running: Capturing) -> None:
        raw = socket.create_connection((LOOPBACK, running.listening.forward_port), 10)
        raw.sendall(b"CONNECT graph.facebook.com:443 HTTP/1.1\r\nHost: graph.facebook.com:443\r\n\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 200 ")
        trust = ssl.create_default_context(cafile=str(running.listening.bundle_file))
        trust.set_alpn_protocols(["h2"])
        self.stream = trust.wrap_socket(raw, server_hostname="graph.facebook.com")
        assert self.stream.selected_alpn_protocol() == "h2"
        self.peer = h2.connection.H2Connection()
        self.peer.initiate_connection()

    def post(self) -> int:
        """Send an event; the number of its stream."""
        number = self.peer.get_next_available_stream_id()
        head = {":method": "POST", ":path": "/v26.0/1/events", ":scheme": "https", ":authority": "graph.facebook.com"}
        self.peer.send_headers(number, list(head.items()))
        self.peer.send_data(number, EVENT, end_stream=True)
        self.stream.sendall(self.peer.data_to_send())
        return number

    def events(self) -> Iterator[h2.events.Event]:
        """What comes back, until the connection ends."""
        with contextlib.suppress(OSError):
            while data := self.stream.recv(65536):
                yield from self.peer.receive_data(data)


def test_a_stream_that_the_platform_resets_is_a_failed_send_whatever_it_says(tmp_path: Path) -> None:
    codes = list(h2.errors.ErrorCodes)[1:]
    left = iter(codes)
    with proxy_to_h2(tmp_path, lambda peer, stream: peer.reset_stream(stream, next(left))) as running:
        client = H2Client(running)
        for number in range(len(codes)):
            client.post()
            running.heard.exchanges(number + 1)
        client.stream.close()
    assert [item.response for item in running.heard.seen] == [None] * len(codes)
    assert [item.error for item in running.heard.seen] == [
        f"The platform reset the stream ({code.name})." for code in codes
    ]


def test_a_platform_that_resets_half_way_through_its_answer_is_a_failed_send(tmp_path: Path) -> None:
    def react(peer: h2.connection.H2Connection, stream: int) -> None:
        peer.send_headers(stream, [(":status", "200"), ("content-length", "1000")])
        peer.send_data(stream, b"half")
        peer.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)

    with proxy_to_h2(tmp_path, react) as running:
        client = H2Client(running)
        client.post()
        (seen,) = running.heard.exchanges(1)
        client.stream.close()
    assert seen.error == "The platform reset the stream (INTERNAL_ERROR)."
    assert seen.response
    assert (seen.response.status, seen.response.truncated) == (200, True)


def test_a_platform_that_goes_away_is_a_failed_send(tmp_path: Path) -> None:
    with proxy_to_h2(
        tmp_path, lambda peer, _: peer.close_connection(h2.errors.ErrorCodes.ENHANCE_YOUR_CALM)
    ) as running:
        client = H2Client(running)
        client.post()
        (seen,) = running.heard.exchanges(1)
        client.stream.close()
    assert seen.error
    assert "ConnectionTerminated" in seen.error


@pytest.mark.parametrize("code", [h2.errors.ErrorCodes.CANCEL, h2.errors.ErrorCodes.INTERNAL_ERROR])
def test_a_client_that_resets_its_own_stream_has_only_left(tmp_path: Path, code: h2.errors.ErrorCodes) -> None:
    asked: list[int] = []
    with proxy_to_h2(tmp_path, lambda _, stream: asked.append(stream)) as running:
        client = H2Client(running)
        number = client.post()
        eventually(lambda: asked)
        client.peer.reset_stream(number, code)
        client.stream.sendall(client.peer.data_to_send())
        (seen,) = running.heard.exchanges(1)
        client.stream.close()
    assert (seen.request.body, seen.response, seen.error) == (EVENT, None, None)


@pytest.mark.parametrize("answered", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"])
def test_a_platform_that_hangs_up_is_a_failed_send(tmp_path: Path, answered: bytes) -> None:
    def serve(client: socket.socket) -> None:
        with client:
            read_request(client)
            client.sendall(answered)

    with forwarding_to(tmp_path, serve) as running:
        with contextlib.suppress(httpx.TransportError):
            httpx.post(f"{running.forwarding}/v26.0/1/events", content=EVENT, trust_env=False)
        seen: list[Exchange] = running.heard.exchanges(1)
    assert [bool(item.error) for item in seen] == [True]


def eventually(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)
