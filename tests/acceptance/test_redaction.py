"""No token ever, and without `--raw` nobody's data, wherever it stood; and no verdict depends on it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.acceptance.judged import Judged, check
from tests.acceptance.traffic import OTHER_PIXEL, PIXEL, Json, call, entry, event, fired, har, lines

GRAPH = f"https://graph.facebook.com/v24.0/{PIXEL}/events"
TOKENS = [f"EAAB{letter}secret{letter * 30}" for letter in "abcdefghij"]
ACCESS_KEY, PROOF, COOKIE = "gatewaykeygatewaykeygatewaykey", "0f" * 32, "cookiecookiecookiecookiecookie"
SECRETS = [*TOKENS, ACCESS_KEY, PROOF, COOKIE]
MAIL, PHONE, FIRST, LAST, ADDRESS, TOWN = (
    "marie.k@example.com",
    "4915112345678",
    "Mariechen",
    "Kowalczyk",
    "84.160.12.34",
    "80331",
)
PERSONAL = re.compile(r"marie\.k|marie%2Ek|15112345678|151 123|Mariechen|Kowalczyk|84\.160\.12|80331", re.IGNORECASE)

one = json.dumps([event(event_id="form-1")])
BOUNDARY = "multipart/form-data; boundary=XX"
PARTS = "".join(
    f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in (("data", json.dumps([event(event_id="parts-1")])), ("access_token", TOKENS[5]))
)
OPERATION = {
    "method": "POST",
    "relative_url": f"v24.0/{PIXEL}/events?access_token={TOKENS[7]}",
    "body": urlencode({"data": json.dumps([event(event_id="batch-1")]), "access_token": TOKENS[7]}),
}
RESPONSES = [{"code": 200, "body": json.dumps({"events_received": 1, "next": f"https://a/?access_token={TOKENS[7]}"})}]

SECRET_TRAFFIC = [
    fired(
        access_token=TOKENS[0],
        dl=f"https://shop.example/?access_token={TOKENS[1]}",
        rl=f"https://a/#access_token={TOKENS[1]}",
    ),
    entry(
        "POST",
        f"{GRAPH}?access_token={TOKENS[2]}&appsecret_proof={PROOF}",
        1.1,
        headers={"Authorization": f"Bearer {TOKENS[3]}", "Cookie": f"c_user=1; xs={COOKIE}"},
        body=("application/json", json.dumps({"data": [event()], "access_token": TOKENS[4]})),
        answer=json.dumps({"events_received": 1, "messages": [f"token {TOKENS[4]} will expire"]}),
    ),
    entry(
        "POST",
        GRAPH,
        2,
        body=("application/x-www-form-urlencoded", urlencode({"data": one, "access_token": TOKENS[6]})),
    ),
    entry("POST", GRAPH, 3, headers={"Content-Type": BOUNDARY}, body=(BOUNDARY, PARTS + "--XX--\r\n")),
    entry(
        "POST",
        "https://graph.facebook.com/v24.0/",
        4,
        body=(
            "application/x-www-form-urlencoded",
            urlencode({"access_token": TOKENS[7], "batch": json.dumps([OPERATION])}),
        ),
        answer=json.dumps(RESPONSES),
    ),
    entry(
        "POST",
        f"https://capig.example/capi/{PIXEL}/events",
        5,
        body=("application/json", json.dumps({"data": [event(event_id="gw-1")], "accessKey": ACCESS_KEY})),
        status=202,
    ),
    fired(TOKENS[8], TOKENS[8], 6, cd__note=TOKENS[8]),
]
SECRET_LINES = [
    call(
        event(event_id="refused-1"),
        access_token=TOKENS[9],
        status=400,
        answer={"error": {"code": 190, "message": f"Malformed access token {TOKENS[9]}", "fbtrace_id": "A"}},
    ),
    {
        "access_token": TOKENS[9],
        "pixel_id": PIXEL,
        "payload": {"data": [event(event_id="wrapped-1")], "access_token": TOKENS[9]},
    },
    {**event(event_id="bare-1"), "access_token": TOKENS[9]},
]
ODD: dict[str, Any] = {f"cd__{MAIL}": "1", MAIL: "1", f"ud__{MAIL}": "1"}
ODD_MEMBER: dict[str, Any] = {MAIL: 1}
PERSONAL_TRAFFIC = [
    fired(
        dl=f"https://shop.example/?email={MAIL.replace('@', '%40')}&phone=%2B{PHONE}",
        rl=f"https://shop.example/?first_name={FIRST}&email={MAIL}",
        cd__email=MAIL,
        cd__phone=f"+{PHONE}",
        cd__note=f"call {MAIL} at +{PHONE}",
        ud__em=MAIL,
        ud__ph=PHONE,
        ud__fn=FIRST,
        ud__ln=LAST,
        ud__client_ip_address=ADDRESS,
    ),
    fired(MAIL, at=1),
    fired(eid=MAIL, at=2, cd__order_id=MAIL),
    fired(eid="3", at=3, cd__value=MAIL, cd__currency=MAIL, cd__content_type=MAIL),
    fired(eid="4", at=4, cd__contents=json.dumps([{"id": MAIL, "quantity": MAIL, "item_price": MAIL}])),
    fired(eid="5", at=5, **ODD),
    fired(eid="6", at=6, fbp=MAIL, id=MAIL, a=MAIL, ts=MAIL, dpo=MAIL, up=MAIL),
    fired(eid="7", at=7, agent=f"crawler {MAIL}", error=f"net::ERR for {MAIL}"),
    fired(eid=None, eid__0=MAIL, at=8),
]
PERSONAL_LINES = [
    call(
        event(
            user={"em": [MAIL.upper()], "ph": ["+49 151 123 45678"], "fn": FIRST, "ln": [LAST], "zp": TOWN, MAIL: 1}
            | {"client_ip_address": ADDRESS},
            custom={"email": MAIL, MAIL: MAIL},
            event_source_url=f"https://shop.example/?email={MAIL}",
            **ODD_MEMBER,
        ),
        headers={f"X-{MAIL}": MAIL, "User-Agent": f"shop {MAIL}"},
        partner_agent=MAIL,
        test_event_code=MAIL,
    ),
    call(event(event_id={"a": MAIL}, event_time=MAIL, action_source=MAIL), at=20),
    call(
        event(event_id="r-1", at=30),
        at=30,
        status=400,
        answer={
            "error": {
                "code": 100,
                "message": MAIL,
                "error_user_title": MAIL,
                "fbtrace_id": MAIL,
                "error_data": {"blame_field_specs": [[MAIL]]},
            }
        },
    ),
    call(event(event_id="r-2", at=40), at=40, answer={"events_received": 1, "messages": [MAIL]}, account=OTHER_PIXEL),
    {"nothing": MAIL},
]
CUSTOMER = {"em": MAIL, "ph": f"+{PHONE}", "fn": FIRST, "ln": LAST, "zp": TOWN}


def files(browser: list[Json], server: list[Json]) -> dict[str, str]:
    return {"browser.har": har(*browser), "server.jsonl": lines(*server)}


def everything(folder: Path, browser: list[Json], server: list[Json], *options: str) -> str:
    """All that a check writes: the report as JSON, as text, as HTML, and the messages beside it."""
    found = check(folder, files(browser, server), "--html", str(folder / "report.html"), *options)
    assert found.report["events"]
    written = [str(folder / name) for name in files(browser, server)]
    shown = CliRunner().invoke(main, ["check", *written, *options])
    return found.stdout + found.stderr + shown.output + (folder / "report.html").read_text("utf-8")


@pytest.mark.parametrize("options", [(), ("--raw",)], ids=["redacted", "raw"])
def test_no_secret_comes_out(tmp_path: Path, options: tuple[str, ...]) -> None:
    written = everything(tmp_path, SECRET_TRAFFIC, SECRET_LINES, *options)
    assert [secret for secret in SECRETS if secret in written] == []


def test_nobodys_data_comes_out(tmp_path: Path) -> None:
    assert PERSONAL.findall(everything(tmp_path, PERSONAL_TRAFFIC, PERSONAL_LINES)) == []


def test_nor_do_the_test_customers(tmp_path: Path) -> None:
    customer = tmp_path / "customer.json"
    customer.write_text(json.dumps(CUSTOMER), "utf-8")
    assert PERSONAL.findall(everything(tmp_path, PERSONAL_TRAFFIC, PERSONAL_LINES, "--customer", str(customer))) == []


def test_raw_leaves_people_in_and_secrets_out(tmp_path: Path) -> None:
    found = check(tmp_path, files(PERSONAL_TRAFFIC, PERSONAL_LINES), "--raw")
    assert {"marie.k", "Mariechen", "Kowalczyk"} <= set(PERSONAL.findall(found.stdout))


@pytest.mark.parametrize(
    ("browser", "server"),
    [(SECRET_TRAFFIC, SECRET_LINES), (PERSONAL_TRAFFIC, PERSONAL_LINES)],
    ids=["secret", "personal"],
)
def test_redaction_changes_no_verdict(tmp_path: Path, browser: list[Json], server: list[Json]) -> None:
    def judged(found: Judged) -> object:
        findings = [(each["code"], each["severity"], each["pair"], each["event"]) for each in found.report["findings"]]
        ties = [[(link["kind"], link["pair"]) for link in pair["links"]] for pair in found.report["pairs"]]
        return found.status, found.verdicts, ties, found.summary, findings

    redacted, raw = (check(tmp_path, files(browser, server), *options) for options in ((), ("--raw",)))
    assert judged(redacted) == judged(raw)
