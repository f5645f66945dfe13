"""The demo shop's call is what the stand-in takes, and its script puts on the wire what the tag does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.model import Exchange, Kind, Outcome, Provenance, Request
from app.platforms import decode
from app.platforms.linkedin.server_api import SANDBOX
from app.platforms.sandbox import Faults
from app.shop import SHOP_PAGES, linkedin
from app.shop.orders import Order, Shopper
from tests.platforms.linkedin.halves import API_RULE, FAT_ID, PARTNER, TAG_RULE, TOKEN

NOW_MS = 1_795_169_730_000
CUSTOMER = {"em": "Mary.Miller@Shop.example", "fn": "Mary", "ln": "Miller", "country": "de"}
ORDER = Order(
    number="10401",
    scenario="correct",
    lines=(),
    value="29.90",
    browser={},
    page="http://localhost:1/thanks.html?order=10401",
    shopper=Shopper(CUSTOMER, "203.0.113.24", "Mozilla/5.0 Chrome/142.0", {"li_fat_id": FAT_ID}),
)


def sent(**faults: Any) -> Exchange:
    made = linkedin.call_for(ORDER, {"event_id": "10401"} | faults, API_RULE, TOKEN, NOW_MS // 1000)
    headers = (("Content-Type", "application/json"), *made.headers.items())
    request = Request("POST", f"https://{made.host}{made.path}", headers, json.dumps(made.body).encode())
    return Exchange(Provenance.FORWARDED, request, SANDBOX.server(request, NOW_MS, Faults()), number=1)


def test_a_sound_call_is_taken_and_read_back() -> None:
    (event,) = decode(sent())
    assert (event.outcome, event.flaws) == (Outcome.ACCEPTED, ())
    assert (event.rule, event.event_id, event.value, event.own_ms) == (API_RULE, "10401", "29.90", NOW_MS)
    assert (event.match_id("li_fat_id"), event.match_id("ip")) == (FAT_ID, "203.0.113.24")
    assert {value.key for value in event.user} == {"em", "fn", "ln", "country"}


def test_a_fault_of_a_scenario_is_put_in_and_refused() -> None:
    (event,) = decode(sent(in_seconds=True))
    assert event.outcome is Outcome.REJECTED
    assert [flaw.code for flaw in event.flaws] == ["event-time-unit"]
    (bare,) = decode(sent(without_value=True, event_id=None, rule="77"))
    assert (bare.value, bare.event_id, bare.rule, bare.outcome) == (None, None, "77", Outcome.ACCEPTED)


# What a page has that the script touches; every request is written down.
BROWSER = """
const seen = [];
globalThis.window = globalThis;
globalThis.location = new URL('https://shop.example/thanks?li_fat_id=%s');
globalThis.document = { cookie: '', title: 'Thanks' };
const kept = {};
globalThis.localStorage = { getItem: (key) => kept[key] ?? null, setItem: (key, value) => { kept[key] = value; } };
globalThis.Image = class { set src(url) { seen.push(['GET', url, '']); this.onload(); } };
globalThis.fetch = async (url, asked) => { seen.push([asked.method, url, asked.body]); };
window._linkedin_partner_id = '%s';
%s
(async () => {
  await lintrk('setUserData', { email: 'Mary@Shop.example' });
  await lintrk('page');
  await lintrk('track', { conversion_id: [%s, 77], event_id: 'evt-7', conversion_value: 59.9 });
  process.stdout.write(JSON.stringify(seen));
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node.js to run the shop's script with")
def test_the_shops_script_sends_what_the_tag_sends(tmp_path: Path) -> None:
    script = tmp_path / "page.cjs"
    script.write_text(BROWSER % (FAT_ID, PARTNER, (SHOP_PAGES / "lintrk.js").read_text("utf-8"), TAG_RULE))
    done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    events = [
        event
        for number, (method, url, body) in enumerate(json.loads(done.stdout), 1)
        for event in decode(Exchange(Provenance.CAPTURED, Request(method, url, (), body.encode()), number=number))
    ]
    assert sorted((event.kind.value, event.name, event.rule, event.event_id or "") for event in events) == [
        (Kind.EVENT, "conversion", f"{TAG_RULE},77", "evt-7"),
        (Kind.EVENT, "page_view", "", ""),
        (Kind.MIRROR, "conversion", f"{TAG_RULE},77", "evt-7"),
        (Kind.MIRROR, "page_view", "", ""),
        (Kind.OTHER, "PAGE_VISIT", "", ""),
    ]
    assert {event.match_id("li_fat_id") for event in events} == {FAT_ID}
    assert {event.value for event in events if event.name == "conversion"} == {"59.9"}
    assert [len(event.user) for event in events if event.name == "PAGE_VISIT"] == [1]
