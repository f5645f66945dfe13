"""After a full run, every file, export, log line and process argument is searched for the token and the customer."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from app.analysis.engine import Analysis
from app.checks import Context
from app.hashing import sha256
from app.model import Customer, Exchange, Provenance, Request, Response
from app.numbers import Recorded
from app.platforms import decode, rules_of
from app.platforms.meta.compose import compose, outgoing, replay
from app.platforms.meta.token_check import token_question
from app.platforms.sandbox import Fault, Faults
from app.platforms.server_api import Terms
from app.reports.html_report import render
from app.reports.json_report import build
from app.reports.sources import of_session
from app.sending.copy_as import curl, httpx_call, markdown
from app.sending.sandbox import SandboxServer
from app.sending.sender import Patience, Sender
from app.session.file import Session
from app.session.worker import Inspector

TOKEN = "EAAGm0PX4ZCpsBAKZBZBleakyTOKEN0987654321"
EMAIL, PHONE, NAME = "mary.shelley@example.com", "15559876543", "Wollstonecraft"
CUSTOMER = Customer((("em", (EMAIL,)), ("ph", (PHONE,)), ("ln", (NAME,))))


def browser_exchange(now_ms: int) -> Exchange:
    pairs = {
        "id": "1111111111111111",
        "ev": "Purchase",
        "dl": "https://shop.example/thanks",
        "ts": str(now_ms),
        "cd[value]": "142.52",
        "cd[currency]": "USD",
        "ud[em]": sha256(EMAIL),
        "fbp": f"fb.1.{now_ms}.2355535725",
        "eid": "order-77",
    }
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs.items())
    request = Request("GET", f"https://www.facebook.com/tr/?{query}", (("User-Agent", "Mozilla/5.0"),))
    return Exchange(Provenance.CAPTURED, request, Response(200), started_ms=now_ms, finished_ms=now_ms, number=1)


def backend_exchange(now_ms: int) -> Exchange:
    """A backend's call with its token in every place it can stand."""
    event = {
        "event_name": "Purchase",
        "event_id": "order-78",
        "event_time": now_ms // 1000,
        "action_source": "website",
        "user_data": {"em": [sha256(EMAIL)]},
        "custom_data": {"value": 1, "currency": "EUR"},
    }
    body = urlencode({"data": json.dumps([json.dumps(event)]), "access_token": TOKEN}).encode()
    url = f"https://graph.facebook.com/v26.0/1111111111111111/events?access_token={TOKEN}"
    headers = (("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", f"Bearer {TOKEN}"))
    echo = json.dumps({"error": {"message": f"Malformed access token {TOKEN}", "code": 190}}).encode()
    return Exchange(
        Provenance.FORWARDED,
        Request("POST", url, headers, body),
        Response(400, (("WWW-Authenticate", f'OAuth "Facebook Platform" "invalid_token" "{TOKEN}"'),), echo),
        started_ms=now_ms,
        finished_ms=now_ms + 50,
        number=2,
    )


def test_no_token_and_no_plain_customer_is_left_anywhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    now_ms = time.time_ns() // 1_000_000
    server = SandboxServer(faults=[Faults(), Faults(Fault.UNAVAILABLE), Faults(Fault.RESET)])
    server.start()
    session = Session.open(tmp_path / "run.pixelpair")
    news: list[Recorded] = []
    inspector = Inspector(session, Analysis(Context(customer=CUSTOMER), rules_of()), news.append)
    sender = Sender(inspector.record, patience=Patience(backoff_s=(0.01,)))

    captured = [browser_exchange(now_ms), backend_exchange(now_ms)]
    for exchange in captured:
        inspector.record(exchange)
    browser, backend = (decode(exchange)[0] for exchange in captured)
    twin = compose(browser, Terms(now_ms=now_ms, customer=CUSTOMER, user_agent="Mozilla/5.0", test_code="TEST1"))
    again = replay(backend, captured[1], Terms(now_ms=now_ms, test_code="TEST1"))
    sent = [sender.send(out, TOKEN) for out in (token_question(server.url), outgoing(twin, server.url))]
    sent += [sender.send(outgoing(again, server.url), TOKEN) for _ in range(2)]
    sender.close()
    server.stop()

    def exported(session: Session, analysis: Analysis) -> None:
        report = build(analysis, of_session(session), app_version="test")
        (tmp_path / "report.json").write_text(json.dumps(report))
        (tmp_path / "report.html").write_text(render(report))

    inspector.ask(exported).result(30)
    copies = [tell(exchange.request) for exchange in captured for tell in (curl, httpx_call)]
    copies += [markdown(event) for event in (browser, backend)]
    while_open = _files(tmp_path)
    inspector.close()
    session.close()

    everything = {
        **{f"open {name}": data for name, data in while_open.items()},
        **_files(tmp_path),
        "news": repr(news).encode(),
        "copies": "".join(copies).encode(),
        "answers": repr(sent).encode(),
        "log": caplog.text.encode(),
        "arguments": Path("/proc/self/cmdline").read_bytes() if Path("/proc/self/cmdline").exists() else b"",
    }
    assert {"run.pixelpair", "report.json", "report.html"} <= everything.keys()
    assert [exchange.response.status if exchange.response else None for exchange in sent] == [200, None, 200, 200]
    # The search finds what is there: the session holds the hash, as plain bytes.
    assert _holds(everything["run.pixelpair"], sha256(EMAIL))
    leaks = {
        (name, text) for name, data in everything.items() for text in (TOKEN, EMAIL, PHONE, NAME) if _holds(data, text)
    }
    assert leaks == set()


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _holds(data: bytes, text: str) -> bool:
    """Whether a text stands in the data: as it is, encoded, or in lower case."""
    forms = {text, quote(text, safe=""), text.lower(), json.dumps(text)[1:-1]}
    return any(form.encode() in data for form in forms)
