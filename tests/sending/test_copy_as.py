"""Copies that run: each command or program is executed against a real endpoint on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest

from app.model import Exchange, Provenance, Request
from app.outgoing import Draft
from app.platforms import decode
from app.platforms.meta.call import events_of, parameters
from app.platforms.meta.compose import outgoing
from app.platforms.meta.snippets import fbq, sdk_call
from app.sending.copy_as import curl, httpx_call, markdown, payload

TOKEN = "EAAtestTOKEN0123456789secret"
EVENT = (
    '{"event_name":"Purchase","event_id":"o-1\'s","event_time":1795318292,"custom_data":{"value":142.52,'
    '"note":"5 $HOME `ls` </script>"},"user_data":{"em":["jane@example.com"]}}'
)
DRAFT = Draft("meta", "1111111111111111", (EVENT,), "TEST1")


@contextmanager
def listening() -> Iterator[tuple[str, list[Request]]]:
    received: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            received.append(Request(self.command, self.path, tuple(self.headers.items()), body))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"events_received":1,"messages":[],"fbtrace_id":"A"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", received
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def run(*command: str) -> None:
    done = subprocess.run(
        command, env=os.environ | {"ACCESS_TOKEN": TOKEN}, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def captured(base: str) -> Request:
    """A call as a backend makes it, its token in the query and in a form."""
    body = urlencode({"data": json.dumps([EVENT]), "access_token": TOKEN}).encode()
    headers = (
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Cookie", "session=1234567890abc"),
        ("Host", "x"),
    )
    return Request("POST", f"{base}/v26.0/1111111111111111/events?access_token={TOKEN}", headers, body)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("sh")), reason="needs curl and a POSIX shell")
@pytest.mark.parametrize("own", [True, False], ids=["composed", "captured"])
def test_a_curl_command_sends_the_same_request_with_the_token_of_the_environment(own: bool) -> None:
    with listening() as (base, received):
        request = outgoing(DRAFT, base).request if own else captured(base)
        text = curl(request)
        run("sh", "-c", text)

    assert TOKEN not in text
    assert "session" not in text
    assert [events_of(item) for item in received] == [(EVENT,)]
    if own:
        assert received[0].header("Authorization") == f"Bearer {TOKEN}"
        assert received[0].body == request.body
    else:
        assert (parameters(received[0])["access_token"], received[0].url) == (TOKEN, request.url.removeprefix(base))


@pytest.mark.parametrize("own", [True, False], ids=["composed", "captured"])
def test_an_httpx_program_sends_the_same_request_with_the_token_of_the_environment(own: bool) -> None:
    with listening() as (base, received):
        request = outgoing(DRAFT, base).request if own else captured(base)
        text = httpx_call(request)
        run(sys.executable, "-c", text)

    assert TOKEN not in text
    assert [json.loads(event) for item in received for event in events_of(item)] == [json.loads(EVENT)]
    token = received[0].header("Authorization").removeprefix("Bearer ") or parameters(received[0])["access_token"]
    assert token == TOKEN


def test_an_sdk_program_sends_the_draft_with_metas_own_library() -> None:
    with listening() as (base, received):
        text = sdk_call(DRAFT)
        here = f"from facebook_business.session import FacebookSession\nFacebookSession.GRAPH = {base!r}\n"
        run(sys.executable, "-c", here + text)

    assert [item.url.partition("?")[0] for item in received] == ["/v26.0/1111111111111111/events"]
    assert [json.loads(event) for event in events_of(received[0])] == [json.loads(EVENT)]
    assert (parameters(received[0])["test_event_code"], parameters(received[0])["access_token"]) == ("TEST1", TOKEN)


def test_a_token_inside_a_json_body_is_read_from_the_environment_too() -> None:
    body = json.dumps({"data": [json.loads(EVENT)], "access_token": TOKEN}).encode()
    request = Request(
        "POST", "https://graph.facebook.com/v26.0/1/events", (("Content-Type", "application/json"),), body
    )

    assert """'access_token': os.environ["ACCESS_TOKEN"]""" in httpx_call(request)
    assert '''"access_token": "'"$ACCESS_TOKEN"'"''' in curl(request)


def test_the_browsers_half_is_an_fbq_call_with_the_same_event_id() -> None:
    assert fbq(DRAFT) == (
        "fbq('init', \"1111111111111111\");\n"
        "fbq('track', \"Purchase\", {\n"
        '  "value": 142.52,\n'
        '  "note": "5 $HOME `ls` <\\/script>"\n'
        '}, {eventID: "o-1\'s"});\n'
    )


def test_an_event_of_the_sites_own_is_tracked_as_custom() -> None:
    assert fbq(Draft("meta", "1", ('{"event_name":"ShareDiscount"}',))) == (
        "fbq('init', \"1\");\nfbq('trackCustom', \"ShareDiscount\", {});\n"
    )


def test_json_is_the_calls_body() -> None:
    assert json.loads(payload(DRAFT)) == {"data": [json.loads(EVENT)], "test_event_code": "TEST1"}


def test_markdown_is_one_table_and_shows_nobody() -> None:
    request = Request("POST", "https://graph.facebook.com/v26.0/1/events", (), f'{{"data":[{EVENT}]}}'.encode())
    (event,) = decode(Exchange(Provenance.FORWARDED, request, number=1))

    text = markdown(event)

    assert text.splitlines()[:4] == [
        "**Purchase** · server · meta 1",
        "",
        "| Parameter | Meaning | Value |",
        "| --- | --- | --- |",
    ]
    assert "| custom\\_data.value | Value | 142.52 |" in text
    assert "jane@example.com" not in text
    assert all(line.startswith("| ") and line.endswith(" |") for line in text.splitlines()[2:])
