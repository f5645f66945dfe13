"""The addons by themselves: which flows concern us, what an exchange says, a real mitmdump that writes a session."""

import asyncio
import gzip
import signal
import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path

import brotli
import httpx
import pytest
import zstandard
from mitmproxy import connection, http
from mitmproxy.proxy.mode_specs import ProxyMode
from mitmproxy.test import tflow

from addons.bodies import decoded
from addons.capture import Capture
from addons.exchange import Door, exchange, provenance
from addons.sandbox import Reaction, Sandbox
from addons.streams import Kept
from addons.upstream import UpstreamProxy, is_loopback
from addons.watch import Endpoint, Watch
from app.model import Exchange, Provenance, Request, Response
from app.platforms import Watched, claims
from app.platforms.meta.server_api import SANDBOX
from app.session.file import Session
from tests.origin import LOOPBACK, closed_port, origin

SCRIPT = Path(__file__).parents[2] / "addons" / "capture.py"
TEXT = b'{"data":[{"event_name":"Purchase"}]}' * 40


@pytest.mark.parametrize(
    ("encoding", "wire"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZIP", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("gzip, br", brotli.compress(gzip.compress(TEXT))),
        ("gzip", TEXT),  # it says so and is not: kept as it stood
        ("unheard-of", TEXT),
    ],
)
def test_a_body_is_kept_without_its_content_encoding(encoding: str, wire: bytes) -> None:
    assert decoded(wire, encoding, 1 << 20) == (TEXT, False)


@pytest.mark.parametrize("limit", [0, 1, 100, len(TEXT) - 1])
@pytest.mark.parametrize(
    ("encoding", "wire"), [("", TEXT), ("gzip", gzip.compress(TEXT)), ("br", brotli.compress(TEXT))]
)
def test_a_body_over_the_limit_is_cut_and_marked(encoding: str, wire: bytes, limit: int) -> None:
    assert decoded(wire, encoding, limit) == (TEXT[:limit], True)


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate"])
def test_a_bomb_takes_no_more_memory_than_the_limit_allows(encoding: str) -> None:
    zeros = bytes(1 << 26)
    bomb = {
        "gzip": gzip.compress,
        "br": lambda data: brotli.compress(data, quality=1),
        "zstd": zstandard.compress,
        "deflate": zlib.compress,
    }[encoding](zeros)
    assert len(bomb) < len(zeros) / 100
    body, truncated = decoded(bomb, encoding, 1000)
    assert (body, truncated) == (bytes(1000), True)


CHROME = {
    "sec-fetch-site": "cross-site",
    "sec-fetch-mode": "no-cors",
    "sec-fetch-dest": "image",
    "user-agent": "Mozilla/5.0",
}
NODE = {"sec-fetch-mode": "cors", "user-agent": "node", "accept": "*/*"}
RELAY = {"user-agent": "Mozilla/5.0 (copied from the visitor)"}


@pytest.mark.parametrize(
    ("door", "method", "url", "header", "expected"),
    [
        (Door.FORWARD, "GET", "https://www.facebook.com/tr/?id=1&ev=Lead", CHROME, Provenance.CAPTURED),
        (Door.FORWARD, "POST", "https://www.facebook.com/tr/", {"origin": "null"}, Provenance.CAPTURED),
        (Door.FORWARD, "GET", "http://shop.example/fp/tr?id=1", RELAY, Provenance.CAPTURED),
        (Door.FORWARD, "POST", "https://graph.facebook.com/v26.0/1/events", CHROME, Provenance.PAGE),
        (Door.FORWARD, "POST", "https://graph.facebook.com/1/events/?access_token=x", CHROME, Provenance.PAGE),
        (Door.FORWARD, "POST", "https://gateway.example/capi/1/events", CHROME, Provenance.PAGE),
        (Door.FORWARD, "GET", "https://graph.facebook.com/v26.0/1/events", CHROME, Provenance.CAPTURED),
        (Door.FORWARD, "POST", "https://gateway.example/capital", CHROME, Provenance.CAPTURED),
        (Door.FORWARD, "POST", "https://graph.facebook.com/v26.0/1/events", NODE, Provenance.PROXIED),
        (Door.FORWARD, "POST", "https://graph.facebook.com/v26.0/1/events", RELAY, Provenance.PROXIED),
        (Door.FORWARD, "POST", "https://graph.facebook.com/v26.0/1/events", {}, Provenance.PROXIED),
        (Door.FORWARDING, "POST", "https://graph.facebook.com/v26.0/1/events", {}, Provenance.FORWARDED),
        (Door.FORWARDING, "POST", "https://graph.facebook.com/v26.0/1/events", CHROME, Provenance.FORWARDED),
    ],
)
def test_provenance_tells_browser_page_and_backend_apart(
    door: Door, method: str, url: str, header: dict[str, str], expected: Provenance
) -> None:
    assert provenance(door, method, url, header) is expected


PLATFORMS = (
    Watched("facebook.com", paths=("/tr",)),
    Watched("www.facebook.com", paths=("/tr",)),
    Watched("connect.facebook.net"),
    Watched("gateway.example", below=True, paths=("/capi", "/events")),
)
WATCH = Watch.of(PLATFORMS, ("https://shop.example/fp/tr", "127.0.0.1:9000"))


@pytest.mark.parametrize(
    ("host", "port", "path", "covered"),
    [
        ("facebook.com", 443, "/tr", True),
        ("WWW.Facebook.com", 443, "/tr", True),
        ("www.facebook.com", 443, "/tr/?id=1", True),
        ("www.facebook.com", 443, "//tr", True),
        ("www.facebook.com", 443, "/login/?next=/tr/", False),
        ("www.facebook.com", 443, "/trust", False),
        ("business.facebook.com", 443, "/tr", False),
        ("connect.facebook.net", 443, "/en_US/fbevents.js", True),
        ("eu-1.gateway.example", 443, "/capi/1/events", True),
        ("eu-1.gateway.example", 443, "/account", False),
        ("notfacebook.com", 443, "/tr", False),
        ("facebook.com.evil.example", 443, "/tr", False),
        ("shop.example", 443, "/fp/tr", True),
        ("shop.example", 8443, "/fp/tr/?id=1", True),
        ("shop.example", 443, "/fp/tr?id=1", True),
        ("shop.example", 443, "/fp/trust", False),
        ("shop.example", 443, "/checkout", False),
        ("sub.shop.example", 443, "/fp/tr", False),
        ("127.0.0.1", 9000, "/anything", True),
        ("127.0.0.1", 9001, "/anything", False),
    ],
)
def test_only_platforms_and_own_endpoints_are_covered(host: str, port: int, path: str, covered: bool) -> None:
    assert WATCH.covers(host, port, path) is covered


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("shop.example", Endpoint("shop.example", None, "")),
        ("shop.example/fp/tr/", Endpoint("shop.example", None, "/fp/tr")),
        (" HTTPS://Shop.Example:8443/Fp ", Endpoint("shop.example", 8443, "/Fp")),
    ],
)
def test_an_endpoint_is_read_as_users_write_it(text: str, endpoint: Endpoint) -> None:
    assert Endpoint.parse(text) == endpoint


def claimed_here(request: Request) -> bool:
    """What a platform claims where the user named an endpoint."""
    return claims(request, ("shop.example/fp/tr",))


def flow(mode: str = "regular", **changes: object) -> http.HTTPFlow:
    """A real flow of mitmproxy's, as it comes in by a listener of that mode."""
    made = tflow.tflow(resp=True)
    made.client_conn = connection.Client(
        peername=(LOOPBACK, 50000),
        sockname=(LOOPBACK, 8080),
        state=connection.ConnectionState.OPEN,
        proxy_mode=ProxyMode.parse(mode),
    )
    made.request = http.Request.make("POST", "https://www.facebook.com/tr/", b"id=1&ev=Lead")
    for name, value in changes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("mode", "url", "recorded"),
    [
        ("regular", "https://www.facebook.com/tr/", True),
        ("regular", "https://www.facebook.com/login/", False),
        ("regular", "https://shop.example/fp/tr", True),
        ("regular", "https://shop.example/fp/trust", False),
        ("upstream:http://proxy:3128", "https://www.facebook.com/tr/", True),
        ("regular", "http://plain.example/login", False),
        ("reverse:https://graph.facebook.com", "https://graph.facebook.com/v26.0/1/events", True),
        ("reverse:https://graph.facebook.com", "https://graph.facebook.com/v26.0/me?fields=email", False),
        ("reverse:https://gateway.example", "https://gateway.example/capi/1/events", False),
        ("reverse:http://sandbox.pixelpair.invalid", "http://sandbox.pixelpair.invalid/v26.0/1/events", False),
    ],
)
def test_what_concerns_us_is_recorded_once_and_nothing_else_is(mode: str, url: str, recorded: bool) -> None:
    seen: list[Exchange] = []
    capture = Capture(WATCH, claimed_here, seen.append)
    passing = flow(mode)
    passing.request.url = url
    capture.requestheaders(passing)
    capture.request(passing)
    capture.responseheaders(passing)
    capture.response(passing)
    capture.done()
    assert [item.request.url for item in seen] == ([url] if recorded else [])


def test_a_host_that_is_none_of_our_business_streams_past_without_being_held() -> None:
    capture = Capture(WATCH, claimed_here, print)
    passing = flow()
    passing.request.url = "http://plain.example/film"
    capture.requestheaders(passing)
    capture.responseheaders(passing)
    assert passing.response
    assert (passing.request.stream, passing.response.stream) == (True, True)
    ours = flow()
    capture.requestheaders(ours)
    capture.responseheaders(ours)
    assert ours.response
    assert (ours.request.stream, ours.response.stream) == (False, False)


def test_a_guest_changes_nothing_and_takes_no_reverse_listener_for_ours() -> None:
    seen: list[Exchange] = []
    capture = Capture(WATCH, claimed_here, seen.append, guest=True)
    page, pixel = flow("reverse:https://shop.example"), flow("reverse:https://shop.example")
    page.request.url, pixel.request.url = "https://shop.example/checkout", "https://shop.example/fp/tr?id=1"
    for passing in (page, pixel):
        capture.requestheaders(passing)
        capture.request(passing)
        capture.responseheaders(passing)
        capture.response(passing)
        assert passing.response
        assert (passing.request.stream, passing.response.stream) == (False, False)
    assert [item.request.url for item in seen] == ["https://shop.example/fp/tr?id=1"]


def test_of_a_body_too_large_to_hold_the_beginning_is_kept_and_it_is_recorded_before_its_last_byte_leaves() -> None:
    seen: list[Exchange] = []
    capture = Capture(WATCH, claimed_here, seen.append, body_limit=1000)
    passing = flow()
    assert passing.response
    passing.response.headers["content-length"] = "1500"
    passing.response.raw_content = None  # what mitmproxy has of a streamed body
    for hook in (capture.requestheaders, capture.request, capture.responseheaders):
        hook(passing)
    kept = Kept.of(passing)
    assert kept
    assert kept.wanted
    assert kept.response(b"a" * 800) == b"a" * 800
    assert seen == []
    assert kept.response(b"b" * 700) == b"b" * 700
    assert [(item.response.body, item.response.truncated) for item in seen if item.response] == [
        (b"a" * 800 + b"b" * 200, True)
    ]
    kept.response(b"")
    capture.response(passing)
    capture.done()
    assert len(seen) == 1


def test_bytes_that_are_no_utf8_survive_as_text_a_database_takes() -> None:
    odd = flow()
    odd.request = http.Request.make("GET", "https://www.facebook.com/")
    odd.request.data.path = b"/tr?n=J\xfcrgen&ok=\xc3\xbc"
    odd.request.headers.fields = ((b"X-Name", b"J\xfcrgen"), (b"X-Name", "Jürgen".encode()))
    got = exchange(odd, 100).request
    assert got.url.encode("utf-8").endswith("/tr?n=J%FCrgen&ok=ü".encode())
    assert got.headers == (("X-Name", "Jürgen"), ("X-Name", "Jürgen"))


@pytest.mark.parametrize(
    ("path", "destination", "status", "kind"),
    [
        ("/tr/", "image", 200, "image/gif"),
        ("/tr", "", 200, "image/gif"),
        ("/tr/", "iframe", 200, "image/gif"),
        ("/privacy_sandbox/pixel/register/trigger/", "image", 200, "image/gif"),
        ("/en_US/fbevents.js", "script", 200, "application/javascript"),
        ("/signals/config/1", "script", 200, "application/javascript"),
        ("/signals/plugins/identity.js", "", 200, "application/javascript"),
        ("/log/error", "empty", 204, ""),
        ("/collect", "image", 200, "image/gif"),
        ("/collect", "empty", 204, ""),
        ("/try", "empty", 204, ""),
    ],
)
def test_the_sandbox_gives_a_page_what_it_can_live_with(path: str, destination: str, status: int, kind: str) -> None:
    headers = (("sec-fetch-dest", destination),) if destination else ()
    answer = SANDBOX.browser(Request("GET", f"https://www.facebook.com{path}", headers))
    assert (answer.status, answer.header("content-type")) == (status, kind)
    if kind == "image/gif":
        assert (len(answer.body), answer.body[:6]) == (43, b"GIF89a")


def test_a_sandbox_that_trips_still_lets_nothing_out() -> None:
    def trips(_: Request, __: int) -> Reaction:
        raise RuntimeError("our bug")

    asked = flow("reverse:https://graph.facebook.com", response=None)
    sandbox = Sandbox(WATCH, trips, everywhere=True)
    sandbox.requestheaders(asked)
    with pytest.raises(RuntimeError):  # mitmproxy logs it, and goes on with the flow
        asyncio.run(sandbox.request(asked))
    assert asked.response
    assert asked.response.status_code == 500


@pytest.mark.parametrize(
    ("mode", "url", "everywhere", "answered"),
    [
        ("regular", "https://www.facebook.com/tr/", True, True),
        ("regular", "https://www.facebook.com/tr/", False, False),
        ("regular", "https://shop.example/fp/tr", True, True),
        ("regular", "https://shop.example/checkout", True, False),
        ("reverse:https://graph.facebook.com", "https://graph.facebook.com/v26.0/1/events", True, True),
        ("reverse:https://graph.facebook.com", "https://graph.facebook.com/v26.0/1/events", False, False),
        ("reverse:http://sandbox.pixelpair.invalid", "http://sandbox.pixelpair.invalid/1/events", False, True),
    ],
)
def test_live_only_the_sandbox_listener_is_answered_here(mode: str, url: str, everywhere: bool, answered: bool) -> None:
    asked = flow(mode, response=None)
    asked.request.url = url
    sandbox = Sandbox(
        WATCH, lambda request, _: Reaction(Response(200, (), request.url.encode())), everywhere=everywhere
    )
    sandbox.requestheaders(asked)
    asyncio.run(sandbox.request(asked))
    assert (asked.response is not None) is answered
    if mode.startswith("reverse:http:") and asked.response:
        assert asked.response.content == b"https://graph.facebook.com/1/events"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proxy.example", UpstreamProxy("http", "proxy.example", 8080)),
        ("http://proxy.example:3128", UpstreamProxy("http", "proxy.example", 3128)),
        ("https://me:p%40ss@proxy.example", UpstreamProxy("https", "proxy.example", 443, "me:p@ss")),
        ("http://[::1]:3128", UpstreamProxy("http", "::1", 3128)),
    ],
)
def test_an_upstream_proxy_is_read_as_users_write_it(text: str, expected: UpstreamProxy) -> None:
    assert UpstreamProxy.parse(text) == expected
    ProxyMode.parse(expected.mode)


@pytest.mark.parametrize("text", ["socks5://proxy:1080", "http://", "http://proxy:none"])
def test_an_upstream_proxy_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        UpstreamProxy.parse(text)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("shop.localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("[::1]", True),
        ("10.0.0.1", False),
        ("notlocalhost", False),
        ("localhost.example", False),
    ],
)
def test_this_machine_is_told_from_others(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def _mitmdump(port: int, folder: Path, session: str, *more: str) -> list[str]:
    """The command of somebody who runs mitmproxy already."""
    return [
        *(str(Path(sys.executable).with_name("mitmdump")), "-s", str(SCRIPT)),
        *("--listen-host", LOOPBACK, "--listen-port", str(port)),
        *("--set", f"confdir={folder / 'mitm'}", "--set", f"pixelpair_session={folder / session}", *more),
    ]


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((LOOPBACK, port), 1).close()
        except OSError:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
def test_a_mitmdump_of_ones_own_writes_a_session_with_secrets_masked(tmp_path: Path) -> None:
    port = closed_port()
    with origin() as shop:
        command = _mitmdump(
            port, tmp_path, "checkout.pixelpair", "--set", f"pixelpair_endpoints=localhost:{shop.port}/fp"
        )
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            _wait_for(port, process)
            with httpx.Client(proxy=f"http://{LOOPBACK}:{port}", trust_env=False) as client:
                client.get(f"http://localhost:{shop.port}/checkout")
                client.get(f"http://localhost:{shop.port}/fp/tr?id=1&ev=Lead&access_token=EAAverysecretverysecret")
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0
    session = Session.read(tmp_path / "checkout.pixelpair")
    (seen,) = session.exchanges()
    session.close()
    assert (seen.number, seen.provenance) == (1, Provenance.PROXIED)
    assert seen.request.url.startswith(f"http://localhost:{shop.port}/fp/tr?id=1&ev=Lead&access_token=")
    assert seen.response
    assert seen.response.body == b"ok"
    assert b"verysecretverysecret" not in (tmp_path / "checkout.pixelpair").read_bytes()


def test_a_mitmdump_that_can_not_write_its_session_says_why_and_ends(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    command = _mitmdump(closed_port(), tmp_path, "thesis.txt")
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "thesis.txt" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
