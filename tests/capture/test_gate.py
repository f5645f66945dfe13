"""The listeners for backends: whom they let in, by what name, and on which ports."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from app.capture.browser import launch
from tests.browsers import chromium
from tests.capturing import Capturing, capturing, options
from tests.origin import LOOPBACK

EVENTS = "/v26.0/1/events"


def ports(running: Capturing) -> tuple[int, int]:
    return running.listening.forwarding_port, running.listening.sandbox_port


@pytest.mark.parametrize(
    "name",
    ["rebound.example:%d", "rebound.example", "127.0.0.1.rebound.example:%d", "localhost.rebound.example", "x"],
)
def test_a_name_that_only_resolves_to_this_machine_is_turned_away_and_said(tmp_path: Path, name: str) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        for port in ports(running):
            host = name % port if "%" in name else name
            for method in ("GET", "POST"):
                url = f"http://{LOOPBACK}:{port}{EVENTS}?access_token=x"
                answer = httpx.request(method, url, headers={"host": host}, trust_env=False)
                assert answer.status_code in (400, 403)
                assert "events_received" not in answer.text
        httpx.get(f"{running.forwarding}{EVENTS}", trust_env=False)
        assert [item.request.url for item in running.heard.exchanges(1)] == [f"https://graph.facebook.com{EVENTS}"]
        running.heard.until(lambda: any("was addressed as" in notice for notice in running.heard.notices))
        assert "127.0.0.1" in running.heard.notices[0]


@pytest.mark.parametrize(
    "name", ["127.0.0.1:%d", "localhost:%d", "LOCALHOST", "[::1]:%d", "shop.localhost:9999", "host.docker.internal:%d"]
)
def test_this_machines_own_names_and_what_containers_call_it_are_let_in(tmp_path: Path, name: str) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        for port in ports(running):
            host = name % port if "%" in name else name
            answer = httpx.post(f"http://{LOOPBACK}:{port}{EVENTS}", headers={"host": host}, trust_env=False)
            assert answer.status_code == 401  # the documented refusal: no token
        (seen,) = running.heard.exchanges(1)
        assert seen.request.url == f"https://graph.facebook.com{EVENTS}"
        assert seen.request.header("host") == "graph.facebook.com"


@pytest.mark.browser
def test_a_page_whose_name_was_pointed_at_this_machine_is_not_taken_for_a_backend(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        port = running.listening.forwarding_port
        browser = launch(
            chromium(),
            proxy_port=running.listening.forward_port,
            spki=running.listening.spki,
            profile=tmp_path / "profile",
            url=f"http://rebound.example:{port}{EVENTS}",
            headless=True,
            arguments=(f"--host-resolver-rules=MAP rebound.example {LOOPBACK}", "--no-proxy-server"),
        )
        try:
            running.heard.until(lambda: running.heard.notices, 60)
        finally:
            browser.close()
        running.proxy.stop()
        assert f"rebound.example:{port}" in running.heard.notices[0]
        assert running.heard.seen == []


def test_a_backend_that_speaks_http_1_0_needs_no_name(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        with socket.create_connection((LOOPBACK, running.listening.forwarding_port), 10) as backend:
            backend.sendall(f"GET {EVENTS} HTTP/1.0\r\n\r\n".encode())
            assert b" 401 " in backend.recv(4096)
        assert len(running.heard.exchanges(1)) == 1


def test_no_listener_holds_a_udp_port(tmp_path: Path) -> None:
    with capturing(options(tmp_path / "ca")) as running:
        for port in (running.listening.forward_port, *ports(running)):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
                free.bind((LOOPBACK, port))
