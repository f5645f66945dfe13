"""What reports say of a session with several platforms, and leave out of a session with one."""

import json
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from app.checks import Context
from app.formats import read
from app.pairing.plan import Plan, due_from
from app.reports.html_report import document, render
from app.reports.json_report import Report
from app.reports.overview import print_report
from app.workbench.files import analyse
from tests.formats.traffic import NOON_MS, har, pixel, put
from tests.platforms.tiktok.halves import hit as tiktok_hit

SAMPLES = Path(__file__).parents[1] / "fixtures" / "samples"
SCHEMA = Path(__file__).parents[2] / "resources" / "report.schema.json"
META = ("meta_pixel.har", "meta_capi_python_sdk.har")
BOTH = (*META, "real/tiktok_browser.har", "real/tiktok_server.har")


def report_on(*names: str) -> Report:
    analysis, sources = analyse([read(SAMPLES / name) for name in names], Context(), ())
    return Report(analysis, sources, app_version="0")


def printed(report: Report, capsys: pytest.CaptureFixture[str]) -> str:
    print_report(report)
    return capsys.readouterr().out


def test_the_terminal_names_the_platform_of_each_row_and_the_sum_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(report_on(*BOTH), capsys)
    assert "Platform" in out.splitlines()[0]
    assert "TikTok: 6 rows: 2 deduplicated, 2 double counted, 2 browser only." in out
    assert "TikTok: browser / server / shared" in out
    assert "Meta: browser / server / shared" in out


def test_the_terminal_gives_one_platform_no_room(capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(report_on(*META), capsys)
    assert "Platform" not in out.splitlines()[0]
    assert "Meta:" not in out


def test_the_html_report_names_the_platform_of_each_row_and_the_sum_of_each() -> None:
    page = render(document(report_on(*BOTH)))
    assert "<th>Platform</th>" in page
    assert "<dt>TikTok</dt><dd>6 rows: 2 deduplicated, 2 double counted, 2 browser only</dd>" in page
    assert "<h3>TikTok</h3>" in page
    assert "TikTok, Pixel code" in page


def test_the_html_report_gives_one_platform_no_room() -> None:
    page = render(document(report_on(*META)))
    assert "<th>Platform</th>" not in page
    assert "<dt>Meta</dt>" not in page


def test_coverage_is_reported_by_platform_with_its_own_browser_id() -> None:
    lines = list(report_on(*BOTH).coverage())
    assert {line["platform"]: list(line["keys"]) for line in lines} == {
        "meta": ["event_id", "external_id", "fbp"],
        "tiktok": ["event_id", "external_id", "ttp"],
    }
    assert [line["name"] for line in lines].count("ViewContent") == 2


def shop(tmp_path: Path, *, tiktok_value: float = 59.9) -> Report:
    """Two orders told to Meta, and the first of them to TikTok as well."""
    hits = [pixel("Purchase", f"o-{number}", {"cd[order_id]": f"SO-{number}"}) for number in (1187, 1188)]
    properties = {"value": tiktok_value, "currency": "EUR", "order_id": "SO-1187"}
    twin = tiktok_hit(NOON_MS, properties=properties).request
    hits.append(
        {
            "startedDateTime": "2026-11-22T12:00:00Z",
            "request": {"method": "POST", "url": twin.url, "postData": {"text": twin.body.decode()}},
            "response": {"status": 200},
        }
    )
    path = put(tmp_path, "shop.har", har(*hits))
    analysis, sources = analyse([read(path)], Context(plan=Plan(due=due_from(["Purchase=meta,tiktok"]))), ())
    return Report(analysis, sources, app_version="0")


def test_the_report_has_a_conversion_once_with_every_platforms_share(tmp_path: Path) -> None:
    whole = shop(tmp_path).document()
    jsonschema.validate(whole, json.loads(SCHEMA.read_text("utf-8")))
    both, alone = whole["conversions"]
    assert [share["platform"] for share in both["platforms"]] == ["meta", "tiktok"]
    assert (both["title"], both["order_id"], both["missing"]) == ("Purchase", "SO-1187", [])
    assert alone["missing"] == ["tiktok"]
    told = {finding["id"]: finding for finding in whole["findings"]}
    assert {told[one]["conversion"] for one in alone["findings"]} == {alone["id"]}
    listed = [share["pairs"] for each in whole["conversions"] for share in each["platforms"]]
    assert sorted(one for pairs in listed for one in pairs) == sorted(pair["id"] for pair in whole["pairs"])


def test_the_findings_of_conversions_are_counted_in_the_summary(tmp_path: Path) -> None:
    whole = shop(tmp_path).document()
    counts = Counter(finding["severity"] for finding in whole["findings"])
    assert whole["summary"]["findings"] == {level: counts[level] for level in ("critical", "error", "warning", "info")}
    assert len({finding["id"] for finding in whole["findings"]}) == len(whole["findings"])


def test_terminal_and_page_show_the_matrix(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = shop(tmp_path)
    out = printed(report, capsys)
    assert "One conversion, all platforms" in out
    assert "✕ not told" in out
    assert "c2 Purchase SO-1188" in out
    page = render(document(report))
    assert "<h2>One conversion, all platforms</h2>" in page
    assert '<a href="#c2">c2</a>' in page
    assert page.count("not told</span>") == 1


def test_one_platform_alone_gets_no_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    report = report_on(*META)
    assert report.document()["conversions"] == []
    assert "One conversion" not in printed(report, capsys)
    assert "One conversion" not in render(document(report))
