"""The endpoint alone, asked by real clients: our own sender, Meta's SDK and a raw socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from facebook_business.adobjects.adspixel import AdsPixel
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

from app.platforms.sandbox import Fault, Faults
from app.sending.sandbox import SandboxServer, SandboxServerError

EVENT = {
    "event_name": "Lead",
    "event_time": int(time.time()),
    "event_id": "l-1",
    "action_source": "chat",
    "user_data": {"external_id": ["7"]},
}


@contextmanager
def serving(*faults: Faults) -> Iterator[SandboxServer]:
    server = SandboxServer(faults=faults)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def post(server: SandboxServer, **event: object) -> httpx.Response:
    url = f"{server.url}/v26.0/1111111111111111/events"
    return httpx.post(url, json={"data": [EVENT | event], "access_token": "t"}, trust_env=False, timeout=5)


def test_it_speaks_the_contract() -> None:
    with serving() as server:
        good, bad = post(server), post(server, event_time=1)

    assert (good.status_code, good.json()["events_received"]) == (200, 1)
    assert (bad.status_code, bad.json()["error"]["error_subcode"]) == (400, 2804003)
    assert server.received == 2


def test_metas_own_sdk_takes_it_for_the_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as server:
        monkeypatch.setattr(FacebookSession, "GRAPH", server.url)
        api = FacebookAdsApi.init(access_token="t", crash_log=False)
        answer = AdsPixel("1111111111111111", api=api).create_event(params={"data": [EVENT]})
        with pytest.raises(FacebookRequestError) as refused:
            AdsPixel("1111111111111111", api=api).create_event(params={"data": [EVENT | {"event_time": 1}]})
        FacebookAdsApi.init(access_token="sandbox-expired", crash_log=False)
        with pytest.raises(FacebookRequestError) as expired:
            AdsPixel("1111111111111111").create_event(params={"data": [EVENT]})

    assert answer["events_received"] == 1
    assert (refused.value.api_error_code(), refused.value.api_error_subcode()) == (100, 2804003)
    assert (expired.value.api_error_code(), expired.value.api_error_subcode()) == (190, 463)


def test_faults_are_spent_one_a_request_in_order() -> None:
    with serving(Faults(Fault.UNAVAILABLE), Faults(Fault.HTML), Faults()) as server:
        answers = [post(server) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [503, 502, 200, 200]


def test_a_reset_breaks_the_connection_without_an_answer() -> None:
    with serving(Faults(Fault.RESET)) as server:
        with pytest.raises(httpx.RemoteProtocolError):
            post(server)
        assert post(server).status_code == 200


def test_slowness_is_as_long_as_asked_for() -> None:
    with serving(Faults(delay_ms=300)) as server:
        started = time.monotonic()
        post(server)

    assert time.monotonic() - started >= 0.3


def test_a_length_that_is_no_number_ends_the_connection_and_not_the_server() -> None:
    with serving() as server:
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2])), timeout=5) as raw:
            raw.sendall(b"POST /1/events HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n")
            assert raw.recv(100) == b""
        assert post(server).status_code == 200


def test_a_taken_port_is_said_so() -> None:
    with serving() as server, pytest.raises(SandboxServerError, match="Choose another"):
        SandboxServer(int(server.url.rpartition(":")[2]))


def test_a_page_of_another_origin_may_post() -> None:
    with serving() as server:
        asked = httpx.options(f"{server.url}/v26.0/1/events", trust_env=False)

    assert (asked.status_code, asked.headers["access-control-allow-headers"]) == (200, "Authorization, Content-Type")


def test_an_answer_is_whole_json_however_big_the_call() -> None:
    with serving() as server:
        url = f"{server.url}/v26.0/1111111111111111/events"
        many = [EVENT | {"action_source": "website", "event_id": str(number)} for number in range(1000)]
        answer = httpx.post(url, json={"data": many, "access_token": "t"}, trust_env=False, timeout=20)

    assert json.loads(answer.text)["events_received"] == 1000
