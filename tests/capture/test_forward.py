"""The forwarding listener by host: real proxy, real TLS origins, and a way out that notes every attempt."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from mitmproxy import http
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow

from addons.exchange import SANDBOX_HOST, Door, provenance
from addons.forward import Forward
from addons.gate import is_refused
from addons.sandbox import Reaction, Sandbox
from addons.watch import Watch
from app.model import Provenance
from app.platforms import server_hosts
from app.platforms.base import Watched
from app.platforms.sandbox import Faults
from app.platforms.stand_in import server_answer
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK, Authority, Gateway, Origin, gateway, origin
from tests.platforms.parcel import ACCOUNT, HOST, PARCEL, in_the_table, signal

CALL = {"data": [{"event_name": "Purchase", "event_time": 1, "action_source": "website"}]}
GRAPH = "graph.facebook.com"


class Live:
    """A live proxy whose only way out leads to one TLS origin, whatever host is asked for."""

    def __init__(self, running: Capturing, platform: Origin, way: Gateway) -> None:
        self.running, self.platform, self.way = running, platform, way

    def ask(self, head: str, body: bytes = b"") -> bytes:
        """One raw request to the forwarding listener, and all that came back."""
        with socket.create_connection((LOOPBACK, self.running.listening.forwarding_port)) as backend:
            backend.sendall(head.encode("utf-8") + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            backend.settimeout(10)
            got = b""
            while not _is_whole(got) and (piece := backend.recv(65536)):
                got += piece
        return got


def _is_whole(got: bytes) -> bool:
    head, gap, body = got.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(gap and length) and len(body) >= int(length[1] if length else 0)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("forward")
    authority = Authority.make(folder)
    with ExitStack() as stack:
        platform = stack.enter_context(origin(authority.certify(GRAPH, HOST)))
        way = stack.enter_context(gateway(lambda: platform.port))
        chosen = options(
            folder / "ca",
            sandbox=False,
            extra_ca=str(authority.file),
            upstream_proxy=f"http://{LOOPBACK}:{way.port}",
            server_hosts=(GRAPH, HOST),
        )
        yield Live(stack.enter_context(capturing(chosen)), platform, way)


@pytest.fixture(autouse=True)
def _fresh(live: Live) -> None:
    httpx.get(f"{live.running.forwarding}/v26.0/9/events?the-last-test-is=over", trust_env=False)
    live.running.heard.until(lambda: any("the-last" in item.request.url for item in live.running.heard.seen))
    live.platform.requests.clear()
    live.way.asked.clear()
    live.running.heard.seen.clear()


def test_a_request_goes_to_the_host_that_begins_its_path(live: Live) -> None:
    with httpx.Client(base_url=live.running.forwarding, trust_env=False) as backend:  # one connection for all three
        for path in (f"/{HOST}/v7/shops/{ACCOUNT}/signals?a=%2Fb", "/v26.0/1/events", f"/{GRAPH}/v26.0/2/events"):
            assert backend.post(path, json=CALL).content == b"ok"

    assert live.way.targets == [f"{HOST}:443", f"{GRAPH}:443", f"{GRAPH}:443"]
    lines = [request.split(b"\r\n")[0] for request in live.platform.requests]
    assert lines == [
        f"POST /v7/shops/{ACCOUNT}/signals?a=%2Fb HTTP/1.1".encode(),
        b"POST /v26.0/1/events HTTP/1.1",
        b"POST /v26.0/2/events HTTP/1.1",
    ]
    for request, host in zip(live.platform.requests, (HOST, GRAPH, GRAPH), strict=True):
        assert f"\r\nhost: {host}\r\n" in request.decode().lower()
    seen = live.running.heard.exchanges(2)  # the engine's own table has no such platform, so nobody claims the first
    assert [item.request.url for item in seen] == [
        f"https://{GRAPH}/v26.0/1/events",
        f"https://{GRAPH}/v26.0/2/events",
    ]
    assert {item.provenance for item in seen} == {Provenance.FORWARDED}


@pytest.mark.parametrize(
    "target",
    [
        "/evil.example/x",
        "/evil%2Eexample/x",
        f"/{HOST}.evil.example/x",
        f"/{HOST}@evil.example/x",
        f"/ann:secret@{HOST}/x",
        f"/{HOST}:8443/x",
        "//evil.example/x",
        "/127.0.0.1:22/x",
        "/[::1]/x",
        "/http://evil.example/x",
    ],
)
def test_a_host_that_is_not_served_is_refused_and_nothing_leaves(live: Live, target: str) -> None:
    got = live.ask(f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n", b"{}")

    assert got.startswith(b"HTTP/1.1 421 ")
    assert f"The first part of the path may be: {GRAPH}, {HOST}.".encode() in got
    httpx.post(f"{live.running.forwarding}/v26.0/9/events", json=CALL, trust_env=False)
    assert [item.request.url for item in live.running.heard.exchanges(1)] == [f"https://{GRAPH}/v26.0/9/events"]
    assert live.way.targets == [f"{GRAPH}:443"]


@pytest.mark.parametrize(
    ("head", "host", "line"),
    [
        ("POST http://evil.example/v26.0/1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n", GRAPH, "/v26.0/1/events"),
        (f"POST http://evil.example/{HOST}/x HTTP/1.1\r\nHost: 127.0.0.1\r\n", HOST, "/x"),
        (f"POST /{HOST}/../evil.example/x HTTP/1.1\r\nHost: 127.0.0.1\r\n", HOST, "/../evil.example/x"),
        (f"POST /{HOST}//evil.example/x HTTP/1.1\r\nHost: 127.0.0.1\r\n", HOST, "//evil.example/x"),
        ("POST /../evil.example/x HTTP/1.1\r\nHost: 127.0.0.1\r\n", GRAPH, "/../evil.example/x"),
        (f"POST /{HOST}/x HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-Host: evil.example\r\n", HOST, "/x"),
    ],
)
def test_no_other_name_in_a_request_decides_where_it_goes(live: Live, head: str, host: str, line: str) -> None:
    assert live.ask(head, b"{}").endswith(b"ok")

    assert live.way.targets == [f"{host}:443"]
    (request,) = live.platform.requests
    assert request.startswith(f"POST {line} HTTP/1.1\r\n".encode())
    assert f"\r\nhost: {host}\r\n" in request.decode().lower()


@pytest.mark.parametrize(("path", "host"), [("/v26.0/1/events", GRAPH), (f"/{HOST}/x", HOST)])
@pytest.mark.parametrize("name", ["evil.example", "evil.example:22", "", "graph.facebook.com"])
def test_a_host_header_names_no_place_to_go(live: Live, path: str, host: str, name: str) -> None:
    live.ask(f"POST {path} HTTP/1.1\r\nHost: {name}\r\n", b"{}")

    assert set(live.way.targets) <= {f"{host}:443"}
    assert not any(b"evil.example" in request for request in live.platform.requests)


def test_a_large_body_passes_whole_and_is_recorded(live: Live) -> None:
    body = json.dumps({"data": [{"event_name": "x" * 1000}] * 3000}).encode()
    answer = httpx.post(f"{live.running.forwarding}/{GRAPH}/v26.0/1/events", content=body, trust_env=False, timeout=30)

    assert answer.content == b"ok"
    assert live.platform.requests[0].endswith(body)
    (seen,) = live.running.heard.exchanges(1)
    assert (len(seen.request.body), seen.request.truncated) == (len(body), False)


def test_a_web_page_is_turned_away_whatever_host_it_names(live: Live) -> None:
    page = {"Origin": "https://evil.example"}
    for path in (f"/{HOST}/v7/x", "/evil.example/x"):
        assert httpx.post(f"{live.running.forwarding}{path}", headers=page, trust_env=False).status_code == 403
    assert live.way.targets == []


# -- the addons by themselves -----------------------------------------------------------------------------------------


def flow(mode: str, path: str, method: str = "POST", body: bytes = b"") -> http.HTTPFlow:
    made = tflow.tflow()
    made.client_conn.proxy_mode = ProxyMode.parse(mode)
    made.request.url = f"{mode.partition(':')[2]}{path}" if mode.startswith("reverse:") else path
    made.request.method = method
    made.request.content = body
    made.response = None
    return made


REVERSE = f"reverse:https://{GRAPH}"


def test_only_the_forwarding_listener_is_rewritten() -> None:
    hosts = (GRAPH, HOST)
    for mode, path in (("regular", f"https://shop.example/{HOST}/x"), (f"reverse:http://{SANDBOX_HOST}", f"/{HOST}/x")):
        asked = flow(mode, path)
        before = asked.request.url
        Forward(hosts).requestheaders(asked)
        assert (asked.request.url, asked.response) == (before, None)


def test_a_refusal_is_marked_so_that_nobody_records_it() -> None:
    asked = flow(REVERSE, "/evil.example/x")
    Forward((GRAPH,)).requestheaders(asked)
    assert asked.response is not None
    assert (asked.response.status_code, is_refused(asked)) == (421, True)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """The sandbox with one platform more in the table."""

    with in_the_table(PARCEL):
        watch = Watch.of(tuple(Watched(host, below=True) for host in ("facebook.com", "parcel.example")))
        yield Sandbox(watch, lambda asked, now_ms: Reaction(server_answer(asked, now_ms, Faults())), everywhere=True)


def answered(sandbox: Sandbox, asked: http.HTTPFlow) -> http.Response:
    Forward(server_hosts()).requestheaders(asked)
    sandbox.requestheaders(asked)
    asyncio.run(sandbox.request(asked))
    assert asked.response is not None
    return asked.response


@pytest.mark.parametrize("mode", [REVERSE, f"reverse:http://{SANDBOX_HOST}"])
def test_in_the_sandbox_each_platform_answers_under_its_host(sandbox: Sandbox, mode: str) -> None:
    body = json.dumps({"signals": [signal("o-1", 1 << 42)]}).encode()
    parcel = flow(mode, f"/{HOST}/v7/shops/{ACCOUNT}/signals", body=body)
    parcel.request.headers["X-Parcel-Key"] = "k"
    assert json.loads(answered(sandbox, parcel).content or b"")["taken"] == 1
    meta = answered(sandbox, flow(mode, "/v26.0/1/events", body=b"{}"))
    assert (meta.status_code, json.loads(meta.content or b"")["error"]["code"]) == (401, 190)
    assert answered(sandbox, flow(mode, "/evil.example/x")).status_code == 421


@pytest.mark.parametrize(
    ("url", "method", "kind"),
    [
        ("https://px.parcel.example/hit?shop=1", "GET", "image/gif"),
        ("https://px.parcel.example/loader.js", "GET", "application/javascript"),
        (f"https://{HOST}/v7/shops/{ACCOUNT}/signals", "POST", "application/json"),
        ("https://www.facebook.com/tr/?id=1", "GET", "image/gif"),
    ],
)
def test_a_page_gets_what_its_platform_would_give_it(sandbox: Sandbox, url: str, method: str, kind: str) -> None:
    assert answered(sandbox, flow("regular", url, method)).headers["content-type"] == kind


def test_a_call_of_a_page_to_any_platforms_server_api_is_known_as_one(sandbox: Sandbox) -> None:
    url, marks = f"https://{HOST}/v7/shops/{ACCOUNT}/signals", {"origin": "https://shop.example"}
    assert provenance(Door.FORWARD, "POST", url, marks) is Provenance.PAGE
    assert provenance(Door.FORWARD, "GET", "https://px.parcel.example/hit", marks) is Provenance.CAPTURED
