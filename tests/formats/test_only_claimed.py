"""What no platform claims is not kept, whatever kind of file it came in: it is counted and that is all."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from mitmproxy.io import FlowWriter
from mitmproxy.test import tflow, tutils

from app.cli import main
from app.formats import read
from app.reports.sources import of_session
from app.session.file import Input, Session
from app.settings import Settings
from app.workbench.live import Notices, Workbench
from tests.formats.traffic import har, lines, pixel, put, server_event

HOSTILE = Path(__file__).parent.parent / "fixtures" / "hostile"
CARD, CODE, PASSWORD = "4111111111111111", "cvc=123", "hunter2Secret99"
FORM = f"card={CARD}&{CODE}&pass={PASSWORD}&email=erika@kunde.example"
SHOP = "https://shop.example/checkout/pay"
PIXEL_URL = "https://www.facebook.com/tr/?id=1111111111111111&ev=Purchase&eid=1"


def as_har() -> bytes:
    posted = {"method": "POST", "url": SHOP, "postData": {"mimeType": "text/plain", "text": FORM}}
    login = {"method": "POST", "url": "https://www.facebook.com/login/", "postData": {"text": FORM}}
    return har({"request": posted}, {"request": login}, pixel("Purchase", "1")).encode()


def as_curl() -> bytes:
    return f"curl {SHOP} -d '{FORM}'\ncurl https://www.facebook.com/login/ -d '{FORM}'\ncurl '{PIXEL_URL}'\n".encode()


def as_log() -> bytes:
    posts = ({"method": "POST", "url": url, "body": FORM} for url in (SHOP, "https://www.facebook.com/login/"))
    return lines(*posts, {"url": PIXEL_URL}).encode()


def as_flows() -> bytes:
    file = BytesIO()
    writer = FlowWriter(file)
    for host, path, content in (
        ("shop.example", b"/checkout/pay", FORM.encode()),
        ("www.facebook.com", b"/login/", FORM.encode()),
        ("www.facebook.com", PIXEL_URL.removeprefix("https://www.facebook.com").encode(), b""),
    ):
        request = tutils.treq(method=b"POST", host=host, port=443, scheme=b"https", path=path, content=content)
        writer.add(tflow.tflow(req=request, resp=True))
    return file.getvalue()


KINDS = (as_har, as_curl, as_log, as_flows)


@pytest.mark.parametrize("make", KINDS)
def test_only_what_a_platform_claims_is_read_and_the_rest_is_counted(tmp_path: Path, make: Callable[[], bytes]) -> None:
    found = read(put(tmp_path, "traffic", make()))
    assert (len(found.exchanges), found.ignored, found.skipped) == (1, 2, ())
    assert PASSWORD not in repr(found)


@pytest.mark.parametrize("make", KINDS)
def test_the_shops_own_posts_never_reach_the_session_file(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path = tmp_path / "s.pixelpair"
    bench = Workbench(path, Settings(), Notices(lambda _: None, lambda _: None, lambda _: None))
    try:
        said = bench.import_files([put(tmp_path, "a", make()), HOSTILE / "checkout.har"])
    finally:
        bench.close()
    assert said == "2 exchanges read from a, checkout.har, 3 other requests ignored."
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("s.pixelpair*"))
    assert b"facebook.com/tr/" in kept
    assert not [one for one in (CARD, CODE, PASSWORD, "erika@kunde", "abcdefgh12345678SECRET") if one.encode() in kept]
    with Session.read(path) as session:
        assert [item.ignored for item in of_session(session).inputs] == [2, 1]


def test_the_report_says_how_many_requests_were_ignored(tmp_path: Path) -> None:
    page = tmp_path / "evidence.html"
    checkout = str(HOSTILE / "checkout.har")
    found = CliRunner().invoke(main, ["check", checkout, "--json", "--html", str(page), "--fail-on", "never"])
    (source,) = json.loads(found.stdout)["inputs"]
    assert (source["exchanges"], source["ignored"]) == (2, 1)
    assert "1 other request ignored" in page.read_text("utf-8")
    assert "1 other request ignored" in CliRunner().invoke(main, ["check", checkout]).stdout
    assert PASSWORD not in found.stdout + page.read_text("utf-8")


def test_a_first_party_endpoint_of_the_users_is_a_claim(tmp_path: Path) -> None:
    own = {"request": {"method": "GET", "url": "https://shop.example/px?id=123&ev=Lead&eid=1"}}
    path = put(tmp_path, "a.har", har(own))
    assert read(path).ignored == 1
    assert read(path, endpoints=("shop.example/px",)).ignored == 0


def test_a_gateway_is_known_by_what_is_sent_to_it(tmp_path: Path) -> None:
    body = json.dumps({"event_name": "Lead", "event_id": "1", "fb.pixel_id": "1111111111111111"})
    copy = {"method": "POST", "url": "https://capig.shop.example/events", "postData": {"text": body}}
    call = {"method": "POST", "url": "https://relay.example/v26.0/1/events", "body": {"data": [server_event("Lead")]}}
    assert len(read(put(tmp_path, "a.har", har({"request": copy}))).exchanges) == 1
    assert len(read(put(tmp_path, "b.jsonl", lines(call))).exchanges) == 1


@pytest.mark.parametrize("path", ["signals/config/1111111111111111?v=2.9", "en_US/fbevents.js"])
def test_configuration_and_library_are_claimed_too(tmp_path: Path, path: str) -> None:
    entry = {"request": {"method": "GET", "url": f"https://connect.facebook.net/{path}"}}
    assert len(read(put(tmp_path, "a.har", har(entry))).exchanges) == 1


@pytest.mark.parametrize("scheme", ["file", "chrome-extension", "blob:https", "data"])
def test_what_no_network_carried_is_nobodys(tmp_path: Path, scheme: str) -> None:
    entry = {"request": {"url": PIXEL_URL.replace("https", scheme)}}
    assert read(put(tmp_path, "a.har", har(entry))).ignored == 1


def test_an_older_session_has_ignored_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.pixelpair"
    with Session.open(path) as session:
        session.add_input(Input("a.har", "0" * 64, 5, ignored=3))
    with contextlib.closing(sqlite3.connect(path)) as first_layout:
        first_layout.execute("alter table inputs drop column ignored")
        for table in ("exchanges", "facts", "notes", "inputs"):
            first_layout.execute(f"alter table {table} drop column digest")
        first_layout.execute("delete from _sqlite_migrations where name like '%ignored%' or name like '%digests%'")
        first_layout.execute("delete from facts where name = 'seal'")
        first_layout.commit()
    with Session.read(path) as session:
        assert session.inputs() == (Input("a.har", "0" * 64, 5),)
    with Session.open(path) as session:
        assert session.inputs() == (Input("a.har", "0" * 64, 5),)
