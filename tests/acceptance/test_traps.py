"""The traps that show only when whole requests meet, told by their numbers in tests/fixtures/meta/TRAPS.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.acceptance.judged import Judged, check
from tests.acceptance.traffic import (
    OTHER_PIXEL,
    PAGE,
    PIXEL,
    Json,
    call,
    entry,
    event,
    fired,
    har,
    lines,
    refusal,
    sha256,
)

URL = f"https://graph.facebook.com/v26.0/{PIXEL}/events"
FORM = "application/x-www-form-urlencoded"
one = event()
sandboxed = fired(url="https://www.facebook.com/privacy_sandbox/pixel/register/trigger/", rqm="FGET", seen=0.003)
topics = entry("GET", f"https://www.facebook.com/privacy_sandbox/topics/registration/?id={PIXEL}")
PARTS = "multipart/form-data; boundary=----WebKitFormBoundaryX"


def posted(body: str, kind: str = "application/json", url: str = URL) -> Json:
    return entry("POST", url, 1.2, headers={"Content-Type": kind}, body=(kind, body), answer='{"events_received":1}')


def parts(**fields: str) -> str:
    mark = "------WebKitFormBoundaryX"
    each = (
        f'{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    )
    return "".join(each) + f"{mark}--\r\n"


def batch(*operations: Json | None) -> Json:
    body = urlencode({"batch": json.dumps(operations)})
    return posted(body, FORM, "https://graph.facebook.com/v26.0/")


OPERATION = {"method": "POST", "relative_url": f"v26.0/{PIXEL}/events", "body": urlencode({"data": json.dumps([one])})}
THOUSAND = [event("AddToCart", f"a-{n}", custom={"value": n + 1, "currency": "USD"}) for n in range(999)]
FORGED = f"{PAGE}?url=https%3A%2F%2Fgraph.facebook.com%2Fv26.0%2F1%2Fevents"


def paired(found: Judged) -> bool:
    return found.verdicts == ["deduplicated"] and not found.codes("critical", "error")


def verdicts(*expected: str) -> Callable[[Judged], bool]:
    return lambda found: found.verdicts == list(expected)


def reasons(code: str, *expected: str | None) -> Callable[[Judged], bool]:
    return lambda found: {finding["reason"] for finding in found.findings(code)} == set(expected)


TRAPS: list[tuple[str, list[Json], list[Json], Callable[[Judged], bool]]] = [
    ("1: a form without a query", [fired(form=True)], [call(one)], paired),
    ("3: a plus is a space in a form", [fired(form=True, eid="a b+c")], [call(event(event_id="a b+c"))], paired),
    ("4: the privacy sandbox's copy", [sandboxed, fired()], [call(one)], paired),
    ("6: a registration is no event", [topics, fired()], [call(one)], paired),
    (
        "7: a list of texts in a form",
        [fired(), posted(urlencode({"data": json.dumps([json.dumps(one)])}), FORM)],
        [],
        paired,
    ),
    ("8: data as text", [fired(), posted(json.dumps({"data": json.dumps([one])}))], [], paired),
    ("9: a multipart call", [fired(), posted(parts(data=json.dumps([one]), access_token="EAAB"), PARTS)], [], paired),
    ("11: no version", [fired()], [call(one, url=f"https://graph.facebook.com/{PIXEL}/events/")], paired),
    ("11: doubled slashes", [fired()], [call(one, url=f"https://graph.facebook.com//v20.0/{PIXEL}/events")], paired),
    (
        "11: an ad account",
        [fired()],
        [call(one, url="https://graph.facebook.com/v20.0/act_1/events")],
        verdicts("not-observed"),
    ),
    ("12: a batch with null elements", [fired(), batch(OPERATION, None)], [], paired),
    (
        "13: one bad event refuses a thousand",
        [fired()],
        [call(one, *THOUSAND, status=400, answer=refusal())],
        lambda found: found.verdicts == ["browser-only"] + ["not-counted"] * 999,
    ),
    ("14: junk among the events", [fired()], [call(42, None, one)], verdicts("deduplicated")),
    (
        "15: milliseconds",
        [fired()],
        [call(event(event_time=1795317863000))],
        reasons("event-time-unit", "milliseconds"),
    ),
    ("16: a number is its text", [fired(eid="12345")], [call(event(event_id=12345))], paired),
    ("16: leading zeros", [fired(eid="007")], [call(event(event_id=7))], reasons("event-id-differs", "number-format")),
    (
        "17: a list is no ID",
        [fired(eid=None, eid__0="o-1", eid__1="E")],
        [call(one)],
        reasons("event-id-not-a-value", "list"),
    ),
    ("18: an empty ID", [fired(eid="")], [call(event(event_id=""))], verdicts("double-counted", "double-counted")),
    (
        "20: another case is another name",
        [fired("purchase", cd__order_id="ORD-77")],
        [call(one)],
        reasons("event-name-case", None),
    ),
    ("21: no name", [fired(None)], [], verdicts("not-observed")),
    (
        "22: one ID at two pixels",
        [fired(), fired(id=OTHER_PIXEL)],
        [call(one)],
        verdicts("deduplicated", "browser-only"),
    ),
    (
        "23: one ID under two names",
        [fired("InitiateCheckout", at=-60), fired()],
        [call(event("InitiateCheckout", at=-59)), call(one)],
        verdicts("deduplicated", "deduplicated"),
    ),
    ("24: the page was loaded again", [fired(), fired(at=20)], [], verdicts("duplicate")),
    ("25: sent again byte for byte", [fired()], [call(one), call(one, at=3.2)], paired),
    (
        "26, 27: the parameter builder's suffix",
        [fired()],
        [call(event(user={"em": [sha256("mary@example.com") + ".AQQCAQMC"]}))],
        paired,
    ),
    (
        "30: several click IDs",
        [fired(fbc="fb.1.1795317862330.B", fbcs="fb.1.1795317862330.A,fb.1.1795317862330.B")],
        [call(event(user={"fbc": "fb.1.1795317862330.B"}))],
        paired,
    ),
    ("31: censored shapes", [fired(cud__em="****%40*******.***", ncud__ph="###########")], [call(one)], paired),
    (
        "32: any of the pixel's hashes will do",
        [fired(ud__st=sha256("ny"), aud__st=sha256("ne"))],
        [call(event(user={"st": [sha256("ne")]}))],
        paired,
    ),
    ("33: long names beside short ones", [fired(ud__email=sha256("mary@example.com"))], [call(one)], paired),
    ("34: a raw text was hashed", [fired(ud__ge=sha256("Female"))], [call(one)], paired),
    (
        "35: a hash of nothing",
        [fired(ud__ct=sha256("undefined"))],
        [call(one)],
        reasons("hash-of-nothing", "undefined"),
    ),
    (
        "39: one side hashed the external ID",
        [fired(ud__external_id=sha256("user_123"))],
        [call(event(user={"external_id": ["User_123"]}))],
        paired,
    ),
    ("40: a text and a list", [fired()], [call(event(user={"em": sha256("mary@example.com")}))], paired),
    ("41: numbers are text", [fired(cd__value="142.520")], [call(one)], paired),
    ("42: currencies in lower case", [fired(cd__currency="usd")], [call(one)], paired),
    (
        "43: contents as text",
        [fired()],
        [call(event(custom={"contents": json.dumps(json.loads(json.dumps(one))["custom_data"]["contents"])}))],
        paired,
    ),
    ("44: names that look like others", [fired(cd__id="9", cd__ev="X", cd__eid="Y")], [call(one)], paired),
    ("46: no options said is no options", [fired(dpo="")], [call(event(data_processing_options=[]))], paired),
    ("47: an address inside an address", [fired(dl=FORGED)], [call(event(event_source_url=FORGED))], paired),
    ("48: the site's own endpoint", [fired(url="https://shop.example/fp/tr")], [call(one)], paired),
    (
        "49: a picture without script",
        [entry("GET", f"https://www.facebook.com/tr?id={PIXEL}&ev=PageView&noscript=1")],
        [],
        verdicts("not-observed"),
    ),
    (
        "50: a batch of an old library",
        [
            entry(
                "GET",
                f"https://www.facebook.com/tr/?batch=1&events[0]=id%3D{PIXEL}%26ev%3DLead%26eid%3D1&events[1]=id%3D{PIXEL}%26ev%3DSearch%26eid%3D2",
            )
        ],
        [],
        verdicts("not-observed", "not-observed"),
    ),
    ("54: what was guessed is not the site's", [fired(ap__value="1", ap__currency="EUR")], [call(one)], paired),
    ("55: a preflight", [fired(), entry("OPTIONS", URL)], [call(one)], paired),
    (
        "56: a refusal in another language",
        [fired()],
        [call(one, status=400, answer=refusal(title="Zeitstempel zu alt"))],
        reasons("send-rejected", "100/2804003"),
    ),
    (
        "58: a picture proves nothing",
        [fired()],
        [call(one)],
        lambda found: next(found.events(side="browser"))["response"]["accepted"] is None,
    ),
    ("59: a blocker", [fired(error="net::ERR_BLOCKED_BY_CLIENT")], [call(one)], verdicts("server-only")),
    (
        "62: null is absent",
        [fired()],
        [call(event(opt_out=None, referrer_url=None), namespace_id=None, upload_tag=None)],
        paired,
    ),
    (
        "63: another library's name",
        [fired(ud__fn=sha256("jeanpierre"))],
        [call(event(user={"fn": [sha256("jean-pierre")]}))],
        reasons("hash-differs-between-sides", None),
    ),
    (
        "65: large numbers",
        [fired()],
        [call(event(user={"lead_id": 12345678901234567}))],
        lambda found: next(found.events(side="server"))["match_ids"]["lead_id"] == "12345678901234567",
    ),
]


@pytest.mark.parametrize(("browser", "server", "holds"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_it_is_no_trap_for_us(
    tmp_path: Path, browser: list[Json], server: list[Json], holds: Callable[[Judged], bool]
) -> None:
    files = {"browser.har": har(*browser)} | ({"server.jsonl": lines(*server)} if server else {})
    found = check(tmp_path, files)
    assert holds(found), (found.verdicts, found.report["findings"])
