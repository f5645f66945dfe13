"""What a terminal shows of a session: short however long the session is, and the worst of it first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.checks import Context
from app.formats import read
from app.reports.json_report import Report
from app.reports.overview import EXAMPLES, ROWS, print_report
from app.workbench.files import analyse
from tests.formats.traffic import call, har, lines, pixel, put, server_event

MONEY = {"cd[value]": "59.90", "cd[currency]": "USD"}


def report_on(folder: Path, pairs: int, doubled: int) -> Report:
    """So many good pairs, and conversions with an ID of either side's own, of which the last one has a value."""
    good = [pixel("Lead", f"l-{number}", after_s=60 * number) for number in range(pairs)]
    bad = [
        pixel("Purchase", f"b-{number}", {"cd[order_id]": f"o-{number}", **(MONEY if number == doubled - 1 else {})})
        for number in range(doubled)
    ]
    calls = [call(server_event("Lead", f"l-{number}", after_s=60 * number)) for number in range(pairs)]
    calls += [
        call(server_event("Purchase", f"s-{number}", custom_data={"order_id": f"o-{number}"}))
        for number in range(doubled)
    ]
    files = put(folder, "b.har", har(*good, *bad)), put(folder, "s.jsonl", lines(*calls))
    analysis, sources = analyse(map(read, files), Context())
    return Report(analysis, sources, app_version="1")


def printed(report: Report, capsys: pytest.CaptureFixture[str], *, everything: bool = False) -> str:
    print_report(report, everything=everything)
    return capsys.readouterr().out


def rows_of(text: str) -> list[str]:
    return re.findall(r"^p\d+\b", text, re.MULTILINE)


def test_a_short_session_is_printed_whole_and_in_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_on(tmp_path, 3, 2)
    text = printed(report, capsys)
    assert rows_of(text) == [f"p{number}" for number in range(1, len(report.groups) + 1)]
    assert "--all" not in text


def test_of_a_long_session_the_rows_that_need_attention_come_first_and_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_on(tmp_path, 200, 60)
    text = printed(report, capsys)
    assert len(rows_of(text)) == ROWS
    assert len(text.splitlines()) < 150
    table = text.partition("…")[0]
    assert "Deduplicated" not in table
    assert "b-59" in table.splitlines()[1] + table.splitlines()[2]  # money before the others
    assert f"more of the {len(report.groups)} rows need attention. --all prints every row" in text


def test_findings_stand_by_code_with_their_number_and_some_examples(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = report_on(tmp_path, 30, 60)
    text = printed(report, capsys)
    codes = [finding.code for group in report.groups for finding in group.findings]
    assert codes.count("event-id-differs") == 120
    _, _, mine = text.partition("✕ event-id-differs")
    mine = mine.partition("\n\n")[0]
    assert "×120" in mine.splitlines()[0]
    assert len(re.findall(r"\bp\d+ Purchase", mine)) == EXAMPLES
    assert mine.count("→") == 1


def test_everything_is_printed_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = report_on(tmp_path, 30, 60)
    text = printed(report, capsys, everything=True)
    assert rows_of(text) == [f"p{number}" for number in range(1, len(report.groups) + 1)]
    _, _, mine = text.partition("✕ event-id-differs")
    assert len(re.findall(r"\bp\d+ Purchase", mine.partition("\n\n")[0])) == 120


@pytest.mark.parametrize("width", [80, 120, 150])
def test_no_line_is_longer_than_the_terminal_and_no_code_is_cut(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setattr("app.reports.overview.console_for_tables", lambda: _console(width))
    text = printed(report_on(tmp_path, 3, 2), capsys)
    assert max(map(len, text.splitlines())) <= width
    assert "event-id-differs" in text.partition("\n\n")[0]


def _console(width: int) -> object:
    from rich.console import Console

    return Console(highlight=False, width=width)
