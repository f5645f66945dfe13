"""The report keeps its contract: valid by its schema, complete, linked both ways, and clean of what must not leave."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest

from app.checks import Context
from app.formats import read, settle_accounts
from app.model import Customer
from app.pairing.plan import Plan
from app.reports.json_report import Report, build, write
from app.workbench.files import analyse
from tests.formats.traffic import (
    DATASET,
    FBP,
    NOON_MS,
    TOKEN,
    call,
    digest,
    har,
    lines,
    pixel,
    put,
    server_event,
)

SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "report.schema.json").read_text("utf-8"))
SHOP = {"cd[value]": "59.90", "cd[currency]": "USD"}


def report(folder: Path, *, raw: bool = False, customer: Customer | None = None, **files: str) -> dict[str, Any]:
    """The report on some files, checked against the schema and for whole links."""
    imports = [read(put(folder, name.replace("_", "."), text)) for name, text in files.items()]
    analysis, numbered = analyse(imports, Context(customer=customer or Customer()))
    found: dict[str, Any] = json.loads(json.dumps(build(analysis, numbered, raw=raw, app_version="1.2.3")))
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    check_links(found)
    return found


def check_links(found: dict[str, Any]) -> None:
    """Every event of a counted kind is in exactly one pair, numbers run on, and all references lead somewhere."""
    for name, letter in (("events", "e"), ("pairs", "p"), ("findings", "f")):
        assert [item["id"] for item in found[name]] == [f"{letter}{n}" for n in range(1, len(found[name]) + 1)]
    members = [one for pair in found["pairs"] for one in pair["browser"] + pair["server"]]
    counted = [item["id"] for item in found["events"] if item["kind"] in ("event", "automatic")]
    assert sorted(members) == sorted(counted)
    sides = {item["id"]: item["side"] for item in found["events"]}
    pairs = {pair["id"]: pair for pair in found["pairs"]}
    for pair in found["pairs"]:
        assert {sides[one] for one in pair["browser"]} <= {"browser"}
        assert {sides[one] for one in pair["server"]} <= {"server"}
        if pair["suggested"]:
            assert pair["verdict"] == "double-counted"
            for other in pair["suggested"]["pairs"]:
                assert pair["id"] in pairs[other]["suggested"]["pairs"]
    for finding in found["findings"]:
        assert finding["event"] is None or finding["event"] in sides
        if finding["pair"]:
            assert finding["id"] in pairs[finding["pair"]]["findings"]
    assert sum(len(pair["findings"]) for pair in found["pairs"]) == sum(1 for item in found["findings"] if item["pair"])
    severities = [finding["severity"] for finding in found["findings"]]
    assert found["summary"]["findings"] == {
        severity: severities.count(severity) for severity in ("critical", "error", "warning", "info")
    }


def codes(found: dict[str, Any], pair: str) -> set[str]:
    return {finding["code"] for finding in found["findings"] if finding["pair"] == pair}


def test_a_good_pair_is_reported_whole(tmp_path: Path) -> None:
    data = {"value": 59.9, "currency": "USD", "contents": [{"id": "SKU-1", "quantity": 2, "item_price": 10.5}]}
    found = report(
        tmp_path,
        browser_har=har(pixel("Purchase", "o-1", SHOP), {"request": {"url": "https://shop.example/app.js"}}),
        server_jsonl=lines(call(server_event("Purchase", "o-1", after_s=1, custom_data=data)), "{bad"),
    )
    assert (found["schema"], found["app"]["name"], found["app"]["version"]) == (
        "pixelpair.report/1",
        "pixelpair",
        "1.2.3",
    )
    assert [(item["name"], item["exchanges"], [s["index"] for s in item["skipped"]]) for item in found["inputs"]] == [
        ("browser.har", 2, []),
        ("server.jsonl", 1, [1]),
    ]
    browser, server = found["events"]
    assert found["pairs"] == [
        {
            "id": "p1",
            "verdict": "deduplicated",
            "platform": "meta",
            "account": DATASET,
            "name": "Purchase",
            "event_id": "o-1",
            "browser": ["e1"],
            "server": ["e2"],
            "gap_ms": 1000,
            "suggested": None,
            "links": [],
            "findings": found["pairs"][0]["findings"],
        }
    ]
    expected = {
        "id": "e2",
        "exchange": "x2",
        "platform": "meta",
        "side": "server",
        "provenance": "imported",
        "kind": "event",
        "account": DATASET,
        "name": "Purchase",
        "event_id": "o-1",
        "time_ms": NOON_MS + 1000,
        "page": "https://shop.example/thanks",
        "value": "59.9",
        "currency": "USD",
        "order_id": None,
        "contents": [{"id": "SKU-1", "quantity": "2", "price": "10.5"}],
        "mirror_of": None,
    }
    assert {key: server[key] for key in expected} == expected
    assert server["match_ids"]["fbp"] == FBP
    assert [(value["value"], value["form"], value["check"]["status"]) for value in server["user"]["em"]] == [
        (digest("jane@x.example"), "sha256", "not-tested")
    ]
    assert (server["response"]["status"], server["response"]["accepted"], server["response"]["trace_id"]) == (
        200,
        True,
        "Abc",
    )
    assert (browser["exchange"], browser["response"]["accepted"], browser["response"]["message"]) == ("x1", None, None)
    assert {
        "key": "cd[value]",
        "value": "59.90",
        "label": "Value",
        "group": "custom data",
        "origin": "query",
    } in browser["parameters"]
    summary = found["summary"]
    assert (summary["browser_events"], summary["server_events"], summary["unique_sends"]) == (1, 1, 1)
    assert (summary["deduplicated"], summary["overlap"], summary["predicted_counted"]) == (1, 1.0, 1)
    assert (summary["unique_conversions"], summary["inflation"], summary["waiting"]) == (1, 0.0, 0)


def test_a_near_miss_is_suggested_on_both_rows(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        browser_har=har(pixel("Purchase", "12345", SHOP)),
        server_jsonl=lines(
            call(server_event("Purchase", "12345-server", custom_data={"value": 59.9, "currency": "USD"}))
        ),
    )
    one, other = found["pairs"]
    assert (one["verdict"], other["verdict"]) == ("double-counted", "double-counted")
    assert (one["suggested"]["pairs"], other["suggested"]["pairs"]) == (["p2"], ["p1"])
    assert one["suggested"]["confidence"] > 0.8
    assert "event_id" in one["suggested"]["evidence"]
    assert "event-id-differs" in codes(found, "p1") & codes(found, "p2")
    finding = next(item for item in found["findings"] if item["code"] == "event-id-differs")
    assert (finding["severity"], finding["reason"], finding["source"]) == ("error", "affix", "documented")
    assert found["summary"]["inflation"] == 1.0


def test_one_key_outside_the_window_is_two_tied_rows(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        browser_har=har(pixel("Purchase", "o-1", SHOP)),
        server_jsonl=lines(call(server_event("Purchase", "o-1", after_s=48 * 3600 + 1))),
    )
    assert [(pair["verdict"], pair["suggested"]["pairs"]) for pair in found["pairs"]] == [
        ("double-counted", ["p2"]),
        ("double-counted", ["p1"]),
    ]
    assert "outside-window" in codes(found, "p1") | codes(found, "p2")


def test_another_account_is_a_link_and_no_suggestion(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        browser_har=har(pixel("Purchase", "o-1", {"id": "2222222222222222", **SHOP})),
        server_jsonl=lines(call(server_event("Purchase", "o-1"))),
    )
    assert [(pair["verdict"], pair["suggested"]) for pair in found["pairs"]] == [
        ("browser-only", None),
        ("server-only", None),
    ]
    assert [(link["kind"], link["pair"]) for pair in found["pairs"] for link in pair["links"]] == [
        ("account-differs", "p2"),
        ("account-differs", "p1"),
    ]


def test_a_refused_send_is_shown_but_is_no_side(tmp_path: Path) -> None:
    error = {"error": {"message": "Invalid parameter", "code": 100, "error_subcode": 2804003, "fbtrace_id": "Xyz"}}
    found = report(
        tmp_path,
        browser_har=har(pixel("Purchase", "o-1", SHOP)),
        server_jsonl=lines(call(server_event("Purchase", "o-1"), status=400, answer=error)),
    )
    assert [(pair["verdict"], pair["browser"], pair["server"]) for pair in found["pairs"]] == [
        ("browser-only", ["e1"], ["e2"])
    ]
    assert "send-rejected" in codes(found, "p1")
    answer = found["events"][1]["response"]
    assert (answer["status"], answer["accepted"], answer["code"], answer["subcode"], answer["trace_id"]) == (
        400,
        False,
        "100",
        "2804003",
        "Xyz",
    )


def test_one_side_alone_is_not_observed_and_has_no_overlap(tmp_path: Path) -> None:
    found = report(tmp_path, browser_har=har(pixel("Purchase", "o-1", SHOP)))
    assert [pair["verdict"] for pair in found["pairs"]] == ["not-observed"]
    assert found["summary"]["overlap"] is None


def test_mirrors_name_their_twin_and_are_in_no_pair(tmp_path: Path) -> None:
    twin = pixel("Purchase", "o-1", SHOP)
    twin["request"] = {
        **twin["request"],
        "url": twin["request"]["url"].replace("/tr/", "/privacy_sandbox/pixel/register/trigger/"),
    }
    found = report(tmp_path, browser_har=har(pixel("Purchase", "o-1", SHOP), twin))
    assert [(item["kind"], item["mirror_of"]) for item in found["events"]] == [("event", None), ("mirror", "e1")]
    assert len(found["pairs"]) == 1


def test_findings_on_the_session_stand_last_and_on_no_pair(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        browser_har=har(*(pixel("Purchase", f"b-{n}", SHOP, after_s=600 * n) for n in range(3))),
        server_jsonl=lines(call(server_event("Lead", "s-1", after_s=50))),
    )
    assert "zero-overlap" in {item["code"] for item in found["findings"] if item["pair"] is None}
    placed = [item["pair"] is None for item in found["findings"]]
    assert placed == sorted(placed)


def test_no_event_at_all_is_a_report_too(tmp_path: Path) -> None:
    found = report(tmp_path, browser_har=har({"request": {"url": "https://shop.example/"}}))
    assert (found["events"], found["pairs"], found["inputs"][0]["exchanges"]) == ([], [], 1)


PLAIN = {
    "em": ["Jane.Doe@x.example"],
    "ph": ["+49 151 2345678"],
    "fn": ["Jane"],
    "client_ip_address": "203.0.113.9",
}


def leaky(folder: Path, *, raw: bool) -> dict[str, Any]:
    page = "https://shop.example/thanks?email=jane.doe%40x.example&access_token=" + TOKEN
    return report(
        folder,
        raw=raw,
        browser_har=har(pixel("Purchase", "o-1", {"dl": page, "cd[note]": "for Jane.Doe@x.example", **SHOP})),
        server_jsonl=lines(call(server_event("Purchase", "o-1", user_data=PLAIN, event_source_url=page))),
    )


def test_neither_secrets_nor_plain_personal_data_leave(tmp_path: Path) -> None:
    found = leaky(tmp_path, raw=False)
    text = json.dumps(found).lower()
    for secret in (TOKEN.lower(), "jane", "doe", "2345678", "151 2345", "203.0.113.9"):
        assert secret not in text
    user = found["events"][1]["user"]
    assert {key: [value["value"] for value in values] for key, values in user.items()} == {
        "em": ["person-1:email"],
        "ph": ["person-1:phone"],
        "fn": ["person-1:first-name"],
    }
    assert found["events"][1]["match_ids"]["ip"] == "person-1:ip"
    assert "email=person-1:email&" in found["events"][0]["page"]
    assert "raw-personal-data" in {item["code"] for item in found["findings"]}
    assert found["redaction"] == "pseudonyms"


def test_raw_keeps_personal_data_and_never_secrets(tmp_path: Path) -> None:
    found = leaky(tmp_path, raw=True)
    text = json.dumps(found)
    assert TOKEN not in text
    assert "Jane.Doe@x.example" in text
    assert found["redaction"] == "none"


def test_redaction_changes_no_verdict_and_no_finding(tmp_path: Path) -> None:
    one, other = leaky(tmp_path, raw=False), leaky(tmp_path, raw=True)
    assert one["summary"] == other["summary"]
    assert [(item["code"], item["pair"], item["event"]) for item in one["findings"]] == [
        (item["code"], item["pair"], item["event"]) for item in other["findings"]
    ]


def test_a_test_customer_turns_hashes_into_verdicts_and_is_not_printed(tmp_path: Path) -> None:
    found = report(
        tmp_path,
        customer=Customer((("em", ("jane@x.example",)),)),
        server_jsonl=lines(call(server_event("Lead", "l-1"))),
    )
    assert [value["check"]["status"] for value in found["events"][0]["user"]["em"]] == ["verified"]
    assert "jane@x.example" not in json.dumps(found)


@pytest.mark.parametrize(
    ("second", "account", "verdicts"),
    [
        (None, "", ["deduplicated"]),  # the only account there is
        ("l-2", "", ["browser-only", "deduplicated"]),  # the only one that has seen the ID
        ("l-1", "", ["browser-only", "browser-only", "server-only"]),
        ("l-1", DATASET, ["browser-only", "deduplicated"]),
    ],
)
def test_payloads_that_name_no_account_belong_to_the_only_one_that_fits_or_the_given_one(
    tmp_path: Path, second: str | None, account: str, verdicts: list[str]
) -> None:
    entries = [pixel("Lead", second, {"id": "2222222222222222"})] if second else []
    imports = [
        read(put(tmp_path, "b.har", har(pixel("Lead", "l-1"), *entries))),
        read(put(tmp_path, "s.jsonl", lines(server_event("Lead", "l-1"))), account=account),
    ]
    analysis, numbered = analyse(settle_accounts(imports), Context(plan=Plan(browser_only=())))
    found = build(analysis, numbered, app_version="1")
    assert sorted(pair["verdict"] for pair in found["pairs"]) == verdicts


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate({"schema": "pixelpair.report/2"})


AWKWARD = ("ann@shop.example", "\x9b31m\x7f\u202e", "half \ud800 pair", '"\\\n', "Käufe 東京 ✓", "")


@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("raw", [False, True])
def test_written_part_by_part_it_is_the_same_document(tmp_path: Path, *, raw: bool, ascii_only: bool) -> None:
    entries = [pixel("Purchase", text, {"dl": f"https://shop.example/?q={quote(text)}"}) for text in AWKWARD[:2]]
    events = [server_event(f"E {text}", f"{text}-{place}") for place, text in enumerate(AWKWARD)]
    files = [put(tmp_path, "b.har", har(*entries)), put(tmp_path, "s.jsonl", lines(call(*events)))]
    analysis, sources = analyse([read(path) for path in files], Context())
    pieces: list[str] = []
    report = Report(analysis, sources, raw=raw, app_version="1.2.3")
    write(report, pieces.append, ascii_only=ascii_only)
    text = "".join(pieces)
    assert json.loads(text) == build(analysis, sources, raw=raw, app_version="1.2.3")
    assert list(json.loads(text)) == list(build(analysis, sources, raw=raw, app_version="1.2.3"))
    assert not set(text) & set("\x9b\x7f\u202e\ud800")
    assert text.isascii() or not ascii_only
    assert ("ann@shop.example" in text) == raw


def test_it_weighs_no_more_while_it_is_written_however_many_events_there_are(tmp_path: Path) -> None:
    def weight(events: int) -> int:
        """Bytes at the peak while the report on so many events is written."""
        file = put(tmp_path, f"{events}.har", har(*(pixel("Lead", f"l-{n}", after_s=n) for n in range(events))))
        report = Report(*analyse([read(file)], Context()), app_version="1")
        tracemalloc.start()
        try:
            write(report, len)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    weight(10)  # what is made once
    assert weight(1500) - weight(300) < 1200 * 1000
