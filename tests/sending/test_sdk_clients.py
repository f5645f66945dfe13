"""Meta's official SDK as a backend, by both of the ways a backend may take."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.capture.trust import backend_environment
from app.model import Exchange, Provenance
from tests.capturing import Capturing, capturing, options
from tests.sending.sdk_backend import ACCOUNT, TOKEN

BACKEND = Path(__file__).with_name("sdk_backend.py")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Capturing]:
    with capturing(options(tmp_path_factory.mktemp("pixelpair") / "ca")) as it:
        yield it


def test_the_sdk_is_seen_through_the_proxy_and_through_the_forwarding_listener(running: Capturing) -> None:
    listening = running.listening
    proxied = _backend(backend_environment(listening.forward_port, listening.bundle_file))
    forwarded = _backend({}, f"http://127.0.0.1:{listening.forwarding_port}")
    assert (_said(proxied), _said(forwarded)) == ("1", "1")
    seen = running.heard.exchanges(2)
    assert {item.provenance for item in seen} == {Provenance.PROXIED, Provenance.FORWARDED}
    assert running.heard.notices == []
    for item in seen:
        _is_the_purchase(item)


def test_an_sdk_that_was_not_told_of_our_authority_leads_to_a_notice(running: Capturing) -> None:
    proxy = f"http://127.0.0.1:{running.listening.forward_port}"
    misled = _backend({"HTTPS_PROXY": proxy, "REQUESTS_CA_BUNDLE": "", "CURL_CA_BUNDLE": ""})
    misled.communicate(timeout=30)
    assert misled.returncode != 0
    running.heard.until(lambda: running.heard.notices)
    assert "REQUESTS_CA_BUNDLE" in running.heard.notices[0]


def _is_the_purchase(item: Exchange) -> None:
    url = urlsplit(item.request.url)
    assert (item.request.method, url.scheme, url.netloc) == ("POST", "https", "graph.facebook.com")
    assert url.path.endswith(f"/{ACCOUNT}/events")
    sent = parse_qs(url.query) | parse_qs(item.request.body.decode())
    assert sent["access_token"] == [TOKEN]  # masking is the recorder's work, before anything is stored
    (event,) = json.loads(sent["data"][0])
    assert json.loads(event)["event_id"] == "order-1001"
    assert item.response is not None
    assert (item.response.status, json.loads(item.response.body)["events_received"]) == (200, 1)


def _backend(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    # The tests' own proxy variables are gone; whatever authority the machine presets is overridden.
    return subprocess.Popen(
        [sys.executable, "-m", "tests.sending.sdk_backend", *arguments],
        env={**os.environ, **environment},
        cwd=BACKEND.parent.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _said(backend: subprocess.Popen[str]) -> str:
    out, error = backend.communicate(timeout=60)
    assert backend.returncode == 0, error
    return out.strip()
