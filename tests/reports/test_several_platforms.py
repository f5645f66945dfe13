"""What reports say of a session with several platforms, and leave out of a session with one."""

from pathlib import Path

import pytest

from app.checks import Context
from app.formats import read
from app.reports.html_report import document, render
from app.reports.json_report import Report
from app.reports.overview import print_report
from app.workbench.files import analyse

SAMPLES = Path(__file__).parents[1] / "fixtures" / "samples"
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
