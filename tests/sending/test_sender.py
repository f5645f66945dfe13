"""Sending against a real server on this machine: what is retried, what is recorded, and where the token goes."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.model import Exchange, Provenance, Request, Response
from app.outgoing import Draft, Outgoing
from app.platforms.meta.compose import outgoing
from app.platforms.meta.contract import answer
from app.platforms.meta.token_check import token_question
from app.platforms.sandbox import Fault, Faults
from app.sending.sender import Patience, Sender, SenderError, is_local

TOKEN = "EAAtestTOKEN0123456789/+=secret"
HASH = "62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f"
QUICK = Patience(connect_s=2, read_s=2, whole_s=4, backoff_s=(0.01, 0.01))

Reply = Callable[[BaseHTTPRequestHandler, Request], Response | None]


class Endpoint:
    """A Graph endpoint on loopback. `replies` are used up in order; after the last, the contract answers."""

    def __init__(self, *replies: Reply) -> None:
        self.received: list[Request] = []
        waiting = list(replies)

        class Handler(BaseHTTPRequestHandler):
            def do_POST(handler) -> None:  # noqa: N805 - `self` is the endpoint here
                length = int(handler.headers.get("Content-Length") or 0)
                headers = tuple(handler.headers.items())
                request = Request(handler.command, handler.path, headers, handler.rfile.read(length))
                self.received.append(request)
                reply = waiting.pop(0) if waiting else contract
                response = reply(handler, request)
                if response is not None:
                    handler.send_response(response.status)
                    for name, value in response.headers:
                        handler.send_header(name, value)
                    handler.send_header("Content-Length", str(len(response.body)))
                    handler.end_headers()
                    handler.wfile.write(response.body)

            do_GET = do_POST  # noqa: N815 - the name the base class looks for

            def log_message(handler, format: str, *args: object) -> None:  # noqa: A002, N805 - the base class's names
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


def contract(handler: BaseHTTPRequestHandler, request: Request) -> Response:
    return answer(request, _now_ms())


def faulty(fault: Fault) -> Reply:
    return lambda handler, request: answer(request, _now_ms(), Faults(fault))


def dies_mid_answer(handler: BaseHTTPRequestHandler, request: Request) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "500")
    handler.end_headers()
    handler.wfile.write(b'{"events_received":1,')


def dies_before_answering(handler: BaseHTTPRequestHandler, request: Request) -> None:
    handler.connection.close()


@contextmanager
def serving(*replies: Reply) -> Iterator[Endpoint]:
    endpoint = Endpoint(*replies)
    thread = threading.Thread(target=endpoint.server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.server.shutdown()
        endpoint.server.server_close()
        thread.join()


@contextmanager
def sending(patience: Patience = QUICK) -> Iterator[tuple[Sender, list[Exchange]]]:
    recorded: list[Exchange] = []
    sender = Sender(recorded.append, patience=patience)
    try:
        yield sender, recorded
    finally:
        sender.close()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def purchase(event_id: str | None = "o-1") -> str:
    event = {
        "event_name": "Purchase",
        "event_time": _now_ms() // 1000,
        "event_id": event_id,
        "action_source": "website",
        "event_source_url": "https://shop.example/thanks",
        "user_data": {"em": [HASH], "client_user_agent": "Mozilla/5.0"},
        "custom_data": {"value": 142.52, "currency": "USD"},
    }
    return json.dumps(event)


def draft(*events: str, test_code: str | None = "TEST12345") -> Draft:
    return Draft("meta", "1111111111111111", events or (purchase(),), test_code)


def test_an_accepted_send_is_one_exchange_with_the_answer() -> None:
    with serving() as endpoint, sending() as (sender, recorded):
        out = outgoing(draft(), endpoint.url)
        exchange = sender.send(out, TOKEN)

    assert recorded == [exchange]
    assert (exchange.provenance, exchange.request, exchange.send, exchange.error) == (
        Provenance.SENT,
        out.request,
        out.send,
        None,
    )
    assert exchange.response is not None
    assert (exchange.response.status, json.loads(exchange.response.body)["events_received"]) == (200, 1)
    assert exchange.started_ms is not None
    assert exchange.finished_ms is not None
    assert exchange.started_ms <= exchange.finished_ms


def test_the_token_goes_out_in_the_header_and_stays_out_of_the_record(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def echoes(handler: BaseHTTPRequestHandler, request: Request) -> Response:
        body = json.dumps({"error": {"message": f"Malformed access token {TOKEN}", "code": 190}}).encode()
        return Response(401, (("X-Echo", TOKEN),), body)

    with serving(echoes) as endpoint, sending() as (sender, recorded):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert endpoint.received[0].header("Authorization") == f"Bearer {TOKEN}"
    assert TOKEN not in repr(recorded) + caplog.text
    assert exchange.response is not None
    assert json.loads(exchange.response.body)["error"]["message"] == f"Malformed access token {'*' * len(TOKEN)}"


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNKNOWN_ERROR, Fault.HTML])
def test_a_server_in_trouble_is_asked_again_with_the_same_event_id(fault: Fault) -> None:
    with serving(faulty(fault), faulty(fault)) as endpoint, sending() as (sender, recorded):
        out = outgoing(draft(), endpoint.url)
        exchange = sender.send(out, TOKEN)

    assert [item.response.status if item.response else None for item in recorded] == [
        answer(out.request, 0, Faults(fault)).status,
        answer(out.request, 0, Faults(fault)).status,
        200,
    ]
    assert exchange is recorded[-1]
    assert {item.send for item in recorded} == {out.send}
    assert {request.body for request in endpoint.received} == {out.request.body}


def test_an_event_without_an_id_is_not_repeated_after_a_5xx() -> None:
    with serving(faulty(Fault.UNAVAILABLE)) as endpoint, sending() as (sender, recorded):
        sender.send(outgoing(draft(purchase(event_id=None)), endpoint.url), TOKEN)

    assert [item.response.status if item.response else None for item in recorded] == [503]


def test_a_refusal_is_not_repeated() -> None:
    with serving() as endpoint, sending() as (sender, recorded):
        exchange = sender.send(outgoing(draft(), endpoint.url), "sandbox-expired")

    assert len(recorded) == len(endpoint.received) == 1
    assert exchange.response is not None
    assert json.loads(exchange.response.body)["error"]["error_subcode"] == 463


def test_a_rate_limit_is_waited_out_as_long_as_the_platform_asks() -> None:
    with serving(faulty(Fault.RATE_LIMITED)) as endpoint, sending() as (sender, recorded):
        sender.send(outgoing(draft(), endpoint.url), TOKEN)

    first, second = recorded
    assert first.finished_ms is not None
    assert second.started_ms is not None
    assert second.started_ms - first.finished_ms >= 990  # Retry-After: 1, less the clock's rounding


def test_a_rate_limit_longer_than_a_minute_is_left_to_the_user() -> None:
    def later(handler: BaseHTTPRequestHandler, request: Request) -> Response:
        return Response(429, (("Retry-After", "3600"),), b"{}")

    with serving(later) as endpoint, sending() as (sender, recorded):
        sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert len(recorded) == len(endpoint.received) == 1


def test_an_answer_that_breaks_off_is_kept_and_not_sent_again() -> None:
    with serving(dies_mid_answer) as endpoint, sending() as (sender, recorded):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert len(recorded) == len(endpoint.received) == 1
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body, exchange.response.truncated) == (
        200,
        b'{"events_received":1,',
        True,
    )
    assert exchange.error is not None
    assert "may have been taken" in exchange.error


def test_a_connection_closed_without_an_answer_is_not_sent_again() -> None:
    with serving(dies_before_answering) as endpoint, sending() as (sender, recorded):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert len(recorded) == len(endpoint.received) == 1
    assert exchange.response is None
    assert exchange.error is not None
    assert "may have been taken" in exchange.error


def test_a_silent_server_is_given_up_and_not_asked_again() -> None:
    released = threading.Event()

    def silent(handler: BaseHTTPRequestHandler, request: Request) -> None:
        released.wait(10)

    impatient = replace(QUICK, read_s=0.2)
    with serving(silent) as endpoint, sending(impatient) as (sender, recorded):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)
        released.set()

    assert len(recorded) == len(endpoint.received) == 1
    assert exchange.error == "The platform did not answer in time. It may have taken the event all the same."


def test_a_refused_connection_is_tried_again_and_every_attempt_recorded() -> None:
    with serving() as endpoint:
        pass
    with sending() as (sender, recorded):
        out = outgoing(draft(purchase(event_id=None)), endpoint.url)
        exchange = sender.send(out, TOKEN)

    assert [item.send for item in recorded] == [out.send] * 3
    assert exchange.response is None
    assert exchange.error is not None
    assert exchange.error.startswith("No connection to the platform")


def test_a_redirect_is_not_followed_since_it_would_carry_the_token_away() -> None:
    def elsewhere(handler: BaseHTTPRequestHandler, request: Request) -> Response:
        return Response(302, (("Location", "/elsewhere"),))

    with serving(elsewhere) as endpoint, sending() as (sender, _):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert [request.url for request in endpoint.received] == ["/v26.0/1111111111111111/events"]
    assert exchange.response is not None
    assert exchange.response.status == 302


def test_our_own_proxy_in_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with serving() as endpoint, sending() as (sender, _):
        exchange = sender.send(outgoing(draft(), endpoint.url), TOKEN)

    assert exchange.error is None


def test_the_networks_proxy_carries_what_leaves_this_machine_and_nothing_else() -> None:
    with serving() as endpoint, serving() as proxy:
        sender = Sender(patience=replace(QUICK, backoff_s=()), upstream_proxy=proxy.url)
        here = sender.send(outgoing(draft(), endpoint.url), TOKEN)
        away = sender.send(outgoing(draft(), "https://graph.facebook.invalid"), TOKEN)
        sender.close()

    assert here.error is None
    assert (len(endpoint.received), proxy.received) == (1, [])
    assert away.error is not None
    assert away.error.startswith("No connection to the platform: 501")  # this one does not know CONNECT


@pytest.mark.parametrize(
    ("token", "words"), [("", "no access token"), ("EAA broken", "characters no token has"), ("EAA\n", "Copy it again")]
)
def test_a_token_that_is_none_is_refused_before_anything_is_sent(token: str, words: str) -> None:
    with serving() as endpoint, sending() as (sender, recorded), pytest.raises(SenderError, match=words) as raised:
        sender.send(outgoing(draft(), endpoint.url), token)

    assert (recorded, endpoint.received) == ([], [])
    assert "EAA" not in str(raised.value)


def test_a_live_send_without_a_test_code_is_refused_unless_confirmed() -> None:
    live = outgoing(draft(test_code=None), "https://graph.facebook.invalid")

    with sending() as (sender, recorded):
        with pytest.raises(SenderError, match="Enter a code, or confirm"):
            sender.send(live, TOKEN)
        with pytest.raises(SenderError, match="Enter a code, or confirm"):
            sender.submit(live, TOKEN)
        assert recorded == []
        sender.send(live, TOKEN, confirmed=True)  # goes out, and finds nobody

    assert {item.send for item in recorded} == {live.send}


def test_a_token_is_never_sent_in_the_clear_to_another_machine() -> None:
    with sending() as (sender, recorded), pytest.raises(SenderError, match="HTTPS only"):
        sender.send(outgoing(draft(), "http://graph.facebook.invalid"), TOKEN, confirmed=True)

    assert recorded == []


def test_checking_a_token_needs_no_test_code_and_sends_no_event() -> None:
    with serving() as endpoint, sending() as (sender, _):
        exchange = sender.send(token_question(endpoint.url), TOKEN)

    assert exchange.response is not None
    assert json.loads(exchange.response.body)["name"] == "Sandbox system user"
    assert [request.body for request in endpoint.received] == [b""]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.8.9.1/x", True),
        ("http://[::1]:80/", True),
        ("http://localhost:1/", True),
        ("https://graph.facebook.com", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://localhost@example.com/", False),
        ("http://[bad", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_are_local(url: str, expected: bool) -> None:
    assert is_local(url) is expected


def test_a_queued_send_can_be_cancelled_and_never_leaves() -> None:
    gate, started = threading.Event(), threading.Semaphore(0)

    def held(handler: BaseHTTPRequestHandler, request: Request) -> Response:
        started.release()
        gate.wait(10)
        return contract(handler, request)

    patient = replace(QUICK, read_s=10, whole_s=10)
    with serving(held, held) as endpoint, sending(patient) as (sender, recorded):
        drafts = [draft(purchase(f"o-{number}")) for number in range(3)]
        first, second, third = (sender.submit(outgoing(item, endpoint.url), TOKEN) for item in drafts)
        assert started.acquire(timeout=5)
        assert started.acquire(timeout=5)
        third.cancel()
        gate.set()
        answered = {first.exchange.result(10).send, second.exchange.result(10).send}

    assert third.exchange.cancelled()
    assert {item.send for item in recorded} == answered == {first.send, second.send}
    assert len(endpoint.received) == 2


def test_cancelling_during_the_wait_for_a_retry_stops_the_retries() -> None:
    slow = replace(QUICK, backoff_s=(30.0,))
    first_over = threading.Event()
    recorded: list[Exchange] = []

    def note(exchange: Exchange) -> None:
        recorded.append(exchange)
        first_over.set()

    with serving(faulty(Fault.UNAVAILABLE)) as endpoint:
        sender = Sender(note, patience=slow)
        under_way = sender.submit(outgoing(draft(), endpoint.url), TOKEN)
        assert first_over.wait(5)
        under_way.cancel()
        exchange = under_way.exchange.result(5)
        sender.close()

    assert recorded == [exchange]
    assert len(endpoint.received) == 1


def test_closing_sees_what_is_on_the_wire_through_and_refuses_more() -> None:
    with serving() as endpoint:
        recorded: list[Exchange] = []
        sender = Sender(recorded.append, patience=QUICK)
        sendings = [sender.submit(outgoing(draft(purchase(f"o-{n}")), endpoint.url), TOKEN) for n in range(8)]
        sender.close()
        with pytest.raises(SenderError, match="shut down"):
            sender.submit(outgoing(draft(), endpoint.url), TOKEN)

    done = {item.send for item in sendings if not item.exchange.cancelled()}
    assert {item.send for item in recorded} == done
    assert len(endpoint.received) == len(done)


def test_a_certificate_file_that_is_none_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")

    with pytest.raises(SenderError, match="extra certificate file can not be used"):
        Sender(extra_ca=wrong)


def test_an_outgoing_request_never_holds_a_token() -> None:
    out: Outgoing = outgoing(draft(), "https://graph.facebook.com/")

    assert (out.request.method, out.request.url) == ("POST", "https://graph.facebook.com/v26.0/1111111111111111/events")
    assert [name for name, _ in out.request.headers] == ["Content-Type", "User-Agent"]
    assert sorted(json.loads(out.request.body)) == ["data", "test_event_code"]
